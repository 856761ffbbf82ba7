//! Who gets which piece of a gap that has many neighbours.
//!
//! A triangle is narrow where two faces look at each other across it within the tolerance. Narrow triangles between the
//! same two faces that hang together are a run; a run goes to the one of the two with which it shares the longer border,
//! so that the new border is the other's old one. Triangles where runs meet go to the neighbour behind the longest side.
//! No face is given a triangle with a corner farther from its old border than the tolerance: what is left stays open.

use std::collections::BTreeMap;

use super::edges::{Side, side};
use super::triangles::{Across, Triangle, Triangles};
use super::{FaceId, RepairKind};
use crate::geom::{LatticePoint, length_mm};

/// A piece of a gap or of an overlap, given to a face as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Region {
    pub kind: RepairKind,
    pub owner: FaceId,
    /// The faces on either side.
    pub faces: (FaceId, FaceId),
    /// Rings, counter-clockwise, that it is made of.
    pub parts: Vec<Vec<LatticePoint>>,
}

/// Gives away what is narrow in cells that nobody owns. O(triangles) but for the few where runs meet.
pub(super) fn regions(triangles: &Triangles, width_m: f64, owners: &[Option<FaceId>]) -> Vec<Region> {
    let all = &triangles.all;
    let pair: Vec<Option<(FaceId, FaceId)>> = all
        .iter()
        .map(|triangle| {
            if owners[triangle.cell as usize].is_some() {
                return None;
            }
            let bridge = triangle.bridge.filter(|bridge| bridge.width_m <= width_m)?;
            let (a, b) = bridge.faces;
            Some((a.min(b), a.max(b)))
        })
        .collect();
    let near = |i: u32, face: FaceId| triangles.is_near(&all[i as usize], face, width_m);
    let mut owner: Vec<Option<FaceId>> = vec![None; all.len()];
    for run in together(all, &pair) {
        let Some((a, b)) = pair[run[0] as usize] else { continue };
        let mut border_mm: BTreeMap<FaceId, u64> = BTreeMap::new();
        for &i in &run {
            for (face, mm) in walls(&all[i as usize]) {
                *border_mm.entry(face).or_default() += mm;
            }
        }
        let mm = |face| border_mm.get(&face).copied().unwrap_or(0);
        let (first, second) = if mm(b) > mm(a) { (b, a) } else { (a, b) };
        for &i in run.iter().filter(|_| mm(first) > 0) {
            owner[i as usize] = [first, second].into_iter().find(|&face| mm(face) > 0 && near(i, face));
        }
    }
    drop_loose(all, &mut owner);
    adopt(all, &pair, &near, &mut owner);
    drop_loose(all, &mut owner);
    let key: Vec<_> = owner.iter().zip(&pair).map(|(owner, pair)| Some(((*owner)?, (*pair)?))).collect();
    together(all, &key)
        .into_iter()
        .filter_map(|triangles| {
            let (owner, faces) = key[triangles[0] as usize]?;
            let parts = triangles.into_iter().map(|i| all[i as usize].corners.to_vec()).collect();
            Some(Region { kind: RepairKind::GapSplit, owner, faces, parts })
        })
        .collect()
}

/// The outlines of the regions as edges: region i is shape `first + i`.
pub(super) fn outlines(regions: &[Region], first: u32) -> Vec<Side> {
    let mut sides = Vec::new();
    for (region, number) in regions.iter().zip(first..) {
        for ring in &region.parts {
            let edges = (0..ring.len()).map(|i| (ring[i], ring[(i + 1) % ring.len()]));
            sides.extend(edges.filter(|(a, b)| a != b).map(|(a, b)| side(a, b, number, 1)));
        }
    }
    sides
}

/// The faces on the sides of a triangle, each with the length of the side.
fn walls(triangle: &Triangle) -> impl Iterator<Item = (FaceId, u64)> + '_ {
    (0..3).filter_map(|i| match triangle.across[i] {
        Across::Wall(face) => Some((face, length_mm(triangle.side(i)))),
        _ => None,
    })
}

/// Triangles with the same key that hang together through doors; those without a key are left out.
pub(super) fn together<K: PartialEq>(all: &[Triangle], key: &[Option<K>]) -> Vec<Vec<u32>> {
    let mut seen = vec![false; all.len()];
    let mut groups = Vec::new();
    for start in 0..all.len() {
        if seen[start] || key[start].is_none() {
            continue;
        }
        seen[start] = true;
        let mut group = vec![start as u32];
        let mut next = 0;
        while let Some(&i) = group.get(next) {
            next += 1;
            for across in all[i as usize].across {
                if let Across::Door(j) = across
                    && !seen[j as usize]
                    && key[j as usize] == key[start]
                {
                    seen[j as usize] = true;
                    group.push(j);
                }
            }
        }
        group.sort_unstable();
        groups.push(group);
    }
    groups
}

/// Takes triangles from a face that they share no border with, not even through each other.
fn drop_loose(all: &[Triangle], owner: &mut [Option<FaceId>]) {
    for group in together(all, owner) {
        let Some(face) = owner[group[0] as usize] else { continue };
        if !group.iter().any(|&i| walls(&all[i as usize]).any(|(wall, _)| wall == face)) {
            for &i in &group {
                owner[i as usize] = None;
            }
        }
    }
}

/// Narrow triangles without an owner go to the neighbour behind the longest side, as long as there is one.
fn adopt(
    all: &[Triangle],
    pair: &[Option<(FaceId, FaceId)>],
    near: &dyn Fn(u32, FaceId) -> bool,
    owner: &mut [Option<FaceId>],
) {
    let mut waiting: Vec<u32> =
        (0..all.len() as u32).filter(|&i| pair[i as usize].is_some() && owner[i as usize].is_none()).collect();
    while !waiting.is_empty() {
        let found: Vec<Option<FaceId>> = waiting
            .iter()
            .map(|&i| {
                let mut sides_mm: BTreeMap<FaceId, u64> = BTreeMap::new();
                for (k, across) in all[i as usize].across.into_iter().enumerate() {
                    let face = match across {
                        Across::Wall(face) => Some(face),
                        Across::Door(j) => owner[j as usize],
                        Across::Nothing => None,
                    };
                    if let Some(face) = face {
                        *sides_mm.entry(face).or_default() += length_mm(all[i as usize].side(k));
                    }
                }
                let mut faces: Vec<(u64, FaceId)> = sides_mm.into_iter().map(|(face, mm)| (mm, face)).collect();
                faces.sort_unstable_by_key(|&(mm, face)| (std::cmp::Reverse(mm), face));
                faces.into_iter().map(|(_, face)| face).find(|&face| near(i, face))
            })
            .collect();
        let before = waiting.len();
        for (&i, &face) in waiting.iter().zip(&found) {
            owner[i as usize] = face;
        }
        waiting.retain(|&i| owner[i as usize].is_none());
        if waiting.len() == before {
            break;
        }
    }
}
