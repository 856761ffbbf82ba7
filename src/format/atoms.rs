//! A layer of polygons with counts becomes a dataset of atoms.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Progress;
use super::error::FormatError;
use super::field::Cell;
use super::hash::{TopLevel, content_hash};
use super::jurisdictions::{LevelColumn, nest, set_kinds};
use super::shape::{ShapeError, ShapeReader};
use super::source::{Source, SourceLayer, is_feature_id};
use crate::atom::{APART, Atom, Attributes, Dataset, EXCLUSIVE, Jurisdiction, TOGETHER, UnitId};
use crate::crs::gdal_words;
use crate::crs::{Crs, Transformer};

/// Duplicate ids named in an error.
const SHOWN_DUPLICATES: usize = 5;
/// Code of the only jurisdiction where no field gives one.
const ALL: &str = "all";
/// Levels of jurisdictions that can be read; the field knows five (province to community).
const MAX_LEVELS: usize = 12;

/// A file and which of its fields mean what. Field names are found in any case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AtomSource {
    /// The file: anything [`Source::open`] opens.
    pub path: PathBuf,
    /// The layer; without it, the only one that holds polygons and has the fields.
    pub layer: Option<String>,
    /// The CRS; without it, the one the file states.
    pub crs: Option<Crs>,
    /// The field of codes; without it, or as `fid` where no field is called so, the feature ids of the format.
    pub id: Option<String>,
    /// The field that counts households. This or `population` is needed.
    pub households: Option<String>,
    /// The field that counts persons.
    pub population: Option<String>,
    /// A field with a name or address to show.
    pub name: Option<String>,
    /// Fields of jurisdiction codes, in any order: the one with the fewest distinct codes is the top. Without any, the
    /// whole file is one jurisdiction.
    pub jurisdiction: Vec<String>,
    /// Fields of jurisdiction names, one for each of `jurisdiction` in the same order, or none at all.
    pub jurisdiction_names: Vec<String>,
    /// A field with the name or number of the exclusive grid (专属网格) an area is of, or yes for one of its own.
    pub exclusive: Option<String>,
    /// A field with the name of what stays whole: areas with the same name are never divided.
    pub together: Option<String>,
    /// A field with a name of what is kept apart: areas with the same name lie in different grids.
    pub apart: Option<String>,
    /// A field with the kind (城乡分类) of the lowest jurisdiction, the same for all areas of one.
    pub kind: Option<String>,
    /// What a null count means.
    pub null_households: NullHouseholds,
    /// What becomes of atoms that are smaller than the lattice.
    pub collapsed: CollapsedAtoms,
    /// Whether neither households nor persons are counted: they come from elsewhere.
    pub uncounted: bool,
}

/// What becomes of an atom whose rings all collapse on the lattice: real files hold slivers of less than a square
/// centimetre. Those without people are left out, and the report says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollapsedAtoms {
    /// One with people in it is an error.
    #[default]
    KeepPeople,
    /// One with people in it is left out too, and the report says how many people went with it.
    LeaveOut,
}

/// What a null in the field of households means (of population, where no field counts households).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NullHouseholds {
    /// Nobody lives there: 0 households (and 0 persons, where that is null too).
    Uninhabited,
    /// Nobody knows: no count.
    Unknown,
    /// The file is refused.
    #[default]
    Error,
}

/// What an import found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImportReport {
    /// The layer read.
    pub layer: String,
    /// Features read; each became an atom, but for those left out.
    pub features: u64,
    /// Features left out because they are smaller than the lattice.
    pub left_out: u64,
    /// Features without a household count (a population count, where no field counts households).
    pub nulls: u64,
    /// Sum of the households.
    pub households: u64,
    /// Sum of the persons.
    pub population: u64,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
    /// SHA-256 in hex of what was read, whatever it was kept in.
    pub content_hash: String,
    /// The CRS the coordinates were read in.
    pub crs: String,
    /// The levels of jurisdictions, top first.
    pub levels: Vec<LevelReport>,
}

