//! What a division must keep to besides the bands: grids that stay, atoms that stay together.

use std::collections::{BTreeMap, HashMap};

use super::Problem;
use crate::atom::AtomId;

/// Hard terms of a division.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terms<'a> {
    /// For each atom the grid it is locked in, or nothing. Atoms with the same number are one grid, just as it is: it
    /// neither loses an atom nor gains one, whatever its size and shape.
    pub locked: Option<&'a [Option<u32>]>,
    /// Groups of atoms that are never divided. Each must be contiguous by itself, in one unit, and not in part locked.
    pub together: &'a [Vec<AtomId>],
    /// Pairs of atoms that are never in one grid. Parting a pair may add a grid to a number asked for.
    pub apart: &'a [(AtomId, AtomId)],
    /// Units with a number of inhabited grids asked for, locked ones counted, ascending by unit. A unit in more parts gets one
    /// for each part at least, and one with fewer atoms no more than it has atoms.
    pub grids: &'a [(u32, u32)],
}

/// Why terms cannot be kept to. Units are numbers as in [`Problem::unit`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermsError {
    /// The list of locks is not of the same atoms.
    #[error("{given} locks are given for {atoms} atoms: give each atom its locked grid, or none")]
    Locks {
        /// How many.
        given: usize,
        /// Atoms.
        atoms: usize,
    },
    /// A locked grid lies in two units.
    #[error("locked grid {grid} has atoms in two units, {} and {}: lock it in one of them, or divide the units as one", .units.0, .units.1)]
    LockAcross {
        /// The grid.
        grid: u32,
        /// Two of its units.
        units: (u32, u32),
    },
    /// A group names an atom that is not there.
    #[error("group {group} of atoms that stay together names atom {}, but there are {atoms}", .atom.0)]
    NoAtom {
        /// Position of the group.
        group: usize,
        /// The atom.
        atom: AtomId,
        /// Atoms.
        atoms: usize,
    },
    /// A group reaches over two units.
    #[error("atoms {} and {} are to stay together but lie in two units: take one out of the group, or divide the units as one", .atoms.0.0, .atoms.1.0)]
    TogetherAcross {
        /// Two of its atoms.
        atoms: (AtomId, AtomId),
    },
    /// A group does not hang together.
    #[error("atoms {} and {} are to stay together but no other atom of their group joins them: add what lies between, or declare a link", .atoms.0.0, .atoms.1.0)]
    TogetherApart {
        /// Two atoms in different pieces.
        atoms: (AtomId, AtomId),
    },
    /// A pair names an atom that is not there, or one atom twice.
    #[error("pair {pair} of atoms that stay apart names atoms {} and {}: name two different ones below {atoms}", .named.0.0, .named.1.0)]
    NoPair {
        /// Position of the pair.
        pair: usize,
        /// The atoms.
        named: (AtomId, AtomId),
        /// Atoms.
        atoms: usize,
    },
    /// A pair that is to stay apart is to stay together, or locked in one grid.
    #[error("atoms {} and {} are to stay apart and to stay together: give up one of the two", .atoms.0.0, .atoms.1.0)]
    ApartTogether {
        /// The two.
        atoms: (AtomId, AtomId),
    },
    /// A number of grids that is none.
    #[error("unit {unit} is to have 0 grids: ask for 1 at least")]
    NoGrids {
        /// The unit.
        unit: u32,
    },
    /// A group is locked in part, or in two grids.
    #[error("atoms {} and {} are to stay together but are not locked in the same grid: unlock both, or lock both in one", .atoms.0.0, .atoms.1.0)]
    TogetherLocked {
        /// Two of its atoms.
        atoms: (AtomId, AtomId),
    },
}

