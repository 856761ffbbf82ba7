//! `GET /v1/plans/{id}/draft`, `…/assignment`, `GET /v1/topologies/{hash}`: what a page needs to redraw a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::access::Role;
use crate::app::serve::{App, Coding, DraftError};
use crate::plan::{self, Attribute as Counts};

use super::access::{Asker, PLAN_READERS, PLANNERS};
use super::error::Problem;
use super::params::{Params, Segments};
use super::plans::plan_number;
use super::tag::is_known;
use super::tiles;
use super::wire::{Attribute, Bounds};

/// The type of a topology.
const TOPOLOGY: &str = "application/vnd.wangge.topology";
/// An answer that is not to be kept.
pub(super) type Fresh<T> = ([(header::HeaderName, HeaderValue); 1], Json<T>);

/// Says that nobody is to keep what changes with every stroke.
pub(super) fn fresh<T>(answer: T) -> Fresh<T> {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(answer))
}

/// What the grids of a plan count, and the bands they keep to.
#[derive(Debug, Serialize, ToSchema)]
struct CountedView {
    /// The count the plan divides by.
    attribute: Attribute,
    /// Its band.
    band: Bounds,
    /// The band of the other count, where both are kept to.
    other: Option<Bounds>,
}

impl From<plan::Counted> for CountedView {
    fn from(counted: plan::Counted) -> Self {
        let plan::Counted { attribute, band, other } = counted;
        Self { attribute: attribute.into(), band: band.into(), other: other.map(Bounds::from) }
    }
}

/// Where the topology of a plan's dataset is.
#[derive(Debug, Serialize, ToSchema)]
struct TopologyView {
    /// SHA-256 of its bytes, in hex.
    hash: String,
    /// Where to get it.
    #[schema(example = "/v1/topologies/9f86d081884c7d65")]
    href: String,
    /// How many bytes it has, as it is.
    bytes: u64,
}

/// Which counts a dataset has.
#[derive(Debug, Serialize, ToSchema)]
struct Has {
    /// Households.
    households: bool,
    /// Persons.
    population: bool,
}

/// What grids may not cross: a jurisdiction, a grid of the plan above, the ground of an exclusive grid.
#[derive(Debug, Serialize, ToSchema)]
struct NestView {
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// What its grids count and keep to, where that is not as in the rest of the plan.
    counted: Option<CountedView>,
    /// Whether it is one exclusive grid.
    exclusive: bool,
}

/// What stays as it is however a plan is redrawn, and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DraftView {
    /// The plan.
    plan: i64,
    /// The newest revision.
    rev: i64,
    /// Whether the caller may redraw it.
    can_edit: bool,
    /// Atoms, jurisdictions and borders of its dataset.
    topology: TopologyView,
    /// What its grids count, and the bands they keep to.
    counted: CountedView,
    /// Which counts there are.
    has: Has,
    /// What grids may not cross.
    nests: Vec<NestView>,
    /// Pairs of a position in `nests` (-1 = outside the plan's scope) and of how many atoms in a row lie in it.
    #[schema(example = json!([0, 812, 1, 640, -1, 20]))]
    nest_runs: Vec<i64>,
    /// Positions of atoms that count as neighbours in this plan alone.
    links: Vec<[u32; 2]>,
}

/// A grid of a draft.
#[derive(Debug, Serialize, ToSchema)]
struct GridView {
    /// Its id, by which operations name it.
    id: String,
    /// Its code; empty for one that was drawn, until it is published.
    code: String,
    /// Its name.
    name: String,
    /// Whether it is locked.
    locked: bool,
}

/// Which atom is in which grid.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AssignmentView {
    /// The revision.
    rev: i64,
    /// Its grids.
    grids: Vec<GridView>,
    /// Pairs of a position in `grids` (-1 = none) and of how many atoms in a row are in it.
    #[schema(example = json!([0, 49, 1, 51, -1, 3]))]
    atom_runs: Vec<i64>,
    /// Locked atoms: pairs of how many to skip and how many to take.
    #[schema(example = json!([0, 4]))]
    locked: Vec<u32>,
    /// Problems that were accepted, with the reasons.
    accepted: BTreeMap<String, String>,
}

/// Values of atoms as pairs of a value (-1 for nothing) and of how many in a row have it.
fn runs(values: impl IntoIterator<Item = Option<u32>>) -> Vec<i64> {
    let mut runs: Vec<i64> = Vec::new();
    for value in values {
        let value = value.map_or(-1, i64::from);
        match runs.as_mut_slice() {
            [.., last, count] if *last == value => *count += 1,
            _ => runs.extend([value, 1]),
        }
    }
    runs
}

