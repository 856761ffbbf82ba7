//! `POST /v1/locate:stream`: objects, one on each line, in; the same with their owners out, as they come.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_stream::{Stream, StreamExt};

use crate::app::serve::{App, Owners, SnapshotNode};
use crate::crs::{Crs, place};
use crate::format::{AddedColumns, PointColumns, answer_line, parse_line};
use crate::geom::LatticePoint;
use crate::locate::Owner;

use super::error::Problem;
use super::locate::in_force;
use super::params::{CRS_NAMES, Params};
use super::unread::ReadsOn;

/// The longest line, in bytes.
const LINE_BYTES: usize = 64 * 1024;
/// Answers that may wait to be taken. Whoever does not take them is not read from.
const WAITING: usize = 4;
/// How long nothing may come in.
const SILENCE: Duration = Duration::from_mins(5);

/// Where the owners of each piece come from: what is in force when it arrives.
enum Source {
    App(Arc<App>, Option<i64>),
    Node(Arc<SnapshotNode>),
}

impl Source {
    async fn owners(&self) -> Result<Arc<dyn Owners>, Problem> {
        match self {
            Self::App(app, at_ms) => {
                let generation = in_force(app, at_ms.unwrap_or_else(|| app.clock().now_ms())).await?;
                Ok(generation)
            }
            Self::Node(node) => Ok(node.current()),
        }
    }
}

/// What came in, cut into lines.
#[derive(Debug, Default)]
struct Lines {
    rest: Vec<u8>,
    /// Lines that came before.
    count: u64,
    /// The line that is too long is being dropped.
    dropping: bool,
}

/// A line: its number, and its text or why it has none.
type Line = (u64, Result<String, &'static str>);

const TOO_LONG: &str = "the line is longer than 65536 bytes: send one object on each line";

impl Lines {
    /// The lines that end in this piece.
    fn cut(&mut self, piece: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        for part in piece.split_inclusive(|&byte| byte == b'\n') {
            let ends = part.ends_with(b"\n");
            if !self.dropping {
                self.rest.extend_from_slice(part);
                if self.rest.len() > LINE_BYTES {
                    self.rest.clear();
                    self.dropping = true;
                    lines.push((self.count + 1, Err(TOO_LONG)));
                }
            }
            if ends {
                self.count += 1;
                if !std::mem::take(&mut self.dropping) {
                    lines.extend(self.take());
                }
            }
        }
        lines
    }

    /// The line that was gathered, unless it is blank.
    fn take(&mut self) -> Option<Line> {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.rest)).trim().to_owned();
        (!text.is_empty()).then_some((self.count, Ok(text)))
    }

    /// What came after the last line feed.
    fn last(&mut self) -> Vec<Line> {
        self.count += 1;
        self.take().into_iter().collect()
    }
}

/// Answers some lines: each as it is with fields added, or the number of the line and what is wrong with it.
fn answered(owners: &dyn Owners, crs: &Crs, lines: &[Line]) -> Bytes {
    let read = |text: &Result<String, &'static str>| -> Result<LatticePoint, String> {
        let line = parse_line(text.as_ref().map_err(|why| (*why).to_owned())?, &PointColumns::Detect);
        let line = line.map_err(|problem| problem.to_string())?;
        let own: Option<Crs> =
            line.crs.map(|name| name.parse()).transpose().map_err(|error: crate::crs::CrsError| error.to_string())?;
        place(own.as_ref().unwrap_or(crs), line.given.0, line.given.1).map_err(|error| error.to_string())
    };
    let read: Vec<Result<LatticePoint, String>> = lines.iter().map(|(_, text)| read(text)).collect();
    let points: Vec<LatticePoint> = read.iter().filter_map(|point| point.as_ref().ok()).copied().collect();
    let mut found: Vec<Option<Owner>> = vec![None; points.len()];
    owners.owners(&points, &mut found);
    let mut answers = points.iter().zip(&found);
    let mut out = String::new();
    for ((number, text), point) in lines.iter().zip(&read) {
        match (point, text) {
            (Ok(_), Ok(text)) => {
                let Some((&point, owner)) = answers.next() else { continue };
                let added = AddedColumns {
                    grid: vec![owner.map(|owner| owners.code(owner.face))],
                    edge_distance_m: vec![owners.edge_distance_m(point)],
                    resolution: vec![Some(owner.map_or("outside", |owner| owner.resolution.as_str()))],
                    candidates: None,
                };
                out.push_str(&answer_line(text, &added, 0));
            }
            (Err(why), _) => out.push_str(&serde_json::json!({"line": number, "error": why}).to_string()),
            (Ok(_), Err(_)) => {}
        }
        out.push('\n');
    }
    metrics::counter!("wangge_locate_total", "resolution" => "stream").increment(lines.len() as u64);
    Bytes::from(out)
}