/// One level of jurisdictions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LevelReport {
    /// The field it was read from.
    pub name: String,
    /// How many jurisdictions it has.
    pub jurisdictions: usize,
}

impl FromStr for NullHouseholds {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        match given.to_ascii_lowercase().as_str() {
            "uninhabited" => Ok(Self::Uninhabited),
            "unknown" => Ok(Self::Unknown),
            "error" => Ok(Self::Error),
            _ => Err(format!("{given:?} is none of uninhabited, unknown, error")),
        }
    }
}

impl FromStr for CollapsedAtoms {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        match given.to_ascii_lowercase().as_str() {
            "keep-people" => Ok(Self::KeepPeople),
            "leave-out" => Ok(Self::LeaveOut),
            _ => Err(format!("{given:?} is none of keep-people, leave-out")),
        }
    }
}

impl fmt::Display for NullHouseholds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uninhabited => "uninhabited",
            Self::Unknown => "unknown",
            Self::Error => "error",
        })
    }
}

/// Reads the atoms of a file. Nothing is kept of a file that is refused. O(vertices), memory for the result once.
///
/// # Errors
/// Whatever [`FormatError`] says: the file, its layer, fields or CRS, single features, nulls, duplicate ids.
pub fn read_atoms(source: &AtomSource, progress: Progress<'_>) -> Result<(Dataset, ImportReport), FormatError> {
    let mapped = source.mapped_fields()?;
    let file = Source::open(&source.path)?;
    let mut layer = file.layer(source.layer.as_deref(), &mapped)?;
    let (crs, crs_warning) = layer.crs(source.crs.as_ref())?;
    let transformer = Transformer::new(&crs).map_err(|error| FormatError::Crs { path: source.path.clone(), error })?;
    let mut shapes = ShapeReader::new(transformer);
    let rows = Rows::read(source, &mut layer, &mut shapes, progress)?;
    let mut warnings: Vec<String> = crs_warning.into_iter().chain(shapes.misplaced()).chain(rows.warnings()).collect();

    rows.check(source, &layer.info.name)?;
    let (mut jurisdictions, units, top) = if source.jurisdiction.is_empty() {
        (vec![whole_file(file.stem())], vec![UnitId(0); rows.atoms.len()], TopLevel::MadeUp)
    } else {
        let tree = nest(rows.columns);
        warnings.extend(tree.warnings);
        (tree.jurisdictions, tree.units, TopLevel::Read)
    };
    if let Some(field) = &source.kind {
        let first = |first| FormatError::Features { path: source.path.clone(), first, more: 0 };
        set_kinds(&mut jurisdictions, &units, (field, &rows.kinds), &rows.atoms).map_err(first)?;
    }
    let mut atoms = rows.atoms;
    for (atom, unit) in atoms.iter_mut().zip(units) {
        atom.unit = unit;
    }
    let dataset = Dataset { atoms, jurisdictions, lines: Vec::new() };
    dataset.check().map_err(|error| FormatError::Dataset { path: source.path.clone(), error })?;

    let sum = |count: fn(&Atom) -> Option<u32>| dataset.atoms.iter().filter_map(count).map(u64::from).sum();
    let report = ImportReport {
        layer: layer.info.name.clone(),
        features: rows.features,
        left_out: rows.collapsed.len() as u64,
        nulls: rows.nulls,
        households: sum(|atom| atom.households),
        population: sum(|atom| atom.population),
        warnings,
        content_hash: content_hash(&dataset, top),
        crs: crs.to_string(),
        levels: levels_of(&dataset),
    };
    gdal_words::forget();
    Ok((dataset, report))
}

