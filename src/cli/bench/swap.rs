//! `wangge bench swap`

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use clap::Args;
use serde_json::json;

use super::super::{Failure, Outcome, grouped, print_json, say};
use crate::geom::{LatticePoint, LonLat, MultiPolygon};
use crate::locate::CoverageIndex;
use crate::locate::synthetic::{self, Points};

/// Grids of the community that changes: four side by side in three rows.
const COMMUNITY: usize = 12;
/// Of so many lookups one asks for the community.
const COMMUNITY_EVERY: usize = 8;

#[derive(Debug, Args)]
pub(super) struct Swap {
    /// How many grids
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    grids: u32,
    /// Runs
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
    /// Swaps in a run
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    swaps: u32,
    /// Seed of the coverage and the points
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

/// What both threads see. The shapes of the community move on by one grid at each swap, so that an answer tells how many
/// swaps it has seen.
struct Shared {
    index: ArcSwap<CoverageIndex>,
    /// Swaps that are acknowledged.
    done: AtomicU64,
    swapping: AtomicBool,
    stop: AtomicBool,
}

/// What the thread that asks has seen.
#[derive(Default)]
struct Seen {
    quiet_ns: Vec<u32>,
    swapping_ns: Vec<u32>,
    errors: u64,
    stale: u64,
}

/// A point, and which of the community's shapes it lies in.
type Asked = (LatticePoint, Option<usize>);

fn ask(shared: &Shared, points: &[Asked], community: &[u32]) -> Seen {
    let mut seen = Seen::default();
    for &(p, shape) in points.iter().cycle() {
        if shared.stop.load(Ordering::Acquire) {
            break;
        }
        let before = shared.done.load(Ordering::Acquire);
        let swapping = shared.swapping.load(Ordering::Acquire);
        let watch = Instant::now();
        let owner = shared.index.load().locate(p);
        let took_ns = u32::try_from(watch.elapsed().as_nanos()).unwrap_or(u32::MAX);
        if swapping {
            seen.swapping_ns.push(took_ns);
        } else {
            seen.quiet_ns.push(took_ns);
        }
        let Some(shape) = shape else { continue };
        // one more than is acknowledged may be in force already
        let after = shared.done.load(Ordering::Acquire) + 1;
        let lawful = |swaps: u64| community[(shape + swaps as usize) % COMMUNITY];
        match owner.map(|owner| owner.face) {
            Some(face) if (before..=after).any(|swaps| lawful(swaps) == face) => {}
            Some(face) if community.contains(&face) => seen.stale += 1,
            _ => seen.errors += 1,
        }
    }
    seen
}

/// The value that 99 of 100 do not exceed.
fn p99_ns(values: &mut [u32]) -> u32 {
    let at = values.len() * 99 / 100;
    if values.is_empty() { 0 } else { *values.select_nth_unstable(at).1 }
}

impl Swap {
    pub(super) fn run(&self) -> Outcome {
        let side_deg = (f64::from(self.grids) / 200_000.0).sqrt() * 2.0;
        let south_west = LonLat { lon_deg: 104.0, lat_deg: 30.0 };
        let original = synthetic::coverage(self.grids as usize, south_west, side_deg, self.seed);
        let plain = |error: &dyn std::error::Error| Failure::Plain(error.to_string());
        let first = CoverageIndex::new(&original.iter().collect::<Vec<_>>()).map_err(|error| plain(&error))?;
        let columns = synthetic::columns(self.grids as usize);
        let corner = original.len() / 2 - original.len() / 2 % columns + columns / 2;
        let community: Vec<u32> =
            (0..COMMUNITY).map(|i| ((corner + i / 4 * columns + i % 4) % original.len()) as u32).collect();
        let points = self.points(&original, &first, &community);
        let shared = Shared {
            index: ArcSwap::from_pointee(first),
            done: AtomicU64::new(0),
            swapping: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        };
        let mut faces: Vec<&MultiPolygon> = original.iter().collect();
        let (mut rows, mut all_ms, mut worst) = (Vec::new(), Vec::new(), 0.0_f64);
        let (mut errors, mut stale) = (0, 0);
        for _ in 0..self.runs {
            shared.stop.store(false, Ordering::Release);
            let (seen, took_ms) = std::thread::scope(|scope| {
                let asking = scope.spawn(|| ask(&shared, &points, &community));
                let took_ms = self.swap_often(&shared, &original, &mut faces, &community);
                shared.stop.store(true, Ordering::Release);
                (asking.join(), took_ms)
            });
            let took_ms = took_ms.map_err(|error| plain(&error))?;
            let mut seen = seen.map_err(|_| Failure::Plain("the thread that asks has ended early".to_owned()))?;
            let (before_ns, during_ns) = (p99_ns(&mut seen.quiet_ns), p99_ns(&mut seen.swapping_ns));
            let ratio = f64::from(during_ns) / f64::from(before_ns.max(1));
            worst = worst.max(ratio);
            errors += seen.errors;
            stale += seen.stale;
            rows.push(json!({
                "swap_ms_median": tenths(super::median(took_ms.clone())),
                "p99_between_ns": before_ns, "p99_during_ns": during_ns, "p99_times": tenths(ratio),
                "lookups_between": seen.quiet_ns.len(), "lookups_during": seen.swapping_ns.len(),
            }));
            all_ms.extend(took_ms);
        }
        let most_ms = all_ms.iter().copied().fold(0.0, f64::max);
        let median_ms = super::median(all_ms);
        let report = json!({
            "grids": original.len(), "changed": COMMUNITY, "swaps": self.runs * self.swaps,
            "swap_ms_median": tenths(median_ms), "swap_ms_most": tenths(most_ms),
            "p99_times_most": tenths(worst), "errors": errors, "stale": stale, "runs": rows,
        });
        if self.json {
            return print_json(&report);
        }
        say(&format!(
            "{COMMUNITY} of {} grids swapped in {median_ms:.1} ms (at most {most_ms:.1} ms) while another thread asks",
            grouped(original.len() as u64)
        ));
        say(&format!("  99 of 100 lookups took at most {worst:.1} times as long meanwhile as between swaps"));
        say(&format!("  {errors} errors, {stale} answers older than the last swap acknowledged"));
        Ok(())
    }

