//! `wangge update`

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use serde_json::json;

use super::progress::Terminal;
use super::{Outcome, act, grouped, print_json, say};
use crate::app::{self, ChangedAtom, UpdateFields, UpdateRequest, Updated};
use crate::registry::Several;

/// Changes shown; all of them are in the new dataset.
const SHOWN: usize = 20;

/// Give the areas of the newest dataset households, persons and names from a table without geometry (台账)
///
/// XLSX, CSV (UTF-8, UTF-16, GBK) or any table GDAL reads. Rows are matched by code (--id), by compound and building number
/// (--compound with --number), or by address (--address); width, case, blanks, Chinese numerals and 号楼/栋/幢/座/# do not
/// matter. Rows of units and doors (单元, 室) of one building are added up; a building whose units are areas of their own is
/// shared out over them. Rows that match none or several are left; --repair-list writes them with the reason: fill in
/// the column code and give the list to the same command. The result is a new dataset; the old one stays.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("where").required(true).multiple(true).args(["id", "compound", "address"]),
    group = ArgGroup::new("what").required(true).multiple(true).args(["households", "population", "name"]),
    after_help = "Examples:\n  wangge update ledger.xlsx --store city.gpkg --compound 小区 --number 楼号 --households 户数 --dry-run\n  wangge update counts.csv --store city.gpkg --id code --households hh --population persons --repair-list left.xlsx"
)]
pub(super) struct UpdateCommand {
    /// The table
    file: PathBuf,
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// The sheet or layer, when the file has several
    #[arg(long)]
    layer: Option<String>,
    /// Field with the code of the area, or of the building it is a unit of
    #[arg(long, value_name = "FIELD")]
    id: Option<String>,
    /// Field with the compound (小区)
    #[arg(long, value_name = "FIELD", requires = "number")]
    compound: Option<String>,
    /// Field with the number of the building in its compound (楼号)
    #[arg(long, value_name = "FIELD", requires = "compound")]
    number: Option<String>,
    /// Field with the address
    #[arg(long, value_name = "FIELD")]
    address: Option<String>,
    /// Field with households (户数)
    #[arg(long, value_name = "FIELD")]
    households: Option<String>,
    /// Field with persons (人口)
    #[arg(long, value_name = "FIELD")]
    population: Option<String>,
    /// Field with the name to show
    #[arg(long, value_name = "FIELD")]
    name: Option<String>,
    /// What to do with rows that say the same place more than once
    #[arg(long, value_enum, default_value = "leave")]
    several: Rule,
    /// Only tell what would change
    #[arg(long)]
    dry_run: bool,
    /// Write the rows that could not be used to this new .xlsx or .csv file
    #[arg(long, value_name = "FILE")]
    repair_list: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Rule {
    /// Leave them, with the reason
    Leave,
    /// Add them up
    Sum,
}

impl UpdateCommand {
    pub(super) async fn run(self) -> Outcome {
        let fields = UpdateFields {
            id: self.id,
            compound: self.compound,
            number: self.number,
            address: self.address,
            households: self.households,
            population: self.population,
            name: self.name,
        };
        let request = UpdateRequest {
            path: self.file,
            layer: self.layer,
            fields,
            several: if self.several == Rule::Sum { Several::Sum } else { Several::Leave },
            dry_run: self.dry_run,
            repair_list: self.repair_list,
            act: act(),
        };
        let watch = Terminal::new();
        let updated = app::update(&self.store, &request, &watch).await;
        watch.finish();
        let updated = updated?;
        if self.json { print_json(&as_json(&updated, request.dry_run)) } else { show(&updated, &request) }
    }
}

fn as_json(updated: &Updated, dry_run: bool) -> serde_json::Value {
    let Updated { dataset, base, written, rows, matched, left, changed, before, after, .. } = updated;
    let ambiguous = left.iter().filter(|row| row.reason.is_ambiguous()).count();
    let change = |atom: &ChangedAtom| {
        json!({
            "code": atom.code, "name": atom.name, "households": [atom.households.0, atom.households.1],
            "population": [atom.population.0, atom.population.1],
        })
    };
    json!({
        "dataset": dataset, "base": base, "written": written, "dry_run": dry_run, "rows": rows, "matched": matched,
        "unmatched": left.len() - ambiguous, "ambiguous": ambiguous, "changed": changed.len(),
        "households_before": before.households, "households_after": after.households,
        "population_before": before.population, "population_after": after.population,
        "changes": changed.iter().map(change).collect::<Vec<_>>(),
        "left": left.iter().map(|row| json!({
            "row": row.row, "reason": row.reason.name(), "says": row.reason.words(), "candidates": row.candidates,
        })).collect::<Vec<_>>(),
    })
}

fn show(updated: &Updated, request: &UpdateRequest) -> Outcome {
    let number = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |n| grouped(n.into()));
    let mut lines = updated.changed.iter().take(SHOWN);
    lines.try_for_each(|atom| {
        let name = atom.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let mut what = Vec::new();
        for ((before, after), noun) in [(atom.households, "households"), (atom.population, "persons")] {
            if before != after {
                what.push(format!("{} → {} {noun}", number(before), number(after)));
            }
        }
        let what = if what.is_empty() { "now counted, or named".to_owned() } else { what.join(", ") };
        say(&format!("  {}{name}: {what}", atom.code));
        Ok::<(), super::Failure>(())
    })?;
    if updated.changed.len() > SHOWN {
        say(&format!("  and {} more", grouped((updated.changed.len() - SHOWN) as u64)));
    }
    let end = if request.dry_run {
        " (dry run: nothing was written)".to_owned()
    } else if updated.written {
        format!(", as dataset {}", updated.dataset)
    } else {
        "; nothing was written".to_owned()
    };
    say(&format!(
        "{} of {} rows used, {} areas changed: {} → {} households, {} → {} persons{end}",
        grouped(updated.matched),
        grouped(updated.rows),
        grouped(updated.changed.len() as u64),
        grouped(updated.before.households),
        grouped(updated.after.households),
        grouped(updated.before.population),
        grouped(updated.after.population),
    ));
    if !updated.left.is_empty() {
        let first: Vec<String> =
            updated.left.iter().take(3).map(|row| format!("row {}: {}", row.row, row.reason.words())).collect();
        let list = match &request.repair_list {
            Some(path) => format!("; they are in {}", path.display()),
            None => "; --repair-list FILE writes them out".to_owned(),
        };
        say(&format!("{} rows were left ({}){list}", grouped(updated.left.len() as u64), first.join("; ")));
    }
    Ok(())
}
