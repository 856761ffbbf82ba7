//! Small datasets, plans and reports for the tests of the store.

use serde_json::json;
use wangge::atom::{Atom, AtomKind, Attributes, Dataset, Feature, Jurisdiction, Line, LineClass, Origin, UnitId};
use wangge::geom::{LatticePoint, MultiPolygon, Polygon, Ring, area_m2};
use wangge::officer::{Changes, Duty, Kind, Officer, Role, Span};
use wangge::plan::{Attribute, Band, OwnBand, OwnBands, Reason, Status};
use wangge::store::{
    Act, GridRecord, LineageRecord, NestedIn, NewFinding, NewImport, NewPlan, NewPublication, NewReport, PlanTerms,
};

/// South-west corner of every sample.
pub const CORNER: (i32, i32) = (1_215_000_001, 250_000_003);
/// Side of an atom in lattice units; odd, so that degrees are not round.
pub const SIDE: i32 = 9_871;
/// 2026-03-01T00:00:00Z.
pub const TIME_MS: i64 = 1_772_323_200_000;

/// Somebody who acts a little after [`TIME_MS`].
pub fn act() -> Act {
    Act { by: "tester".to_owned(), at_ms: TIME_MS + 10, request: Some("q1".to_owned()) }
}

/// The box of `columns` × `rows` atoms whose south-west one stands at `column`, `row`.
pub fn block(column: i32, row: i32, columns: i32, rows: i32) -> MultiPolygon {
    let point = |dc: i32, dr: i32| LatticePoint::new(CORNER.0 + (column + dc) * SIDE, CORNER.1 + (row + dr) * SIDE);
    let ring = Ring::new(vec![point(0, 0), point(columns, 0), point(columns, rows), point(0, rows)]);
    MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }])
}

/// A square district of `side` × `side` atoms; its west half is street office `W`, its east half `E`. Odd ones run
/// clockwise, the first has a hole and no counts, `mark` is in every name.
pub fn district(side: i32, mark: &str) -> (Dataset, Vec<MultiPolygon>) {
    let mut atoms = Vec::new();
    for row in 0..side {
        for column in 0..side {
            let n = row * side + column;
            let mut shape = block(column, row, 1, 1);
            if n % 2 == 1 {
                let polygon = shape.0.remove(0);
                shape.0.push(Polygon { exterior: polygon.exterior.reversed(), holes: vec![] });
            }
            if n == 0 {
                let p = |d, e| LatticePoint::new(CORNER.0 + d, CORNER.1 + e);
                shape.0[0].holes.push(Ring::new(vec![p(10, 10), p(10, 20), p(20, 10)]));
            }
            atoms.push(Atom {
                code: format!("A{n:05}"),
                name: (n % 3 == 0).then(|| format!("{mark} 路 {n} 号")),
                shape,
                households: (n > 0).then_some(n as u32 % 7 * 10),
                population: (n > 0).then_some(n as u32 % 7 * 25),
                unit: UnitId(if column * 2 < side { 1 } else { 2 }),
                kind: AtomKind::ALL[n as usize % AtomKind::ALL.len()],
                households_origin: match n % 4 {
                    0 => Origin::Estimated(format!("floor area within 方格 {n}")),
                    _ => Origin::Counted,
                },
                population_origin: if n % 5 == 0 { Origin::Estimated("raster".into()) } else { Origin::Counted },
                attributes: match n % 3 {
                    0 => [("levels".to_owned(), json!(n)), ("compound".to_owned(), json!("东苑"))].into(),
                    _ => Attributes::new(),
                },
            });
        }
    }
    let unit = |code: &str, name: &str, level, parent: Option<&str>| Jurisdiction {
        code: code.to_owned(),
        name: name.to_owned(),
        level,
        level_name: if level == 1 { "district" } else { "street_office" }.to_owned(),
        parent: parent.map(str::to_owned),
        kind: (code == "E").then(|| "农村".to_owned()),
    };
    let jurisdictions =
        vec![unit("D", "东区", 1, None), unit("W", "西街道", 2, Some("D")), unit("E", "东街道", 2, Some("D"))];
    let west = (side + 1) / 2;
    let boundaries = vec![block(0, 0, side, side), block(0, 0, west, side), block(west, 0, side - west, side)];
    (Dataset { atoms, jurisdictions, lines: lines() }, boundaries)
}