impl AtomSource {
    fn mapped_fields(&self) -> Result<Vec<&str>, FormatError> {
        let refuse = |problem: &str| Err(FormatError::Mapping(problem.to_owned()));
        if self.households.is_none() && self.population.is_none() && !self.uncounted {
            return refuse("say which field counts households (--households FIELD) or persons (--population FIELD)");
        }
        if !self.jurisdiction_names.is_empty() && self.jurisdiction_names.len() != self.jurisdiction.len() {
            return refuse(
                "give as many fields of jurisdiction names as of jurisdiction codes, in the same order, or none",
            );
        }
        if self.jurisdiction.len() > MAX_LEVELS {
            return refuse("at most 12 levels of jurisdictions can be read");
        }
        let id = self.id.as_ref().filter(|id| !is_feature_id(id));
        if self.kind.is_some() && self.jurisdiction.is_empty() {
            return refuse(
                "a kind is that of the lowest jurisdictions: say which fields they are in (--jurisdiction FIELD,…)",
            );
        }
        let marks = [&self.exclusive, &self.together, &self.apart, &self.kind];
        let single = [&self.households, &self.population, &self.name].into_iter().chain(marks);
        let lists = self.jurisdiction.iter().chain(&self.jurisdiction_names);
        Ok(id.into_iter().chain(single.into_iter().flatten()).chain(lists).map(String::as_str).collect())
    }

    /// The field whose nulls are judged.
    fn counted_field(&self) -> &str {
        self.households.as_deref().or(self.population.as_deref()).unwrap_or_default()
    }
}

/// Everything read from a layer, before it is judged as a whole.
struct Rows {
    features: u64,
    atoms: Vec<Atom>,
    columns: Vec<LevelColumn>,
    // the kind of the jurisdiction of each atom, where one is read
    kinds: Vec<Option<String>>,
    // features with null households (population, where no field counts households)
    nulls: u64,
    null_ids: Nulls,
    null_jurisdictions: Vec<Nulls>,
    // persons where households are null and taken as none
    persons_without_households: u64,
    undecodable: u64,
    // code, households and persons of the atoms left out
    collapsed: Vec<(String, u32, u32)>,
    first_problem: Option<String>,
    more_problems: u64,
}

#[derive(Default)]
struct Nulls {
    count: u64,
    first: Option<u64>,
}

impl Nulls {
    fn note(&mut self, number: u64) {
        self.count += 1;
        self.first.get_or_insert(number);
    }

    fn refuse(&self, source: &AtomSource, field: &str, features: u64) -> Result<(), FormatError> {
        let Some(first) = self.first else { return Ok(()) };
        let (path, field, first) = (source.path.clone(), field.to_owned(), format!("feature {first}"));
        Err(FormatError::Nulls { path, field, nulls: self.count, features, first })
    }
}

