//! Dividing a tree exactly.
//!
//! Whether a tree can be cut into parts within a band is decided in polynomial time by keeping, for each node, the
//! sizes its open part can have (Ito, Nishizeki, Schröder, Uno, Zhou, Algorithmica 62, 2012). Here each size also
//! carries its least score. The result is exact for the tree and its edges; for the graph the tree spans it is one
//! proposal, so several trees are drawn and each is scored by the borders it really cuts.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

use super::score::{Rule, Score, below};
use super::size::Size;

/// Which spanning trees are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Draw {
    /// Along long borders, shaken a little.
    Heavy,
    /// Along long borders, shaken much.
    Shaken,
    /// Whatever the borders.
    Uniform,
}

impl Draw {
    /// All kinds in turn.
    pub fn turn(turn: u32) -> Self {
        match turn % 3 {
            0 => Self::Heavy,
            1 => Self::Shaken,
            _ => Self::Uniform,
        }
    }
}

/// A rooted spanning tree.
pub(super) struct Tree {
    /// The parent of each node; `u32::MAX` at the root.
    pub parent: Vec<u32>,
    /// The border to the parent, mm.
    pub border_mm: Vec<u64>,
    /// All nodes, parents before children.
    pub order: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// A random spanning tree (Kruskal on shaken borders) of the part that holds the root, which is all of a connected
/// graph. O(m log m).
pub(super) fn spanning_tree(nodes: usize, borders: &[(u32, u32, u64)], draw: Draw, rng: &mut Pcg64Mcg) -> Tree {
    let mut keyed: Vec<(u64, u32)> = borders
        .iter()
        .enumerate()
        .map(|(i, &(_, _, mm))| {
            let bits = rng.next_u64();
            let random = bits >> 54;
            let mm = mm.min(1 << 50) + 1;
            let key = match draw {
                Draw::Heavy => mm * (1024 - random * 3 / 10),
                Draw::Shaken => mm * (1024 - random * 9 / 10),
                Draw::Uniform => bits >> 1,
            };
            (u64::MAX - key, i as u32)
        })
        .collect();
    keyed.sort_unstable();
    let mut leader: Vec<u32> = (0..nodes as u32).collect();
    let mut chosen = Vec::with_capacity(nodes.saturating_sub(1));
    for (_, i) in keyed {
        let (a, b, _) = borders[i as usize];
        let (a, b) = (find(&mut leader, a), find(&mut leader, b));
        if a != b {
            leader[a as usize] = b;
            chosen.push(i);
        }
    }
    let mut start = vec![0u32; nodes + 1];
    for &i in &chosen {
        let (a, b, _) = borders[i as usize];
        start[a as usize + 1] += 1;
        start[b as usize + 1] += 1;
    }
    for i in 0..nodes {
        start[i + 1] += start[i];
    }
    let mut fill = start.clone();
    let mut link = vec![(0u32, 0u64); chosen.len() * 2];
    for &i in &chosen {
        let (a, b, mm) = borders[i as usize];
        for (from, to) in [(a, b), (b, a)] {
            link[fill[from as usize] as usize] = (to, mm);
            fill[from as usize] += 1;
        }
    }
    let mut tree = Tree { parent: vec![NONE; nodes], border_mm: vec![0; nodes], order: Vec::with_capacity(nodes) };
    let root = below(rng, nodes) as u32;
    tree.order.push(root);
    let mut next = 0;
    while next < tree.order.len() {
        let node = tree.order[next];
        next += 1;
        for &(other, mm) in &link[start[node as usize] as usize..start[node as usize + 1] as usize] {
            if other != tree.parent[node as usize] {
                tree.parent[other as usize] = node;
                tree.border_mm[other as usize] = mm;
                tree.order.push(other);
            }
        }
    }
    tree
}

fn find(leader: &mut [u32], mut node: u32) -> u32 {
    while leader[node as usize] != node {
        let above = leader[leader[node as usize] as usize];
        leader[node as usize] = above;
        node = above;
    }
    node
}

/// A size the open part of a node can have, with the least score of everything closed below it.
#[derive(Clone, Copy)]
struct Open {
    size: Size,
    score: Score,
    made: u32,
}

/// How an [`Open`] came about, to walk back: the node's entry before, and the child's entry, joined or cut off. For a
/// node alone `before` is `NONE` and `child` the node.
#[derive(Clone, Copy)]
struct Made {
    before: u32,
    child: u32,
    joined: bool,
}

/// The most entries kept for walking back: bounds the memory at about 200 MB for any graph.
const MOST_ENTRIES: usize = 16 << 20;
/// Up to this many sizes a node keeps all of them, beyond that the best of each bucket.
const MOST_SIZES: usize = 2_048;

/// The division of the tree with the least score, counting tree edges as borders: a grid number for each node, from
/// 0; `None` when none scores below `ceiling`. Exact while the upper bound is at most 2,047 and the tree has at most 8,192 nodes; beyond that sizes fall into
/// buckets. O(n·upper) in practice, O(n·upper²) at worst.
pub(super) fn divide(tree: &Tree, size: &[Size], rule: Rule, ceiling: Score) -> Option<Vec<u32>> {
    let nodes = size.len();
    let slots = (MOST_ENTRIES / nodes.max(1)).clamp(64, MOST_SIZES);
    let upper = rule.upper.main;
    let width = upper / slots as u64 + 1;
    let over = (upper / width + 1) as usize;
    let slot_of = |size: Size| if size.main > upper { over } else { (size.main / width) as usize };
    let mut made: Vec<Made> = Vec::with_capacity(nodes * 4);
    let mut open: Vec<Vec<Open>> = size
        .iter()
        .enumerate()
        .map(|(node, &size)| {
            made.push(Made { before: NONE, child: node as u32, joined: false });
            vec![Open { size, score: 0, made: node as u32 }]
        })
        .collect();
    let vacant = (Open { size: Size::ZERO, score: Score::MAX, made: NONE }, NONE, false);
    let mut table = vec![vacant; over + 1];
    let mut used: Vec<usize> = Vec::new();
    let mut last = (Score::MAX, NONE);
    for &node in tree.order.iter().rev() {
        let closed =
            open[node as usize].iter().map(|entry| (entry.score + rule.penalty(entry.size), entry.made)).min()?;
        let parent = tree.parent[node as usize];
        if parent == NONE {
            last = closed;
            break;
        }
        let below = std::mem::take(&mut open[node as usize]);
        let above = std::mem::take(&mut open[parent as usize]);
        let mut offer = |entry: Open, child: u32, joined: bool| {
            if entry.score >= ceiling {
                return;
            }
            let slot = slot_of(entry.size);
            let here = &mut table[slot];
            let better = if slot == over && here.0.score != Score::MAX {
                entry.score + rule.penalty(entry.size) < here.0.score + rule.penalty(here.0.size)
            } else {
                entry.score < here.0.score
            };
            if better {
                if here.0.score == Score::MAX {
                    used.push(slot);
                }
                *here = (entry, child, joined);
            }
        };
        // beyond the upper bound each household costs the same, so one best partner stands for all larger ones
        let weigh = |entry: &Open| entry.score + rule.pack(entry.size.main * rule.weight.main, 0);
        let mut best_from = vec![0usize; below.len()];
        for i in (0..below.len()).rev() {
            best_from[i] = match best_from.get(i + 1) {
                Some(&j) if weigh(&below[j]) < weigh(&below[i]) => j,
                _ => i,
            };
        }
        let cut = closed.0.saturating_add(Score::from(tree.border_mm[node as usize]));
        for entry in &above {
            offer(Open { score: entry.score.saturating_add(cut), ..*entry }, closed.1, false);
            for (i, other) in below.iter().enumerate() {
                let join = |other: &Open| Open {
                    size: entry.size + other.size,
                    score: entry.score + other.score,
                    made: entry.made,
                };
                if entry.size.main + other.size.main > upper {
                    let other = &below[best_from[i]];
                    offer(join(other), other.made, true);
                    break;
                }
                offer(join(other), other.made, true);
            }
        }
        used.sort_unstable();
        let mut merged = Vec::with_capacity(used.len());
        for &slot in &used {
            let (entry, child, joined) = std::mem::replace(&mut table[slot], vacant);
            made.push(Made { before: entry.made, child, joined });
            merged.push(Open { made: made.len() as u32 - 1, ..entry });
        }
        used.clear();
        open[parent as usize] = merged;
    }
    if last.0 >= ceiling {
        return None;
    }
    let mut grid = vec![0; nodes];
    let mut grids = 1;
    let mut stack = vec![(last.1, 0)];
    while let Some((entry, here)) = stack.pop() {
        let step = made[entry as usize];
        if step.before == NONE {
            grid[step.child as usize] = here;
            continue;
        }
        stack.push((step.before, here));
        if step.joined {
            stack.push((step.child, here));
        } else {
            stack.push((step.child, grids));
            grids += 1;
        }
    }
    Some(grid)
}

/// Cuts a tree into connected pieces of about `most` nodes, where its shape allows: a piece number for each node and
/// how many there are. O(n).
pub(super) fn pieces(tree: &Tree, most: usize) -> (Vec<u32>, u32) {
    let nodes = tree.order.len();
    let mut hanging = vec![1usize; nodes];
    let mut top = vec![false; nodes];
    for &node in tree.order.iter().rev() {
        let parent = tree.parent[node as usize];
        if parent == NONE || hanging[node as usize] >= most {
            top[node as usize] = true;
        } else {
            hanging[parent as usize] += hanging[node as usize];
        }
    }
    let mut piece = vec![0; nodes];
    let mut count = 0;
    for &node in &tree.order {
        piece[node as usize] = if top[node as usize] {
            count += 1;
            count - 1
        } else {
            piece[tree.parent[node as usize] as usize]
        };
    }
    (piece, count)
}