pub fn new_import<'a>(dataset: &'a Dataset, boundaries: &'a [MultiPolygon], hash: &str) -> NewImport<'a> {
    NewImport {
        source: "district.fgb".to_owned(),
        content_hash: hash.to_owned(),
        crs: "EPSG:4547".to_owned(),
        recorded_ms: TIME_MS,
        attributes: vec![Attribute::Population, Attribute::Households],
        dataset,
        boundaries,
        findings: vec![finding("gap", Some(block(0, 0, 1, 1))), finding("null_counts", None)],
        mending: Some("{\"tolerance_m\":0.5}".to_owned()),
    }
}

pub fn finding(kind: &str, shape: Option<MultiPolygon>) -> NewFinding {
    NewFinding {
        kind: kind.to_owned(),
        point: LatticePoint::new(CORNER.0 + 5, CORNER.1 + 7),
        area_m2: shape.as_ref().map_or(0.0, area_m2),
        moved_m: shape.as_ref().map(|_| 0.25),
        shape,
        parties: vec!["A00000".to_owned(), "A\"1".to_owned()],
        en: "a gap".to_owned(),
        zh: "一处缝隙".to_owned(),
    }
}

/// One grid a row and street office (rows of `scope` alone when there is one), codes from `prefix`; the first atom
/// stays unassigned.
pub struct SamplePlan {
    pub scope: Option<String>,
    pub grids: Vec<GridRecord>,
    pub assignment: Vec<Option<u32>>,
}

impl SamplePlan {
    pub fn rows(side: i32, prefix: &str, scope: Option<&str>) -> Self {
        let west = (side + 1) / 2;
        let band = Band::HOUSEHOLDS;
        let mut grids = Vec::new();
        let mut assignment = vec![None; (side * side) as usize];
        for row in 0..side {
            for (unit, column, columns) in [("W", 0, west), ("E", west, side - west)] {
                if scope.is_some_and(|scope| scope != unit && scope != "D") {
                    continue;
                }
                let shape = block(column, row, columns, 1);
                for c in column..column + columns {
                    assignment[(row * side + c) as usize] = Some(grids.len() as u32);
                }
                let status = [Status::Under, Status::InBand, Status::Uninhabited, Status::Over][row as usize % 4];
                grids.push(GridRecord {
                    code: format!("{prefix}{unit}-{row:03}"),
                    name: format!("第{row}网格"),
                    jurisdiction: unit.to_owned(),
                    label: LatticePoint::new(CORNER.0 + column * SIDE + 5, CORNER.1 + row * SIDE + 5),
                    households: 300 + row as u64,
                    population: (row % 2 == 0).then_some(900),
                    status,
                    own: OwnBand { band: (status == Status::Under).then_some(band), other: None },
                    reason: (status == Status::Under).then(|| Reason::UnitBelow {
                        unit: unit.to_owned(),
                        total: 12,
                        band,
                        of: None,
                    }),
                    atoms: columns as u32,
                    parts: 1,
                    area_m2: area_m2(&shape),
                    shape,
                });
            }
        }
        assignment[0] = None;
        Self { scope: scope.map(str::to_owned), grids, assignment }
    }

