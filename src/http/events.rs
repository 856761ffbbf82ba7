//! `GET /v1/events`: what happens, as it happens (server-sent events).
//!
//! The id of every event says how far the listener has heard: the last report and the last publication. With it as
//! `Last-Event-ID` a new stream starts where the old one broke.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use crate::app::access::{Caller, Role};
use crate::app::serve::{App, Cursor, Event, Filed, Standing, TileChanges};

use super::access::{Asker, REPORT_READERS};
use super::error::Problem;
use super::tiles::detail;
use super::wire::{Publication, Report};

/// A comment is sent after this long without an event.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Reports told again to a listener that comes back; who missed more reads `/v1/reports`.
const RESUMED: u32 = 500;
/// How often it is looked whether a listener may still hear.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Events put aside for one listener that reads slowly, beyond what the feed itself keeps.
const WAITING: usize = 64;

/// Says when the server stops.
#[derive(Debug, Clone)]
pub(super) struct Stopping(pub watch::Receiver<bool>);

impl Stopping {
    /// Done when the server stops.
    pub async fn wait(mut self) {
        // an error means that the server is gone altogether
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}

/// Reports of the caller's scope (again when they are answered, closed or taken up again), publications, and tiles of grids that they changed, live: `event: report`, `event: publication` and `event: tiles` (from
/// and to which version, and a list of z/x/y) with their JSON, `id` for resuming, a comment
/// at least every 15 s.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "Id of the last event heard: what came since is told first")),
    responses((status = 200, content_type = "text/event-stream", body = String))
)]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    axum::Extension(stopping): axum::Extension<Stopping>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // listen first, look back second: what happens in between is heard twice, not missed
    let live = app.listen();
    let heard = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(parse);
    let mut backlog = Vec::new();
    let mut cursor = app.cursor();
    if !caller.reach(REPORT_READERS).is_everything() {
        // the newest report need not be one of this listener's
        cursor.report = None;
    }
    if let Some(heard) = heard {
        let known = app.known();
        cursor = heard;
        for record in known.publications.iter().filter(|record| record.seq > cursor.publication) {
            backlog.push(Event::Publication(Arc::new(record.clone())));
        }
        let missed = if let Some(id) = &cursor.report {
            app.reports_after(id, RESUMED).await?
        } else {
            let mut all = app.reports(RESUMED).await?;
            all.reverse();
            all
        };
        backlog.extend(missed.into_iter().map(|filed| Event::Report(Arc::new(filed))));
        let stepped = app.steps_after(cursor.step, RESUMED).await?;
        cursor.step = stepped.last().map_or(cursor.step, |(step, _)| *step);
        backlog.extend(stepped.into_iter().map(|(_, filed)| Event::Step(Arc::new(filed))));
    }
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        metrics::gauge!("wangge_event_listeners").increment(1.0);
        tokio::select! {
            () = stopping.wait() => {}
            () = sender.closed() => {}
            () = gone(&app, &caller, REPORT_READERS) => {}
            () = tell(&app, &sender, &caller, cursor, backlog, live) => {}
        }
        metrics::gauge!("wangge_event_listeners").decrement(1.0);
    });
    let stream =
        Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("alive"));
    let no_buffer = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")), no_buffer], stream).into_response())
}

type Told = Result<sse::Event, Infallible>;

/// Tells one listener everything until it leaves or falls too far behind; then the stream ends and it comes back with its
/// last id.
async fn tell(
    app: &App,
    listener: &mpsc::Sender<Told>,
    caller: &Caller,
    mut cursor: Cursor,
    backlog: Vec<Event>,
    mut live: broadcast::Receiver<(Cursor, Event)>,
) {
    // the first bytes tell the client that the stream is open
    if listener.send(Ok(sse::Event::default().comment("open"))).await.is_err() {
        return;
    }
    let within = caller.reach(REPORT_READERS);
    let hears = |event: &Event| match event {
        Event::Report(filed) | Event::Step(filed) => within.holds_report(&filed.record.sent.chain),
        Event::Publication(_) => true,
        Event::Tiles(changes) => changes[detail(caller) as usize].is_some(),
    };
    let mut told_again = std::collections::HashSet::new();
    for event in backlog {
        match &event {
            Event::Report(filed) | Event::Step(filed) => {
                told_again.insert(told_of(filed));
            }
            Event::Publication(record) => cursor.publication = record.seq,
            Event::Tiles(_) => {}
        }
        // ids of reports that are not the listener's never reach it, not even as a place to resume from
        if !hears(&event) {
            continue;
        }
        if let Event::Report(filed) = &event {
            cursor.report = Some(filed.record.sent.id.clone());
        }
        if listener.send(Ok(encode(app, caller, &cursor, &event))).await.is_err() {
            return;
        }
    }
    while let Ok((at, event)) = live.recv().await {
        match &event {
            Event::Report(filed) | Event::Step(filed) if told_again.remove(&told_of(filed)) => continue,
            Event::Report(_) | Event::Step(_) | Event::Tiles(_) if !hears(&event) => continue,
            Event::Report(_) => cursor.report = at.report,
            Event::Step(_) => cursor.step = at.step,
            Event::Publication(record) => cursor.publication = cursor.publication.max(record.seq),
            Event::Tiles(_) => {}
        }
        if listener.send(Ok(encode(app, caller, &cursor, &event))).await.is_err() {
            return;
        }
    }
}

