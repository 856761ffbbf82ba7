//! Many points at once: columns, Arrow, bare numbers, lines.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, Float64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use serde_json::{Value, json};
use wangge::geom::{LatticePoint, MultiPolygon};
use wangge::locate::brute_force;

use super::district::{self, at, grids, probes};
use super::server::{Answer, Server};

const JSON: (&str, &str) = ("content-type", "application/json");
const RAW: (&str, &str) = ("content-type", "application/octet-stream");
const ARROW: (&str, &str) = ("content-type", "application/vnd.apache.arrow.stream");

fn columns(points: &[LatticePoint]) -> (Vec<f64>, Vec<f64>) {
    points.iter().map(|point| (point.to_lon_lat().lon_deg, point.to_lon_lat().lat_deg)).unzip()
}

fn ask(server: &Server, body: &Value) -> Answer {
    server.send("POST", "/v1/locate:batch", &[JSON], body.to_string().as_bytes())
}

fn arrow_of(points: &[LatticePoint]) -> Vec<u8> {
    let (lon, lat) = columns(points);
    let field = |name: &str| Field::new(name, DataType::Float64, true);
    let schema = std::sync::Arc::new(Schema::new(vec![field("Longitude"), field("Latitude")]));
    let arrays: Vec<arrow_array::ArrayRef> =
        vec![std::sync::Arc::new(Float64Array::from(lon)), std::sync::Arc::new(Float64Array::from(lat))];
    let batch = RecordBatch::try_new(schema.clone(), arrays).unwrap();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &schema).unwrap();
    // in two parts
    writer.write(&batch.slice(0, points.len() / 2)).unwrap();
    writer.write(&batch.slice(points.len() / 2, points.len() - points.len() / 2)).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn json_arrow_and_bare_numbers_give_the_owners_brute_force_gives() {
    let server = Server::published();
    let grids = grids();
    let shapes: Vec<MultiPolygon> = grids.iter().map(|grid| grid.shape.clone()).collect();
    let mut points = probes(&shapes, 5_000);
    points.push(at(40, 40));
    let expected: Vec<Option<String>> = points
        .iter()
        .map(|&point| brute_force(&shapes, point).map(|owner| grids[owner.face as usize].code.clone()))
        .collect();
    let (lon, lat) = columns(&points);

    let answer = ask(&server, &json!({"lon": lon, "lat": lat, "crs": "wgs84", "edge_distance": true}));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let code = |position: &Value| {
        position.as_u64().map(|position| answer["grids"][position as usize].as_str().unwrap().to_owned())
    };
    let found: Vec<Option<String>> = answer["grid"].as_array().unwrap().iter().map(code).collect();
    assert_eq!(found, expected);
    assert_eq!(answer["located"], expected.iter().flatten().count());
    assert_eq!(answer["edge_distance_m"].as_array().unwrap().len(), points.len());
    let ties: Vec<u64> = answer["edge_ties"].as_array().unwrap().iter().map(|row| row.as_u64().unwrap()).collect();
    assert!(ties.len() > 30);
    for row in ties {
        assert_eq!(answer["edge_distance_m"][row as usize], 0.0);
    }

    let raw: Vec<u8> = lon.iter().zip(&lat).flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()].concat()).collect();
    let answer = server.send("POST", "/v1/locate:batch?crs=wgs84", &[RAW], &raw);
    assert_eq!((answer.status, answer.header("content-type")), (200, RAW.1));
    let (positions, codes) = answer.bytes.split_at(points.len() * 4);
    let codes: Vec<&str> = std::str::from_utf8(codes).unwrap().lines().collect();
    let positions = positions.chunks(4).map(|bytes| i32::from_le_bytes(bytes.try_into().unwrap()));
    let found: Vec<Option<String>> = positions.map(|p| usize::try_from(p).ok().map(|p| codes[p].to_owned())).collect();
    assert_eq!(found, expected);

    let answer = server.send("POST", "/v1/locate:batch?crs=wgs84&edge_distance=true", &[ARROW], &arrow_of(&points));
    assert_eq!((answer.status, answer.header("content-type")), (200, ARROW.1), "{}", answer.text());
    let mut reader = arrow_ipc::reader::StreamReader::try_new(&answer.bytes[..], None).unwrap();
    let batch = reader.next().unwrap().unwrap();
    let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["grid", "resolution", "edge_distance_m"]);
    let grid = batch.column(0).as_dictionary::<Int32Type>().downcast_dict::<arrow_array::StringArray>().unwrap();
    let found: Vec<Option<String>> = grid.into_iter().map(|code| code.map(str::to_owned)).collect();
    assert_eq!(found, expected);
    assert_eq!(batch.column(2).null_count(), 0);
}

