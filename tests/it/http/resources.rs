//! Workspace, grids, jurisdictions, plans, coverage, operation.

use serde_json::{Value, json};

use super::server::Server;

#[test]
fn the_workspace_says_what_is_here() {
    let server = Server::published();
    let workspace = server.json("/v1/workspace");
    assert_eq!(workspace["today"], "2026-05-30");
    assert_eq!(workspace["counts"], json!({"atoms": 6, "jurisdictions": 3, "grids": 4, "reports": 0}));
    assert_eq!(workspace["bounds"], json!({"lower": 300, "upper": 500}));
    assert_eq!(workspace["attribute"], "households");
    assert_eq!(
        workspace["levels"],
        json!([{"level": 1, "level_name": "district"}, {"level": 2, "level_name": "community"}])
    );
    assert_eq!(workspace["envelope"], json!([121.0, 31.0, 121.06, 31.05]));
    assert_eq!(workspace["publication"]["effective_from"], "2026-03-01T00:00:00+08:00");
    assert!(workspace["tiles_version"].as_str().unwrap().starts_with("1."));
}

#[test]
fn grids_come_by_code_a_page_at_a_time_and_filtered() {
    let server = Server::published();
    let codes = |path: &str| -> Vec<String> {
        let page = server.json(path);
        page["grids"].as_array().unwrap().iter().map(|grid| grid["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes("/v1/grids"), ["A-001", "A-002", "B-001", "B-002"]);
    assert_eq!(codes("/v1/grids?limit=3"), ["A-001", "A-002", "B-001"]);
    assert_eq!(server.json("/v1/grids?limit=3")["next"], "B-001");
    assert_eq!(codes("/v1/grids?limit=3&after=B-001"), ["B-002"]);
    assert_eq!(server.json("/v1/grids?limit=3&after=B-001")["next"], Value::Null);
    assert_eq!(server.json("/v1/grids?limit=1")["total"], 4);
    assert_eq!(codes("/v1/grids?status=over"), ["A-001"]);
    assert_eq!(codes("/v1/grids?status=uninhabited"), ["B-001"]);
    assert_eq!(codes("/v1/grids?jurisdiction=B"), ["B-001", "B-002"]);
    assert_eq!(codes("/v1/grids?jurisdiction=D&status=in_band"), ["A-002", "B-002"]);
    let over = &server.json("/v1/grids?status=over")["grids"][0];
    assert_eq!(over["reason"]["kind"], "atom_over");
    assert!(over["reason"]["zh"].as_str().unwrap().contains("上限"));
}

#[test]
fn one_grid_has_its_shape_as_geojson() {
    let server = Server::published();
    let grid = server.json("/v1/grids/A-001");
    assert_eq!(grid["geometry"]["type"], "MultiPolygon");
    let rings = grid["geometry"]["coordinates"][0].as_array().unwrap();
    assert_eq!(rings.len(), 2);
    // RFC 7946: closed, outer ring counter-clockwise
    assert_eq!(rings[0], json!([[121.0, 31.0], [121.03, 31.0], [121.03, 31.03], [121.0, 31.03], [121.0, 31.0]]));
    let chain: Vec<_> = grid["chain"].as_array().unwrap().iter().map(|link| link["code"].as_str().unwrap()).collect();
    assert_eq!(chain, ["A-001", "A", "D"]);
}

#[test]
fn jurisdictions_add_up_to_their_parent() {
    let server = Server::published();
    let list = server.json("/v1/jurisdictions");
    let codes: Vec<_> = list["jurisdictions"].as_array().unwrap().iter().map(|j| j["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["D", "A", "B"]);
    let district = server.json("/v1/jurisdictions/D");
    assert_eq!(
        (&district["households"], &district["population"], &district["grids"]),
        (&json!(1370), &json!(4110), &json!(4))
    );
    assert_eq!(district["children"], json!(["A", "B"]));
    assert_eq!(district["parent"], Value::Null);
    assert_eq!(district["envelope"], json!([121.0, 31.0, 121.07, 31.05]));
    let community = server.json("/v1/jurisdictions/B");
    assert_eq!((&community["households"], &community["parent"]), (&json!(350), &json!("D")));
    assert_eq!(community["geometry"]["coordinates"].as_array().unwrap().len(), 3);
    server.get("/v1/jurisdictions/X").problem(404);
}

#[test]
fn plans_say_which_grids_lie_outside_and_why() {
    let server = Server::published();
    let plans = server.json("/v1/plans");
    let plan = &plans["plans"][0];
    assert_eq!((&plan["status"], &plan["grids"], &plan["in_band"]), (&json!("published"), &json!(4), &json!(2)));
    assert_eq!((&plan["uninhabited"], &plan["outside"], &plan["seed"]), (&json!(1), &json!(1), &json!(7)));
    let id = plan["id"].as_i64().unwrap();
    let detail = server.json(&format!("/v1/plans/{id}"));
    assert_eq!(detail["outside_grids"][0]["code"], "A-001");
    assert_eq!(detail["outside_grids"][0]["reason"]["kind"], "atom_over");
    for id in ["99", "x", "-1", "99999999999999999999"] {
        server.get(&format!("/v1/plans/{id}")).problem(404);
    }
}

#[test]
fn coverage_adds_up_and_names_what_is_wrong() {
    let server = Server::published();
    let coverage = server.json("/v1/coverage");
    let totals = &coverage["totals"];
    assert_eq!((&totals["grids"], &totals["in_band"], &totals["over"]), (&json!(4), &json!(2), &json!(1)));
    assert_eq!((&totals["under"], &totals["uninhabited"]), (&json!(0), &json!(1)));
    assert_eq!(totals["gaps"], json!({"count": 1, "area_m2": 812.5}));
    assert_eq!(totals["overlaps"], json!({"count": 0, "area_m2": 0.0}));
    // the triangle U: base 0.02 degree of longitude, height 0.03 of latitude, at 31 N
    let unowned_m2 = totals["unowned_m2"].as_f64().unwrap();
    assert!((unowned_m2 / (0.5 * 1909.4 * 3326.0) - 1.0).abs() < 0.01, "{unowned_m2}");
    let row = |code: &str| {
        let rows = coverage["jurisdictions"].as_array().unwrap();
        rows.iter().find(|row| row["code"] == code).unwrap_or_else(|| panic!("{code}")).clone()
    };
    // the gap names A2, of community A; U lies in community B
    assert_eq!(row("A")["gaps"]["count"], 1);
    assert_eq!(row("B")["gaps"]["count"], 0);
    assert_eq!(row("B")["unowned_m2"], totals["unowned_m2"]);
    assert_eq!(row("D")["households"], 1370);
    assert_eq!(coverage["out_of_band"][0]["code"], "A-001");
    let finding = &coverage["findings"][0];
    assert_eq!((&finding["kind"], &finding["parties"]), (&json!("gap"), &json!(["A2"])));
    assert_eq!(finding["envelope"], json!([121.06, 31.01, 121.07, 31.02]));
}

#[test]
fn health_and_figures_are_there_for_operators() {
    let server = Server::published();
    assert_eq!(server.get("/healthz").text(), "ok\n");
    assert_eq!(server.get("/readyz").text(), "ready\n");
    server.json("/v1/locate?lon=121.04&lat=31.01&crs=wgs84");
    server.get("/no/such/path");
    let figures = server.get("/metrics");
    assert!(figures.header("content-type").starts_with("text/plain"));
    for line in [
        "wangge_http_requests_total{method=\"GET\",route=\"/v1/locate\",status=\"200\"}",
        "wangge_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}",
        "wangge_http_request_seconds_bucket{method=\"GET\",route=\"/v1/locate\",le=",
        "wangge_locate_total{resolution=\"interior\"}",
        "wangge_grids_in_force 4",
    ] {
        assert!(figures.text().contains(line), "{line} is not in\n{}", figures.text());
    }
}

#[test]
fn json_is_compressed_for_those_who_ask() {
    let server = Server::published();
    let plain = server.get("/v1/coverage");
    assert_eq!(plain.header("content-encoding"), "");
    let gzip = server.get_with("/v1/coverage", &[("accept-encoding", "gzip")]);
    assert_eq!(gzip.header("content-encoding"), "gzip");
    assert!(gzip.bytes.len() < plain.bytes.len());
}

#[test]
fn every_request_has_an_id() {
    let server = Server::published();
    assert_eq!(server.get("/healthz").header("x-request-id").len(), 36);
    let own = server.get_with("/healthz", &[("x-request-id", "call-7")]);
    assert_eq!(own.header("x-request-id"), "call-7");
}
