//! The JSON forms that several resources share.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::access::Reach;
use crate::app::serve::{Calendar, Filed, Generation, Grid, Link, PublicationRecord, Stage};
use crate::geom::{LatticePoint, LonLat, to_geo};
use crate::plan;

use super::geocode::TakenAddress;

/// Longitude and latitude in degrees (WGS 84).
pub(super) type Spot = [f64; 2];
/// West, south, east, north in degrees (WGS 84).
pub(super) type Box4 = [f64; 4];

/// How a grid stands to the band.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    /// Within the band, both ends included.
    InBand,
    /// Below it, with somebody living there.
    Under,
    /// Above it.
    Over,
    /// Nobody lives there.
    Uninhabited,
    /// The source does not say how many live there.
    Unknown,
}

impl From<plan::Status> for Status {
    fn from(status: plan::Status) -> Self {
        match status {
            plan::Status::InBand => Self::InBand,
            plan::Status::Under => Self::Under,
            plan::Status::Over => Self::Over,
            plan::Status::Uninhabited => Self::Uninhabited,
            plan::Status::Unknown => Self::Unknown,
        }
    }
}

/// What sizes count.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Attribute {
    /// Households (户).
    Households,
    /// Persons (人).
    Population,
}

impl From<plan::Attribute> for Attribute {
    fn from(attribute: plan::Attribute) -> Self {
        match attribute {
            plan::Attribute::Households => Self::Households,
            plan::Attribute::Population => Self::Population,
        }
    }
}

/// The band of sizes, both ends lawful.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bounds {
    /// The least lawful size.
    #[schema(example = 300)]
    pub lower: u32,
    /// The largest lawful size.
    #[schema(example = 500)]
    pub upper: u32,
}

impl From<plan::Band> for Bounds {
    fn from(band: plan::Band) -> Self {
        Self { lower: band.lower, upper: band.upper }
    }
}

/// Why a grid is outside the band.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Reason {
    /// `unit_below`, `unit_gap`, `unit_clash`, `atom_over`, `part_below`, `part_gap`, `part_clash`, `pocket`, `dead_end`, `locked`,
    /// `residue`, `count`, `exclusive`, `stranded`, `exhausted`, `as_adopted`, `by_hand` or
    /// `not_proven`.
    #[schema(example = "atom_over")]
    pub kind: &'static str,
    /// In English.
    pub en: String,
    /// In Chinese (zh-CN).
    pub zh: String,
}

impl From<&plan::Reason> for Reason {
    fn from(reason: &plan::Reason) -> Self {
        Self { kind: reason.kind(), en: reason.to_english(), zh: reason.to_chinese() }
    }
}

/// A grid in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct GridSummary {
    /// Its code; never given to another grid.
    #[schema(example = "310101001-004")]
    pub code: String,
    /// Its name.
    pub name: String,
    /// How it stands to its band.
    pub status: Status,
    /// The band it should keep to; null for an exclusive grid of any size.
    pub bounds: Option<Bounds>,
    /// Households in it; null for who may not know.
    #[schema(example = 412)]
    pub households: Option<u64>,
    /// Persons in it, where they are counted; null for who may not know.
    pub population: Option<u64>,
    /// Code of its lowest jurisdiction.
    #[schema(example = "310101001")]
    pub jurisdiction: String,
    /// Pieces not joined by an edge.
    #[schema(example = 1)]
    pub parts: u32,
    /// Atoms in it.
    #[schema(example = 6)]
    pub atoms: u32,
    /// Area in m² on the WGS 84 ellipsoid.
    pub area_m2: f64,
    /// West, south, east, north in degrees.
    #[schema(value_type = Vec<f64>, min_items = 4, max_items = 4)]
    pub envelope: Box4,
    /// Where a label goes: longitude, latitude.
    #[schema(value_type = Vec<f64>, min_items = 2, max_items = 2)]
    pub label: Spot,
    /// Why it is outside the band; null within it, and for who may not know how many live there.
    pub reason: Option<Reason>,
}

impl GridSummary {
    /// A grid, with its counts where `insight` reaches.
    pub fn new(grid: &Grid, insight: &Reach) -> Self {
        let record = &grid.record;
        let counted = insight_into(grid, insight);
        Self {
            code: record.code.clone(),
            name: record.name.clone(),
            status: record.status.into(),
            bounds: Some(grid.counted.band).filter(|band| *band != plan::Band::ANY).map(Bounds::from),
            households: counted.then_some(record.households),
            population: record.population.filter(|_| counted),
            jurisdiction: record.jurisdiction.clone(),
            parts: record.parts,
            atoms: record.atoms,
            area_m2: hundredth(record.area_m2),
            envelope: grid.envelope.to_degrees(),
            label: spot(record.label),
            reason: record.reason.as_ref().filter(|_| counted).map(Reason::from),
        }
    }
}

/// Whether who has this insight may know how many live in the grid.
pub(super) fn insight_into(grid: &Grid, insight: &Reach) -> bool {
    insight.holds(grid.above())
}

/// One step of an owner chain.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ChainLink {
    /// 0 for the grid; for a jurisdiction its level, 1 at the top.
    #[schema(example = 3)]
    pub level: u8,
    /// `grid`, or what the level is called.
    #[schema(example = "community")]
    pub level_name: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

impl From<&Link> for ChainLink {
    fn from(link: &Link) -> Self {
        let Link { level, level_name, code, name } = link.clone();
        Self { level, level_name, code, name }
    }
}

pub(super) fn chain(links: &[Link]) -> Vec<ChainLink> {
    links.iter().map(ChainLink::from).collect()
}

