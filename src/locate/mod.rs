//! Point → exactly one grid, or outside.
//!
//! In: faces on the lattice. Out: for any lattice point the face that owns it, how that was decided, how far the nearest
//! border is, and for points outside the nearest face with its distance.
//!
//! 1. The point is read as `(x + ε, y + ε²)` ([`Perturbation::NORTH_EAST`]): on a border between faces exactly one of
//!    them owns it, whatever the order of faces, rings or points.
//! 2. Where that falls outside every face, the point may still lie on the outer rim: then the face just west, just
//!    south or just south-west of it owns it, asked in that order, and the answer says [`Resolution::EdgeTie`]. A rim
//!    point that even those miss (the tip of a wedge) belongs to the first touching face in the order given.
//! 3. How sure an answer is, where the point has an error: the probability of each face ([`RtreeIndex::likely`]).
//! 4. The answer is exact: integers only, nothing is rounded.
//! 5. [`CoverageIndex`] proves that the faces are a partition, or refuses with what is wrong, which faces and where.
//!    [`RtreeIndex`] takes any faces; on a partition both give the same answers as [`brute_force`], always.
//! 6. Same faces, same index, at any number of threads.
//!
//! Files, by step: `frame` (tiles and cells), `sides` (rings → edges with a face on either side), `clip` (edges → cells),
//! `prove` (is it a partition?), `fill` (cells → words), `slot` (a cell in one line, and how a point is decided by it), `record`
//! (the cells that need more), `arena` (where tiles lie), `lookup` (points → owners), `coverage` (the index), `snapshot` (the
//! same as bytes), `refusal` (why faces are no partition), `rtree` (the other index), `likely` (how sure), `synthetic` (coverages made up for tests and measurements).
//!
//! This room never reads files, clocks or random sources.
//!
//! ```
//! use wangge::geom::{LatticePoint, MultiPolygon, Polygon, Ring};
//! use wangge::locate::{CoverageIndex, Resolution};
//! let face = |west, east| {
//!     let corners = [(west, 0), (east, 0), (east, 10), (west, 10)];
//!     let exterior = Ring::new(corners.map(|(x, y)| LatticePoint::new(x, y)).to_vec());
//!     MultiPolygon(vec![Polygon { exterior, holes: vec![] }])
//! };
//! let (left, right) = (face(0, 10), face(10, 20));
//! let index = CoverageIndex::new(&[&left, &right])?;
//! let owner = index.locate(LatticePoint::new(10, 5)).unwrap();
//! assert_eq!((owner.face, owner.resolution), (1, Resolution::EdgeTie));
//! assert!(CoverageIndex::new(&[&left, &left]).is_err());
//! # Ok::<(), wangge::locate::NotPartition>(())
//! ```

mod arena;
mod clip;
mod coverage;
mod fill;
mod frame;
mod likely;
mod lookup;
mod prove;
mod record;
mod refusal;
mod rtree;
mod sides;
mod slot;
pub mod snapshot;
pub mod synthetic;
#[cfg(test)]
mod tests;

pub use coverage::CoverageIndex;
pub use likely::{Accuracy, Candidate, MOST_ACCURACY_M};
pub use refusal::NotPartition;
pub use rtree::RtreeIndex;

use crate::geom::Perturbation;

/// How the owner of a point was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// The point lies inside the face, off every border.
    Interior,
    /// The point lies on a border; the tie rule decided.
    EdgeTie,
    /// The point lies inside the face, on ground that the source left in nobody's and that was given to a neighbour. No index
    /// says so by itself: whoever knows the gaps does.
    GapFill,
}

impl Resolution {
    /// The word used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interior => "interior",
            Self::EdgeTie => "edge_tie",
            Self::GapFill => "gap_fill",
        }
    }
}

/// The owner of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    /// Position of the face in the order they were given.
    pub face: u32,
    /// How it was decided.
    pub resolution: Resolution,
}

/// The face nearest to a point outside all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Position of the face in the order they were given.
    pub face: u32,
    /// Distance from the point to its border in metres.
    pub distance_m: f64,
}

/// The owner of `p` among `faces` by the definition, looking at every ring of every face: the plain way that the
/// indexes are checked against. O(all points).
pub fn brute_force(faces: &[crate::geom::MultiPolygon], p: crate::geom::LatticePoint) -> Option<Owner> {
    let holder = |push: Perturbation| faces.iter().position(|face| face.contains(p, push));
    let touched = || faces.iter().position(|face| face.touches(p));
    if let Some(face) = holder(Perturbation::NORTH_EAST) {
        let resolution = if faces[face].touches(p) { Resolution::EdgeTie } else { Resolution::Interior };
        return Some(Owner { face: face as u32, resolution });
    }
    let first_touched = touched()?;
    let face = Perturbation::RIM.into_iter().find_map(holder).unwrap_or(first_touched);
    Some(Owner { face: face as u32, resolution: Resolution::EdgeTie })
}
