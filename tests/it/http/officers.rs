//! Who looks after a grid, and when; and what nobody is told.

use std::sync::Arc;

use serde_json::{Value, json};
use wangge::officer::{Line, NewDuty, Role, Span, merge};
use wangge::store::{Act, Store};

use super::district::{self, FIRST_EFFECTIVE_MS, NOW_MS, at};
use super::server::Server;

const DAY_MS: i64 = 86_400_000;
/// 2026-04-01, local midnight: when W2 takes over grid A-001.
const APRIL_MS: i64 = FIRST_EFFECTIVE_MS + 31 * DAY_MS;
const PHONE: &str = "13912345678";

fn line(row: u64, officer: &str, name: &str, grid: &str, role: Role, from_ms: i64, to_ms: Option<i64>) -> Line {
    Line {
        row,
        officer: officer.to_owned(),
        name: Some(name.to_owned()),
        team: None,
        desk: Some(format!("6271-{officer}")),
        phone: Some(PHONE.to_owned()),
        duty: Some(NewDuty { grid: grid.to_owned(), role, span: Span { from_ms, to_ms } }),
    }
}

async fn keep(store: &dyn Store, lines: &[Line]) {
    let roster = store.roster().await.unwrap();
    let changes = merge(&roster, lines, None, &|ms| ms.to_string()).unwrap();
    store.keep_roster(roster.revision(), &changes, &Act::new("test", NOW_MS)).await.unwrap();
}

fn lines() -> Vec<Line> {
    vec![
        line(2, "W1", "王芳", "A-001", Role::Primary, FIRST_EFFECTIVE_MS + DAY_MS, Some(APRIL_MS)),
        line(3, "W2", "李雷", "A-001", Role::Primary, APRIL_MS, None),
        line(4, "W3", "韩梅", "A-001", Role::Deputy, APRIL_MS, None),
        line(5, "W2", "李雷", "A-002", Role::Primary, FIRST_EFFECTIVE_MS, None),
        line(6, "W4", "赵六", "B-001", Role::Primary, FIRST_EFFECTIVE_MS, None),
    ]
}

/// The district with officers; B-002 has none.
fn staffed() -> Server {
    Server::new(|store: Arc<dyn Store>| async move {
        district::publish_first(&*store).await;
        keep(&*store, &lines()).await;
    })
}

#[test]
fn the_one_responsible_is_the_one_of_the_instant_asked_for() {
    let server = staffed();
    let primary = |at: &str| server.json(&format!("/v1/grids/A-001/officers{at}"))["primary"]["name"].clone();
    assert_eq!(primary("?at=2026-03-01"), Value::Null, "before the first duty");
    assert_eq!(primary("?at=2026-03-02"), "王芳", "from its first instant");
    assert_eq!(primary("?at=2026-03-31T23:59:59.999%2B08:00"), "王芳", "until the last before the boundary");
    assert_eq!(primary("?at=2026-04-01"), "李雷", "on the boundary the next one");
    assert_eq!(primary("?at=2026-03-31T16:00:00Z"), "李雷", "the same instant in another zone");
    assert_eq!(primary(""), "李雷");
    let card = server.json("/v1/grids/A-001/officers");
    let person = |name: &str, desk: &str| json!({"name": name, "kind": "person", "team": null, "desk": desk});
    assert_eq!(card["primary"], person("李雷", "6271-W2"));
    assert_eq!(card["deputies"], json!([person("韩梅", "6271-W3")]));
    assert_eq!(card["at"], "2026-05-30T00:00:00+08:00");
    server.get("/v1/grids/X-1/officers").problem(404);
    server.get("/v1/grids/A-001/officers?at=2025-01-01").problem(404);
    server.get("/v1/grids/A-001/officers?at=soon").problem(400);
}

#[test]
fn a_grid_and_an_answer_to_a_point_name_the_one_responsible() {
    let server = staffed();
    assert_eq!(server.json("/v1/grids/A-001")["officers"]["primary"]["desk"], "6271-W2");
    assert_eq!(server.json("/v1/grids/A-001?at=2026-03-05")["officers"]["primary"]["name"], "王芳");
    assert_eq!(server.json("/v1/grids/B-002")["officers"], json!({"primary": null, "deputies": []}));
    let locate = |x, y, more: &str| {
        let point = at(x, y).to_lon_lat();
        server.json(&format!("/v1/locate?lon={}&lat={}&crs=wgs84{more}", point.lon_deg, point.lat_deg))["officer"]
            .clone()
    };
    assert_eq!(locate(4, 1, "")["name"], "李雷");
    assert_eq!(locate(2, 4, ""), Value::Null, "B-002 has nobody");
    assert_eq!(locate(9, 9, ""), Value::Null, "outside");
}