impl Rows {
    fn read(
        source: &AtomSource,
        layer: &mut SourceLayer<'_>,
        shapes: &mut ShapeReader,
        progress: Progress<'_>,
    ) -> Result<Self, FormatError> {
        let position = |field: &Option<String>| field.as_deref().map(|field| layer.field(field));
        let (id, name) = (layer.code_field(source.id.as_deref()), position(&source.name));
        let exclusive = position(&source.exclusive);
        let (together, apart) = (position(&source.together), position(&source.apart));
        let kind = position(&source.kind);
        let (households, population) = (position(&source.households), position(&source.population));
        let level_fields: Vec<usize> = source.jurisdiction.iter().map(|field| layer.field(field)).collect();
        let name_fields: Vec<usize> = source.jurisdiction_names.iter().map(|field| layer.field(field)).collect();
        let mut rows = Self {
            features: 0,
            atoms: Vec::with_capacity(usize::try_from(layer.info.features).unwrap_or(0).min(1 << 20)),
            columns: source
                .jurisdiction
                .iter()
                .enumerate()
                .map(|(i, field)| empty_column(field, i, &name_fields))
                .collect(),
            kinds: Vec::new(),
            nulls: 0,
            null_ids: Nulls::default(),
            null_jurisdictions: level_fields.iter().map(|_| Nulls::default()).collect(),
            persons_without_households: 0,
            undecodable: 0,
            collapsed: Vec::new(),
            first_problem: None,
            more_problems: 0,
        };
        rows.features = layer.for_each(progress, |number, feature| {
            let code = match id {
                Some(index) => Cell::read(feature, index).code(),
                None => feature.fid().map(|fid| fid.to_string()),
            };
            let code = code.unwrap_or_else(|| {
                rows.null_ids.note(number);
                String::new()
            });
            let who = || format!("feature {number} ({code:?})");
            let shape = match shapes.read(feature.geometry()) {
                Ok(shape) => Some(shape),
                Err(ShapeError::Collapsed) => None,
                Err(problem) => return rows.problem(|| format!("{} {problem}", who())),
            };
            let count = |index: Option<usize>, field: &Option<String>| {
                let Some(index) = index else { return Ok(None) };
                Cell::read(feature, index).count().map_err(|value| {
                    let field = field.as_deref().unwrap_or_default();
                    format!("{} has in field {field:?} {value}: a whole number of 0 or more is needed", who())
                })
            };
            let counted_households = count(households, &source.households);
            let counted_population = count(population, &source.population);
            let (mut counted_households, mut counted_population) = match (counted_households, counted_population) {
                (Ok(households), Ok(population)) => (households, population),
                (Err(problem), _) | (_, Err(problem)) => return rows.problem(|| problem),
            };
            let judged = if households.is_some() { counted_households } else { counted_population };
            if judged.is_none() && !source.uncounted {
                rows.nulls += 1;
                if source.null_households == NullHouseholds::Uninhabited {
                    counted_households = households.map(|_| 0);
                    counted_population = counted_population.or(population.map(|_| 0));
                    rows.persons_without_households += u64::from(counted_population > Some(0));
                }
            }
            let Some(shape) = shape else {
                let people = (counted_households.unwrap_or(0), counted_population.unwrap_or(0));
                if people != (0, 0) && source.collapsed == CollapsedAtoms::KeepPeople {
                    return rows.problem(|| {
                        let (households, persons) = people;
                        format!(
                            "{} {}, but {households} households and {persons} persons live there: correct it, or leave \
                             such features out with --collapsed leave-out",
                            who(),
                            ShapeError::Collapsed
                        )
                    });
                }
                rows.collapsed.push((code, people.0, people.1));
                return;
            };
            for (level, &index) in level_fields.iter().enumerate() {
                let value = Cell::read(feature, index).code();
                if value.is_none() {
                    rows.null_jurisdictions[level].note(number);
                }
                rows.columns[level].codes.push(value.unwrap_or_default());
                if let (Some(names), Some(&index)) = (&mut rows.columns[level].names, name_fields.get(level)) {
                    names.push(Cell::read(feature, index).code());
                }
            }
            let name = name.and_then(|index| Cell::read(feature, index).code());
            let garbled = |text: &String| text.contains(char::REPLACEMENT_CHARACTER);
            let mut attributes = Attributes::new();
            let word = |index: Option<usize>| index.and_then(|index| Cell::read(feature, index).code());
            if let Some(value) = word(exclusive).and_then(|word| exclusive_of(&word)) {
                attributes.insert(EXCLUSIVE.to_owned(), value);
            }
            for (mark, index) in [(TOGETHER, together), (APART, apart)] {
                if let Some(word) = word(index).filter(|word| !word.trim().is_empty()) {
                    attributes.insert(mark.to_owned(), word.trim().into());
                }
            }
            if kind.is_some() {
                rows.kinds.push(word(kind).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()));
            }
            rows.undecodable += u64::from(garbled(&code) || name.as_ref().is_some_and(garbled));
            rows.atoms.push(Atom {
                code,
                name,
                shape,
                households: counted_households,
                population: counted_population,
                attributes,
                ..Atom::default()
            });
        })?;
        Ok(rows)
    }

    fn problem(&mut self, text: impl FnOnce() -> String) {
        if self.first_problem.is_some() {
            self.more_problems += 1;
        } else {
            self.first_problem = Some(text());
        }
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.undecodable > 0 {
            warnings.push(format!(
                "{} codes or names are not valid text: is the encoding of the file stated (the .cpg of a shapefile)?",
                self.undecodable
            ));
        }
        if self.persons_without_households > 0 {
            warnings.push(format!(
                "{} features have persons but no household count; they were taken as uninhabited, as told",
                self.persons_without_households
            ));
        }
        if let Some((first, _, _)) = self.collapsed.first() {
            let sum =
                |people: fn(&(String, u32, u32)) -> u32| self.collapsed.iter().map(people).map(u64::from).sum::<u64>();
            warnings.push(format!(
                "{} features are smaller than the lattice of 1e-7 degree and were left out, the first is {first:?}; they \
                 hold {} households and {} persons",
                self.collapsed.len(),
                sum(|&(_, households, _)| households),
                sum(|&(_, _, persons)| persons)
            ));
        }
        warnings
    }

    fn check(&self, source: &AtomSource, layer: &str) -> Result<(), FormatError> {
        let path = || source.path.clone();
        if let Some(first) = &self.first_problem {
            return Err(FormatError::Features { path: path(), first: first.clone(), more: self.more_problems });
        }
        let id = source.id.as_deref();
        self.null_ids.refuse(source, id.unwrap_or("feature id"), self.features)?;
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for atom in &self.atoms {
            *times.entry(&atom.code).or_default() += 1;
        }
        let twice = times.into_iter().filter(|&(_, times)| times > 1);
        let codes: Vec<_> = twice.map(|(code, times)| (code.to_owned(), times)).collect();
        if !codes.is_empty() {
            let advice = if id.is_some() {
                "choose a field with unique values for --id"
            } else {
                "name a field with unique values with --id"
            };
            let field = id.unwrap_or(layer).to_owned();
            return Err(FormatError::Duplicates { path: path(), field, codes, shown: SHOWN_DUPLICATES, advice });
        }
        if self.nulls > 0 && source.null_households == NullHouseholds::Error {
            let field = source.counted_field().to_owned();
            return Err(FormatError::NullHouseholds {
                path: path(),
                field,
                nulls: self.nulls,
                features: self.features,
            });
        }
        for (nulls, field) in self.null_jurisdictions.iter().zip(&source.jurisdiction) {
            nulls.refuse(source, field, self.features)?;
        }
        Ok(())
    }
}

