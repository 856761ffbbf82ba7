//! `wangge check`

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::planned::table;
use super::{Failure, Outcome, grouped, now_ms, print_json, say};
use crate::app::{self, Audit, AuditedLink};
use crate::officer::{OfficerFinding, Staffing};
use crate::store::{Open, PlanLevel, open};

/// Outside grids shown before "and n more".
const SHOWN: usize = 40;

/// Look a plan over: bounds, contiguity, gaps, overlaps, areas, all counted again from the atoms
///
/// Officers are looked over too, in the grids in force: who is missing, who has several grids, which duties have no grid.
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
    /// Date at which officers are looked over: a day (local midnight) or an instant; now by default
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// Fail on grids outside the bounds, pieces and gaps, too
    #[arg(long)]
    strict: bool,
    /// Show instead what was mended when the areas came in: totals by kind, widths, areas before and after, the largest
    #[arg(long)]
    repair_report: bool,
    /// Write the repairs as a layer: .gpkg, .geojson, .fgb, .shp.zip or .csv
    #[arg(long, value_name = "FILE", requires = "repair_report")]
    out: Option<std::path::PathBuf>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) async fn run(self) -> Outcome {
        let store = open(&self.store, Open::Existing).await?;
        if self.repair_report {
            return super::repairs::run(store.as_ref(), self.plan, self.out.as_deref(), self.json).await;
        }
        let audit = app::check(store.as_ref(), self.plan).await?;
        let (at, officers) = app::check_officers(store.as_ref(), self.at.as_deref(), now_ms()).await?;
        if self.json {
            let officers = officers.as_ref().map(|found| staffing_json(&at, found));
            print_json(&Answer { audit: &audit, officers })?;
        } else {
            show(&audit);
            if let Some(found) = &officers {
                show_officers(&at, found);
            }
        }
        let clean = audit.outside.is_empty() && audit.noncontiguous == 0 && audit.gaps.count == 0;
        if audit.is_sound() && (clean || !self.strict) { Ok(()) } else { Err(Failure::Shown(1)) }
    }
}

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    audit: &'a Audit,
    /// Null while no list of officers was ever brought in.
    officers: Option<Value>,
}

fn staffing_json(at: &str, found: &Staffing) -> Value {
    let finding = |finding: &OfficerFinding| {
        json!({
            "kind": finding.kind(), "grids": finding.grids(), "officer": finding.officer(),
            "en": finding.to_english(), "zh": finding.to_chinese(),
        })
    };
    json!({
        "at": at, "officers": found.officers, "primaries": found.primaries, "grids": found.grids,
        "without_officer": found.without_officer, "two_primaries": number(found, "two_primaries"),
        "duty_without_grid": number(found, "duty_without_grid"), "households_mean": found.households_mean,
        "households_max": found.households_max.as_ref().map(|(households, _)| households),
        "findings": found.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn number(found: &Staffing, kind: &str) -> u64 {
    found.findings.iter().filter(|finding| finding.kind() == kind).count() as u64
}

fn show_officers(at: &str, found: &Staffing) {
    let load = match (found.households_mean, &found.households_max) {
        (Some(mean), Some((most, officer))) => {
            format!("; {mean:.0} households for each primary, {} at most ({officer})", grouped(*most))
        }
        _ => String::new(),
    };
    say(&format!(
        "officers on {at}: {} on duty in {} grids in force: {} grids without officer, {} persons with several, {} duties \
         without grid{load}",
        grouped(found.officers),
        grouped(found.grids),
        grouped(found.without_officer),
        grouped(number(found, "two_primaries")),
        grouped(number(found, "duty_without_grid")),
    ));
    let chinese = in_chinese();
    for finding in found.findings.iter().take(SHOWN) {
        say(&format!("  {}", if chinese { finding.to_chinese() } else { finding.to_english() }));
    }
    if found.findings.len() > SHOWN {
        say(&format!("  and {} more (--json lists all)", found.findings.len() - SHOWN));
    }
}

pub(super) fn in_chinese() -> bool {
    std::env::var("LANG").is_ok_and(|lang| lang.starts_with("zh"))
}

fn show(audit: &Audit) {
    say(&format!(
        "plan {}: {} {}: {} within {}, {} outside, {} uninhabited{}",
        audit.plan,
        grouped(audit.grids),
        PlanLevel::from_word(audit.level).many(),
        grouped(audit.in_bounds),
        audit.other_bounds.map_or_else(|| audit.bounds.to_string(), |other| format!("{} and {other}", audit.bounds)),
        grouped(audit.outside.len() as u64),
        grouped(audit.uninhabited),
        if audit.unknown > 0 { format!(", {} of unknown size", grouped(audit.unknown)) } else { String::new() },
    ));
    let chinese = in_chinese();
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
    if !audit.ferry_codes.is_empty() {
        say(&format!("hanging together by a ferry alone: {}", audit.ferry_codes.join(", ")));
    }
    let link = |link: &AuditedLink| {
        let name = link.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        format!("{}{name} between {} and {}", link.kind, link.from, link.to)
    };
    for held in &audit.links {
        say(&format!(
            "hanging together by a declared link: {} ({})",
            held.grid.as_deref().unwrap_or_default(),
            link(held)
        ));
    }
    for lost in &audit.lost_links {
        say(&format!("a declared link joins nothing, not both areas are in dataset {}: {}", audit.dataset, link(lost)));
    }
    table(&audit.figures);
}
