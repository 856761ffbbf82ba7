//! All officers and all duties ever, looked up by grid and instant.

use std::collections::HashMap;

use super::{Duty, Officer, Role};

/// Officers and duties as they are kept. Immutable.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    revision: i64,
    officers: Vec<Officer>,
    duties: Vec<Duty>,
    by_code: HashMap<String, usize>,
    by_grid: HashMap<String, Vec<usize>>,
    by_officer: HashMap<String, Vec<usize>>,
}

/// Who looks after a grid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Responsible<'a> {
    /// Who is responsible.
    pub primary: Option<&'a Officer>,
    /// Who stands in, by code.
    pub deputies: Vec<&'a Officer>,
}

impl Roster {
    /// Sorts officers by code and duties by id. A duty of an officer who is not there is left out.
    pub fn new(revision: i64, mut officers: Vec<Officer>, mut duties: Vec<Duty>) -> Self {
        officers.sort_by(|a, b| a.code.cmp(&b.code));
        duties.sort_by_key(|duty| duty.id);
        let by_code: HashMap<String, usize> =
            officers.iter().enumerate().map(|(i, officer)| (officer.code.clone(), i)).collect();
        duties.retain(|duty| by_code.contains_key(&duty.officer));
        let mut by_grid: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_officer: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, duty) in duties.iter().enumerate() {
            by_grid.entry(duty.grid.clone()).or_default().push(i);
            by_officer.entry(duty.officer.clone()).or_default().push(i);
        }
        Self { revision, officers, duties, by_code, by_grid, by_officer }
    }

    /// Grows by one with each change that is kept.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// All officers, by code.
    pub fn officers(&self) -> &[Officer] {
        &self.officers
    }

    /// All duties, those that ended included, by id.
    pub fn duties(&self) -> &[Duty] {
        &self.duties
    }

    /// The officer with this code.
    pub fn officer(&self, code: &str) -> Option<&Officer> {
        self.by_code.get(code).map(|&position| &self.officers[position])
    }

    /// All duties a grid ever had, by id.
    pub fn history(&self, grid: &str) -> impl Iterator<Item = &Duty> {
        self.by_grid.get(grid).into_iter().flatten().map(|&position| &self.duties[position])
    }

    /// All duties an officer ever had, by id.
    pub fn duties_of(&self, officer: &str) -> impl Iterator<Item = &Duty> {
        self.by_officer.get(officer).into_iter().flatten().map(|&position| &self.duties[position])
    }

    /// Duties that hold at an instant, by id.
    pub fn standing(&self, at_ms: i64) -> impl Iterator<Item = &Duty> {
        self.duties.iter().filter(move |duty| duty.span.holds(at_ms))
    }

    /// Who looks after a grid at an instant. O(duties the grid ever had).
    pub fn at(&self, grid: &str, at_ms: i64) -> Responsible<'_> {
        let mut found = Responsible::default();
        for duty in self.history(grid).filter(|duty| duty.span.holds(at_ms)) {
            let Some(officer) = self.officer(&duty.officer) else { continue };
            match duty.role {
                Role::Primary => found.primary = found.primary.or(Some(officer)),
                Role::Deputy => found.deputies.push(officer),
            }
        }
        found.deputies.sort_by(|a, b| a.code.cmp(&b.code));
        found.deputies.dedup_by(|a, b| a.code == b.code);
        found
    }
}