/// What a field of exclusive grids says: nothing, yes, or the name of the grid.
fn exclusive_of(word: &str) -> Option<serde_json::Value> {
    match word.trim().to_lowercase().as_str() {
        "" | "0" | "no" | "n" | "false" | "否" => None,
        "yes" | "y" | "true" | "是" => Some(true.into()),
        _ => Some(word.trim().into()),
    }
}

fn empty_column(field: &str, level: usize, name_fields: &[usize]) -> LevelColumn {
    LevelColumn { field: field.to_owned(), codes: Vec::new(), names: name_fields.get(level).map(|_| Vec::new()) }
}

fn whole_file(stem: String) -> Jurisdiction {
    Jurisdiction { code: ALL.to_owned(), name: stem, level: 1, level_name: ALL.to_owned(), parent: None, kind: None }
}

/// How many jurisdictions each level of a dataset has, top first.
pub fn levels_of(dataset: &Dataset) -> Vec<LevelReport> {
    let mut levels: Vec<LevelReport> = Vec::new();
    for jurisdiction in &dataset.jurisdictions {
        match levels.get_mut(usize::from(jurisdiction.level) - 1) {
            Some(level) => level.jurisdictions += 1,
            None => levels.push(LevelReport { name: jurisdiction.level_name.clone(), jurisdictions: 1 }),
        }
    }
    levels
}