#[test]
fn the_list_for_staff_has_numbers_and_duties() {
    let server = staffed();
    let list = server.json("/v1/officers?limit=2");
    assert_eq!((&list["total"], &list["next"]), (&json!(4), &json!("W2")));
    assert_eq!(list["officers"][0]["code"], "W1");
    assert_eq!(list["officers"][0]["phone"], PHONE);
    assert_eq!(list["officers"][0]["duties"], json!([]), "it has ended");
    let second = &server.json("/v1/officers?after=W1&limit=1")["officers"][0];
    let grids: Vec<&str> = second["duties"].as_array().unwrap().iter().map(|d| d["grid"].as_str().unwrap()).collect();
    assert_eq!(grids, ["A-001", "A-002"]);
    let duty = &server.json("/v1/officers?history=true&limit=1")["officers"][0]["duties"][0];
    assert_eq!((&duty["role"], &duty["to"]), (&json!("primary"), &json!("2026-04-01T00:00:00+08:00")));
    server.get("/v1/officers?history=yes").problem(400);
}

#[test]
fn coverage_lists_grids_without_officer_and_persons_with_several() {
    let server = staffed();
    let officers = server.json("/v1/coverage")["officers"].clone();
    assert_eq!(
        (&officers["officers"], &officers["primaries"], &officers["without_officer"]),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!((&officers["households_mean"], &officers["households_max"]), (&json!(510.0), &json!(1020)));
    let findings = officers["findings"].as_array().unwrap();
    let told: Vec<_> = findings.iter().map(|f| (f["kind"].as_str().unwrap(), f["grids"].clone())).collect();
    assert_eq!(told, [("no_officer", json!(["B-002"])), ("two_primaries", json!(["A-001", "A-002"]))]);
    assert_eq!(findings[0]["zh"], "网格 B-002 没有主责网格员");
    assert_eq!(findings[0]["envelope"], json!([121.0, 31.03, 121.06, 31.05]));
    assert_eq!(findings[1]["officer"], "W2");
    let march = server.json("/v1/coverage?at=2026-03-05")["officers"]["findings"].clone();
    assert_eq!(march.as_array().unwrap().len(), 1, "W2 had one grid then: {march}");
    let bare = Server::published().json("/v1/coverage")["officers"].clone();
    assert_eq!((&bare["without_officer"], &bare["findings"]), (&json!(4), &json!([])), "no list was brought in yet");
}

#[test]
fn a_duty_of_a_code_that_ended_is_a_finding_and_codes_that_go_on_keep_their_officers() {
    let server = Server::new(|store: Arc<dyn Store>| async move {
        district::publish_first(&*store).await;
        keep(&*store, &lines()).await;
        district::publish_second(&*store, NOW_MS - DAY_MS).await;
    });
    let findings = server.json("/v1/coverage")["officers"]["findings"].clone();
    let lost: Vec<_> = findings.as_array().unwrap().iter().filter(|f| f["kind"] == "duty_without_grid").collect();
    assert_eq!(lost.len(), 1, "{findings}");
    assert_eq!(
        (&lost[0]["grids"], &lost[0]["officer"], &lost[0]["envelope"]),
        (&json!(["B-001"]), &json!("W4"), &Value::Null)
    );
    assert!(lost[0]["en"].as_str().unwrap().contains("not in force: end the duty"));
    assert_eq!(server.json("/v1/grids/A-001/officers")["primary"]["name"], "李雷");
    assert_eq!(server.json("/v1/grids/B-001/officers?at=2026-05-01")["primary"]["name"], "赵六", "history stays");
    server.get("/v1/grids/B-001/officers").problem(404);
}

#[test]
fn a_report_of_a_grid_that_ended_names_who_is_responsible_at_its_place_now() {
    let server = Server::new(|store: Arc<dyn Store>| async move {
        district::publish_first(&*store).await;
        keep(&*store, &lines()).await;
        district::publish_second(&*store, NOW_MS).await;
        keep(&*store, &[line(2, "W8", "接手", "B-101", Role::Primary, NOW_MS, None)]).await;
    });
    server.set_clock(NOW_MS - 1);
    let point = at(1, 1).to_lon_lat();
    let body = json!({"category": "noise", "text": "", "lon": point.lon_deg + 0.005, "lat": point.lat_deg + 0.005, "crs": "wgs84"});
    let sent = server.post(&body, None).json();
    assert_eq!(sent["grid"]["code"], "B-001");
    let path = format!("/v1/reports/{}/trail", sent["id"].as_str().unwrap());
    assert_eq!(server.json(&path)["responsible"]["name"], "赵六");
    server.set_clock(NOW_MS);
    let trail = server.json(&path);
    assert_eq!((&trail["grid"]["code"], &trail["responsible"]["name"]), (&json!("B-001"), &json!("接手")));
}

#[test]
fn what_another_process_changes_is_noticed() {
    let server = staffed();
    assert_eq!(server.json("/v1/grids/B-002/officers")["primary"], Value::Null);
    server.elsewhere(|store| async move {
        keep(&*store, &[line(2, "W5", "新来", "B-002", Role::Primary, NOW_MS - 1, None)]).await;
    });
    server.wait_for("/v1/grids/B-002/officers", |answer| answer["primary"]["name"] == "新来");
}

#[test]
fn a_private_number_is_in_no_answer_but_the_list_for_staff() {
    let server = staffed();
    let point = at(4, 1).to_lon_lat();
    let body =
        json!({"category": "noise", "text": "夜里很吵", "lon": point.lon_deg, "lat": point.lat_deg, "crs": "wgs84"});
    let report = server.post(&body, None).json()["id"].as_str().unwrap().to_owned();
    let document = server.json("/openapi.json");
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if item["get"].is_null() || path == "/v1/events" || path == "/v1/officers" {
            continue;
        }
        let path = path.replace("{code}", "A-001").replace("{id}", &report).replace("{layer}", "grids");
        let path = path.replace("{z}", "10").replace("{x}", "856").replace("{y}", "417");
        let point = format!("lon={}&lat={}&crs=wgs84", point.lon_deg, point.lat_deg);
        let answer = server.get(&format!("{path}?{point}"));
        assert!(!answer.text().contains(PHONE), "{path}: {}", answer.text());
        asked += usize::from(answer.status == 200);
    }
    assert!(asked > 12, "{asked}");
    // what a grid's public card and an answer to a point carry, name by name
    let card = server.json("/v1/grids/A-001/officers")["primary"].clone();
    let names: Vec<&str> = card.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["desk", "kind", "name", "team"]);
    assert!(server.json("/v1/officers").to_string().contains(PHONE));
}

