//! What an attacker sends: never a 5xx, never more rows, never a way in.

use serde_json::{Value, json};
use wangge::http::Settings;

use super::staff::{Office, PASSWORD};

/// After the payloads of sqlmap and of lists of "naughty strings".
const PAYLOADS: [&str; 24] = [
    "'",
    "\"",
    "''",
    "' OR '1'='1",
    "' OR 1=1 --",
    "\" OR \"\"=\"",
    "1 OR 1=1",
    "1; DROP TABLE reports; --",
    "'; UPDATE principal SET disabled=0; --",
    "' UNION SELECT password_hash FROM principal --",
    "1' AND SLEEP(5) --",
    "'; SELECT pg_sleep(5); --",
    "A-001'/**/OR/**/1=1#",
    "$1",
    "?1",
    "%",
    "_",
    "\\",
    "\u{0}",
    "A\u{0}' OR 1=1",
    "’＇ＯＲ １＝１",
    "\u{202e}drawkcab",
    "99999999999999999999999999999999",
    "{{7*7}}${7*7}<script>alert(1)</script>",
];

fn encoded(text: &str) -> String {
    text.bytes().flat_map(|byte| format!("%{byte:02X}").into_bytes()).map(char::from).collect()
}

fn office() -> Office {
    let most = std::num::NonZeroU32::new(1_000_000).unwrap();
    let mut settings = Settings::default();
    (settings.rates.anonymous, settings.rates.reports, settings.rates.sign_ins) = (most, most, most);
    Office::with(settings)
}

/// How many rows an answer has.
fn rows(answer: &Value) -> usize {
    ["grids", "reports", "plans", "principals", "jurisdictions"]
        .iter()
        .filter_map(|name| answer[name].as_array())
        .map(Vec::len)
        .sum()
}

#[test]
fn no_parameter_is_read_as_sql() {
    let office = office();
    let report = json!({"category": "c", "text": "t", "lon": 121.04, "lat": 31.01, "crs": "wgs84"});
    office.ask("anonymous", "POST", "/v1/reports", Some(&report));
    let document = office.json("anonymous", "/openapi.json");
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if path.ends_with("/events") {
                continue;
            }
            let parameters: Vec<(&str, &str)> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|parameter| (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap()))
                .collect();
            for (name, place) in &parameters {
                for payload in PAYLOADS {
                    let fill = |other: &str| if other == *name { encoded(payload) } else { "1".to_owned() };
                    let mut target = path.clone();
                    for (other, _) in parameters.iter().filter(|(_, place)| *place == "path") {
                        target = target.replace(&format!("{{{other}}}"), &fill(other));
                    }
                    if *place == "query" {
                        let defaults = [("lon", "121.04"), ("lat", "31.01"), ("crs", "wgs84")];
                        let more = defaults.iter().filter(|(other, _)| other != name && path == "/v1/locate");
                        let more = more.map(|(key, value)| format!("&{key}={value}")).collect::<Vec<_>>().concat();
                        target = format!("{target}?{name}={}{more}", encoded(payload));
                    }
                    let headers: Vec<(&str, &str)> = match *place {
                        // what cannot stand in a header is refused by every client and server
                        "header" if payload.is_ascii() && !payload.contains('\0') => vec![(name, payload)],
                        "header" => continue,
                        _ => vec![],
                    };
                    let body = (*method != "get" && *method != "delete").then(|| report.clone());
                    let method = method.to_uppercase();
                    let answer = office.ask_with("administrator", &method, &target, body.as_ref(), &headers);
                    asked += 1;
                    assert!(answer.status < 500, "{method} {target}: {} {}", answer.status, answer.text());
                    if method == "GET" && answer.status == 200 && !target.starts_with("/tiles") {
                        let plain = path.split('?').next().unwrap();
                        if !plain.contains('{') && rows(&answer.json()) > 0 {
                            let all = rows(&office.json("administrator", plain));
                            assert!(rows(&answer.json()) <= all, "{target} widens its answer");
                        }
                    }
                }
            }
        }
    }
    assert!(asked > 500, "{asked}");
    let kept = office.json("administrator", "/v1/reports")["reports"].as_array().unwrap().len();
    assert!(kept > 1, "the table of reports is still there");
}

