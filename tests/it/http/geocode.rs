//! From an address to a place and back, and reports that name an address.

use serde_json::{Value, json};
use wangge::address::Parts;
use wangge::geom::LatticePoint;
use wangge::store::{Act, AddressRecord, NewAddresses, Store};

use super::district::{self, at};
use super::server::Server;
use super::staff::Office;

fn address(text: &str, point: LatticePoint) -> AddressRecord {
    AddressRecord { text: text.to_owned(), parts: Parts::read(text), point }
}

async fn add(store: &dyn Store, source: &str, addresses: &[AddressRecord]) {
    let new = NewAddresses {
        source: source.to_owned(),
        content_hash: addresses.len().to_string(),
        recorded_ms: district::NOW_MS,
        addresses,
    };
    store.add_addresses(&new, &Act::new("test", district::NOW_MS)).await.unwrap();
}

fn some() -> Vec<AddressRecord> {
    let near = |x: i32, y: i32, dx: i32| LatticePoint::new(at(x, y).x_e7 + dx, at(x, y).y_e7);
    vec![
        address("临江区东风社区人民路1号云锦花园3号楼1单元", near(4, 1, 0)),
        address("临江区东风社区人民路1号云锦花园3号楼2单元", near(4, 1, 2000)),
        address("临江区东风社区人民路9号", at(1, 0)),
        address("临江区西湖社区和平路5号", at(1, 4)),
        address("临江区西湖社区和平街5号", at(2, 4)),
        address("人民路77号", at(30, 30)),
    ]
}

fn addressed() -> Server {
    Server::new(|store| async move {
        district::publish_first(&*store).await;
        add(&*store, "a.csv", &some()).await;
    })
}

fn ask(server: &Server, text: &str) -> Value {
    server.json(&format!("/v1/geocode?q={}", encoded(text)))
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02X}"))
}

#[test]
fn an_answer_has_candidates_with_places_grids_scores_and_reasons() {
    let server = addressed();
    let exact = ask(&server, "临江区东风社区人民路９号");
    assert_eq!((&exact["state"], &exact["stated_confidence"]), (&json!("exact"), &json!(0.85)));
    let first = &exact["candidates"][0];
    assert_eq!((&first["address"], &first["score"]), (&json!("临江区东风社区人民路9号"), &json!(1.0)));
    assert_eq!((&first["lon"], &first["lat"], &first["grid"]), (&json!(121.01), &json!(31.0), &json!("A-001")));
    assert_eq!(first["why"], json!([{"en": "every part agrees", "zh": "各部分一致"}]));

    let unit = ask(&server, "云锦花园三栋2门");
    assert_eq!((&unit["state"], &unit["candidates"][0]["grid"]), (&json!("confident"), &json!("A-002")), "{unit}");
    // which unit makes no difference: both lie side by side in one grid
    let building = ask(&server, "云锦花园3号楼");
    assert_eq!(building["state"], "confident", "{building}");
    assert!(building["candidates"][0]["why"].to_string().contains("同属一个网格"), "{building}");
    // two streets of one name do
    let either = ask(&server, "和平5号");
    assert_eq!(
        (&either["state"], either["candidates"].as_array().unwrap().len()),
        (&json!("ambiguous"), 2),
        "{either}"
    );
    assert_eq!(ask(&server, "不存在的地方"), json!({"state": "none", "candidates": [], "stated_confidence": 0.85}));
    let outside = ask(&server, "人民路77号");
    assert_eq!((&outside["state"], &outside["candidates"][0]["grid"]), (&json!("exact"), &Value::Null));
    let limited = server.json(&format!("/v1/geocode?q={}&limit=1", encoded("和平5号")));
    assert_eq!((&limited["state"], limited["candidates"].as_array().unwrap().len()), (&json!("ambiguous"), 1));
    for query in ["", "?q=", "?q=%20", "?q=a&q=b", "?q=a&limit=0", "?q=a&limit=21", "?q=a&at=x"] {
        server.get(&format!("/v1/geocode{query}")).problem(400);
    }
    server.get(&format!("/v1/geocode?q={}", encoded(&"路".repeat(201)))).problem(400);
    assert_eq!(ask(&server, &"路".repeat(200))["state"], "none");
}

#[test]
fn the_nearest_address_is_one_of_the_grid_that_owns_the_point() {
    let server = addressed();
    let near = |x: f64, y: f64| server.json(&format!("/v1/geocode/reverse?lon={x}&lat={y}&crs=wgs84"));
    let found = near(121.0401, 31.01);
    assert_eq!(
        (&found["grid"], &found["nearest"]["address"]),
        (&json!("A-002"), &json!("临江区东风社区人民路1号云锦花园3号楼1单元"))
    );
    assert!((9.0..10.0).contains(&found["nearest"]["distance_m"].as_f64().unwrap()), "{found}");
    // 和平路5号 is nearer, but across the border
    let across = near(121.01, 31.0299);
    assert_eq!(
        (&across["grid"], &across["nearest"]["address"]),
        (&json!("A-001"), &json!("临江区东风社区人民路9号")),
        "{across}"
    );
    // the enclave has no address of its own
    assert_eq!(near(121.015, 31.015), json!({"grid": "B-001", "nearest": null}));
    assert_eq!(near(10.0, 10.0), json!({"grid": null, "nearest": null}));
    server.get("/v1/geocode/reverse?lon=121.04&lat=31.01").problem(400);
}

