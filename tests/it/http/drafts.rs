//! Plans redrawn by hand, by several at once.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::district;
use super::server::Answer;
use super::staff::Office;

/// The office with a draft of community B: B1, B2, B3 in a grid each, U in none. Its number.
pub(super) fn office() -> (Office, i64) {
    let office = Office::new();
    let plan = office.server.elsewhere(|store| async move { district::draft_second(&*store).await });
    (office, plan)
}

pub(super) fn post(office: &Office, login: &str, plan: i64, base_rev: i64, ops: &[Value]) -> Answer {
    office.ask(login, "POST", &format!("/v1/plans/{plan}/ops"), Some(&json!({"base_rev": base_rev, "ops": ops})))
}

#[track_caller]
pub(super) fn done(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

#[track_caller]
fn kind(answer: &Answer, status: u16, word: &str) -> Value {
    let problem = answer.problem(status);
    assert_eq!(problem["type"], format!("urn:wangge:problem:{word}"), "{problem}");
    problem
}

fn assignment(office: &Office, plan: i64) -> Value {
    office.json("planner", &format!("/v1/plans/{plan}/assignment"))
}

/// The id of the grid with this code.
pub(super) fn grid(office: &Office, plan: i64, code: &str) -> String {
    let first = office.json("planner", &format!("/v1/plans/{plan}/assignment?rev=0"));
    let grids = first["grids"].as_array().unwrap();
    grids.iter().find(|grid| grid["code"] == code).unwrap()["id"].as_str().unwrap().to_owned()
}

pub(super) fn moved(id: &str, from: Option<&str>, to: Option<&str>, atoms: &[u32]) -> Value {
    json!({"id": id, "kind": "assign", "moves": [{"from": from, "to": to, "atoms": atoms}]})
}

pub(super) fn named(id: &str, grid: &str, from: &str, to: &str) -> Value {
    let data = |name: &str| json!({"code": "B-102", "name": name, "locked": false});
    json!({"id": id, "kind": "rename", "grids": [{"id": grid, "from": data(from), "to": data(to)}]})
}

#[test]
fn a_draft_says_what_a_page_needs_and_its_topology_is_for_good() {
    let (office, plan) = office();
    let draft = office.json("planner-b", &format!("/v1/plans/{plan}/draft"));
    assert_eq!((&draft["plan"], &draft["rev"], &draft["can_edit"]), (&json!(plan), &json!(0), &json!(true)));
    let band = json!({"attribute": "households", "band": {"lower": 300, "upper": 500}, "other": null});
    assert_eq!((&draft["counted"], &draft["has"]), (&band, &json!({"households": true, "population": true})));
    // A1 and A2 are beyond the plan, the rest is community B
    assert_eq!(draft["nest_runs"], json!([-1, 2, 0, 4]));
    assert_eq!(draft["nests"], json!([{"code": "B", "name": "西湖社区", "counted": null, "exclusive": false}]));
    assert_eq!(draft["links"], json!([]));
    let first = assignment(&office, plan);
    assert_eq!((&first["rev"], &first["locked"], &first["accepted"]), (&json!(0), &json!([]), &json!({})));
    assert_eq!(first["atom_runs"], json!([-1, 2, 0, 1, 1, 1, 2, 1, -1, 1]));
    assert_eq!(first, assignment(&office, plan), "ids stay");
    let id = first["grids"][0]["id"].as_str().unwrap();
    assert_eq!((id.len(), &id[14..15]), (36, "8"), "{id}");

    let (hash, href) = (draft["topology"]["hash"].as_str().unwrap(), draft["topology"]["href"].as_str().unwrap());
    let plain = office.ask("planner-b", "GET", href, None);
    assert_eq!((plain.status, plain.header("content-type")), (200, "application/vnd.wangge.topology"));
    assert_eq!(plain.header("cache-control"), "private, max-age=31536000, immutable");
    assert_eq!(plain.header("etag"), format!("\"{hash}\""));
    assert_eq!(plain.bytes.len() as u64, draft["topology"]["bytes"].as_u64().unwrap());
    assert_eq!(&plain.bytes[..12], b"WGTOPO1\0\x06\0\0\0");
    let known = office.ask_with("planner-b", "GET", href, None, &[("if-none-match", &format!("\"{hash}\""))]);
    assert_eq!((known.status, known.bytes.len()), (304, 0));
    let packed = office.ask_with("planner-b", "GET", href, None, &[("accept-encoding", "gzip, br")]);
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("br", "accept-encoding"));
    // not for those who may read no plan of the dataset, and no other hash
    office.ask("planner-a", "GET", href, None).problem(404);
    office.ask("planner-b", "GET", &format!("/v1/topologies/{}", "0".repeat(64)), None).problem(404);
    office.ask("planner-b", "GET", "/v1/topologies/x", None).problem(404);
    // who reads plans may look
    let seen = office.json("auditor", &format!("/v1/plans/{plan}/draft"));
    assert_eq!(seen["can_edit"], false);
    for path in ["draft", "assignment", "ops", "events"] {
        office.ask("planner-a", "GET", &format!("/v1/plans/{plan}/{path}"), None).problem(403);
        office.ask("planner", "GET", &format!("/v1/plans/99/{path}"), None).problem(404);
    }
    post(&office, "planner-a", plan, 0, &[moved("o", None, None, &[])]).problem(403);
    post(&office, "auditor", plan, 0, &[moved("o", None, None, &[])]).problem(403);
    // the first plan was put in force
    kind(&office.ask("planner", "GET", "/v1/plans/1/draft", None), 409, "published");
}

