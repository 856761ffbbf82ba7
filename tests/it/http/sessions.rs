//! Signing in and out: cookies, forgery, time, keys, proxies, limits.

use std::num::NonZeroU32;

use serde_json::{Value, json};
use wangge::app::access::{SESSION_IDLE_MS, SESSION_LIFE_MS};
use wangge::http::{Proxies, Rates, Settings};

use super::district::NOW_MS;
use super::server::{Answer, Server};
use super::staff::{Browser, Office, PASSWORD};

fn behind(block: &str) -> Settings {
    let proxies = Proxies { blocks: vec![block.parse().unwrap()], user_header: Some("x-remote-user".parse().unwrap()) };
    Settings { proxies, ..Settings::default() }
}

fn rates(change: impl FnOnce(&mut Rates)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings.rates);
    settings
}

const fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

#[test]
fn a_sign_in_gives_a_cookie_that_only_the_browser_reads() {
    let office = Office::new();
    let answer = office.sign_in("Viewer ", PASSWORD, &[]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let cookie = answer.header("set-cookie");
    let (pair, attributes) = cookie.split_once(';').unwrap();
    // this machine alone reaches it, without TLS
    assert!(pair.starts_with("wangge_session=") && pair.len() == 15 + 64, "{pair}");
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Strict; Max-Age=43200");
    assert_eq!(answer.header("cache-control"), "no-store");
    let session = answer.json();
    assert_eq!((&session["principal"]["login"], &session["login"]), (&json!("viewer"), &json!("required")));
    assert_eq!(session["principal"]["grants"], json!([{"role": "viewer", "scope": null}]));
    assert!(!session.to_string().contains(&pair[15..]), "the token is in the cookie alone");
    let browser = Browser::of(&answer);
    assert_eq!(office.browse(&browser, "GET", "/v1/session", None).json(), session);
    assert_eq!(office.browse(&browser, "GET", "/v1/coverage", None).status, 200);
    let out = office.browse(&browser, "DELETE", "/v1/session", None);
    assert_eq!(
        (out.status, out.header("set-cookie")),
        (204, "wangge_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
    );
    office.browse(&browser, "GET", "/v1/coverage", None).problem(401);
    assert_eq!(office.browse(&browser, "GET", "/v1/grids", None).status, 200, "what is public stays so");
}

#[test]
fn behind_a_proxy_the_cookie_is_for_this_host_and_tls_alone() {
    let office = Office::with(behind("127.0.0.1"));
    let answer = office.sign_in("viewer", PASSWORD, &[]);
    let (pair, attributes) = answer.header("set-cookie").split_once(';').unwrap();
    assert!(pair.starts_with("__Host-wangge_session="), "{pair}");
    assert_eq!(attributes, " Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200");
    assert_eq!(office.browse(&Browser::of(&answer), "GET", "/v1/coverage", None).status, 200);
}

#[test]
fn a_refusal_says_the_same_whoever_is_refused() {
    let office = Office::with(rates(|rates| rates.sign_ins = n(100)));
    let path = format!("/v1/principals/{}", office.account("planner").id);
    assert_eq!(office.ask("administrator", "PATCH", &path, Some(&json!({"disabled": true}))).status, 200);
    let mut said = Vec::new();
    for (login, password) in [
        ("viewer", "another password"),
        ("nobody", PASSWORD),
        ("planner", PASSWORD),
        ("viewer", ""),
        ("' OR 1=1 --", "x"),
    ] {
        let answer = office.sign_in(login, password, &[]);
        assert_eq!(answer.header("set-cookie"), "");
        said.push(answer.problem(401));
    }
    assert!(said.iter().all(|problem| *problem == said[0]), "{said:?}");
}

#[test]
fn a_session_ends_by_itself() {
    let office = Office::new();
    let status = |browser: &Browser| office.browse(browser, "GET", "/v1/coverage", None).status;
    let idle = office.browser("viewer");
    office.server.set_clock(NOW_MS + SESSION_IDLE_MS - 1);
    let busy = office.browser("viewer");
    assert_eq!(status(&idle), 200, "used in time");
    office.server.set_clock(NOW_MS + 2 * SESSION_IDLE_MS - 2);
    assert_eq!((status(&idle), status(&busy)), (200, 200), "each use counts");
    office.server.set_clock(NOW_MS + 3 * SESSION_IDLE_MS);
    assert_eq!(status(&idle), 401, "unused for too long");
    let mut at = NOW_MS + 3 * SESSION_IDLE_MS;
    let lasting = office.browser("viewer");
    let begun = at;
    while at - begun < SESSION_LIFE_MS {
        assert_eq!(status(&lasting), 200);
        at += SESSION_IDLE_MS / 2;
        office.server.set_clock(at);
    }
    assert_eq!(status(&lasting), 401, "a working day is over");
}

#[test]
fn a_session_ends_with_its_password_its_account_and_the_next_sign_in() {
    let office = Office::new();
    let status = |browser: &Browser| office.browse(browser, "GET", "/v1/session", None).json()["principal"].is_object();
    let path = |login: &str| format!("/v1/principals/{}", office.account(login).id);
    let patch = |login: &str, body: Value| {
        let answer = office.ask("administrator", "PATCH", &path(login), Some(&body));
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    let (before, other) = (office.browser("viewer"), office.browser("officer"));
    patch("viewer", json!({"password": "quite another one"}));
    assert!(!status(&before) && status(&other));
    office.sign_in("viewer", PASSWORD, &[]).problem(401);
    assert_eq!(office.sign_in("viewer", "quite another one", &[]).status, 200);
    patch("officer", json!({"disabled": true}));
    assert!(!status(&other));
    office.ask("officer", "GET", "/v1/reports", None).problem(401);
    patch("officer", json!({"disabled": false}));
    assert!(!status(&other), "what has ended stays so");
    assert_eq!(office.ask("officer", "GET", "/v1/reports", None).status, 200, "its key holds again");
    // a new session at each sign-in; the one the browser had is over
    let first = office.browser("auditor");
    let next = office.sign_in("auditor", PASSWORD, &[("cookie", &first.cookie)]);
    assert_eq!(next.status, 200, "{}", next.text());
    let next = Browser::of(&next);
    assert_ne!(first.cookie, next.cookie);
    assert!(!status(&first) && status(&next));
    // roles follow at once
    patch("auditor", json!({"grants": [{"role": "viewer", "scope": null}]}));
    office.browse(&next, "GET", "/v1/reports", None).problem(403);
}

#[test]
fn a_page_of_another_site_changes_nothing() {
    let office = Office::new();
    let browser = office.browser("administrator");
    let host = office.server.address.to_string();
    let own = format!("http://{host}");
    let patch = |headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", browser.cookie.as_str()), ("content-type", "application/json")];
        all.extend_from_slice(headers);
        office.server.send("PATCH", "/v1/workspace", &all, b"{}")
    };
    let csrf = ("x-csrf-token", browser.csrf.as_str());
    let kind = |answer: Answer| answer.problem(403)["type"].as_str().unwrap().to_owned();
    assert_eq!(kind(patch(&[])), "urn:wangge:problem:csrf");
    assert_eq!(kind(patch(&[("x-csrf-token", "x")])), "urn:wangge:problem:csrf");
    let others = office.browser("administrator");
    assert_eq!(kind(patch(&[("x-csrf-token", &others.csrf)])), "urn:wangge:problem:csrf", "of another session");
    for site in ["cross-site", "same-site", "nonsense"] {
        assert_eq!(kind(patch(&[csrf, ("sec-fetch-site", site)])), "urn:wangge:problem:cross-site");
    }
    for origin in ["https://evil.example", "null", "http://127.0.0.1", &format!("{own}.evil.example")] {
        assert_eq!(kind(patch(&[csrf, ("origin", origin)])), "urn:wangge:problem:cross-site", "{origin}");
    }
    assert_eq!(patch(&[csrf]).status, 200);
    assert_eq!(patch(&[csrf, ("origin", &own)]).status, 200);
    assert_eq!(patch(&[csrf, ("sec-fetch-site", "same-origin"), ("origin", &own)]).status, 200);
    // signing somebody in as somebody else is a change too, and so is a report
    let foreign = office.sign_in("viewer", PASSWORD, &[("sec-fetch-site", "cross-site")]);
    assert_eq!(kind(foreign), "urn:wangge:problem:cross-site");
    let answer = office.server.send("POST", "/v1/reports", &[("origin", "https://evil.example")], b"{}");
    assert_eq!(kind(answer), "urn:wangge:problem:cross-site");
    // a key is sent by no browser on its own
    let keyed =
        office.ask_with("administrator", "PATCH", "/v1/workspace", Some(&json!({})), &[("origin", "https://x.y")]);
    assert_eq!(keyed.status, 200);
}

#[test]
fn a_key_holds_until_it_is_revoked_or_expires() {
    let office = Office::new();
    let keys = format!("/v1/principals/{}/keys", office.account("planner").id);
    let make = |body: Value| office.ask("administrator", "POST", &keys, Some(&body));
    let made = make(json!({"name": "dispatch", "expires": "2026-06-01"}));
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"));
    let made = made.json();
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("wgk_") && secret.ends_with(made["last4"].as_str().unwrap()));
    let ask =
        |secret: &str| office.server.get_with("/v1/plans", &[("authorization", &format!("Bearer {secret}"))]).status;
    assert_eq!(ask(secret), 200);
    let listed = office.json("administrator", keys.trim_end_matches("/keys"));
    assert_eq!(listed["keys"][1]["name"], "dispatch");
    assert!(!listed.to_string().contains(&secret[..20]), "it is shown once");
    office.server.set_clock(NOW_MS + 3 * 86_400_000);
    assert_eq!(ask(secret), 401, "expired");
    make(json!({"name": "k", "expires": "2026-06-01"})).problem(422);
    let other = make(json!({"name": "other"})).json();
    let other_secret = other["secret"].as_str().unwrap();
    assert_eq!(ask(other_secret), 200);
    let revoke = format!("{keys}/{}", other["id"].as_str().unwrap());
    assert!(office.ask("administrator", "DELETE", &revoke, None).json()["revoked_at"].is_string());
    assert_eq!(ask(other_secret), 401, "revoked");
    for wrong in ["", "x", "wgk_", &secret[..67], &format!("{secret}0"), "' OR '1'='1"] {
        assert_eq!(ask(wrong), 401, "{wrong}");
    }
    for scheme in ["Basic YTpi", "bearer", "Digest x"] {
        office.server.get_with("/v1/locate?lon=121.04&lat=31.01&crs=wgs84", &[("authorization", scheme)]).problem(401);
    }
}

#[test]
fn the_user_header_of_a_proxy_counts_from_that_proxy_alone() {
    let named = |office: &Office, login: &str, more: &[(&str, &str)]| {
        let mut headers = vec![("x-remote-user", login)];
        headers.extend_from_slice(more);
        office.server.send(
            "PATCH",
            "/v1/workspace",
            &[&headers[..], &[("content-type", "application/json")]].concat(),
            b"{}",
        )
    };
    // nobody is trusted; another machine is
    for settings in [Settings::default(), behind("10.0.0.0/8")] {
        let office = Office::with(settings);
        named(&office, "administrator", &[]).problem(401);
        named(&office, "administrator", &[("x-forwarded-for", "10.0.0.1")]).problem(401);
    }
    let office = Office::with(behind("127.0.0.0/8"));
    let who = |login: &str| office.server.get_with("/v1/session", &[("x-remote-user", login)]);
    let session = who("Administrator").json();
    assert_eq!(session["principal"]["login"], "administrator");
    named(&office, "administrator", &[]).problem(403);
    let csrf = session["csrf_token"].as_str().unwrap();
    assert_eq!(named(&office, "administrator", &[("x-csrf-token", csrf)]).status, 200);
    named(&office, "viewer", &[("x-csrf-token", csrf)]).problem(403);
    assert_eq!(who("nobody").problem(403)["type"], "urn:wangge:problem:no-account");
    who("' OR 1=1 --").problem(403);
    let two = office.server.get_with("/v1/session", &[("x-remote-user", "viewer"), ("x-remote-user", "administrator")]);
    assert_eq!(two.json()["principal"], Value::Null, "two names are no name");
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back() {
    let office = Office::with(rates(|rates| {
        (rates.anonymous, rates.reports, rates.sign_ins, rates.signed_in) = (n(12), n(3), n(2), n(40));
    }));
    let anonymous = |path: &str| office.server.get(path);
    let report = json!({"category": "c", "text": "", "lon": 121.04, "lat": 31.01, "crs": "wgs84"});
    for _ in 0..3 {
        assert_eq!(office.server.post(&report, None).status, 201);
    }
    let refused = office.server.post(&report, None);
    assert_eq!(refused.problem(429)["type"], "urn:wangge:problem:too-often");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    for _ in 0..2 {
        office.sign_in("viewer", "another password", &[]).problem(401);
    }
    office.sign_in("viewer", PASSWORD, &[]).problem(429);
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(anonymous("/v1/workspace").status);
    }
    assert!(statuses.contains(&200) && statuses.ends_with(&[429]), "{statuses:?}");
    assert_eq!(anonymous("/healthz").status, 200, "who watches over it is not counted");
    // X-Forwarded-For from anybody opens nothing
    office.server.get_with("/v1/workspace", &[("x-forwarded-for", "203.0.113.9")]).problem(429);
    office.server.get_with("/v1/workspace", &[("authorization", "Bearer wgk_x")]).problem(429);
    // with a key another measure holds
    let statuses: Vec<u16> = (0..41).map(|_| office.ask("viewer", "GET", "/v1/workspace", None).status).collect();
    assert!(statuses[..39].iter().all(|status| *status == 200) && statuses[40] == 429, "{statuses:?}");
    assert_eq!(office.ask("officer", "GET", "/v1/workspace", None).status, 200);
}

#[test]
fn behind_a_proxy_each_client_has_its_own_measure() {
    let mut settings = behind("127.0.0.1");
    settings.rates.anonymous = n(2);
    let office = Office::with(settings);
    let from = |client: &str| office.server.get_with("/v1/workspace", &[("x-forwarded-for", client)]).status;
    assert_eq!([from("203.0.113.1"), from("203.0.113.1"), from("203.0.113.1")], [200, 200, 429]);
    assert_eq!(from("1.1.1.1, 203.0.113.1"), 429, "what the client wrote itself is not believed");
    assert_eq!(from("203.0.113.2"), 200);
    assert_eq!([from("2001:db8::1"), from("2001:db8::2"), from("2001:db8::3")], [200, 200, 429]);
}

#[test]
fn where_nobody_signs_in_only_this_machine_is_let_in() {
    let server = Server::published();
    let session = server.json("/v1/session");
    assert_eq!((&session["login"], &session["principal"]), (&json!("none"), &Value::Null));
    assert_eq!(server.json("/v1/workspace")["login"], "none");
    assert!(session["may"].as_array().unwrap().contains(&json!("POST /v1/principals")));
    let send = |host: &str, method: &str, path: &str, origin: Option<&str>| {
        let mut headers = vec![("host", host), ("content-type", "application/json")];
        headers.extend(origin.map(|origin| ("origin", origin)));
        server.send(method, path, &headers, b"{}")
    };
    // a name of another site that points here
    let there = send("evil.example:8080", "GET", "/v1/reports", None).problem(403);
    assert_eq!(there["type"], "urn:wangge:problem:elsewhere");
    send("evil.example", "PATCH", "/v1/workspace", Some("http://evil.example")).problem(403);
    let public = send("evil.example", "GET", "/v1/grids/A-001", None);
    assert_eq!((public.status, &public.json()["households"]), (200, &Value::Null));
    let passed_on = server.get_with("/v1/reports", &[("x-forwarded-for", "203.0.113.9")]);
    assert_eq!(passed_on.problem(403)["type"], "urn:wangge:problem:elsewhere", "who came through a proxy is not here");
    for here in ["localhost", "127.0.0.1:9", "[::1]:80", "LOCALHOST:80"] {
        assert_eq!(send(here, "GET", "/v1/reports", None).status, 200, "{here}");
    }
    send("localhost:80", "PATCH", "/v1/workspace", Some("https://evil.example")).problem(403);
    let sign_in = json!({"login": "a", "password": PASSWORD}).to_string();
    let headers = [("content-type", "application/json")];
    server.send("POST", "/v1/session", &headers, sign_in.as_bytes()).problem(409);
}

#[test]
fn the_first_account_closes_the_door() {
    let server = Server::published();
    let headers = [("content-type", "application/json")];
    let add = |role: &str| {
        let body =
            json!({"login": "anna", "name": "安娜", "password": PASSWORD, "grants": [{"role": role, "scope": null}]});
        server.send("POST", "/v1/principals", &headers, body.to_string().as_bytes())
    };
    add("viewer").problem(422);
    assert_eq!(server.json("/v1/workspace")["login"], "none");
    assert_eq!(add("administrator").status, 201);
    add("administrator").problem(401);
    server.get("/v1/reports").problem(401);
    let workspace = server.json("/v1/workspace");
    assert_eq!(workspace["login"], "required");
    assert!(workspace["tiles_version"].as_str().unwrap().ends_with(".public"));
}

#[test]
fn an_account_made_elsewhere_closes_the_door_within_a_second() {
    let server = Server::published();
    server.elsewhere(|store| async move {
        let grant = wangge::store::Grant { role: wangge::store::Role::Administrator, scope: None };
        super::staff::add(&*store, "anna", vec![grant]).await;
    });
    server.wait_for("/v1/workspace", |workspace| workspace["login"] == "required");
    server.get("/v1/plans").problem(401);
}

#[test]
fn figures_are_for_administrators_and_for_this_machine() {
    let office = Office::new();
    assert_eq!(office.server.get("/metrics").status, 200);
    for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        office.server.get_with("/metrics", &[(name, "203.0.113.9")]).problem(401);
    }
    office.ask_with("auditor", "GET", "/metrics", None, &[("x-forwarded-for", "203.0.113.9")]).problem(403);
}
