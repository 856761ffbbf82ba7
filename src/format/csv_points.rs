//! A CSV of points to locate, row by row, and the same rows with more columns out.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use csv::ByteRecord;

use super::error::{FormatError, list};
use super::outfile::OutFile;
use crate::crs::{Crs, CrsError, Transformer};
use crate::geom::{CoordinateError, LatticePoint};

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
/// 经度 and 纬度 in GBK, the encoding spreadsheets save CSV in on a Chinese Windows.
const COLUMN_NAMES_GBK: (&[u8], &[u8]) = (b"\xbe\xad\xb6\xc8", b"\xce\xb3\xb6\xc8");
/// What may separate cells; a spreadsheet chooses by its locale.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

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
    /// Not on the Earth, or swapped.
    #[error(transparent)]
    Coordinate(#[from] CoordinateError),
    /// Not within reach of the CRS.
    #[error(transparent)]
    Crs(#[from] CrsError),
}

/// One row of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct PointRow {
    /// The line it starts on, from 1.
    pub line: u64,
    /// Its point, or why it has none.
    pub point: Result<LatticePoint, NoPoint>,
    cells: ByteRecord,
}

/// Reads a CSV of points. Quoted cells may hold line breaks; the text of other columns passes through as it is, in
/// whatever encoding. Memory for one row.
pub struct PointReader {
    path: PathBuf,
    reader: csv::Reader<BufReader<File>>,
    header: ByteRecord,
    separator: u8,
    columns: (usize, usize),
    transformer: Transformer,
}

impl PointReader {
    /// Opens a file with a header line, separated by commas, semicolons or tabs.
    ///
    /// # Errors
    /// When there is no such file, it is empty, the columns are not there (listing those that are), or the CRS is unknown.
    pub fn open(path: &Path, columns: &PointColumns, crs: &Crs) -> Result<Self, FormatError> {
        let io = |error| FormatError::Io { path: path.to_owned(), error };
        let transformer = Transformer::new(crs).map_err(|error| FormatError::Crs { path: path.to_owned(), error })?;
        let mut file = BufReader::new(File::open(path).map_err(io)?);
        let start = file.fill_buf().map_err(io)?;
        if start.is_empty() {
            return Err(FormatError::EmptyFile { path: path.to_owned() });
        }
        let first_line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let separator = separator(first_line);
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(file);
        let header = reader.byte_headers().map_err(|error| broken(path, &error))?.clone();
        let columns = find(path, &header, columns)?;
        Ok(Self { path: path.to_owned(), reader, header, separator, columns, transformer })
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on or a row has more or fewer cells than the header.
    pub fn next_row(&mut self) -> Result<Option<PointRow>, FormatError> {
        let mut cells = ByteRecord::new();
        if !self.reader.read_byte_record(&mut cells).map_err(|error| broken(&self.path, &error))? {
            return Ok(None);
        }
        let line = cells.position().map_or(0, csv::Position::line);
        Ok(Some(PointRow { line, point: self.point(&cells), cells }))
    }

    fn point(&self, cells: &ByteRecord) -> Result<LatticePoint, NoPoint> {
        let number = |index: usize| {
            let text = String::from_utf8_lossy(cells.get(index).unwrap_or_default());
            let text = text.trim();
            if text.is_empty() {
                return Err(NoPoint::Missing);
            }
            text.parse::<f64>().map_err(|_| NoPoint::NotANumber(text.chars().take(40).collect()))
        };
        let (x, y) = (number(self.columns.0)?, number(self.columns.1)?);
        if !(x.is_finite() && y.is_finite()) {
            return Err(CoordinateError::NotFinite { lon_deg: x, lat_deg: y }.into());
        }
        Ok(self.transformer.convert_point(x, y)?.snap()?)
    }
}

/// Writes the rows of a [`PointReader`] with further columns at their end. The file appears when it is finished.
pub struct PointWriter {
    out: OutFile,
    writer: csv::Writer<BufWriter<File>>,
    added: usize,
}

impl PointWriter {
    /// Begins a file with the header of `reader` and the names of the columns to add.
    ///
    /// # Errors
    /// When the file cannot be made, or a column to add is there already.
    pub fn create(path: &Path, reader: &PointReader, added: &[&str]) -> Result<Self, FormatError> {
        if let Some(name) = added.iter().find(|name| reader.header.iter().any(|have| have == name.as_bytes())) {
            let path = reader.path.display();
            return Err(FormatError::Mapping(format!("{path}: there is a column {name:?} already: rename it first")));
        }
        let out = OutFile::new(path)?;
        let file = File::create_new(out.path()).map_err(|error| FormatError::Io { path: path.to_owned(), error })?;
        let writer = csv::WriterBuilder::new().delimiter(reader.separator).from_writer(BufWriter::new(file));
        let mut writer = Self { out, writer, added: added.len() };
        writer.record(reader.header.iter().chain(added.iter().map(|name| name.as_bytes())))?;
        Ok(writer)
    }

