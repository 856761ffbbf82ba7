//! Points summed by the cells of H3 (<https://h3geo.org>), a net of hexagons over the globe in nested sizes.

use std::collections::BTreeMap;

use h3o::{CellIndex, LatLng};

use crate::geom::{LatticePoint, LonLat, MultiPolygon, Polygon, Ring, UNITS_PER_DEGREE};

/// How fine the net is: 0 (1,107 km along an edge) to 15 (0.6 m).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HexagonSize(h3o::Resolution);

impl HexagonSize {
    /// The size of this number.
    pub fn new(number: u8) -> Option<Self> {
        h3o::Resolution::try_from(number).ok().map(Self)
    }
}

/// A cell of the net: a hexagon, or one of the twelve pentagons of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hexagon(CellIndex);

impl Hexagon {
    /// The cell that holds a point.
    pub fn holding(point: LatticePoint, size: HexagonSize) -> Self {
        let LonLat { lon_deg, lat_deg } = point.to_lon_lat();
        Self(LatLng::new(lat_deg, lon_deg).expect("a lattice point is finite").to_cell(size.0))
    }

    /// Its number, as others write it in hexadecimal digits.
    pub fn number(self) -> u64 {
        self.0.into()
    }

    /// Its outline, corners rounded to the lattice. One that crosses the date line ends there, on the side of its first corner.
    pub fn outline(self) -> MultiPolygon {
        const HALF_TURN_E7: i32 = 1_800_000_000;
        let corners: Vec<(f64, f64)> = self.0.boundary().iter().map(|corner| (corner.lng(), corner.lat())).collect();
        let first = corners[0].0;
        let points = corners.into_iter().map(|(lon_deg, lat_deg)| {
            let beyond = (lon_deg - first).abs() > 180.0;
            let x_e7 = match beyond {
                true if first > 0.0 => HALF_TURN_E7,
                true => -HALF_TURN_E7,
                false => (lon_deg * UNITS_PER_DEGREE).round() as i32,
            };
            LatticePoint::new(x_e7, (lat_deg * UNITS_PER_DEGREE).round() as i32)
        });
        MultiPolygon(vec![Polygon { exterior: Ring::new(points.collect()), holes: vec![] }])
    }
}

/// What lies in each cell, in the order of their numbers: positions of the points. O(n log n).
pub fn by_hexagon(points: &[LatticePoint], size: HexagonSize) -> BTreeMap<Hexagon, Vec<u32>> {
    let mut cells: BTreeMap<Hexagon, Vec<u32>> = BTreeMap::new();
    for (&point, position) in points.iter().zip(0..) {
        cells.entry(Hexagon::holding(point, size)).or_default().push(position);
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_known_place_lies_in_its_known_cell() {
        // the first example of the H3 documentation: latLngToCell(37.3615593, -122.0553238, 7)
        let point = LatticePoint::new(-1_220_553_238, 373_615_593);
        let cell = Hexagon::holding(point, HexagonSize::new(7).unwrap());
        assert_eq!(format!("{:x}", cell.number()), "87283472bffffff");
        assert_eq!(cell.outline().0[0].exterior.points().len(), 6);
        assert!(HexagonSize::new(16).is_none());
    }

    #[test]
    fn every_point_is_counted_once_in_the_cell_that_holds_it() {
        let points: Vec<_> =
            (0..2_000).map(|i| LatticePoint::new(1_215_000_000 + i * 811, 250_000_000 + (i * i) % 9_973)).collect();
        let size = HexagonSize::new(11).unwrap();
        let cells = by_hexagon(&points, size);
        let mut seen: Vec<u32> = cells.values().flatten().copied().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..2_000).collect::<Vec<_>>());
        for (cell, positions) in &cells {
            assert!(positions.iter().all(|&at| Hexagon::holding(points[at as usize], size) == *cell));
        }
        assert!(cells.len() > 20);
    }

    proptest! {
        #[test]
        fn a_cell_is_a_small_ring_around_its_points(x in -1_800_000_000..=1_800_000_000_i32, y in -840_000_000..=840_000_000_i32, size in 5..=11_u8) {
            let point = LatticePoint::new(x, y);
            let outline = Hexagon::holding(point, HexagonSize::new(size).unwrap()).outline();
            let envelope = outline.envelope().unwrap();
            prop_assert!(envelope.max.x_e7 >= envelope.min.x_e7 && outline.0[0].exterior.area_2() != 0);
            // none wraps around the globe
            prop_assert!(i64::from(envelope.max.x_e7) - i64::from(envelope.min.x_e7) < 80_000_000);
        }
    }
}
