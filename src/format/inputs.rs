//! Layers that atoms are made from: lines that divide, footprints, jurisdictions, open ground, areas with totals.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Value, json};

use super::Progress;
use super::class::line_class;
use super::error::FormatError;
use super::field::{Cell, undone_latin1};
use super::hash::input_hash;
use super::shape::{ShapeError, ShapeReader};
use super::source::{Geometry, Source, SourceLayer};
use crate::atom::{Feature, InputKind, Line, LineClass};
use crate::crs::{Crs, Transformer, gdal_words};
use crate::weigh::whole_shares;

/// Values named in a warning.
const SHOWN: usize = 5;

/// A file and which of its fields mean what. Field names are found in any case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InputSource {
    /// The file: anything [`Source::open`] opens.
    pub path: PathBuf,
    /// The layer; without it, the only one that fits.
    pub layer: Option<String>,
    /// The CRS; without it, the one the file states.
    pub crs: Option<Crs>,
    /// The field of codes; without it, the feature ids of the format.
    pub id: Option<String>,
    /// A field with a name.
    pub name: Option<String>,
    /// The field that says what a feature is; without it, one of the usual names where there is one.
    pub class: Option<String>,
    /// What all lines are, whatever their fields say.
    pub class_is: Option<LineClass>,
    /// What single values of the class field mean.
    pub classes: Vec<(String, LineClass)>,
    /// The field that counts households.
    pub households: Option<String>,
    /// The field that counts persons.
    pub population: Option<String>,
    /// Further fields by the name of the attribute they become, such as `levels`.
    pub attributes: Vec<(&'static str, String)>,
}

/// What was read of a layer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Input {
    /// Polygons, in the order of the file.
    pub features: Vec<Feature>,
    /// Lines, in the order of the file.
    pub lines: Vec<Line>,
    /// What was found.
    pub report: InputReport,
}

/// What reading a layer found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct InputReport {
    /// The layer read.
    pub layer: String,
    /// Features read.
    pub read: u64,
    /// Features left out: without a shape, or smaller than the lattice.
    pub left_out: u64,
    /// Sum of the households.
    pub households: u64,
    /// Sum of the persons.
    pub population: u64,
    /// How many features of each class.
    pub classes: BTreeMap<String, u64>,
    /// The CRS the coordinates were read in.
    pub crs: String,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
    /// SHA-256 in hex of what was read.
    pub content_hash: String,
}

/// The usual names of fields, for those that were not named.
fn usual(kind: InputKind) -> &'static [&'static str] {
    match kind {
        InputKind::Streets => &[
            "highway",
            "railway",
            "waterway",
            "barrier",
            "fclass",
            "nature",
            "road_class",
            "class",
            "kind",
            "类型",
            "道路等级",
        ],
        InputKind::Buildings => &["usage1", "building", "use", "usage", "fclass", "class", "用途", "类型"],
        InputKind::Landuse => &["landuse", "leisure", "natural", "fclass", "nature", "class", "用地类型", "类型"],
        InputKind::Jurisdictions => &["level", "admin_level", "级别", "层级"],
        InputKind::Totals => &[],
    }
}

/// Usual names of the fields behind attributes of buildings.
const USUAL_ATTRIBUTES: [(&str, &[&str]); 5] = [
    ("levels", &["levels", "building:levels", "nb_etages", "floors", "storeys", "层数", "楼层数"]),
    ("units", &["units", "stairs", "单元数", "单元"]),
    ("compound", &["compound", "小区", "小区名称"]),
    ("number", &["housenumber", "addr:housenumber", "楼号", "楼栋号", "栋号"]),
    ("address", &["address", "street", "addr:street", "地址"]),
];

