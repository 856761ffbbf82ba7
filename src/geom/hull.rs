//! Convex hulls.

use super::{LatticePoint, MultiPolygon, Polygon, Ring, metres_per_unit, orientation};

/// The convex hull of points, widened by a margin in metres (by an octagon around each point). Empty without points.
/// Andrew's monotone chain (1979), on integers; O(n log n).
pub fn hull_around(points: impl IntoIterator<Item = LatticePoint>, margin_m: f64) -> MultiPolygon {
    let inner = hull(points.into_iter().collect());
    let outer = inner.iter().flat_map(|&p| {
        let (x_m, y_m) = metres_per_unit(p.y_e7);
        (0..8).map(move |eighth| {
            let (sin, cos) = (std::f64::consts::FRAC_PI_4 * f64::from(eighth)).sin_cos();
            let by = |from: i32, m: f64, limit: i32| {
                (i64::from(from) + m.round() as i64).clamp(-i64::from(limit), i64::from(limit)) as i32
            };
            LatticePoint::new(
                by(p.x_e7, margin_m * cos / x_m, 1_800_000_000),
                by(p.y_e7, margin_m * sin / y_m, 900_000_000),
            )
        })
    });
    let ring = Ring::new(hull(outer.collect()));
    if ring.is_flat() { MultiPolygon::default() } else { MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }]) }
}

/// Counter-clockwise, from the smallest point, without points on its edges.
pub(super) fn hull(mut points: Vec<LatticePoint>) -> Vec<LatticePoint> {
    points.sort_unstable();
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let half = |points: &mut dyn Iterator<Item = LatticePoint>| {
        let mut chain: Vec<LatticePoint> = Vec::new();
        for p in points {
            while let [.., a, b] = chain[..]
                && orientation(a, b, p) <= 0
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut chain = half(&mut points.iter().copied());
    chain.extend(half(&mut points.iter().rev().copied()));
    chain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geom::{Perturbation, area_m2};

    proptest! {
        #[test]
        fn all_points_lie_well_inside_the_widened_hull(points in proptest::collection::vec((-900_000..900_000_i32, -900_000..900_000_i32), 1..30)) {
            let points: Vec<_> = points.into_iter().map(|(x, y)| LatticePoint::new(x, y)).collect();
            let shape = hull_around(points.clone(), 10.0);
            let ring = &shape.0[0].exterior;
            prop_assert!(ring.area_2() > 0);
            for p in points {
                prop_assert!(ring.contains(p, Perturbation::NORTH_EAST));
            }
        }
    }

    #[test]
    fn a_point_becomes_an_octagon_and_nothing_stays_nothing() {
        let shape = hull_around([LatticePoint::new(0, 0)], 10.0);
        // a regular octagon of radius 10 m: 2√2 r²
        assert!((area_m2(&shape) - 282.84).abs() < 1.0, "{}", area_m2(&shape));
        assert!(hull_around([], 10.0).0.is_empty());
    }
}
