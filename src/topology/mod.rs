//! Nodes and arcs of any set of faces: each border once, with the face on its left and the face on its right.
//!
//! In: shapes on the lattice, one a face, that are meant to tile a region. Out: a [`Topology`], and what had to be
//! mended or was left open ([`Repair`]).
//!
//! 1. Every lattice point off the arcs lies in the face on the same side of all arcs around it, or in none: faces never
//!    overlap.
//! 2. Arcs meet only at their ends, and neighbours share one arc point for point.
//! 3. A clean coverage goes through unchanged. Where shapes cross, meet between vertices, leave gaps or overlap, every
//!    change is in the list, with its place and area; no vertex moves by more than half a lattice unit (6 mm) but for
//!    gaps and overlaps settled within the stated tolerance.
//! 4. Same input, same bytes, at any number of threads.
//!
//! Steps, one file each: `edges` (shapes → labelled edges), `node` (snap rounding), `chain` (edges → arcs), `walk` (which
//! half-arc follows which), `cells` (the planar cells and which shapes cover them), `settle` (who owns a cell).
//! [`mend`] goes farther for shapes that do not fit: `widths` (how wide gaps and overlaps are, and the tolerance), `halve` (deep
//! overlaps cut along the middle), `triangles` (gaps cut up), `split` (who gets which piece), the same steps once more with
//! the pieces as shapes, and `moves` (how far borders went).
//! `overlay` tells the area that two layers share, `ferry` where parts without a common border come
//! nearest. It never reads files, clocks or random sources.

mod along;
mod cells;
mod chain;
#[cfg(test)]
mod crossings_tests;
mod edges;
mod ferry;
mod halve;
mod mend;
#[cfg(test)]
mod mend_tests;
mod moves;
mod node;
mod overlay;
mod pieces;
mod plane;
mod settle;
mod split;
#[cfg(test)]
mod tests;
mod triangles;
mod walk;
mod widths;

use crate::geom::{LatticePoint, MultiPolygon, length_mm};
use crate::graph::Graph;

pub use along::Along;
pub use ferry::{Ferry, nearest};
pub use mend::{Ledger, Mended, Mending, mend};
pub use moves::Moves;
pub use overlay::overlay;
pub use pieces::{Pieces, pieces};
pub(crate) use plane::{Linework, Plane, plane, strings};
pub(crate) use walk::{cycles, followers, points_of, rings_of};
pub use widths::{Bin, Histogram, LEAST_M, MOST_M, Widths, mean_width_m};

/// A face by its position in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaceId(pub u32);

/// A border between two faces, or between a face and nothing. Ends are nodes; a closed arc has its first point again at
/// its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arc {
    /// At least two points.
    pub points: Vec<LatticePoint>,
    /// The face on the left, walking along the points.
    pub left: Option<FaceId>,
    /// The face on the right.
    pub right: Option<FaceId>,
}

impl Arc {
    /// Length in millimetres: the sum over its edges, each rounded.
    pub fn length_mm(&self) -> u64 {
        self.points.windows(2).map(|w| length_mm((w[0], w[1]))).sum()
    }
}

/// Arcs and how many faces they bound.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// Every border once, in a fixed order.
    pub arcs: Vec<Arc>,
    /// Faces are numbered `0..faces`.
    pub faces: u32,
}

impl Topology {
    /// Who shares a border with whom, by the summed length of shared arcs. O(arcs).
    pub fn graph(&self) -> Graph {
        let borders = self.arcs.iter().filter_map(|arc| {
            let (left, right) = (arc.left?, arc.right?);
            Some((crate::atom::AtomId(left.0), crate::atom::AtomId(right.0), arc.length_mm()))
        });
        Graph::new(self.faces as usize, borders)
    }
}

/// How far borders may move for a gap or an overlap to be settled without asking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Largest mean width in metres (twice the area over the perimeter).
    pub width_m: f64,
    /// And the farthest a border may move, in metres: how deep a gap or an overlap is where it is deepest.
    pub moved_m: f64,
    /// Or largest area in square metres. A gap of it moves no border farther than one and a half times its root; an overlap
    /// of it is settled however long.
    pub area_m2: f64,
}

impl Default for Tolerance {
    /// Half a metre wide, or one square metre (the threshold of NENA-style gap reports): what digitising the same street
    /// twice leaves behind, far below the width of a lane.
    fn default() -> Self {
        Self { width_m: 0.5, moved_m: 0.5, area_m2: 1.0 }
    }
}

/// What to do with an overlap beyond the tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlaps {
    /// Refuse the whole input, with the list.
    #[default]
    Refuse,
    /// Give it to the shape with the smaller code.
    SmallerCode,
}

/// What to do where a shape crosses itself, or lies on itself, beyond the tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Crossings {
    /// Refuse the whole input, with the place.
    #[default]
    Refuse,
    /// Every loop stays the shape's own: it owns what its rings wind around, whichever way and however often (the rule of nonzero
    /// winding). Where another shape lies there too, the rule for overlaps decides.
    Keep,
}

