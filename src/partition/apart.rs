//! Pairs that may not share a grid: where a division put two together, the neighbourhood is cut anew between them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rand_pcg::Pcg64Mcg;

use super::coarsen::Region;
use super::division::Division;
use super::repair::Local;
use super::score::{Rule, Score, below, stream};
use super::size::Size;
use super::solve::{Task, close_up};
use super::tree::{self, Draw};
use super::{Cancelled, Certificate, Which, watch::Watch};

/// Neighbourhoods of up to so many grids are tried.
const WIDEST: usize = 5;
/// Rounds of cutting anew around grids outside the band.
const ROUNDS: usize = 40;
/// Ways to part the two that are tried in each.
const TURNS: u32 = 12;

/// Inhabited nodes that are all kept apart from each other take a grid each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crowd {
    /// How many they are.
    grids: u32,
    /// So many grids at least are below the lower bound: the total does not fill all.
    short: u64,
    /// By which count.
    by: Which,
    /// Size of the region, by that count.
    total: u64,
}

/// The largest crowd of a region that was found, where its total does not fill a grid for each. Pairs that come of groups are
/// complete, and then the largest group is found; of others a greedy one. O(pairs · log pairs + Σ size²) for groups.
pub(super) fn crowd(region: &Region, rule: Rule, pairs: &[(u32, u32)]) -> Option<Crowd> {
    let mut beside: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let lived_in = |node: u32| !region.size[node as usize].is_zero();
    for &(a, b) in pairs.iter().filter(|&&(a, b)| lived_in(a) && lived_in(b)) {
        beside.entry(a).or_default().insert(b);
        beside.entry(b).or_default().insert(a);
    }
    let mut taken = BTreeSet::new();
    let mut most = 0;
    for (&node, others) in &beside {
        if taken.contains(&node) {
            continue;
        }
        let mut clique = vec![node];
        for other in others {
            if clique.iter().all(|one| beside[other].contains(one)) {
                clique.push(*other);
            }
        }
        most = most.max(clique.len() as u64);
        taken.extend(clique);
    }
    let total: Size = region.size.iter().copied().sum();
    let short = |total: u64, lower: u64| total.checked_div(lower).map_or(0, |filled| most.saturating_sub(filled));
    let main = (short(total.main, rule.lower.main), Which::Main, total.main);
    let other = (short(total.other, rule.lower.other), Which::Other, total.other);
    let (short, by, total) = if rule.is_double() && other.0 > main.0 { other } else { main };
    (short > 0).then_some(Crowd { grids: most as u32, short, by, total })
}

impl Crowd {
    /// Says of as many grids as are forced below the bound, those farthest from it first, that it is so because of the crowd; those that
    /// are below it for another proof are among them.
    pub fn certify(self, unit: u32, rule: Rule, outside: &mut [(u32, Size, Certificate)]) {
        let Self { grids, short, by, total } = self;
        let of = |size: Size| if by == Which::Main { size.main } else { size.other };
        let lower = of(rule.lower);
        let open = |certificate: &Certificate| {
            matches!(certificate, Certificate::NotProven { .. } | Certificate::Exhausted { .. })
        };
        let mut below: Vec<&mut (u32, Size, Certificate)> =
            outside.iter_mut().filter(|(_, size, _)| of(*size) < lower && !size.is_zero()).collect();
        let proven = below.iter().filter(|(.., certificate)| !open(certificate)).count() as u64;
        below.retain(|(.., certificate)| open(certificate));
        below.sort_by_key(|(grid, size, _)| (of(*size), *grid));
        for (_, _, certificate) in below.into_iter().take(short.saturating_sub(proven) as usize) {
            *certificate = Certificate::Apart { unit, total, grids, by };
        }
    }
}

