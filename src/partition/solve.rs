//! One connected region from start to end: coarsen, divide the coarsest by trees, refine level by level, mend.

use std::ops::Range;

use rayon::prelude::*;

use super::arithmetic::Bound;
use super::coarsen::{self, Region};
use super::division::Division;
use super::level::{self, Pace};
use super::proof::Proof;
use super::repair::Local;
use super::score::{Rule, Score, penalty_of, stream};
use super::size::Size;
use super::tree::{self, Draw};
use super::{Cancelled, Infeasible, cover, dead_end, exact, watch::Share};

/// A larger coarsest region is cut into pieces of about this many nodes first, each divided for itself.
const PIECE_NODES: usize = 2_000;

/// Steps of the covering search, for each move an atom has, in a region with a grid outside that nothing is known to
/// force; a tenth where only borders are left to gain.
const COVER_STEPS: u64 = 1_500;

/// States of the frontier program, for each move an atom has, in a region with a grid outside that nothing is known to force: at
/// first, and more where they do not suffice.
const STATES: [u64; 3] = [500, 5_000, 50_000];

/// Where in the whole a region lies, and how much work it may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    pub seed: u64,
    pub unit: u64,
    pub part: u64,
    pub moves: u32,
}

/// How a region was divided.
pub(super) struct Divided {
    /// A grid number for each node, from 0 without holes.
    pub grid: Vec<u32>,
    /// Whether every division was weighed.
    pub exhaustive: bool,
}

/// Divides a connected, inhabited region. Regions of at most [`exact::MOST_NODES`] nodes are divided exactly, others
/// by several starts of which the best is kept.
pub(super) fn divide(
    region: &Region,
    rule: Rule,
    bound: &Bound,
    task: Task,
    share: &Share<'_>,
) -> Result<Divided, Cancelled> {
    let nodes = region.graph.len();
    let total: Size = region.size.iter().copied().sum();
    if !rule.is_over(total) {
        // one grid, and none is better: no border, and the least violation of its total
        return Ok(Divided { grid: vec![0; nodes], exhaustive: false });
    }
    if nodes <= exact::MOST_NODES {
        return Ok(Divided { grid: exact::divide(region, rule), exhaustive: true });
    }
    // small regions are cheap to start again, and worth it until nothing is outside without need
    let (least, most) = (100 / nodes as u64 + 1, 4_000 / nodes as u64 + 1);
    let goal = goal(region, rule, bound);
    let mut found = search(region, rule, goal, task, 0..least, share)?;
    let score = |grid: &[u32]| Division::new(region, grid.to_vec()).score(rule);
    let reached = |found: &[u32]| penalty_of(score(found)) <= penalty_of(goal);
    let mut exhaustive = false;
    let steps = u64::from(task.moves) * if reached(&found) { COVER_STEPS / 10 } else { COVER_STEPS };
    if let Some(covered) = cover::divide(region, rule, &found, steps) {
        found = covered;
        exhaustive = true;
    } else if !reached(&found) {
        let proof = Proof::new(region, rule, task);
        let states = |per_move: u64| per_move * u64::from(task.moves);
        exhaustive = proof.try_with(&mut found, states(STATES[0]), share.watch)?;
        if !exhaustive && !reached(&found) && least < most {
            let again = search(region, rule, goal, task, least..most, share)?;
            if score(&again) < score(&found) {
                found = again;
            }
        }
        for per_move in &STATES[1..] {
            if !exhaustive && !reached(&found) {
                exhaustive = proof.try_with(&mut found, states(*per_move), share.watch)?;
            }
        }
    }
    close_up(&mut found);
    Ok(Divided { grid: found, exhaustive })
}

/// What a division cannot go below, borders left out.
pub(super) fn goal(region: &Region, rule: Rule, bound: &Bound) -> Score {
    let mut violation = bound.violation;
    if rule.infeasible == Infeasible::LeastViolation && !rule.is_double() {
        violation = violation.max(bound.excess + dead_end::least_violation(region, rule));
    }
    let outside = if violation > bound.violation { bound.outside.max(1) } else { bound.outside };
    rule.pack(violation, outside)
}

/// The best of several starts of the multilevel search; starts after the first ones end where nothing is outside
/// without need. A grid number for each node, with holes.
pub(super) fn search(
    region: &Region,
    rule: Rule,
    goal: Score,
    task: Task,
    starts: Range<u64>,
    share: &Share<'_>,
) -> Result<Vec<u32>, Cancelled> {
    let mut best: Option<(Score, Vec<u32>)> = None;
    let again = starts.start > 0;
    for start in starts {
        let grid = multilevel(region, rule, goal, task, start, share)?;
        let score = Division::new(region, grid.clone()).score(rule);
        if best.as_ref().is_none_or(|(found, _)| score < *found) {
            best = Some((score, grid));
        }
        if again && best.as_ref().is_some_and(|(found, _)| penalty_of(*found) <= penalty_of(goal)) {
            break;
        }
    }
    Ok(best.expect("there is at least one start").1)
}

