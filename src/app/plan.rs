//! An assignment becomes a plan in the store: faces, sizes, codes, names, findings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{AppError, Prepared, import::unit_code};
use crate::coverage::dissolve;
use crate::geom::{MultiPolygon, area_m2, label_point};
use crate::locate::RtreeIndex;
use crate::plan::{
    Assignment, Attribute, Band, CodeScheme, GridId, KeptCodes, Overlap, Reason, Status, Uncoded, assign_codes,
    continue_codes,
};
use crate::store::{Act, GridRecord, NewFinding, NewPlan, Store, Workspace};

/// A plan that was kept.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its id.
    pub plan: i64,
    /// The dataset it divides.
    pub dataset: i64,
    /// What sizes count.
    pub attribute: Attribute,
    /// The band.
    pub band: Band,
    /// Its grids, in plan order.
    pub grids: Vec<GridRecord>,
}

/// How a plan came to be.
pub(super) struct Origin {
    pub word: &'static str,
    pub scope: Option<String>,
    pub attribute: Attribute,
    pub band: Band,
    pub seed: u64,
    pub act: Act,
    /// Codes given beforehand, by grid; the others are made by the workspace's scheme.
    pub codes: Option<Vec<String>>,
    /// Names given beforehand, by grid.
    pub names: Option<Vec<Option<String>>>,
}

/// Grids in force by the newest publication of each jurisdiction, whatever their date of effect, and the newest sequence.
pub(super) async fn standing(store: &dyn Store) -> Result<(i64, Vec<GridRecord>), AppError> {
    let publications = store.publications().await?;
    let base = publications.last().map_or(0, |publication| publication.seq);
    let mut covered: BTreeSet<String> = BTreeSet::new();
    let mut standing = Vec::new();
    for publication in publications.iter().rev() {
        let grids = store.grids(publication.plan).await?;
        let here: BTreeSet<String> = grids.iter().map(|grid| grid.jurisdiction.clone()).collect();
        standing.extend(grids.into_iter().filter(|grid| !covered.contains(&grid.jurisdiction)));
        covered.extend(here);
        if publication.scope.is_none() {
            break;
        }
    }
    Ok((base, standing))
}

/// What each old grid gives to each new one, by the label points of atoms.
pub(super) fn overlaps(
    prepared: &Prepared,
    attribute: Attribute,
    assignment: &[Option<u32>],
    old: &[GridRecord],
) -> BTreeMap<(String, u32), Overlap> {
    let mut overlaps: BTreeMap<(String, u32), Overlap> = BTreeMap::new();
    if old.is_empty() {
        return overlaps;
    }
    let index = RtreeIndex::new(old.iter().map(|grid| &grid.shape));
    for (atom, new) in prepared.dataset.atoms.iter().zip(assignment) {
        let (Some(new), Some(point)) = (*new, label_point(&atom.shape)) else { continue };
        let Some(owner) = index.locate(point) else { continue };
        let overlap = overlaps.entry((old[owner.face as usize].code.clone(), new)).or_default();
        overlap.people += u64::from(count(atom, attribute).unwrap_or(0));
        overlap.area_m2 += area_m2(&atom.shape);
    }
    overlaps
}

/// Households or persons of an atom.
pub(super) fn count(atom: &crate::atom::Atom, attribute: Attribute) -> Option<u32> {
    match attribute {
        Attribute::Households => atom.households,
        Attribute::Population => atom.population,
    }
}

/// Dissolves, counts, names and codes the grids of an assignment, and keeps them as a draft.
pub(super) async fn keep(
    store: &dyn Store,
    prepared: &Prepared,
    assignment: &Assignment,
    reasons: &BTreeMap<GridId, Reason>,
    origin: Origin,
) -> Result<Planned, AppError> {
    let (base, old) = standing(store).await?;
    let workspace = store.workspace().await?;
    let used: BTreeSet<String> = store.used_codes().await?.into_iter().collect();
    let labels: Vec<Option<u32>> = assignment.grids().iter().map(|grid| grid.map(|grid| grid.0)).collect();
    let (grids, findings) = tokio::task::block_in_place(|| {
        let shapes = dissolve(&prepared.built.topology, &labels, assignment.grid_count());
        let mut grids = records(prepared, assignment, shapes, reasons, &origin);
        let kept = continue_codes(&overlaps(prepared, origin.attribute, &labels, &old)).0;
        code_and_name(&mut grids, prepared, &kept, &used, &workspace, &origin)?;
        let findings = grids.iter().filter(|grid| grid.parts > 1).map(noncontiguous).collect();
        Ok::<_, AppError>((grids, findings))
    })?;
    let plan = NewPlan {
        dataset: prepared.record.id,
        base,
        scope: origin.scope,
        origin: origin.word.to_owned(),
        attribute: origin.attribute,
        band: origin.band,
        seed: origin.seed,
        recorded_ms: origin.act.at_ms,
        grids: &grids,
        assignment: &labels,
        findings,
    };
    let plan = store.save_plan(&plan, &origin.act).await?;
    Ok(Planned { plan, dataset: prepared.record.id, attribute: origin.attribute, band: origin.band, grids })
}

