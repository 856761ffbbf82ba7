//! Claims on shapes that stand for themselves, decoded by the reader of another crate.

use proptest::prelude::*;

use super::*;
use crate::tile::TileSource;
use crate::tile::coverage::tests::{check_valid, decode};

proptest! {
    #[test]
    fn every_shape_is_drawn_valid_whatever_its_rings(
        rings in prop::collection::vec(prop::collection::vec((-60..200_i32, -60..200_i32), 3..9), 1..4), zoom in 4..20_u8, scale in 1..40_i32,
    ) {
        // a shape of about a tile or far less around a tile's corner; its rings may cross themselves
        let unit = 1 << (20 - zoom);
        let ring = |points: &Vec<(i32, i32)>| {
            let point = |&(x, y): &(i32, i32)| LatticePoint::new(unit / 2 * x * scale / 4, unit / 2 * y * scale / 4);
            Ring::new(points.iter().map(point).collect())
        };
        let shape = MultiPolygon(rings.iter().map(|points| Polygon { exterior: ring(points), holes: vec![] }).collect());
        let mut layer = LayerBuilder::polygons("buildings", vec![]);
        layer.polygon(7, vec![], &shape);
        let source = TileSource::new(vec![layer.build()]);
        let half = 1 << (zoom - 1);
        for (x, y) in [(half, half), (half - 1, half), (half, half - 1)] {
            if let Some(bytes) = source.tile(TileId::new(zoom, x, y).unwrap()) {
                for (&id, polygons) in &decode(&bytes) {
                    check_valid(id, polygons);
                }
            }
        }
    }
}

#[test]
fn a_shape_cut_in_two_by_the_rim_has_no_bridge_along_it() {
    // a comb whose back lies beyond the tile to the east and whose teeth reach in
    let tile = TileId::new(10, 512, 512).unwrap();
    let e7 = |units: i32| units * 858; // a unit of zoom 10 is 858 lattice units at the equator
    let corners = [(4000, 10), (4300, 10), (4300, 90), (4000, 90), (4000, 60), (4250, 60), (4250, 40), (4000, 40)];
    let ring = Ring::new(corners.iter().map(|&(x, y)| LatticePoint::new(e7(x), -e7(y))).collect());
    let mut layer = LayerBuilder::polygons("buildings", vec![]);
    layer.polygon(1, vec![], &MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }]));
    let decoded = decode(&TileSource::new(vec![layer.build()]).tile(tile).unwrap());
    assert_eq!(decoded[&1].len(), 2, "two teeth");
    check_valid(1, &decoded[&1]);
}
