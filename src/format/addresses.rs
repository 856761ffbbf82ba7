//! Addresses with their places: points, polygons taken by a point inside them, or a table with coordinates.

use std::path::PathBuf;

use super::error::{FormatError, list};
use super::field::{Cell, undone_latin1};
use super::points::COLUMN_NAMES;
use super::shape::{ShapeError, ShapeReader};
use super::source::{Geometry, Source, has_extension};
use super::{Progress, table};
use crate::address::Fields;
use crate::crs::{Crs, Transformer, gdal_words};
use crate::geom::{LatticePoint, LonLat};

/// Usual names of fields, for those that were not named.
const ADDRESS: [&str; 8] =
    ["address", "addr:full", "full_address", "地址", "详细地址", "标准地址", "门牌地址", "адрес"];
const STREET: [&str; 6] = ["street", "addr:street", "道路", "街路巷", "路名", "улица"];
const COMPOUND: [&str; 3] = ["compound", "小区", "小区名称"];
const NUMBER: [&str; 8] =
    ["housenumber", "addr:housenumber", "house_number", "number", "门牌号", "楼号", "楼栋号", "дом"];
const UNIT: [&str; 3] = ["unit", "单元", "单元号"];
const PLACE: [&str; 4] = ["place", "addr:place", "区划", "村社区"];

/// A file of addresses and which of its fields mean what. Field names are found in any case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressSource {
    /// The file: anything [`Source::open`] opens, or a table with columns of longitude and latitude.
    pub path: PathBuf,
    /// The layer or sheet; without it, the only one that fits.
    pub layer: Option<String>,
    /// The CRS; without it, the one the file states.
    pub crs: Option<Crs>,
    /// The field with the whole address. Where this and the next three are not named, the usual names are taken.
    pub address: Option<String>,
    /// The field with the street.
    pub street: Option<String>,
    /// The field with the compound (小区).
    pub compound: Option<String>,
    /// The field with the number: of the building where there is a compound, else of the house.
    pub number: Option<String>,
    /// The field with the unit (单元).
    pub unit: Option<String>,
    /// The field with what stands above a street: a district, a street office, a village.
    pub place: Option<String>,
}

/// An address of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRow {
    /// As a person counts: the line of a CSV, the row of a sheet, the feature of a layer.
    pub row: u64,
    /// The address.
    pub text: String,
    /// Where it is.
    pub point: LatticePoint,
}

/// The addresses of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddressTable {
    /// The layer or sheet read; empty for text, which has none.
    pub layer: String,
    /// The CRS the coordinates were read in.
    pub crs: String,
    /// In the order of the file.
    pub rows: Vec<AddressRow>,
    /// Rows left out, as they have no address.
    pub blank: u64,
    /// Rows left out, as they have an address but no place.
    pub unplaced: u64,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
}

/// Positions of fields: of the whole address, or place, street, compound, number and unit.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Columns {
    Whole(usize),
    Parts([Option<usize>; 5]),
}

impl Columns {
    fn find(source: &AddressSource, fields: &[String], notes: &mut Vec<String>) -> Result<Self, FormatError> {
        let path = source.path.display();
        let named = |given: &Option<String>| match given {
            None => Ok(None),
            Some(field) => table::find_field(fields, field).map(Some).ok_or_else(|| {
                FormatError::Mapping(format!("{path}: there is no field {field:?}; its fields are {}", list(fields)))
            }),
        };
        let parts = [&source.place, &source.street, &source.compound, &source.number, &source.unit];
        if let Some(whole) = named(&source.address)? {
            if parts[1..].iter().any(|part| part.is_some()) {
                let words = "--address holds the whole address: leave out --street, --compound, --number and --unit";
                return Err(FormatError::Mapping(format!("{path}: {words}")));
            }
            return Ok(Self::Whole(whole));
        }
        let [place, street, compound, number, unit] = parts;
        let mut found = [named(place)?, named(street)?, named(compound)?, named(number)?, named(unit)?];
        if found[1..4].iter().all(Option::is_none) {
            let mut usual = |meaning: &str, names: &[&str]| {
                let at = names.iter().find_map(|name| table::find_field(fields, name))?;
                notes.push(format!("field {:?} is taken for {meaning}", fields[at]));
                Some(at)
            };
            if found.iter().all(Option::is_none)
                && let Some(whole) = usual("the address", &ADDRESS)
            {
                return Ok(Self::Whole(whole));
            }
            found[1] = usual("the street", &STREET);
            found[2] = usual("the compound", &COMPOUND);
            found[3] = usual("the number", &NUMBER);
            found[4] = found[4].or_else(|| usual("the unit", &UNIT));
            found[0] = found[0].or_else(|| usual("the place above a street", &PLACE));
        }
        if found[1..4].iter().all(Option::is_none) {
            return Err(FormatError::Mapping(format!(
                "{path}: none of its fields {} is an address: name it with --address FIELD, or --street, --compound, --number \
                 and --unit",
                list(fields)
            )));
        }
        Ok(Self::Parts(found))
    }

    /// The address of a row, empty where it has none: what no number, compound or street says is no address.
    fn text(&self, cell: &mut dyn FnMut(usize) -> Option<String>) -> String {
        match self {
            Self::Whole(at) => cell(*at).unwrap_or_default(),
            Self::Parts(found) => {
                let [place, street, compound, number, unit] =
                    found.map(|at| at.and_then(&mut *cell).unwrap_or_default());
                // where there is a field of numbers, a street alone is no place
                if number.is_empty() && compound.is_empty() && (found[3].is_some() || street.is_empty()) {
                    return String::new();
                }
                let fields =
                    Fields { place: &place, street: &street, compound: &compound, number: &number, unit: &unit };
                fields.text()
            }
        }
    }
}

