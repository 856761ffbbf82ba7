//! Whose is this point?

use serde_json::{Value, json};
use wangge::geom::{LonLat, MultiPolygon};
use wangge::http::{Echo, Settings};
use wangge::locate::{Resolution, brute_force};

use super::district::{self, at, grids, probes};
use super::server::Server;

fn path(point: wangge::geom::LatticePoint) -> String {
    let LonLat { lon_deg, lat_deg } = point.to_lon_lat();
    format!("/v1/locate?lon={lon_deg}&lat={lat_deg}&crs=wgs84")
}

#[test]
fn ten_thousand_points_with_vertices_and_midpoints_have_the_owner_brute_force_gives() {
    let server = Server::published();
    let grids = grids();
    let shapes: Vec<MultiPolygon> = grids.iter().map(|grid| grid.shape.clone()).collect();
    let mut ties = 0;
    for point in probes(&shapes, 10_000) {
        let answer = server.json(&path(point));
        let expected = brute_force(&shapes, point);
        let code = expected.map_or(Value::Null, |owner| json!(grids[owner.face as usize].code));
        assert_eq!(answer["grid"]["code"], code, "{point}");
        assert_eq!(answer["resolution"], expected.map_or("outside", |owner| owner.resolution.as_str()), "{point}");
        assert_eq!(answer["nearest"].is_null(), expected.is_some(), "{point}");
        ties += usize::from(expected.is_some_and(|owner| owner.resolution == Resolution::EdgeTie));
    }
    assert!(ties > 30, "{ties}");
}

