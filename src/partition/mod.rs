//! Makes a plan: divides each lowest jurisdiction into grids within the band.
//!
//! In: the adjacency of atoms, their sizes, the unit each lies in, the band. Out: an assignment of every atom, and for
//! each grid outside the band a certificate.
//!
//! 1. Every atom is in exactly one grid, uninhabited ones too; no grid crosses a unit; every grid is contiguous by edge
//!    adjacency. A unit in several parts is divided part by part; a part where nobody lives is one grid.
//! 2. The number of grids is free. The objective is lexicographic: total violation of the band, grids outside it, length
//!    of borders inside units; [`Infeasible::FewestOutside`] exchanges the first two. Whole numbers throughout.
//! 3. A part of at most 12 atoms is divided exactly, one of at most 64 where a bounded covering search gets to the end.
//!    A larger one is divided by a multilevel search. Where that leaves a grid outside that nothing is known to force, a
//!    program over a narrow frontier finds what is less outside, or proves that nothing is, as far as a bounded number of
//!    states goes; what stays open is said to be ([`Certificate::NotProven`]).
//! 4. Certificates are true: each other kind can be checked from sizes and adjacency alone.
//! 5. Same input and seed, same bytes, at any number of threads: random streams are drawn by (seed, unit, part, level),
//!    budgets are counted in moves, results are merged in the order of units.
//!
//! The search: heavy-border coarsening; an exact division of random spanning trees of the coarsest region, from which
//! the number of grids falls out (Ito, Nishizeki, Schröder, Uno, Zhou, Algorithmica 62, 2012); annealed boundary moves
//! that keep contiguity, level by level, in territories side by side where a part is large; neighbourhoods of grids
//! outside the band cut anew by the same tree division, and those that stay so divided from the start.
//!
//! This room never reads geometry, files, clocks or an outside random source, and knows nothing of codes or names.

mod amend;
mod apart;
mod arithmetic;
mod bare;
mod certificate;
mod coarsen;
mod count;
mod cover;
mod dead_end;
mod division;
mod exact;
mod frontier;
mod halve;
mod level;
mod proof;
mod refine;
mod repair;
mod score;
mod size;
mod solve;
mod terms;
mod territory;
mod tree;
mod unit;
mod watch;

#[cfg(test)]
mod amend_tests;
#[cfg(test)]
mod apart_tests;
#[cfg(test)]
mod certificate_tests;
#[cfg(test)]
mod count_tests;
#[cfg(test)]
mod double_tests;
#[cfg(test)]
mod exact_tests;
#[cfg(test)]
mod frontier_tests;
#[cfg(test)]
mod lawful_tests;
#[cfg(test)]
mod referee_tests;

use rayon::prelude::*;

pub use amend::{Kept, Standing};
pub use certificate::{Certificate, Counts, Outside, Which};

pub use terms::{Terms, TermsError};

use crate::atom::AtomId;
use crate::graph::Graph;
use crate::plan::{Assignment, Band, BandError};
use size::Size;
use watch::Watch;

/// What is to be divided.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    /// Who borders on whom; nodes are atoms by [`AtomId`].
    pub graph: &'a Graph,
    /// Households or persons of each atom; unknown counts as 0.
    pub size: &'a [u32],
    /// A second count of each atom, kept to where [`Bands::other`] is given; unknown counts as 0.
    pub other: Option<&'a [u32]>,
    /// The lowest jurisdiction of each atom; any numbers, equal within a unit.
    pub unit: &'a [u32],
    /// The bands a grid should keep to.
    pub bands: Bands,
    /// Units with bands of their own, ascending by unit.
    pub unit_bands: &'a [(u32, Bands)],
    /// What a division must keep to besides.
    pub terms: Terms<'a>,
    /// The plan to change as little as needed; a fresh division without.
    pub standing: Option<Standing<'a>>,
}

impl<'a> Problem<'a> {
    /// One count, one band everywhere.
    pub const fn new(graph: &'a Graph, size: &'a [u32], unit: &'a [u32], band: Band) -> Self {
        Self {
            graph,
            size,
            other: None,
            unit,
            bands: Bands { main: band, other: None },
            unit_bands: &[],
            terms: Terms::NONE,
            standing: None,
        }
    }

    /// The bands of a unit.
    fn bands_of(&self, unit: u32) -> Bands {
        let own = self.unit_bands.binary_search_by_key(&unit, |&(unit, _)| unit);
        own.map_or(self.bands, |i| self.unit_bands[i].1)
    }

    /// What an atom holds, as far as the bands ask.
    fn size_of(&self, atom: u32, bands: Bands) -> Size {
        let other = self.other.filter(|_| bands.other.is_some()).map_or(0, |other| other[atom as usize]);
        Size::new(self.size[atom as usize].into(), other.into())
    }
}

/// The bands of one count, or of two that are kept to at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bands {
    /// Of the count the plan divides by.
    pub main: Band,
    /// Of the second one.
    pub other: Option<Band>,
}

impl From<Band> for Bands {
    fn from(main: Band) -> Self {
        Self { main, other: None }
    }
}

/// What is preferred where no division keeps to the band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Infeasible {
    /// Least total violation, then fewest grids outside.
    #[default]
    LeastViolation,
    /// Fewest grids outside, then least total violation.
    FewestOutside,
}

/// How to divide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Decides every random choice.
    pub seed: u64,
    /// What is preferred where no division keeps to the band.
    pub infeasible: Infeasible,
    /// Moves tried for each border between two grids, at each level: more gives shorter borders and takes longer, about
    /// in proportion. The default is 200.
    pub moves: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, infeasible: Infeasible::default(), moves: 200 }
    }
}