/// What a page needs to redraw a plan, but for its topology and its assignment.
#[utoipa::path(
    get, path = "/v1/plans/{id}/draft", tag = "drafts",
    params(("id" = i64, Path, description = "Number of the plan", example = 1)),
    responses((status = 200, body = DraftView), (status = 409, description = "The plan was put in force and is a draft no more"))
)]
pub(super) async fn draft(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
) -> Result<Fresh<DraftView>, Problem> {
    let id = plan_number(&id)?;
    let live = app.draft(&caller, id, PLAN_READERS).await?;
    let (rev, publication) = live.stand().await;
    if let Some(publication) = publication {
        return Err(DraftError::Published { plan: id, publication }.into());
    }
    let topology = app.draft_topology(&live).await?;
    let frame = live.frame();
    let can_edit = app.plan_within(&caller.reach(PLANNERS), &frame.plan).await?;
    let has = |attribute: Counts| frame.has.contains(&attribute);
    let nests = frame.nests.iter().map(|nest| NestView {
        code: nest.code.clone(),
        name: nest.name.clone(),
        counted: nest.counted.map(CountedView::from),
        exclusive: nest.exclusive,
    });
    Ok(fresh(DraftView {
        plan: id,
        rev,
        can_edit,
        topology: TopologyView {
            hash: topology.hash().to_owned(),
            href: format!("/v1/topologies/{}", topology.hash()),
            bytes: topology.bytes() as u64,
        },
        counted: frame.counted.into(),
        has: Has { households: has(Counts::Households), population: has(Counts::Population) },
        nests: nests.collect(),
        nest_runs: runs(frame.nest.iter().copied()),
        links: frame.links.iter().map(|&(a, b)| [a, b]).collect(),
    }))
}

/// Which atom is in which grid, at any revision of a draft.
#[utoipa::path(
    get, path = "/v1/plans/{id}/assignment", tag = "drafts",
    params(
        ("id" = i64, Path, description = "Number of the plan", example = 1),
        ("rev" = Option<i64>, Query, description = "The revision; the newest when absent", example = 0),
    ),
    responses((status = 200, body = AssignmentView))
)]
pub(super) async fn assignment(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
    params: Params,
) -> Result<Fresh<AssignmentView>, Problem> {
    let rev = revision(&params, "rev")?;
    let live = app.draft(&caller, plan_number(&id)?, PLAN_READERS).await?;
    let (rev, draft) = app.draft_at(&live, rev).await?;
    let grids = draft.grids().map(|(id, drawn)| GridView {
        id: id.0.clone(),
        code: drawn.code.clone(),
        name: drawn.name.clone(),
        locked: drawn.locked,
    });
    Ok(fresh(AssignmentView {
        rev,
        grids: grids.collect(),
        atom_runs: runs(draft.positions()),
        locked: draft.locked().0,
        accepted: draft.accepted().clone(),
    }))
}

/// A revision among the parameters.
pub(super) fn revision(params: &Params, name: &str) -> Result<Option<i64>, Problem> {
    let allowed = "a revision: a whole number from 0";
    let Some(given) = params.optional(name, allowed)? else { return Ok(None) };
    let shown: String = given.chars().take(40).collect();
    let number = given.parse().ok().filter(|rev: &i64| *rev >= 0);
    number.map(Some).ok_or_else(|| Problem::parameter(name, format!("{name}={shown}: give {allowed}")))
}

/// Atoms, jurisdictions, borders and neighbours of a dataset, as columns of numbers; what a page redraws plans on. It never changes.
#[utoipa::path(
    get, path = "/v1/topologies/{hash}", tag = "drafts",
    params(("hash" = String, Path, description = "The hash that `GET /v1/plans/{id}/draft` says", example = "9f86d081884c7d65")),
    responses((status = 200, content_type = "application/vnd.wangge.topology", body = Vec<u8>))
)]
pub(super) async fn topology(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(hash): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let roles: &[Role] = PLAN_READERS;
    let lawful = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let found = if lawful { app.topology(&caller, roles, &hash).await.map_err(DraftError::from)? } else { None };
    let Some(topology) = found else {
        let shown: String = hash.chars().take(64).collect();
        let detail = format!("there is no topology {shown:?} of a plan of yours: ask GET /v1/plans/{{id}}/draft again");
        return Err(Problem::not_found(detail));
    };
    let tag = format!("\"{}\"", topology.hash());
    let mut response = Response::new(Body::empty());
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
    own.insert(header::ETAG, HeaderValue::from_str(&tag).expect("quotes and hex"));
    own.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_known(&headers, tag.as_bytes()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let coding = coding(&headers).ok_or_else(Problem::not_acceptable)?;
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(TOPOLOGY));
    if let Some(word) = coding.word() {
        own.insert(header::CONTENT_ENCODING, HeaderValue::from_static(word));
    }
    let bytes = tokio::task::spawn_blocking(move || topology.packed(coding)).await?;
    *response.body_mut() = Body::from(Bytes::from_owner(bytes));
    Ok(response)
}

/// Brotli where it is taken as gladly as anything, which is a quarter smaller; else gzip, else as it is.
fn coding(headers: &HeaderMap) -> Option<Coding> {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let brotli = values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case("br"));
    if brotli {
        return Some(Coding::Brotli);
    }
    tiles::coding(headers).map(|coding| if coding == Coding::Zstd { Coding::Identity } else { coding })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atoms_in_a_row_are_one_run() {
        assert_eq!(runs([]), Vec::<i64>::new());
        assert_eq!(runs([Some(0), Some(0), None, Some(2), Some(2), Some(0)]), [0, 2, -1, 1, 2, 2, 0, 1]);
    }
}
