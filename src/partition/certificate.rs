//! Why a grid lies outside the band, each claim provable.

use std::collections::HashSet;

use super::arithmetic::{Bound, lawful_grids, least_violation};
use super::coarsen::Region;
use super::dead_end::dead_ends;
use super::division::Division;
use super::score::Rule;
use super::size::Size;
use crate::atom::AtomId;
use crate::plan::{Attribute, Band, GridId, Reason};

/// A grid outside the band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// The grid.
    pub grid: GridId,
    /// Its size by the count the plan divides by.
    pub size: u64,
    /// Its size by the second count, where two are kept to.
    pub other: Option<u64>,
    /// Why.
    pub certificate: Certificate,
}

/// Which of two counts a certificate speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The count the plan divides by.
    Main,
    /// The second one.
    Other,
}

/// What forces a grid outside the band. Every kind but [`Certificate::NotProven`] is a fact, not an opinion. Units
/// are numbers as in [`Problem::unit`](super::Problem::unit).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certificate {
    /// The whole unit is smaller than one grid.
    UnitBelow {
        /// The unit.
        unit: u32,
        /// Its size.
        total: u64,
        /// By which count.
        by: Which,
    },
    /// No number of grids adds up to the unit's size, so one grid at least is outside.
    UnitGap {
        /// The unit.
        unit: u32,
        /// Its size.
        total: u64,
        /// By which count.
        by: Which,
    },
    /// No number of grids serves both counts of the unit, so one grid at least is outside.
    UnitClash {
        /// The unit.
        unit: u32,
        /// Its size.
        total: u64,
        /// Its size by the second count.
        other: u64,
    },
    /// A part cut off from the rest of its unit is smaller than one grid.
    PartBelow {
        /// The unit.
        unit: u32,
        /// Size of the part.
        total: u64,
        /// By which count.
        by: Which,
    },
    /// No number of grids adds up to the size of a part cut off from the rest, so one grid at least is outside.
    PartGap {
        /// The unit.
        unit: u32,
        /// Size of the part.
        total: u64,
        /// By which count.
        by: Which,
    },
    /// No number of grids serves both counts of a part cut off from the rest, so one grid at least is outside.
    PartClash {
        /// The unit.
        unit: u32,
        /// Size of the part.
        total: u64,
        /// Its size by the second count.
        other: u64,
    },
    /// The grid holds an atom over the upper bound by itself.
    AtomOver {
        /// The largest such atom.
        atom: AtomId,
        /// Its size.
        total: u64,
        /// By which count.
        by: Which,
    },
    /// A part shut in by atoms over the upper bound: no number of grids adds up to its size, so one grid at least that
    /// takes of it is outside.
    Pocket {
        /// The unit.
        unit: u32,
        /// Size of the part.
        total: u64,
    },
    /// The grid is locked as it is.
    Locked {
        /// The unit.
        unit: u32,
        /// Size of the grid.
        total: u64,
    },
    /// The number of grids asked for does not fit the size of the unit.
    Count {
        /// The unit.
        unit: u32,
        /// Its size.
        total: u64,
        /// The number asked for.
        grids: u32,
    },
    /// Atoms that are never in one grid take more grids than the total of the unit, or of a part cut off from it, fills: as many as
    /// are missing are below the lower bound in every division.
    Apart {
        /// The unit.
        unit: u32,
        /// Size of the unit, or of the part.
        total: u64,
        /// Grids they take.
        grids: u32,
        /// By which count.
        by: Which,
    },
    /// What locked grids leave between them here: no number of grids adds up to its size.
    Residue {
        /// The unit.
        unit: u32,
        /// Size of what is left.
        total: u64,
    },
    /// Parts that hang on this atom alone add up to no number of grids, and with what they would have to give away its
    /// grid is over the band: one grid there is outside in every division.
    DeadEnd {
        /// The atom everything has to pass.
        atom: AtomId,
        /// Size of the parts.
        total: u64,
    },
    /// No contiguous set of atoms around this one is within the band, so its grid is outside in every division.
    Stranded {
        /// The atom.
        atom: AtomId,
        /// Size of the grid.
        total: u64,
    },
    /// Every division of the part was weighed, and none has less outside the band.
    Exhausted {
        /// The unit.
        unit: u32,
        /// Size of the grid.
        total: u64,
    },
    /// Nothing better was found, and nothing is proven.
    NotProven {
        /// The unit.
        unit: u32,
        /// Size of the grid.
        total: u64,
    },
}

