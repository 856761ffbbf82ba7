//! Bad input ends in a problem that says what to do, never in a 5xx.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::server::Server;

#[test]
fn a_missing_or_garbled_parameter_is_named_with_what_is_allowed() {
    let server = Server::published();
    let long = "9".repeat(300);
    for (query, parameter, words) in [
        ("lat=31&crs=wgs84", "lon", "missing"),
        ("lon=121&crs=wgs84", "lat", "missing"),
        ("lon=121&lat=31", "crs", "wgs84, gcj02, bd09, cgcs2000, EPSG:n, or EPSG:n/ne"),
        ("lon=&lat=31&crs=wgs84", "lon", "empty"),
        ("lon=121&lat=31&crs=", "crs", "empty"),
        ("lon=abc&lat=31&crs=wgs84", "lon", "abc is not a finite number"),
        ("lon=NaN&lat=31&crs=wgs84", "lon", "finite"),
        ("lon=inf&lat=31&crs=wgs84", "lon", "finite"),
        ("lon=1e400&lat=31&crs=wgs84", "lon", "finite"),
        ("lon=121&lat=-1e400&crs=EPSG:4549", "lat", "finite"),
        ("lon=121&lon=122&lat=31&crs=wgs84", "lon", "more than once"),
        (&format!("lon={long}&lat=31&crs=wgs84"), "lon", "300 bytes"),
        ("lon=31&lat=121&crs=wgs84", "lon", "swapped"),
        ("lon=31&lat=121&crs=gcj02", "lon", "swapped"),
        ("lon=31&lat=121&crs=bd09", "lon", "swapped"),
        ("lon=200&lat=31&crs=wgs84", "lon", "out of range"),
        ("lon=121&lat=-95.5&crs=cgcs2000", "lat", "out of range"),
        ("lon=121&lat=31&crs=mars", "crs", "wgs84"),
        ("lon=121&lat=31&crs=EPSG:999999", "crs", "EPSG:999999"),
        ("lon=121&lat=31&crs=EPSG:4214", "crs", "local parameters"),
        ("lon=121&lat=31&crs=%00", "crs", "unknown CRS"),
        ("lon=1e300&lat=1e300&crs=EPSG:4549", "lon", "cannot be converted"),
        ("lon=121&lat=31&crs=wgs84&at=yesterday", "at", "2026-03-01"),
        ("lon=121&lat=31&crs=wgs84&at=2026-02-30", "at", "2026-02-30"),
        ("lon=121&lat=31&crs=wgs84&at=", "at", "empty"),
    ] {
        let problem = server.get(&format!("/v1/locate?{query}")).problem(400);
        assert_eq!(problem["parameter"], parameter, "{query}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{query}: {problem}");
    }
    for (path, parameter) in [
        ("/v1/grids?limit=0", "limit"),
        ("/v1/grids?limit=1001", "limit"),
        ("/v1/grids?limit=-1", "limit"),
        ("/v1/grids?limit=1.5", "limit"),
        ("/v1/grids?status=fine", "status"),
        ("/v1/grids?jurisdiction=X", "jurisdiction"),
        ("/v1/reports?limit=201", "limit"),
        ("/v1/coverage?at=now", "at"),
        ("/tiles/grids/0/0/x", "y"),
        ("/tiles/grids/0/0/-1", "y"),
        ("/tiles/grids/+1/0/0", "z"),
        ("/tiles/grids/0/99999999999999999999/0", "x"),
    ] {
        assert_eq!(server.get(path).problem(400)["parameter"], parameter, "{path}");
    }
}

#[test]
fn parameters_nobody_knows_are_ignored() {
    let server = Server::published();
    server.json("/v1/locate?lon=121.04&lat=31.01&crs=wgs84&utm_source=x&lonn=7");
    server.json("/v1/workspace?anything");
}

#[test]
fn what_is_not_there_is_a_404_and_a_wrong_method_a_405_with_allow() {
    let server = Server::published();
    for path in [
        "/v1",
        "/v1/",
        "/v2/locate",
        "/v1/locate/",
        "/v1/grids/none",
        "/v1/grids/%FF",
        "/v1/grids/a%2Fb",
        "/tiles/roads",
        "/tiles/roads/0/0/0",
        "/tiles/grids/21/0/0",
        "/tiles/grids/300/0/0",
        "/tiles/grids/2/4/0",
        "/v1/reports/none",
        "/assets/none.js",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/index.html",
    ] {
        let answer = server.get(path);
        // an escape that is no UTF-8 is a request that cannot be read
        answer.problem(if path.contains("%FF") { 400 } else { 404 });
    }
    for (method, path, allow) in [
        ("DELETE", "/v1/reports", "POST"),
        ("PUT", "/v1/locate", "GET"),
        ("POST", "/v1/workspace", "GET"),
        ("PATCH", "/tiles/grids/0/0/0", "GET"),
    ] {
        let answer = server.send(method, path, &[], b"");
        answer.problem(405);
        assert!(answer.header("allow").contains(allow), "{method} {path}: {:?}", answer.header("allow"));
    }
}

