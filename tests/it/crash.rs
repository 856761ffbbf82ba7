//! Kills a process that writes to a store, at every listed place and at any moment, and looks at what it left.
//!
//! The test binary runs itself again as that process: [`child_writes`] does the writing when the environment names a
//! store, and says a line after each call that returned.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use wangge::address::Parts;
use wangge::atom::{InputKind, Link, LinkKind};
use wangge::geom::LatticePoint;
use wangge::store::{
    AddressRecord, DraftAdded, DraftMarked, Kept, NewAddresses, NewDraftOp, NewInput, NewLinks, Open, PlanStatus,
    Stage, Store, fault, open,
};

use crate::store_samples::{
    SamplePlan, TIME_MS, act, district, features, lines, new_import, new_officer, new_publication, new_report,
};

/// Atoms along one side of the districts that are imported: several INSERTs each.
const SIDE: i32 = 12;

const STORE: &str = "WANGGE_CRASH_STORE";
const WORK: &str = "WANGGE_CRASH_WORK";
const START: &str = "WANGGE_CRASH_START";

fn silent(_: u64, _: u64) {}

/// What the child does over and over.
#[derive(Clone, Copy, Debug)]
enum Work {
    Import,
    Publish,
    Report,
    Roster,
    Input,
    Links,
    Addresses,
    Draft,
}

impl Work {
    const ALL: [Self; 8] = [
        Self::Import,
        Self::Publish,
        Self::Report,
        Self::Roster,
        Self::Input,
        Self::Links,
        Self::Addresses,
        Self::Draft,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Publish => "publish",
            Self::Report => "report",
            Self::Roster => "roster",
            Self::Input => "input",
            Self::Links => "links",
            Self::Addresses => "addresses",
            Self::Draft => "draft",
        }
    }

    /// Places the child comes by while it does this.
    fn points(self) -> Vec<&'static str> {
        let passed = |point: &&&str| match self {
            Self::Import => point.starts_with("import:") || point.starts_with("create:"),
            Self::Publish => point.starts_with("plan:") || point.starts_with("publish:"),
            Self::Report => point.starts_with("report:") || point.starts_with("step:"),
            Self::Roster => point.starts_with("roster:"),
            Self::Input => point.starts_with("input:"),
            Self::Links => point.starts_with("links:"),
            Self::Addresses => point.starts_with("addresses:"),
            Self::Draft => point.starts_with("draft:") || point.starts_with("away:"),
        };
        fault::POINTS.iter().filter(passed).copied().collect()
    }
}

/// Links of a source, so many that they are several INSERTs.
fn links(source: usize) -> Vec<Link> {
    let link = |n: usize| Link {
        from: format!("{source}-{n}"),
        to: format!("{source}-{}", n + 1),
        kind: LinkKind::ALL[n % 3],
        name: n.is_multiple_of(2).then(|| format!("{n}号桥")),
    };
    (0..200).map(link).collect()
}

/// Addresses, so many that they are several INSERTs.
fn addresses() -> Vec<AddressRecord> {
    let address = |n: i32| AddressRecord {
        text: format!("人民路{n}号"),
        parts: Parts { street: "人民路".to_owned(), number: n.to_string(), ..Parts::default() },
        point: LatticePoint::new(1_140_000_000 + n, 300_000_000),
    };
    (0..150).map(address).collect()
}

/// Operations added at once: several INSERTs.
const DRAFT_OPS: i64 = 70;

fn draft_ops(n: usize) -> Vec<NewDraftOp> {
    let op = |k: i64| NewDraftOp { id: format!("{n}-{k}"), kind: "assign", atoms: 1, body: format!("{{\"n\":{k}}}") };
    (0..DRAFT_OPS).map(op).collect()
}

