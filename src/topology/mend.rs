//! Shapes that do not fit together become a coverage, with every change accounted for.

use super::cells::cells;
use super::chain::chain;
use super::edges::{Edges, extract};
use super::halve::{cut_short, halves};
use super::moves::Moves;
use super::node::node;
use super::settle::{Ground, LISTED, Settled};
use super::split::{Region, outlines, regions};
use super::triangles::Triangles;
use super::widths::{REACH_M, Widths};
use super::{Built, Crossings, FaceId, Overlaps, Repair, RepairKind, Tolerance, TopologyError};
use crate::geom::{LatticePoint, MultiPolygon, area_m2};

/// How far [`mend`] may go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mending {
    /// Gaps and overlaps are settled where they are no wider than this in metres and no border moves farther; chosen from the
    /// data where `None`.
    pub width_m: Option<f64>,
    /// And those up to this area in square metres, whatever the width.
    pub area_m2: f64,
    /// What to do with overlaps beyond it.
    pub overlaps: Overlaps,
    /// What to do where a shape crosses itself beyond it.
    pub crossings: Crossings,
    /// The largest share of the area of all shapes that repairs may change, 0 to 1.
    pub most_share: f64,
}

impl Default for Mending {
    /// Tolerance from the data, larger overlaps and shapes that cross themselves refused, 2 % of the area.
    fn default() -> Self {
        Self {
            width_m: None,
            area_m2: Tolerance::default().area_m2,
            overlaps: Overlaps::Refuse,
            crossings: Crossings::Refuse,
            most_share: 0.02,
        }
    }
}

/// Twice the sums of areas in lattice units²: `shapes_2 + gaps_closed_2 + folds_2 - overlaps_2 = faces_2`, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    /// All shapes as they came, once snapped.
    pub shapes_2: i128,
    /// Gaps closed, whole or in pieces.
    pub gaps_closed_2: i128,
    /// What shapes lost where they overlapped.
    pub overlaps_2: i128,
    /// What settling folds added; mostly less than nothing.
    pub folds_2: i128,
    /// All faces in the end.
    pub faces_2: i128,
}

impl Ledger {
    /// Whether the sums agree.
    pub fn is_exact(&self) -> bool {
        self.shapes_2 + self.gaps_closed_2 + self.folds_2 - self.overlaps_2 == self.faces_2
    }

    fn new(ground: &Ground, settled: &Settled) -> Self {
        let mut ledger = Self::default();
        for (cell, &area_2) in (0..).zip(&ground.areas_2) {
            let times: i32 = ground.cover(cell).iter().map(|&(_, times)| times).sum();
            ledger.shapes_2 += area_2 * i128::from(times);
            ledger.faces_2 += if settled.owner[cell as usize].is_some() { area_2 } else { 0 };
        }
        for repair in &settled.built.repairs {
            match repair.kind {
                RepairKind::Gap => {}
                RepairKind::GapClosed | RepairKind::GapSplit => ledger.gaps_closed_2 += repair.change_2,
                RepairKind::OverlapSettled | RepairKind::OverlapHalved => ledger.overlaps_2 -= repair.change_2,
                RepairKind::FoldSettled => ledger.folds_2 += repair.change_2,
            }
        }
        ledger
    }
}

/// The result of [`mend`].
#[derive(Debug, Clone, PartialEq)]
pub struct Mended {
    /// Arcs, faces, and what was mended or left open.
    pub built: Built,
    /// The tolerance for gaps and folds.
    pub tolerance: Tolerance,
    /// The tolerance for overlaps.
    pub overlap_tolerance: Tolerance,
    /// How wide gaps and overlaps were.
    pub widths: Widths,
    /// The areas before and after.
    pub ledger: Ledger,
    /// Square metres of all shapes before, what each winds around counted once.
    pub area_m2: f64,
    /// Square metres of all repairs.
    pub repaired_m2: f64,
    /// How far borders moved, and how many vertices farther than the larger tolerance.
    pub moves: Moves,
}

impl Mended {
    /// The farthest in metres that a repair may move a border: the larger of the two tolerances.
    pub fn most_m(&self) -> f64 {
        self.tolerance.moved_m.max(self.overlap_tolerance.moved_m)
    }
}

