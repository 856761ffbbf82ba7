//! `POST /v1/reports`, `GET /v1/reports`, `GET /v1/reports/{id}`, `POST /v1/reports/{id}/state`: what residents and officers send, and
//! what becomes of it.

use std::sync::Arc;

use axum::Json;
use axum::extract;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::serve::{ADDRESS_CHARS, App, Draft, GivenPoint, Received, Stage, State};
use crate::crs::Crs;
use crate::geom::LonLat;

use super::access::{Asker, REPORT_HANDLERS, REPORT_READERS};
use super::body::Body;
use super::error::Problem;
use super::geocode::{TakenAddress, undecided};
use super::guard::RequestId;
use super::params::{CRS_NAMES, Params, Segments};
use super::wire::Report;

/// Candidates shown for an address that is not sure enough.
const CANDIDATES: usize = 5;

/// What is sent.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ReportBody {
    /// What it is about.
    #[schema(min_length = 1, max_length = 64, example = "street light")]
    category: String,
    /// In the sender's words.
    #[schema(max_length = 4000, example = "The lamp at the gate is out.")]
    text: String,
    /// Longitude in degrees, or easting; with `lat` and `crs`, unless there is an `address`.
    #[schema(example = 121.4737)]
    lon: Option<f64>,
    /// Latitude in degrees, or northing.
    #[schema(example = 31.2304)]
    lat: Option<f64>,
    /// wgs84, gcj02, bd09, cgcs2000 or EPSG:n, in any case.
    #[schema(example = "wgs84")]
    crs: Option<String>,
    /// An address instead of a position. One that is not sure enough is refused, with what it may mean, and nothing is kept.
    #[schema(max_length = 200, example = "云锦花园三栋2单元")]
    address: Option<String>,
}

/// Where a report is from.
enum Whence {
    Point(GivenPoint),
    Address(String),
}

impl ReportBody {
    fn whence(&mut self) -> Result<Whence, Problem> {
        if let Some(address) = self.address.take() {
            if self.lon.is_some() || self.lat.is_some() || self.crs.is_some() {
                let words = "address stands beside a position: give lon, lat and crs, or an address";
                return Err(Problem::field("address", words));
            }
            let chars = address.chars().count();
            if address.trim().is_empty() || chars > ADDRESS_CHARS || address.chars().any(char::is_control) {
                let words = format!(
                    "address has {chars} letters: it must have 1 to {ADDRESS_CHARS}, not only spaces, and none of control"
                );
                return Err(Problem::field("address", words));
            }
            return Ok(Whence::Address(address));
        }
        let missing =
            |name: &str| Problem::field(name, format!("missing field `{name}`: give lon, lat and crs, or an address"));
        let lon = self.lon.ok_or_else(|| missing("lon"))?;
        let lat = self.lat.ok_or_else(|| missing("lat"))?;
        let crs = self.crs.take().ok_or_else(|| missing("crs"))?;
        if crs.trim().is_empty() {
            return Err(Problem::field("crs", format!("crs is empty: give {CRS_NAMES}")));
        }
        let crs = crs.parse().map_err(|error: crate::crs::CrsError| Problem::field("crs", error.to_string()))?;
        Ok(Whence::Point(GivenPoint { lon, lat, crs }))
    }
}

/// The place of an address, if it is sure enough.
async fn placed(app: &App, address: &str, now_ms: i64) -> Result<(GivenPoint, TakenAddress), Problem> {
    let generation = app.generation(now_ms).await?;
    let found = app.geocode(address, CANDIDATES, generation.as_deref()).await?;
    let (Some(place), Some(taken)) = (found.taken(), TakenAddress::new(&found)) else {
        let detail = match found.state {
            State::None => {
                "no address like this is known here: say it with a street or compound and a number, or send a position"
            }
            _ => {
                "it may be several addresses, or none is sure enough: choose one of the candidates, or send a position"
            }
        };
        return Err(Problem::address(detail, undecided(&found)));
    };
    let LonLat { lon_deg, lat_deg } = place.point.to_lon_lat();
    Ok((GivenPoint { lon: lon_deg, lat: lat_deg, crs: Crs::Wgs84 }, taken))
}

/// Reports, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reports {
    /// Newest first.
    reports: Vec<Report>,
}

