//! Claims on tiles of divisions of one ground.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::tile::coverage::tests::{Decoded, area_2, check_partition, check_valid, decode, patches};
use crate::tile::{Layer, TileSource};

fn fields() -> Vec<Field> {
    vec![Field::text("code", "its code")]
}

fn features(count: u32) -> Vec<(u64, Vec<Value>)> {
    (0..count).map(|i| (u64::from(i) + 1, vec![Value::from(format!("g{i}").as_str())])).collect()
}

fn layer(ground: &Ground, of_cell: &[Option<u32>], count: u32) -> Layer {
    ground.divided("grids", fields(), of_cell, &features(count)).unwrap().shapes()
}

/// Twice the area of each feature.
fn areas_2(decoded: &Decoded) -> BTreeMap<u64, i64> {
    let area = |polygons: &Vec<Vec<Vec<_>>>| polygons.iter().flatten().map(|ring| area_2(ring)).sum();
    decoded.iter().map(|(&id, polygons)| (id, area(polygons))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 80 } else { 1_000 }))]

    #[test]
    fn a_shape_has_the_area_of_its_cells_and_only_tiles_of_cells_that_went_over_are_others(
        patch in patches(),
        moved in any::<prop::sample::Index>(),
        to in 0..8_u32,
    ) {
        // every cell for itself, and what surrounds them
        let mut alone = patch.clone();
        alone.labels = (0..patch.labels.len() as u32).collect();
        let (cells, tile) = alone.shapes();
        let ground = Ground::of_world(&cells, tile.z().saturating_sub(2)).unwrap();
        let count = cells.len() as u32;
        let shapes = 2 + patch.labels.iter().max().unwrap();
        let surrounding = [shapes - 1, shapes - 1];
        let mut of_cell: Vec<Option<u32>> = patch.labels.iter().copied().chain(surrounding).map(Some).collect();
        of_cell.truncate(cells.len());
        let itself: Vec<Option<u32>> = (0..count).map(Some).collect();
        let before = TileSource::new(vec![layer(&ground, &of_cell, shapes)]);
        let apart = TileSource::new(vec![layer(&ground, &itself, count)]);
        for (x, y) in [(0, 0), (1, 0), (0, 1)] {
            let id = TileId::new(tile.z(), tile.x() + x, tile.y() + y).unwrap();
            let decoded = decode(&before.tile(id).unwrap());
            for (&id, polygons) in &decoded {
                check_valid(id, polygons);
            }
            check_partition(&decoded);
            let mut sums: BTreeMap<u64, i64> = BTreeMap::new();
            for (cell, area) in areas_2(&decode(&apart.tile(id).unwrap())) {
                *sums.entry(u64::from(of_cell[cell as usize - 1].unwrap()) + 1).or_default() += area;
            }
            // where a border that is gone met the rim, the outline was led through the pixel it met there, at most half a unit away
            for ((shape, whole), (of, sum)) in areas_2(&decoded).into_iter().zip(sums) {
                prop_assert_eq!(shape, of);
                prop_assert!((whole - sum).unsigned_abs() <= 2 * cells.len() as u64, "shape {}: {} of {}", shape, whole, sum);
            }
        }
        // one cell goes over, or to nobody
        let cell = moved.index(patch.labels.len());
        let mut edited = of_cell.clone();
        edited[cell] = (to < shapes).then_some(to);
        let after = TileSource::new(vec![layer(&ground, &edited, shapes)]);
        let zooms = tile.z().saturating_sub(2)..=(tile.z() + 2).min(20);
        let touched = ground.tiles_of([cell as u32], zooms.clone());
        for zoom in zooms {
            let around = |at: u32| {
                let at = if zoom >= tile.z() { at << (zoom - tile.z()) } else { at >> (tile.z() - zoom) };
                at.saturating_sub(2)..at + 6
            };
            for (x, y) in around(tile.x()).flat_map(|x| around(tile.y()).map(move |y| (x, y))) {
                let Ok(id) = TileId::new(zoom, x, y) else { continue };
                prop_assert!(touched.binary_search(&id).is_ok() || before.tile(id) == after.tile(id), "{}", id);
            }
        }
        prop_assert!(ground.divided("grids", fields(), &edited[1..], &features(shapes)).is_err());
        prop_assert!(ground.divided("grids", fields(), &edited, &[]).is_err());
    }
}
