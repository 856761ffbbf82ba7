//! `wangge bench`

mod swap;

use std::time::Instant;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Failure, Outcome, grouped, print_json, say};
use crate::geom::{LatticePoint, LonLat, MultiPolygon, UsualIndex};
use crate::locate::snapshot::{self, Contents, Grid, Snapshot};
use crate::locate::synthetic::{self, Points};
use crate::locate::{CoverageIndex, Owner, RtreeIndex};

/// Measure how fast this program is on this machine, beside the usual way
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wangge bench locate --grids 200000 --json")]
pub(super) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Look points up in a made-up coverage of irregular grids (30 to 78 vertices each)
    ///
    /// In each round every way answers the same points, one way after the other; the medians over the rounds are shown, in
    /// nanoseconds of processor time where the system tells it, with the wall clock beside. Every answer to the points of the
    /// check is compared with the R-tree's, single and in a batch: anywhere, by grid, on vertices and edges, next to
    /// vertices, and outside.
    Locate(Measure),
    /// Swap a community of 12 grids again and again while another thread looks points up
    ///
    /// Each swap makes the tiles anew that the community touches, and puts the new index in the place of the old one at once.
    /// Every answer for the community is checked: none may be older than the last swap that was acknowledged before it was
    /// asked for.
    Swap(swap::Swap),
}

#[derive(Debug, Args)]
struct Measure {
    /// How many grids
    #[arg(long, value_name = "N", default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    grids: u32,
    /// Points in a round
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    points: u32,
    /// Rounds, after one that does not count
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Points of each of the six kinds that are compared with the R-tree
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    checks: u32,
    /// Seed of the coverage and the points
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Measure the index alone, in JSON: for sizes that the others beside it leave no memory for
    #[arg(long)]
    alone: bool,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(super) fn run(self) -> Outcome {
        tokio::task::block_in_place(|| match self.what {
            What::Locate(measure) => measure.run(),
            What::Swap(swap) => swap.run(),
        })
    }
}

/// Nanoseconds by the clock, and of this thread on a processor (proc(5), `schedstat`), since it was started.
struct Watch(Instant, Option<u64>);

