//! What putting a draft in force would change: who gets another grid, which reports would go elsewhere, what officers would have, and
//! what becomes of codes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::access::{Caller, Role};
use crate::app::redraw::{self, Foreseen};
use crate::geom::label_point;
use crate::locate::RtreeIndex;
use crate::plan::Status;
use crate::store::{GridRecord, Stage};

use super::drafts::DraftError;
use super::generation::{Generation, Located};
use super::published::Grid;
use super::report_tiles::REPORTS_DRAWN;
use super::{App, ServeError};

/// So many of those there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Those that change.
    pub changing: u64,
    /// All of them, in the scope of the plan.
    pub of: u64,
}

/// Ground that goes from one grid to another; `None` is no grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// Code of the grid in force.
    pub from: Option<String>,
    /// Code of the grid the draft would make.
    pub to: Option<String>,
    /// Atoms.
    pub atoms: u64,
    /// Households in them, unknown as 0.
    pub households: u64,
    /// Persons in them, unknown as 0.
    pub population: u64,
}

/// A report that would go to another grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerouted {
    /// Its id.
    pub report: String,
    /// What it is about.
    pub category: String,
    /// When it came.
    pub received_ms: i64,
    /// The grid that owns its place now.
    pub from: Option<String>,
    /// The grid that would.
    pub to: Option<String>,
}

/// What an officer has and would have in the scope of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// The officer's code.
    pub officer: String,
    /// And name.
    pub name: String,
    /// Grids now, and then.
    pub grids: [u64; 2],
    /// Households in them now, and then.
    pub households: [u64; 2],
    /// Grids above their bands now, and then.
    pub over: [u64; 2],
}

/// What becomes of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays, with the same ground.
    Kept,
    /// It stays, with other ground.
    Changed,
    /// It is given for the first time.
    New,
    /// It is given no more.
    Gone,
}

impl Fate {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Changed => "changed",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// A code, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFate {
    /// The code.
    pub code: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Who is responsible for it; nobody for a new one.
    pub officer: Option<String>,
    /// Households now, and then.
    pub households: [u64; 2],
    /// Whether that is above its band, now and then.
    pub over: [bool; 2],
}

/// What putting a revision of a draft in force would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// The revision.
    pub rev: i64,
    /// Households that get another grid.
    pub households: Share,
    /// Persons that do.
    pub population: Share,
    /// From where to where, most households first.
    pub crossings: Vec<Crossing>,
    /// Reports that were looked at, the newest.
    pub reports_looked_at: u64,
    /// How many of them would go elsewhere.
    pub reports_rerouted: u64,
    /// Those of them that the caller may read, newest first.
    pub rerouted: Vec<Rerouted>,
    /// By code.
    pub officers: Vec<Load>,
    /// By code.
    pub codes: Vec<CodeFate>,
}

impl App {
    /// What putting a draft in force would change, against what is in force now. O(n log n) in the dataset, and the newest
    /// [`REPORTS_DRAWN`] reports. `roles` read plans, `report_roles` reports: who has none of the latter is told how many, not which.
    ///
    /// # Errors
    /// As [`App::draft`]; when there is no such revision, or its grids cannot be drawn.
    pub async fn impact(
        &self,
        caller: &Caller,
        id: i64,
        roles: &[Role],
        report_roles: &[Role],
        rev: Option<i64>,
    ) -> Result<Impact, DraftError> {
        let live = self.draft(caller, id, roles).await?;
        let (rev, draft) = self.draft_at(&live, rev).await?;
        let act = caller.act(self.clock().now_ms(), None);
        let plan = &live.frame().plan;
        let foreseen = redraw::foresee(self.store().as_ref(), plan, (live.first(), &draft, rev), act).await?;
        let generation = self.current().await?;
        let mut reports = self.store().reports(REPORTS_DRAWN, None).await?;
        let (within, readable) = (caller.reach(roles), caller.reach(report_roles));
        // what is closed goes nowhere any more
        reports.retain(|report| report.standing.stage != Stage::Closed && within.holds_report(&report.sent.chain));
        let dataset = plan.dataset;
        let in_scope: Vec<bool> = (0..draft.len()).map(|atom| draft.is_in_scope(atom)).collect();
        let made = tokio::task::spawn_blocking(move || {
            let now = owners_now(&foreseen, generation.as_deref(), dataset, &in_scope);
            let mut impact = ground(rev, &foreseen, &now, &in_scope);
            impact.reports_looked_at = reports.len() as u64;
            let atoms = RtreeIndex::new(foreseen.prepared.dataset.atoms.iter().map(|atom| &atom.shape));
            for report in reports.into_iter().map(|report| report.sent) {
                let atom = atoms.locate(report.point).map(|owner| owner.face as usize);
                let Some(atom) = atom.filter(|&atom| in_scope[atom]) else { continue };
                let located = generation.as_ref().map(|generation| generation.locate(report.point));
                let from = located.as_ref().and_then(Located::grid).map(|grid| grid.record.code.clone());
                let to = foreseen.of_atom[atom].map(|grid| foreseen.grids[grid as usize].code.clone());
                impact.reports_rerouted += u64::from(from != to);
                if from != to && readable.holds_report(&report.chain) {
                    let (report, category) = (report.id, (report.category, report.received_ms));
                    impact.rerouted.push(Rerouted { report, category: category.0, received_ms: category.1, from, to });
                }
            }
            impact
        });
        let mut impact = made.await.map_err(|error| ServeError::Lost(error.to_string()))?;
        self.staff(&mut impact);
        Ok(impact)
    }

