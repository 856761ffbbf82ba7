//! What a person should look at, and what was done about it.

use std::cmp::Ordering;

use crate::geom::{LatticePoint, MultiPolygon};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A line that ended just short of another was led on to it.
    EndClosed,
    /// A footprint outside every unit was left out.
    FootprintOutside,
    /// A footprint without area was left out.
    FootprintFlat,
    /// The part of a footprint outside every unit was cut off.
    FootprintClipped,
    /// A footprint across a line was given to the side with most of it.
    FootprintCutByLine,
    /// A footprint across the border of two units was given to the unit with most of it.
    FootprintCutByUnit,
    /// A part of a footprint that other cells keep from the rest was given to a neighbour.
    PartSeparated,
    /// Two footprints overlap: the smaller code keeps the overlap.
    FootprintsOverlap,
    /// A footprint repeats another: both have one cell.
    FootprintMerged,
    /// Two units overlap: the smaller code keeps the overlap.
    UnitsOverlap,
    /// A block too thin for a cell was joined to a neighbour.
    ThinBlockJoined,
}

impl FindingKind {
    /// All, in order.
    pub const ALL: [Self; 11] = [
        Self::EndClosed,
        Self::FootprintOutside,
        Self::FootprintFlat,
        Self::FootprintClipped,
        Self::FootprintCutByLine,
        Self::FootprintCutByUnit,
        Self::PartSeparated,
        Self::FootprintsOverlap,
        Self::FootprintMerged,
        Self::UnitsOverlap,
        Self::ThinBlockJoined,
    ];

    /// Its name in stores and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::EndClosed => "end_closed",
            Self::FootprintOutside => "footprint_outside",
            Self::FootprintFlat => "footprint_flat",
            Self::FootprintClipped => "footprint_clipped",
            Self::FootprintCutByLine => "footprint_cut_by_line",
            Self::FootprintCutByUnit => "footprint_cut_by_unit",
            Self::PartSeparated => "part_separated",
            Self::FootprintsOverlap => "footprints_overlap",
            Self::FootprintMerged => "footprint_merged",
            Self::UnitsOverlap => "units_overlap",
            Self::ThinBlockJoined => "thin_block_joined",
        }
    }

    /// What it is and what was done, in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::EndClosed => "a line ended just short of another, and was led on to it",
            Self::FootprintOutside => "the building lies outside the boundary, and was left out",
            Self::FootprintFlat => "the building has no area, and was left out",
            Self::FootprintClipped => "the building reaches over the boundary: the part outside was cut off",
            Self::FootprintCutByLine => {
                "a street or other line cuts the building: it belongs to the side with most of it, the rest is ground of the other side"
            }
            Self::FootprintCutByUnit => {
                "the building stands in two jurisdictions: it belongs to the one with most of it, the rest is ground of the other"
            }
            Self::PartSeparated => {
                "a part of the building is kept from the rest by other cells, and was given to a neighbour"
            }
            Self::FootprintsOverlap => "two buildings overlap: the one with the smaller code keeps the overlap",
            Self::FootprintMerged => "the building repeats another: both have one cell, add up their households",
            Self::UnitsOverlap => "two jurisdictions overlap: the one with the smaller code keeps the overlap",
            Self::ThinBlockJoined => "a strip between lines, too thin for a cell, was joined to its neighbour",
        }
    }

    /// What it is and what was done, in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::EndClosed => "线在另一条线前不远处断开，已延伸接上",
            Self::FootprintOutside => "建筑在边界之外，未纳入",
            Self::FootprintFlat => "建筑没有面积，未纳入",
            Self::FootprintClipped => "建筑超出边界，界外部分已裁去",
            Self::FootprintCutByLine => "街道等线穿过建筑：建筑归面积较大的一侧，其余部分作为另一侧的地面",
            Self::FootprintCutByUnit => "建筑跨两个辖区：归面积较大的辖区，其余部分作为另一辖区的地面",
            Self::PartSeparated => "建筑的一部分被其他单元隔开，已并入相邻单元",
            Self::FootprintsOverlap => "两栋建筑重叠：重叠部分归编码较小者",
            Self::FootprintMerged => "建筑与另一栋重复：两者共用一个单元，户数应相加",
            Self::UnitsOverlap => "两个辖区重叠：重叠部分归编码较小者",
            Self::ThinBlockJoined => "线间狭条过窄，不足以成为单元，已并入相邻单元",
        }
    }
}

/// One thing found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What, and what was done.
    pub kind: FindingKind,
    /// A point in or on it.
    pub at: LatticePoint,
    /// Its outline, where it is an area.
    pub shape: Option<MultiPolygon>,
    /// Derived, rounded; 0 where it is no area.
    pub area_m2: f64,
    /// The codes that meet there, the owner first; names for lines that have one.
    pub codes: Vec<String>,
}

impl Finding {
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.kind
            .cmp(&other.kind)
            .then_with(|| other.area_m2.total_cmp(&self.area_m2))
            .then_with(|| self.at.cmp(&other.at))
            .then_with(|| self.codes.cmp(&other.codes))
    }
}