/// What was found, and what was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RepairKind {
    /// A hole between faces, left open.
    Gap,
    /// A hole within the tolerance, given to the neighbour with the longest shared border.
    GapClosed,
    /// An overlap, given to the shape with the smaller code; to another where that alone keeps borders from moving farther
    /// than the tolerance.
    OverlapSettled,
    /// Ground that a shape covers twice, or inside out: a sliver within the tolerance, or a loop that was kept ([`Crossings::Keep`]).
    FoldSettled,
    /// Half of an overlap of two that is deeper than the tolerance, cut along its middle: each keeps what is nearer to its own
    /// ground.
    OverlapHalved,
    /// A narrow piece of a larger gap, given to the one of the two faces beside it with the longer border on it.
    GapSplit,
}

/// One finding of [`build`].
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    /// What.
    pub kind: RepairKind,
    /// A point in or on it.
    pub at: LatticePoint,
    /// Its outline.
    pub shape: MultiPolygon,
    /// Twice its area in lattice units², exact.
    pub area_2: i128,
    /// By how much twice the sum of all areas grows through it: the area of a gap closed; for an overlap less than nothing,
    /// the area times the shapes that lose it; nothing for a gap left open.
    pub change_2: i128,
    /// Derived, rounded.
    pub area_m2: f64,
    /// Mean width in metres.
    pub width_m: f64,
    /// The farthest that a border moves by it, in metres (a part lost or a hole closed whole counts with its mean width);
    /// nothing for a gap left open.
    pub moved_m: f64,
    /// The faces that meet there: who covered it, or who borders it.
    pub parties: Vec<FaceId>,
    /// Who owns it now.
    pub owner: Option<FaceId>,
}

/// Why shapes cannot be made into a topology.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TopologyError {
    /// A ring crosses itself, or another ring of the same shape.
    #[error(
        "{code}, ring {ring}: crosses itself at {at}: mend it in the source (QGIS: Fix geometries) and import again, or let it keep \
         all its loops by --crossings keep"
    )]
    CrossesItself {
        /// Code of the shape.
        code: String,
        /// Number of the ring, from 1.
        ring: usize,
        /// Where.
        at: LatticePoint,
    },
    /// Overlaps beyond the tolerance.
    #[error(
        "{count} overlaps deeper than {width_m} m, {area_m2:.1} m² in all: {list}; mend them, raise --tolerance-m, or keep them by \
         --overlaps smaller-code"
    )]
    Overlap {
        /// How many.
        count: usize,
        /// Their area.
        area_m2: f64,
        /// The tolerance.
        width_m: f64,
        /// The largest ones: parties, area and place.
        list: String,
    },
    /// A shape that has no area of its own left.
    #[error("{code} lies wholly inside other shapes and would be left without area: remove it, or what covers it")]
    Covered {
        /// Code of the shape.
        code: String,
    },
    /// Repairs would change too much.
    #[error(
        "repairs would change {percent:.2} % of the area ({area_m2:.0} m²), more than {most_percent} %; the largest: {list}; \
         lower --tolerance-m, mend the source, or allow it by --most-repaired-share"
    )]
    TooMuch {
        /// The share in percent.
        percent: f64,
        /// The largest share allowed, in percent.
        most_percent: f64,
        /// The area of all repairs.
        area_m2: f64,
        /// The largest repairs: parties, area and place.
        list: String,
    },
    /// A shape that would lose most of its area to others.
    #[error("{code} would lose {percent:.0} % of its area to shapes that overlap it: remove it, or what covers it")]
    LosesMost {
        /// Code of the shape.
        code: String,
        /// How much, in percent.
        percent: f64,
    },
    /// Rounding did not settle.
    #[error("borders near {at} keep crossing after {rounds} rounds of snapping: mend the shapes there")]
    Unsettled {
        /// Near where.
        at: LatticePoint,
        /// How many rounds were tried.
        rounds: u32,
    },
}

/// The result of [`build`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Built {
    /// Arcs and faces.
    pub topology: Topology,
    /// What was mended or left open, largest first.
    pub repairs: Vec<Repair>,
}

/// Builds the arcs of `shapes`; `code` names a shape in errors and decides who keeps an overlap. O(n log n) for n
/// points in reasonable position.
///
/// # Errors
/// [`TopologyError`]: self-crossing rings, overlaps beyond the tolerance where the rule is to refuse, a shape wholly
/// covered by others.
pub fn build(
    shapes: &[&MultiPolygon],
    code: &(dyn Fn(FaceId) -> String + Sync),
    tolerance: Tolerance,
    overlaps: Overlaps,
) -> Result<Built, TopologyError> {
    let edges = node::node(edges::extract(shapes), None)?;
    let arcs = chain::chain(&edges);
    let cells = cells::cells(&arcs);
    Ok(settle::Ground::new(shapes, code, &arcs, &cells, &[])
        .settle(tolerance, (overlaps, Crossings::Refuse, tolerance))?
        .built)
}
