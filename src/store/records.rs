//! The rows of the store, as the rest of the program sees them.

use super::Standing;
use crate::atom::Dataset;
use crate::geom::{LatticePoint, MultiPolygon};
use crate::plan::{Attribute, Band, Made, OwnBand, OwnBands, Reason, Status};

/// Settings of the whole store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// A name to show.
    pub name: String,
    /// `zh-CN` or `en`.
    pub language: String,
    /// IANA name; a date means local midnight there.
    pub time_zone: String,
    /// The CRS offices here speak of, such as `EPSG:4490`.
    pub home_crs: String,
    /// How grid codes are made.
    pub code_scheme: String,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            name: "Wangge".to_owned(),
            language: "zh-CN".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            home_crs: "EPSG:4490".to_owned(),
            code_scheme: "{parent}-{seq:03}".to_owned(),
        }
    }
}

/// An import to be kept.
#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    /// File name it came from, without folders.
    pub source: String,
    /// SHA-256 of the content, in hex.
    pub content_hash: String,
    /// CRS it came in.
    pub crs: String,
    /// When.
    pub recorded_ms: i64,
    /// Which counts it has; the first is what plans count by default.
    pub attributes: Vec<Attribute>,
    /// Atoms and jurisdictions.
    pub dataset: &'a Dataset,
    /// Boundary of each jurisdiction, in the order of [`Dataset::jurisdictions`].
    pub boundaries: &'a [MultiPolygon],
    /// What was found on the way in.
    pub findings: Vec<NewFinding>,
    /// How its shapes were made to fit, as JSON; `None` where nothing is known of it.
    pub mending: Option<String>,
}

/// An import that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetRecord {
    /// Ascending in time.
    pub id: i64,
    /// File name it came from.
    pub source: String,
    /// SHA-256 in hex.
    pub content_hash: String,
    /// CRS it came in.
    pub crs: String,
    /// When.
    pub recorded_ms: i64,
    /// Which counts it has.
    pub attributes: Vec<Attribute>,
    /// How many atoms.
    pub atoms: u64,
    /// How many jurisdictions.
    pub jurisdictions: u64,
    /// How its shapes were made to fit, as JSON; `None` where nothing is known of it.
    pub mending: Option<String>,
}

/// A plan to be kept.
#[derive(Debug, Clone)]
pub struct NewPlan<'a> {
    /// Its dataset.
    pub dataset: i64,
    /// Latest publication when it was made; 0 = none.
    pub base: i64,
    /// Code of the jurisdiction it covers; `None` = the whole dataset.
    pub scope: Option<String>,
    /// How it was made: `partition` or `adopt`.
    pub origin: String,
    /// What sizes count.
    pub attribute: Attribute,
    /// The band.
    pub band: Band,
    /// Seed of the partition.
    pub seed: u64,
    /// When.
    pub recorded_ms: i64,
    /// Its grids, in plan order.
    pub grids: &'a [GridRecord],
    /// For each atom, in dataset order, the position of its grid in `grids`.
    pub assignment: &'a [Option<u32>],
    /// What was found while making it (not contiguous, gap …).
    pub findings: Vec<NewFinding>,
    /// What else is kept of it.
    pub terms: PlanTerms,
}

/// What a plan is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlanLevel {
    /// Grids in jurisdictions.
    #[default]
    Grid,
    /// Micro-grids in the grids of another plan.
    Micro,
    /// Patrol areas (片区): whole jurisdictions of the lowest level, grouped.
    Area,
}

