//! `wangge principal` as a person runs it, and the doors `wangge serve` opens.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use wangge::store::{Open, open};

use crate::cli::{Desk, program};

const PASSWORD: &str = "a long enough one";

/// A folder with an empty store.
fn desk() -> Desk {
    let desk = Desk::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        open(desk.path("s.gpkg").to_str().unwrap(), Open::OrCreate).await.unwrap().close().await;
    });
    desk
}

/// Runs with something on standard input.
fn told(desk: &Desk, words: &[&str], input: &str) -> Output {
    let mut child = Command::new(program())
        .args(words)
        .args(["--store", "s.gpkg"])
        .current_dir(desk.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // who refuses beforehand does not read
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[track_caller]
fn ok(desk: &Desk, words: &[&str], input: &str) -> String {
    let output = told(desk, words, input);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn refused(desk: &Desk, words: &[&str], input: &str) -> String {
    let output = told(desk, words, input);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words:?}: {stderr}");
    assert!(stderr.starts_with("wangge: ") && stderr.lines().count() == 1, "{stderr}");
    stderr
}

fn accounts(desk: &Desk) -> Vec<String> {
    let list: Value = serde_json::from_str(&ok(desk, &["principal", "list", "--json"], "")).unwrap();
    let line = |one: &Value| {
        let roles: Vec<&str> = one["roles"].as_array().unwrap().iter().map(|role| role.as_str().unwrap()).collect();
        let state = if one["disabled"] == true { " disabled" } else { "" };
        format!("{}{state}: {}", one["login"].as_str().unwrap(), roles.join(", "))
    };
    list.as_array().unwrap().iter().map(line).collect()
}

#[test]
fn accounts_are_made_changed_and_disabled() {
    let desk = desk();
    let first = refused(&desk, &["principal", "add", "anna", "--role", "viewer"], PASSWORD);
    assert!(first.contains("administrator of the whole workspace"), "{first}");
    let short = refused(&desk, &["principal", "add", "anna", "--role", "administrator"], "short\n");
    assert!(short.contains("5 letters: give 12 to 256"), "{short}");
    assert!(accounts(&desk).is_empty(), "nothing was changed");
    ok(&desk, &["principal", "add", "Anna", "--name", "安娜", "--role", "administrator"], &format!("{PASSWORD}\n"));
    ok(&desk, &["principal", "add", "robot", "--kind", "service", "--role", "auditor", "--role", "grid-leader"], "");
    assert_eq!(accounts(&desk), ["anna: administrator", "robot: grid_leader, auditor"]);
    ok(&desk, &["principal", "grant", "robot", "--role", "viewer"], "");
    ok(&desk, &["principal", "revoke", "robot", "--role", "auditor"], "");
    assert_eq!(accounts(&desk)[1], "robot: viewer, grid_leader");
    ok(&desk, &["principal", "disable", "robot"], "");
    assert_eq!(accounts(&desk)[1], "robot disabled: viewer, grid_leader");
    ok(&desk, &["principal", "enable", "robot"], "");
    ok(&desk, &["principal", "password", "anna"], "quite another one\n");
    for (words, says) in [
        (&["principal", "add", "anna", "--role", "viewer", "--no-password"][..], "taken"),
        (&["principal", "add", "a b", "--role", "viewer", "--no-password"], "a-z"),
        (&["principal", "add", "bo", "--role", "officer@nowhere", "--no-password"], "no jurisdiction \"nowhere\""),
        (&["principal", "revoke", "robot", "--role", "auditor"], "it has viewer, grid_leader"),
        (&["principal", "disable", "anna"], "last administrator"),
        (&["principal", "revoke", "anna", "--role", "administrator"], "last administrator"),
        (&["principal", "disable", "nobody"], "no account \"nobody\""),
        (&["principal", "password", "anna"], "0 letters"),
    ] {
        let line = refused(&desk, words, "");
        assert!(line.contains(says), "{words:?}: {line}");
    }
    let usage = told(&desk, &["principal", "grant", "robot", "--role", "king"], "");
    assert_eq!(usage.status.code(), Some(2), "{}", String::from_utf8_lossy(&usage.stderr));
}

#[test]
fn a_key_is_shown_once_and_revoked_by_its_id() {
    let desk = desk();
    ok(&desk, &["principal", "add", "anna", "--role", "administrator"], PASSWORD);
    let secret = ok(&desk, &["principal", "key", "add", "anna", "--name", "12345"], "");
    let secret = secret.trim_end();
    assert!(secret.starts_with("wgk_") && secret.len() == 68, "{secret}");
    let list =
        || -> Value { serde_json::from_str(&ok(&desk, &["principal", "key", "list", "anna", "--json"], "")).unwrap() };
    let key = list()[0].clone();
    assert_eq!((key["last4"].as_str(), key["state"].as_str()), (secret.get(64..), Some("in use")));
    assert!(!std::fs::read(desk.path("s.gpkg")).unwrap().windows(64).any(|part| part == &secret.as_bytes()[4..]));
    ok(&desk, &["principal", "key", "revoke", "anna", key["id"].as_str().unwrap()], "");
    assert_eq!(list()[0]["state"], "revoked");
    let past = refused(&desk, &["principal", "key", "add", "anna", "--name", "k", "--expires", "2020-01-01"], "");
    assert!(past.contains("before it was made"), "{past}");
}

#[test]
fn who_changed_what_stands_in_the_log() {
    let desk = desk();
    ok(&desk, &["principal", "add", "anna", "--role", "administrator"], PASSWORD);
    ok(&desk, &["principal", "key", "add", "anna", "--name", "k"], "");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let log = runtime.block_on(async {
        let store = open(desk.path("s.gpkg").to_str().unwrap(), Open::Existing).await.unwrap();
        store.audit(0, 100).await.unwrap()
    });
    let done: Vec<&str> = log.iter().filter(|one| one.kind == "principal").map(|one| one.action.as_str()).collect();
    assert_eq!(done, ["principal_added", "key_added"]);
    assert!(log.iter().all(|entry| entry.by.starts_with("cli:") && entry.by.len() > 4));
}

#[test]
fn a_service_without_accounts_is_for_this_machine_alone() {
    let desk = desk();
    let open_to_all = refused(&desk, &["serve", "--bind", "0.0.0.0:0"], "");
    assert!(open_to_all.contains("wangge principal add") && open_to_all.contains("127.0.0.1"), "{open_to_all}");
    let still = refused(&desk, &["serve", "--bind", "0.0.0.0:0", "--no-login"], "");
    assert!(still.contains("--no-login is for a loopback address"), "{still}");
    let proxied = refused(&desk, &["serve", "--bind", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1"], "");
    assert!(proxied.contains("make the first administrator"), "{proxied}");
    ok(&desk, &["principal", "add", "anna", "--role", "administrator"], PASSWORD);
    let still = refused(&desk, &["serve", "--bind", "[::]:0", "--no-login"], "");
    assert!(still.contains("--no-login is for a loopback address"), "{still}");
    let wrong = told(&desk, &["serve", "--trusted-proxy", "10.0.0.0/99"], "");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("10.0.0.0/8"), "what may stand there is said");
}
