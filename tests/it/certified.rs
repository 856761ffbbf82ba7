//! Grids outside the band on real areas, confirmed a second time by code that shares nothing with the engine: what a certificate
//! states is added up again, and that no division is less outside is found by another search, of the whole unit or of the
//! ground around each such grid.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use least::{Cost, Empty, Region, TooMuch, plain};
use wangge::atom::AtomId;
use wangge::format::{AtomSource, CollapsedAtoms, NullHouseholds, read_atoms, unwatched};
use wangge::geom::MultiPolygon;
use wangge::partition::{Certificate, Options, Problem, Solution, partition};
use wangge::plan::Band;
use wangge::topology::{FaceId, Mending, Overlaps, mend};

use crate::real_data::real;

#[path = "../support/least.rs"]
mod least;

/// Sets of atoms looked at before the search of a region says nothing.
const MOST_SETS: u64 = 2_000_000;
/// Steps that the ground around a grid is widened by, one neighbour at a time.
const MOST_STEPS: usize = 8;

/// Areas with their people and units.
struct Ground {
    size: Vec<u64>,
    beside: Vec<BTreeSet<usize>>,
    unit: Vec<u32>,
    unit_codes: Vec<String>,
    atom_codes: Vec<String>,
    band: Band,
}

/// How grids outside the band were confirmed, in grids.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// By adding up.
    arithmetic: usize,
    /// By a search of all divisions of their part of the unit.
    whole: usize,
    /// By a search of the ground around them.
    around: usize,
    /// By nothing but the engine: unit and first area of each part.
    open: Vec<String>,
}

/// What a file is read as.
struct Words<'w> {
    households: Option<&'w str>,
    population: Option<&'w str>,
    unit: Option<&'w str>,
    layer: Option<&'w str>,
    band: Band,
}

const BY_HOUSEHOLDS: Words<'_> =
    Words { households: Some("H_CNT"), population: None, unit: None, layer: None, band: Band::HOUSEHOLDS };

/// Reads and divides a file with the engine, and has what is outside confirmed.
fn judged(path: &Path, words: &Words<'_>) -> (usize, Tally) {
    let text = |word: Option<&str>| word.map(str::to_owned);
    let source = AtomSource {
        path: path.to_owned(),
        layer: text(words.layer),
        households: text(words.households),
        population: text(words.population),
        jurisdiction: text(words.unit).into_iter().collect(),
        null_households: NullHouseholds::Uninhabited,
        collapsed: CollapsedAtoms::LeaveOut,
        ..AtomSource::default()
    };
    let (dataset, _) = read_atoms(&source, &unwatched).unwrap();
    let shapes: Vec<&MultiPolygon> = dataset.atoms.iter().map(|atom| &atom.shape).collect();
    let code = |face: FaceId| dataset.atoms[face.0 as usize].code.clone();
    let graph = mend(&shapes, &code, Mending { overlaps: Overlaps::SmallerCode, ..Mending::default() });
    let graph = graph.unwrap().built.topology.graph();
    let count = |atom: &wangge::atom::Atom| if words.households.is_some() { atom.households } else { atom.population };
    let size: Vec<u32> = dataset.atoms.iter().map(|atom| count(atom).unwrap_or(0)).collect();
    let unit: Vec<u32> = dataset.atoms.iter().map(|atom| atom.unit.0).collect();
    let solution = partition(&Problem::new(&graph, &size, &unit, words.band), &Options::default(), &()).unwrap();
    let mut beside = vec![BTreeSet::new(); size.len()];
    for (a, b, _) in graph.borders() {
        beside[a as usize].insert(b as usize);
        beside[b as usize].insert(a as usize);
    }
    let ground = Ground {
        size: size.into_iter().map(u64::from).collect(),
        beside,
        unit,
        unit_codes: dataset.jurisdictions.iter().map(|unit| unit.code.clone()).collect(),
        atom_codes: dataset.atoms.iter().map(|atom| atom.code.clone()).collect(),
        band: words.band,
    };
    let tally = ground.confirm(&solution);
    eprintln!("{}, {}: {tally:?}", path.display(), words.unit.unwrap_or("whole"));
    (solution.outside.len(), tally)
}

