//! A generation as one piece of bytes, from which points are looked up as they lie: a file that is mapped into memory answers
//! at once, in any process, without a store.
//!
//! 1. Opening checks every byte: what is damaged, cut short, foreign or of another version is refused with the reason.
//! 2. Whatever the bytes are, a lookup neither panics nor reads outside them.
//! 3. Answers are those of the [`CoverageIndex`] it was made from.
//! 4. Same contents, same bytes.

mod columns;
mod layout;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use columns::{NO_POSITION, NoPositions, OUTSIDE};

use rayon::prelude::*;

use super::Owner;
use super::coverage::CoverageIndex;
use super::frame::{Frame, MOST_TILE_BITS, Shape, TILE_BITS};
use super::lookup::{self, Source};
use super::slot::{LINE_BYTES, Line};
use crate::geom::LatticePoint;
use layout::{u32_at, u64_at};

/// A jurisdiction of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node<'a> {
    /// 1 at the top.
    pub level: u8,
    /// What its level is called.
    pub level_name: &'a str,
    /// Its code.
    pub code: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The position of the jurisdiction above it, which comes before it.
    pub parent: Option<u32>,
}

/// A grid of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid<'a> {
    /// Its code.
    pub code: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The position of its lowest jurisdiction.
    pub node: Option<u32>,
    /// The sequence of the publication that put it in force.
    pub publication: i64,
    /// Since when it holds, in milliseconds of Unix time.
    pub valid_from_ms: i64,
    /// Until when, where that is known.
    pub valid_to_ms: Option<i64>,
}

/// What a snapshot is made of.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// A word that stands for exactly this generation.
    pub generation: &'a str,
    /// The index over the shapes of the grids, in their order.
    pub index: &'a CoverageIndex,
    /// The grids.
    pub grids: &'a [Grid<'a>],
    /// The jurisdictions, each after the one above it.
    pub nodes: &'a [Node<'a>],
}

/// Why contents cannot be written, or bytes not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Not as many grids as faces of the index.
    #[error("{grids} grids for an index of {faces} faces")]
    Count {
        /// Grids given.
        grids: usize,
        /// Faces of the index.
        faces: usize,
    },
    /// A jurisdiction that is not there, or not before those below it.
    #[error("{code:?} lies in jurisdiction number {node}, which is not listed before it")]
    NoNode {
        /// The grid or jurisdiction.
        code: String,
        /// The position it names.
        node: u32,
    },
    /// More text than can be pointed at.
    #[error("codes and names take {bytes} bytes, more than 4 GiB")]
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// Bytes that begin otherwise.
    #[error("this is no snapshot of grids (.wgs): it does not begin as one; write one with `wangge export --snapshot`")]
    Foreign,
    /// A snapshot of a layout that this program does not know.
    #[error(
        "this snapshot has version {found} of the format; this program reads version 1: write it again with the same program"
    )]
    Version {
        /// Its version.
        found: u32,
    },
    /// Bytes missing or too many.
    #[error("this snapshot is {found} bytes long and says it has {}: it was cut short or added to; copy it again", .told.map_or_else(|| "more".to_owned(), |told| told.to_string()))]
    Length {
        /// What its head says; `None` where the head itself is cut.
        told: Option<u64>,
        /// How many there are.
        found: u64,
    },
    /// Bytes that are not what was written.
    #[error("this snapshot is damaged: its {section} are not what was written; copy it again")]
    Damaged {
        /// In which part.
        section: &'static str,
    },
    /// Sealed bytes that no version of this program writes.
    #[error("this snapshot was not written by this program: its {section} make no sense")]
    Senseless {
        /// In which part.
        section: &'static str,
    },
}

const TILE_BYTES: usize = 8;
/// Rows that one core checks at a time.
const ROWS_AT_ONCE: usize = 4_096;
const GRID_BYTES: usize = 48;
const NODE_BYTES: usize = 40;
const FRAME_BYTES: usize = 36;
/// Stands for no jurisdiction.
const NONE: u32 = u32::MAX;
/// Stands for no end.
const OPEN: i64 = i64::MAX;

/// Text with all codes and names, each by where it begins and how long it is.
#[derive(Debug, Default)]
struct Text(Vec<u8>);

impl Text {
    fn add(&mut self, text: &str) -> [u8; 8] {
        let mut place = [0; 8];
        place[..4].copy_from_slice(&(self.0.len() as u32).to_le_bytes());
        place[4..].copy_from_slice(&(text.len() as u32).to_le_bytes());
        self.0.extend(text.as_bytes());
        place
    }
}