#[test]
fn the_same_operations_are_done_once_however_often_they_are_sent() {
    let (office, plan) = office();
    let (one, two) = (grid(&office, plan, "B-102"), grid(&office, plan, "B-103"));
    let ops = [moved("o1", Some(&two), Some(&one), &[4, 1]), moved("o2", None, Some(&two), &[5, 1])];
    for _ in 0..3 {
        assert_eq!(done(&post(&office, "planner", plan, 0, &ops)), json!({"rev": 2, "revs": [1, 2]}));
    }
    // known ones are passed over, whatever they hold now, and with new ones beside them
    let again = [moved("o2", None, None, &[]), named("o3", &one, "B-102 网格", "临河")];
    assert_eq!(done(&post(&office, "planner-b", plan, 2, &again)), json!({"rev": 3, "revs": [2, 3]}));
    let twice = [named("o4", &one, "临河", "河东"), named("o4", &one, "河东", "河西")];
    assert_eq!(done(&post(&office, "planner", plan, 3, &twice)), json!({"rev": 4, "revs": [4, 4]}));
    let now = assignment(&office, plan);
    assert_eq!((&now["rev"], &now["atom_runs"]), (&json!(4), &json!([-1, 2, 0, 1, 1, 2, 2, 1])));
    assert_eq!(now["grids"][1]["name"], "河东");
    let before = office.json("planner", &format!("/v1/plans/{plan}/assignment?rev=1"));
    assert_eq!((&before["rev"], &before["atom_runs"]), (&json!(1), &json!([-1, 2, 0, 1, 1, 2, -1, 1])));
    office.ask("planner", "GET", &format!("/v1/plans/{plan}/assignment?rev=5"), None).problem(404);
    office.ask("planner", "GET", &format!("/v1/plans/{plan}/assignment?rev=x"), None).problem(400);

    let log = office.json("planner", &format!("/v1/plans/{plan}/ops"));
    assert_eq!((&log["rev"], &log["more"]), (&json!(4), &json!(false)));
    let revs: Vec<_> = log["ops"].as_array().unwrap().iter().map(|op| op["rev"].as_i64().unwrap()).collect();
    assert_eq!(revs, [1, 2, 3, 4]);
    assert_eq!((&log["ops"][0]["op"], &log["ops"][1]["op"]), (&ops[0], &ops[1]), "as they were sent");
    let own = office.json("planner-b", &format!("/v1/plans/{plan}/ops?since=1&by=me"));
    assert_eq!((own["ops"].as_array().unwrap().len(), &own["ops"][0]["rev"]), (1, &json!(3)));
    assert_eq!(own["ops"][0]["by"], office.account("planner-b").id);
    // another process reads the same, and the audit log tells of each
    let entries = office.server.elsewhere(|store| async move { store.audit(0, 1_000).await.unwrap() });
    assert_eq!(entries.iter().filter(|entry| entry.action == "redraw").count(), 4);
}

