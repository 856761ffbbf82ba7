//! Divides any file of atoms and measures it: `cargo run --release --features tools --bin divide -- atoms.gpkg
//! --households hh --plan plan.csv`. Reading and borders are timed apart from the division.

mod measure;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use measure::cost::{cpu_ms, forget_peak, peak_mb};
use measure::file;
use measure::ground::Ground;
use wangge::atom::AtomId;
use wangge::partition::{Bands, Certificate, Options, Problem, Progress, Solution, Standing, partition};
use wangge::plan::Band;

/// Divides the atoms of a file into grids and says what it took, as one line of JSON.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    file: file::Arguments,
    /// Least and largest lawful size; 300..500 households, or 700..1300 persons where only persons are counted.
    #[arg(long)]
    bounds: Option<Band>,
    /// Least and largest lawful number of persons, besides the households.
    #[arg(long, requires = "population")]
    population_bounds: Option<Band>,
    /// A plan of the same features, as --plan writes it, to change as little as needed.
    #[arg(long)]
    standing: Option<PathBuf>,
    /// What moving one household costs, in millimetres of border, with --standing.
    #[arg(long, value_delimiter = ',', default_value = "8000")]
    moved_mm: Vec<u64>,
    /// Decides every random choice.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs with this many seeds from --seed on, one line of JSON each; the plan is the first one's.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Moves tried for each border between grids and level; the engine's own number when absent.
    #[arg(long)]
    moves: Option<u32>,
    /// Threads to work with.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Write the grid of each feature here, in the order of the file: CSV with the column `grid`, `NA` for features
    /// that are smaller than the lattice.
    #[arg(long)]
    plan: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("divide: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let ground = Ground::read(&arguments.file)?;
    let read_ms = started.elapsed().as_millis();
    let band = arguments.bounds.unwrap_or(if ground.persons_only { Band::POPULATION } else { Band::HOUSEHOLDS });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build()?;
    let standing = arguments.standing.as_ref().map(|path| ground.labels(path)).transpose()?;
    let bands = Bands { main: band, other: arguments.population_bounds };
    let prices = if standing.is_some() { &arguments.moved_mm[..] } else { &[0] };
    let runs = (arguments.seed..).take(usize::try_from(arguments.seeds)?);
    for (seed, &moved_mm) in runs.flat_map(|seed| prices.iter().map(move |price| (seed, price))) {
        let options =
            Options { seed, moves: arguments.moves.unwrap_or(Options::default().moves), ..Options::default() };
        let problem = Problem {
            other: ground.persons.as_deref(),
            bands,
            standing: standing.as_ref().map(|grid| Standing { grid, moved_mm }),
            ..Problem::new(&ground.graph, &ground.size, &ground.unit, band)
        };
        forget_peak();
        let (started, cpu) = (Instant::now(), cpu_ms()?);
        let served = Served { atoms: AtomicU64::new(ground.size.len() as u64), cpu_ms: AtomicU64::new(u64::MAX) };
        let solution = pool.install(|| partition(&problem, &options, &served))?;
        let (wall_ms, cpu_ms) = (started.elapsed().as_millis(), cpu_ms()? - cpu);
        let not_proven = solution.outside.iter().filter(|grid| open(grid.certificate)).count();
        println!(
            "{}",
            serde_json::json!({
                "atoms": ground.size.len(), "seed": seed, "grids": solution.assignment.grid_count(),
                "outside": solution.outside.len(), "certified": solution.outside.len() - not_proven,
                "not_proven": not_proven,
                "violation": solution.outside.iter().map(|grid| band.violation(grid.size)).sum::<u64>(),
                "kept_percent": solution.kept.map(|kept| 100.0 * kept.stayed as f64 / (kept.stayed + kept.moved) as f64),
                "kept_percent_at_most": solution.kept.map(|kept| 100.0 - 100.0 * kept.moved_at_least as f64 / (kept.stayed + kept.moved) as f64),
                "moved_mm": standing.as_ref().map(|_| moved_mm),
                "cut_mm": cut_mm(&ground, &solution), "disconnected": disconnected(&ground, &solution),
                "first_served_cpu_ms": served.cpu_ms.load(Ordering::Relaxed).saturating_sub(cpu), "read_ms": read_ms, "wall_ms": wall_ms, "cpu_ms": cpu_ms, "peak_mb": peak_mb()?,
            })
        );
        if let (Some(path), true) = (&arguments.plan, seed == arguments.seed) {
            let label = |atom: u32| solution.assignment.grid_of(AtomId(atom)).map(|grid| grid.0);
            let rows = ground.atom_of_feature.iter().map(|atom| match atom.and_then(label) {
                Some(grid) => format!("{grid}\n"),
                None => "NA\n".to_owned(),
            });
            std::fs::write(path, std::iter::once("grid\n".to_owned()).chain(rows).collect::<String>())?;
        }
    }
    Ok(())
}

fn open(certificate: Certificate) -> bool {
    matches!(certificate, Certificate::NotProven { .. })
}

/// The weight of all borders between grids of one unit.
fn cut_mm(ground: &Ground, solution: &Solution) -> u64 {
    let (grid, unit) = (solution.assignment.grids(), &ground.unit);
    let between = |a: u32, b: u32| grid[a as usize] != grid[b as usize] && unit[a as usize] == unit[b as usize];
    ground.graph.borders().filter(|&(a, b, _)| between(a, b)).map(|(_, _, mm)| mm).sum()
}

/// Grids in more pieces than one.
fn disconnected(ground: &Ground, solution: &Solution) -> u32 {
    let grid = solution.assignment.grids();
    ground.graph.components_by(|atom| grid[atom as usize]).1 - solution.assignment.grid_count() as u32
}

/// Notes the CPU time at which every atom first lay in a division with nothing outside without need, or as good as it gets.
struct Served {
    atoms: AtomicU64,
    cpu_ms: AtomicU64,
}

impl Progress for Served {
    fn report(&self, _: u64, _: u64) {}

    fn served(&self, atoms: u64) {
        if self.atoms.fetch_sub(atoms, Ordering::Relaxed) == atoms {
            self.cpu_ms.store(cpu_ms().unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    fn cancelled(&self) -> bool {
        false
    }
}
