//! How much of a place lies within a source.
//!
//! A shape is the signed sum of the strips below its edges (the trapezoid formula). So the area two shapes have in common
//! is the signed sum, over pairs of edges, of what their two strips have in common: no overlay is built, nothing can fail,
//! and shapes that cross or cover themselves count by their winding.

use crate::geom::{Entry, Envelope, EnvelopeIndex, LatticePoint, MultiPolygon, Perturbation};

/// Outlines with more edges than this get an index of them.
const INDEXED_ABOVE: usize = 48;

/// An edge and its sign: + where the inside lies below it.
type Edge = (LatticePoint, LatticePoint, f64);

/// A shape made ready for many questions.
pub(super) struct Outline {
    pub envelope: Option<Envelope>,
    edges: Vec<Edge>,
    index: Option<EnvelopeIndex<u32>>,
}

/// Edges from west to east; outer rings are taken counter-clockwise and holes clockwise, whichever way they came. Upright
/// edges have no strip below them and are kept for what meets the shape's border.
fn edges_of(shape: &MultiPolygon) -> Vec<Edge> {
    let mut edges = Vec::new();
    for polygon in &shape.0 {
        for (i, ring) in polygon.rings().enumerate() {
            let way = if (ring.area_2() > 0) == (i == 0) { 1.0 } else { -1.0 };
            edges.extend(ring.edges().map(|(a, b)| if a < b { (a, b, -way) } else { (b, a, way) }));
        }
    }
    edges
}

impl Outline {
    pub fn new(shape: &MultiPolygon) -> Self {
        let edges = edges_of(shape);
        let index = (edges.len() > INDEXED_ABOVE).then(|| {
            let entry = |(i, &(a, b, _)): (usize, &Edge)| {
                Envelope::of([a, b]).map(|envelope| Entry { envelope, item: i as u32 })
            };
            EnvelopeIndex::new(edges.iter().enumerate().filter_map(entry).collect())
        });
        Self { envelope: shape.envelope(), edges, index }
    }

    /// Edges whose box meets the box, in order.
    fn meeting(&self, by: &Envelope) -> Vec<Edge> {
        if let Some(index) = &self.index {
            let mut found: Vec<u32> = index.meeting(by).copied().collect();
            found.sort_unstable();
            found.into_iter().map(|i| self.edges[i as usize]).collect()
        } else {
            let meets = |&&(a, b, _): &&Edge| Envelope::of([a, b]).is_some_and(|envelope| envelope.intersects(by));
            self.edges.iter().filter(meets).copied().collect()
        }
    }

    /// Whether the pushed point lies inside (even-odd), as [`MultiPolygon::contains`].
    fn contains(&self, p: LatticePoint) -> bool {
        let up = Envelope { min: p, max: LatticePoint::new(p.x_e7, i32::MAX) };
        let crossed = |(a, b, _): &Edge| Perturbation::NORTH_EAST.crosses_above(p, *a, *b);
        self.meeting(&up).iter().filter(|edge| crossed(edge)).count() % 2 == 1
    }

    /// Area of what `place` and this have in common, doubled, in lattice units² like [`MultiPolygon::area_2`]. Exact where
    /// the place lies wholly inside or outside, else to about 1e-12 of the place's box.
    pub fn overlap_2(&self, place: &Outline, place_area_2: i128) -> f64 {
        let Some(around) = place.envelope else { return 0.0 };
        let near = self.meeting(&around);
        if near.is_empty() {
            return if self.contains(around.min) { place_area_2 as f64 } else { 0.0 };
        }
        // strips reach down to the south edge of the place's box; all that lies above counts
        let above = Envelope { min: around.min, max: LatticePoint::new(around.max.x_e7, i32::MAX) };
        let origin = around.min;
        let theirs: Vec<Strip> = self.meeting(&above).iter().filter_map(|edge| Strip::new(edge, origin)).collect();
        let own = place.edges.iter().filter_map(|edge| Strip::new(edge, origin));
        let sum: f64 = super::compensated_sum(own.flat_map(|own| theirs.iter().map(move |their| own.common(their))));
        (2.0 * sum).clamp(0.0, place_area_2 as f64)
    }
}

/// What lies below an edge and above the base line.
#[derive(Debug, Clone, Copy)]
struct Strip {
    west: f64,
    east: f64,
    /// Height at `west` and slope.
    height: f64,
    slope: f64,
    sign: f64,
}

impl Strip {
    fn new(&(a, b, sign): &Edge, origin: LatticePoint) -> Option<Self> {
        let d = |p: i32, q: i32| (i64::from(p) - i64::from(q)) as f64;
        let (west, east) = (d(a.x_e7, origin.x_e7), d(b.x_e7, origin.x_e7));
        (west < east).then(|| Self {
            west,
            east,
            height: d(a.y_e7, origin.y_e7),
            slope: d(b.y_e7, a.y_e7) / (east - west),
            sign,
        })
    }

