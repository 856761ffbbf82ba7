//! `wangge partition`

use clap::{Args, ValueEnum};

use super::bounds::OwnBounds;
use super::frontier::{self, Prices};
use super::planned::{answer, explain, show};
use super::progress::Terminal;
use super::spent::Since;
use super::{Outcome, act, print_json};
use crate::app::{self, Effort, Islands, Keep, PartitionRequest};
use crate::partition::Infeasible;
use crate::plan::{Attribute, Band};
use crate::store::{NestedIn, Open, PlanLevel, open};

/// Divide jurisdictions into grids within the bounds, as a draft plan
///
/// Grids are contiguous, their number is free, and both ends of the bounds are lawful. No grid crosses a jurisdiction of the
/// lowest level, unless --within says otherwise. Every grid that ends up outside carries the proof that it cannot be otherwise,
/// or is listed as not proven; --explain prints each with the cheapest ways out.
///
/// With --population-bounds beside households, grids keep to both counts at once.
///
/// With --level micro, the grids of a plan are divided into micro-grids (微网格), which stay a draft. With --level area, whole
/// communities (jurisdictions of the lowest level) are grouped into contiguous patrol areas (片区), which stay a draft, too.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wangge partition --store city.gpkg --bounds 300..500 --population-bounds 700..1300 --explain\n  wangge partition --store city.gpkg --within street --seconds 20 --json\n  wangge partition --store city.gpkg --level micro --bounds 30..60\n  wangge partition --store city.gpkg --bounds-of 310101002=200..400 --bounds-of-kind rural=150..300\n  wangge partition --store city.gpkg --keep-from 3 --lock 310101001-004,310101001-007\n  wangge partition --store city.gpkg --keep-from 3 --frontier"
)]
pub(super) struct Partition {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// Least and largest lawful size; 300..500 households, or 700..1300 persons where only persons are counted (micro-grids:
    /// 30..60, or 70..160; patrol areas: 1500..4000, or 5000..12000, the five-minute living circle of GB 50180-2018)
    #[arg(long, value_name = "L..U")]
    bounds: Option<Band>,
    /// Least and largest lawful number of persons, kept to beside the households; alone where only persons are counted
    #[arg(long, value_name = "L..U")]
    population_bounds: Option<Band>,
    #[command(flatten)]
    own_bounds: OwnBounds,
    /// Least and largest lawful size of exclusive grids (专属网格: wangge import --exclusive); any by default
    #[arg(long, value_name = "L..U")]
    exclusive_bounds: Option<Band>,
    /// What sizes count; households where the dataset has them
    #[arg(long, value_enum)]
    by: Option<By>,
    /// What is made
    #[arg(long, value_enum, default_value = "grid")]
    level: Level,
    /// With --level micro: the plan whose grids are divided; the newest plan of grids by default
    #[arg(long, value_name = "PLAN")]
    parent: Option<i64>,
    /// What no grid crosses: a level of jurisdictions, by the name it was imported with, or all for nothing; the lowest level by
    /// default, for patrol areas the one above it
    #[arg(long, value_name = "LEVEL|all")]
    within: Option<String>,
    /// Same input and seed, same plan
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What to prefer where no division keeps to the bounds
    #[arg(long, value_enum, default_value = "least")]
    infeasible: Prefer,
    /// Code of the jurisdiction to divide; everything by default
    #[arg(long, value_name = "CODE")]
    scope: Option<String>,
    /// The dataset; the newest by default
    #[arg(long, value_name = "ID")]
    dataset: Option<i64>,
    /// Boundary moves tried for each atom: more gives shorter borders and takes longer
    #[arg(long, value_name = "N", conflicts_with = "seconds", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    moves: Option<u32>,
    /// Search again and again for so long, and keep the best; another run may end with another plan
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: Option<u32>,
    /// Codes of grids that stay just as they are, of those in force (of --keep-from where that is given; of the newest plan while
    /// nothing is published)
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    lock: Vec<String>,
    /// Change the grids of this publication as little as needed
    #[arg(long, value_name = "GENERATION")]
    keep_from: Option<i64>,
    /// With --keep-from: metres of border it is worth that one household stays in its grid; more keeps more of them
    #[arg(long, value_name = "M", default_value_t = 2, requires = "keep_from", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    keep_price: u32,
    /// With --keep-from: divide for each of these prices, too (--keep-price), and show who moves against how long the borders are;
    /// 0,1,2,4,8,16,32 by default. The plan of --keep-price is kept, the others are only shown. Each takes as long as a partition
    /// by itself, and --seconds are those of each
    #[arg(long, value_name = "M,…", num_args = 0..=1, default_missing_value = "0,1,2,4,8,16,32", requires = "keep_from")]
    frontier: Option<Prices>,
    /// The number of grids in a unit (a jurisdiction of the level that grids keep to), for one or several of them
    #[arg(long, value_name = "CODE=N,…", value_delimiter = ',', value_parser = asked)]
    grids: Vec<(String, u32)>,
    /// What becomes of islands and other parts that share no border with the rest, where they are smaller than one grid
    #[arg(long, value_enum, default_value = "own")]
    islands: Parts,
    /// Print every grid outside with its proof and the cheapest ways out
    #[arg(long)]
    explain: bool,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Households
    Households,
    /// Persons
    Population,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Parts {
    /// Each is a grid of its own
    Own,
    /// Each goes with the nearest part of the same unit, as if a ferry joined them; listed as findings
    Nearest,
}

/// `CODE=N` of --grids.
fn asked(given: &str) -> Result<(String, u32), String> {
    let form = || format!("{given:?}: write the code of a unit and how many grids it is to have, such as 310101001=4");
    let (code, grids) = given.rsplit_once('=').ok_or_else(form)?;
    let grids = grids.trim().parse().ok().filter(|&grids: &u32| grids > 0).ok_or_else(form)?;
    Ok((code.trim().to_owned(), grids))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Grids in jurisdictions
    Grid,
    /// Micro-grids in the grids of a plan
    Micro,
    /// Patrol areas (片区) of whole communities, in the next level of jurisdictions up
    Area,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Prefer {
    /// Least total violation, then fewest grids outside
    Least,
    /// Fewest grids outside, then least total violation
    Fewest,
}

impl Partition {
    pub(super) async fn run(self) -> Outcome {
        let since = Since::now();
        let store = open(&self.store, Open::Existing).await?;
        let effort = match (self.moves, self.seconds) {
            (_, Some(seconds)) => Effort::Seconds(seconds),
            (Some(moves), None) => Effort::Moves(moves),
            (None, None) => Effort::Usual,
        };
        let request = PartitionRequest {
            dataset: self.dataset,
            attribute: self
                .by
                .map(|by| if by == By::Households { Attribute::Households } else { Attribute::Population }),
            band: self.bounds,
            population_band: self.population_bounds,
            exclusive_band: self.exclusive_bounds,
            own_bands: self.own_bounds.checked()?,
            level: match self.level {
                Level::Grid => PlanLevel::Grid,
                Level::Micro => PlanLevel::Micro,
                Level::Area => PlanLevel::Area,
            },
            parent: self.parent,
            nested_in: match self.within {
                None => NestedIn::Lowest,
                Some(word) if word == "all" => NestedIn::Nothing,
                Some(level) => NestedIn::Level(level),
            },
            seed: self.seed,
            infeasible: if self.infeasible == Prefer::Least {
                Infeasible::LeastViolation
            } else {
                Infeasible::FewestOutside
            },
            effort,
            scope: self.scope,
            lock: self.lock,
            grids: self.grids,
            islands: if self.islands == Parts::Nearest { Islands::Nearest } else { Islands::Own },
            keep: self.keep_from.map_or(Keep::Nothing, Keep::Publication),
            keep_m: self.keep_price,
            act: act(),
        };
        let watch = Terminal::new();
        let divided = match &self.frontier {
            Some(Prices(prices)) => {
                let frontier = app::frontier(store.as_ref(), &request, prices, &watch).await;
                frontier.map(|frontier| (frontier.planned.clone(), Some(frontier)))
            }
            None => app::partition(store.as_ref(), &request, &watch).await.map(|planned| (planned, None)),
        };
        watch.finish();
        let (planned, frontier) = divided?;
        store.close().await;
        if self.seconds.is_some() {
            eprintln!(
                "wangge: note: how far the search comes in --seconds depends on the machine: another run may end with another plan (--moves is the same every time)"
            );
        }
        let spent = Some(since.spent());
        if self.json {
            let mut answer = answer(&planned, spent);
            let frontier = frontier.as_ref().map(frontier::as_json);
            answer.extend(frontier.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)));
            return print_json(&answer);
        }
        show(&planned, spent);
        if let Some(frontier) = &frontier {
            frontier::table(frontier);
        }
        if self.explain && !self.json {
            explain(&planned.figures);
        }
        Ok(())
    }
}
