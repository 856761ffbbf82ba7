//! `GET /v1/geocode`, `GET /v1/geocode/reverse`: from an address to a place, and back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::app::serve::{ADDRESS_CHARS, App, CONFIDENT, Geocoded, Match, Why};
use crate::geom::LonLat;

use super::error::Problem;
use super::locate::in_force;
use super::params::Params;
use super::wire::hundredth;

/// A reason, in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Reason {
    /// In English.
    #[schema(example = "unit missing; the register has 2")]
    en: String,
    /// In Chinese.
    #[schema(example = "缺单元，地址库为2")]
    zh: String,
}

impl From<&Why> for Reason {
    fn from(why: &Why) -> Self {
        Self { en: why.to_string(), zh: why.to_chinese() }
    }
}

/// An address that may be meant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct AddressCandidate {
    /// As the register has it.
    #[schema(example = "澄浦区南埠街道人民路276号云锦花园3号楼2单元")]
    address: String,
    /// Longitude in degrees, WGS 84.
    lon: f64,
    /// Latitude in degrees, WGS 84.
    lat: f64,
    /// The grid that owns it; null outside all, or when nothing is in force.
    grid: Option<String>,
    /// How well it agrees: 1 in every part.
    #[schema(minimum = 0.0, maximum = 1.0, example = 0.97)]
    score: f64,
    /// What agrees, differs or is missing.
    why: Vec<Reason>,
}

impl From<&Match> for AddressCandidate {
    fn from(found: &Match) -> Self {
        let LonLat { lon_deg, lat_deg } = found.point.to_lon_lat();
        Self {
            address: found.text.clone(),
            lon: lon_deg,
            lat: lat_deg,
            grid: found.grid.as_ref().map(|grid| grid.record.code.clone()),
            score: f64::from(found.score) / 1000.0,
            why: found.why.iter().map(Reason::from).collect(),
        }
    }
}

/// The candidates of an answer.
pub(super) fn candidates(geocoded: &Geocoded) -> Vec<AddressCandidate> {
    geocoded.matches.iter().map(AddressCandidate::from).collect()
}

/// What an address may mean.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GeocodeAnswer {
    /// `exact`: one agrees in every part. `confident`: one is at least as sure as `stated_confidence`, and no other comes near it.
    /// `ambiguous`: several are as good, or none is sure enough. `none`: nothing was found; candidates, if any, are only near it.
    #[schema(example = "confident")]
    state: &'static str,
    /// The best first.
    candidates: Vec<AddressCandidate>,
    /// The score from which on a candidate is sure enough to be taken.
    #[schema(example = 0.85)]
    stated_confidence: f64,
}

/// From an address to a place.
///
/// Addresses are compared in any width, with Chinese numerals or digits, any word for a building (号楼, 栋, 幢, 座, #), and with
/// districts, streets, compounds or units left out; Cyrillic and Latin letters alike. Each candidate says why it is one.
#[utoipa::path(
    get, path = "/v1/geocode", tag = "locate",
    params(
        ("q" = String, Query, description = "An address, up to 200 letters", example = "云锦花园三栋2单元"),
        ("limit" = Option<u32>, Query, description = "1 to 20 candidates; 5 when absent"),
        ("at" = Option<String>, Query, description = "A date (local midnight) or an RFC 3339 instant at which the grids are asked for; now when absent"),
    ),
    responses((status = 200, body = GeocodeAnswer, description = "What it may mean", example = json!({
        "state": "confident", "candidates": [{"address": "澄浦区南埠街道人民路276号云锦花园3号楼2单元", "lon": 112.915, "lat": 30.577,
            "grid": "429701001001-002", "score": 0.96, "why": [
                {"en": "street missing; the register has 人民路", "zh": "缺道路名，地址库为人民路"},
                {"en": "district missing; the register has 澄浦区南埠街道", "zh": "缺区划，地址库为澄浦区南埠街道"}]}],
        "stated_confidence": 0.85
    })))
)]
pub(super) async fn geocode(State(app): State<Arc<App>>, params: Params) -> Result<Json<GeocodeAnswer>, Problem> {
    let allowed = format!("an address of 1 to {ADDRESS_CHARS} letters");
    let text = params.long("q", &allowed, ADDRESS_CHARS)?;
    let limit = params.number("limit", 1, 20, 5)?;
    let at_ms = params.at_ms(&app)?;
    let generation = app.generation(at_ms).await?;
    let found = app.geocode(text, limit as usize, generation.as_deref()).await?;
    metrics::counter!("wangge_geocode_total", "state" => found.state.as_str()).increment(1);
    Ok(Json(GeocodeAnswer {
        state: found.state.as_str(),
        candidates: candidates(&found),
        stated_confidence: f64::from(CONFIDENT) / 1000.0,
    }))
}

/// An address near a point.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NearAddress {
    /// As the register has it.
    address: String,
    /// Longitude in degrees, WGS 84.
    lon: f64,
    /// Latitude in degrees, WGS 84.
    lat: f64,
    /// From the point to it, in metres.
    #[schema(example = 12.4)]
    distance_m: f64,
}

/// The address nearest to a point.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReverseAnswer {
    /// The grid that owns the point; null outside all.
    grid: Option<String>,
    /// The nearest address of that grid; null where it has none.
    nearest: Option<NearAddress>,
}

/// From a place to an address: the nearest one in the grid that owns the point, never one across its border.
#[utoipa::path(
    get, path = "/v1/geocode/reverse", tag = "locate",
    params(
        ("lon" = f64, Query, description = "Longitude in degrees, or easting for EPSG:n", example = 121.4737),
        ("lat" = f64, Query, description = "Latitude in degrees, or northing for EPSG:n", example = 31.2304),
        ("crs" = String, Query, description = "wgs84, gcj02, bd09, cgcs2000 or EPSG:n, in any case", example = "wgs84"),
        ("at" = Option<String>, Query, description = "A date (local midnight) or an RFC 3339 instant; now when absent"),
    ),
    responses((status = 200, body = ReverseAnswer, description = "The nearest address of the grid, with metres"))
)]
pub(super) async fn reverse(State(app): State<Arc<App>>, params: Params) -> Result<Json<ReverseAnswer>, Problem> {
    let given = params.point()?;
    let at_ms = params.at_ms(&app)?;
    let point = given.snap()?;
    let generation = in_force(&app, at_ms).await?;
    let located = generation.locate(point);
    let Some(grid) = located.grid() else { return Ok(Json(ReverseAnswer { grid: None, nearest: None })) };
    let code = grid.record.code.clone();
    let nearest = app.nearest_address(point, &code, &generation).await?.map(|found| {
        let LonLat { lon_deg, lat_deg } = found.point.to_lon_lat();
        NearAddress { address: found.text, lon: lon_deg, lat: lat_deg, distance_m: hundredth(found.distance_m) }
    });
    Ok(Json(ReverseAnswer { grid: Some(code), nearest }))
}

/// Of a report that named an address: which was taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct TakenAddress {
    /// `exact` or `confident`.
    #[schema(example = "confident")]
    state: &'static str,
    /// The address that was taken, with its score and reasons.
    #[serde(flatten)]
    candidate: AddressCandidate,
}

impl TakenAddress {
    /// What was taken of an answer.
    pub fn new(geocoded: &Geocoded) -> Option<Self> {
        let taken = geocoded.taken()?;
        Some(Self { state: geocoded.state.as_str(), candidate: taken.into() })
    }
}

/// The candidates of an answer that was not sure enough, for a problem.
pub(super) fn undecided(geocoded: &Geocoded) -> serde_json::Value {
    json!(candidates(geocoded))
}
