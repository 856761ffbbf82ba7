//! What has to change so that a list of officers and duties holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Duty, Kind, Officer, Role, Roster, Span};

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// Code of the officer.
    Officer,
    /// The person's name.
    Name,
    /// The team's name.
    Team,
    /// The public number of the desk.
    Desk,
    /// The private number.
    Phone,
    /// Code of the grid.
    Grid,
    /// Primary or deputy.
    Role,
    /// First day of the duty.
    From,
    /// The day the duty ends.
    To,
}

/// One row of a list. What is `None` is not said there, and stays as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, for messages.
    pub row: u64,
    /// Code of the officer.
    pub officer: String,
    /// The person's name. A row with a team and no name is about the team itself.
    pub name: Option<String>,
    /// The team's name.
    pub team: Option<String>,
    /// The public number of the desk.
    pub desk: Option<String>,
    /// The private number.
    pub phone: Option<String>,
    /// What duty, if the row names one.
    pub duty: Option<NewDuty>,
}

/// A duty that should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDuty {
    /// Code of the grid.
    pub grid: String,
    /// Primary or deputy.
    pub role: Role,
    /// When. One that ends where it begins takes back a duty recorded by mistake.
    pub span: Span,
}

/// What is wrong with a row, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowProblem {
    /// Number of the row in the file.
    pub row: u64,
    /// The column.
    pub column: Column,
    /// What stands there; empty when nothing does.
    pub value: String,
    /// What is wrong with it, and what to do.
    pub problem: String,
}

/// A duty that ends, at an instant before the end it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// As it is kept.
    pub duty: Duty,
    /// When it ends now. Where that is its beginning, it never held.
    pub to_ms: i64,
}

/// What has to change. Everything empty: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Officers not kept so far, by code.
    pub new_officers: Vec<Officer>,
    /// Officers before and after, by code.
    pub changed_officers: Vec<(Officer, Officer)>,
    /// Duties that end, by id.
    pub ended: Vec<Ended>,
    /// Duties that begin, by officer, grid and time.
    pub begun: Vec<Duty>,
}

impl Changes {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.new_officers.is_empty()
            && self.changed_officers.is_empty()
            && self.ended.is_empty()
            && self.begun.is_empty()
    }
}

/// Officer, grid and role of a duty.
type Key<'a> = (&'a str, &'a str, Role);

/// Works out what has to change for the rows of a list to hold.
///
/// A row adds what is missing of its span to what is kept; a row with an end also ends what is kept and reaches beyond.
/// With `replace_from_ms`, what is kept and not in the list ends at that instant. `say` writes an instant for messages.
/// O(n log n) in rows and duties.
///
/// # Errors
/// Everything that is wrong, by row: a name that is missing or differs, a duty that ends before it begins, rows that overlap,
/// two primaries of a grid at once.
pub fn merge(
    roster: &Roster,
    lines: &[Line],
    replace_from_ms: Option<i64>,
    say: &dyn Fn(i64) -> String,
) -> Result<Changes, Vec<RowProblem>> {
    let mut problems = Vec::new();
    let mut changes = officers(roster, lines, &mut problems);
    let mut wanted: BTreeMap<Key<'_>, Vec<(Span, u64)>> = BTreeMap::new();
    let mut withdrawn: BTreeMap<i64, i64> = BTreeMap::new();
    for line in lines {
        let Some(duty) = &line.duty else { continue };
        let key = (line.officer.as_str(), duty.grid.as_str(), duty.role);
        if !duty.span.is_empty() {
            wanted.entry(key).or_default().push((duty.span, line.row));
            continue;
        }
        let from_ms = duty.span.from_ms;
        let kept = roster.history(&duty.grid).filter(|kept| key_of(kept) == key && kept.span.from_ms == from_ms);
        match kept.max_by_key(|kept| kept.span.end_ms()) {
            Some(kept) if duty.span.to_ms == Some(from_ms) => {
                if !kept.span.is_empty() {
                    withdrawn.insert(kept.id, from_ms);
                }
            }
            _ => problems.push(RowProblem {
                row: line.row,
                column: Column::To,
                value: say(duty.span.end_ms()),
                problem: format!(
                    "the duty ends before it begins ({}): the end is the day from which it no longer holds",
                    say(from_ms)
                ),
            }),
        }
    }
    overlapping_rows(lines, &mut problems);
    for spans in wanted.values_mut() {
        spans.sort_unstable();
    }

    let mut standing: BTreeMap<Key<'_>, Vec<Span>> = BTreeMap::new();
    let mut kept: Vec<(Duty, Option<u64>)> = Vec::new();
    for duty in roster.duties().iter().filter(|duty| !duty.span.is_empty()) {
        let listed = wanted.get(&key_of(duty)).map_or(&[][..], Vec::as_slice);
        let end_ms = withdrawn.get(&duty.id).copied().unwrap_or_else(|| new_end(duty.span, listed, replace_from_ms));
        if end_ms < duty.span.end_ms() {
            changes.ended.push(Ended { duty: duty.clone(), to_ms: end_ms });
        }
        let to_ms = (end_ms < i64::MAX).then_some(end_ms);
        let span = Span { from_ms: duty.span.from_ms, to_ms };
        if !span.is_empty() {
            standing.entry(key_of(duty)).or_default().push(span);
            kept.push((Duty { span, ..duty.clone() }, None));
        }
    }
    for (&key, listed) in &wanted {
        let missing = subtract(listed.iter().map(|(span, _)| *span), standing.remove(&key).unwrap_or_default());
        for span in missing {
            let row = listed.iter().find(|(listed, _)| listed.meets(span)).map(|(_, row)| *row);
            let (officer, grid, role) = key;
            let duty = Duty { id: 0, officer: officer.to_owned(), grid: grid.to_owned(), role, span };
            changes.begun.push(duty.clone());
            kept.push((duty, row));
        }
    }
    if problems.is_empty() {
        // what rows that overlap add up to would only be said twice
        conflicts(roster, &kept, say, &mut problems);
    }
    problems.sort();
    problems.dedup();
    if problems.is_empty() { Ok(changes) } else { Err(problems) }
}

