//! The borders between the buildings of one block: the Voronoi diagram of points along their walls.

use std::collections::BTreeMap;

use spade::{DelaunayTriangulation, HasPosition, Point2, Triangulation};

use super::Settings;
use super::blocks::{Blocks, Crowded, Place};
use super::clip::{Cut, Region, Xy};
use super::faces::{Sets, chain_mm};
use crate::geom::{Envelope, LatticePoint, metres_per_unit};

/// Walls are read at this distance from both ends of each edge, so that where two walls meet in a corner the border leaves
/// exactly from there. A part of the spacing.
const FROM_CORNER: f64 = 0.2;
/// Most points that the walls of one block are read at; longer walls are read farther apart.
const MOST_POINTS: f64 = 3e6;
/// Most steps along one edge of a wall: four kilometres at the default spacing.
const MOST_STEPS: f64 = 4096.0;
/// Borders may not come nearer to a wall by straightening than by this part of their distance.
const STRAIGHTEN_PART: f64 = 0.25;
/// A border that meets the rim this near to a corner of it, in metres, is led into the corner.
const INTO_CORNER_M: f64 = 0.05;
/// How far borders are drawn over the rim, in lattice units, so that they cross it for certain.
const PAST_UNITS: f64 = 2.0;
/// Whose the points far around a block are.
const NOBODY: u32 = u32::MAX;

/// What is drawn in one block.
#[derive(Debug, Clone, Default)]
pub(super) struct Borders {
    /// Lines with the footprints on their left and right.
    pub lines: Vec<(Vec<LatticePoint>, u32, u32)>,
    /// The block.
    pub zone: u32,
    /// Uninhabited footprints, each with the inhabited one it goes with in this block.
    pub annexes: Vec<(u32, u32)>,
}

/// A point on a wall.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Point2<f64>,
    owner: u32,
}

impl HasPosition for Sample {
    type Scalar = f64;

    fn position(&self) -> Point2<f64> {
        self.at
    }
}

/// The plane of one block, in metres around its middle.
struct Frame {
    x: f64,
    y: f64,
    east_m: f64,
    north_m: f64,
    envelope: Envelope,
}

impl Frame {
    fn new(envelope: Envelope) -> Self {
        let centre = envelope.centre();
        let (east_m, north_m) = metres_per_unit(centre.y_e7);
        // near a pole a degree of longitude is next to nothing
        let east_m = east_m.max(north_m / 100.0);
        Self { x: f64::from(centre.x_e7), y: f64::from(centre.y_e7), east_m, north_m, envelope }
    }

    fn metres(&self, p: LatticePoint) -> Xy {
        ((f64::from(p.x_e7) - self.x) * self.east_m, (f64::from(p.y_e7) - self.y) * self.north_m)
    }

    fn lattice(&self, (x, y): Xy) -> LatticePoint {
        let clamp = |v: f64, low: i32, high: i32| v.round().clamp(f64::from(low) - 4.0, f64::from(high) + 4.0) as i32;
        let (min, max) = (self.envelope.min, self.envelope.max);
        LatticePoint::new(
            clamp(x / self.east_m + self.x, min.x_e7, max.x_e7),
            clamp(y / self.north_m + self.y, min.y_e7, max.y_e7),
        )
    }

    /// The half diagonal of the block.
    fn reach_m(&self) -> f64 {
        let (x, y) = self.metres(self.envelope.max);
        x.hypot(y) + 1.0
    }
}