#[test]
fn who_is_behind_is_told_what_was_missed_and_nothing_is_done() {
    let (office, plan) = office();
    let one = grid(&office, plan, "B-102");
    let two = grid(&office, plan, "B-103");
    let theirs = moved("a1", Some(&two), Some(&one), &[4, 1]);
    done(&post(&office, "planner-b", plan, 0, std::slice::from_ref(&theirs)));
    let ours = moved("b1", None, Some(&one), &[5, 1]);
    let problem = kind(&post(&office, "planner", plan, 0, std::slice::from_ref(&ours)), 409, "behind");
    assert_eq!((&problem["rev"], &problem["missed"][0]["op"]), (&json!(1), &theirs));
    assert!(problem.get("more").is_none());
    assert_eq!(assignment(&office, plan)["rev"], 1);
    assert_eq!(done(&post(&office, "planner", plan, 1, std::slice::from_ref(&ours))), json!({"rev": 2, "revs": [2]}));
    // what one sent oneself and did not hear of is not missed
    assert_eq!(done(&post(&office, "planner", plan, 1, std::slice::from_ref(&ours)))["revs"], json!([2]));
    // but it is told of where something else was missed
    let problem = kind(&post(&office, "planner", plan, 0, &[ours]), 409, "behind");
    assert_eq!(problem["missed"].as_array().unwrap().len(), 2);
}

#[test]
fn an_operation_that_does_not_fit_is_named_and_nothing_of_the_request_is_done() {
    let (office, plan) = office();
    let (one, two) = (grid(&office, plan, "B-102"), grid(&office, plan, "B-103"));
    let good = moved("good", Some(&two), Some(&one), &[4, 1]);
    for (bad, words) in [
        (moved("bad", Some(&two), Some(&one), &[3, 1]), "atom 3 is in grid"),
        (moved("bad", None, Some(&one), &[0, 1]), "atom 0 is not in the scope"),
        (moved("bad", None, Some("nobody"), &[5, 1]), "grid nobody, which is not there"),
        (moved("bad", None, Some(&one), &[5, 2]), "reaches to atom 6, of 6"),
        (moved("bad", None, Some(&one), &[5, 0]), "run 0 is (5, 0)"),
        (named("bad", &one, "x", "y"), "has another name"),
        (
            json!({"id": "bad", "kind": "lock", "locks": [{"atoms": [5, 1], "locked": false}]}),
            "atom 5 is locked or unlocked",
        ),
        (
            json!({"id": "bad", "kind": "accept", "accepts": [{"problem": "p", "from": "x", "to": null}]}),
            "another reason",
        ),
    ] {
        let problem = kind(&post(&office, "planner", plan, 0, &[good.clone(), bad]), 422, "operation");
        assert_eq!(problem["op"], "bad");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    let path = format!("/v1/plans/{plan}/ops");
    let ask = |body: Value| office.ask("planner", "POST", &path, Some(&body));
    kind(&ask(json!({"base_rev": 0, "ops": []})), 422, "body");
    kind(&ask(json!({"base_rev": 0, "ops": vec![good.clone(); 101]})), 422, "body");
    kind(&ask(json!({"base_rev": 1, "ops": [good]})), 422, "body");
    kind(&ask(json!({"base_rev": -1, "ops": [good]})), 422, "body");
    kind(&ask(json!({"base_rev": 0, "ops": [{"id": "o", "kind": "dance"}]})), 422, "body");
    kind(
        &ask(json!({"base_rev": 0, "ops": [{"id": "o", "kind": "assign", "moves": [{"atoms": [-1, 1]}]}]})),
        422,
        "body",
    );
    // announced alone: the server answers and goes before it is sent
    let mut stream = TcpStream::connect(office.server.address).unwrap();
    let (bearer, length) = (office.account("planner").bearer, (1 << 20) + 1);
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
    .unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 413");
    // beyond what other bodies may have
    let reason = "理".repeat(2_000);
    let accept = |n: u32| json!({"problem": format!("p{n}"), "from": null, "to": reason});
    let large = json!({"id": "large", "kind": "accept", "accepts": (0..20).map(accept).collect::<Vec<_>>()});
    assert_eq!(assignment(&office, plan)["rev"], 0);
    assert_eq!(done(&ask(json!({"base_rev": 0, "ops": [large]})))["rev"], 1);
}

#[test]
fn of_many_who_draw_at_once_every_one_gets_a_revision_of_its_own() {
    let (office, plan) = office();
    let one = grid(&office, plan, "B-102");
    let revs = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for who in 0..4 {
            let (office, one, revs) = (&office, &one, &revs);
            threads.spawn(move || {
                for n in 0..5 {
                    let problem = format!("over:{one}:{who}:{n}");
                    let op = json!({"id": format!("{who}-{n}"), "kind": "accept",
                                    "accepts": [{"problem": problem, "from": null, "to": "x"}]});
                    let mut base = 0;
                    loop {
                        let answer = post(office, "planner", plan, base, std::slice::from_ref(&op));
                        if answer.status == 200 {
                            revs.lock().unwrap().push(answer.json()["revs"][0].as_i64().unwrap());
                            break;
                        }
                        base = kind(&answer, 409, "behind")["rev"].as_i64().unwrap();
                    }
                }
            });
        }
    });
    let mut revs = revs.into_inner().unwrap();
    revs.sort_unstable();
    assert!(revs.iter().copied().eq(1..=20), "{revs:?}");
    assert_eq!(assignment(&office, plan)["accepted"].as_object().unwrap().len(), 20);
}

