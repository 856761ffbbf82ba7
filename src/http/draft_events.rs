//! `GET /v1/plans/{id}/events`, `POST /v1/plans/{id}/presence`: what is done to a draft, as it is done, and who is there.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use crate::app::serve::{App, DRAFT_PAGE, DraftEvent, DraftOpRecord, LiveDraft};
use crate::tile::TileId;

use super::access::{Asker, PLAN_READERS};
use super::body::Body;
use super::draft::revision;
use super::draft_ops::Recorded;
use super::error::Problem;
use super::events::{Stopping, gone};
use super::params::{Params, Segments};
use super::plans::plan_number;

/// A comment is sent after this long without an event.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Who is there is said again after this long.
const PRESENCE: Duration = Duration::from_secs(15);
/// Events put aside for one listener that reads slowly, beyond what the draft itself keeps.
const WAITING: usize = 64;
/// The longest name of a session, in bytes.
const SESSION_BYTES: usize = 64;

/// What is done to a draft, live: `event: op` with an operation as in `GET …/ops` and its revision as `id`, for everybody's operations in the
/// order of revisions; `event: tiles` with the tiles of grids and borders that are others from revision `rev` on (null: any may be), where anybody
/// has asked for tiles of the draft; `event: presence` with who is `here`; `event: published` with the number of the `publication`. A comment at least
/// every 15 s.
#[utoipa::path(
    get, path = "/v1/plans/{id}/events", tag = "drafts",
    params(
        ("id" = i64, Path, description = "Number of the plan", example = 1),
        ("since" = Option<i64>, Query, description = "A revision: what came after it is told first", example = 0),
        ("Last-Event-ID" = Option<String>, Header, description = "The same, as browsers say it when they come back"),
    ),
    responses((status = 200, content_type = "text/event-stream", body = String))
)]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    axum::Extension(stopping): axum::Extension<Stopping>,
    Segments(id): Segments<String>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let since = revision(&params, "since")?;
    let heard =
        headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<i64>().ok()).filter(|rev| *rev >= 0);
    let live = app.draft(&caller, plan_number(&id)?, PLAN_READERS).await?;
    // listen first, look back second: what happens in between is heard twice, not missed
    let told = live.listen();
    let (newest, publication) = live.stand().await;
    let from = heard.or(since).unwrap_or(newest).min(newest);
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let listener = Listener { app: &app, live: &live, to: &sender, rev: from };
        tokio::select! {
            () = stopping.wait() => {}
            () = sender.closed() => {}
            () = gone(&app, &caller, PLAN_READERS) => {}
            _ = listener.tell(told, publication) => {}
        }
    });
    let stream =
        Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("alive"));
    let no_buffer = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store")), no_buffer], stream).into_response())
}

/// One page that follows a draft.
struct Listener<'a> {
    app: &'a App,
    live: &'a LiveDraft,
    to: &'a mpsc::Sender<Result<sse::Event, Infallible>>,
    /// The last revision it was told.
    rev: i64,
}

impl Listener<'_> {
    /// Tells everything until the page leaves or falls too far behind; then the stream ends, and it comes back with its last id.
    async fn tell(mut self, mut told: broadcast::Receiver<DraftEvent>, publication: Option<i64>) -> Option<()> {
        // the first bytes tell the page that the stream is open
        self.send(sse::Event::default().comment("open")).await?;
        self.log().await?;
        self.presence().await?;
        if let Some(publication) = publication {
            self.published(publication).await?;
        }
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + PRESENCE, PRESENCE);
        loop {
            let event = tokio::select! {
                _ = ticks.tick() => DraftEvent::Presence,
                event = told.recv() => event.ok()?,
            };
            match event {
                DraftEvent::Op(record) if record.rev == self.rev + 1 => self.op(&record).await?,
                DraftEvent::Op(record) if record.rev <= self.rev => {}
                DraftEvent::Op(_) => self.log().await?,
                DraftEvent::Tiles(rev, tiles) => self.tiles(rev, tiles.as_deref()).await?,
                DraftEvent::Presence => self.presence().await?,
                DraftEvent::Published(publication) => self.published(publication).await?,
            }
        }
    }

    async fn send(&self, event: sse::Event) -> Option<()> {
        self.to.send(Ok(event)).await.ok()
    }

    /// Tiles that are others from a revision on.
    async fn tiles(&self, rev: i64, tiles: Option<&[TileId]>) -> Option<()> {
        let tiles = tiles.map(|tiles| tiles.iter().map(ToString::to_string).collect::<Vec<_>>());
        let data = json!({"rev": rev, "tiles": tiles});
        self.send(sse::Event::default().event("tiles").data(data.to_string())).await
    }

    /// What is in the log beyond what was told.
    async fn log(&mut self) -> Option<()> {
        let before = self.rev;
        loop {
            let (newest, records) = self.live.ops(self.rev, DRAFT_PAGE as usize).await;
            for record in &records {
                self.op(record).await?;
            }
            if self.rev >= newest || records.is_empty() {
                // which tiles these changed is not known any more
                return if self.rev > before { self.tiles(self.rev, None).await } else { Some(()) };
            }
        }
    }

    async fn op(&mut self, record: &DraftOpRecord) -> Option<()> {
        let recorded = Recorded::new(record, &self.app.known().calendar).ok()?;
        let data = serde_json::to_string(&recorded).ok()?;
        self.send(sse::Event::default().event("op").id(record.rev.to_string()).data(data)).await?;
        self.rev = record.rev;
        Some(())
    }

    async fn presence(&self) -> Option<()> {
        let here = self.live.here(self.app.clock().now_ms());
        let here: Vec<_> =
            here.iter().map(|here| json!({"session": here.session, "name": here.name, "grid": here.grid})).collect();
        self.send(sse::Event::default().event("presence").data(json!({"here": here}).to_string())).await
    }

    async fn published(&self, publication: i64) -> Option<()> {
        let data = json!({"publication": publication.to_string()});
        self.send(sse::Event::default().event("published").data(data.to_string())).await
    }
}

/// Somebody who has a draft open.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct PresenceBody {
    /// Made by the page at random.
    #[schema(example = "b6d1c2")]
    session: String,
    /// Id of the grid they are at.
    grid: Option<String>,
}

/// Says that the caller has a draft open; forgotten 45 s after the last time. Nothing of it is kept.
#[utoipa::path(
    post, path = "/v1/plans/{id}/presence", tag = "drafts", request_body = PresenceBody,
    params(("id" = i64, Path, description = "Number of the plan", example = 1)),
    responses((status = 204, description = "Noted"))
)]
pub(super) async fn presence(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
    Body(body): Body<PresenceBody>,
) -> Result<StatusCode, Problem> {
    let id = plan_number(&id)?;
    let lawful =
        |text: &str| (1..=SESSION_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    for (field, text) in [("session", Some(&body.session)), ("grid", body.grid.as_ref())] {
        if text.is_some_and(|text| !lawful(text)) {
            let detail = format!("{field} has 1 to {SESSION_BYTES} visible ASCII letters");
            return Err(Problem::field(field, detail));
        }
    }
    app.be_present(&caller, id, PLAN_READERS, body.session, body.grid).await?;
    Ok(StatusCode::NO_CONTENT)
}