    /// Points anywhere, and between them points of the community.
    fn points(&self, faces: &[MultiPolygon], index: &CoverageIndex, community: &[u32]) -> Vec<Asked> {
        let shapes: Vec<MultiPolygon> = community.iter().map(|&face| faces[face as usize].clone()).collect();
        let shape_of = |p: LatticePoint| {
            let face = index.locate(p)?.face;
            community.iter().position(|&member| member == face)
        };
        let near = synthetic::points(&shapes, Points::ByFace, 10_000, self.seed);
        let mut near = near.into_iter().filter_map(|p| Some((p, Some(shape_of(p)?)))).cycle();
        let far = synthetic::points(faces, Points::ByFace, 400_000, self.seed ^ 1).into_iter();
        let far = far.map(|p| (p, shape_of(p))).enumerate();
        far.map(|(i, asked)| if i % COMMUNITY_EVERY == 0 { near.next().unwrap_or(asked) } else { asked }).collect()
    }

    /// Swaps the community again and again, with a while between; how long each swap took until it was acknowledged.
    fn swap_often<'a>(
        &self,
        shared: &Shared,
        original: &'a [MultiPolygon],
        faces: &mut [&'a MultiPolygon],
        community: &[u32],
    ) -> Result<Vec<f64>, crate::locate::NotPartition> {
        let mut took_ms = Vec::new();
        for _ in 0..self.swaps {
            std::thread::sleep(Duration::from_millis(50));
            let swaps = shared.done.load(Ordering::Acquire) as usize + 1;
            let before: Vec<&MultiPolygon> = community.iter().map(|&face| faces[face as usize]).collect();
            for shape in 0..COMMUNITY {
                faces[community[(shape + swaps) % COMMUNITY] as usize] = &original[community[shape] as usize];
            }
            shared.swapping.store(true, Ordering::Release);
            let watch = Instant::now();
            let made = shared.index.load().with_changes(faces, community, &before)?;
            shared.index.store(Arc::new(made));
            shared.done.fetch_add(1, Ordering::AcqRel);
            took_ms.push(watch.elapsed().as_secs_f64() * 1e3);
            shared.swapping.store(false, Ordering::Release);
        }
        Ok(took_ms)
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
