//! Who looks after a grid, for anybody and for staff.

use std::sync::Arc;

use crate::app::access::Reach;
use crate::officer::{Card, Responsible, Roster, Staffing, staffing};

use super::generation::Generation;
use super::published::Grid;
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

    /// Officers of the grids in force within a reach, in figures and findings. Without any officer nothing is found: the
    /// list was not brought in yet. Duties without a grid lie nowhere: they are found from everywhere only.
    pub fn staffing(&self, generation: &Generation, at_ms: i64, within: &Reach) -> Staffing {
        let roster = self.roster();
        let counted = |grid: &Arc<Grid>| (grid.record.code.clone(), grid.record.households);
        let seen = |grid: &&Arc<Grid>| within.holds(grid.above());
        let all: Vec<_> = generation.grids().iter().map(counted).collect();
        let own: Vec<_> = generation.grids().iter().filter(seen).map(counted).collect();
        let figures =
            |grids: &[(String, u64)]| staffing(&roster, grids.iter().map(|(code, n)| (code.as_str(), *n)), at_ms);
        let mut found = figures(&own);
        if own.len() < all.len() {
            let is_own = |code: &str| generation.grid(code).is_some_and(|grid| seen(&grid));
            found.findings = figures(&all).findings;
            found.findings.retain(|finding| finding.grids().iter().any(|code| is_own(code)));
        }
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
