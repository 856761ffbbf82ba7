//! `GET /tiles`, `GET /tiles/{layer}`, `GET /tiles/{layer}/{z}/{x}/{y}`: vector tiles of what is in force.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::access::Caller;
use crate::app::serve::{App, Coding, KeptTile, ReportFilter, Sheet, TileDetail, TileLayer};
use crate::geom::Envelope;
use crate::tile::{TileId, TileJson};

use super::access::{Asker, COVERAGE_READERS, PLAN_READERS, REPORT_READERS, Who};
use super::draft::revision;
use super::error::Problem;
use super::params::{Params, Segments};
use super::plans::plan_number;
use super::tag::is_known;

const MVT: &str = "application/vnd.mapbox-vector-tile";
/// A tile asked for by the version it has never changes.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// Any other may be kept, but must be asked for again: mostly a 304.
const ASK_AGAIN: &str = "public, no-cache";

/// A revision of a draft never changes, and is not everybody's.
const OWN_FOR_GOOD: &str = "private, max-age=31536000, immutable";
/// The newest is another after the next stroke.
const OWN_ASK_AGAIN: &str = "private, no-cache";

/// The plan that is asked for.
fn plan_of(params: &Params) -> Result<Option<i64>, Problem> {
    params.optional("plan", "the number of a plan")?.map(plan_number).transpose()
}

/// The layer, if drafts have it.
fn of_drafts(layer: TileLayer) -> Result<TileLayer, Problem> {
    match layer {
        TileLayer::Grids | TileLayer::Borders => Ok(layer),
        _ => Err(Problem::parameter("plan", format!("plan: drafts have grids and borders, no {}", layer.as_str()))),
    }
}

/// TileJSON 3.0 of a draft, by one revision of it.
async fn draft_tilejson(
    app: &App,
    caller: &Caller,
    layer: TileLayer,
    plan: i64,
    params: &Params,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let rev = revision(params, "rev")?;
    let (sheet, rev) = app.draft_sheet(caller, plan, PLAN_READERS, rev, of_drafts(layer)?).await?;
    let template = format!("{}/tiles/{}/{{z}}/{{x}}/{{y}}?plan={plan}&rev={rev}", origin(headers), layer.as_str());
    let envelope = sheet.envelope();
    let described = Described {
        tilejson: App::described_draft(layer, vec![template], envelope.map(|envelope| envelope.to_degrees())),
        description: format!("plan {plan}, revision {rev} / 方案 {plan}，版本 {rev}"),
        attribution: app.attribution(),
        center: envelope.map(camera),
        generation: Some(sheet.version()),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(described)).into_response())
}

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

/// Refuses a layer that is not for everybody. `GET /v1/coverage` lists the same findings, `GET /v1/reports` the same reports.
pub(super) fn admit(app: &App, layer: TileLayer, caller: &Caller) -> Result<(), Problem> {
    let readers = match layer {
        TileLayer::Findings => COVERAGE_READERS,
        TileLayer::Reports => REPORT_READERS,
        _ => return Ok(()),
    };
    if !caller.reach(readers).is_nothing() {
        return Ok(());
    }
    let who = Who::Roles(readers).words();
    Err(match caller {
        Caller::Anonymous if !app.login_required() => Problem::elsewhere(),
        Caller::Anonymous => Problem::sign_in(&who),
        Caller::Local | Caller::Signed(_) => Problem::forbidden(format!("this is for {who}")),
    })
}

/// The filter as it was asked for, as a query.
fn filter_query(params: &Params) -> Result<String, Problem> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in ["category", "since"] {
        if let Some(given) = params.optional(name, "")? {
            query.append_pair(name, given);
        }
    }
    let query = query.finish();
    Ok(if query.is_empty() { query } else { format!("?{query}") })
}

/// Which reports are asked for.
fn filter(app: &App, params: &Params) -> Result<ReportFilter, Problem> {
    let category = params.optional("category", "a category of reports")?.map(str::to_owned);
    let since = params.optional("since", "a date such as 2026-03-01 or an RFC 3339 instant")?;
    let since_ms = since.map(|given| app.known().calendar.parse_ms(given)).transpose()?;
    Ok(ReportFilter { category, since_ms })
}

/// What the tiles of a layer are cut from for a caller.
async fn sheet(
    app: &App,
    layer: TileLayer,
    caller: &Caller,
    params: &Params,
    version: Option<&str>,
) -> Result<Option<Sheet>, Problem> {
    admit(app, layer, caller)?;
    if layer == TileLayer::Reports {
        return Ok(Some(app.report_sheet(&caller.reach(REPORT_READERS), &filter(app, params)?).await?));
    }
    let insight = !caller.insight().is_nothing();
    Ok(app.sheet(layer, detail(caller), insight, &caller.reach(COVERAGE_READERS), version).await?)
}

