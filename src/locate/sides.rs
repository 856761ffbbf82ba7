//! Rings → edges with a face on either side, those of one tile at a time.

use rayon::prelude::*;

use super::frame::Frame;
use super::refusal::{Label, NotPartition};
use crate::geom::{Envelope, LatticePoint, MultiPolygon, Ring};

/// Edges of a ring in one piece; a face with a long outline is looked at piece by piece.
const PIECE_EDGES: usize = 64;

/// Some consecutive edges of a ring.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    ring: &'a [LatticePoint],
    from: u32,
    to: u32,
    label: Label,
    /// Whether the face lies on the left of the ring as it is given.
    on_left: bool,
    envelope: Envelope,
}

/// An edge from its smaller to its larger end, with the labels on its left (above, or west) and on its right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub a: LatticePoint,
    pub b: LatticePoint,
    pub left: Label,
    pub right: Label,
}

impl Edge {
    /// A face beside it.
    pub fn face(&self) -> u32 {
        self.left.max(self.right).saturating_sub(1)
    }

    pub fn is_vertical(&self) -> bool {
        self.a.x_e7 == self.b.x_e7
    }
}

/// Half an edge: the sorted key of its ends, and its label, the lowest bit set where the face lies on the left of the
/// way from the smaller to the larger end.
pub(super) type Half = (u64, u64, u32);

fn key(p: LatticePoint) -> u64 {
    let shifted = |n: i32| u64::from((n as u32) ^ (1 << 31));
    shifted(p.x_e7) << 32 | shifted(p.y_e7)
}

fn point(key: u64) -> LatticePoint {
    let back = |n: u64| (n as u32 ^ (1 << 31)) as i32;
    LatticePoint::new(back(key >> 32), back(key))
}

fn pieces_of<'a>(face: u32, shape: &'a MultiPolygon, out: &mut Vec<Piece<'a>>) -> Result<(), NotPartition> {
    for polygon in &shape.0 {
        for (i, ring) in polygon.rings().enumerate() {
            let points = ring.points();
            let area_2 = area_2_of(ring);
            if area_2 == 0 {
                return Err(NotPartition::Flat { face, at: points.first().copied().unwrap_or_default() });
            }
            let on_left = (area_2 > 0) == (i == 0);
            for from in (0..points.len()).step_by(PIECE_EDGES) {
                let to = (from + PIECE_EDGES).min(points.len());
                let end = if to == points.len() { points[0] } else { points[to] };
                let envelope = Envelope::of(points[from..to].iter().copied()).map(|around| around.with(end));
                let Some(envelope) = envelope else { continue };
                out.push(Piece { ring: points, from: from as u32, to: to as u32, label: face + 1, on_left, envelope });
            }
        }
    }
    Ok(())
}

/// Twice the signed area; by `i64` where the ring is small enough that no sum can overflow.
fn area_2_of(ring: &Ring) -> i128 {
    let points = ring.points();
    let Some(&origin) = points.first() else { return 0 };
    let small = points.iter().all(|p| (p.x() - origin.x()).abs() < 1 << 24 && (p.y() - origin.y()).abs() < 1 << 24);
    if !small || points.len() > 1 << 10 {
        return ring.area_2();
    }
    let mut sum = 0_i64;
    let mut before = (0, 0);
    for p in points {
        let at = (p.x() - origin.x(), p.y() - origin.y());
        sum += before.0 * at.1 - before.1 * at.0;
        before = at;
    }
    i128::from(sum)
}

/// The pieces of all faces. Faces are named by their position.
///
/// # Errors
/// When a ring encloses nothing.
pub(super) fn pieces<'a>(faces: &[&'a MultiPolygon]) -> Result<Vec<Piece<'a>>, NotPartition> {
    let parts: Vec<Result<Vec<Piece<'a>>, NotPartition>> = faces
        .par_chunks(4096)
        .enumerate()
        .map(|(chunk, faces)| {
            let mut out = Vec::with_capacity(faces.len());
            for (i, face) in faces.iter().enumerate() {
                pieces_of((chunk * 4096 + i) as u32, face, &mut out)?;
            }
            Ok(out)
        })
        .collect();
    let mut all = Vec::new();
    for part in parts {
        all.append(&mut part?);
    }
    Ok(all)
}

