//! `wangge import --as officers`: its options and answer.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::links::Between;
use super::progress::Terminal;
use super::{Failure, Outcome, act, grouped, print_json, say};
use crate::app::{self, AppError, BadRows, OfficersImported, OfficersRequest};
use crate::format::OfficerSource;
use crate::officer::{Column, Duty, Span};
use crate::store::{Open, open};

/// Wrong rows and changes shown before "and n more".
const SHOWN: usize = 200;

/// Which fields of a list of officers say what, and what becomes of those not in it.
#[derive(Debug, Args, Default, PartialEq, Eq)]
pub(super) struct OfficerOptions {
    /// Field with the officer's number (工号), given by the office; found by its usual names
    #[arg(long, value_name = "FIELD")]
    officer_id: Option<String>,
    /// Field with the public number of the desk on duty (值班电话)
    #[arg(long, value_name = "FIELD")]
    desk: Option<String>,
    /// Field with the private number (电话), for staff only
    #[arg(long, value_name = "FIELD")]
    phone: Option<String>,
    /// Field with the team (班组); a row with a team and no name is the team itself
    #[arg(long, value_name = "FIELD")]
    team: Option<String>,
    /// Field with the code of the grid (网格编码)
    #[arg(long, value_name = "FIELD")]
    grid: Option<String>,
    /// Field with the role (角色): 主责 or 副, primary or deputy; primary where there is no such field
    #[arg(long, value_name = "FIELD")]
    role: Option<String>,
    /// End duties that are not in the file on this date
    #[arg(long, value_name = "DATE")]
    replace_from: Option<String>,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
}

impl OfficerOptions {
    pub(super) async fn run(
        self,
        file: PathBuf,
        store: String,
        layer: Option<String>,
        name: Option<String>,
        span: Between,
        json: bool,
    ) -> Outcome {
        let fields = [
            (Column::Officer, self.officer_id),
            (Column::Name, name),
            (Column::Team, self.team),
            (Column::Desk, self.desk),
            (Column::Phone, self.phone),
            (Column::Grid, self.grid),
            (Column::Role, self.role),
            (Column::From, span.from),
            (Column::To, span.to),
        ];
        let fields = fields.into_iter().filter_map(|(column, field)| Some((column, field?))).collect();
        let dry_run = self.dry_run;
        let request = OfficersRequest {
            source: OfficerSource { path: file, layer, fields },
            replace_from: self.replace_from,
            dry_run,
            act: act(),
        };
        let store = open(&store, Open::Existing).await?;
        let watch = Terminal::new();
        let imported = app::import_officers(store.as_ref(), &request, &watch).await;
        watch.finish();
        store.close().await;
        let imported = match imported {
            Err(AppError::Rows(bad)) => return refuse(&bad, json),
            other => other?,
        };
        if json {
            return print_json(&answer(&imported, dry_run));
        }
        show(&imported, dry_run);
        Ok(())
    }
}

/// Names every wrong row, then fails in one line.
pub(super) fn refuse(bad: &BadRows, json: bool) -> Outcome {
    if json {
        let rows = bad
            .rows
            .iter()
            .map(|bad| json!({"row": bad.row, "field": bad.field, "value": bad.value, "problem": bad.problem}));
        print_json(&json!({ "problems": rows.collect::<Vec<Value>>() }))?;
    }
    for row in bad.rows.iter().take(SHOWN) {
        eprintln!("wangge: note: {row}");
    }
    if bad.rows.len() > SHOWN {
        eprintln!("wangge: note: and {} more (--json lists all)", bad.rows.len() - SHOWN);
    }
    Err(Failure::Plain(bad.to_string()))
}

/// No private number is in it: what a terminal shows ends up in logs and screenshots.
fn answer(imported: &OfficersImported, dry_run: bool) -> Value {
    let OfficersImported { rows, changes, calendar, .. } = imported;
    let duty = |duty: &Duty, span: Span| {
        json!({
            "officer": duty.officer, "grid": duty.grid, "role": duty.role.as_str(),
            "from": calendar.rfc3339(span.from_ms), "to": span.to_ms.map(|ms| calendar.rfc3339(ms)),
        })
    };
    let ended =
        changes.ended.iter().map(|ended| duty(&ended.duty, Span { to_ms: Some(ended.to_ms), ..ended.duty.span }));
    json!({
        "rows": rows, "dry_run": dry_run, "changed": !changes.is_empty(),
        "new_officers": changes.new_officers.iter().map(|officer| &officer.code).collect::<Vec<_>>(),
        "changed_officers": changes.changed_officers.iter().map(|(_, after)| &after.code).collect::<Vec<_>>(),
        "begun": changes.begun.iter().map(|begun| duty(begun, begun.span)).collect::<Vec<_>>(),
        "ended": ended.collect::<Vec<_>>(),
    })
}

fn show(imported: &OfficersImported, dry_run: bool) {
    let OfficersImported { rows, changes, roster, calendar } = imported;
    if dry_run {
        let name = |code: &str| {
            let new = changes.new_officers.iter().find(|officer| officer.code == code);
            new.or_else(|| roster.officer(code)).map_or("", |officer| officer.name.as_str())
        };
        let who =
            |duty: &Duty| format!("{} {} {} of {}", duty.officer, name(&duty.officer), duty.role.as_str(), duty.grid);
        let new = changes.new_officers.iter().map(|officer| format!("+ officer {} {}", officer.code, officer.name));
        let changed =
            changes.changed_officers.iter().map(|(_, after)| format!("~ officer {} {}", after.code, after.name));
        let ended =
            changes.ended.iter().map(|ended| format!("- {} until {}", who(&ended.duty), calendar.date(ended.to_ms)));
        let begun = changes.begun.iter().map(|duty| {
            let until = duty.span.to_ms.map(|ms| format!(" until {}", calendar.date(ms))).unwrap_or_default();
            format!("+ {} from {}{until}", who(duty), calendar.date(duty.span.from_ms))
        });
        let lines: Vec<String> = new.chain(changed).chain(ended).chain(begun).collect();
        lines.iter().take(SHOWN).for_each(|line| say(line));
        if lines.len() > SHOWN {
            say(&format!("and {} more (--json lists all)", lines.len() - SHOWN));
        }
    }
    let number = |count: usize| grouped(count as u64);
    say(&format!(
        "{} rows: {} officers new, {} changed; {} duties begin, {} end{}",
        grouped(*rows),
        number(changes.new_officers.len()),
        number(changes.changed_officers.len()),
        number(changes.begun.len()),
        number(changes.ended.len()),
        match (dry_run, changes.is_empty()) {
            (true, _) => " (dry run: nothing was changed)",
            (false, true) => ": the store holds all of it already",
            (false, false) => "",
        }
    ));
}
