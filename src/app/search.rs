//! A division is searched once, or for as long as the time allows.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::partition::{Effort, PartitionRequest};
use super::{AppError, Step, Watch};
use crate::partition::{
    self as engine, Bands, Infeasible, Options, Outside, PartitionError, Problem, Progress, Solution,
};
use crate::plan::{Attribute, Counted, GridId};

/// Divides once, or as often as the time allows, and takes the best; `found` hears of each that is better than those before.
pub(super) fn search(
    problem: &Problem<'_>,
    request: &PartitionRequest,
    watch: &dyn Watch,
    found: &mut dyn FnMut(&Solution) -> Result<(), AppError>,
) -> Result<Solution, AppError> {
    let usual = Options { seed: request.seed, infeasible: request.infeasible, ..Options::default() };
    let once = |options: Options, until: Option<Instant>| {
        let dividing = Dividing { watch, until };
        match engine::partition(problem, &options, &dividing) {
            Err(PartitionError::Cancelled) if watch.cancelled() => Err(AppError::Cancelled),
            // the time is over
            Err(PartitionError::Cancelled) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(solution) => Ok(Some(solution)),
        }
    };
    let begun = Instant::now();
    let mut options = match request.effort {
        Effort::Moves(moves) => Options { moves, ..usual },
        Effort::Usual | Effort::Seconds(_) => usual,
    };
    let mut best = once(options, None)?.ok_or(AppError::Cancelled)?;
    found(&best)?;
    let Effort::Seconds(seconds) = request.effort else { return Ok(best) };
    let until = begun + Duration::from_secs(seconds.into());
    let mut worth = worth_of(problem, &best, request.infeasible);
    let mut took = begun.elapsed();
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left < took {
            return Ok(best);
        }
        // twice the moves take about twice as long: they are tried while the time allows it, then other seeds
        if left > took * 3 {
            options.moves = options.moves.saturating_mul(2);
        }
        options.seed = options.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let from = Instant::now();
        let Some(next) = once(options, Some(until))? else { return Ok(best) };
        took = from.elapsed();
        let here = worth_of(problem, &next, request.infeasible);
        if here < worth {
            (best, worth) = (next, here);
            found(&best)?;
        }
    }
}

/// Less is better: violation and grids outside in the order asked for, then the border and who has to move.
fn worth_of(problem: &Problem<'_>, solution: &Solution, infeasible: Infeasible) -> (u64, u64, u64) {
    let moved = solution.kept.map_or(0, |kept| kept.moved);
    let moved_mm = problem.standing.map_or(0, |standing| moved.saturating_mul(standing.moved_mm));
    let grids = solution.assignment.grids();
    let unit: HashMap<GridId, u32> =
        grids.iter().zip(problem.unit).filter_map(|(grid, unit)| Some(((*grid)?, *unit))).collect();
    let violation = |outside: &Outside| {
        let own = problem.unit_bands.binary_search_by_key(&unit[&outside.grid], |&(unit, _)| unit);
        let Bands { main, other } = own.map_or(problem.bands, |i| problem.unit_bands[i].1);
        // what is counted does not matter here
        let counted = Counted { attribute: Attribute::Households, band: main, other };
        counted.violation(outside.size, outside.other.unwrap_or(0))
    };
    let violation = solution.outside.iter().map(violation).sum();
    let outside = solution.outside.len() as u64;
    let cut = problem.graph.borders().filter(|&(a, b, _)| grids[a as usize] != grids[b as usize]).map(|(_, _, mm)| mm);
    let price = cut.sum::<u64>().saturating_add(moved_mm);
    match infeasible {
        Infeasible::LeastViolation => (violation, outside, price),
        Infeasible::FewestOutside => (outside, violation, price),
    }
}

struct Dividing<'a> {
    watch: &'a dyn Watch,
    until: Option<Instant>,
}

impl Progress for Dividing<'_> {
    fn report(&self, done_atoms: u64, total_atoms: u64) {
        self.watch.at(Step::Divide, done_atoms, total_atoms);
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled() || self.until.is_some_and(|until| Instant::now() >= until)
    }
}
