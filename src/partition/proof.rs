//! Proofs that no division has less outside the bands than the one found; or one that has.

use super::bare::Bare;
use super::coarsen::Region;
use super::division::Division;
use super::frontier::{self, Found};
use super::refine::{self, Schedule, free};
use super::repair::Recut;
use super::score::{Rule, Score, stream};
use super::solve::Task;
use super::{Cancelled, watch::Watch};

/// How often something better is taken in one turn.
const MOST_BETTER: u32 = 4;

/// A region whose divisions are weighed without their borders.
pub(super) struct Proof<'r> {
    region: &'r Region,
    bare: Bare,
    rule: Rule,
    task: Task,
}

impl<'r> Proof<'r> {
    /// Of a connected, inhabited region.
    pub fn new(region: &'r Region, rule: Rule, task: Task) -> Self {
        Self { region, bare: Bare::new(region), rule, task }
    }

    /// Looks for divisions with a lower penalty than `found` has, with about `states` states of the program in all, and takes what
    /// it finds; says whether the one it ends with is proven to have the least.
    pub fn try_with(&self, found: &mut Vec<u32>, states: u64, watch: &Watch<'_>) -> Result<bool, Cancelled> {
        let width = states / self.bare.region.graph.len().max(1) as u64;
        for _ in 0..MOST_BETTER {
            let known = Division::new(self.region, found.clone()).penalty(self.rule);
            match frontier::search(&self.bare.region, self.rule, known, width as usize, watch)? {
                Found::Nothing => return Ok(true),
                Found::Unknown => return Ok(false),
                Found::Least(grid) => {
                    *found = self.polished(self.bare.whole(&grid), watch)?;
                    return Ok(true);
                }
                Found::Better(grid) => *found = self.polished(self.bare.whole(&grid), watch)?,
            }
        }
        Ok(false)
    }

    /// A division found without a look at borders, with shorter ones and no more outside.
    fn polished(&self, grid: Vec<u32>, watch: &Watch<'_>) -> Result<Vec<u32>, Cancelled> {
        const ROUNDS: u64 = 6;
        let region = self.region;
        let nodes = region.graph.len() as u64;
        let mean_mm = region.mean_mm();
        let mut rng = stream(self.task.seed, &[self.task.unit, self.task.part, 70]);
        let mut best: (Score, Vec<u32>) = (Division::new(region, grid.clone()).score(self.rule), grid);
        for round in 0..ROUNDS {
            let mut division = Division::new(region, best.1.clone());
            let schedule = Schedule {
                from_mm: mean_mm / (2 + round),
                to_mm: mean_mm / 500,
                moves: u64::from(self.task.moves),
                per_head_mm: mean_mm as i64 * if round % 2 == 0 { 50 } else { 2 },
            };
            refine::anneal(&mut division, self.rule, schedule, &free, &mut rng, watch)?;
            let mut recut = Recut::new(&mut division, self.rule, nodes * u64::from(self.task.moves));
            recut.mend(best.0, &mut rng, watch)?;
            recut.polish(&mut rng, watch)?;
            let score = division.score(self.rule);
            if score < best.0 {
                best = (score, division.grid);
            }
        }
        Ok(best.1)
    }
}
