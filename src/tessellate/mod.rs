//! Boundary, streets, rivers, railways, walls, buildings and open grounds → cells that tile the jurisdictions exactly.
//!
//! In: a [`Town`]. Out: a [`Tessellation`]: the cells, the lines as they run along their borders, and everything a person
//! should look at ([`Finding`]).
//!
//! 1. Cells tile the union of the units exactly: no gap, no overlap, each cell in one unit and of one piece by edges. Areas
//!    add up in lattice units².
//! 2. No cell crosses a line that divides ([`Settings::dividing`]) and closes a block; blocks without buildings that are
//!    thinner than [`Settings::thin_m`] are joined to a neighbour, each with a finding.
//! 3. Every inhabited footprint has exactly one cell, which holds the whole footprint but for what other footprints, lines or
//!    the boundary take from it, each with a finding; or it is merged into the footprint it repeats ([`Tessellation::merged`]).
//! 4. Same input, same bytes, at any number of threads.
//!
//! Rules, one each: a footprint cut by a line or a border between units belongs to the side with most of it, the rest of it is ground of
//! the other side. Where footprints overlap, the smaller code keeps the overlap. A footprint with hardly anything left of its own is
//! merged into the one that covers it. An uninhabited footprint goes with the nearest inhabited one of its block. A courtyard
//! belongs to the building around it. A block without an inhabited footprint is one open cell. Grounds stay out of the cells of
//! buildings; a building on a ground keeps its footprint.
//!
//! Within a block each piece of free ground goes to the nearest footprint: the Voronoi diagram of points along the walls, after
//! Fleischmann, Feliciotti, Romice and Porta, *Morphological tessellation as a way of partitioning space* (Computers,
//! Environment and Urban Systems 80, 2020), within enclosures as in their later work.
//!
//! Steps, one file each: `ends` (street ends are closed), `blocks` (faces between all the linework → blocks, grounds, footprints;
//! `faces` measures and outlines them, `thin` joins blocks too thin to stand alone),
//! `borders` (the Voronoi borders of one block), `clip` (cut off at the block's rim), `cells` (faces → cells); `units` cuts
//! footprints of towers beforehand. All linework
//! goes through the snap rounding of [`crate::topology`] twice, before and after the borders are drawn; everything exact is
//! decided there, and floating point only says where a border runs. It never reads files, clocks or random sources.

mod blocks;
mod borders;
mod cells;
#[cfg(test)]
mod city;
mod clip;
mod ends;
mod faces;
mod finding;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
mod thin;
pub mod units;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::atom::{AtomKind, Line, LineClass};
use crate::geom::MultiPolygon;
use crate::topology::TopologyError;

pub use finding::{Finding, FindingKind};

/// A lowest jurisdiction: no cell crosses its border.
#[derive(Debug, Clone, Copy)]
pub struct Unit<'a> {
    /// Its code.
    pub code: &'a str,
    /// Its ground.
    pub shape: &'a MultiPolygon,
}

/// The outline of a building, or of one unit of it.
#[derive(Debug, Clone, Copy)]
pub struct Footprint<'a> {
    /// Its code; of two that overlap, the smaller one keeps the overlap.
    pub code: &'a str,
    /// Its outline.
    pub shape: &'a MultiPolygon,
    /// [`AtomKind::Building`] or [`AtomKind::Unit`].
    pub kind: AtomKind,
    /// The code of the building: the same for units of one building, else [`Footprint::code`].
    pub building: &'a str,
    /// Whether people live there, or may: it gets a cell of its own.
    pub inhabited: bool,
}

/// Ground that is no building's: a park, water, a square.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Its code; of two that overlap, the smaller one keeps the overlap.
    pub code: &'a str,
    /// Its outline.
    pub shape: &'a MultiPolygon,
    /// [`AtomKind::Green`], [`AtomKind::Water`] or [`AtomKind::Open`].
    pub kind: AtomKind,
}

/// What cells are made of.
#[derive(Debug, Clone)]
pub struct Town<'a> {
    /// The jurisdictions to tile.
    pub units: Vec<Unit<'a>>,
    /// Streets, rivers, railways, walls, paths.
    pub lines: &'a [Line],
    /// Buildings.
    pub footprints: Vec<Footprint<'a>>,
    /// Parks, water, squares.
    pub grounds: Vec<Ground<'a>>,
}

/// The measures of [`tessellate`].
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// A line that ends within this many metres of another line or of the boundary is led on to it.
    pub tolerance_m: f64,
    /// Blocks without inhabited footprints of at most this mean width (twice the area over the perimeter), in metres, are joined
    /// to a neighbour: across no line where they can be, else across the one that divides least.
    pub thin_m: f64,
    /// Grounds smaller than this many square metres are free ground, shared out among the buildings around.
    pub least_ground_m2: f64,
    /// Walls are read as points this many metres apart.
    pub spacing_m: f64,
    /// Borders between buildings are straightened by up to this many metres, and never by more than a quarter of the distance to the
    /// nearest wall.
    pub straighten_m: f64,
    /// The classes of lines that no cell crosses.
    pub dividing: BTreeSet<LineClass>,
}