impl Ground {
    fn band(&self) -> (u64, u64) {
        (self.band.lower.into(), self.band.upper.into())
    }

    fn sum<'a>(&self, atoms: impl IntoIterator<Item = &'a usize>) -> u64 {
        atoms.into_iter().map(|&atom| self.size[atom]).sum()
    }

    /// What hangs together with the same label.
    fn pieces<L: PartialEq>(&self, label: impl Fn(usize) -> L) -> Vec<Vec<usize>> {
        let mut met = vec![false; self.size.len()];
        let mut pieces = Vec::new();
        for start in 0..self.size.len() {
            if std::mem::replace(&mut met[start], true) {
                continue;
            }
            let (mut piece, mut next) = (vec![start], 0);
            while next < piece.len() {
                let here = piece[next];
                for &other in &self.beside[here] {
                    if label(other) == label(here) && !std::mem::replace(&mut met[other], true) {
                        piece.push(other);
                    }
                }
                next += 1;
            }
            pieces.push(piece);
        }
        pieces
    }

    /// Checks the plan as it stands, what its certificates state, and that no division is less outside.
    fn confirm(&self, solution: &Solution) -> Tally {
        let grid: Vec<u32> =
            solution.assignment.grids().iter().map(|grid| grid.expect("every atom has a grid").0).collect();
        let pieces = self.pieces(|atom| (self.unit[atom], grid[atom]));
        assert_eq!(pieces.len(), solution.assignment.grid_count(), "each grid is one piece of one unit");
        let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (atom, &grid) in grid.iter().enumerate() {
            members.entry(grid).or_default().push(atom);
        }
        let cost_of = |atoms: &Vec<usize>| {
            let total = self.sum(atoms);
            let violation = if total == 0 { 0 } else { self.band.violation(total) };
            Cost { violation, outside: u64::from(violation > 0) }
        };
        let outside: BTreeSet<u32> =
            members.iter().filter(|(_, atoms)| cost_of(atoms) > Cost::default()).map(|(&grid, _)| grid).collect();
        let told: BTreeSet<u32> = solution.outside.iter().map(|outside| outside.grid.0).collect();
        assert_eq!(outside, told, "what is told to be outside is what is outside");
        let parts = self.pieces(|atom| self.unit[atom]);
        for outside in &solution.outside {
            let own = &members[&outside.grid.0];
            let part = parts.iter().find(|part| part.contains(&own[0])).expect("every atom is in a part");
            assert_eq!(outside.size, self.sum(own));
            self.state(outside.certificate, own, part);
        }
        let mut tally = Tally::default();
        for part in &parts {
            let grids: BTreeSet<u32> =
                part.iter().map(|&atom| grid[atom]).filter(|grid| outside.contains(grid)).collect();
            if grids.is_empty() {
                continue;
            }
            let cost = grids.iter().map(|grid| cost_of(&members[grid])).fold(Cost::default(), Cost::plus);
            let sizes: Vec<u64> = part.iter().map(|&atom| self.size[atom]).collect();
            if cost == plain(&sizes, self.band()) {
                tally.arithmetic += grids.len();
            } else if self.none_below(part, None, cost) == Ok(true) {
                tally.whole += grids.len();
            } else if self.none_around(grids.iter().map(|grid| &members[grid]), &cost_of) {
                tally.around += grids.len();
            } else {
                let (unit, first) = (&self.unit_codes[self.unit[part[0]] as usize], &self.atom_codes[part[0]]);
                tally.open.push(format!("{unit}, the part of {first}"));
            }
        }
        tally
    }

    /// Adds up again what a certificate states.
    fn state(&self, certificate: Certificate, own: &[usize], part: &[usize]) {
        let (lower, upper) = self.band();
        let of_unit =
            |unit: u32| -> Vec<usize> { (0..self.size.len()).filter(|&atom| self.unit[atom] == unit).collect() };
        let lawless = |total: u64| (1..=total / lower + 1).all(|grids| grids * lower > total || total > grids * upper);
        match certificate {
            Certificate::UnitBelow { unit, total, .. } => assert!(total < lower && total == self.sum(&of_unit(unit))),
            Certificate::UnitGap { unit, total, .. } => assert!(lawless(total) && total == self.sum(&of_unit(unit))),
            Certificate::PartBelow { total, .. } => assert!(total < lower && total == self.sum(part)),
            Certificate::PartGap { total, .. } => assert!(lawless(total) && total == self.sum(part)),
            Certificate::AtomOver { atom: AtomId(atom), total, .. } => {
                assert!(own.contains(&(atom as usize)) && total > upper && total == self.size[atom as usize]);
            }
            Certificate::Pocket { unit, total } => {
                let shut_in = self.pieces(|atom| (self.unit[atom], self.size[atom] > upper));
                let is_it = |pocket: &&Vec<usize>| self.unit[pocket[0]] == unit && self.sum(*pocket) == total;
                assert!(lawless(total) && shut_in.iter().any(|pocket| is_it(&pocket)), "{certificate:?}");
            }
            // claims about all divisions: the search below is about them
            Certificate::DeadEnd { .. } | Certificate::Stranded { .. } | Certificate::Exhausted { .. } => {}
            other => panic!("a grid of a fresh division is outside for {other:?}"),
        }
    }

    /// Whether no division of these atoms costs less, other ground left as it may be.
    fn none_below(&self, atoms: &[usize], from: Option<usize>, cost: Cost) -> Result<bool, TooMuch> {
        let place: BTreeMap<usize, usize> = atoms.iter().enumerate().map(|(place, &atom)| (atom, place)).collect();
        let size: Vec<u64> = atoms.iter().map(|&atom| self.size[atom]).collect();
        let (mut borders, mut open) = (Vec::new(), BTreeSet::new());
        for (&atom, &here) in &place {
            for &other in self.beside[atom].iter().filter(|&&other| self.unit[other] == self.unit[atom]) {
                match place.get(&other) {
                    Some(&there) => borders.push((here, there)),
                    None => drop(open.insert(here)),
                }
            }
        }
        let from = from.map(|atom| place[&atom]);
        let search = |empty, ceiling| {
            Region::new(&size, &borders, &open, from, empty, self.band())?.none_below(ceiling, MOST_SETS)
        };
        match search(Empty::TakenOut, cost) {
            Ok(false) => {}
            known => return known,
        }
        search(Empty::Kept, cost)
    }

    /// Whether no division of the ground around these grids costs less than they do: around each by itself, and around several
    /// together where their grounds meet. A grid that goes on beyond such a ground costs what it is over there already.
    fn none_around<'a>(
        &self,
        grids: impl Iterator<Item = &'a Vec<usize>>,
        cost_of: &impl Fn(&Vec<usize>) -> Cost,
    ) -> bool {
        let mut grounds: Vec<(BTreeSet<usize>, Cost)> = Vec::new();
        for atoms in grids {
            let over = atoms.iter().copied().find(|&atom| self.size[atom] == self.sum(atoms));
            let mut ground: BTreeSet<usize> =
                over.map_or_else(|| atoms.iter().copied().collect(), |over| BTreeSet::from([over]));
            let from = atoms.iter().copied().find(|&atom| self.size[atom] > 0);
            let mut cost = cost_of(atoms);
            let mut steps = 0;
            loop {
                while let Some(met) = grounds.iter().position(|(other, _)| !other.is_disjoint(&ground)) {
                    let (other, more) = grounds.swap_remove(met);
                    ground.extend(other);
                    cost = cost.plus(more);
                }
                let atoms: Vec<usize> = ground.iter().copied().collect();
                match self.none_below(&atoms, from, cost) {
                    Ok(true) => break,
                    Ok(false) if steps < MOST_STEPS => {}
                    _ => return false,
                }
                let unit = self.unit[atoms[0]];
                ground.extend(
                    atoms.iter().flat_map(|&atom| &self.beside[atom]).filter(|&&other| self.unit[other] == unit),
                );
                steps += 1;
            }
            grounds.push((ground, cost));
        }
        true
    }
}

