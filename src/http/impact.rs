//! `GET /v1/plans/{id}/impact`: what putting a draft in force would change, before anybody does it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::serve::{App, Calendar, Impact};
use crate::format::table_csv;

use super::access::{Asker, PLAN_READERS, REPORT_READERS};
use super::draft::{fresh, revision};
use super::error::Problem;
use super::params::{Params, Segments};
use super::plans::plan_number;

/// Crossings and reports in JSON, at most; as CSV all of them.
const SHOWN: usize = 1_000;

/// So many of those there are.
#[derive(Debug, Serialize, ToSchema)]
struct ShareView {
    /// Those that change.
    changing: u64,
    /// All of them, in the scope of the plan.
    of: u64,
}

/// Ground that goes from one grid to another.
#[derive(Debug, Serialize, ToSchema)]
struct CrossingView {
    /// Code of the grid in force; null where none is.
    from: Option<String>,
    /// Code of the grid the draft would make; null where it leaves ground in none.
    to: Option<String>,
    /// Atoms.
    atoms: u64,
    /// Households in them, unknown as 0.
    households: u64,
    /// Persons in them, unknown as 0.
    population: u64,
}

/// A report that would go to another grid.
#[derive(Debug, Serialize, ToSchema)]
struct ReroutedView {
    /// Its id.
    report: String,
    /// What it is about.
    category: String,
    /// When it came, RFC 3339.
    received_at: String,
    /// The grid that owns its place now.
    from: Option<String>,
    /// The grid that would.
    to: Option<String>,
}

/// What an officer has and would have in the scope of the plan: now, and then.
#[derive(Debug, Serialize, ToSchema)]
struct LoadView {
    /// The officer's code.
    officer: String,
    /// And name.
    name: String,
    /// Grids.
    grids: [u64; 2],
    /// Households in them.
    households: [u64; 2],
    /// Grids above their bands.
    over: [u64; 2],
}

/// A code, and what becomes of it.
#[derive(Debug, Serialize, ToSchema)]
struct CodeView {
    /// The code.
    code: String,
    /// kept, changed, new or gone.
    fate: &'static str,
    /// Code of the officer who is responsible for it; null for nobody.
    officer: Option<String>,
    /// Households now, and then.
    households: [u64; 2],
}

/// What putting a draft in force would change, against what is in force now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImpactView {
    /// The plan.
    plan: i64,
    /// The revision.
    rev: i64,
    /// Households that get another grid.
    households: ShareView,
    /// Persons that do.
    population: ShareView,
    /// From where to where, most households first; the first 1,000.
    crossings: Vec<CrossingView>,
    /// Reports that were looked at: the newest 20,000.
    reports_looked_at: u64,
    /// How many of them would go elsewhere.
    reports_rerouted: u64,
    /// Those of them that the caller may read, newest first; the first 1,000.
    reports: Vec<ReroutedView>,
    /// Officers, by code.
    officers: Vec<LoadView>,
    /// Codes in the scope of the plan.
    codes: Vec<CodeView>,
}

impl ImpactView {
    fn new(plan: i64, impact: Impact, calendar: &Calendar) -> Self {
        let share = |share: crate::app::serve::Share| ShareView { changing: share.changing, of: share.of };
        let crossings = impact.crossings.into_iter().map(|crossing| {
            let crate::app::serve::Crossing { from, to, atoms, households, population } = crossing;
            CrossingView { from, to, atoms, households, population }
        });
        let reports = impact.rerouted.into_iter().map(|report| ReroutedView {
            received_at: calendar.rfc3339(report.received_ms),
            report: report.report,
            category: report.category,
            from: report.from,
            to: report.to,
        });
        let officers = impact.officers.into_iter().map(|load| LoadView {
            officer: load.officer,
            name: load.name,
            grids: load.grids,
            households: load.households,
            over: load.over,
        });
        let codes = impact.codes.into_iter().map(|code| CodeView {
            code: code.code,
            fate: code.fate.as_str(),
            officer: code.officer,
            households: code.households,
        });
        Self {
            plan,
            rev: impact.rev,
            households: share(impact.households),
            population: share(impact.population),
            crossings: crossings.collect(),
            reports_looked_at: impact.reports_looked_at,
            reports_rerouted: impact.reports_rerouted,
            reports: reports.collect(),
            officers: officers.collect(),
            codes: codes.collect(),
        }
    }

