//! Metres and square metres on the WGS 84 ellipsoid, derived from lattice coordinates.
//!
//! Lengths use the radii of curvature at the middle latitude of each edge, areas the authalic (equal-area) latitude;
//! both formulas are in Snyder, *Map Projections: A Working Manual* (USGS 1395, 1987), equations 3-11, 3-12 and 4-18 ff.

use super::{LatticePoint, MultiPolygon, Segment};

/// Semi-major axis of WGS 84 in metres (NIMA TR8350.2).
const SEMI_MAJOR_M: f64 = 6_378_137.0;
/// First eccentricity squared of WGS 84.
const ECCENTRICITY_2: f64 = 6.694_379_990_141_33e-3;
/// One lattice unit in radians.
const UNIT_RAD: f64 = std::f64::consts::PI / 180.0 / super::UNITS_PER_DEGREE;

/// Metres in one lattice unit eastward and northward at the latitude `y_e7`.
pub fn metres_per_unit(y_e7: i32) -> (f64, f64) {
    let (sin, cos) = (f64::from(y_e7) * UNIT_RAD).sin_cos();
    let w_2 = 1.0 - ECCENTRICITY_2 * sin * sin;
    let prime_vertical_m = SEMI_MAJOR_M / w_2.sqrt();
    let meridian_m = prime_vertical_m * (1.0 - ECCENTRICITY_2) / w_2;
    (prime_vertical_m * cos * UNIT_RAD, meridian_m * UNIT_RAD)
}

/// Distance of two points in metres, by the radii of curvature halfway: better than 1e-6 of it up to 10 km.
pub fn distance_m(a: LatticePoint, b: LatticePoint) -> f64 {
    let (east_m, north_m) = metres_per_unit(i64::midpoint(a.y(), b.y()) as i32);
    let (dx, dy) = ((b.x() - a.x()) as f64 * east_m, (b.y() - a.y()) as f64 * north_m);
    dx.hypot(dy)
}

/// Length of a segment in whole millimetres, so that sums of borders are exact.
pub fn length_mm((a, b): Segment) -> u64 {
    (distance_m(a, b) * 1000.0).round() as u64
}

/// Distance in metres from a point to a closed segment, in the plane tangent at the point.
pub fn segment_distance_m(p: LatticePoint, edge: Segment) -> f64 {
    segment_distance_2_m2(p, edge, metres_per_unit(p.y_e7)).sqrt()
}

/// The square of [`segment_distance_m`], for many segments about one point: the last argument is [`metres_per_unit`] at the
/// point.
pub fn segment_distance_2_m2(p: LatticePoint, (a, b): Segment, (east_m, north_m): (f64, f64)) -> f64 {
    let plane = |q: LatticePoint| ((q.x() - p.x()) as f64 * east_m, (q.y() - p.y()) as f64 * north_m);
    let ((ax, ay), (bx, by)) = (plane(a), plane(b));
    let (dx, dy) = (bx - ax, by - ay);
    let length_2 = dx * dx + dy * dy;
    let t = if length_2 > 0.0 { (-(ax * dx + ay * dy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (ax + t * dx, ay + t * dy);
    x * x + y * y
}

/// `q` of Snyder 3-12, halved and scaled so that multiplying by a difference of longitude in radians and summing round a
/// ring gives square metres.
fn authalic_m2_per_rad(y_e7: i32) -> f64 {
    let e = ECCENTRICITY_2.sqrt();
    let sin = (f64::from(y_e7) * UNIT_RAD).sin();
    let q = (1.0 - ECCENTRICITY_2)
        * (sin / (1.0 - ECCENTRICITY_2 * sin * sin) + ((1.0 + e * sin) / (1.0 - e * sin)).ln() / (2.0 * e));
    SEMI_MAJOR_M * SEMI_MAJOR_M * q / 2.0
}

/// Area in square metres on the ellipsoid, holes taken off. O(points).
pub fn area_m2(shape: &MultiPolygon) -> f64 {
    let ring_m2 = |ring: &super::Ring| -> f64 {
        let Some(&origin) = ring.points().first() else { return 0.0 };
        let q_origin = authalic_m2_per_rad(origin.y_e7);
        let sum: f64 = ring
            .edges()
            .map(|(a, b)| {
                let (qa, qb) = (authalic_m2_per_rad(a.y_e7) - q_origin, authalic_m2_per_rad(b.y_e7) - q_origin);
                let (xa, xb) = ((a.x() - origin.x()) as f64 * UNIT_RAD, (b.x() - origin.x()) as f64 * UNIT_RAD);
                (xa * qb - xb * qa) / 2.0
            })
            .sum();
        sum.abs()
    };
    shape
        .0
        .iter()
        .map(|polygon| ring_m2(&polygon.exterior) - polygon.holes.iter().map(ring_m2).sum::<f64>())
        .sum::<f64>()
        .max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::{Polygon, Ring};

    #[test]
    fn one_degree_at_the_equator_is_its_textbook_length() {
        let m = distance_m(LatticePoint::new(0, 0), LatticePoint::new(10_000_000, 0));
        assert!((m - 111_319.490_8).abs() < 1e-3, "{m}");
    }

    #[test]
    fn the_whole_ellipsoid_has_its_textbook_area() {
        let corners = [
            (-1_800_000_000, -900_000_000),
            (1_800_000_000, -900_000_000),
            (1_800_000_000, 900_000_000),
            (-1_800_000_000, 900_000_000),
        ];
        let ring = Ring::new(corners.map(|(x, y)| LatticePoint::new(x, y)).to_vec());
        let area = area_m2(&MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }]));
        assert!((area / 5.100_656_217_24e14 - 1.0).abs() < 1e-9, "{area}");
    }
}
