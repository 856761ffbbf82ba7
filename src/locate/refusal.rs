//! Why faces are no partition.

use crate::geom::LatticePoint;

/// Faces that do not tile the plane: what is wrong, with which, and where. Faces are named by their position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotPartition {
    /// Two faces lie on the same side of one border.
    #[error("faces {} and {} both lie on one side of their border at {at}: they overlap", .faces[0], .faces[1])]
    Overlap {
        /// The two; the same one twice where a face covers itself.
        faces: [u32; 2],
        /// An end of the border.
        at: LatticePoint,
    },
    /// Two borders cross, run over each other, or one ends in the middle of the other.
    #[error(
        "the borders of faces {} and {} meet at {at} without a common vertex: they cross, or one has a vertex that the other lacks",
        .faces[0], .faces[1]
    )]
    Crossing {
        /// A face of each.
        faces: [u32; 2],
        /// An end of one of the edges that cross.
        at: LatticePoint,
    },
    /// One border says that the ground beside it is one face's, another that it is another's.
    #[error("the ground at {at} belongs to {} by one border and to {} by another: one lies over the other, or a ring is open", named(*.one), named(*.two))]
    Disagree {
        /// By one border; `None` is outside.
        one: Option<u32>,
        /// By the other.
        two: Option<u32>,
        /// Where they meet, or the nearest vertex.
        at: LatticePoint,
    },
    /// A ring that encloses nothing.
    #[error("face {face} has a ring without area at {at}: remove it")]
    Flat {
        /// The face.
        face: u32,
        /// Its first point; the origin for a ring without points.
        at: LatticePoint,
    },
    /// More borders in a place of a few metres than any map has.
    #[error("{edges} borders lie within a few metres of {at}: are these coordinates in degrees?")]
    Crowded {
        /// How many.
        edges: usize,
        /// Near where.
        at: LatticePoint,
    },
    /// More faces than a word of the index can name.
    #[error("{faces} faces are more than an index can hold ({most})")]
    TooMany {
        /// How many.
        faces: usize,
        /// How many it can hold.
        most: usize,
    },
}

fn named(face: Option<u32>) -> String {
    face.map_or_else(|| "nobody".to_owned(), |face| format!("face {face}"))
}

impl NotPartition {
    /// The faces concerned, by position.
    pub fn faces(&self) -> Vec<u32> {
        match *self {
            Self::Overlap { faces, .. } | Self::Crossing { faces, .. } => faces.to_vec(),
            Self::Disagree { one, two, .. } => one.into_iter().chain(two).collect(),
            Self::Flat { face, .. } => vec![face],
            Self::Crowded { .. } | Self::TooMany { .. } => Vec::new(),
        }
    }
}

/// What is written in the index for a face; 0 is outside.
pub(super) type Label = u32;

/// The face of a label.
#[inline]
pub(super) fn face_of(label: Label) -> Option<u32> {
    label.checked_sub(1)
}
