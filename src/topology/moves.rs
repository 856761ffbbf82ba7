//! How far borders move when what does not fit is settled.
//!
//! A piece of a gap or an overlap has two banks: where a face's border ran, and where it runs once the face has gained or
//! lost the piece. What a face gains may reach no farther than the Hausdorff distance between the two; what it loses
//! moves no point of the old border farther than the directed one.

use std::collections::HashSet;

use rayon::prelude::*;

use super::settle::Ground;
use super::{FaceId, Topology};
use crate::geom::{LatticePoint, MultiPolygon, Ring, segment_distance_m};

/// Distances are told to this precision: one unit of the lattice.
const PRECISION_M: f64 = 0.01;

type Segment = (LatticePoint, LatticePoint);

/// How far the vertices of shapes lie from the borders of their faces in the end.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moves {
    /// The greatest distance in metres of a vertex of a shape from the border of its face.
    pub largest_m: f64,
    /// That vertex, and its face; `None` where nothing moved.
    pub at: Option<(LatticePoint, FaceId)>,
    /// How many vertices lie farther than the tolerance.
    pub over: u64,
}

impl Moves {
    /// Measures every vertex that is not on the new border. O(moved vertices × border of their face).
    pub(super) fn of(shapes: &[&MultiPolygon], topology: &Topology, tolerance_m: f64) -> Self {
        let mut sides: Vec<(FaceId, u32)> = Vec::with_capacity(2 * topology.arcs.len());
        for (arc, number) in topology.arcs.iter().zip(0..) {
            sides.extend([arc.left, arc.right].into_iter().flatten().map(|face| (face, number)));
        }
        sides.par_sort_unstable();
        let measured = shapes.par_iter().enumerate().map(|(face, shape)| {
            let first = sides.partition_point(|&(side, _)| (side.0 as usize) < face);
            let own = sides[first..].iter().take_while(|&&(side, _)| side.0 as usize == face);
            let points = own.flat_map(|&(_, arc)| topology.arcs[arc as usize].points.windows(2));
            let border: Vec<Segment> = points.map(|w| (w[0], w[1])).collect();
            let there: HashSet<LatticePoint> = border.iter().flat_map(|&(a, b)| [a, b]).collect();
            let vertices = shape.rings().flat_map(Ring::points).filter(|vertex| !there.contains(vertex));
            vertices.fold(Self::default(), |moves, &vertex| {
                let largest_m = distance_m(vertex, &border);
                let over = u64::from(largest_m > tolerance_m + PRECISION_M);
                moves.and(Self { largest_m, at: Some((vertex, FaceId(face as u32))), over })
            })
        });
        measured.reduce(Self::default, Self::and)
    }

    fn and(self, other: Self) -> Self {
        // the same whichever comes first
        let rank = |moves: &Self| (moves.largest_m, moves.at.map(|(at, face)| (std::cmp::Reverse(face), at)));
        let larger = if rank(&self) >= rank(&other) { self } else { other };
        Self { over: self.over + other.over, ..larger }
    }
}

impl Ground<'_> {
    /// How far in metres the border of `face` moves when it gains the piece of a gap within these half-chains; infinite where
    /// it had no border there. A hole of its own moves nothing but closes: it counts with its mean width.
    pub(super) fn gained_m(&self, around: &[u32], face: FaceId, width_m: f64) -> f64 {
        gained_m(self.banks(around, |beyond| self.covers(face, beyond)), width_m)
    }

    /// The same, from where the border runs now that some gaps are closed.
    pub(super) fn gained_now_m(&self, around: &[u32], face: FaceId, owner: &[Option<FaceId>], width_m: f64) -> f64 {
        gained_m(self.banks(around, |beyond| owner[beyond as usize] == Some(face)), width_m)
    }

    /// How far in metres the border of `face` moves when it loses the piece of an overlap within these half-chains: the
    /// greatest distance of where it ran from where it runs then. A part lost whole, or a hole cut, counts with its mean
    /// width.
    pub(super) fn lost_m(&self, around: &[u32], face: FaceId, width_m: f64) -> f64 {
        match self.banks(around, |beyond| self.covers(face, beyond)) {
            (after, before) if after.is_empty() || before.is_empty() => width_m,
            (after, before) => farthest_m(&before, &after),
        }
    }

    /// As [`Self::gained_m`] for a piece that lies beyond others that `face` gains: the distance from the whole of its border.
    pub(super) fn reached_m(&self, around: &[u32], face: FaceId) -> f64 {
        let on_border = |chain: &usize| {
            let (left, right) = self.cells.sides(*chain);
            self.covers(face, left) != self.covers(face, right)
        };
        let segments = |chain: usize| self.chains[chain].points.windows(2).map(|w| (w[0], w[1]));
        let border: Vec<Segment> = (0..self.chains.len()).filter(on_border).flat_map(segments).collect();
        let piece: Vec<Segment> = around.iter().flat_map(|&half| segments(half as usize / 2)).collect();
        farthest_m(&piece, &border)
    }

    fn covers(&self, face: FaceId, cell: u32) -> bool {
        self.cover(cell).iter().any(|&(there, _)| there == face.0)
    }

    /// The bank with cells beyond it that are a face's `own`, and the other.
    fn banks(&self, around: &[u32], own: impl Fn(u32) -> bool) -> (Vec<Segment>, Vec<Segment>) {
        let mut banks = (Vec::new(), Vec::new());
        for &half in around {
            let bank = if own(self.cells.left[half as usize ^ 1]) { &mut banks.0 } else { &mut banks.1 };
            bank.extend(self.chains[half as usize / 2].points.windows(2).map(|w| (w[0], w[1])));
        }
        banks
    }
}

