//! A table without geometry (台账) gives the atoms of the newest dataset new counts and names: as a dataset of its own, for
//! an import is never changed.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{AppError, Step, Watch};
use crate::atom::Dataset;
use crate::format::{FormatError, Table, content_hash, read_table, write_table};
use crate::plan::Attribute;
use crate::registry::{Entry, LeftReason, Several, Update, update as match_rows};
use crate::store::{Act, NewImport, Open, Store, open};

/// The columns of a repair list, beside those of the table it came from.
const CODE: &str = "code";
const REASON: &str = "reason";
const CANDIDATES: &str = "candidates";
/// Between codes in one cell.
const BETWEEN_CODES: [char; 6] = [';', '；', ',', '，', '、', ' '];

/// Which fields of the table say what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateFields {
    /// Code of the atom, or of its building.
    pub id: Option<String>,
    /// Compound (小区); with `number`.
    pub compound: Option<String>,
    /// Number of the building (楼号).
    pub number: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Households.
    pub households: Option<String>,
    /// Persons.
    pub population: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// What to bring in, and how.
#[derive(Debug, Clone)]
pub struct UpdateRequest {
    /// The table.
    pub path: PathBuf,
    /// The sheet or layer, when several fit.
    pub layer: Option<String>,
    /// Its fields.
    pub fields: UpdateFields,
    /// What becomes of rows that say the same place twice.
    pub several: Several,
    /// Only tell what would change.
    pub dry_run: bool,
    /// Where the rows that could not be used are written, with reasons: `.xlsx` or `.csv`.
    pub repair_list: Option<PathBuf>,
    /// Who asks for it, and when.
    pub act: Act,
}

/// Households and persons of all atoms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct People {
    /// Households.
    pub households: u64,
    /// Persons.
    pub population: u64,
}

/// An atom that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedAtom {
    /// Its code.
    pub code: String,
    /// Its name now.
    pub name: Option<String>,
    /// Households before and after.
    pub households: (Option<u32>, Option<u32>),
    /// Persons before and after.
    pub population: (Option<u32>, Option<u32>),
}

/// A row that was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRow {
    /// As a person counts: the line of a CSV, the row of a sheet.
    pub row: u64,
    /// Why.
    pub reason: LeftReason,
    /// Codes of the atoms it may have meant.
    pub candidates: Vec<String>,
}

/// What was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The dataset that has the numbers: the new one, or the old one when nothing changed (or nothing was to be written).
    pub dataset: i64,
    /// The dataset the rows were matched to.
    pub base: i64,
    /// Whether a new dataset was written.
    pub written: bool,
    /// Rows of the table.
    pub rows: u64,
    /// Rows used.
    pub matched: u64,
    /// Rows left.
    pub left: Vec<LeftRow>,
    /// Atoms that are not as they were.
    pub changed: Vec<ChangedAtom>,
    /// Before.
    pub before: People,
    /// After.
    pub after: People,
}

/// Matches the rows of a table to the atoms of the newest dataset and keeps the result as a new dataset: the same atoms,
/// shapes and findings, the new counts (as counted) and names. Rows that match none or several are left and change
/// nothing; a repair list takes them up.
///
/// # Errors
/// [`AppError`]; nothing is changed then.
pub async fn update(store: &str, request: &UpdateRequest, watch: &dyn Watch) -> Result<Updated, AppError> {
    let store = open(store, Open::Existing).await?;
    let result = run(store.as_ref(), request, watch).await;
    store.close().await;
    result
}

