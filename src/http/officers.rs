//! `GET /v1/grids/{code}/officers`: who looks after a grid, for anybody. `GET /v1/officers`: the list, for staff.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::serve::{App, Calendar, Card, Cards, Duty, Generation, Officer, Staffing};

use super::access::{Asker, OFFICER_READERS};
use super::error::Problem;
use super::locate::in_force;
use super::params::{Params, Segments};
use super::wire::{Box4, hundredth};

/// Officers a page holds when nothing is said.
const PAGE: u32 = 100;
/// Officers a page holds at most.
const PAGE_MOST: u32 = 1000;

/// What anybody may know of an officer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct OfficerCard {
    /// The person's name, or the team's.
    #[schema(example = "王芳")]
    name: String,
    /// `person` or `team`.
    #[schema(example = "person")]
    kind: &'static str,
    /// The team a person belongs to.
    team: Option<String>,
    /// The number of the desk on duty.
    #[schema(example = "021-62710001")]
    desk: Option<String>,
}

impl From<Card> for OfficerCard {
    fn from(card: Card) -> Self {
        let Card { name, kind, team, desk } = card;
        Self { name, kind: kind.as_str(), team, desk }
    }
}

/// Who looks after a grid.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct OfficerCards {
    /// Who is responsible; null when nobody is.
    primary: Option<OfficerCard>,
    /// Who stands in.
    deputies: Vec<OfficerCard>,
}

impl From<Cards> for OfficerCards {
    fn from(cards: Cards) -> Self {
        Self {
            primary: cards.primary.map(OfficerCard::from),
            deputies: cards.deputies.into_iter().map(OfficerCard::from).collect(),
        }
    }
}

/// Who looks after a grid at an instant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GridOfficers {
    /// Code of the grid.
    grid: String,
    /// The instant asked for, RFC 3339.
    at: String,
    #[serde(flatten)]
    cards: OfficerCards,
}

/// Who is responsible for a grid, and who stands in: names and numbers of the desk, nothing else.
#[utoipa::path(
    get, path = "/v1/grids/{code}/officers", tag = "officers",
    params(
        ("code" = String, Path, description = "Code of the grid", example = "310101001-004"),
        ("at" = Option<String>, Query, description = "A date (local midnight) or an RFC 3339 instant; now when absent"),
    ),
    responses((status = 200, body = GridOfficers))
)]
pub(super) async fn of_grid(
    State(app): State<Arc<App>>,
    Segments(code): Segments<String>,
    params: Params,
) -> Result<Json<GridOfficers>, Problem> {
    let at_ms = params.at_ms(&app)?;
    let generation = in_force(&app, at_ms).await?;
    let at = app.known().calendar.rfc3339(at_ms);
    if generation.grid(&code).is_none() {
        let shown: String = code.chars().take(100).collect();
        return Err(Problem::not_found(format!("no grid {shown:?} is in force at {at}")));
    }
    let cards = app.cards(&code, at_ms).into();
    Ok(Json(GridOfficers { grid: code, at, cards }))
}

/// A page of officers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OfficerPage {
    /// By code.
    officers: Vec<StaffOfficer>,
    /// Give this as `after` for the next page; null on the last.
    next: Option<String>,
    /// How many there are on all pages together.
    total: u64,
}

/// An officer as staff sees one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StaffOfficer {
    /// Given by the office (工号).
    #[schema(example = "W-007")]
    code: String,
    /// The person's name, or the team's.
    name: String,
    /// `person` or `team`.
    #[schema(example = "person")]
    kind: &'static str,
    /// The team a person belongs to.
    team: Option<String>,
    /// The public number of the desk.
    desk: Option<String>,
    /// A private number.
    phone: Option<String>,
    /// Who signs in as this officer.
    principal: Option<String>,
    /// Duties that hold at the instant asked for, or all there ever were; oldest first.
    duties: Vec<StaffDuty>,
}

/// A duty.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StaffDuty {
    /// Ascending.
    id: i64,
    /// Code of the grid.
    #[schema(example = "310101001-004")]
    grid: String,
    /// `primary` or `deputy`.
    #[schema(example = "primary")]
    role: &'static str,
    /// From this instant on, RFC 3339.
    from: String,
    /// Until this instant, itself not included; null while no end is known.
    to: Option<String>,
}

impl StaffDuty {
    fn new(duty: &Duty, calendar: &Calendar) -> Self {
        Self {
            id: duty.id,
            grid: duty.grid.clone(),
            role: duty.role.as_str(),
            from: calendar.rfc3339(duty.span.from_ms),
            to: duty.span.to_ms.map(|ms| calendar.rfc3339(ms)),
        }
    }
}

