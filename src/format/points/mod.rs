//! Files of points to locate: CSV, NDJSON, Arrow and Parquet in, the same with more columns out, a chunk of rows at a time.
//!
//! Text of other columns passes through as it is. Memory is for one chunk, whatever the file's size.

mod columns;
mod csv;
mod lines;

use std::path::Path;

pub use columns::{ColumnReader, ColumnWriter, owners_to_arrow, points_from_arrow};
pub use csv::{CsvReader, CsvWriter};
pub(super) use csv::{broken, separator};
pub use lines::{LineReader, LineWriter, PointLine, answer_line, parse_line};

use super::error::{FormatError, list};
use crate::crs::{Crs, Placed, PointError, place_all};

/// Rows that are read together.
pub(super) const CHUNK_ROWS: usize = 8_192;

/// Names of the columns of longitude and latitude, most telling first; compared in any case.
pub(super) const COLUMN_NAMES: [(&str, &str); 9] = [
    ("longitude", "latitude"),
    ("经度", "纬度"),
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("lon_deg", "lat_deg"),
    ("经度坐标", "纬度坐标"),
    ("easting", "northing"),
    ("x", "y"),
];

/// Which columns hold the coordinates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PointColumns {
    /// Those with the usual names, in any case: longitude/latitude, lon/lat, lng/lat, 经度/纬度, x/y, easting/northing.
    #[default]
    Detect,
    /// These, in any case.
    Named {
        /// The column of longitude or easting.
        x: String,
        /// The column of latitude or northing.
        y: String,
    },
}

impl PointColumns {
    /// The positions of both columns among `names`.
    fn find(&self, path: &Path, names: &[String]) -> Result<(usize, usize), FormatError> {
        let at = |name: &str| names.iter().position(|have| have.trim().to_lowercase() == name.to_lowercase());
        let path = path.display();
        match self {
            Self::Detect => COLUMN_NAMES.into_iter().find_map(|(x, y)| Some((at(x)?, at(y)?))).ok_or_else(|| {
                FormatError::Mapping(format!(
                    "{path}: no columns of longitude and latitude (such as lon and lat) among {}: name them",
                    list(names)
                ))
            }),
            Self::Named { x, y } => {
                let at = |name: &String| {
                    let problem = || format!("{path}: there is no column {name:?} among {}", list(names));
                    at(name).ok_or_else(|| FormatError::Mapping(problem()))
                };
                Ok((at(x)?, at(y)?))
            }
        }
    }
}

/// Why a row has no point.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoPoint {
    /// One of the cells is blank.
    #[error("no coordinates")]
    Missing,
    /// A cell is not a number.
    #[error("{0:?} is not a coordinate")]
    NotANumber(String),
    /// A line that is not what it should be.
    #[error("{0}")]
    Unreadable(String),
    /// Not on the Earth, swapped, or not within reach of the CRS.
    #[error(transparent)]
    Point(#[from] PointError),
}

/// Rows of a file.
#[derive(Debug, Default)]
pub struct PointChunk {
    /// One point for each row, those of `bad` any.
    pub placed: Placed,
    /// Rows without a point, ascending.
    pub bad: Vec<(usize, NoPoint)>,
    /// The line (of a CSV or NDJSON) or row (of columns, from 1) at which each begins.
    pub places: Vec<u64>,
    body: Body,
}

#[derive(Debug, Default)]
enum Body {
    #[default]
    Nothing,
    Records(Vec<::csv::ByteRecord>),
    Lines(Vec<String>),
    Batch(arrow_array::RecordBatch),
}

impl PointChunk {
    /// Of rows as they were read; `NaN` stands for rows that `bad` names.
    fn new(
        crs: &Crs,
        given: &[(f64, f64)],
        mut bad: Vec<(usize, NoPoint)>,
        places: Vec<u64>,
        body: Body,
    ) -> Result<Self, crate::crs::CrsError> {
        let mut placed = place_all(crs, given)?;
        let unreadable: std::collections::HashSet<usize> = bad.iter().map(|(row, _)| *row).collect();
        let unplaced = placed.bad.drain(..).filter(|(row, _)| !unreadable.contains(row));
        bad.extend(unplaced.map(|(row, error)| (row, error.into())));
        bad.sort_by_key(|(row, _)| *row);
        Ok(Self { placed, bad, places, body })
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// What is added to each row of a chunk. The cells of rows without a point are empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddedColumns<'a> {
    /// Code of the owner.
    pub grid: Vec<Option<&'a str>>,
    /// Metres to the nearest border.
    pub edge_distance_m: Vec<Option<f64>>,
    /// How the owner was found.
    pub resolution: Vec<Option<&'static str>>,
    /// Grids that may hold the true place, where the error of positions is known.
    pub candidates: Option<Vec<String>>,
}

impl AddedColumns<'_> {
    /// What the columns are called.
    fn names(added: Added) -> &'static [&'static str] {
        let all = &["grid", "edge_distance_m", "resolution", "candidates"];
        match added {
            Added::Owners => &all[..3],
            Added::OwnersAndCandidates => all,
        }
    }

    /// The cells of one row as text.
    fn cells(&self, row: usize) -> impl Iterator<Item = String> {
        let text = |cell: Option<&str>| cell.unwrap_or_default().to_owned();
        let metres = self.edge_distance_m.get(row).copied().flatten();
        let owner = [
            text(self.grid.get(row).copied().flatten()),
            metres.map_or_else(String::new, |metres| format!("{metres:.2}")),
            text(self.resolution.get(row).copied().flatten()),
        ];
        let candidates = self.candidates.as_ref().map(|all| text(all.get(row).map(String::as_str)));
        owner.into_iter().chain(candidates)
    }
}

