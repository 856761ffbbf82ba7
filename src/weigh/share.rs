//! The rules by which totals become numbers of places.
//!
//! For each measure, source by source: what is counted in its places is taken off its total, and what is left is shared
//! over its residential places without a count, by the floor area within it. Failing these, where it has no residential
//! place at all, over its other places; failing those, the nearest residential place gets it. What still is left stays
//! unplaced, in a finding.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::overlap::Outline;
use super::{Finding, FindingKind, Given, Ledger, Measure, Place, Settings, Source, Weighed, largest_remainder};
use crate::atom::Origin;
use crate::geom::{Entry, EnvelopeIndex, LatticePoint, area_m2, distance_m};

/// A place counts as covered twice when its parts within sources add up to this much more than itself: above what
/// neighbouring sources overlap by careless drawing.
const TWICE: f64 = 1.05;
/// A source lies within the boundary wholly when less than one part in so many of its ground lies beyond.
const CARELESS: u128 = 50;
/// Sources that an origin names.
const NAMED: usize = 3;

/// How much of which place: (place, floor area within, doubled).
type Members = Vec<(u32, u128)>;

/// Gives `places` the people of `sources`. A place across several sources takes part in each by the floor area within it;
/// sources may leave gaps, overlap (found and named) or reach beyond the places ([`Settings::within`]).
///
/// O(n log n) and, for places that lie across a border, their edges × those of the source near them.
pub fn weigh(places: &[Place<'_>], sources: &[Source<'_>], settings: &Settings<'_>) -> Weighed {
    let cover = Cover::new(places, sources);
    let mut weighed = Weighed { places: vec![Given::default(); places.len()], ..Weighed::default() };
    for measure in Measure::ALL {
        let households: Vec<Option<u32>> = weighed.places.iter().map(|given| given.households).collect();
        let by_households = measure == Measure::Population && settings.persons_by_households;
        let mut round = Round {
            places,
            sources,
            settings,
            measure,
            cover: &cover,
            households: by_households.then_some(&households),
            numbers: vec![0; places.len()],
            from: vec![Vec::new(); places.len()],
            ledger: Ledger::default(),
            findings: Vec::new(),
        };
        round.run();
        let origins: Vec<(Option<u32>, Origin)> = (0..places.len()).map(|place| round.settle(place)).collect();
        let mut numbers = round.reckon(origins);
        round.overlaps();
        match measure {
            Measure::Households => weighed.households = round.ledger,
            Measure::Population => weighed.population = round.ledger,
        }
        weighed.findings.append(&mut round.findings);
        for (given, (number, origin)) in weighed.places.iter_mut().zip(numbers.drain(..)) {
            match measure {
                Measure::Households => (given.households, given.households_origin) = (number, origin),
                Measure::Population => (given.population, given.population_origin) = (number, origin),
            }
        }
    }
    weighed
}

/// Which places lie in which sources.
struct Cover {
    /// By source.
    members: Vec<Members>,
    /// By place: (source, floor area within).
    of: Vec<Members>,
}

impl Cover {
    fn new(places: &[Place<'_>], sources: &[Source<'_>]) -> Self {
        let outlines: Vec<Outline> = sources.par_iter().map(|source| Outline::new(source.shape)).collect();
        let entry =
            |(i, outline): (usize, &Outline)| outline.envelope.map(|envelope| Entry { envelope, item: i as u32 });
        let index = EnvelopeIndex::new(outlines.iter().enumerate().filter_map(entry).collect());
        let of: Vec<Members> = places
            .par_iter()
            .map(|place| {
                let Some(envelope) = place.shape.envelope() else { return Vec::new() };
                let mut candidates: Vec<u32> = index.meeting(&envelope).copied().collect();
                candidates.sort_unstable();
                let (outline, area_2) = (Outline::new(place.shape), place.shape.area_2());
                let within = |source: u32| {
                    let share = outlines[source as usize].overlap_2(&outline, area_2) / (area_2 as f64).max(1.0);
                    let floor =
                        if share >= 1.0 { place.floor_area_2 as f64 } else { place.floor_area_2 as f64 * share };
                    // under half a unit² is the rounding of a border both run along
                    (share * area_2 as f64 >= 0.5 && floor >= 0.5).then(|| (source, floor.round() as u128))
                };
                candidates.into_iter().filter_map(within).collect()
            })
            .collect();
        let mut members = vec![Vec::new(); sources.len()];
        for (place, of) in of.iter().enumerate() {
            for &(source, floor) in of {
                members[source as usize].push((place as u32, floor));
            }
        }
        Self { members, of }
    }
}

