//! The program as a person runs it: the words are fixed, the answers can be relied on, and what is wrong is said in one
//! line and changes nothing.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program under test; `WANGGE_PROGRAM` names another build of it.
pub fn program() -> std::ffi::OsString {
    std::env::var_os("WANGGE_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_wangge").into())
}

/// A folder of its own and the program.
pub struct Desk {
    pub folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn run(&self, words: &[&str]) -> Output {
        Command::new(program()).args(words).current_dir(self.folder.path()).env("LANG", "C.UTF-8").output().unwrap()
    }

    /// Runs and expects success; standard output.
    pub fn ok(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    pub fn json(&self, words: &[&str]) -> Value {
        let text = self.ok(words);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words:?}: {error}: {text}"))
    }

    /// Runs and expects a failure told in exactly one line; the line.
    pub fn refused(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{words:?} went through");
        assert_eq!(output.status.code(), Some(1), "{words:?}: {stderr}");
        let lines: Vec<&str> = stderr.lines().filter(|line| !line.starts_with("wangge: note:")).collect();
        assert!(lines.len() == 1 && lines[0].starts_with("wangge: "), "{words:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        lines[0].to_owned()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).unwrap();
        name.to_owned()
    }

    /// Makes `s.gpkg` from squares of 0.001° with these households, in rows of `columns`.
    pub fn squares(&self, households: &[i64], columns: usize) {
        let file = self.write("squares.geojson", squares(households, columns));
        self.ok(&["import", &file, "--store", "s.gpkg", "--id", "id", "--households", "hh"]);
    }
}

/// A running `wangge serve` on a free port.
pub struct Server {
    pub child: Child,
    pub url: String,
}

impl Server {
    pub fn start(desk: &Desk, store: &str) -> Self {
        Self::start_with(desk, &["--store", store])
    }