/// The pieces of one face.
///
/// # Errors
/// When a ring encloses nothing.
pub(super) fn pieces_of_face(face: u32, shape: &MultiPolygon) -> Result<Vec<Piece<'_>>, NotPartition> {
    let mut out = Vec::new();
    pieces_of(face, shape, &mut out)?;
    Ok(out)
}

/// The box around all pieces.
pub(super) fn envelope(pieces: &[Piece]) -> Option<Envelope> {
    pieces.iter().map(|piece| piece.envelope).reduce(Envelope::union)
}

/// For each tile the pieces whose box meets it: those of tile i are `items[starts[i]..starts[i + 1]]`.
#[derive(Debug)]
pub(super) struct Bins {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Bins {
    pub fn new(pieces: &[Piece], frame: &Frame) -> Self {
        let tiles_of = |piece: &Piece| {
            let Envelope { min, max } = piece.envelope;
            let [c0, c1, r0, r1] = frame.span((min.x(), min.y()), (max.x(), max.y())).unwrap_or([1, 0, 1, 0]);
            let columns = frame.columns as usize;
            (r0..=r1).flat_map(move |row| (c0..=c1).map(move |column| row * columns + column))
        };
        let mut starts = vec![0_u32; frame.tiles() + 1];
        for piece in pieces {
            for tile in tiles_of(piece) {
                starts[tile + 1] += 1;
            }
        }
        for i in 0..frame.tiles() {
            starts[i + 1] += starts[i];
        }
        let mut items = vec![0; starts[frame.tiles()] as usize];
        let mut next = starts.clone();
        for (i, piece) in pieces.iter().enumerate() {
            for tile in tiles_of(piece) {
                items[next[tile] as usize] = i as u32;
                next[tile] += 1;
            }
        }
        Self { starts, items }
    }

    pub fn tile(&self, tile: usize) -> &[u32] {
        &self.items[self.starts[tile] as usize..self.starts[tile + 1] as usize]
    }
}

/// Adds the half-edges of a piece that come near the tile with this origin.
pub(super) fn halves(piece: &Piece, (west, south): (i64, i64), bits: u32, out: &mut Vec<Half>) {
    let (east, north) = (west + (1 << bits), south + (1 << bits));
    let n = piece.ring.len();
    for i in piece.from as usize..piece.to as usize {
        let (p, q) = (piece.ring[i], piece.ring[if i + 1 == n { 0 } else { i + 1 }]);
        let away = p.x().max(q.x()) < west
            || p.x().min(q.x()) >= east
            || p.y().max(q.y()) < south
            || p.y().min(q.y()) >= north;
        if !away {
            let (p, q, forward) = if p < q { (p, q, piece.on_left) } else { (q, p, !piece.on_left) };
            out.push((key(p), key(q), piece.label << 1 | u32::from(forward)));
        }
    }
}

/// Brings the halves of each edge together.
///
/// # Errors
/// When a side of an edge is claimed twice.
pub(super) fn join(halves: &mut [Half], out: &mut Vec<Edge>) -> Result<(), NotPartition> {
    halves.sort_unstable();
    out.clear();
    for same in halves.chunk_by(|one, two| (one.0, one.1) == (two.0, two.1)) {
        let mut edge = Edge { a: point(same[0].0), b: point(same[0].1), left: 0, right: 0 };
        for &(.., half) in same {
            let (label, side) = if half & 1 == 1 { (half >> 1, &mut edge.left) } else { (half >> 1, &mut edge.right) };
            if *side != 0 {
                return Err(NotPartition::Overlap { faces: [*side - 1, label - 1], at: edge.a });
            }
            *side = label;
        }
        out.push(edge);
    }
    Ok(())
}
