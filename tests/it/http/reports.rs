//! What residents and officers send.

use serde_json::{Value, json};

use super::district;
use super::server::Server;

fn body(lon: f64, lat: f64) -> Value {
    json!({"category": "路灯", "text": "小区门口路灯不亮", "lon": lon, "lat": lat, "crs": "wgs84"})
}

#[test]
fn a_report_is_routed_to_the_owner_of_its_point() {
    let server = Server::published();
    let answer = server.post(&body(121.04, 31.01), None);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let report = answer.json();
    assert_eq!((&report["state"], &report["grid"]["code"]), (&json!("routed"), &json!("A-002")));
    assert_eq!(report["chain"][1]["name"], "东风社区");
    assert_eq!((&report["resolution"], &report["publication_seq"]), (&json!("interior"), &json!(1)));
    assert_eq!(report["received_at"], "2026-05-30T00:00:00+08:00");
    assert_eq!(report["point"], json!({"lon": 121.04, "lat": 31.01, "crs": "wgs84"}));
    let id = report["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/v1/reports/{id}"));
    assert_eq!(server.json(answer.header("location")), report);
    assert_eq!(server.json("/v1/reports")["reports"], json!([report]));
    assert_eq!(server.json("/v1/workspace")["counts"]["reports"], 1);
}

#[test]
fn a_report_from_outside_is_kept_and_says_so() {
    let server = Server::published();
    let report = server.post(&body(120.0, 30.0), None).json();
    assert_eq!((&report["state"], &report["grid"], &report["chain"]), (&json!("outside"), &Value::Null, &json!([])));
    assert_eq!(report["resolution"], "outside");
    // the hole in A-001 is another grid, not outside
    assert_eq!(server.post(&body(121.015, 31.015), None).json()["grid"]["code"], "B-001");
}

#[test]
fn reports_before_the_first_publication_are_kept_unrouted() {
    let server = Server::new(|store| async move {
        district::import(&*store).await;
    });
    let answer = server.post(&body(121.04, 31.01), None);
    assert_eq!(answer.status, 201);
    assert_eq!((&answer.json()["state"], &answer.json()["publication_seq"]), (&json!("outside"), &Value::Null));
}

#[test]
fn the_same_key_and_body_give_the_same_report() {
    let server = Server::published();
    let first = server.post(&body(121.04, 31.01), Some("k-1"));
    assert_eq!(first.status, 201);
    let again = server.post(&body(121.04, 31.01), Some("k-1"));
    assert_eq!((again.status, again.json()), (200, first.json()));
    // the order of fields and spaces between them do not make another body
    let turned = r#"{"crs": "WGS84", "lat": 31.01, "lon": 121.040, "text": "小区门口路灯不亮" , "category": "路灯"}"#;
    let headers = [("content-type", "application/json; charset=utf-8"), ("idempotency-key", "k-1")];
    assert_eq!(server.send("POST", "/v1/reports", &headers, turned.as_bytes()).status, 200);
    let other = server.post(&body(121.05, 31.01), Some("k-1")).problem(422);
    assert_eq!(other["type"], "urn:wangge:problem:key-reused");
    assert_eq!(server.post(&body(121.04, 31.01), None).status, 201);
    assert_eq!(server.json("/v1/workspace")["counts"]["reports"], 2);
    for key in [&"k".repeat(129), "a b"] {
        server.post(&body(121.04, 31.01), Some(key)).problem(400);
    }
}

#[test]
fn a_key_sent_by_many_at_once_makes_one_report() {
    let server = Server::published();
    let answers: Vec<(u16, Value)> = std::thread::scope(|scope| {
        let senders: Vec<_> =
            (0..12).map(|_| scope.spawn(|| server.post(&body(121.04, 31.01), Some("same")))).collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).map(|a| (a.status, a.json())).collect()
    });
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 11);
    assert!(answers.iter().all(|(_, report)| report == &answers[0].1));
    assert_eq!(server.json("/v1/workspace")["counts"]["reports"], 1);
}