/// Reads the addresses of a file.
///
/// # Errors
/// When there is no such file, a field is not there, or it has no places or no CRS.
pub fn read_addresses(source: &AddressSource, progress: Progress<'_>) -> Result<AddressTable, FormatError> {
    let is_table =
        ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods"].iter().any(|one| has_extension(&source.path, one));
    if is_table && !holds_shapes(source) { read_rows(source, progress) } else { read_layer(source, progress) }
}

/// Whether a table has shapes of its own, such as a column of WKT.
fn holds_shapes(source: &AddressSource) -> bool {
    // what cannot be opened is read as text, which says better what is wrong with it
    Source::open(&source.path).is_ok_and(|file| file.layers().iter().any(|layer| layer.geometry_type.is_some()))
}

fn read_layer(source: &AddressSource, progress: Progress<'_>) -> Result<AddressTable, FormatError> {
    let file = Source::open(&source.path)?;
    let named = [&source.address, &source.place, &source.street, &source.compound, &source.number, &source.unit];
    let named: Vec<&str> = named.into_iter().flatten().map(String::as_str).collect();
    let mut layer = file.layer_of(Geometry::Places, source.layer.as_deref(), &named)?;
    let (crs, crs_warning) = layer.crs(source.crs.as_ref())?;
    let transformer = Transformer::new(&crs).map_err(|error| FormatError::Crs { path: source.path.clone(), error })?;
    let mut shapes = ShapeReader::new(transformer);
    let mut read = AddressTable { layer: layer.info.name.clone(), crs: crs.to_string(), ..AddressTable::default() };
    read.warnings.extend(crs_warning);
    let columns = Columns::find(source, &layer.info.fields, &mut read.warnings)?;
    let mut problems = Vec::new();
    layer.for_each(progress, |number, feature| {
        let text = columns.text(&mut |at| {
            let text = Cell::read(feature, at).code()?;
            Some(undone_latin1(&text).unwrap_or(text))
        });
        match (text.is_empty(), shapes.read_place(feature.geometry())) {
            (true, _) => read.blank += 1,
            (false, Ok(point)) => read.rows.push(AddressRow { row: number, text, point }),
            (false, Err(ShapeError::Null | ShapeError::Empty(_) | ShapeError::Collapsed)) => read.unplaced += 1,
            (false, Err(problem)) => problems.push(format!("feature {number} ({text:?}) {problem}")),
        }
    })?;
    gdal_words::forget();
    read.warnings.extend(shapes.misplaced());
    finished(source, read, &problems)
}

fn read_rows(source: &AddressSource, progress: Progress<'_>) -> Result<AddressTable, FormatError> {
    let path = &source.path;
    let coordinates = |fields: &[String]| {
        let at = |name: &str| table::find_field(fields, name);
        COLUMN_NAMES.into_iter().find_map(|(x, y)| Some((at(x)?, at(y)?))).ok_or_else(|| {
            FormatError::Mapping(format!(
                "{}: no columns of longitude and latitude (such as lon and lat) among {}",
                path.display(),
                list(fields)
            ))
        })
    };
    let check = |fields: &[String]| {
        coordinates(fields)?;
        Columns::find(source, fields, &mut Vec::new()).map(|_| ())
    };
    let found = table::read(path, source.layer.as_deref(), &check, progress)?;
    let Some(crs) = &source.crs else {
        return Err(FormatError::NoCrs { path: path.clone(), layer: found.layer });
    };
    let transformer = Transformer::new(crs).map_err(|error| FormatError::Crs { path: path.clone(), error })?;
    let mut read = AddressTable { layer: found.layer, crs: crs.to_string(), ..AddressTable::default() };
    let columns = Columns::find(source, &found.fields, &mut read.warnings)?;
    let (x, y) = coordinates(&found.fields)?;
    let mut problems = Vec::new();
    for row in &found.rows {
        let text = columns.text(&mut |at| row.cells.get(at).cloned().flatten());
        if text.is_empty() {
            read.blank += 1;
            continue;
        }
        let (Some(x), Some(y)) = (row.cells[x].as_deref(), row.cells[y].as_deref()) else {
            read.unplaced += 1;
            continue;
        };
        match place(&transformer, x, y) {
            Ok(point) => read.rows.push(AddressRow { row: row.row, text, point }),
            Err(problem) => problems.push(format!("line {} ({text:?}) {problem}", row.row)),
        }
    }
    finished(source, read, &problems)
}

fn place(transformer: &Transformer, x: &str, y: &str) -> Result<LatticePoint, String> {
    let number = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| format!("has the coordinate {text:?}, which is no number"))
    };
    let (x, y) = (number(x)?, number(y)?);
    let LonLat { lon_deg, lat_deg } =
        transformer.convert_point(x, y).map_err(|error| format!("has a bad coordinate: {error}"))?;
    LonLat { lon_deg, lat_deg }.snap().map_err(|error| format!("has a bad coordinate: {error}"))
}

fn finished(source: &AddressSource, mut read: AddressTable, problems: &[String]) -> Result<AddressTable, FormatError> {
    let path = source.path.clone();
    if let Some(first) = problems.first() {
        return Err(FormatError::Features { path, first: first.clone(), more: problems.len() as u64 - 1 });
    }
    if read.unplaced > 0 {
        read.warnings.push(format!("{} addresses without a place were left out", read.unplaced));
    }
    if read.blank > 0 {
        read.warnings.push(format!("{} rows without an address were left out", read.blank));
    }
    Ok(read)
}