    /// Writes one row and the cells to add, as many as columns were named.
    ///
    /// # Errors
    /// When the disk is full, or the number of cells is another.
    pub fn write(&mut self, row: &PointRow, added: &[&str]) -> Result<(), FormatError> {
        if added.len() != self.added {
            return Err(FormatError::Mapping(format!("{} cells for {} added columns", added.len(), self.added)));
        }
        self.record(row.cells.iter().chain(added.iter().map(|cell| cell.as_bytes())))
    }

    /// Puts the file in place, whole.
    ///
    /// # Errors
    /// When the disk is full or the target cannot be replaced.
    pub fn finish(mut self) -> Result<(), FormatError> {
        self.writer.flush().map_err(|error| FormatError::Io { path: self.out.target().to_owned(), error })?;
        drop(self.writer);
        self.out.finish()
    }

    fn record<'a>(&mut self, cells: impl Iterator<Item = &'a [u8]>) -> Result<(), FormatError> {
        self.writer.write_record(cells).map_err(|error| broken(self.out.target(), &error))
    }
}

impl PointRow {
    /// The cells as they stand in the file.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        self.cells.iter()
    }
}

fn find(path: &Path, header: &ByteRecord, columns: &PointColumns) -> Result<(usize, usize), FormatError> {
    let at = |name: &str| {
        header.iter().position(|have| String::from_utf8_lossy(have).trim().to_lowercase() == name.to_lowercase())
    };
    let named = || header.iter().map(String::from_utf8_lossy).collect::<Vec<_>>();
    let path = path.display();
    match columns {
        PointColumns::Detect => {
            let usual = COLUMN_NAMES.into_iter().find_map(|(x, y)| Some((at(x)?, at(y)?)));
            let raw = |name: &[u8]| header.iter().position(|have| have == name);
            let gbk = || Some((raw(COLUMN_NAMES_GBK.0)?, raw(COLUMN_NAMES_GBK.1)?));
            usual.or_else(gbk).ok_or_else(|| {
                FormatError::Mapping(format!(
                    "{path}: no columns of longitude and latitude (such as lon and lat) among {}: name them",
                    list(&named())
                ))
            })
        }
        PointColumns::Named { x, y } => {
            let at = |name: &String| {
                let problem = || format!("{path}: there is no column {name:?} among {}", list(&named()));
                at(name).ok_or_else(|| FormatError::Mapping(problem()))
            };
            Ok((at(x)?, at(y)?))
        }
    }
}

/// What separates the cells of a file with this first line.
pub(super) fn separator(first_line: &[u8]) -> u8 {
    let times = |separator: u8| first_line.split(|&byte| byte == separator).count();
    // the last of equals wins in max_by_key: commas
    SEPARATORS.into_iter().rev().max_by_key(|&separator| times(separator)).unwrap_or(b',')
}

pub(super) fn broken(path: &Path, error: &csv::Error) -> FormatError {
    let reason = match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} has {len} cells, the header has {expected_len}")
        }
        _ => error.to_string(),
    };
    FormatError::Io { path: path.to_owned(), error: std::io::Error::other(reason) }
}