/// All of so many are confirmed, and at least so many of them not by arithmetic alone.
fn all_confirmed((outside, tally): (usize, Tally), expected: usize, searched: usize) {
    assert_eq!(tally.open, Vec::<String>::new(), "nothing but the engine says so");
    assert_eq!((outside, tally.arithmetic + tally.whole + tally.around), (expected, expected), "{tally:?}");
    assert!(tally.whole + tally.around >= searched, "{tally:?}");
}

/// Divides a file of Taiwan's, for each of these levels, and has what is outside confirmed.
fn taiwan(name: &str, levels: &[(Option<&str>, usize, usize)]) {
    let Some(path) = real(name) else { return };
    for &(unit, expected, searched) in levels {
        all_confirmed(judged(&path, &Words { unit, ..BY_HOUSEHOLDS }), expected, searched);
    }
}

#[test]
fn what_is_outside_in_chiayi_is_confirmed() {
    taiwan("tw_chiayicity_bsa.fgb.zst", &[(None, 0, 0), (Some("TOWN_ID"), 0, 0), (Some("CODE2"), 5, 2)]);
}

#[test]
fn what_is_outside_on_the_islands_is_confirmed() {
    taiwan("tw_kinmen_bsa.fgb.zst", &[(None, 2, 0), (Some("TOWN_ID"), 2, 0), (Some("CODE2"), 4, 1)]);
    taiwan("tw_lienchiang_bsa.fgb.zst", &[(None, 4, 0), (Some("TOWN_ID"), 4, 0), (Some("CODE2"), 7, 0)]);
}