/// TileJSON 3.0 of a layer.
#[utoipa::path(
    get, path = "/tiles/{layer}", tag = "tiles",
    params(
        ("layer" = String, Path, description = "grids, borders, atoms, jurisdictions, streets, buildings, cells, findings (for who reads coverage) or reports (for who reads reports)", example = "grids"),
        ("plan" = Option<i64>, Query, description = "Number of a plan: of grids and borders, the draft as it is drawn now"),
        ("category" = Option<String>, Query, description = "Of reports: those of this category"),
        ("since" = Option<String>, Query, description = "Of reports: those received since this date or instant"),
        ("rev" = Option<i64>, Query, description = "With `plan`: at this revision"),
    ),
    responses((status = 200, description = "TileJSON 3.0", body = serde_json::Value))
)]
pub(super) async fn tilejson(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    Segments(name): Segments<String>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let layer = layer(&name)?;
    if let Some(plan) = plan_of(&params)? {
        return draft_tilejson(&app, &caller, layer, plan, &params, &headers).await;
    }
    let detail = detail(&caller);
    let sheet = sheet(&app, layer, &caller, &params, None).await?;
    let query = match &sheet {
        // the newest are always asked for; what is drawn of them stays
        Some(_) if layer == TileLayer::Reports => filter_query(&params)?,
        Some(sheet) => format!("?v={}", sheet.version()),
        None => String::new(),
    };
    let template = format!("{}/tiles/{}/{{z}}/{{x}}/{{y}}{query}", origin(&headers), layer.as_str());
    let envelope = sheet.as_ref().and_then(Sheet::envelope);
    let bounds = envelope.map(|envelope| envelope.to_degrees());
    let [en, zh] = layer.legend().text;
    let described = Described {
        tilejson: App::described(layer, detail, vec![template], bounds),
        description: format!("{en} / {zh}"),
        attribution: app.attribution(),
        center: envelope.map(camera),
        generation: sheet.as_ref().map(Sheet::version),
    };
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(described)).into_response())
}

/// TileJSON with what a store alone knows.
#[derive(Debug, Serialize)]
pub(super) struct Described<'a> {
    #[serde(flatten)]
    pub tilejson: TileJson,
    /// In English and Chinese.
    pub description: String,
    /// Whose data it is: the name of the workspace. Clients show it as HTML.
    pub attribution: String,
    /// Longitude, latitude, zoom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub center: Option<[f64; 3]>,
    /// Stands for the contents, as `v` of the address. (`version` of TileJSON is a number of three parts.)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<&'a str>,
}

/// Longitude, latitude and the zoom at which an envelope fills a screen of some 1,000 pixels.
pub(super) fn camera(envelope: Envelope) -> [f64; 3] {
    between(envelope.to_degrees())
}

/// The same of west, south, east and north.
pub(super) fn between([west, south, east, north]: [f64; 4]) -> [f64; 3] {
    let (lon, lat) = (f64::midpoint(west, east), f64::midpoint(south, north));
    // a degree of latitude is drawn longer than one of longitude by 1 / cos
    let across = (east - west).max((north - south) / lat.to_radians().cos().max(0.01)).max(1e-4);
    // the world is 512 pixels wide at zoom 0
    let zoom = (360.0 / across * 1000.0 / 512.0).log2().clamp(0.0, 16.0);
    [lon, lat, (zoom * 10.0).floor() / 10.0]
}

/// The layers there are for the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tilesets {
    /// In the order of the ground up.
    layers: Vec<Tileset>,
}

/// One layer.
#[derive(Debug, Serialize, ToSchema)]
struct Tileset {
    /// Its name.
    #[schema(example = "grids")]
    name: &'static str,
    /// Where its TileJSON is.
    tilejson: String,
    /// What it is, in English.
    en: Words,
    /// What it is, in Chinese (zh-CN).
    zh: Words,
    /// The first zoom with tiles, and the last worth asking for.
    zooms: [u8; 2],
}

/// A name and a sentence.
#[derive(Debug, Serialize, ToSchema)]
struct Words {
    /// The name.
    title: &'static str,
    /// The sentence.
    text: &'static str,
}

