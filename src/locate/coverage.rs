//! The index over the borders of a coverage.

use std::sync::Arc;

use rayon::prelude::*;

use super::Owner;
use super::arena::Arena;
use super::fill::{Filled, Runs, Scratch};
use super::frame::{Frame, Shape};
use super::lookup::{self, Source};
use super::record::MOST_FACES;
use super::refusal::{Label, NotPartition, face_of};
use super::sides::{self, Bins, Piece};
use super::slot::{LINE_BYTES, Line};
use crate::geom::{LatticePoint, MultiPolygon};

/// A tile that any number of indexes may share.
#[derive(Debug, Clone)]
struct Tile {
    arena: Arc<Arena>,
    /// Its lines in the arena.
    from: u32,
    to: u32,
    shape: Shape,
}

/// What is kept of a tile besides, for the day it is made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rest {
    /// Labels along its southern side: what the tile to the south begins with.
    south: Runs,
    /// The faces whose borders come near it.
    faces: Vec<Label>,
}

/// Faces that tile a region, by their borders: a proven partition, from which any lattice point has its owner in one read of
/// memory and a few products.
///
/// The plane is cut into tiles, a tile into cells by how many borders it has. A cell holds its borders from south to north:
/// the first one above the point names the face below it, and above all of them lies what the cell to the north begins with.
/// So there is no ray to walk, and every border is stored only where it is. Nearly every cell is one line of the processor's
/// cache, found by arithmetic alone.
///
/// Building takes O(n) in the points of all faces, for borders that are spread about evenly within each tile, on all cores;
/// a lookup is O(1), a border's cell holding about as many edges whatever the size of the coverage.
#[derive(Debug, Clone)]
pub struct CoverageIndex {
    frame: Frame,
    faces: u32,
    tiles: Vec<Tile>,
    rests: Vec<Arc<Rest>>,
}

impl Source for CoverageIndex {
    #[inline]
    fn frame(&self) -> &Frame {
        &self.frame
    }

    #[inline]
    fn tile(&self, at: usize) -> Option<(Shape, &[Line])> {
        let tile = self.tiles.get(at)?;
        Some((tile.shape, tile.arena.lines().get(tile.from as usize..tile.to as usize)?))
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
        let columns: Vec<Result<Column, NotPartition>> = (0..frame.columns as usize)
            .into_par_iter()
            .map(|column| fill_column(&frame, &pieces, &bins, column))
            .collect();
        let (mut parts, mut filled) = (Vec::with_capacity(columns.len()), Vec::with_capacity(columns.len()));
        let mut lines = 0;
        for column in columns {
            let column = column?;
            filled.push((lines, column.tiles.into_iter()));
            lines += column.lines.len();
            parts.push(column.lines);
        }
        if u32::try_from(lines).is_err() {
            return Err(NotPartition::TooMany { faces: faces.len(), most: MOST_FACES });
        }
        let arena = Arc::new(Arena::of(parts));
        let (mut tiles, mut rests) = (Vec::with_capacity(frame.tiles()), Vec::with_capacity(frame.tiles()));
        for _ in 0..frame.rows {
            for (start, column) in &mut filled {
                let Some((lines, filled)) = column.next() else { continue };
                let at = |line: usize| (*start + line) as u32;
                let (from, to) = (at(lines.start), at(lines.end));
                tiles.push(Tile { arena: Arc::clone(&arena), from, to, shape: filled.shape });
                rests.push(Arc::new(Rest { south: filled.south, faces: filled.faces }));
            }
        }
        Ok(Self { frame, faces: faces.len() as u32, tiles, rests })
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
        let mut lines = Vec::new();
        let mut made_anew: Vec<(usize, std::ops::Range<usize>, Shape)> = Vec::new();
        for tile in (0..touched.len()).rev().filter(|tile| touched[*tile]).collect::<Vec<_>>() {
            // what lies along its southern side may differ: then the next tile is not what it was either
            let mut at = tile;
            loop {
                let start = lines.len();
                let filled = made.refill(at, faces, changed, &mut scratch, &mut lines)?;
                let differs = made.rests[at].south != filled.south;
                made_anew.push((at, start..lines.len(), filled.shape));
                made.rests[at] = Arc::new(Rest { south: filled.south, faces: filled.faces });
                if !differs || at < width || touched[at - width] {
                    break;
                }
                at -= width;
            }
        }
        let arena = Arc::new(Arena::of(vec![lines]));
        for (at, lines, shape) in made_anew {
            let (from, to) = (lines.start as u32, lines.end as u32);
            made.tiles[at] = Tile { arena: Arc::clone(&arena), from, to, shape };
        }
        Ok(made)
    }

