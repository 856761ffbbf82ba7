//! A made-up city of any size, for measuring.

use super::*;
use crate::geom::{LatticePoint, Polygon, Ring};

/// Lattice units in a metre at the equator.
const M: i32 = 90;
/// A block, from street to street, in metres.
const BLOCK_M: (i32, i32) = (120, 80);
/// Buildings in a block.
const BUILDINGS: i32 = 20;

/// Boundary, streets and buildings.
struct City {
    boundary: MultiPolygon,
    streets: Vec<Line>,
    buildings: Vec<(String, MultiPolygon)>,
}

/// A number from 0 to `below` that looks random and is always the same.
fn jitter(x: i32, y: i32, of: i32, below: i32) -> i32 {
    let mixed = (x.wrapping_mul(73_856_093)) ^ (y.wrapping_mul(19_349_663)) ^ (of.wrapping_mul(83_492_791));
    let mixed = mixed.wrapping_mul(0x2545_F491) ^ (mixed >> 13);
    mixed.rem_euclid(below)
}

fn shape(points: &[(i32, i32)]) -> MultiPolygon {
    let points = points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect();
    MultiPolygon(vec![Polygon { exterior: Ring::new(points), holes: vec![] }])
}

impl City {
    /// So many blocks, on crooked streets; every third building is an L.
    fn new(columns: i32, rows: i32) -> Self {
        let (width, height) = (BLOCK_M.0 * M, BLOCK_M.1 * M);
        let corner = |i: i32, j: i32| {
            LatticePoint::new(i * width + jitter(i, j, 1, 12 * M) - 6 * M, j * height + jitter(i, j, 2, 8 * M) - 4 * M)
        };
        let (right, top) = (columns * width + 10 * M, rows * height + 10 * M);
        let boundary = shape(&[(-10 * M, -10 * M), (right, -10 * M), (right, top), (-10 * M, top)]);
        let class = |i: i32| if i % 8 == 0 { LineClass::Arterial } else { LineClass::Street };
        let along = (0..=rows).map(|j| (class(j), (0..=columns).map(|i| corner(i, j)).collect()));
        let across = (0..=columns).map(|i| (class(i), (0..=rows).map(|j| corner(i, j)).collect()));
        let streets = along.chain(across).map(|(class, points)| Line { class, name: None, points }).collect();
        let mut buildings = Vec::new();
        for (i, j) in (0..columns).flat_map(|i| (0..rows).map(move |j| (i, j))) {
            for b in 0..BUILDINGS {
                let x = i * width + (10 + b % 5 * 21) * M + jitter(i, j, b, 2 * M);
                let y = j * height + (8 + b / 5 * 17) * M + jitter(j, i, b, M);
                let (w, h) = ((8 + b % 6) * M + jitter(b, i, j, M), (7 + b % 3) * M + jitter(b, j, i, M));
                let outline = if b % 3 == 0 {
                    shape(&[
                        (x, y),
                        (x + w, y),
                        (x + w, y + h / 2),
                        (x + w / 2, y + h / 2),
                        (x + w / 2, y + h),
                        (x, y + h),
                    ])
                } else {
                    shape(&[(x, y), (x + w, y + M / 3), (x + w - M / 3, y + h), (x - M / 3, y + h - M / 3)])
                };
                buildings.push((format!("{i:03}{j:03}{b:02}"), outline));
            }
        }
        Self { boundary, streets, buildings }
    }

    fn cut(&self) -> Tessellation {
        let town = Town {
            units: vec![Unit { code: "city", shape: &self.boundary }],
            lines: &self.streets,
            footprints: self
                .buildings
                .iter()
                .enumerate()
                .map(|(i, (code, shape))| Footprint {
                    code,
                    shape,
                    kind: AtomKind::Building,
                    building: code,
                    inhabited: i % 7 != 6,
                })
                .collect(),
            grounds: vec![],
        };
        let made = tessellate(&town, &Settings::default(), &|_, _| ControlFlow::Continue(())).unwrap();
        let lived_in = town.footprints.iter().filter(|footprint| footprint.inhabited).count();
        assert_eq!(made.cells.iter().filter(|cell| cell.footprint.is_some()).count(), lived_in);
        assert_eq!(made.cells.iter().map(|cell| cell.shape.area_2()).sum::<i128>(), self.boundary.area_2());
        made
    }
}

#[test]
fn a_city_has_a_cell_for_every_house_and_none_across_its_streets() {
    let made = City::new(6, 5).cut();
    assert!(made.findings.iter().all(|finding| finding.kind == FindingKind::FootprintCutByLine), "{:?}", made.findings);
    assert!(made.cells.iter().all(|cell| cell.shape.0.len() == 1));
}

#[test]
#[ignore = "half a minute, optimised: cargo test --release --no-default-features --lib 200_000 -- --ignored --nocapture"]
fn a_city_of_200_000_buildings_is_cut() {
    let city = City::new(100, 100);
    let made = city.cut();
    // six houses of seven are lived in; the others lie in their neighbours' cells
    assert_eq!(city.buildings.len(), 200_000);
    assert!(made.cells.len() > city.buildings.len() * 6 / 7, "{}", made.cells.len());
}
