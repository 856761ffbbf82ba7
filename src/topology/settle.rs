//! Who owns each cell: covered once is plain; gaps, overlaps and folds are settled or refused.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::cells::Cells;
use super::chain::{Chain, chains_of};
use super::mend::place;
use super::overlay::areas_2;
use super::split::Region;
use super::walk::rings_of;
use super::widths::{Histogram, MOST_M};
use super::{Arc, Built, Crossings, FaceId, Overlaps, Repair, RepairKind, Tolerance, Topology, TopologyError};
use crate::geom::{LatticePoint, MultiPolygon, area_m2, crosses_properly, length_mm};

/// How many overlaps an error names.
pub(super) const LISTED: usize = 5;

/// What is settled for its small area moves borders by no more than the side of a square of the largest such area, times
/// this: room for a square cut across, none for a long crack.
const SQUAT: f64 = 1.5;

/// Where two square corners overlap, the middle lies this many times half the depth from either.
const CORNER: f64 = std::f64::consts::SQRT_2;

/// How many neighbours, from the longest border on, are asked whether a gap lies near enough to them.
const NEIGHBOURS_TRIED: usize = 8;

/// Cells and what is known about them before anybody owns what is in question.
pub(super) struct Ground<'a> {
    pub shapes: &'a [&'a MultiPolygon],
    pub code: &'a (dyn Fn(FaceId) -> String + Sync),
    pub chains: &'a [Chain],
    pub cells: &'a Cells,
    /// Pieces of gaps and of overlaps that are given away already: piece i is shape `shapes.len() + i` of the labels.
    pub regions: &'a [Region],
    /// Twice the area of each cell.
    pub areas_2: Vec<i128>,
    /// The bounded cells that are not covered exactly once.
    pub suspects: BTreeMap<u32, Suspect>,
    /// An overlap goes to another than the smaller code where that alone keeps borders from moving farther than this.
    pub turn_m: f64,
}

/// A cell that is not covered exactly once.
pub(super) struct Suspect {
    /// The half-chains around it.
    pub around: Vec<u32>,
    /// What would be done about it.
    pub repair: Repair,
    /// How far in metres the border of each party of an overlap moves if it loses it.
    lost_m: Vec<f64>,
}

/// What to do with overlaps, with shapes that cross themselves, and up to which size overlaps are settled.
pub(super) type Rules = (Overlaps, Crossings, Tolerance);

/// Who owns what, in the end.
pub(super) struct Settled {
    pub built: Built,
    /// By cell.
    pub owner: Vec<Option<FaceId>>,
}