/// Draws the borders of one block. O(n log n) for n points along walls.
pub(super) fn draw(blocks: &Blocks, block: &Crowded, settings: &Settings) -> Borders {
    let points = |&chain: &u32| blocks.plane.chains[chain as usize].points.iter().copied();
    let Some(envelope) = Envelope::of(block.rim.iter().flat_map(points)) else {
        return Borders { lines: Vec::new(), zone: block.zone, annexes: annexes(blocks, block, &[], &BTreeMap::new()) };
    };
    let frame = Frame::new(envelope);
    let samples = samples(blocks, block, &frame, settings.spacing_m);
    // where the points are too many, too near or too few for a triangulation there is nothing to draw
    let Ok(net) = DelaunayTriangulation::<Sample>::bulk_load(samples) else {
        return Borders { lines: Vec::new(), zone: block.zone, annexes: annexes(blocks, block, &[], &BTreeMap::new()) };
    };
    let mut links = Vec::new();
    for edge in net.undirected_edges() {
        let [one, two] = edge.vertices().map(|vertex| vertex.data().owner);
        if one != two && one != NOBODY && two != NOBODY {
            links.push((edge.length_2().sqrt(), one.min(two), one.max(two)));
        }
    }
    let kinds: BTreeMap<u32, bool> = block
        .rim
        .iter()
        .chain(&block.party)
        .flat_map(|&chain| {
            let (left, right) = blocks.plane.sides[chain as usize];
            [left, right].map(|face| blocks.places[face as usize])
        })
        .filter(|place| place.zone() == Some(block.zone))
        .filter_map(|place| Some((place.footprint()?, matches!(place, Place::House { .. }))))
        .collect();
    let annexes = annexes(blocks, block, &links, &kinds);
    drop(links);
    let goes_with: BTreeMap<u32, u32> = annexes.iter().copied().collect();
    let owner = |footprint: u32| goes_with.get(&footprint).copied().unwrap_or(footprint);

    // edges between two owners, from the face right of the Delaunay edge to the face left of it: the owner of its start lies left
    let mut duals: Vec<Dual> = Vec::new();
    let mut corners: Vec<Option<Corner>> = vec![None; net.num_all_faces()];
    for edge in net.undirected_edges() {
        let edge = edge.as_directed();
        let (left, right) = (edge.from().data().owner, edge.to().data().owner);
        if left == NOBODY || right == NOBODY || owner(left) == owner(right) {
            continue;
        }
        let (Some(to), Some(from)) = (edge.face().as_inner(), edge.rev().face().as_inner()) else { continue };
        for face in [from, to] {
            corners[face.index()].get_or_insert_with(|| {
                let centre = face.circumcenter();
                let corner = face.vertices()[0].position();
                let radius_m = (centre.x - corner.x).hypot(centre.y - corner.y);
                Corner { at: (centre.x, centre.y), slack_m: settings.straighten_m.min(radius_m * STRAIGHTEN_PART) }
            });
        }
        duals.push(Dual { from: from.index() as u32, to: to.index() as u32, left: owner(left), right: owner(right) });
    }
    drop(net);
    let rim = block.rim.iter().flat_map(|&chain| blocks.plane.chains[chain as usize].points.windows(2));
    let region = Region::new(rim.map(|w| (frame.metres(w[0]), frame.metres(w[1]))).collect());
    let mut lines = Vec::new();
    for (path, left, right) in paths(&duals) {
        let path: Vec<&Corner> = path.iter().filter_map(|&face| corners[face as usize].as_ref()).collect();
        clip(&straightened(&path), &region, &frame, &mut |points| lines.push((points, left, right)));
    }
    Borders { lines, zone: block.zone, annexes }
}

/// A corner of the Voronoi diagram, and how far a border may be straightened there.
#[derive(Debug, Clone, Copy)]
struct Corner {
    at: Xy,
    slack_m: f64,
}

/// An edge of the Voronoi diagram between two owners.
#[derive(Debug, Clone, Copy)]
struct Dual {
    from: u32,
    to: u32,
    left: u32,
    right: u32,
}

