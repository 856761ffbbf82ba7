//! The rules of the house, read from ARCHITECTURE.md and from the source as it stands.

mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file longer than this wants to be two.
const FILE_LIMIT_LINES: usize = 700;

/// A row of the table of rooms.
struct Room {
    name: String,
    crates: BTreeSet<String>,
    imports: BTreeSet<String>,
}

/// What ARCHITECTURE.md says.
struct House {
    /// Ground first.
    rooms: Vec<Room>,
    /// The last room of the core.
    core_end: usize,
    /// Crates that any room may use.
    everywhere: BTreeSet<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The words between back-ticks, without a trailing slash.
fn quoted(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(|word| word.trim_end_matches('/').to_owned())
}

impl House {
    fn read() -> Self {
        Self::parse(&read(&root().join("ARCHITECTURE.md")))
    }

    /// Takes the table whose header starts with `| room |`, the line `The core ends with …` and the line
    /// `Any room may use …`.
    fn parse(text: &str) -> Self {
        let mut rooms: Vec<Room> = Vec::new();
        for row in text.lines().skip_while(|line| !line.starts_with("| room |")).skip(2) {
            if !row.starts_with('|') {
                break;
            }
            let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
            let [name, _purpose, crates, imports] = cells[..] else { panic!("four columns in {row}") };
            let above: BTreeSet<String> = rooms.iter().map(|room| room.name.clone()).collect();
            let named: BTreeSet<String> = quoted(imports).collect();
            let imports = match imports.trim() {
                "all above" => above,
                but if but.starts_with("all above but") => {
                    assert!(named.is_subset(&above), "{row}: leaves out what is not above it");
                    above.difference(&named).cloned().collect()
                }
                _ => {
                    assert!(named.is_subset(&above), "{row}: imports what is not above it");
                    named
                }
            };
            let name = quoted(name).next().expect("a room's name stands between back-ticks");
            rooms.push(Room { name, crates: quoted(crates).map(|name| name.replace('-', "_")).collect(), imports });
        }
        assert!(!rooms.is_empty(), "ARCHITECTURE.md has a table of rooms");
        let line = |start: &str| {
            let line = text.lines().find(|line| line.starts_with(start));
            line.unwrap_or_else(|| panic!("ARCHITECTURE.md has a line that starts with {start}"))
        };
        let last = quoted(line("The core ends with")).next().expect("a room's name");
        let core_end = rooms.iter().position(|room| room.name == last).expect("the core ends with a room of the table");
        let everywhere = quoted(line("Any room may use")).map(|name| name.replace('-', "_")).collect();
        Self { rooms, core_end, everywhere }
    }

    fn room(&self, name: &str) -> Option<(usize, &Room)> {
        self.rooms.iter().enumerate().find(|(_, room)| room.name == name)
    }

    /// The room a file of `src/` lies in.
    fn room_of(&self, file: &Path) -> Option<(usize, &Room)> {
        let mut parts = file.strip_prefix("src").ok()?.components();
        let first = parts.next()?.as_os_str().to_str()?;
        self.room(first.trim_end_matches(".rs"))
    }

    /// Imports of rooms that `room` may not see. `neighbours` are the names of its own modules, which `super::` may mean.
    fn upward(&self, room: &Room, neighbours: &BTreeSet<String>, path: &scan::Path) -> Option<String> {
        let (head, rest) = path.segments.split_first()?;
        let target = match head.as_str() {
            "crate" => rest.first()?,
            "super" => rest.iter().find(|segment| *segment != "super")?,
            _ => return None,
        };
        let local = head == "super" && neighbours.contains(target);
        let known = self.room(target).is_some();
        (known && !local && *target != room.name && !room.imports.contains(target))
            .then(|| format!("`{}` may not import `{target}`", room.name))
    }

