//! What is in force as a file: written, looked up, served and replaced without a store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use super::cli::{Desk, Server};

fn published() -> Desk {
    let desk = Desk::new();
    desk.squares(&[400, 400, 350, 320], 2);
    desk.ok(&["partition", "--store", "s.gpkg"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-01-01"]);
    desk
}

const POINTS: &str =
    "id,lon,lat\n1,121.0005,25.0005\n2,,\n3,121.001,25.0005\n4,0,0\n5,121.002,25.001\n6,x,1\n7,121.0015,25.0015\n";

fn get(url: &str) -> (u16, Value) {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let mut response = agent.get(url).call().unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[test]
fn a_snapshot_answers_what_the_store_answers() {
    let desk = published();
    let said = desk.ok(&["export", "--store", "s.gpkg", "--snapshot", "s.wgs"]);
    assert!(said.starts_with("s.wgs: 4 grids of generation 1."), "{said}");
    let first = std::fs::read(desk.path("s.wgs")).unwrap();
    desk.ok(&["export", "--store", "s.gpkg", "--snapshot", "again.wgs"]);
    assert_eq!(first, std::fs::read(desk.path("again.wgs")).unwrap(), "same contents, same bytes");
    desk.write("in.csv", POINTS);
    let told = json!({"located": 4, "outside": 1, "without_coordinates": 1, "unusable": 1});
    for (from, source, out) in
        [("--store", "s.gpkg", "a.csv"), ("--snapshot", "s.wgs", "b.csv"), ("--store", "s.gpkg", "c.csv")]
    {
        let mut words = vec!["locate", from, source, "--in", "in.csv", "--out", out, "--json"];
        if out == "c.csv" {
            words.extend(["--index", "rtree"]);
        }
        assert_eq!(desk.json(&words), told, "{words:?}");
    }
    let read = |name: &str| std::fs::read_to_string(desk.path(name)).unwrap();
    assert_eq!(read("a.csv"), read("b.csv"));
    assert_eq!(read("a.csv"), read("c.csv"));
    assert_eq!(read("a.csv.rejected.csv"), "row,reason\n3,\"no coordinates\"\n7,\"\"\"x\"\" is not a coordinate\"\n");
    let one = |words: &[&str]| desk.json(&[&["locate"], words, &["121.0005", "25.0005", "--json"]].concat());
    let (by_store, by_file) = (one(&["--store", "s.gpkg"]), one(&["--snapshot", "s.wgs"]));
    for field in ["grid", "name", "resolution", "publication", "edge_distance_m"] {
        assert_eq!(by_store[field], by_file[field], "{field}");
    }
    // what is mended leaves no list behind
    desk.write("in.csv", "lon,lat\n121.0005,25.0005\n");
    desk.json(&["locate", "--snapshot", "s.wgs", "--in", "in.csv", "--out", "a.csv", "--json"]);
    assert!(!desk.path("a.csv.rejected.csv").exists());
}

#[test]
fn a_damaged_or_foreign_snapshot_is_refused_with_the_reason() {
    let desk = published();
    desk.ok(&["export", "--store", "s.gpkg", "--snapshot", "s.wgs"]);
    let whole = std::fs::read(desk.path("s.wgs")).unwrap();
    let mut flipped = whole.clone();
    let middle = whole.len() / 2;
    flipped[middle] ^= 4;
    for (name, bytes, word) in [
        ("cut.wgs", &whole[..whole.len() - 7], "cut short"),
        ("flipped.wgs", &flipped[..], "damaged"),
        ("foreign.wgs", b"PK\x03\x04 something else", "no snapshot"),
        ("empty.wgs", b"", "empty"),
    ] {
        desk.write(name, bytes);
        for words in
            [&["locate", "--snapshot", name, "121", "25"][..], &["serve", "--snapshot", name, "--bind", "127.0.0.1:0"]]
        {
            let line = desk.refused(words);
            assert!(line.contains(word) && line.contains(name), "{line}");
        }
    }
    assert!(desk.refused(&["locate", "121", "25"]).contains("--store S or --snapshot"));
    // nothing in force, nothing written
    let line = desk.refused(&["export", "--store", "s.gpkg", "--snapshot", "early.wgs", "--at", "2025-01-01"]);
    assert!(line.contains("nothing is in force at 2025-01-01") && !desk.path("early.wgs").exists(), "{line}");
}

#[test]
fn a_node_serves_a_snapshot_and_takes_up_the_next_one() {
    let desk = published();
    desk.ok(&["export", "--store", "s.gpkg", "--snapshot", "s.wgs"]);
    let node = Server::start_with(&desk, &["--snapshot", "s.wgs"]);
    let here = format!("{}/v1/locate?lon=121.0005&lat=25.0005&crs=wgs84", node.url);
    let (status, answer) = get(&here);
    assert_eq!(status, 200, "{answer}");
    assert_eq!((&answer["grid"]["code"], &answer["resolution"]), (&json!("all-003"), &json!("interior")));
    assert_eq!(answer["chain"][0]["level_name"], "grid");
    assert_eq!(answer["publication"]["effective_from"], "2025-12-31T16:00:00+00:00");
    let (_, outside) = get(&format!("{}/v1/locate?lon=120&lat=25&crs=wgs84", node.url));
    assert_eq!((&outside["grid"], &outside["resolution"]), (&Value::Null, &json!("outside")));
    for (query, word) in
        [("&at=2026-02-01", "one generation"), ("&accuracy=5", "no candidates"), ("&crs=", "more than once")]
    {
        let (status, problem) = get(&format!("{here}{query}"));
        assert!(status == 400 && problem["detail"].as_str().unwrap().contains(word), "{query}: {problem}");
    }
    assert_eq!(get(&format!("{}/v1/reports", node.url)).0, 404);
    assert_eq!(get(&format!("{}/readyz", node.url)).0, 200);
    // columns and lines, as of a service with a store
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let send = |path: &str, kind: &str, body: &str| {
        let mut response = agent.post(format!("{}{path}", node.url)).content_type(kind).send(body).unwrap();
        response.body_mut().read_to_string().unwrap()
    };
    let columns =
        send("/v1/locate:batch", "application/json", r#"{"lon":[121.0005,0],"lat":[25.0005,0],"crs":"wgs84"}"#);
    let columns: Value = serde_json::from_str(&columns).unwrap();
    assert_eq!((&columns["grids"], &columns["grid"]), (&json!(["all-003"]), &json!([0, null])));
    let line = send("/v1/locate:stream?crs=wgs84", "application/x-ndjson", "{\"lon\":121.0005,\"lat\":25.0005}\n");
    assert!(line.contains("\"grid\":\"all-003\""), "{line}");
    // a damaged file changes nothing; the next whole one is taken up
    let generation = get(&format!("{}/v1/snapshot", node.url)).1["generation"].clone();
    desk.write("bad.wgs", b"nonsense");
    std::fs::rename(desk.path("bad.wgs"), desk.path("s.wgs")).unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(get(&here).1["generation"], generation);
    desk.ok(&["partition", "--store", "s.gpkg", "--bounds", "600..900"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-02-01"]);
    desk.ok(&["export", "--store", "s.gpkg", "--snapshot", "s.wgs"]);
    let started = Instant::now();
    while get(&here).1["generation"] == generation {
        assert!(started.elapsed() < Duration::from_secs(10), "the new snapshot is not taken up");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(get(&here).1["publication"]["seq"], 2);
}

#[test]
fn parquet_and_ndjson_go_in_and_come_out_with_owners() {
    let desk = published();
    desk.write("in.ndjson", "{\"id\":1,\"lon\":121.0005,\"lat\":25.0005}\nnonsense\n");
    let told = desk.json(&["locate", "--store", "s.gpkg", "--in", "in.ndjson", "--out", "out.ndjson", "--json"]);
    assert_eq!(told, json!({"located": 1, "outside": 0, "without_coordinates": 0, "unusable": 1}));
    let text = std::fs::read_to_string(desk.path("out.ndjson")).unwrap();
    assert!(
        text.starts_with("{\"id\":1,\"lon\":121.0005,\"lat\":25.0005,\"grid\":\"all-003\",")
            && text.ends_with("\nnonsense\n"),
        "{text}"
    );
    let rejected = std::fs::read_to_string(desk.path("out.ndjson.rejected.csv")).unwrap();
    assert!(rejected.starts_with("row,reason\n2,\"not a JSON object"), "{rejected}");

    let columns: Vec<(&str, ArrayRef)> = vec![
        ("经度", Arc::new(Float64Array::from(vec![Some(121.0005), None, Some(121.0015)]))),
        ("纬度", Arc::new(Float64Array::from(vec![Some(25.0005), Some(25.0), Some(25.0015)]))),
        ("note", Arc::new(StringArray::from(vec!["甲", "乙", "丙"]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = std::fs::File::create(desk.path("in.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let told = desk.json(&["locate", "--store", "s.gpkg", "--in", "in.parquet", "--out", "out.parquet", "--json"]);
    assert_eq!(told, json!({"located": 2, "outside": 0, "without_coordinates": 1, "unusable": 0}));
    let file = std::fs::File::open(desk.path("out.parquet")).unwrap();
    let back = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().next().unwrap().unwrap();
    let text = |name: &str| {
        let column = back.column_by_name(name).unwrap().as_string::<i32>();
        column.iter().map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(text("note"), ["甲", "乙", "丙"].map(|note| Some(note.to_owned())));
    let grids = text("grid");
    assert!(grids[0].as_deref() == Some("all-003") && grids[1].is_none() && grids[2].is_some(), "{grids:?}");
    assert_eq!(back.column_by_name("edge_distance_m").unwrap().null_count(), 1);
    let line = desk.refused(&["locate", "--store", "s.gpkg", "--in", "out.parquet", "--out", "again.parquet"]);
    assert!(line.contains("\"grid\" already"), "{line}");
}
