//! A node that looks points up from a snapshot alone: no store, no accounts, for the machines it is told of.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, OriginalUri, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Serialize;
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;

use crate::app::serve::{Calendar, OpenSnapshot, SnapshotNode};
use crate::geom::{BeidouLevel, beidou_code};
use crate::locate::snapshot::Node;

use super::error::Problem;
use super::guard::Echo;
use super::locate::tagged;
use super::node_tiles::{self, NodeTiles};
use super::params::Params;
use super::peers::Block;
use super::wire::{Point, Position, hundredth};
use super::{batch, health, observe, stream, unread};

/// How often it is looked whether the file was replaced.
const LOOK: Duration = Duration::from_millis(500);
/// How long requests under way may take to finish after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A jurisdiction, or the grid itself.
#[derive(Debug, Serialize)]
struct Link<'a> {
    level: u8,
    level_name: &'a str,
    code: &'a str,
    name: &'a str,
}

impl<'a> From<Node<'a>> for Link<'a> {
    fn from(node: Node<'a>) -> Self {
        Self { level: node.level, level_name: node.level_name, code: node.code, name: node.name }
    }
}

#[derive(Debug, Serialize)]
struct GridView<'a> {
    code: &'a str,
    name: &'a str,
}

#[derive(Debug, Serialize)]
struct PublicationView {
    seq: i64,
    effective_from: String,
}

/// As the answer of a service with a store, without what a snapshot does not hold: sizes, officers, the nearest grid.
#[derive(Debug, Serialize)]
struct NodeAnswer<'a> {
    grid: Option<GridView<'a>>,
    chain: Vec<Link<'a>>,
    point: Point,
    position: Option<Position>,
    beidou: Option<String>,
    resolution: &'static str,
    edge_distance_m: Option<f64>,
    stable_within_m: Option<f64>,
    publication: Option<PublicationView>,
    expires: Option<String>,
    generation: &'a str,
}

#[derive(Debug, Serialize)]
struct SnapshotView<'a> {
    generation: &'a str,
    grids: usize,
}

async fn locate(
    State(node): State<Arc<SnapshotNode>>,
    axum::Extension(echo): axum::Extension<Echo>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let given = params.point()?;
    if params.optional("at", "nothing")?.is_some() {
        return Err(Problem::only_now());
    }
    if params.accuracy()?.is_some() {
        return Err(Problem::parameter(
            "accuracy",
            "this node answers from a snapshot and names no candidates: leave accuracy out, or ask a service with a store",
        ));
    }
    let point = given.snap()?;
    let snapshot: Arc<OpenSnapshot> = node.current();
    let owner = snapshot.locate(point);
    let resolution = owner.map_or("outside", |owner| owner.resolution.as_str());
    metrics::counter!("wangge_locate_total", "resolution" => resolution).increment(1);
    let grid = owner.and_then(|owner| snapshot.grid(owner.face));
    // a snapshot knows no time zone
    let calendar = Calendar::new("UTC")?;
    let own = grid.map(|grid| Link { level: 0, level_name: "grid", code: grid.code, name: grid.name });
    let above = owner.into_iter().flat_map(|owner| snapshot.chain(owner.face)).map(Link::from);
    let edge_distance_m = snapshot.edge_distance_m(point);
    let stable_m = edge_distance_m.map(|metres| ((metres - 0.01).max(0.0) * 100.0).floor() / 100.0);
    tagged(
        &headers,
        &NodeAnswer {
            grid: grid.map(|grid| GridView { code: grid.code, name: grid.name }),
            chain: own.into_iter().chain(above).collect(),
            position: (given.crs.is_wgs84_degrees() || echo == Echo::Wgs84).then(|| point.into()),
            point: Point { lon: given.lon, lat: given.lat, crs: given.crs.to_string() },
            beidou: beidou_code(point, BeidouLevel::METRE),
            resolution,
            edge_distance_m: edge_distance_m.map(hundredth),
            stable_within_m: stable_m,
            publication: grid.map(|grid| PublicationView {
                seq: grid.publication,
                effective_from: calendar.rfc3339(grid.valid_from_ms),
            }),
            expires: grid.and_then(|grid| grid.valid_to_ms).map(|ms| calendar.rfc3339(ms)),
            generation: snapshot.generation(),
        },
    )
}

