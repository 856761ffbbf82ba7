//! A list of officers and their duties, from any [`table`].

use std::path::PathBuf;

use super::error::{FormatError, list};
use super::{Progress, table};
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
    let check = |fields: &[String]| find(source, fields).map(|_| ());
    let table = table::read(&source.path, source.layer.as_deref(), &check, progress)?;
    let columns = find(source, &table.fields)?;
    let row = |row: table::TableRow| {
        let cells = columns.map(|index| row.cells.get(index?).cloned().flatten());
        cells.iter().any(Option::is_some).then_some(OfficerRow { row: row.row, cells })
    };
    let rows = table.rows.into_iter().filter_map(row).collect();
    Ok(OfficerTable { rows, fields: columns.map(|index| index.map(|index| table.fields[index].clone())) })
}

/// Where each column is, by the names given or else the usual ones.
fn find(source: &OfficerSource, fields: &[String]) -> Result<[Option<usize>; COLUMNS.len()], FormatError> {
    let at = |name: &str| table::find_field(fields, name);
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