/// The layers there are for the caller; for a browser, a page that shows them.
#[utoipa::path(
    get, path = "/tiles", tag = "tiles",
    responses((status = 200, body = Tilesets, description = "JSON; a page for who takes `text/html`"))
)]
pub(super) async fn list(State(app): State<Arc<App>>, Asker(caller): Asker, headers: HeaderMap) -> Response {
    let takes = |header: &HeaderValue| header.to_str().is_ok_and(|text| text.contains("text/html"));
    let vary = [(header::VARY, "accept"), (header::CACHE_CONTROL, "no-cache")];
    if headers.get_all(header::ACCEPT).iter().any(takes) {
        return (vary, super::assets::preview(&headers)).into_response();
    }
    let (origin, detail) = (origin(&headers), detail(&caller));
    let describe = |layer: TileLayer| {
        let (legend, described) = (layer.legend(), App::described(layer, detail, Vec::new(), None));
        let words = |language: usize| Words { title: legend.title[language], text: legend.text[language] };
        Tileset {
            name: layer.as_str(),
            tilejson: format!("{origin}/tiles/{}", layer.as_str()),
            en: words(0),
            zh: words(1),
            zooms: [described.minzoom, described.maxzoom],
        }
    };
    let readable = TileLayer::ALL.into_iter().filter(|&layer| admit(&app, layer, &caller).is_ok());
    (vary, Json(Tilesets { layers: readable.map(describe).collect() })).into_response()
}

/// Scheme and host a client used to get here; empty when it does not say, which leaves addresses relative.
pub(super) fn origin(headers: &HeaderMap) -> String {
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
        ("layer" = String, Path, description = "grids, borders, atoms, jurisdictions, streets, buildings, cells, findings (for who reads coverage) or reports (for who reads reports)", example = "grids"),
        ("z" = u8, Path, description = "Zoom, 0 to 20", example = 14),
        ("x" = u32, Path, description = "Column, from the west", example = 13724),
        ("y" = u32, Path, description = "Row, from the north", example = 7014),
        ("v" = Option<String>, Query, description = "`tiles_version` of /v1/workspace: with it the tile may be kept for good, and tiles of one view are of one version for a while after that has changed"),
        ("plan" = Option<i64>, Query, description = "Number of a plan: of grids and borders, the draft as it is drawn now, for who reads plans"),
        ("rev" = Option<i64>, Query, description = "With `plan`: at this revision; the tile may then be kept for good"),
        ("category" = Option<String>, Query, description = "Of reports: those of this category"),
        ("since" = Option<String>, Query, description = "Of reports: those received since this date or instant", example = "2026-03-01"),
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
    let id = place_of(&z, &x, &y)?;
    let Some(coding) = coding(&headers) else { return Err(Problem::not_acceptable()) };
    if let Some(plan) = plan_of(&params)? {
        let rev = revision(&params, "rev")?;
        let (sheet, _) = app.draft_sheet(&caller, plan, PLAN_READERS, rev, of_drafts(layer)?).await?;
        let tile = tokio::task::spawn_blocking(move || app.tile(&sheet, id, coding)).await?;
        let mut response = answer(&headers, &tile, false);
        let keep = HeaderValue::from_static(if rev.is_some() { OWN_FOR_GOOD } else { OWN_ASK_AGAIN });
        response.headers_mut().insert(header::CACHE_CONTROL, keep);
        return Ok(response);
    }
    let asked = params.optional("v", "`tiles_version` of /v1/workspace")?;
    let Some(sheet) = sheet(&app, layer, &caller, &params, asked).await? else {
        let depends = [(header::CACHE_CONTROL, ASK_AGAIN), (header::VARY, "accept-encoding")];
        return Ok((StatusCode::NO_CONTENT, depends).into_response());
    };
    let named = asked.is_some_and(|asked| asked == sheet.version());
    let tile = tokio::task::spawn_blocking(move || app.tile(&sheet, id, coding)).await?;
    let mut response = answer(&headers, &tile, named);
    if layer == TileLayer::Reports {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(OWN_ASK_AGAIN));
    }
    Ok(response)
}

/// The place of a tile by the last three words of its address.
pub(super) fn place_of(z: &str, x: &str, y: &str) -> Result<TileId, Problem> {
    let number = |name: &str, given: &str| -> Result<u32, Problem> {
        whole(given).ok_or_else(|| {
            let shown: String = given.chars().take(40).collect();
            Problem::parameter(name, format!("{name}={shown:?} in the path is not a whole number"))
        })
    };
    let z = number("z", z)?.min(u32::from(u8::MAX)) as u8;
    Ok(TileId::new(z, number("x", x)?, number("y", y)?)?)
}

/// Layer and place of a tile's address, if it is one.
pub(super) fn place(path: &str) -> Option<(TileLayer, TileId)> {
    let mut parts = path.strip_prefix("/tiles/")?.split('/');
    let mut part = || parts.next();
    let (name, z, x, y) = (part()?, part()?, part()?, part()?);
    let layer = TileLayer::ALL.into_iter().find(|layer| layer.as_str() == name)?;
    let id = TileId::new(u8::try_from(whole(z)?).ok()?, whole(x)?, whole(y)?).ok()?;
    part().is_none().then_some((layer, id))
}

