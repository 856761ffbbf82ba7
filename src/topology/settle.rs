//! Who owns each cell: covered once is plain; gaps, overlaps and folds are settled or refused.

use std::collections::BTreeMap;

use super::cells::Cells;
use super::chain::{Chain, chains_of};
use super::walk::rings_of;
use super::{Arc, Built, FaceId, Overlaps, Repair, RepairKind, Tolerance, Topology, TopologyError};
use crate::geom::{LatticePoint, MultiPolygon, area_m2, crosses_properly, length_mm};

/// How many overlaps an error names.
const LISTED: usize = 5;

pub(super) fn settle(
    shapes: &[&MultiPolygon],
    code: &(dyn Fn(FaceId) -> String + Sync),
    tolerance: Tolerance,
    overlaps: Overlaps,
    chains: &[Chain],
    cells: &Cells,
) -> Result<Built, TopologyError> {
    let mut owner: Vec<Option<FaceId>> =
        cells.cover.iter().map(|cover| if let [(face, 1)] = cover[..] { Some(FaceId(face)) } else { None }).collect();
    let mut borders = suspects(chains, cells, &owner);
    let mut repairs = Vec::new();
    let mut refused = Vec::new();
    for (&cell, around) in &borders {
        let cover = &cells.cover[cell as usize];
        if cover.is_empty() {
            continue;
        }
        let fold = cover.iter().find(|&&(_, times)| times != 1);
        let kind = if fold.is_some() { RepairKind::FoldSettled } else { RepairKind::OverlapSettled };
        let parties: Vec<FaceId> = cover.iter().map(|&(face, _)| FaceId(face)).collect();
        let mut repair = repair(kind, chains, around, parties);
        if !tolerance.allows(&repair) {
            if let Some(&(face, _)) = fold {
                return Err(crosses_itself(shapes[face as usize], code(FaceId(face)), repair.at));
            }
            if overlaps == Overlaps::Refuse {
                refused.push(repair);
                continue;
            }
        }
        repair.owner = repair.parties.iter().copied().min_by_key(|&face| (code(face), face));
        owner[cell as usize] = repair.owner;
        repairs.push(repair);
    }
    if !refused.is_empty() {
        return Err(overlap_error(refused, code, tolerance));
    }
    borders.retain(|&cell, _| cells.cover[cell as usize].is_empty());
    close_gaps(chains, cells, &borders, tolerance, &mut owner, &mut repairs);
    repairs.sort_by(|a, b| b.area_m2.total_cmp(&a.area_m2).then(a.at.cmp(&b.at)));
    let topology = Topology { arcs: arcs(chains, cells, &owner), faces: shapes.len() as u32 };
    let mut bounded = vec![false; shapes.len()];
    for face in topology.arcs.iter().flat_map(|arc| [arc.left, arc.right]).flatten() {
        bounded[face.0 as usize] = true;
    }
    match bounded.iter().position(|&bounded| !bounded) {
        Some(face) => Err(TopologyError::Covered { code: code(FaceId(face as u32)) }),
        None => Ok(Built { topology, repairs }),
    }
}

/// Bounded cells that are not covered exactly once, with the half-chains around each.
fn suspects(chains: &[Chain], cells: &Cells, owner: &[Option<FaceId>]) -> BTreeMap<u32, Vec<u32>> {
    let mut borders: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for half in 0..chains.len() as u32 * 2 {
        let cell = cells.left[half as usize];
        if cell != 0 && owner[cell as usize].is_none() {
            borders.entry(cell).or_default().push(half);
        }
    }
    borders
}

impl Tolerance {
    fn allows(&self, repair: &Repair) -> bool {
        repair.width_m <= self.width_m || repair.area_m2 <= self.area_m2
    }
}

/// The outline of a cell and its size.
fn repair(kind: RepairKind, chains: &[Chain], around: &[u32], parties: Vec<FaceId>) -> Repair {
    let lines: Vec<(&[LatticePoint], bool)> =
        around.iter().map(|&half| (chains[half as usize / 2].points.as_slice(), half.is_multiple_of(2))).collect();
    let shape = rings_of(&lines);
    let area_m2 = area_m2(&shape);
    let around_mm: u64 = lines.iter().flat_map(|(points, _)| points.windows(2)).map(|w| length_mm((w[0], w[1]))).sum();
    let width_m = 2.0 * area_m2 / (around_mm as f64 / 1000.0).max(1e-3);
    let at = crate::geom::label_point(&shape).unwrap_or(lines[0].0[0]);
    Repair { kind, at, shape, area_m2, width_m, parties, owner: None }
}

