//! Exact predicates on lattice points.

use super::LatticePoint;

/// A directed straight segment, straight in longitude and latitude as in RFC 7946.
pub type Segment = (LatticePoint, LatticePoint);

/// Differences below this have products that fit an `i64`.
const SMALL: i64 = 1 << 30;

/// Twice the signed area of the triangle a, b, c: positive when c lies to the left of a → b, zero when the three
/// are collinear. Exact.
pub fn orientation(a: LatticePoint, b: LatticePoint, c: LatticePoint) -> i128 {
    let (ux, uy) = (b.x() - a.x(), b.y() - a.y());
    let (vx, vy) = (c.x() - a.x(), c.y() - a.y());
    if ux.abs() < SMALL && uy.abs() < SMALL && vx.abs() < SMALL && vy.abs() < SMALL {
        i128::from(ux * vy - uy * vx)
    } else {
        i128::from(ux) * i128::from(vy) - i128::from(uy) * i128::from(vx)
    }
}

/// Whether `p` lies on the closed segment.
pub fn on_segment(p: LatticePoint, (a, b): Segment) -> bool {
    p.x_e7 >= a.x_e7.min(b.x_e7)
        && p.x_e7 <= a.x_e7.max(b.x_e7)
        && p.y_e7 >= a.y_e7.min(b.y_e7)
        && p.y_e7 <= a.y_e7.max(b.y_e7)
        && orientation(a, b, p) == 0
}

/// Whether the open segments cross in a single point that is an end of neither.
pub fn crosses_properly((a, b): Segment, (c, d): Segment) -> bool {
    let sign = |n: i128| n.signum();
    let (c_side, d_side) = (sign(orientation(a, b, c)), sign(orientation(a, b, d)));
    if c_side * d_side >= 0 {
        return false;
    }
    sign(orientation(c, d, a)) * sign(orientation(c, d, b)) < 0
}

/// An infinitely small push that takes a point off every edge and vertex: the point is read as
/// `(x ± ε, y ± ε²)` with ε towards zero (simulation of simplicity, Edelsbrunner and Mücke 1990).
///
/// With one push kept for all, a point on a shared border lies inside exactly one of the faces that share it. The
/// contract of this project is [`Perturbation::NORTH_EAST`]; the others are asked, in the order of
/// [`Perturbation::RIM`], only for points on the outer rim that belong to no face by the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Perturbation {
    /// +1: ε to the east; -1: to the west.
    east: i8,
    /// +1: ε² to the north; -1: to the south.
    north: i8,
}

impl Perturbation {
    /// `(x + ε, y + ε²)`: the tie rule. West and south borders belong to a face, east and north ones to its neighbours.
    pub const NORTH_EAST: Self = Self { east: 1, north: 1 };
    /// Asked in this order for a point on the outer rim: the face just west, just south, just south-west.
    pub const RIM: [Self; 3] = [Self { east: -1, north: 1 }, Self { east: 1, north: -1 }, Self { east: -1, north: -1 }];

    /// How many times a ray from the pushed point straight to the north crosses the edge a → b: 0 or 1.
    pub fn crosses_above(self, p: LatticePoint, a: LatticePoint, b: LatticePoint) -> bool {
        let (west, east) = if a.x_e7 <= b.x_e7 { (a, b) } else { (b, a) };
        let spans = if self.east > 0 {
            west.x_e7 <= p.x_e7 && p.x_e7 < east.x_e7
        } else {
            west.x_e7 < p.x_e7 && p.x_e7 <= east.x_e7
        };
        if !spans {
            return false;
        }
        // where p lies on the edge the push decides: first along x by ε times the slope, then along y by ε²
        match orientation(west, east, p).signum() {
            -1 => true,
            1 => false,
            _ => {
                let rise = (east.y() - west.y()).signum() * i64::from(self.east);
                if rise == 0 { self.north < 0 } else { rise > 0 }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: i32, y: i32) -> LatticePoint {
        LatticePoint::new(x, y)
    }

    #[test]
    fn orientation_is_exact_at_the_ends_of_the_lattice() {
        let (a, b) = (at(-1_800_000_000, -900_000_000), at(1_800_000_000, 900_000_000));
        assert_eq!(orientation(a, b, at(0, 0)), 0);
        assert!(orientation(a, b, at(0, 1)) > 0);
        assert!(orientation(a, b, at(1, 0)) < 0);
    }

    #[test]
    fn segments_that_touch_at_an_end_do_not_cross() {
        assert!(crosses_properly((at(0, 0), at(2, 2)), (at(0, 2), at(2, 0))));
        assert!(!crosses_properly((at(0, 0), at(2, 2)), (at(1, 1), at(2, 0))));
        assert!(!crosses_properly((at(0, 0), at(2, 0)), (at(1, 0), at(3, 0))));
    }
}
