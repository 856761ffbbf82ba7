//! A role holds in its scope and nowhere else.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use wangge::store::Store;

use super::district;
use super::staff::Office;

/// In community A, in community B, outside.
const PLACES: [(f64, f64); 3] = [(121.04, 31.01), (121.04, 31.04), (120.0, 30.0)];

fn report(lon: f64, lat: f64) -> Value {
    json!({"category": "路灯", "text": "不亮", "lon": lon, "lat": lat, "crs": "wgs84"})
}

/// Sends one report from each place; their ids.
fn reported(office: &Office) -> Vec<String> {
    let send = |(lon, lat)| office.ask("anonymous", "POST", "/v1/reports", Some(&report(lon, lat)));
    PLACES.map(|place| send(place).json()["id"].as_str().unwrap().to_owned()).to_vec()
}

#[test]
fn an_officer_reads_the_reports_of_its_scope_alone() {
    let office = Office::new();
    let [in_a, in_b, outside] = &reported(&office)[..] else { panic!("three reports") };
    let sees = |caller: &str, path: &str| -> Vec<String> {
        let list = office.json(caller, path);
        let ids = list["reports"].as_array().unwrap().iter().map(|report| report["id"].as_str().unwrap().to_owned());
        ids.collect()
    };
    assert_eq!(sees("officer-a", "/v1/reports"), std::slice::from_ref(in_a));
    assert_eq!(sees("officer-b", "/v1/reports?limit=1"), std::slice::from_ref(in_b));
    assert_eq!(sees("officer", "/v1/reports"), [outside.clone(), in_b.clone(), in_a.clone()]);
    assert_eq!(sees("auditor", "/v1/reports").len(), 3);
    let status = |caller: &str, id: &str| office.ask(caller, "GET", &format!("/v1/reports/{id}"), None).status;
    assert_eq!((status("officer-a", in_a), status("officer-a", in_b), status("officer-a", outside)), (200, 404, 404));
    let (hidden, none) = (format!("/v1/reports/{in_b}"), "/v1/reports/019e0b5c-0000-7000-8000-000000000000");
    let words = |path: &str| {
        let problem = office.ask("officer-a", "GET", path, None).problem(404);
        problem["detail"].as_str().unwrap().replace(path.rsplit('/').next().unwrap(), "ID")
    };
    assert_eq!(words(&hidden), words(none), "what is hidden looks like what is not there");
}

#[test]
fn an_officer_answers_the_reports_of_its_scope_alone() {
    let office = Office::new();
    let [in_a, in_b, outside] = &reported(&office)[..] else { panic!("three reports") };
    let close = |caller: &str, id: &str| {
        office.ask(caller, "POST", &format!("/v1/reports/{id}/state"), Some(&json!({"state": "closed"}))).status
    };
    assert_eq!((close("officer-a", in_a), close("officer-a", in_b), close("officer-a", outside)), (200, 404, 404));
    assert_eq!((close("auditor", in_b), close("officer", outside)), (403, 200));
    let states: Vec<_> = [in_a, in_b, outside].map(|id| office.json("auditor", &format!("/v1/reports/{id}"))).to_vec();
    assert_eq!(states.iter().map(|report| &report["state"]).collect::<Vec<_>>(), ["closed", "routed", "closed"]);
}

