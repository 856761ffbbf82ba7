//! `GET /v1/locate`: whose is this point?

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;

use crate::app::access::Reach;
use crate::app::serve::{App, Generation, GivenPoint, Grid, Located, Piece};
use crate::geom::{BeidouLevel, LatticePoint, beidou_code};
use crate::locate::Accuracy;

use super::access::Asker;
use super::error::Problem;
use super::guard::{Echo, Visit};
use super::officers::OfficerCard;
use super::params::Params;
use super::tag::Tag;
use super::wire::{ChainLink, GridSummary, Point, Position, Publication, chain, hundredth, insight_into};

/// The owner of a point.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LocateAnswer<'a> {
    /// The grid that owns it; null outside all.
    #[schema(value_type = Option<GridSummary>)]
    grid: Option<&'a RawValue>,
    /// The grid, its community, and so on upward; empty outside.
    #[schema(value_type = Vec<ChainLink>)]
    chain: WrittenChain<'a>,
    /// Who is responsible for the grid at that time; null when nobody is.
    officer: Option<OfficerCard>,
    /// The point as given.
    point: Point,
    /// Where it sits on the map, in WGS 84; null for a point given in another datum, unless the service may say it
    /// (`wangge serve --echo-wgs84`).
    position: Option<Position>,
    /// The BeiDou grid code (GB/T 39409) of the metre that holds it; null near the poles.
    #[schema(example = "N51H263D36C05526")]
    beidou: Option<String>,
    /// `interior`, `edge_tie` (on a border: the tie rule decided), `gap_fill` (on ground that the source left in nobody's and that
    /// was given to a neighbour) or `outside`.
    #[schema(example = "interior")]
    resolution: &'static str,
    /// Metres from the point to the nearest border of its grid; outside, of the nearest grid.
    edge_distance_m: Option<f64>,
    /// Every position nearer than so many metres has the same answer.
    stable_within_m: Option<f64>,
    /// Where the true place may be, most likely first, when `accuracy` is given; what holds less than 0.001 is left out.
    candidates: Option<Vec<Candidate>>,
    /// The publication that decided.
    publication: Option<Publication>,
    /// When something else comes into force, as far as is recorded; null when nothing is planned.
    #[schema(example = "2026-09-01T00:00:00+08:00")]
    expires: Option<String>,
    /// The nearest grid, when outside.
    nearest: Option<Nearest>,
}

/// A chain as it is written; an empty list for none.
#[derive(Debug)]
struct WrittenChain<'a>(Option<&'a RawValue>);

impl Serialize for WrittenChain<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(chain) => chain.serialize(to),
            None => to.collect_seq(std::iter::empty::<()>()),
        }
    }
}

/// A grid that may hold the true place.
#[derive(Debug, Serialize, ToSchema)]
struct Candidate {
    /// Its code; null for outside every grid.
    grid: Option<String>,
    /// The probability, 0 to 1.
    p: f64,
}

/// The grid nearest to a point outside all.
#[derive(Debug, Serialize, ToSchema)]
struct Nearest {
    /// Its code.
    code: String,
    /// From the point to its border, in metres.
    distance_m: f64,
}

/// What is in force at `at`, or the problem that nothing is.
pub(super) async fn in_force(app: &App, at_ms: i64) -> Result<Arc<Generation>, Problem> {
    app.generation(at_ms).await?.ok_or_else(|| {
        let known = app.known();
        let first = known.publications.iter().map(|publication| publication.effective_ms).min();
        Problem::nothing_in_force(match first {
            Some(first) => format!(
                "nothing is in force at {}: the first publication takes effect at {}",
                known.calendar.rfc3339(at_ms),
                known.calendar.rfc3339(first)
            ),
            None => "nothing has been published yet: publish a plan with `wangge publish`".to_owned(),
        })
    })
}

/// The one grid that owns a point.
///
/// A point on a border belongs to exactly one grid: the one that holds it after a push of (ε, ε²) to the north-east; on the
/// outer rim the grid just west or south of it.
#[utoipa::path(
    get, path = "/v1/locate", tag = "locate",
    params(
        ("lon" = f64, Query, description = "Longitude in degrees, or easting for EPSG:n", example = 121.4737),
        ("lat" = f64, Query, description = "Latitude in degrees, or northing for EPSG:n", example = 31.2304),
        ("crs" = String, Query, description = "wgs84, gcj02, bd09, cgcs2000 or EPSG:n, in any case", example = "wgs84"),
        ("accuracy" = Option<f64>, Query, description = "How far off the position may be, in metres, up to 10,000: candidates with their probabilities are answered then", example = 15.0),
        ("accuracy_model" = Option<String>, Query, description = "What accuracy means: p68, the radius that holds 68 % (Android, the default), or rms, the root mean square of the distance (Apple)", example = "p68"),
        ("at" = Option<String>, Query, description = "A date (local midnight) or an RFC 3339 instant; now when absent", example = "2026-03-01"),
    ),
    responses((status = 304, description = "As the ETag in If-None-Match says: nothing has changed"), (status = 200, body = LocateAnswer, headers(("ETag" = String, description = "Stands for exactly this answer")), description = "The owner, or outside with the nearest grid", example = json!({
        "grid": {"code": "310101001-004", "name": "第4网格", "status": "in_band", "households": 412, "population": 1133, "jurisdiction": "310101001",
            "parts": 1, "atoms": 6, "area_m2": 48210.5, "envelope": [121.471, 31.229, 121.476, 31.232], "label": [121.4735, 31.2303], "reason": null},
        "chain": [{"level": 0, "level_name": "grid", "code": "310101001-004", "name": "第4网格"},
            {"level": 3, "level_name": "community", "code": "310101001", "name": "人民社区"}],
        "officer": {"name": "王芳", "kind": "person", "team": null, "desk": "021-62710001"},
        "point": {"lon": 121.4737, "lat": 31.2304, "crs": "wgs84"}, "position": {"lon": 121.4737, "lat": 31.2304}, "beidou": "N51H263D36C05526", "resolution": "interior",
        "edge_distance_m": 6.41, "stable_within_m": 6.4, "candidates": [{"grid": "310101001-004", "p": 0.8412}, {"grid": "310101001-005", "p": 0.1588}],
        "publication": {"seq": 1, "scope": null, "effective_from": "2026-03-01T00:00:00+08:00", "recorded_at": "2026-02-20T09:00:00+08:00", "plan": 1, "grids": 96},
        "expires": null, "nearest": null
    })))
)]
pub(super) async fn locate(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    visit: Visit,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::read(&params, &app)?;
    let generation = in_force(&app, asked.at_ms).await?;
    let (body, resolution) =
        asked.answer(&app, &generation, &caller.insight(), visit.echo(), app.next_change_ms(asked.at_ms))?;
    metrics::counter!("wangge_locate_total", "resolution" => resolution).increment(1);
    Ok(tagged_body(&headers, body))
}