#[test]
fn rows_without_a_point_are_named_and_the_others_answered() {
    let server = Server::published();
    let body = json!({"lon": [121.04, null, 31.01, 999.0], "lat": [31.01, 31.01, 121.04, 0.0], "crs": "wgs84"});
    let answer = ask(&server, &body).json();
    assert_eq!((&answer["grids"], &answer["grid"]), (&json!(["A-002"]), &json!([0, null, null, null])));
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.iter().map(|error| error["row"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(errors[1]["reason"].as_str().unwrap().contains("swapped"), "{errors:?}");
}

#[test]
fn a_batch_as_of_a_date_is_answered_by_what_was_in_force_then() {
    let server = Server::new(|store| async move {
        district::publish_first(&*store).await;
        district::publish_second(&*store, district::NOW_MS - 86_400_000).await;
    });
    let (lon, lat) = columns(&[at(4, 4)]);
    let now = ask(&server, &json!({"lon": lon, "lat": lat, "crs": "wgs84"})).json();
    let then = ask(&server, &json!({"lon": lon, "lat": lat, "crs": "wgs84", "at": "2026-03-01"})).json();
    assert_eq!((&now["grids"], &then["grids"]), (&json!(["B-103"]), &json!(["B-002"])));
    assert_ne!(now["generation"], then["generation"]);
}

#[test]
fn a_bad_batch_says_what_is_wrong() {
    let server = Server::published();
    for (body, status, word) in [
        (json!({"lon": [1.0], "lat": [1.0]}).to_string(), 400, "crs is missing"),
        (json!({"lon": [1.0], "lat": [], "crs": "wgs84"}).to_string(), 422, "lat has 0 rows, lon 1"),
        (json!({"lon": ["a"], "lat": [1.0], "crs": "wgs84"}).to_string(), 422, "\"a\""),
        (json!({"lon": [1.0], "lat": [1.0], "crs": "EPSG:1"}).to_string(), 400, "EPSG:1"),
        (json!({"lon": [1.0], "lat": [1.0], "crs": "wgs84", "point": 1}).to_string(), 422, "point"),
        ("{\"lon\": [1".to_owned(), 400, "not JSON"),
    ] {
        let problem = server.send("POST", "/v1/locate:batch", &[JSON], body.as_bytes()).problem(status);
        assert!(problem["detail"].as_str().unwrap().contains(word), "{body}: {problem}");
    }
    let raw = |bytes: &[u8], query: &str| server.send("POST", &format!("/v1/locate:batch?{query}"), &[RAW], bytes);
    assert!(raw(&[0; 17], "crs=wgs84").problem(400)["detail"].as_str().unwrap().contains("17 bytes"));
    assert!(raw(&[0; 16], "").problem(400)["detail"].as_str().unwrap().contains("crs is missing"));
    assert_eq!(raw(&[], "crs=wgs84").bytes, b"");
    server.send("POST", "/v1/locate:batch?crs=wgs84", &[("content-type", "text/csv")], b"1,2").problem(415);
}

#[test]
fn damaged_arrow_is_refused_and_never_a_fault_of_the_server() {
    let server = Server::published();
    let whole = arrow_of(&[at(1, 1), at(2, 2), at(4, 1)]);
    let mut draw = wangge::locate::synthetic::Draw::new(5);
    for round in 0..300 {
        let mut bytes = whole.clone();
        if round % 3 == 0 {
            bytes.truncate(draw.below(whole.len() as u64) as usize);
        } else {
            for _ in 0..=draw.below(4) {
                let at = draw.below(bytes.len() as u64) as usize;
                bytes[at] ^= 1 << draw.below(8);
            }
        }
        let answer = server.send("POST", "/v1/locate:batch?crs=wgs84", &[ARROW], &bytes);
        assert!([200, 400].contains(&answer.status), "round {round}: {} {}", answer.status, answer.text());
    }
}

#[test]
fn lines_are_answered_as_they_come_before_the_request_ends() {
    let server = Server::published();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = "POST /v1/locate:stream?crs=wgs84 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut send = |text: &str| write!(stream, "{:x}\r\n{text}\r\n", text.len()).unwrap();
    send("{\"id\": 1, \"lon\": 121.04, \"lat\": 31.01}\n{\"id\": 2, \"lon\"");
    let mut line = String::new();
    let mut until = |word: &str| {
        loop {
            line.clear();
            assert!(reader.read_line(&mut line).unwrap() > 0, "no {word:?}");
            if line.contains(word) {
                return line.trim().to_owned();
            }
        }
    };
    assert!(until("HTTP/1.1").ends_with("200 OK"));
    let first: Value = serde_json::from_str(&until("\"id\": 1")).unwrap();
    assert_eq!((&first["grid"], &first["resolution"]), (&json!("A-002"), &json!("interior")));
    // the rest of the second line, one that is none, and one in another CRS
    let there = wangge::geom::datum::wgs84_to_gcj02(at(4, 1).to_lon_lat());
    let third = json!({"id": 3, "lon": there.lon_deg, "lat": there.lat_deg, "crs": "gcj02"});
    send(&format!(": 0.0, \"lat\": 0.0}}\nnonsense\n{third}"));
    let second: Value = serde_json::from_str(&until("\"id\": 2")).unwrap();
    assert_eq!((&second["grid"], &second["resolution"]), (&Value::Null, &json!("outside")));
    let wrong: Value = serde_json::from_str(&until("error")).unwrap();
    assert_eq!(wrong["line"], 3);
    send("");
    let third: Value = serde_json::from_str(&until("\"id\":3")).unwrap();
    assert_eq!(third["grid"], "A-002");
    let mut rest = String::new();
    reader.read_to_string(&mut rest).ok();
}

#[test]
fn ten_thousand_lines_come_back_in_order_and_one_too_many_bytes_hurt_nobody() {
    let server = Server::published();
    let grids = grids();
    let shapes: Vec<MultiPolygon> = grids.iter().map(|grid| grid.shape.clone()).collect();
    let points = probes(&shapes, 10_000);
    let (lon, lat) = columns(&points);
    let mut text = String::new();
    for (i, (lon, lat)) in lon.iter().zip(&lat).enumerate() {
        text.push_str(&json!({"id": i, "lon": lon, "lat": lat}).to_string());
        text.push('\n');
    }
    text.push_str(&"x".repeat(70_000));
    text.push_str("\n{\"id\": \"last\", \"lon\": 121.04, \"lat\": 31.01}\n");
    let answer = server.send(
        "POST",
        "/v1/locate:stream?crs=wgs84",
        &[("content-type", "application/x-ndjson")],
        text.as_bytes(),
    );
    assert_eq!(answer.status, 200);
    let text = answer.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), points.len() + 2);
    for (i, &point) in points.iter().enumerate() {
        let line: Value = serde_json::from_str(lines[i]).unwrap();
        let owner = brute_force(&shapes, point).map(|owner| grids[owner.face as usize].code.clone());
        assert_eq!((line["id"].as_u64(), &line["grid"]), (Some(i as u64), &json!(owner)));
    }
    assert!(lines[points.len()].contains("longer than 65536 bytes"), "{}", lines[points.len()]);
    assert!(lines[points.len() + 1].contains("A-002"));
    server.send("POST", "/v1/locate:stream", &[], b"").problem(400);
}
