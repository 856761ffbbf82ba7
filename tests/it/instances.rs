//! Two instances of the program over one database, as a city runs them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use wangge::geom::{LatticePoint, MultiPolygon};
use wangge::locate::brute_force;
use wangge::store::{Open, open};

use crate::cli::{Desk, Server, squares};
use crate::postgis::Database;

/// Lookups a second on each instance.
const RATE: u32 = 200;
/// Clients of each instance.
const CLIENTS: u32 = 4;

/// One answer.
struct Answer {
    begun: Instant,
    ended: Instant,
    point: LatticePoint,
    seq: i64,
    code: Option<String>,
}

/// Asks at a steady rate until told to stop.
fn ask(url: &str, points: &[LatticePoint], stop: &AtomicBool) -> Vec<Answer> {
    let agent = ureq::Agent::new_with_defaults();
    let pace = Duration::from_secs(1) * CLIENTS / RATE;
    let mut answers = Vec::new();
    let mut next = Instant::now();
    for &point in points.iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        next += pace;
        let at = point.to_lon_lat();
        let begun = Instant::now();
        let asked = format!("{url}/v1/locate?lon={:.7}&lat={:.7}&crs=wgs84", at.lon_deg, at.lat_deg);
        let answer: Value = agent.get(&asked).call().expect("no lookup fails").body_mut().read_json().unwrap();
        answers.push(Answer {
            begun,
            ended: Instant::now(),
            point,
            seq: answer["publication"]["seq"].as_i64().unwrap(),
            code: answer["grid"]["code"].as_str().map(str::to_owned),
        });
    }
    answers
}

#[test]
fn two_instances_answer_a_publication_within_a_second_and_never_half_of_it() {
    let Some(database) = Database::new() else { return };
    let desk = Desk::new();
    let store = database.url.as_str();
    let file = desk.write("squares.geojson", squares(&[110; 144], 12));
    desk.ok(&["import", &file, "--store", store, "--id", "id", "--households", "hh"]);
    desk.ok(&["partition", "--store", store]);
    desk.ok(&["publish", "--store", store, "--effective", "2026-01-01"]);
    // another band: other grids, other codes
    desk.ok(&["partition", "--store", store, "--bounds", "500..800"]);
    let servers = [Server::start(&desk, store), Server::start(&desk, store)];
    let points: Vec<LatticePoint> =
        (0..169).map(|n| LatticePoint::new(1_210_000_000 + n % 13 * 9_973, 250_000_000 + n / 13 * 9_973)).collect();
    let stop = AtomicBool::new(false);
    let (answers, published) = std::thread::scope(|scope| {
        let (stop, points) = (&stop, &points);
        let clients: Vec<_> = (0..CLIENTS as usize * 2)
            .map(|client| {
                let url = servers[client % 2].url.clone();
                (client % 2, scope.spawn(move || ask(&url, points, stop)))
            })
            .collect();
        std::thread::sleep(Duration::from_secs(2));
        desk.ok(&["publish", "--store", store, "--effective", "2026-02-01"]);
        let published = Instant::now();
        std::thread::sleep(Duration::from_secs(3));
        stop.store(true, Ordering::Relaxed);
        let answers: Vec<(usize, Vec<Answer>)> =
            clients.into_iter().map(|(server, client)| (server, client.join().unwrap())).collect();
        (answers, published)
    });
    let owners: HashMap<i64, Vec<(String, MultiPolygon)>> = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = open(store, Open::Existing).await.unwrap();
        let mut owners = HashMap::new();
        for publication in store.publications().await.unwrap() {
            let grids = store.grids(publication.plan).await.unwrap();
            owners.insert(publication.seq, grids.into_iter().map(|grid| (grid.code, grid.shape)).collect());
        }
        store.close().await;
        owners
    });
    let shapes: HashMap<i64, Vec<MultiPolygon>> =
        owners.iter().map(|(seq, grids)| (*seq, grids.iter().map(|(_, shape)| shape.clone()).collect())).collect();
    let mut slowest = Duration::ZERO;
    for server in 0..2 {
        let of_server: Vec<&Answer> =
            answers.iter().filter(|(own, _)| *own == server).flat_map(|(_, answers)| answers).collect();
        assert!(of_server.len() as u32 > RATE * 4, "{} lookups in five seconds", of_server.len());
        for answer in &of_server {
            let owner = brute_force(&shapes[&answer.seq], answer.point);
            let code = owner.map(|owner| owners[&answer.seq][owner.face as usize].0.as_str());
            assert_eq!(answer.code.as_deref(), code, "publication {}, {:?}", answer.seq, answer.point);
        }
        let first_new = of_server.iter().filter(|answer| answer.seq == 2).map(|answer| answer.ended).min().unwrap();
        let last_old = of_server.iter().filter(|answer| answer.seq == 1).map(|answer| answer.begun).max().unwrap();
        assert!(last_old <= first_new, "the old publication came back after the new one");
        slowest = slowest.max(last_old.saturating_duration_since(published));
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?} after it was published the old one still answered");
    eprintln!("{} lookups, the new publication everywhere {slowest:?} after the command had ended", {
        answers.iter().map(|(_, answers)| answers.len()).sum::<usize>()
    });
}
