//! `POST /v1/locate:shape`: whose is this area?

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use geojson::{Geometry, GeometryValue};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::serve::{App, ShapeError, circle};
use crate::crs::{Crs, CrsError, place, place_all};
use crate::geom::{MultiPolygon, Polygon, Ring};

use super::body::Body;
use super::error::Problem;
use super::locate::in_force;
use super::params::CRS_NAMES;
use super::wire::hundredth;

/// The most corners of a shape.
const MOST_CORNERS: usize = 10_000;
/// Grids that are listed, unless asked otherwise, and at most.
const LISTED: (u32, u32) = (100, 10_000);
/// The largest radius.
const MOST_RADIUS_M: f64 = 50_000.0;

/// An area: a polygon, or a circle.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShapeBody {
    /// A GeoJSON Polygon or MultiPolygon.
    #[schema(value_type = Option<Object>, example = json!({"type": "Polygon", "coordinates": [[[121.47, 31.23], [121.48, 31.23], [121.48, 31.24], [121.47, 31.23]]]}))]
    geometry: Option<serde_json::Value>,
    /// A circle in place of it.
    circle: Option<Circle>,
    /// What it is in: wgs84, gcj02, bd09, cgcs2000 or EPSG:n, in any case.
    #[schema(example = "wgs84")]
    crs: String,
    /// A date (local midnight) or an RFC 3339 instant; now when absent.
    at: Option<String>,
    /// Where several grids hold exactly the most: `code` (the default) takes the first by code, `refuse` none.
    #[serde(default)]
    tie: Tie,
    /// How many grids are listed, 100 unless said otherwise.
    limit: Option<u32>,
}

/// A circle.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Circle {
    /// Longitude in degrees, or easting, of its middle.
    lon: f64,
    /// Latitude in degrees, or northing.
    lat: f64,
    /// In metres, at most 50,000.
    radius_m: f64,
}

/// Who owns what several hold equally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Tie {
    /// The first by code.
    #[default]
    Code,
    /// Nobody.
    Refuse,
}

/// How the area is shared out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShapeAnswer {
    /// The grid that holds most of it; null outside all, and for a tie that is refused.
    #[schema(example = "310101001-004")]
    owner: Option<String>,
    /// Grids that hold exactly the most, when more than one.
    tied: Vec<String>,
    /// Grids that hold some of it, most first.
    overlaps: Vec<Overlap>,
    /// How many there are.
    grids: usize,
    /// Whether there are more than are listed.
    truncated: bool,
    /// All of it in square metres.
    area_m2: f64,
    /// What no grid holds.
    outside_m2: f64,
    /// A word for exactly these grids.
    generation: String,
}

/// A grid that holds some of the area.
#[derive(Debug, Serialize, ToSchema)]
struct Overlap {
    /// Its code.
    grid: String,
    /// Square metres.
    area_m2: f64,
    /// Of all of it, 0 to 1.
    share: f64,
}

