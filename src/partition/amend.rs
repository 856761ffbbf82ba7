//! Minimal change (动态调整): a standing plan is brought within the bands with as few people moved as the price asks.
//!
//! Every grid continues at most one standing grid, the one that most of its people come from; people in a grid that does not
//! continue theirs have moved, and each costs as much as so many millimetres of border. First people move over borders that
//! stand, then neighbourhoods of grids still outside are cut anew, then the whole is shaken a little at that price.

use std::collections::HashMap;
use std::ops::AddAssign;

use rand_pcg::Pcg64Mcg;

use super::arithmetic::Bound;
use super::coarsen::Region;
use super::division::Division;
use super::refine::{self, Schedule};
use super::score::{Rule, Score, below, penalty_of, stream};
use super::size::Size;
use super::solve::{Divided, Task};
use super::tree::{self, Draw};
use super::watch::{Share, Watch};
use super::{Cancelled, Problem};

/// The plan that stands.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The grid of each atom, any numbers; nothing for atoms that are new.
    pub grid: &'a [Option<u32>],
    /// What it costs to move one household (or person, whichever the plan counts), in millimetres of border: more keeps
    /// more people where they are, at longer borders.
    pub moved_mm: u64,
}

/// How many people stayed in their grid. Of those in atoms that had a grid; a new grid continues the standing one that most of
/// its people come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Stayed.
    pub stayed: u64,
    /// Moved to another grid.
    pub moved: u64,
    /// At least so many have to move in any plan within the bands: what standing grids have above the upper bound.
    pub moved_at_least: u64,
}

impl AddAssign for Kept {
    fn add_assign(&mut self, more: Self) {
        self.stayed += more.stayed;
        self.moved += more.moved;
        self.moved_at_least += more.moved_at_least;
    }
}

/// No standing grid.
const NEW: u32 = u32::MAX;

/// Rounds of shaking and mending, at most.
const MOST_ROUNDS: u32 = 24;

/// So many rounds without anything better end it.
const IDLE_ROUNDS: u32 = 6;

/// A price no border reaches.
const MOST_MOVED_MM: u64 = 1 << 30;

/// The standing grid of each node, numbered from 0; of several atoms in one node that of the most people.
pub(super) fn homes(standing: Standing<'_>, atoms: &[u32], cluster: &[u32], region: &Region) -> Vec<u32> {
    let mut numbers = HashMap::new();
    let mut home = vec![NEW; region.size.len()];
    for (&atom, &node) in atoms.iter().zip(cluster) {
        // the first atom of a group speaks for it
        if let (Some(grid), NEW) = (standing.grid[atom as usize], home[node as usize]) {
            let next = numbers.len() as u32;
            home[node as usize] = *numbers.entry(grid).or_insert(next);
        }
    }
    home
}

/// A locked grid: all who had this grid stayed.
pub(super) fn as_it_stands(problem: &Problem<'_>, standing: Standing<'_>, atoms: &[u32]) -> Kept {
    let stayed = atoms.iter().filter(|&&atom| standing.grid[atom as usize].is_some());
    Kept { stayed: stayed.map(|&atom| u64::from(problem.size[atom as usize])).sum(), ..Kept::default() }
}

/// What a division of these atoms keeps.
pub(super) fn kept(problem: &Problem<'_>, standing: Standing<'_>, atoms: &[u32], grid: &[u32], rule: Rule) -> Kept {
    let mut numbers = HashMap::new();
    let mut total: Vec<u64> = Vec::new();
    let mut overlap: HashMap<(u32, u32), u64> = HashMap::new();
    for (&atom, &here) in atoms.iter().zip(grid) {
        let Some(old) = standing.grid[atom as usize] else { continue };
        let next = numbers.len() as u32;
        let old = *numbers.entry(old).or_insert(next);
        let people = u64::from(problem.size[atom as usize]);
        if total.len() <= old as usize {
            total.push(0);
        }
        total[old as usize] += people;
        *overlap.entry((here, old)).or_default() += people;
    }
    let grids = grid.iter().max().map_or(0, |&most| most as usize + 1);
    let continues = matched(&overlap, grids, total.len());
    let stayed = overlap.iter().filter(|&(&(here, old), _)| continues[here as usize] == old).map(|(_, n)| n).sum();
    let moved_at_least = total.iter().map(|&people| people.saturating_sub(rule.upper.main)).sum();
    Kept { stayed, moved: total.iter().sum::<u64>() - stayed, moved_at_least }
}