/// The bytes of a snapshot. Same contents, same bytes.
///
/// # Errors
/// When grids, index and jurisdictions do not fit together.
pub fn to_bytes(contents: &Contents) -> Result<Vec<u8>, SnapshotError> {
    let Contents { generation, index, grids, nodes } = contents;
    if grids.len() != index.len() {
        return Err(SnapshotError::Count { grids: grids.len(), faces: index.len() });
    }
    let strings = grids.iter().flat_map(|grid| [grid.code, grid.name]);
    let strings = strings.chain(nodes.iter().flat_map(|node| [node.level_name, node.code, node.name]));
    let text_bytes = strings.map(str::len).sum::<usize>() + generation.len();
    if u32::try_from(text_bytes).is_err() {
        return Err(SnapshotError::TooLong { bytes: text_bytes });
    }
    let mut text = Text::default();
    let mut frame_bytes = Vec::with_capacity(FRAME_BYTES);
    let (frame, tiles) = index.parts();
    frame_bytes.extend(frame.west_e7.to_le_bytes());
    frame_bytes.extend(frame.south_e7.to_le_bytes());
    for number in [frame.columns, frame.rows, frame.bits, grids.len() as u32, generation.len() as u32] {
        frame_bytes.extend(number.to_le_bytes());
    }
    text.add(generation);
    let mut lines = Vec::with_capacity(index.bytes());
    let mut refs = Vec::with_capacity((frame.tiles() + 1) * TILE_BYTES);
    for (shape, tile) in tiles {
        for number in [(lines.len() / LINE_BYTES) as u32, shape.cell] {
            refs.extend(number.to_le_bytes());
        }
        lines.extend_from_slice(tile.as_flattened());
    }
    for number in [(lines.len() / LINE_BYTES) as u32, 0] {
        refs.extend(number.to_le_bytes());
    }
    let mut grid_rows = Vec::with_capacity(grids.len() * GRID_BYTES);
    for grid in *grids {
        if let Some(node) = grid.node.filter(|&node| node as usize >= nodes.len()) {
            return Err(SnapshotError::NoNode { code: grid.code.to_owned(), node });
        }
        for number in [grid.publication, grid.valid_from_ms, grid.valid_to_ms.unwrap_or(OPEN)] {
            grid_rows.extend(number.to_le_bytes());
        }
        grid_rows.extend(text.add(grid.code));
        grid_rows.extend(text.add(grid.name));
        grid_rows.extend(grid.node.unwrap_or(NONE).to_le_bytes());
        grid_rows.extend([0; 4]);
    }
    let mut node_rows = Vec::with_capacity(nodes.len() * NODE_BYTES);
    for (position, node) in nodes.iter().enumerate() {
        if let Some(parent) = node.parent.filter(|&parent| parent as usize >= position) {
            return Err(SnapshotError::NoNode { code: node.code.to_owned(), node: parent });
        }
        node_rows.extend(text.add(node.code));
        node_rows.extend(text.add(node.name));
        node_rows.extend(text.add(node.level_name));
        node_rows.extend(node.parent.unwrap_or(NONE).to_le_bytes());
        node_rows.extend(u32::from(node.level).to_le_bytes());
        node_rows.extend([0; 8]);
    }
    Ok(layout::seal([lines, refs, frame_bytes, grid_rows, node_rows, text.0]))
}

/// A snapshot that is open: `B` is whatever holds its bytes, a vector or a file mapped into memory.
///
/// ```
/// use wangge::geom::{LatticePoint, MultiPolygon, Polygon, Ring};
/// use wangge::locate::{CoverageIndex, snapshot::{self, Contents, Grid, Node, Snapshot}};
/// let corners = [(0, 0), (10, 0), (10, 10), (0, 10)].map(|(x, y)| LatticePoint::new(x, y));
/// let shape = MultiPolygon(vec![Polygon { exterior: Ring::new(corners.to_vec()), holes: vec![] }]);
/// let index = CoverageIndex::new(&[&shape])?;
/// let nodes = [Node { level: 1, level_name: "community", code: "C1", name: "东门", parent: None }];
/// let grids = [Grid {
///     code: "C1-001", name: "第一网格", node: Some(0), publication: 1, valid_from_ms: 0, valid_to_ms: None,
/// }];
/// let bytes = snapshot::to_bytes(&Contents { generation: "1", index: &index, grids: &grids, nodes: &nodes })?;
/// let opened = Snapshot::from_bytes(&bytes)?;
/// let owner = opened.locate(LatticePoint::new(5, 5)).unwrap();
/// assert_eq!(opened.grid(owner.face).unwrap().code, "C1-001");
/// assert_eq!(opened.chain(owner.face).next().unwrap().name, "东门");
/// assert!(Snapshot::from_bytes(&bytes[1..]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot<B> {
    bytes: B,
    frame: Frame,
    grids: u32,
    generation_bytes: u32,
    tiles: Vec<Tile>,
    lines: Range<usize>,
    grid_rows: Range<usize>,
    node_rows: Range<usize>,
    text: Range<usize>,
}