/// The grids an area lies in, the one with the greatest share first.
#[utoipa::path(
    post, path = "/v1/locate:shape", tag = "locate", request_body = ShapeBody,
    responses((status = 200, body = ShapeAnswer))
)]
pub(super) async fn shape(
    State(app): State<Arc<App>>,
    Body(body): Body<ShapeBody>,
) -> Result<Json<ShapeAnswer>, Problem> {
    let crs: Crs = body.crs.parse().map_err(|error: CrsError| Problem::field("crs", error.to_string()))?;
    let listed = body.limit.unwrap_or(LISTED.0);
    if !(1..=LISTED.1).contains(&listed) {
        return Err(Problem::field("limit", format!("limit={listed}: give a whole number from 1 to {}", LISTED.1)));
    }
    let shape = match (body.geometry, body.circle) {
        (Some(geometry), None) => polygon(&crs, geometry)?,
        (None, Some(given)) => {
            if !(given.radius_m > 0.0 && given.radius_m <= MOST_RADIUS_M) {
                let detail = format!("radius_m={}: give metres, above 0 and at most {MOST_RADIUS_M}", given.radius_m);
                return Err(Problem::field("circle", detail));
            }
            let middle = place(&crs, given.lon, given.lat);
            let middle = middle.map_err(|error| Problem::field("circle", error.to_string()))?;
            circle(middle, given.radius_m)
                .ok_or_else(|| Problem::field("circle", "the circle leaves the range of longitude and latitude"))?
        }
        _ => return Err(Problem::field("geometry", "give a geometry or a circle, one of the two")),
    };
    let at_ms = match &body.at {
        Some(text) => app.known().calendar.parse_ms(text)?,
        None => app.clock().now_ms(),
    };
    let generation = in_force(&app, at_ms).await?;
    let worked = Arc::clone(&generation);
    let found = tokio::task::spawn_blocking(move || worked.overlaps(&shape)).await;
    let found = found
        .map_err(|error| Problem::lost(&error))?
        .map_err(|error: ShapeError| Problem::field("geometry", error.to_string()))?;
    let codes = found.grids.iter().map(|(grid, _)| grid.record.code.clone());
    let tied: Vec<String> = if found.tied > 1 { codes.take(found.tied).collect() } else { Vec::new() };
    let owner = found.grids.first().filter(|_| tied.is_empty() || body.tie == Tie::Code);
    let share = |area_m2: f64| (area_m2 / found.area_m2 * 1e6).round() / 1e6;
    let overlap = |(grid, area_m2): &(Arc<crate::app::serve::Grid>, f64)| Overlap {
        grid: grid.record.code.clone(),
        area_m2: hundredth(*area_m2),
        share: share(*area_m2),
    };
    Ok(Json(ShapeAnswer {
        owner: owner.map(|(grid, _)| grid.record.code.clone()),
        tied,
        overlaps: found.grids.iter().take(listed as usize).map(overlap).collect(),
        grids: found.grids.len(),
        truncated: found.grids.len() > listed as usize,
        area_m2: hundredth(found.area_m2),
        outside_m2: hundredth(found.outside_m2),
        generation: generation.version().to_owned(),
    }))
}

/// Which way round a ring goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wound {
    CounterClockwise,
    Clockwise,
}

fn polygon(crs: &Crs, given: serde_json::Value) -> Result<MultiPolygon, Problem> {
    let geometry: Geometry = serde_json::from_value(given)
        .map_err(|error| Problem::field("geometry", format!("not a GeoJSON geometry: {error}")))?;
    let polygons = match geometry.value {
        GeometryValue::Polygon { coordinates } => vec![coordinates],
        GeometryValue::MultiPolygon { coordinates } => coordinates,
        other => {
            let detail = format!("its type is {}: give a Polygon or a MultiPolygon", other.type_name());
            return Err(Problem::field("geometry", detail));
        }
    };
    let corners: usize = polygons.iter().flatten().map(Vec::len).sum();
    if corners > MOST_CORNERS {
        return Err(Problem::field("geometry", format!("{corners} corners, {MOST_CORNERS} at most: simplify it")));
    }
    // rings are wound as RFC 7946 has them, whichever way they come
    let ring = |line: &[geojson::Position], wound: Wound| -> Result<Ring, Problem> {
        let given: Vec<(f64, f64)> = line
            .iter()
            .map(|position| match position.as_slice() {
                [x, y, ..] => (*x, *y),
                _ => (f64::NAN, f64::NAN),
            })
            .collect();
        let placed =
            place_all(crs, &given).map_err(|error| Problem::field("crs", format!("{error}: give {CRS_NAMES}")))?;
        if let Some((row, error)) = placed.bad.first() {
            return Err(Problem::field("geometry", format!("corner {}: {error}", row + 1)));
        }
        let ring = Ring::new(placed.points);
        let is_counter_clockwise = ring.area_2() > 0;
        if is_counter_clockwise == (wound == Wound::CounterClockwise) {
            return Ok(ring);
        }
        Ok(Ring::new(ring.points().iter().rev().copied().collect()))
    };
    let mut shape = MultiPolygon(Vec::with_capacity(polygons.len()));
    for rings in &polygons {
        let Some((exterior, holes)) = rings.split_first() else { continue };
        let holes = holes.iter().map(|hole| ring(hole, Wound::Clockwise)).collect::<Result<_, _>>()?;
        shape.0.push(Polygon { exterior: ring(exterior, Wound::CounterClockwise)?, holes });
    }
    Ok(shape)
}
