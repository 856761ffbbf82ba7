//! The figures of a plan: how its grids stand to their bands, and by what proof; their borders and forms; who stays.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Prepared;
use super::islands::with_ferries;
use super::nesting::Nesting;
use crate::atom::{AtomId, LineClass};
use crate::coverage::measure;
use crate::geom::MultiPolygon;
use crate::graph::Graph;
use crate::plan::{Attribute, Band, Counted, Ground, Made, Reason, Status, WayOut};
use crate::store::GridRecord;
use crate::topology::Along;

/// The figures of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Grids in all.
    pub grids: u64,
    /// Grids within their bands, by every count that the plan keeps to.
    pub in_bounds: u64,
    /// The same by each count alone.
    pub in_bounds_by: BTreeMap<String, u64>,
    /// The bands there are, where jurisdictions or kinds of them have their own; empty where those of the plan hold everywhere.
    #[serde(default)]
    pub bands: Vec<BandFigures>,
    /// Grids where nobody lives.
    pub uninhabited: u64,
    /// Grids of which the source does not say how many live there.
    pub unknown: u64,
    /// Grids outside that are proven to be outside in every division.
    pub certified: u64,
    /// The other grids outside.
    pub not_proven: u64,
    /// Grids that hang together.
    pub contiguous: u64,
    /// Metres of border between grids by what runs along it; `none` for nothing.
    pub border_m: BTreeMap<String, u64>,
    /// Percent of it along streets, main roads and paths.
    pub border_on_streets_percent: Option<f64>,
    /// Percent of it along railways.
    pub border_on_rail_percent: Option<f64>,
    /// Percent of it along rivers.
    pub border_on_river_percent: Option<f64>,
    /// Mean of 4πA/P².
    pub polsby_popper_mean: Option<f64>,
    /// The least.
    pub polsby_popper_min: Option<f64>,
    /// Mean of area over that of the smallest enclosing circle.
    pub reock_mean: Option<f64>,
    /// The least.
    pub reock_min: Option<f64>,
    /// Who keeps a grid of the same code, against the grids in force when the plan was made; null where none were.
    pub kept: Option<Kept>,
    /// Codes of exclusive grids, which hold nothing else and keep to a band of their own.
    #[serde(default)]
    pub exclusive: Vec<String>,
    /// Codes of the grids that were locked.
    #[serde(default)]
    pub locked: Vec<String>,
    /// Grids outside their bands, by code.
    pub outside: Vec<OutsideGrid>,
}

/// The grids that keep to one of several bands; exclusive ones are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandFigures {
    /// The band.
    pub bounds: Band,
    /// That of the second count, where two are kept to.
    pub other_bounds: Option<Band>,
    /// Jurisdictions (or grids of the plan above) in which it holds.
    pub units: u64,
    /// Grids in them.
    pub grids: u64,
    /// Those of them within it.
    pub in_bounds: u64,
}

/// Those who keep a grid of the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What is counted.
    pub of: Attribute,
    /// Those in a grid in force.
    pub total: u64,
    /// Those of them whose new grid has the same code.
    pub kept: u64,
    /// At least so many have to move in any plan within the bands; null where the plan was not to be changed little.
    #[serde(default)]
    pub moved_at_least: Option<u64>,
}

impl Kept {
    /// The share, in percent; everybody of nobody.
    pub fn percent(self) -> f64 {
        if self.total == 0 { 100.0 } else { (self.kept as f64 * 10_000.0 / self.total as f64).round() / 100.0 }
    }
}

/// A grid outside its bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutsideGrid {
    /// Its code.
    pub code: String,
    /// Its households.
    pub households: u64,
    /// Its persons, where they are counted.
    pub persons: Option<u64>,
    /// The band it should keep to.
    #[serde(default)]
    pub bounds: Option<Band>,
    /// That of the second count, where two are kept to.
    #[serde(default)]
    pub other_bounds: Option<Band>,
    /// Why it cannot be otherwise; null where that is not proven.
    pub certificate: Option<Certified>,
}

/// A proof that a grid is outside in every division, and what can be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certified {
    /// What kind of proof, such as `unit_gap`.
    pub kind: String,
    /// In English.
    pub text_en: String,
    /// In Chinese.
    pub text_zh: String,
    /// Ways out, cheapest first: `kind`, `text_en`, `text_zh`, and what else belongs to the kind.
    pub ways_out: Vec<Value>,
}

