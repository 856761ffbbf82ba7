//! Adjacency of atoms: who shares a border with whom, and how long it is.
//!
//! In: borders between pairs of atoms, in millimetres. Out: a [`Graph`] in compressed rows, and its components.
//!
//! 1. Adjacency is by edge: atoms that meet only in a point are not neighbours.
//! 2. Symmetric, without loops, neighbours in ascending order; same input, same bytes.
//!
//! This room never reads geometry, files, clocks or random sources.

use crate::atom::AtomId;

/// An undirected graph in compressed sparse rows. Nodes are `0..len()`: atoms of a dataset, or atoms of a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    /// Where each node's neighbours start in `targets`; one longer than the number of nodes.
    offsets: Vec<u32>,
    targets: Vec<u32>,
    border_mm: Vec<u64>,
}

impl Graph {
    /// From the lengths of shared borders in millimetres. Pairs given more than once (several arcs between the same two
    /// atoms) are added up; a pair with itself is left out. O(n + m log m).
    ///
    /// # Panics
    /// When a pair names a node of `len` or above.
    pub fn new(len: usize, borders: impl IntoIterator<Item = (AtomId, AtomId, u64)>) -> Self {
        let mut directed: Vec<(u32, u32, u64)> = Vec::new();
        for (a, b, border_mm) in borders {
            assert!((a.0 as usize) < len && (b.0 as usize) < len, "border between atoms {} and {} of {len}", a.0, b.0);
            if a != b {
                directed.push((a.0, b.0, border_mm));
                directed.push((b.0, a.0, border_mm));
            }
        }
        directed.sort_unstable();
        let mut graph = Self { offsets: vec![0; len + 1], ..Self::default() };
        let mut last = None;
        for (a, b, border_mm) in directed {
            if last == Some((a, b)) {
                *graph.border_mm.last_mut().expect("an equal pair stands before") += border_mm;
            } else {
                graph.targets.push(b);
                graph.border_mm.push(border_mm);
                graph.offsets[a as usize + 1] += 1;
                last = Some((a, b));
            }
        }
        for i in 0..len {
            graph.offsets[i + 1] += graph.offsets[i];
        }
        graph
    }

    /// How many nodes.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Neighbours of a node in ascending order, with the length of the shared border in millimetres.
    pub fn neighbours(&self, node: u32) -> impl ExactSizeIterator<Item = (u32, u64)> + '_ {
        let row = self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize;
        self.targets[row.clone()].iter().copied().zip(self.border_mm[row].iter().copied())
    }

    /// Where the links of a node stand among all links, one for each neighbour in ascending order: numbers for
    /// [`Graph::link`].
    pub fn links(&self, node: u32) -> std::ops::Range<u32> {
        self.offsets[node as usize]..self.offsets[node as usize + 1]
    }

    /// The neighbour at the far end of a link, and the length of the shared border in millimetres. Each border is two
    /// links, one from each side.
    pub fn link(&self, link: u32) -> (u32, u64) {
        (self.targets[link as usize], self.border_mm[link as usize])
    }

    /// Each border once, as (smaller node, larger node, millimetres), in ascending order.
    pub fn borders(&self) -> impl Iterator<Item = (u32, u32, u64)> + '_ {
        (0..self.len() as u32)
            .flat_map(move |a| self.neighbours(a).filter(move |&(b, _)| a < b).map(move |(b, mm)| (a, b, mm)))
    }

    /// The graph on `nodes` alone, renumbered by their position in it. O(sum of degrees).
    ///
    /// # Panics
    /// When a node stands twice or is not of this graph.
    #[must_use]
    pub fn induced(&self, nodes: &[u32]) -> Self {
        let mut position = std::collections::HashMap::with_capacity(nodes.len());
        for (i, &node) in nodes.iter().enumerate() {
            assert!(position.insert(node, i as u32).is_none(), "node {node} twice in an induced graph");
        }
        let borders = nodes.iter().enumerate().flat_map(|(i, &node)| {
            let position = &position;
            self.neighbours(node).filter_map(move |(other, mm)| {
                let j = *position.get(&other)?;
                ((i as u32) < j).then_some((AtomId(i as u32), AtomId(j), mm))
            })
        });
        Self::new(nodes.len(), borders)
    }

    /// The graph on `nodes`, which ascend, alone: `place` says for each node of this graph where it stands in `nodes`, or
    /// `None` where it does not. O(sum of degrees).
    #[must_use]
    pub fn induced_at(&self, nodes: &[u32], place: impl Fn(u32) -> Option<u32>) -> Self {
        let mut graph = Self { offsets: Vec::with_capacity(nodes.len() + 1), ..Self::default() };
        graph.offsets.push(0);
        for &node in nodes {
            for (other, mm) in self.neighbours(node) {
                if let Some(other) = place(other) {
                    graph.targets.push(other);
                    graph.border_mm.push(mm);
                }
            }
            graph.offsets.push(graph.targets.len() as u32);
        }
        graph
    }

    /// Connected components of the part of the graph where `label` is equal along each edge: for each node the
    /// number of its component, numbered by first appearance, and how many there are. O(n + m).
    pub fn components_by<L: PartialEq>(&self, label: impl Fn(u32) -> L) -> (Vec<u32>, u32) {
        let mut component = vec![u32::MAX; self.len()];
        let mut count = 0;
        let mut stack = Vec::new();
        for start in 0..self.len() as u32 {
            if component[start as usize] != u32::MAX {
                continue;
            }
            let here = label(start);
            component[start as usize] = count;
            stack.push(start);
            while let Some(node) = stack.pop() {
                for (next, _) in self.neighbours(node) {
                    if component[next as usize] == u32::MAX && label(next) == here {
                        component[next as usize] = count;
                        stack.push(next);
                    }
                }
            }
            count += 1;
        }
        (component, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(n: u32) -> Graph {
        Graph::new(n as usize, (1..n).map(|i| (AtomId(i - 1), AtomId(i), u64::from(i))))
    }

    #[test]
    fn borders_given_in_pieces_are_added_up_once_for_both_sides() {
        let graph = Graph::new(2, [(AtomId(0), AtomId(1), 5), (AtomId(1), AtomId(0), 7), (AtomId(1), AtomId(1), 9)]);
        assert_eq!(graph.neighbours(0).collect::<Vec<_>>(), [(1, 12)]);
        assert_eq!(graph.borders().collect::<Vec<_>>(), [(0, 1, 12)]);
    }

    #[test]
    fn components_split_where_labels_differ() {
        let (component, count) = path(5).components_by(|node| node < 3);
        assert_eq!((component, count), (vec![0, 0, 0, 1, 1], 2));
    }

    #[test]
    fn an_induced_graph_keeps_only_inner_borders() {
        let part = path(5).induced(&[4, 3, 1]);
        assert_eq!(part.borders().collect::<Vec<_>>(), [(0, 1, 4)]);
    }
}
