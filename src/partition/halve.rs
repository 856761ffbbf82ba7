//! Cutting two grids anew: the best edge of a spanning tree, every cut weighed by the borders it really cuts.

use super::score::{Rule, Score};
use super::size::Size;
use super::tree::Tree;

/// The least score of cutting the graph along one edge of its tree, and the two sides as 0 and 1. `None` for a single
/// node. O(n + m·depth).
pub(super) fn halve(tree: &Tree, size: &[Size], borders: &[(u32, u32, u64)], rule: Rule) -> Option<(Score, Vec<u32>)> {
    let nodes = size.len();
    let root = tree.order[0];
    let mut depth = vec![0u32; nodes];
    for &node in &tree.order[1..] {
        depth[node as usize] = depth[tree.parent[node as usize] as usize] + 1;
    }
    // a border is cut by the edges between its ends: count it at both, take it back twice where they meet
    let mut cut = vec![0i64; nodes];
    for &(a, b, mm) in borders {
        cut[a as usize] += mm as i64;
        cut[b as usize] += mm as i64;
        let (mut a, mut b) = (a, b);
        while a != b {
            if depth[a as usize] < depth[b as usize] {
                std::mem::swap(&mut a, &mut b);
            }
            a = tree.parent[a as usize];
        }
        cut[a as usize] -= 2 * mm as i64;
    }
    let mut hanging = size.to_vec();
    for &node in tree.order[1..].iter().rev() {
        let parent = tree.parent[node as usize] as usize;
        let here = hanging[node as usize];
        hanging[parent] += here;
        cut[parent] += cut[node as usize];
    }
    let total = hanging[root as usize];
    let score = |node: u32| {
        let here = hanging[node as usize];
        rule.penalty(here) + rule.penalty(total - here) + cut[node as usize] as Score
    };
    let (best, top) = tree.order[1..].iter().map(|&node| (score(node), node)).min()?;
    let mut side = vec![0; nodes];
    side[top as usize] = 1;
    for &node in &tree.order[1..] {
        if node != top {
            side[node as usize] = side[tree.parent[node as usize] as usize];
        }
    }
    Some((best, side))
}
