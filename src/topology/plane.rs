//! The planar subdivision of areas and lines together: for rooms that make shapes, rather than mend given ones.

use super::TopologyError;
use super::cells::{self, Cover};
use super::chain::{self, Chain};
use super::edges::{Edges, Side, side};
use super::node;
use crate::geom::{LatticePoint, MultiPolygon};

/// What a piece of linework is: the number of an area, or of anything else that is to be found again on the pieces, and
/// how often an area gains (+) or loses (-) cover from right to left.
pub(crate) type Mark = (u32, i32);

/// Edges that are to be brought together. Marks below `areas` bound areas; the others only ride along.
#[derive(Debug, Clone, Default)]
pub(crate) struct Linework {
    sides: Vec<Side>,
}

impl Linework {
    /// Adds one edge. An edge without length is left out.
    pub fn edge(&mut self, from: LatticePoint, to: LatticePoint, mark: u32, gain: i32) {
        if from != to {
            self.sides.push(side(from, to, mark, gain));
        }
    }

    /// Adds the rings of a shape, outer rings taken counter-clockwise and holes clockwise whichever way they came.
    pub fn shape(&mut self, shape: &MultiPolygon, mark: u32) {
        for polygon in &shape.0 {
            for (i, ring) in polygon.rings().enumerate() {
                let gain = if (ring.area_2() > 0) == (i == 0) { 1 } else { -1 };
                for (a, b) in ring.edges() {
                    self.edge(a, b, mark, gain);
                }
            }
        }
    }
}

/// A chain of edges with the same marks, met by others only at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaneChain {
    /// At least two points; a closed chain has its first point again at its end.
    pub points: Vec<LatticePoint>,
    /// The marks, for somebody who walks along the points.
    pub marks: Vec<Mark>,
}

/// Chains, the faces between them, and which areas cover each face.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plane {
    /// The chains, in a fixed order.
    pub chains: Vec<PlaneChain>,
    /// The face left and right of each chain. Face 0 is the unbounded one.
    pub sides: Vec<(u32, u32)>,
    /// The areas that cover each face, and how many times; once is how it should be.
    pub cover: Vec<Cover>,
}

/// The longest strings of edges `(smaller, larger)`, each given once, that only meet others at their ends.
pub(crate) fn strings(edges: &[(LatticePoint, LatticePoint)]) -> Vec<Vec<LatticePoint>> {
    chain::chains_of(edges, |_, _| true).into_iter().map(|(points, _)| points).collect()
}

/// Nodes the edges by snap rounding and finds the faces. Marks below `areas` must come in closed rings. O(n log n) for n
/// edges in reasonable position.
///
/// # Errors
/// When rounding does not settle.
pub(crate) fn plane(work: Linework, areas: u32) -> Result<Plane, TopologyError> {
    let edges = node::node(Edges::gather(work.sides))?;
    let marked = chain::chain(&edges);
    drop(edges);
    let (mut bare, mut marks) = (Vec::with_capacity(marked.len()), Vec::with_capacity(marked.len()));
    for chain in marked {
        let labels = chain.labels.iter().copied().filter(|&(mark, _)| mark < areas).collect();
        bare.push(Chain { points: chain.points, labels });
        marks.push(chain.labels);
    }
    let cells = cells::cells(&bare);
    let sides = (0..bare.len()).map(|chain| cells.sides(chain)).collect();
    let chains = bare.into_iter().zip(marks).map(|(chain, marks)| PlaneChain { points: chain.points, marks }).collect();
    Ok(Plane { chains, sides, cover: cells.cover })
}
