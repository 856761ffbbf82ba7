//! `GET /v1/plans`, `GET /v1/plans/{id}`, `POST …/state`, `POST …/publish`: plans, drafts included.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::serve::{App, Calendar, PlanRecord, PlanStatus};

use super::access::{Asker, PLAN_READERS};
use super::body::Body;
use super::error::Problem;
use super::guard::RequestId;
use super::params::Segments;
use super::wire::{Attribute, Bounds, Publication, Reason};

/// All plans.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Plans {
    /// Oldest first.
    plans: Vec<Plan>,
}

/// A plan in short.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Plan {
    /// Ascending in time.
    id: i64,
    /// The import it is made on.
    dataset: i64,
    /// Code of the jurisdiction it covers; null = the whole import.
    scope: Option<String>,
    /// `partition`, `adopt` or `redrawn`.
    #[schema(example = "partition")]
    origin: String,
    /// `draft`; `put_away` for a draft that was put away; `published` once it was put in force, itself or as it was redrawn.
    #[schema(example = "published")]
    status: &'static str,
    /// What sizes count.
    attribute: Attribute,
    /// The band.
    bounds: Bounds,
    /// The band of the other count, where the plan keeps to two.
    other_bounds: Option<Bounds>,
    /// `grid`, `micro` for micro-grids in the grids of another plan, or `area` for patrol areas of whole communities.
    #[schema(example = "grid")]
    level: &'static str,
    /// The plan whose grids it divides, of a plan of micro-grids.
    parent: Option<i64>,
    /// The plan that it is as that was redrawn by hand.
    redrawn_from: Option<i64>,
    /// What no grid crosses: the name of a level of jurisdictions, `*` for nothing, null for the lowest level.
    nested_in: Option<String>,
    /// Seed of the partition.
    seed: u64,
    /// Grids in all.
    grids: u64,
    /// Within the band.
    in_band: u64,
    /// Where nobody lives.
    uninhabited: u64,
    /// Where the source does not say how many live.
    unknown: u64,
    /// Outside the band.
    outside: u64,
    /// When it was made, RFC 3339.
    created_at: String,
}

/// A plan with its grids outside the band.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanDetail {
    #[serde(flatten)]
    summary: Plan,
    /// By code.
    outside_grids: Vec<OutsideGrid>,
    /// What was measured when it was made: grids by band and proof, borders by what runs along them, compactness, who keeps their grid, and
    /// for each grid outside its certificate with ways out. Null for plans of before it was measured.
    #[schema(value_type = Option<Object>)]
    figures: Option<serde_json::Value>,
}

/// A grid outside the band.
#[derive(Debug, Serialize, ToSchema)]
struct OutsideGrid {
    /// Its code.
    code: String,
    /// Households in it.
    households: u64,
    /// Persons in it, where they are counted.
    population: Option<u64>,
    /// Why.
    reason: Option<Reason>,
}

impl Plan {
    fn new(record: PlanRecord, calendar: &Calendar) -> Self {
        Self {
            id: record.id,
            dataset: record.dataset,
            scope: record.scope,
            origin: record.origin,
            status: match record.status {
                PlanStatus::Draft => "draft",
                PlanStatus::PutAway => "put_away",
                PlanStatus::Published => "published",
            },
            attribute: record.attribute.into(),
            bounds: record.band.into(),
            other_bounds: record.terms.other_band.map(Bounds::from),
            level: record.terms.level.as_str(),
            parent: record.terms.parent,
            redrawn_from: record.terms.redrawn.map(|redrawn| redrawn.base),
            nested_in: record.terms.nested_in.to_word().map(str::to_owned),
            seed: record.seed,
            grids: record.grids,
            in_band: record.in_band,
            uninhabited: record.uninhabited,
            unknown: record.unknown,
            outside: record.grids.saturating_sub(record.in_band + record.uninhabited + record.unknown),
            created_at: calendar.rfc3339(record.recorded_ms),
        }
    }
}

