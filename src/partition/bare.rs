//! What of a region matters to violations alone: no lengths of borders, and little of the ground where nobody lives.
//!
//! A node where nobody lives holds together one grid of those around it at most. With three neighbours or fewer it does no more
//! than borders between them would: two of them that share a grid may be held together by it, and no two pairs of them can want it
//! at once. The same where its neighbours all border on each other already. So it goes, and comes back to who needs it in the end.

use std::collections::BTreeSet;

use super::coarsen::Region;
use super::size::Size;
use crate::atom::AtomId;
use crate::graph::Graph;

/// A region with the same violations, division by division, as the one it was made of.
pub(super) struct Bare {
    pub region: Region,
    /// The node of the whole region that each node is.
    kept: Vec<u32>,
    /// Nodes of the whole region that are gone, with their neighbours when they went, the first to go first.
    gone: Vec<(u32, Vec<u32>)>,
}

impl Bare {
    /// Of a connected, inhabited region. O(n·log n) for each node that goes at a time, few of which have many neighbours.
    pub fn new(region: &Region) -> Self {
        let nodes = region.graph.len();
        let mut beside: Vec<BTreeSet<u32>> =
            (0..nodes as u32).map(|node| region.graph.neighbours(node).map(|(other, _)| other).collect()).collect();
        let mut gone = Vec::new();
        let mut is_gone = vec![false; nodes];
        loop {
            let before = gone.len();
            for node in 0..nodes {
                if is_gone[node] || !region.size[node].is_zero() {
                    continue;
                }
                let around: Vec<u32> = beside[node].iter().copied().collect();
                let meet = || {
                    around.iter().enumerate().all(|(i, &a)| around[..i].iter().all(|b| beside[a as usize].contains(b)))
                };
                if around.is_empty() || (around.len() > 3 && !meet()) {
                    continue;
                }
                for &a in &around {
                    beside[a as usize].remove(&(node as u32));
                    beside[a as usize].extend(around.iter().copied().filter(|&b| b != a));
                }
                is_gone[node] = true;
                gone.push((node as u32, around));
            }
            if gone.len() == before {
                break;
            }
        }
        let kept: Vec<u32> = (0..nodes as u32).filter(|&node| !is_gone[node as usize]).collect();
        let place =
            |node: u32| AtomId(kept.binary_search(&node).expect("a neighbour that is gone was taken out") as u32);
        let borders = kept.iter().flat_map(|&a| {
            let after = beside[a as usize].range(a + 1..);
            after.map(move |&b| (a, b))
        });
        let graph = Graph::new(kept.len(), borders.map(|(a, b)| (place(a), place(b), 0)));
        let size: Vec<Size> = kept.iter().map(|&node| region.size[node as usize]).collect();
        Self { region: Region { graph, size }, kept, gone }
    }

    /// The division of the whole region that one of this region is.
    pub fn whole(&self, grid: &[u32]) -> Vec<u32> {
        let mut whole = vec![0; self.kept.len() + self.gone.len()];
        for (&node, &here) in self.kept.iter().zip(grid) {
            whole[node as usize] = here;
        }
        for (node, around) in self.gone.iter().rev() {
            let of = |other: &u32| whole[*other as usize];
            // to the grid that two of them share, which may hang together here only
            let shared =
                around.iter().enumerate().find(|&(i, one)| around[..i].iter().any(|other| of(other) == of(one)));
            whole[*node as usize] = of(shared.map_or(&around[0], |(_, one)| one));
        }
        whole
    }
}
