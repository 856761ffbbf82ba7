//! CSV of points.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use csv::ByteRecord;

use super::super::error::FormatError;
use super::super::outfile::OutFile;
use super::{AddedColumns, Body, CHUNK_ROWS, NoPoint, PointChunk, PointColumns};
use crate::crs::Crs;

/// 经度 and 纬度 in GBK, the encoding spreadsheets save CSV in on a Chinese Windows.
const COLUMN_NAMES_GBK: (&[u8], &[u8]) = (b"\xbe\xad\xb6\xc8", b"\xce\xb3\xb6\xc8");
/// What may separate cells; a spreadsheet chooses by its locale.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Reads a CSV of points. Quoted cells may hold line breaks; the text of other columns passes through as it is, in
/// whatever encoding.
pub struct CsvReader {
    path: PathBuf,
    reader: csv::Reader<BufReader<File>>,
    header: ByteRecord,
    separator: u8,
    columns: (usize, usize),
    crs: Crs,
    bytes: u64,
}

impl CsvReader {
    /// Opens a file with a header line, separated by commas, semicolons or tabs.
    pub(super) fn open(path: &Path, columns: &PointColumns, crs: &Crs) -> Result<Self, FormatError> {
        let io = |error| FormatError::Io { path: path.to_owned(), error };
        let file = File::open(path).map_err(io)?;
        let bytes = file.metadata().map_err(io)?.len();
        let mut file = BufReader::with_capacity(1 << 16, file);
        let start = file.fill_buf().map_err(io)?;
        if start.is_empty() {
            return Err(FormatError::EmptyFile { path: path.to_owned() });
        }
        let first_line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let separator = separator(first_line);
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(file);
        let header = reader.byte_headers().map_err(|error| broken(path, &error))?.clone();
        let columns = find(path, &header, columns)?;
        Ok(Self { path: path.to_owned(), reader, header, separator, columns, crs: crs.clone(), bytes })
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        (self.reader.position().byte(), self.bytes)
    }

    pub(super) fn next_chunk(&mut self) -> Result<Option<PointChunk>, FormatError> {
        let (mut records, mut places) = (Vec::new(), Vec::new());
        let (mut given, mut bad) = (Vec::new(), Vec::new());
        let mut cells = ByteRecord::new();
        while records.len() < CHUNK_ROWS {
            if !self.reader.read_byte_record(&mut cells).map_err(|error| broken(&self.path, &error))? {
                break;
            }
            places.push(cells.position().map_or(0, csv::Position::line));
            given.push(self.given(&cells).unwrap_or_else(|problem| {
                bad.push((records.len(), problem));
                (f64::NAN, f64::NAN)
            }));
            records.push(std::mem::take(&mut cells));
        }
        if records.is_empty() {
            return Ok(None);
        }
        let chunk = PointChunk::new(&self.crs, &given, bad, places, Body::Records(records));
        chunk.map(Some).map_err(|error| FormatError::Crs { path: self.path.clone(), error })
    }

    fn given(&self, cells: &ByteRecord) -> Result<(f64, f64), NoPoint> {
        if cells.len() != self.header.len() {
            let (found, header) = (cells.len(), self.header.len());
            return Err(NoPoint::Unreadable(format!("{found} cells, where the header has {header}")));
        }
        let number = |index: usize| {
            let text = String::from_utf8_lossy(cells.get(index).unwrap_or_default());
            let text = text.trim();
            if text.is_empty() {
                return Err(NoPoint::Missing);
            }
            text.parse::<f64>().map_err(|_| NoPoint::NotANumber(text.chars().take(40).collect()))
        };
        Ok((number(self.columns.0)?, number(self.columns.1)?))
    }
}

/// Writes the rows of a [`CsvReader`] with further columns at their end. A row of another length than the header is filled up or
/// cut to it.
pub struct CsvWriter {
    out: OutFile,
    writer: csv::Writer<BufWriter<File>>,
    width: usize,
}

impl CsvWriter {
    pub(super) fn create(path: &Path, reader: &CsvReader, added: &[&str]) -> Result<Self, FormatError> {
        if let Some(name) = added.iter().find(|name| reader.header.iter().any(|have| have == name.as_bytes())) {
            let path = reader.path.display();
            return Err(FormatError::Mapping(format!("{path}: there is a column {name:?} already: rename it first")));
        }
        let out = OutFile::new(path)?;
        let file = File::create_new(out.path()).map_err(|error| FormatError::Io { path: path.to_owned(), error })?;
        let writer = csv::WriterBuilder::new().delimiter(reader.separator).from_writer(BufWriter::new(file));
        let mut writer = Self { out, writer, width: reader.header.len() };
        writer.record(reader.header.iter().chain(added.iter().map(|name| name.as_bytes())))?;
        Ok(writer)
    }

    pub(super) fn write(&mut self, chunk: &PointChunk, added: &AddedColumns) -> Result<(), FormatError> {
        let Body::Records(records) = &chunk.body else { return Ok(()) };
        for (row, record) in records.iter().enumerate() {
            let own = record.iter().chain(std::iter::repeat(&b""[..])).take(self.width);
            let added: Vec<String> = added.cells(row).collect();
            self.writer
                .write_record(own.chain(added.iter().map(String::as_bytes)))
                .map_err(|error| broken(self.out.target(), &error))?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), FormatError> {
        self.writer.flush().map_err(|error| FormatError::Io { path: self.out.target().to_owned(), error })?;
        drop(self.writer);
        self.out.finish()
    }

    fn record<'a>(&mut self, cells: impl Iterator<Item = &'a [u8]>) -> Result<(), FormatError> {
        self.writer.write_record(cells).map_err(|error| broken(self.out.target(), &error))
    }
}

fn find(path: &Path, header: &ByteRecord, columns: &PointColumns) -> Result<(usize, usize), FormatError> {
    let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let raw = |name: &[u8]| header.iter().position(|have| have == name);
    let gbk = || Some((raw(COLUMN_NAMES_GBK.0)?, raw(COLUMN_NAMES_GBK.1)?));
    match columns.find(path, &names) {
        Err(error) if *columns == PointColumns::Detect => gbk().ok_or(error),
        found => found,
    }
}

/// What separates the cells of a file with this first line.
pub(in crate::format) fn separator(first_line: &[u8]) -> u8 {
    let times = |separator: u8| first_line.split(|&byte| byte == separator).count();
    // the last of equals wins in max_by_key: commas
    SEPARATORS.into_iter().rev().max_by_key(|&separator| times(separator)).unwrap_or(b',')
}

pub(in crate::format) fn broken(path: &Path, error: &csv::Error) -> FormatError {
    let reason = match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} has {len} cells, the header has {expected_len}")
        }
        _ => error.to_string(),
    };
    FormatError::Io { path: path.to_owned(), error: std::io::Error::other(reason) }
}
