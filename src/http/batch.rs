//! `POST /v1/locate:batch`: the owners of many points at once, as JSON columns, Arrow, or bare numbers.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::{Semaphore, SemaphorePermit};
use utoipa::ToSchema;

use crate::app::serve::{App, Borders, Column, Owners, SnapshotNode};
use crate::crs::{Crs, CrsError, place_all};
use crate::format::{PointColumns, owners_to_arrow, points_from_arrow};

use super::error::Problem;
use super::locate::in_force;
use super::params::{CRS_NAMES, Params};

/// The largest body, in bytes.
const LIMIT_BYTES: usize = 64 << 20;
/// The most points of one request.
const MOST_POINTS: usize = 4_000_000;
/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(25);
/// Bodies that are held at a time, in MiB: many senders wait for each other rather than fill the memory.
static HELD_MIB: Semaphore = Semaphore::const_new(256);

const JSON: &str = "application/json";
const ARROW: &str = "application/vnd.apache.arrow.stream";
const RAW: &str = "application/octet-stream";
const FORMS: &str = "application/json, application/vnd.apache.arrow.stream or application/octet-stream";

/// Columns of points.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchBody {
    /// Longitudes in degrees, or eastings; null for a row without a point.
    #[schema(example = json!([121.4737, 121.48]))]
    lon: Vec<Option<f64>>,
    /// Latitudes in degrees, or northings, as many.
    #[schema(example = json!([31.2304, 31.21]))]
    lat: Vec<Option<f64>>,
    /// wgs84, gcj02, bd09, cgcs2000 or EPSG:n, in any case; here or in the query.
    #[schema(example = "gcj02")]
    crs: Option<String>,
    /// A date (local midnight) or an RFC 3339 instant; now when absent. Here or in the query.
    at: Option<String>,
    /// `true` for a column of metres to the nearest border; it takes several times as long.
    #[serde(default)]
    edge_distance: bool,
}

/// Owners, in columns.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "written piece by piece, and described here")]
pub(super) struct BatchAnswer {
    /// A word for exactly these grids.
    #[schema(example = "3.9f1c0a77d2e4")]
    generation: String,
    /// How many points have an owner.
    located: usize,
    /// Codes of the grids that own some of the points.
    #[schema(example = json!(["310101001-004", "310101001-005"]))]
    grids: Vec<String>,
    /// For each point the position of its grid in `grids`; null outside, and for rows without a point.
    #[schema(example = json!([0, null]))]
    grid: Vec<Option<u32>>,
    /// Rows on a border, where the tie rule decided.
    edge_ties: Vec<u32>,
    /// Rows on ground that the source left in nobody's and that was given to a neighbour.
    gap_fills: Vec<u32>,
    /// Rows without a usable point.
    errors: Vec<RowError>,
    /// Metres to the nearest border, where asked for.
    edge_distance_m: Option<Vec<Option<f64>>>,
}

/// A row without a usable point.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as above")]
pub(super) struct RowError {
    /// From 0.
    row: usize,
    /// What is wrong with it.
    reason: String,
}

/// How the body is laid out, and the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Arrow,
    Raw,
}

impl Form {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        match given.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
            JSON => Ok(Self::Json),
            ARROW | "application/vnd.apache.arrow.file" => Ok(Self::Arrow),
            RAW => Ok(Self::Raw),
            _ => {
                let shown: String = given.chars().take(80).collect();
                Err(Problem::media_types(&shown, FORMS))
            }
        }
    }
}

/// What a body asks.
struct Asked {
    form: Form,
    points: Vec<(f64, f64)>,
    crs: Crs,
    at: Option<String>,
    borders: Borders,
}

/// A body with its room in memory.
struct Held {
    bytes: Bytes,
    _room: SemaphorePermit<'static>,
}

async fn hold(request: Request) -> Result<Held, Problem> {
    let too_large = || Problem::too_large(LIMIT_BYTES as u64);
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced = length.and_then(|length| length.parse::<usize>().ok()).unwrap_or(LIMIT_BYTES);
    if announced > LIMIT_BYTES {
        return Err(too_large());
    }
    let room = HELD_MIB.acquire_many((announced >> 20) as u32 + 1).await.map_err(|_| Problem::timeout())?;
    let bytes = tokio::time::timeout(ARRIVAL, to_bytes(request.into_body(), LIMIT_BYTES)).await;
    let bytes = bytes.map_err(|_| Problem::slow_body())?.map_err(|_| too_large())?;
    Ok(Held { bytes, _room: room })
}

