//! Rings and polygons on the lattice.

use super::{Envelope, LatticePoint, Perturbation, crosses_properly, on_segment, orientation};

/// A closed chain of lattice points; the last point joins the first, which is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Ring(Vec<LatticePoint>);

/// One outer ring and the holes in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Polygon {
    /// The outer ring.
    pub exterior: Ring,
    /// The holes.
    pub holes: Vec<Ring>,
}

/// Any number of polygons that count as one shape; none at all is the empty shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MultiPolygon(pub Vec<Polygon>);

impl Ring {
    /// A ring through `points`: a repeated last point and points equal to their forerunner are left out.
    pub fn new(points: Vec<LatticePoint>) -> Self {
        let mut points = points;
        points.dedup();
        while points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        Self(points)
    }

    /// The points, the first not repeated at the end.
    pub fn points(&self) -> &[LatticePoint] {
        &self.0
    }

    /// The directed edges, the closing one included. A ring of fewer than two points has none.
    pub fn edges(&self) -> impl Iterator<Item = (LatticePoint, LatticePoint)> + '_ {
        let n = if self.0.len() < 2 { 0 } else { self.0.len() };
        (0..n).map(move |i| (self.0[i], self.0[if i + 1 == n { 0 } else { i + 1 }]))
    }

    /// Twice the signed area in lattice units²: positive when the ring runs counter-clockwise. Exact.
    pub fn area_2(&self) -> i128 {
        let Some(&origin) = self.0.first() else { return 0 };
        self.edges().map(|(a, b)| orientation(origin, a, b)).sum()
    }

    /// Whether the ring encloses nothing: it has no area, and not because lobes that it crosses itself into weigh each
    /// other up. O(points) for a ring with area, O(points²) for the rare one without.
    pub fn is_flat(&self) -> bool {
        if self.area_2() != 0 {
            return false;
        }
        let edges: Vec<_> = self.edges().collect();
        !edges.iter().enumerate().any(|(i, &one)| edges[..i].iter().any(|&two| crosses_properly(one, two)))
    }

    /// Whether the pushed point lies inside (even-odd rule). O(points).
    pub fn contains(&self, p: LatticePoint, push: Perturbation) -> bool {
        self.edges().filter(|&(a, b)| push.crosses_above(p, a, b)).count() % 2 == 1
    }

    /// Whether the point lies on the ring itself. O(points).
    pub fn touches(&self, p: LatticePoint) -> bool {
        self.edges().any(|edge| on_segment(p, edge))
    }

    /// The same ring run the other way.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        self.0.reverse();
        self
    }

    /// The box around the ring; `None` when it has no point.
    pub fn envelope(&self) -> Option<Envelope> {
        Envelope::of(self.0.iter().copied())
    }
}

impl Polygon {
    /// The rings, the outer one first.
    pub fn rings(&self) -> impl Iterator<Item = &Ring> {
        std::iter::once(&self.exterior).chain(&self.holes)
    }
}

impl MultiPolygon {
    /// All rings of all polygons.
    pub fn rings(&self) -> impl Iterator<Item = &Ring> {
        self.0.iter().flat_map(Polygon::rings)
    }

    /// Twice the area in lattice units², holes taken off, whichever way the rings run. Exact for valid polygons.
    pub fn area_2(&self) -> i128 {
        self.0
            .iter()
            .map(|polygon| {
                polygon.exterior.area_2().abs() - polygon.holes.iter().map(|hole| hole.area_2().abs()).sum::<i128>()
            })
            .sum()
    }

    /// Whether the pushed point lies inside: even-odd over all rings, so holes and parts need no special case.
    pub fn contains(&self, p: LatticePoint, push: Perturbation) -> bool {
        self.rings().filter(|ring| ring.contains(p, push)).count() % 2 == 1
    }

    /// Whether every outer ring is flat: there is no place in it.
    pub fn is_flat(&self) -> bool {
        self.0.iter().all(|polygon| polygon.exterior.is_flat())
    }

    /// Whether the point lies on a ring.
    pub fn touches(&self, p: LatticePoint) -> bool {
        self.rings().any(|ring| ring.touches(p))
    }

    /// The box around all; `None` when empty.
    pub fn envelope(&self) -> Option<Envelope> {
        Envelope::of(self.0.iter().flat_map(|polygon| polygon.exterior.points().iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: i32, y: i32, side: i32) -> Ring {
        Ring::new(
            [(0, 0), (side, 0), (side, side), (0, side)].map(|(dx, dy)| LatticePoint::new(x + dx, y + dy)).to_vec(),
        )
    }

    #[test]
    fn four_squares_around_a_point_own_it_once() {
        let squares = [square(0, 0, 2), square(2, 0, 2), square(0, 2, 2), square(2, 2, 2)];
        for x in 0..4 {
            for y in 0..4 {
                let p = LatticePoint::new(x, y);
                let owners = squares.iter().filter(|ring| ring.contains(p, Perturbation::NORTH_EAST)).count();
                assert_eq!(owners, 1, "{p}");
            }
        }
        assert!(squares[3].contains(LatticePoint::new(2, 2), Perturbation::NORTH_EAST));
    }

    #[test]
    fn the_north_east_rim_belongs_to_the_face_west_or_south_of_it() {
        let ring = square(0, 0, 2);
        for p in [LatticePoint::new(2, 1), LatticePoint::new(1, 2), LatticePoint::new(2, 2)] {
            assert!(!ring.contains(p, Perturbation::NORTH_EAST), "{p}");
            assert!(Perturbation::RIM.iter().any(|&push| ring.contains(p, push)), "{p}");
        }
        assert!(!Perturbation::RIM.iter().any(|&push| ring.contains(LatticePoint::new(3, 1), push)));
    }

    #[test]
    fn a_spike_encloses_nothing_but_a_bow_tie_does() {
        let ring = |points: &[(i32, i32)]| Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect());
        assert!(ring(&[(0, 0), (4, 0), (4, 3), (4, 0)]).is_flat());
        assert!(ring(&[(0, 0), (4, 4), (2, 2)]).is_flat());
        let bow_tie = ring(&[(0, 0), (4, 4), (4, 0), (0, 4)]);
        assert_eq!((bow_tie.area_2(), bow_tie.is_flat()), (0, false));
        assert!(!square(0, 0, 1).is_flat());
    }

    #[test]
    fn area_does_not_depend_on_the_first_point() {
        let a = Ring::new(vec![LatticePoint::new(0, 0), LatticePoint::new(4, 0), LatticePoint::new(0, 3)]);
        let b = Ring::new(vec![LatticePoint::new(4, 0), LatticePoint::new(0, 3), LatticePoint::new(0, 0)]);
        assert_eq!((a.area_2(), b.area_2(), a.clone().reversed().area_2()), (12, 12, -12));
    }
}