/// Reads the features of a layer. A feature that cannot be used is left out and counted; one with households or persons in it
/// is an error, so that nobody is lost.
///
/// # Errors
/// Whatever [`FormatError`] says: the file, its layer, fields or CRS, counts that are none, a code twice.
pub fn read_input(kind: InputKind, source: &InputSource, progress: Progress<'_>) -> Result<Input, FormatError> {
    let named: Vec<&str> = [&source.id, &source.name, &source.class, &source.households, &source.population]
        .into_iter()
        .flatten()
        .chain(source.attributes.iter().map(|(_, field)| field))
        .map(String::as_str)
        .filter(|name| !super::source::is_feature_id(name))
        .collect();
    let wanted = if kind == InputKind::Streets { Geometry::Lines } else { Geometry::Polygons };
    let file = Source::open(&source.path)?;
    let mut layer = file.layer_of(wanted, source.layer.as_deref(), &named)?;
    let (crs, crs_warning) = layer.crs(source.crs.as_ref())?;
    let transformer = Transformer::new(&crs).map_err(|error| FormatError::Crs { path: source.path.clone(), error })?;
    let mut shapes = ShapeReader::new(transformer);
    let fields = Fields::find(kind, source, &layer);
    let mut rows =
        Rows { report: InputReport { layer: layer.info.name.clone(), ..InputReport::default() }, ..Rows::default() };
    rows.report.warnings.extend(crs_warning);
    rows.report.warnings.extend(fields.notes.iter().cloned());
    rows.report.read =
        layer.for_each(progress, |number, feature| rows.take(source, &fields, &mut shapes, number, feature, kind))?;
    rows.make_whole();
    let Rows { mut report, features, lines, problems, unknown, odd, left_out_people, mended, .. } = rows;
    gdal_words::forget();
    if let Some(first) = problems.first() {
        let (path, more) = (source.path.clone(), problems.len() as u64 - 1);
        return Err(FormatError::Features { path, first: first.clone(), more });
    }
    if left_out_people > 0 {
        let first = format!("{left_out_people} people live in features without a usable shape: mend those first");
        return Err(FormatError::Features { path: source.path.clone(), first, more: 0 });
    }
    if features.is_empty() && lines.is_empty() {
        let first = format!("layer {:?} holds nothing that can be used as {kind}", report.layer);
        return Err(FormatError::Features { path: source.path.clone(), first, more: 0 });
    }
    report.warnings.extend(shapes.misplaced());
    if report.left_out > 0 {
        report.warnings.push(format!("{} features without a usable shape were left out", report.left_out));
    }
    if mended > 0 {
        report.warnings.push(format!("{mended} texts were UTF-8 taken for Latin-1 (Ã© for é): they were mended"));
    }
    if !unknown.is_empty() {
        let listed: Vec<String> = unknown.iter().take(SHOWN).map(|(value, n)| format!("{value:?} ({n})")).collect();
        let more = if unknown.len() > SHOWN { ", …" } else { "" };
        report.warnings.push(format!(
            "classes that are not known are taken for streets: {}{more}; say what they are with --classes VALUE=class",
            listed.join(", ")
        ));
    }
    for (attribute, n) in odd {
        report.warnings.push(format!("{n} values of {attribute} are no numbers and were left out"));
    }
    report.crs = crs.to_string();
    report.content_hash = input_hash(kind, &features, &lines);
    Ok(Input { features, lines, report })
}

/// Positions of fields.
struct Fields {
    id: Option<usize>,
    name: Option<usize>,
    class: Option<usize>,
    households: Option<(usize, String)>,
    population: Option<(usize, String)>,
    attributes: Vec<(&'static str, usize)>,
    notes: Vec<String>,
}

impl Fields {
    fn find(kind: InputKind, source: &InputSource, layer: &SourceLayer<'_>) -> Self {
        let mut notes = Vec::new();
        let mut guess = |meaning: &str, names: &[&str]| {
            let found = names.iter().find_map(|name| layer.find(name))?;
            notes.push(format!("field {:?} is taken for {meaning}", layer.info.fields[found]));
            Some(found)
        };
        let class = match (&source.class, source.class_is) {
            (Some(field), _) => Some(layer.field(field)),
            (None, Some(_)) => None,
            (None, None) => {
                guess(if kind == InputKind::Jurisdictions { "the level" } else { "the class" }, usual(kind))
            }
        };
        let mut attributes: Vec<(&'static str, usize)> =
            source.attributes.iter().map(|(name, field)| (*name, layer.field(field))).collect();
        if kind == InputKind::Buildings {
            for (attribute, names) in USUAL_ATTRIBUTES {
                if !attributes.iter().any(|(name, _)| *name == attribute) {
                    attributes.extend(guess(attribute, names).map(|index| (attribute, index)));
                }
            }
        }
        let name = match &source.name {
            Some(field) => Some(layer.field(field)),
            None => guess("the name", &["name", "名称", "nom", "nom_voie_g"]),
        };
        let counted = |field: &Option<String>| field.as_ref().map(|field| (layer.field(field), field.clone()));
        Self {
            id: layer.code_field(source.id.as_deref()),
            name,
            class,
            households: counted(&source.households),
            population: counted(&source.population),
            attributes,
            notes,
        }
    }
}

#[derive(Default)]
struct Rows {
    report: InputReport,
    features: Vec<Feature>,
    lines: Vec<Line>,
    codes: HashSet<String>,
    problems: Vec<String>,
    unknown: BTreeMap<String, u64>,
    odd: BTreeMap<&'static str, u64>,
    left_out_people: u64,
    // texts that were UTF-8 taken for Latin-1
    mended: u64,
    // households and persons of totals, which may be fractions
    amounts: [Vec<Option<f64>>; 2],
}

impl Rows {
    /// Fractional totals become whole numbers that add up to the rounded sum.
    fn make_whole(&mut self) {
        let [households, population] = std::mem::take(&mut self.amounts);
        for (amounts, of_persons) in [(households, false), (population, true)] {
            let known: Vec<f64> = amounts.iter().flatten().copied().collect();
            let fractions = known.iter().filter(|amount| amount.fract() != 0.0).count();
            let what = if of_persons { "persons" } else { "households" };
            if fractions > 0 {
                self.report.warnings.push(format!(
                    "{fractions} of {} totals of {what} are fractions: they became whole numbers with the same sum, {:.1} rounded",
                    known.len(),
                    known.iter().sum::<f64>()
                ));
            }
            let mut whole = whole_shares(&known).into_iter();
            for (feature, amount) in self.features.iter_mut().zip(&amounts) {
                let count = amount.and_then(|_| whole.next()).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
                let sum = if of_persons { &mut self.report.population } else { &mut self.report.households };
                *sum += u64::from(count.unwrap_or(0));
                *(if of_persons { &mut feature.population } else { &mut feature.households }) = count;
            }
        }
    }

