//! What breaks in an office breaks here, again and again, under load: nothing that was acknowledged is lost, nothing is
//! there twice, and everything goes on by itself once the cause is gone.
//!
//! `WANGGE_FAULTS` (default 2) says how many times each thing breaks.

mod cluster;
mod load;

use std::process::Command;
use std::time::{Duration, Instant};

use crate::cli::Desk;
use cluster::{Cluster, Home};
use load::{Instance, Load};

/// Inside the squares of [`district`].
const POINT: (f64, f64) = (121.0015, 25.0015);
/// In which everything must go on after a cause is gone.
const RECOVERY: Duration = Duration::from_secs(30);

fn times() -> u32 {
    std::env::var("WANGGE_FAULTS").ok().and_then(|n| n.parse().ok()).unwrap_or(2)
}

/// A number from 0 to `below` that differs from round to round, the same in every run.
fn varied(round: u32, below: u64) -> u64 {
    u64::from(round).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407).rotate_left(17)
        % below
}

/// Imports, partitions and publishes a few squares into a store.
fn district(desk: &Desk, store: &str) {
    let file = desk.write("squares.geojson", crate::cli::squares(&[110; 16], 4));
    desk.ok(&["import", &file, "--store", store, "--id", "id", "--households", "hh"]);
    desk.ok(&["partition", "--store", store]);
    desk.ok(&["publish", "--store", store, "--effective", "2020-01-01"]);
}

/// Two instances over one database.
fn pair(desk: &Desk, store: &str) -> [Instance; 2] {
    district(desk, store);
    [0, 1].map(|_| Instance::start(desk.folder.path(), store, &[]))
}

fn all_ready(instances: &mut [Instance]) {
    for instance in instances {
        instance.await_ready(RECOVERY);
    }
}

fn urls(instances: &[Instance]) -> Vec<String> {
    instances.iter().map(Instance::url).collect()
}

fn told(what: &str, settled: &load::Settled, started: Instant) {
    eprintln!("{what}, {} times: {settled}, {:.0} s", times(), started.elapsed().as_secs_f64());
}

fn pause(round: u32, least_ms: u64, most_ms: u64) {
    std::thread::sleep(Duration::from_millis(least_ms + varied(round, most_ms - least_ms)));
}

#[test]
fn killed_instances_lose_nothing() {
    let Some(cluster) = Cluster::start(&Home::Socket) else { return };
    let (desk, started) = (Desk::new(), Instant::now());
    let mut instances = pair(&desk, &cluster.url);
    let load = Load::start(&urls(&instances), POINT.0, POINT.1, false);
    for round in 0..times() {
        pause(round, 30, 400);
        let instance = &mut instances[round as usize % 2];
        instance.kill();
        instance.await_ready(RECOVERY);
    }
    told("an instance was killed", &load.settle(&cluster.url), started);
}

#[test]
fn a_killed_database_loses_nothing_and_lookups_go_on_without_it() {
    let Some(cluster) = Cluster::start(&Home::Socket) else { return };
    let (desk, started) = (Desk::new(), Instant::now());
    let mut instances = pair(&desk, &cluster.url);
    let load = Load::start(&urls(&instances), POINT.0, POINT.1, true);
    for round in 0..times() {
        pause(round, 100, 600);
        let before = load.acknowledged();
        cluster.kill();
        pause(round, 0, 500);
        assert!(cluster.up(RECOVERY));
        all_ready(&mut instances);
        await_more(&load, before);
    }
    told("the database was killed", &load.settle(&cluster.url), started);
}

