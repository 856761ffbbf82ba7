//! Drafts as files for other programs, and tables of other programs for drafts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::drafts::{done, grid, moved, office, post};
use super::server::Answer;
use super::staff::Office;

fn exported(office: &Office, plan: i64, query: &str) -> Answer {
    let answer = office.ask("planner-b", "GET", &format!("/v1/plans/{plan}/export?{query}"), None);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer
}

fn read(office: &Office, login: &str, plan: i64, name: &str, bytes: &[u8]) -> Answer {
    let bearer = office.account(login).bearer;
    let headers = [("content-type", "application/octet-stream"), ("authorization", bearer.as_str())];
    office.server.send("POST", &format!("/v1/plans/{plan}/table?name={name}"), &headers, bytes)
}

/// By the values of one field those of another.
fn column(table: &Value, key: &str, value: &str) -> BTreeMap<String, Value> {
    let fields: Vec<&str> = table["fields"].as_array().unwrap().iter().map(|field| field.as_str().unwrap()).collect();
    let at =
        |name: &str| fields.iter().position(|field| *field == name).unwrap_or_else(|| panic!("{name}: {fields:?}"));
    let (key, value) = (at(key), at(value));
    let rows = table["rows"].as_array().unwrap().iter();
    rows.map(|row| (row[key].as_str().unwrap().to_owned(), row[value].clone())).collect()
}

#[test]
fn a_draft_goes_out_in_every_format_and_comes_back_as_the_same_table() {
    let (office, plan) = office();
    let (two, three) = (grid(&office, plan, "B-102"), grid(&office, plan, "B-103"));
    done(&post(&office, "planner", plan, 0, &[moved("o1", Some(&three), Some(&two), &[4, 1])]));
    let expected = [("B1", json!("B-101")), ("B2", json!("B-102")), ("B3", json!("B-102")), ("U", Value::Null)];
    let expected: BTreeMap<String, Value> = expected.into_iter().map(|(atom, grid)| (atom.to_owned(), grid)).collect();
    for (format, name, media) in [
        ("csv", "x.csv", "text/csv; charset=utf-8; header=present"),
        ("geojson", "x.geojson", "application/geo+json"),
        ("gpkg", "x.gpkg", "application/geopackage+sqlite3"),
        ("fgb", "x.fgb", "application/octet-stream"),
        ("shp", "x.zip", "application/zip"),
    ] {
        let answer = exported(&office, plan, &format!("format={format}"));
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (media, "no-store"));
        let extension = if format == "shp" { "shp.zip" } else { format };
        let attachment = format!("attachment; filename=\"plan-{plan}-rev-1-atoms.{extension}\"");
        assert_eq!(answer.header("content-disposition"), attachment);
        let table = read(&office, "planner-b", plan, name, &answer.bytes);
        assert_eq!(table.status, 200, "{format}: {}", table.text());
        let table = table.json();
        assert_eq!(column(&table, "atom", "grid"), expected, "{format}: {table}");
        let households = column(&table, "atom", "households");
        assert_eq!((&households["B2"], &households["B3"]), (&json!("200"), &json!("150")), "{format}");
        assert_eq!(column(&table, "atom", "grid_id")["B3"], json!(two), "{format}: ids and names are whole");
        assert_eq!(table["numbers"].as_array().unwrap().len(), 4);
    }
    // an earlier revision, and the grids with the codes they would have
    let first = read(&office, "planner-b", plan, "x.csv", &exported(&office, plan, "rev=0").bytes).json();
    assert_eq!(column(&first, "atom", "grid")["B3"], "B-103");
    let grids = exported(&office, plan, "layer=grids&format=geojson").json();
    let grids: BTreeMap<&str, u64> = grids["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|grid| &grid["properties"])
        .map(|grid| (grid["code"].as_str().unwrap(), grid["households"].as_u64().unwrap()))
        .collect();
    assert_eq!(grids, BTreeMap::from([("B-101", 0), ("B-102", 350)]));
    assert_eq!(office.json("planner", &format!("/v1/plans/{plan}/draft"))["rev"], 1, "the draft is as it was");
}

#[test]
fn what_is_no_table_or_nobodys_is_refused_with_the_reason() {
    let (office, plan) = office();
    let path = format!("/v1/plans/{plan}/export");
    for (query, status) in [("format=dwg", 400), ("layer=roads", 400), ("rev=9", 404), ("rev=x", 400)] {
        office.ask("planner", "GET", &format!("{path}?{query}"), None).problem(status);
    }
    office.ask("planner-a", "GET", &path, None).problem(403);
    office.ask("planner", "GET", "/v1/plans/99/export", None).problem(404);
    for (name, bytes, words) in [
        ("x.gpkg", &b"nonsense"[..], "x.gpkg"),
        ("x.csv", b"", "empty"),
        ("x.exe", b"MZ", "x.exe"),
        ("x.zip", b"PK\x03\x04 and no more", "x.zip"),
        ("x.xlsx", b"PK", "x.xlsx"),
    ] {
        let answer = read(&office, "planner", plan, name, bytes);
        assert!((400..500).contains(&answer.status), "{name}: {}", answer.text());
        let problem = answer.problem(answer.status);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words) && !detail.contains("wangge-table-"), "{name}: {detail}");
    }
    read(&office, "planner-a", plan, "x.csv", b"atom,grid\n").problem(403);
    // spreadsheets in an encoding of offices
    let (text, _, _) = encoding_rs::GBK.encode("原子;网格\nB2;西湖一\n");
    let table = read(&office, "planner", plan, "x.csv", &text).json();
    assert_eq!(table, json!({"layer": "", "fields": ["原子", "网格"], "numbers": [2], "rows": [["B2", "西湖一"]]}));
}
