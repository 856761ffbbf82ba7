//! Counts a year later: `cargo run --release --features tools --bin drift -- atoms.gpkg --households hh --seed 1 --out
//! later.gpkg`. Every atom's households change by a random factor, and a few atoms get a new building.

#[path = "measure/file.rs"]
mod file;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;
use wangge::format::{Row, Value, write_layer};

/// Draws households as they may be later, and writes the atoms with them in the order they came; same seed, same counts.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    file: file::Arguments,
    /// Decides every random choice.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Least factor, in percent.
    #[arg(long, default_value_t = 85)]
    least: u32,
    /// Largest factor, in percent.
    #[arg(long, default_value_t = 120)]
    most: u32,
    /// Atoms with a new building, in a thousand.
    #[arg(long, default_value_t = 20)]
    new_in_1000: u32,
    /// Least and most households of a new building.
    #[arg(long, num_args = 2, default_values_t = [40, 160])]
    new_households: Vec<u32>,
    /// File to write, such as later.gpkg: fields `hh`, `pop` and `unit`.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("drift: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let [least, most] = arguments.new_households[..] else { return Err("--new-households: two numbers".into()) };
    if arguments.least > arguments.most || least > most {
        return Err("a least value is above its most".into());
    }
    let (dataset, _) = file::dataset(&arguments.file)?;
    let mut rng = Pcg64Mcg::new(u128::from(arguments.seed) << 64 | 0x9E37_79B9_7F4A_7C15);
    let mut draw =
        |least: u32, most: u32| least + (((rng.next_u64() >> 32) * u64::from(most - least + 1)) >> 32) as u32;
    let mut rows = Vec::with_capacity(dataset.atoms.len());
    let (mut before, mut after) = (0u64, 0u64);
    for atom in dataset.atoms {
        let percent = u64::from(draw(arguments.least, arguments.most));
        let new = if draw(0, 999) < arguments.new_in_1000 { u64::from(draw(least, most)) } else { 0 };
        let households = u64::from(atom.households.unwrap_or(0));
        let later = (households * percent + 50) / 100 + new;
        // persons follow at the ratio they had; a new building has five for two households
        let persons = u64::from(atom.population.unwrap_or(0));
        let persons = (persons * percent + 50) / 100 + new * 5 / 2;
        before += households;
        after += later;
        let unit = dataset.jurisdictions[atom.unit.0 as usize].code.clone();
        let number = |n: u64| Ok::<_, std::num::TryFromIntError>(Value::Integer(i64::try_from(n)?));
        let fields =
            vec![("hh".into(), number(later)?), ("pop".into(), number(persons)?), ("unit".into(), Value::Text(unit))];
        rows.push(Row { geometry: Some(atom.shape), fields });
    }
    write_layer(&arguments.out, "atoms", &rows)?;
    println!("{} atoms, {before} households before, {after} after", rows.len());
    Ok(())
}
