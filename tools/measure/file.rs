//! An atom file as the measuring programs read it.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use wangge::atom::Dataset;
use wangge::crs::Crs;
use wangge::format::{AtomSource, CollapsedAtoms, NullHouseholds, read_atoms, unwatched};

/// Which file, and what its fields mean.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// Any file of polygons that GDAL reads, or .zst of it.
    file: PathBuf,
    /// The layer; without it, the only one that holds polygons and has the fields.
    #[arg(long)]
    layer: Option<String>,
    /// The field that counts households; nulls count as 0.
    #[arg(long)]
    pub households: Option<String>,
    /// The field that counts persons.
    #[arg(long)]
    pub population: Option<String>,
    /// The field with the code of the unit that grids stay within; the whole file is one unit without it.
    #[arg(long)]
    unit: Option<String>,
    /// The CRS; without it, the one the file states.
    #[arg(long)]
    crs: Option<Crs>,
}

/// Reads the file; features are named by their numbers.
pub fn dataset(arguments: &Arguments) -> Result<(Dataset, u64), Box<dyn Error>> {
    let source = AtomSource {
        path: arguments.file.clone(),
        layer: arguments.layer.clone(),
        crs: arguments.crs.clone(),
        households: arguments.households.clone(),
        population: arguments.population.clone(),
        jurisdiction: arguments.unit.iter().cloned().collect(),
        null_households: NullHouseholds::Uninhabited,
        collapsed: CollapsedAtoms::LeaveOut,
        ..AtomSource::default()
    };
    let (dataset, report) = read_atoms(&source, &unwatched)?;
    Ok((dataset, report.features))
}