    /// Crates that only other rooms may see.
    fn foreign(&self, room: &Room, path: &scan::Path) -> Option<String> {
        let name = path.segments.first()?;
        let owners: Vec<&str> =
            self.rooms.iter().filter(|r| r.crates.contains(name)).map(|r| r.name.as_str()).collect();
        (!owners.is_empty() && !owners.contains(&room.name.as_str()))
            .then(|| format!("crate `{name}` is seen in `{}`, it belongs to {owners:?}", room.name))
    }
}

/// What a core room may not do: input and output, clocks, environment, random sources.
fn outside_world(path: &scan::Path) -> Option<String> {
    let is = |start: &[&str]| path.segments.iter().map(String::as_str).take(start.len()).eq(start.iter().copied());
    let starts: [&[&str]; 14] = [
        &["std", "fs"],
        &["std", "net"],
        &["std", "env"],
        &["std", "process"],
        &["std", "io"],
        &["std", "os"],
        &["std", "time", "Instant"],
        &["std", "time", "SystemTime"],
        &["std", "time", "UNIX_EPOCH"],
        &["print", "!"],
        &["println", "!"],
        &["eprint", "!"],
        &["eprintln", "!"],
        &["rand", "rng"],
    ];
    let words =
        ["SystemTime", "OsRng", "SysRng", "ThreadRng", "thread_rng", "from_os_rng", "from_entropy", "getrandom"];
    let found = starts.iter().any(|start| is(start))
        || is(&["rand", "random"])
        || path.segments.iter().any(|segment| words.contains(&segment.as_str()));
    found.then(|| format!("`{}` reaches outside the core", path.segments.join("::")))
}

/// All files under `start`, by their paths from the root, in a fixed order; made things left out.
fn files(start: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![root().join(start)];
    while let Some(path) = open.pop() {
        if path.is_file() {
            out.push(path.strip_prefix(root()).expect("under the root").to_owned());
            continue;
        }
        for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if !["target", "node_modules", "dist", ".git", "shots"].iter().any(|made| name == *made) {
                open.push(entry.path());
            }
        }
    }
    out.sort();
    out
}

fn has_extension(file: &Path, wanted: &[&str]) -> bool {
    file.extension().is_some_and(|end| wanted.iter().any(|w| end == *w))
}

fn rust_files(starts: &[&str]) -> Vec<PathBuf> {
    starts.iter().flat_map(|start| files(start)).filter(|file| has_extension(file, &["rs"])).collect()
}

/// Everything a person wrote in this project, as text.
fn written_files() -> Vec<(PathBuf, String)> {
    let all =
        files("").into_iter().filter(|file| !file.ends_with("Cargo.lock") && !file.ends_with("package-lock.json"));
    all.filter_map(|file| fs::read_to_string(root().join(&file)).ok().map(|text| (file, text))).collect()
}

/// Runs `rule` over every path of every file of `src/` that lies in a room.
fn over_rooms(
    house: &House,
    rule: impl Fn(usize, &Room, &BTreeSet<String>, &scan::Path) -> Option<String>,
) -> Vec<String> {
    let sources = rust_files(&["src"]);
    let mut modules: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in &sources {
        if let Some((_, room)) = house.room_of(file) {
            let parts = file.components().skip(2).map(|part| part.as_os_str().to_string_lossy());
            modules.entry(&room.name).or_default().extend(parts.map(|part| part.trim_end_matches(".rs").to_owned()));
        }
    }
    let mut found = Vec::new();
    for file in &sources {
        let Some((position, room)) = house.room_of(file) else { continue };
        for path in scan::paths(&scan::tokens(&read(&root().join(file)))) {
            if let Some(fault) = rule(position, room, &modules[room.name.as_str()], &path) {
                found.push(format!("{}:{}: {fault}", file.display(), path.line));
            }
        }
    }
    found
}