/// Waits until reports are acknowledged again.
fn await_more(load: &Load, before: usize) {
    let until = Instant::now() + RECOVERY;
    while load.acknowledged() <= before {
        assert!(Instant::now() < until, "no report was acknowledged for {RECOVERY:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_lost_listener_is_replaced_and_no_publication_is_missed() {
    let Some(cluster) = Cluster::start(&Home::Socket) else { return };
    let (desk, started) = (Desk::new(), Instant::now());
    let instances = pair(&desk, &cluster.url);
    let load = Load::start(&urls(&instances), POINT.0, POINT.1, true);
    for round in 0..times() {
        let ended = cluster.sql(
            "app",
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'app' AND application_name = 'wangge listener'",
        );
        assert_ne!(ended, "0", "nobody listens");
        desk.ok(&["partition", "--store", &cluster.url]);
        let seq =
            desk.json(&["publish", "--store", &cluster.url, "--effective", "2020-01-01", "--json"])["publication"]
                .clone();
        let until = Instant::now() + Duration::from_secs(1);
        for instance in &instances {
            loop {
                let asked = format!("{}/v1/locate?lon={}&lat={}&crs=wgs84", instance.url(), POINT.0, POINT.1);
                let mut answer = ureq::get(&asked).call().unwrap();
                let answer: serde_json::Value = answer.body_mut().read_json().unwrap();
                if answer["publication"] == seq || answer["publication"]["seq"] == seq {
                    break;
                }
                assert!(Instant::now() < until, "round {round}: {seq} is not answered after 1 s: {answer}");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let again = Instant::now() + RECOVERY;
        let listening =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app' AND application_name = 'wangge listener'";
        while cluster.sql("app", listening) != "2" {
            assert!(Instant::now() < again, "the listeners did not come back");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    told("the listeners were ended", &load.settle(&cluster.url), started);
}

#[test]
fn a_cut_network_loses_nothing_and_is_said_by_readyz() {
    let Some(cluster) = Cluster::start(&Home::Network) else { return };
    let (desk, started) = (Desk::new(), Instant::now());
    let mut instances = pair(&desk, &cluster.url);
    let load = Load::start(&urls(&instances), POINT.0, POINT.1, true);
    for round in 0..times() {
        pause(round, 50, 400);
        let before = load.acknowledged();
        cluster.cable(false);
        if round == 0 {
            let until = Instant::now() + RECOVERY;
            while instances[0].ready() != Some(503) {
                assert!(Instant::now() < until, "readyz does not say that the database is gone");
                std::thread::sleep(Duration::from_millis(100));
            }
        } else {
            pause(round, 50, 4_000);
        }
        cluster.cable(true);
        all_ready(&mut instances);
        await_more(&load, before);
    }
    told("the network was cut", &load.settle(&cluster.url), started);
}

#[test]
fn a_full_disk_under_the_database_loses_nothing() {
    let Some(cluster) = Cluster::start(&Home::Small(320)) else { return };
    let (desk, started) = (Desk::new(), Instant::now());
    let mut instances = pair(&desk, &cluster.url);
    let load = Load::start(&urls(&instances), POINT.0, POINT.1, true);
    for round in 0..times() {
        pause(round, 50, 300);
        let before = load.acknowledged();
        cluster.fill(true);
        pause(round, 400, 1_600);
        cluster.fill(false);
        assert!(cluster.up(RECOVERY));
        all_ready(&mut instances);
        await_more(&load, before);
    }
    assert!(cluster.log().contains("No space left on device"), "the disk was never full");
    told("the disk of the database was full", &load.settle(&cluster.url), started);
}

/// A small file system of its own, gone with this value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(mib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={mib}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("SKIPPED: a full disk under a file was NOT tried: mounting needs root");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_under_the_file_loses_nothing() {
    let Some(disk) = SmallDisk::mount(24) else { return };
    let (desk, started) = (Desk::new(), Instant::now());
    let store = disk.0.path().join("s.gpkg").display().to_string();
    district(&desk, &store);
    let mut instance = Instance::start(desk.folder.path(), &store, &[]);
    let load = Load::start(&[instance.url()], POINT.0, POINT.1, true);
    let filler = disk.0.path().join("filler");
    for round in 0..times() {
        pause(round, 50, 300);
        let before = load.acknowledged();
        let _ = Command::new("dd").args(["if=/dev/zero", "bs=4k"]).arg(format!("of={}", filler.display())).output();
        pause(round, 200, 800);
        std::fs::remove_file(&filler).unwrap();
        instance.await_ready(RECOVERY);
        await_more(&load, before);
    }
    told("the disk of the file was full", &load.settle(&store), started);
}

#[test]
fn a_clock_that_is_set_back_loses_nothing() {
    let (desk, started) = (Desk::new(), Instant::now());
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/faults/clock.c");
    let library = desk.path("clock.so");
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).args([source, "-ldl"]).output();
    if !built.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: a clock set back was NOT tried: {built:?}");
        return;
    }
    let stores = [
        Cluster::start(&Home::Socket).map(|cluster| (cluster.url.clone(), Some(cluster))),
        Some(("s.gpkg".to_owned(), None)),
    ];
    for (store, cluster) in stores.into_iter().flatten() {
        district(&desk, &store);
        let shift = desk.path("shift");
        std::fs::write(&shift, "0").unwrap();
        let (library, shift_name) = (library.display().to_string(), shift.display().to_string());
        let environment = [("LD_PRELOAD", library.as_str()), ("WANGGE_TEST_CLOCK", shift_name.as_str())];
        let instance = Instance::start(desk.folder.path(), &store, &environment);
        let load = Load::start(&[instance.url()], POINT.0, POINT.1, true);
        for round in 0..times() {
            let before = load.acknowledged();
            // back by up to a week, then forth again, past where it was
            let seconds = i64::try_from(varied(round, 7 * 86_400)).unwrap();
            let seconds = if round % 3 == 2 { seconds / 10 } else { -seconds };
            let new = desk.path("shift.new");
            std::fs::write(&new, seconds.to_string()).unwrap();
            std::fs::rename(&new, &shift).unwrap();
            pause(round, 60, 200);
            assert_eq!(instance.ready(), Some(200));
            await_more(&load, before);
        }
        let store = if cluster.is_some() { store } else { desk.path(&store).display().to_string() };
        told("the clock was set", &load.settle(&store), started);
    }
}
