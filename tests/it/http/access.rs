//! Every role at every route by every method, asked of the real server and compared with what was written down by hand.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::staff::Office;

const CALLERS: [&str; 9] =
    ["anonymous", "viewer", "reporter", "officer", "grid_leader", "planner", "publisher", "auditor", "administrator"];
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// An id nobody has.
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// A request that does no harm where it is let through: what it names is not there, or its body says nothing.
fn harmless(route: &str) -> String {
    if route == "/v1/locate" {
        return "/v1/locate?lon=121.04&lat=31.01&crs=wgs84".to_owned();
    }
    route
        .replace("{*path}", "none.js")
        .replace("{layer}", "grids")
        .replace("{name}", "grids.json")
        .replace("{z}/{x}/{y}", "0/0/0")
        .replace("{code}", "A-001")
        .replace("/plans/{id}", "/plans/999")
        .replace("{id}", NOBODY)
        .replace("{key}", NOBODY)
        .replace("{hash}", &"0".repeat(64))
}

/// `yes`, or how it is refused.
fn outcome(office: &Office, caller: &str, method: &str, route: &str) -> String {
    // through a proxy, so that being on this machine opens nothing
    // and on a connection of its own: who refuses a body unread may hang up
    let proxied = [("x-forwarded-for", "198.51.100.7"), ("connection", "close")];
    let body = (!matches!(method, "GET" | "OPTIONS" | "DELETE")).then(|| json!({}));
    if (method, route) == ("GET", "/v1/events") {
        return stream(office, caller);
    }
    // one body that says nothing begins a job all the same
    let body = if route == "/v1/tessellations" { body.map(|_| json!({"tolerance_m": -1})) } else { body };
    let answer = office.ask_with(caller, method, &harmless(route), body.as_ref(), &proxied);
    match answer.status {
        401 | 403 | 405 => {
            answer.problem(answer.status);
            match answer.status {
                401 => assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"wangge\""),
                405 => assert!(!answer.header("allow").is_empty()),
                _ => {}
            }
            answer.status.to_string()
        }
        429 => panic!("{caller} {method} {route} met a limit"),
        // without the map in the program the page is a 503
        status if status < 500 || route == "/" => "yes".to_owned(),
        status => panic!("{caller} {method} {route}: {status} {}", answer.text()),
    }
}

/// The head of an event stream alone: it never ends.
fn stream(office: &Office, caller: &str) -> String {
    use std::io::{BufRead, BufReader, Write};
    let mut stream = std::net::TcpStream::connect(office.server.address).unwrap();
    let bearer = match caller {
        "anonymous" => String::new(),
        login => format!("authorization: {}\r\n", office.account(login).bearer),
    };
    write!(stream, "GET /v1/events HTTP/1.1\r\nhost: localhost\r\n{bearer}\r\n").unwrap();
    let mut head = String::new();
    BufReader::new(stream).read_line(&mut head).unwrap();
    match head.split(' ').nth(1).unwrap() {
        "200" => "yes".to_owned(),
        other => other.to_owned(),
    }
}

#[test]
fn each_role_gets_what_the_table_says_and_nothing_else() {
    let office = Office::new();
    let document = office.server.json("/openapi.json");
    let mut routes: Vec<&str> = vec!["/", "/assets/{*path}"];
    routes.extend(document["paths"].as_object().unwrap().keys().map(String::as_str));
    routes.sort_unstable();
    let mut table = String::new();
    let mut line = |words: &[&str]| {
        let (first, rest) = words.split_first().unwrap();
        let mut text = format!("{first:44}");
        for word in rest {
            write!(text, " {word:13}").unwrap();
        }
        writeln!(table, "{}", text.trim_end()).unwrap();
    };
    line(&[&["method route"], &CALLERS[..]].concat());
    for route in routes {
        let mut nobody = Vec::new();
        for method in METHODS {
            let cells: Vec<String> = CALLERS.iter().map(|caller| outcome(&office, caller, method, route)).collect();
            if cells.iter().all(|cell| cell == "405") {
                nobody.push(method);
                continue;
            }
            let name = format!("{method:6} {route}");
            let mut words = vec![name.as_str()];
            words.extend(cells.iter().map(String::as_str));
            line(&words);
        }
        assert!(nobody.len() < METHODS.len(), "{route} takes no method");
        assert!(nobody.contains(&"PUT") && nobody.contains(&"OPTIONS"), "{route}");
    }
    println!("{table}");
    let written = include_str!("access_matrix.txt");
    let rules: Vec<&str> = written.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert_eq!(table.lines().collect::<Vec<_>>(), rules, "see tests/it/http/access_matrix.txt");
}

#[test]
fn what_one_may_ask_for_is_what_one_is_told() {
    let office = Office::new();
    for caller in CALLERS {
        let session = office.json(caller, "/v1/session");
        let may: Vec<&str> = session["may"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        for line in &may {
            let (method, route) = line.split_once(' ').unwrap();
            assert_eq!(outcome(&office, caller, method, route), "yes", "{caller} {line}");
        }
        assert_eq!(may.contains(&"GET /v1/principals"), caller == "administrator", "{caller}");
    }
}

/// Every key of an answer with its value, however deep.
fn members(value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                found.push((key.clone(), value.clone()));
                members(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, found)),
        _ => {}
    }
}