#[test]
fn addresses_that_another_program_brings_in_are_found_without_a_restart() {
    let server = Server::published();
    assert_eq!(ask(&server, "人民路9号")["state"], "none");
    server.elsewhere(|store| async move { add(&*store, "a.csv", &some()).await });
    let seen =
        server.wait_for(&format!("/v1/geocode?q={}", encoded("人民路9号")), |answer| answer["state"] != "none");
    assert_eq!(seen["state"], "confident");
    // the newest of a source counts
    server.elsewhere(|store| async move { add(&*store, "a.csv", &some()[3..]).await });
    server.wait_for(&format!("/v1/geocode?q={}", encoded("人民路9号")), |answer| answer["state"] == "none");
}

#[test]
fn a_report_may_name_an_address_instead_of_a_position() {
    let server = addressed();
    let body = |address: &str| json!({"category": "路灯", "text": "不亮", "address": address});
    let answer = server.post(&body("云锦花园三栋2门"), Some("k"));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let report = answer.json();
    assert_eq!((&report["state"], &report["grid"]["code"]), (&json!("routed"), &json!("A-002")));
    assert_eq!(report["address"]["address"], "临江区东风社区人民路1号云锦花园3号楼2单元");
    assert_eq!((&report["address"]["state"], &report["address"]["grid"]), (&json!("confident"), &json!("A-002")));
    assert!(report["address"]["why"].to_string().contains("street missing"), "{report}");
    assert_eq!(report["position"], json!({"lon": 121.0402, "lat": 31.01}));
    // the same again; another address is another body
    assert_eq!(server.post(&body("云锦花园三栋2门"), Some("k")).status, 200);
    server.post(&body("云锦花园三栋1门"), Some("k")).problem(422);
    let kept = server.json("/v1/reports")["reports"].as_array().unwrap().len();
    assert_eq!(kept, 1);

    let refused = server.post(&body("和平5号"), None).problem(422);
    assert_eq!((&refused["type"], &refused["parameter"]), (&json!("urn:wangge:problem:address"), &json!("address")));
    assert_eq!(refused["candidates"].as_array().unwrap().len(), 2, "{refused}");
    assert_eq!(refused["candidates"][0]["why"][1]["en"], "和平路 matched without 路", "{refused}");
    let refused = server.post(&body("不存在的地方"), None).problem(422);
    assert_eq!(refused["candidates"], json!([]));
    for address in ["", "  ", "a\u{0}b", &"路".repeat(201)] {
        server.post(&body(address), None).problem(422);
    }
    let mut both = body("云锦花园3号楼");
    both["lon"] = json!(121.04);
    server.post(&both, None).problem(422);
    assert_eq!(server.json("/v1/reports")["reports"].as_array().unwrap().len(), kept, "nothing was stored");
}

#[test]
fn addresses_are_sent_looked_at_and_kept() {
    let office = Office::new();
    let bearer = office.account("planner").bearer;
    let headers = [("content-type", "application/octet-stream"), ("authorization", bearer.as_str())];
    let table = "地址,lon,lat\n人民路9号,121.01,31.0\n,121.0,31.0\n";
    let sent = office.server.send("POST", "/v1/uploads?name=a.csv", &headers, table.as_bytes()).json();
    let run = |body: Value| {
        let id = office.ask("planner", "POST", "/v1/imports", Some(&body)).json()["id"].as_str().unwrap().to_owned();
        loop {
            let job = office.json("planner", &format!("/v1/jobs/{id}"));
            if !["waiting", "running"].contains(&job["state"].as_str().unwrap()) {
                return job;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    let mut body = json!({"upload": sent["id"], "as": "addresses", "crs": "wgs84", "preview": true});
    let looked = run(body.clone());
    assert_eq!((&looked["result"]["addresses"], &looked["result"]["left_out"]), (&json!(1), &json!(1)), "{looked}");
    assert_eq!((&looked["result"]["address_set"], &looked["result"]["envelope"][0]), (&Value::Null, &json!(121.01)));
    assert_eq!(ask(&office.server, "人民路9号")["state"], "none");
    body["preview"] = json!(false);
    let kept = run(body.clone());
    assert_eq!((&kept["state"], &kept["result"]["address_set"]), (&json!("done"), &json!(1)), "{kept}");
    assert_eq!(ask(&office.server, "人民路9号")["state"], "exact");
    body["as"] = json!("links");
    body["fields"] = json!({"street": "s"});
    assert_eq!(office.ask("planner", "POST", "/v1/imports", Some(&body)).status, 422);
}
