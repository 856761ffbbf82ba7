//! A list of officers is brought into the store; and who is missing, in the grids in force at a date.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::serve::{Calendar, grids_in_force};
use super::{AppError, Step, Watch};
use crate::format::{FormatError, OfficerRow, OfficerSource, OfficerTable, read_officers};
use crate::officer::{
    Changes, Column, Line, NewDuty, Role, Roster, RowProblem, Span, Staffing, civil_date, merge, role_of, staffing,
};
use crate::store::{Act, Store};

/// A list to bring in, and how.
#[derive(Debug, Clone)]
pub struct OfficersRequest {
    /// The file and its fields.
    pub source: OfficerSource,
    /// A date: duties that stand then and are not in the list end there.
    pub replace_from: Option<String>,
    /// Only say what would change.
    pub dry_run: bool,
    /// Who asks for it, and when.
    pub act: Act,
}

/// What a list changed, or would change.
#[derive(Debug, Clone)]
pub struct OfficersImported {
    /// Rows read.
    pub rows: u64,
    /// What changed.
    pub changes: Changes,
    /// Officers before and after, to name them.
    pub roster: Roster,
    /// What dates mean in this store.
    pub calendar: Calendar,
}

/// A row that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Its number, as a person counts: the line of a CSV, the row of a sheet.
    pub row: u64,
    /// The field, as the file calls it.
    pub field: String,
    /// What stands there; empty when nothing does.
    pub value: String,
    /// What is wrong with it, and what to do.
    pub problem: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, field, value, problem } = self;
        let value = if value.is_empty() { String::new() } else { format!(" {value:?}") };
        write!(f, "row {row}, {field}{value}: {problem}")
    }
}

/// A file with wrong rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {} wrong, nothing was changed; {}", .path.display(), rows_are(.rows.len()), first(.rows))]
pub struct BadRows {
    /// The file.
    pub path: PathBuf,
    /// All of them, by row.
    pub rows: Vec<BadRow>,
}

fn rows_are(count: usize) -> String {
    if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") }
}

fn first(rows: &[BadRow]) -> String {
    rows.first().map(ToString::to_string).unwrap_or_default()
}

