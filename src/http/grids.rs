//! `GET /v1/grids`, `GET /v1/grids/{code}`: grids in force.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::serve::{App, Grid};

use super::access::Asker;
use super::error::Problem;
use super::locate::in_force;
use super::officers::OfficerCards;
use super::params::{Params, Segments};
use super::wire::{ChainLink, GridSummary, MultiPolygon, Publication, chain};

/// Grids a page holds when nothing is said.
const PAGE: u32 = 100;
/// Grids a page holds at most.
const PAGE_MOST: u32 = 1000;

/// A page of grids.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GridPage {
    /// By code.
    grids: Vec<GridSummary>,
    /// Give this as `after` for the next page; null on the last.
    next: Option<String>,
    /// How many there are on all pages together.
    total: u64,
}

/// A grid with its shape.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GridDetail {
    #[serde(flatten)]
    summary: GridSummary,
    /// The grid, its community, and so on upward.
    chain: Vec<ChainLink>,
    /// Where it lies.
    geometry: MultiPolygon,
    /// The publication that put it in force.
    publication: Publication,
    /// From when that holds, RFC 3339.
    valid_from: String,
    /// Until when; null while no later publication is recorded for its jurisdiction.
    valid_to: Option<String>,
    /// Who looks after it, at the instant asked for.
    officers: OfficerCards,
}

/// Grids in force, by code, a page at a time.
#[utoipa::path(
    get, path = "/v1/grids", tag = "grids",
    params(
        ("status" = Option<String>, Query, description = "Only grids of this status: in_band, under, over, uninhabited or unknown", example = "over"),
        ("jurisdiction" = Option<String>, Query, description = "Only grids in this jurisdiction, of any level"),
        ("at" = Option<String>, Query, description = "A date (local midnight) or an RFC 3339 instant; now when absent"),
        ("limit" = Option<u32>, Query, description = "Grids a page, 1 to 1000; 100 when absent"),
        ("after" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses((status = 200, body = GridPage))
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    params: Params,
) -> Result<Json<GridPage>, Problem> {
    const STATUSES: &str = "in_band, under, over, uninhabited or unknown";
    let status = params.optional("status", STATUSES)?;
    if let Some(status) =
        status.filter(|status| !["in_band", "under", "over", "uninhabited", "unknown"].contains(status))
    {
        let shown: String = status.chars().take(40).collect();
        return Err(Problem::parameter("status", format!("status={shown}: give {STATUSES}")));
    }
    let jurisdiction = params.optional("jurisdiction", "the code of a jurisdiction")?;
    let limit = params.number("limit", 1, PAGE_MOST, PAGE)? as usize;
    let after = params.optional("after", "`next` of the page before")?;
    let generation = in_force(&app, params.at_ms(&app)?).await?;
    if let Some(code) = jurisdiction.filter(|code| generation.tree().node(code).is_none()) {
        return Err(Problem::parameter(
            "jurisdiction",
            format!("there is no jurisdiction {code:?}: /v1/jurisdictions lists them"),
        ));
    }
    let wanted = |grid: &&Arc<Grid>| {
        status.is_none_or(|status| grid.record.status.as_str() == status)
            && jurisdiction.is_none_or(|code| grid.chain.iter().any(|link| link.level > 0 && link.code == code))
    };
    let all: Vec<&Arc<Grid>> = generation.grids().iter().filter(wanted).collect();
    let start = after.map_or(0, |after| all.partition_point(|grid| grid.record.code.as_str() <= after));
    let insight = caller.insight();
    let page = &all[start..all.len().min(start + limit)];
    let more = start + page.len() < all.len();
    Ok(Json(GridPage {
        grids: page.iter().map(|grid| GridSummary::new(grid, &insight)).collect(),
        next: page.last().filter(|_| more).map(|grid| grid.record.code.clone()),
        total: all.len() as u64,
    }))
}

/// One grid with its shape and owner chain.
#[utoipa::path(
    get, path = "/v1/grids/{code}", tag = "grids",
    params(
        ("code" = String, Path, description = "Code of the grid", example = "310101001-004"),
        ("at" = Option<String>, Query, description = "A date (local midnight) or an RFC 3339 instant; now when absent"),
    ),
    responses((status = 200, body = GridDetail))
)]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(code): Segments<String>,
    params: Params,
) -> Result<Json<GridDetail>, Problem> {
    let at_ms = params.at_ms(&app)?;
    let generation = in_force(&app, at_ms).await?;
    let known = app.known();
    let calendar = &known.calendar;
    let grid = generation.grid(&code).ok_or_else(|| {
        let shown: String = code.chars().take(100).collect();
        Problem::not_found(format!("no grid {shown:?} is in force at {}", calendar.rfc3339(at_ms)))
    })?;
    let valid_to_ms = app.valid_to_ms(grid).await?;
    Ok(Json(GridDetail {
        summary: GridSummary::new(grid, &caller.insight()),
        chain: chain(&grid.chain),
        geometry: MultiPolygon::from(&grid.record.shape),
        publication: Publication::new(&grid.publication, calendar),
        valid_from: calendar.rfc3339(grid.publication.effective_ms),
        valid_to: valid_to_ms.map(|ms| calendar.rfc3339(ms)),
        officers: app.cards(&code, at_ms).into(),
    }))
}