impl PlanLevel {
    /// The word used in the store and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Micro => "micro",
            Self::Area => "area",
        }
    }

    /// What [`Self::as_str`] wrote; plans of before there were levels are of grids.
    pub fn from_word(word: &str) -> Self {
        [Self::Micro, Self::Area].into_iter().find(|level| level.as_str() == word).unwrap_or_default()
    }

    /// Several of what it makes, in English.
    pub const fn many(self) -> &'static str {
        match self {
            Self::Grid => "grids",
            Self::Micro => "micro-grids",
            Self::Area => "patrol areas",
        }
    }

    /// The words its reasons are told in.
    pub const fn made(self) -> Made {
        match self {
            Self::Grid | Self::Micro => Made::Grids,
            Self::Area => Made::Areas,
        }
    }
}

/// What a plan keeps to besides its band, and what was measured when it was made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanTerms {
    /// What it is of.
    pub level: PlanLevel,
    /// The plan whose grids it divides, of a plan of micro-grids.
    pub parent: Option<i64>,
    /// What its grids nest in.
    pub nested_in: NestedIn,
    /// The band of the count that the plan's attribute does not name, where both are kept to.
    pub other_band: Option<Band>,
    /// The band of exclusive grids, where one was given.
    pub exclusive_band: Option<Band>,
    /// Bands of single jurisdictions and kinds, where they are not those of the plan.
    pub own_bands: OwnBands,
    /// Its figures, as a JSON object; `None` for plans of before they were kept.
    pub figures: Option<serde_json::Value>,
    /// The plan it is, as that was redrawn by hand.
    pub redrawn: Option<Redrawn>,
}

/// A revision of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redrawn {
    /// The plan that was redrawn.
    pub base: i64,
    /// The revision.
    pub rev: i64,
}

/// What no grid of a plan crosses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NestedIn {
    /// Jurisdictions of the lowest level.
    #[default]
    Lowest,
    /// Jurisdictions of the level with this name.
    Level(String),
    /// Nothing: grids only hang together.
    Nothing,
}

impl NestedIn {
    /// As it is kept: `*` for nothing, which no level is called.
    pub fn to_word(&self) -> Option<&str> {
        match self {
            Self::Lowest => None,
            Self::Level(name) => Some(name),
            Self::Nothing => Some("*"),
        }
    }

    /// What [`Self::to_word`] wrote.
    pub fn from_word(word: Option<String>) -> Self {
        match word {
            None => Self::Lowest,
            Some(word) if word == "*" => Self::Nothing,
            Some(name) => Self::Level(name),
        }
    }
}

/// How far a plan has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanStatus {
    /// Neither published nor redrawn into a plan that was.
    Draft,
    /// As a draft, and put away: nobody means to go on with it, for now.
    PutAway,
    /// Published at least once, itself or as it was redrawn.
    Published,
}

/// A plan that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRecord {
    /// Ascending in time.
    pub id: i64,
    /// Its dataset.
    pub dataset: i64,
    /// Latest publication when it was made; 0 = none.
    pub base: i64,
    /// Code of the jurisdiction it covers; `None` = the whole dataset.
    pub scope: Option<String>,
    /// How it was made.
    pub origin: String,
    /// What sizes count.
    pub attribute: Attribute,
    /// The band.
    pub band: Band,
    /// Seed of the partition.
    pub seed: u64,
    /// When.
    pub recorded_ms: i64,
    /// Draft or published.
    pub status: PlanStatus,
    /// Grids in all.
    pub grids: u64,
    /// Grids within the band.
    pub in_band: u64,
    /// Grids where nobody lives.
    pub uninhabited: u64,
    /// Grids of which the source does not say how many live there.
    pub unknown: u64,
    /// What else is kept of it.
    pub terms: PlanTerms,
}

/// A grid of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRecord {
    /// Its code.
    pub code: String,
    /// A name to show.
    pub name: String,
    /// Code of the lowest jurisdiction that holds it.
    pub jurisdiction: String,
    /// Where it lies.
    pub shape: MultiPolygon,
    /// A point inside, for labels.
    pub label: LatticePoint,
    /// Households in it; unknown counts as 0.
    pub households: u64,
    /// Persons in it, where the dataset counts them.
    pub population: Option<u64>,
    /// The bands it should keep to, where they are not those of its plan; [`Band::ANY`] for an exclusive grid of any size.
    pub own: OwnBand,
    /// How it stands to them.
    pub status: Status,
    /// Why it is outside the band.
    pub reason: Option<Reason>,
    /// How many atoms.
    pub atoms: u32,
    /// How many pieces not joined by an edge.
    pub parts: u32,
    /// Derived, rounded.
    pub area_m2: f64,
}

