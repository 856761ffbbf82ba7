//! The index over the borders of a coverage.

use std::sync::Arc;

use rayon::prelude::*;

use super::Owner;
use super::fill::{Filled, Runs, Scratch};
use super::frame::{Frame, Shape};
use super::lookup::{self, Source};
use super::record::{self, CellWord, MOST_FACES, Stored, Word};
use super::refusal::{Label, NotPartition, face_of};
use super::sides::{self, Bins, Piece};
use crate::geom::{LatticePoint, MultiPolygon};

/// A tile that any number of indexes may share.
#[derive(Debug, Clone)]
struct Tile {
    shape: Shape,
    words: Arc<[Word]>,
}

/// Faces that tile a region, by their borders: a proven partition, from which any lattice point has its owner in two reads
/// of memory and a few products.
///
/// The plane is cut into tiles, a tile into cells by how many borders it has. A cell without borders names its face. The
/// others hold their borders in chains from south to north: the first one above the point names the face below it, and above
/// all of them lies what the cell to the north begins with. So there is no ray to walk, and every border is stored only
/// where it is.
///
/// Building takes O(n) in the points of all faces, for borders that are spread about evenly within each tile, on all cores;
/// a lookup is O(1), a border's cell holding about as many edges whatever the size of the coverage.
#[derive(Debug, Clone)]
pub struct CoverageIndex {
    frame: Frame,
    faces: u32,
    tiles: Vec<Tile>,
    /// Labels along the southern side of each tile: what the tile to the south begins with.
    south: Vec<Arc<[(u32, Label)]>>,
}

impl Source for CoverageIndex {
    #[inline]
    fn frame(&self) -> &Frame {
        &self.frame
    }

    #[inline]
    fn tile(&self, at: usize) -> Option<(Shape, &[Word])> {
        self.tiles.get(at).map(|tile| (tile.shape, &*tile.words))
    }
}

impl CoverageIndex {
    /// Indexes faces by their position, after proving that they are a partition: no two of them overlap, borders meet only
    /// at vertices of both, and every border has on each side the face that the others around it say. Holes, islands, faces
    /// of many parts and ground that is nobody's are all lawful; an empty face owns nothing.
    ///
    /// Same faces, same index, at any number of threads.
    ///
    /// # Errors
    /// [`NotPartition`]: what is wrong, with which faces, and where.
    pub fn new(faces: &[&MultiPolygon]) -> Result<Self, NotPartition> {
        if faces.len() > MOST_FACES {
            return Err(NotPartition::TooMany { faces: faces.len(), most: MOST_FACES });
        }
        let pieces = sides::pieces(faces)?;
        let frame = Frame::around(sides::envelope(&pieces));
        let bins = Bins::new(&pieces, &frame);
        let columns: Vec<Result<Vec<Filled>, NotPartition>> = (0..frame.columns as usize)
            .into_par_iter()
            .map(|column| fill_column(&frame, &pieces, &bins, column))
            .collect();
        let mut filled = Vec::with_capacity(columns.len());
        for column in columns {
            filled.push(column?.into_iter());
        }
        let (mut tiles, mut south) = (Vec::with_capacity(frame.tiles()), Vec::with_capacity(frame.tiles()));
        for _ in 0..frame.rows {
            for Filled { shape, words, south: runs } in filled.iter_mut().filter_map(Iterator::next) {
                tiles.push(Tile { shape, words: words.into() });
                south.push(runs.into());
            }
        }
        Ok(Self { frame, faces: faces.len() as u32, tiles, south })
    }

    /// The same coverage with some faces changed, sharing every tile that they do not touch. `faces` are all faces as they
    /// are to be, by position; `changed` the positions of those that are new, different or emptied, `before` their shapes so
    /// far. A face keeps its position; one that goes is emptied.
    ///
    /// O(n) in the points of the faces in the touched tiles, and a pointer for each other tile.
    ///
    /// # Errors
    /// As [`CoverageIndex::new`]: when the touched tiles are no partition any more.
    pub fn with_changes(
        &self,
        faces: &[&MultiPolygon],
        changed: &[u32],
        before: &[&MultiPolygon],
    ) -> Result<Self, NotPartition> {
        if faces.len() > MOST_FACES {
            return Err(NotPartition::TooMany { faces: faces.len(), most: MOST_FACES });
        }
        let after = changed.iter().filter_map(|&face| faces.get(face as usize));
        let boxes: Vec<_> = before.iter().chain(after).filter_map(|shape| shape.envelope()).collect();
        let held = |p: LatticePoint| self.frame.place(p).is_some();
        if !boxes.iter().all(|around| held(around.min) && held(around.max)) {
            return Self::new(faces);
        }
        let mut made = self.clone();
        made.faces = faces.len() as u32;
        let width = self.frame.columns as usize;
        let mut touched = vec![false; self.frame.tiles()];
        for around in &boxes {
            let (min, max) = ((around.min.x(), around.min.y()), (around.max.x(), around.max.y()));
            let [c0, c1, r0, r1] = self.frame.span(min, max).unwrap_or([1, 0, 1, 0]);
            for row in r0..=r1 {
                touched[row * width + c0..=row * width + c1].fill(true);
            }
        }
        let mut scratch = Scratch::default();
        for tile in (0..touched.len()).rev().filter(|tile| touched[*tile]).collect::<Vec<_>>() {
            made.refill(tile, faces, changed, &mut scratch)?;
            // what lies along its southern side may differ: then the next tile is not what it was either
            let mut at = tile;
            while made.south[at] != self.south[at] && at >= width && !touched[at - width] {
                at -= width;
                made.refill(at, faces, changed, &mut scratch)?;
            }
        }
        Ok(made)
    }

