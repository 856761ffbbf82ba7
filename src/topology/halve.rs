//! Overlaps too deep for either side to lose whole are cut along their middle.
//!
//! The two lines that cross around an overlap are its banks. Triangles between them (constrained Delaunay, the banks
//! cut into short edges first) are cut through the middles of the sides that lead from bank to bank: the chordal axis of
//! Prasad, "Morphological analysis of shapes" (CNLS Newsletter 139, 1997). Each border then moves
//! by about half the depth, a square corner of it by the root of two as much.

use std::collections::{HashMap, HashSet};

use super::edges::{Edges, side};
use super::moves::middle;
use super::node::node;
use super::settle::{Ground, Suspect};
use super::split::Region;
use super::triangles::Triangles;
use super::{FaceId, Repair, RepairKind, Tolerance, TopologyError};
use crate::geom::{LatticePoint, distance_m};

/// Banks are cut into edges of at most this share of the tolerance, so that triangles reach straight across.
const STEP_SHARE: f64 = 0.1;

/// Nor shorter than this in metres.
const LEAST_STEP_M: f64 = 0.25;

/// Overlaps up to this many times as deep as the tolerance are cut: each border then moves by about half the depth.
const MOST_CUT: f64 = 2.0;

/// The overlaps of two shapes that would move a border farther than the tolerance, but no farther than twice: their cells.
fn deep(ground: &Ground, tolerance: Tolerance) -> Vec<u32> {
    let is_deep = |suspect: &Suspect| {
        let repair = &suspect.repair;
        repair.kind == RepairKind::OverlapSettled
            && repair.parties.len() == 2
            && ground.keeper(suspect).is_some_and(|(_, moved_m)| {
                let repair = Repair { moved_m, ..repair.clone() };
                !tolerance.allows(&repair) && moved_m <= MOST_CUT * tolerance.moved_m
            })
    };
    ground.suspects.iter().filter(|(_, suspect)| is_deep(suspect)).map(|(&cell, _)| cell).collect()
}

/// The edges with those around deep overlaps cut short, so that triangles reach straight across; nothing where no overlap
/// is deep.
pub(super) fn cut_short(ground: &Ground, edges: &Edges, tolerance: Tolerance) -> Result<Option<Edges>, TopologyError> {
    let deep = deep(ground, tolerance);
    if deep.is_empty() {
        return Ok(None);
    }
    let mut long: HashSet<(LatticePoint, LatticePoint)> = HashSet::new();
    for half in deep.iter().flat_map(|cell| &ground.suspects[cell].around) {
        let points = &ground.chains[*half as usize / 2].points;
        long.extend(points.windows(2).map(|w| (w[0].min(w[1]), w[0].max(w[1]))));
    }
    let step_m = (STEP_SHARE * tolerance.moved_m).max(LEAST_STEP_M);
    let mut sides = Vec::with_capacity(edges.labels.len());
    for edge in 0..edges.ends.len() {
        let (a, b) = edges.ends[edge];
        let mut points = vec![a];
        if long.contains(&(a, b)) {
            fill(a, b, step_m, &mut points);
        } else {
            points.push(b);
        }
        for w in points.windows(2) {
            sides.extend(edges.labels(edge).iter().map(|&(face, gain)| side(w[0], w[1], face, gain)));
        }
    }
    node(Edges::gather(sides), None).map(Some)
}

/// The two halves of each deep overlap. O(n log n) for n edges around them. An overlap that cannot be cut is left out.
pub(super) fn halves(ground: &Ground, tolerance: Tolerance) -> Vec<Region> {
    let deep = deep(ground, tolerance);
    let mut open = vec![false; ground.cells.count as usize];
    for &cell in &deep {
        open[cell as usize] = true;
    }
    let owners = ground.first_owners();
    let Some(triangles) = Triangles::of(ground.chains, ground.cells, &owners, &open, 0.0) else { return Vec::new() };
    let mut of_cell: HashMap<u32, Vec<[LatticePoint; 3]>> = HashMap::new();
    for triangle in &triangles.all {
        of_cell.entry(triangle.cell).or_default().push(triangle.corners);
    }
    let mut regions = Vec::new();
    for cell in deep {
        let suspect = &ground.suspects[&cell];
        let [one, two] = suspect.repair.parties[..] else { continue };
        let banks = banks(ground, &suspect.around, [one, two]);
        let corners = of_cell.remove(&cell).unwrap_or_default();
        let smaller = ground.smallest(&suspect.repair.parties).unwrap_or(one);
        let larger = if smaller == one { two } else { one };
        let parts = |owner: FaceId, other: FaceId| -> Vec<Vec<LatticePoint>> {
            let side = |p: LatticePoint| banks.get(&p).copied().flatten();
            corners.iter().filter_map(|&corners| part(corners, side, owner, other, owner == smaller)).collect()
        };
        let (first, second) = (parts(smaller, larger), parts(larger, smaller));
        if first.is_empty() || second.is_empty() {
            continue;
        }
        for (owner, parts) in [(smaller, first), (larger, second)] {
            regions.push(Region { kind: RepairKind::OverlapHalved, owner, faces: (one, two), parts });
        }
    }
    regions
}

/// Adds the points of an edge after its first.
fn fill(a: LatticePoint, b: LatticePoint, step_m: f64, points: &mut Vec<LatticePoint>) {
    let at = middle(a, b);
    if distance_m(a, b) <= step_m || at == a || at == b {
        points.push(b);
    } else {
        fill(a, at, step_m, points);
        fill(at, b, step_m, points);
    }
}

/// Which party lies beyond the bank that each point is on; `None` for the ends, where the banks meet.
fn banks(ground: &Ground, around: &[u32], parties: [FaceId; 2]) -> HashMap<LatticePoint, Option<FaceId>> {
    let mut banks: HashMap<LatticePoint, Option<FaceId>> = HashMap::new();
    for &half in around {
        let beyond = ground.cover(ground.cells.left[half as usize ^ 1]);
        let there = |face: &FaceId| beyond.iter().any(|&(cover, _)| cover == face.0);
        let face = match parties.map(|face| there(&face)) {
            [true, false] => Some(parties[0]),
            [false, true] => Some(parties[1]),
            _ => None,
        };
        for &point in &ground.chains[half as usize / 2].points {
            banks.entry(point).and_modify(|known| *known = known.filter(|_| *known == face)).or_insert(face);
        }
    }
    banks
}

/// What of a triangle goes to `owner`: what is nearer to the bank with `owner` beyond. Where all corners are ends,
/// everything goes to the one who is `first`.
fn part(
    corners: [LatticePoint; 3],
    side: impl Fn(LatticePoint) -> Option<FaceId>,
    owner: FaceId,
    other: FaceId,
    first: bool,
) -> Option<Vec<LatticePoint>> {
    let sides = corners.map(side);
    let (own, others) = (sides.contains(&Some(owner)), sides.contains(&Some(other)));
    if !own && (others || !first) {
        return None;
    }
    let mut ring = Vec::with_capacity(4);
    for i in 0..3 {
        let next = (i + 1) % 3;
        if sides[i] != Some(other) {
            ring.push(corners[i]);
        }
        if let (Some(a), Some(b)) = (sides[i], sides[next])
            && a != b
        {
            ring.push(middle(corners[i], corners[next]));
        }
    }
    Some(ring)
}