fn gained_m((own, other): (Vec<Segment>, Vec<Segment>), width_m: f64) -> f64 {
    match (own.is_empty(), other.is_empty()) {
        (true, _) => f64::INFINITY,
        (_, true) => width_m,
        _ => apart_m(&own, &other),
    }
}

/// The Hausdorff distance in metres between two lines; infinite if one is empty and the other is not.
pub(super) fn apart_m(one: &[Segment], other: &[Segment]) -> f64 {
    farthest_m(one, other).max(farthest_m(other, one))
}

/// The greatest distance from a point of one line to the other. Branch and bound: the distance to one segment is convex
/// along another, so the ends of a piece bound it, and only pieces that may hold the greatest are halved.
fn farthest_m(from: &[Segment], to: &[Segment]) -> f64 {
    if to.is_empty() {
        return if from.is_empty() { 0.0 } else { f64::INFINITY };
    }
    let mut farthest_m = 0.0_f64;
    let mut waiting: Vec<Segment> = from.to_vec();
    while let Some((a, b)) = waiting.pop() {
        let (mut at_a, mut at_b, mut bound_m) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
        for &segment in to {
            let (from_a, from_b) = (segment_distance_m(a, segment), segment_distance_m(b, segment));
            at_a = at_a.min(from_a);
            at_b = at_b.min(from_b);
            bound_m = bound_m.min(from_a.max(from_b));
        }
        farthest_m = farthest_m.max(at_a).max(at_b);
        let middle = middle(a, b);
        if bound_m > farthest_m + PRECISION_M && middle != a && middle != b {
            waiting.extend([(a, middle), (middle, b)]);
        }
    }
    farthest_m
}

fn distance_m(at: LatticePoint, to: &[Segment]) -> f64 {
    to.iter().map(|&segment| segment_distance_m(at, segment)).fold(f64::INFINITY, f64::min)
}

/// The lattice point halfway, the same from either end.
pub(super) fn middle(a: LatticePoint, b: LatticePoint) -> LatticePoint {
    let half = |a: i64, b: i64| (a + b).div_euclid(2) as i32;
    LatticePoint::new(half(a.x(), b.x()), half(a.y(), b.y()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(i32, i32)]) -> Vec<Segment> {
        points.windows(2).map(|w| (LatticePoint::new(w[0].0, w[0].1), LatticePoint::new(w[1].0, w[1].1))).collect()
    }

    #[test]
    fn a_notch_is_as_deep_as_its_bottom_lies_off_though_all_its_corners_meet_the_other_line() {
        // 220 m of border with a bend of 10 m, and the straight line between its ends (at the equator, 90 units a metre)
        let (bent, straight) = (line(&[(0, 0), (9_900, 900), (19_800, 0)]), line(&[(0, 0), (19_800, 0)]));
        let deep_m = apart_m(&bent, &straight);
        assert!((9.9..10.1).contains(&deep_m), "{deep_m}");
        assert!((apart_m(&straight, &bent) - deep_m).abs() < 1e-9);
        assert!(apart_m(&bent, &bent) < 1e-9);
        assert!(apart_m(&bent, &[]).is_infinite());
    }

    #[test]
    fn a_bend_that_stays_near_to_two_arms_is_less_deep_from_there() {
        // the middle of the straight line is 1,000 units from the corner, but nearer to the arms
        let (bent, straight) = (line(&[(0, 0), (1_000, 1_000), (2_000, 0)]), line(&[(0, 0), (2_000, 0)]));
        let (to_bent, to_straight) = (farthest_m(&straight, &bent), farthest_m(&bent, &straight));
        assert!(to_bent < 0.72 * to_straight, "{to_bent} {to_straight}");
    }
}
