//! The index over proven borders, taken over from one generation to the next.

use std::cmp::Ordering;

use crate::geom::{LatticePoint, MultiPolygon};
use crate::locate::{CoverageIndex, NotPartition, Owner};

/// A grid by its code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub code: &'a str,
    pub shape: &'a MultiPolygon,
}

/// The index over the borders of some grids in the order of their codes. A grid keeps its face from one generation to the next, so
/// that only the tiles of those that change are made anew.
#[derive(Debug)]
pub(super) struct Proven {
    index: CoverageIndex,
    /// For each face the position of its grid; [`VACANT`] for one whose grid is gone.
    positions: Vec<u32>,
}

const VACANT: u32 = u32::MAX;
/// When more than one grid in so many changes, the index is made anew.
const MOST_CHANGED: usize = 4;

impl Proven {
    /// Proves the grids from the beginning: each has the face of its position.
    ///
    /// # Errors
    /// When they are no partition.
    pub fn new(grids: &[Named]) -> Result<Self, NotPartition> {
        let shapes: Vec<&MultiPolygon> = grids.iter().map(|grid| grid.shape).collect();
        Ok(Self { index: CoverageIndex::new(&shapes)?, positions: (0..grids.len() as u32).collect() })
    }

    /// Proves what is new against what stands: `before` are the grids of this index, `now` those to come, both in the order of
    /// their codes. `None` when so much is new that it is better made from the beginning. O(n) in the grids, and in the points
    /// of those in the tiles that change.
    pub fn after(&self, before: &[Named], now: &[Named]) -> Option<Result<Self, NotPartition>> {
        let nobody = MultiPolygon(Vec::new());
        let mut faces_before = vec![VACANT; before.len()];
        let mut vacant: Vec<u32> = Vec::new();
        for (face, &position) in self.positions.iter().enumerate() {
            match faces_before.get_mut(position as usize) {
                Some(known) => *known = face as u32,
                None => vacant.push(face as u32),
            }
        }
        let same = |a: &Named, b: &Named| std::ptr::eq(a.shape, b.shape) || a.shape == b.shape;
        let (mut positions, mut shapes) = (vec![VACANT; self.positions.len()], vec![&nobody; self.positions.len()]);
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        let (mut old, mut position) = (0, 0);
        while old < before.len() || position < now.len() {
            let order = match (before.get(old), now.get(position)) {
                (Some(a), Some(b)) => a.code.cmp(b.code),
                (Some(_), None) => Ordering::Less,
                _ => Ordering::Greater,
            };
            if order == Ordering::Equal && same(&before[old], &now[position]) {
                let face = faces_before[old] as usize;
                (positions[face], shapes[face]) = (position as u32, now[position].shape);
            } else {
                gone.extend((order != Ordering::Greater).then_some(old));
                new.extend((order != Ordering::Less).then_some(position));
            }
            old += usize::from(order != Ordering::Greater);
            position += usize::from(order != Ordering::Less);
        }
        if (gone.len() + new.len()) * MOST_CHANGED > now.len() {
            return None;
        }
        let mut changed: Vec<u32> = gone.iter().map(|&old| faces_before[old]).collect();
        let mut free = changed.clone().into_iter().chain(vacant);
        for position in new {
            let shape = now[position].shape;
            if let Some(face) = free.next() {
                (positions[face as usize], shapes[face as usize]) = (position as u32, shape);
                changed.push(face);
            } else {
                changed.push(positions.len() as u32);
                positions.push(position as u32);
                shapes.push(shape);
            }
        }
        changed.sort_unstable();
        changed.dedup();
        let before: Vec<&MultiPolygon> = gone.into_iter().map(|old| before[old].shape).collect();
        Some(self.index.with_changes(&shapes, &changed, &before).map(|index| Self { index, positions }))
    }

    /// The index itself, where each of so many grids has the face of its position.
    pub fn in_place(&self, grids: usize) -> Option<&CoverageIndex> {
        let own = |(face, &position): (usize, &u32)| face == position as usize;
        (self.positions.len() == grids && self.positions.iter().enumerate().all(own)).then_some(&self.index)
    }

    /// The index itself.
    pub fn into_index(self) -> CoverageIndex {
        self.index
    }

    /// The owner by the position of its grid.
    fn owner(&self, owner: Owner) -> Owner {
        Owner { face: self.positions.get(owner.face as usize).copied().unwrap_or(VACANT), ..owner }
    }

    /// The grid that owns the point.
    pub fn locate(&self, point: LatticePoint) -> Option<Owner> {
        self.index.locate(point).map(|owner| self.owner(owner))
    }

    /// The owners of many points.
    pub fn locate_batch(&self, points: &[LatticePoint], answers: &mut [Option<Owner>]) {
        self.index.locate_batch(points, answers);
        for answer in answers {
            *answer = answer.map(|owner| self.owner(owner));
        }
    }

    /// Metres to the nearest border.
    pub fn edge_distance_m(&self, point: LatticePoint) -> Option<f64> {
        self.index.edge_distance_m(point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::LonLat;
    use crate::locate::synthetic::{self, Draw, Points};

    /// Grids by code, in order.
    fn named(grids: &[(String, MultiPolygon)]) -> Vec<Named<'_>> {
        grids.iter().map(|(code, shape)| Named { code, shape }).collect()
    }

    #[test]
    fn what_is_taken_over_answers_as_what_is_made_anew_generation_after_generation() {
        let south_west = LonLat { lon_deg: 104.0, lat_deg: 30.0 };
        let faces = synthetic::coverage(300, south_west, 0.4, 3);
        let points: Vec<LatticePoint> =
            Points::ALL.into_iter().flat_map(|kind| synthetic::points(&faces, kind, 400, 9)).collect();
        let mut grids: Vec<(String, MultiPolygon)> =
            faces.iter().enumerate().map(|(i, face)| (format!("A{i:04}"), face.clone())).collect();
        let mut proven = Proven::new(&named(&grids)).unwrap();
        assert!(proven.in_place(grids.len()).is_some());
        let (mut draw, mut dropped) = (Draw::new(1), Vec::new());
        for generation in 0..12 {
            let mut next = grids.clone();
            // some get new codes, before and behind the others; some go, and what went comes back
            for letter in ["0", "Z"] {
                let at = draw.below(next.len() as u64) as usize;
                next[at].0 = format!("{letter}{generation:04}");
            }
            next.append(&mut dropped);
            for _ in 0..draw.below(3) {
                let gone = next.swap_remove(draw.below(next.len() as u64) as usize);
                dropped.push((format!("R{generation:03}{}", gone.0), gone.1));
            }
            next.sort_by(|a, b| a.0.cmp(&b.0));
            let after = proven.after(&named(&grids), &named(&next)).expect("few have changed").unwrap();
            let anew = Proven::new(&named(&next)).unwrap();
            let mut batch = vec![None; points.len()];
            after.locate_batch(&points, &mut batch);
            for (&point, &in_batch) in points.iter().zip(&batch) {
                let expected = anew.locate(point);
                assert_eq!((after.locate(point), in_batch), (expected, expected), "generation {generation}, {point}");
                assert_eq!(after.edge_distance_m(point), anew.edge_distance_m(point));
            }
            assert!(after.index.shared_tiles(&proven.index) > 0);
            (grids, proven) = (next, after);
        }
        assert!(proven.in_place(grids.len()).is_none());
        // too much at once is made from the beginning
        let renamed: Vec<_> = grids.iter().map(|(code, shape)| (format!("Q{code}"), shape.clone())).collect();
        assert!(proven.after(&named(&grids), &named(&renamed)).is_none());
    }
}
