//! The main job on real census areas, by the program itself: what is outside is what arithmetic forces, every point has
//! one owner, real reports find their zone.
//!
//! `WANGGE_POINTS` (default 1,000) says how many random points are asked in each city; vertices and edge midpoints are a
//! tenth of that each. `WANGGE_PROGRAM` names another build of the program, such as an optimised one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;
use wangge::geom::{Envelope, LatticePoint, MultiPolygon, Ring};
use wangge::locate::brute_force;
use wangge::store::{GridRecord, Open};

use crate::cli::{Desk, Server};
use crate::postgis::Database;
use crate::real_data::real;

/// 2026-06-01T00:00:00Z, after every date of effect here.
const IN_FORCE_MS: i64 = 1_780_272_000_000;

fn points_wanted() -> usize {
    std::env::var("WANGGE_POINTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

/// Imports, partitions, publishes and checks a file as `s.gpkg`; `None` when the file is not there.
fn publish(desk: &Desk, file: &str, fields: &[&str]) -> Option<Value> {
    let path = real(file)?;
    let path = path.to_str().unwrap();
    let nulls = ["--null-households", "uninhabited"];
    desk.ok(&[&["import", path, "--store", "s.gpkg"], fields, &nulls[..]].concat());
    desk.ok(&["partition", "--store", "s.gpkg"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-01-01"]);
    Some(desk.json(&["check", "--store", "s.gpkg", "--json"]))
}

fn kinds(audit: &Value) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for grid in audit["outside"].as_array().unwrap() {
        *kinds.entry(grid["reason_kind"].as_str().unwrap_or("unexplained").to_owned()).or_default() += 1;
    }
    kinds
}

fn sound(audit: &Value) {
    assert_eq!(audit["area_ok"], true, "{audit}");
    for none in ["noncontiguous", "unassigned", "nesting_breaks"] {
        assert_eq!(audit[none], 0, "{none}");
    }
    assert_eq!((&audit["gaps"]["count"], &audit["overlaps"]["count"]), (&Value::from(0), &Value::from(0)));
}

#[test]
fn chiayi_by_code2_has_outside_three_communities_by_arithmetic_and_two_that_no_contiguous_division_can_serve() {
    let desk = Desk::new();
    let fields = ["--id", "CODEBASE", "--households", "H_CNT", "--population", "P_CNT", "--jurisdiction", "CODE2"];
    let Some(audit) = publish(&desk, "tw_chiayicity_bsa.fgb.zst", &fields) else { return };
    sound(&audit);
    assert_eq!(audit["households"], 98_557);
    assert_eq!(audit["uninhabited"], 8);
    // 969 households in 13 areas and 987 in 11 divide by arithmetic, but only into grids that hang together by a corner:
    // an independent search over all groups of areas says so, too
    assert_eq!(kinds(&audit), BTreeMap::from([("unit_below".to_owned(), 3), ("exhausted".to_owned(), 2)]));
    let outside = audit["outside"].as_array().unwrap();
    let exhausted: Vec<&str> = outside
        .iter()
        .filter(|grid| grid["reason_kind"] == "exhausted")
        .map(|grid| grid["jurisdiction"].as_str().unwrap())
        .collect();
    assert_eq!(exhausted, ["A2001-30", "A2002-28"]);
    owners_agree(&desk);
}

#[test]
fn kinmen_by_town_has_outside_only_islets_and_what_arithmetic_forces() {
    let desk = Desk::new();
    let fields = ["--id", "CODEBASE", "--households", "H_CNT", "--population", "P_CNT", "--jurisdiction", "TOWN_ID"];
    let Some(audit) = publish(&desk, "tw_kinmen_bsa.fgb.zst", &fields) else { return };
    sound(&audit);
    assert_eq!(audit["households"], 39_521);
    let kinds = kinds(&audit);
    assert!(kinds.keys().all(|kind| kind.starts_with("part_") || kind.starts_with("unit_")), "{kinds:?}");
    owners_agree(&desk);
}

#[test]
fn taipei_by_town_has_outside_only_the_grids_of_its_24_oversize_atoms() {
    let desk = Desk::new();
    let fields = ["--id", "CODEBASE", "--households", "H_CNT", "--population", "P_CNT", "--jurisdiction", "TOWN_ID"];
    let Some(audit) = publish(&desk, "tw_taipei_bsa.fgb.zst", &fields) else { return };
    sound(&audit);
    assert_eq!(audit["households"], 1_048_986);
    assert_eq!(kinds(&audit), BTreeMap::from([("atom_over".to_owned(), 24)]));
    let excess: u64 =
        audit["outside"].as_array().unwrap().iter().map(|g| g["households"].as_u64().unwrap() - 500).sum();
    assert_eq!(excess, 10_044);
    owners_agree(&desk);
}

#[test]
fn real_reports_find_their_taxi_zone_and_duplicate_codes_are_refused_by_name() {
    let (Some(zones), Some(reports)) = (real("nyc_taxi_zones.fgb.zst"), real("nyc311_2024-04-15.csv")) else { return };
    let desk = Desk::new();
    let (zones, reports) = (zones.to_str().unwrap(), reports.to_str().unwrap());
    let refused = desk.refused(&["adopt", zones, "--store", "s.gpkg", "--code", "LocationID"]);
    assert!(refused.contains("56") && refused.contains("103"), "{refused}");
    assert!(!desk.path("s.gpkg").exists());
    desk.ok(&["adopt", zones, "--store", "s.gpkg", "--code", "OBJECTID", "--name", "zone"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2024-01-01"]);
    let told =
        desk.json(&["locate", "--store", "s.gpkg", "--in", reports, "--out", "routed.csv", "--crs", "wgs84", "--json"]);
    assert_eq!(told, serde_json::json!({"located": 977, "outside": 0, "without_coordinates": 23, "unusable": 0}));
    owners_agree(&desk);
}

/// A stream of numbers that anybody can make again: the generator of Knuth's MMIX.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0 >> 11) * n as u128) >> 53) as usize
    }
}

/// Random points of the envelope, vertices, lattice points halfway along edges.
fn sample(shapes: &[MultiPolygon], wanted: usize) -> Vec<LatticePoint> {
    let edges: Vec<_> =
        shapes.iter().flat_map(|shape| shape.rings().flat_map(Ring::edges).collect::<Vec<_>>()).collect();
    let all = shapes.iter().filter_map(MultiPolygon::envelope).reduce(Envelope::union).unwrap();
    let (width, height) = (all.max.x_e7.abs_diff(all.min.x_e7) as usize, all.max.y_e7.abs_diff(all.min.y_e7) as usize);
    let mut numbers = Numbers(7);
    let mut points: Vec<LatticePoint> = (0..wanted)
        .map(|_| {
            LatticePoint::new(
                all.min.x_e7 + numbers.below(width + 1) as i32,
                all.min.y_e7 + numbers.below(height + 1) as i32,
            )
        })
        .collect();
    points.extend((0..wanted / 10).map(|_| edges[numbers.below(edges.len())].0));
    points.extend((0..wanted / 10).map(|_| {
        let (a, b) = edges[numbers.below(edges.len())];
        LatticePoint::new(i32::midpoint(a.x_e7, b.x_e7), i32::midpoint(a.y_e7, b.y_e7))
    }));
    points
}

/// The command line, HTTP, SQL where there is a PostGIS, and brute force over all rings name the same owner, and every vertex and every point on an edge
/// has one.
fn owners_agree(desk: &Desk) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut grids: Vec<GridRecord> = runtime.block_on(async {
        let store = wangge::store::open(desk.path("s.gpkg").to_str().unwrap(), Open::Existing).await.unwrap();
        let grids = store.grids(1).await.unwrap();
        store.close().await;
        grids
    });
    grids.sort_by(|a, b| a.code.cmp(&b.code));
    let shapes: Vec<MultiPolygon> = grids.iter().map(|grid| grid.shape.clone()).collect();
    let wanted = points_wanted();
    let points = sample(&shapes, wanted);
    let chunks: Vec<Vec<Option<&str>>> = std::thread::scope(|scope| {
        let (grids, shapes) = (&grids, &shapes);
        let ask = |part: &[LatticePoint]| -> Vec<Option<&str>> {
            part.iter().map(|&p| brute_force(shapes, p).map(|owner| grids[owner.face as usize].code.as_str())).collect()
        };
        let threads: Vec<_> =
            points.chunks(points.len().div_ceil(2)).map(|part| scope.spawn(move || ask(part))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let expected: Vec<Option<&str>> = chunks.concat();
    let on_border = &expected[wanted..];
    assert!(
        on_border.iter().enumerate().all(|(i, owner)| owner.is_some() || i >= wanted / 10),
        "a vertex has no owner"
    );

    let mut text = String::from("lon,lat\n");
    for point in &points {
        let at = point.to_lon_lat();
        let _ = writeln!(text, "{:.7},{:.7}", at.lon_deg, at.lat_deg);
    }
    desk.write("points.csv", text);
    desk.ok(&["locate", "--store", "s.gpkg", "--in", "points.csv", "--out", "owners.csv", "--at", "2026-06-01"]);
    let located = std::fs::read_to_string(desk.path("owners.csv")).unwrap();
    let by_cli: Vec<Option<&str>> =
        located.lines().skip(1).map(|line| line.split(',').nth(2).filter(|code| !code.is_empty())).collect();
    assert_eq!(by_cli.len(), expected.len());
    let differing = || (0..points.len()).find(|&i| by_cli[i] != expected[i]);
    assert!(differing().is_none(), "{:?}", differing().map(|i| (points[i], by_cli[i], expected[i])));

    let server = Server::start(desk, "s.gpkg");
    let agent = ureq::Agent::new_with_defaults();
    let mut resolutions = BTreeSet::new();
    for (point, owner) in points.iter().zip(&expected) {
        let at = point.to_lon_lat();
        let url =
            format!("{}/v1/locate?lon={:.7}&lat={:.7}&crs=wgs84&at=2026-06-01", server.url, at.lon_deg, at.lat_deg);
        let answer: Value = agent.get(&url).call().unwrap().body_mut().read_json().unwrap();
        assert_eq!(answer["grid"]["code"].as_str(), *owner, "{point}");
        resolutions.insert(answer["resolution"].as_str().unwrap().to_owned());
    }
    assert!(resolutions.contains("interior") && resolutions.contains("edge_tie"), "{resolutions:?}");
    sql_agrees(desk, &points, &expected);
}

/// The function in the database names the same owners, of a copy of the store.
fn sql_agrees(desk: &Desk, points: &[LatticePoint], expected: &[Option<&str>]) {
    let Some(database) = Database::new() else { return };
    desk.ok(&["copy", "--from", "s.gpkg", "--to", &database.url]);
    let by_sql = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut connection = database.connect().await;
        let mut by_sql = Vec::with_capacity(points.len());
        for points in points.chunks(10_000) {
            by_sql.extend(crate::owner_sql::ask(&mut connection, points, IN_FORCE_MS).await);
        }
        by_sql
    });
    assert_eq!(by_sql.len(), expected.len());
    for ((point, owner), (grid, ..)) in points.iter().zip(expected).zip(&by_sql) {
        assert_eq!(grid.as_deref(), *owner, "SQL: {point:?}");
    }
}