/// For each grid the standing grid it continues: pairs with the most people in common first, ties by lower numbers.
fn matched(overlap: &HashMap<(u32, u32), u64>, grids: usize, standing: usize) -> Vec<u32> {
    let mut pairs: Vec<(u64, u32, u32)> = overlap.iter().map(|(&(here, old), &people)| (people, here, old)).collect();
    pairs.sort_unstable_by_key(|&(people, here, old)| (std::cmp::Reverse(people), here, old));
    let (mut continues, mut taken) = (vec![NEW; grids], vec![false; standing]);
    for (_, here, old) in pairs {
        if continues[here as usize] == NEW && !taken[old as usize] {
            continues[here as usize] = old;
            taken[old as usize] = true;
        }
    }
    continues
}

/// Changes the standing division of a connected, inhabited region, as little as the price asks for.
pub(super) fn divide(
    region: &Region,
    rule: Rule,
    bound: &Bound,
    task: Task,
    home: &[u32],
    moved_mm: u64,
    share: &Share<'_>,
) -> Result<Divided, Cancelled> {
    let goal = rule.pack(bound.violation, bound.outside);
    let mean_mm = region.mean_mm();
    let mut best: Option<(Score, Vec<u32>)> = None;
    let starts = if region.graph.len() < 2_000 { 3 } else { 1 };
    for start in 0..starts {
        let mut rng = stream(task.seed, &[task.unit, task.part, start, 40]);
        let mut amend = Amend::new(region, rule, home, moved_mm.min(MOST_MOVED_MM));
        amend.settle(goal, mean_mm, u64::from(task.moves), &mut rng, share.watch)?;
        let score = amend.score();
        if best.as_ref().is_none_or(|(found, _)| score < *found) {
            best = Some((score, amend.division.grid));
        }
    }
    let mut grid = best.expect("there is at least one start").1;
    super::solve::close_up(&mut grid);
    Ok(Divided { grid, exhaustive: false })
}

/// What it costs that a node with this home lies in a grid that continues a standing one, in millimetres.
fn away_mm(home: u32, continued: u32, size: Size, moved_mm: u64) -> u64 {
    if home != NEW && continued != home { size.main.min(1 << 20) * moved_mm } else { 0 }
}

/// A division under way, with what it continues.
struct Amend<'a> {
    division: Division<'a>,
    rule: Rule,
    home: &'a [u32],
    standing: usize,
    /// The standing grid each grid continues.
    continues: Vec<u32>,
    moved_mm: u64,
    position: Vec<u32>,
}

impl<'a> Amend<'a> {
    /// The standing division as it is; its pieces where a grid fell apart; new nodes with a neighbour.
    fn new(region: &'a Region, rule: Rule, home: &'a [u32], moved_mm: u64) -> Self {
        let mut grown = home.to_vec();
        // new nodes join the grid they share the longest border with, the nearest first
        let mut left: Vec<u32> = (0..grown.len() as u32).filter(|&node| grown[node as usize] == NEW).collect();
        while !left.is_empty() {
            let join = |&node: &u32| {
                let beside = region.graph.neighbours(node).filter(|&(other, _)| grown[other as usize] != NEW);
                let best = beside.max_by_key(|&(other, mm)| (mm, std::cmp::Reverse(other)))?;
                Some((node, grown[best.0 as usize]))
            };
            let joined: Vec<(u32, u32)> = left.iter().filter_map(join).collect();
            if joined.is_empty() {
                // nobody stood here before
                for &node in &left {
                    grown[node as usize] = 0;
                }
            }
            for (node, grid) in joined {
                grown[node as usize] = grid;
            }
            left.retain(|&node| grown[node as usize] == NEW);
        }
        let (grid, _) = region.graph.components_by(|node| grown[node as usize]);
        let standing = home.iter().filter(|&&home| home != NEW).max().map_or(0, |&most| most as usize + 1);
        let position = vec![u32::MAX; grid.len()];
        let division = Division::new(region, grid);
        let mut amend = Self { division, rule, home, standing, continues: Vec::new(), moved_mm, position };
        amend.match_again();
        amend
    }