    pub fn start_with(desk: &Desk, words: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(["serve", "--bind", "127.0.0.1:0"])
            .args(words)
            .current_dir(desk.folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().trim_end_matches('/').to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Squares in rows, as GeoJSON with `id`, `hh`, `half`.
pub fn squares(households: &[i64], columns: usize) -> String {
    let feature = |(i, hh): (usize, &i64)| {
        let (x, y) = (121.0 + (i % columns) as f64 * 0.001, 25.0 + (i / columns) as f64 * 0.001);
        let half = if i < households.len() / 2 { "west" } else { "east" };
        let corners = [(0.0, 0.0), (0.001, 0.0), (0.001, 0.001), (0.0, 0.001), (0.0, 0.0)];
        let ring: Vec<String> = corners.iter().map(|(dx, dy)| format!("[{:.7},{:.7}]", x + dx, y + dy)).collect();
        format!(
            r#"{{"type":"Feature","properties":{{"id":"a{i}","hh":{hh},"half":"{half}"}},"geometry":{{"type":"Polygon","coordinates":[[{}]]}}}}"#,
            ring.join(",")
        )
    };
    let features: Vec<String> = households.iter().enumerate().map(feature).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

fn town() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/data/town.gpkg")
}

/// The words with which the bundled town is imported.
pub const TOWN: [&str; 14] = [
    "--layer",
    "parcels",
    "--id",
    "code",
    "--households",
    "households",
    "--population",
    "population",
    "--jurisdiction",
    "district,street_office,community",
    "--jurisdiction-name",
    "district_name,street_office_name,community_name",
    "--name",
    "address",
];

/// Imports, partitions and publishes the bundled town as `town.gpkg`.
pub fn make_town(desk: &Desk) {
    desk.ok(&[&["import", town(), "--store", "town.gpkg"], &TOWN[..]].concat());
    desk.ok(&["partition", "--store", "town.gpkg"]);
    desk.ok(&["publish", "--store", "town.gpkg", "--effective", "2026-01-01"]);
}

#[test]
fn the_bundled_town_becomes_grids_and_only_its_planted_cases_are_outside() {
    let desk = Desk::new();
    make_town(&desk);
    let audit = desk.json(&["check", "--store", "town.gpkg", "--json"]);
    let reasons: Vec<&str> =
        audit["outside"].as_array().unwrap().iter().map(|grid| grid["reason_kind"].as_str().unwrap()).collect();
    let mut sorted = reasons.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["atom_over", "part_below", "unit_gap"], "{audit}");
    assert_eq!((&audit["area_ok"], &audit["noncontiguous"]), (&Value::Bool(true), &Value::from(0)));
    assert_eq!(audit["gaps"]["count"], 0);
    assert_eq!(audit["households"], 39_834);
    let counted = ["in_bounds", "uninhabited", "unknown"].map(|key| audit[key].as_u64().unwrap()).iter().sum::<u64>();
    assert_eq!(audit["grids"].as_u64().unwrap(), counted + reasons.len() as u64);
}

#[test]
fn the_same_seed_gives_the_same_codes_for_the_same_atoms() {
    let desk = Desk::new();
    let assignment = |store: &str| {
        desk.ok(&[&["import", town(), "--store", store], &TOWN[..]].concat());
        desk.ok(&["partition", "--store", store, "--seed", "5"]);
        let out = format!("{store}.csv");
        desk.ok(&["export", "--store", store, "--layer", "atoms", "--to", &out]);
        std::fs::read_to_string(desk.path(&out)).unwrap()
    };
    assert_eq!(assignment("one.gpkg"), assignment("two.gpkg"));
}

#[test]
fn a_publication_stays_answerable_at_its_time_and_codes_are_kept_or_new() {
    let desk = Desk::new();
    desk.squares(&[100; 16], 4);
    desk.ok(&["partition", "--store", "s.gpkg"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-01-01"]);
    let at = |date: &str| desk.json(&["locate", "--store", "s.gpkg", "121.0005", "25.0005", "--at", date, "--json"]);
    let before = at("2026-01-01");
    desk.ok(&["partition", "--store", "s.gpkg", "--bounds", "100..200"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-06-01"]);
    assert_eq!(at("2026-05-31"), before);
    let after = at("2026-06-01");
    assert_eq!(after["publication"], 2);
    let codes = |plan: &str| {
        let out = format!("{plan}.csv");
        desk.ok(&["export", "--store", "s.gpkg", "--layer", "grids", "--to", &out, "--plan", plan]);
        let text = std::fs::read_to_string(desk.path(&out)).unwrap();
        let mut reader = csv_rows(&text);
        let header = reader.remove(0);
        let code = header.iter().position(|name| name == "code").unwrap();
        reader.into_iter().map(|row| row[code].clone()).collect::<std::collections::BTreeSet<String>>()
    };
    let (old, new) = (codes("1"), codes("2"));
    let highest = old.iter().max().unwrap();
    assert!(new.iter().all(|code| old.contains(code) || code > highest), "{old:?} {new:?}");
    let unknown = desk.refused(&["locate", "--store", "s.gpkg", "121.0005", "25.0005", "--at", "2025-12-31"]);
    assert!(unknown.contains("nothing is in force at 2025-12-31"), "{unknown}");
}

/// Cells of a CSV without quoted line breaks in it.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(',').map(|cell| cell.trim_matches('"').to_owned()).collect()).collect()
}

#[test]
fn a_plan_made_before_another_publication_is_refused_as_stale() {
    let desk = Desk::new();
    desk.squares(&[100; 8], 4);
    desk.ok(&["partition", "--store", "s.gpkg"]);
    desk.ok(&["partition", "--store", "s.gpkg", "--bounds", "100..200"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--plan", "1"]);
    let line = desk.refused(&["publish", "--store", "s.gpkg", "--plan", "2"]);
    assert!(line.contains("publication 1 has come since"), "{line}");
}

#[test]
fn a_csv_is_located_row_by_row_in_order() {
    let desk = Desk::new();
    desk.squares(&[400, 400], 2);
    desk.ok(&["partition", "--store", "s.gpkg"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-01-01"]);
    let rows = "id,text,lon,lat\n1,\"two\nlines\",121.0005,25.0005\n2,none,,\n3,border,121.001,25.0005\n4,far,0,0\n5,rim,121.002,25.001\n";
    desk.write("in.csv", rows);
    let summary =
        desk.json(&["locate", "--store", "s.gpkg", "--in", "in.csv", "--out", "out.csv", "--crs", "wgs84", "--json"]);
    assert_eq!(summary, serde_json::json!({"located": 3, "outside": 1, "without_coordinates": 1, "unusable": 0}));
    let text = std::fs::read_to_string(desk.path("out.csv")).unwrap();
    insta::assert_snapshot!(text, @r#"
    id,text,lon,lat,grid,edge_distance_m,resolution
    1,"two
    lines",121.0005,25.0005,all-001,50.47,interior
    2,none,,,,,
    3,border,121.001,25.0005,all-002,0.00,edge_tie
    4,far,0,0,,13750395.12,outside
    5,rim,121.002,25.001,all-002,0.00,edge_tie
    "#);
    // on the border and 50 m from every other one, with 15 m of error
    desk.json(&["locate", "--store", "s.gpkg", "--in", "in.csv", "--out", "sure.csv", "--accuracy", "15", "--json"]);
    insta::assert_snapshot!(std::fs::read_to_string(desk.path("sure.csv")).unwrap(), @r#"
    id,text,lon,lat,grid,edge_distance_m,resolution,candidates
    1,"two
    lines",121.0005,25.0005,all-001,50.47,interior,all-001:1.0000
    2,none,,,,,,
    3,border,121.001,25.0005,all-002,0.00,edge_tie,all-001:0.5000 all-002:0.5000
    4,far,0,0,,13750395.12,outside,outside:1.0000
    5,rim,121.002,25.001,all-002,0.00,edge_tie,outside:0.7500 all-002:0.2500
    "#);
    let one = desk.json(&["locate", "--store", "s.gpkg", "121.001", "25.0005", "--accuracy", "15", "--json"]);
    assert_eq!(
        (&one["edge_distance_m"], one["candidates"].as_array().map(Vec::len)),
        (&Value::from(0.0), Some(2)),
        "{one}"
    );
    let refused = desk.run(&["locate", "--store", "s.gpkg", "121.001", "25.0005", "--accuracy=-3"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("above 0 and at most 10000"), "{refused:?}");
}

#[test]
fn adopted_grids_keep_their_codes_and_gaps_become_findings() {
    let desk = Desk::new();
    // a frame of eight squares around an empty middle
    let mut value: Value = serde_json::from_str(&squares(&[400, 400, 400, 400, 0, 400, 400, 200, 600], 3)).unwrap();
    value["features"].as_array_mut().unwrap().remove(4);
    desk.write("grids.geojson", value.to_string());
    let plan =
        desk.json(&["adopt", "grids.geojson", "--store", "s.gpkg", "--code", "id", "--households", "hh", "--json"]);
    assert_eq!(
        (&plan["grids"], &plan["in_bounds"], plan["outside"].as_array().map(Vec::len)),
        (&Value::from(8), &Value::from(6), Some(2))
    );
    // as they were taken over is no proof
    assert_eq!((&plan["certified"], &plan["outside"][0]["certificate"]), (&Value::from(0), &Value::Null));
    desk.ok(&["publish", "--store", "s.gpkg"]);
    let audit = desk.json(&["check", "--store", "s.gpkg", "--json"]);
    assert_eq!(audit["gaps"]["count"], 1);
    assert_eq!(audit["outside"][0]["code"], "a7");
    let owner = desk.json(&["locate", "--store", "s.gpkg", "121.0005", "25.0005", "--json"]);
    assert_eq!(owner["grid"], "a0");
    let again = desk.refused(&["adopt", "grids.geojson", "--store", "t.gpkg", "--code", "half"]);
    assert!(again.contains("east") && again.contains("west") && again.contains("--merge-duplicates"), "{again}");
    assert!(!desk.path("t.gpkg").exists());
    desk.ok(&["adopt", "grids.geojson", "--store", "t.gpkg", "--code", "half", "--merge-duplicates"]);
}

#[test]
fn every_layer_is_exported_in_every_format() {
    let desk = Desk::new();
    make_town(&desk);
    for layer in ["grids", "atoms", "jurisdictions", "findings"] {
        for extension in ["gpkg", "geojson", "fgb", "csv"] {
            let out = format!("{layer}.{extension}");
            desk.ok(&["export", "--store", "town.gpkg", "--layer", layer, "--to", &out]);
            assert!(desk.path(&out).metadata().unwrap().len() > 0, "{out}");
        }
    }
    let line = desk.refused(&["export", "--store", "town.gpkg", "--layer", "grids", "--to", "grids.xyz"]);
    assert!(line.contains(".gpkg"), "{line}");
}

#[test]
fn bad_files_are_one_clear_line_and_leave_no_store_behind() {
    let desk = Desk::new();
    let good = squares(&[100, 100], 2);
    desk.write("good.geojson", &good);
    desk.write("empty.geojson", "");
    desk.write("half.geojson", &good[..good.len() / 2]);
    desk.write("text.geojson", "not a map at all");
    desk.write("negative.geojson", squares(&[100, -1], 2));
    desk.write("fraction.geojson", good.replace("\"hh\":100", "\"hh\":100.5"));
    desk.write("words.geojson", good.replace("\"hh\":100", "\"hh\":\"many\""));
    desk.write("null.geojson", good.replace("\"hh\":100", "\"hh\":null"));
    desk.write("same.geojson", good.replace("a1", "a0"));
    let bow_tie = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"tie","hh":5},"geometry":{"type":"Polygon","coordinates":[[[121,25],[121.001,25.001],[121.001,25],[121,25.001],[121,25]]]}}]}"#;
    desk.write("tie.geojson", bow_tie);
    desk.write("points.geojson", r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"p","hh":5},"geometry":{"type":"Point","coordinates":[121,25]}}]}"#);
    desk.write("none.geojson", r#"{"type":"FeatureCollection","features":[]}"#);
    desk.write("plain.csv", "id,hh,WKT\n1,5,\"POLYGON((0 0,1 0,1 1,0 0))\"\n");
    let (west, east) = good.split_at(good.find("a1").unwrap());
    desk.write("overlap.geojson", format!("{west}{}", east.replace("121.0010000", "121.0005000")));
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("missing.geojson", &[], &["missing.geojson"]),
        ("empty.geojson", &[], &["empty"]),
        ("half.geojson", &[], &["half.geojson"]),
        ("text.geojson", &[], &["text.geojson"]),
        ("negative.geojson", &[], &["a1", "hh", "-1"]),
        ("fraction.geojson", &[], &["a0", "100.5"]),
        ("words.geojson", &[], &["a0", "many"]),
        ("null.geojson", &[], &["2", "--null-households"]),
        ("same.geojson", &[], &["a0"]),
        ("tie.geojson", &[], &["tie", "ring 1", "crosses itself", "121.0005"]),
        ("points.geojson", &[], &["oint"]),
        ("none.geojson", &[], &["none.geojson"]),
        ("plain.csv", &[], &["--crs"]),
        ("overlap.geojson", &[], &["a0", "a1", "overlap"]),
        ("good.geojson", &["--layer", "nope"], &["nope", "good"]),
        ("good.geojson", &["--jurisdiction", "town"], &["town", "half"]),
        ("good.geojson", &["--crs", "EPSG:999999"], &["999999"]),
        ("good.geojson", &["--crs", "EPSG:2263"], &["a0"]),
    ];
    for (file, more, told) in cases {
        let words = [&["import", file, "--store", "s.gpkg", "--id", "id", "--households", "hh"], *more].concat();
        let line = desk.refused(&words);
        for word in *told {
            assert!(line.to_lowercase().contains(&word.to_lowercase()), "{file}: {word:?} is not in: {line}");
        }
        assert!(!desk.path("s.gpkg").exists(), "{file} left a store behind");
    }
    // where it is asked for, a bow tie keeps both its wings
    let keep = ["--crossings", "keep", "--most-repaired-share", "0.6"];
    let told =
        desk.ok(&[&["import", "tie.geojson", "--store", "tie.gpkg", "--id", "id", "--households", "hh"], &keep[..]]
            .concat());
    assert!(told.contains("1 atoms, 5 households") && told.contains("1 overlaps settled"), "{told}");
    let wrong = desk.refused(&["import", "good.geojson", "--store", "s.gpkg", "--households", "people"]);
    assert!(wrong.contains("people") && wrong.contains("hh"), "{wrong}");
}

#[test]
fn a_failed_import_changes_nothing_in_a_store_that_stands() {
    let desk = Desk::new();
    desk.squares(&[400, 400], 2);
    desk.ok(&["partition", "--store", "s.gpkg"]);
    let before = std::fs::read(desk.path("s.gpkg")).unwrap();
    desk.write("negative.geojson", squares(&[100, -1], 2));
    desk.refused(&["import", "negative.geojson", "--store", "s.gpkg", "--households", "hh"]);
    assert!(std::fs::read(desk.path("s.gpkg")).unwrap() == before);
}

#[test]
fn stores_that_are_not_ours_are_refused_untouched() {
    let desk = Desk::new();
    desk.write("good.geojson", squares(&[100, 100], 2));
    desk.write("text.gpkg", "some text");
    std::fs::copy(town(), desk.path("foreign.gpkg")).unwrap();
    for store in ["text.gpkg", "foreign.gpkg"] {
        let before = std::fs::read(desk.path(store)).unwrap();
        desk.refused(&["import", "good.geojson", "--store", store, "--households", "hh"]);
        desk.refused(&["check", "--store", store]);
        assert!(std::fs::read(desk.path(store)).unwrap() == before, "{store}");
    }
    let missing = desk.refused(&["partition", "--store", "nowhere.gpkg"]);
    assert!(missing.contains("wangge import"), "{missing}");
    assert!(!Path::new(&desk.path("nowhere.gpkg")).exists());
}

#[test]
fn wrong_words_are_usage_errors() {
    let desk = Desk::new();
    for words in [
        &["partition", "--store", "s.gpkg", "--bounds", "500..300"][..],
        &["import"],
        &["fly"],
        &["locate", "--store", "s.gpkg", "1"],
    ] {
        assert_eq!(desk.run(words).status.code(), Some(2), "{words:?}");
    }
    for command in
        ["import", "adopt", "partition", "publish", "check", "export", "locate", "serve", "workspace", "bench"]
    {
        let help = desk.ok(&[command, "--help"]);
        assert!(help.contains("Example"), "{command} has no example");
    }
}

#[test]
fn a_measurement_of_lookups_tells_all_its_figures_and_finds_no_answer_wrong() {
    let words = ["bench", "locate", "--grids", "400", "--points", "2000", "--rounds", "2", "--checks", "500", "--json"];
    let report = Desk::new().json(&words);
    for figure in ["ours_single_ns", "ours_batch_ns", "isolated_ns", "rstar_geo_ns", "bytes_per_grid", "build_s"] {
        assert!(report[figure].as_f64().is_some_and(|value| value > 0.0), "{figure}: {report}");
    }
    assert_eq!((&report["checked"], &report["wrong"]), (&3_000.into(), &0.into()));
    assert!(report["grids"].as_u64().is_some_and(|grids| (380..=420).contains(&grids)), "{report}");
}

#[test]
fn codes_follow_the_scheme_of_the_workspace() {
    let desk = Desk::new();
    desk.ok(&[&["import", town(), "--store", "town.gpkg"], &TOWN[..]].concat());
    assert_eq!(desk.json(&["workspace", "--store", "town.gpkg", "--json"])["name"], "澄浦区");
    desk.ok(&["workspace", "--store", "town.gpkg", "--code-scheme", "nbs12+3", "--name", "试点"]);
    desk.ok(&["partition", "--store", "town.gpkg"]);
    desk.ok(&["export", "--store", "town.gpkg", "--layer", "grids", "--to", "grids.csv"]);
    let text = std::fs::read_to_string(desk.path("grids.csv")).unwrap();
    let rows = csv_rows(&text);
    let code = rows[0].iter().position(|name| name == "code").unwrap();
    assert!(rows[1..].iter().all(|row| row[code].len() == 15 && row[code].bytes().all(|b| b.is_ascii_digit())));
    let wrong = desk.refused(&["workspace", "--store", "town.gpkg", "--time-zone", "Mars/Base"]);
    assert!(wrong.contains("Mars/Base"), "{wrong}");
    assert_eq!(desk.run(&["workspace", "--store", "town.gpkg", "--code-scheme", "{seq}"]).status.code(), Some(2));
    assert_eq!(desk.json(&["workspace", "--store", "town.gpkg", "--json"])["name"], "试点");
}

#[test]
fn a_port_in_use_is_said_in_one_line() {
    let desk = Desk::new();
    desk.squares(&[400], 1);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = desk.refused(&["serve", "--store", "s.gpkg", "--bind", &address]);
    assert!(line.contains("in use") && line.contains(&address), "{line}");
}