/// A tile: its division, and its lines.
#[derive(Debug, Clone, Copy)]
struct Tile {
    shape: Shape,
    from: u32,
    to: u32,
}

impl<B: AsRef<[u8]>> Source for Snapshot<B> {
    #[inline]
    fn frame(&self) -> &Frame {
        &self.frame
    }

    #[inline]
    fn tile(&self, at: usize) -> Option<(Shape, &[Line])> {
        let tile = self.tiles.get(at)?;
        let lines = self.bytes.as_ref().get(self.lines.clone())?.as_chunks().0;
        Some((tile.shape, lines.get(tile.from as usize..tile.to as usize)?))
    }
}

/// The division of a tile as its row tells it; `None` where no index has such a one.
fn tile_of(row: [u8; TILE_BYTES], next: [u8; TILE_BYTES], bits: u32) -> Option<Tile> {
    let (from, cell) = (u32_at(&row, 0)?, u32_at(&row, 4)?);
    let (to, shape) = (u32_at(&next, 0)?, Shape::new(cell, bits)?);
    (to.checked_sub(from)? as usize >= shape.cells()).then_some(Tile { shape, from, to })
}

impl<B: AsRef<[u8]>> Snapshot<B> {
    /// Opens a snapshot after checking every byte of it, on all cores: O(bytes), about as fast as memory is read.
    ///
    /// # Errors
    /// [`SnapshotError`]: no snapshot, another version, cut short, damaged, or sealed nonsense.
    pub fn from_bytes(bytes: B) -> Result<Self, SnapshotError> {
        let all = bytes.as_ref();
        let sections = layout::open(all)?;
        let ranges = sections.clone().map(|section| section.range);
        let (whole, read) = rayon::join(|| layout::verify(all, &sections), || Snapshot::read(all, ranges));
        // bytes that are not what was written need not make sense either
        whole?;
        let Snapshot { frame, grids, generation_bytes, tiles, lines, grid_rows, node_rows, text, .. } = read?;
        Ok(Self { bytes, frame, grids, generation_bytes, tiles, lines, grid_rows, node_rows, text })
    }
}

impl<'a> Snapshot<&'a [u8]> {
    /// What the sections say, after checking that they fit together.
    fn read(all: &'a [u8], sections: [Range<usize>; 6]) -> Result<Self, SnapshotError> {
        let [lines, tiles, frame, grid_rows, node_rows, text] = sections;
        let senseless = |section: &'static str| SnapshotError::Senseless { section };
        let numbers = all.get(frame).filter(|frame| frame.len() == FRAME_BYTES).ok_or_else(|| senseless("frame"))?;
        let long = |at: usize| u64_at(numbers, at).unwrap_or_default() as i64;
        let short = |at: usize| u32_at(numbers, at).unwrap_or_default();
        let frame = Frame { west_e7: long(0), south_e7: long(8), columns: short(16), rows: short(20), bits: short(24) };
        let (grids, generation_bytes) = (short(28), short(32));
        let on_lattice = |n: i64| i32::try_from(n).is_ok();
        if !(TILE_BITS..=MOST_TILE_BITS).contains(&frame.bits)
            || !on_lattice(frame.west_e7)
            || !on_lattice(frame.south_e7)
        {
            return Err(senseless("frame"));
        }
        let rows = all.get(tiles).unwrap_or_default().as_chunks::<TILE_BYTES>().0;
        let count = u64::from(frame.columns).checked_mul(u64::from(frame.rows));
        if count.and_then(|count| count.checked_add(1)) != Some(rows.len() as u64) {
            return Err(senseless("tiles"));
        }
        let tiles: Option<Vec<Tile>> =
            rows.array_windows().map(|&[row, next]| tile_of(row, next, frame.bits)).collect();
        let ends = rows.last().and_then(|row| u32_at(row, 0)).map(|end| end as usize * LINE_BYTES);
        let tiles = tiles.filter(|_| ends == Some(lines.len())).ok_or_else(|| senseless("tiles"))?;
        let opened = Self { bytes: all, frame, grids, generation_bytes, tiles, lines, grid_rows, node_rows, text };
        opened.check()?;
        Ok(opened)
    }

