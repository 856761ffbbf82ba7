//! `POST /v1/plans/{id}/suggest`: better divisions of the ground of a plan, told while they are found (server-sent events).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use crate::app::serve::{App, DrawnAt, Suggested};
use crate::app::{GroundProposal, KeepLast, Kept, Proposal, SuggestRequest};
use crate::plan::Band;
use crate::plan::draft::DrawnGrid;

use super::access::Asker;
use super::body::Body;
use super::error::Problem;
use super::events::Stopping;
use super::guard::RequestId;
use super::params::Segments;
use super::plans::plan_number;
use super::wire::{Bounds, Reason};

/// A comment is sent after this long without an event.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Events put aside for a listener that reads slowly.
const WAITING: usize = 64;
/// The longest search.
const MOST_SECONDS: u32 = 600;
/// Grids that may be locked by one request.
const MOST_LOCKS: usize = 5_000;
/// Units that may be given a number of grids by one request.
const MOST_UNITS: usize = 5_000;
/// The highest price of a move.
const MOST_KEEP_M: u32 = 1_000_000;

/// What is to be searched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SuggestBody {
    /// Least and largest lawful size of a grid; those of the plan when absent. Jurisdictions and kinds with bounds of their own keep
    /// these.
    bounds: Option<Bounds>,
    /// Least and largest lawful number of persons, kept to beside the households; those of the plan when absent.
    population_bounds: Option<Bounds>,
    /// Ids of grids of the draft that are divided anew, as they are drawn at `rev`; all other ground stays. Without any, the whole
    /// plan as it was made.
    #[serde(default)]
    divide: Vec<String>,
    /// The revision of the draft that `divide` is of; the newest when absent.
    rev: Option<i64>,
    /// Codes of grids of the plan that stay just as they are; not beside `divide`.
    #[serde(default)]
    #[schema(example = json!(["310101001-004"]))]
    lock: Vec<String>,
    /// The number of grids in a unit (a jurisdiction of the level that the plan keeps to), by its code.
    #[serde(default)]
    #[schema(example = json!({"310101001": 4}))]
    grids: BTreeMap<String, u32>,
    /// How many metres of border it is worth that one household stays in its grid; 2 when absent. More changes less.
    #[schema(example = 2)]
    keep_price: Option<u32>,
    /// Decides every random choice; 1 when absent.
    seed: Option<u64>,
    /// How long it is searched, 1 to 600; 10 when absent. The first division is made to its end however long that takes.
    #[schema(example = 20)]
    seconds: Option<u32>,
    /// Whether the last proposal is kept as a draft plan; not beside `divide`, whose proposals are operations on the draft.
    #[serde(default)]
    keep: bool,
}

fn band(field: &str, bounds: Option<Bounds>) -> Result<Option<Band>, Problem> {
    let Some(Bounds { lower, upper }) = bounds else { return Ok(None) };
    Band::new(lower, upper).map(Some).map_err(|error| Problem::field(field, error.to_string()))
}

/// Proposals for a plan, live: `event: progress` with `step`, `done`, `total` (or `step: waiting`), `event: proposal` with `number`,
/// `figures`, `kept_percent` and the atoms `changed` (code, `from` and `to`), each better than the one before, `event: done` with how many
/// `proposals` there were and the draft `plan` that the last was kept as, or `event: error` with a problem document. Closing the stream
/// ends the search; nothing is kept then.
///
/// With `divide`, proposals are of the ground of these grids as the draft has it: `number`, `kept_percent`, `grids` (each with its id or
/// `new:1`, `new:2` …, atoms, households, population, and the reason where it would be outside its band) and the atoms `changed` (code,
/// `from` and `to` by those ids), from which the operation is made.
#[utoipa::path(
    post, path = "/v1/plans/{id}/suggest", tag = "plans", request_body = SuggestBody,
    params(("id" = i64, Path, description = "Number of the plan", example = 1)),
    responses((status = 200, content_type = "text/event-stream", body = String))
)]
pub(super) async fn suggest(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    axum::Extension(stopping): axum::Extension<Stopping>,
    RequestId(request): RequestId,
    Segments(id): Segments<String>,
    Body(body): Body<SuggestBody>,
) -> Result<Response, Problem> {
    let id = plan_number(&id)?;
    let (band_asked, population_band) =
        (band("bounds", body.bounds)?, band("population_bounds", body.population_bounds)?);
    let seconds = body.seconds.unwrap_or(10);
    if !(1..=MOST_SECONDS).contains(&seconds) {
        return Err(Problem::field("seconds", format!("seconds {seconds}: give 1 to {MOST_SECONDS}")));
    }
    let keep_m = body.keep_price.unwrap_or(2);
    if keep_m > MOST_KEEP_M {
        return Err(Problem::field("keep_price", format!("keep_price {keep_m}: give {MOST_KEEP_M} at most")));
    }
    if body.lock.len() > MOST_LOCKS {
        let given = body.lock.len();
        return Err(Problem::field("lock", format!("{given} grids are to be locked: {MOST_LOCKS} at most")));
    }
    if body.grids.len() > MOST_UNITS {
        let given = body.grids.len();
        return Err(Problem::field(
            "grids",
            format!("{given} units are to have a number of grids: {MOST_UNITS} at most"),
        ));
    }
    if let Some((code, _)) = body.grids.iter().find(|&(_, &grids)| grids == 0) {
        return Err(Problem::field("grids", format!("unit {code:?} is to have 0 grids: ask for 1 at least")));
    }
    let on_draft = on_draft(&body)?;
    let ask = |act| SuggestRequest {
        band: band_asked,
        population_band,
        lock: body.lock,
        grids: body.grids.into_iter().collect(),
        keep_m,
        seed: body.seed.unwrap_or(1),
        seconds,
        keep: if body.keep { KeepLast::Draft } else { KeepLast::No },
        act,
    };
    let mut heard = app.suggest(&caller, id, ask, request, on_draft).await?;
    let (sender, receiver) = mpsc::channel::<Result<sse::Event, Infallible>>(WAITING);
    tokio::spawn(async move {
        let tell = async {
            while let Some(told) = heard.recv().await {
                let (name, data) = encode(told);
                let event = sse::Event::default().event(name).data(data.to_string());
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = stopping.wait() => {}
            () = sender.closed() => {}
            () = tell => {}
        }
        // `heard` is dropped here, which ends the search
    });
    let stream =
        Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("alive"));
    let no_buffer = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")), no_buffer], stream).into_response())
}