impl Certificate {
    /// In the words of a plan, given what is counted and the codes of units and atoms.
    pub fn reason<'c>(
        self,
        counts: Counts,
        unit_code: impl Fn(u32) -> &'c str,
        atom_code: impl Fn(AtomId) -> &'c str,
    ) -> Reason {
        let code = |unit| unit_code(unit).to_owned();
        let Counts { main: (main, band), other } = counts;
        // the second count is named; so is the first where there are two
        let named = |by| match (by, other) {
            (Which::Other, Some((other, band))) => (Some(other), band),
            (_, other) => (other.map(|_| main), band),
        };
        let second = other.map_or(band, |(_, band)| band);
        match self {
            Self::UnitBelow { unit, total, by } => {
                let (of, band) = named(by);
                Reason::UnitBelow { unit: code(unit), total, band, of }
            }
            Self::UnitGap { unit, total, by } => {
                let (of, band) = named(by);
                Reason::UnitGap { unit: code(unit), total, band, of }
            }
            Self::UnitClash { unit, total, other } => {
                Reason::UnitClash { unit: code(unit), total, band, other, other_band: second }
            }
            Self::PartBelow { unit, total, by } => {
                let (of, band) = named(by);
                Reason::PartBelow { unit: code(unit), total, band, of }
            }
            Self::PartGap { unit, total, by } => {
                let (of, band) = named(by);
                Reason::PartGap { unit: code(unit), total, band, of }
            }
            Self::PartClash { unit, total, other } => {
                Reason::PartClash { unit: code(unit), total, band, other, other_band: second }
            }
            Self::AtomOver { atom, total, by } => {
                let (of, band) = named(by);
                Reason::AtomOver { atom: atom_code(atom).to_owned(), total, band, of }
            }
            Self::Locked { unit, total } => Reason::Locked { unit: code(unit), total, band },
            Self::Count { unit, total, grids } => Reason::Count { unit: code(unit), total, grids, band },
            Self::Apart { unit, total, grids, by } => {
                let (of, band) = named(by);
                Reason::Apart { unit: code(unit), total, grids, band, of }
            }
            Self::Residue { unit, total } => Reason::Residue { unit: code(unit), total, band },
            Self::Pocket { unit, total } => Reason::Pocket { unit: code(unit), total, band },
            Self::DeadEnd { atom, total } => Reason::DeadEnd { atom: atom_code(atom).to_owned(), total, band },
            Self::Stranded { atom, total } => Reason::Stranded { atom: atom_code(atom).to_owned(), total, band },
            Self::Exhausted { unit, total } => Reason::Exhausted { unit: code(unit), total, band },
            Self::NotProven { unit, total } => Reason::NotProven { unit: code(unit), total, band },
        }
    }
}

/// What a plan counts, with the bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// The count it divides by.
    pub main: (Attribute, Band),
    /// The second one, where two are kept to.
    pub other: Option<(Attribute, Band)>,
}

/// A region in its unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub unit: u32,
    /// Whether people of the unit live outside this region too.
    pub part: bool,
    /// The atom of each node.
    pub atoms: &'a [u32],
    /// Whether every division was weighed.
    pub exhaustive: bool,
    /// Whether locked grids took atoms away from the unit.
    pub residue: bool,
}

/// A certificate for each grid outside the band: grid number of the division, its size and the certificate. What
/// arithmetic forces once is said of one grid only, the one farthest outside. O(n).
pub(super) fn certify(
    division: &Division<'_>,
    rule: Rule,
    bound: &Bound,
    place: Place<'_>,
) -> Vec<(u32, Size, Certificate)> {
    let region: &Region = division.region;
    let unit = place.unit;
    let total: Size = region.size.iter().copied().sum();
    let mut taken_over = vec![false; bound.pocket_total.len()];
    let members = division.members();
    let largest = |nodes: &[u32]| {
        let over = nodes.iter().copied().filter(|&node| rule.is_over(region.size[node as usize]));
        over.max_by_key(|&node| (rule.excess(region.size[node as usize]), std::cmp::Reverse(node)))
    };
    for nodes in members.iter().filter(|nodes| largest(nodes).is_some()) {
        for &node in nodes {
            if let (Some(pocket), true) = (bound.pocket[node as usize], !region.size[node as usize].is_zero()) {
                taken_over[pocket as usize] = true;
            }
        }
    }
    let mut outside: Vec<u32> =
        (0..members.len() as u32).filter(|&grid| rule.violation(division.sum[grid as usize]) > 0).collect();
    outside.retain(|&grid| !members[grid as usize].is_empty());
    outside.sort_by_key(|&grid| (std::cmp::Reverse(rule.violation(division.sum[grid as usize])), grid));
    let mut is_outside = vec![false; members.len()];
    for &grid in &outside {
        is_outside[grid as usize] = true;
    }
    let ends = std::cell::OnceCell::new();
    // a dead end forces one grid outside, whichever: it is the reason where no other of its grids is outside
    let dead_end = |grid: u32| {
        ends.get_or_init(|| dead_ends(region, rule)).iter().find(|end| {
            let mut touching =
                end.nodes.iter().map(|&node| division.grid[node as usize]).filter(|&g| is_outside[g as usize]);
            touching.clone().any(|here| here == grid) && touching.all(|here| here == grid)
        })
    };
    let mut gap_said = false;
    let mut certified: Vec<_> = outside
        .into_iter()
        .map(|grid| {
            let size = division.sum[grid as usize];
            let nodes = &members[grid as usize];
            let unforced = || match stranded(region, rule, nodes) {
                Some(node) => Certificate::Stranded { atom: AtomId(place.atoms[node as usize]), total: size.main },
                None if let Some(end) = dead_end(grid) => {
                    Certificate::DeadEnd { atom: AtomId(place.atoms[end.node as usize]), total: end.total }
                }
                None if place.exhaustive => Certificate::Exhausted { unit, total: size.main },
                None => Certificate::NotProven { unit, total: size.main },
            };
            let certificate = if let Some(node) = largest(nodes) {
                let (atom, here) = (AtomId(place.atoms[node as usize]), region.size[node as usize]);
                if here.main > rule.upper.main {
                    Certificate::AtomOver { atom, total: here.main, by: Which::Main }
                } else {
                    Certificate::AtomOver { atom, total: here.other, by: Which::Other }
                }
            } else if bound.excess == 0 {
                if bound.violation == 0 || std::mem::replace(&mut gap_said, true) {
                    unforced()
                } else {
                    arithmetic(total, rule, place)
                }
            } else {
                match bound.pocket[nodes[0] as usize] {
                    Some(pocket) if !taken_over[pocket as usize] => {
                        let total = bound.pocket_total[pocket as usize];
                        if least_violation(total, rule) > 0 {
                            // said once a pocket
                            taken_over[pocket as usize] = true;
                            Certificate::Pocket { unit, total: total.main }
                        } else {
                            unforced()
                        }
                    }
                    _ => unforced(),
                }
            };
            (grid, size, certificate)
        })
        .collect();
    certified.sort_by_key(|&(grid, ..)| grid);
    certified
}