async fn run(source: Source, crs: Crs, mut body: BodyDataStream, out: Sender<Bytes>) {
    let mut lines = Lines::default();
    let said = |problem: &Problem| Bytes::from(format!("{}\n", serde_json::json!({"error": problem.words()})));
    loop {
        let piece = tokio::time::timeout(SILENCE, body.next()).await;
        let (found, ended) = match piece {
            Ok(Some(Ok(piece))) => (lines.cut(&piece), false),
            Ok(None) => (lines.last(), true),
            // who broke off does not read on
            Ok(Some(Err(_))) => return,
            Err(_) => {
                let _ = out.send(said(&Problem::slow_body())).await;
                return;
            }
        };
        if !found.is_empty() {
            let bytes = match source.owners().await {
                Ok(owners) => answered(&*owners, &crs, &found),
                Err(problem) => {
                    let _ = out.send(said(&problem)).await;
                    return;
                }
            };
            if out.send(bytes).await.is_err() {
                return;
            }
        }
        if ended {
            return;
        }
    }
}

/// Answers as they are made.
struct Answers(Receiver<Bytes>);

impl Stream for Answers {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|piece| piece.map(Ok))
    }
}

fn start(source: Source, crs: Crs, request: Request) -> Response {
    let (out, answers) = channel(WAITING);
    tokio::spawn(run(source, crs, request.into_body().into_data_stream(), out));
    // identity: compression would hold answers back until it has enough of them
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CONTENT_ENCODING, "identity")];
    let mut response = (headers, Body::from_stream(Answers(answers))).into_response();
    response.extensions_mut().insert(ReadsOn);
    response
}

fn given_crs(params: &Params) -> Result<Crs, Problem> {
    let given = params.required("crs", CRS_NAMES)?;
    given.parse().map_err(|error: crate::crs::CrsError| Problem::parameter("crs", error.to_string()))
}

/// Owners of points as they come: NDJSON in, the same lines out with `grid`, `edge_distance_m` and `resolution` added.
///
/// Each line is an object with `lon` and `lat` (or 经度 and 纬度, x and y, …) or a GeoJSON point or feature; other fields pass
/// through. A line may name its own `crs`. A line that cannot be read becomes `{"line": n, "error": "…"}`. Lines are answered as
/// soon as they are there, by what is in force then, and nothing more is read while answers wait to be taken.
#[utoipa::path(
    post, path = "/v1/locate:stream", tag = "locate",
    params(
        ("crs" = String, Query, description = "What lines are in that do not say it: wgs84, gcj02, bd09, cgcs2000 or EPSG:n", example = "wgs84"),
        ("at" = Option<String>, Query, description = "A date (local midnight) or an RFC 3339 instant; now when absent"),
    ),
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, content_type = "application/x-ndjson", body = String))
)]
pub(super) async fn stream(State(app): State<Arc<App>>, params: Params, request: Request) -> Result<Response, Problem> {
    let crs = given_crs(&params)?;
    let given = params.optional("at", "a date such as 2026-03-01 or an RFC 3339 instant")?;
    let at_ms = given.map(|text| app.known().calendar.parse_ms(text)).transpose()?;
    // what is not in force at all is said before anything is read
    in_force(&app, at_ms.unwrap_or_else(|| app.clock().now_ms())).await?;
    Ok(start(Source::App(app, at_ms), crs, request))
}

/// As [`stream`], from a snapshot.
pub(super) async fn stream_of_node(
    State(node): State<Arc<SnapshotNode>>,
    params: Params,
    request: Request,
) -> Result<Response, Problem> {
    let crs = given_crs(&params)?;
    if params.optional("at", "nothing")?.is_some() {
        return Err(Problem::only_now());
    }
    Ok(start(Source::Node(node), crs, request))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_the_same_however_the_bytes_come(text in "[ab\n]{0,80}", cuts in proptest::collection::vec(0..80_usize, 0..6)) {
            let whole = {
                let mut lines = Lines::default();
                let mut all = lines.cut(text.as_bytes());
                all.extend(lines.last());
                all
            };
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let mut lines = Lines::default();
            let mut all = Vec::new();
            for pair in cuts.windows(2) {
                all.extend(lines.cut(&text.as_bytes()[pair[0]..pair[1]]));
            }
            all.extend(lines.last());
            prop_assert_eq!(all, whole.clone());
            let numbered: Vec<(u64, String)> = text.split('\n').enumerate().filter(|(_, line)| !line.is_empty()).map(|(i, line)| (i as u64 + 1, line.to_owned())).collect();
            let cut: Vec<(u64, String)> = whole.into_iter().map(|(number, line)| (number, line.unwrap())).collect();
            prop_assert_eq!(cut, numbered);
        }
    }

    #[test]
    fn a_line_without_end_is_dropped_and_the_next_one_read() {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        for _ in 0..40 {
            all.extend(lines.cut(&[b'x'; 4096]));
        }
        all.extend(lines.cut(b"\n{}\n"));
        assert_eq!(all, [(1, Err(TOO_LONG)), (2, Ok("{}".to_owned()))]);
        assert!(lines.rest.capacity() <= 2 * LINE_BYTES + 4096);
    }
}