/// Gives gaps within the tolerance to the neighbour with the longest shared border, smallest gaps first, until nothing
/// more can be given; the others stay open.
fn close_gaps(
    chains: &[Chain],
    cells: &Cells,
    gaps: &BTreeMap<u32, Vec<u32>>,
    tolerance: Tolerance,
    owner: &mut [Option<FaceId>],
    repairs: &mut Vec<Repair>,
) {
    let mut open: Vec<(u32, Repair)> =
        gaps.iter().map(|(&cell, around)| (cell, repair(RepairKind::Gap, chains, around, vec![]))).collect();
    open.sort_by(|a, b| a.1.area_m2.total_cmp(&b.1.area_m2).then(a.0.cmp(&b.0)));
    loop {
        let before = open.len();
        let mut still = Vec::new();
        for (cell, mut repair) in open {
            let mut shared_mm: BTreeMap<FaceId, u64> = BTreeMap::new();
            for &half in &gaps[&cell] {
                if let Some(face) = owner[cells.left[half as usize ^ 1] as usize] {
                    let line = &chains[half as usize / 2].points;
                    *shared_mm.entry(face).or_default() +=
                        line.windows(2).map(|w| length_mm((w[0], w[1]))).sum::<u64>();
                }
            }
            repair.parties = shared_mm.keys().copied().collect();
            let longest = shared_mm.iter().max_by_key(|&(&face, &mm)| (mm, std::cmp::Reverse(face)));
            match longest {
                Some((&face, _)) if tolerance.allows(&repair) => {
                    owner[cell as usize] = Some(face);
                    repairs.push(Repair { kind: RepairKind::GapClosed, owner: Some(face), ..repair });
                }
                _ => still.push((cell, repair)),
            }
        }
        open = still;
        if open.len() == before {
            break;
        }
    }
    repairs.extend(open.into_iter().map(|(_, repair)| repair));
}

/// The chains whose two sides differ, brought together where others fell away between them.
fn arcs(chains: &[Chain], cells: &Cells, owner: &[Option<FaceId>]) -> Vec<Arc> {
    let sides = |chain: usize| {
        let (left, right) = cells.sides(chain);
        (owner[left as usize], owner[right as usize])
    };
    let kept: Vec<usize> = (0..chains.len()).filter(|&chain| sides(chain).0 != sides(chain).1).collect();
    if kept.len() == chains.len() {
        let arc = |chain: usize| {
            let (left, right) = sides(chain);
            Arc { points: chains[chain].points.clone(), left, right }
        };
        return kept.into_iter().map(arc).collect();
    }
    let mut edges: Vec<(LatticePoint, LatticePoint, Option<FaceId>, Option<FaceId>)> = Vec::new();
    for chain in kept {
        let (left, right) = sides(chain);
        edges.extend(
            chains[chain]
                .points
                .windows(2)
                .map(|w| if w[0] < w[1] { (w[0], w[1], left, right) } else { (w[1], w[0], right, left) }),
        );
    }
    edges.sort_unstable();
    let ends: Vec<_> = edges.iter().map(|&(a, b, ..)| (a, b)).collect();
    let turned = |(edge, forward): (usize, bool)| {
        let (_, _, left, right) = edges[edge];
        if forward { (left, right) } else { (right, left) }
    };
    chains_of(&ends, |one, two| turned(one) == turned(two))
        .into_iter()
        .map(|(points, first)| {
            let (left, right) = turned(first);
            Arc { points, left, right }
        })
        .collect()
}

/// Looks for the place where a shape's rings cross; `near` if they only fold.
fn crosses_itself(shape: &MultiPolygon, code: String, near: LatticePoint) -> TopologyError {
    let mut edges: Vec<(usize, (LatticePoint, LatticePoint))> = shape
        .rings()
        .enumerate()
        .flat_map(|(ring, points)| points.edges().map(move |(a, b)| (ring + 1, if a < b { (a, b) } else { (b, a) })))
        .collect();
    edges.sort_unstable_by_key(|&(_, ends)| ends);
    // the first place along x, so that the same shape is always told the same
    for (i, &(ring, one)) in edges.iter().enumerate() {
        for &(_, two) in edges[i + 1..].iter().take_while(|(_, two)| two.0.x_e7 <= one.1.x_e7) {
            if crosses_properly(one, two) {
                return TopologyError::CrossesItself { code, ring, at: super::node::crossing(one, two) };
            }
        }
    }
    let ring = shape.rings().position(|ring| ring.touches(near)).map_or(1, |ring| ring + 1);
    TopologyError::CrossesItself { code, ring, at: near }
}

fn overlap_error(
    mut refused: Vec<Repair>,
    code: &(dyn Fn(FaceId) -> String + Sync),
    tolerance: Tolerance,
) -> TopologyError {
    refused.sort_by(|a, b| b.area_m2.total_cmp(&a.area_m2).then(a.at.cmp(&b.at)));
    let mut list: Vec<String> = refused
        .iter()
        .take(LISTED)
        .map(|repair| {
            let parties: Vec<String> = repair.parties.iter().map(|&face| code(face)).collect();
            format!("{} ({:.1} m² at {})", parties.join(" and "), repair.area_m2, repair.at)
        })
        .collect();
    if refused.len() > LISTED {
        list.push(format!("and {} more", refused.len() - LISTED));
    }
    TopologyError::Overlap {
        count: refused.len(),
        area_m2: refused.iter().map(|repair| repair.area_m2).sum(),
        width_m: tolerance.width_m,
        list: list.join(", "),
    }
}
