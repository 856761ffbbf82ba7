//! How much each vertex of an arc matters: effective areas (Visvalingam & Whyatt 1993), with a guard that keeps every
//! choice by them planar.
//!
//! A vertex goes only when the closed triangle of it and its two neighbours holds no vertex of another arc, whether that one
//! has gone or not, and no vertex of its own arc that is still there. Then no state of one arc ever crosses any state of
//! another: an edge of B that met the new edge of A would have to end in the triangle or cross one of the two old edges. So
//! each arc may be ranked alone, and where arcs are cut off by rank they fit together.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::geom::{LatticePoint, orientation};

use super::near::{Marked, NODE, Near};
use super::{FINEST_ZOOM, FULL_ZOOM, TOLERANCE_UNITS};

/// The first zoom at which a vertex of this effective area (twice it, in lattice units²) is drawn.
pub(super) fn first_zoom(area_2: u64) -> u8 {
    // drawn when area ≥ (tolerance · 2^(finest − zoom))²
    let least = 2 * TOLERANCE_UNITS * TOLERANCE_UNITS;
    let doublings = (area_2 / least).checked_ilog2().map_or(0, |log| log / 2);
    FINEST_ZOOM.saturating_sub(doublings as u8).min(FULL_ZOOM)
}

/// How many vertices each arc keeps between its ends whatever the zoom: two where it is closed, so that it stays a triangle;
/// one where another arc joins the same two nodes, but for the plainest of them, so that no two become the same edge.
pub(super) fn least_kept(arcs: &[&[LatticePoint]]) -> Vec<u8> {
    let ends = |arc: &[LatticePoint]| {
        let (a, b) = (arc[0], arc[arc.len() - 1]);
        (a.min(b), a.max(b))
    };
    let mut plainest: HashMap<(LatticePoint, LatticePoint), &[LatticePoint]> = HashMap::with_capacity(arcs.len());
    for arc in arcs {
        let held = plainest.entry(ends(arc)).or_insert(arc);
        if (arc.len(), *arc) < (held.len(), *held) {
            *held = arc;
        }
    }
    arcs.iter()
        .map(|arc| {
            let ends = ends(arc);
            if ends.0 == ends.1 { 2 } else { u8::from(plainest[&ends] != *arc) }
        })
        .collect()
}

/// Not in the queue: waits until a neighbour goes.
const WAITS: Option<u64> = None;

/// For each vertex of an arc the first zoom that draws it; ends are drawn always. O(n log n), and for each vertex a look
/// among the points near it.
pub(super) fn rank(arc: &[LatticePoint], number: u32, least_kept: u8, near: &Near) -> Vec<u8> {
    let n = arc.len();
    let mut zooms = vec![0; n];
    if n <= 2 + usize::from(least_kept) {
        return zooms;
    }
    let mut before: Vec<u32> = (0..n as u32).map(|i| i.saturating_sub(1)).collect();
    let mut after: Vec<u32> = (1..=n as u32).collect();
    let mut gone = vec![false; n];
    let area_2 = |p: u32, v: u32, q: u32| {
        u64::try_from(orientation(arc[p as usize], arc[v as usize], arc[q as usize]).unsigned_abs()).unwrap_or(u64::MAX)
    };
    let mut now: Vec<Option<u64>> = vec![WAITS; n];
    let mut queue = BinaryHeap::with_capacity(n);
    for v in 1..n as u32 - 1 {
        let area = area_2(v - 1, v, v + 1);
        now[v as usize] = Some(area);
        queue.push(Reverse((area, v)));
    }
    let (mut left, mut highest) = (n - 2, 0);
    while let Some(Reverse((area, v))) = queue.pop() {
        if now[v as usize] != Some(area) {
            continue; // an older figure
        }
        let (p, q) = (before[v as usize], after[v as usize]);
        let (a, b, c) = (arc[p as usize], arc[v as usize], arc[q as usize]);
        let bars = |other: &Marked| {
            let at = other.at;
            at != a && at != b && at != c && (other.arc != number || !gone[other.place as usize])
        };
        if near.any_in_triangle([a, b, c], bars) {
            now[v as usize] = WAITS;
            continue;
        }
        highest = highest.max(area);
        zooms[v as usize] = first_zoom(highest);
        gone[v as usize] = true;
        now[v as usize] = WAITS;
        (after[p as usize], before[q as usize]) = (q, p);
        left -= 1;
        if left == usize::from(least_kept) {
            break;
        }
        for w in [p, q] {
            if w != 0 && w as usize != n - 1 {
                let area = area_2(before[w as usize], w, after[w as usize]);
                if now[w as usize] != Some(area) {
                    now[w as usize] = Some(area);
                    queue.push(Reverse((area, w)));
                }
            }
        }
    }
    zooms
}

/// The points of arcs, each place once.
pub(super) fn marked<'a>(arcs: impl IntoIterator<Item = (u32, &'a [LatticePoint])>) -> Vec<Marked> {
    let mut points = Vec::new();
    let mut nodes = Vec::new();
    for (number, arc) in arcs {
        let last = arc.len() - 1;
        nodes.extend([arc[0], arc[last]]);
        points.extend((1..last).map(|i| Marked { at: arc[i], arc: number, place: i as u32 }));
    }
    nodes.sort_unstable();
    nodes.dedup();
    points.extend(nodes.into_iter().map(|at| Marked { at, arc: NODE, place: 0 }));
    points
}
