//! Cutting a neighbourhood of grids anew: by random spanning trees, each divided exactly, scored by the borders
//! really cut. Mends grids outside the band, and shortens borders.

use rand_pcg::Pcg64Mcg;

use super::coarsen::Region;
use super::division::Division;
use super::halve::halve;
use super::score::{Rule, Score, below, penalty_of};
use super::size::Size;
use super::tree::{self, Draw};
use super::{Cancelled, watch::Watch};

/// A part of a region with its nodes renumbered.
pub(super) struct Local {
    pub size: Vec<Size>,
    pub borders: Vec<(u32, u32, u64)>,
}

const ABSENT: u32 = u32::MAX;

impl Local {
    /// The part on `nodes`. `position` is scratch, one entry a node of the region, all `u32::MAX` before and after.
    pub fn new(region: &Region, nodes: &[u32], position: &mut [u32]) -> Self {
        for (i, &node) in nodes.iter().enumerate() {
            position[node as usize] = i as u32;
        }
        let mut borders = Vec::new();
        for (i, &node) in nodes.iter().enumerate() {
            for (other, mm) in region.graph.neighbours(node) {
                let j = position[other as usize];
                if j != ABSENT && (i as u32) < j {
                    borders.push((i as u32, j, mm));
                }
            }
        }
        for &node in nodes {
            position[node as usize] = ABSENT;
        }
        Self { size: nodes.iter().map(|&node| region.size[node as usize]).collect(), borders }
    }

    /// The part of this part on some of its nodes.
    pub fn on(&self, nodes: &[u32]) -> Self {
        let mut position = vec![ABSENT; self.size.len()];
        for (i, &node) in nodes.iter().enumerate() {
            position[node as usize] = i as u32;
        }
        let here = self.borders.iter().map(|&(a, b, mm)| (position[a as usize], position[b as usize], mm));
        Self {
            size: nodes.iter().map(|&node| self.size[node as usize]).collect(),
            borders: here.filter(|&(a, b, _)| a != ABSENT && b != ABSENT).collect(),
        }
    }

    pub(super) fn score(&self, grid: &[u32], rule: Rule) -> Score {
        let mut sum: Vec<Size> = Vec::new();
        for (node, &here) in grid.iter().enumerate() {
            if sum.len() <= here as usize {
                sum.resize(here as usize + 1, Size::ZERO);
            }
            sum[here as usize] += self.size[node];
        }
        sum.iter().map(|&sum| rule.penalty(sum)).sum::<Score>() + self.cut(grid)
    }

    fn cut(&self, grid: &[u32]) -> Score {
        let cut = self.borders.iter().filter(|&&(a, b, _)| grid[a as usize] != grid[b as usize]);
        cut.map(|&(_, _, mm)| Score::from(mm)).sum()
    }

    /// The best division below `ceiling` that `trees` random spanning trees propose, with its score. The part must be
    /// connected.
    pub fn propose(&self, rule: Rule, trees: u32, ceiling: Score, rng: &mut Pcg64Mcg) -> Option<(Score, Vec<u32>)> {
        let mut best = None;
        let mut ceiling = ceiling;
        for turn in 0..trees.max(1) {
            let tree = tree::spanning_tree(self.size.len(), &self.borders, Draw::turn(turn), rng);
            // a tree's own score leaves borders out, so what it rejects is no better by the whole graph either
            if let Some(grid) = tree::divide(&tree, &self.size, rule, ceiling) {
                let score = self.score(&grid, rule);
                if score < ceiling {
                    ceiling = score;
                    best = Some((score, grid));
                }
            }
        }
        best
    }

    /// The best of one grid and of the two that an edge of each of `trees` random spanning trees leaves, if below
    /// `ceiling`.
    fn propose_halves(&self, rule: Rule, trees: u32, ceiling: Score, rng: &mut Pcg64Mcg) -> Option<(Score, Vec<u32>)> {
        let whole = (rule.penalty(self.size.iter().copied().sum()), vec![0; self.size.len()]);
        let mut best = (whole.0 < ceiling).then_some(whole);
        for turn in 0..trees {
            let tree = tree::spanning_tree(self.size.len(), &self.borders, Draw::turn(turn + 1), rng);
            if let Some(halves) = halve(&tree, &self.size, &self.borders, rule)
                && halves.0 < best.as_ref().map_or(ceiling, |best| best.0)
            {
                best = Some(halves);
            }
        }
        best
    }
}

/// How a neighbourhood is cut anew.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Into any number of grids.
    Freely,
    /// Into one or two.
    Halves,
}

/// Cuts neighbourhoods of a division anew, within a budget.
pub(super) struct Recut<'d, 'a> {
    division: &'d mut Division<'a>,
    rule: Rule,
    members: Vec<Vec<u32>>,
    vacant: Vec<u32>,
    position: Vec<u32>,
    /// What is left to spend: nodes times trees.
    budget: u64,
}

impl<'d, 'a> Recut<'d, 'a> {
    pub fn new(division: &'d mut Division<'a>, rule: Rule, budget: u64) -> Self {
        let members = division.members();
        let vacant = (0..members.len() as u32).rev().filter(|&grid| members[grid as usize].is_empty()).collect();
        let position = vec![ABSENT; division.grid.len()];
        Self { division, rule, members, vacant, position, budget }
    }