#[test]
fn the_newest_reports_come_first_and_keep_the_grid_of_their_day() {
    let server = Server::published();
    let ids: Vec<Value> = (0..5).map(|_| server.post(&body(121.04, 31.04), None).json()["id"].clone()).collect();
    let listed = server.json("/v1/reports?limit=3");
    let newest: Vec<Value> = listed["reports"].as_array().unwrap().iter().map(|report| report["id"].clone()).collect();
    assert_eq!(newest, [ids[4].clone(), ids[3].clone(), ids[2].clone()]);
    server.elsewhere(|store| async move { district::publish_second(&*store, district::NOW_MS).await });
    server.wait_for("/v1/locate?lon=121.04&lat=31.04&crs=wgs84", |answer| answer["grid"]["code"] == "B-103");
    let old = server.json(&format!("/v1/reports/{}", ids[0].as_str().unwrap()));
    assert_eq!((&old["grid"]["code"], &old["publication_seq"]), (&json!("B-002"), &json!(1)));
    let new = server.post(&body(121.04, 31.04), None).json();
    assert_eq!((&new["grid"]["code"], &new["publication_seq"]), (&json!("B-103"), &json!(2)));
}

#[test]
fn a_report_is_answered_closed_and_taken_up_again_and_its_sender_sees_each_step() {
    let server = Server::published();
    let sent = server.post(&body(121.04, 31.01), None).json();
    let path = format!("/v1/reports/{}/state", sent["id"].as_str().unwrap());
    let step = |body: &Value| server.send_json("POST", &path, body);
    assert_eq!((&sent["state_at"], &sent["answer"]), (&sent["received_at"], &Value::Null));
    let answered = step(&json!({"state": "answered", "answer": "  明天上午修 "}));
    assert_eq!(answered.status, 200, "{}", answered.text());
    let answered = answered.json();
    assert_eq!((&answered["state"], &answered["answer"]), (&json!("answered"), &json!("明天上午修")));
    assert_eq!(step(&json!({"state": "answered", "answer": "明天上午修"})).json(), answered, "the same again");
    assert_eq!(server.json(&format!("/v1/reports/{}", sent["id"].as_str().unwrap())), answered);
    let closed = step(&json!({"state": "closed"})).json();
    assert_eq!((&closed["state"], &closed["answer"]), (&json!("closed"), &json!("明天上午修")));
    let problem = step(&json!({"state": "answered", "answer": "再修"})).problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("is closed: take it up again"), "{problem}");
    let ids = |stage: &str| server.json(&format!("/v1/reports?stage={stage}"))["reports"].as_array().unwrap().len();
    assert_eq!((ids("open"), ids("answered"), ids("closed")), (0, 0, 1));
    let opened = step(&json!({"state": "open"})).json();
    assert_eq!((&opened["state"], &opened["answer"]), (&json!("routed"), &Value::Null));
    let trail = server.json(&format!("/v1/reports/{}/trail", sent["id"].as_str().unwrap()));
    let steps: Vec<_> = trail["steps"].as_array().unwrap().iter().map(|step| (&step["kind"], &step["zh"])).collect();
    let told = [
        ("received", "已收到"),
        ("routed", "已分派到二号网格（A-002），属东风社区"),
        ("answered", "已答复：明天上午修"),
        ("closed", "已办结"),
        ("reopened", "已重新受理"),
    ];
    for (step, (kind, zh)) in steps.iter().zip(told) {
        assert_eq!(*step.0, kind);
        assert!(kind == "routed" || *step.1 == zh, "{step:?}");
    }
    assert_eq!(steps.len(), told.len());
}

#[test]
fn steps_that_say_nothing_or_too_much_are_refused_and_change_nothing() {
    let server = Server::published();
    let sent = server.post(&body(121.04, 31.01), None).json();
    let id = sent["id"].as_str().unwrap();
    let refused = [
        (json!({"state": "answered"}), "answer has 0 letters"),
        (json!({"state": "answered", "answer": " \n "}), "answer has 0 letters"),
        (json!({"state": "closed", "answer": "字".repeat(1001)}), "answer has 1001 letters"),
        (json!({"state": "answered", "answer": "a\u{7}"}), "control character U+0007"),
        (json!({"state": "done"}), "state=\"done\" is no state of a report"),
        (json!({}), "missing field `state`"),
    ];
    for (body, words) in refused {
        let answer = server.send_json("POST", &format!("/v1/reports/{id}/state"), &body);
        assert!(answer.status == 422 || answer.status == 400, "{body}: {}", answer.status);
        assert!(answer.text().contains(&words.replace('"', "\\\"")), "{body}: {}", answer.text());
    }
    assert_eq!(server.json(&format!("/v1/reports/{id}")), sent);
    let nobody = "/v1/reports/019e0b5c-0000-7000-8000-000000000000/state";
    server.send_json("POST", nobody, &json!({"state": "closed"})).problem(404);
    server.get("/v1/reports?stage=done").problem(400);
}
