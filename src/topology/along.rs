//! What runs along each border: rivers, railways and streets that arcs lie on, edge for edge.

use std::collections::{BTreeMap, HashMap};

use super::{FaceId, Topology};
use crate::atom::{AtomId, Line, LineClass};
use crate::geom::{LatticePoint, length_mm};
use crate::graph::Graph;

/// How much a millimetre of border counts, in quarters of one along a local street: grids should follow what divides
/// neighbours anyway, and not cut through blocks.
fn quarters(class: Option<LineClass>) -> u64 {
    match class {
        Some(LineClass::River | LineClass::Rail) => 1,
        Some(LineClass::Arterial) => 2,
        Some(LineClass::Street | LineClass::Wall) => 4,
        Some(LineClass::Path) => 8,
        None => 16,
    }
}

/// How much a millimetre between two units of one building counts, in the same quarters: as good as never.
const INSIDE_A_BUILDING: u64 = 1024;

/// The lines by their edges.
#[derive(Debug, Clone, Default)]
pub struct Along(HashMap<(LatticePoint, LatticePoint), LineClass>);

impl Along {
    /// O(points). Where lines share an edge, the one that divides most counts.
    pub fn new(lines: &[Line]) -> Self {
        let mut edges: HashMap<_, LineClass> = HashMap::new();
        for line in lines {
            for w in line.points.windows(2) {
                let class = edges.entry(ordered(w[0], w[1])).or_insert(line.class);
                *class = line.class.min(*class);
            }
        }
        Self(edges)
    }

    /// Whether there is no line at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What runs along this edge.
    pub fn class(&self, a: LatticePoint, b: LatticePoint) -> Option<LineClass> {
        self.0.get(&ordered(a, b)).copied()
    }
}

fn ordered(a: LatticePoint, b: LatticePoint) -> (LatticePoint, LatticePoint) {
    if a < b { (a, b) } else { (b, a) }
}

impl Topology {
    /// As [`Topology::graph`], each border weighted by what runs along it: a millimetre along a local street counts one, along a
    /// river or railway a quarter, along nothing four. `same_building` says whether two atoms are units of one building,
    /// which only a plan that has no other way divides. Without any line it is [`Topology::graph`] exactly. O(points).
    pub fn graph_along(&self, along: &Along, same_building: impl Fn(AtomId, AtomId) -> bool) -> Graph {
        if along.is_empty() {
            return self.graph();
        }
        let borders = self.arcs.iter().filter_map(|arc| {
            let (left, right) = (AtomId(arc.left?.0), AtomId(arc.right?.0));
            let weigh = |w: &[LatticePoint]| {
                let mm = length_mm((w[0], w[1]));
                let quarters =
                    if same_building(left, right) { INSIDE_A_BUILDING } else { quarters(along.class(w[0], w[1])) };
                mm * quarters
            };
            // rounded up, so that a border never weighs nothing
            Some((left, right, arc.points.windows(2).map(weigh).sum::<u64>().div_ceil(4)))
        });
        Graph::new(self.faces as usize, borders)
    }

    /// The length of borders between faces with different labels, in millimetres, by what runs along them; borders with
    /// nothing on the other side are left out. O(points).
    pub fn inner_border_mm(
        &self,
        along: &Along,
        label: impl Fn(FaceId) -> Option<u32>,
    ) -> BTreeMap<Option<LineClass>, u64> {
        let mut lengths = BTreeMap::new();
        for arc in &self.arcs {
            let (Some(left), Some(right)) = (arc.left, arc.right) else { continue };
            if label(left) == label(right) {
                continue;
            }
            for w in arc.points.windows(2) {
                *lengths.entry(along.class(w[0], w[1])).or_default() += length_mm((w[0], w[1]));
            }
        }
        lengths
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Arc;

    fn p(x: i32, y: i32) -> LatticePoint {
        LatticePoint::new(x, y)
    }

    fn three_in_a_row() -> Topology {
        let arc = |x, left, right| Arc {
            points: vec![p(x, 0), p(x, 5000), p(x, 10_000)],
            left: Some(FaceId(left)),
            right: Some(FaceId(right)),
        };
        Topology { arcs: vec![arc(0, 0, 1), arc(10_000, 1, 2)], faces: 3 }
    }

    #[test]
    fn a_border_along_a_street_weighs_its_length_and_one_through_a_block_four_times_that() {
        let topology = three_in_a_row();
        let line = |class, points: &[LatticePoint]| Line { class, name: None, points: points.to_vec() };
        let lines = [
            line(LineClass::Street, &[p(0, 10_000), p(0, 5000), p(0, 0)]),
            line(LineClass::River, &[p(0, 5000), p(0, 10_000)]),
        ];
        let along = Along::new(&lines);
        let plain: Vec<_> = topology.graph().borders().collect();
        let weighed: Vec<_> = topology.graph_along(&along, |_, _| false).borders().collect();
        let half = plain[0].2 / 2;
        assert_eq!(weighed[0].2, (half * 4 + (plain[0].2 - half)).div_ceil(4), "half street, half river");
        assert_eq!(weighed[1].2, plain[1].2 * 4);
        let inside: Vec<_> = topology.graph_along(&along, |a, _| a == AtomId(1)).borders().collect();
        assert_eq!(inside[1].2, plain[1].2 * 256);
        let lengths = topology.inner_border_mm(&along, |face| Some(u32::from(face == FaceId(0))));
        assert_eq!(lengths.keys().copied().collect::<Vec<_>>(), [Some(LineClass::River), Some(LineClass::Street)]);
        assert_eq!(lengths.values().sum::<u64>(), plain[0].2);
    }

    #[test]
    fn without_lines_the_graph_is_the_plain_one() {
        let topology = three_in_a_row();
        assert_eq!(topology.graph_along(&Along::new(&[]), |_, _| true), topology.graph());
    }
}
