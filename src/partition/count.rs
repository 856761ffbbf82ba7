//! A number of grids that was asked for: the division found is split or merged until it has it, then settled anew.

use rand_pcg::Pcg64Mcg;

use super::coarsen::Region;
use super::division::Division;
use super::halve::halve;
use super::refine::{self, Schedule, free};
use super::repair::Local;
use super::score::{Rule, Score, penalty_of, stream};
use super::solve::{Task, close_up};
use super::tree::{self, Draw};
use super::{Cancelled, watch::Watch};

/// Trees drawn to find where a grid is best cut in two.
const TREES: u32 = 6;
/// Rounds of cutting pairs anew and moving nodes over borders, where nothing is outside without need.
const ROUNDS: u32 = 4;
/// Rounds at most.
const MOST_ROUNDS: u32 = 24;

/// Brings a division of a connected region to exactly `wanted` grids, or as near as its nodes allow: grid numbers from 0
/// without holes. O(n log n) for each grid more or less, and [`Task::moves`] an atom.
pub(super) fn settle(
    region: &Region,
    rule: Rule,
    task: Task,
    grid: Vec<u32>,
    wanted: usize,
    watch: &Watch<'_>,
) -> Result<Vec<u32>, Cancelled> {
    let wanted = wanted.clamp(1, region.graph.len());
    let mut rng = stream(task.seed, &[task.unit, task.part, 50]);
    let mut division = Division::new(region, grid);
    let mut scratch = vec![u32::MAX; region.graph.len()];
    loop {
        watch.check()?;
        let grids = division.count.iter().filter(|&&count| count > 0).count();
        if grids == wanted {
            break;
        }
        if grids > wanted {
            merge_best(&mut division, rule);
        } else {
            split_best(&mut division, rule, &mut scratch, &mut rng);
        }
    }
    let mean_mm = region.mean_mm();
    let moves = region.graph.len() as u64 * u64::from(task.moves);
    let mut best = (division.score(rule), division.grid.clone());
    let total = region.size.iter().copied().sum();
    let least = super::arithmetic::violation_of(total, wanted as u64, rule);
    for round in 0..MOST_ROUNDS {
        if round >= ROUNDS && penalty_of(best.0) <= penalty_of(rule.pack(least, u64::from(least > 0))) {
            break;
        }
        pairs_anew(&mut division, rule, &mut scratch, &mut rng, watch)?;
        for (from_mm, to_mm, per_head_mm, moves) in [
            (mean_mm / 3, mean_mm / 50, (mean_mm / 2).max(1) as i64, moves),
            (mean_mm / 50, mean_mm / 500, mean_mm as i64 * 50, moves / 4),
        ] {
            let schedule = Schedule { from_mm, to_mm, moves, per_head_mm };
            refine::anneal(&mut division, rule, schedule, &free, &mut rng, watch)?;
        }
        let score = division.score(rule);
        if score < best.0 {
            best = (score, division.grid.clone());
        } else {
            division = Division::new(region, best.1.clone());
        }
    }
    let mut grid = best.1;
    close_up(&mut grid);
    Ok(grid)
}

/// Merges the two grids beside each other that cost least as one.
fn merge_best(division: &mut Division<'_>, rule: Rule) {
    let region = division.region;
    let mut shared = std::collections::BTreeMap::new();
    for (a, b, mm) in region.graph.borders() {
        let (a, b) = (division.grid[a as usize], division.grid[b as usize]);
        if a != b {
            *shared.entry((a.min(b), a.max(b))).or_insert(0u64) += mm;
        }
    }
    // what the pair costs now is taken off what it costs as one: kept positive by the most any pair costs now
    let cost = |&(a, b): &(u32, u32)| {
        let (a, b) = (division.sum[a as usize], division.sum[b as usize]);
        (rule.penalty(a + b), rule.penalty(a) + rule.penalty(b))
    };
    let most = shared.iter().map(|(pair, &mm)| cost(pair).1 + Score::from(mm)).max().unwrap_or(0);
    let best = shared.iter().min_by_key(|&(pair, &mm)| {
        let (joined, apart) = cost(pair);
        (joined + (most - apart - Score::from(mm)), *pair)
    });
    let Some((&(to, from), _)) = best else { return };
    for node in 0..division.grid.len() as u32 {
        if division.grid[node as usize] == from {
            division.shift(node, to);
        }
    }
}