/// Builds a coverage of `shapes` as [`super::build`] does, and splits gaps with many neighbours among them, so that shapes
/// that each were drawn alone fit together. No repair moves a border farther than the tolerance but for pieces of less than
/// `tolerance.area_m2`, and what [`Overlaps::SmallerCode`] gives away; how far each moved it is in the list, and where
/// repairs of one face meet, [`Moves`] tells what they come to. An overlap of two shapes up to twice as deep is cut
/// along its middle, unless the rule is to give it to the smaller code. Gaps that are open to the outside are closed where
/// they are narrow, too. O(n log n) for n points in reasonable position.
///
/// # Errors
/// As [`super::build`]; [`TopologyError::TooMuch`] when repairs would change more than the stated share of the area, and
/// [`TopologyError::LosesMost`] when a shape would lose over half of its own, unless the rule is
/// [`Overlaps::SmallerCode`].
pub fn mend(
    shapes: &[&MultiPolygon],
    code: &(dyn Fn(FaceId) -> String + Sync),
    mending: Mending,
) -> Result<Mended, TopologyError> {
    let refuse = mending.overlaps == Overlaps::Refuse;
    let edges = node(extract(shapes), None)?;
    let chains = chain(&edges);
    let cells_1 = cells(&chains);
    let mut ground = Ground::new(shapes, code, &chains, &cells_1, &[]);
    let reach_m = mending.width_m.unwrap_or(0.0).max(REACH_M);
    let triangles = between(&ground, reach_m)?;
    let widths = Widths::of(&ground, &triangles);
    let (gap_m, overlap_m) = mending.width_m.map_or_else(|| widths.tolerances_m(shapes.len()), |given| (given, given));
    let within = |width_m, moved_m| Tolerance { width_m, moved_m, area_m2: mending.area_m2 };
    let deepest_m = mending.width_m.map_or_else(|| ground.deepest_m(gap_m), |_| gap_m);
    let (tolerance, overlap_tolerance) = (within(gap_m, deepest_m), within(overlap_m, overlap_m));
    let found = Found { widths, tolerance, overlap_tolerance, mending };
    if refuse {
        ground.turn_m = overlap_tolerance.moved_m;
    }
    let short = if refuse { cut_short(&ground, &edges, overlap_tolerance)? } else { None };
    if short.is_none() && !ground.is_turned() {
        return split_gaps(&ground, edges, triangles, found);
    }
    drop(triangles);
    let edges = short.unwrap_or(edges);
    let chains = chain(&edges);
    let cells_2 = cells(&chains);
    let turn_m = ground.turn_m;
    let ground = Ground { turn_m, ..Ground::new(shapes, code, &chains, &cells_2, &[]) };
    let deep = halves(&ground, overlap_tolerance);
    let edges = with_regions(&edges, &deep, shapes.len() as u32)?;
    let chains = chain(&edges);
    let cells_3 = cells(&chains);
    let ground = Ground { turn_m, ..Ground::new(shapes, code, &chains, &cells_3, &deep) };
    let triangles = between(&ground, reach_m)?;
    split_gaps(&ground, edges, triangles, found)
}

/// What was found out before anything is settled.
struct Found {
    widths: Widths,
    tolerance: Tolerance,
    overlap_tolerance: Tolerance,
    mending: Mending,
}

/// The triangles of all gaps.
fn between(ground: &Ground, reach_m: f64) -> Result<Triangles, TopologyError> {
    let owners = ground.first_owners();
    let open: Vec<bool> = owners.iter().map(Option::is_none).collect();
    let clash = || TopologyError::Unsettled {
        at: ground.chains.first().map_or(LatticePoint::default(), |chain| chain.points[0]),
        rounds: 0,
    };
    Triangles::of(ground.chains, ground.cells, &owners, &open, reach_m).ok_or_else(clash)
}

/// The edges once more with pieces given away as shapes of their own, from number `first` on, so that their outlines are
/// noded with everything else.
fn with_regions(edges: &Edges, regions: &[Region], first: u32) -> Result<Edges, TopologyError> {
    let mut sides: Vec<_> = (0..edges.ends.len()).flat_map(|edge| edges.sides_of(edge)).collect();
    sides.extend(outlines(regions, first));
    let all = Edges::gather(sides);
    let fresh = all.ends.iter().map(|ends| edges.ends.binary_search(ends).is_err()).collect();
    node(all, Some(fresh))
}