fn key_of(duty: &Duty) -> Key<'_> {
    (&duty.officer, &duty.grid, duty.role)
}

/// Where a kept duty ends now; `listed` are the spans of the list for its officer, grid and role, in order.
fn new_end(kept: Span, listed: &[(Span, u64)], replace_from_ms: Option<i64>) -> i64 {
    let ends = union(listed.iter().map(|(span, _)| *span)).into_iter();
    let mut end_ms = ends.map(Span::end_ms).filter(|end| *end > kept.from_ms).fold(kept.end_ms(), i64::min);
    if let Some(replace_from_ms) = replace_from_ms {
        let mut uncovered_ms = kept.from_ms.max(replace_from_ms);
        for (span, _) in listed {
            if span.holds(uncovered_ms) {
                uncovered_ms = span.end_ms();
            }
        }
        end_ms = end_ms.min(uncovered_ms);
    }
    end_ms
}

/// Spans put together where they meet or touch, in order.
fn union(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.into_iter().filter(|span| !span.is_empty()).collect();
    sorted.sort_unstable_by_key(|span| (span.from_ms, span.end_ms()));
    let mut joined: Vec<Span> = Vec::with_capacity(sorted.len());
    for span in sorted {
        match joined.last_mut() {
            Some(last) if span.from_ms <= last.end_ms() => {
                if span.end_ms() > last.end_ms() {
                    last.to_ms = span.to_ms;
                }
            }
            _ => joined.push(span),
        }
    }
    joined
}

/// What of the first spans is in none of the second, in order.
fn subtract(from: impl IntoIterator<Item = Span>, what: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let what = union(what);
    let mut left = Vec::new();
    for span in union(from) {
        let mut rest = span;
        for cut in what.iter().filter(|cut| cut.meets(span)) {
            if cut.from_ms > rest.from_ms {
                left.push(Span { from_ms: rest.from_ms, to_ms: Some(cut.from_ms) });
            }
            rest.from_ms = cut.end_ms();
        }
        if !rest.is_empty() {
            left.push(rest);
        }
    }
    left
}

/// What the list says of each officer, against what is kept.
fn officers(roster: &Roster, lines: &[Line], problems: &mut Vec<RowProblem>) -> Changes {
    let mut said: BTreeMap<&str, [Option<(&str, u64)>; 4]> = BTreeMap::new();
    let mut first_row: BTreeMap<&str, u64> = BTreeMap::new();
    for line in lines {
        first_row.entry(&line.officer).or_insert(line.row);
        let known = said.entry(&line.officer).or_default();
        let cells = [
            (Column::Name, &line.name),
            (Column::Team, &line.team),
            (Column::Desk, &line.desk),
            (Column::Phone, &line.phone),
        ];
        for (known, (column, value)) in known.iter_mut().zip(cells) {
            let Some(value) = value else { continue };
            match known {
                None => *known = Some((value, line.row)),
                Some((before, row)) if before != value => problems.push(RowProblem {
                    row: line.row,
                    column,
                    // a private number is not repeated in messages, which end up in logs
                    value: if column == Column::Phone { String::new() } else { value.clone() },
                    problem: format!(
                        "officer {} has another value here than in row {row}: say the same in all rows",
                        line.officer
                    ),
                }),
                Some(_) => {}
            }
        }
    }
    let mut changes = Changes::default();
    for (code, said) in said {
        let [name, team, desk, phone] = said.map(|cell| cell.map(|(value, _)| value.to_owned()));
        let kept = roster.officer(code);
        let mut after = kept.cloned().unwrap_or_else(|| Officer::new(code, Kind::Person));
        match (name, team) {
            (Some(name), Some(team)) => {
                after.kind = Kind::Person;
                after.name = name;
                after.team = Some(team);
            }
            (Some(name), None) => after.name = name,
            (None, Some(team)) if kept.is_some_and(|kept| kept.kind == Kind::Person) => after.team = Some(team),
            (None, Some(team)) => {
                after.kind = Kind::Team;
                after.name = team;
            }
            (None, None) if kept.is_none() => problems.push(RowProblem {
                row: first_row[code],
                column: Column::Name,
                value: String::new(),
                problem: format!("officer {code} is new and has no name: give the person's name, or the team's"),
            }),
            (None, None) => {}
        }
        after.desk = desk.or(after.desk);
        after.phone = phone.or(after.phone);
        match kept {
            None => changes.new_officers.push(after),
            Some(kept) if *kept != after => changes.changed_officers.push((kept.clone(), after)),
            Some(_) => {}
        }
    }
    changes
}