async fn about(State(node): State<Arc<SnapshotNode>>) -> Response {
    let snapshot = node.current();
    Json(SnapshotView { generation: snapshot.generation(), grids: snapshot.len() }).into_response()
}

async fn metrics_text(State(node): State<Arc<SnapshotNode>>) -> Response {
    metrics::gauge!("wangge_grids_in_force").set(node.current().len() as f64);
    health::text().into_response()
}

async fn unknown(OriginalUri(uri): OriginalUri) -> Problem {
    Problem::not_found(format!(
        "there is nothing at {}: a node has /v1/locate, /v1/locate:batch, /v1/locate:stream, /v1/snapshot, /tiles, /healthz, \
         /readyz and /metrics",
        uri.path().chars().take(100).collect::<String>()
    ))
}

async fn not_allowed(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    Problem::method(method.as_str(), uri.path())
}

/// Lets in this machine, and those named.
async fn admit(
    State(allowed): State<Arc<Vec<Block>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let address = peer.ip().to_canonical();
    if address.is_loopback() || allowed.iter().any(|block| block.holds(address)) {
        return next.run(request).await;
    }
    let detail = format!("{address} is not among the addresses that this node answers: start it with --allow-from");
    Problem::forbidden(detail).into_response()
}

/// Serves a snapshot, and files of tiles beside it, until `shutdown` is done, and the next ones as soon as a file is replaced.
/// `allowed` are the addresses besides this machine that are answered.
///
/// # Errors
/// When the socket fails.
pub async fn serve_snapshot(
    node: Arc<SnapshotNode>,
    tiles: NodeTiles,
    allowed: Vec<Block>,
    echo: Echo,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    health::recorder();
    let (watched, watched_tiles) = (Arc::clone(&node), tiles.clone());
    let watching = tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK).await;
            let looked = Arc::clone(&watched);
            match tokio::task::spawn_blocking(move || looked.refresh()).await {
                Ok(Ok(true)) => tracing::info!(generation = watched.current().generation(), "took up the new snapshot"),
                Ok(Err(error)) => tracing::error!(%error, "the new snapshot is not taken up; the old one goes on"),
                Ok(Ok(false)) | Err(_) => {}
            }
            watched_tiles.refresh().await;
        }
    });
    let router = Router::new()
        .route("/v1/locate", get(locate))
        .route("/v1/locate:batch", post(batch::batch_of_node))
        .route("/v1/locate:stream", post(stream::stream_of_node))
        .route("/v1/snapshot", get(about))
        .route("/tiles", get(node_tiles::list))
        .route("/tiles/{layer}", get(node_tiles::tilejson))
        .route("/tiles/{layer}/{z}/{x}/{y}", get(node_tiles::tile))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(|| async { "ready\n" }))
        .route("/metrics", get(metrics_text))
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(axum::Extension(echo))
        .layer(axum::Extension(tiles))
        .layer(middleware::from_fn_with_state(Arc::new(allowed), admit))
        .layer(middleware::from_fn(unread::finish))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(observe::observe))
        .with_state(node);
    let (stop, mut stopping) = tokio::sync::watch::channel(false);
    let stopped = async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let server =
        axum::serve(super::server::prompt(listener), router.into_make_service_with_connect_info::<SocketAddr>())
            .with_graceful_shutdown(stopped)
            .into_future();
    tokio::pin!(server);
    let served = tokio::select! {
        ended = &mut server => ended,
        () = shutdown => {
            stop.send_replace(true);
            tokio::time::timeout(GRACE, server).await.unwrap_or(Ok(()))
        }
    };
    watching.abort();
    served
}
