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
//!    A larger one is divided by a multilevel search: it reaches what it reaches, and what it could not prove it says
//!    ([`Certificate::NotProven`]).
//! 4. Certificates are true: each other kind can be checked from sizes and adjacency alone.
//! 5. Same input and seed, same bytes, at any number of threads: random streams are drawn by (seed, unit, part, level),
//!    budgets are counted in moves, results are merged in the order of units.
//!
//! The search: heavy-border coarsening; an exact division of random spanning trees of the coarsest region, from which
//! the number of grids falls out (Ito, Nishizeki, Schröder, Uno, Zhou, Algorithmica 62, 2012); annealed boundary moves
//! that keep contiguity, level by level; neighbourhoods of grids outside the band cut anew by the same tree division.
//!
//! This room never reads geometry, files, clocks or an outside random source, and knows nothing of codes or names.

mod arithmetic;
mod certificate;
mod coarsen;
mod cover;
mod division;
mod exact;
mod halve;
mod level;
mod refine;
mod repair;
mod score;
mod size;
mod solve;
mod territory;
mod tree;
mod watch;

#[cfg(test)]
mod double_tests;
#[cfg(test)]
mod partition_tests;

use rayon::prelude::*;

pub use certificate::{Certificate, Counts, Outside, Which};

use crate::atom::AtomId;
use crate::graph::Graph;
use crate::plan::{Assignment, Band, BandError};
use certificate::Place;
use coarsen::Region;
use division::Division;
use score::Rule;
use size::Size;
use solve::Task;
use watch::{Share, Watch};

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
}

impl<'a> Problem<'a> {
    /// One count, one band everywhere.
    pub const fn new(graph: &'a Graph, size: &'a [u32], unit: &'a [u32], band: Band) -> Self {
        Self { graph, size, other: None, unit, bands: Bands { main: band, other: None }, unit_bands: &[] }
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
    /// Boundary moves tried for each atom and level: more gives shorter borders and takes longer, about in
    /// proportion. The default is 200.
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
    let watch = Watch::new(progress, atoms as u64);
    let mut by_unit: Vec<u32> = (0..atoms as u32).collect();
    by_unit.sort_by_key(|&atom| problem.unit[atom as usize]);
    let units: Vec<&[u32]> = by_unit.chunk_by(|&a, &b| problem.unit[a as usize] == problem.unit[b as usize]).collect();
    let divided: Vec<Vec<Part>> = units
        .par_iter()
        .with_max_len(1)
        .map(|atoms| divide_unit(problem, options, atoms, &watch))
        .collect::<Result<_, Cancelled>>()?;
    let mut label = vec![None; atoms];
    let mut outside = Vec::new();
    let mut first = 0u32;
    for part in divided.iter().flatten() {
        for (&atom, &grid) in part.atoms.iter().zip(&part.grid) {
            label[atom as usize] = Some(first + grid);
        }
        for &(grid, size, certificate) in &part.outside {
            let member = part.grid.iter().position(|&here| here == grid).expect("a grid has atoms");
            outside.push((AtomId(part.atoms[member]), size, certificate));
        }
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
    Ok(Solution { assignment, outside })
}

/// A connected part of a unit, divided.
struct Part {
    atoms: Vec<u32>,
    grid: Vec<u32>,
    outside: Vec<(u32, Size, Certificate)>,
}

fn divide_unit(
    problem: &Problem<'_>,
    options: &Options,
    atoms: &[u32],
    watch: &Watch<'_>,
) -> Result<Vec<Part>, Cancelled> {
    watch.check()?;
    let unit = problem.unit[atoms[0] as usize];
    let bands = problem.bands_of(unit);
    let rule = Rule::new(bands, options.infeasible);
    let (component, count) = problem.graph.induced(atoms).components_by(|_| ());
    let mut parts = vec![Vec::new(); count as usize];
    for (&atom, &component) in atoms.iter().zip(&component) {
        parts[component as usize].push(atom);
    }
    let inhabited = |atoms: &[u32]| atoms.iter().any(|&atom| !problem.size_of(atom, bands).is_zero());
    let several = parts.iter().filter(|atoms| inhabited(atoms)).nth(1).is_some();
    let mut divided = Vec::with_capacity(parts.len());
    for (number, atoms) in parts.into_iter().enumerate() {
        let share = Share::new(watch, atoms.len() as u64);
        let (grid, outside) = if inhabited(&atoms) {
            let region = region(problem, bands, &atoms);
            let bound = arithmetic::bound(&region, rule);
            let task = Task { seed: options.seed, unit: unit.into(), part: number as u64, moves: options.moves };
            let found = solve::divide(&region, rule, &bound, task, &share)?;
            let division = Division::new(&region, found.grid);
            let place = Place { unit, part: several, atoms: &atoms, exhaustive: found.exhaustive };
            let outside = certificate::certify(&division, rule, &bound, place);
            (division.grid, outside)
        } else {
            (vec![0; atoms.len()], Vec::new())
        };
        share.finish();
        divided.push(Part { atoms, grid, outside });
    }
    Ok(divided)
}

fn region(problem: &Problem<'_>, bands: Bands, atoms: &[u32]) -> Region {
    let mut graph = problem.graph.induced(atoms);
    let pairs = graph.borders().count();
    let cap = score::border_cap(pairs);
    if graph.borders().any(|(_, _, mm)| mm > cap) {
        // longer than any border on earth: kept apart from the fields above it in a score
        let capped = graph.borders().map(|(a, b, mm)| (AtomId(a), AtomId(b), mm.min(cap))).collect::<Vec<_>>();
        graph = Graph::new(atoms.len(), capped);
    }
    Region { graph, size: atoms.iter().map(|&atom| problem.size_of(atom, bands)).collect() }
}