fn crs_of(given: Option<&str>) -> Result<Crs, Problem> {
    let given = given.ok_or_else(|| Problem::parameter("crs", format!("crs is missing: give {CRS_NAMES}")))?;
    given.parse().map_err(|error: CrsError| Problem::parameter("crs", error.to_string()))
}

fn read(form: Form, bytes: &[u8], params: &Params) -> Result<Asked, Problem> {
    let crs = params.optional("crs", CRS_NAMES)?;
    let at = params.optional("at", "a date such as 2026-03-01 or an RFC 3339 instant")?.map(str::to_owned);
    let measured = params.optional("edge_distance", "true or false")?;
    let asked = measured.map(str::parse::<bool>).transpose();
    let asked = asked.map_err(|_| Problem::parameter("edge_distance", "give true or false"))?.unwrap_or(false);
    let borders = |asked: bool| if asked { Borders::Measured } else { Borders::Unasked };
    match form {
        Form::Json => {
            let body: BatchBody = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
                serde_json::error::Category::Data => Problem::field("", error.to_string()),
                _ => Problem::malformed(format!("the body is not JSON: {error}")),
            })?;
            let BatchBody { lon, lat, crs: own_crs, at: own_at, edge_distance } = body;
            if lon.len() != lat.len() {
                let detail = format!("lat has {} rows, lon {}: give one for each", lat.len(), lon.len());
                return Err(Problem::field("lat", detail));
            }
            let nothing = f64::NAN;
            let points = lon.iter().zip(&lat).map(|(x, y)| (x.unwrap_or(nothing), y.unwrap_or(nothing))).collect();
            let crs = crs_of(own_crs.as_deref().or(crs))?;
            Ok(Asked { form, points, crs, at: own_at.or(at), borders: borders(edge_distance || asked) })
        }
        Form::Arrow => {
            let points = points_from_arrow(bytes, &PointColumns::Detect, MOST_POINTS);
            let points = points.map_err(|error| Problem::malformed(error.to_string()))?;
            Ok(Asked { form, points, crs: crs_of(crs)?, at, borders: borders(asked) })
        }
        Form::Raw => {
            let (pairs, rest) = bytes.as_chunks::<16>();
            if !rest.is_empty() {
                return Err(Problem::malformed(format!(
                    "{} bytes are no whole pairs: send longitude and latitude of each point as two 64-bit numbers, little-endian",
                    bytes.len()
                )));
            }
            let number = |half: &[u8]| f64::from_le_bytes(half.try_into().unwrap_or_default());
            let points = pairs.iter().map(|pair| (number(&pair[..8]), number(&pair[8..]))).collect();
            Ok(Asked { form, points, crs: crs_of(crs)?, at, borders: borders(asked) })
        }
    }
    .and_then(|asked: Asked| {
        if asked.points.len() > MOST_POINTS {
            let detail = format!("{} points, {MOST_POINTS} at most: send them in parts", asked.points.len());
            return Err(Problem::malformed(detail));
        }
        Ok(asked)
    })
}

fn answer(owners: &dyn Owners, asked: &Asked) -> Result<Response, Problem> {
    let placed = place_all(&asked.crs, &asked.points).map_err(|error| Problem::parameter("crs", error.to_string()))?;
    let column = Column::locate(owners, placed, asked.borders);
    let located = column.located();
    metrics::counter!("wangge_locate_total", "resolution" => "batch").increment(asked.points.len() as u64);
    let codes: Vec<&str> = column.grids.iter().map(|&face| owners.code(face)).collect();
    let (kind, body) = match asked.form {
        Form::Json => (JSON, to_json(owners.version(), located, &codes, &column)),
        Form::Arrow => {
            let metres = column.edge_distance_m.as_deref();
            let bytes = owners_to_arrow(&codes, &column.owner, column.resolutions(), metres);
            (ARROW, bytes.map_err(|error| Problem::malformed(error.to_string()))?)
        }
        Form::Raw => (RAW, to_raw(&codes, &column.owner)),
    };
    Ok(([(header::CONTENT_TYPE, kind)], body).into_response())
}

/// Positions as 32-bit numbers, little-endian, -1 for nowhere, one for each point; after them the codes, each with a line feed.
fn to_raw(codes: &[&str], owner: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(owner.len() * 4 + codes.len() * 20);
    bytes.extend(owner.iter().flat_map(|position| (*position as i32).to_le_bytes()));
    for code in codes {
        bytes.extend(code.as_bytes());
        bytes.push(b'\n');
    }
    bytes
}