/// A look-up as it was asked for.
pub(super) struct Asked {
    given: GivenPoint,
    accuracy: Option<Accuracy>,
    /// For which instant.
    pub at_ms: i64,
    point: LatticePoint,
}

impl Asked {
    pub fn read(params: &Params, app: &App) -> Result<Self, Problem> {
        let given = params.point()?;
        let accuracy = params.accuracy()?;
        let at_ms = params.at_ms(app)?;
        let point = given.snap()?;
        Ok(Self { given, accuracy, at_ms, point })
    }

    /// The answer from what is in force then, and how it was found.
    pub fn answer(
        &self,
        app: &App,
        generation: &Generation,
        insight: &Reach,
        echo: Echo,
        expires_ms: Option<i64>,
    ) -> Result<(String, &'static str), Problem> {
        let (point, given) = (self.point, &self.given);
        let located = generation.locate(point);
        let known = app.known();
        let calendar = &known.calendar;
        let publication = match located.grid() {
            Some(grid) => Some(Publication::new(&grid.publication, calendar)),
            None => Publication::latest(generation, calendar),
        };
        let resolution = located.resolution();
        let card = |grid: &Arc<Grid>| app.cards(&grid.record.code, self.at_ms).primary;
        let officer = located.grid().and_then(card).map(OfficerCard::from);
        let sure = generation.sureness(point, &located, self.accuracy);
        let candidates = sure.candidates.map(|candidates| {
            let shown = |(grid, p): (Option<Arc<Grid>>, f64)| Candidate {
                grid: grid.map(|grid| grid.record.code.clone()),
                p: (p * 1e4).round() / 1e4,
            };
            candidates.into_iter().map(shown).collect()
        });
        let (grid, links, nearest) = match &located {
            Located::Owned { grid, .. } => (Some(written_grid(grid, insight)?), Some(written_chain(grid)?), None),
            Located::Outside { nearest } => {
                let nearest = nearest.as_ref().map(|(grid, distance_m)| Nearest {
                    code: grid.record.code.clone(),
                    distance_m: hundredth(*distance_m),
                });
                (None, None, nearest)
            }
        };
        let position = (given.crs.is_wgs84_degrees() || echo == Echo::Wgs84).then(|| point.into());
        let answer = LocateAnswer {
            grid,
            chain: WrittenChain(links),
            officer,
            point: Point { lon: given.lon, lat: given.lat, crs: given.crs.to_string() },
            position,
            beidou: beidou_code(point, BeidouLevel::METRE),
            resolution,
            edge_distance_m: sure.edge_distance_m.map(hundredth),
            // rounded down: a promise
            stable_within_m: sure.stable_within_m.map(|metres| (metres * 100.0).floor() / 100.0),
            candidates,
            publication,
            expires: expires_ms.map(|ms| calendar.rfc3339(ms)),
            nearest,
        };
        let body = serde_json::to_string(&answer).map_err(|error| Problem::unwritable(&error))?;
        Ok((body, resolution))
    }
}

/// The grid in short, for who has this insight.
fn written_grid<'a>(grid: &'a Grid, insight: &Reach) -> Result<&'a RawValue, Problem> {
    let piece = if insight_into(grid, insight) { Piece::Counted } else { Piece::Public };
    let written = grid.written.piece(piece, || to_raw_value(&GridSummary::new(grid, insight)));
    written.map_err(|error| Problem::unwritable(&error))
}

fn written_chain(grid: &Grid) -> Result<&RawValue, Problem> {
    let written = grid.written.piece(Piece::Chain, || to_raw_value(&chain(&grid.chain)));
    written.map_err(|error| Problem::unwritable(&error))
}

/// The answer with an `ETag` that stands for exactly it; only that where the asker has it already.
pub(super) fn tagged(headers: &HeaderMap, answer: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_string(answer).map_err(|error| Problem::unwritable(&error))?;
    Ok(tagged_body(headers, body))
}

/// As [`tagged`], of an answer that is written already.
pub(super) fn tagged_body(headers: &HeaderMap, body: String) -> Response {
    let tag = Tag::of(body.as_bytes(), "");
    // what is kept is asked for again each time: who owns a point may change at any moment
    let always = [(header::ETAG, tag.value()), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    if tag.is_known(headers) {
        return (StatusCode::NOT_MODIFIED, always).into_response();
    }
    (always, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
