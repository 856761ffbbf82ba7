//! Snap rounding: edges are cut where they cross and where a vertex lies on them, until they meet only at ends.
//!
//! After Hobby (1999) and Guibas & Marimont (1998): a crossing is rounded to its lattice point, and an edge that passes
//! through the unit square around a vertex is led through that vertex. Nothing moves by more than half a unit in x or y.

use rayon::prelude::*;

use super::TopologyError;
use super::edges::{Edges, side};
use crate::geom::{LatticePoint, crosses_properly, orientation};

/// Rounds tried before giving up. Real data settle in two or three.
const MOST_ROUNDS: u32 = 24;

/// Cuts edges until they meet only at ends. With `fresh`, the others are known to do so among themselves.
pub(super) fn node(mut edges: Edges, mut fresh: Option<Vec<bool>>) -> Result<Edges, TopologyError> {
    for _ in 0..MOST_ROUNDS {
        let cuts = find_cuts(&edges, fresh.as_deref());
        if cuts.is_empty() {
            return Ok(edges);
        }
        (edges, fresh) = cut(&edges, &cuts);
    }
    match find_cuts(&edges, None).first() {
        None => Ok(edges),
        Some(&(_, at)) => Err(TopologyError::Unsettled { at, rounds: MOST_ROUNDS }),
    }
}

/// Whether the edge passes through the inside of the unit square around `v`, `v` not being one of its ends. An edge that
/// only meets a corner of the square does not: the diagonals of one lattice square would else push each other to and fro.
fn passes_through((a, b): (LatticePoint, LatticePoint), v: LatticePoint) -> bool {
    if v == a || v == b {
        return false;
    }
    let (low, high) = (a.y_e7.min(b.y_e7), a.y_e7.max(b.y_e7));
    if v.x_e7 < a.x_e7 || v.x_e7 > b.x_e7 || v.y_e7 < low || v.y_e7 > high {
        return false; // a < b, so x runs from a to b
    }
    let reach = i128::from((i64::from(b.x_e7) - i64::from(a.x_e7)) + (i64::from(high) - i64::from(low)));
    2 * orientation(a, b, v).abs() < reach
}

/// The lattice point nearest to the crossing of two edges that cross properly.
pub(super) fn crossing((a, b): (LatticePoint, LatticePoint), (c, d): (LatticePoint, LatticePoint)) -> LatticePoint {
    // along a → b by t = n / m
    let n = orientation(c, d, a);
    let m = n - orientation(c, d, b);
    let along = |from: i32, to: i32| {
        let by = (i128::from(to) - i128::from(from)) * n;
        let (by, m) = if m < 0 { (-by, -m) } else { (by, m) };
        (i128::from(from) + (2 * by + m).div_euclid(2 * m)) as i32
    };
    LatticePoint::new(along(a.x_e7, b.x_e7), along(a.y_e7, b.y_e7))
}

/// Where edges must be cut: (edge, point), sorted, each once. With `fresh`, only pairs with a fresh edge are looked at.
fn find_cuts(edges: &Edges, fresh: Option<&[bool]>) -> Vec<(u32, LatticePoint)> {
    let buckets = Buckets::new(&edges.ends, fresh);
    let mut cuts: Vec<(u32, LatticePoint)> = buckets
        .runs()
        .par_iter()
        .flat_map_iter(|run| {
            let mut found = Vec::new();
            let members = &buckets.members[run.clone()];
            for (i, &(_, e)) in members.iter().enumerate() {
                for &(_, f) in &members[i + 1..] {
                    if fresh.is_none_or(|fresh| fresh[e as usize] || fresh[f as usize]) {
                        meet(edges, e, f, &mut found);
                    }
                }
            }
            found
        })
        .collect();
    cuts.par_sort_unstable();
    cuts.dedup();
    cuts
}

/// Notes where two edges must be cut for each other's sake.
fn meet(edges: &Edges, e: u32, f: u32, found: &mut Vec<(u32, LatticePoint)>) {
    let (one, two) = (edges.ends[e as usize], edges.ends[f as usize]);
    // ends are ordered by x: disjoint spans are the common case
    if one.1.x_e7 < two.0.x_e7 || two.1.x_e7 < one.0.x_e7 {
        return;
    }
    let span = |(a, b): (LatticePoint, LatticePoint)| (a.y_e7.min(b.y_e7), a.y_e7.max(b.y_e7));
    let ((low_1, high_1), (low_2, high_2)) = (span(one), span(two));
    if high_1 < low_2 || high_2 < low_1 {
        return;
    }
    let before = found.len();
    found.extend([two.0, two.1].into_iter().filter(|&v| passes_through(one, v)).map(|v| (e, v)));
    found.extend([one.0, one.1].into_iter().filter(|&v| passes_through(two, v)).map(|v| (f, v)));
    if found.len() == before && crosses_properly(one, two) {
        let at = crossing(one, two);
        found.extend([(e, one), (f, two)].into_iter().filter(|(_, (a, b))| at != *a && at != *b).map(|(e, _)| (e, at)));
    }
}

