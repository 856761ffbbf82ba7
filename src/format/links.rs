//! Declared links between areas: a table of pairs of codes, or a layer of lines from one area to another.

use std::path::PathBuf;

use super::error::{FormatError, list};
use super::field::{Cell, undone_latin1};
use super::shape::{ShapeError, ShapeReader};
use super::source::{Geometry, Source, has_extension};
use super::{Progress, table};
use crate::crs::{Crs, Transformer, gdal_words};
use crate::geom::LatticePoint;

const FROM: [&str; 6] = ["from", "from_atom", "from_code", "起点编码", "起点", "起"];
const TO: [&str; 6] = ["to", "to_atom", "to_code", "终点编码", "终点", "止"];
const KIND: [&str; 2] = ["kind", "类型"];
const NAME: [&str; 2] = ["name", "名称"];

/// A file of links and which of its fields mean what. Field names are found in any case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkSource {
    /// The file: anything [`Source::open`] opens, or a table.
    pub path: PathBuf,
    /// The layer or sheet; without it, the only one that fits.
    pub layer: Option<String>,
    /// The CRS of lines; without it, the one the file states.
    pub crs: Option<Crs>,
    /// The field with the code of the area at one end. Where neither this nor `to` is named, lines are taken where the file has
    /// some, and else the usual names.
    pub from: Option<String>,
    /// The same of the other end.
    pub to: Option<String>,
    /// The field with the kind of link; without it, the usual names where there is one.
    pub kind: Option<String>,
    /// The field with a name; without it, the usual names where there is one.
    pub name: Option<String>,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEnds {
    /// Between areas with these codes; `None` where blank.
    Codes([Option<String>; 2]),
    /// Between these two points.
    Points([LatticePoint; 2]),
    /// Nowhere: why its geometry is no line from one place to another.
    NoLine(String),
}

/// A link as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// As a person counts: the line of a CSV, the row of a sheet, the feature of a layer.
    pub row: u64,
    /// Where it leads.
    pub ends: LinkEnds,
    /// Its kind, in the words of the file; `None` where blank.
    pub kind: Option<String>,
    /// Its name; `None` where blank.
    pub name: Option<String>,
}

/// The links of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTable {
    /// The layer or sheet read; empty for text, which has none.
    pub layer: String,
    /// The CRS lines were read in; `None` of a table.
    pub crs: Option<String>,
    /// What the file calls the two ends; of lines, what they are called here.
    pub ends: [String; 2],
    /// What the file calls the kind.
    pub kind: Option<String>,
    /// In the order of the file.
    pub rows: Vec<LinkRow>,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
}

/// Reads the links of a file: lines, where it has some and no fields are named, or a table of pairs of codes.
///
/// # Errors
/// When there is no such file, it holds neither, a field is not there, or lines have no CRS.
pub fn read_links(source: &LinkSource, progress: Progress<'_>) -> Result<LinkTable, FormatError> {
    if source.from.is_some() != source.to.is_some() {
        let words = "the codes at both ends are needed: give --from FIELD and --to FIELD, or neither for lines";
        return Err(FormatError::Mapping(words.to_owned()));
    }
    if holds_lines(source)? { read_lines(source, progress) } else { read_pairs(source, progress) }
}

fn holds_lines(source: &LinkSource) -> Result<bool, FormatError> {
    if source.from.is_some() {
        return Ok(false);
    }
    let is_text = ["csv", "tsv", "txt"].iter().any(|extension| has_extension(&source.path, extension));
    let file = match Source::open(&source.path) {
        Ok(file) => file,
        // tables of text are read without GDAL, which says better what is wrong with them
        Err(_) if is_text => return Ok(false),
        Err(error) => return Err(error),
    };
    let named = |name: &str| source.layer.as_deref().is_none_or(|layer| layer == name);
    Ok(file.layers().iter().any(|layer| layer.linear && named(&layer.name)))
}

