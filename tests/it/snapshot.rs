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
fn a_node_sends_the_tiles_of_files_as_the_service_with_the_store_does() {
    let desk = published();
    desk.ok(&["export", "--store", "s.gpkg", "--snapshot", "s.wgs"]);
    let export = |to: &str, words: &[&str]| {
        desk.ok(&[&["export", "--store", "s.gpkg", "--pmtiles", to, "--zooms", "0-15", "--full"], words].concat())
    };
    export("grids.pmtiles", &[]);
    export("borders.pmtiles", &["--layer", "borders"]);
    let node = Server::start_with(&desk, &["--snapshot", "s.wgs", "--tiles", "grids.pmtiles,borders.pmtiles"]);
    let store = Server::start(&desk, "s.gpkg");
    // what a client is sent that takes these codings: status, the headers that say what it is, and the bytes
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let sent = |url: &str, codings: &str, known: &str| {
        let request = agent.get(url).header("accept-encoding", codings).header("if-none-match", known);
        let mut response = request.call().unwrap();
        let headers = ["content-type", "content-encoding", "etag", "cache-control", "vary"]
            .map(|name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()));
        (response.status().as_u16(), headers, response.body_mut().read_to_vec().unwrap())
    };
    let mut filled = 0;
    for layer in ["grids", "borders"] {
        let described = |server: &Server| {
            let (status, mut described) = get(&format!("{}/tiles/{layer}", server.url));
            assert_eq!(status, 200);
            let template = described["tiles"][0].take();
            let template = template.as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
            for place in ["maxzoom", "center"] {
                described[place].take();
            }
            (template, described)
        };
        let (template, by_node) = described(&node);
        assert_eq!((&template, &by_node), (&described(&store).0, &described(&store).1));
        // around the squares at every zoom, filled or not
        for z in 0..=15_u8 {
            let side = 2_f64.powi(z.into());
            let (x, y) = (
                (121.001 + 180.0) / 360.0 * side,
                (1.0 - 25.001_f64.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * side,
            );
            for (dx, dy) in [(0.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 1.0)] {
                let (x, y) = ((x + dx).clamp(0.0, side - 1.0) as u32, (y + dy).clamp(0.0, side - 1.0) as u32);
                let path = template
                    .replace("{z}", &z.to_string())
                    .replace("{x}", &x.to_string())
                    .replace("{y}", &y.to_string());
                for codings in ["gzip", "br", "zstd", "identity", "identity;q=0"] {
                    let both =
                        [&node, &store].map(|server| sent(&format!("{}{path}", server.url), codings, "\"none\""));
                    assert_eq!(both[0], both[1], "{path} {codings}");
                    if let (200, Some(tag)) = (both[0].0, &both[0].1[2]) {
                        filled += 1;
                        assert_eq!(sent(&format!("{}{path}", node.url), codings, tag).0, 304, "{path} {codings}");
                    }
                }
            }
        }
        let deep = sent(&format!("{}/tiles/{layer}/16/54795/28032", node.url), "identity", "");
        assert!(deep.0 == 404 && String::from_utf8_lossy(&deep.2).contains("zooms 0 to 15"), "{deep:?}");
    }
    assert!(filled > 100, "{filled}");
    assert!(get(&format!("{}/tiles/atoms", node.url)).1["detail"].as_str().unwrap().contains("it has grids, borders"));
    for (wrong, status) in [("grids/1/x/0", 400), ("grids/1/2/0", 404), ("streets/1/0/0", 404)] {
        assert_eq!(get(&format!("{}/tiles/{wrong}", node.url)).0, status, "{wrong}");
    }
    let layers = get(&format!("{}/tiles", node.url)).1;
    assert_eq!(layers["layers"][1]["zooms"], json!([0, 15]), "{layers}");

    // the next file is taken up, unless it is none
    let version = layers["layers"][0]["generation"].clone();
    desk.write("bad", b"nonsense");
    std::fs::rename(desk.path("bad"), desk.path("grids.pmtiles")).unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    let now = || get(&format!("{}/tiles", node.url)).1["layers"][0]["generation"].clone();
    assert_eq!(now(), version);
    desk.ok(&["partition", "--store", "s.gpkg", "--bounds", "600..900"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-02-01"]);
    export("grids.pmtiles", &[]);
    let started = Instant::now();
    while now() == version {
        assert!(started.elapsed() < Duration::from_secs(10), "the new tiles are not taken up");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_node_refuses_files_of_tiles_that_are_none() {
    let desk = published();
    desk.ok(&["export", "--store", "s.gpkg", "--snapshot", "s.wgs"]);
    desk.ok(&["export", "--store", "s.gpkg", "--pmtiles", "grids.pmtiles", "--zooms", "0-12"]);
    let whole = std::fs::read(desk.path("grids.pmtiles")).unwrap();
    desk.write("again.pmtiles", &whole);
    desk.write("cut.pmtiles", &whole[..100]);
    desk.write("foreign.pmtiles", b"PK\x03\x04 something else that goes on for longer than any head of a file of tiles would, so that it is read as one and found to be another");
    desk.write("empty.pmtiles", b"");
    for (tiles, word) in [
        ("cut.pmtiles", "no PMTiles file, or it is damaged"),
        ("foreign.pmtiles", "no PMTiles file, or it is damaged"),
        ("empty.pmtiles", "empty"),
        ("absent.pmtiles", "No such file"),
        ("grids.pmtiles,again.pmtiles", "two of the files of --tiles hold grids"),
    ] {
        let line = desk.refused(&["serve", "--snapshot", "s.wgs", "--tiles", tiles, "--bind", "127.0.0.1:0"]);
        assert!(line.contains(word), "{tiles}: {line}");
    }
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