/// Points along the walls that look on free ground, and four of nobody's far away, so that no border in the block runs to
/// infinity.
fn samples(blocks: &Blocks, block: &Crowded, frame: &Frame, spacing_m: f64) -> Vec<Sample> {
    let walls = || {
        block.rim.iter().filter_map(|&chain| {
            let (left, right) = blocks.plane.sides[chain as usize];
            let here = |face: u32| Some(blocks.places[face as usize]).filter(|place| place.zone() == Some(block.zone));
            let (left, right) = (here(left)?, here(right)?);
            Some((chain, left.footprint().or(right.footprint())?))
        })
    };
    let length = |w: &[LatticePoint]| {
        let ((ax, ay), (bx, by)) = (frame.metres(w[0]), frame.metres(w[1]));
        (bx - ax).hypot(by - ay)
    };
    let chain_m = |chain: u32| blocks.plane.chains[chain as usize].points.windows(2).map(length).sum::<f64>();
    let around_m: f64 = walls().map(|(chain, _)| chain_m(chain)).sum();
    let spacing_m = spacing_m.max(around_m / MOST_POINTS).max(0.01);
    let inset_m = spacing_m * FROM_CORNER;
    let mut samples = Vec::new();
    for (chain, owner) in walls() {
        for w in blocks.plane.chains[chain as usize].points.windows(2) {
            let (a, b) = (frame.metres(w[0]), frame.metres(w[1]));
            let length_m = length(w);
            let mut put = |t: f64| {
                let at = Point2::new(a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
                samples.push(Sample { at, owner });
            };
            if length_m <= 2.5 * inset_m {
                put(0.5);
                continue;
            }
            let steps = ((length_m - 2.0 * inset_m) / spacing_m).ceil().clamp(1.0, MOST_STEPS) as u32;
            let inset = inset_m / length_m;
            for step in 0..=steps {
                put(inset + (1.0 - 2.0 * inset) * f64::from(step) / f64::from(steps));
            }
        }
    }
    let far = frame.reach_m() * 40.0;
    let around = [(-far, -far), (far, -far), (far, far), (-far, far)];
    samples.extend(around.map(|(x, y)| Sample { at: Point2::new(x, y), owner: NOBODY }));
    samples
}

/// Which inhabited footprint each uninhabited one goes with: first along shared walls, longest first, then by nearness, shortest
/// distance first; sheds that stand together go together.
fn annexes(
    blocks: &Blocks,
    block: &Crowded,
    links: &[(f64, u32, u32)],
    inhabited: &BTreeMap<u32, bool>,
) -> Vec<(u32, u32)> {
    let mut shared_mm: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for &chain in &block.party {
        let (left, right) = blocks.plane.sides[chain as usize];
        let (left, right) = (blocks.places[left as usize].footprint(), blocks.places[right as usize].footprint());
        if let (Some(left), Some(right)) = (left, right) {
            *shared_mm.entry((left.min(right), left.max(right))).or_default() +=
                chain_mm(&blocks.plane.chains[chain as usize].points);
        }
    }
    let mut walls: Vec<_> = shared_mm.into_iter().map(|((one, two), mm)| (std::cmp::Reverse(mm), one, two)).collect();
    walls.sort_unstable();
    let mut near: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for &(m, one, two) in links {
        let least = near.entry((one, two)).or_insert(m);
        *least = least.min(m);
    }
    let mut near: Vec<_> = near.into_iter().map(|(pair, m)| (m, pair)).collect();
    near.sort_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1)));
    let ids: Vec<u32> = inhabited.keys().copied().collect();
    let number = |footprint: u32| ids.binary_search(&footprint).ok();
    let mut sets = Sets::new(ids.len());
    let mut house: Vec<Option<u32>> = ids.iter().map(|id| inhabited[id].then_some(*id)).collect();
    let pairs = walls.into_iter().map(|(_, one, two)| (one, two)).chain(near.into_iter().map(|(_, pair)| pair));
    for (one, two) in pairs {
        let (Some(one), Some(two)) = (number(one), number(two)) else { continue };
        let (one, two) = (sets.of(one as u32) as usize, sets.of(two as u32) as usize);
        if one != two && (house[one].is_none() || house[two].is_none()) {
            let lives = house[one].or(house[two]);
            sets.join(one as u32, two as u32);
            house[one.min(two)] = lives;
        }
    }
    (0..ids.len())
        .filter(|&i| !inhabited[&ids[i]])
        .filter_map(|i| Some((ids[i], house[sets.of(i as u32) as usize]?)))
        .collect()
}

/// Borders from one meeting of three owners to the next, each as the faces it passes, with the owners left and right of it.
fn paths(duals: &[Dual]) -> Vec<(Vec<u32>, u32, u32)> {
    let mut around: Vec<(u32, u32)> =
        duals.iter().enumerate().flat_map(|(i, dual)| [(dual.from, i as u32), (dual.to, i as u32)]).collect();
    around.sort_unstable();
    let at = |face: u32| {
        let first = around.partition_point(|&(other, _)| other < face);
        let count = around[first..].iter().take_while(|&&(other, _)| other == face).count();
        &around[first..first + count]
    };
    let onward = |face: u32, from: u32| match at(face) {
        &[(_, one), (_, two)] => Some(if one == from { two } else { one }),
        _ => None,
    };
    let other = |dual: u32, face: u32| {
        let dual = duals[dual as usize];
        if dual.from == face { dual.to } else { dual.from }
    };
    let mut used = vec![false; duals.len()];
    let mut paths = Vec::new();
    for start in 0..duals.len() as u32 {
        if used[start as usize] {
            continue;
        }
        let (mut first, mut from) = (start, duals[start as usize].from);
        while let Some(back) = onward(from, first) {
            if back == start {
                (first, from) = (start, duals[start as usize].from);
                break;
            }
            from = other(back, from);
            first = back;
        }
        let whole = duals[first as usize];
        let (left, right) = if whole.from == from { (whole.left, whole.right) } else { (whole.right, whole.left) };
        let mut path = vec![from];
        let (mut dual, mut here) = (first, from);
        loop {
            used[dual as usize] = true;
            here = other(dual, here);
            path.push(here);
            match onward(here, dual) {
                Some(next) if !used[next as usize] => dual = next,
                _ => break,
            }
        }
        paths.push((path, left, right));
    }
    paths
}