fn thread_cpu_ns() -> Option<u64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), thread_cpu_ns())
    }

    /// Wall and processor time for each of `count`.
    fn per(&self, count: usize) -> (f64, Option<f64>) {
        let wall_ns = self.0.elapsed().as_nanos() as f64;
        let cpu_ns = thread_cpu_ns().zip(self.1).map(|(now, then)| (now - then) as f64);
        (wall_ns / count as f64, cpu_ns.map(|ns| ns / count as f64))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A page of memory, as files are mapped.
const PAGE_BYTES: usize = 4_096;

/// One way of looking points up.
type Way<'a> = Box<dyn FnMut(&[LatticePoint], &mut [Option<Owner>]) + 'a>;

impl Measure {
    fn run(&self) -> Outcome {
        // as dense on the mean as a large city: 200,000 grids over two degrees
        let side_deg = (f64::from(self.grids) / 200_000.0).sqrt() * 2.0;
        let south_west = LonLat { lon_deg: 104.0, lat_deg: 30.0 };
        let faces = synthetic::coverage(self.grids as usize, south_west, side_deg, self.seed);
        let shapes: Vec<&MultiPolygon> = faces.iter().collect();
        let watch = Instant::now();
        let index = CoverageIndex::new(&shapes).map_err(|error| Failure::Plain(error.to_string()))?;
        let build_s = watch.elapsed().as_secs_f64();
        if self.alone {
            return self.run_alone(&faces, &index, build_s);
        }
        let usual = UsualIndex::new(&faces);
        let written = snapshot_of(&index, faces.len())?;
        // on a boundary of a page, as a mapped file lies
        let mut room = vec![0; written.len() + PAGE_BYTES];
        let from = room.as_ptr().align_offset(PAGE_BYTES).min(PAGE_BYTES);
        let bytes = &mut room[from..from + written.len()];
        bytes.copy_from_slice(&written);
        drop(written);
        let bytes = &*bytes;
        let watch = Instant::now();
        let opened = Snapshot::from_bytes(bytes).map_err(|error| Failure::Plain(error.to_string()))?;
        let open_ms = watch.elapsed().as_secs_f64() * 1e3;
        let mut ways: Vec<Way> = vec![
            Box::new(|points, answers| {
                for (&p, answer) in points.iter().zip(answers) {
                    *answer = index.locate(p);
                }
            }),
            Box::new(|points, answers| index.locate_batch(points, answers)),
            Box::new(|points, answers| {
                // which point is next is known only by the answer before it, and each is asked for once
                let (nothing, mut next) = (std::hint::black_box(0), 0);
                for (i, answer) in answers.iter_mut().enumerate() {
                    *answer = index.locate(points[i ^ next]);
                    next = answer.map_or(0, |owner| owner.face as usize & nothing);
                }
            }),
            Box::new(|points, answers| {
                for (&p, answer) in points.iter().zip(answers) {
                    let face = usual.owner(p);
                    *answer = face.map(|face| Owner { face, resolution: crate::locate::Resolution::Interior });
                }
            }),
            Box::new(|points, answers| {
                for (&p, answer) in points.iter().zip(answers) {
                    *answer = opened.locate(p);
                }
            }),
            Box::new(|points, answers| opened.locate_batch(points, answers)),
        ];
        let mut wall: Vec<Vec<f64>> = vec![Vec::new(); ways.len()];
        let mut cpu: Vec<Vec<f64>> = vec![Vec::new(); ways.len()];
        let count = self.points as usize;
        let mut answers = vec![None; count];
        for round in 0..=self.rounds {
            let points = synthetic::points(&faces, Points::ByFace, count, self.seed ^ u64::from(round) << 32);
            for (i, way) in ways.iter_mut().enumerate() {
                let watch = Watch::start();
                way(&points, &mut answers);
                let (wall_ns, cpu_ns) = watch.per(count);
                if round > 0 {
                    wall[i].push(wall_ns);
                    cpu[i].extend(cpu_ns);
                }
            }
        }
        drop(ways);
        let wall: Vec<f64> = wall.into_iter().map(median).collect();
        // the system counts processor time in ticks: what is shorter than one is told by the clock
        let by_cpu = cpu.iter().all(|values| values.len() == self.rounds as usize && values.iter().all(|&ns| ns > 0.0));
        let ns = if by_cpu { cpu.into_iter().map(median).collect() } else { wall.clone() };
        let (checked, wrong) = self.check(&faces, &index, &opened);
        let round = |value: f64| (value * 10.0).round() / 10.0;
        let per_grid = |bytes: usize| (bytes as f64 / faces.len() as f64).round();
        let report = json!({
            "grids": faces.len(),
            "ours_single_ns": round(ns[0]), "ours_batch_ns": round(ns[1]), "isolated_ns": round(ns[2]),
            "rstar_geo_ns": round(ns[3]),
            "snapshot_single_ns": round(ns[4]), "snapshot_batch_ns": round(ns[5]),
            "times_single": round(ns[3] / ns[0]), "times_batch": round(ns[3] / ns[1]),
            "clock": if by_cpu { "cpu" } else { "wall" },
            "wall": {
                "ours_single_ns": round(wall[0]), "ours_batch_ns": round(wall[1]), "isolated_ns": round(wall[2]),
                "rstar_geo_ns": round(wall[3]),
            },
            "bytes_per_grid": per_grid(index.bytes()), "snapshot_bytes_per_grid": per_grid(bytes.len()),
            "build_s": (build_s * 100.0).round() / 100.0, "snapshot_open_ms": round(open_ms),
            "checked": checked, "wrong": wrong,
        });
        if self.json {
            return print_json(&report);
        }
        say(&format!(
            "{} grids, built in {build_s:.2} s, {} bytes a grid",
            grouped(faces.len() as u64),
            per_grid(index.bytes())
        ));
        say(&format!("  one at a time  {:7.1} ns  ({:.1} times as fast as rstar with geo)", ns[0], ns[3] / ns[0]));
        say(&format!("  in batches     {:7.1} ns  ({:.1} times)", ns[1], ns[3] / ns[1]));
        say(&format!("  each waiting for the one before  {:.1} ns", ns[2]));
        say(&format!("  rstar with geo {:7.1} ns", ns[3]));
        say(&format!(
            "  from a snapshot {:.1} ns, in batches {:.1} ns; opened in {open_ms:.1} ms, {} bytes a grid",
            ns[4],
            ns[5],
            per_grid(bytes.len())
        ));
        say(&format!("  {wrong} wrong of {} checked against the R-tree", grouped(checked)));
        Ok(())
    }

    /// How many answers were compared with the R-tree's, and how many differ.
    /// The index without others beside it.
    fn run_alone(&self, faces: &[MultiPolygon], index: &CoverageIndex, build_s: f64) -> Outcome {
        let count = self.points as usize;
        let mut answers = vec![None; count];
        let (mut single, mut batch, mut wrong) = (Vec::new(), Vec::new(), 0_u64);
        for round in 0..self.rounds {
            let points = synthetic::points(faces, Points::ByFace, count, self.seed ^ u64::from(round) << 32);
            let watch = Watch::start();
            for (&p, answer) in points.iter().zip(&mut answers) {
                *answer = index.locate(p);
            }
            single.push(watch.per(count).0);
            let mut again = vec![None; count];
            let watch = Watch::start();
            index.locate_batch(&points, &mut again);
            batch.push(watch.per(count).0);
            wrong += answers.iter().zip(&again).filter(|(one, other)| one != other).count() as u64;
        }
        let round = |value: f64| (value * 10.0).round() / 10.0;
        print_json(&json!({
            "grids": faces.len(), "build_s": round(build_s), "bytes": index.bytes(),
            "bytes_per_grid": (index.bytes() as f64 / faces.len() as f64).round(),
            "ours_single_ns": round(median(single)), "ours_batch_ns": round(median(batch)), "differ": wrong,
        }))
    }

    fn check(&self, faces: &[MultiPolygon], index: &CoverageIndex, opened: &Snapshot<&[u8]>) -> (u64, u64) {
        let rtree = RtreeIndex::new(faces);
        let (mut checked, mut wrong) = (0, 0);
        for kind in Points::ALL {
            let points = synthetic::points(faces, kind, self.checks as usize, self.seed ^ 1);
            let mut batch = vec![None; points.len()];
            index.locate_batch(&points, &mut batch);
            for (&p, &in_batch) in points.iter().zip(&batch) {
                let plain = rtree.locate(p);
                checked += 1;
                wrong += u64::from([index.locate(p), in_batch, opened.locate(p)].iter().any(|&found| found != plain));
            }
        }
        (checked, wrong)
    }
}

/// A snapshot with codes and names as long as real ones.
fn snapshot_of(index: &CoverageIndex, count: usize) -> Result<Vec<u8>, Failure> {
    let codes: Vec<String> = (0..count).map(|i| format!("420102001001{i:07}")).collect();
    let grids: Vec<Grid> = codes
        .iter()
        .map(|code| Grid {
            code,
            name: "东门社区第一网格",
            node: None,
            publication: 1,
            valid_from_ms: 0,
            valid_to_ms: None,
        })
        .collect();
    let contents = Contents { generation: "1", index, grids: &grids, nodes: &[] };
    snapshot::to_bytes(&contents).map_err(|error| Failure::Plain(error.to_string()))
}
