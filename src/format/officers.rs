//! A list of officers and their duties: CSV in the encodings of offices, spreadsheets, any table GDAL reads.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, GB18030};
use gdal::config::{clear_thread_local_config_option, set_thread_local_config_option};

use super::Progress;
use super::csv_points::{broken, separator};
use super::error::{FormatError, list};
use super::field::Cell;
use super::source::{Source, has_extension};
use crate::crs::gdal_words;
use crate::officer::Column;

/// The columns, in the order of [`OfficerRow`]'s cells.
const COLUMNS: [Column; 9] = [
    Column::Officer,
    Column::Name,
    Column::Team,
    Column::Desk,
    Column::Phone,
    Column::Grid,
    Column::Role,
    Column::From,
    Column::To,
];
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

/// A file of officers, and which of its fields say what.
#[derive(Debug, Clone, Default)]
pub struct OfficerSource {
    /// The file.
    pub path: PathBuf,
    /// The layer or sheet, when several fit.
    pub layer: Option<String>,
    /// The field of each column, where it has not one of the usual names.
    pub fields: Vec<(Column, String)>,
}

/// A row as it stands in the file: text, without blanks around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerRow {
    /// As a person counts: the line of a CSV, the row of a sheet, the feature of another table.
    pub row: u64,
    cells: [Option<String>; COLUMNS.len()],
}

impl OfficerRow {
    /// What stands in a column; `None` when it is blank or the file has no such column.
    pub fn get(&self, column: Column) -> Option<&str> {
        self.cells[position(column)].as_deref()
    }
}

/// The rows of a file of officers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerTable {
    /// In the order of the file, without blank ones.
    pub rows: Vec<OfficerRow>,
    fields: [Option<String>; COLUMNS.len()],
}

impl OfficerTable {
    /// What the file calls a column; `None` when it has no such column.
    pub fn field(&self, column: Column) -> Option<&str> {
        self.fields[position(column)].as_deref()
    }
}

fn position(column: Column) -> usize {
    COLUMNS.iter().position(|one| *one == column).expect("COLUMNS names every column")
}

/// The usual names of a column, the most telling first; compared in any case.
const fn usual(column: Column) -> &'static [&'static str] {
    match column {
        Column::Officer => {
            &["工号", "网格员编号", "网格员工号", "人员编号", "officer_id", "officer", "staff_id", "编号", "id"]
        }
        Column::Name => &["姓名", "网格员姓名", "网格员", "name", "officer_name"],
        Column::Team => &["班组", "班组名称", "队伍", "团队", "team", "team_name"],
        Column::Desk => &["值班电话", "值守电话", "办公电话", "公开电话", "desk", "desk_number", "desk_phone"],
        // a number of which nothing says that it is public is private
        Column::Phone => &["电话", "手机", "手机号", "手机号码", "联系电话", "联系方式", "phone", "mobile", "tel"],
        Column::Grid => &["网格编码", "网格代码", "网格编号", "网格", "grid_code", "grid"],
        Column::Role => &["角色", "岗位", "职责", "role", "duty"],
        Column::From => &["起", "起始", "起始日期", "开始日期", "上岗日期", "from", "from_date", "start", "start_date"],
        Column::To => &["止", "截止", "截止日期", "结束日期", "离岗日期", "to", "to_date", "end", "end_date"],
    }
}

/// Reads the rows of a file. CSV may be UTF-8, UTF-16 or GBK, with commas, semicolons or tabs.
///
/// # Errors
/// When there is no such file, it is no table, or a column that was named, or the officer's, is not there.
pub fn read_officers(source: &OfficerSource, progress: Progress<'_>) -> Result<OfficerTable, FormatError> {
    let is_text = ["csv", "tsv", "txt"].iter().any(|extension| has_extension(&source.path, extension));
    if is_text { read_text(source, progress) } else { read_table(source, progress) }
}

/// Where each column is, by the names given or else the usual ones.
fn find(source: &OfficerSource, fields: &[String]) -> Result<[Option<usize>; COLUMNS.len()], FormatError> {
    let at = |name: &str| {
        let same = |field: &String| field.trim().to_lowercase() == name.trim().to_lowercase();
        fields.iter().position(|field| field.trim() == name).or_else(|| fields.iter().position(same))
    };
    let path = source.path.display();
    let mut found = [None; COLUMNS.len()];
    for (found, column) in found.iter_mut().zip(COLUMNS) {
        let given = source.fields.iter().find(|(one, _)| *one == column).map(|(_, field)| field);
        *found = match given {
            Some(field) => Some(at(field).ok_or_else(|| {
                FormatError::Mapping(format!("{path}: there is no field {field:?}; its fields are {}", list(fields)))
            })?),
            None => usual(column).iter().find_map(|name| at(name)),
        };
    }
    if found[position(Column::Officer)].is_none() {
        return Err(FormatError::Mapping(format!(
            "{path}: none of the fields {} is the officer's number (工号): name it with --officer-id FIELD",
            list(fields)
        )));
    }
    Ok(found)
}

fn table(fields: &[String], columns: [Option<usize>; COLUMNS.len()], rows: Vec<OfficerRow>) -> OfficerTable {
    OfficerTable { rows, fields: columns.map(|index| index.map(|index| fields[index].trim().to_owned())) }
}

fn read_text(source: &OfficerSource, progress: Progress<'_>) -> Result<OfficerTable, FormatError> {
    let path = &source.path;
    let bytes = std::fs::read(path).map_err(|error| FormatError::Io { path: path.clone(), error })?;
    if bytes.is_empty() {
        return Err(FormatError::EmptyFile { path: path.clone() });
    }
    let text = decode(path, &bytes)?;
    let first_line = text.lines().next().unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().delimiter(separator(first_line.as_bytes())).from_reader(text.as_bytes());
    let fields: Vec<String> =
        reader.headers().map_err(|error| broken(path, &error))?.iter().map(str::to_owned).collect();
    let columns = find(source, &fields)?;
    let (mut rows, mut read) = (Vec::new(), 0);
    let total = text.lines().count().saturating_sub(1) as u64;
    for record in reader.records() {
        let record = record.map_err(|error| broken(path, &error))?;
        let row = record.position().map_or(0, csv::Position::line);
        let cells = columns.map(|index| said(record.get(index?)?));
        tick(progress, read, total)?;
        read += 1;
        if cells.iter().any(Option::is_some) {
            rows.push(OfficerRow { row, cells });
        }
    }
    Ok(table(&fields, columns, rows))
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

fn read_table(source: &OfficerSource, progress: Progress<'_>) -> Result<OfficerTable, FormatError> {
    let _as_lists = AsLists::begin();
    let file = Source::open(&source.path)?;
    let fits = |fields: &[String]| find(source, fields).is_ok();
    let mut layer = file.table(source.layer.as_deref(), &fits)?;
    let fields = layer.info.fields.clone();
    let columns = find(source, &fields)?;
    // the header is the first row of a sheet
    let above = u64::from(["xlsx", "xlsm", "xls", "ods"].iter().any(|one| has_extension(&source.path, one)));
    let mut rows = Vec::new();
    layer.for_each(progress, |number, feature| {
        let cells = columns.map(|index| Cell::read(feature, index?).code());
        if cells.iter().any(Option::is_some) {
            rows.push(OfficerRow { row: number + above, cells });
        }
    })?;
    gdal_words::forget();
    Ok(table(&fields, columns, rows))
}
