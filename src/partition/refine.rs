//! Annealed boundary moves: a node goes over to a grid next to it, never breaking a grid in two.

use rand_pcg::Pcg64Mcg;

use super::division::Division;
use super::score::{Rule, below, exponential};
use super::{Cancelled, watch::Watch};

/// How an annealing run goes. Temperatures and weights are in millimetres of border.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// First temperature.
    pub from_mm: u64,
    /// Last temperature; below it only improvements are left.
    pub to_mm: u64,
    /// How many moves are tried.
    pub moves: u64,
    /// What a household outside the band weighs.
    pub per_head_mm: i64,
}

/// Tries moves in geometrically falling temperature. O(moves) times the degree.
pub(super) fn anneal(
    division: &mut Division<'_>,
    rule: Rule,
    schedule: Schedule,
    rng: &mut Pcg64Mcg,
    watch: &Watch<'_>,
) -> Result<(), Cancelled> {
    let nodes = division.grid.len();
    if nodes < 2 || schedule.moves == 0 {
        return Ok(());
    }
    // eight steps to an octave: each is 2^(-1/8) of the one before
    let to_mm = schedule.to_mm.max(1);
    let mut temperatures = vec![schedule.from_mm.clamp(to_mm, 1 << 40)];
    while let Some(&warm) = temperatures.last()
        && warm > to_mm
    {
        temperatures.push(((warm * 60_097) >> 16).max(1));
    }
    let moves = (schedule.moves / temperatures.len() as u64).max(1);
    for &temperature in &temperatures {
        for turn in 0..moves {
            if turn % (1 << 16) == 0 {
                watch.check()?;
            }
            try_move(division, rule, schedule.per_head_mm, temperature as i64, rng);
        }
    }
    Ok(())
}

fn try_move(division: &mut Division<'_>, rule: Rule, per_head_mm: i64, temperature: i64, rng: &mut Pcg64Mcg) {
    let graph = &division.region.graph;
    let node = below(rng, division.grid.len()) as u32;
    let degree = graph.neighbours(node).len();
    if degree == 0 {
        return;
    }
    let pick = below(rng, degree);
    let (beside, _) = graph.neighbours(node).nth(pick).expect("a pick below the degree");
    let (from, to) = (division.grid[node as usize], division.grid[beside as usize]);
    if from == to {
        return;
    }
    let mut border = 0i64;
    for (other, mm) in graph.neighbours(node) {
        let grid = division.grid[other as usize];
        if grid == from {
            border += mm as i64;
        } else if grid == to {
            border -= mm as i64;
        }
    }
    let size = division.region.size[node as usize];
    let (here, there) = (division.sum[from as usize], division.sum[to as usize]);
    let soft = |size| rule.soft_penalty(size, per_head_mm);
    let penalty = if size.is_zero() {
        0
    } else {
        soft(here - size).saturating_add(soft(there + size)).saturating_sub(soft(here)).saturating_sub(soft(there))
    };
    let worse = border.saturating_add(penalty);
    if worse > 0 && worse.saturating_mul(1024) > temperature.saturating_mul(exponential(rng)) {
        return;
    }
    if division.removable(node) {
        division.shift(node, to);
    }
}
