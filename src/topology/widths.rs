//! How wide gaps and overlaps are, and how wide they may be to be settled without asking.

use std::collections::BTreeMap;

use super::RepairKind;
use super::settle::Ground;
use super::split::together;
use super::triangles::Triangles;
use crate::geom::{MultiPolygon, area_m2, length_mm};

/// Upper ends of the bins in metres; the last bin has none.
const ENDS_M: [f64; 11] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0];

/// No tolerance chosen from data is less: what digitising the same street twice leaves behind.
pub const LEAST_M: f64 = 0.5;

/// Nor more: the width of a street with a lane each way and pavements.
pub const MOST_M: f64 = 10.0;

/// Gaps are looked for up to this width; beyond it two shores are two shores.
pub(super) const REACH_M: f64 = 20.0;

/// Gaps or overlaps with widths from one bound up to the next.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bin {
    /// From this width in metres on.
    pub from_m: f64,
    /// Up to this one; infinite in the last bin.
    pub to_m: f64,
    /// How many places.
    pub count: u64,
    /// Their area in square metres.
    pub area_m2: f64,
    /// Their length in metres: area through width.
    pub length_m: f64,
}

/// Places by width, on a scale of 1, 2, 5.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram(pub Vec<Bin>);

impl Default for Histogram {
    fn default() -> Self {
        let from = std::iter::once(0.0).chain(ENDS_M);
        let to = ENDS_M.into_iter().chain([f64::INFINITY]);
        Self(from.zip(to).map(|(from_m, to_m)| Bin { from_m, to_m, ..Bin::default() }).collect())
    }
}

impl Histogram {
    /// The number of the bin for this width.
    pub(super) fn bin(width_m: f64) -> usize {
        ENDS_M.partition_point(|&end_m| end_m < width_m)
    }

    /// The upper end of the bin for this width; of the last but one beyond it.
    pub(super) fn end_m(width_m: f64) -> f64 {
        ENDS_M[Self::bin(width_m).min(ENDS_M.len() - 1)]
    }

    /// Adds `count` places of this width with an area in all.
    pub fn add(&mut self, width_m: f64, count: u64, area_m2: f64) {
        let bin = &mut self.0[Self::bin(width_m)];
        bin.count += count;
        bin.area_m2 += area_m2;
        bin.length_m += area_m2 / width_m.max(1e-3);
    }
}

/// Mean width of a shape in metres: twice the area over the perimeter, as in [`super::Repair::width_m`].
pub fn mean_width_m(shape: &MultiPolygon) -> f64 {
    let around_mm: u64 = shape.rings().flat_map(crate::geom::Ring::edges).map(length_mm).sum();
    2.0 * area_m2(shape) / (around_mm as f64 / 1000.0).max(1e-3)
}

/// What does not fit, by width.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Widths {
    /// Places that nobody covers, between shapes; pieces of larger gaps by their own width.
    pub gaps: Histogram,
    /// Places that several cover.
    pub overlaps: Histogram,
    /// The farthest in metres that settling an overlap whole moves a border, of those up to [`MOST_M`].
    pub deepest_overlap_m: f64,
}

impl Widths {
    /// Measures overlaps and gaps whole, by their mean width, and what two faces look at each other across in pieces, by
    /// the width of each; a whole gap that is also a row of pieces counts as pieces.
    pub(super) fn of(ground: &Ground, triangles: &Triangles) -> Self {
        let mut widths = Self::default();
        let bins: Vec<Option<_>> = triangles
            .all
            .iter()
            .map(|triangle| {
                let bridge = triangle.bridge?;
                let (a, b) = bridge.faces;
                Some((triangle.cell, a.min(b), a.max(b), Histogram::bin(bridge.width_m)))
            })
            .collect();
        let mut pieces_m2: BTreeMap<u32, f64> = BTreeMap::new();
        for run in together(&triangles.all, &bins) {
            let mut first = 1;
            for &i in &run {
                let triangle = &triangles.all[i as usize];
                let (area_m2, width_m) = (triangle.area_m2(), triangle.bridge.map_or(0.0, |bridge| bridge.width_m));
                widths.gaps.add(width_m, first, area_m2);
                *pieces_m2.entry(triangle.cell).or_default() += area_m2;
                first = 0;
            }
        }
        for (cell, suspect) in &ground.suspects {
            let repair = &suspect.repair;
            if repair.kind == RepairKind::OverlapSettled {
                widths.overlaps.add(repair.width_m, 1, repair.area_m2);
                if let Some((_, moved_m)) = ground.keeper(suspect).filter(|&(_, moved_m)| moved_m <= MOST_M) {
                    widths.deepest_overlap_m = widths.deepest_overlap_m.max(moved_m);
                }
            } else if repair.kind == RepairKind::Gap && pieces_m2.get(cell).is_none_or(|m2| *m2 < 0.5 * repair.area_m2)
            {
                widths.gaps.add(repair.width_m, 1, repair.area_m2 - pieces_m2.get(cell).unwrap_or(&0.0));
            }
        }
        widths
    }

    /// How wide a gap and how wide an overlap may be to be settled, from what the data show.
    ///
    /// Overlaps are mistakes, whatever their width: all that move a border no farther than [`MOST_M`] are settled. Gaps may be real. Whoever draws two
    /// neighbours apart draws them over each other as often, so from [`LEAST_M`] on gaps count as mistakes width by width
    /// as long as overlaps of that width are at least half as long. Where there are next to no overlaps, but a gap for
    /// every second of the `shapes`, gaps count as mistakes up to the first valley: a width whose gaps are in all a tenth
    /// as long as those of some lesser width. Without either sign it stays at [`LEAST_M`].
    pub fn tolerances_m(&self, shapes: usize) -> (f64, f64) {
        let pairs =
            || self.gaps.0.iter().zip(&self.overlaps.0).filter(|(gap, _)| gap.from_m >= LEAST_M && gap.to_m <= MOST_M);
        let alike = pairs()
            .take_while(|(gap, overlap)| overlap.length_m > 0.0 && 2.0 * overlap.length_m >= gap.length_m)
            .last()
            .map_or(LEAST_M, |(gap, _)| gap.to_m);
        let length_m = |histogram: &Histogram| {
            histogram.0.iter().filter(|bin| bin.to_m <= MOST_M).map(|bin| bin.length_m).sum::<f64>()
        };
        let apart = 10.0 * length_m(&self.overlaps) < length_m(&self.gaps);
        let valley = self.valley(shapes).filter(|_| apart).unwrap_or(LEAST_M);
        let deep = |overlap: &Bin| overlap.count > 0 || overlap.from_m < self.deepest_overlap_m;
        let overlaps = pairs().rfind(|(_, overlap)| deep(overlap)).map_or(LEAST_M, |(gap, _)| gap.to_m);
        (alike.max(valley), overlaps)
    }

    fn valley(&self, shapes: usize) -> Option<f64> {
        let (mut count, mut peak_m) = (0, 0.0_f64);
        for bin in self.gaps.0.iter().take_while(|bin| bin.from_m <= MOST_M) {
            if bin.from_m >= LEAST_M && 2 * count >= shapes as u64 && 10.0 * bin.length_m <= peak_m {
                return Some(bin.from_m);
            }
            count += bin.count;
            peak_m = peak_m.max(bin.length_m);
        }
        None
    }
}
