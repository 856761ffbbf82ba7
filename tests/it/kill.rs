//! The program killed in the middle of its work, by SIGKILL at random moments: what was acknowledged is there, nothing is
//! half there, and the store opens by itself.
//!
//! `WANGGE_KILLS` (default 6) says how many times each kind of work is killed.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::{Desk, Server, TOWN, make_town, program};

fn kills() -> u32 {
    std::env::var("WANGGE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(6)
}

/// Starts the program, lets it work for a share `i / of` of `full`, kills it. Whether it had ended well by then.
fn kill_at(desk: &Desk, words: &[&str], full: Duration, i: u32, of: u32) -> bool {
    let mut child = Command::new(program())
        .args(words)
        .current_dir(desk.folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(full * i / of);
    let ended = child.try_wait().unwrap().is_some_and(|status| status.success());
    child.kill().unwrap();
    child.wait().unwrap();
    ended
}

fn town() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/data/town.gpkg")
}

fn atoms_kept(desk: &Desk, store: &str) -> usize {
    let out = format!("{store}.atoms.csv");
    desk.ok(&["export", "--store", store, "--layer", "atoms", "--to", &out]);
    std::fs::read_to_string(desk.path(&out)).unwrap().lines().count() - 1
}

#[test]
fn an_import_that_is_killed_leaves_all_of_it_or_nothing() {
    let desk = Desk::new();
    let words = |store: &'static str| [&["import", town(), "--store", store], &TOWN[..]].concat();
    let started = std::time::Instant::now();
    desk.ok(&words("whole.gpkg"));
    let full = started.elapsed();
    let all = atoms_kept(&desk, "whole.gpkg");
    assert_eq!(all, 1_156);
    for i in 0..kills() {
        for name in ["s.gpkg", "s.gpkg-wal", "s.gpkg-shm"] {
            let _ = std::fs::remove_file(desk.path(name));
        }
        // first into a store that is not there, then into the one that is left
        let mut acknowledged = kill_at(&desk, &words("s.gpkg"), full, i, kills());
        acknowledged |= kill_at(&desk, &words("s.gpkg"), full, kills() - i, kills());
        if desk.path("s.gpkg").exists() {
            let output = desk.run(&["export", "--store", "s.gpkg", "--layer", "atoms", "--to", "s.csv"]);
            let kept = if output.status.success() { atoms_kept(&desk, "s.gpkg") } else { 0 };
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(kept == all || (kept == 0 && told.contains("holds no dataset")), "{kept} atoms: {told}");
            assert!(!acknowledged || kept == all, "an acknowledged import is gone");
        } else {
            assert!(!acknowledged, "an acknowledged store is gone");
        }
        desk.ok(&words("s.gpkg"));
        assert_eq!(atoms_kept(&desk, "s.gpkg"), all);
    }
}

#[test]
fn a_plan_or_publication_that_is_killed_is_there_or_not() {
    let desk = Desk::new();
    make_town(&desk);
    let located = |desk: &Desk| desk.json(&["locate", "--store", "town.gpkg", "112.9176", "30.5793", "--json"]);
    let mut last = located(&desk)["publication"].as_i64();
    let time = |words: &[&str]| {
        let started = std::time::Instant::now();
        desk.ok(words);
        started.elapsed()
    };
    let (partition, publish) =
        (["partition", "--store", "town.gpkg"], ["publish", "--store", "town.gpkg", "--effective", "2026-01-01"]);
    let (partition_full, publish_full) = (time(&partition), time(&publish));
    last = last.map(|seq| seq + 1);
    for i in 0..kills() {
        kill_at(&desk, &partition, partition_full, i, kills());
        desk.ok(&partition);
        let acknowledged = kill_at(&desk, &publish, publish_full, i, kills());
        let audit = desk.json(&["check", "--store", "town.gpkg", "--json"]);
        assert_eq!((&audit["area_ok"], &audit["unassigned"]), (&Value::Bool(true), &Value::from(0)));
        let now = located(&desk);
        let seq = now["publication"].as_i64();
        assert!(seq == last || seq == last.map(|seq| seq + 1), "{last:?} became {seq:?}");
        assert!(!acknowledged || seq > last, "an acknowledged publication is gone");
        last = seq;
    }
}

#[test]
fn reports_that_were_acknowledged_survive_the_kill_of_the_server() {
    let desk = Desk::new();
    make_town(&desk);
    let agent = ureq::Agent::new_with_defaults();
    let mut acknowledged: BTreeSet<(String, String)> = BTreeSet::new();
    for round in 0..kills() {
        let mut server = Server::start(&desk, "town.gpkg");
        let url = server.url.clone();
        for (id, grid) in &acknowledged {
            let kept: Value =
                agent.get(format!("{url}/v1/reports/{id}")).call().unwrap().body_mut().read_json().unwrap();
            assert_eq!(kept["grid"]["code"].as_str().unwrap_or_default(), grid, "{id}");
        }
        let id = server.child.id();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(40 + u64::from(round * 37 % 260)));
            Command::new("kill").args(["-9", &id.to_string()]).status().unwrap();
        });
        for n in 0.. {
            let body = json!({"category": "路灯", "text": format!("{round}/{n}"), "lon": 112.9176, "lat": 30.5793, "crs": "wgs84"});
            let key = format!("key-{round}-{n}");
            let Ok(mut answer) =
                agent.post(format!("{url}/v1/reports")).header("Idempotency-Key", &key).send_json(&body)
            else {
                break;
            };
            let Ok(answer) = answer.body_mut().read_json::<Value>() else { break };
            let grid = answer["grid"]["code"].as_str().unwrap_or_default().to_owned();
            acknowledged.insert((answer["id"].as_str().unwrap().to_owned(), grid));
        }
        killer.join().unwrap();
        server.child.wait().unwrap();
    }
    assert!(acknowledged.len() > kills() as usize, "{} reports only", acknowledged.len());
    assert!(acknowledged.iter().all(|(_, grid)| !grid.is_empty()));
}
