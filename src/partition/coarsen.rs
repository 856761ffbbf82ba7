//! Coarsening: neighbours with much border in common become one node, level by level.

use rand_pcg::Pcg64Mcg;

use super::score::{Rule, shuffle};
use super::size::Size;
use crate::atom::AtomId;
use crate::graph::Graph;

/// A connected graph with the size of each node.
#[derive(Debug, Clone)]
pub(super) struct Region {
    pub graph: Graph,
    pub size: Vec<Size>,
}

impl Region {
    /// The mean length of a border between two nodes, for what is measured by it: 1 at least.
    pub fn mean_mm(&self) -> u64 {
        let pairs = self.graph.borders().count().max(1) as u64;
        (self.graph.borders().map(|(_, _, mm)| mm).sum::<u64>() / pairs).clamp(1, 1 << 40)
    }
}

/// One step up: the coarser region, and for each finer node its coarser one.
pub(super) struct Level {
    pub region: Region,
    pub up: Vec<u32>,
}

/// Coarser and coarser regions, the finest first, until matching no longer shrinks them by a twentieth. A cluster
/// stays at or below a quarter of the upper bound, so that the coarsest can still be divided finely. O(m log m).
pub(super) fn levels(finest: &Region, rule: Rule, rng: &mut Pcg64Mcg) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    loop {
        let region = levels.last().map_or(finest, |level| &level.region);
        let nodes = region.graph.len();
        let (up, count) = heavy_border_matching(region, Size::new(rule.upper.main / 4, rule.upper.other / 4), rng);
        if count * 20 > nodes * 19 {
            return levels;
        }
        let mut size = vec![Size::ZERO; count];
        for (node, &to) in up.iter().enumerate() {
            size[to as usize] += region.size[node];
        }
        let borders = region.graph.borders().map(|(a, b, mm)| (AtomId(up[a as usize]), AtomId(up[b as usize]), mm));
        let graph = Graph::new(count, borders);
        levels.push(Level { region: Region { graph, size }, up });
    }
}

/// Pairs each node, in random order, with the unpaired neighbour of the greatest border for their sizes. An
/// uninhabited node joins any neighbour, even one over the cap.
fn heavy_border_matching(region: &Region, cap: Size, rng: &mut Pcg64Mcg) -> (Vec<u32>, usize) {
    const UNPAIRED: u32 = u32::MAX;
    let mut up = vec![UNPAIRED; region.graph.len()];
    let mut order: Vec<u32> = (0..region.graph.len() as u32).collect();
    shuffle(&mut order, rng);
    // sizes enter damped by a twentieth of the bound, so that empty nodes do not draw everything
    let damp = cap.main / 5 + 1;
    let mut count = 0;
    for node in order {
        if up[node as usize] != UNPAIRED {
            continue;
        }
        let size = region.size[node as usize];
        let mut best: Option<(u128, u32)> = None;
        for (other, mm) in region.graph.neighbours(node) {
            let other_size = region.size[other as usize];
            if up[other as usize] != UNPAIRED
                || (!(size + other_size).fits(cap) && !size.is_zero() && !other_size.is_zero())
            {
                continue;
            }
            // border squared over size: the same order as border over its root, in whole numbers
            let weight = u128::from(mm.min(1 << 40) + 1);
            let rating = ((weight * weight) << 20) / u128::from(other_size.main + damp);
            if best.is_none_or(|(found, _)| rating > found) {
                best = Some((rating, other));
            }
        }
        up[node as usize] = count;
        if let Some((_, other)) = best {
            up[other as usize] = count;
        }
        count += 1;
    }
    (up, count as usize)
}