fn records(
    prepared: &Prepared,
    assignment: &Assignment,
    shapes: Vec<MultiPolygon>,
    reasons: &BTreeMap<GridId, Reason>,
    origin: &Origin,
) -> Vec<GridRecord> {
    let has = |attribute| prepared.record.attributes.contains(&attribute);
    let members = assignment.members();
    let record = |(i, (shape, members)): (usize, (MultiPolygon, &Vec<crate::atom::AtomId>))| {
        let atoms = || members.iter().map(|&id| prepared.dataset.atom(id));
        let sum = |attribute| atoms().map(|atom| u64::from(count(atom, attribute).unwrap_or(0))).sum::<u64>();
        let unit = prepared.dataset.atom(members[0]).unit;
        let size = sum(origin.attribute);
        let known = atoms().any(|atom| count(atom, origin.attribute).is_some());
        let status = if known { origin.band.status(size) } else { Status::Unknown };
        let outside = matches!(status, Status::Under | Status::Over);
        GridRecord {
            code: String::new(),
            name: String::new(),
            jurisdiction: unit_code(&prepared.dataset, unit).to_owned(),
            label: label_point(&shape).unwrap_or_default(),
            households: sum(Attribute::Households),
            population: has(Attribute::Population).then(|| sum(Attribute::Population)),
            status,
            reason: reasons.get(&GridId(i as u32)).filter(|_| outside).cloned(),
            atoms: members.len() as u32,
            parts: shape.0.len() as u32,
            area_m2: area_m2(&shape),
            shape,
        }
    };
    shapes.into_iter().zip(&members).enumerate().map(record).collect()
}

fn code_and_name(
    grids: &mut [GridRecord],
    prepared: &Prepared,
    kept: &KeptCodes,
    used: &BTreeSet<String>,
    workspace: &Workspace,
    origin: &Origin,
) -> Result<(), AppError> {
    let scheme: CodeScheme = workspace.code_scheme.parse()?;
    let codes = if let Some(codes) = &origin.codes {
        codes.clone()
    } else {
        let uncoded: Vec<Uncoded<'_>> = grids
            .iter()
            .map(|grid| Uncoded {
                jurisdiction: &grid.jurisdiction,
                label: (grid.label.x_e7, grid.label.y_e7),
                height: grid.shape.envelope().map_or(0, |e| e.max.y_e7.abs_diff(e.min.y_e7)),
            })
            .collect();
        assign_codes(&scheme, &uncoded, kept, used)?
    };
    let unit_names: HashMap<&str, &str> =
        prepared.dataset.jurisdictions.iter().map(|unit| (unit.code.as_str(), unit.name.as_str())).collect();
    for (i, (grid, code)) in grids.iter_mut().zip(codes).enumerate() {
        let given = origin.names.as_ref().and_then(|names| names[i].clone());
        let unit = unit_names[grid.jurisdiction.as_str()];
        grid.name =
            given.unwrap_or_else(|| match (scheme.read(&grid.jurisdiction, &code), workspace.language.as_str()) {
                (Some(seq), "en") => format!("{unit} grid {seq}"),
                (Some(seq), _) => format!("{unit}第{seq}网格"),
                (None, _) => code.clone(),
            });
        grid.code = code;
    }
    Ok(())
}

fn noncontiguous(grid: &GridRecord) -> NewFinding {
    let GridRecord { code, parts, .. } = grid;
    NewFinding {
        kind: "noncontiguous".to_owned(),
        point: grid.label,
        shape: Some(grid.shape.clone()),
        area_m2: grid.area_m2,
        moved_m: None,
        parties: vec![code.clone()],
        en: format!("grid {code} is in {parts} pieces that share no border"),
        zh: format!("网格 {code} 分成互不相连的 {parts} 块"),
    }
}
