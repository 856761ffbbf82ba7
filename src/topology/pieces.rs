//! The pieces into which shapes cut each other.

use super::cells::cells;
use super::chain::chain;
use super::{Arc, FaceId, Topology, TopologyError, edges, node, rings_of};
use crate::geom::{LatticePoint, MultiPolygon};

/// Pieces, and which shapes each lies in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pieces {
    /// Each piece is a face: connected, and covered by the same shapes throughout.
    pub topology: Topology,
    /// By face: positions of the shapes that cover it, ascending.
    pub of: Vec<Vec<u32>>,
}

/// Cuts `shapes` by each other's borders. Every place that a shape covers lies in exactly one piece; neighbouring pieces
/// share their border point for point, and their areas add up exactly to those of the shapes as snapped (no vertex moves
/// by more than half a lattice unit). O(n log n).
///
/// # Errors
/// [`TopologyError::Unsettled`] when snapping does not come to rest.
pub fn pieces(shapes: &[&MultiPolygon]) -> Result<Pieces, TopologyError> {
    let chains = chain(&node::node(edges::extract(shapes))?);
    let cells = cells(&chains);
    let mut face = vec![None; cells.count as usize];
    let mut of: Vec<Vec<u32>> = Vec::new();
    for (cell, cover) in cells.cover.iter().enumerate().filter(|(_, cover)| !cover.is_empty()) {
        face[cell] = Some(FaceId(of.len() as u32));
        of.push(cover.iter().map(|&(shape, _)| shape).collect());
    }
    let arc = |(i, chain): (usize, &super::chain::Chain)| {
        let (left, right) = cells.sides(i);
        Arc { points: chain.points.clone(), left: face[left as usize], right: face[right as usize] }
    };
    let arcs = chains.iter().enumerate().map(arc).filter(|arc| arc.left != arc.right).collect();
    Ok(Pieces { topology: Topology { arcs, faces: of.len() as u32 }, of })
}

impl Pieces {
    /// The outline of all pieces that `wanted` says belong to it, borders between them dissolved.
    pub fn outline(&self, wanted: impl Fn(FaceId) -> bool) -> MultiPolygon {
        let inside = |face: Option<FaceId>| face.is_some_and(&wanted);
        let border = |arc: &&Arc| inside(arc.left) != inside(arc.right);
        let arcs: Vec<(&[LatticePoint], bool)> =
            self.topology.arcs.iter().filter(border).map(|arc| (arc.points.as_slice(), inside(arc.left))).collect();
        rings_of(&arcs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::{Polygon, Ring};

    fn square(x: i32, y: i32, side: i32) -> MultiPolygon {
        let corners = [(0, 0), (side, 0), (side, side), (0, side)].map(|(dx, dy)| LatticePoint::new(x + dx, y + dy));
        MultiPolygon(vec![Polygon { exterior: Ring::new(corners.to_vec()), holes: vec![] }])
    }

    #[test]
    fn two_squares_that_overlap_are_three_pieces() {
        let (a, b) = (square(0, 0, 4), square(2, 2, 4));
        let pieces = pieces(&[&a, &b]).unwrap();
        let mut found: Vec<(Vec<u32>, i128)> =
            (0..3).map(|i| (pieces.of[i].clone(), pieces.outline(|face| face.0 as usize == i).area_2())).collect();
        found.sort();
        assert_eq!(found, [(vec![0], 24), (vec![0, 1], 8), (vec![1], 24)]);
        assert_eq!(pieces.outline(|_| true).area_2(), 56);
    }
}