    /// Makes one tile anew, its lines behind those in `out`.
    fn refill(
        &self,
        tile: usize,
        faces: &[&MultiPolygon],
        changed: &[u32],
        scratch: &mut Scratch,
        out: &mut Vec<Line>,
    ) -> Result<Filled, NotPartition> {
        let width = self.frame.columns as usize;
        let mut near = self.rests[tile].faces.clone();
        near.extend(changed.iter().map(|face| face + 1));
        near.sort_unstable();
        near.dedup();
        let corner = self.frame.origin(tile % width, tile / width);
        scratch.halves.clear();
        for face in near.into_iter().filter_map(face_of) {
            let Some(shape) = faces.get(face as usize) else { continue };
            for piece in sides::pieces_of_face(face, shape)? {
                sides::halves(&piece, corner, self.frame.bits, &mut scratch.halves);
            }
        }
        let beyond = beyond(&self.frame);
        let north = self.rests.get(tile + width).map_or(&beyond, |rest| &rest.south);
        sides::join(&mut scratch.halves, &mut scratch.edges)?;
        scratch.fill(&self.frame, corner, north, out)
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
        let lines: usize = self.tiles.iter().map(|tile| (tile.to - tile.from) as usize).sum();
        let rest = |rest: &Arc<Rest>| rest.south.len() * 8 + rest.faces.len() * 4 + size_of::<Rest>() + 24;
        let rests: usize = self.rests.iter().map(rest).sum();
        lines * LINE_BYTES + self.tiles.len() * size_of::<Tile>() + rests
    }

    /// How many tiles this index shares with another of the same directory.
    pub fn shared_tiles(&self, other: &Self) -> usize {
        let same = |one: &Tile, two: &Tile| Arc::ptr_eq(&one.arena, &two.arena) && one.from == two.from;
        self.tiles.iter().zip(&other.tiles).filter(|(one, two)| same(one, two)).count()
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
    pub(super) fn parts(&self) -> (&Frame, impl Iterator<Item = (Shape, &[Line])>) {
        (&self.frame, (0..self.tiles.len()).filter_map(|at| self.tile(at)))
    }
}

/// What lies north of the northernmost tiles: nobody's.
fn beyond(frame: &Frame) -> Runs {
    vec![(1 << frame.bits, 0)]
}

/// A column of tiles: all lines, and from south to north which of them are a tile's.
struct Column {
    lines: Vec<Line>,
    tiles: Vec<(std::ops::Range<usize>, Filled)>,
}

fn fill_column(frame: &Frame, pieces: &[Piece], bins: &Bins, column: usize) -> Result<Column, NotPartition> {
    let mut scratch = Scratch::default();
    let mut north = beyond(frame);
    let (mut lines, mut tiles) = (Vec::new(), Vec::with_capacity(frame.rows as usize));
    for row in (0..frame.rows as usize).rev() {
        let corner = frame.origin(column, row);
        scratch.halves.clear();
        for &piece in bins.tile(row * frame.columns as usize + column) {
            sides::halves(&pieces[piece as usize], corner, frame.bits, &mut scratch.halves);
        }
        sides::join(&mut scratch.halves, &mut scratch.edges)?;
        let start = lines.len();
        let filled = scratch.fill(frame, corner, &north, &mut lines)?;
        north.clone_from(&filled.south);
        tiles.push((start..lines.len(), filled));
    }
    // the borders of the southernmost tile are in it, so nothing of a closed face reaches below
    if let Some(&(_, label)) = north.iter().find(|run| run.1 != 0) {
        let (x, y) = frame.origin(column, 0);
        let at = LatticePoint::new(x as i32, y as i32);
        return Err(NotPartition::Disagree { one: face_of(label), two: None, at });
    }
    tiles.reverse();
    Ok(Column { lines, tiles })
}
