//! How well the grids in force cover their jurisdictions.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::app::access::Reach;
use crate::atom::Jurisdiction;
use crate::geom::area_m2;
use crate::plan::Status;
use crate::store::FindingRecord;

use super::generation::Generation;
use super::published::Grid;
use super::tally::Tally;

/// How many findings of a kind, and their area.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CountArea {
    /// How many.
    pub count: u64,
    /// Together.
    pub area_m2: f64,
}

/// The figures of one jurisdiction, or of all together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    /// Sums over grids.
    pub tally: Tally,
    /// Ground between grids that is in none.
    pub gaps: CountArea,
    /// Ground that two grids claim, or claimed until it was settled beyond the tolerance.
    pub overlaps: CountArea,
    /// Area of atoms in no grid.
    pub unowned_m2: f64,
}

/// What is said of the coverage of a generation.
#[derive(Debug, Clone)]
pub struct CoverageReport {
    /// All jurisdictions together.
    pub totals: Figures,
    /// Each jurisdiction, parents before children, what lies below it included.
    pub jurisdictions: Vec<(Jurisdiction, Figures)>,
    /// Grids below or above the band, by code.
    pub out_of_band: Vec<Arc<Grid>>,
    /// Findings that concern what is in force, by id.
    pub findings: Vec<FindingRecord>,
}

impl Generation {
    /// Adds up coverage of what lies within a reach. O(grids + atoms + findings).
    pub fn coverage(&self, within: &Reach) -> CoverageReport {
        let above = |unit: &str| -> Vec<&str> {
            let import = self.deciding(unit).map(|from| &from.import);
            import.into_iter().flat_map(|import| import.upward(unit)).map(|up| up.code.as_str()).collect()
        };
        let mut reached: HashMap<String, bool> = HashMap::new();
        let mut holds = |unit: &str| match reached.get(unit) {
            Some(&known) => known,
            None => *reached.entry(unit.to_owned()).or_insert_with(|| within.holds(above(unit))),
        };
        let mut by_unit: HashMap<&str, Figures> = HashMap::new();
        for grid in self.grids().iter().filter(|grid| holds(&grid.record.jurisdiction)) {
            by_unit.entry(&grid.record.jurisdiction).or_default().tally.add(&grid.record);
        }
        for from in self.published() {
            let dataset = &from.import.dataset;
            for (atom, _) in dataset.atoms.iter().zip(&from.owners).filter(|(_, owner)| owner.is_none()) {
                let unit = dataset.jurisdictions[atom.unit.0 as usize].code.as_str();
                if self.deciding(unit).is_some_and(|deciding| Arc::ptr_eq(deciding, from)) && holds(unit) {
                    by_unit.entry(unit).or_default().unowned_m2 += area_m2(&atom.shape);
                }
            }
        }
        let mut findings = self.findings();
        findings.retain(|(unit, _)| unit.map_or(within.is_everything(), &mut holds));
        for (unit, record) in &findings {
            let Some(unit) = unit else { continue };
            let figures = by_unit.entry(unit).or_default();
            let sum = match record.finding.kind.as_str() {
                "gap" => &mut figures.gaps,
                "overlap" => &mut figures.overlaps,
                _ => continue,
            };
            sum.count += 1;
            sum.area_m2 += record.finding.area_m2;
        }
        let mut totals = Figures::default();
        let mut summed: HashMap<&str, Figures> = HashMap::new();
        // in a fixed order, so that sums of areas come out the same every time
        let mut units: Vec<_> = by_unit.into_iter().collect();
        units.sort_unstable_by_key(|(unit, _)| *unit);
        let jurisdictions = self.jurisdictions();
        for (unit, figures) in &units {
            totals.add(figures);
            let import = self.deciding(unit).map(|from| &from.import);
            for up in import.into_iter().flat_map(|import| import.upward(unit)) {
                summed.entry(&up.code).or_default().add(figures);
            }
        }
        let by_reach = |unit: &str| reached.get(unit).copied().unwrap_or(false);
        let figures_of = |j: &Jurisdiction| summed.get(j.code.as_str()).copied().unwrap_or_default();
        let out_of_band = |grid: &&Arc<Grid>| {
            matches!(grid.record.status, Status::Under | Status::Over) && by_reach(&grid.record.jurisdiction)
        };
        CoverageReport {
            totals,
            jurisdictions: jurisdictions
                .iter()
                .filter(|(import, j)| within.holds(import.upward(&j.code).map(|up| up.code.as_str())))
                .map(|(_, j)| ((*j).clone(), figures_of(j)))
                .collect(),
            out_of_band: self.grids().iter().filter(out_of_band).map(Arc::clone).collect(),
            findings: findings.into_iter().map(|(_, record)| record.clone()).collect(),
        }
    }

    /// Findings that concern what is in force, by id, each with the lowest jurisdiction it is counted under: that of the
    /// first party known, else that of the nearest grid.
    fn findings(&self) -> Vec<(Option<&str>, &FindingRecord)> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for from in self.published() {
            let dataset = &from.import.dataset;
            let unit_of_atom: HashMap<&str, &str> = dataset
                .atoms
                .iter()
                .map(|atom| (atom.code.as_str(), dataset.jurisdictions[atom.unit.0 as usize].code.as_str()))
                .collect();
            for record in &from.findings {
                let by_party = record.finding.parties.iter().find_map(|party| {
                    let grid = from.grid(party).map(|grid| grid.record.jurisdiction.as_str());
                    grid.or_else(|| unit_of_atom.get(party.as_str()).copied())
                });
                let unit = by_party.or_else(|| self.unit_at(record.finding.point));
                let decided = unit.is_none_or(|unit| self.deciding(unit).is_some_and(|d| Arc::ptr_eq(d, from)));
                if decided && seen.insert(record.id) {
                    found.push((unit, record));
                }
            }
        }
        found.sort_by_key(|(_, record)| record.id);
        found
    }
}

impl Figures {
    fn add(&mut self, other: &Self) {
        let (own, more) = (&mut self.tally, &other.tally);
        own.grids += more.grids;
        own.in_band += more.in_band;
        own.under += more.under;
        own.over += more.over;
        own.uninhabited += more.uninhabited;
        own.households += more.households;
        own.population = match (own.population, more.population) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0) + b.unwrap_or(0)),
        };
        own.area_m2 += more.area_m2;
        for (own, more) in [(&mut self.gaps, other.gaps), (&mut self.overlaps, other.overlaps)] {
            own.count += more.count;
            own.area_m2 += more.area_m2;
        }
        self.unowned_m2 += other.unowned_m2;
    }
}
