//! Tables without geometry: CSV in the encodings of offices, spreadsheets, any table GDAL reads; and such tables out.

use std::ops::ControlFlow;
use std::path::Path;

use encoding_rs::{Encoding, GB18030};
use gdal::DriverManager;
use gdal::config::{clear_thread_local_config_option, set_thread_local_config_option};
use gdal::errors::GdalError;
use gdal::vector::{Feature, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};

use super::Progress;
use super::error::FormatError;
use super::field::Cell;
use super::outfile::OutFile;
use super::points::{broken, separator};
use super::source::{Source, has_extension};
use crate::crs::gdal_words;

/// Spreadsheets: the first row is the header, and numbers stay as they are written (telephone numbers begin with 0).
const SPREADSHEETS: [(&str, &str); 6] = [
    ("OGR_XLSX_HEADERS", "FORCE"),
    ("OGR_XLSX_FIELD_TYPES", "STRING"),
    ("OGR_ODS_HEADERS", "FORCE"),
    ("OGR_ODS_FIELD_TYPES", "STRING"),
    ("OGR_XLS_HEADERS", "FORCE"),
    ("OGR_XLS_FIELD_TYPES", "STRING"),
];
/// Rows between two calls of the progress callback.
const ROWS_PER_TICK: usize = 256;

/// A row as it stands in the file: text, without blanks around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// As a person counts: the line of a CSV, the row of a sheet, the feature of another table.
    pub row: u64,
    /// In the order of [`Table::fields`]; `None` where blank.
    pub cells: Vec<Option<String>>,
}

/// A table without geometry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The layer or sheet it was read from; empty for text, which has none.
    pub layer: String,
    /// The names of its columns, without blanks around them.
    pub fields: Vec<String>,
    /// In the order of the file, without blank ones.
    pub rows: Vec<TableRow>,
}

impl Table {
    /// The position of a field: exactly as written, or else in any case.
    pub fn field(&self, name: &str) -> Option<usize> {
        find_field(&self.fields, name)
    }
}

/// The position of a name among names, exactly or else in any case; blanks around do not count.
pub(super) fn find_field(fields: &[String], name: &str) -> Option<usize> {
    let same = |field: &String| field.trim().to_lowercase() == name.trim().to_lowercase();
    fields.iter().position(|field| field.trim() == name).or_else(|| fields.iter().position(same))
}

/// Reads all rows of a table: CSV may be UTF-8, UTF-16 or GBK, with commas, semicolons or tabs; spreadsheets have their
/// header in the first row. `fields` are those it must have.
///
/// # Errors
/// When there is no such file, it is no table, or a field is not there.
pub fn read_table(
    path: &Path,
    layer: Option<&str>,
    fields: &[&str],
    progress: Progress<'_>,
) -> Result<Table, FormatError> {
    let check = |have: &[String]| match fields.iter().find(|field| find_field(have, field).is_none()) {
        None => Ok(()),
        Some(field) => Err(FormatError::Mapping(format!(
            "{}: there is no field {field:?}; its fields are {}",
            path.display(),
            super::error::list(have)
        ))),
    };
    read(path, layer, &check, progress)
}

/// The table in the bytes of a file of this name, whatever its fields.
///
/// # Errors
/// When it is no table.
pub fn table_of_bytes(name: &str, bytes: &[u8], layer: Option<&str>) -> Result<Table, FormatError> {
    let io = |error| FormatError::Io { path: name.into(), error };
    let folder = tempfile::TempDir::with_prefix("wangge-table-").map_err(io)?;
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).map_err(io)?;
    let read = read_table(&path, layer, &[], &super::unwatched);
    // the folder of this machine is nobody's business
    let shown = |error: FormatError| error.to_string().replace(&format!("{}/", folder.path().display()), "");
    read.map_err(|error| FormatError::Mapping(shown(error)))
}

/// As [`read_table`], with a check of the fields in the caller's words. Without a name, the only layer that passes it.
pub(super) fn read(
    path: &Path,
    layer: Option<&str>,
    check: &dyn Fn(&[String]) -> Result<(), FormatError>,
    progress: Progress<'_>,
) -> Result<Table, FormatError> {
    let is_text = ["csv", "tsv", "txt"].iter().any(|extension| has_extension(path, extension));
    if is_text { read_text(path, check, progress) } else { read_layer(path, layer, check, progress) }
}

fn read_text(
    path: &Path,
    check: &dyn Fn(&[String]) -> Result<(), FormatError>,
    progress: Progress<'_>,
) -> Result<Table, FormatError> {
    let bytes = std::fs::read(path).map_err(|error| FormatError::Io { path: path.to_owned(), error })?;
    if bytes.is_empty() {
        return Err(FormatError::EmptyFile { path: path.to_owned() });
    }
    let text = decode(path, &bytes)?;
    let first_line = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().delimiter(separator(first_line.as_bytes())).from_reader(text.as_bytes());
    let fields: Vec<String> =
        reader.headers().map_err(|error| broken(path, &error))?.iter().map(str::to_owned).collect();
    check(&fields)?;
    let (mut rows, mut read) = (Vec::new(), 0);
    let total = text.lines().count().saturating_sub(1) as u64;
    for record in reader.records() {
        let record = record.map_err(|error| broken(path, &error))?;
        let row = record.position().map_or(0, csv::Position::line);
        let cells: Vec<Option<String>> = record.iter().map(said).collect();
        tick(progress, read, total)?;
        read += 1;
        if cells.iter().any(Option::is_some) {
            rows.push(TableRow { row, cells });
        }
    }
    Ok(Table { layer: String::new(), fields: trimmed(&fields), rows })
}