/// Brings a list of officers and their duties into a store: the whole list, or nothing where any row is wrong. A second time
/// it changes nothing.
///
/// # Errors
/// [`AppError`]; [`AppError::Rows`] with every row that is wrong.
pub async fn import_officers(
    store: &dyn Store,
    request: &OfficersRequest,
    watch: &dyn Watch,
) -> Result<OfficersImported, AppError> {
    let calendar = Calendar::new(&store.workspace().await?.time_zone)?;
    let replace_from_ms = request.replace_from.as_deref().map(|date| instant_ms(&calendar, date)).transpose()?;
    let roster = store.roster().await?;
    let codes: BTreeSet<String> = store.used_codes().await?.into_iter().collect();
    let today_ms = calendar.parse_ms(&calendar.date(request.act.at_ms))?;
    let reading = Reading {
        calendar: &calendar,
        roster: &roster,
        codes: &codes,
        default_from_ms: replace_from_ms.unwrap_or(today_ms),
    };
    let (rows, changes) = tokio::task::block_in_place(|| {
        let table = read_officers(&request.source, &|done, total| {
            watch.at(Step::Read, done, total);
            if watch.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if replace_from_ms.is_some() && table.field(Column::Grid).is_none() {
            let path = request.source.path.display();
            return Err(AppError::Format(FormatError::Mapping(format!(
                "{path} has no field with codes of grids: to replace duties by it would end them all; name the field with \
                 --grid FIELD, or leave --replace-from out"
            ))));
        }
        let named = |problems: Vec<RowProblem>| named(&request.source, &table, problems);
        let lines = reading.lines(&table).map_err(named)?;
        let changes = merge(&roster, &lines, replace_from_ms, &|ms| calendar.date(ms)).map_err(named)?;
        Ok::<_, AppError>((table.rows.len() as u64, changes))
    })?;
    if !request.dry_run {
        if watch.cancelled() {
            return Err(AppError::Cancelled);
        }
        watch.at(Step::Keep, 0, 1);
        store.keep_roster(roster.revision(), &changes, &request.act).await?;
        watch.at(Step::Keep, 1, 1);
    }
    Ok(OfficersImported { rows, changes, roster, calendar })
}

fn instant_ms(calendar: &Calendar, given: &str) -> Result<i64, AppError> {
    Ok(calendar.parse_ms(civil_date(given).as_deref().unwrap_or(given))?)
}

fn named(source: &OfficerSource, table: &OfficerTable, problems: Vec<RowProblem>) -> AppError {
    let rows = problems
        .into_iter()
        .map(|problem| BadRow {
            row: problem.row,
            field: table.field(problem.column).map_or_else(|| problem.column.to_string(), str::to_owned),
            value: problem.value,
            problem: problem.problem,
        })
        .collect();
    AppError::Rows(BadRows { path: source.path.clone(), rows })
}

/// What the rows of a list are read against.
struct Reading<'a> {
    calendar: &'a Calendar,
    roster: &'a Roster,
    codes: &'a BTreeSet<String>,
    /// When a duty begins of which the row does not say it.
    default_from_ms: i64,
}

impl Reading<'_> {
    fn lines(&self, table: &OfficerTable) -> Result<Vec<Line>, Vec<RowProblem>> {
        let (mut lines, mut problems) = (Vec::with_capacity(table.rows.len()), Vec::new());
        for row in &table.rows {
            match self.line(table, row) {
                Ok(line) => lines.push(line),
                Err(mut found) => problems.append(&mut found),
            }
        }
        if problems.is_empty() { Ok(lines) } else { Err(problems) }
    }

    fn line(&self, table: &OfficerTable, row: &OfficerRow) -> Result<Line, Vec<RowProblem>> {
        let mut problems = Vec::new();
        let mut wrong = |column: Column, problem: String| {
            let value = row.get(column).unwrap_or_default().chars().take(60).collect();
            problems.push(RowProblem { row: row.row, column, value, problem });
        };
        let text = |column: Column| row.get(column).map(str::to_owned);
        let officer = text(Column::Officer).unwrap_or_else(|| {
            wrong(Column::Officer, "the officer's number is missing: every row needs one".to_owned());
            String::new()
        });
        let (role, from, to) = (row.get(Column::Role), row.get(Column::From), row.get(Column::To));
        let role = match role {
            Some(word) => role_of(word).or_else(|| {
                wrong(Column::Role, "it is no role: write 主责 or 副 (primary or deputy)".to_owned());
                None
            }),
            // a list without roles is a list of those responsible
            None if table.field(Column::Role).is_none() => Some(Role::Primary),
            None => None,
        };
        let mut instant = |column: Column, given: Option<&str>| {
            let given = given?;
            let read = instant_ms(self.calendar, given);
            if read.is_err() {
                wrong(column, "it is no date: write it as 2026-03-01".to_owned());
            }
            read.ok()
        };
        let (from_ms, to_ms) = (instant(Column::From, from), instant(Column::To, to));
        let duty = match row.get(Column::Grid) {
            None => {
                if table.field(Column::Grid).is_some() && (row.get(Column::Role).is_some() || from.or(to).is_some()) {
                    wrong(Column::Grid, "the grid of this duty is missing: give its code".to_owned());
                }
                None
            }
            Some(grid) => {
                if !self.codes.contains(grid) {
                    let example = self.codes.first().map_or_else(
                        || "there is no grid in this store yet: publish or adopt grids first".to_owned(),
                        |code| format!("codes here look like {code}"),
                    );
                    wrong(Column::Grid, format!("no grid ever had this code: correct it; {example}"));
                }
                if role.is_none() && row.get(Column::Role).is_none() {
                    wrong(Column::Role, "the role is missing: write 主责 or 副 (primary or deputy)".to_owned());
                }
                role.map(|role| {
                    let from_ms = from_ms.unwrap_or_else(|| self.begins_ms(&officer, grid, role));
                    NewDuty { grid: grid.to_owned(), role, span: Span { from_ms, to_ms } }
                })
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let [name, team, desk, phone] = [Column::Name, Column::Team, Column::Desk, Column::Phone].map(text);
        Ok(Line { row: row.row, officer, name, team, desk, phone, duty })
    }

    /// When a duty begins of which nothing is said: that of the one that stands, or else the day of the list.
    fn begins_ms(&self, officer: &str, grid: &str, role: Role) -> i64 {
        let stands = self
            .roster
            .history(grid)
            .find(|duty| duty.officer == officer && duty.role == role && duty.span.holds(self.default_from_ms));
        stands.map_or(self.default_from_ms, |duty| duty.span.from_ms)
    }
}

/// Officers of the grids in force at a date (today when none is given); the date comes back. `None` while no list of
/// officers was ever brought in.
///
/// # Errors
/// When the date is none, or the store fails.
pub async fn check_officers(
    store: &dyn Store,
    at: Option<&str>,
    now_ms: i64,
) -> Result<(String, Option<Staffing>), AppError> {
    let calendar = Calendar::new(&store.workspace().await?.time_zone)?;
    let at_ms = at.map_or(Ok(now_ms), |at| instant_ms(&calendar, at))?;
    let roster = store.roster().await?;
    if roster.officers().is_empty() {
        return Ok((calendar.date(at_ms), None));
    }
    let grids = grids_in_force(store, at_ms).await?;
    let found = staffing(&roster, grids.iter().map(|grid| (grid.record.code.as_str(), grid.record.households)), at_ms);
    Ok((calendar.date(at_ms), Some(found)))
}