    /// Grids whose violation is more than their own nodes over the band force.
    pub fn unsettled(&self) -> Vec<u32> {
        (0..self.members.len() as u32)
            .filter(|&grid| {
                let members = &self.members[grid as usize];
                let violation = self.rule.violation(self.division.sum[grid as usize]);
                !members.is_empty()
                    && violation > 0
                    && violation
                        > members.iter().map(|&node| self.rule.excess(self.division.region.size[node as usize])).sum()
            })
            .collect()
    }

    /// Mends unsettled grids, round by round in wider neighbourhoods, until the penalty is at `goal` or nothing
    /// gets better any more.
    pub fn mend(&mut self, goal: Score, rng: &mut Pcg64Mcg, watch: &Watch<'_>) -> Result<(), Cancelled> {
        let mut idle = 0;
        for round in 0..60 {
            if penalty_of(self.division.penalty(self.rule)) <= penalty_of(goal) {
                return Ok(());
            }
            let unsettled = self.unsettled();
            if unsettled.is_empty() {
                return Ok(());
            }
            let mut better = false;
            for grid in unsettled {
                if self.budget == 0 {
                    return Ok(());
                }
                watch.check()?;
                if !self.members[grid as usize].is_empty() && self.rule.violation(self.division.sum[grid as usize]) > 0
                {
                    better |= self.around(grid, 2 + round % 7, 4 + round as u32 / 2, Way::Freely, rng);
                }
            }
            idle = if better { 0 } else { idle + 1 };
            if idle > 14 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Cuts each grid anew with one or two beside it, for shorter borders and fewer grids.
    pub fn polish(&mut self, rng: &mut Pcg64Mcg, watch: &Watch<'_>) -> Result<(), Cancelled> {
        for (width, trees, way) in [(2, 4, Way::Halves), (3, 2, Way::Freely), (2, 4, Way::Halves), (4, 2, Way::Freely)]
        {
            for grid in 0..self.members.len() as u32 {
                if self.budget == 0 {
                    return Ok(());
                }
                watch.check()?;
                if !self.members[grid as usize].is_empty() {
                    self.around(grid, width, trees, way, rng);
                }
            }
        }
        Ok(())
    }

    /// A grid and up to `width` - 1 more, each next to one of those before.
    fn neighbourhood(&mut self, grid: u32, width: usize, rng: &mut Pcg64Mcg) -> Vec<u32> {
        let mut chosen = vec![grid];
        let mut beside: Vec<u32> = Vec::new();
        let mut next = 0;
        while chosen.len() < width {
            while next < chosen.len() {
                for &node in &self.members[chosen[next] as usize] {
                    let neighbours = self.division.region.graph.neighbours(node);
                    self.budget = self.budget.saturating_sub(neighbours.len() as u64 / 16);
                    beside.extend(
                        neighbours.map(|(other, _)| self.division.grid[other as usize]).filter(|&g| g != chosen[next]),
                    );
                }
                next += 1;
            }
            beside.retain(|grid| !chosen.contains(grid));
            if beside.is_empty() {
                break;
            }
            chosen.push(beside[below(rng, beside.len())]);
        }
        chosen
    }

    /// Cuts a neighbourhood anew; kept when the score drops, and says so.
    fn around(&mut self, grid: u32, width: usize, trees: u32, way: Way, rng: &mut Pcg64Mcg) -> bool {
        let chosen = self.neighbourhood(grid, width, rng);
        let nodes: Vec<u32> = chosen.iter().flat_map(|&grid| self.members[grid as usize].iter().copied()).collect();
        self.budget = self.budget.saturating_sub(nodes.len() as u64 * u64::from(trees));
        if nodes.len() < 2 {
            return false;
        }
        let local = Local::new(self.division.region, &nodes, &mut self.position);
        let old: Vec<u32> = nodes.iter().map(|&node| self.division.grid[node as usize]).collect();
        let before = chosen.iter().map(|&grid| self.rule.penalty(self.division.sum[grid as usize])).sum::<Score>()
            + local.cut(&old);
        let proposed = match way {
            Way::Freely => local.propose(self.rule, trees, before, rng),
            Way::Halves => local.propose_halves(self.rule, trees, before, rng),
        };
        let Some((_, new)) = proposed else { return false };
        self.replace(&chosen, &nodes, &new);
        true
    }

    fn replace(&mut self, chosen: &[u32], nodes: &[u32], new: &[u32]) {
        let wanted = new.iter().max().map_or(0, |&most| most as usize + 1);
        let mut numbers = chosen.to_vec();
        while numbers.len() < wanted {
            numbers.push(self.vacant.pop().unwrap_or_else(|| {
                self.members.push(Vec::new());
                self.division.sum.push(Size::ZERO);
                self.division.count.push(0);
                self.members.len() as u32 - 1
            }));
        }
        for &grid in chosen {
            self.members[grid as usize].clear();
        }
        for (&node, &new) in nodes.iter().zip(new) {
            let to = numbers[new as usize];
            self.members[to as usize].push(node);
            self.division.shift(node, to);
        }
        self.vacant.extend(numbers.iter().rev().filter(|&&grid| self.members[grid as usize].is_empty()));
    }
}