/// Leaves out corners that lie within their slack of the line between others (Douglas and Peucker 1973).
fn straightened(path: &[&Corner]) -> Vec<Xy> {
    let Some(last) = path.len().checked_sub(1).filter(|&last| last > 0) else { return Vec::new() };
    let mut keep = vec![false; path.len()];
    keep[0] = true;
    keep[last] = true;
    let mut open = vec![];
    if path[0].at == path[last].at {
        // a closed border is kept at its middle too, else it would fall together
        keep[last / 2] = true;
        open.extend([(0, last / 2), (last / 2, last)]);
    } else {
        open.push((0, last));
    }
    while let Some((from, to)) = open.pop() {
        let worst = (from + 1..to)
            .map(|i| (apart(path[i].at, path[from].at, path[to].at) - path[i].slack_m, i))
            .max_by(|one, two| one.0.total_cmp(&two.0).then(two.1.cmp(&one.1)));
        if let Some((over, i)) = worst
            && over > 0.0
        {
            keep[i] = true;
            open.extend([(from, i), (i, to)]);
        }
    }
    path.iter().zip(keep).filter(|&(_, keep)| keep).map(|(corner, _)| corner.at).collect()
}

/// Distance of a point from a closed segment.
fn apart(p: Xy, a: Xy, b: Xy) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length_2 = dx * dx + dy * dy;
    let t = if length_2 > 0.0 { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

/// The parts of a border on free ground, on the lattice.
fn clip(path: &[Xy], region: &Region, frame: &Frame, emit: &mut dyn FnMut(Vec<LatticePoint>)) {
    let mut line: Vec<LatticePoint> = Vec::new();
    let mut finish = |line: &mut Vec<LatticePoint>| {
        line.dedup();
        if line.len() > 1 {
            emit(std::mem::take(line));
        }
        line.clear();
    };
    let mut known = None;
    for w in path.windows(2) {
        let Some((a, b, whole)) = shortened(w[0], w[1], 2.0 * frame.reach_m()) else {
            finish(&mut line);
            known = None;
            continue;
        };
        let (parts, inside) = region.cut((a, b), known.filter(|_| whole));
        known = inside.filter(|_| whole);
        for part in parts {
            let Cut { from, to, from_edge, to_edge } = part;
            if from > 0.0 || from_edge.is_some() || line.is_empty() {
                finish(&mut line);
                line.push(end(region, frame, (b, a), 1.0 - from, from_edge));
            }
            line.push(end(region, frame, (a, b), to, to_edge));
            if to_edge.is_some() {
                finish(&mut line);
            }
        }
    }
    finish(&mut line);
}

/// Where a part of a segment ends: a little over the edge that it meets, or in a corner of it.
fn end(region: &Region, frame: &Frame, (a, b): (Xy, Xy), t: f64, edge: Option<u32>) -> LatticePoint {
    // a meeting of three borders must round to one point whichever of them comes
    let at = if t >= 1.0 { b } else { (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t) };
    let Some(edge) = edge else { return frame.lattice(at) };
    let (c, d) = region.edge(edge);
    let gap = |p: Xy| (p.0 - at.0).hypot(p.1 - at.1);
    let corner = if gap(c) <= gap(d) { c } else { d };
    if gap(corner) <= INTO_CORNER_M {
        return frame.lattice(corner);
    }
    let length = (b.0 - a.0).hypot(b.1 - a.1).max(1e-9);
    let past = PAST_UNITS * frame.north_m / length;
    frame.lattice((at.0 + (b.0 - a.0) * past, at.1 + (b.1 - a.1) * past))
}

/// The part of a segment within a square around the middle, and whether that is all of it.
fn shortened(a: Xy, b: Xy, half_m: f64) -> Option<(Xy, Xy, bool)> {
    let inside = |p: Xy| p.0.abs() <= half_m && p.1.abs() <= half_m;
    if inside(a) && inside(b) {
        return Some((a, b, true));
    }
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for (start, along) in [(a.0, b.0 - a.0), (a.1, b.1 - a.1)] {
        if !along.is_finite() {
            return None;
        }
        if along == 0.0 {
            if start.abs() > half_m {
                return None;
            }
            continue;
        }
        let (one, two) = ((-half_m - start) / along, (half_m - start) / along);
        from = from.max(one.min(two));
        to = to.min(one.max(two));
    }
    let at = |t: f64| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
    (from < to).then(|| (at(from), at(to), false))
}
