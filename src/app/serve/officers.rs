//! Who looks after a grid, for anybody and for staff.

use std::sync::Arc;

use crate::officer::{Card, Responsible, Roster, Staffing, staffing};

use super::generation::Generation;
use super::{App, ServeError};

/// Who looks after a grid: what anybody may know.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cards {
    /// Who is responsible; `None` = nobody.
    pub primary: Option<Card>,
    /// Who stands in.
    pub deputies: Vec<Card>,
}

impl From<Responsible<'_>> for Cards {
    fn from(found: Responsible<'_>) -> Self {
        Self {
            primary: found.primary.map(crate::officer::Officer::card),
            deputies: found.deputies.into_iter().map(crate::officer::Officer::card).collect(),
        }
    }
}

impl App {
    /// Who looks after a grid at an instant, without private numbers.
    pub fn cards(&self, grid: &str, at_ms: i64) -> Cards {
        self.roster.load().at(grid, at_ms).into()
    }

    /// Officers with their private numbers, and all duties: for staff only.
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.load_full()
    }

    /// Officers of the grids in force, in figures and findings. Without any officer nothing is found: the list was not
    /// brought in yet.
    pub fn staffing(&self, generation: &Generation, at_ms: i64) -> Staffing {
        let roster = self.roster();
        let grids = generation.grids().iter().map(|grid| (grid.record.code.as_str(), grid.record.households));
        let mut found = staffing(&roster, grids, at_ms);
        if roster.officers().is_empty() {
            found.findings.clear();
        }
        found
    }

    /// Reads officers and duties anew where they have changed.
    pub(super) async fn refresh_roster(&self) -> Result<(), ServeError> {
        if self.store.roster_revision().await? != self.roster.load().revision() {
            self.roster.store(Arc::new(self.store.roster().await?));
        }
        Ok(())
    }
}
