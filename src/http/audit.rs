//! `GET /v1/audit`, `GET /v1/audit/verify`: who changed what, and whether anybody tampered with the account of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::access::Caller;
use crate::app::serve::{App, AuditEntry};

use super::access::{AUDITORS, Asker};
use super::error::Problem;
use super::params::Params;

/// Entries a page holds when nothing is said.
const PAGE: u32 = 100;
/// Entries a page holds at most.
const PAGE_MOST: u32 = 1000;

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditPage {
    /// Oldest first.
    entries: Vec<Entry>,
    /// Give this as `after` for the next page; null on the last.
    next: Option<i64>,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
struct Entry {
    /// 1, 2, 3 …
    seq: i64,
    /// When, RFC 3339.
    at: String,
    /// Id of a principal; `anonymous`, `local`, or `cli:` and a user of the operating system.
    by: String,
    /// Id of the request, where there was one.
    request: Option<String>,
    /// What was done.
    action: String,
    /// To what kind of thing.
    kind: String,
    /// Its id.
    object: String,
    /// SHA-256 of it before.
    before: Option<String>,
    /// SHA-256 of it after.
    after: Option<String>,
    /// More, by kind.
    detail: serde_json::Value,
    /// SHA-256 of this entry and the one before it.
    hash: String,
}

/// What a walk over the whole log found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Verdict {
    /// Whether nothing was found.
    whole: bool,
    /// Entries that are as they were written.
    entries: i64,
    /// Hash of the last of them; kept elsewhere, it proves later that nothing before it was changed.
    head: String,
    /// The first entry that is not what it was.
    broken: Option<Fault>,
    /// Kinds of things of which there are more or fewer than the log tells of.
    unaccounted: Vec<Unaccounted>,
}

/// A broken entry.
#[derive(Debug, Serialize, ToSchema)]
struct Fault {
    /// The entry.
    seq: i64,
    /// What is wrong with it.
    reason: String,
}

/// A kind of thing that does not add up.
#[derive(Debug, Serialize, ToSchema)]
struct Unaccounted {
    /// `import`, `plan`, `publication` or `report`.
    kind: String,
    /// How many there are.
    there: i64,
    /// How many the log tells of.
    told: i64,
}

/// The log tells of everything: who audits one street office only may not read it.
fn for_the_whole_workspace(caller: &Caller) -> Result<(), Problem> {
    if caller.reach(AUDITORS).is_everything() {
        return Ok(());
    }
    Err(Problem::forbidden("the audit log is for auditors of the whole workspace"))
}

/// The audit log, oldest first, a page at a time.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit",
    params(
        ("after" = Option<u32>, Query, description = "Only entries after this one; from the first when absent"),
        ("limit" = Option<u32>, Query, description = "Entries a page, 1 to 1000; 100 when absent"),
    ),
    responses((status = 200, body = AuditPage))
)]
pub(super) async fn log(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    params: Params,
) -> Result<Json<AuditPage>, Problem> {
    for_the_whole_workspace(&caller)?;
    let after = params.number("after", 0, u32::MAX, 0)?;
    let limit = params.number("limit", 1, PAGE_MOST, PAGE)?;
    let entries = app.audit(i64::from(after), limit).await?;
    let known = app.known();
    let next = entries.last().filter(|_| entries.len() == limit as usize).map(|entry| entry.seq);
    let entry = |entry: AuditEntry| Entry {
        seq: entry.seq,
        at: known.calendar.rfc3339(entry.at_ms),
        by: entry.by,
        request: entry.request,
        action: entry.action,
        kind: entry.kind,
        object: entry.object,
        before: entry.before,
        after: entry.after,
        detail: serde_json::from_str(&entry.detail).unwrap_or_default(),
        hash: entry.hash,
    };
    Ok(Json(AuditPage { entries: entries.into_iter().map(entry).collect(), next }))
}

/// Walks the whole log: every entry as it was written, none missing, everything accounted for.
#[utoipa::path(get, path = "/v1/audit/verify", tag = "audit", responses((status = 200, body = Verdict)))]
pub(super) async fn verify(State(app): State<Arc<App>>, Asker(caller): Asker) -> Result<Json<Verdict>, Problem> {
    for_the_whole_workspace(&caller)?;
    let verdict = app.verify_audit().await?;
    Ok(Json(Verdict {
        whole: verdict.is_whole(),
        entries: verdict.entries,
        head: verdict.head,
        broken: verdict.broken.map(|fault| Fault { seq: fault.seq, reason: fault.reason }),
        unaccounted: verdict
            .unaccounted
            .into_iter()
            .map(|kind| Unaccounted { kind: kind.kind.to_owned(), there: kind.there, told: kind.told })
            .collect(),
    }))
}
