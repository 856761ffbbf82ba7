//! `wangge check`

use clap::Args;

use super::{Failure, Outcome, grouped, print_json, say};
use crate::app::{self, Audit};
use crate::store::{Open, open};

/// Outside grids shown before "and n more".
const SHOWN: usize = 40;

/// Look a plan over: bounds, contiguity, gaps, overlaps, areas, all counted again from the atoms
///
/// Exit code 1 when the plan is not whole (something owned twice, left over, or an area that does not add up), or with
/// --strict when anything at all was found.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wangge check --store city.gpkg --json")]
pub(super) struct Check {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// The plan; the newest by default
    #[arg(long, value_name = "ID")]
    plan: Option<i64>,
    /// Fail on grids outside the bounds, pieces and gaps, too
    #[arg(long)]
    strict: bool,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) async fn run(self) -> Outcome {
        let store = open(&self.store, Open::Existing).await?;
        let audit = app::check(store.as_ref(), self.plan).await?;
        if self.json {
            print_json(&audit)?;
        } else {
            show(&audit);
        }
        let clean = audit.outside.is_empty() && audit.noncontiguous == 0 && audit.gaps.count == 0;
        if audit.is_sound() && (clean || !self.strict) { Ok(()) } else { Err(Failure::Shown(1)) }
    }
}

fn show(audit: &Audit) {
    say(&format!(
        "plan {}: {} grids: {} within {}, {} outside, {} uninhabited{}",
        audit.plan,
        grouped(audit.grids),
        grouped(audit.in_bounds),
        audit.bounds,
        grouped(audit.outside.len() as u64),
        grouped(audit.uninhabited),
        if audit.unknown > 0 { format!(", {} of unknown size", grouped(audit.unknown)) } else { String::new() },
    ));
    let chinese = std::env::var("LANG").is_ok_and(|lang| lang.starts_with("zh"));
    for grid in audit.outside.iter().take(SHOWN) {
        let reason = if chinese { &grid.reason_zh } else { &grid.reason };
        let reason = reason.as_deref().unwrap_or_default();
        let size =
            if audit.attribute == crate::plan::Attribute::Households { Some(grid.households) } else { grid.population };
        say(&format!("  {} ({}): {reason}", grid.code, grouped(size.unwrap_or(0))));
    }
    if audit.outside.len() > SHOWN {
        say(&format!("  and {} more (--json lists all)", audit.outside.len() - SHOWN));
    }
    say(&format!(
        "{} not contiguous · {} gaps ({:.1} m²) · {} overlaps ({:.1} m²) · {} atoms unassigned · areas {}",
        audit.noncontiguous,
        audit.gaps.count,
        audit.gaps.area_m2,
        audit.overlaps.count,
        audit.overlaps.area_m2,
        audit.unassigned,
        if audit.area_ok { "add up exactly" } else { "DO NOT ADD UP" },
    ));
}