/// Why no number of grids adds up to the total of a region: by one count alone, else by both together.
fn arithmetic(total: Size, rule: Rule, place: Place<'_>) -> Certificate {
    let unit = place.unit;
    if place.residue {
        return Certificate::Residue { unit, total: total.main };
    }
    let lawless = |total, lower, upper| {
        let (fewest, most) = lawful_grids(total, lower, upper);
        most.is_some_and(|most| most < fewest)
    };
    let mut counts = vec![(total.main, rule.lower.main, rule.upper.main, Which::Main)];
    if rule.is_double() {
        counts.push((total.other, rule.lower.other, rule.upper.other, Which::Other));
    }
    for (total, lower, upper, by) in counts {
        if total < lower {
            return if place.part {
                Certificate::PartBelow { unit, total, by }
            } else {
                Certificate::UnitBelow { unit, total, by }
            };
        }
        if lawless(total, lower, upper) {
            return if place.part {
                Certificate::PartGap { unit, total, by }
            } else {
                Certificate::UnitGap { unit, total, by }
            };
        }
    }
    let (total, other) = (total.main, total.other);
    if place.part {
        Certificate::PartClash { unit, total, other }
    } else {
        Certificate::UnitClash { unit, total, other }
    }
}

/// How many sets around one node are looked at before nothing is claimed.
const MOST_SETS: u32 = 50_000;

/// A node of a grid, one of its four largest, whose grid is outside the band in every division.
fn stranded(region: &Region, rule: Rule, nodes: &[u32]) -> Option<u32> {
    let mut largest = nodes.to_vec();
    largest.sort_by_key(|&node| (std::cmp::Reverse(region.size[node as usize]), node));
    largest.into_iter().take(4).find(|&node| {
        let mut sets = Sets { region, rule, member: HashSet::from([node]), banned: HashSet::new(), left: MOST_SETS };
        sets.none_in_band(region.size[node as usize])
    })
}

/// Walks the contiguous sets around a node, each once.
struct Sets<'r> {
    region: &'r Region,
    rule: Rule,
    member: HashSet<u32>,
    banned: HashSet<u32>,
    left: u32,
}

impl Sets<'_> {
    /// Whether neither this set nor any that grows from it is within the band; no when that takes too long to see.
    /// The depth is bounded by the sets looked at on the way.
    fn none_in_band(&mut self, size: Size) -> bool {
        if self.left == 0 || self.member.len() > 200 || (!size.is_zero() && self.rule.violation(size) == 0) {
            return false;
        }
        self.left -= 1;
        let beside = |&node: &u32| self.region.graph.neighbours(node).map(|(other, _)| other);
        let mut rim: Vec<u32> = self.member.iter().flat_map(beside).collect();
        rim.sort_unstable();
        rim.dedup();
        rim.retain(|node| !self.member.contains(node) && !self.banned.contains(node));
        let mut tried = 0;
        let none = rim.iter().all(|&node| {
            let wider = size + self.region.size[node as usize];
            let mut none = true;
            if !self.rule.is_over(wider) {
                self.member.insert(node);
                none = self.none_in_band(wider);
                self.member.remove(&node);
            }
            tried += 1;
            self.banned.insert(node);
            none
        });
        for node in &rim[..tried] {
            self.banned.remove(node);
        }
        none
    }
}
