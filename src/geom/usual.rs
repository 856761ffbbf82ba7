//! The usual way to look a point up: an R-tree of boxes, and `contains` on the polygons whose box holds it.

use geo::Contains;
use geo_types::{Coord, LineString, Point, Polygon};
use rstar::{AABB, RTree, RTreeObject};

use super::{LatticePoint, MultiPolygon, Ring};

/// Faces as floating-point polygons behind an R-tree (`rstar` with `geo`): what measurements are set beside, and nothing is
/// decided by. A point on a border is in no face or in several, as `geo` sees it.
#[derive(Debug)]
pub struct UsualIndex {
    tree: RTree<Boxed>,
}

#[derive(Debug)]
struct Boxed {
    face: u32,
    polygon: Polygon<f64>,
    around: AABB<[f64; 2]>,
}

impl RTreeObject for Boxed {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.around
    }
}

fn degrees(p: LatticePoint) -> [f64; 2] {
    let at = p.to_lon_lat();
    [at.lon_deg, at.lat_deg]
}

impl UsualIndex {
    /// Indexes the polygons of faces by the position of their face.
    pub fn new(faces: &[MultiPolygon]) -> Self {
        let line =
            |ring: &Ring| -> LineString<f64> { ring.points().iter().map(|&p| Coord::from(degrees(p))).collect() };
        let mut boxed = Vec::with_capacity(faces.len());
        for (face, shape) in faces.iter().enumerate() {
            for polygon in &shape.0 {
                let Some(around) = polygon.exterior.envelope() else { continue };
                let around = AABB::from_corners(degrees(around.min), degrees(around.max));
                let holes = polygon.holes.iter().map(line).collect();
                boxed.push(Boxed { face: face as u32, polygon: Polygon::new(line(&polygon.exterior), holes), around });
            }
        }
        Self { tree: RTree::bulk_load(boxed) }
    }

    /// A face that `contains` the point.
    pub fn owner(&self, p: LatticePoint) -> Option<u32> {
        let at = degrees(p);
        let point = Point::from(at);
        let near = self.tree.locate_in_envelope_intersecting(&AABB::from_point(at));
        near.into_iter().find(|boxed| boxed.polygon.contains(&point)).map(|boxed| boxed.face)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Polygon;

    #[test]
    fn a_point_inside_one_of_two_squares_is_found_in_it() {
        let square = |x: i32| {
            let corners = [(x, 0), (x + 10, 0), (x + 10, 10), (x, 10)].map(|(x, y)| LatticePoint::new(x, y));
            MultiPolygon(vec![Polygon { exterior: Ring::new(corners.to_vec()), holes: vec![] }])
        };
        let usual = UsualIndex::new(&[square(0), square(10)]);
        assert_eq!(usual.owner(LatticePoint::new(15, 5)), Some(1));
        assert_eq!(usual.owner(LatticePoint::new(25, 5)), None);
    }
}