impl Default for Settings {
    /// - `tolerance_m` 5: half the width of a street with its pavements; two streets that miss each other by less do not
    ///   end there.
    /// - `thin_m` 4: a lane's width and a verge. Thinner blocks are the slip between a boundary and the street it follows, or
    ///   between two carriageways; nobody lives there, and a plan gains nothing by placing them.
    /// - `least_ground_m2` 1,000: a neighbourhood park; smaller lawns belong to the houses around.
    /// - `spacing_m` 1: with points at equal distance of every corner, borders between facing walls are off by centimetres.
    /// - `straighten_m` 0.25: what a person does not see on a plan, and a tenth of the points.
    /// - `dividing`: all but paths. Pavements drawn beside their street, and ways between the houses of one compound, would cut
    ///   thousands of empty slips from blocks that people take for one.
    fn default() -> Self {
        use LineClass::{Arterial, Rail, River, Street, Wall};
        Self {
            tolerance_m: 5.0,
            thin_m: 4.0,
            least_ground_m2: 1000.0,
            spacing_m: 1.0,
            straighten_m: 0.25,
            dividing: BTreeSet::from([River, Rail, Arterial, Street, Wall]),
        }
    }
}

/// One piece of ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its ground: one piece by edges.
    pub shape: MultiPolygon,
    /// Position in [`Town::units`].
    pub unit: u32,
    /// Building, unit, green, water or open.
    pub kind: AtomKind,
    /// Position in [`Town::footprints`] of the footprint it was made for.
    pub footprint: Option<u32>,
    /// Position in [`Town::grounds`] of the ground it is a piece of.
    pub ground: Option<u32>,
}

/// What [`tessellate`] makes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tessellation {
    /// By unit, then by the first point of the shape.
    pub cells: Vec<Cell>,
    /// The lines that divide, and the shores of water, edge for edge on the borders of cells; sorted. What borders nothing, such as
    /// dead ends, is left out.
    pub lines: Vec<Line>,
    /// Footprints without a cell of their own, each with the footprint whose cell holds it: add its people there. By position
    /// in [`Town::footprints`], sorted.
    pub merged: Vec<(u32, u32)>,
    /// What a person should look at, by kind, then largest first.
    pub findings: Vec<Finding>,
}

/// Why there are no cells.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TessellateError {
    /// No unit, or none with area.
    #[error("there is no boundary with area: give at least one jurisdiction to tile")]
    NoGround,
    /// A measure that is none.
    #[error("{name} is {value}: give a number of metres (or square metres) that is not negative")]
    Setting {
        /// The field of [`Settings`].
        name: &'static str,
        /// What it was.
        value: f64,
    },
    /// More than 2³¹ pieces.
    #[error("{pieces} pieces of linework are more than one call can number: give it one district at a time")]
    TooMany {
        /// How many.
        pieces: usize,
    },
    /// Rounding did not settle.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// The caller said so.
    #[error("cancelled")]
    Cancelled,
}

/// Tells the caller how far the work is.
struct Steps<'a> {
    tell: &'a (dyn Fn(u64, u64) -> ControlFlow<()> + Sync),
    done: AtomicU64,
    all: AtomicU64,
}

impl Steps<'_> {
    /// Notes that `count` more of the steps are done.
    fn forth(&self, count: u64) -> Result<(), TessellateError> {
        let done = self.done.fetch_add(count, Ordering::Relaxed) + count;
        match (self.tell)(done, self.all.load(Ordering::Relaxed)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(TessellateError::Cancelled),
        }
    }
}

/// Cuts the units of `town` into cells. `progress` hears of steps done and steps in all, from any thread; `Break` cancels.
/// O(n log n) for n points in reasonable position.
///
/// # Errors
/// [`TessellateError`]: no ground to tile, a setting that is no measure, linework that does not settle, or cancelled.
pub fn tessellate(
    town: &Town,
    settings: &Settings,
    progress: &(dyn Fn(u64, u64) -> ControlFlow<()> + Sync),
) -> Result<Tessellation, TessellateError> {
    settings.check()?;
    let steps = Steps { tell: progress, done: AtomicU64::new(0), all: AtomicU64::new(4) };
    let mut findings = Vec::new();
    let links = ends::close(town, settings, &mut findings);
    steps.forth(1)?;
    let blocks = blocks::blocks(town, settings, &links, &mut findings)?;
    steps.all.store(4 + blocks.crowded.len() as u64, Ordering::Relaxed);
    steps.forth(1)?;
    let drawn: Vec<borders::Borders> = blocks
        .crowded
        .par_iter()
        .map(|block| {
            let drawn = borders::draw(&blocks, block, settings);
            steps.forth(1).map(|()| drawn)
        })
        .collect::<Result<_, _>>()?;
    let mut made = cells::cells(town, &blocks, &drawn, &mut findings)?;
    steps.forth(1)?;
    findings.sort_by(Finding::order);
    made.findings = findings;
    steps.forth(1)?;
    Ok(made)
}

impl Settings {
    fn check(&self) -> Result<(), TessellateError> {
        let measures = [
            ("tolerance_m", self.tolerance_m),
            ("thin_m", self.thin_m),
            ("least_ground_m2", self.least_ground_m2),
            ("spacing_m", self.spacing_m),
            ("straighten_m", self.straighten_m),
        ];
        match measures.into_iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0)) {
            Some((name, value)) => Err(TessellateError::Setting { name, value }),
            None => Ok(()),
        }
    }
}