/// A publication. Immutable.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Publication {
    /// 1, 2, 3 …
    #[schema(example = 1)]
    pub seq: i64,
    /// Code of the jurisdiction it covers; null = the whole import.
    pub scope: Option<String>,
    /// From when it holds, RFC 3339.
    #[schema(example = "2026-03-01T00:00:00+08:00")]
    pub effective_from: String,
    /// When it was written, RFC 3339.
    pub recorded_at: String,
    /// The plan it put in force.
    #[schema(example = 1)]
    pub plan: i64,
    /// How many grids.
    #[schema(example = 96)]
    pub grids: u64,
}

impl Publication {
    pub fn new(record: &PublicationRecord, calendar: &Calendar) -> Self {
        Self {
            seq: record.seq,
            scope: record.scope.clone(),
            effective_from: calendar.rfc3339(record.effective_ms),
            recorded_at: calendar.rfc3339(record.recorded_ms),
            plan: record.plan,
            grids: record.grids,
        }
    }

    /// The one that came to hold last among those in force.
    pub fn latest(generation: &Generation, calendar: &Calendar) -> Option<Self> {
        generation.latest().map(|from| Self::new(&from.publication, calendar))
    }
}

/// A position as it was given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Point {
    /// Longitude in degrees, or easting.
    #[schema(example = 121.4737)]
    pub lon: f64,
    /// Latitude in degrees, or northing.
    #[schema(example = 31.2304)]
    pub lat: f64,
    /// What they are in.
    #[schema(example = "wgs84")]
    pub crs: String,
}

/// A position on the map, in degrees (WGS 84), as it stands on the lattice of 1e-7 degree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Position {
    /// Longitude.
    pub lon: f64,
    /// Latitude.
    pub lat: f64,
}

impl From<LatticePoint> for Position {
    fn from(point: LatticePoint) -> Self {
        let [lon, lat] = spot(point);
        Self { lon, lat }
    }
}

/// A GeoJSON MultiPolygon (RFC 7946), in degrees (WGS 84).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct MultiPolygon {
    /// Always `MultiPolygon`.
    #[serde(rename = "type")]
    #[schema(example = "MultiPolygon")]
    kind: &'static str,
    /// Polygons, rings, positions.
    #[schema(value_type = Vec<Vec<Vec<Vec<f64>>>>)]
    coordinates: Vec<Vec<Vec<Spot>>>,
}

impl From<&crate::geom::MultiPolygon> for MultiPolygon {
    fn from(shape: &crate::geom::MultiPolygon) -> Self {
        let polygons = to_geo(shape);
        let coordinates = polygons
            .iter()
            .map(|polygon| {
                let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
                rings.map(|ring| ring.coords().map(|c| [c.x, c.y]).collect()).collect()
            })
            .collect();
        Self { kind: "MultiPolygon", coordinates }
    }
}

/// A report as it is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Report {
    /// Sorts by time.
    #[schema(example = "019e0b5c-7a3e-7d4f-9b1a-3f2f6f0c9a11")]
    pub id: String,
    /// `routed` to a grid, or `outside` all of them, while nobody has answered it; then `answered`, at last `closed`.
    #[schema(example = "routed")]
    pub state: &'static str,
    /// Since when it is so, RFC 3339.
    pub state_at: String,
    /// What its sender was told, the newest words; null where nobody has said anything.
    pub answer: Option<String>,
    /// What it is about.
    #[schema(example = "street light")]
    pub category: String,
    /// In the sender's words.
    pub text: String,
    /// Where, as given.
    pub point: Point,
    /// Where it sits on the map.
    pub position: Position,
    /// The grid that owned the point when the report came.
    pub grid: Option<GridSummary>,
    /// Grid, community, and so on upward, as they were then.
    #[schema(value_type = Vec<ChainLink>)]
    pub chain: serde_json::Value,
    /// `interior`, `edge_tie` or `outside`.
    #[schema(example = "interior")]
    pub resolution: String,
    /// The publication that decided; null when none was in force.
    pub publication_seq: Option<i64>,
    /// When it was received, RFC 3339.
    pub received_at: String,
    /// In the answer to a report that named an address: which was taken, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<TakenAddress>,
}

impl Report {
    /// A report; the counts of its grid where `insight` reaches.
    pub fn new(filed: &Filed, calendar: &Calendar, insight: &Reach) -> Self {
        let (record, standing) = (&filed.record.sent, &filed.record.standing);
        let (lon, lat, crs) = record.given.clone();
        Self {
            id: record.id.clone(),
            state: match standing.stage {
                Stage::Open if record.grid.is_some() => "routed",
                Stage::Open => "outside",
                Stage::Answered | Stage::Closed => standing.stage.as_str(),
            },
            state_at: calendar.rfc3339(standing.since_ms.unwrap_or(record.received_ms)),
            answer: standing.answer.clone(),
            category: record.category.clone(),
            text: record.text.clone(),
            point: Point { lon, lat, crs },
            position: record.point.into(),
            grid: filed.grid.as_deref().map(|grid| GridSummary::new(grid, insight)),
            chain: record.chain.clone(),
            resolution: record.resolution.clone(),
            publication_seq: record.publication,
            received_at: calendar.rfc3339(record.received_ms),
            address: None,
        }
    }
}

pub(super) fn spot(point: LatticePoint) -> Spot {
    let LonLat { lon_deg, lat_deg } = point.to_lon_lat();
    [lon_deg, lat_deg]
}

/// Square metres and metres go out to the hundredth: what is beyond it is noise of the ellipsoid.
pub(super) fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