#[test]
fn what_is_outside_in_taipei_is_confirmed() {
    taiwan("tw_taipei_bsa.fgb.zst", &[(None, 24, 0), (Some("TOWN_ID"), 24, 0), (Some("CODE2"), 87, 40)]);
}

#[test]
#[ignore = "reads and divides 117,847 areas twice: a minute in a release build, several in others"]
fn what_is_outside_in_17_counties_is_confirmed() {
    taiwan("tw_large_bsa_dev.fgb.zst", &[(Some("TOWN_ID"), 101, 10), (Some("CODE2"), 469, 140)]);
}

#[test]
fn what_is_outside_in_povo_and_the_bundled_town_is_confirmed() {
    let town = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/town.gpkg");
    let words =
        Words { households: Some("households"), unit: Some("community"), layer: Some("parcels"), ..BY_HOUSEHOLDS };
    all_confirmed(judged(&town, &words), 3, 0);
    let Some(povo) = real("it_povo.gpkg.zst") else { return };
    let words = Words { households: Some("FAM21"), layer: Some("sezioni_2021"), ..BY_HOUSEHOLDS };
    all_confirmed(judged(&povo, &words), 0, 0);
}

#[test]
fn what_is_outside_among_the_blocks_of_rockland_is_confirmed() {
    let Some(path) = real("us_rockland_blocks_2010_poponly.fgb.zst") else { return };
    let words = Words { households: None, population: Some("pop"), band: Band::POPULATION, ..BY_HOUSEHOLDS };
    assert_eq!((words.band.lower, words.band.upper), (700, 1_300));
    all_confirmed(judged(&path, &words), 3, 3);
}

/// Numbers that anybody can make again: the generator of Knuth's MMIX.
fn below(state: &mut u64, n: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((u128::from(*state >> 11) * u128::from(n)) >> 53) as u64
}

