//! `GET /v1/reports/{id}/trail`: the way of a report, for whoever knows its id.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::serve::{App, Calendar, TrailStep};

use super::error::Problem;
use super::officers::OfficerCard;
use super::params::Segments;
use super::reports::lawful_id;
use super::wire::Position;

/// The way of a report, as its sender sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Trail {
    /// The report's id.
    id: String,
    /// What it is about.
    #[schema(example = "street light")]
    category: String,
    /// Its place, rounded to a thousandth of a degree (about 100 m) in both directions.
    near: Position,
    /// The grid it went to; null when it lies outside all.
    grid: Option<TrailGrid>,
    /// What happened, oldest first.
    steps: Vec<Step>,
    /// Who is responsible now, for that grid or, where it is no longer in force, for the one at its place; null when nobody
    /// is.
    responsible: Option<OfficerCard>,
}

/// The grid a report went to.
#[derive(Debug, Serialize, ToSchema)]
struct TrailGrid {
    /// Its code.
    #[schema(example = "310101001-004")]
    code: String,
    /// Its name then.
    name: String,
}

/// Something that happened to a report.
#[derive(Debug, Serialize, ToSchema)]
struct Step {
    /// `received`, `routed`, `outside`, `answered`, `closed` or `reopened`.
    #[schema(example = "routed")]
    kind: &'static str,
    /// When, RFC 3339.
    at: String,
    /// In English.
    en: String,
    /// In Chinese (zh-CN).
    zh: String,
    /// Who was responsible then; null where nobody was, or where it says nothing.
    officer: Option<OfficerCard>,
}

impl Step {
    fn new(step: TrailStep, calendar: &Calendar) -> Self {
        let TrailStep { kind, at_ms, en, zh, officer } = step;
        Self { kind, at: calendar.rfc3339(at_ms), en, zh, officer: officer.map(OfficerCard::from) }
    }
}

/// What happened to a report and whom to ask. Never its text, who sent it or where exactly it lies.
#[utoipa::path(
    get, path = "/v1/reports/{id}/trail", tag = "reports",
    params(("id" = String, Path, description = "Id of the report, as the answer to sending it gave it")),
    responses((status = 200, body = Trail))
)]
pub(super) async fn trail(State(app): State<Arc<App>>, Segments(id): Segments<String>) -> Result<Json<Trail>, Problem> {
    let trail = app.trail(lawful_id(&id)?).await?;
    let known = app.known();
    Ok(Json(Trail {
        id: trail.id,
        category: trail.category,
        near: trail.near.into(),
        grid: trail.grid.map(|(code, name)| TrailGrid { code, name }),
        steps: trail.steps.into_iter().map(|step| Step::new(step, &known.calendar)).collect(),
        responsible: trail.responsible.map(OfficerCard::from),
    }))
}