/// Settles what is within the tolerance, and gives away the narrow pieces of gaps that are left.
fn split_gaps(ground: &Ground, edges: Edges, triangles: Triangles, found: Found) -> Result<Mended, TopologyError> {
    let rule = (found.mending.overlaps, found.mending.crossings, found.overlap_tolerance);
    let settled = ground.settle(found.tolerance, rule)?;
    let given = regions(&triangles, found.tolerance.width_m, &settled.owner);
    drop(triangles);
    if given.is_empty() {
        drop(edges);
        return finish(ground, settled, found);
    }
    let first = (ground.shapes.len() + ground.regions.len()) as u32;
    let chains = chain(&with_regions(&edges, &given, first)?);
    drop(edges);
    let cells = cells(&chains);
    let all: Vec<Region> = ground.regions.iter().cloned().chain(given).collect();
    let turn_m = ground.turn_m;
    let ground = Ground { turn_m, ..Ground::new(ground.shapes, ground.code, &chains, &cells, &all) };
    let settled = ground.settle(found.tolerance, rule)?;
    finish(&ground, settled, found)
}

fn finish(ground: &Ground, settled: Settled, found: Found) -> Result<Mended, TopologyError> {
    let Found { widths, tolerance, overlap_tolerance, mending } = found;
    let ledger = Ledger::new(ground, &settled);
    // loops weigh against each other in the area of a ring: here all that a shape winds around counts once
    let folds = settled.built.repairs.iter().filter(|repair| repair.kind == RepairKind::FoldSettled);
    let unfolded_m2: f64 = folds.map(|fold| fold.area_m2 * (fold.change_2 as f64 / fold.area_2 as f64)).sum();
    let area_m2 = ground.shapes.iter().map(|shape| area_m2(shape)).sum::<f64>() + unfolded_m2;
    let done = || settled.built.repairs.iter().filter(|repair| repair.kind != RepairKind::Gap);
    // a sum of nothing is -0
    let repaired_m2 = 0.0 + done().map(|repair| repair.area_m2).sum::<f64>();
    if repaired_m2 > mending.most_share * area_m2 {
        let list: Vec<String> = done().take(LISTED).map(|repair| place(repair, ground.code)).collect();
        return Err(TopologyError::TooMuch {
            percent: 100.0 * repaired_m2 / area_m2,
            most_percent: 100.0 * mending.most_share,
            area_m2: repaired_m2,
            list: list.join(", "),
        });
    }
    if mending.overlaps == Overlaps::Refuse {
        keeps_half(ground, &settled)?;
    }
    let built = settled.built;
    let moves = Moves::of(ground.shapes, &built.topology, tolerance.moved_m.max(overlap_tolerance.moved_m));
    Ok(Mended { built, tolerance, overlap_tolerance, widths, ledger, area_m2, repaired_m2, moves })
}

/// A repair in an error: parties, area and place.
pub(super) fn place(repair: &Repair, code: &dyn Fn(FaceId) -> String) -> String {
    let parties: Vec<String> = repair.parties.iter().map(|&face| code(face)).collect();
    format!("{} ({:.1} m², {:.1} m deep, at {})", parties.join(" and "), repair.area_m2, repair.moved_m, repair.at)
}

/// Refuses where overlaps take more than half of a shape.
fn keeps_half(ground: &Ground, settled: &Settled) -> Result<(), TopologyError> {
    let mut before_2 = vec![0_i128; ground.shapes.len()];
    let mut kept_2 = vec![0_i128; ground.shapes.len()];
    for (cell, &area_2) in (0..).zip(&ground.areas_2) {
        for &(face, _) in ground.cover(cell) {
            before_2[face as usize] += area_2;
            if settled.owner[cell as usize] == Some(FaceId(face)) {
                kept_2[face as usize] += area_2;
            }
        }
    }
    match (0..ground.shapes.len()).find(|&face| 2 * kept_2[face] < before_2[face]) {
        None => Ok(()),
        Some(face) => {
            let percent = 100.0 * (1.0 - kept_2[face] as f64 / before_2[face] as f64);
            Err(TopologyError::LosesMost { code: (ground.code)(FaceId(face as u32)), percent })
        }
    }
}