#[test]
fn the_answer_carries_grid_chain_point_and_publication() {
    let server = Server::published();
    let answer = server.json(&path(at(4, 1)));
    insta::assert_json_snapshot!(answer, @r#"
    {
      "beidou": "N51H260206900000",
      "candidates": null,
      "chain": [
        {
          "code": "A-002",
          "level": 0,
          "level_name": "grid",
          "name": "A-002 网格"
        },
        {
          "code": "A",
          "level": 2,
          "level_name": "community",
          "name": "东风社区"
        },
        {
          "code": "D",
          "level": 1,
          "level_name": "district",
          "name": "临江区"
        }
      ],
      "edge_distance_m": 954.94,
      "expires": null,
      "grid": {
        "area_m2": 7940154.84,
        "atoms": 1,
        "bounds": {
          "lower": 300,
          "upper": 500
        },
        "code": "A-002",
        "envelope": [
          121.03,
          31.0,
          121.06,
          31.03
        ],
        "households": 400,
        "jurisdiction": "A",
        "label": [
          121.0425,
          31.015
        ],
        "name": "A-002 网格",
        "parts": 1,
        "population": 1200,
        "reason": null,
        "status": "in_band"
      },
      "nearest": null,
      "officer": null,
      "point": {
        "crs": "wgs84",
        "lat": 31.01,
        "lon": 121.04
      },
      "position": {
        "lat": 31.01,
        "lon": 121.04
      },
      "publication": {
        "effective_from": "2026-03-01T00:00:00+08:00",
        "grids": 4,
        "plan": 1,
        "recorded_at": "2026-02-28T23:59:59.6+08:00",
        "scope": null,
        "seq": 1
      },
      "resolution": "interior",
      "stable_within_m": 954.93
    }
    "#);
}

#[test]
fn outside_names_the_nearest_grid_and_its_distance() {
    let server = Server::published();
    let answer = server.json(&path(at(1, -1)));
    assert_eq!(answer["grid"], Value::Null);
    assert_eq!(answer["chain"], json!([]));
    assert_eq!(answer["nearest"]["code"], "A-001");
    // 0.01 degree of latitude at 31 N
    let distance_m = answer["nearest"]["distance_m"].as_f64().unwrap();
    assert!((distance_m - 1108.7).abs() < 0.5, "{distance_m}");
}

#[test]
fn how_far_the_border_is_and_who_else_may_own_the_place() {
    let server = Server::published();
    let interior = server.json(&path(at(4, 1)));
    let distance_m = interior["edge_distance_m"].as_f64().unwrap();
    assert!((interior["stable_within_m"].as_f64().unwrap() - distance_m).abs() < 0.03, "{interior}");
    assert_eq!(interior["candidates"], Value::Null);
    // every place within that distance has the same owner
    let here = at(4, 1).to_lon_lat();
    for turn in 0..16 {
        let (sin, cos) = (f64::from(turn) * std::f64::consts::TAU / 16.0).sin_cos();
        let moved = |share: f64| {
            let (east_m, north_m) = wangge::geom::metres_per_unit(at(4, 1).y_e7);
            let far_m = distance_m * share;
            LonLat {
                lon_deg: here.lon_deg + cos * far_m / east_m / 1e7,
                lat_deg: here.lat_deg + sin * far_m / north_m / 1e7,
            }
        };
        let answer = server.json(&path(moved(0.999).snap().unwrap()));
        assert_eq!(answer["grid"]["code"], interior["grid"]["code"], "{turn}");
    }
    let sure = server.json(&format!("{}&accuracy=15", path(at(4, 1))));
    assert_eq!(sure["candidates"], json!([{"grid": "A-002", "p": 1.0}]));
    // outside, where the nearest grid is 1,108.7 m away: an error of 2 km may well have been inside
    let outside = server.json(&format!("{}&accuracy=2000&accuracy_model=rms", path(at(1, -1))));
    let candidates = outside["candidates"].as_array().unwrap();
    assert_eq!(candidates[0]["grid"], Value::Null, "{outside}");
    assert!(candidates[1..].iter().any(|candidate| candidate["grid"] == "A-001"), "{outside}");
    let sum: f64 = candidates.iter().map(|candidate| candidate["p"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 0.01, "{outside}");
    for (query, told) in [
        ("accuracy=0", "accuracy=0: give the error of the position in metres"),
        ("accuracy=nan", "accuracy=nan"),
        ("accuracy=1e9", "at most 10000"),
        ("accuracy=15&accuracy_model=gps", "accuracy_model=gps: give p68"),
        ("accuracy_model=rms", "accuracy_model stands alone"),
    ] {
        let problem = server.get(&format!("{}&{query}", path(at(4, 1)))).problem(400);
        assert!(problem["detail"].as_str().unwrap().contains(told), "{query}: {problem}");
    }
}

#[test]
fn the_same_place_in_every_crs_has_the_same_owner() {
    let echoing = Settings { echo: Echo::Wgs84, ..Settings::default() };
    let server = Server::with(echoing, |store| async move {
        district::publish_first(&*store).await;
    });
    let LonLat { lon_deg, lat_deg } = at(4, 1).to_lon_lat();
    let here = LonLat { lon_deg, lat_deg };
    let (gcj, bd) = (wangge::geom::datum::wgs84_to_gcj02(here), wangge::geom::datum::wgs84_to_bd09(here));
    for (crs, given) in [("WGS84", here), ("cgcs2000", here), ("GCJ02", gcj), ("bd09", bd), ("epsg:4490", here)] {
        let answer = server.json(&format!("/v1/locate?lon={}&lat={}&crs={crs}", given.lon_deg, given.lat_deg));
        assert_eq!(answer["grid"]["code"], "A-002", "{crs}");
        assert_eq!(answer["position"], json!({"lon": lon_deg, "lat": lat_deg}), "{crs}");
    }
    // EPSG:4549: Gauss-Kruger, central meridian 120 E, false easting 500 km; the point is 1.04 degrees east of it
    let answer = server.json("/v1/locate?lon=599328&lat=3434390&crs=EPSG:4549");
    assert_eq!(answer["point"]["crs"], "EPSG:4549");
    let position = &answer["position"];
    assert!((position["lon"].as_f64().unwrap() - 121.04).abs() < 0.001, "{position}");
    assert!((position["lat"].as_f64().unwrap() - 31.03).abs() < 0.01, "{position}");
}

#[test]
fn a_point_of_another_datum_is_not_converted_back_unless_the_service_may() {
    let server = Server::published();
    let there = wangge::geom::datum::wgs84_to_gcj02(at(4, 1).to_lon_lat());
    let answer = server.json(&format!("/v1/locate?lon={}&lat={}&crs=gcj02", there.lon_deg, there.lat_deg));
    assert_eq!((&answer["grid"]["code"], &answer["position"]), (&json!("A-002"), &Value::Null));
    assert_eq!(answer["point"], json!({"lon": there.lon_deg, "lat": there.lat_deg, "crs": "gcj02"}));
    assert!(server.json(&path(at(4, 1)))["position"].is_object());
}

#[test]
fn an_answer_that_has_not_changed_is_not_sent_again() {
    let server = Server::new(|store| async move {
        district::publish_first(&*store).await;
        district::publish_second(&*store, district::NOW_MS + 86_400_000).await;
    });
    let b3 = path(at(4, 4));
    let first = server.get(&b3);
    let tag = first.header("etag").to_owned();
    assert!(tag.len() > 10 && first.header("cache-control") == "no-cache", "{tag}");
    // what is planned says until when the answer holds
    assert_eq!(first.json()["expires"], "2026-05-31T00:00:00+08:00");
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = server.get_with(&b3, &[("if-none-match", &known)]);
        assert_eq!((again.status, again.bytes.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    assert_eq!(server.get_with(&b3, &[("if-none-match", "\"other\"")]).status, 200);
    server.set_clock(district::NOW_MS + 86_400_000);
    let after = server.get_with(&b3, &[("if-none-match", &tag)]);
    assert_eq!((after.status, &after.json()["grid"]["code"]), (200, &json!("B-103")));
    assert_eq!(after.json()["expires"], Value::Null);
}

#[test]
fn earlier_instants_are_answered_by_what_was_in_force_then() {
    let server = Server::new(|store| async move {
        district::publish_first(&*store).await;
        district::publish_second(&*store, district::NOW_MS - 86_400_000).await;
    });
    let b3 = path(at(4, 4));
    let ask = |at: &str| server.json(&format!("{b3}&at={at}"));
    assert_eq!(server.json(&b3)["grid"]["code"], "B-103");
    assert_eq!(ask("2026-03-01")["grid"]["code"], "B-002");
    assert_eq!(ask("2026-03-01")["publication"]["seq"], 1);
    assert_eq!(ask("2026-05-29T00:00:00%2B08:00")["publication"]["seq"], 2);
    // community A was not published anew
    let untouched = server.json(&path(at(4, 1)));
    assert_eq!((&untouched["grid"]["code"], &untouched["publication"]["seq"]), (&json!("A-002"), &json!(1)));
    let before = server.get(&format!("{b3}&at=2026-02-28")).problem(404);
    assert_eq!(before["type"], "urn:wangge:problem:nothing-in-force");
    let grid = server.json("/v1/grids/B-002?at=2026-03-01");
    assert_eq!(grid["valid_from"], "2026-03-01T00:00:00+08:00");
    assert_eq!(grid["valid_to"], "2026-05-29T00:00:00+08:00");
    server.get("/v1/grids/B-002").problem(404);
    assert_eq!(server.json("/v1/grids/A-001")["valid_to"], Value::Null);
}

#[test]
fn before_anything_is_published_nothing_is_in_force() {
    let server = Server::new(|store| async move {
        district::import(&*store).await;
    });
    for path in
        ["/v1/locate?lon=121&lat=31&crs=wgs84", "/v1/grids", "/v1/grids/A-001", "/v1/coverage", "/v1/jurisdictions/A"]
    {
        server.get(path).problem(404);
    }
    assert_eq!(server.json("/v1/workspace")["publication"], Value::Null);
    assert_eq!(server.json("/v1/workspace")["counts"]["atoms"], 6);
    assert_eq!(server.json("/v1/jurisdictions"), json!({"jurisdictions": []}));
    assert_eq!(server.get("/tiles/grids/0/0/0").status, 204);
    assert_eq!(server.get("/readyz").text(), "ready\n");
}