/// The least cost of all ways to put atoms into grids, tried one by one.
fn brute_force(size: &[u64], borders: &[(usize, usize)], (lower, upper): (u64, u64)) -> Cost {
    let cost = |grid: &[usize]| {
        let mut all = Cost::default();
        for number in 0..size.len() {
            let own: Vec<usize> = (0..size.len()).filter(|&atom| grid[atom] == number).collect();
            let Some(&first) = own.first() else { continue };
            let mut met = BTreeSet::from([first]);
            while let Some(&(a, b)) = borders
                .iter()
                .find(|(a, b)| grid[*a] == number && grid[*b] == number && met.contains(a) != met.contains(b))
            {
                met.extend([a, b]);
            }
            if met.len() < own.len() {
                return None;
            }
            let total: u64 = own.iter().map(|&atom| size[atom]).sum();
            let short = if total == 0 { 0 } else { lower.saturating_sub(total) };
            let violation = short.max(total.saturating_sub(upper));
            all = all.plus(Cost { violation, outside: u64::from(violation > 0) });
        }
        Some(all)
    };
    // restricted growth strings: each way once
    let mut grid = vec![0; size.len()];
    let mut best = cost(&grid).expect("the whole hangs together");
    while let Some(at) = (1..grid.len()).rfind(|&at| grid[at] <= grid[..at].iter().copied().max().unwrap_or(0)) {
        grid[at] += 1;
        grid[at + 1..].fill(0);
        best = cost(&grid).map_or(best, |cost| cost.min(best));
    }
    best
}

#[test]
fn the_second_search_finds_what_trying_everything_finds() {
    let mut state = 7;
    let band = (300, 500);
    let (mut forced, mut around) = (0, 0);
    for case in 0..300 {
        let atoms = 3 + below(&mut state, 6) as usize;
        let size: Vec<u64> = (0..atoms)
            .map(|_| match below(&mut state, 8) {
                0 => 0,
                1 => 480 + below(&mut state, 200),
                _ => 60 + below(&mut state, 240),
            })
            .collect();
        let mut borders: Vec<(usize, usize)> = (1..atoms).map(|b| (below(&mut state, b as u64) as usize, b)).collect();
        for _ in 0..below(&mut state, 6) {
            borders.push((below(&mut state, atoms as u64) as usize, below(&mut state, atoms as u64) as usize));
        }
        let best = brute_force(&size, &borders, band);
        let search = |empty, open: &BTreeSet<usize>, ceiling| {
            Region::new(&size, &borders, open, None, empty, band).unwrap().none_below(ceiling, MOST_SETS).unwrap()
        };
        let none = BTreeSet::new();
        assert!(search(Empty::Kept, &none, best), "{case}: nothing is below {best:?}: {size:?} {borders:?}");
        let above = Cost { outside: best.outside + 1, ..best };
        assert!(!search(Empty::Kept, &none, above), "{case}: {best:?} is there: {size:?} {borders:?}");
        assert!(!search(Empty::TakenOut, &none, above), "{case}: without the empty ones there is no less");
        assert!(plain(&size, band) <= best, "{case}: no division is below what arithmetic says");
        forced += u64::from(best > plain(&size, band));
        // a part of the ground never claims more than the whole
        let inner: BTreeSet<usize> = (0..atoms).filter(|_| below(&mut state, 3) > 0).collect();
        let place: Vec<usize> = inner.iter().copied().collect();
        let at = |atom: usize| place.binary_search(&atom).ok();
        let within: Vec<(usize, usize)> = borders.iter().filter_map(|&(a, b)| Some((at(a)?, at(b)?))).collect();
        let beyond = |&(a, b): &(usize, usize)| match (at(a), at(b)) {
            (Some(here), None) | (None, Some(here)) => Some(here),
            _ => None,
        };
        let open: BTreeSet<usize> = borders.iter().filter_map(beyond).collect();
        let size: Vec<u64> = place.iter().map(|&atom| size[atom]).collect();
        for empty in [Empty::Kept, Empty::TakenOut] {
            let mut part = Region::new(&size, &within, &open, None, empty, band).unwrap();
            assert!(!part.none_below(above, MOST_SETS).unwrap(), "{case}: a part claims more than {best:?}");
        }
        around += u64::from(!open.is_empty());
    }
    assert!(forced > 50 && around > 100, "{forced} beyond arithmetic, {around} parts");
}