/// Which columns are added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Added {
    /// Grid, distance to the border, how it was found.
    #[default]
    Owners,
    /// The same and the candidates.
    OwnersAndCandidates,
}

/// A file of points, by its extension.
pub enum PointReader {
    /// `.csv`, `.tsv`, `.txt`, or any other.
    Csv(CsvReader),
    /// `.ndjson`, `.jsonl`.
    Lines(LineReader),
    /// `.parquet`, `.arrow`, `.feather`.
    Columns(ColumnReader),
}

/// What a file is, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Csv,
    Lines,
    Parquet,
    Arrow,
}

impl Kind {
    fn of(path: &Path) -> Self {
        let extension = path.extension().and_then(|name| name.to_str()).unwrap_or("").to_ascii_lowercase();
        match extension.as_str() {
            "ndjson" | "jsonl" | "geojsonl" => Self::Lines,
            "parquet" | "pq" => Self::Parquet,
            "arrow" | "feather" | "arrows" => Self::Arrow,
            _ => Self::Csv,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Lines => "NDJSON",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
        }
    }
}

impl PointReader {
    /// Opens a file of points in `crs`.
    ///
    /// # Errors
    /// When there is no such file, it is empty or of another kind than its extension says, the columns are not there (listing
    /// those that are), or the CRS is unknown.
    pub fn open(path: &Path, columns: &PointColumns, crs: &Crs) -> Result<Self, FormatError> {
        crate::crs::Transformer::new(crs).map_err(|error| FormatError::Crs { path: path.to_owned(), error })?;
        Ok(match Kind::of(path) {
            Kind::Csv => Self::Csv(CsvReader::open(path, columns, crs)?),
            Kind::Lines => Self::Lines(LineReader::open(path, columns, crs)?),
            Kind::Parquet => Self::Columns(ColumnReader::parquet(path, columns, crs)?),
            Kind::Arrow => Self::Columns(ColumnReader::arrow(path, columns, crs)?),
        })
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn next_chunk(&mut self) -> Result<Option<PointChunk>, FormatError> {
        match self {
            Self::Csv(reader) => reader.next_chunk(),
            Self::Lines(reader) => reader.next_chunk(),
            Self::Columns(reader) => reader.next_chunk(),
        }
    }

    /// How far it has come, of how much: bytes, or rows of Parquet.
    pub fn progress(&self) -> (u64, u64) {
        match self {
            Self::Csv(reader) => reader.progress(),
            Self::Lines(reader) => reader.progress(),
            Self::Columns(reader) => reader.progress(),
        }
    }
}

/// The file that a [`PointReader`] becomes, with more columns. It appears when it is finished.
pub enum PointWriter {
    /// As it was read.
    Csv(Box<CsvWriter>),
    /// As it was read.
    Lines(LineWriter),
    /// As it was read.
    Columns(ColumnWriter),
}

impl PointWriter {
    /// Begins a file of the same kind as `reader`'s.
    ///
    /// # Errors
    /// When the file cannot be made, its extension says another kind, or a column to add is there already.
    pub fn create(path: &Path, reader: &PointReader, added: Added) -> Result<Self, FormatError> {
        let read = match reader {
            PointReader::Csv(_) => Kind::Csv,
            PointReader::Lines(_) => Kind::Lines,
            PointReader::Columns(reader) => reader.kind(),
        };
        let written = Kind::of(path);
        if read != written {
            return Err(FormatError::Mapping(format!(
                "{}: what comes in is {} and goes out as such: choose the extension of what goes in",
                path.display(),
                read.name()
            )));
        }
        let names = AddedColumns::names(added);
        Ok(match reader {
            PointReader::Csv(reader) => Self::Csv(Box::new(CsvWriter::create(path, reader, names)?)),
            PointReader::Lines(_) => Self::Lines(LineWriter::create(path)?),
            PointReader::Columns(reader) => Self::Columns(ColumnWriter::create(path, reader, names)?),
        })
    }

    /// Writes the rows of a chunk with what is added.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn write(&mut self, chunk: &PointChunk, added: &AddedColumns) -> Result<(), FormatError> {
        match self {
            Self::Csv(writer) => writer.write(chunk, added),
            Self::Lines(writer) => writer.write(chunk, added),
            Self::Columns(writer) => writer.write(chunk, added),
        }
    }

    /// Puts the file in place, whole.
    ///
    /// # Errors
    /// When the disk is full or the target cannot be replaced.
    pub fn finish(self) -> Result<(), FormatError> {
        match self {
            Self::Csv(writer) => writer.finish(),
            Self::Lines(writer) => writer.finish(),
            Self::Columns(writer) => writer.finish(),
        }
    }
}