fn read_lines(source: &LinkSource, progress: Progress<'_>) -> Result<LinkTable, FormatError> {
    let file = Source::open(&source.path)?;
    let named: Vec<&str> = [&source.kind, &source.name].into_iter().flatten().map(String::as_str).collect();
    let mut layer = file.layer_of(Geometry::Lines, source.layer.as_deref(), &named)?;
    let (crs, crs_warning) = layer.crs(source.crs.as_ref())?;
    let transformer = Transformer::new(&crs).map_err(|error| FormatError::Crs { path: source.path.clone(), error })?;
    let mut shapes = ShapeReader::new(transformer);
    let position = |given: &Option<String>, usual: &[&str]| match given {
        Some(name) => Some(layer.field(name)),
        None => usual.iter().find_map(|name| layer.find(name)),
    };
    let (kind, name) = (position(&source.kind, &KIND), position(&source.name, &NAME));
    let kind_field = kind.map(|index| layer.info.fields[index].clone());
    let layer_name = layer.info.name.clone();
    let mut rows = Vec::new();
    layer.for_each(progress, |number, feature| {
        let text = |index: Option<usize>| {
            let text = Cell::read(feature, index?).code()?;
            Some(undone_latin1(&text).unwrap_or(text))
        };
        let ends = match shapes.read_lines(feature.geometry()) {
            Ok(lines) => match lines.as_slice() {
                [line] => LinkEnds::Points([line[0], line[line.len() - 1]]),
                several => LinkEnds::NoLine(format!("is in {} pieces: draw each link as one line", several.len())),
            },
            Err(ShapeError::Collapsed) => LinkEnds::NoLine("begins and ends at one place".to_owned()),
            Err(problem) => LinkEnds::NoLine(problem.to_string()),
        };
        rows.push(LinkRow { row: number, ends, kind: text(kind), name: text(name) });
    })?;
    gdal_words::forget();
    Ok(LinkTable {
        layer: layer_name,
        crs: Some(crs.to_string()),
        ends: ["start".to_owned(), "end".to_owned()],
        kind: kind_field,
        rows,
        warnings: crs_warning.into_iter().chain(shapes.misplaced()).collect(),
    })
}

/// Positions of both ends, kind and name.
type Columns = ([usize; 2], Option<usize>, Option<usize>);

fn columns(source: &LinkSource, fields: &[String]) -> Result<Columns, FormatError> {
    let path = source.path.display();
    let at = |name: &str| table::find_field(fields, name);
    let find = |given: &Option<String>, usual: &[&str]| match given {
        Some(field) => at(field).map(Some).ok_or_else(|| {
            FormatError::Mapping(format!("{path}: there is no field {field:?}; its fields are {}", list(fields)))
        }),
        None => Ok(usual.iter().find_map(|name| at(name))),
    };
    let (Some(from), Some(to)) = (find(&source.from, &FROM)?, find(&source.to, &TO)?) else {
        return Err(FormatError::Mapping(format!(
            "{path}: it holds no lines, and none of its fields {} are the codes of areas at both ends of a link: name them \
             with --from FIELD --to FIELD",
            list(fields)
        )));
    };
    Ok(([from, to], find(&source.kind, &KIND)?, find(&source.name, &NAME)?))
}

fn read_pairs(source: &LinkSource, progress: Progress<'_>) -> Result<LinkTable, FormatError> {
    let check = |fields: &[String]| columns(source, fields).map(|_| ());
    let read = table::read(&source.path, source.layer.as_deref(), &check, progress)?;
    let (ends, kind, name) = columns(source, &read.fields)?;
    let row = |row: table::TableRow| {
        let cell = |index: usize| row.cells.get(index).cloned().flatten();
        LinkRow {
            row: row.row,
            ends: LinkEnds::Codes(ends.map(cell)),
            kind: kind.and_then(cell),
            name: name.and_then(cell),
        }
    };
    let called = |index: usize| read.fields[index].clone();
    Ok(LinkTable {
        layer: read.layer,
        crs: None,
        ends: ends.map(called),
        kind: kind.map(called),
        rows: read.rows.into_iter().map(row).collect(),
        warnings: Vec::new(),
    })
}