    /// Decides anew which standing grid each grid continues.
    fn match_again(&mut self) {
        let mut overlap: HashMap<(u32, u32), u64> = HashMap::new();
        for (node, (&here, &home)) in self.division.grid.iter().zip(self.home).enumerate() {
            if home != NEW {
                *overlap.entry((here, home)).or_default() += self.division.region.size[node].main;
            }
        }
        self.continues = matched(&overlap, self.division.sum.len(), self.standing);
    }

    fn score(&self) -> Score {
        let Division { grid, region, .. } = &self.division;
        let nodes = self.home.iter().zip(grid).zip(&region.size);
        let away = nodes.map(|((&home, &grid), &size)| {
            Score::from(away_mm(home, self.continues[grid as usize], size, self.moved_mm))
        });
        self.division.score(self.rule) + away.sum::<Score>()
    }

    fn settle(
        &mut self,
        goal: Score,
        mean_mm: u64,
        moves: u64,
        rng: &mut Pcg64Mcg,
        watch: &Watch<'_>,
    ) -> Result<(), Cancelled> {
        let nodes = self.division.grid.len() as u64;
        let gentle = |from_mm: u64| Schedule {
            from_mm,
            to_mm: mean_mm / 200,
            moves: moves * 3 / 2,
            per_head_mm: (mean_mm * 4) as i64,
        };
        self.shake(gentle(mean_mm / 10), rng, watch)?;
        self.match_again();
        self.mend(goal, rng, watch)?;
        let mut best = (self.score(), self.division.grid.clone());
        // what moving a node costs at this price, people on average
        let region = self.division.region;
        let people = region.size.iter().map(|size| size.main).sum::<u64>() / nodes;
        let moving_mm = (people * self.moved_mm).min(1 << 38);
        let mut idle = 0;
        for round in 0..MOST_ROUNDS {
            let from_mm = match round % 4 {
                0 => mean_mm / 4,
                1 => (moving_mm / 3).max(mean_mm / 8),
                2 => mean_mm / 8,
                _ => (moving_mm / 8).max(mean_mm / 6),
            };
            self.shake(gentle(from_mm), rng, watch)?;
            self.match_again();
            self.mend(goal, rng, watch)?;
            self.polish(round, rng, watch)?;
            let strict = Schedule {
                from_mm: mean_mm / 100,
                to_mm: mean_mm / 500,
                moves: moves / 4,
                per_head_mm: (mean_mm * 50) as i64,
            };
            self.shake(strict, rng, watch)?;
            self.match_again();
            let score = self.score();
            if score < best.0 {
                best = (score, self.division.grid.clone());
                idle = 0;
            } else {
                self.division = Division::new(region, best.1.clone());
                self.match_again();
                idle += 1;
                if idle == IDLE_ROUNDS {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Moves nodes over borders at falling temperature, at the price of who moves.
    fn shake(&mut self, schedule: Schedule, rng: &mut Pcg64Mcg, watch: &Watch<'_>) -> Result<(), Cancelled> {
        let Self { division, home, continues, moved_mm, .. } = self;
        let size = &division.region.size;
        let price = |node: u32, from: u32, to: u32| {
            let cost =
                |grid: u32| away_mm(home[node as usize], continues[grid as usize], size[node as usize], *moved_mm);
            cost(to) as i64 - cost(from) as i64
        };
        refine::anneal(division, self.rule, schedule, &price, rng, watch)
    }

    /// Cuts the neighbourhoods of grids outside the band anew, wider and wider, until the goal or nothing gets better.
    fn mend(&mut self, goal: Score, rng: &mut Pcg64Mcg, watch: &Watch<'_>) -> Result<(), Cancelled> {
        let mut idle = 0;
        for round in 0..40u32 {
            if penalty_of(self.division.penalty(self.rule)) <= penalty_of(goal) {
                return Ok(());
            }
            let mut members = self.division.members();
            let region = self.division.region;
            let unsettled: Vec<u32> = (0..members.len() as u32)
                .filter(|&grid| {
                    let forced =
                        members[grid as usize].iter().map(|&node| self.rule.excess(region.size[node as usize]));
                    !members[grid as usize].is_empty()
                        && self.rule.violation(self.division.sum[grid as usize]) > forced.sum()
                })
                .collect();
            let mut better = false;
            for grid in unsettled {
                watch.check()?;
                if !members[grid as usize].is_empty() && self.rule.violation(self.division.sum[grid as usize]) > 0 {
                    better |= self.recut(&mut members, grid, 2 + round as usize % 6, 4 + round / 2, rng);
                }
            }
            idle = if better { 0 } else { idle + 1 };
            if idle > 10 {
                break;
            }
        }
        Ok(())
    }

    /// Cuts each grid anew with one or two beside it, for shorter borders at the price; and grids that continue none with up to four,
    /// which may do without: all who live in one have moved.
    fn polish(&mut self, round: u32, rng: &mut Pcg64Mcg, watch: &Watch<'_>) -> Result<(), Cancelled> {
        let mut members = self.division.members();
        for grid in 0..members.len() as u32 {
            watch.check()?;
            if members[grid as usize].is_empty() {
                continue;
            }
            if self.continues[grid as usize] != NEW {
                self.recut(&mut members, grid, 2 + round as usize % 2, 3, rng);
                continue;
            }
            for turn in 0..3 {
                if !members[grid as usize].is_empty() && self.continues[grid as usize] == NEW {
                    self.recut(&mut members, grid, 3 + (round as usize + turn) % 3, 12, rng);
                }
            }
        }
        Ok(())
    }

    /// Cuts a grid and some beside it anew by random trees along what stands; kept when the score drops.
    fn recut(&mut self, members: &mut Vec<Vec<u32>>, grid: u32, width: usize, trees: u32, rng: &mut Pcg64Mcg) -> bool {
        let region = self.division.region;
        let mut chosen = vec![grid];
        while chosen.len() < width {
            let nodes = chosen.iter().flat_map(|&grid| &members[grid as usize]);
            let mut beside: Vec<u32> = nodes
                .flat_map(|&node| region.graph.neighbours(node))
                .map(|(other, _)| self.division.grid[other as usize])
                .filter(|grid| !chosen.contains(grid))
                .collect();
            beside.sort_unstable();
            beside.dedup();
            if beside.is_empty() {
                break;
            }
            chosen.push(beside[below(rng, beside.len())]);
        }
        let nodes: Vec<u32> = chosen.iter().flat_map(|&grid| members[grid as usize].iter().copied()).collect();
        if nodes.len() < 2 {
            return false;
        }
        for (i, &node) in nodes.iter().enumerate() {
            self.position[node as usize] = i as u32;
        }
        let mut borders = Vec::new();
        for (i, &node) in nodes.iter().enumerate() {
            for (other, mm) in region.graph.neighbours(node) {
                let j = self.position[other as usize];
                if j != u32::MAX && (i as u32) < j {
                    borders.push((i as u32, j, mm));
                }
            }
        }
        for &node in &nodes {
            self.position[node as usize] = u32::MAX;
        }
        let size: Vec<Size> = nodes.iter().map(|&node| region.size[node as usize]).collect();
        // cutting through what stands costs about what it moves
        let mean = size.iter().map(|size| size.main).sum::<u64>() / size.len() as u64;
        let held: Vec<(u32, u32, u64)> = borders
            .iter()
            .map(|&(a, b, mm)| {
                let (home, other) = (self.home[nodes[a as usize] as usize], self.home[nodes[b as usize] as usize]);
                let bound = if home == other && home != NEW { mean * self.moved_mm } else { 0 };
                (a, b, mm.min(1 << 40) + bound)
            })
            .collect();
        let home: Vec<u32> = nodes.iter().map(|&node| self.home[node as usize]).collect();
        // standing grids that are continued elsewhere cannot be continued here
        let elsewhere: Vec<u32> = (0..self.continues.len() as u32)
            .filter(|grid| !chosen.contains(grid))
            .map(|grid| self.continues[grid as usize])
            .filter(|home_| home.contains(home_))
            .collect();
        let weigh = |grid: &[u32], continues: &[u32]| {
            let mut sum = vec![Size::ZERO; continues.len()];
            let mut count = vec![0u32; continues.len()];
            let mut away: Score = 0;
            for (i, &here) in grid.iter().enumerate() {
                sum[here as usize] += size[i];
                count[here as usize] += 1;
                if home[i] != NEW && continues[here as usize] != home[i] {
                    away += Score::from(size[i].main.min(1 << 20) * self.moved_mm);
                }
            }
            let cut = borders.iter().filter(|&&(a, b, _)| grid[a as usize] != grid[b as usize]);
            let cut: Score = cut.map(|&(_, _, mm)| Score::from(mm)).sum();
            let penalty = sum.iter().zip(&count).filter(|&(_, &count)| count > 0);
            cut + away + penalty.map(|(&sum, _)| self.rule.penalty(sum)).sum::<Score>()
        };
        let now: Vec<u32> = nodes
            .iter()
            .map(|&node| self.division.grid[node as usize])
            .map(|grid| chosen.iter().position(|&one| one == grid).expect("the node is of a chosen grid") as u32)
            .collect();
        let continued: Vec<u32> = chosen.iter().map(|&grid| self.continues[grid as usize]).collect();
        let mut best = (weigh(&now, &continued), None);
        for turn in 0..trees {
            let tree = tree::spanning_tree(nodes.len(), &held, Draw::turn(turn), rng);
            let Some(grid) = tree::divide(&tree, &size, self.rule, Score::MAX) else { continue };
            let grids = grid.iter().max().map_or(0, |&most| most as usize + 1);
            let mut overlap: HashMap<(u32, u32), u64> = HashMap::new();
            for (i, &here) in grid.iter().enumerate() {
                if home[i] != NEW && !elsewhere.contains(&home[i]) {
                    *overlap.entry((here, home[i])).or_default() += size[i].main;
                }
            }
            let continues = matched(&overlap, grids, self.standing);
            let score = weigh(&grid, &continues);
            if score < best.0 {
                best = (score, Some((grid, continues)));
            }
        }
        let Some((new, continues)) = best.1 else { return false };
        while chosen.len() < continues.len() {
            members.push(Vec::new());
            self.division.sum.push(Size::ZERO);
            self.division.count.push(0);
            self.continues.push(NEW);
            chosen.push(members.len() as u32 - 1);
        }
        for (i, &grid) in chosen.iter().enumerate() {
            members[grid as usize].clear();
            self.continues[grid as usize] = continues.get(i).copied().unwrap_or(NEW);
        }
        for (&node, &new) in nodes.iter().zip(&new) {
            let to = chosen[new as usize];
            members[to as usize].push(node);
            self.division.shift(node, to);
        }
        true
    }
}
