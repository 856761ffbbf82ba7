//! How sure an answer is: the share of each face in the places where a position with an error may truly be.
//!
//! The true place is taken to be normally distributed around the given one, alike in all directions. The share of a face is
//! then the integral of that density over it, in closed form, edge by edge: seen from the given place, the mass of the
//! triangle to an edge is `(1/2π)∫(1 − exp(−r(φ)²/2σ²))dφ`, with `r(φ)` the distance to the edge in the direction `φ` (Owen's
//! T function in polar form; Owen, Annals of Mathematical Statistics 27, 1956). The angles of a closed ring add up to how
//! often it winds around the place, which is known exactly; what remains is an integral that vanishes with distance, so
//! that only edges within a few σ are looked at.

use super::RtreeIndex;
use crate::geom::{Envelope, LatticePoint, Perturbation, Segment, metres_per_unit, orientation, segment_distance_m};

/// How a device words the error of its position. No more than a few kilometres: the plane tangent at the point is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Accuracy {
    /// The radius in metres within which the true place lies with 68 %, as Android gives it.
    Radius68M(f64),
    /// The root mean square of the distance in metres, as Apple gives it.
    Rms2dM(f64),
}

/// The farthest error that makes sense for grids, in metres: beyond it the tangent plane is no measure.
pub const MOST_ACCURACY_M: f64 = 10_000.0;

impl Accuracy {
    /// The standard deviation along each axis in metres.
    ///
    /// Of a Rayleigh distribution, 68 % lie within `σ·√(−2·ln 0.32)` and the mean square is `2σ²`.
    pub fn sigma_m(self) -> f64 {
        match self {
            Self::Radius68M(radius_m) => radius_m / (-2.0 * 0.32_f64.ln()).sqrt(),
            Self::Rms2dM(rms_m) => rms_m / std::f64::consts::SQRT_2,
        }
    }
}

/// A face in which the true place may lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Position of the face in the order they were given.
    pub face: u32,
    /// The probability, 0 to 1.
    pub p: f64,
}

/// Edges farther than so many σ are left out: together they hold less than 4e-6.
const REACH_SIGMA: f64 = 5.0;
/// Faces with less are not named.
const LEAST_P: f64 = 0.001;

impl RtreeIndex {
    /// The faces in which the true place of a position with such an error may lie, most likely first, those of one
    /// probability by position. Exact to 0.001 in the tangent plane. What is missing to 1 lies outside every face, or in faces below 0.001. O(log n + points of the faces within 5 σ).
    pub fn likely(&self, p: LatticePoint, accuracy: Accuracy) -> Vec<Candidate> {
        let sigma_m = accuracy.sigma_m().max(1e-3);
        let (east_m, north_m) = metres_per_unit(p.y_e7);
        let reach = |per_unit_m: f64| (REACH_SIGMA * sigma_m / per_unit_m).min(1e9) as i32;
        let (dx, dy) = (reach(east_m), reach(north_m));
        let within = Envelope {
            min: LatticePoint::new(p.x_e7.saturating_sub(dx), p.y_e7.saturating_sub(dy)),
            max: LatticePoint::new(p.x_e7.saturating_add(dx), p.y_e7.saturating_add(dy)),
        };
        let plane = Plane { p, east: east_m / sigma_m, north: north_m / sigma_m };
        let mut found: Vec<Candidate> = self
            .faces_meeting(&within)
            .map(|face| Candidate { face, p: self.share(face, &plane, &within) })
            .filter(|candidate| candidate.p >= LEAST_P)
            .collect();
        found.sort_by(|a, b| b.p.total_cmp(&a.p).then(a.face.cmp(&b.face)));
        found
    }