/// A page that follows a draft.
pub(super) struct Page(BufReader<TcpStream>);

impl Page {
    fn open(office: &Office, plan: i64, resume: &str) -> Self {
        let mut stream = TcpStream::connect(office.server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let bearer = office.account("planner").bearer;
        write!(
            stream,
            "GET /v1/plans/{plan}/events HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer}\r\n{resume}\r\n"
        )
        .unwrap();
        let mut page = Self(BufReader::new(stream));
        while page.next("presence").0.is_empty() {}
        page
    }

    pub fn plain(office: &Office, plan: i64) -> Self {
        Self::open(office, plan, "")
    }

    /// The next event of a kind: its id and its data.
    pub fn next(&mut self, wanted: &str) -> (String, Value) {
        let (mut name, mut id) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended before {wanted}");
            let line = line.trim_end();
            if let Some(event) = line.strip_prefix("event: ") {
                event.clone_into(&mut name);
                id.clear();
            } else if let Some(own) = line.strip_prefix("id: ") {
                own.clone_into(&mut id);
            } else if let Some(data) = line.strip_prefix("data: ")
                && name == wanted
            {
                let id = if id.is_empty() { name } else { id };
                return (id, serde_json::from_str(data).unwrap());
            }
        }
    }
}

#[test]
fn pages_hear_of_operations_in_order_of_other_processes_too_and_of_each_other() {
    let (office, plan) = office();
    let (one, two) = (grid(&office, plan, "B-102"), grid(&office, plan, "B-103"));
    let mut page = Page::plain(&office, plan);
    let op = moved("o1", Some(&two), Some(&one), &[4, 1]);
    done(&post(&office, "planner", plan, 0, std::slice::from_ref(&op)));
    let (id, heard) = page.next("op");
    assert_eq!((id.as_str(), &heard["rev"], &heard["op"]), ("1", &json!(1), &op));
    // another process adds one
    let elsewhere = moved("o2", None, Some(&one), &[5, 1]);
    let body = elsewhere.to_string();
    office.server.elsewhere(|store| async move {
        let op = wangge::store::NewDraftOp { id: "o2".to_owned(), kind: "assign", atoms: 1, body };
        store.add_draft_ops(plan, 1, &[op], &crate::store_samples::act()).await.unwrap();
    });
    let (id, heard) = page.next("op");
    assert_eq!((id.as_str(), &heard["op"]), ("2", &elsewhere));
    assert_eq!(assignment(&office, plan)["rev"], 2);
    // who comes back hears what it missed
    let mut back = Page::open_heard(&office, plan, "1");
    assert_eq!(back.next("op").0, "2");
    let body = json!({"session": "s1", "grid": one});
    let here = office.ask("planner-b", "POST", &format!("/v1/plans/{plan}/presence"), Some(&body));
    assert_eq!(here.status, 204);
    let heard = page.here("s1");
    assert_eq!(heard, json!([{"session": "s1", "name": "planner-b 李", "grid": one}]));
    office.ask("planner", "POST", &format!("/v1/plans/{plan}/presence"), Some(&json!({"session": "a b"}))).problem(422);
    // 45 s later it is forgotten
    office.server.set_clock(district::NOW_MS + 45_001);
    let body = json!({"session": "s2", "grid": null});
    office.ask("planner", "POST", &format!("/v1/plans/{plan}/presence"), Some(&body));
    assert_eq!(page.here("s2").as_array().unwrap().len(), 1);
}