/// Not a test of its own: the process that is killed. Without a store in the environment it does nothing.
#[tokio::test]
async fn child_writes() {
    let (Ok(path), Ok(work), Ok(start)) = (std::env::var(STORE), std::env::var(WORK), std::env::var(START)) else {
        return;
    };
    let start: usize = start.parse().unwrap();
    let store = open(&path, Open::OrCreate).await.unwrap();
    println!("ACK open");
    for n in start..start + 400 {
        match &*work {
            "import" => {
                let (dataset, boundaries) = district(SIDE, &n.to_string());
                let id =
                    store.import(&new_import(&dataset, &boundaries, &n.to_string()), &silent, &act()).await.unwrap();
                println!("ACK import {n} {id}");
            }
            "publish" => {
                let base = store.publications().await.unwrap().len() as i64;
                let sample = SamplePlan::rows(SIDE, &format!("{n}-"), None);
                let plan = store.save_plan(&sample.on(1, base), &act()).await.unwrap();
                println!("ACK plan {n} {plan}");
                let seq = store.publish(&new_publication(plan), &act()).await.unwrap().seq;
                println!("ACK publish {plan} {seq}");
            }
            "input" => {
                let (features, lines) = (features(), lines());
                let input = NewInput {
                    kind: InputKind::Buildings,
                    source: n.to_string(),
                    content_hash: n.to_string(),
                    crs: "EPSG:4326".into(),
                    recorded_ms: TIME_MS,
                    features: &features,
                    lines: &lines,
                };
                let id = store.add_input(&input, &act()).await.unwrap();
                println!("ACK input {n} {id}");
            }
            "links" => {
                let links = links(n);
                let kept = NewLinks {
                    source: n.to_string(),
                    content_hash: n.to_string(),
                    recorded_ms: TIME_MS,
                    links: &links,
                };
                let id = store.add_links(&kept, &act()).await.unwrap();
                println!("ACK links {n} {id}");
            }
            "addresses" => {
                let addresses = addresses();
                let kept = NewAddresses {
                    source: n.to_string(),
                    content_hash: n.to_string(),
                    recorded_ms: TIME_MS,
                    addresses: &addresses,
                };
                let id = store.add_addresses(&kept, &act()).await.unwrap();
                println!("ACK addresses {n} {id}");
            }
            "draft" => {
                // the plan that fifty deaths began with
                let base = store.draft_stand(1).await.unwrap().rev;
                let added = store.add_draft_ops(1, base, &draft_ops(n), &act()).await.unwrap();
                assert_eq!(added, DraftAdded::Added(base + DRAFT_OPS));
                println!("ACK draft {n} {}", base + DRAFT_OPS);
                let away = store.plans().await.unwrap()[0].status == PlanStatus::PutAway;
                assert_eq!(store.put_draft_away(1, !away, &act()).await.unwrap(), DraftMarked::Marked);
                println!("ACK away {n} {}", !away);
            }
            "roster" => {
                let base = store.roster_revision().await.unwrap();
                store.keep_roster(base, &new_officer(&format!("W{n}")), &act()).await.unwrap();
                println!("ACK roster {n} {n}");
            }
            _ => {
                let report = new_report(&format!("r{n}"), Some(&format!("k{n}")));
                assert!(matches!(store.add_report(&report, &act()).await.unwrap(), Kept::Created(_)));
                println!("ACK report {n} {n}");
                let stepped = store.step_report(&report.id, Stage::Answered, Some("done"), &act()).await.unwrap();
                println!("ACK step {n} {}", stepped.standing.stage.as_str());
            }
        }
    }
}

/// How the child dies.
#[derive(Clone, Debug)]
enum End {
    /// At a listed place, the given time it comes by.
    At(&'static str, u32),
    /// By SIGKILL, so long after it has started.
    AfterStart(Duration),
    /// By SIGKILL, so long after it has opened the store.
    AfterOpen(Duration),
}

/// Runs the child until it dies. What it acknowledged comes back as (kind, key, value).
fn run_and_kill(path: &Path, work: Work, start: usize, end: &End) -> Vec<(String, String, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "crash::child_writes", "--nocapture", "--test-threads=1"])
        .env(STORE, path)
        .env(WORK, work.word())
        .env(START, start.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let End::At(point, pass) = end {
        child.env("WANGGE_FAULT", format!("{point}:{pass}"));
    }
    let mut child = child.spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    let (opened, open) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut acknowledged = Vec::new();
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let words: Vec<_> = line.split("ACK ").skip(1).flat_map(|rest| rest.split(' ')).collect();
            match words[..] {
                // nobody waits for it when death comes at a place
                ["open"] => drop(opened.send(())),
                [kind, key, value] => acknowledged.push((kind.to_owned(), key.to_owned(), value.to_owned())),
                _ => {}
            }
        }
        acknowledged
    });
    if let End::AfterStart(time) | End::AfterOpen(time) = end {
        if matches!(end, End::AfterOpen(_)) {
            open.recv().expect("the child opens the store");
        }
        std::thread::sleep(*time);
        child.kill().unwrap(); // SIGKILL
    }
    let status = child.wait().unwrap();
    assert!(!status.success(), "{work:?} {end:?}: the child came to its end");
    reader.join().unwrap()
}