fn to_json(version: &str, located: usize, codes: &[&str], column: &Column) -> Vec<u8> {
    let mut text = String::with_capacity(column.owner.len() * 7 + codes.len() * 24 + 200);
    let quoted = |text: &mut String, word: &str| text.push_str(&serde_json::Value::from(word).to_string());
    text.push_str("{\"generation\":");
    quoted(&mut text, version);
    // writing to a string does not fail
    let _ = write!(text, ",\"located\":{located},\"grids\":[");
    list(&mut text, codes, |text, code| quoted(text, code));
    text.push_str("],\"grid\":[");
    list(&mut text, &column.owner, |text, &position| match position {
        Column::NOWHERE => text.push_str("null"),
        position => push_number(text, position),
    });
    text.push_str("],\"edge_ties\":[");
    list(&mut text, &column.edge_ties, |text, &row| push_number(text, row));
    text.push_str("],\"gap_fills\":[");
    list(&mut text, &column.gap_fills, |text, &row| push_number(text, row));
    text.push_str("],\"errors\":[");
    list(&mut text, &column.bad, |text, (row, error)| {
        let _ = write!(text, "{{\"row\":{row},\"reason\":");
        quoted(text, &error.to_string());
        text.push('}');
    });
    text.push_str("],\"edge_distance_m\":");
    match &column.edge_distance_m {
        None => text.push_str("null"),
        Some(all) => {
            text.push('[');
            list(&mut text, all, |text, metres| {
                let _ = match metres {
                    Some(metres) => write!(text, "{metres:.2}"),
                    None => write!(text, "null"),
                };
            });
            text.push(']');
        }
    }
    text.push('}');
    text.into_bytes()
}

fn list<T>(text: &mut String, all: &[T], each: impl Fn(&mut String, &T)) {
    for (i, one) in all.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        each(text, one);
    }
}

/// Digits without the machinery of `format!`: there are millions of them.
fn push_number(text: &mut String, mut number: u32) {
    let mut digits = [0_u8; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::lost(&error))?
}

/// The owners of many points, in their order: the same answers as of [`super::locate::locate`], some million a second.
///
/// JSON columns in, JSON columns out; an Arrow stream with columns of longitude and latitude in, one with `grid` (a dictionary of
/// codes), `resolution` and, where asked for, `edge_distance_m` out; or pairs of 64-bit little-endian numbers in, a 32-bit number
/// for each point out (a position in the list of codes that follows, each ended by a line feed; -1 for none).
#[utoipa::path(
    post, path = "/v1/locate:batch", tag = "locate",
    params(
        ("crs" = Option<String>, Query, description = "wgs84, gcj02, bd09, cgcs2000 or EPSG:n; mandatory, here or in a JSON body", example = "gcj02"),
        ("at" = Option<String>, Query, description = "A date (local midnight) or an RFC 3339 instant; now when absent"),
        ("edge_distance" = Option<bool>, Query, description = "true for metres to the nearest border"),
    ),
    request_body(content((BatchBody = "application/json"), (Vec<u8> = "application/vnd.apache.arrow.stream"), (Vec<u8> = "application/octet-stream")), description = "At most 64 MiB and 4,000,000 points"),
    responses((status = 200, content((BatchAnswer = "application/json"), (Vec<u8> = "application/vnd.apache.arrow.stream"), (Vec<u8> = "application/octet-stream"))))
)]
pub(super) async fn batch(State(app): State<Arc<App>>, params: Params, request: Request) -> Result<Response, Problem> {
    let form = Form::of(request.headers())?;
    let held = hold(request).await?;
    let bytes = held.bytes.clone();
    let asked = blocking(move || read(form, &bytes, &params)).await?;
    let at_ms = match &asked.at {
        Some(text) => app.known().calendar.parse_ms(text)?,
        None => app.clock().now_ms(),
    };
    let generation = in_force(&app, at_ms).await?;
    blocking(move || answer(&*generation, &asked)).await
}

/// As [`batch`], from a snapshot.
pub(super) async fn batch_of_node(
    State(node): State<Arc<SnapshotNode>>,
    params: Params,
    request: Request,
) -> Result<Response, Problem> {
    let form = Form::of(request.headers())?;
    let held = hold(request).await?;
    let bytes = held.bytes.clone();
    blocking(move || {
        let asked = read(form, &bytes, &params)?;
        if asked.at.is_some() {
            return Err(Problem::only_now());
        }
        answer(&*node.current(), &asked)
    })
    .await
}
