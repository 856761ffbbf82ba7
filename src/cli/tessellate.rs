//! `wangge tessellate`

use clap::Args;

use super::progress::Terminal;
use super::{Failure, Outcome, act, grouped, print_json, say};
use crate::app::{self, TessellateRequest, Tessellated};
use crate::atom::LineClass;
use crate::store::{Open, open};

/// Make atoms from streets and buildings: one cell for each building where people live, never across a street
///
/// Takes the newest input of each kind and source (wangge import --as streets, buildings, jurisdictions, landuse, totals). The
/// cells tile the jurisdictions exactly; each carries its households and persons and where those numbers come from: counted in a
/// field of the buildings, else shared out by floor area from totals. Then go on with wangge partition.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wangge import roads.shp --as streets --store town.gpkg\n  wangge import houses.shp --as buildings --store town.gpkg --households dwellings --levels storeys\n  wangge import border.shp --as jurisdictions --store town.gpkg --id code --name name\n  wangge tessellate --store town.gpkg"
)]
pub(super) struct Tessellate {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// A line that ends within so many metres of another one or of the boundary is led on to it; 5 by default
    #[arg(long, value_name = "M")]
    tolerance_m: Option<f64>,
    /// What no cell crosses: river,rail,arterial,street,wall by default; add path where footways bound the blocks
    #[arg(long, value_name = "CLASS[,CLASS…]", value_delimiter = ',')]
    dividing: Vec<LineClass>,
    /// Households of the whole town, shared out by floor area, where no input counts or totals any
    #[arg(long, value_name = "N")]
    total_households: Option<u32>,
    /// Persons of the whole town, likewise
    #[arg(long, value_name = "N")]
    total_population: Option<u32>,
    /// Where nothing is known: floor area of one household in m², such as 90
    #[arg(long, value_name = "M2")]
    m2_per_household: Option<f64>,
    /// A building of more households than this is divided into its units (单元), where their number is known
    #[arg(long, value_name = "N")]
    split_over: Option<u32>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Tessellate {
    pub(super) async fn run(self) -> Outcome {
        let mut request = TessellateRequest::new(act());
        if let Some(tolerance_m) = self.tolerance_m {
            request.settings.tolerance_m = tolerance_m;
        }
        if !self.dividing.is_empty() {
            request.settings.dividing = self.dividing.into_iter().collect();
        }
        if self.m2_per_household.is_some_and(|m2| !(m2 > 0.0 && m2.is_finite())) {
            return Err(Failure::Plain("--m2-per-household must be more than 0".to_owned()));
        }
        request.total_households = self.total_households;
        request.total_population = self.total_population;
        request.m2_per_household = self.m2_per_household;
        request.split_over = self.split_over.unwrap_or(request.split_over);
        let store = open(&self.store, Open::Existing).await?;
        let watch = Terminal::new();
        let made = app::tessellate(store.as_ref(), &request, &watch).await;
        watch.finish();
        store.close().await;
        show(&made?, self.json)
    }
}

fn show(made: &Tessellated, json: bool) -> Outcome {
    for note in &made.notes {
        eprintln!("wangge: note: {note}");
    }
    if made.already {
        eprintln!("wangge: note: the store holds the same already, as dataset {}; nothing was written", made.dataset);
    }
    if json {
        return print_json(made);
    }
    let kinds: Vec<String> = made.kinds.iter().map(|(kind, n)| format!("{} {kind}", grouped(*n))).collect();
    say(&format!(
        "dataset {}: {} atoms ({}) in {} jurisdictions; {} of {} inhabited buildings in exactly one",
        made.dataset,
        grouped(made.cells),
        kinds.join(", "),
        grouped(made.units),
        grouped(made.inhabited_in_one_cell),
        grouped(made.inhabited),
    ));
    let counted = |all: u64, counted: u64| match (all, counted) {
        (0, _) => "none".to_owned(),
        (all, counted) if all == counted => format!("{}, all counted", grouped(all)),
        (all, 0) => format!("{}, all estimated", grouped(all)),
        (all, counted) => format!("{}, {} of them counted", grouped(all), grouped(counted)),
    };
    say(&format!("households: {}", counted(made.households, made.households_counted)));
    say(&format!("persons: {}", counted(made.population, made.population_counted)));
    let lines: Vec<String> = made.lines_m.iter().map(|(class, m)| format!("{} m {class}", grouped(*m))).collect();
    say(&format!("along borders: {}", if lines.is_empty() { "no lines".to_owned() } else { lines.join(", ") }));
    let findings: Vec<String> = made.findings.iter().map(|(kind, n)| format!("{} {kind}", grouped(*n))).collect();
    if !findings.is_empty() {
        say(&format!("findings: {} (wangge export --layer findings lists them)", findings.join(", ")));
    }
    Ok(())
}