/// The division with no pair in one grid. Pairs are of different nodes, so cutting their grid in two always helps; wider
/// neighbourhoods keep the grids within the band. O(pairs) neighbourhoods.
pub(super) fn part(
    region: &Region,
    rule: Rule,
    task: Task,
    grid: Vec<u32>,
    pairs: &[(u32, u32)],
    watch: &Watch<'_>,
) -> Result<Vec<u32>, Cancelled> {
    let mut rng = stream(task.seed, &[task.unit, task.part, 60]);
    let mut division = Division::new(region, grid);
    let mut scratch = vec![u32::MAX; region.graph.len()];
    while let Some(&pair) = pairs.iter().find(|&&(a, b)| division.grid[a as usize] == division.grid[b as usize]) {
        watch.check()?;
        part_pair(&mut division, rule, pair, pairs, &mut scratch, &mut rng);
    }
    for round in 0..ROUNDS {
        let outside =
            |&grid: &u32| division.count[grid as usize] > 0 && rule.violation(division.sum[grid as usize]) > 0;
        let unsettled: Vec<u32> = (0..division.sum.len() as u32).filter(outside).collect();
        if unsettled.is_empty() {
            break;
        }
        for grid in unsettled {
            watch.check()?;
            if division.count[grid as usize] > 0 && rule.violation(division.sum[grid as usize]) > 0 {
                recut(&mut division, rule, grid, 2 + round % 5, pairs, &mut scratch, &mut rng);
            }
        }
    }
    let mut grid = division.grid;
    close_up(&mut grid);
    Ok(grid)
}

/// Cuts a grid and some beside it anew where that costs less and puts no pair together.
fn recut(
    division: &mut Division<'_>,
    rule: Rule,
    grid: u32,
    width: usize,
    pairs: &[(u32, u32)],
    scratch: &mut [u32],
    rng: &mut Pcg64Mcg,
) {
    let region = division.region;
    let members = division.members();
    let mut chosen = vec![grid];
    while chosen.len() < width {
        let Some(next) = one_beside(division, &members, &chosen, rng) else { break };
        chosen.push(next);
    }
    let nodes: Vec<u32> = chosen.iter().flat_map(|&grid| members[grid as usize].iter().copied()).collect();
    if nodes.len() < 2 {
        return;
    }
    let local = Local::new(region, &nodes, scratch);
    let within = pairs_within(pairs, &nodes);
    let now: Vec<u32> = nodes.iter().map(|&node| division.grid[node as usize]).collect();
    let first: Vec<u32> = now
        .iter()
        .map(|grid| chosen.iter().position(|one| one == grid).expect("the node is of a chosen grid") as u32)
        .collect();
    let mut best = (local.score(&first, rule), None);
    for turn in 0..TURNS {
        let tree = tree::spanning_tree(nodes.len(), &local.borders, Draw::turn(turn), rng);
        let Some(grid) = tree::divide(&tree, &local.size, rule, Score::MAX) else { continue };
        if within.iter().all(|&(a, b)| grid[a as usize] != grid[b as usize]) {
            let score = local.score(&grid, rule);
            if score < best.0 {
                best = (score, Some(grid));
            }
        }
    }
    if let Some(grid) = best.1 {
        put(division, chosen, &nodes, &grid);
    }
}

/// A grid beside these, at random.
fn one_beside(division: &Division<'_>, members: &[Vec<u32>], chosen: &[u32], rng: &mut Pcg64Mcg) -> Option<u32> {
    let nodes = chosen.iter().flat_map(|&grid| &members[grid as usize]);
    let beside = nodes.flat_map(|&node| division.region.graph.neighbours(node));
    let mut beside: Vec<u32> =
        beside.map(|(node, _)| division.grid[node as usize]).filter(|grid| !chosen.contains(grid)).collect();
    beside.sort_unstable();
    beside.dedup();
    if beside.is_empty() { None } else { Some(beside[below(rng, beside.len())]) }
}

/// The pairs with both ends here, by position.
fn pairs_within(pairs: &[(u32, u32)], nodes: &[u32]) -> Vec<(u32, u32)> {
    let place: HashMap<u32, u32> = nodes.iter().zip(0..).map(|(&node, i)| (node, i)).collect();
    pairs.iter().filter_map(|(a, b)| Some((*place.get(a)?, *place.get(b)?))).collect()
}

/// Puts the nodes into the grids of a proposal: these numbers first, fresh ones after.
fn put(division: &mut Division<'_>, mut numbers: Vec<u32>, nodes: &[u32], grid: &[u32]) {
    let grids = grid.iter().max().map_or(0, |&most| most as usize + 1);
    while numbers.len() < grids {
        division.sum.push(Size::ZERO);
        division.count.push(0);
        numbers.push(division.sum.len() as u32 - 1);
    }
    for (&node, &grid) in nodes.iter().zip(grid) {
        division.shift(node, numbers[grid as usize]);
    }
}

