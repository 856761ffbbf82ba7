//! A division under way: which grid each node is in, and the sums that moves keep up to date.

use super::coarsen::Region;
use super::score::{Rule, Score};
use super::size::Size;

/// How many neighbours a contiguity check looks at before it gives up and says no.
const CHECK_LIMIT: usize = 4_096;

/// A division of a region. Grid numbers may have holes; an empty grid counts for nothing.
#[derive(Debug)]
pub(super) struct Division<'a> {
    pub region: &'a Region,
    /// The grid of each node.
    pub grid: Vec<u32>,
    /// The size of each grid.
    pub sum: Vec<Size>,
    /// How many nodes each grid has.
    pub count: Vec<u32>,
    mark: Vec<u32>,
    stamp: u32,
    queue: Vec<u32>,
}

impl<'a> Division<'a> {
    pub fn new(region: &'a Region, grid: Vec<u32>) -> Self {
        let grids = grid.iter().max().map_or(0, |&most| most as usize + 1);
        let (mut sum, mut count) = (vec![Size::ZERO; grids], vec![0; grids]);
        for (node, &here) in grid.iter().enumerate() {
            sum[here as usize] += region.size[node];
            count[here as usize] += 1;
        }
        let mark = vec![0; grid.len()];
        Self { region, grid, sum, count, mark, stamp: 0, queue: Vec::new() }
    }

    pub fn score(&self, rule: Rule) -> Score {
        let cut: Score = self
            .region
            .graph
            .borders()
            .filter(|&(a, b, _)| self.grid[a as usize] != self.grid[b as usize])
            .map(|(_, _, mm)| Score::from(mm))
            .sum();
        cut + self.penalty(rule)
    }

    /// The score without borders.
    pub fn penalty(&self, rule: Rule) -> Score {
        self.sum.iter().zip(&self.count).filter(|&(_, &count)| count > 0).map(|(&sum, _)| rule.penalty(sum)).sum()
    }

    /// The nodes of each grid, ascending.
    pub fn members(&self) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::new(); self.sum.len()];
        for (node, &here) in self.grid.iter().enumerate() {
            members[here as usize].push(node as u32);
        }
        members
    }

    /// Puts a node into another grid.
    pub fn shift(&mut self, node: u32, to: u32) {
        let from = std::mem::replace(&mut self.grid[node as usize], to);
        let size = self.region.size[node as usize];
        self.sum[from as usize] -= size;
        self.count[from as usize] -= 1;
        self.sum[to as usize] += size;
        self.count[to as usize] += 1;
    }

    /// Two fresh marks that no node carries.
    fn fresh(&mut self) -> (u32, u32) {
        if self.stamp > u32::MAX - 4 {
            self.mark.fill(0);
            self.stamp = 0;
        }
        self.stamp += 2;
        (self.stamp, self.stamp + 1)
    }

    /// Whether the node's grid stays contiguous, and stays at all, without it. May say no wrongly when seeing it would
    /// take long, never yes.
    pub fn removable(&mut self, node: u32) -> bool {
        let graph = &self.region.graph;
        let here = self.grid[node as usize];
        let (seen, wanted) = self.fresh();
        let mut missing = 0;
        let mut first = None;
        for (other, _) in graph.neighbours(node) {
            if self.grid[other as usize] == here {
                self.mark[other as usize] = wanted;
                missing += 1;
                first = Some(other);
            }
        }
        let Some(first) = first else { return false };
        if missing == 1 {
            return true;
        }
        // spread from one neighbour until the others are met; most meet around the node at once
        self.mark[node as usize] = seen;
        self.mark[first as usize] = seen;
        missing -= 1;
        self.queue.clear();
        self.queue.push(first);
        let mut looked = 0;
        let mut next = 0;
        while next < self.queue.len() {
            let at = self.queue[next];
            next += 1;
            for (other, _) in graph.neighbours(at) {
                looked += 1;
                if self.grid[other as usize] != here || self.mark[other as usize] == seen {
                    continue;
                }
                if self.mark[other as usize] == wanted {
                    missing -= 1;
                    if missing == 0 {
                        return true;
                    }
                }
                self.mark[other as usize] = seen;
                self.queue.push(other);
            }
            if looked > CHECK_LIMIT {
                return false;
            }
        }
        false
    }
}
