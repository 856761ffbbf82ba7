//! The smallest circle around points.

use super::hull::hull;
use super::{LatticePoint, metres_per_unit};

/// Radius in metres of the smallest circle that holds all points; 0 for fewer than two. Measured in the plane that touches the
/// middle of their box, which is exact enough for what a grid is across (1e-4 of it at 10 km).
///
/// Incremental construction (Welzl, New Results and New Trends in Computer Science, 1991) over the hull, in a fixed mixed
/// order: O(n log n) for the hull, about linear in its corners.
pub fn enclosing_radius_m(points: impl IntoIterator<Item = LatticePoint>) -> f64 {
    let corners = hull(points.into_iter().collect());
    let Some(&origin) = corners.first() else { return 0.0 };
    let ys = || corners.iter().map(|p| p.y_e7);
    let middle = i64::midpoint(ys().min().unwrap_or(0).into(), ys().max().unwrap_or(0).into()) as i32;
    let (east_m, north_m) = metres_per_unit(middle);
    let plane = |p: &LatticePoint| ((p.x() - origin.x()) as f64 * east_m, (p.y() - origin.y()) as f64 * north_m);
    // a stride that shares no divisor with the length visits all, far apart from one another
    let n = corners.len();
    let stride = (n * 618 / 1000..=n).find(|&s| s > 0 && gcd(s, n) == 1).unwrap_or(1);
    let points: Vec<(f64, f64)> = (0..n).map(|i| plane(&corners[i * stride % n])).collect();
    let mut circle = Circle { x: points[0].0, y: points[0].1, r: 0.0 };
    for i in 1..n {
        if circle.holds(points[i]) {
            continue;
        }
        circle = Circle { x: points[i].0, y: points[i].1, r: 0.0 };
        for j in 0..i {
            if circle.holds(points[j]) {
                continue;
            }
            circle = Circle::of_two(points[i], points[j]);
            for k in 0..j {
                if !circle.holds(points[k]) {
                    circle = Circle::of_three(points[i], points[j], points[k]);
                }
            }
        }
    }
    circle.r
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[derive(Debug, Clone, Copy)]
struct Circle {
    x: f64,
    y: f64,
    r: f64,
}

impl Circle {
    /// A point counts as inside within a millimetre: rounding must not set it off again.
    fn holds(&self, (x, y): (f64, f64)) -> bool {
        (x - self.x).hypot(y - self.y) <= self.r + 1e-3
    }

    fn of_two(a: (f64, f64), b: (f64, f64)) -> Self {
        let (x, y) = (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
        Self { x, y, r: (a.0 - b.0).hypot(a.1 - b.1) / 2.0 }
    }

    /// Through all three; around the two farthest apart where they lie on a line.
    fn of_three(a: (f64, f64), b: (f64, f64), c: (f64, f64)) -> Self {
        let ((bx, by), (cx, cy)) = ((b.0 - a.0, b.1 - a.1), (c.0 - a.0, c.1 - a.1));
        let d = 2.0 * (bx * cy - by * cx);
        if d.abs() < 1e-9 {
            let pairs = [Self::of_two(a, b), Self::of_two(b, c), Self::of_two(a, c)];
            return pairs.into_iter().reduce(|x, y| if y.r > x.r { y } else { x }).unwrap_or(pairs[0]);
        }
        let (b_2, c_2) = (bx * bx + by * by, cx * cx + cy * cy);
        let (ux, uy) = ((cy * b_2 - by * c_2) / d, (bx * c_2 - cx * b_2) / d);
        Self { x: a.0 + ux, y: a.1 + uy, r: ux.hypot(uy) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The smallest of all circles through two or three of the points that holds them all.
    fn brute_force(points: &[(f64, f64)]) -> f64 {
        let mut best = f64::INFINITY;
        let mut consider = |circle: Circle| {
            if points.iter().all(|&p| circle.holds(p)) {
                best = best.min(circle.r);
            }
        };
        for (i, &a) in points.iter().enumerate() {
            for (j, &b) in points.iter().enumerate().skip(i + 1) {
                consider(Circle::of_two(a, b));
                for &c in &points[j + 1..] {
                    consider(Circle::of_three(a, b, c));
                }
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_circle_through_two_or_three_points_is_smaller(given in proptest::collection::vec((-9_000..9_000_i32, -9_000..9_000_i32), 2..12)) {
            let points: Vec<LatticePoint> = given.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect();
            let mut distinct = given;
            distinct.sort_unstable();
            distinct.dedup();
            prop_assume!(distinct.len() > 1);
            let (east_m, north_m) = metres_per_unit(0);
            let plane: Vec<_> = distinct.iter().map(|&(x, y)| (f64::from(x) * east_m, f64::from(y) * north_m)).collect();
            let (found, best) = (enclosing_radius_m(points), brute_force(&plane));
            prop_assert!((found - best).abs() < 0.01, "{found} against {best}");
        }
    }

    #[test]
    fn the_circle_around_a_square_is_its_diagonal_across() {
        let side = 10_000;
        let corners =
            [(0, 0), (side, 0), (side, side), (0, side), (side / 2, side / 2)].map(|(x, y)| LatticePoint::new(x, y));
        let (east_m, north_m) = metres_per_unit(side / 2);
        let half = (f64::from(side) * east_m).hypot(f64::from(side) * north_m) / 2.0;
        assert!((enclosing_radius_m(corners) - half).abs() < 1e-3);
        assert!(enclosing_radius_m([corners[0]]).abs() < 1e-12 && enclosing_radius_m([]).abs() < 1e-12);
    }
}