/// Officers with their numbers and duties, by code, a page at a time.
#[utoipa::path(
    get, path = "/v1/officers", tag = "officers",
    params(
        ("at" = Option<String>, Query, description = "Duties that hold at this date (local midnight) or RFC 3339 instant; now when absent"),
        ("history" = Option<bool>, Query, description = "true: all duties there ever were"),
        ("limit" = Option<u32>, Query, description = "Officers a page, 1 to 1000; 100 when absent"),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses((status = 200, body = OfficerPage))
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    params: Params,
) -> Result<Json<OfficerPage>, Problem> {
    let at_ms = params.at_ms(&app)?;
    let history = match params.optional("history", "true or false")? {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::parameter("history", "history: give true or false")),
    };
    let limit = params.number("limit", 1, PAGE_MOST, PAGE)? as usize;
    let after = params.optional("after", "`next` of the page before")?;
    let (roster, known) = (app.roster(), app.known());
    let (within, generation) = (caller.reach(OFFICER_READERS), app.generation(at_ms).await?);
    // whose scope is a part sees the officers of its grids, and of their duties those in its grids
    let seen = |duty: &Duty| {
        let grid = generation.as_ref().and_then(|generation| generation.grid(&duty.grid));
        within.is_everything() || grid.is_some_and(|grid| within.holds(grid.above()))
    };
    let own = |officer: &&Officer| within.is_everything() || roster.duties_of(&officer.code).any(seen);
    let all: Vec<&Officer> = roster.officers().iter().filter(own).collect();
    let start = after.map_or(0, |after| all.partition_point(|officer| officer.code.as_str() <= after));
    let page = &all[start..all.len().min(start + limit)];
    let more = start + page.len() < all.len();
    let duties = |officer: &Officer| {
        let own = roster.duties_of(&officer.code);
        own.filter(|duty| seen(duty) && (history || duty.span.holds(at_ms)))
            .map(|duty| StaffDuty::new(duty, &known.calendar))
            .collect()
    };
    let officers = page.iter().map(|officer| StaffOfficer {
        code: officer.code.clone(),
        name: officer.name.clone(),
        kind: officer.kind.as_str(),
        team: officer.team.clone(),
        desk: officer.desk.clone(),
        phone: officer.phone.clone(),
        principal: officer.principal.clone(),
        duties: duties(officer),
    });
    Ok(Json(OfficerPage {
        officers: officers.collect(),
        next: page.last().filter(|_| more).map(|officer| officer.code.clone()),
        total: all.len() as u64,
    }))
}

/// Officers of the grids in force, in figures and findings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StaffFigures {
    /// Officers with a duty in a grid in force.
    #[schema(example = 78)]
    officers: u64,
    /// Of them, those who are primary somewhere.
    primaries: u64,
    /// Grids in force without a primary officer.
    #[schema(example = 2)]
    without_officer: u64,
    /// Households a primary officer looks after, on average; null without any.
    households_mean: Option<f64>,
    /// The most households one primary officer looks after; null without any.
    households_max: Option<u64>,
    /// Grids without officer, persons with several grids, duties without grid. Empty while no list of officers was ever
    /// brought in.
    findings: Vec<StaffFinding>,
}

/// Something about officers that a person should look at.
#[derive(Debug, Serialize, ToSchema)]
struct StaffFinding {
    /// `no_officer`, `two_primaries` or `duty_without_grid`.
    #[schema(example = "no_officer")]
    kind: &'static str,
    /// Codes of the grids concerned.
    grids: Vec<String>,
    /// Code of the officer concerned; null when it is that there is none.
    officer: Option<String>,
    /// In English.
    en: String,
    /// In Chinese (zh-CN).
    zh: String,
    /// The box around the grids; null when none of them is in force.
    #[schema(value_type = Option<Vec<f64>>)]
    envelope: Option<Box4>,
}

impl StaffFigures {
    pub fn new(found: &Staffing, generation: &Generation) -> Self {
        let findings = found.findings.iter().map(|finding| {
            let grids = finding.grids();
            let envelopes = grids.iter().filter_map(|code| generation.grid(code)).map(|grid| grid.envelope);
            StaffFinding {
                kind: finding.kind(),
                officer: finding.officer().map(str::to_owned),
                en: finding.to_english(),
                zh: finding.to_chinese(),
                envelope: envelopes.reduce(crate::geom::Envelope::union).map(|envelope| envelope.to_degrees()),
                grids: grids.into_iter().map(str::to_owned).collect(),
            }
        });
        Self {
            officers: found.officers,
            primaries: found.primaries,
            without_officer: found.without_officer,
            households_mean: found.households_mean.map(hundredth),
            households_max: found.households_max.as_ref().map(|(households, _)| *households),
            findings: findings.collect(),
        }
    }
}