/// Whether a reason is a proof.
fn proves(reason: &Reason) -> bool {
    !matches!(reason.told(), Reason::NotProven { .. } | Reason::AsAdopted { .. } | Reason::ByHand { .. })
}

fn way_json(way: &WayOut, counted: Counted, made: Made) -> Value {
    let mut value = json!(way);
    if let Value::Object(members) = &mut value {
        members.insert("text_en".to_owned(), way.to_english(counted, made).into());
        members.insert("text_zh".to_owned(), way.to_chinese(counted, made).into());
    }
    value
}

/// What figures are taken of.
pub(super) struct Taken<'a> {
    pub prepared: &'a Prepared,
    pub nesting: &'a Nesting,
    pub counted: Counted,
    /// The grid of each atom.
    pub labels: &'a [Option<u32>],
    /// The grids.
    pub grids: &'a [GridRecord],
    /// How many of them hang together.
    pub contiguous: u64,
    pub kept: Option<Kept>,
    /// Grids that were locked.
    pub locked: &'a BTreeSet<u32>,
}

/// Takes the figures of a plan.
pub(super) fn figures(of: &Taken<'_>) -> Figures {
    let Taken { prepared, counted, labels, grids, contiguous, kept, locked, .. } = *of;
    let along = Along::new(&prepared.dataset.lines);
    let shapes: Vec<&MultiPolygon> = grids.iter().map(|grid| &grid.shape).collect();
    let measured = measure(&prepared.built.topology, &along, labels, &shapes);
    let number = |status| grids.iter().filter(|grid| grid.status == status).count() as u64;
    let mut unit_of: Vec<Option<u32>> = vec![None; grids.len()];
    for (label, unit) in labels.iter().zip(&of.nesting.unit) {
        if let Some(label) = label {
            unit_of[*label as usize] = *unit;
        }
    }
    let exclusive: BTreeSet<u32> =
        (0..grids.len() as u32).filter(|&grid| of.nesting.is_exclusive(unit_of[grid as usize])).collect();
    let by = |attribute| {
        let inside = |&(i, grid): &(u32, &GridRecord)| {
            let inhabited = !matches!(grid.status, Status::Uninhabited | Status::Unknown);
            if exclusive.contains(&i) {
                return grid.status == Status::InBand;
            }
            let mut bands = of.nesting.counted(unit_of[i as usize], counted).bands();
            let band = bands.find(|&(own, _)| own == attribute).map(|(_, band)| band);
            let keeps = |size| band.is_some_and(|band| band.violation(size) == 0);
            inhabited && size(grid, attribute).is_some_and(keeps)
        };
        (0_u32..).zip(grids).filter(inside).count() as u64
    };
    let is_outside = |grid: &&GridRecord| matches!(grid.status, Status::Under | Status::Over);
    let mut out: Vec<(usize, &GridRecord)> = grids.iter().enumerate().filter(|(_, grid)| is_outside(grid)).collect();
    out.sort_by(|a, b| a.1.code.cmp(&b.1.code));
    let outside = outside_grids(of, &out, &unit_of);
    let certified = outside.iter().filter(|grid| grid.certificate.is_some()).count() as u64;
    let codes = |of: &BTreeSet<u32>| {
        let mut codes: Vec<String> = of.iter().map(|&grid| grids[grid as usize].code.clone()).collect();
        codes.sort();
        codes
    };
    let thousandth = |value: f64| (value * 1000.0).round() / 1000.0;
    let streets = |class| matches!(class, Some(LineClass::Street | LineClass::Arterial | LineClass::Path));
    Figures {
        grids: grids.len() as u64,
        in_bounds: number(Status::InBand),
        in_bounds_by: counted.bands().map(|(of, _)| (of.as_str().to_owned(), by(of))).collect(),
        bands: bands(of, &unit_of),
        uninhabited: number(Status::Uninhabited),
        unknown: number(Status::Unknown),
        certified,
        not_proven: outside.len() as u64 - certified,
        contiguous,
        border_m: measured
            .border_mm
            .iter()
            .map(|(class, mm)| (class.map_or("none", LineClass::name).to_owned(), mm / 1000))
            .collect(),
        border_on_streets_percent: measured.share_percent(streets),
        border_on_rail_percent: measured.share_percent(|class| class == Some(LineClass::Rail)),
        border_on_river_percent: measured.share_percent(|class| class == Some(LineClass::River)),
        polsby_popper_mean: measured.polsby_popper.map(|(mean, _)| thousandth(mean)),
        polsby_popper_min: measured.polsby_popper.map(|(_, least)| thousandth(least)),
        reock_mean: measured.reock.map(|(mean, _)| thousandth(mean)),
        reock_min: measured.reock.map(|(_, least)| thousandth(least)),
        kept,
        exclusive: codes(&exclusive),
        locked: codes(locked),
        outside,
    }
}