    /// A table as CSV, all of its rows.
    fn csv(&self, table: Table) -> Vec<u8> {
        let said = |text: &str| Some(text.to_owned());
        let number = |number: u64| Some(number.to_string());
        let both = |counts: [u64; 2]| counts.map(number);
        let (fields, rows): (&[&str], Vec<Vec<Option<String>>>) = match table {
            Table::Crossings => {
                let row = |row: &CrossingView| {
                    let counts = [row.atoms, row.households, row.population].map(number);
                    [row.from.clone(), row.to.clone()].into_iter().chain(counts).collect()
                };
                (&["from", "to", "atoms", "households", "population"], self.crossings.iter().map(row).collect())
            }
            Table::Reports => {
                let row = |row: &ReroutedView| {
                    let own = [&row.report, &row.category, &row.received_at].map(|text| said(text));
                    own.into_iter().chain([row.from.clone(), row.to.clone()]).collect()
                };
                (&["report", "category", "received_at", "from", "to"], self.reports.iter().map(row).collect())
            }
            Table::Officers => {
                let row = |row: &LoadView| {
                    let counts = [row.grids, row.households, row.over].into_iter().flat_map(both);
                    [said(&row.officer), said(&row.name)].into_iter().chain(counts).collect()
                };
                let fields = &[
                    "officer",
                    "name",
                    "grids_now",
                    "grids_then",
                    "households_now",
                    "households_then",
                    "over_now",
                    "over_then",
                ];
                (fields, self.officers.iter().map(row).collect())
            }
            Table::Codes => {
                let row = |row: &CodeView| {
                    let own = [said(&row.code), said(row.fate), row.officer.clone()];
                    own.into_iter().chain(both(row.households)).collect()
                };
                let fields = &["code", "fate", "officer", "households_now", "households_then"];
                (fields, self.codes.iter().map(row).collect())
            }
        };
        table_csv(&fields.iter().map(|&field| field.to_owned()).collect::<Vec<_>>(), &rows)
    }
}

/// A table of the answer.
#[derive(Debug, Clone, Copy)]
enum Table {
    Crossings,
    Reports,
    Officers,
    Codes,
}

fn table(params: &Params) -> Result<Option<Table>, Problem> {
    let allowed = "crossings, reports, officers or codes";
    let Some(given) = params.optional("table", allowed)? else { return Ok(None) };
    match given {
        "crossings" => Ok(Some(Table::Crossings)),
        "reports" => Ok(Some(Table::Reports)),
        "officers" => Ok(Some(Table::Officers)),
        "codes" => Ok(Some(Table::Codes)),
        _ => {
            let shown: String = given.chars().take(40).collect();
            Err(Problem::parameter("table", format!("table={shown}: give {allowed}")))
        }
    }
}

/// What putting a draft in force would change, against what is in force now: households that get another grid, reports that would go
/// elsewhere, what officers would have, what becomes of codes. Codes are those the plan would be published with; nothing is kept.
#[utoipa::path(
    get, path = "/v1/plans/{id}/impact", tag = "drafts",
    params(
        ("id" = i64, Path, description = "Number of the plan", example = 1),
        ("rev" = Option<i64>, Query, description = "A revision; the newest without it", example = 0),
        ("table" = Option<String>, Query, description = "crossings, reports, officers or codes: that one alone, whole, as CSV", example = "codes"),
    ),
    responses((status = 200, body = ImpactView, description = "JSON; `text/csv` with `table`"))
)]
pub(super) async fn impact(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
    params: Params,
) -> Result<Response, Problem> {
    let (id, table) = (plan_number(&id)?, table(&params)?);
    let impact = app.impact(&caller, id, PLAN_READERS, REPORT_READERS, revision(&params, "rev")?).await?;
    let mut view = ImpactView::new(id, impact, &app.known().calendar);
    let Some(table) = table else {
        view.crossings.truncate(SHOWN);
        view.reports.truncate(SHOWN);
        return Ok(fresh(view).into_response());
    };
    let rows = view.csv(table);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, rows).into_response())
}