/// Cuts the edges and brings equal pieces together; says which of the new edges are pieces.
fn cut(edges: &Edges, cuts: &[(u32, LatticePoint)]) -> (Edges, Option<Vec<bool>>) {
    let mut sides = Vec::with_capacity(edges.labels.len() + cuts.len() * 2);
    let mut pieces = Vec::new();
    let mut cuts = cuts.iter().peekable();
    for edge in 0..edges.ends.len() {
        let (a, b) = edges.ends[edge];
        let mut stops = vec![a];
        while let Some(&&(_, at)) = cuts.peek().filter(|&&&(e, _)| e as usize == edge) {
            stops.push(at);
            cuts.next();
        }
        if stops.len() == 1 {
            sides.extend(edges.sides_of(edge));
            continue;
        }
        // in the order they are met along the edge: by the projection onto it, exact
        let along = |p: LatticePoint| {
            let d = |p: i32, q: i32| i128::from(p) - i128::from(q);
            d(p.x_e7, a.x_e7) * d(b.x_e7, a.x_e7) + d(p.y_e7, a.y_e7) * d(b.y_e7, a.y_e7)
        };
        stops[1..].sort_unstable_by_key(|&p| (along(p), p));
        stops.push(b);
        stops.dedup();
        for w in stops.windows(2) {
            pieces.push(if w[0] < w[1] { (w[0], w[1]) } else { (w[1], w[0]) });
            sides.extend(edges.labels(edge).iter().map(|&(face, gain)| side(w[0], w[1], face, gain)));
        }
    }
    let edges = Edges::gather(sides);
    pieces.sort_unstable();
    let fresh = edges.ends.iter().map(|ends| pieces.binary_search(ends).is_ok()).collect();
    (edges, Some(fresh))
}

/// Edges by the square buckets they pass through.
struct Buckets {
    /// (bucket, edge), sorted.
    members: Vec<(u64, u32)>,
}

impl Buckets {
    /// With `fresh`, only buckets that hold a fresh edge are kept.
    fn new(ends: &[(LatticePoint, LatticePoint)], fresh: Option<&[bool]>) -> Self {
        let spread: u64 =
            ends.iter().map(|(a, b)| u64::from(a.x_e7.abs_diff(b.x_e7)) + u64::from(a.y_e7.abs_diff(b.y_e7))).sum();
        // about two mean edges wide, so that a bucket holds a handful of edges wherever towns are dense
        let width = (2 * spread / (ends.len() as u64).max(1)).clamp(16, 1 << 28) as i64;
        let of = |edge: usize| covered(ends[edge], width).map(move |bucket| (bucket, edge as u32));
        let mut members: Vec<(u64, u32)> = match fresh {
            None => (0..ends.len()).into_par_iter().flat_map_iter(of).collect(),
            Some(fresh) => {
                let mut wanted: Vec<u64> =
                    (0..ends.len()).filter(|&e| fresh[e]).flat_map(|e| of(e).map(|m| m.0)).collect();
                wanted.sort_unstable();
                wanted.dedup();
                let wanted = &wanted;
                (0..ends.len())
                    .into_par_iter()
                    .flat_map_iter(|e| of(e).filter(|m| wanted.binary_search(&m.0).is_ok()))
                    .collect()
            }
        };
        members.par_sort_unstable();
        Self { members }
    }

    fn runs(&self) -> Vec<std::ops::Range<usize>> {
        let mut start = 0;
        let lengths = self.members.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len);
        lengths
            .map(|length| {
                start += length;
                start - length..start
            })
            .filter(|run| run.len() > 1)
            .collect()
    }
}

/// The buckets an edge passes through, one unit of margin included.
pub(super) fn covered((a, b): (LatticePoint, LatticePoint), width: i64) -> impl Iterator<Item = u64> {
    let (ax, ay, bx, by) = (i64::from(a.x_e7), i64::from(a.y_e7), i64::from(b.x_e7), i64::from(b.y_e7));
    let column = move |x: i64| x.div_euclid(width);
    (column(ax - 1)..=column(bx + 1)).flat_map(move |c| {
        // the part of the edge within this column, a unit wider
        let (west, east) = ((c * width - 1).clamp(ax, bx), ((c + 1) * width + 1).clamp(ax, bx));
        let y_at = |x: i64| {
            if ax == bx { ay } else { ay + ((i128::from(by - ay) * i128::from(x - ax)) / i128::from(bx - ax)) as i64 }
        };
        let (y1, y2) = if ax == bx { (ay, by) } else { (y_at(west), y_at(east)) };
        let rows = column(y1.min(y2) - 2)..=column(y1.max(y2) + 2);
        rows.map(move |r| ((c as u32 as u64) << 32) | u64::from(r as u32))
    })
}