/// All plans in the caller's scope, oldest first.
#[utoipa::path(get, path = "/v1/plans", tag = "plans", responses((status = 200, body = Plans)))]
pub(super) async fn list(State(app): State<Arc<App>>, Asker(caller): Asker) -> Result<Json<Plans>, Problem> {
    let known = app.known();
    let within = caller.reach(PLAN_READERS);
    let mut plans = Vec::new();
    for record in app.plans().await? {
        if app.plan_within(&within, &record).await? {
            plans.push(Plan::new(record, &known.calendar));
        }
    }
    Ok(Json(Plans { plans }))
}

/// One plan, with its grids outside the band and why.
#[utoipa::path(
    get, path = "/v1/plans/{id}", tag = "plans",
    params(("id" = i64, Path, description = "Number of the plan", example = 1)),
    responses((status = 200, body = PlanDetail))
)]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
) -> Result<Json<PlanDetail>, Problem> {
    let plan = match id.parse() {
        Ok(number) => app.plan(number).await?,
        Err(_) => None,
    };
    let (record, outside) = plan.ok_or_else(|| unknown(&id))?;
    if !app.plan_within(&caller.reach(PLAN_READERS), &record).await? {
        return Err(Problem::forbidden(format!("plan {} is not within your scope", record.id)));
    }
    let outside_grids = outside.into_iter().map(|grid| OutsideGrid {
        households: grid.households,
        population: grid.population,
        reason: grid.reason.as_ref().map(Reason::from),
        code: grid.code,
    });
    let known = app.known();
    let figures = record.terms.figures.clone();
    let summary = Plan::new(record, &known.calendar);
    Ok(Json(PlanDetail { summary, outside_grids: outside_grids.collect(), figures }))
}

/// The number of a plan in a path.
pub(super) fn plan_number(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_| unknown(id))
}

fn unknown(id: &str) -> Problem {
    let shown: String = id.chars().take(100).collect();
    Problem::not_found(format!("there is no plan {shown:?}: /v1/plans lists them"))
}

/// What is to become of a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StateBody {
    /// `put_away`, or `draft` to take it back.
    #[schema(example = "put_away")]
    state: String,
}

/// Puts a draft away, or takes it back. Nothing of it is lost: it still opens, takes operations and can be put in force; it is only no more
/// among those that somebody means to go on with, nor taken where no plan is named. What is so already is not written again.
#[utoipa::path(
    post, path = "/v1/plans/{id}/state", tag = "plans", request_body = StateBody,
    params(("id" = i64, Path, description = "Number of the plan", example = 1)),
    responses((status = 200, body = Plan), (status = 409, description = "It was put in force"))
)]
pub(super) async fn state(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Segments(id): Segments<String>,
    Body(body): Body<StateBody>,
) -> Result<Json<Plan>, Problem> {
    let away = match body.state.as_str() {
        "put_away" => true,
        "draft" => false,
        other => {
            let shown: String = other.chars().take(40).collect();
            return Err(Problem::field("state", format!("state={shown:?} is none of a draft: say put_away or draft")));
        }
    };
    let record = app.put_draft_away(&caller, plan_number(&id)?, away, request).await?;
    Ok(Json(Plan::new(record, &app.known().calendar)))
}

/// From when a plan is to hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishBody {
    /// A date (local midnight) or an RFC 3339 instant; today when absent.
    #[schema(example = "2027-01-01")]
    effective: Option<String>,
}

/// Puts a plan in force from a date on. Earlier publications stay answerable. A plan that was redrawn is put in force as it is now: it is
/// kept as a plan of its own (`redrawn_from`), grids that go on keep their codes, new ones are numbered, and the draft takes no more operations.
#[utoipa::path(
    post, path = "/v1/plans/{id}/publish", tag = "plans", request_body = PublishBody,
    params(("id" = i64, Path, description = "Number of the plan", example = 1)),
    responses(
        (status = 201, body = Publication),
        (status = 409, description = "Another publication has come since the plan was made, a code is used, or a redrawn plan leaves atoms over or crosses what its grids nest in"),
    )
)]
pub(super) async fn publish(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Segments(id): Segments<String>,
    Body(body): Body<PublishBody>,
) -> Result<(StatusCode, Json<Publication>), Problem> {
    let number = plan_number(&id)?;
    let publication = app.publish_plan(&caller, number, body.effective, request).await?;
    Ok((StatusCode::CREATED, Json(Publication::new(&publication, &app.known().calendar))))
}
