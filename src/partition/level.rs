//! One level of the search: a division of it, bettered by moves along the borders, then mended.

use rand_pcg::Pcg64Mcg;

use super::coarsen::Region;
use super::division::Division;
use super::refine::{self, Schedule, free};
use super::repair::{Local, Recut};
use super::score::{Rule, Score, penalty_of};
use super::size::Size;
use super::territory;
use super::{Cancelled, watch::Watch};

/// Temperatures between two drawings of territories.
const STEPS: usize = 4;
/// How many nodes around a stubborn grid are shaken, one try after the other.
const SHAKEN_NODES: [usize; 3] = [300, 900, territory::NODES];
/// How many nodes around one that stays stubborn are divided from the start.
const RENEWED_NODES: [usize; 8] = [60, 100, 150, 200, 300, 400, 600, 900];

/// How a level is worked on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Moves tried for each border between grids.
    pub moves: u64,
    /// Mean length of a border between nodes of the finest level.
    pub mean_mm: u64,
    /// First temperature, in tenths of that length.
    pub warm: u64,
    /// Whether this is the finest level.
    pub last: bool,
}

impl Pace {
    fn gentle(self, from_mm: u64, to_mm: u64, moves: u64) -> Schedule {
        Schedule { from_mm, to_mm, moves, per_head_mm: (self.mean_mm / 2).max(1) as i64 }
    }

    fn strict(self) -> Schedule {
        let (from_mm, to_mm) = (self.mean_mm / 50, self.mean_mm / 500);
        Schedule { from_mm, to_mm, moves: self.moves / 8, per_head_mm: self.mean_mm as i64 * 50 }
    }

    /// What may be spent on cutting anew: nodes times trees.
    fn budget(self, nodes: usize) -> u64 {
        nodes as u64 * self.moves / 4 + self.moves * 100
    }
}

/// Betters a division in all ways. `draw` gives a stream of random numbers for each round and territory.
pub(super) fn better(
    region: &Region,
    grid: Vec<u32>,
    rule: Rule,
    goal: Score,
    pace: Pace,
    draw: &(dyn Fn(u64, u64) -> Pcg64Mcg + Sync),
    watch: &Watch<'_>,
) -> Result<Vec<u32>, Cancelled> {
    let nodes = grid.len();
    let mut grid = grid;
    let gentle = pace.gentle(pace.mean_mm * pace.warm / 10, pace.mean_mm / 50, pace.moves);
    let temperatures = gentle.temperatures().len();
    let whole = nodes <= 2 * territory::NODES;
    let steps = if whole { temperatures } else { STEPS };
    let rounds = temperatures.div_ceil(steps) as u64;
    let anneal = |division: &mut Division<'_>, round: u64, rng: &mut Pcg64Mcg| {
        let first = round as usize * steps;
        refine::anneal_at(division, rule, gentle, first..first + steps, &free, rng, watch)
    };
    if !whole {
        for round in 0..rounds + 2 {
            let turn = round * 2;
            territory::each(region, &mut grid, &mut draw(turn, u64::MAX), |territory| {
                let mut rng = draw(turn, territory.number);
                let mut division = Division::new(&territory.region, territory.grid.clone());
                if round < rounds {
                    anneal(&mut division, round, &mut rng)?;
                }
                if round + 1 >= rounds {
                    refine::anneal(&mut division, rule, pace.strict(), &free, &mut rng, watch)?;
                    let goal = over(&territory.region, rule);
                    Recut::new(&mut division, rule, pace.budget(territory.grid.len())).mend(goal, &mut rng, watch)?;
                }
                if pace.last && round + 1 > rounds {
                    Recut::new(&mut division, rule, pace.budget(territory.grid.len()) / 2).polish(&mut rng, watch)?;
                    refine::anneal(&mut division, rule, pace.strict(), &free, &mut rng, watch)?;
                }
                Ok(division.grid)
            })?;
        }
    }
    let mut rng = draw(1, u64::MAX);
    let mut division = Division::new(region, grid);
    if whole {
        anneal(&mut division, 0, &mut rng)?;
        refine::anneal(&mut division, rule, pace.strict(), &free, &mut rng, watch)?;
    }
    Recut::new(&mut division, rule, pace.budget(nodes)).mend(goal, &mut rng, watch)?;
    let mut grid = division.grid;
    if pace.last {
        shake(region, &mut grid, rule, goal, pace, draw, watch)?;
        if whole {
            let mut division = Division::new(region, grid);
            Recut::new(&mut division, rule, pace.budget(nodes)).polish(&mut rng, watch)?;
            refine::anneal(&mut division, rule, pace.strict(), &free, &mut rng, watch)?;
            grid = division.grid;
        }
    }
    Ok(grid)
}

/// The penalty of nodes over the band alone: nothing has less.
fn over(region: &Region, rule: Rule) -> Score {
    let over = region.size.iter().filter(|&&size| rule.is_over(size));
    over.map(|&size| rule.pack(rule.excess(size), 1)).sum()
}