/// What is asked for of a draft.
fn on_draft(body: &SuggestBody) -> Result<Option<DrawnAt>, Problem> {
    if body.divide.is_empty() {
        return match body.rev {
            Some(rev) => Err(Problem::field("rev", format!("rev {rev}: name the grids of it to divide, in divide"))),
            None => Ok(None),
        };
    }
    if body.divide.len() > MOST_LOCKS {
        let given = body.divide.len();
        return Err(Problem::field("divide", format!("{given} grids are to be divided: {MOST_LOCKS} at most")));
    }
    if !body.lock.is_empty() {
        return Err(Problem::field("lock", "lock stands beside divide: all other grids stay as they are anyway"));
    }
    if body.keep {
        return Err(Problem::field(
            "keep",
            "keep stands beside divide: put the proposal into the draft as an operation",
        ));
    }
    let mut grids: Vec<DrawnGrid> = body.divide.iter().cloned().map(DrawnGrid).collect();
    grids.sort();
    grids.dedup();
    Ok(Some(DrawnAt { grids, rev: body.rev }))
}

/// A division of grids of a draft, as it is sent.
fn encode_ground(proposal: GroundProposal) -> Value {
    let GroundProposal { number, grids, changed, kept_percent } = proposal;
    let mut fresh = 0;
    let words: Vec<String> = grids
        .iter()
        .map(|grid| {
            fresh += u32::from(grid.id.is_none());
            grid.id.as_ref().map_or_else(|| format!("new:{fresh}"), |id| id.0.clone())
        })
        .collect();
    let shown = grids.iter().zip(&words).map(|(grid, word)| {
        json!({"grid": word, "atoms": grid.atoms, "households": grid.households, "population": grid.population,
            "reason": grid.reason.as_ref().map(Reason::from)})
    });
    let changed =
        changed.iter().map(|(atom, from, to)| json!({"atom": atom, "from": from.0, "to": words[*to as usize]}));
    json!({"number": number, "kept_percent": kept_percent, "grids": shown.collect::<Vec<_>>(),
        "changed": changed.collect::<Vec<_>>()})
}

fn encode(told: Suggested) -> (&'static str, Value) {
    match told {
        Suggested::Waiting => ("progress", json!({"step": "waiting"})),
        Suggested::Progress(step, done, total) => {
            ("progress", json!({"step": step.as_str(), "done": done, "total": total}))
        }
        Suggested::Proposal(proposal) => {
            let Proposal { number, figures, changed } = *proposal;
            let changed: Vec<Value> =
                changed.iter().map(|moved| json!({"atom": moved.atom, "from": moved.from, "to": moved.to})).collect();
            let kept_percent = figures.kept.map(Kept::percent);
            let data = json!({"number": number, "kept_percent": kept_percent, "figures": figures, "changed": changed});
            ("proposal", data)
        }
        Suggested::OnDraft(proposal) => ("proposal", encode_ground(*proposal)),
        Suggested::Done(proposals, plan) => ("done", json!({"proposals": proposals, "plan": plan})),
        Suggested::Failed(error) => ("error", json!(Problem::of_division(&error))),
    }
}