/// Cuts the grid in two that costs least so.
fn split_best(division: &mut Division<'_>, rule: Rule, scratch: &mut [u32], rng: &mut Pcg64Mcg) {
    let members = division.members();
    let most = division.sum.iter().map(|&sum| rule.penalty(sum)).max().unwrap_or(0);
    let mut best: Option<(Score, usize, Vec<u32>)> = None;
    for (grid, nodes) in members.iter().enumerate().filter(|(_, nodes)| nodes.len() > 1) {
        let local = Local::new(division.region, nodes, scratch);
        for turn in 0..TREES {
            let tree = tree::spanning_tree(nodes.len(), &local.borders, Draw::turn(turn), rng);
            let Some((score, side)) = halve(&tree, &local.size, &local.borders, rule) else { continue };
            let cost = score + (most - rule.penalty(division.sum[grid]));
            if best.as_ref().is_none_or(|(found, ..)| cost < *found) {
                best = Some((cost, grid, side));
            }
        }
    }
    let Some((_, grid, side)) = best else { return };
    let fresh = division.sum.len() as u32;
    division.sum.push(super::size::Size::ZERO);
    division.count.push(0);
    for (&node, _) in members[grid].iter().zip(&side).filter(|&(_, &side)| side == 1) {
        division.shift(node, fresh);
    }
}

/// Cuts each pair of grids beside each other anew into two; kept where the score drops.
fn pairs_anew(
    division: &mut Division<'_>,
    rule: Rule,
    scratch: &mut [u32],
    rng: &mut Pcg64Mcg,
    watch: &Watch<'_>,
) -> Result<(), Cancelled> {
    let region = division.region;
    let mut members = division.members();
    let borders = region.graph.borders();
    let mut pairs: Vec<(u32, u32)> = borders
        .map(|(a, b, _)| (division.grid[a as usize], division.grid[b as usize]))
        .filter(|(a, b)| a != b)
        .map(|(a, b)| (a.min(b), a.max(b)))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    for (a, b) in pairs {
        watch.check()?;
        let nodes: Vec<u32> = members[a as usize].iter().chain(&members[b as usize]).copied().collect();
        let local = Local::new(region, &nodes, scratch);
        // earlier pairs may have drawn the two apart
        let beside = local
            .borders
            .iter()
            .any(|&(i, j, _)| division.grid[nodes[i as usize] as usize] != division.grid[nodes[j as usize] as usize]);
        if !beside {
            continue;
        }
        let cut = local.borders.iter().filter(|&&(i, j, _)| {
            division.grid[nodes[i as usize] as usize] != division.grid[nodes[j as usize] as usize]
        });
        let mut best = rule.penalty(division.sum[a as usize])
            + rule.penalty(division.sum[b as usize])
            + cut.map(|&(_, _, mm)| Score::from(mm)).sum::<Score>();
        let mut sides = None;
        for turn in 0..TREES {
            let tree = tree::spanning_tree(nodes.len(), &local.borders, Draw::turn(turn), rng);
            if let Some((score, side)) = halve(&tree, &local.size, &local.borders, rule)
                && score < best
            {
                (best, sides) = (score, Some(side));
            }
        }
        let Some(side) = sides else { continue };
        members[a as usize].clear();
        members[b as usize].clear();
        for (&node, &side) in nodes.iter().zip(&side) {
            let to = if side == 0 { a } else { b };
            members[to as usize].push(node);
            division.shift(node, to);
        }
    }
    Ok(())
}

/// How many grids each connected part of a unit gets: as many as were found, then one more or less where that leaves
/// the least outside, ties to the larger part. Each part keeps one at least.
pub(super) fn shares(parts: &[(super::size::Size, usize, usize)], rule: Rule, wanted: usize) -> Vec<usize> {
    let mut grids: Vec<usize> = parts.iter().map(|&(_, found, _)| found.max(1)).collect();
    let outside = |part: usize, grids: usize| super::arithmetic::violation_of(parts[part].0, grids as u64, rule);
    loop {
        let now: usize = grids.iter().sum();
        let step = |grids: usize| if now < wanted { grids + 1 } else { grids - 1 };
        let able = |&part: &usize| if now < wanted { grids[part] < parts[part].2 } else { grids[part] > 1 };
        if now == wanted {
            return grids;
        }
        let best = (0..parts.len()).filter(able).min_by_key(|&part| {
            let worse = i128::from(outside(part, step(grids[part]))) - i128::from(outside(part, grids[part]));
            (worse, std::cmp::Reverse(parts[part].0), part)
        });
        match best {
            Some(part) => grids[part] = step(grids[part]),
            // fewer than the parts, or more than the nodes
            None => return grids,
        }
    }
}
