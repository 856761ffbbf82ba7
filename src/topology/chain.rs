//! Edges → arcs: the longest chains between points where more or fewer than two edges meet.

use super::edges::{Edges, Label};
use crate::geom::LatticePoint;

/// A chain of edges with the same labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    pub points: Vec<LatticePoint>,
    /// Gain of cover from right to left, walking along the points.
    pub labels: Vec<Label>,
}

/// Chains edges in the order of their smallest edge. Closed chains end at their first point.
pub(super) fn chain(edges: &Edges) -> Vec<Chain> {
    let turned = |edge: usize, forward: bool| {
        let sign = if forward { 1 } else { -1 };
        edges.labels(edge).iter().map(move |&(face, gain)| (face, gain * sign))
    };
    let chains = chains_of(&edges.ends, |(e, e_forward), (f, f_forward)| turned(e, e_forward).eq(turned(f, f_forward)));
    let labelled = |(points, (edge, forward))| Chain { points, labels: turned(edge, forward).collect() };
    chains.into_iter().map(labelled).collect()
}

/// An edge and whether it is walked from its smaller end to its larger.
pub(super) type Step = (usize, bool);

/// Chains undirected edges `(smaller, larger)`; two edges that meet where no other does are one chain if `same` says so
/// of the two steps. Each chain comes with its first step.
pub(super) fn chains_of(
    ends: &[(LatticePoint, LatticePoint)],
    same: impl Fn(Step, Step) -> bool,
) -> Vec<(Vec<LatticePoint>, Step)> {
    // edges around each point
    let mut around: Vec<(LatticePoint, u32)> =
        ends.iter().enumerate().flat_map(|(e, &(a, b))| [(a, e as u32), (b, e as u32)]).collect();
    rayon::slice::ParallelSliceMut::par_sort_unstable(&mut around[..]);
    let at = |p: LatticePoint| -> &[(LatticePoint, u32)] {
        let first = around.partition_point(|&(q, _)| q < p);
        let count = around[first..].iter().take_while(|&&(q, _)| q == p).count();
        &around[first..first + count]
    };
    let onward = |p: LatticePoint, from: u32| -> Option<u32> {
        let [(_, one), (_, two)] = at(p) else { return None };
        let next = if *one == from { *two } else { *one };
        let forward_in = ends[from as usize].1 == p;
        let forward_out = ends[next as usize].0 == p;
        (next != from && same((from as usize, forward_in), (next as usize, forward_out))).then_some(next)
    };
    let other = |edge: u32, p: LatticePoint| {
        let (a, b) = ends[edge as usize];
        if a == p { b } else { a }
    };
    let mut used = vec![false; ends.len()];
    let mut chains = Vec::new();
    for start in 0..ends.len() as u32 {
        if used[start as usize] {
            continue;
        }
        // back to the first edge of the chain, or once around
        let (mut first, mut from) = (start, ends[start as usize].0);
        while let Some(back) = onward(from, first) {
            if back == start {
                (first, from) = (start, ends[start as usize].0);
                break;
            }
            from = other(back, from);
            first = back;
        }
        let mut points = vec![from];
        let (mut edge, mut here) = (first, from);
        loop {
            used[edge as usize] = true;
            here = other(edge, here);
            points.push(here);
            match onward(here, edge) {
                Some(next) if !used[next as usize] => edge = next,
                _ => break,
            }
        }
        let forward = ends[first as usize].0 == from;
        chains.push((points, (first as usize, forward)));
    }
    chains
}