    /// Makes one tile anew.
    fn refill(
        &mut self,
        tile: usize,
        faces: &[&MultiPolygon],
        changed: &[u32],
        scratch: &mut Scratch,
    ) -> Result<(), NotPartition> {
        let width = self.frame.columns as usize;
        // a border that only slips through a corner of the tile has a side that is named next door
        let (column, row) = (tile % width, tile / width);
        let around = |at: usize, count: u32| at.saturating_sub(1)..=(at + 1).min(count as usize - 1);
        let mut met: Vec<Label> = Vec::new();
        for row in around(row, self.frame.rows) {
            for column in around(column, self.frame.columns) {
                met.append(&mut labels(&self.tiles[row * width + column]));
            }
        }
        met.extend(changed.iter().map(|face| face + 1));
        met.sort_unstable();
        met.dedup();
        let mut pieces = Vec::new();
        for face in met.into_iter().filter_map(face_of) {
            if let Some(shape) = faces.get(face as usize) {
                pieces.extend(sides::pieces_of_face(face, shape)?);
            }
        }
        let corner = self.frame.origin(column, row);
        let north = self.south.get(tile + width).map_or_else(|| beyond(&self.frame), |runs| runs.to_vec());
        scratch.halves.clear();
        for piece in &pieces {
            sides::halves(piece, corner, self.frame.bits, &mut scratch.halves);
        }
        sides::join(&mut scratch.halves, &mut scratch.edges)?;
        let filled = scratch.fill(&self.frame, corner, &north)?;
        self.tiles[tile] = Tile { shape: filled.shape, words: filled.words.into() };
        self.south[tile] = filled.south.into();
        Ok(())
    }

    /// How many faces.
    pub fn len(&self) -> usize {
        self.faces as usize
    }

    /// Whether there is no face.
    pub fn is_empty(&self) -> bool {
        self.faces == 0
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        let tiles: usize = self.tiles.iter().map(|tile| tile.words.len() * 4 + 16 + size_of::<Tile>()).sum();
        let south: usize = self.south.iter().map(|runs| runs.len() * 8 + 32).sum();
        tiles + south
    }

    /// How many tiles this index shares with another of the same directory.
    pub fn shared_tiles(&self, other: &Self) -> usize {
        self.tiles.iter().zip(&other.tiles).filter(|(one, two)| Arc::ptr_eq(&one.words, &two.words)).count()
    }

    /// The face that owns the point; `None` outside all.
    #[inline]
    pub fn locate(&self, p: LatticePoint) -> Option<Owner> {
        lookup::locate(self, p)
    }

    /// The owners of many points, in their order: the same answers as [`CoverageIndex::locate`], sooner, because many points
    /// are under way at a time.
    ///
    /// # Panics
    /// When there are not as many answers as points.
    pub fn locate_batch(&self, points: &[LatticePoint], answers: &mut [Option<Owner>]) {
        lookup::locate_batch(self, points, answers);
    }

    /// Metres from the point to the nearest border of any face, in the plane tangent at the point; `None` where there is no
    /// border at all. O(1) for a point among the faces; a point far outside looks at all cells as far as the nearest border.
    pub fn edge_distance_m(&self, p: LatticePoint) -> Option<f64> {
        lookup::edge_distance_m(self, p)
    }

    /// Directory and tiles, for the snapshot.
    pub(super) fn parts(&self) -> (&Frame, impl Iterator<Item = (Shape, &[Word])>) {
        (&self.frame, self.tiles.iter().map(|tile| (tile.shape, &*tile.words)))
    }
}

/// What lies north of the northernmost tiles: nobody's.
fn beyond(frame: &Frame) -> Runs {
    vec![(1 << frame.bits, 0)]
}

/// The tiles of one column, from south to north.
fn fill_column(frame: &Frame, pieces: &[Piece], bins: &Bins, column: usize) -> Result<Vec<Filled>, NotPartition> {
    let mut scratch = Scratch::default();
    let mut north = beyond(frame);
    let mut tiles = Vec::with_capacity(frame.rows as usize);
    for row in (0..frame.rows as usize).rev() {
        let corner = frame.origin(column, row);
        scratch.halves.clear();
        for &piece in bins.tile(row * frame.columns as usize + column) {
            sides::halves(&pieces[piece as usize], corner, frame.bits, &mut scratch.halves);
        }
        sides::join(&mut scratch.halves, &mut scratch.edges)?;
        let filled = scratch.fill(frame, corner, &north)?;
        north.clone_from(&filled.south);
        tiles.push(filled);
    }
    // the borders of the southernmost tile are in it, so nothing of a closed face reaches below
    if let Some(&(_, label)) = north.iter().find(|run| run.1 != 0) {
        let (x, y) = frame.origin(column, 0);
        let at = LatticePoint::new(x as i32, y as i32);
        return Err(NotPartition::Disagree { one: face_of(label), two: None, at });
    }
    tiles.reverse();
    Ok(tiles)
}

/// All labels in a tile.
fn labels(tile: &Tile) -> Vec<Label> {
    let mut found = Vec::new();
    let (columns, rows) = (tile.shape.columns() as u32, tile.shape.rows() as u32);
    for (column, row) in (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row))) {
        match CellWord::of(record::cell(&tile.words, tile.shape, column, row).unwrap_or(0)) {
            CellWord::Label(label) => found.push(label),
            CellWord::Record(at) => {
                let record = tile.words.get(at..).unwrap_or_default();
                let mut borders = Vec::new();
                let each = |edge: Stored| borders.extend([Some(edge.below), edge.west].into_iter().flatten());
                let _ = record::walk(record, (0, 0), each, |label| found.push(label));
                found.append(&mut borders);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