/// A neighbourhood cut anew.
struct Cut {
    /// What it costs more than before, over a constant.
    score: Score,
    /// Its grids.
    chosen: Vec<u32>,
    nodes: Vec<u32>,
    /// The new grid of each node, from 0.
    grid: Vec<u32>,
}

/// Parts one pair; fewer pairs share a grid afterwards.
fn part_pair(
    division: &mut Division<'_>,
    rule: Rule,
    (a, b): (u32, u32),
    pairs: &[(u32, u32)],
    scratch: &mut [u32],
    rng: &mut Pcg64Mcg,
) {
    let region = division.region;
    let members = division.members();
    let mut chosen = vec![division.grid[a as usize]];
    let mut best: Option<Cut> = None;
    for _ in 0..WIDEST {
        let nodes: Vec<u32> = chosen.iter().flat_map(|&grid| members[grid as usize].iter().copied()).collect();
        let local = Local::new(region, &nodes, scratch);
        let place = |node: u32| nodes.iter().position(|&one| one == node).expect("its grid is chosen") as u32;
        let (within, ends) = (pairs_within(pairs, &nodes), (place(a), place(b)));
        let before = chosen.iter().map(|&grid| rule.penalty(division.sum[grid as usize])).sum::<Score>();
        for turn in 0..TURNS {
            // at first each side stays whole: that is one grid more, and never a pair more
            let whole = turn == 0 && chosen.len() == 1;
            let grid = parted(&local, rule, ends, whole, rng);
            let left = within.iter().filter(|&&(a, b)| grid[a as usize] == grid[b as usize]).count();
            let now = within.iter().filter(|&&(a, b)| {
                division.grid[nodes[a as usize] as usize] == division.grid[nodes[b as usize] as usize]
            });
            if left >= now.count() {
                continue;
            }
            // what the neighbourhood cost before differs from width to width: weigh the change
            let score =
                local.score(&grid, rule) + (rule.pack(1 << 40, 1 << 20) - before.min(rule.pack(1 << 40, 1 << 20)));
            if best.as_ref().is_none_or(|best| score < best.score) {
                best = Some(Cut { score, chosen: chosen.clone(), nodes: nodes.clone(), grid });
            }
        }
        let Some(next) = one_beside(division, &members, &chosen, rng) else { break };
        chosen.push(next);
    }
    let best = best.expect("a grid cut in two parts its pair");
    put(division, best.chosen, &best.nodes, &best.grid);
}

/// A division of a connected neighbourhood with its two ends in different grids: two sides grow from the ends, each is
/// divided by random trees, or kept whole.
fn parted(local: &Local, rule: Rule, (a, b): (u32, u32), whole: bool, rng: &mut Pcg64Mcg) -> Vec<u32> {
    let nodes = local.size.len();
    let mut beside = vec![Vec::new(); nodes];
    for &(i, j, _) in &local.borders {
        beside[i as usize].push(j);
        beside[j as usize].push(i);
    }
    let mut side = vec![u32::MAX; nodes];
    (side[a as usize], side[b as usize]) = (0, 1);
    let mut rim: Vec<(u32, u32)> = Vec::new();
    for (node, here) in [(a, 0), (b, 1)] {
        rim.extend(beside[node as usize].iter().map(|&other| (other, here)));
    }
    while !rim.is_empty() {
        let (node, here) = rim.swap_remove(below(rng, rim.len()));
        if side[node as usize] == u32::MAX {
            side[node as usize] = here;
            rim.extend(beside[node as usize].iter().map(|&other| (other, here)));
        }
    }
    if whole {
        return side;
    }
    let mut grid = vec![0; nodes];
    let mut first = 0;
    for here in [0, 1] {
        let members: Vec<u32> = (0..nodes as u32).filter(|&node| side[node as usize] == here).collect();
        let half = local.on(&members);
        let (_, divided) = half.propose(rule, 2, Score::MAX, rng).expect("without a ceiling every tree proposes");
        for (&node, &of) in members.iter().zip(&divided) {
            grid[node as usize] = first + of;
        }
        first += divided.iter().max().map_or(0, |&most| most + 1);
    }
    grid
}