/// What is told of a report: the same again is no news.
fn told_of(filed: &Filed) -> (String, Standing) {
    (filed.record.sent.id.clone(), filed.record.standing.clone())
}

/// Done when the listener may not hear any more what it could at the start: signed out, disabled, other roles.
pub(super) async fn gone(app: &App, caller: &Caller, roles: &[Role]) {
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        match app.again(caller).await {
            Ok(Some(now)) if now.reach(roles) == caller.reach(roles) => {}
            Ok(_) => return,
            Err(error) => tracing::warn!(%error, "a listener could not be looked up"),
        }
    }
}

fn encode(app: &App, caller: &Caller, cursor: &Cursor, event: &Event) -> sse::Event {
    let known = app.known();
    let (name, json) = match event {
        Event::Report(filed) | Event::Step(filed) => {
            ("report", serde_json::to_string(&Report::new(filed, &known.calendar, &caller.insight())))
        }
        Event::Publication(record) => {
            ("publication", serde_json::to_string(&Publication::new(record, &known.calendar)))
        }
        Event::Tiles(changes) => {
            let own = changes[detail(caller) as usize].as_deref();
            ("tiles", serde_json::to_string(&own.map(ChangedTiles::from)))
        }
    };
    let json = json.expect("text and finite numbers become JSON");
    sse::Event::default().event(name).id(format(cursor)).data(json)
}

/// Tiles of grids that are others now.
#[derive(Debug, Serialize)]
struct ChangedTiles<'a> {
    /// `tiles_version` of the workspace before.
    from: &'a str,
    /// And now.
    to: &'a str,
    /// `z/x/y` of each up to zoom 16; null where any may be.
    tiles: Option<Vec<String>>,
}

impl<'a> From<&'a TileChanges> for ChangedTiles<'a> {
    fn from(changes: &'a TileChanges) -> Self {
        let tiles = changes.tiles.as_ref().map(|tiles| tiles.iter().map(ToString::to_string).collect());
        Self { from: &changes.from, to: &changes.to, tiles }
    }
}

/// `{publication}.{report}.{step}`, with `0` for no report.
fn format(cursor: &Cursor) -> String {
    format!("{}.{}.{}", cursor.publication, cursor.report.as_deref().unwrap_or("0"), cursor.step)
}

/// What [`format`] wrote; anything else is as if nothing had been heard.
fn parse(id: &str) -> Option<Cursor> {
    let (publication, rest) = id.split_once('.')?;
    let (report, step) = rest.split_once('.')?;
    let lawful = report.len() <= 64 && report.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let report = (report != "0").then(|| report.to_owned());
    let number = |text: &str| text.parse().ok().filter(|number| *number >= 0_i64);
    Some(Cursor { publication: number(publication)?, report, step: number(step)? }).filter(|_| lawful)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_says_again_what_was_heard() {
        for cursor in [Cursor::default(), Cursor { report: Some("019e-7".to_owned()), publication: 3, step: 12 }] {
            assert_eq!(parse(&format(&cursor)), Some(cursor));
        }
        for garbled in
            ["", "7", "1.0", "x.0.0", "-1.0.0", "1.0.-1", "1.a b.0", "1.';drop.0", &format!("1.{}.0", "a".repeat(65))]
        {
            assert_eq!(parse(garbled), None, "{garbled}");
        }
    }
}
