//! Large divisions, bettered territory by territory: whole grids side by side, worked on at once and in little memory.
//!
//! A move between two grids changes no border to a third. So a set of whole grids can be bettered for itself, and what it
//! gains the whole gains. Territories are drawn anew from round to round, so that no border stays at a rim.

use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

use super::Cancelled;
use super::coarsen::Region;
use super::division::Division;
use super::score::below;

/// About how many nodes a territory has: what is read at random while it is worked on stays in a core's own cache.
pub(super) const NODES: usize = 2_500;

/// Whole grids side by side.
pub(super) struct Territory {
    /// Where it stands among the territories of its round.
    pub number: u64,
    pub region: Region,
    /// The nodes of the whole, ascending.
    nodes: Vec<u32>,
    /// The grid of each node, numbered from 0.
    pub grid: Vec<u32>,
    /// For each of them its number in the whole.
    numbers: Vec<u32>,
}

/// For each node of the whole its territory and its place there.
type Plan = Vec<(u32, u32)>;

impl Territory {
    fn new(region: &Region, grid: &[u32], plan: &[(u32, u32)], number: u32, nodes: Vec<u32>) -> Self {
        let at = |node: u32| {
            let (territory, place) = plan[node as usize];
            (territory == number).then_some(place)
        };
        let graph = region.graph.induced_at(&nodes, at);
        let size = nodes.iter().map(|&node| region.size[node as usize]).collect();
        let mut numbers: Vec<u32> = nodes.iter().map(|&node| grid[node as usize]).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let own = |node: &u32| numbers.partition_point(|&number| number < grid[*node as usize]) as u32;
        let grid = nodes.iter().map(own).collect();
        Self { number: u64::from(number), region: Region { graph, size }, nodes, grid, numbers }
    }
}

/// Writes what was made of a territory into the whole; grids it has more of than before are numbered from `next` on.
fn put(grid: &mut [u32], nodes: &[u32], mut numbers: Vec<u32>, own: &[u32], next: &mut u32) {
    let wanted = own.iter().max().map_or(0, |&most| most as usize + 1);
    while numbers.len() < wanted {
        numbers.push(*next);
        *next += 1;
    }
    for (&node, &own) in nodes.iter().zip(own) {
        grid[node as usize] = numbers[own as usize];
    }
}

/// Betters a division by `work` on each territory of about [`NODES`] nodes, side by side; the outcome hangs on neither the
/// threads nor their order. `work` gives back a grid number for each node; grids it makes get numbers after all others.
/// O(n + m) without the work.
pub(super) fn each(
    region: &Region,
    grid: &mut [u32],
    rng: &mut Pcg64Mcg,
    work: impl Fn(&Territory) -> Result<Vec<u32>, Cancelled> + Sync,
) -> Result<(), Cancelled> {
    let (lists, plan) = draw(region, grid, rng);
    let before = &*grid;
    let done: Vec<(Vec<u32>, Vec<u32>, Vec<u32>)> = lists
        .into_par_iter()
        .enumerate()
        .with_max_len(1)
        .map(|(number, nodes)| {
            let territory = Territory::new(region, before, &plan, number as u32, nodes);
            let own = work(&territory)?;
            Ok((territory.nodes, territory.numbers, own))
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut next = grid.iter().max().map_or(0, |most| most + 1);
    for (nodes, numbers, own) in done {
        put(grid, &nodes, numbers, &own, &mut next);
    }
    Ok(())
}

/// The same on one territory: a grid, and the grids nearest to it while they have up to about `most` nodes.
pub(super) fn around(
    region: &Region,
    grid: &mut [u32],
    middle: u32,
    most: usize,
    work: impl FnOnce(&Territory) -> Result<Vec<u32>, Cancelled>,
) -> Result<(), Cancelled> {
    let members = Division::new(region, grid.to_vec()).members();
    let mut chosen = vec![false; members.len()];
    chosen[middle as usize] = true;
    let mut nodes = members[middle as usize].clone();
    let mut next = 0;
    while next < nodes.len() && nodes.len() < most {
        for (other, _) in region.graph.neighbours(nodes[next]) {
            let beside = grid[other as usize] as usize;
            if !std::mem::replace(&mut chosen[beside], true) {
                nodes.extend(&members[beside]);
            }
        }
        next += 1;
    }
    nodes.sort_unstable();
    let mut plan = vec![(NOBODY, 0); grid.len()];
    for (place, &node) in (0..).zip(&nodes) {
        plan[node as usize] = (0, place);
    }
    let territory = Territory::new(region, grid, &plan, 0, nodes);
    let own = work(&territory)?;
    let mut next = grid.iter().max().map_or(0, |most| most + 1);
    put(grid, &territory.nodes, territory.numbers, &own, &mut next);
    Ok(())
}

const NOBODY: u32 = u32::MAX;

/// The nodes of each territory, ascending. Territories spread in step from random grids, each taking whole grids.
fn draw(region: &Region, grid: &[u32], rng: &mut Pcg64Mcg) -> (Vec<Vec<u32>>, Plan) {
    let nodes = grid.len();
    let members = Division::new(region, grid.to_vec()).members();
    let mut of_grid = vec![NOBODY; members.len()];
    let mut queue: Vec<u32> = Vec::with_capacity(nodes);
    let mut count = 0;
    for _ in 0..nodes.div_ceil(NODES) {
        let seed = grid[below(rng, nodes)];
        if of_grid[seed as usize] == NOBODY {
            of_grid[seed as usize] = count;
            count += 1;
            queue.extend(&members[seed as usize]);
        }
    }
    let mut next = 0;
    while next < queue.len() {
        let node = queue[next];
        next += 1;
        let here = of_grid[grid[node as usize] as usize];
        for (other, _) in region.graph.neighbours(node) {
            let beside = grid[other as usize] as usize;
            if of_grid[beside] == NOBODY {
                of_grid[beside] = here;
                queue.extend(&members[beside]);
            }
        }
    }
    let mut lists = vec![Vec::new(); count as usize];
    let mut plan = vec![(NOBODY, 0); nodes];
    for node in 0..nodes {
        let here = of_grid[grid[node] as usize];
        plan[node] = (here, lists[here as usize].len() as u32);
        lists[here as usize].push(node as u32);
    }
    (lists, plan)
}