fn size(grid: &GridRecord, attribute: Attribute) -> Option<u64> {
    match attribute {
        Attribute::Households => Some(grid.households),
        Attribute::Population => grid.population,
    }
}

/// The bands there are, in the order of their least sizes, where there are several.
fn bands(of: &Taken<'_>, unit_of: &[Option<u32>]) -> Vec<BandFigures> {
    let mut found: Vec<(BandFigures, BTreeSet<u32>)> = Vec::new();
    for (grid, unit) in of.grids.iter().zip(unit_of) {
        let Some(unit) = unit.filter(|&unit| !of.nesting.is_exclusive(Some(unit))) else { continue };
        let Counted { band, other, .. } = of.nesting.counted(Some(unit), of.counted);
        let known = found.iter().position(|(figures, _)| (figures.bounds, figures.other_bounds) == (band, other));
        let at = known.unwrap_or_else(|| {
            let none = BandFigures { bounds: band, other_bounds: other, units: 0, grids: 0, in_bounds: 0 };
            found.push((none, BTreeSet::new()));
            found.len() - 1
        });
        let (figures, units) = &mut found[at];
        units.insert(unit);
        figures.units = units.len() as u64;
        figures.grids += 1;
        figures.in_bounds += u64::from(grid.status == Status::InBand);
    }
    let usual = (of.counted.band, of.counted.other);
    let mut bands: Vec<BandFigures> = found.into_iter().map(|(figures, _)| figures).collect();
    if bands.len() < 2 && bands.iter().all(|figures| (figures.bounds, figures.other_bounds) == usual) {
        bands.clear();
    }
    let ends = |band: Band| (band.lower, band.upper);
    bands.sort_by_key(|figures| (ends(figures.bounds), figures.other_bounds.map(ends)));
    bands
}

fn outside_grids(of: &Taken<'_>, out: &[(usize, &GridRecord)], unit_of: &[Option<u32>]) -> Vec<OutsideGrid> {
    let Taken { prepared, nesting, counted, labels, grids, locked, .. } = *of;
    if out.is_empty() {
        return Vec::new();
    }
    // lengths as they are: the graph of `prepared` weighs them by what runs along
    let graph: Graph = with_ferries(&prepared.built.topology.graph(), prepared.links.pairs());
    let lock = |(atom, label): (u32, &Option<u32>)| {
        let grid = label.filter(|grid| locked.contains(grid))?;
        Some((AtomId(atom), grids[grid as usize].code.as_str()))
    };
    let ground = Ground::new(&prepared.dataset, &graph, (&nesting.unit, &nesting.names), counted)
        .closed_from(nesting.exclusive)
        .with_bands(nesting.apart_from(counted))
        .with_locks((0_u32..).zip(labels).filter_map(lock));
    let mut members: HashMap<u32, Vec<AtomId>> = out.iter().map(|&(i, _)| (i as u32, Vec::new())).collect();
    for (atom, label) in (0_u32..).zip(labels) {
        if let Some(members) = label.and_then(|label| members.get_mut(&label)) {
            members.push(AtomId(atom));
        }
    }
    let grid = |&(i, grid): &(usize, &GridRecord)| {
        let certificate = grid.reason.as_ref().filter(|reason| proves(reason)).map(|reason| Certified {
            kind: reason.kind().to_owned(),
            text_en: reason.to_english(),
            text_zh: reason.to_chinese(),
            ways_out: ground
                .ways_out(reason, &members[&(i as u32)])
                .iter()
                .map(|way| way_json(way, ground.counted_of(way), reason.made()))
                .collect(),
        });
        let Counted { band, other, .. } = nesting.counted(unit_of[i], counted);
        OutsideGrid {
            code: grid.code.clone(),
            households: grid.households,
            persons: grid.population,
            bounds: Some(band),
            other_bounds: other,
            certificate,
        }
    };
    out.iter().map(grid).collect()
}