/// Files a report: it is routed to the grid that owns its point, or the point of its address, now, kept, and only then acknowledged.
#[utoipa::path(
    post, path = "/v1/reports", tag = "reports", request_body = ReportBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII letters: the same key and body again give the same report")),
    responses(
        (status = 201, body = Report, description = "Kept and routed", headers(("Location" = String, description = "Its address"))),
        (status = 200, body = Report, description = "It was kept before: same key, same body"),
    )
)]
pub(super) async fn create(
    extract::State(app): extract::State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    headers: HeaderMap,
    Body(mut body): Body<ReportBody>,
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
    let now_ms = app.clock().now_ms();
    let (point, taken, address) = match body.whence()? {
        Whence::Point(point) => (point, None, None),
        Whence::Address(address) => {
            let (point, taken) = placed(&app, &address, now_ms).await?;
            (point, Some(taken), Some(address))
        }
    };
    let act = caller.act(now_ms, request);
    let draft = Draft { category: body.category, text: body.text, point, address, key };
    let received = app.receive(draft, &act).await?;
    let (status, outcome, filed) = match &received {
        Received::Created(filed) => (StatusCode::CREATED, "created", filed),
        Received::Replayed(filed) => (StatusCode::OK, "replayed", filed),
    };
    let report = Report { address: taken, ..Report::new(filed, &app.known().calendar, &caller.insight()) };
    metrics::counter!("wangge_reports_total", "state" => report.state, "outcome" => outcome).increment(1);
    let location = format!("/v1/reports/{}", report.id);
    Ok((status, [(header::LOCATION, location)], Json(report)).into_response())
}

/// The newest reports of the grids in the caller's scope.
#[utoipa::path(
    get, path = "/v1/reports", tag = "reports",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 200; 50 when absent"),
        ("stage" = Option<String>, Query, description = "open, answered or closed: those alone", example = "open"),
    ),
    responses((status = 200, body = Reports))
)]
pub(super) async fn list(
    extract::State(app): extract::State<Arc<App>>,
    Asker(caller): Asker,
    params: Params,
) -> Result<Json<Reports>, Problem> {
    let limit = params.number("limit", 1, 200, 50)?;
    let stage = params.optional("stage", STAGES)?.map(|word| stage("stage", word)).transpose()?;
    let known = app.known();
    let (within, insight) = (caller.reach(REPORT_READERS), caller.insight());
    let reports = app.reports_within(&within, stage, limit).await?;
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
    extract::State(app): extract::State<Arc<App>>,
    Asker(caller): Asker,
    Segments(id): Segments<String>,
) -> Result<Json<Report>, Problem> {
    let unknown = || Problem::not_found(format!("there is no report {id:?}"));
    let filed = app.report(lawful_id(&id)?).await?;
    // outside the caller's scope there is no such report
    if !caller.reach(REPORT_READERS).holds_report(&filed.record.sent.chain) {
        return Err(unknown());
    }
    Ok(Json(Report::new(&filed, &app.known().calendar, &caller.insight())))
}

/// Where a report is to stand.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct StepBody {
    /// `answered`, `closed`, or `open` to take it up again.
    #[schema(example = "answered")]
    state: String,
    /// What its sender reads; an answer needs one.
    #[schema(max_length = 1000, example = "The lamp is mended.")]
    answer: Option<String>,
}

/// Answers a report, closes it, or takes it up again. Its sender sees it on the report's trail; what stands so already is not written again.
#[utoipa::path(
    post, path = "/v1/reports/{id}/state", tag = "reports", request_body = StepBody,
    params(("id" = String, Path, description = "Id of the report")),
    responses((status = 200, body = Report, description = "As it stands now, kept"))
)]
pub(super) async fn step(
    extract::State(app): extract::State<Arc<App>>,
    Asker(caller): Asker,
    RequestId(request): RequestId,
    Segments(id): Segments<String>,
    Body(body): Body<StepBody>,
) -> Result<Json<Report>, Problem> {
    let filed = app.report(lawful_id(&id)?).await?;
    let chain = &filed.record.sent.chain;
    // outside what the caller reads there is no such report
    if !caller.reach(REPORT_READERS).holds_report(chain) {
        return Err(Problem::not_found(format!("there is no report {id:?}")));
    }
    if !caller.reach(REPORT_HANDLERS).holds_report(chain) {
        return Err(Problem::forbidden("this report is another grid's: its officer or grid leader answers it"));
    }
    let act = caller.act(app.clock().now_ms(), request);
    let filed = app.step_report(&id, stage("state", &body.state)?, body.answer.as_deref(), &act).await?;
    Ok(Json(Report::new(&filed, &app.known().calendar, &caller.insight())))
}

/// The stages, in words.
const STAGES: &str = "open, answered or closed";

fn stage(named: &'static str, word: &str) -> Result<Stage, Problem> {
    Stage::from_word(word).ok_or_else(|| {
        let shown: String = word.chars().take(40).collect();
        let detail = format!("{named}={shown:?} is no state of a report: say {STAGES}");
        if named == "state" { Problem::field(named, detail) } else { Problem::parameter(named, detail) }
    })
}

/// An id is a UUID, at least letters, digits and hyphens: what is none never reaches the store.
pub(super) fn lawful_id(id: &str) -> Result<&str, Problem> {
    let lawful = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    lawful.then_some(id).ok_or_else(|| {
        let shown: String = id.chars().take(100).collect();
        Problem::not_found(format!("there is no report {shown:?}"))
    })
}