/// Whether the grid of this number is outside the band. Numbers go free as grids go up in others.
fn is_outside(region: &Region, grid: &[u32], rule: Rule, number: u32) -> bool {
    let members = || (0..grid.len()).filter(|&node| grid[node] == number);
    let sum: Size = members().map(|node| region.size[node]).sum();
    members().next().is_some() && rule.violation(sum) > 0
}

/// Shakes the surroundings of grids that are still outside without need, or divides them from the start, and mends them
/// again; kept when better.
fn shake(
    region: &Region,
    grid: &mut [u32],
    rule: Rule,
    goal: Score,
    pace: Pace,
    draw: &(dyn Fn(u64, u64) -> Pcg64Mcg + Sync),
    watch: &Watch<'_>,
) -> Result<(), Cancelled> {
    let shaken = SHAKEN_NODES.map(|most| (most, false));
    // a region that is small itself is started again as a whole
    let renewed = RENEWED_NODES.into_iter().filter(|&most| 4 * most < grid.len()).map(|most| (most, true));
    for (turn, (most, renew)) in (0..).zip(shaken.into_iter().chain(renewed.collect::<Vec<_>>())) {
        let mut division = Division::new(region, grid.to_vec());
        if penalty_of(division.penalty(rule)) <= penalty_of(goal) {
            return Ok(());
        }
        let stubborn = Recut::new(&mut division, rule, 0).unsettled();
        let mut rng = draw(3 + 2 * turn, u64::MAX);
        for bad in stubborn {
            // it may have gone up in others by now
            if !is_outside(region, grid, rule, bad) {
                continue;
            }
            territory::around(region, grid, bad, most, |territory| {
                let mut division = Division::new(&territory.region, territory.grid.clone());
                let before = division.score(rule);
                let mut warm = pace.gentle(pace.mean_mm / 5, pace.mean_mm / 100, pace.moves / 4);
                if renew {
                    let all: Vec<u32> = (0..territory.grid.len() as u32).collect();
                    let local = Local::new(&territory.region, &all, &mut vec![u32::MAX; all.len()]);
                    if let Some((_, grid)) = local.propose(rule, 3, Score::MAX, &mut rng) {
                        division = Division::new(&territory.region, grid);
                    }
                    warm = pace.gentle(pace.mean_mm * 6 / 10, pace.mean_mm / 50, pace.moves);
                }
                refine::anneal(&mut division, rule, warm, &free, &mut rng, watch)?;
                refine::anneal(&mut division, rule, pace.strict(), &free, &mut rng, watch)?;
                let goal = over(&territory.region, rule);
                Recut::new(&mut division, rule, pace.budget(territory.grid.len())).mend(goal, &mut rng, watch)?;
                Ok(if division.score(rule) < before { division.grid } else { territory.grid.clone() })
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::score::stream;
    use super::super::{Bands, Infeasible};
    use super::*;
    use crate::atom::AtomId;
    use crate::graph::Graph;
    use crate::plan::Band;

    #[test]
    fn grids_that_go_up_in_others_while_these_are_shaken_are_passed_over() {
        let rule = Rule::new(Bands::from(Band::HOUSEHOLDS), Infeasible::default());
        let pace = Pace { moves: 50, mean_mm: 1_000, warm: 6, last: true };
        for nodes in 3..9_u32 {
            let path = (1..nodes).map(|i| (AtomId(i - 1), AtomId(i), 1_000));
            let graph = Graph::new(nodes as usize, path.collect::<Vec<_>>());
            for seed in 0..20 {
                // each by itself below the bound: as some become one grid, the highest numbers go; the first cannot be helped
                let mut size = vec![Size::new(150, 0); nodes as usize];
                size[0] = Size::new(900, 0);
                let region = Region { graph: graph.clone(), size };
                let mut grid: Vec<u32> = (0..nodes).collect();
                let draw = |round, place| stream(seed, &[round, place]);
                shake(&region, &mut grid, rule, 0, pace, &draw, &Watch::new(&(), 0)).unwrap();
                assert_eq!(grid.len(), nodes as usize);
            }
        }
    }

    #[test]
    fn a_number_that_no_node_has_is_no_grid_outside() {
        let rule = Rule::new(Bands::from(Band::HOUSEHOLDS), Infeasible::default());
        let graph = Graph::new(4, (1..4).map(|i| (AtomId(i - 1), AtomId(i), 1_000)).collect::<Vec<_>>());
        let size = [100, 100, 200, 200].map(|households| Size::new(households, 0)).to_vec();
        let region = Region { graph, size };
        let outside = [0, 1, 2, 3].map(|number| is_outside(&region, &[0, 0, 2, 2], rule, number));
        assert_eq!(outside, [true, false, false, false]);
    }
}