#[test]
fn a_body_that_is_not_a_report_is_refused_by_kind() {
    let server = Server::published();
    let json_type = [("content-type", "application/json")];
    let send = |headers: &[(&str, &str)], body: &[u8]| server.send("POST", "/v1/reports", headers, body);
    let lawful = json!({"category": "c", "text": "", "lon": 121.04, "lat": 31.01, "crs": "wgs84"});
    for headers in
        [&[][..], &[("content-type", "text/plain")], &[("content-type", "application/x-www-form-urlencoded")]]
    {
        send(headers, lawful.to_string().as_bytes()).problem(415);
    }
    for body in ["", "{", "[1,2", "not json", "{\"lon\": NaN}", "{\"lon\": 1e400}", "\u{0}"] {
        send(&json_type, body.as_bytes()).problem(400);
    }
    send(&json_type, b"{\"category\": \"\xff\"}").problem(400);
    for body in ["[]", "[\"c\", \"\", 121.04, 31.01, \"wgs84\"]", "null", "7", "{}", "{\"lon\": 1, \"lon\": 2}"] {
        send(&json_type, body.as_bytes()).problem(422);
    }
    let without = |field: &str| {
        let mut body = lawful.clone();
        body.as_object_mut().unwrap().remove(field);
        body
    };
    for field in ["category", "text", "lon", "lat", "crs"] {
        let problem = server.post(&without(field), None).problem(422);
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
    let with = |field: &str, value: serde_json::Value| {
        let mut body = lawful.clone();
        body[field] = value;
        server.post(&body, None).problem(422)
    };
    for (field, value, words) in [
        ("lon", json!("121"), "f64"),
        ("lon", json!(null), "missing"),
        ("lat", json!(95), "out of range"),
        ("lon", json!(31.0), ""),
        ("crs", json!("mars"), "unknown CRS"),
        ("crs", json!(""), "empty"),
        ("crs", json!(4326), "string"),
        ("category", json!(""), "1 to 64"),
        ("category", json!("   "), "spaces"),
        ("category", json!("字".repeat(65)), "65 letters"),
        ("category", json!("a\u{7}"), "U+0007"),
        ("text", json!("字".repeat(4001)), "4001 letters"),
        ("text", json!("a\u{0}b"), "U+0000"),
    ] {
        if field == "lon" && value == json!(31.0) {
            let mut swapped = lawful.clone();
            (swapped["lon"], swapped["lat"]) = (json!(31.01), json!(121.04));
            let problem = server.post(&swapped, None).problem(422);
            assert!(problem["detail"].as_str().unwrap().contains("swapped"), "{problem}");
            continue;
        }
        let problem = with(field, value);
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    assert_eq!(server.json("/v1/reports")["reports"], json!([]));
}

#[test]
fn a_body_over_64_kib_is_refused_announced_or_not() {
    let server = Server::published();
    let huge = json!({"category": "c", "text": "x".repeat(70_000), "lon": 121.04, "lat": 31.01, "crs": "wgs84"});
    server.post(&huge, None).problem(413);
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(
        stream,
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    .unwrap();
    for _ in 0..5 {
        // the server may have answered and gone already
        if write!(stream, "4000\r\n{}\r\n", "x".repeat(0x4000)).is_err() {
            break;
        }
    }
    let _ = stream.write_all(b"0\r\n\r\n");
    let mut head = [0; 64];
    let read = stream.read(&mut head).unwrap();
    assert!(head[..read].starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&head[..read]));
}

#[test]
fn what_is_no_http_never_stops_the_server() {
    let server = Server::published();
    for garbage in [
        "\r\n\r\n",
        "GET\r\n\r\n",
        "\u{1}\u{2}\u{3}",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /v1/locate?lon=%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let _ = stream.write_all(garbage.as_bytes());
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(!answer.starts_with("HTTP/1.1 5"), "{garbage:?}: {answer}");
    }
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn the_page_is_the_map_or_says_that_it_was_not_built() {
    let server = Server::published();
    let page = server.get("/");
    if page.status == 503 {
        assert_eq!(page.problem(503)["type"], "urn:wangge:problem:no-map");
        eprintln!("SKIPPED: the map was not built, so its headers are not looked at");
        return;
    }
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
    );
    let text = page.text();
    let asset = text.split('"').find(|part| part.starts_with("/assets/")).expect("the page names a file");
    let file = server.get(asset);
    assert_eq!(file.status, 200);
    assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(server.get_with(asset, &[("if-none-match", file.header("etag"))]).status, 304);
}
