//! `GET /v1/workspace`: what a client needs to know first.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::WorkspaceChange;
use crate::app::access::Caller;
use crate::app::serve::App;
use crate::plan::{self, Band};

use super::access::Asker;
use super::body::Body;
use super::error::Problem;
use super::guard::RequestId;
use super::session::login_word;
use super::tiles::detail;
use super::wire::{Attribute, Bounds, Box4, Publication};

/// The workspace and what it holds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Workspace {
    /// `none`: nobody signs in here; `required`: what is not public needs a sign-in.
    #[schema(example = "none")]
    login: &'static str,
    /// A name to show.
    name: String,
    /// `zh-CN` or `en`.
    #[schema(example = "zh-CN")]
    language: String,
    /// IANA name; a date means local midnight there.
    #[schema(example = "Asia/Shanghai")]
    time_zone: String,
    /// The date there now.
    #[schema(example = "2026-03-01")]
    today: String,
    /// What sizes count.
    attribute: Attribute,
    /// The band of sizes.
    bounds: Bounds,
    /// Levels of the administrative tree, the top one first.
    levels: Vec<Level>,
    /// The box around all grids in force; null when none are.
    #[schema(value_type = Option<Vec<f64>>)]
    envelope: Option<Box4>,
    /// How many there are.
    counts: Counts,
    /// The publication that came to hold last; null when none has.
    publication: Option<Publication>,
    /// Changes with the contents of tiles: `?v=` with it makes them cacheable for good. Null when nothing is in force.
    #[schema(example = "1.5f0c1b9a77d2")]
    tiles_version: Option<String>,
}

/// One level of the administrative tree.
#[derive(Debug, Serialize, ToSchema)]
struct Level {
    /// 1 is the top level.
    level: u8,
    /// What it is called.
    #[schema(example = "community")]
    level_name: String,
}

/// How many there are.
#[derive(Debug, Serialize, ToSchema)]
struct Counts {
    /// Atoms of the imports in force.
    atoms: u64,
    /// Jurisdictions of them.
    jurisdictions: u64,
    /// Grids in force.
    grids: u64,
    /// Reports ever received.
    reports: u64,
}

/// Name, time zone, band, levels and counts.
#[utoipa::path(get, path = "/v1/workspace", tag = "workspace", responses((status = 200, body = Workspace)))]
pub(super) async fn workspace(State(app): State<Arc<App>>, Asker(caller): Asker) -> Result<Json<Workspace>, Problem> {
    describe(&app, &caller).await
}

async fn describe(app: &App, caller: &Caller) -> Result<Json<Workspace>, Problem> {
    let known = app.known();
    let generation = app.current().await?;
    let settings = &known.workspace;
    let (mut attribute, mut band) = (plan::Attribute::Households, Band::HOUSEHOLDS);
    let mut levels = BTreeMap::new();
    let (mut atoms, mut jurisdictions, mut grids) = (0, 0, 0);
    if let Some(generation) = &generation {
        if let Some(from) = generation.latest() {
            (attribute, band) = (from.plan.attribute, from.plan.band);
        }
        for node in generation.tree().nodes() {
            levels.entry(node.jurisdiction.level).or_insert_with(|| node.jurisdiction.level_name.clone());
        }
        atoms = generation.imports().iter().map(|import| import.dataset.atoms.len() as u64).sum();
        jurisdictions = generation.tree().nodes().len() as u64;
        grids = generation.grids().len() as u64;
    } else if let Some(import) = app.imports().await?.pop() {
        if let Some(&first) = import.attributes.first() {
            attribute = first;
            band = if first == plan::Attribute::Population { Band::POPULATION } else { Band::HOUSEHOLDS };
        }
        (atoms, jurisdictions) = (import.atoms, import.jurisdictions);
    }
    Ok(Json(Workspace {
        login: login_word(app),
        name: settings.name.clone(),
        language: settings.language.clone(),
        time_zone: settings.time_zone.clone(),
        today: known.calendar.date(app.clock().now_ms()),
        attribute: attribute.into(),
        bounds: band.into(),
        levels: levels.into_iter().map(|(level, level_name)| Level { level, level_name }).collect(),
        envelope: generation.as_ref().and_then(|g| g.envelope()).map(|envelope| envelope.to_degrees()),
        counts: Counts { atoms, jurisdictions, grids, reports: app.report_count().await? },
        publication: generation.as_ref().and_then(|g| Publication::latest(g, &known.calendar)),
        tiles_version: generation.as_ref().map(|g| g.tiles_version(detail(caller))),
    }))
}

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkspacePatch {
    /// A name to show.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// `zh-CN` or `en`: the language of new grid names.
    #[schema(example = "zh-CN")]
    language: Option<String>,
    /// IANA name.
    #[schema(example = "Asia/Shanghai")]
    time_zone: Option<String>,
    /// How new grid codes are made.
    #[schema(example = "{parent}-{seq:03}")]
    code_scheme: Option<String>,
}

/// Changes the settings of the workspace.
#[utoipa::path(
    patch, path = "/v1/workspace", tag = "workspace", request_body = WorkspacePatch,
    responses((status = 200, body = Workspace))
)]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Body(body): Body<WorkspacePatch>,
) -> Result<Json<Workspace>, Problem> {
    let lawful =
        |name: &String| !name.trim().is_empty() && name.chars().count() <= 100 && !name.contains(char::is_control);
    if body.name.as_ref().is_some_and(|name| !lawful(name)) {
        return Err(Problem::field("name", "name must have 1 to 100 letters, without control characters"));
    }
    if body.language.as_ref().is_some_and(|language| !["zh-CN", "en"].contains(&language.as_str())) {
        return Err(Problem::field("language", "language is zh-CN or en"));
    }
    let scheme = body.code_scheme.as_deref().map(str::parse).transpose();
    let code_scheme =
        scheme.map_err(|error: crate::plan::CodeError| Problem::field("code_scheme", error.to_string()))?;
    let change = WorkspaceChange { name: body.name, language: body.language, time_zone: body.time_zone, code_scheme };
    app.change_workspace(&caller, &change, request).await?;
    describe(&app, &caller).await
}
