//! `wangge partition`

use clap::{Args, ValueEnum};
use serde_json::json;

use super::progress::Terminal;
use super::{Outcome, act, grouped, print_json, say};
use crate::app::{self, PartitionRequest};
use crate::partition::Infeasible;
use crate::plan::{Attribute, Band, Status};
use crate::store::{Open, open};

/// Divide every lowest jurisdiction into grids within the bounds, as a draft plan
///
/// Grids are contiguous, their number is free, and both ends of the bounds are lawful. Every grid that ends up outside
/// carries the reason (see wangge check).
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wangge partition --store city.gpkg --bounds 300..500 --seed 7")]
pub(super) struct Partition {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// Least and largest lawful size; 300..500 households, or 700..1300 persons where only persons are counted
    #[arg(long, value_name = "L..U")]
    bounds: Option<Band>,
    /// What sizes count; households where the dataset has them
    #[arg(long, value_enum)]
    by: Option<By>,
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
    #[arg(long, value_name = "N")]
    moves: Option<u32>,
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
enum Prefer {
    /// Least total violation, then fewest grids outside
    Least,
    /// Fewest grids outside, then least total violation
    Fewest,
}

impl Partition {
    pub(super) async fn run(self) -> Outcome {
        let store = open(&self.store, Open::Existing).await?;
        let request = PartitionRequest {
            dataset: self.dataset,
            attribute: self
                .by
                .map(|by| if by == By::Households { Attribute::Households } else { Attribute::Population }),
            band: self.bounds,
            seed: self.seed,
            infeasible: if self.infeasible == Prefer::Least {
                Infeasible::LeastViolation
            } else {
                Infeasible::FewestOutside
            },
            moves: self.moves,
            scope: self.scope,
            act: act(),
        };
        let watch = Terminal::new();
        let planned = app::partition(store.as_ref(), &request, &watch).await;
        watch.finish();
        let planned = planned?;
        store.close().await;
        show(&planned, self.json)
    }
}

/// A plan in one line, or as JSON.
pub(super) fn show(planned: &app::Planned, json: bool) -> Outcome {
    let number = |status| planned.grids.iter().filter(|grid| grid.status == status).count() as u64;
    let (in_band, uninhabited, unknown) =
        (number(Status::InBand), number(Status::Uninhabited), number(Status::Unknown));
    let outside = planned.grids.len() as u64 - in_band - uninhabited - unknown;
    if json {
        return print_json(&json!({
            "plan": planned.plan, "dataset": planned.dataset, "bounds": planned.band, "attribute": planned.attribute,
            "grids": planned.grids.len(), "in_bounds": in_band, "uninhabited": uninhabited, "unknown": unknown, "outside": outside,
        }));
    }
    let known = if unknown > 0 { format!(", {} of unknown size", grouped(unknown)) } else { String::new() };
    say(&format!(
        "plan {}: {} grids, {} within {}, {} outside, {} uninhabited{known}",
        planned.plan,
        grouped(planned.grids.len() as u64),
        grouped(in_band),
        planned.band,
        grouped(outside),
        grouped(uninhabited),
    ));
    Ok(())
}
