//! Why a grid lies outside the band, each claim provable.

use std::collections::HashSet;

use super::arithmetic::{Bound, least_violation};
use super::coarsen::Region;
use super::division::Division;
use super::score::Rule;
use crate::atom::AtomId;
use crate::plan::{Band, GridId, Reason};

/// A grid outside the band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// The grid.
    pub grid: GridId,
    /// Its size, in households or persons.
    pub size: u64,
    /// Why.
    pub certificate: Certificate,
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
    },
    /// No number of grids adds up to the unit's size, so one grid at least is outside.
    UnitGap {
        /// The unit.
        unit: u32,
        /// Its size.
        total: u64,
    },
    /// A part cut off from the rest of its unit is smaller than one grid.
    PartBelow {
        /// The unit.
        unit: u32,
        /// Size of the part.
        total: u64,
    },
    /// No number of grids adds up to the size of a part cut off from the rest, so one grid at least is outside.
    PartGap {
        /// The unit.
        unit: u32,
        /// Size of the part.
        total: u64,
    },
    /// The grid holds an atom over the upper bound by itself.
    AtomOver {
        /// The largest such atom.
        atom: AtomId,
        /// Its size.
        total: u64,
    },
    /// A part shut in by atoms over the upper bound: no number of grids adds up to its size, so one grid at least that
    /// takes of it is outside.
    Pocket {
        /// The unit.
        unit: u32,
        /// Size of the part.
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
    /// In the words of a plan, given the codes of units and atoms.
    pub fn reason<'c>(
        self,
        band: Band,
        unit_code: impl Fn(u32) -> &'c str,
        atom_code: impl Fn(AtomId) -> &'c str,
    ) -> Reason {
        let code = |unit| unit_code(unit).to_owned();
        match self {
            Self::UnitBelow { unit, total } => Reason::UnitBelow { unit: code(unit), total, band },
            Self::UnitGap { unit, total } => Reason::UnitGap { unit: code(unit), total, band },
            Self::PartBelow { unit, total } => Reason::PartBelow { unit: code(unit), total, band },
            Self::PartGap { unit, total } => Reason::PartGap { unit: code(unit), total, band },
            Self::AtomOver { atom, total } => Reason::AtomOver { atom: atom_code(atom).to_owned(), total, band },
            Self::Pocket { unit, total } => Reason::Pocket { unit: code(unit), total, band },
            Self::Stranded { atom, total } => Reason::Stranded { atom: atom_code(atom).to_owned(), total, band },
            Self::Exhausted { unit, total } => Reason::Exhausted { unit: code(unit), total, band },
            Self::NotProven { unit, total } => Reason::NotProven { unit: code(unit), total, band },
        }
    }
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
}

/// A certificate for each grid outside the band: grid number of the division, its size and the certificate. What
/// arithmetic forces once is said of one grid only, the one farthest outside. O(n).
pub(super) fn certify(
    division: &Division<'_>,
    rule: Rule,
    bound: &Bound,
    place: Place<'_>,
) -> Vec<(u32, u64, Certificate)> {
    let region: &Region = division.region;
    let unit = place.unit;
    let total: u64 = region.size.iter().sum();
    let mut taken_over = vec![false; bound.pocket_total.len()];
    let members = division.members();
    let largest = |nodes: &[u32]| {
        let over = nodes.iter().copied().filter(|&node| region.size[node as usize] > rule.upper);
        over.max_by_key(|&node| (region.size[node as usize], std::cmp::Reverse(node)))
    };
    for nodes in members.iter().filter(|nodes| largest(nodes).is_some()) {
        for &node in nodes {
            if let (Some(pocket), true) = (bound.pocket[node as usize], region.size[node as usize] > 0) {
                taken_over[pocket as usize] = true;
            }
        }
    }
    let mut outside: Vec<u32> =
        (0..members.len() as u32).filter(|&grid| rule.violation(division.sum[grid as usize]) > 0).collect();
    outside.retain(|&grid| !members[grid as usize].is_empty());
    outside.sort_by_key(|&grid| (std::cmp::Reverse(rule.violation(division.sum[grid as usize])), grid));
    let mut gap_said = false;
    let mut certified: Vec<_> = outside
        .into_iter()
        .map(|grid| {
            let size = division.sum[grid as usize];
            let nodes = &members[grid as usize];
            let unforced = || match stranded(region, rule, nodes) {
                Some(node) => Certificate::Stranded { atom: AtomId(place.atoms[node as usize]), total: size },
                None if place.exhaustive => Certificate::Exhausted { unit, total: size },
                None => Certificate::NotProven { unit, total: size },
            };
            let certificate = if let Some(node) = largest(nodes) {
                Certificate::AtomOver { atom: AtomId(place.atoms[node as usize]), total: region.size[node as usize] }
            } else if bound.excess == 0 {
                if bound.violation == 0 || std::mem::replace(&mut gap_said, true) {
                    unforced()
                } else {
                    match (total < rule.lower, place.part) {
                        (true, false) => Certificate::UnitBelow { unit, total },
                        (true, true) => Certificate::PartBelow { unit, total },
                        (false, false) => Certificate::UnitGap { unit, total },
                        (false, true) => Certificate::PartGap { unit, total },
                    }
                }
            } else {
                match bound.pocket[nodes[0] as usize] {
                    Some(pocket) if !taken_over[pocket as usize] => {
                        let total = bound.pocket_total[pocket as usize];
                        if least_violation(total, rule) > 0 {
                            // said once a pocket
                            taken_over[pocket as usize] = true;
                            Certificate::Pocket { unit, total }
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
    fn none_in_band(&mut self, size: u64) -> bool {
        if self.left == 0 || self.member.len() > 200 || (size > 0 && self.rule.violation(size) == 0) {
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
            if wider <= self.rule.upper {
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
