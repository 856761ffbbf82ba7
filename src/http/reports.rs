//! `POST /v1/reports`, `GET /v1/reports`, `GET /v1/reports/{id}`: what residents and officers send.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::serve::{App, Draft, GivenPoint, Received};
use crate::crs::Crs;

use super::access::{Asker, REPORT_READERS};
use super::body::Body;
use super::error::Problem;
use super::guard::RequestId;
use super::params::{CRS_NAMES, Params, Segments};
use super::wire::Report;

/// What is sent.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ReportBody {
    /// What it is about.
    #[schema(min_length = 1, max_length = 64, example = "street light")]
    category: String,
    /// In the sender's words.
    #[schema(max_length = 4000, example = "The lamp at the gate is out.")]
    text: String,
    /// Longitude in degrees, or easting.
    #[schema(example = 121.4737)]
    lon: f64,
    /// Latitude in degrees, or northing.
    #[schema(example = 31.2304)]
    lat: f64,
    /// wgs84, gcj02, bd09, cgcs2000 or EPSG:n, in any case.
    #[schema(example = "wgs84")]
    crs: String,
}

/// Reports, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reports {
    /// Newest first.
    reports: Vec<Report>,
}

/// Files a report: it is routed to the grid that owns its point now, kept, and only then acknowledged.
#[utoipa::path(
    post, path = "/v1/reports", tag = "reports", request_body = ReportBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII letters: the same key and body again give the same report")),
    responses(
        (status = 201, body = Report, description = "Kept and routed", headers(("Location" = String, description = "Its address"))),
        (status = 200, body = Report, description = "It was kept before: same key, same body"),
    )
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    headers: HeaderMap,
    Body(body): Body<ReportBody>,
) -> Result<Response, Problem> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let key = match keys.next() {
        None => None,
        Some(_) if keys.next().is_some() => {
            return Err(Problem::parameter("Idempotency-Key", "Idempotency-Key stands more than once: send it once"));
        }
        // letters that are not ASCII are refused with the rest by the app
        Some(key) => Some(key.to_str().unwrap_or("\u{fffd}").to_owned()),
    };
    if body.crs.trim().is_empty() {
        return Err(Problem::field("crs", format!("crs is empty: give {CRS_NAMES}")));
    }
    let crs: Crs = body.crs.parse().map_err(|error: crate::crs::CrsError| Problem::field("crs", error.to_string()))?;
    let point = GivenPoint { lon: body.lon, lat: body.lat, crs };
    let act = caller.act(app.clock().now_ms(), request);
    let received = app.receive(Draft { category: body.category, text: body.text, point, key }, &act).await?;
    let (status, outcome, filed) = match &received {
        Received::Created(filed) => (StatusCode::CREATED, "created", filed),
        Received::Replayed(filed) => (StatusCode::OK, "replayed", filed),
    };
    let report = Report::new(filed, &app.known().calendar, &caller.insight());
    metrics::counter!("wangge_reports_total", "state" => report.state, "outcome" => outcome).increment(1);
    let location = format!("/v1/reports/{}", report.id);
    Ok((status, [(header::LOCATION, location)], Json(report)).into_response())
}

/// The newest reports of the grids in the caller's scope.
#[utoipa::path(
    get, path = "/v1/reports", tag = "reports",
    params(("limit" = Option<u32>, Query, description = "1 to 200; 50 when absent")),
    responses((status = 200, body = Reports))
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    params: Params,
) -> Result<Json<Reports>, Problem> {
    let limit = params.number("limit", 1, 200, 50)?;
    let known = app.known();
    let (within, insight) = (caller.reach(REPORT_READERS), caller.insight());
    let reports = app.reports_within(&within, limit).await?;
    let reports = reports.iter().map(|filed| Report::new(filed, &known.calendar, &insight)).collect();
    Ok(Json(Reports { reports }))
}

/// One report.
#[utoipa::path(
    get, path = "/v1/reports/{id}", tag = "reports",
    params(("id" = String, Path, description = "Id of the report")),
    responses((status = 200, body = Report))
)]
pub(super) async fn one(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
) -> Result<Json<Report>, Problem> {
    let unknown = || Problem::not_found(format!("there is no report {id:?}"));
    let filed = app.report(lawful_id(&id)?).await?;
    // outside the caller's scope there is no such report
    if !caller.reach(REPORT_READERS).holds_report(&filed.record.chain) {
        return Err(unknown());
    }
    Ok(Json(Report::new(&filed, &app.known().calendar, &caller.insight())))
}

/// An id is a UUID, at least letters, digits and hyphens: what is none never reaches the store.
pub(super) fn lawful_id(id: &str) -> Result<&str, Problem> {
    let lawful = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    lawful.then_some(id).ok_or_else(|| {
        let shown: String = id.chars().take(100).collect();
        Problem::not_found(format!("there is no report {shown:?}"))
    })
}