#[test]
fn no_field_of_a_body_is_read_as_sql() {
    let office = office();
    let account = office.account("officer-a");
    let principal = format!("/v1/principals/{}", account.id);
    let keys = format!("{principal}/keys");
    let grant = json!([{"role": "viewer", "scope": "A"}]);
    let bodies = [
        ("POST", "/v1/reports", json!({"category": "c", "text": "t", "lon": 121.04, "lat": 31.01, "crs": "wgs84"})),
        ("POST", "/v1/session", json!({"login": "viewer", "password": "x"})),
        (
            "POST",
            "/v1/principals",
            json!({"login": "x", "name": "x", "kind": "person", "password": PASSWORD, "grants": grant}),
        ),
        ("PATCH", &principal, json!({"name": "x", "disabled": false, "password": PASSWORD, "grants": grant})),
        ("POST", &keys, json!({"name": "x", "expires": "2027-01-01"})),
        (
            "PATCH",
            "/v1/workspace",
            json!({"name": "x", "language": "en", "time_zone": "Asia/Shanghai", "code_scheme": "{parent}-{seq:03}"}),
        ),
        ("POST", "/v1/plans/1/publish", json!({"effective": "2026-06-01"})),
    ];
    for (method, path, body) in bodies {
        for field in body.as_object().unwrap().keys() {
            for payload in PAYLOADS {
                let mut values = vec![json!(payload), json!([payload]), json!({payload: payload})];
                if field == "grants" {
                    values.push(json!([{"role": payload, "scope": "A"}]));
                    values.push(json!([{"role": "viewer", "scope": payload}]));
                }
                for value in values {
                    let mut body = body.clone();
                    body[field] = value;
                    let answer = office.ask("administrator", method, path, Some(&body));
                    assert!(answer.status < 500, "{method} {path} {body}: {} {}", answer.status, answer.text());
                    if path == "/v1/session" {
                        assert!([401, 422].contains(&answer.status), "{body}: {}", answer.status);
                    }
                }
            }
        }
        for huge in [json!(1e308), json!(-1), json!(u64::MAX), json!(null), json!(true)] {
            for field in body.as_object().unwrap().keys() {
                let mut body = body.clone();
                body[field] = huge.clone();
                let answer = office.ask("administrator", method, path, Some(&body));
                assert!(answer.status < 500, "{method} {path} {body}: {} {}", answer.status, answer.text());
            }
        }
    }
    // nobody has become anybody
    assert_eq!(office.ask("viewer", "GET", "/v1/principals", None).status, 403);
    assert_eq!(office.json("viewer", "/v1/session")["principal"]["login"], "viewer");
}

#[test]
fn no_credential_is_read_as_sql() {
    let office = office();
    for payload in PAYLOADS.into_iter().filter(|payload| payload.is_ascii() && !payload.contains('\0')) {
        let bearer = format!("Bearer {payload}");
        let cookie = format!("wangge_session={payload}");
        for header in [
            ("authorization", bearer.as_str()),
            ("cookie", &cookie),
            ("x-csrf-token", payload),
            ("x-remote-user", payload),
        ] {
            let answer = office.server.get_with("/v1/principals", &[header]);
            assert_eq!(answer.status, 401, "{header:?}: {}", answer.text());
        }
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let office = office();
    let long = "x".repeat(9000);
    let problem = office.ask("anonymous", "GET", &format!("/v1/workspace?{long}"), None).problem(414);
    assert!(problem["detail"].as_str().unwrap().contains("8192"));
    let large = "x".repeat(40_000);
    let answer = office.ask_with("anonymous", "GET", "/v1/workspace", None, &[("x-large", &large)]);
    answer.problem(431);
    for (method, path) in
        [("POST", "/v1/session"), ("POST", "/v1/principals"), ("PATCH", "/v1/workspace"), ("POST", "/v1/reports")]
    {
        let body = json!({"name": "x".repeat(70_000)});
        office.ask("administrator", method, path, Some(&body)).problem(413);
        let headers = [("content-type", "text/plain"), ("authorization", &*office.account("administrator").bearer)];
        office.server.send(method, path, &headers, b"{}").problem(415);
    }
}

#[test]
fn many_sign_ins_at_once_stop_nobody_else() {
    let office = office();
    std::thread::scope(|scope| {
        let senders: Vec<_> =
            (0..24).map(|_| scope.spawn(|| office.sign_in("viewer", "another password", &[]).status)).collect();
        let begun = std::time::Instant::now();
        for _ in 0..20 {
            assert_eq!(office.server.get("/v1/locate?lon=121.04&lat=31.01&crs=wgs84").status, 200);
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(10));
        for sender in senders {
            let status = sender.join().unwrap();
            assert!([401, 429].contains(&status), "{status}");
        }
    });
}