    pub fn on(&self, dataset: i64, base: i64) -> NewPlan<'_> {
        NewPlan {
            dataset,
            base,
            scope: self.scope.clone(),
            origin: "partition".to_owned(),
            attribute: Attribute::Households,
            band: Band::HOUSEHOLDS,
            seed: u64::MAX - 1,
            recorded_ms: TIME_MS + 1,
            grids: &self.grids,
            assignment: &self.assignment,
            findings: vec![finding("noncontiguous", None)],
            terms: PlanTerms {
                nested_in: NestedIn::Level("district".to_owned()),
                other_band: Some(Band::POPULATION),
                exclusive_band: Some(Band { lower: 1, upper: 900 }),
                own_bands: OwnBands {
                    of: [("D".to_owned(), own(7, 70))].into(),
                    of_kind: [("农村".to_owned(), OwnBand { band: None, ..own(5, 50) })].into(),
                },
                figures: Some(serde_json::json!({"grids": self.grids.len(), "outside": ["W-000"]})),
                ..PlanTerms::default()
            },
        }
    }
}

/// Two bands of one jurisdiction.
fn own(lower: u32, upper: u32) -> OwnBand {
    OwnBand { band: Some(Band { lower, upper }), other: Some(Band { lower, upper: 3 * upper }) }
}

pub fn new_publication(plan: i64) -> NewPublication {
    NewPublication {
        plan,
        effective_ms: TIME_MS + 86_400_000,
        recorded_ms: TIME_MS + 2,
        lineage: vec![
            LineageRecord { old: "a".to_owned(), new: "c".to_owned(), share: 0.25 },
            LineageRecord { old: "a".to_owned(), new: "b".to_owned(), share: 1.0 / 3.0 },
        ],
    }
}

pub fn new_report(id: &str, key: Option<&str>) -> NewReport {
    NewReport {
        id: id.to_owned(),
        key: key.map(str::to_owned),
        body_hash: format!("hash of {}", key.unwrap_or(id)),
        category: "路灯".to_owned(),
        text: "灯不亮, \"again\"\n第二行".to_owned(),
        given: (121.500_000_1, 25.000_000_3, "wgs84".to_owned()),
        point: LatticePoint::new(CORNER.0, CORNER.1),
        grid: Some("W-000".to_owned()),
        chain: serde_json::json!([{ "level": 0, "code": "W-000" }]),
        resolution: "interior".to_owned(),
        publication: None,
        received_ms: TIME_MS + 3,
    }
}

/// An officer with a duty as primary and one as deputy.
pub fn new_officer(code: &str) -> Changes {
    let duty = |role: Role| Duty {
        id: 0,
        officer: code.to_owned(),
        grid: format!("{}-{code}", role.as_str()),
        role,
        span: Span { from_ms: 0, to_ms: None },
    };
    Changes {
        new_officers: vec![Officer { name: format!("王{code}"), ..Officer::new(code, Kind::Person) }],
        begun: vec![duty(Role::Primary), duty(Role::Deputy)],
        ..Changes::default()
    }
}

/// Two lines, one without a name.
pub fn lines() -> Vec<Line> {
    let p = |d, e| LatticePoint::new(CORNER.0 + d, CORNER.1 + e);
    vec![
        Line { class: LineClass::River, name: None, points: vec![p(0, 0), p(7, 9), p(7, -9)] },
        Line { class: LineClass::Street, name: Some("人民路".into()), points: vec![p(-1, 0), p(7, 9)] },
    ]
}

/// Polygons of an input: a building with all there is to say, one with nothing.
pub fn features() -> Vec<Feature> {
    let (dataset, _) = district(2, "x");
    let shape = |n: usize| dataset.atoms[n].shape.clone();
    vec![
        Feature {
            code: "B2".into(),
            name: Some("二号楼".into()),
            class: Some("residential".into()),
            households: Some(40),
            population: Some(0),
            attributes: [("levels".to_owned(), json!(6.5)), ("number".to_owned(), json!("2号楼"))].into(),
            shape: shape(1),
        },
        Feature { code: "B1".into(), shape: shape(0), ..Feature::default() },
    ]
}