    /// The probability of one face: whether the place lies in it, less what lies beyond its borders.
    fn share(&self, face: u32, plane: &Plane, within: &Envelope) -> f64 {
        let p = plane.p;
        let (mut inside, mut lost) = (0, 0.0);
        for (around, edges) in self.bands(face) {
            let near = around.intersects(within);
            if around.min.x_e7 <= p.x_e7 && around.max.x_e7 >= p.x_e7 && around.max.y_e7 >= p.y_e7 {
                inside += edges.iter().filter(|&&(a, b)| Perturbation::NORTH_EAST.crosses_above(p, a, b)).count();
            }
            if near {
                // rings run with their face on the left: angles count up where it lies around the place
                lost += edges.iter().filter(|&&edge| meets(edge, within)).map(|&edge| plane.beyond(edge)).sum::<f64>();
            }
        }
        ((inside % 2) as f64 - lost).clamp(0.0, 1.0)
    }

    /// Metres from a point to the nearest border of a face. O(points of the face).
    pub fn border_distance_m(&self, face: u32, p: LatticePoint) -> f64 {
        self.edges(face).iter().map(|&edge| segment_distance_m(p, edge)).fold(f64::INFINITY, f64::min)
    }
}

fn meets((a, b): Segment, within: &Envelope) -> bool {
    a.x_e7.max(b.x_e7) >= within.min.x_e7
        && a.x_e7.min(b.x_e7) <= within.max.x_e7
        && a.y_e7.max(b.y_e7) >= within.min.y_e7
        && a.y_e7.min(b.y_e7) <= within.max.y_e7
}

/// The plane tangent at a point, in units of σ.
struct Plane {
    p: LatticePoint,
    east: f64,
    north: f64,
}

impl Plane {
    fn at(&self, q: LatticePoint) -> (f64, f64) {
        ((q.x() - self.p.x()) as f64 * self.east, (q.y() - self.p.y()) as f64 * self.north)
    }

    /// The mass behind an edge as seen from the place, within the angle that the edge fills; negative where the edge runs
    /// clockwise. The place is pushed off the edge by the tie rule.
    fn beyond(&self, (a, b): Segment) -> f64 {
        let (from, to) = (self.at(a), self.at(b));
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        if length == 0.0 {
            return 0.0;
        }
        let height = (from.0 * dy - from.1 * dx).abs() / length;
        // from the foot of the perpendicular, along the edge
        let (first, last) = ((from.0 * dx + from.1 * dy) / length, (to.0 * dx + to.1 * dy) / length);
        let nearest = first.max(-last).max(0.0);
        if height * height + nearest * nearest > REACH_SIGMA * REACH_SIGMA {
            return 0.0;
        }
        if let Some(mass) = along(first, last, height) {
            // so far off that there is no doubt on which side
            let side = (from.0 * to.1 - from.1 * to.0).signum();
            return side * mass / std::f64::consts::TAU;
        }
        let (height, side) = match orientation(a, b, self.p).signum() {
            0 => (0.0, pushed(b.y() - a.y(), b.x() - a.x())),
            side => (height, side as f64),
        };
        // the angle of an end, from the foot of the perpendicular; an end that is the place itself is seen along the push
        let angle = |end: (f64, f64), is_place: bool| {
            if is_place { (-dx).atan2(dy.abs()) } else { ((end.0 * dx + end.1 * dy) / length).atan2(height) }
        };
        let (first, last) = (angle(from, a == self.p), angle(to, b == self.p));
        if height == 0.0 {
            // seen edge-on, nothing lies before it
            return side * (last - first) / std::f64::consts::TAU;
        }
        side * integral(first, last, height * height / 2.0) / std::f64::consts::TAU
    }
}

/// On which side of an edge through the place the push `(ε, ε²)` puts it: +1 to the left.
fn pushed(rise: i64, run: i64) -> f64 {
    if rise == 0 { run.signum() as f64 } else { -rise.signum() as f64 }
}

/// Nodes and weights of Gauss-Legendre rules on [-1, 1], upper halves (Abramowitz and Stegun, table 25.4): of two points,
/// with the weight 1; of four points, for small angles; and of eight.
const GAUSS_2: f64 = 0.577_350_269_189_625_8;
const GAUSS_4: [(f64, f64); 2] =
    [(0.339_981_043_584_856_3, 0.652_145_154_862_546_1), (0.861_136_311_594_052_6, 0.347_854_845_137_453_9)];