/// A tiny generator (Lehmer, Park & Miller 1988): times of death need no quality, only to be the same again.
struct Lehmer(u64);

impl Lehmer {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0 * 48_271 % 0x7fff_ffff;
        self.0 % n
    }
}

/// Every acknowledged call is there, and whatever is there is whole.
async fn look(store: &dyn Store, acknowledged: &[(String, String, String)]) {
    let datasets = store.datasets().await.unwrap();
    for record in &datasets {
        let (dataset, boundaries) = district(SIDE, &record.content_hash);
        assert_eq!(store.dataset(record.id).await.unwrap(), dataset);
        assert_eq!(store.boundaries(record.id).await.unwrap(), boundaries);
        assert_eq!(store.findings(record.id, None).await.unwrap().len(), 2);
    }
    let inputs = store.inputs().await.unwrap();
    for input in &inputs {
        assert_eq!(store.features(input.id).await.unwrap(), features());
        assert_eq!(store.lines(input.id).await.unwrap(), lines());
    }
    let link_sets = store.link_sets().await.unwrap();
    for set in &link_sets {
        assert_eq!(store.links(set.id).await.unwrap(), links(set.source.parse().unwrap()));
    }
    let address_sets = store.address_sets().await.unwrap();
    for set in &address_sets {
        assert_eq!(store.addresses(set.id).await.unwrap(), addresses());
    }
    // whole batches, one entry in the audit log each, no gap
    let drawn = store.draft_ops(1, 0, u32::MAX).await.unwrap();
    assert!(drawn.iter().map(|record| record.rev).eq(1..=drawn.len() as i64));
    for batch in drawn.chunks(DRAFT_OPS as usize) {
        let n = batch[0].id.split('-').next().unwrap().parse().unwrap();
        let kept: Vec<_> = batch.iter().map(|record| (record.id.clone(), record.body.clone())).collect();
        assert_eq!(kept, draft_ops(n).into_iter().map(|op| (op.id, op.body)).collect::<Vec<_>>());
    }
    let audit = store.audit(0, u32::MAX).await.unwrap();
    assert_eq!(audit.iter().filter(|entry| entry.action == "redraw").count(), drawn.len());
    // put away and taken back by turns: what holds is what was noted last
    let marks: Vec<&str> = audit
        .iter()
        .map(|entry| entry.action.as_str())
        .filter(|action| ["put_away", "take_back"].contains(action))
        .collect();
    assert!(marks.chunks(2).all(|turn| turn == ["put_away", "take_back"] || turn == ["put_away"]));
    let acknowledged_marks = acknowledged.iter().filter(|(kind, ..)| kind == "away").count();
    assert!(acknowledged_marks <= marks.len());
    let plans = store.plans().await.unwrap();
    let away = plans.iter().any(|plan| plan.status == PlanStatus::PutAway);
    assert_eq!(away, marks.last() == Some(&"put_away"));
    for plan in &plans {
        let grids = store.grids(plan.id).await.unwrap();
        let codes: BTreeSet<_> = grids.iter().map(|g| g.code.clone()).collect();
        assert_eq!((grids.len() as u64, codes.len() as i32), (plan.grids, 2 * SIDE));
        let atoms = store.plan_atoms(plan.id).await.unwrap();
        assert_eq!(atoms.iter().filter(|(_, grid)| grid.is_none()).count(), 1);
        assert!(atoms.iter().flat_map(|(_, grid)| grid).all(|grid| codes.contains(grid)));
        assert_eq!(store.findings(plan.dataset, Some(plan.id)).await.unwrap().len(), 3);
    }
    let publications = store.publications().await.unwrap();
    for (n, publication) in publications.iter().enumerate() {
        assert_eq!((publication.seq, publication.base), (n as i64 + 1, n as i64));
        assert_eq!(store.lineage(publication.seq).await.unwrap().len(), 2);
    }
    let reports: BTreeMap<_, _> =
        store.reports(u32::MAX, None).await.unwrap().into_iter().map(|r| (r.sent.id.clone(), r)).collect();
    for (id, report) in &reports {
        assert_eq!(report.sent, new_report(id, Some(&id.replace('r', "k"))));
        let told = (report.standing.stage, report.standing.answer.as_deref());
        assert!([(Stage::Open, None), (Stage::Answered, Some("done"))].contains(&told), "{id}: {told:?}");
    }
    let roster = store.roster().await.unwrap();
    assert_eq!(roster.revision(), roster.officers().len() as i64, "one officer with each change");
    for officer in roster.officers() {
        assert_eq!(roster.duties_of(&officer.code).count(), 2);
    }
    for (kind, key, value) in acknowledged {
        let there = match &**kind {
            "import" => datasets.iter().any(|d| d.content_hash == *key && d.id.to_string() == *value),
            "plan" => plans.iter().any(|p| p.id.to_string() == *value),
            "publish" => publications.iter().any(|p| p.plan.to_string() == *key && p.seq.to_string() == *value),
            "input" => inputs.iter().any(|input| input.source == *key && input.id.to_string() == *value),
            "links" => link_sets.iter().any(|set| set.source == *key && set.id.to_string() == *value),
            "draft" => drawn
                .get(value.parse::<usize>().unwrap() - 1)
                .is_some_and(|last| last.id == format!("{key}-{}", DRAFT_OPS - 1)),
            "addresses" => address_sets.iter().any(|set| set.source == *key && set.id.to_string() == *value),
            // by turns, counted above
            "away" => !marks.is_empty(),
            "step" => reports.get(&format!("r{key}")).is_some_and(|report| report.standing.stage.as_str() == *value),
            "roster" => roster.officer(&format!("W{key}")).is_some(),
            _ => reports.contains_key(&format!("r{key}")),
        };
        assert!(there, "acknowledged but lost: {kind} {key} {value}");
    }
}