    /// Whether what the sections say about each other holds.
    fn check(&self) -> Result<(), SnapshotError> {
        let sensible = |holds: bool, section| holds.then_some(()).ok_or(SnapshotError::Senseless { section });
        let part = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        let text = str::from_utf8(part(&self.text)).ok();
        let text = text.ok_or(SnapshotError::Senseless { section: "text" })?;
        let reads = |row: &[u8], at: usize| text_at(row, at).is_some_and(|range| text.get(range).is_some());
        sensible(text.get(..self.generation_bytes as usize).is_some(), "text")?;
        let (rows, rest) = part(&self.node_rows).as_chunks::<NODE_BYTES>();
        sensible(rest.is_empty() && rows.len() < NONE as usize, "jurisdictions")?;
        for (position, row) in rows.iter().enumerate() {
            let parent = u64_at(row, 24).unwrap_or_default();
            let placed = parent as u32 == NONE || (parent as u32 as usize) < position;
            let level = u8::try_from(parent >> 32).is_ok();
            sensible(placed && level && [0, 8, 16].iter().all(|&at| reads(row, at)), "jurisdictions")?;
        }
        let nodes = rows.len();
        let (rows, rest) = part(&self.grid_rows).as_chunks::<GRID_BYTES>();
        sensible(rest.is_empty() && rows.len() == self.grids as usize, "grids")?;
        let placed = |node: u32| node == NONE || (node as usize) < nodes;
        let row_holds = |row: &[u8; GRID_BYTES]| {
            placed(u64_at(row, 40).unwrap_or_default() as u32) && reads(row, 24) && reads(row, 32)
        };
        sensible(rows.par_chunks(ROWS_AT_ONCE).all(|rows| rows.iter().all(row_holds)), "grids")
    }
}

impl<B: AsRef<[u8]>> Snapshot<B> {
    /// The word that stands for its generation.
    pub fn generation(&self) -> &str {
        let text = self.bytes.as_ref().get(self.text.clone()).unwrap_or_default();
        str::from_utf8(text.get(..self.generation_bytes as usize).unwrap_or_default()).unwrap_or_default()
    }

    /// How many grids.
    pub fn len(&self) -> usize {
        self.grids as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.grids == 0
    }

    /// The grid that owns the point; `None` outside all.
    #[inline]
    pub fn locate(&self, p: LatticePoint) -> Option<Owner> {
        lookup::locate(self, p)
    }

    /// The owners of many points, in their order.
    ///
    /// # Panics
    /// When there are not as many answers as points.
    pub fn locate_batch(&self, points: &[LatticePoint], answers: &mut [Option<Owner>]) {
        lookup::locate_batch(self, points, answers);
    }

    /// As [`CoverageIndex::edge_distance_m`].
    pub fn edge_distance_m(&self, p: LatticePoint) -> Option<f64> {
        lookup::edge_distance_m(self, p)
    }

    /// The grid with the position that [`Owner::face`] tells.
    pub fn grid(&self, face: u32) -> Option<Grid<'_>> {
        let bytes = self.bytes.as_ref();
        let row = bytes.get(self.grid_rows.clone())?.as_chunks::<GRID_BYTES>().0.get(face as usize)?;
        let number = |at: usize| u64_at(row, at).map(|number| number as i64);
        let valid_to_ms = number(16)?;
        let node = u64_at(row, 40)? as u32;
        Some(Grid {
            publication: number(0)?,
            valid_from_ms: number(8)?,
            valid_to_ms: (valid_to_ms != OPEN).then_some(valid_to_ms),
            code: self.text(row, 24)?,
            name: self.text(row, 32)?,
            node: (node != NONE).then_some(node),
        })
    }

    /// The jurisdiction with this position.
    pub fn node(&self, position: u32) -> Option<Node<'_>> {
        let bytes = self.bytes.as_ref();
        let row = bytes.get(self.node_rows.clone())?.as_chunks::<NODE_BYTES>().0.get(position as usize)?;
        let last = u64_at(row, 24)?;
        Some(Node {
            code: self.text(row, 0)?,
            name: self.text(row, 8)?,
            level_name: self.text(row, 16)?,
            parent: (last as u32 != NONE).then_some(last as u32),
            level: (last >> 32) as u8,
        })
    }

    /// The jurisdictions of a grid, from the lowest to the top.
    pub fn chain(&self, face: u32) -> impl Iterator<Item = Node<'_>> {
        let first = self.grid(face).and_then(|grid| self.node(grid.node?));
        // each lies before the one below it, so this ends
        std::iter::successors(first, |node| self.node(node.parent?))
    }

    fn text(&self, row: &[u8], at: usize) -> Option<&str> {
        let text = self.bytes.as_ref().get(self.text.clone())?;
        str::from_utf8(text.get(text_at(row, at)?)?).ok()
    }
}

/// Where a text lies.
fn text_at(row: &[u8], at: usize) -> Option<Range<usize>> {
    let place = u64_at(row, at)?;
    let start = place as u32 as usize;
    Some(start..start + (place >> 32) as usize)
}