/// The work on one measure.
struct Round<'a> {
    places: &'a [Place<'a>],
    sources: &'a [Source<'a>],
    settings: &'a Settings<'a>,
    measure: Measure,
    cover: &'a Cover,
    /// Households of places, when persons go by them.
    households: Option<&'a Vec<Option<u32>>>,
    /// Shared out so far.
    numbers: Vec<u64>,
    /// The sources each place got a share of, and by what.
    from: Vec<Vec<(u32, By)>>,
    ledger: Ledger,
    findings: Vec<Finding>,
}

/// What a share went by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    FloorArea,
    Households,
    Nearest,
}

impl Round<'_> {
    fn counted(&self, place: usize) -> Option<u32> {
        let place = &self.places[place];
        match self.measure {
            Measure::Households => place.households,
            Measure::Population => place.population,
        }
    }

    fn total(&self, source: usize) -> Option<u32> {
        let source = &self.sources[source];
        match self.measure {
            Measure::Households => source.households,
            Measure::Population => source.population,
        }
    }

    fn run(&mut self) {
        let counted = self.counted_within();
        let mut index = None;
        let boundary = self.settings.within.map(Outline::new);
        for source in 0..self.sources.len() {
            let Some(total) = self.total(source).map(u64::from) else { continue };
            self.ledger.sources += total;
            let total = total - boundary.as_ref().map_or(0, |boundary| self.beyond(source, total, boundary));
            let counted = counted[source];
            if counted > total {
                self.ledger.exceeded += counted - total;
                let members = self.members(source, |round, place| round.counted(place).is_some_and(|n| n > 0));
                self.find(
                    FindingKind::CountedExceed,
                    Some(source),
                    counted - total,
                    members.iter().map(|m| m.0).collect(),
                );
                continue;
            }
            let left = total - counted;
            if left > 0 {
                self.share(source, left, &mut index);
            }
        }
    }

    /// What is counted within each source that says this measure; what lies outside all goes to the ledger.
    fn counted_within(&mut self) -> Vec<u64> {
        let mut within = vec![0; self.sources.len()];
        for (place, of) in self.cover.of.iter().enumerate() {
            let Some(counted) = self.counted(place) else { continue };
            let of: Members = of.iter().copied().filter(|&(source, _)| self.total(source as usize).is_some()).collect();
            let mut weights: Vec<u128> = of.iter().map(|&(_, floor)| floor).collect();
            let outside = self.places[place].floor_area_2.saturating_sub(weights.iter().sum());
            weights.push(outside);
            // a place without floor area lies outside all
            let shares = largest_remainder(u64::from(counted), &weights).unwrap_or_else(|| vec![u64::from(counted)]);
            for (&(source, _), share) in of.iter().zip(&shares) {
                within[source as usize] += share;
                self.ledger.counted_within += share;
            }
            self.ledger.counted_outside += shares.last().copied().unwrap_or_default();
        }
        within
    }

    /// The share of a source's people whose ground lies beyond the boundary.
    fn beyond(&mut self, source: usize, total: u64, boundary: &Outline) -> u64 {
        let shape = self.sources[source].shape;
        let area_2 = shape.area_2();
        let inside_2 = boundary.overlap_2(&Outline::new(shape), area_2).round().max(0.0) as u128;
        let outside_2 = area_2.unsigned_abs().saturating_sub(inside_2);
        // two drawings of one border never agree to the metre
        if outside_2 * CARELESS < area_2.unsigned_abs() {
            return 0;
        }
        let beyond = largest_remainder(total, &[inside_2, outside_2]).map_or(0, |shares| shares[1]);
        if beyond > 0 {
            self.ledger.beyond += beyond;
            self.find(FindingKind::Beyond, Some(source), beyond, Vec::new());
        }
        beyond
    }

    fn members(&self, source: usize, wanted: impl Fn(&Self, usize) -> bool) -> Members {
        self.cover.members[source].iter().copied().filter(|&(place, _)| wanted(self, place as usize)).collect()
    }

    fn share(&mut self, source: usize, left: u64, index: &mut Option<EnvelopeIndex<u32>>) {
        let open = |round: &Self, place: usize| round.counted(place).is_none();
        let residential = self.members(source, |round, place| open(round, place) && round.places[place].residential);
        if self.give(source, left, &residential) {
            return;
        }
        let any_home = !self.members(source, |round, place| round.places[place].residential).is_empty();
        if !any_home {
            let others = self.members(source, open);
            if self.give(source, left, &others) {
                self.find(FindingKind::NoResidential, Some(source), left, others.iter().map(|m| m.0).collect());
                return;
            }
            if self.cover.members[source].is_empty()
                && let Some(place) = self.nearest(source, index)
            {
                self.numbers[place as usize] += left;
                self.from[place as usize].push((source as u32, By::Nearest));
                self.ledger.shared += left;
                self.find(FindingKind::NoPlace, Some(source), left, vec![place]);
                return;
            }
        }
        self.ledger.unplaced += left;
        self.find(FindingKind::Unplaced, Some(source), left, Vec::new());
    }

    /// Shares `left` over members; false when there is none to take it.
    fn give(&mut self, source: usize, left: u64, members: &Members) -> bool {
        let households = |households: &Vec<Option<u32>>| -> Vec<u128> {
            let of = |&(place, floor): &(u32, u128)| {
                let all = self.places[place as usize].floor_area_2.max(1);
                let share = floor as f64 / all as f64;
                // thousandths of households, so that a place half within weighs half
                (f64::from(households[place as usize].unwrap_or(0)) * share * 1000.0).round() as u128
            };
            members.iter().map(of).collect()
        };
        let by_households = self.households.map(households).filter(|weights| weights.iter().any(|&w| w > 0));
        let by = if by_households.is_some() { By::Households } else { By::FloorArea };
        let weights = by_households.unwrap_or_else(|| members.iter().map(|&(_, floor)| floor).collect());
        let Some(shares) = largest_remainder(left, &weights) else { return false };
        for (&(place, _), share) in members.iter().zip(shares) {
            self.numbers[place as usize] += share;
            self.from[place as usize].push((source as u32, by));
        }
        self.ledger.shared += left;
        true
    }

    /// The residential place without a count nearest to the middle of a source, within reach; ties to the first.
    fn nearest(&self, source: usize, index: &mut Option<EnvelopeIndex<u32>>) -> Option<u32> {
        let around = self.sources[source].shape.envelope()?;
        let index = index.get_or_insert_with(|| {
            let open = |place: usize| self.counted(place).is_none() && self.places[place].residential;
            let entry = |place: usize| {
                let envelope = self.places[place].shape.envelope()?;
                Some(Entry { envelope, item: place as u32 })
            };
            EnvelopeIndex::new((0..self.places.len()).filter(|&place| open(place)).filter_map(entry).collect())
        });
        // everything whose box comes within reach of the source's box, compared in metres from box to box
        let (east_m, north_m) = crate::geom::metres_per_unit(around.centre().y_e7);
        let units = |metres: f64, per_unit: f64| (metres / per_unit.max(1e-6)).min(1e9).ceil() as i32;
        let (dx, dy) = (units(self.settings.reach_m, east_m), units(self.settings.reach_m, north_m));
        let wide = around
            .with(LatticePoint::new(around.min.x_e7.saturating_sub(dx), around.min.y_e7.saturating_sub(dy)))
            .with(LatticePoint::new(around.max.x_e7.saturating_add(dx), around.max.y_e7.saturating_add(dy)));
        let away = |place: u32| {
            let box_of = self.places[place as usize].shape.envelope()?;
            let near = |p: LatticePoint, e: &crate::geom::Envelope| {
                LatticePoint::new(p.x_e7.clamp(e.min.x_e7, e.max.x_e7), p.y_e7.clamp(e.min.y_e7, e.max.y_e7))
            };
            let there = near(around.centre(), &box_of);
            Some(distance_m(there, near(there, &around)))
        };
        let near = index.meeting(&wide).filter_map(|&place| Some((away(place)?, place)));
        let within = near.filter(|&(metres, _)| metres <= self.settings.reach_m);
        within.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(_, place)| place)
    }

    /// The number of a place and where it comes from, as far as counts and sources go.
    fn settle(&mut self, place: usize) -> (Option<u32>, Origin) {
        if let Some(counted) = self.counted(place) {
            return (Some(counted), Origin::Counted);
        }
        let covered: Vec<u32> =
            self.cover.of[place].iter().map(|m| m.0).filter(|&source| self.total(source as usize).is_some()).collect();
        let from = &self.from[place];
        if from.is_empty() && covered.is_empty() {
            return (None, Origin::default());
        }
        let number = u32::try_from(self.numbers[place]).unwrap_or(u32::MAX);
        let excess = self.numbers[place] - u64::from(number);
        let origin = Origin::Estimated(self.origin(from, &covered));
        if excess > 0 {
            self.ledger.shared -= excess;
            self.ledger.unplaced += excess;
            self.find(FindingKind::Unplaced, None, excess, vec![place as u32]);
        }
        (Some(number), origin)
    }

    /// In words: by what, within which sources.
    fn origin(&self, from: &[(u32, By)], covered: &[u32]) -> String {
        let noun = self.settings.source_noun;
        let list = |sources: &[u32]| {
            let named: Vec<&str> =
                sources.iter().take(NAMED).map(|&source| self.sources[source as usize].code).collect();
            let more = sources.len().saturating_sub(NAMED);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{noun} {}{rest}", named.join(", "))
        };
        if from.is_empty() {
            return format!("no share of {}", list(covered));
        }
        let mut kinds: BTreeMap<By, Vec<u32>> = BTreeMap::new();
        for &(source, by) in from {
            kinds.entry(by).or_default().push(source);
        }
        let say = |(by, sources): (&By, &Vec<u32>)| match by {
            By::FloorArea => format!("floor area within {}", list(sources)),
            By::Households => format!("households within {}", list(sources)),
            By::Nearest => format!("nearest to {}", list(sources)),
        };
        kinds.iter().map(say).collect::<Vec<_>>().join("; ")
    }

    /// Numbers for residential places that no source covers, from floor area, where the settings say how much one takes.
    fn reckon(&mut self, mut numbers: Vec<(Option<u32>, Origin)>) -> Vec<(Option<u32>, Origin)> {
        let bare: Vec<u32> = (0..numbers.len())
            .filter(|&place| numbers[place].0.is_none() && self.places[place].residential)
            .map(|place| place as u32)
            .collect();
        if bare.is_empty() {
            return numbers;
        }
        let (per_one, noun) = match self.measure {
            Measure::Households => (self.settings.m2_per_household, "household"),
            Measure::Population => (self.settings.m2_per_person, "person"),
        };
        let Some(per_one) = per_one.filter(|m2| m2.is_finite() && *m2 > 0.0) else {
            self.find(FindingKind::NoSource, None, 0, bare);
            return numbers;
        };
        let floor_m2 = |&place: &u32| {
            let place = &self.places[place as usize];
            let ground_2 = place.shape.area_2().max(1) as f64;
            area_m2(place.shape) * (place.floor_area_2 as f64 / ground_2)
        };
        let amounts: Vec<f64> = bare.iter().map(|place| (floor_m2(place) / per_one).min(1e9)).collect();
        let mut sum = 0;
        for (&place, share) in bare.iter().zip(super::whole_shares(&amounts)) {
            let number = u32::try_from(share).unwrap_or(u32::MAX);
            numbers[place as usize] =
                (Some(number), Origin::Estimated(format!("floor area, one {noun} for {per_one} m²")));
            sum += u64::from(number);
        }
        self.ledger.reckoned += sum;
        self.find(FindingKind::Reckoned, None, sum, bare);
        numbers
    }

    /// Places that sources cover more than once.
    fn overlaps(&mut self) {
        let twice = |&place: &usize| {
            let said = self.cover.of[place].iter().filter(|m| self.total(m.0 as usize).is_some());
            let sum: f64 = said.map(|&(_, floor)| floor as f64).sum();
            sum > self.places[place].floor_area_2 as f64 * TWICE
        };
        let places: Vec<u32> = (0..self.places.len()).filter(twice).map(|place| place as u32).collect();
        if !places.is_empty() {
            self.find(FindingKind::SourcesOverlap, None, 0, places);
        }
    }

    fn find(&mut self, kind: FindingKind, source: Option<usize>, amount: u64, places: Vec<u32>) {
        let noun = self.settings.source_noun;
        let shape = match (source, places.first()) {
            (Some(source), _) => Some(self.sources[source].shape),
            (None, place) => place.map(|&place| self.places[place as usize].shape),
        };
        let finding = Finding {
            kind,
            measure: self.measure,
            source: source.map(|source| format!("{noun} {}", self.sources[source].code)).unwrap_or_default(),
            amount,
            places: Vec::new(),
            codes: Vec::new(),
            at: shape.and_then(crate::geom::label_point).unwrap_or_default(),
        };
        let all = self.places;
        self.findings.push(finding.name_places(places, |place| all[place as usize].code));
    }
}