/// The rows that no reader of the trait shows, and the file itself, looked at as GDAL does.
fn look_at_file(path: &Path) {
    use gdal::vector::{LayerAccess, sql::Dialect};
    let file = gdal::Dataset::open(path).unwrap();
    let count = |sql: &str| {
        let mut rows = file.execute_sql(sql, None, Dialect::DEFAULT).unwrap().unwrap();
        rows.features().next().unwrap().field_as_string(0).unwrap().unwrap()
    };
    assert_eq!(count("PRAGMA integrity_check"), "ok");
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), "0");
    let events = "SELECT (SELECT count(*) FROM report_event WHERE kind IN ('received', 'routed', 'outside')) - \
                  2 * (SELECT count(*) FROM reports)";
    assert_eq!(count(events), "0");
    let steps = "SELECT (SELECT count(*) FROM report_event WHERE kind = 'answered') - \
                 (SELECT count(*) FROM audit WHERE action = 'answered')";
    assert_eq!(count(steps), "0", "a step and its entry in the log are there, or neither");
    let marks = "SELECT (SELECT count(*) FROM put_away WHERE away = n % 2) - \
                 (SELECT count(*) FROM audit WHERE action IN ('put_away', 'take_back'))";
    assert_eq!(count(marks), "0", "a mark and its entry in the log are there, or neither");
    let extra_atoms = "SELECT (SELECT count(*) FROM atom) - (SELECT coalesce(sum(atoms), 0) FROM dataset)";
    assert_eq!(count(extra_atoms), "0");
    assert_eq!(count("SELECT (SELECT count(*) FROM grid) - (SELECT coalesce(sum(grids), 0) FROM plan)"), "0");
    let in_force = "SELECT count(*) FROM shown_grid WHERE plan IS NOT \
                    (SELECT coalesce((SELECT plan FROM publication ORDER BY seq DESC LIMIT 1), (SELECT max(id) FROM plan)))";
    assert_eq!(count(in_force), "0");
}

