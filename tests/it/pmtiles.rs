//! Tiles as a file: those the service sends, whatever became of the first attempts to write it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::cli::{Desk, Server, program};
use super::pmtiles_reader::{Archive, gunzip};

fn published(households: &[i64], columns: usize) -> Desk {
    let desk = Desk::new();
    desk.squares(households, columns);
    desk.ok(&["partition", "--store", "s.gpkg"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-01-01"]);
    desk
}

fn get(url: &str) -> (u16, Vec<u8>) {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let mut response = agent.get(url).header("accept-encoding", "gzip").call().unwrap();
    let bytes = response.body_mut().read_to_vec().unwrap();
    (response.status().as_u16(), bytes)
}

fn json_of(url: &str) -> serde_json::Value {
    let text = ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_file_holds_the_tiles_of_the_service_byte_for_byte_and_no_other() {
    let desk = published(&[400, 400, 350, 320, 380, 410], 3);
    let server = Server::start(&desk, "s.gpkg");
    for (layer, first) in [("grids", 0), ("borders", 0), ("atoms", 11), ("jurisdictions", 0)] {
        let file = format!("{layer}.pmtiles");
        let words = ["export", "--store", "s.gpkg", "--pmtiles", &file, "--layer", layer, "--zooms", "0-15", "--full"];
        let said = desk.ok(&words);
        let bytes = std::fs::read(desk.path(&file)).unwrap();
        let archive = Archive::read(&bytes);
        assert!(said.starts_with(&format!("{file}: {} tiles of {layer} at zooms {first} to 15", archive.tiles.len())));
        assert!(said.contains(&format!(" {} bytes", grouped(bytes.len()))), "{said}");
        assert!(!desk.path(&format!("{file}.part")).exists());
        for (&(z, x, y), tile) in &archive.tiles {
            assert_eq!(get(&format!("{}/tiles/{layer}/{z}/{x}/{y}", server.url)), (200, tile.clone()), "{z}/{x}/{y}");
        }
        // what is around them is empty
        let beside = archive.tiles.keys().flat_map(|&(z, x, y)| {
            [(0, 1), (1, 0), (1, 1), (-1, 0), (0, -1)].map(|(dx, dy)| (z, i64::from(x) + dx, i64::from(y) + dy))
        });
        let lawful = |&(z, x, y): &(u8, i64, i64)| (0..1 << z).contains(&x) && (0..1 << z).contains(&y);
        for (z, x, y) in beside.filter(lawful) {
            if !archive.tiles.contains_key(&(z, x as u32, y as u32)) {
                assert_eq!(get(&format!("{}/tiles/{layer}/{z}/{x}/{y}", server.url)).0, 204, "{z}/{x}/{y}");
            }
        }
        assert_eq!((archive.zooms, archive.kinds), ((first, 15), [2, 2, 1]));
        assert_eq!(archive.counts[0], archive.tiles.len() as u64);
        assert!(archive.counts[2] <= archive.counts[1] && archive.counts[1] <= archive.counts[0]);
        assert_eq!(archive.bounds_e7, [1_210_000_000, 250_000_000, 1_210_030_000, 250_020_000]);
        let described: serde_json::Value = json_of(&format!("{}/tiles/{layer}", server.url));
        assert_eq!(archive.metadata["name"], json!(layer));
        let ids = |layers: &serde_json::Value| -> Vec<serde_json::Value> {
            layers.as_array().unwrap().iter().map(|layer| layer["id"].clone()).collect()
        };
        assert_eq!(ids(&archive.metadata["vector_layers"]), ids(&described["vector_layers"]));
        let version = archive.metadata["version"].as_str().unwrap();
        assert!(described["tiles"][0].as_str().unwrap().ends_with(&format!("?v={version}")), "{version}");
    }
}

fn grouped(number: usize) -> String {
    let text = number.to_string();
    let groups: Vec<&str> = text.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

#[test]
fn a_file_says_how_many_live_where_only_when_asked_to() {
    let desk = published(&[400, 400, 350, 320], 2);
    let tiles = |words: &[&str]| -> Vec<u8> {
        desk.ok(&[&["export", "--store", "s.gpkg", "--pmtiles", "f.pmtiles", "--zooms", "12-13"], words].concat());
        let archive = Archive::read(&std::fs::read(desk.path("f.pmtiles")).unwrap());
        assert_eq!(archive.zooms, (12, 13));
        let fields = archive.metadata["vector_layers"][0]["fields"].as_object().unwrap();
        assert_eq!(fields.contains_key("households"), !words.is_empty());
        archive.tiles.values().flat_map(|tile| gunzip(tile)).collect()
    };
    let says = |bytes: &[u8]| bytes.windows(10).any(|word| word == b"households");
    assert!(!says(&tiles(&[])));
    assert!(says(&tiles(&["--full"])));
}

/// Stops an export by a signal once so much of it is there; what it said.
fn stopped(desk: &Desk, words: &[&str], part: &Path, bytes: u64, signal: &str) -> String {
    let mut child = Command::new(program())
        .args(words)
        .current_dir(desk.folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while std::fs::metadata(part).map_or(0, |part| part.len()) < bytes {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be stopped");
        assert!(started.elapsed() < Duration::from_mins(2), "nothing is written");
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_export_that_was_stopped_goes_on_and_ends_as_the_same_file() {
    let desk = published(&[350; 400], 20);
    let words = |file: &'static str| ["export", "--store", "s.gpkg", "--pmtiles", file, "--zooms", "0-20"];
    desk.ok(&words("whole.pmtiles"));
    let whole = std::fs::read(desk.path("whole.pmtiles")).unwrap();
    let part = desk.path("again.pmtiles.part");
    let said = stopped(&desk, &words("again.pmtiles"), &part, 60_000, "-INT");
    assert!(said.contains("cancelled: ") && said.contains("goes on from there"), "{said}");
    let first = std::fs::metadata(&part).unwrap().len();
    stopped(&desk, &words("again.pmtiles"), &part, first + 60_000, "-KILL");
    assert!(!desk.path("again.pmtiles").exists(), "never half a file under the name");
    let kept = std::fs::metadata(&part).unwrap().len();
    assert!(kept >= first + 60_000, "what was there stayed");
    let output = desk.run(&words("again.pmtiles"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("went on after "), "{said}");
    assert!(whole == std::fs::read(desk.path("again.pmtiles")).unwrap(), "byte for byte");
    assert!(!part.exists());
    // a part of something else is not gone on with, and somebody's file is left alone
    stopped(&desk, &words("again.pmtiles"), &part, 60_000, "-KILL");
    let output = desk.run(&["export", "--store", "s.gpkg", "--pmtiles", "again.pmtiles", "--zooms", "0-9"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("was thrown away"), "{said}");
    assert_eq!(Archive::read(&std::fs::read(desk.path("again.pmtiles")).unwrap()).zooms, (0, 9));
    desk.write("again.pmtiles.part", "my diary\n");
    let line = desk.refused(&words("again.pmtiles"));
    assert!(line.contains("again.pmtiles.part") && line.contains("move it away"), "{line}");
}

#[test]
fn what_cannot_be_drawn_is_refused_with_the_reason() {
    let desk = published(&[400, 400, 350, 320], 2);
    let refused =
        |words: &[&str]| desk.refused(&[&["export", "--store", "s.gpkg", "--pmtiles", "f.pmtiles"], words].concat());
    assert!(refused(&["--layer", "findings"]).contains("--layer findings --to FILE"));
    assert!(refused(&["--layer", "atoms", "--zooms", "0-10"]).contains("drawn from zoom 11"));
    assert!(refused(&["--layer", "buildings"]).contains("no buildings"));
    assert!(refused(&["--at", "2025-01-01"]).contains("no grids"));
    assert!(!desk.path("f.pmtiles").exists() && !desk.path("f.pmtiles.part").exists());
    for zooms in ["14-0", "0-21", "a-b", "-", ""] {
        let output = desk.run(&["export", "--store", "s.gpkg", "--pmtiles", "f.pmtiles", "--zooms", zooms]);
        assert_eq!(output.status.code(), Some(2), "{zooms}");
    }
    assert!(
        desk.refused(&["export", "--store", "s.gpkg", "--layer", "streets", "--to", "f.gpkg"]).contains("--pmtiles")
    );
}
