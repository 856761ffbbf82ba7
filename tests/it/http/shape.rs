//! Whose is this area?

use serde_json::{Value, json};

use super::server::{Answer, Server};

fn ask(server: &Server, body: &Value) -> Answer {
    server.send("POST", "/v1/locate:shape", &[("content-type", "application/json")], body.to_string().as_bytes())
}

/// A box of the sketch, in degrees.
fn area(west: f64, south: f64, east: f64, north: f64) -> Value {
    let at = |x: f64, y: f64| json!([121.0 + x / 100.0, 31.0 + y / 100.0]);
    json!({"type": "Polygon", "coordinates": [[at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)]]})
}

#[test]
fn the_grid_with_the_greatest_share_owns_an_area_and_the_others_are_listed() {
    let server = Server::published();
    // two thirds in A-001, one third in A-002
    let answer = ask(&server, &json!({"geometry": area(2.0, 0.0, 3.5, 1.0), "crs": "wgs84"})).json();
    assert_eq!((&answer["owner"], &answer["tied"], &answer["grids"]), (&json!("A-001"), &json!([]), &json!(2)));
    let shares: Vec<f64> =
        answer["overlaps"].as_array().unwrap().iter().map(|one| one["share"].as_f64().unwrap()).collect();
    assert!((shares[0] - 2.0 / 3.0).abs() < 1e-6 && (shares[1] - 1.0 / 3.0).abs() < 1e-6, "{shares:?}");
    // 1.5 by 1 hundredth of a degree at 31 N
    let area_m2 = answer["area_m2"].as_f64().unwrap();
    assert!((area_m2 / (1_432.5 * 1_108.6) - 1.0).abs() < 0.001, "{area_m2}");
    assert_eq!(answer["outside_m2"], 0.0);
    // the enclave in the hole of A-001, drawn the other way round, in another datum
    let enclave = area(1.25, 1.25, 1.75, 1.75);
    let mut reversed = enclave.clone();
    reversed["coordinates"][0].as_array_mut().unwrap().reverse();
    for geometry in [enclave, reversed] {
        let answer = ask(&server, &json!({"geometry": geometry, "crs": "cgcs2000"})).json();
        assert_eq!((&answer["owner"], &answer["grids"]), (&json!("B-001"), &json!(1)), "{answer}");
    }
}

#[test]
fn a_tie_goes_to_the_first_code_or_to_nobody() {
    let server = Server::published();
    let even = area(2.5, 0.5, 3.5, 1.0);
    let by_code = ask(&server, &json!({"geometry": even, "crs": "wgs84"})).json();
    assert_eq!((&by_code["owner"], &by_code["tied"]), (&json!("A-001"), &json!(["A-001", "A-002"])));
    let refused = ask(&server, &json!({"geometry": even, "crs": "wgs84", "tie": "refuse"})).json();
    assert_eq!((&refused["owner"], &refused["tied"]), (&Value::Null, &json!(["A-001", "A-002"])));
}

#[test]
fn an_area_outside_has_no_owner_and_one_across_the_rim_says_how_much_is_outside() {
    let server = Server::published();
    let answer = ask(&server, &json!({"geometry": area(20.0, 20.0, 21.0, 21.0), "crs": "wgs84"})).json();
    assert_eq!((&answer["owner"], &answer["overlaps"]), (&Value::Null, &json!([])));
    assert_eq!(answer["outside_m2"], answer["area_m2"]);
    let across = ask(&server, &json!({"geometry": area(0.0, -1.0, 1.0, 1.0), "crs": "wgs84"})).json();
    let share = across["outside_m2"].as_f64().unwrap() / across["area_m2"].as_f64().unwrap();
    assert!((share - 0.5).abs() < 1e-6, "{across}");
    let listed = ask(&server, &json!({"geometry": area(0.0, 0.0, 6.0, 5.0), "crs": "wgs84", "limit": 1})).json();
    assert_eq!((listed["overlaps"].as_array().unwrap().len(), &listed["truncated"]), (1, &json!(true)));
    assert!(listed["grids"].as_u64().unwrap() > 1);
}

#[test]
fn a_circle_is_an_area_too() {
    let server = Server::published();
    let circle = json!({"lon": 121.015, "lat": 31.005, "radius_m": 300.0});
    let answer = ask(&server, &json!({"circle": circle, "crs": "wgs84"})).json();
    assert_eq!(answer["owner"], "A-001");
    let area_m2 = answer["area_m2"].as_f64().unwrap();
    assert!((area_m2 / (std::f64::consts::PI * 300.0 * 300.0) - 1.0).abs() < 0.002, "{area_m2}");
}

#[test]
fn what_is_no_area_is_refused_with_the_reason() {
    let server = Server::published();
    for (body, word) in [
        (json!({"crs": "wgs84"}), "a geometry or a circle"),
        (json!({"geometry": {"type": "Point", "coordinates": [121.0, 31.0]}, "crs": "wgs84"}), "Point"),
        (json!({"geometry": {"type": "Polygon", "coordinates": []}, "crs": "wgs84"}), "no area"),
        (
            json!({"geometry": {"type": "Polygon", "coordinates": [[[121.0, 31.0], [121.1, 31.0], [121.0, 31.0]]]}, "crs": "wgs84"}),
            "no area",
        ),
        (
            json!({"geometry": {"type": "Polygon", "coordinates": [[[31.0, 121.0], [31.1, 121.0], [31.0, 121.1]]]}, "crs": "wgs84"}),
            "corner 1",
        ),
        (json!({"geometry": area(0.0, 0.0, 1.0, 1.0), "crs": "mars"}), "mars"),
        (json!({"geometry": area(0.0, 0.0, 1.0, 1.0), "crs": "wgs84", "limit": 0}), "limit=0"),
        (json!({"circle": {"lon": 121.0, "lat": 31.0, "radius_m": -1.0}, "crs": "wgs84"}), "radius_m=-1"),
    ] {
        let problem = ask(&server, &body).problem(422);
        assert!(problem["detail"].as_str().unwrap().contains(word), "{body}: {problem}");
    }
}
