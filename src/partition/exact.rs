//! Small regions, divided exactly: every division into contiguous grids is weighed.

use super::coarsen::Region;
use super::score::{Rule, Score};

/// Up to this many nodes a region is divided exactly: 3^(n-1) steps, well under a millisecond.
pub(super) const MOST_NODES: usize = 12;

/// The division with the least score, a grid number for each node. For each set of nodes the best grid around its
/// first node is tried, so each division is met once. O(3^n) time, O(2^n) memory.
///
/// # Panics
/// When the region has more than [`MOST_NODES`] nodes.
pub(super) fn divide(region: &Region, rule: Rule) -> Vec<u32> {
    let nodes = region.graph.len();
    assert!(nodes <= MOST_NODES, "{nodes} nodes are too many to try every division");
    if nodes == 0 {
        return Vec::new();
    }
    let sets = 1usize << nodes;
    let beside: Vec<u32> = (0..nodes as u32)
        .map(|node| region.graph.neighbours(node).fold(0, |set, (other, _)| set | 1 << other))
        .collect();
    // a grid's own score: penalty and rim, so that every border counts twice
    let mut own = vec![Score::MAX; sets];
    for set in 1..sets as u32 {
        if contiguous(set, &beside) {
            let members = || (0..nodes as u32).filter(move |node| set >> node & 1 == 1);
            let size = members().map(|node| region.size[node as usize]).sum();
            let rim: u64 = members()
                .flat_map(|node| region.graph.neighbours(node))
                .filter(|&(other, _)| set >> other & 1 == 0)
                .map(|(_, mm)| mm)
                .sum();
            own[set as usize] = rule.penalty(size) + Score::from(rim);
        }
    }
    let mut best = vec![(Score::MAX, 0u32); sets];
    best[0] = (0, 0);
    for set in 1..sets as u32 {
        let first = set & set.wrapping_neg();
        let others = set ^ first;
        let mut some = others;
        loop {
            let grid = some | first;
            let score = own[grid as usize];
            if score != Score::MAX {
                let score = score + best[(set ^ grid) as usize].0;
                if score < best[set as usize].0 {
                    best[set as usize] = (score, grid);
                }
            }
            if some == 0 {
                break;
            }
            some = (some - 1) & others;
        }
    }
    let mut grid = vec![0; nodes];
    let mut left = sets as u32 - 1;
    let mut number = 0;
    while left != 0 {
        let set = best[left as usize].1;
        for (node, here) in grid.iter_mut().enumerate() {
            if set >> node & 1 == 1 {
                *here = number;
            }
        }
        number += 1;
        left ^= set;
    }
    grid
}

fn contiguous(set: u32, beside: &[u32]) -> bool {
    let mut reached = set & set.wrapping_neg();
    loop {
        let mut wider = reached;
        let mut rest = reached;
        while rest != 0 {
            wider |= beside[rest.trailing_zeros() as usize] & set;
            rest &= rest - 1;
        }
        if wider == reached {
            return reached == set;
        }
        reached = wider;
    }
}
