//! `GET /tiles/{layer}`, `GET /tiles/{layer}/{z}/{x}/{y}`: vector tiles of what is in force.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::access::Caller;
use crate::app::serve::{App, Sheet, TileDetail, TileLayer};
use crate::tile::{TileId, TileJson};

use super::access::{Asker, COVERAGE_READERS, Who};
use super::error::Problem;
use super::params::{Params, Segments};

const MVT: &str = "application/vnd.mapbox-vector-tile";
/// A tile asked for by the version it has never changes.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// Any other may be kept, but must be asked for again: mostly a 304.
const ASK_AGAIN: &str = "public, no-cache";

/// The layers there are, in words.
fn words() -> String {
    TileLayer::ALL.map(TileLayer::as_str).join(", ")
}

fn layer(name: &str) -> Result<TileLayer, Problem> {
    TileLayer::ALL.into_iter().find(|layer| layer.as_str() == name).ok_or_else(|| {
        let shown: String = name.chars().take(40).collect();
        Problem::not_found(format!("there is no tile layer {shown:?}: there are {}", words()))
    })
}

/// How much the tiles of a caller say: counts only for who may see them everywhere.
pub(super) fn detail(caller: &Caller) -> TileDetail {
    if caller.insight().is_everything() { TileDetail::Full } else { TileDetail::Public }
}

/// Refuses a layer that is not for everybody. `GET /v1/coverage` lists the same findings.
fn admit(app: &App, layer: TileLayer, caller: &Caller) -> Result<(), Problem> {
    if layer != TileLayer::Findings || !caller.reach(COVERAGE_READERS).is_nothing() {
        return Ok(());
    }
    let who = Who::Roles(COVERAGE_READERS).words();
    Err(match caller {
        Caller::Anonymous if !app.login_required() => Problem::elsewhere(),
        Caller::Anonymous => Problem::sign_in(&who),
        Caller::Local | Caller::Signed(_) => Problem::forbidden(format!("this is for {who}")),
    })
}

/// What the tiles of a layer are cut from for a caller.
async fn sheet(app: &App, layer: TileLayer, caller: &Caller) -> Result<Option<Sheet>, Problem> {
    admit(app, layer, caller)?;
    let insight = !caller.insight().is_nothing();
    Ok(app.sheet(layer, detail(caller), insight, &caller.reach(COVERAGE_READERS)).await?)
}

/// TileJSON 3.0 of a layer.
#[utoipa::path(
    get, path = "/tiles/{layer}", tag = "tiles",
    params(("layer" = String, Path, description = "grids, atoms, jurisdictions, streets, buildings or findings (those for who reads coverage)", example = "grids")),
    responses((status = 200, description = "TileJSON 3.0", body = serde_json::Value))
)]
pub(super) async fn tilejson(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(name): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let layer = layer(&name)?;
    let detail = detail(&caller);
    let sheet = sheet(&app, layer, &caller).await?;
    let query = sheet.map_or(String::new(), |sheet| format!("?v={}", sheet.version()));
    let template = format!("{}/tiles/{}/{{z}}/{{x}}/{{y}}{query}", origin(&headers), layer.as_str());
    // what lies under the grids may reach beyond them
    let within_grids = !matches!(layer, TileLayer::Streets | TileLayer::Buildings | TileLayer::Findings);
    let generation = app.current().await?.filter(|_| within_grids);
    let bounds = generation.and_then(|generation| generation.envelope()).map(|envelope| envelope.to_degrees());
    let described = TileJson::new(layer.as_str(), vec![template], bounds, &App::empty_layers(layer, detail));
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(described)).into_response())
}

/// Scheme and host a client used to get here; empty when it does not say, which leaves addresses relative.
fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("x-forwarded-host").or_else(|| text("host")).unwrap_or("");
    let lawful = |b: u8| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b);
    if host.is_empty() || !host.bytes().all(lawful) {
        return String::new();
    }
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// One vector tile (MVT 2.1).
#[utoipa::path(
    get, path = "/tiles/{layer}/{z}/{x}/{y}", tag = "tiles",
    params(
        ("layer" = String, Path, description = "grids, atoms, jurisdictions, streets, buildings or findings (those for who reads coverage)", example = "grids"),
        ("z" = u8, Path, description = "Zoom, 0 to 20", example = 14),
        ("x" = u32, Path, description = "Column, from the west", example = 13724),
        ("y" = u32, Path, description = "Row, from the north", example = 7014),
        ("v" = Option<String>, Query, description = "`tiles_version` of /v1/workspace: with it the tile may be kept for good"),
    ),
    responses(
        (status = 200, description = "The tile", content_type = "application/vnd.mapbox-vector-tile", body = Vec<u8>),
        (status = 204, description = "Nothing lies there"),
        (status = 304, description = "Unchanged since the ETag in If-None-Match"),
    )
)]
pub(super) async fn tile(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments((name, z, x, y)): Segments<(String, String, String, String)>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let layer = layer(&name)?;
    let number = |name: &str, given: &str| -> Result<u32, Problem> {
        let plain = !given.is_empty() && given.bytes().all(|b| b.is_ascii_digit());
        given.parse().ok().filter(|_| plain).ok_or_else(|| {
            let shown: String = given.chars().take(40).collect();
            Problem::parameter(name, format!("{name}={shown:?} in the path is not a whole number"))
        })
    };
    let z = number("z", &z)?.min(u32::from(u8::MAX)) as u8;
    let id = TileId::new(z, number("x", &x)?, number("y", &y)?)?;
    let Some(sheet) = sheet(&app, layer, &caller).await? else {
        return Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, ASK_AGAIN)]).into_response());
    };
    let asked = params.optional("v", "`tiles_version` of /v1/workspace")?;
    let version = sheet.version();
    let keep = if asked.is_some_and(|asked| asked == version) { FOR_GOOD } else { ASK_AGAIN };
    // weak: compressed or not, it is the same tile
    let etag = format!("W/\"{version}\"");
    let named = [
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (header::ETAG, HeaderValue::from_str(&etag).expect("a version is digits, letters and a dot")),
    ];
    if has_it(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, named).into_response());
    }
    let bytes = tokio::task::spawn_blocking(move || sheet.tile(id)).await?;
    Ok(match bytes {
        Some(bytes) => (named, [(header::CONTENT_TYPE, MVT)], bytes).into_response(),
        None => (StatusCode::NO_CONTENT, named).into_response(),
    })
}

/// Whether If-None-Match names the tag (weak comparison, RFC 9110 §13.1.2).
fn has_it(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
}