impl<'a> Ground<'a> {
    pub fn new(
        shapes: &'a [&'a MultiPolygon],
        code: &'a (dyn Fn(FaceId) -> String + Sync),
        chains: &'a [Chain],
        cells: &'a Cells,
        regions: &'a [Region],
    ) -> Self {
        let areas_2 = areas_2(chains, cells);
        let mut ground =
            Self { shapes, code, chains, cells, regions, areas_2, suspects: BTreeMap::new(), turn_m: f64::INFINITY };
        let mut around: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for half in 0..chains.len() as u32 * 2 {
            let cell = cells.left[half as usize];
            if cell != 0 && ground.plain_owner(cell).is_none() && ground.region(cell).is_none() {
                around.entry(cell).or_default().push(half);
            }
        }
        let around: Vec<_> = around.into_iter().collect();
        let suspect = |(cell, around): (u32, Vec<u32>)| (cell, ground.suspect(cell, around));
        let suspects: Vec<_> = around.into_par_iter().map(suspect).collect();
        ground.suspects = suspects.into_iter().collect();
        ground
    }

    /// The shapes that cover a cell, without the pieces given away.
    pub fn cover(&self, cell: u32) -> &[(u32, i32)] {
        let cover = &self.cells.cover[cell as usize];
        &cover[..cover.partition_point(|&(face, _)| (face as usize) < self.shapes.len())]
    }

    /// The owner of a cell that one shape covers once.
    fn plain_owner(&self, cell: u32) -> Option<FaceId> {
        if let [(face, 1)] = *self.cover(cell) { Some(FaceId(face)) } else { None }
    }

    /// The piece given away that a cell in question belongs to: of a gap where nobody covers it, of an overlap where its
    /// owner is one of several.
    fn region(&self, cell: u32) -> Option<usize> {
        let &(label, _) = self.cells.cover[cell as usize].last().filter(|_| cell != 0)?;
        let number = (label as usize).checked_sub(self.shapes.len())?;
        let region = &self.regions[number];
        let fits = match *self.cover(cell) {
            [] => region.kind == RepairKind::GapSplit,
            [(one, 1), (two, 1)] => region.kind == RepairKind::OverlapHalved && [one, two].contains(&region.owner.0),
            _ => false,
        };
        fits.then_some(number)
    }

    /// Who owns which cell while every overlap that is not given away goes to the smaller code and nothing else is settled.
    pub fn first_owners(&self) -> Vec<Option<FaceId>> {
        let owner = |cell| match self.suspects.get(&cell) {
            Some(suspect) if suspect.repair.kind != RepairKind::Gap => self.keeper(suspect).map(|(face, _)| face),
            _ => self.plain_owner(cell).or_else(|| Some(self.regions[self.region(cell)?].owner)),
        };
        (0..self.cells.count).map(owner).collect()
    }

    /// Who keeps an overlap or a fold, and how far the others' borders move then: the smaller code, unless a border would
    /// move farther than [`Self::turn_m`] by that and none would otherwise.
    pub fn keeper(&self, suspect: &Suspect) -> Option<(FaceId, f64)> {
        let Suspect { repair, lost_m, .. } = suspect;
        if lost_m.is_empty() {
            return Some((self.smallest(&repair.parties)?, repair.moved_m));
        }
        let moved_m = |keeper: FaceId| {
            let losers = repair.parties.iter().zip(lost_m).filter(|&(&face, _)| face != keeper);
            losers.map(|(_, &m)| m).fold(0.0, f64::max)
        };
        let mut keepers: Vec<(FaceId, f64)> = repair.parties.iter().map(|&face| (face, moved_m(face))).collect();
        keepers.sort_by_cached_key(|&(face, _)| ((self.code)(face), face));
        keepers.iter().find(|&&(_, moved_m)| moved_m <= self.turn_m).or(keepers.first()).copied()
    }

    /// Whether any overlap goes to another than the smaller code.
    pub fn is_turned(&self) -> bool {
        let turned = |suspect: &Suspect| {
            !suspect.lost_m.is_empty()
                && self.keeper(suspect).map(|(face, _)| face) != self.smallest(&suspect.repair.parties)
        };
        self.suspects.values().any(turned)
    }

    pub fn smallest(&self, parties: &[FaceId]) -> Option<FaceId> {
        parties.iter().copied().min_by_key(|&face| ((self.code)(face), face))
    }

    fn suspect(&self, cell: u32, around: Vec<u32>) -> Suspect {
        let cover = self.cover(cell);
        let kind = match cover {
            [] => RepairKind::Gap,
            _ if cover.iter().any(|&(_, times)| times != 1) => RepairKind::FoldSettled,
            _ => RepairKind::OverlapSettled,
        };
        let parties = cover.iter().map(|&(face, _)| FaceId(face)).collect();
        let area_2 = self.areas_2[cell as usize];
        let mut repair = self.repair(kind, &around, parties, area_2);
        let mut lost_m = Vec::new();
        if kind == RepairKind::OverlapSettled {
            lost_m = repair.parties.iter().map(|&face| self.lost_m(&around, face, repair.width_m)).collect();
        } else if kind == RepairKind::FoldSettled {
            repair.moved_m = repair.width_m;
        }
        Suspect { around, repair, lost_m }
    }

    /// The outline of a set of cells by the half-chains around it, and its size.
    fn repair(&self, kind: RepairKind, around: &[u32], parties: Vec<FaceId>, area_2: i128) -> Repair {
        let lines: Vec<(&[LatticePoint], bool)> = around
            .iter()
            .map(|&half| (self.chains[half as usize / 2].points.as_slice(), half.is_multiple_of(2)))
            .collect();
        let shape = rings_of(&lines);
        let area_m2 = area_m2(&shape);
        let around_mm: u64 = around.iter().map(|&half| self.length_mm(half)).sum();
        let width_m = 2.0 * area_m2 / (around_mm as f64 / 1000.0).max(1e-3);
        let at = crate::geom::label_point(&shape).unwrap_or(lines[0].0[0]);
        Repair { kind, at, shape, area_2, change_2: 0, area_m2, width_m, moved_m: 0.0, parties, owner: None }
    }

    /// How far borders must move, in whole bins of a histogram and up to [`MOST_M`], for all gaps of at most this mean width to
    /// go to one of their neighbours.
    pub fn deepest_m(&self, width_m: f64) -> f64 {
        let narrow = |suspect: &&Suspect| suspect.repair.kind == RepairKind::Gap && suspect.repair.width_m <= width_m;
        let narrow: Vec<&Suspect> = self.suspects.values().filter(narrow).collect();
        let needed = |suspect: &&Suspect| {
            let beyond = suspect.around.iter().flat_map(|&half| self.cover(self.cells.left[half as usize ^ 1]));
            let faces: BTreeSet<FaceId> = beyond.map(|&(face, _)| FaceId(face)).collect();
            let width_m = suspect.repair.width_m;
            faces.into_iter().map(|face| self.gained_m(&suspect.around, face, width_m)).fold(f64::INFINITY, f64::min)
        };
        let needed_m = narrow.par_iter().map(needed).filter(|&m| m <= MOST_M).reduce(|| width_m, f64::max);
        Histogram::end_m(needed_m).min(MOST_M)
    }

    fn length_mm(&self, half: u32) -> u64 {
        self.chains[half as usize / 2].points.windows(2).map(|w| length_mm((w[0], w[1]))).sum()
    }

    /// By how much the sum of areas changes when the cell is owned once.
    fn change_2(&self, cell: u32) -> i128 {
        let times: i32 = self.cover(cell).iter().map(|&(_, times)| times).sum();
        self.areas_2[cell as usize] * i128::from(1 - times)
    }

    /// Settles what is within the tolerance.
    pub fn settle(
        &self,
        tolerance: Tolerance,
        (overlaps, crossings, overlap_tolerance): Rules,
    ) -> Result<Settled, TopologyError> {
        let mut owner: Vec<Option<FaceId>> = (0..self.cells.count).map(|cell| self.plain_owner(cell)).collect();
        let mut repairs = Vec::new();
        let mut refused = Vec::new();
        for (&cell, suspect) in &self.suspects {
            if suspect.repair.kind == RepairKind::Gap {
                continue;
            }
            let Some((keeper, moved_m)) = self.keeper(suspect) else { continue };
            let repair = Repair { owner: Some(keeper), moved_m, ..suspect.repair.clone() };
            let allowed = if repair.kind == RepairKind::FoldSettled { tolerance } else { overlap_tolerance };
            if !allowed.allows(&repair) && repair.area_m2 > allowed.area_m2 {
                let folded = self.cover(cell).iter().find(|&&(_, times)| times != 1);
                if let Some(&(face, _)) = folded.filter(|_| crossings == Crossings::Refuse) {
                    return Err(crosses_itself(self.shapes[face as usize], (self.code)(FaceId(face)), repair.at));
                }
                // what one shape alone winds around takes nothing from anybody
                if overlaps == Overlaps::Refuse && (folded.is_none() || repair.parties.len() > 1) {
                    refused.push(repair);
                    continue;
                }
            }
            owner[cell as usize] = repair.owner;
            repairs.push(Repair { change_2: self.change_2(cell), ..repair });
        }
        self.give_regions(&mut owner, &mut repairs);
        // a half of an overlap that is still too deep, because its banks are not two
        let most_m = CORNER * overlap_tolerance.moved_m;
        let deep = |repair: &&Repair| {
            repair.kind == RepairKind::OverlapHalved
                && repair.moved_m > most_m
                && repair.area_m2 > overlap_tolerance.area_m2
        };
        refused.extend(repairs.iter().filter(deep).cloned());
        if !refused.is_empty() {
            return Err(overlap_error(refused, self.code, overlap_tolerance));
        }
        self.close_gaps(tolerance, &mut owner, &mut repairs);
        repairs.sort_by(|a, b| b.area_m2.total_cmp(&a.area_m2).then(a.at.cmp(&b.at)));
        let topology = Topology { arcs: arcs(self.chains, self.cells, &owner), faces: self.shapes.len() as u32 };
        let mut bounded = vec![false; self.shapes.len()];
        for face in topology.arcs.iter().flat_map(|arc| [arc.left, arc.right]).flatten() {
            bounded[face.0 as usize] = true;
        }
        match bounded.iter().position(|&bounded| !bounded) {
            Some(face) => Err(TopologyError::Covered { code: (self.code)(FaceId(face as u32)) }),
            None => Ok(Settled { built: Built { topology, repairs }, owner }),
        }
    }

    /// The pieces given away before, each a repair of its own.
    fn give_regions(&self, owner: &mut [Option<FaceId>], repairs: &mut Vec<Repair>) {
        let region: Vec<Option<usize>> = (0..self.cells.count).map(|cell| self.region(cell)).collect();
        let mut areas_2 = vec![(0_i128, 0_i128); self.regions.len()];
        for (cell, &region) in region.iter().enumerate() {
            if let Some(region) = region {
                areas_2[region].0 += self.areas_2[cell];
                areas_2[region].1 += self.change_2(cell as u32);
                owner[cell] = Some(self.regions[region].owner);
            }
        }
        let mut around: Vec<Vec<u32>> = vec![Vec::new(); self.regions.len()];
        for (half, &cell) in self.cells.left.iter().enumerate() {
            if let Some(here) = region[cell as usize]
                && region[self.cells.left[half ^ 1] as usize] != Some(here)
            {
                around[here].push(half as u32);
            }
        }
        // snapping may have swallowed a piece
        for ((region, around), (area_2, change_2)) in
            self.regions.iter().zip(&around).zip(areas_2).filter(|((_, a), _)| !a.is_empty())
        {
            let (a, b) = region.faces;
            let mut parties = vec![a, b, region.owner];
            parties.sort_unstable();
            parties.dedup();
            let repair = self.repair(region.kind, around, parties, area_2);
            let moved_m = match region.kind {
                RepairKind::GapSplit => {
                    let moved_m = self.gained_m(around, region.owner, repair.width_m);
                    if moved_m.is_finite() { moved_m } else { self.reached_m(around, region.owner) }
                }
                _ => self.lost_m(around, if a == region.owner { b } else { a }, repair.width_m),
            };
            repairs.push(Repair { owner: Some(region.owner), change_2, moved_m, ..repair });
        }
    }

    /// Gives gaps within the tolerance to the neighbour with the longest shared border, smallest gaps first, until nothing
    /// more can be given; the others stay open.
    fn close_gaps(&self, tolerance: Tolerance, owner: &mut [Option<FaceId>], repairs: &mut Vec<Repair>) {
        let gaps = self.suspects.iter().filter(|(_, suspect)| suspect.repair.kind == RepairKind::Gap);
        let mut open: Vec<(u32, Repair)> = gaps.map(|(&cell, suspect)| (cell, suspect.repair.clone())).collect();
        open.sort_by(|a, b| a.1.area_m2.total_cmp(&b.1.area_m2).then(a.0.cmp(&b.0)));
        loop {
            let before = open.len();
            let mut still = Vec::new();
            for (cell, mut repair) in open {
                let around = &self.suspects[&cell].around;
                let mut shared_mm: BTreeMap<FaceId, u64> = BTreeMap::new();
                for &half in around {
                    if let Some(face) = owner[self.cells.left[half as usize ^ 1] as usize] {
                        *shared_mm.entry(face).or_default() += self.length_mm(half);
                    }
                }
                repair.parties = shared_mm.keys().copied().collect();
                let mut longest: Vec<(u64, FaceId)> = shared_mm.into_iter().map(|(face, mm)| (mm, face)).collect();
                longest.sort_unstable_by_key(|&(mm, face)| (std::cmp::Reverse(mm), face));
                let moved = |&(_, face): &(u64, FaceId)| {
                    let mut moved_m = self.gained_m(around, face, repair.width_m);
                    if moved_m.is_infinite() {
                        // it lies beyond others that the face has been given
                        moved_m = if repair.area_m2 <= tolerance.area_m2 {
                            self.gained_now_m(around, face, owner, repair.width_m)
                        } else {
                            self.reached_m(around, face)
                        };
                    }
                    tolerance.allows(&Repair { moved_m, ..repair.clone() }).then_some((face, moved_m))
                };
                let narrow = repair.width_m <= tolerance.width_m || repair.area_m2 <= tolerance.area_m2;
                match longest.iter().take(NEIGHBOURS_TRIED).filter(|_| narrow).find_map(moved) {
                    Some((face, moved_m)) => {
                        owner[cell as usize] = Some(face);
                        let change_2 = repair.area_2;
                        let kind = RepairKind::GapClosed;
                        repairs.push(Repair { kind, owner: Some(face), change_2, moved_m, ..repair });
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
}

impl Tolerance {
    pub(super) fn allows(&self, repair: &Repair) -> bool {
        let squat_m = self.moved_m.max(SQUAT * self.area_m2.sqrt());
        repair.width_m <= self.width_m && repair.moved_m <= self.moved_m
            || repair.area_m2 <= self.area_m2 && repair.moved_m <= squat_m
    }
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
    let mut list: Vec<String> = refused.iter().take(LISTED).map(|repair| place(repair, code)).collect();
    if refused.len() > LISTED {
        list.push(format!("and {} more", refused.len() - LISTED));
    }
    TopologyError::Overlap {
        count: refused.len(),
        area_m2: refused.iter().map(|repair| repair.area_m2).sum(),
        width_m: tolerance.moved_m,
        list: list.join(", "),
    }
}
