//! The faces of a plane: their areas, the chains around them, sets of them and the outlines of sets.

use crate::geom::{LatticePoint, MultiPolygon, length_mm};
use crate::topology::{Plane, rings_of};

/// Positions in the order of codes.
pub(super) fn ranks<'a>(codes: impl Iterator<Item = &'a str>) -> Vec<u32> {
    let codes: Vec<&str> = codes.collect();
    let mut order: Vec<u32> = (0..codes.len() as u32).collect();
    order.sort_by_key(|&i| (codes[i as usize], i));
    let mut ranks = vec![0; codes.len()];
    for (rank, &i) in order.iter().enumerate() {
        ranks[i as usize] = rank as u32;
    }
    ranks
}

/// Disjoint sets of faces.
#[derive(Debug)]
pub(super) struct Sets(Vec<u32>);

impl Sets {
    pub(super) fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    pub(super) fn of(&mut self, mut i: u32) -> u32 {
        while self.0[i as usize] != i {
            self.0[i as usize] = self.0[self.0[i as usize] as usize];
            i = self.0[i as usize];
        }
        i
    }

    /// Brings two sets together under the smaller number.
    pub(super) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// Twice the area of each face in lattice units², exact.
pub(super) fn areas_2(plane: &Plane) -> Vec<i128> {
    let mut areas = vec![0_i128; plane.cover.len()];
    let Some(origin) = plane.chains.first().map(|chain| chain.points[0]) else { return areas };
    for (chain, &(left, right)) in plane.chains.iter().zip(&plane.sides) {
        let swept: i128 = chain.points.windows(2).map(|w| crate::geom::orientation(origin, w[0], w[1])).sum();
        areas[left as usize] += swept;
        areas[right as usize] -= swept;
    }
    areas
}

pub(super) fn chain_mm(points: &[LatticePoint]) -> u64 {
    points.windows(2).map(|w| length_mm((w[0], w[1]))).sum()
}

/// The chains around each face.
pub(super) struct Doors {
    starts: Vec<u32>,
    chains: Vec<u32>,
}

impl Doors {
    pub(super) fn new(plane: &Plane) -> Self {
        let mut starts = vec![0_u32; plane.cover.len() + 1];
        for &(left, right) in &plane.sides {
            starts[left as usize + 1] += 1;
            starts[right as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut chains = vec![0; plane.sides.len() * 2];
        for (chain, &(left, right)) in plane.sides.iter().enumerate() {
            for face in [left, right] {
                chains[next[face as usize] as usize] = chain as u32;
                next[face as usize] += 1;
            }
        }
        Self { starts, chains }
    }

    /// The outline of some faces together.
    pub(super) fn outline(&self, plane: &Plane, faces: &[u32]) -> MultiPolygon {
        let inside = |face: u32| faces.binary_search(&face).is_ok();
        let mut rim: Vec<(&[LatticePoint], bool)> = Vec::new();
        for &face in faces {
            for &chain in &self.chains[self.starts[face as usize] as usize..self.starts[face as usize + 1] as usize] {
                let (left, right) = plane.sides[chain as usize];
                if inside(left) != inside(right) {
                    rim.push((&plane.chains[chain as usize].points, inside(left)));
                }
            }
        }
        rings_of(&rim)
    }
}
