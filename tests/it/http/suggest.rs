//! Proposals for a plan, while they are found.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::drafts;
use super::staff::Office;

/// Asks for proposals and reads what comes, line by line.
struct Asked(BufReader<TcpStream>);

impl Asked {
    fn open(office: &Office, login: &str, plan: &Value, body: &Value) -> Self {
        let stream = TcpStream::connect(office.server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut asked = Self(BufReader::new(stream));
        let (bearer, body) = (office.account(login).bearer, body.to_string());
        let length = body.len();
        write!(
            asked.0.get_mut(),
            "POST /v1/plans/{plan}/suggest HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        asked
    }

    /// The next event, or nothing when the stream is over.
    fn next(&mut self) -> Option<(String, Value)> {
        let (mut name, mut line) = (String::new(), String::new());
        loop {
            line.clear();
            if self.0.read_line(&mut line).unwrap() == 0 || line == "0\r\n" {
                return None;
            }
            if let Some(event) = line.strip_prefix("event: ") {
                event.trim_end().clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some((name, serde_json::from_str(data).unwrap()));
            }
        }
    }

    fn rest(&mut self) -> Vec<(String, Value)> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

#[test]
fn proposals_come_with_figures_and_what_changes_and_the_last_is_kept_where_that_is_asked() {
    let office = Office::new();
    let plans = office.json("planner", "/v1/plans")["plans"].as_array().unwrap().clone();
    let plan = &plans[0]["id"];
    let mut asked = Asked::open(&office, "planner", plan, &json!({"seconds": 1, "keep_price": 0, "keep": true}));
    let heard = asked.rest();
    assert!(heard.iter().any(|(name, data)| name == "progress" && data["step"] == "divide"), "{heard:?}");
    let proposals: Vec<&Value> = heard.iter().filter(|(name, _)| name == "proposal").map(|(_, data)| data).collect();
    assert!(!proposals.is_empty(), "{heard:?}");
    for (i, proposal) in proposals.iter().enumerate() {
        assert_eq!(proposal["number"], i + 1);
        assert!(proposal["figures"]["grids"].as_u64().unwrap() > 0, "{proposal}");
        assert!(proposal["kept_percent"].is_number(), "{proposal}");
        for moved in proposal["changed"].as_array().unwrap() {
            assert!(moved["atom"].is_string() && moved["from"] != moved["to"], "{moved}");
        }
    }
    let (name, last) = heard.last().unwrap();
    assert_eq!((name.as_str(), &last["proposals"]), ("done", &json!(proposals.len())));
    let kept = office.json("planner", &format!("/v1/plans/{}", last["plan"]));
    assert_eq!((&kept["status"], &kept["figures"]), (&json!("draft"), &proposals.last().unwrap()["figures"]));
    // only told: nothing is kept
    let told = Asked::open(&office, "planner", plan, &json!({"seconds": 1})).rest();
    assert_eq!(told.last().unwrap().1["plan"], Value::Null);
    assert_eq!(office.json("planner", "/v1/plans")["plans"].as_array().unwrap().len(), plans.len() + 1);
}

#[test]
fn a_number_of_grids_that_is_asked_for_is_kept_to_in_proposals() {
    let office = Office::new();
    let plan = office.json("planner", "/v1/plans")["plans"][0]["id"].clone();
    let ask = |grids: Value| Asked::open(&office, "planner", &plan, &json!({"seconds": 1, "grids": grids})).rest();
    let heard = ask(json!({"B": 2}));
    let (_, proposal) = heard.iter().rfind(|(name, _)| name == "proposal").unwrap();
    // 350 households fill one grid: two do not hold them, and that is why
    let outside = proposal["figures"]["outside"].as_array().unwrap();
    let kinds: Vec<&str> = outside.iter().filter_map(|grid| grid["certificate"]["kind"].as_str()).collect();
    assert!(kinds.iter().filter(|kind| **kind == "count").count() == 2, "{proposal}");
    let heard = ask(json!({"X": 2}));
    let (name, problem) = heard.last().unwrap();
    assert_eq!((name.as_str(), &problem["status"]), ("error", &json!(422)), "{heard:?}");
    assert!(problem["detail"].as_str().unwrap().contains("\"X\" cannot be given 2 grids"), "{problem}");
}

#[test]
fn closing_the_stream_ends_the_search() {
    let office = Office::new();
    let plan = office.json("planner", "/v1/plans")["plans"][0]["id"].clone();
    let body = json!({"seconds": 600, "keep": true});
    let mut asked = Asked::open(&office, "planner", &plan, &body);
    while asked.next().is_some_and(|(name, _)| name != "proposal") {}
    drop(asked);
    // long work is done one at a time: the next one gets its turn once the first has ended
    let begun = Instant::now();
    let next = Asked::open(&office, "planner", &plan, &json!({"seconds": 1})).rest();
    assert_eq!(next.last().unwrap().0, "done");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(office.json("planner", "/v1/plans")["plans"].as_array().unwrap().len(), 1, "nothing was kept");
}

#[test]
fn what_cannot_be_searched_is_a_problem() {
    let office = Office::new();
    let plan = office.json("planner", "/v1/plans")["plans"][0]["id"].clone();
    let ask = |login: &str, path: &str, body: &Value| office.ask(login, "POST", path, Some(body));
    let path = format!("/v1/plans/{plan}/suggest");
    ask("planner", "/v1/plans/99/suggest", &json!({})).problem(404);
    ask("planner", "/v1/plans/x/suggest", &json!({})).problem(404);
    ask("planner-a", &path, &json!({})).problem(403);
    for body in [
        json!({"seconds": 0}),
        json!({"seconds": 601}),
        json!({"bounds": {"lower": 500, "upper": 300}}),
        json!({"bounds": {"lower": 1}}),
        json!({"keep_price": 1_000_001}),
        json!({"grids": {"B": 0}}),
        json!({"grids": {"B": -1}}),
        json!({"grids": ["B=2"]}),
        json!({"surprise": 1}),
    ] {
        ask("planner", &path, &body).problem(422);
    }
    // what is found out later comes as an event
    let mut asked = Asked::open(&office, "planner", &plan, &json!({"lock": ["no such grid"], "seconds": 1}));
    let heard = asked.rest();
    let (name, problem) = heard.last().unwrap();
    assert_eq!((name.as_str(), &problem["status"]), ("error", &json!(422)), "{heard:?}");
    assert!(problem["detail"].as_str().unwrap().contains("no such grid cannot be locked"), "{problem}");
}

#[test]
fn grids_of_a_draft_are_divided_as_they_are_drawn_at_a_revision() {
    let (office, plan) = drafts::office();
    let (one, two) = (drafts::grid(&office, plan, "B-102"), drafts::grid(&office, plan, "B-103"));
    let ask = |body: Value| {
        let heard = Asked::open(&office, "planner", &json!(plan), &body).rest();
        let (name, last) = heard.last().unwrap();
        assert_eq!((name.as_str(), &last["plan"]), ("done", &Value::Null), "{heard:?}");
        heard.iter().rfind(|(name, _)| name == "proposal").map(|(_, data)| data.clone())
    };
    // 200 and 150 households are too few for two grids: one goes on, the one they share most with
    let proposal = ask(json!({"seconds": 1, "keep_price": 0, "divide": [two, one]})).unwrap();
    assert_eq!(
        proposal["grids"],
        json!([{"grid": one, "atoms": 2, "households": 350, "population": 1_050, "reason": null}])
    );
    assert_eq!(proposal["changed"], json!([{"atom": "B3", "from": two, "to": one}]));
    assert_eq!(proposal["kept_percent"], 57.14);
    // done by hand, revision 1 has that one grid, and two are asked for
    drafts::done(&drafts::post(&office, "planner", plan, 0, &[drafts::moved("o1", Some(&two), Some(&one), &[4, 1])]));
    let body = json!({"seconds": 1, "divide": [one], "rev": 1, "grids": {"B": 2}});
    let proposal = ask(body.clone()).unwrap();
    assert_eq!(proposal["changed"], json!([{"atom": "B3", "from": one, "to": "new:1"}]));
    let grids = proposal["grids"].as_array().unwrap();
    let words: Vec<(&str, u64)> =
        grids.iter().map(|grid| (grid["grid"].as_str().unwrap(), grid["households"].as_u64().unwrap())).collect();
    assert_eq!(words, [(one.as_str(), 200), ("new:1", 150)]);
    assert!(grids.iter().all(|grid| grid["reason"]["en"].is_string()), "both are below the band: {proposal}");
    // the newest revision is meant where none is named; the plan as it was made is not what is divided
    let mut newest = body.clone();
    newest.as_object_mut().unwrap().remove("rev");
    assert_eq!(ask(newest).unwrap()["changed"], proposal["changed"]);
    assert_eq!(office.json("planner", &format!("/v1/plans/{plan}/draft"))["rev"], 1, "nothing was done to the draft");

    let ask = |login: &str, body: Value| office.ask(login, "POST", &format!("/v1/plans/{plan}/suggest"), Some(&body));
    ask("auditor", body.clone()).problem(403);
    ask("planner", json!({"divide": [one], "rev": 2})).problem(404);
    let lock = json!({"id": "o2", "kind": "lock", "locks": [{"atoms": [3, 1], "locked": true}]});
    drafts::done(&drafts::post(&office, "planner", plan, 1, &[lock]));
    for (body, words) in [
        (json!({"divide": [two], "rev": 1}), "holds nothing at revision 1"),
        (json!({"divide": ["g9"]}), "\"g9\" is not there at revision 2"),
        (json!({"divide": [one]}), "1 atoms of these grids are locked at revision 2"),
        (json!({"rev": 1}), "name the grids of it to divide"),
        (json!({"divide": [one], "keep": true}), "keep stands beside divide"),
        (json!({"divide": [one], "lock": ["B-101"]}), "lock stands beside divide"),
    ] {
        let problem = ask("planner", body).problem(422);
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
}