const GAUSS_8: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
    (0.960_289_856_497_536_2, 0.101_228_536_290_376_3),
];

/// The same integral by the way along the edge, `∫ exp(−(h² + s²)/2) · h / (h² + s²) ds`, which takes no angles: for an edge
/// of which the place is at least as far from its middle as the edge is long, so that nothing in it is steep. `None` for
/// others. The rules are off by less than 5e-5 of the whole.
fn along(first: f64, last: f64, height: f64) -> Option<f64> {
    let (middle, half) = (f64::midpoint(first, last), (last - first) / 2.0);
    let off_2 = middle * middle + height * height;
    if half > 1.0 || off_2 < 4.0 * half * half || height < 1e-6 {
        return None;
    }
    let density = |s: f64| {
        let square = s.mul_add(s, height * height);
        (-square / 2.0).exp() / square
    };
    let pair = |node: f64| density(half.mul_add(-node, middle)) + density(half.mul_add(node, middle));
    let sum = if half < 0.25 && off_2 >= 64.0 * half * half {
        pair(GAUSS_2)
    } else {
        GAUSS_4.iter().map(|&(node, weight)| weight * pair(node)).sum()
    };
    Some(height * half * sum)
}

/// `∫ exp(−half_square / cos²φ) dφ`.
fn integral(first: f64, last: f64, half_square: f64) -> f64 {
    // near a right angle the integrand falls from one to nothing within an angle of about the height
    let pieces = ((last - first) / 0.8).ceil().max(1.0);
    let half = (last - first) / pieces / 2.0;
    let rule: &[(f64, f64)] = if half < 0.15 { &GAUSS_4 } else { &GAUSS_8 };
    let mut sum = 0.0;
    for piece in 0..pieces as u32 {
        let middle = first + half * f64::from(2 * piece + 1);
        for &(node, weight) in rule {
            for phi in [middle - half * node, middle + half * node] {
                let cos = phi.cos();
                sum += weight * (-half_square / (cos * cos)).exp();
            }
        }
    }
    sum * half
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::{MultiPolygon, Polygon, Ring};
    use crate::locate::synthetic::Draw;
    use proptest::prelude::*;

    fn face(points: &[(i32, i32)]) -> MultiPolygon {
        let exterior = Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect());
        MultiPolygon(vec![Polygon { exterior, holes: vec![] }])
    }

    /// A lattice unit at the equator in metres, east and north.
    fn unit_m() -> (f64, f64) {
        metres_per_unit(0)
    }

    fn share(index: &RtreeIndex, p: LatticePoint, sigma_m: f64, face: u32) -> f64 {
        let found = index.likely(p, Accuracy::Rms2dM(sigma_m * std::f64::consts::SQRT_2));
        found.iter().find(|candidate| candidate.face == face).map_or(0.0, |candidate| candidate.p)
    }

    /// West and east of the meridian 0, far beyond any error, and an island in the east.
    fn halves() -> RtreeIndex {
        let far = 1_000_000;
        RtreeIndex::new(&[
            face(&[(-far, -far), (0, -far), (0, far), (-far, far)]),
            face(&[(0, -far), (far, -far), (far, far), (0, far)]),
        ])
    }

    /// Φ, by the integral of the density.
    fn normal_cdf(x: f64) -> f64 {
        let step = 1e-4;
        let steps = ((x + 8.0) / step) as u32;
        (0..steps).map(|i| (-8.0 + (f64::from(i) + 0.5) * step).powi(2)).map(|z| (-z / 2.0).exp() * step).sum::<f64>()
            / std::f64::consts::TAU.sqrt()
    }

    #[test]
    fn beside_a_straight_border_the_share_is_the_normal_distribution() {
        let index = halves();
        for (sigma_m, away) in
            [(10.0, 0), (10.0, 1), (10.0, 50), (10.0, 1_000), (25.0, 1_500), (3.0, 800), (50.0, 9_000)]
        {
            let expected = normal_cdf(f64::from(away) * unit_m().0 / sigma_m);
            let p = LatticePoint::new(away, 17);
            let (east, west) = (share(&index, p, sigma_m, 1), share(&index, p, sigma_m, 0));
            assert!((east - expected).abs() < 1e-3, "{away} units, sigma {sigma_m} m: {east} for {expected}");
            assert!((west - (1.0 - expected)).abs() < 2e-3, "{away} units, sigma {sigma_m} m: {west}");
        }
    }

    #[test]
    fn at_a_corner_each_face_has_its_angle() {
        let far = 1_000_000;
        // south-west quarter, north-west quarter, and the east
        let index = RtreeIndex::new(&[
            face(&[(-far, -far), (0, -far), (0, 0), (-far, 0)]),
            face(&[(-far, 0), (0, 0), (0, far), (-far, far)]),
            face(&[(0, -far), (far, -far), (far, far), (0, far), (0, 0)]),
        ]);
        let p = LatticePoint::new(0, 0);
        for (face, expected) in [(0, 0.25), (1, 0.25), (2, 0.5)] {
            assert!((share(&index, p, 12.0, face) - expected).abs() < 1e-4, "face {face}");
        }
    }

    #[test]
    fn on_every_lattice_point_around_a_fan_the_shares_add_up_to_one() {
        let far = 1_000_000;
        let corners = [(-far, -far), (far, -far), (far, far), (-far, far)];
        let fan: Vec<_> = (0..4).map(|i| face(&[(3, 2), corners[i], corners[(i + 1) % 4]])).collect();
        let index = RtreeIndex::new(&fan);
        for x in -6..=12 {
            for y in -7..=11 {
                let sum: f64 =
                    index.likely(LatticePoint::new(x, y), Accuracy::Radius68M(15.0)).iter().map(|c| c.p).sum();
                assert!((sum - 1.0).abs() < 1e-3, "({x}, {y}): {sum}");
            }
        }
    }

    #[test]
    fn far_from_every_border_there_is_one_candidate_with_certainty() {
        let found = halves().likely(LatticePoint::new(50_000, 0), Accuracy::Radius68M(15.0));
        assert_eq!(found, [Candidate { face: 1, p: 1.0 }]);
    }

    #[test]
    fn the_radius_of_68_percent_holds_68_percent() {
        let sigma_m = Accuracy::Radius68M(15.0).sigma_m();
        let within = 1.0 - (-(15.0 / sigma_m).powi(2) / 2.0).exp();
        assert!((within - 0.68).abs() < 1e-12);
    }

    /// Jittered quadrilaterals, `side` by `side`, about 60 m across, with a hole that another face fills.
    fn mosaic(side: usize, rng: &mut Draw) -> Vec<MultiPolygon> {
        let step = 5_400;
        let jitter = |rng: &mut Draw| (rng.bits() % 2_600) as i32 - 1_300;
        let nodes: Vec<Vec<(i32, i32)>> = (0..=side as i32)
            .map(|i| (0..=side as i32).map(|j| (i * step + jitter(rng), j * step + jitter(rng))).collect())
            .collect();
        let mut faces = Vec::new();
        for i in 0..side {
            for j in 0..side {
                let corners = [nodes[i][j], nodes[i + 1][j], nodes[i + 1][j + 1], nodes[i][j + 1]];
                let mut outer = face(&corners);
                if (i + j) % 3 == 0 {
                    let (x, y) = (i as i32 * step + step / 2, j as i32 * step + step / 2);
                    let island = [(x - 600, y - 700), (x + 800, y - 500), (x + 300, y + 900)];
                    outer.0[0]
                        .holes
                        .push(Ring::new(island.iter().rev().map(|&(x, y)| LatticePoint::new(x, y)).collect()));
                    faces.push(face(&island));
                }
                faces.push(outer);
            }
        }
        faces
    }

    /// The share of each face among so many draws around a point.
    fn drawn(index: &RtreeIndex, p: LatticePoint, sigma_m: f64, draws: u32, rng: &mut Draw) -> Vec<f64> {
        let (east_m, north_m) = metres_per_unit(p.y_e7);
        let mut count = vec![0_u32; index.len()];
        let even = |rng: &mut Draw| 1.0 - rng.unit();
        for _ in 0..draws {
            // Box and Muller
            let (radius, turn) = (sigma_m * (-2.0 * even(rng).ln()).sqrt(), std::f64::consts::TAU * even(rng));
            let (dx, dy) = (radius * turn.cos() / east_m, radius * turn.sin() / north_m);
            let q = LatticePoint::new(p.x_e7 + dx.round() as i32, p.y_e7 + dy.round() as i32);
            if let Some(owner) = index.locate(q) {
                count[owner.face as usize] += 1;
            }
        }
        count.into_iter().map(|hits| f64::from(hits) / f64::from(draws)).collect()
    }

    fn agrees_with_draws(points: u32, draws: u32, within: f64) {
        let mut rng = Draw::new(5);
        let faces = mosaic(8, &mut rng);
        let index = RtreeIndex::new(&faces);
        let corners: Vec<LatticePoint> =
            faces.iter().flat_map(|face| face.rings().flat_map(|ring| ring.points().to_vec())).collect();
        for i in 0..points {
            // on corners, and within some metres of them
            let near = corners[(rng.bits() % corners.len() as u64) as usize];
            let away = [0, 1, 900, 2_500][(i % 4) as usize];
            let off = |rng: &mut Draw| (rng.bits() % (2 * away as u64 + 1)) as i32 - away;
            let p = LatticePoint::new(near.x_e7 + off(&mut rng), near.y_e7 + off(&mut rng));
            let sigma_m = [2.0, 6.6, 10.0, 30.0][(i / 4 % 4) as usize];
            let drawn = drawn(&index, p, sigma_m, draws, &mut rng);
            for (face, &share_drawn) in drawn.iter().enumerate() {
                let ours = share(&index, p, sigma_m, face as u32);
                assert!(
                    (ours - share_drawn).abs() <= within,
                    "point {i} {p}, sigma {sigma_m} m, face {face}: {ours}, drawn {share_drawn}"
                );
            }
        }
    }

    #[test]
    fn on_and_near_borders_the_shares_are_those_of_draws() {
        agrees_with_draws(48, 20_000, 0.015);
    }

    #[test]
    #[ignore = "a thousand million draws: cargo test --release --no-default-features --lib thousand_border -- --ignored"]
    fn on_a_thousand_border_points_the_shares_are_within_two_percent_of_a_million_draws() {
        agrees_with_draws(1_000, 1_000_000, 0.02);
    }

    proptest! {
        #[test]
        fn the_way_along_an_edge_gives_what_the_angles_give(
            first in -5.0..5.0_f64, length in 0.001..3.0_f64, height in 1e-6..5.0_f64,
        ) {
            if let Some(mass) = along(first, first + length, height) {
                let (from, to) = (first.atan2(height), (first + length).atan2(height));
                // the same angles in a hundred pieces of eight points
                let piece = |i: u32| from + (to - from) * f64::from(i) / 100.0;
                let exact: f64 = (0..100).map(|i| integral(piece(i), piece(i + 1), height * height / 2.0)).sum();
                prop_assert!((mass - exact).abs() <= 1e-4 * (to - from), "{mass} for {exact}");
            }
        }

        #[test]
        fn shares_are_probabilities_that_never_exceed_one_together(x in -8_000..60_000_i32, y in -8_000..60_000_i32, error in 0.01..3_000.0_f64) {
            let mut rng = Draw::new(5);
            let index = RtreeIndex::new(&mosaic(8, &mut rng));
            let found = index.likely(LatticePoint::new(x, y), Accuracy::Radius68M(error));
            prop_assert!(found.iter().all(|candidate| (0.0..=1.0).contains(&candidate.p)));
            prop_assert!(found.iter().map(|candidate| candidate.p).sum::<f64>() <= 1.002);
        }
    }
}
