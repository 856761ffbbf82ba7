//! Any bytes as a town: cells tile it, or the refusal is a clear one; never a panic.
#![no_main]

use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use wangge::atom::{AtomKind, Line, LineClass};
use wangge::geom::{LatticePoint, MultiPolygon, Polygon, Ring};
use wangge::tessellate::{Footprint, Ground, Settings, Town, Unit, tessellate};
use wangge::topology::{Overlaps, RepairKind, Tolerance, build};

/// Reads small numbers, so that much meets by chance; now and then one at any place of the lattice.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn point(&mut self, scale: i32) -> LatticePoint {
        let (x, y) = (self.byte(), self.byte());
        if x == 255 {
            let mut far = || i32::from_be_bytes([self.byte(), self.byte(), self.byte(), self.byte()]);
            return LatticePoint::new(
                far().clamp(-1_800_000_000, 1_800_000_000),
                far().clamp(-900_000_000, 900_000_000),
            );
        }
        LatticePoint::new(i32::from(x) * scale, i32::from(y) * scale)
    }

    fn points(&mut self, scale: i32) -> Vec<LatticePoint> {
        let count = self.byte() % 8;
        (0..count).map(|_| self.point(scale)).collect()
    }

    fn shape(&mut self, scale: i32) -> MultiPolygon {
        let exterior = Ring::new(self.points(scale));
        let holes = if self.byte() % 4 == 0 { vec![Ring::new(self.points(scale))] } else { vec![] };
        MultiPolygon(vec![Polygon { exterior, holes }])
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let scale = [1, 90, 5_000, 3_000_000][usize::from(bytes.byte() % 4)];
    let counts = [bytes.byte() % 3 + 1, bytes.byte() % 8, bytes.byte() % 8, bytes.byte() % 4];
    let units: Vec<_> = (0..counts[0]).map(|i| (format!("u{i}"), bytes.shape(scale))).collect();
    let class = |byte: u8| LineClass::ALL[usize::from(byte) % LineClass::ALL.len()];
    let lines: Vec<_> =
        (0..counts[1]).map(|_| Line { class: class(bytes.byte()), name: None, points: bytes.points(scale) }).collect();
    let houses: Vec<_> = (0..counts[2]).map(|i| (format!("h{i}"), bytes.shape(scale), bytes.byte() % 3 > 0)).collect();
    let grounds: Vec<_> = (0..counts[3]).map(|i| (format!("g{i}"), bytes.shape(scale))).collect();
    let town = Town {
        units: units.iter().map(|(code, shape)| Unit { code, shape }).collect(),
        lines: &lines,
        footprints: houses
            .iter()
            .map(|(code, shape, inhabited)| Footprint {
                code,
                shape,
                kind: AtomKind::Building,
                building: code,
                inhabited: *inhabited,
            })
            .collect(),
        grounds: grounds.iter().map(|(code, shape)| Ground { code, shape, kind: AtomKind::Green }).collect(),
    };
    let settings = Settings { spacing_m: f64::from(scale.max(90)) / 90.0, ..Settings::default() };
    let Ok(made) = tessellate(&town, &settings, &|_, _| ControlFlow::Continue(())) else { return };
    let shapes: Vec<_> = made.cells.iter().map(|cell| &cell.shape).collect();
    let strict = Tolerance { width_m: 0.0, moved_m: 0.0, area_m2: 0.0 };
    let built = build(&shapes, &|face| face.0.to_string(), strict, Overlaps::Refuse).expect("cells are a coverage");
    assert!(built.repairs.iter().all(|repair| repair.kind == RepairKind::Gap));
    assert!(made.cells.iter().all(|cell| cell.shape.0.len() == 1));
});