fn multilevel(
    region: &Region,
    rule: Rule,
    goal: Score,
    task: Task,
    start: u64,
    share: &Share<'_>,
) -> Result<Vec<u32>, Cancelled> {
    let draw = |stage: u64, round: u64| stream(task.seed, &[task.unit, task.part, start, stage, round]);
    let levels = coarsen::levels(region, rule, &mut draw(0, 0));
    let coarsest = levels.last().map_or(region, |level| &level.region);
    let mean_mm = region.mean_mm();
    let all_nodes = region.graph.len() + levels.iter().map(|level| level.region.graph.len()).sum::<usize>();
    let mut grid = first_division(coarsest, rule, |round| draw(1, round));
    for depth in (0..=levels.len()).rev() {
        let here = if depth == 0 { region } else { &levels[depth - 1].region };
        let warm = if depth == levels.len() { 6 } else { 3 };
        let pace = Pace { moves: task.moves.into(), mean_mm, warm, last: depth == 0 };
        let at =
            |round: u64, number: u64| stream(task.seed, &[task.unit, task.part, start, 2, depth as u64, round, number]);
        let mut division = Division::new(here, grid);
        join_empty(&mut division);
        grid = level::better(here, division.grid, rule, goal, pace, &at, share.watch)?;
        let mut division = Division::new(here, grid);
        join_empty(&mut division);
        if penalty_of(division.penalty(rule)) <= penalty_of(goal) {
            share.reached();
        }
        grid = division.grid;
        if start == 0 {
            share.advance(here.graph.len() as u64, all_nodes as u64);
        }
        if depth > 0 {
            grid = levels[depth - 1].up.iter().map(|&to| grid[to as usize]).collect();
        }
    }
    Ok(grid)
}

/// The first division, of the coarsest region: the best of several trees; large regions in pieces, side by side.
fn first_division(region: &Region, rule: Rule, draw: impl Fn(u64) -> rand_pcg::Pcg64Mcg + Sync) -> Vec<u32> {
    let nodes = region.graph.len();
    let all: Vec<u32> = (0..nodes as u32).collect();
    let whole = Local::new(region, &all, &mut vec![u32::MAX; nodes]);
    if nodes <= 2 * PIECE_NODES {
        return proposed(&whole, rule, 6, &mut draw(0));
    }
    let tree = tree::spanning_tree(nodes, &whole.borders, Draw::Shaken, &mut draw(0));
    let (piece, count) = tree::pieces(&tree, PIECE_NODES);
    let mut members = vec![Vec::new(); count as usize];
    for node in all {
        members[piece[node as usize] as usize].push(node);
    }
    let mut position = vec![u32::MAX; nodes];
    let pieces: Vec<Local> = members.iter().map(|nodes| Local::new(region, nodes, &mut position)).collect();
    let divided: Vec<Vec<u32>> =
        pieces.par_iter().enumerate().map(|(i, local)| proposed(local, rule, 3, &mut draw(1 + i as u64))).collect();
    let mut grid = vec![0; nodes];
    let mut first = 0;
    for (nodes, divided) in members.iter().zip(&divided) {
        for (&node, &here) in nodes.iter().zip(divided) {
            grid[node as usize] = first + here;
        }
        first += divided.iter().max().map_or(0, |most| most + 1);
    }
    grid
}

fn proposed(local: &Local, rule: Rule, trees: u32, rng: &mut rand_pcg::Pcg64Mcg) -> Vec<u32> {
    local.propose(rule, trees, Score::MAX, rng).expect("without a ceiling every tree proposes").1
}

/// Grids where nobody lives join the grid beside them with the longest common border, ties by lower number.
fn join_empty(division: &mut Division<'_>) {
    loop {
        let members = division.members();
        let mut joined = false;
        for (empty, nodes) in members.iter().enumerate() {
            if nodes.is_empty() || !division.sum[empty].is_zero() {
                continue;
            }
            let mut beside = std::collections::BTreeMap::new();
            for &node in nodes {
                for (other, mm) in division.region.graph.neighbours(node) {
                    let grid = division.grid[other as usize];
                    if !division.sum[grid as usize].is_zero() {
                        *beside.entry(grid).or_insert(0) += mm;
                    }
                }
            }
            if let Some((&to, _)) = beside.iter().max_by_key(|&(&grid, &mm)| (mm, std::cmp::Reverse(grid))) {
                for &node in nodes {
                    division.shift(node, to);
                }
                joined = true;
            }
        }
        if !joined {
            return;
        }
    }
}

/// Renumbers grids by first appearance.
pub(super) fn close_up(grid: &mut [u32]) {
    let mut number = vec![u32::MAX; grid.iter().max().map_or(0, |&most| most as usize + 1)];
    let mut next = 0;
    for here in grid {
        let number = &mut number[*here as usize];
        if *number == u32::MAX {
            *number = next;
            next += 1;
        }
        *here = *number;
    }
}