async fn run(store: &dyn Store, request: &UpdateRequest, watch: &dyn Watch) -> Result<Updated, AppError> {
    let records = store.datasets().await?;
    let record = records.last().cloned().ok_or(AppError::NoDataset)?;
    let dataset = store.dataset(record.id).await?;
    let (table, update, after) = tokio::task::block_in_place(|| {
        let table = read(request, watch)?;
        let update = match_rows(&dataset.atoms, &entries(&table, &request.fields), request.several);
        let mut after = dataset.clone();
        update.apply(&mut after.atoms);
        Ok::<_, AppError>((table, update, after))
    })?;
    let changed = changed(&dataset, &after);
    let row = |entry: usize| table.rows.get(entry).map_or(0, |row| row.row);
    let mut updated = Updated {
        dataset: record.id,
        base: record.id,
        written: false,
        rows: table.rows.len() as u64,
        matched: update.matched as u64,
        left: update
            .left
            .iter()
            .map(|left| LeftRow {
                row: row(left.entry),
                reason: left.reason.clone(),
                candidates: left.candidates.clone(),
            })
            .collect(),
        before: people(&dataset),
        after: people(&after),
        changed,
    };
    if let Some(path) = &request.repair_list {
        tokio::task::block_in_place(|| write_repairs(path, &table, &update))?;
    }
    if request.dry_run || after == dataset {
        return Ok(updated);
    }
    if watch.cancelled() {
        return Err(AppError::Cancelled);
    }
    let boundaries = store.boundaries(record.id).await?;
    let findings = store.findings(record.id, None).await?;
    let mut attributes = record.attributes.clone();
    for (attribute, field) in
        [(Attribute::Households, &request.fields.households), (Attribute::Population, &request.fields.population)]
    {
        if field.is_some() && !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    // what an older dataset held comes back as a new one, or plans would go on counting by the one in between
    let mut content = content_hash(&after);
    if records.iter().any(|known| known.content_hash == content) {
        content = format!("{content} after dataset {}", record.id);
    }
    let import = NewImport {
        source: request.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        content_hash: content,
        crs: record.crs.clone(),
        recorded_ms: request.act.at_ms,
        attributes,
        dataset: &after,
        boundaries: &boundaries,
        findings: findings.into_iter().filter(|found| found.plan.is_none()).map(|found| found.finding).collect(),
        mending: record.mending.clone(),
    };
    updated.dataset = store.import(&import, &|done, total| watch.at(Step::Keep, done, total), &request.act).await?;
    updated.written = true;
    Ok(updated)
}

fn read(request: &UpdateRequest, watch: &dyn Watch) -> Result<Table, AppError> {
    let UpdateFields { id, compound, number, address, households, population, name } = &request.fields;
    let fields: Vec<&str> = [id, compound, number, address, households, population, name]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let table = read_table(&request.path, request.layer.as_deref(), &fields, &|done, total| {
        watch.at(Step::Read, done, total);
        if watch.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if table.rows.is_empty() {
        return Err(FormatError::Mapping(format!("{}: there is no row in it", request.path.display())).into());
    }
    Ok(table)
}

/// Whether the table is a repair list: then its column of codes says what each row means.
fn is_repair_list(table: &Table) -> bool {
    [CODE, REASON, CANDIDATES].iter().all(|name| table.fields.iter().any(|field| field == name))
}

fn entries(table: &Table, fields: &UpdateFields) -> Vec<Entry> {
    let position = |name: &Option<String>| name.as_deref().and_then(|name| table.field(name));
    let columns = [
        position(&fields.id),
        position(&fields.compound),
        position(&fields.number),
        position(&fields.address),
        position(&fields.households),
        position(&fields.population),
        position(&fields.name),
    ];
    let codes = is_repair_list(table).then(|| table.field(CODE)).flatten();
    let entry = |row: &crate::format::TableRow| {
        let cell = |column: Option<usize>| row.cells.get(column?).cloned().flatten();
        let [id, compound, number, address, households, population, name] = columns.map(cell);
        let codes = cell(codes).map(|codes| {
            let parts = codes.split(BETWEEN_CODES).map(str::trim).filter(|code| !code.is_empty());
            parts.map(str::to_owned).collect()
        });
        Entry { codes: codes.unwrap_or_default(), id, compound, number, address, households, population, name }
    };
    table.rows.iter().map(entry).collect()
}

/// The rows that were left, as they stand, with a column for the code a person fills in, the reason and what was near.
fn write_repairs(path: &Path, table: &Table, update: &Update) -> Result<(), AppError> {
    if path.exists() {
        return Err(AppError::FileExists { path: path.display().to_string() });
    }
    let own = |field: &str| ![CODE, REASON, CANDIDATES].contains(&field) || !is_repair_list(table);
    let kept: Vec<usize> = (0..table.fields.len()).filter(|&i| own(&table.fields[i])).collect();
    // a column of the table may be called code already: ours then stands after it under another name, and is not read back
    let mut fields: Vec<String> = kept.iter().map(|&i| table.fields[i].clone()).collect();
    if let Some(taken) = [CODE, REASON, CANDIDATES].iter().find(|name| fields.iter().any(|field| field == *name)) {
        return Err(FormatError::Mapping(format!(
            "the table has a column {taken:?}, which the repair list needs for itself: rename it"
        ))
        .into());
    }
    fields.extend([CODE, REASON, CANDIDATES].map(str::to_owned));
    let rows: Vec<Vec<Option<String>>> = update
        .left
        .iter()
        .filter_map(|left| Some((left, table.rows.get(left.entry)?)))
        .map(|(left, row)| {
            let mut cells: Vec<Option<String>> = kept.iter().map(|&i| row.cells.get(i).cloned().flatten()).collect();
            let candidates = (!left.candidates.is_empty()).then(|| left.candidates.join("; "));
            cells.extend([None, Some(left.reason.words()), candidates]);
            cells
        })
        .collect();
    Ok(write_table(path, &fields, &rows)?)
}

fn people(dataset: &Dataset) -> People {
    let sum =
        |number: fn(&crate::atom::Atom) -> Option<u32>| dataset.atoms.iter().filter_map(number).map(u64::from).sum();
    People { households: sum(|atom| atom.households), population: sum(|atom| atom.population) }
}

fn changed(before: &Dataset, after: &Dataset) -> Vec<ChangedAtom> {
    let pairs = before.atoms.iter().zip(&after.atoms).filter(|(before, after)| before != after);
    pairs
        .map(|(before, after)| ChangedAtom {
            code: after.code.clone(),
            name: after.name.clone(),
            households: (before.households, after.households),
            population: (before.population, after.population),
        })
        .collect()
}