/// A division of the whole problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// Every atom's grid.
    pub assignment: Assignment,
    /// The inhabited grids outside the band, by grid.
    pub outside: Vec<Outside>,
    /// What stayed where it was, where there is a standing plan.
    pub kept: Option<Kept>,
}

/// Who is told how far the work is, and may stop it. Called from any thread.
pub trait Progress: Sync {
    /// So many of all atoms are done. Calls from several threads may arrive out of order.
    fn report(&self, done_atoms: u64, total_atoms: u64);
    /// For so many atoms more there is a division with nothing outside that arithmetic does not force, or as good as
    /// it gets; from here on borders become shorter.
    fn served(&self, _atoms: u64) {}
    /// Whether the work should stop. Asked often.
    fn cancelled(&self) -> bool;
}

/// Nobody watches.
impl Progress for () {
    fn report(&self, _: u64, _: u64) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Why there is no solution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartitionError {
    /// The three lists are not of the same atoms.
    #[error("the graph has {graph} atoms, but {sizes} sizes and {units} units are given: give one of each an atom")]
    Lengths {
        /// Nodes of the graph.
        graph: usize,
        /// Length of `size`.
        sizes: usize,
        /// Length of `unit`.
        units: usize,
    },
    /// More atoms than one problem may have.
    #[error("{atoms} atoms are more than one partition takes ({most}): divide the jurisdictions one at a time")]
    TooMany {
        /// How many.
        atoms: usize,
        /// The most.
        most: usize,
    },
    /// The second count is not of the same atoms, or a band asks for it and there is none.
    #[error("a second band is given, but {given} of {atoms} atoms have a second count: give one for each")]
    Other {
        /// How many have one.
        given: usize,
        /// Atoms.
        atoms: usize,
    },
    /// The standing plan is not of the same atoms.
    #[error("the standing plan has {given} atoms, the graph {atoms}: give each atom its grid, or none")]
    Standing {
        /// Atoms it has.
        given: usize,
        /// Atoms of the graph.
        atoms: usize,
    },
    /// Terms that cannot be kept to.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// No lawful band.
    #[error(transparent)]
    Band(#[from] BandError),
    /// Stopped by [`Progress::cancelled`].
    #[error("the partition was cancelled; nothing was changed")]
    Cancelled,
}

/// The work is no longer wanted.
#[derive(Debug, Clone, Copy)]
struct Cancelled;

impl From<Cancelled> for PartitionError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Divides every unit for itself, side by side. About linear in atoms times [`Options::moves`].
pub fn partition(
    problem: &Problem<'_>,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Solution, PartitionError> {
    let atoms = problem.graph.len();
    if problem.size.len() != atoms || problem.unit.len() != atoms {
        let (sizes, units) = (problem.size.len(), problem.unit.len());
        return Err(PartitionError::Lengths { graph: atoms, sizes, units });
    }
    if atoms > score::MOST_ATOMS {
        return Err(PartitionError::TooMany { atoms, most: score::MOST_ATOMS });
    }
    let all_bands = || std::iter::once(problem.bands).chain(problem.unit_bands.iter().map(|&(_, bands)| bands));
    for band in all_bands().flat_map(|bands| std::iter::once(bands.main).chain(bands.other)) {
        Band::new(band.lower, band.upper)?;
    }
    let given = problem.other.map_or(0, <[u32]>::len);
    if all_bands().any(|bands| bands.other.is_some()) && given != atoms {
        return Err(PartitionError::Other { given, atoms });
    }
    if let Some(given) = problem.standing.map(|standing| standing.grid.len()).filter(|&given| given != atoms) {
        return Err(PartitionError::Standing { given, atoms });
    }
    terms::check(problem)?;
    let watch = Watch::new(progress, atoms as u64);
    let mut by_unit: Vec<u32> = (0..atoms as u32).collect();
    by_unit.sort_by_key(|&atom| problem.unit[atom as usize]);
    let units: Vec<&[u32]> = by_unit.chunk_by(|&a, &b| problem.unit[a as usize] == problem.unit[b as usize]).collect();
    let divided: Vec<Vec<unit::Part>> = units
        .par_iter()
        .with_max_len(1)
        .map(|atoms| unit::divide(problem, options, atoms, &watch))
        .collect::<Result<_, Cancelled>>()?;
    let mut label = vec![None; atoms];
    let mut outside = Vec::new();
    let mut first = 0u32;
    let mut kept = Kept::default();
    for part in divided.iter().flatten() {
        for (&atom, &grid) in part.atoms.iter().zip(&part.grid) {
            label[atom as usize] = Some(first + grid);
        }
        for &(grid, size, certificate) in &part.outside {
            let member = part.grid.iter().position(|&here| here == grid).expect("a grid has atoms");
            outside.push((AtomId(part.atoms[member]), size, certificate));
        }
        kept += part.kept;
        first += part.grid.iter().max().map_or(0, |most| most + 1);
    }
    let assignment = Assignment::new(label);
    let mut outside: Vec<Outside> = outside
        .into_iter()
        .map(|(atom, size, certificate)| {
            let grid = assignment.grid_of(atom).expect("every atom is assigned");
            Outside { grid, size: size.main, other: problem.other.map(|_| size.other), certificate }
        })
        .collect();
    outside.sort_by_key(|outside| outside.grid);
    Ok(Solution { assignment, outside, kept: problem.standing.map(|_| kept) })
}
