//! Makes the bundled town: `cargo run --features tools --bin make_town -- --seed 7 --out data/town.gpkg`.

mod town;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use town::plane::Lattice;

/// Draws an invented Chinese district and writes it as a GeoPackage; the same seed gives the same bytes.
#[derive(Parser)]
struct Arguments {
    /// Decides everything that chance decides.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// File to write; an existing one is replaced.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    match make(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make_town: {error}");
            ExitCode::FAILURE
        }
    }
}

fn make(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut town = town::lots::cut(arguments.seed, town::skeleton::draw(arguments.seed));
    let buildings = town::houses::build(arguments.seed, &mut town);
    let registers = town::register::fill(arguments.seed, &town, &buildings);
    let jurisdictions = town::lines::jurisdictions(&registers.parcels);
    let streets = town::lines::streets(&town);
    let barriers = town::lines::barriers(&town);
    let outlines: Vec<Vec<Lattice>> =
        town.outlines.iter().map(|ring| ring.iter().map(|&p| Lattice::nearest(p)).collect()).collect();
    let totals = town::check::prove(&registers, &jurisdictions, &outlines)?;
    town::write::write(&arguments.out, &registers, &jurisdictions, &streets, &barriers)?;
    println!(
        "parcels {}, buildings {}, addresses {}, officers {}",
        registers.parcels.len(),
        registers.buildings.len(),
        registers.addresses.len(),
        registers.officers.len()
    );
    println!(
        "households {}, population {}, tower over the band {}",
        totals.households, totals.population, totals.oversize
    );
    for (community, total) in totals.by_community.iter().enumerate() {
        let parcels = registers.parcels.iter().filter(|p| p.community == community).count();
        println!(
            "{} {} households {total} parcels {parcels}",
            town::register::community_code(community),
            town::zones::COMMUNITIES[community].1
        );
    }
    Ok(())
}