#[test]
fn a_listener_hears_of_its_scope_alone() {
    let office = Office::new();
    let stream = TcpStream::connect(office.server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let bearer = office.account("officer-a").bearer;
    write!(&stream, "GET /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.starts_with(": open")));
    let [in_a, in_b, outside] = &reported(&office)[..] else { panic!("three reports") };
    office.ask("officer", "POST", &format!("/v1/reports/{in_b}/state"), Some(&json!({"state": "closed"})));
    // the publication comes after the reports: what is heard before it is all there is
    office.server.elsewhere(|store| async move { district::publish_second(&*store, district::NOW_MS).await });
    let heard: Vec<String> = lines.by_ref().take_while(|line| line != "event: publication").collect();
    let heard = heard.join("\n") + &lines.next().unwrap();
    assert!(heard.contains(in_a.as_str()), "{heard}");
    assert!(!heard.contains(in_b.as_str()) && !heard.contains(outside.as_str()), "not even as an id: {heard}");
}

#[test]
fn a_stream_ends_when_its_listener_may_not_hear_any_more() {
    let office = Office::new();
    let stream = TcpStream::connect(office.server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let account = office.account("officer-a");
    write!(&stream, "GET /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\n\r\n", account.bearer).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.starts_with(": open")));
    let path = format!("/v1/principals/{}", account.id);
    assert_eq!(office.ask("administrator", "PATCH", &path, Some(&json!({"disabled": true}))).status, 200);
    // chunked: the last chunk has no bytes
    assert!(lines.any(|line| line == "0"), "the stream went on");
}

#[test]
fn counts_are_told_inside_the_scope() {
    let office = Office::new();
    let counted = |caller: &str, path: &str| office.json(caller, path)["households"].is_u64();
    assert!(counted("officer-a", "/v1/grids/A-002") && !counted("officer-a", "/v1/grids/B-002"));
    assert!(counted("viewer-b", "/v1/jurisdictions/B") && !counted("viewer-b", "/v1/jurisdictions/D"));
    let located = |lon: f64, lat: f64| {
        office.json("officer-a", &format!("/v1/locate?lon={lon}&lat={lat}&crs=wgs84"))["grid"]["households"].is_u64()
    };
    assert!(located(121.04, 31.01) && !located(121.04, 31.04));
    let page = office.json("viewer-a", "/v1/grids");
    let with_counts: Vec<&str> = page["grids"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|grid| grid["households"].is_u64())
        .map(|grid| grid["code"].as_str().unwrap())
        .collect();
    assert_eq!(with_counts, ["A-001", "A-002"]);
}

#[test]
fn coverage_adds_up_the_scope_alone() {
    let office = Office::new();
    let whole = office.json("viewer", "/v1/coverage");
    let a = office.json("viewer-a", "/v1/coverage");
    let b = office.json("viewer-b", "/v1/coverage");
    let rows = |coverage: &Value| -> Vec<String> {
        let rows = coverage["jurisdictions"].as_array().unwrap();
        rows.iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (rows(&whole), rows(&a), rows(&b)),
        (vec!["D".into(), "A".into(), "B".into()], vec!["A".into()], vec!["B".into()])
    );
    for figure in ["grids", "in_band", "over", "uninhabited", "households"] {
        let of = |coverage: &Value| coverage["totals"][figure].as_u64().unwrap();
        assert_eq!(of(&a) + of(&b), of(&whole), "{figure}");
    }
    assert_eq!((a["findings"].as_array().unwrap().len(), b["findings"].as_array().unwrap().len()), (1, 0));
    assert_eq!((a["out_of_band"].as_array().unwrap().len(), b["out_of_band"].as_array().unwrap().len()), (1, 0));
    assert_eq!(b["totals"]["unowned_m2"], whole["totals"]["unowned_m2"]);
    assert_eq!(a["totals"]["unowned_m2"], 0.0);
}

#[test]
fn a_plan_is_published_by_who_has_its_scope() {
    let office = Office::new();
    let drafted = Arc::new(Mutex::new(0));
    let drawn = Arc::clone(&drafted);
    office.server.elsewhere(|store: Arc<dyn Store>| async move {
        *drawn.lock().unwrap() = district::draft_second(&*store).await;
    });
    let id = *drafted.lock().unwrap();
    let plans = |caller: &str| office.json(caller, "/v1/plans")["plans"].as_array().unwrap().len();
    assert_eq!((plans("planner"), plans("planner-a"), plans("planner-b")), (2, 0, 1));
    let (whole, part) = ("/v1/plans/1".to_owned(), format!("/v1/plans/{id}"));
    for (caller, path, status) in [
        ("planner", &whole, 200),
        ("planner", &part, 200),
        ("planner-b", &part, 200),
        ("planner-b", &whole, 403),
        ("planner-a", &part, 403),
    ] {
        assert_eq!(office.ask(caller, "GET", path, None).status, status, "{caller} {path}");
    }
    let publish = format!("{part}/publish");
    let today = json!({});
    office.ask("publisher-a", "POST", &publish, Some(&today)).problem(403);
    office.ask("planner-b", "POST", &publish, Some(&today)).problem(403);
    office.ask("publisher-b", "POST", &publish, Some(&json!({"effective": "soon"}))).problem(422);
    office.ask("publisher-b", "POST", &publish, Some(&json!({"efective": "2026-06-01"}))).problem(422);
    office.ask("publisher-b", "POST", "/v1/plans/1/publish", Some(&today)).problem(403);
    let published = office.ask("publisher-b", "POST", &publish, Some(&today));
    assert_eq!(published.status, 201, "{}", published.text());
    assert_eq!((&published.json()["scope"], &published.json()["seq"]), (&json!("B"), &json!(2)));
    // who publishes is answered by what is published
    let owner = office.json("anonymous", "/v1/locate?lon=121.04&lat=31.04&crs=wgs84");
    assert_eq!(owner["grid"]["code"], "B-103");
    office.ask("publisher-b", "POST", &publish, Some(&today)).problem(409);
    office.ask("publisher", "POST", "/v1/plans/99/publish", Some(&today)).problem(404);
    office.ask("publisher", "POST", "/v1/plans/x/publish", Some(&today)).problem(404);
    let by = office.account("publisher-b").id;
    office.server.elsewhere(|store| async move {
        let log = store.audit(0, 1000).await.unwrap();
        let entry = log.iter().rfind(|entry| entry.kind == "publication").expect("a publication in the log");
        assert_eq!(entry.by, by);
        assert_eq!(entry.request.as_deref().map(str::len), Some(36));
    });
}

#[test]
fn an_administrator_of_a_part_gives_no_more_than_the_part() {
    let office = Office::new();
    let add = |login: &str, grants: Value| {
        let body = json!({"login": login, "name": login, "grants": grants, "password": "a long enough one"});
        office.ask("administrator-a", "POST", "/v1/principals", Some(&body))
    };
    let made = add("new-a", json!([{"role": "officer", "scope": "A"}]));
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(made.header("location").starts_with("/v1/principals/"));
    add("x", json!([{"role": "officer", "scope": "B"}])).problem(403);
    add("x", json!([{"role": "officer", "scope": "D"}])).problem(403);
    add("x", json!([{"role": "officer", "scope": null}])).problem(403);
    add("x", json!([{"role": "officer", "scope": "A"}, {"role": "viewer", "scope": "B"}])).problem(403);
    add("x", json!([])).problem(403);
    add("x", json!([{"role": "officer", "scope": "nowhere"}])).problem(422);
    add("x", json!([{"role": "king", "scope": "A"}])).problem(422);
    add("new-a", json!([{"role": "officer", "scope": "A"}])).problem(409);
    let listed = office.json("administrator-a", "/v1/principals");
    let logins: Vec<&str> =
        listed["principals"].as_array().unwrap().iter().map(|one| one["login"].as_str().unwrap()).collect();
    assert_eq!(logins, ["administrator-a", "new-a", "officer-a", "planner-a", "publisher-a", "viewer-a"]);
    assert!(!listed.to_string().contains("argon2"));
    let own = made.header("location");
    for other in ["administrator", "officer", "officer-b"] {
        let account = office.account(other);
        let path = format!("/v1/principals/{}", account.id);
        for body in [json!({"password": "mine from now on"}), json!({"disabled": true}), json!({"name": "x"})] {
            office.ask("administrator-a", "PATCH", &path, Some(&body)).problem(403);
        }
        office.ask("administrator-a", "GET", &path, None).problem(403);
        office.ask("administrator-a", "POST", &format!("{path}/keys"), Some(&json!({"name": "k"}))).problem(403);
        office.ask("administrator-a", "DELETE", &format!("{path}/keys/{}", account.key_id), None).problem(403);
    }
    let patch = |body: Value| office.ask("administrator-a", "PATCH", own, Some(&body));
    patch(json!({"grants": [{"role": "publisher", "scope": "B"}]})).problem(403);
    patch(json!({"grants": []})).problem(403);
    assert_eq!(patch(json!({"grants": [{"role": "publisher", "scope": "A"}], "name": "安娜"})).status, 200);
    let changed = office.json("administrator-a", own);
    assert_eq!((&changed["name"], &changed["grants"][0]["role"]), (&json!("安娜"), &json!("publisher")));
    office.ask("administrator-a", "PATCH", "/v1/workspace", Some(&json!({"name": "mine"}))).problem(403);
}

#[test]
fn settings_are_changed_by_administrators_of_the_whole() {
    let office = Office::new();
    let patch = |body: Value| office.ask("administrator", "PATCH", "/v1/workspace", Some(&body));
    let changed = patch(json!({"name": "澄浦区", "time_zone": "Asia/Taipei", "language": "en"}));
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!((&changed.json()["name"], &changed.json()["time_zone"]), (&json!("澄浦区"), &json!("Asia/Taipei")));
    assert_eq!(office.json("anonymous", "/v1/workspace")["name"], "澄浦区");
    for (body, field) in [
        (json!({"time_zone": "Mars/Olympus"}), "time_zone"),
        (json!({"language": "de"}), "language"),
        (json!({"name": " "}), "name"),
        (json!({"code_scheme": "{nonsense}"}), "code_scheme"),
    ] {
        assert_eq!(patch(body).problem(422)["parameter"], field);
    }
    patch(json!({"nam": "x"})).problem(422);
}

#[test]
fn the_last_administrator_is_not_locked_out() {
    let office = Office::new();
    let chief = format!("/v1/principals/{}", office.account("administrator").id);
    for body in [json!({"disabled": true}), json!({"grants": []})] {
        office.ask("administrator", "PATCH", &chief, Some(&body)).problem(409);
    }
}