#[test]
fn the_trail_says_what_happened_and_whom_to_ask_and_nothing_else() {
    let server = staffed();
    let point = at(4, 1).to_lon_lat();
    let (lon, lat) = (point.lon_deg + 0.000_412_3, point.lat_deg + 0.000_387_1);
    let body = json!({"category": "noise", "text": "夜里很吵，三楼", "lon": lon, "lat": lat, "crs": "wgs84"});
    let id = server.post(&body, Some("secret-key")).json()["id"].as_str().unwrap().to_owned();
    let trail = server.json(&format!("/v1/reports/{id}/trail"));
    let card = json!({"name": "李雷", "kind": "person", "team": null, "desk": "6271-W2"});
    let now = "2026-05-30T00:00:00+08:00";
    assert_eq!(
        trail,
        json!({
            "id": id, "category": "noise", "near": {"lon": 121.04, "lat": 31.01},
            "grid": {"code": "A-002", "name": "A-002 网格"}, "responsible": card,
            "steps": [
                {"kind": "received", "at": now, "en": "received", "zh": "已收到", "officer": null},
                {"kind": "routed", "at": now, "en": "routed to grid A-002 网格 (A-002) of 东风社区",
                    "zh": "已分派到A-002 网格（A-002），属东风社区", "officer": card},
            ],
        })
    );
    let text = trail.to_string().replace(&id, "");
    for secret in ["三楼", "secret-key", "4123", "3871", PHONE] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let outside = json!({"category": "noise", "text": "", "lon": 120.0, "lat": 30.0, "crs": "wgs84"});
    let id = server.post(&outside, None).json()["id"].as_str().unwrap().to_owned();
    let trail = server.json(&format!("/v1/reports/{id}/trail"));
    assert_eq!(
        (&trail["grid"], &trail["responsible"], &trail["steps"][1]["kind"]),
        (&Value::Null, &Value::Null, &json!("outside"))
    );
    server.get("/v1/reports/019e0b5c-7a3e-7d4f-9b1a-3f2f6f0c9a11/trail").problem(404);
    server.get("/v1/reports/%00/trail").problem(404);
}

#[test]
fn the_trail_names_who_was_responsible_then_and_who_is_now() {
    let server = staffed();
    server.set_clock(APRIL_MS - 1);
    let point = at(1, 0).to_lon_lat();
    let body =
        json!({"category": "noise", "text": "", "lon": point.lon_deg, "lat": point.lat_deg + 0.001, "crs": "wgs84"});
    let id = server.post(&body, None).json()["id"].as_str().unwrap().to_owned();
    server.set_clock(APRIL_MS);
    let trail = server.json(&format!("/v1/reports/{id}/trail"));
    assert_eq!(
        (&trail["steps"][1]["officer"]["name"], &trail["responsible"]["name"]),
        (&json!("王芳"), &json!("李雷"))
    );
}