    fn take(
        &mut self,
        source: &InputSource,
        fields: &Fields,
        shapes: &mut ShapeReader,
        number: u64,
        feature: &gdal::vector::Feature<'_>,
        kind: InputKind,
    ) {
        let mut mended = 0;
        let mut read = |index: usize| {
            let text = Cell::read(feature, index).code()?;
            Some(undone_latin1(&text).inspect(|_| mended += 1).unwrap_or(text))
        };
        let class = fields.class.and_then(&mut read);
        let name = fields.name.and_then(&mut read);
        self.mended += mended;
        if kind == InputKind::Streets {
            let parts = match shapes.read_lines(feature.geometry()) {
                Ok(parts) => parts,
                Err(ShapeError::Null | ShapeError::Empty(_) | ShapeError::Collapsed) => {
                    self.report.left_out += 1;
                    return;
                }
                Err(problem) => return self.problems.push(format!("feature {number} {problem}")),
            };
            let said = |value: &String| source.classes.iter().find(|(own, _)| own == value).map(|&(_, class)| class);
            let line_class = source.class_is.or_else(|| {
                let value = class.as_ref()?;
                let known = said(value).or_else(|| line_class(value));
                if known.is_none() {
                    *self.unknown.entry(value.clone()).or_default() += 1;
                }
                known
            });
            let class = line_class.unwrap_or(LineClass::Street);
            *self.report.classes.entry(class.to_string()).or_default() += 1;
            self.lines.extend(parts.into_iter().map(|points| Line { class, name: name.clone(), points }));
            return;
        }
        let code = match fields.id {
            Some(index) => Cell::read(feature, index).code(),
            None => feature.fid().map(|fid| fid.to_string()),
        };
        let Some(code) = code else {
            return self.problems.push(format!("feature {number} has no code: choose another field with --id"));
        };
        let mut count = |field: &Option<(usize, String)>| {
            let (index, name) = field.as_ref()?;
            if kind == InputKind::Totals {
                // statistics are often smoothed or made anonymous: fractions become whole numbers together, in the end
                return None;
            }
            match Cell::read(feature, *index).count() {
                Ok(count) => count,
                Err(value) => {
                    self.problems.push(format!(
                        "feature {number} ({code:?}) has in field {name:?} {value}: a whole number of 0 or more is needed"
                    ));
                    None
                }
            }
        };
        let (households, population) = (count(&fields.households), count(&fields.population));
        let shape = match shapes.read(feature.geometry()) {
            Ok(shape) => shape,
            Err(ShapeError::Null | ShapeError::Empty(_) | ShapeError::Collapsed) => {
                self.report.left_out += 1;
                self.left_out_people += u64::from(households.unwrap_or(0)) + u64::from(population.unwrap_or(0));
                return;
            }
            Err(problem) => return self.problems.push(format!("feature {number} ({code:?}) {problem}")),
        };
        if !self.codes.insert(code.clone()) {
            return self.problems.push(format!(
                "code {code:?} stands a second time at feature {number}: choose another field with --id"
            ));
        }
        let mut attributes = BTreeMap::new();
        for &(attribute, index) in &fields.attributes {
            let value = match (Cell::read(feature, index), attribute) {
                (Cell::Null, _) => continue,
                (cell, "levels" | "units") => {
                    let Some(number) = cell.number() else {
                        *self.odd.entry(attribute).or_default() += 1;
                        continue;
                    };
                    json!(number)
                }
                (cell, _) => {
                    cell.code().map_or(Value::Null, |text| Value::String(undone_latin1(&text).unwrap_or(text)))
                }
            };
            attributes.insert(attribute.to_owned(), value);
        }
        if let Some(class) = &class {
            *self.report.classes.entry(class.clone()).or_default() += 1;
        }
        self.report.households += u64::from(households.unwrap_or(0));
        self.report.population += u64::from(population.unwrap_or(0));
        if kind == InputKind::Totals {
            for (field, amounts) in [&fields.households, &fields.population].into_iter().zip(&mut self.amounts) {
                let Some((index, name)) = field else { continue };
                let cell = Cell::read(feature, *index);
                match (&cell, cell.number()) {
                    (Cell::Null, _) => amounts.push(None),
                    (_, Some(amount)) if (0.0..=f64::from(u32::MAX)).contains(&amount) => amounts.push(Some(amount)),
                    _ => {
                        let value = cell.code().unwrap_or_default();
                        self.problems.push(format!("feature {number} ({code:?}) has in field {name:?} {value:?}: a number of 0 or more is needed"));
                        amounts.push(None);
                    }
                }
            }
        }
        self.features.push(Feature { code, name, class, households, population, attributes, shape });
    }
}
