//! The planar cells between chains, and which shapes cover each.

use super::chain::Chain;
use super::walk::{cycles, followers, points_of};
use crate::geom::{Entry, EnvelopeIndex, LatticePoint, Perturbation, Ring};

/// How many times each shape covers a cell, by face; once is how it should be.
pub(super) type Cover = Vec<(u32, i32)>;

/// The cells of a set of chains. Cell 0 is the unbounded one.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    /// For each half-chain the cell on its left.
    pub left: Vec<u32>,
    /// For each cell the shapes that cover it.
    pub cover: Vec<Cover>,
    /// How many cells.
    pub count: u32,
}

impl Cells {
    /// The cell to the left and to the right of a chain.
    pub fn sides(&self, chain: usize) -> (u32, u32) {
        (self.left[chain * 2], self.left[chain * 2 + 1])
    }
}

/// Finds the cells. O(n log n), and for each separate piece of the drawing a search among the cells around it.
pub(super) fn cells(chains: &[Chain]) -> Cells {
    let lines: Vec<&[LatticePoint]> = chains.iter().map(|chain| chain.points.as_slice()).collect();
    let next = followers(&lines);
    let cycles = cycles(&next);
    let mut left = vec![0; chains.len() * 2];
    let mut count = 1;
    let mut outer: Vec<Entry<(u32, Ring, i128)>> = Vec::new();
    let mut inner = Vec::new();
    for cycle in &cycles {
        let ring = Ring::new(points_of(&lines, cycle));
        let area_2 = ring.area_2();
        if area_2 > 0 {
            for &half in cycle {
                left[half as usize] = count;
            }
            if let Some(envelope) = ring.envelope() {
                outer.push(Entry { envelope, item: (count, ring, area_2) });
            }
            count += 1;
        } else {
            inner.push((cycle, ring, area_2));
        }
    }
    // the outside of a separate piece lies in the smallest cell around it
    let index = EnvelopeIndex::new(outer);
    for (cycle, ring, area_2) in inner {
        let Some(p) = ring.points().iter().copied().min() else { continue };
        let around = index
            .at(p)
            .filter(|(_, outer, outer_area_2)| *outer_area_2 > -area_2 && outer.contains(p, Perturbation::RIM[0]))
            .min_by_key(|&&(cell, _, area_2)| (area_2, cell));
        let home = around.map_or(0, |&(cell, ..)| cell);
        for &half in cycle {
            left[half as usize] = home;
        }
    }
    let mut cells = Cells { left, cover: Vec::new(), count };
    cells.cover = covers(chains, &cells);
    cells
}

/// Which shapes cover each cell, walking from the unbounded cell across chains.
fn covers(chains: &[Chain], cells: &Cells) -> Vec<Cover> {
    let mut doors: Vec<Vec<u32>> = vec![Vec::new(); cells.count as usize];
    for (half, &cell) in cells.left.iter().enumerate() {
        doors[cell as usize].push(half as u32);
    }
    let mut cover: Vec<Option<Cover>> = vec![None; cells.count as usize];
    cover[0] = Some(Vec::new());
    let mut queue = vec![0_u32];
    while let Some(cell) = queue.pop() {
        let here = cover[cell as usize].clone().expect("a cell is queued once its cover is known");
        for &half in &doors[cell as usize] {
            let across = cells.left[half as usize ^ 1] as usize;
            if cover[across].is_none() {
                // from the left of this half-chain to its right: what lies left of the chain is lost, going forward
                let sign = if half.is_multiple_of(2) { -1 } else { 1 };
                cover[across] = Some(added(&here, &chains[half as usize / 2].labels, sign));
                queue.push(across as u32);
            }
        }
    }
    cover.into_iter().map(Option::unwrap_or_default).collect()
}

fn added(cover: &[(u32, i32)], labels: &[(u32, i32)], sign: i32) -> Cover {
    let mut sum = cover.to_vec();
    for &(face, gain) in labels {
        match sum.binary_search_by_key(&face, |&(face, _)| face) {
            Ok(i) => sum[i].1 += gain * sign,
            Err(i) => sum.insert(i, (face, gain * sign)),
        }
    }
    sum.retain(|&(_, times)| times != 0);
    sum
}
