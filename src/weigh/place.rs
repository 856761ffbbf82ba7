//! What comes in and goes out: places, sources, settings, numbers and the account of them.

use std::fmt;

use super::Finding;
use crate::atom::Origin;
use crate::geom::MultiPolygon;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Households (户).
    Households,
    /// Persons (人).
    Population,
}

impl Measure {
    /// Both, in the order they are worked out.
    pub const ALL: [Self; 2] = [Self::Households, Self::Population];
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Households => "households",
            Self::Population => "persons",
        })
    }
}

/// A building, a unit or a cell that people may live in.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Unique; names it in findings.
    pub code: &'a str,
    /// Its outline: for a building the footprint.
    pub shape: &'a MultiPolygon,
    /// Footprint × levels, as [`floor_area_2`]; only the relation to other places matters.
    pub floor_area_2: u128,
    /// Whether people live there, as far as the source says.
    pub residential: bool,
    /// Households as counted, `None` where nobody counted.
    pub households: Option<u32>,
    /// Persons as counted.
    pub population: Option<u32>,
}

/// An area whose total is known: a census square, a section, a jurisdiction.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Unique; names it in origins and findings.
    pub code: &'a str,
    /// Where it lies.
    pub shape: &'a MultiPolygon,
    /// Households in it, `None` when it does not say.
    pub households: Option<u32>,
    /// Persons in it.
    pub population: Option<u32>,
}

/// Doubled area of the footprint in lattice units², times its levels (at least one): the weight of a building. Exact.
/// Within a source 10 km from south to north a square metre weighs the same to 1 in 1,000.
pub fn floor_area_2(footprint: &MultiPolygon, levels: u32) -> u128 {
    footprint.area_2().unsigned_abs().saturating_mul(u128::from(levels.max(1)))
}

/// How [`weigh`](super::weigh) goes about it.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// What a source is called in origins and findings, such as `square` or `community`.
    pub source_noun: &'a str,
    /// Where the places come from. Of a source that reaches beyond it, only the share of its ground within is given out;
    /// the rest is named ([`Ledger::beyond`]). `None`: every source is given out whole.
    pub within: Option<&'a MultiPolygon>,
    /// People of a source with no place in it at all go to the nearest residential place without a count, up to this far
    /// in metres; beyond it they stay unplaced. 250 m by default: a census square's width, so that a square whose houses
    /// were not drawn still finds its street.
    pub reach_m: f64,
    /// Floor area of one household in m²: gives residential places that no source covers their households. `None`: they
    /// stay unknown.
    pub m2_per_household: Option<f64>,
    /// Floor area of one person in m², likewise.
    pub m2_per_person: Option<f64>,
    /// Whether persons are shared out by households, where any live within the source, rather than by floor area.
    pub persons_by_households: bool,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self {
            source_noun: "source",
            within: None,
            reach_m: 250.0,
            m2_per_household: None,
            m2_per_person: None,
            persons_by_households: false,
        }
    }
}

/// What a place has now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// Households; `None` where nobody counted and no source covers the place.
    pub households: Option<u32>,
    /// Where that comes from.
    pub households_origin: Origin,
    /// Persons.
    pub population: Option<u32>,
    /// Where that comes from.
    pub population_origin: Origin,
}

/// The account of one measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    /// What all sources say together.
    pub sources: u64,
    /// Counted in places, as far as they lie within sources.
    pub counted_within: u64,
    /// Counted in places, as far as they lie outside all sources.
    pub counted_outside: u64,
    /// Shared out to places.
    pub shared: u64,
    /// In sources, but given to nobody: each is in a finding.
    pub unplaced: u64,
    /// The shares of sources that lie beyond [`Settings::within`].
    pub beyond: u64,
    /// Counted in places over what their sources say: each is in a finding.
    pub exceeded: u64,
    /// Reckoned from floor area alone, where there is no source.
    pub reckoned: u64,
}

impl Ledger {
    /// What all places have together.
    pub fn places(&self) -> u64 {
        self.counted_within + self.counted_outside + self.shared + self.reckoned
    }

    /// Whether every household or person of the sources is accounted for: sources + exceeded = counted within + shared +
    /// unplaced + beyond.
    pub fn balances(&self) -> bool {
        self.sources + self.exceeded == self.counted_within + self.shared + self.unplaced + self.beyond
    }
}

/// The result of [`weigh`](super::weigh).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weighed {
    /// By position of the place.
    pub places: Vec<Given>,
    /// What a person should look at, in the order of the sources.
    pub findings: Vec<Finding>,
    /// The account of households.
    pub households: Ledger,
    /// The account of persons.
    pub population: Ledger,
}
