//! Annealed boundary moves: a node goes over to a grid next to it, never breaking a grid in two.

use std::ops::Range;

use rand_pcg::Pcg64Mcg;

use super::division::Division;
use super::score::{Rule, below, exponential};
use super::size::Size;
use super::{Cancelled, watch::Watch};
use crate::graph::Graph;

/// How an annealing run goes. Temperatures and weights are in millimetres of border.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// First temperature.
    pub from_mm: u64,
    /// Last temperature; below it only improvements are left.
    pub to_mm: u64,
    /// How often each border between two grids is tried, all temperatures together.
    pub moves: u64,
    /// What a household outside the band weighs.
    pub per_head_mm: i64,
}

impl Schedule {
    /// The falling temperatures, eight to an octave: each is 2^(-1/8) of the one before.
    pub fn temperatures(&self) -> Vec<u64> {
        let to_mm = self.to_mm.max(1);
        let mut temperatures = vec![self.from_mm.clamp(to_mm, 1 << 40)];
        while let Some(&warm) = temperatures.last()
            && warm > to_mm
        {
            temperatures.push(((warm * 60_097) >> 16).max(1));
        }
        temperatures
    }
}

/// The price of a move where nothing but borders and bands counts.
pub(super) const fn free(_node: u32, _from: u32, _to: u32) -> i64 {
    0
}

/// Tries moves in geometrically falling temperature. `price` is what it costs besides borders and bands that a node goes over from
/// one grid to another, in millimetres of border. O(moves) times the degree.
pub(super) fn anneal(
    division: &mut Division<'_>,
    rule: Rule,
    schedule: Schedule,
    price: &impl Fn(u32, u32, u32) -> i64,
    rng: &mut Pcg64Mcg,
    watch: &Watch<'_>,
) -> Result<(), Cancelled> {
    anneal_at(division, rule, schedule, 0..usize::MAX, price, rng, watch)
}

/// Tries the moves of some of the temperatures of a schedule, by their numbers.
pub(super) fn anneal_at(
    division: &mut Division<'_>,
    rule: Rule,
    schedule: Schedule,
    steps: Range<usize>,
    price: &impl Fn(u32, u32, u32) -> i64,
    rng: &mut Pcg64Mcg,
    watch: &Watch<'_>,
) -> Result<(), Cancelled> {
    let temperatures = schedule.temperatures();
    let mut rim = Rim::new(division);
    let per_head_mm = rule.per_violation(schedule.per_head_mm);
    for &temperature in temperatures.iter().take(steps.end).skip(steps.start) {
        let moves = (rim.cut.len() as u64 * schedule.moves / 2).div_ceil(temperatures.len() as u64);
        for turn in 0..moves {
            if turn % (1 << 16) == 0 {
                watch.check()?;
            }
            try_move(division, &mut rim, rule, per_head_mm, temperature as i64, price, rng);
        }
    }
    Ok(())
}

/// The links between nodes of different grids: the moves there are.
struct Rim {
    /// The near end of each link.
    source: Vec<u32>,
    /// For each link the one from the other side.
    twin: Vec<u32>,
    /// Where each link stands in `cut`; [`INSIDE`] for those within a grid.
    slot: Vec<u32>,
    cut: Vec<u32>,
}

const INSIDE: u32 = u32::MAX;

impl Rim {
    fn new(division: &Division<'_>) -> Self {
        let graph = &division.region.graph;
        let nodes = division.grid.len() as u32;
        let links = if nodes == 0 { 0 } else { graph.links(nodes - 1).end };
        let mut rim = Self {
            source: Vec::with_capacity(links as usize),
            twin: vec![0; links as usize],
            slot: vec![INSIDE; links as usize],
            cut: Vec::new(),
        };
        // rows ascend, so the links that come back to a node are met in the order they stand there
        let mut met: Vec<u32> = (0..nodes).map(|node| graph.links(node).start).collect();
        for node in 0..nodes {
            for link in graph.links(node) {
                let (other, _) = graph.link(link);
                rim.source.push(node);
                rim.twin[link as usize] = met[other as usize];
                met[other as usize] += 1;
                if division.grid[node as usize] != division.grid[other as usize] {
                    rim.insert(link);
                }
            }
        }
        rim
    }

    fn insert(&mut self, link: u32) {
        self.slot[link as usize] = self.cut.len() as u32;
        self.cut.push(link);
    }

    fn remove(&mut self, link: u32) {
        let slot = std::mem::replace(&mut self.slot[link as usize], INSIDE);
        let last = self.cut.pop().expect("a link to remove stands in the list");
        if last != link {
            self.cut[slot as usize] = last;
            self.slot[last as usize] = slot;
        }
    }

    /// After a node went over to another grid.
    fn follow(&mut self, graph: &Graph, grid: &[u32], node: u32) {
        let here = grid[node as usize];
        for link in graph.links(node) {
            let (other, _) = graph.link(link);
            let apart = grid[other as usize] != here;
            if apart == (self.slot[link as usize] != INSIDE) {
                continue;
            }
            let twin = self.twin[link as usize];
            if apart {
                self.insert(link);
                self.insert(twin);
            } else {
                self.remove(link);
                self.remove(twin);
            }
        }
    }
}

fn try_move(
    division: &mut Division<'_>,
    rim: &mut Rim,
    rule: Rule,
    per_head_mm: i64,
    temperature: i64,
    price: &impl Fn(u32, u32, u32) -> i64,
    rng: &mut Pcg64Mcg,
) {
    if rim.cut.is_empty() {
        return;
    }
    let graph = &division.region.graph;
    let link = rim.cut[below(rng, rim.cut.len())];
    let node = rim.source[link as usize];
    let from = division.grid[node as usize];
    let to = division.grid[graph.link(link).0 as usize];
    let mut border = price(node, from, to);
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
    let penalty = if size == Size::ZERO {
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
        rim.follow(&division.region.graph, &division.grid, node);
    }
}