/// Rows of one officer in one grid that say the same twice or hold at the same time.
fn overlapping_rows(lines: &[Line], problems: &mut Vec<RowProblem>) {
    let mut of_pair: BTreeMap<(&str, &str), Vec<(&NewDuty, u64)>> = BTreeMap::new();
    for line in lines {
        if let Some(duty) = &line.duty {
            of_pair.entry((&line.officer, &duty.grid)).or_default().push((duty, line.row));
        }
    }
    for ((officer, grid), mut rows) in of_pair {
        rows.sort_by_key(|(duty, row)| (duty.span.from_ms, duty.span.end_ms(), *row));
        let mut last: Option<(&NewDuty, u64)> = None;
        for &(duty, row) in &rows {
            if let Some((before, earlier)) = last {
                let (row, other) = (row.max(earlier), row.min(earlier));
                let mut problem = |problem: String| {
                    problems.push(RowProblem { row, column: Column::Grid, value: grid.to_owned(), problem });
                };
                if duty == before {
                    problem(format!("it is the same as row {other}: remove one of them"));
                } else if duty.span.meets(before.span) {
                    problem(format!(
                        "officer {officer} is in this grid at the same time by row {other}: give one of them an end"
                    ));
                }
            }
            if last.is_none_or(|(before, _)| duty.span.end_ms() > before.span.end_ms()) {
                last = Some((duty, row));
            }
        }
    }
}

/// Two primaries of a grid at once, and officers who are both primary and deputy of one.
fn conflicts(
    roster: &Roster,
    duties: &[(Duty, Option<u64>)],
    say: &dyn Fn(i64) -> String,
    problems: &mut Vec<RowProblem>,
) {
    let mut of_grid: BTreeMap<&str, Vec<&(Duty, Option<u64>)>> = BTreeMap::new();
    for entry in duties {
        of_grid.entry(&entry.0.grid).or_default().push(entry);
    }
    let listed: BTreeSet<&str> = duties.iter().filter(|(_, row)| row.is_some()).map(|(d, _)| d.grid.as_str()).collect();
    let span = |span: Span| match span.to_ms {
        Some(to_ms) => format!("from {} to {}", say(span.from_ms), say(to_ms)),
        None => format!("from {}", say(span.from_ms)),
    };
    for (grid, mut entries) in of_grid.into_iter().filter(|(grid, _)| listed.contains(grid)) {
        entries.sort_by_key(|(duty, row)| (duty.span.from_ms, *row));
        for (i, (later, later_row)) in entries.iter().enumerate() {
            for (earlier, earlier_row) in entries[..i].iter().filter(|(earlier, _)| earlier.span.meets(later.span)) {
                let both_primary = earlier.role == Role::Primary && later.role == Role::Primary;
                if !both_primary && earlier.officer != later.officer {
                    continue;
                }
                // the row to mend is the later one of the list; what was kept before has none
                let (row, other) = match (*earlier_row, *later_row) {
                    (Some(a), Some(b)) if a > b => (a, later),
                    (_, Some(b)) => (b, earlier),
                    (Some(a), None) => (a, later),
                    (None, None) => continue,
                };
                let who = roster.officer(&other.officer).map_or("", |officer| officer.name.as_str());
                let who = if who.is_empty() { other.officer.clone() } else { format!("{who} ({})", other.officer) };
                problems.push(RowProblem {
                    row,
                    column: Column::Role,
                    value: other.role.as_str().to_owned(),
                    problem: if both_primary {
                        format!(
                            "grid {grid} would have two primaries at once: {who} is its primary {}; end that duty in the \
                             list, or replace what is not in it (--replace-from DATE)",
                            span(other.span)
                        )
                    } else {
                        format!("{who} is {} of grid {grid} already, {}", other.role.as_str(), span(other.span))
                    },
                });
            }
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Officer => "officer",
            Self::Name => "name",
            Self::Team => "team",
            Self::Desk => "desk",
            Self::Phone => "phone",
            Self::Grid => "grid",
            Self::Role => "role",
            Self::From => "from",
            Self::To => "to",
        })
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