    /// Adds who is responsible for which code, and what that makes for each officer.
    fn staff(&self, impact: &mut Impact) {
        let (roster, now_ms) = (self.roster(), self.clock().now_ms());
        let mut loads: BTreeMap<&str, Load> = BTreeMap::new();
        for code in &mut impact.codes {
            let Some(officer) = roster.at(&code.code, now_ms).primary else { continue };
            code.officer = Some(officer.code.clone());
            let load = loads.entry(&officer.code).or_insert_with(|| Load {
                officer: officer.code.clone(),
                name: officer.name.clone(),
                grids: [0; 2],
                households: [0; 2],
                over: [0; 2],
            });
            for (side, missing) in [Fate::New, Fate::Gone].into_iter().enumerate() {
                load.grids[side] += u64::from(code.fate != missing);
                load.households[side] += code.households[side];
                load.over[side] += u64::from(code.over[side]);
            }
        }
        impact.officers = loads.into_values().collect();
    }
}

/// For each atom in scope the grid in force that owns it: by the plan it was published with, or by where it lies.
fn owners_now(
    foreseen: &Foreseen,
    generation: Option<&Generation>,
    dataset: i64,
    in_scope: &[bool],
) -> Vec<Option<Arc<Grid>>> {
    let atoms = &foreseen.prepared.dataset;
    let owner = |(i, in_scope): (usize, &bool)| -> Option<Arc<Grid>> {
        let generation = generation.filter(|_| *in_scope)?;
        let atom = &atoms.atoms[i];
        match generation.deciding(&atoms.jurisdictions[atom.unit.0 as usize].code) {
            Some(from) if from.import.id == dataset => {
                from.owners[i].map(|owner| Arc::clone(&from.grids[owner as usize]))
            }
            _ => generation.locate(label_point(&atom.shape)?).grid().map(Arc::clone),
        }
    };
    in_scope.iter().enumerate().map(owner).collect()
}

/// What the draft changes on the ground.
fn ground(rev: i64, foreseen: &Foreseen, now: &[Option<Arc<Grid>>], in_scope: &[bool]) -> Impact {
    let (mut households, mut population) = (Share::default(), Share::default());
    let mut crossings: BTreeMap<(Option<&str>, Option<&str>), [u64; 3]> = BTreeMap::new();
    let mut codes: BTreeMap<&str, ([Option<&GridRecord>; 2], bool)> = BTreeMap::new();
    for (i, atom) in foreseen.prepared.dataset.atoms.iter().enumerate().filter(|(i, _)| in_scope[*i]) {
        let before = now[i].as_ref().map(|grid| &grid.record);
        let after = foreseen.of_atom[i].map(|grid| &foreseen.grids[grid as usize]);
        let code = |grid: Option<&'_ GridRecord>| grid.map(|grid| grid.code.as_str().to_owned());
        let crosses = code(before) != code(after);
        for (side, grid) in [before, after].into_iter().enumerate() {
            if let Some(grid) = grid {
                let entry = codes.entry(&grid.code).or_default();
                entry.0[side] = Some(grid);
                entry.1 |= crosses;
            }
        }
        let counts = [atom.households, atom.population].map(|count| u64::from(count.unwrap_or(0)));
        (households.of, population.of) = (households.of + counts[0], population.of + counts[1]);
        if crosses {
            (households.changing, population.changing) =
                (households.changing + counts[0], population.changing + counts[1]);
            let ends = (before.map(|grid| grid.code.as_str()), after.map(|grid| grid.code.as_str()));
            let sums = crossings.entry(ends).or_default();
            for (sum, count) in sums.iter_mut().zip([1, counts[0], counts[1]]) {
                *sum += count;
            }
        }
    }
    let mut crossings: Vec<Crossing> = crossings
        .into_iter()
        .map(|((from, to), [atoms, households, population])| {
            let code = |code: Option<&str>| code.map(str::to_owned);
            Crossing { from: code(from), to: code(to), atoms, households, population }
        })
        .collect();
    crossings.sort_by_key(|crossing| std::cmp::Reverse(crossing.households));
    let fate = |sides: &[Option<&GridRecord>; 2], crosses: bool| match sides {
        [None, _] => Fate::New,
        [_, None] => Fate::Gone,
        _ if crosses => Fate::Changed,
        _ => Fate::Kept,
    };
    let codes = codes
        .into_iter()
        .map(|(code, (sides, crosses))| CodeFate {
            code: code.to_owned(),
            fate: fate(&sides, crosses),
            officer: None,
            households: sides.map(|grid| grid.map_or(0, |grid| grid.households)),
            over: sides.map(|grid| grid.is_some_and(|grid| grid.status == Status::Over)),
        })
        .collect();
    let (rerouted, officers) = (Vec::new(), Vec::new());
    let (reports_looked_at, reports_rerouted) = (0, 0);
    Impact { rev, households, population, crossings, reports_looked_at, reports_rerouted, rerouted, officers, codes }
}
