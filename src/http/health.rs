//! `GET /healthz`, `/readyz`, `/metrics`: for those who keep it running.

use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::app::serve::App;

use super::error::Problem;

/// Upper ends of the buckets of durations, in seconds.
const BUCKETS_S: [f64; 12] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0];

/// Where the figures are gathered: one recorder a process, however many servers it runs.
pub(super) fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let durations = Matcher::Suffix("_seconds".to_owned());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(durations, &BUCKETS_S).ok()?;
            let handle = builder.install_recorder().ok()?;
            metrics::describe_counter!("wangge_http_requests_total", "Requests by method, route and status.");
            metrics::describe_histogram!("wangge_http_request_seconds", "From request to response head.");
            metrics::describe_counter!("wangge_locate_total", "Look-ups by how the owner was found.");
            metrics::describe_counter!("wangge_reports_total", "Reports by where they went and whether they were new.");
            metrics::describe_gauge!("wangge_event_listeners", "Open event streams.");
            metrics::describe_gauge!("wangge_grids_in_force", "Grids in force.");
            metrics::describe_gauge!("wangge_publication_seq", "The publication that came to hold last.");
            Some(handle)
        })
        .as_ref()
}

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, content_type = "text/plain", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store answers, and what is in force is ready.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses((status = 200, content_type = "text/plain", body = String)))]
pub(super) async fn readyz(State(app): State<Arc<App>>) -> Result<&'static str, Problem> {
    app.ready().await.map_err(|error| Problem::not_ready(&error))?;
    app.current().await.map_err(|error| Problem::not_ready(&error))?;
    Ok("ready\n")
}

/// Figures in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, content_type = "text/plain", body = String)))]
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    if let Some(generation) = app.current().await? {
        metrics::gauge!("wangge_grids_in_force").set(generation.grids().len() as f64);
        metrics::gauge!("wangge_publication_seq")
            .set(generation.latest().map_or(0, |from| from.publication.seq) as f64);
    }
    Ok(text().into_response())
}

/// All figures.
pub(super) fn text() -> impl IntoResponse {
    let text = recorder().map_or(String::new(), |recorder| {
        recorder.run_upkeep();
        recorder.render()
    });
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
