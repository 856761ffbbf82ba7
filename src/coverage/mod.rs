//! Faces of a plan: the arcs whose two sides lie in different grids, put together as polygons.
//!
//! In: a topology and a label for each of its faces. Out: one shape a label.
//!
//! 1. Neighbouring shapes share the same points along their border.
//! 2. The area of a shape is the sum of the areas of its faces, exactly, in lattice units².
//! 3. A shape has one polygon for each piece joined by edges; rings are simple, outer ones counter-clockwise, each from
//!    its smallest point; same input, same bytes.
//!
//! [`measure`] tells how long the borders between grids are, along what, and how compact grids are.
//!
//! It never overlays polygons, and never reads files, clocks or random sources.

mod form;
pub mod simplify;

use rayon::prelude::*;

pub use form::{Form, Measured, form, measure};

use crate::geom::{LatticePoint, MultiPolygon};
use crate::topology::{FaceId, Topology, rings_of};

/// One shape a label: label `i` of `0..count` gathers the faces with `labels[face] == Some(i)`. A label without a face has
/// an empty shape. O(n log n) in the points of the arcs that remain.
///
/// # Panics
/// When `labels` is shorter than the topology's faces, or a label is `count` or above.
pub fn dissolve(topology: &Topology, labels: &[Option<u32>], count: usize) -> Vec<MultiPolygon> {
    let label = |face: Option<FaceId>| face.and_then(|face| labels[face.0 as usize]);
    let mut arcs: Vec<Vec<(&[LatticePoint], bool)>> = vec![Vec::new(); count];
    for arc in &topology.arcs {
        let (left, right) = (label(arc.left), label(arc.right));
        if left != right {
            if let Some(left) = left {
                arcs[left as usize].push((&arc.points, true));
            }
            if let Some(right) = right {
                arcs[right as usize].push((&arc.points, false));
            }
        }
    }
    arcs.par_iter().map(|arcs| rings_of(arcs)).collect()
}