fn trimmed(fields: &[String]) -> Vec<String> {
    fields.iter().map(|field| field.trim().to_owned()).collect()
}

fn tick(progress: Progress<'_>, read: usize, total: u64) -> Result<(), FormatError> {
    if read.is_multiple_of(ROWS_PER_TICK) && progress(read as u64, total) == ControlFlow::Break(()) {
        return Err(FormatError::Cancelled { done: read as u64, total });
    }
    Ok(())
}

fn said(cell: &str) -> Option<String> {
    let cell = cell.trim();
    (!cell.is_empty()).then(|| cell.to_owned())
}

/// Text in UTF-8, in UTF-16 with its mark, or else in GBK (GB 18030).
fn decode(path: &Path, bytes: &[u8]) -> Result<String, FormatError> {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (encoding, &bytes[mark..]),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => return Ok(text.to_owned()),
            Err(_) => (GB18030, bytes),
        },
    };
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(FormatError::Mapping(format!(
            "{}: its text is neither UTF-8 nor GBK: save it as CSV UTF-8",
            path.display()
        ))),
    }
}

/// Has GDAL read spreadsheets as lists while it lives.
struct AsLists;

impl AsLists {
    fn begin() -> Self {
        for (key, value) in SPREADSHEETS {
            // an option that cannot be set leaves GDAL's own guess, which headers and values show
            let _ = set_thread_local_config_option(key, value);
        }
        Self
    }
}

impl Drop for AsLists {
    fn drop(&mut self) {
        for (key, _) in SPREADSHEETS {
            let _ = clear_thread_local_config_option(key);
        }
    }
}

fn read_layer(
    path: &Path,
    name: Option<&str>,
    check: &dyn Fn(&[String]) -> Result<(), FormatError>,
    progress: Progress<'_>,
) -> Result<Table, FormatError> {
    let _as_lists = AsLists::begin();
    let file = Source::open(path)?;
    let fits = |fields: &[String]| check(fields).is_ok();
    let mut layer = file.table(name, &fits)?;
    let fields = layer.info.fields.clone();
    check(&fields)?;
    // the header is the first row of a sheet
    let above = u64::from(["xlsx", "xlsm", "xls", "ods"].iter().any(|one| has_extension(path, one)));
    let mut rows = Vec::new();
    layer.for_each(progress, |number, feature| {
        let cells: Vec<Option<String>> = (0..fields.len()).map(|index| Cell::read(feature, index).code()).collect();
        if cells.iter().any(Option::is_some) {
            rows.push(TableRow { row: number + above, cells });
        }
    })?;
    gdal_words::forget();
    Ok(Table { layer: layer.info.name.clone(), fields: trimmed(&fields), rows })
}

/// Writes a table for a person to edit: `.xlsx` with every cell as text (codes keep their digits), `.csv` in UTF-8 with the
/// mark that spreadsheets look for.
///
/// # Errors
/// When it cannot be written, or the extension is another.
pub fn write_table(path: &Path, fields: &[String], rows: &[Vec<Option<String>>]) -> Result<(), FormatError> {
    let out = OutFile::new(path)?;
    let io = |error| FormatError::Io { path: path.to_owned(), error };
    if has_extension(path, "xlsx") {
        write_sheet(&out.path(), fields, rows)
            .map_err(|error| io(std::io::Error::other(gdal_words::reason(&error))))?;
    } else if has_extension(path, "csv") {
        std::fs::write(out.path(), table_csv(fields, rows)).map_err(io)?;
    } else {
        return Err(FormatError::Mapping(format!("{}: a list is written as .xlsx or .csv", path.display())));
    }
    out.finish()
}

/// A table as CSV (RFC 4180) in UTF-8, with the mark that spreadsheets look for.
pub fn table_csv(fields: &[String], rows: &[Vec<Option<String>>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let cells = |row: &[Option<String>]| row.iter().map(|cell| cell.clone().unwrap_or_default()).collect::<Vec<_>>();
    for row in std::iter::once(fields.to_vec()).chain(rows.iter().map(|row| cells(row))) {
        writer.write_record(row).expect("memory takes what is written, and rows are as long as the header");
    }
    writer.into_inner().expect("memory takes what is written")
}

fn write_sheet(path: &Path, fields: &[String], rows: &[Vec<Option<String>>]) -> Result<(), GdalError> {
    gdal_words::listen();
    let mut file = DriverManager::get_driver_by_name("XLSX")?.create_vector_only(path)?;
    let sheet = LayerOptions { name: "rows", ty: OGRwkbGeometryType::wkbNone, ..LayerOptions::default() };
    let layer = file.create_layer(sheet)?;
    let columns: Vec<(&str, OGRFieldType::Type)> =
        fields.iter().map(|field| (field.as_str(), OGRFieldType::OFTString)).collect();
    layer.create_defn_fields(&columns)?;
    for row in rows {
        let mut feature = Feature::new(layer.defn())?;
        for (index, cell) in row.iter().enumerate() {
            if let Some(cell) = cell {
                feature.set_field_string(index, cell)?;
            }
        }
        feature.create(&layer)?;
    }
    file.close()
}