fn none(found: &[String]) {
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_room_imports_only_what_the_table_allows() {
    let house = House::read();
    none(&over_rooms(&house, |_, room, neighbours, path| house.upward(room, neighbours, path)));
}

#[test]
fn an_outside_crate_is_seen_only_in_its_rooms() {
    let house = House::read();
    none(&over_rooms(&house, |_, room, _, path| house.foreign(room, path)));
}

#[test]
fn core_rooms_read_no_file_clock_environment_or_random_source() {
    let house = House::read();
    none(&over_rooms(&house, |position, _, _, path| (position <= house.core_end).then(|| outside_world(path))?));
}

#[test]
fn every_room_of_the_table_is_in_src_and_every_room_of_src_in_the_table() {
    let house = House::read();
    let table: BTreeSet<String> = house.rooms.iter().map(|room| room.name.clone()).collect();
    let source: BTreeSet<String> = fs::read_dir(root().join("src"))
        .expect("src is there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().trim_end_matches(".rs").to_owned())
        .filter(|name| name != "lib" && name != "main")
        .collect();
    assert_eq!(source, table, "left: src, right: ARCHITECTURE.md");
}

#[test]
fn every_room_opens_by_saying_what_it_is() {
    let rooms = House::read().rooms;
    let silent = rooms.iter().map(|room| format!("src/{}/mod.rs", room.name)).filter(|file| {
        let path = root().join(file);
        path.exists() && !read(&path).starts_with("//! ")
    });
    none(&silent.collect::<Vec<_>>());
}

#[test]
fn every_dependency_has_a_room_and_a_reason() {
    let house = House::read();
    let housed: BTreeSet<&String> = house.rooms.iter().flat_map(|room| &room.crates).chain(&house.everywhere).collect();
    let manifest = read(&root().join("Cargo.toml"));
    let section = |name: &'static str| {
        manifest.lines().skip_while(move |line| *line != name).skip(1).take_while(|line| !line.starts_with('['))
    };
    let dependency = |line: &&str| line.contains(" = ") && !line.starts_with('#');
    let mut found = Vec::new();
    let mut named = BTreeSet::new();
    for line in section("[dependencies]").filter(dependency) {
        let name = line.split(' ').next().expect("a line has a first word").replace('-', "_");
        if !housed.contains(&name) {
            found.push(format!("{name} is in no row of the table"));
        }
        named.insert(name);
    }
    assert!(!named.is_empty(), "Cargo.toml has dependencies");
    for line in section("[dependencies]").chain(section("[dev-dependencies]")).filter(dependency) {
        if !line.contains("# ") {
            found.push(format!("without a reason: {line}"));
        }
    }
    for ghost in housed.into_iter().filter(|name| !named.contains(*name)) {
        found.push(format!("{ghost} is in ARCHITECTURE.md, not in Cargo.toml"));
    }
    none(&found);
}

#[test]
fn no_module_has_a_name_that_says_nothing() {
    let empty = ["util", "utils", "helper", "helpers", "manager", "common", "data", "misc"];
    let sources = ["src", "tests/it", "tools", "web-map/src", "web-map/e2e"];
    let mut found = Vec::new();
    for file in sources.iter().flat_map(|start| files(start)) {
        for part in file.components().map(|part| part.as_os_str().to_string_lossy().into_owned()) {
            if empty.contains(&part.split('.').next().expect("a name has a first part")) {
                found.push(file.display().to_string());
            }
        }
    }
    for file in rust_files(&["src", "tests/it", "tools"]) {
        for pair in scan::tokens(&read(&root().join(&file))).windows(2) {
            if pair[0].text == "mod" && empty.contains(&pair[1].text.as_str()) {
                found.push(format!("{}:{}: mod {}", file.display(), pair[1].line, pair[1].text));
            }
        }
    }
    none(&found);
}

#[test]
fn no_source_file_is_longer_than_a_sitting() {
    let sources = files("src").into_iter().chain(files("web-map/src"));
    let long = sources.filter(|file| has_extension(file, &["rs", "ts", "tsx", "css"])).filter_map(|file| {
        let lines = read(&root().join(&file)).lines().count();
        (lines > FILE_LIMIT_LINES).then(|| format!("{}: {lines} lines, at most {FILE_LIMIT_LINES}", file.display()))
    });
    none(&long.collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_for_later() {
    // put together here, so that this file does not name them
    let marks = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["to", "do!("], ["unimple", "mented!("], ["db", "g!("]]
        .map(|m| m.concat());
    let mut found = Vec::new();
    for (file, text) in written_files() {
        for (number, line) in text.lines().enumerate() {
            for mark in marks.iter().filter(|mark| line.contains(mark.as_str())) {
                found.push(format!("{}:{}: {mark}", file.display(), number + 1));
            }
        }
    }
    none(&found);
}

#[test]
fn no_file_names_a_place_outside_the_project() {
    let places = [["/ro", "ot/"], ["../sh", "ared"]].map(|place| place.concat());
    // where the real census areas may lie is said here, and can be said by the environment
    let allowed = [(Path::new("tests/it/real_data.rs"), &places[1]), (Path::new("tools/test"), &places[1])];
    let mut found = Vec::new();
    for (file, text) in written_files() {
        for (number, line) in text.lines().enumerate() {
            for place in
                places.iter().filter(|place| line.contains(place.as_str()) && !allowed.contains(&(&file, place)))
            {
                found.push(format!("{}:{}: {place}", file.display(), number + 1));
            }
        }
    }
    none(&found);
}

/// What is wrong with an attribute: an exception without a reason, or a test that is left out without one.
fn unreasoned(attribute: &[scan::Token]) -> Option<&'static str> {
    let word = |i: usize| attribute.get(i).map_or("", |token| token.text.as_str());
    let called = |name: &str| (0..attribute.len()).any(|i| word(i) == name && word(i + 1) == "(");
    if called("allow") {
        Some("#[allow]: #[expect(…, reason = …)] says when it is no longer needed")
    } else if called("expect") && !attribute.iter().any(|token| token.text == "reason") {
        Some("#[expect] without a reason")
    } else if word(0) == "ignore" && word(1) != "=" {
        Some("#[ignore] without a reason")
    } else {
        None
    }
}

#[test]
fn every_exception_and_every_ignored_test_has_its_reason() {
    let mut found = Vec::new();
    for file in rust_files(&["src", "tests", "tools", "build.rs"]) {
        let tokens = scan::tokens(&read(&root().join(&file)));
        for attribute in scan::attributes(&tokens) {
            if let Some(fault) = unreasoned(attribute) {
                found.push(format!("{}:{}: {fault}", file.display(), attribute[0].line));
            }
        }
    }
    none(&found);
}

/// A small house with every kind of fault, so that the rules above are known to see them.
mod the_rules_see {
    use super::*;

    const HOUSE: &str = "| room | what it is for | outside crates | may import |\n|---|---|---|---|\n\
        | `ground/` | stands | `rand-pcg` | – |\n| `middle/` | rests | – | `ground` |\n| `roof/` (edge) | covers | `axum` | all above but `ground` |\n\n\
        The core ends with `middle/`.\nAny room may use `serde`.\n";

    fn faults(room: &str, source: &str) -> Vec<String> {
        let house = House::parse(HOUSE);
        let (_, room) = house.room(room).expect("a room of the small house");
        let neighbours = BTreeSet::from(["roof".to_owned()]);
        let paths = scan::paths(&scan::tokens(source));
        paths
            .iter()
            .filter_map(|path| {
                house.upward(room, &neighbours, path).or(house.foreign(room, path)).or_else(|| outside_world(path))
            })
            .collect()
    }

    #[test]
    fn upward_imports_however_they_are_written() {
        assert_eq!(faults("middle", "use crate::{ground::Stone, roof::{Tile, Slate}};").len(), 2);
        assert_eq!(faults("ground", "fn f() { crate::middle::rest() }").len(), 1);
        assert_eq!(faults("ground", "use super::super::middle;").len(), 1);
        assert_eq!(faults("roof", "pub use crate::ground as floor;").len(), 1);
        assert_eq!(
            faults("roof", "use crate::middle::Beam; // crate::ground\nconst X: &str = \"crate::ground::x\";").len(),
            0
        );
        assert_eq!(faults("middle", "use super::roof::X;").len(), 0, "its own module of that name");
    }

    #[test]
    fn crates_in_the_wrong_room() {
        assert_eq!(faults("ground", "use rand_pcg::Pcg64; use serde::Serialize;").len(), 0);
        assert_eq!(faults("middle", "let r = ::rand_pcg::Pcg64::new(1, 2);").len(), 1);
        assert_eq!(faults("middle", "#[axum::debug_handler]\nfn f<'a>(c: char) -> bool { c == '\"' }").len(), 1);
    }

    #[test]
    fn the_outside_world() {
        let source = "use std::{fs, time::{Duration, Instant}};\nfn f() { println!(\"x\"); let n = rand::rng(); std::env::var(\"X\"); }";
        assert_eq!(faults("roof", source).len(), 5);
        assert_eq!(
            faults("roof", r##"let s = r#"std::fs::read "quoted" "#; let c = '\''; /* std::fs::x */ let d = b'"';"##)
                .len(),
            0
        );
    }

    #[test]
    fn exceptions_without_a_reason() {
        let faults = |source: &str| {
            let tokens = scan::tokens(source);
            scan::attributes(&tokens).into_iter().filter_map(unreasoned).count()
        };
        assert_eq!(faults("#[allow(dead_code)] #![allow(x)] #[cfg_attr(test, allow(y))]"), 3);
        assert_eq!(faults("#[expect(clippy::x)] #[ignore] fn f() { let a = b[0]; }"), 2);
        assert_eq!(faults("#[expect(clippy::x, reason = \"so\")] #[ignore = \"slow\"] #[derive(Debug)]"), 0);
    }

    #[test]
    #[should_panic(expected = "imports what is not above it")]
    fn a_table_that_allows_an_upward_import() {
        House::parse(&HOUSE.replace("| – | `ground` |", "| – | `roof` |"));
    }
}
