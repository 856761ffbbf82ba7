//! A small district drawn by hand. One unit of the sketch is 0.01 degree, from 121 E, 31 N.
//!
//! ```text
//! 5  0───────3
//!    │  B2   │ ╲ B3          A1 has a hole, in which the enclave B1 lies.
//! 3  0───────3───────6───7   A2 has a slanted side; U, a triangle
//!    │ A1 ┌─┐│  A2  ╱ U ╱    on it, is in no grid.
//!    │    └B1│     ╱  ╱
//! 0  0───────3────5──7
//! ```
//! Grids: A-001 = A1 (620 households: over), A-002 = A2 (400), B-001 = B1 (nobody), B-002 = B2 + B3 (350).

use wangge::atom::{Atom, Dataset, Jurisdiction, UnitId};
use wangge::geom::{Envelope, LatticePoint, MultiPolygon, Polygon, Ring, area_m2, label_point};
use wangge::plan::{Attribute, Band, OwnBand, Reason};
use wangge::store::{GridRecord, NewFinding, NewImport, NewPlan, NewPublication, PlanTerms, PublicationRecord, Store};

/// One unit of the sketch.
pub const UNIT_E7: i32 = 100_000;

/// A point of the sketch.
pub fn at(x: i32, y: i32) -> LatticePoint {
    LatticePoint::new(1_210_000_000 + x * UNIT_E7, 310_000_000 + y * UNIT_E7)
}

fn ring(points: &[(i32, i32)]) -> Ring {
    Ring::new(points.iter().map(|&(x, y)| at(x, y)).collect())
}

fn shape(outer: &[(i32, i32)], holes: &[&[(i32, i32)]]) -> MultiPolygon {
    let holes = holes.iter().map(|hole| ring(hole)).collect();
    MultiPolygon(vec![Polygon { exterior: ring(outer), holes }])
}

const A1: [(i32, i32); 4] = [(0, 0), (3, 0), (3, 3), (0, 3)];
const HOLE: [(i32, i32); 4] = [(1, 1), (1, 2), (2, 2), (2, 1)];
const A2: [(i32, i32); 4] = [(3, 0), (5, 0), (6, 3), (3, 3)];
const B2_B3: [(i32, i32); 5] = [(0, 3), (3, 3), (6, 3), (3, 5), (0, 5)];

pub fn dataset() -> Dataset {
    let jurisdiction = |code: &str, name: &str, level, level_name: &str, parent: Option<&str>| Jurisdiction {
        code: code.to_owned(),
        name: name.to_owned(),
        level,
        level_name: level_name.to_owned(),
        parent: parent.map(str::to_owned),
        kind: None,
    };
    let atom = |code: &str, shape, households, unit| Atom {
        code: code.to_owned(),
        name: None,
        shape,
        households: Some(households),
        population: Some(households * 3),
        unit: UnitId(unit),
        ..Atom::default()
    };
    Dataset {
        atoms: vec![
            atom("A1", shape(&A1, &[&HOLE]), 620, 1),
            atom("A2", shape(&A2, &[]), 400, 1),
            atom("B1", shape(&HOLE, &[]), 0, 2),
            atom("B2", shape(&[(0, 3), (3, 3), (3, 5), (0, 5)], &[]), 200, 2),
            atom("B3", shape(&[(3, 3), (6, 3), (3, 5)], &[]), 150, 2),
            atom("U", shape(&[(5, 0), (7, 0), (6, 3)], &[]), 0, 2),
        ],
        jurisdictions: vec![
            jurisdiction("D", "临江区", 1, "district", None),
            jurisdiction("A", "东风社区", 2, "community", Some("D")),
            jurisdiction("B", "西湖社区", 2, "community", Some("D")),
        ],
        lines: vec![],
    }
}

fn boundaries() -> Vec<MultiPolygon> {
    let a = shape(&[(0, 0), (3, 0), (5, 0), (6, 3), (3, 3), (0, 3)], &[&HOLE]);
    let mut b = shape(&HOLE, &[]);
    b.0.extend(shape(&B2_B3, &[]).0);
    b.0.extend(shape(&[(5, 0), (7, 0), (6, 3)], &[]).0);
    let d = shape(&[(0, 0), (3, 0), (5, 0), (7, 0), (6, 3), (3, 5), (0, 5), (0, 3)], &[]);
    vec![d, a, b]
}

fn grid(code: &str, jurisdiction: &str, shape: MultiPolygon, households: u64, atoms: u32) -> GridRecord {
    let over = Reason::AtomOver { atom: "A1".to_owned(), total: households, band: Band::HOUSEHOLDS, of: None };
    GridRecord {
        code: code.to_owned(),
        name: format!("{code} 网格"),
        jurisdiction: jurisdiction.to_owned(),
        label: label_point(&shape).unwrap(),
        households,
        population: Some(households * 3),
        own: OwnBand::default(),
        status: Band::HOUSEHOLDS.status(households),
        reason: (households > 500).then_some(over),
        atoms,
        parts: 1,
        area_m2: area_m2(&shape),
        shape,
    }
}