impl Page {
    /// Who is here, once this session is told of first.
    fn here(&mut self, session: &str) -> Value {
        loop {
            let (_, heard) = self.next("presence");
            if heard["here"][0]["session"] == session {
                return heard["here"].clone();
            }
        }
    }

    pub fn open_heard(office: &Office, plan: i64, last: &str) -> Self {
        let mut stream = TcpStream::connect(office.server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let bearer = office.account("planner").bearer;
        write!(
            stream,
            "GET /v1/plans/{plan}/events HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer}\r\nlast-event-id: {last}\r\n\r\n"
        )
        .unwrap();
        Self(BufReader::new(stream))
    }
}

#[test]
fn a_redrawn_draft_is_put_in_force_as_it_is_now_and_takes_no_more_operations() {
    let (office, plan) = office();
    let (one, two, three) = (grid(&office, plan, "B-101"), grid(&office, plan, "B-102"), grid(&office, plan, "B-103"));
    let publish = |plan: i64| office.ask("publisher", "POST", &format!("/v1/plans/{plan}/publish"), Some(&json!({})));
    // B2 and B3 become one grid with a name of its own, U a new one
    let data = |code: &str, name: &str| json!({"code": code, "name": name, "locked": false});
    let ops = [
        json!({"id": "o1", "kind": "merge", "moves": [{"from": three, "to": two, "atoms": [4, 1]}],
               "grids": [{"id": three, "from": data("B-103", "B-103 网格"), "to": null},
                         {"id": two, "from": data("B-102", "B-102 网格"), "to": data("B-102", "湖滨")}]}),
        json!({"id": "o2", "kind": "accept", "accepts": [{"problem": format!("under:{two}"), "from": null, "to": "暂列"}]}),
    ];
    done(&post(&office, "planner", plan, 0, &ops));
    let left = publish(plan).problem(409);
    assert!(left["detail"].as_str().unwrap().contains("1 atoms of its scope in no grid, the first U"), "{left}");
    assert_eq!(office.json("planner", "/v1/plans")["plans"].as_array().unwrap().len(), 2, "nothing was kept");
    let new = json!({"id": "o3", "kind": "create", "moves": [{"from": null, "to": "new-grid", "atoms": [5, 1]}],
                     "grids": [{"id": "new-grid", "from": null, "to": data("", "河滩")}]});
    done(&post(&office, "planner", plan, 2, &[new]));
    let mut page = Page::plain(&office, plan);
    let answer = publish(plan);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let seq = answer.json()["seq"].clone();
    assert_eq!(page.next("published").1, json!({"publication": seq.to_string()}));

    let made = answer.json()["plan"].as_i64().unwrap();
    let told = office.json("planner", &format!("/v1/plans/{made}"));
    assert_eq!((&told["origin"], &told["redrawn_from"], &told["grids"]), (&json!("redrawn"), &json!(plan), &json!(3)));
    let (grids, atoms) = office
        .server
        .elsewhere(|store| async move { (store.grids(made).await.unwrap(), store.plan_atoms(made).await.unwrap()) });
    let code_of = |atom: usize| atoms[atom].1.clone().unwrap();
    assert_eq!((code_of(2), code_of(3), code_of(4)), ("B-101".to_owned(), "B-102".to_owned(), "B-102".to_owned()));
    let new = code_of(5);
    assert!(!["B-101", "B-102", "B-103", "A-001", "B-001"].contains(&new.as_str()), "{new} was used");
    let name = |code: &str| grids.iter().find(|grid| grid.code == code).unwrap().name.clone();
    assert_eq!((name("B-102"), name(&new)), ("湖滨".to_owned(), "河滩".to_owned()));
    assert_eq!(grids.iter().find(|grid| grid.code == "B-102").unwrap().households, 350);
    let audit = office.server.elsewhere(|store| async move { wangge::app::check(&*store, Some(made)).await.unwrap() });
    assert!(audit.is_sound(), "{audit:?}");
    // B2 is looked up in the new grid
    let found = office.server.json("/v1/locate?lon=121.01&lat=31.04&crs=wgs84");
    assert_eq!(found["grid"]["code"], "B-102", "{found}");

    kind(&post(&office, "planner", plan, 3, &[moved("o4", Some(&one), None, &[2, 1])]), 409, "published");
    assert_eq!(done(&post(&office, "planner", plan, 3, &ops))["revs"], json!([1, 2]), "what is known is answered");
    kind(&office.ask("planner", "GET", &format!("/v1/plans/{plan}/draft"), None), 409, "published");
    kind(&publish(plan), 409, "published");
    assert_eq!(assignment(&office, plan)["rev"], 3, "its history can be read");
}

#[test]
fn a_grid_outside_its_band_and_one_in_pieces_are_published_with_what_is_found() {
    let (office, plan) = office();
    let (one, two) = (grid(&office, plan, "B-102"), grid(&office, plan, "B-103"));
    // B3 stays alone, U goes to B2 far from it
    let ops = [
        moved("o1", None, Some(&one), &[5, 1]),
        json!({"id": "o2", "kind": "accept", "accepts": [{"problem": format!("under:{two}"), "from": null, "to": "待并"}]}),
    ];
    done(&post(&office, "planner", plan, 0, &ops));
    let answer = office.ask("publisher", "POST", &format!("/v1/plans/{plan}/publish"), Some(&json!({})));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json()["plan"].as_i64().unwrap();
    let told = office.json("planner", &format!("/v1/plans/{made}"));
    let outside = told["outside_grids"].as_array().unwrap();
    assert_eq!(outside.len(), 2, "{told}");
    let reason = |code: &str| outside.iter().find(|grid| grid["code"] == code).unwrap()["reason"].clone();
    assert_eq!(reason("B-103")["kind"], "by_hand", "{told}");
    assert!(reason("B-103").to_string().contains("待并"), "{told}");
    let audit = office.server.elsewhere(|store| async move { wangge::app::check(&*store, Some(made)).await.unwrap() });
    assert!(audit.is_sound(), "{audit:?}");
    assert_eq!(audit.noncontiguous_codes, ["B-102"]);
}

#[test]
fn a_draft_that_is_put_away_still_takes_strokes_and_comes_back() {
    let (office, plan) = office();
    let path = format!("/v1/plans/{plan}/state");
    let state = |caller: &str, state: &str| office.ask(caller, "POST", &path, Some(&json!({"state": state})));
    let listed = || office.json("publisher", &format!("/v1/plans/{plan}"))["status"].clone();
    for (word, times) in [("put_away", 2), ("draft", 1), ("put_away", 1)] {
        for _ in 0..times {
            let answer = state("planner", word);
            assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(word)), "{}", answer.text());
        }
        assert_eq!(listed(), word);
    }
    let problem = state("planner", "deleted").problem(422);
    assert!(problem["detail"].as_str().unwrap().contains("say put_away or draft"), "{problem}");
    assert_eq!(state("publisher", "draft").status, 403);
    assert_eq!(office.ask("planner", "POST", "/v1/plans/99/state", Some(&json!({"state": "draft"}))).status, 404);
    // it opens and takes strokes as before
    let one = grid(&office, plan, "B-102");
    done(&post(&office, "planner", plan, 0, &[moved("o1", None, Some(&one), &[5, 1])]));
    assert_eq!(listed(), "put_away");
    assert_eq!(office.ask("publisher", "POST", &format!("/v1/plans/{plan}/publish"), Some(&json!({}))).status, 201);
    assert_eq!(listed(), "published");
    kind(&state("planner", "put_away"), 409, "published");
    let told = office.server.elsewhere(|store| async move { store.audit(0, 1_000).await.unwrap() });
    let marks: Vec<_> =
        told.iter().map(|entry| entry.action.as_str()).filter(|a| ["put_away", "take_back"].contains(a)).collect();
    assert_eq!(marks, ["put_away", "take_back", "put_away"]);
}