impl Terms<'_> {
    /// Nothing besides the bands.
    pub const NONE: Self = Self { locked: None, together: &[], apart: &[], grids: &[] };

    /// The locked grid of an atom.
    pub(super) fn lock_of(&self, atom: u32) -> Option<u32> {
        self.locked.and_then(|locked| locked[atom as usize])
    }

    /// The number of grids asked for in a unit.
    pub(super) fn grids_of(&self, unit: u32) -> Option<u32> {
        self.grids.binary_search_by_key(&unit, |&(unit, _)| unit).ok().map(|i| self.grids[i].1)
    }

    /// A number for each of these atoms, the same for those that stay together, by first appearance; `None` when none do.
    pub(super) fn clusters(&self, atoms: &[u32]) -> Option<Vec<u32>> {
        if self.together.is_empty() {
            return None;
        }
        let position: HashMap<u32, u32> = atoms.iter().enumerate().map(|(i, &atom)| (atom, i as u32)).collect();
        let mut leader: Vec<u32> = (0..atoms.len() as u32).collect();
        let mut joined = false;
        for group in self.together {
            let mut here = group.iter().filter_map(|atom| position.get(&atom.0).copied());
            let Some(first) = here.next() else { continue };
            for other in here {
                let (a, b) = (find(&mut leader, first), find(&mut leader, other));
                leader[a.max(b) as usize] = a.min(b);
                joined = true;
            }
        }
        if !joined {
            return None;
        }
        let mut number = HashMap::new();
        Some(
            (0..atoms.len() as u32)
                .map(|i| {
                    let next = number.len() as u32;
                    *number.entry(find(&mut leader, i)).or_insert(next)
                })
                .collect(),
        )
    }
}

fn find(leader: &mut [u32], mut node: u32) -> u32 {
    while leader[node as usize] != node {
        leader[node as usize] = leader[leader[node as usize] as usize];
        node = leader[node as usize];
    }
    node
}

/// Whether no pair is out of range, locked in one grid or held together by groups.
fn check_pairs(problem: &Problem<'_>) -> Result<(), TermsError> {
    let (atoms, terms) = (problem.graph.len(), &problem.terms);
    let named: Vec<u32> = (0..atoms as u32).collect();
    let cluster = if terms.apart.is_empty() { None } else { terms.clusters(&named) };
    for (pair, &(a, b)) in terms.apart.iter().enumerate() {
        if a == b || a.0.max(b.0) as usize >= atoms {
            return Err(TermsError::NoPair { pair, named: (a, b), atoms });
        }
        let held = cluster.as_ref().is_some_and(|cluster| cluster[a.0 as usize] == cluster[b.0 as usize]);
        if held || terms.lock_of(a.0).is_some_and(|grid| terms.lock_of(b.0) == Some(grid)) {
            return Err(TermsError::ApartTogether { atoms: (a, b) });
        }
    }
    Ok(())
}

/// Whether the terms fit the problem and each other. O(n + sizes and degrees of groups).
pub(super) fn check(problem: &Problem<'_>) -> Result<(), TermsError> {
    let atoms = problem.graph.len();
    let terms = &problem.terms;
    if let Some(given) = terms.locked.map(<[_]>::len).filter(|&given| given != atoms) {
        return Err(TermsError::Locks { given, atoms });
    }
    let mut unit_of: BTreeMap<u32, u32> = BTreeMap::new();
    for atom in 0..atoms as u32 {
        let Some(grid) = terms.lock_of(atom) else { continue };
        let here = problem.unit[atom as usize];
        let unit = *unit_of.entry(grid).or_insert(here);
        if unit != here {
            return Err(TermsError::LockAcross { grid, units: (unit, here) });
        }
    }
    if let Some(&(unit, _)) = terms.grids.iter().find(|&&(_, grids)| grids == 0) {
        return Err(TermsError::NoGrids { unit });
    }
    check_pairs(problem)?;
    for (group, members) in terms.together.iter().enumerate() {
        if let Some(&atom) = members.iter().find(|atom| atom.0 as usize >= atoms) {
            return Err(TermsError::NoAtom { group, atom, atoms });
        }
        let Some((&first, others)) = members.split_first() else { continue };
        for &other in others {
            if problem.unit[first.0 as usize] != problem.unit[other.0 as usize] {
                return Err(TermsError::TogetherAcross { atoms: (first, other) });
            }
            if terms.lock_of(first.0) != terms.lock_of(other.0) {
                return Err(TermsError::TogetherLocked { atoms: (first, other) });
            }
        }
        let mut nodes: Vec<u32> = members.iter().map(|atom| atom.0).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let (piece, pieces) = problem.graph.induced(&nodes).components_by(|_| ());
        if pieces > 1 {
            let other = piece.iter().position(|&piece| piece > 0).expect("there is a second piece");
            return Err(TermsError::TogetherApart { atoms: (AtomId(nodes[0]), AtomId(nodes[other])) });
        }
    }
    Ok(())
}