    fn at(&self, x: f64) -> f64 {
        self.height + (x - self.west) * self.slope
    }

    /// Signed area of what two strips have in common. `self` lies above the base line, `other` may dip below it.
    fn common(&self, other: &Self) -> f64 {
        let (west, east) = (self.west.max(other.west), self.east.min(other.east));
        if west >= east {
            return 0.0;
        }
        // where the lower of the two changes, and where the other meets the base line
        let (p, q) = (self.at(west), other.at(west));
        let mut stops = [west, east, east, east];
        let within = |x: f64| if x > west && x < east { x } else { east };
        stops[1] = within(west + (p - q) / (other.slope - self.slope));
        stops[2] = within(west - q / other.slope);
        stops[1..].sort_by(f64::total_cmp);
        let low = |x: f64| self.at(x).min(other.at(x).max(0.0));
        let area: f64 = stops.windows(2).map(|w| (w[1] - w[0]) * low(f64::midpoint(w[0], w[1]))).sum();
        self.sign * other.sign * area
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these are exact")]
mod tests {
    use super::*;
    use crate::geom::{Polygon, Ring};
    use proptest::prelude::*;

    fn shape(rings: &[&[(i32, i32)]]) -> MultiPolygon {
        let ring = |points: &[(i32, i32)]| Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect());
        MultiPolygon(vec![Polygon { exterior: ring(rings[0]), holes: rings[1..].iter().map(|r| ring(r)).collect() }])
    }

    fn overlap(a: &MultiPolygon, b: &MultiPolygon) -> f64 {
        Outline::new(b).overlap_2(&Outline::new(a), a.area_2())
    }

    fn square(x: i32, y: i32, side: i32) -> MultiPolygon {
        shape(&[&[(x, y), (x + side, y), (x + side, y + side), (x, y + side)]])
    }

    #[test]
    fn half_a_square_is_half_of_it_from_every_side() {
        let a = square(0, 0, 10);
        for (dx, dy) in [(5, 0), (-5, 0), (0, 5), (0, -5)] {
            assert!((overlap(&a, &square(dx, dy, 10)) - 100.0).abs() < 1e-9);
        }
        assert!((overlap(&a, &square(5, 5, 10)) - 50.0).abs() < 1e-9);
        assert_eq!(overlap(&a, &square(10, 0, 10)).round(), 0.0);
        assert_eq!(overlap(&a, &square(-100, -100, 1000)), 200.0);
        assert_eq!(overlap(&a, &square(100, 100, 10)), 0.0);
    }

    #[test]
    fn a_hole_and_a_ring_drawn_the_other_way_count_as_they_should() {
        let frame = shape(&[&[(0, 0), (0, 12), (12, 12), (12, 0)], &[(4, 4), (8, 4), (8, 8), (4, 8)]]);
        // the square covers a quarter of the frame's outer square and of its hole
        assert!((overlap(&square(6, 6, 20), &frame) - 2.0 * (36.0 - 4.0)).abs() < 1e-9);
        assert!((overlap(&frame, &square(6, 6, 20)) - 2.0 * (36.0 - 4.0)).abs() < 1e-9);
        assert_eq!(overlap(&square(5, 5, 2), &frame), 0.0);
    }

    /// A star-shaped ring around a centre: simple, in any of its corners convex or not.
    fn star(centre: (i32, i32), reach: &[i32]) -> MultiPolygon {
        let n = reach.len();
        let points = reach.iter().enumerate().map(|(i, &r)| {
            let angle = std::f64::consts::TAU * i as f64 / n as f64;
            let round = |v: f64| v.round() as i32;
            LatticePoint::new(
                centre.0 + round(f64::from(r) * angle.cos()),
                centre.1 + round(f64::from(r) * angle.sin()),
            )
        });
        MultiPolygon(vec![Polygon { exterior: Ring::new(points.collect()), holes: vec![] }])
    }

    proptest! {
        #[test]
        fn squares_that_tile_a_star_share_all_of_it(
            reach in prop::collection::vec(50..1000_i32, 3..80),
            (x, y) in (-300..300_i32, -300..300_i32),
            side in 90..700_i32,
        ) {
            let star = star((x, y), &reach);
            let tiles = (-4000 / side..=4000 / side).flat_map(|i| (-4000 / side..=4000 / side).map(move |j| (i * side, j * side)));
            let sum: f64 = tiles.map(|(i, j)| overlap(&star, &square(i, j, side))).sum();
            prop_assert!((sum - star.area_2() as f64).abs() < 1e-3, "{} {}", sum, star.area_2());
        }

        #[test]
        fn it_is_the_same_whoever_asks(one in prop::collection::vec(50..1000_i32, 3..80), two in prop::collection::vec(50..1000_i32, 3..80), dx in -900..900_i32) {
            let (a, b) = (star((0, 0), &one), star((dx, 17), &two));
            prop_assert!((overlap(&a, &b) - overlap(&b, &a)).abs() < 1e-3);
        }
    }
}
