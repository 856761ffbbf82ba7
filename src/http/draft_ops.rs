//! `GET` and `POST /v1/plans/{id}/ops`: what was done to a draft, and more of it.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::app::serve::{App, Calendar, DRAFT_PAGE, DraftError, DraftOpRecord, Posted};
use crate::plan::draft::Operation;

use super::access::{Asker, PLAN_READERS};
use super::body::Body;
use super::draft::{Fresh, fresh, revision};
use super::error::Problem;
use super::guard::RequestId;
use super::params::{Params, Segments};
use super::plans::plan_number;

/// The largest body, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// Operations in one body.
const MOST_OPS: usize = 100;

/// An operation in the log of a draft.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Recorded {
    /// The draft after it.
    rev: i64,
    /// Id of the principal who did it.
    by: String,
    /// When, RFC 3339.
    at: String,
    /// The operation, as it was sent.
    #[schema(value_type = Object)]
    op: Box<RawValue>,
}

impl Recorded {
    pub fn new(record: &DraftOpRecord, calendar: &Calendar) -> Result<Self, Problem> {
        let op = RawValue::from_string(record.body.clone()).map_err(|error| Problem::unwritable(&error))?;
        Ok(Self { rev: record.rev, by: record.by.clone(), at: calendar.rfc3339(record.at_ms), op })
    }
}

/// What was done to a draft.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Log {
    /// The newest revision.
    rev: i64,
    /// In order.
    ops: Vec<Recorded>,
    /// Whether there are more after these.
    more: bool,
}

/// What was done to a draft after a revision, 1,000 operations at most.
#[utoipa::path(
    get, path = "/v1/plans/{id}/ops", tag = "drafts",
    params(
        ("id" = i64, Path, description = "Number of the plan", example = 1),
        ("since" = Option<i64>, Query, description = "The revision; 0 when absent", example = 0),
        ("by" = Option<String>, Query, description = "`me` for the caller's own alone", example = "me"),
    ),
    responses((status = 200, body = Log))
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
    params: Params,
) -> Result<Fresh<Log>, Problem> {
    let since = revision(&params, "since")?.unwrap_or(0);
    let own = match params.optional("by", "me")? {
        None => None,
        Some("me") => Some(caller.id().to_owned()),
        Some(_) => return Err(Problem::parameter("by", "by takes me alone: leave it out for everybody's")),
    };
    let live = app.draft(&caller, plan_number(&id)?, PLAN_READERS).await?;
    let (rev, mut records) = live.ops(since, usize::MAX).await;
    records.retain(|record| own.as_ref().is_none_or(|own| *own == record.by));
    let more = records.len() > DRAFT_PAGE as usize;
    records.truncate(DRAFT_PAGE as usize);
    let known = app.known();
    let ops = records.iter().map(|record| Recorded::new(record, &known.calendar)).collect::<Result<_, _>>()?;
    Ok(fresh(Log { rev, ops, more }))
}

/// Operations to be done.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct OpsBody {
    /// The newest revision that was seen; each operation is made on the one before it.
    #[schema(example = 0)]
    base_rev: i64,
    /// 1 to 100 operations: `id`, `kind`, `moves` of atoms from grid to grid, `grids` made, changed or taken away, `locks`, `accepts`,
    /// `mark` (a name for a revision: `name`, `rev`), `undoes`, `redoes`. Atoms are runs of how many to skip and how many to take.
    #[schema(value_type = Vec<Object>, example = json!([{"id": "6f1c1d1e-0a4b-4a55-9a0e-0f5d2a1c9b11", "kind": "assign",
        "moves": [{"from": null, "to": "019e0b5c-7a3e-8d4f-9b1a-3f2f6f0c9a11", "atoms": [120, 3, 7, 1]}]}]))]
    ops: Vec<Operation>,
}

/// Operations that are in the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Added {
    /// The newest revision.
    rev: i64,
    /// The revision of each operation that was sent.
    revs: Vec<i64>,
}

/// Does operations on a draft, all or none; what was answered is on disk. The same may be sent any number of times: an operation is known
/// by its id, and done once. 409 `behind` has `missed`, what others have done since `base_rev`; 422 `operation` has the id `op` of the first
/// that does not fit.
#[utoipa::path(
    post, path = "/v1/plans/{id}/ops", tag = "drafts", request_body = OpsBody,
    params(("id" = i64, Path, description = "Number of the plan", example = 1)),
    responses(
        (status = 200, body = Added),
        (status = 409, description = "Others have redrawn it since `base_rev`, or it was put in force"),
    )
)]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Segments(id): Segments<String>,
    Body(body): Body<OpsBody, MOST_BYTES>,
) -> Result<Fresh<Added>, Problem> {
    let id = plan_number(&id)?;
    if !(1..=MOST_OPS).contains(&body.ops.len()) {
        let given = body.ops.len();
        return Err(Problem::field("ops", format!("{given} operations: send 1 to {MOST_OPS}")));
    }
    let posted =
        app.post_draft_ops(&caller, id, body.base_rev, &body.ops, request).await.map_err(|error| match error {
            error @ DraftError::Revision { .. } => Problem::field("base_rev", error.to_string()),
            error => error.into(),
        })?;
    match posted {
        Posted::Done(rev, revs) => Ok(fresh(Added { rev, revs })),
        Posted::Behind(rev, missed) => {
            let known = app.known();
            let told = missed.iter().map(|record| Ok(json!(Recorded::new(record, &known.calendar)?)));
            let told = told.collect::<Result<Vec<Value>, Problem>>()?;
            let more = missed.last().is_some_and(|last| last.rev < rev).then_some(true);
            Err(Problem::behind(rev, told.into(), more))
        }
    }
}