/// A publication to be made.
#[derive(Debug, Clone)]
pub struct NewPublication {
    /// The plan.
    pub plan: i64,
    /// From when it holds.
    pub effective_ms: i64,
    /// When it is written.
    pub recorded_ms: i64,
    /// Which old grid went into which new one.
    pub lineage: Vec<LineageRecord>,
}

/// A publication. Immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationRecord {
    /// 1, 2, 3 …
    pub seq: i64,
    /// The plan whose grids it put in force.
    pub plan: i64,
    /// Code of the jurisdiction it covers; `None` = the plan's whole dataset.
    pub scope: Option<String>,
    /// The publication before it that it was made on; 0 = none.
    pub base: i64,
    /// From when it holds.
    pub effective_ms: i64,
    /// When it was written.
    pub recorded_ms: i64,
    /// How many grids.
    pub grids: u64,
}

/// One old grid that went, in part, into one new grid.
#[derive(Debug, Clone, PartialEq)]
pub struct LineageRecord {
    /// Code before.
    pub old: String,
    /// Code after.
    pub new: String,
    /// Share of the old grid's people (of its area where nobody lives) that went there, 0 to 1.
    pub share: f64,
}

/// Something found wrong, or mended, at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFinding {
    /// `gap`, `overlap`, `gap_closed`, `overlap_settled`, `noncontiguous`, …
    pub kind: String,
    /// Where, for a mark on the map.
    pub point: LatticePoint,
    /// Its extent, where it has one.
    pub shape: Option<MultiPolygon>,
    /// Derived, rounded.
    pub area_m2: f64,
    /// The farthest in metres that it moved a border, for a repair.
    pub moved_m: Option<f64>,
    /// Codes of the atoms or grids concerned.
    pub parties: Vec<String>,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// A finding that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingRecord {
    /// Ascending.
    pub id: i64,
    /// The dataset it was found in.
    pub dataset: i64,
    /// The plan it was found in, if it came with one.
    pub plan: Option<i64>,
    /// What was found.
    pub finding: NewFinding,
}

/// A report to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReport {
    /// Unique; sorts by time.
    pub id: String,
    /// The sender's Idempotency-Key.
    pub key: Option<String>,
    /// SHA-256 of the body in hex: what makes two bodies the same.
    pub body_hash: String,
    /// What it is about.
    pub category: String,
    /// In the sender's words.
    pub text: String,
    /// The point as it came: lon/x, lat/y and CRS.
    pub given: (f64, f64, String),
    /// The point on the lattice.
    pub point: LatticePoint,
    /// Code of the owning grid; `None` outside every grid.
    pub grid: Option<String>,
    /// Owner chain as JSON, as answered.
    pub chain: serde_json::Value,
    /// How the owner was found: `interior`, `edge_tie`, `outside`.
    pub resolution: String,
    /// The publication that decided; `None` when none was in force.
    pub publication: Option<i64>,
    /// When it was received.
    pub received_ms: i64,
}

/// A report that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportRecord {
    /// As it was sent and routed: never changed.
    pub sent: NewReport,
    /// How far it has come.
    pub standing: Standing,
}

impl From<NewReport> for ReportRecord {
    fn from(sent: NewReport) -> Self {
        Self { sent, standing: Standing::default() }
    }
}

/// What became of a report that was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// It is new.
    Created(ReportRecord),
    /// It was there already: same key, same body.
    Replayed(ReportRecord),
}