#[test]
fn no_public_answer_tells_of_people_or_counts_them() {
    let office = Office::new();
    let report = json!({"category": "路灯", "text": "不亮", "lon": 121.04, "lat": 31.01, "crs": "wgs84"});
    let filed = office.ask("reporter", "POST", "/v1/reports", Some(&report));
    assert_eq!(filed.status, 201);
    let mut answers =
        vec![("POST /v1/reports".to_owned(), office.ask("anonymous", "POST", "/v1/reports", Some(&report)))];
    let may = office.json("anonymous", "/v1/session");
    for line in may["may"].as_array().unwrap() {
        if let Some(route) = line.as_str().unwrap().strip_prefix("GET ") {
            answers.push((route.to_owned(), office.ask("anonymous", "GET", &harmless(route), None)));
        }
    }
    answers.push(("one jurisdiction".to_owned(), office.ask("anonymous", "GET", "/v1/jurisdictions/D", None)));
    assert!(answers.len() > 8, "{}", answers.len());
    for (route, answer) in answers {
        let mut found = Vec::new();
        members(&answer.json(), &mut found);
        for (key, value) in found {
            let told = !value.is_null();
            let person = ["officer", "principal", "report", "reporter", "phone", "csrf", "password", "secret", "hash"];
            let about_people = person.iter().any(|word| key.split('_').any(|part| part == *word));
            assert!(!(about_people && told), "{route} tells {key}: {value}");
            let counted = ["households", "population", "reason"].contains(&key.as_str());
            assert!(!(counted && told), "{route} counts {key}: {value}");
        }
    }
    // the same answers do count for who may know
    assert_eq!(office.json("viewer", "/v1/grids/A-001")["households"], 620);
    assert_eq!(office.json("reporter", "/v1/grids/A-001")["households"], Value::Null);
}

#[test]
fn tiles_for_strangers_have_no_counts_and_are_never_taken_for_the_others() {
    let office = Office::new();
    let public = office.json("anonymous", "/v1/workspace")["tiles_version"].as_str().unwrap().to_owned();
    let full = office.json("viewer", "/v1/workspace")["tiles_version"].as_str().unwrap().to_owned();
    assert_ne!(public, full);
    assert_eq!(office.json("viewer-a", "/v1/workspace")["tiles_version"], public.as_str(), "a part is not the whole");
    // at zoom 12 the district lies in one tile; atoms are drawn from zoom 11 on
    for layer in ["grids", "atoms"] {
        let path = |version: &str| format!("/tiles/{layer}/11/1712/838?v={version}");
        let find = |caller: &str, version: &str| {
            let answer = office.ask(caller, "GET", &path(version), None);
            assert!(answer.status == 200, "{layer} {}", answer.status);
            answer
        };
        let says = |answer: &super::server::Answer| answer.text().contains("households");
        let (stranger, viewer) = (find("anonymous", &public), find("viewer", &full));
        assert!(!says(&stranger) && says(&viewer), "{layer}");
        assert_eq!(stranger.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(viewer.header("cache-control"), "private, max-age=31536000, immutable");
        let curious = find("anonymous", &full);
        assert!(!says(&curious), "asking by the other version opens nothing");
        assert_eq!(curious.header("cache-control"), "public, no-cache");
        for answer in [&stranger, &viewer, &curious] {
            assert!(answer.headers.get_all("vary").iter().any(|v| v.to_str().unwrap().contains("cookie")), "{layer}");
        }
        let described = office.json("anonymous", &format!("/tiles/{layer}"));
        assert!(!described.to_string().contains("households"));
        assert!(office.json("viewer", &format!("/tiles/{layer}")).to_string().contains("households"));
    }
    assert_eq!(office.ask("viewer", "GET", "/v1/grids", None).header("cache-control"), "private, no-cache");
}

#[test]
fn findings_are_drawn_for_who_reads_coverage_and_within_their_scope() {
    let office = Office::new();
    let tile = |caller: &str| office.ask(caller, "GET", "/tiles/findings/11/1712/838", None);
    tile("anonymous").problem(401);
    office.ask("anonymous", "GET", "/tiles/findings", None).problem(401);
    tile("reporter").problem(403);
    tile("officer").problem(403);
    for caller in ["viewer", "planner", "viewer-a"] {
        let answer = tile(caller);
        assert!(answer.status == 200 && answer.text().contains("gap"), "{caller} {}", answer.status);
        assert!(answer.header("cache-control").starts_with("private"), "{caller}");
    }
    // the gap is counted under community A
    assert_eq!(tile("viewer-b").status, 204);
    let address = |caller: &str| office.json(caller, "/tiles/findings")["tiles"].to_string();
    assert_ne!(address("viewer-a"), address("viewer-b"), "no cache gives the one for the other");
    assert_eq!(address("viewer"), address("planner"));
}