/// The grids of the first plan, by code.
pub fn grids() -> Vec<GridRecord> {
    vec![
        grid("A-001", "A", shape(&A1, &[&HOLE]), 620, 1),
        grid("A-002", "A", shape(&A2, &[]), 400, 1),
        grid("B-001", "B", shape(&HOLE, &[]), 0, 1),
        grid("B-002", "B", shape(&B2_B3, &[]), 350, 2),
    ]
}

/// When the first publication takes effect: 2026-03-01, local midnight in Shanghai.
pub const FIRST_EFFECTIVE_MS: i64 = 1_772_294_400_000;
/// A quarter of a year later.
pub const NOW_MS: i64 = FIRST_EFFECTIVE_MS + 90 * 86_400_000;

pub async fn import(store: &dyn Store) -> i64 {
    let dataset = dataset();
    dataset.check().unwrap();
    let gap = NewFinding {
        kind: "gap".to_owned(),
        point: at(6, 1),
        shape: Some(shape(&[(6, 1), (7, 1), (7, 2)], &[])),
        area_m2: 812.5,
        moved_m: None,
        parties: vec!["A2".to_owned()],
        en: "a gap beside A2".to_owned(),
        zh: "A2 旁有空隙".to_owned(),
    };
    let import = NewImport {
        source: "district.geojson".to_owned(),
        content_hash: "d1".to_owned(),
        crs: "EPSG:4326".to_owned(),
        recorded_ms: FIRST_EFFECTIVE_MS - 1000,
        attributes: vec![Attribute::Households, Attribute::Population],
        dataset: &dataset,
        boundaries: &boundaries(),
        findings: vec![gap],
        mending: None,
    };
    store.import(&import, &|_, _| {}, &crate::store_samples::act()).await.unwrap()
}

async fn plan(
    store: &dyn Store,
    base: i64,
    scope: Option<&str>,
    grids: &[GridRecord],
    assignment: &[Option<u32>],
) -> i64 {
    let plan = NewPlan {
        dataset: store.datasets().await.unwrap()[0].id,
        base,
        scope: scope.map(str::to_owned),
        origin: "partition".to_owned(),
        attribute: Attribute::Households,
        band: Band::HOUSEHOLDS,
        seed: 7,
        recorded_ms: FIRST_EFFECTIVE_MS - 500,
        grids,
        assignment,
        findings: Vec::new(),
        terms: PlanTerms::default(),
    };
    store.save_plan(&plan, &crate::store_samples::act()).await.unwrap()
}

/// Imports and publishes the first plan.
pub async fn publish_first(store: &dyn Store) -> PublicationRecord {
    import(store).await;
    let assignment = [Some(0), Some(1), Some(2), Some(3), Some(3), None];
    let plan = plan(store, 0, None, &grids(), &assignment).await;
    let publication = NewPublication {
        plan,
        effective_ms: FIRST_EFFECTIVE_MS,
        recorded_ms: FIRST_EFFECTIVE_MS - 400,
        lineage: Vec::new(),
    };
    store.publish(&publication, &crate::store_samples::act()).await.unwrap()
}

/// A plan of community B: B1 as it was but under another code, B2 and B3 apart.
pub async fn draft_second(store: &dyn Store) -> i64 {
    let grids = [
        grid("B-101", "B", shape(&HOLE, &[]), 0, 1),
        grid("B-102", "B", shape(&[(0, 3), (3, 3), (3, 5), (0, 5)], &[]), 200, 1),
        grid("B-103", "B", shape(&[(3, 3), (6, 3), (3, 5)], &[]), 150, 1),
    ];
    let assignment = [None, None, Some(0), Some(1), Some(2), None];
    plan(store, 1, Some("B"), &grids, &assignment).await
}

/// Publishes [`draft_second`].
pub async fn publish_second(store: &dyn Store, effective_ms: i64) -> PublicationRecord {
    let plan = draft_second(store).await;
    let publication = NewPublication { plan, effective_ms, recorded_ms: NOW_MS, lineage: Vec::new() };
    store.publish(&publication, &crate::store_samples::act()).await.unwrap()
}

/// Lattice points to ask for: every vertex, the points about it, the lattice points nearest the middle of every edge, and
/// `count` points in and around the district by a fixed rule.
pub fn probes(shapes: &[MultiPolygon], count: usize) -> Vec<LatticePoint> {
    let mut probes = Vec::new();
    for ring in shapes.iter().flat_map(MultiPolygon::rings) {
        for (a, b) in ring.edges() {
            let middle = Envelope::of([a, b]).unwrap().centre();
            for p in [a, middle] {
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, -1)] {
                    probes.push(LatticePoint::new(p.x_e7 + dx, p.y_e7 + dy));
                }
            }
        }
    }
    // an additive recurrence with the plastic number covers the box evenly (Roberts 2018)
    let (mut u, mut v) = (0.5_f64, 0.5_f64);
    while probes.len() < count {
        (u, v) = ((u + 0.754_877_666_246_693).fract(), (v + 0.569_840_290_998_053).fract());
        let (x, y) = (u * 9.0 - 1.0, v * 7.0 - 1.0);
        let unit = f64::from(UNIT_E7);
        probes.push(LatticePoint::new(1_210_000_000 + (x * unit) as i32, 310_000_000 + (y * unit) as i32));
    }
    probes
}