/// Fifty deaths of one kind of work on one store, which must be found sound after each.
async fn fifty_deaths(work: Work) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    if !matches!(work, Work::Import) {
        let store = open(path.to_str().unwrap(), Open::OrCreate).await.unwrap();
        let (dataset, boundaries) = district(SIDE, "0");
        store.import(&new_import(&dataset, &boundaries, "0"), &silent, &act()).await.unwrap();
        if matches!(work, Work::Draft) {
            store.save_plan(&SamplePlan::rows(SIDE, "", None).on(1, 0), &act()).await.unwrap();
        }
        store.close().await;
    }
    let mut random = Lehmer(20_260_301);
    let mut acknowledged = Vec::new();
    let points = work.points();
    // a release build has no places to die at
    let points = if cfg!(debug_assertions) { points } else { Vec::new() };
    let mut ends: Vec<End> = points.iter().map(|point| End::At(point, 1)).collect();
    // later passes: after something was acknowledged
    ends.extend(points.iter().filter(|point| !point.starts_with("create:")).map(|point| End::At(point, 4)));
    ends.extend((0..4).map(|_| End::AfterStart(Duration::from_millis(random.below(200)))));
    while ends.len() < 50 {
        ends.push(End::AfterOpen(Duration::from_micros(random.below(60_000))));
    }
    for (round, end) in ends.into_iter().enumerate() {
        // one file a round for deaths while it is made, one file for all others
        let making = matches!(end, End::At(point, _) if point.starts_with("create:"));
        let path = if making { folder.path().join(format!("new{round}.gpkg")) } else { path.clone() };
        let new = run_and_kill(&path, work, 1 + round * 1_000, &end);
        let store = open(path.to_str().unwrap(), Open::OrCreate).await.unwrap();
        if making {
            assert!(store.datasets().await.unwrap().is_empty());
        } else {
            acknowledged.extend(new);
            // what was looked at before stays as it was: the whole is looked at in the end and now and then
            if round % 10 == 9 {
                look(&*store, &acknowledged).await;
            }
        }
        store.close().await;
        look_at_file(&path);
    }
    let store = open(path.to_str().unwrap(), Open::Existing).await.unwrap();
    look(&*store, &acknowledged).await;
    assert!(acknowledged.len() > 20, "the children were killed before they did much: {}", acknowledged.len());
    eprintln!("{}: 50 deaths, {} acknowledged calls, all there", work.word(), acknowledged.len());
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    let half_made = left.iter().filter(|name| name.to_string_lossy().contains(".new.")).count();
    assert_eq!(half_made, 0, "{left:?}");
}

#[tokio::test]
async fn fifty_deaths_during_import_lose_nothing_acknowledged() {
    fifty_deaths(Work::Import).await;
}

#[tokio::test]
async fn fifty_deaths_during_planning_and_publishing_lose_nothing_acknowledged() {
    fifty_deaths(Work::Publish).await;
}

#[tokio::test]
async fn fifty_deaths_during_report_intake_lose_nothing_acknowledged() {
    fifty_deaths(Work::Report).await;
}

#[tokio::test]
async fn fifty_deaths_during_changes_of_officers_lose_nothing_acknowledged() {
    fifty_deaths(Work::Roster).await;
}

#[tokio::test]
async fn fifty_deaths_during_import_of_streets_and_buildings_lose_nothing_acknowledged() {
    fifty_deaths(Work::Input).await;
}

#[tokio::test]
async fn fifty_deaths_during_import_of_links_lose_nothing_acknowledged() {
    fifty_deaths(Work::Links).await;
}

#[tokio::test]
async fn fifty_deaths_during_import_of_addresses_lose_nothing_acknowledged() {
    fifty_deaths(Work::Addresses).await;
}

#[tokio::test]
async fn fifty_deaths_during_redrawing_lose_nothing_acknowledged() {
    fifty_deaths(Work::Draft).await;
}

#[test]
fn every_place_to_die_at_is_visited() {
    let visited: BTreeSet<_> = Work::ALL.iter().flat_map(|work| work.points()).collect();
    assert_eq!(visited, fault::POINTS.iter().copied().collect());
}