fn whole(given: &str) -> Option<u32> {
    let plain = !given.is_empty() && given.bytes().all(|b| b.is_ascii_digit());
    given.parse().ok().filter(|_| plain)
}

/// A tile on the wire; only that there is nothing new where the asker has it already. `named`: asked for by the version it
/// has.
pub(super) fn answer(headers: &HeaderMap, tile: &KeptTile, named: bool) -> Response {
    let tag = tile.tag();
    let mut response = Response::new(Body::empty());
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static(if named { FOR_GOOD } else { ASK_AGAIN }));
    own.insert(header::ETAG, HeaderValue::from_bytes(&tag).expect("quotes, digits and letters"));
    own.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_known(headers, &tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else if tile.is_empty() {
        *response.status_mut() = StatusCode::NO_CONTENT;
    } else {
        own.insert(header::CONTENT_TYPE, HeaderValue::from_static(MVT));
        if let Some(word) = tile.coding().word() {
            own.insert(header::CONTENT_ENCODING, HeaderValue::from_static(word));
        }
        *response.body_mut() = Body::from(Bytes::from_owner(tile.bytes()));
    }
    response
}

/// In what a client takes tiles: gzip where it does, which is what they are kept in; else what it likes best. `None` where it
/// takes nothing we have (RFC 9110 §12.5.3).
pub(super) fn coding(headers: &HeaderMap) -> Option<Coding> {
    const OURS: [(&str, Coding); 4] =
        [("gzip", Coding::Gzip), ("br", Coding::Brotli), ("zstd", Coding::Zstd), ("identity", Coding::Identity)];
    let mut values = headers.get_all(header::ACCEPT_ENCODING).iter().peekable();
    if values.peek().is_none() {
        return Some(Coding::Identity);
    }
    let mut weights = [None; OURS.len()];
    let mut any = None;
    for item in values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
        let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok()).unwrap_or(1.0);
        match name.trim() {
            "*" => any = Some(weight),
            name => {
                let known = OURS
                    .iter()
                    .position(|(word, _)| word.eq_ignore_ascii_case(name) || (name == "x-gzip" && *word == "gzip"));
                if let Some(at) = known {
                    weights[at] = Some(weight);
                }
            }
        }
    }
    // identity is taken unless it is refused, but only when nothing else is
    let weight = |at: usize| match OURS[at].1 {
        Coding::Identity => weights[at].or(any).map_or(f32::MIN_POSITIVE, |given| given),
        _ => weights[at].or(any).unwrap_or(0.0),
    };
    let best = (0..OURS.len()).filter(|&at| weight(at) > 0.0).max_by(|&a, &b| {
        // of those liked as well the one that stands first
        weight(a).total_cmp(&weight(b)).then(b.cmp(&a))
    })?;
    Some(OURS[best].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(given: &'static str) -> Option<Coding> {
        coding(&[(header::ACCEPT_ENCODING, HeaderValue::from_static(given))].into_iter().collect())
    }

    #[test]
    fn gzip_is_taken_unless_a_client_likes_another_better() {
        assert_eq!(coding(&HeaderMap::new()), Some(Coding::Identity));
        for (given, expected) in [
            ("gzip, deflate, br, zstd", Some(Coding::Gzip)),
            ("br", Some(Coding::Brotli)),
            ("zstd, br;q=0.9", Some(Coding::Zstd)),
            ("br, gzip;q=0.5", Some(Coding::Brotli)),
            ("GZIP", Some(Coding::Gzip)),
            ("x-gzip", Some(Coding::Gzip)),
            ("deflate", Some(Coding::Identity)),
            ("", Some(Coding::Identity)),
            ("*", Some(Coding::Gzip)),
            ("identity", Some(Coding::Identity)),
            ("gzip;q=0", Some(Coding::Identity)),
            ("identity;q=0, gzip;q=0", None),
            ("*;q=0", None),
            ("*;q=0, br", Some(Coding::Brotli)),
        ] {
            assert_eq!(taken(given), expected, "{given:?}");
        }
    }

    #[test]
    fn an_address_is_a_place_or_none() {
        assert!(place("/tiles/grids/14/13724/7014").is_some());
        for wrong in [
            "/tiles/grids",
            "/tiles/grids/1/0",
            "/tiles/grids/1/0/0/0",
            "/tiles/grids/1/+0/0",
            "/tiles/x/1/0/0",
            "/tiles/grids/1/2/0",
        ] {
            assert!(place(wrong).is_none(), "{wrong}");
        }
    }
}
