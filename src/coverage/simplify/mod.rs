//! One coverage for all zooms: arcs with, for each vertex, the first zoom that draws it.
//!
//! In: shapes that tile a region, on any integer lattice (tiles give theirs in units of the world square). Out: a [`Mesh`].
//!
//! 1. What a zoom draws is a filter: an arc's vertices up to its zoom. Whatever the zoom, no two arcs cross or touch but at
//!    nodes, no arc crosses itself, and no face turns over or loses all its room (`rank`).
//! 2. A border is drawn the same for both sides: it is stored once.
//! 3. Where rounding to the units of a zoom would let edges cross, it is known where they must be led ([`Mesh::stops`]); the
//!    rest of the arcs needs no look (`hot`).
//! 4. What an arc keeps hangs on it and on what lies in the triangles of its vertices, not on the order of faces or arcs.
//! 5. Same input, same mesh, at any number of threads.
//!
//! Steps, one file each: `near` (points in a tree), `rank` (importance), `hot` (rounding), `boxes` (finding arcs). It never reads
//! files, clocks or random sources.

mod boxes;
mod hot;
mod near;
mod rank;
#[cfg(test)]
mod tests;

use std::ops::{Range, RangeInclusive};

use rayon::prelude::*;

use crate::geom::{LatticePoint, MultiPolygon};
use crate::topology::{FaceId, Linework, TopologyError, cycles, followers, plane, points_of, strings};

pub use boxes::Extent;
pub use hot::{Pixels, Stop};

use boxes::Boxes;
use near::Near;

/// The zoom whose unit is one lattice unit.
pub const FINEST_ZOOM: u8 = 20;
/// From this zoom on every vertex is drawn.
pub const FULL_ZOOM: u8 = 16;
/// A vertex is drawn where its effective area is that of a square with this side, in units of the zoom: half a pixel of a
/// 512-pixel tile of 4096 units. A border then moves by about that much at most, which no screen shows.
pub const TOLERANCE_UNITS: u64 = 4;
/// Arcs longer than this have boxes of their parts, so that a deep tile skips what is far.
const BLOCK: usize = 64;

/// A border of a [`Mesh`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeshArc {
    start: u32,
    end: u32,
    /// The face on its left.
    pub left: Option<FaceId>,
    /// The face on its right.
    pub right: Option<FaceId>,
}

/// A way along an arc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The arc.
    pub arc: u32,
    /// Whether it is walked as it is stored.
    pub forward: bool,
}

/// Where rounding to a zoom's units needs care.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Roughness {
    /// Arcs, ascending.
    arcs: Vec<u32>,
    /// By arc, then place.
    stops: Vec<Stop>,
}

/// Arcs of a coverage, ranked for all zooms. Immutable.
#[derive(Debug, Clone, Default)]
pub struct Mesh {
    points: Vec<LatticePoint>,
    first_zoom: Vec<u8>,
    arcs: Vec<MeshArc>,
    /// Bit z: drawn with care at zoom z.
    rough: Vec<u32>,
    /// By zoom.
    roughness: Vec<Roughness>,
    faces: u32,
    /// Boxes of parts of long arcs: those of arc i are `parts[part_starts[i]..part_starts[i + 1]]`.
    parts: Vec<Extent>,
    part_starts: Vec<u32>,
    /// The rings of faces whose rings are known to be simple: outer one first, face on the left.
    ways: Vec<Way>,
    ring_starts: Vec<u32>,
    face_starts: Vec<u32>,
    boxes: Boxes,
}

/// A border before it is ranked.
type Border = (Vec<LatticePoint>, Option<FaceId>, Option<FaceId>);

impl Mesh {
    /// The mesh of shapes that should tile; face i is shape i. Where they do not, cells that several cover go to the first of
    /// them, and what none covers is in no face. O(n log n).
    ///
    /// # Errors
    /// When rounding does not settle.
    pub fn new(shapes: &[&MultiPolygon]) -> Result<Self, TopologyError> {
        Ok(Self::of_borders(borders(shapes)?, shapes.len() as u32))
    }

    /// The mesh of the same ground by coarser faces: face i becomes part of `parents[i]`, and borders within one vanish.
    /// O(n log n).
    ///
    /// # Panics
    /// When `parents` is shorter than the faces.
    #[must_use]
    pub fn merged(&self, parents: &[FaceId], faces: u32) -> Self {
        let parent = |face: Option<FaceId>| face.map(|face| parents[face.0 as usize]);
        let mut edges = Vec::new();
        for (arc, held) in self.arcs.iter().enumerate() {
            let (left, right) = (parent(held.left), parent(held.right));
            if left != right {
                edges.extend(self.points(arc as u32).windows(2).map(|w| labelled(w[0], w[1], left, right)));
            }
        }
        Self::of_borders(chained(edges), faces)
    }

    fn of_borders(mut borders: Vec<Border>, faces: u32) -> Self {
        borders.par_sort_by_cached_key(|(points, ..)| {
            let extent = extent_of(points);
            (curve(extent), points[0], points[1])
        });
        let lines: Vec<&[LatticePoint]> = borders.iter().map(|(points, ..)| points.as_slice()).collect();
        let near = Near::new(rank::marked(lines.iter().enumerate().map(|(i, line)| (i as u32, *line))));
        let least = rank::least_kept(&lines);
        let zooms_of: Vec<Vec<u8>> =
            lines.par_iter().enumerate().map(|(i, line)| rank::rank(line, i as u32, least[i], &near)).collect();
        drop(near);
        let mut mesh = Self { faces, ..Self::default() };
        mesh.points.reserve_exact(lines.iter().map(|line| line.len()).sum());
        mesh.part_starts.push(0);
        for ((points, left, right), first_zoom) in borders.iter().zip(&zooms_of) {
            let start = mesh.points.len() as u32;
            mesh.points.extend_from_slice(points);
            mesh.first_zoom.extend_from_slice(first_zoom);
            mesh.arcs.push(MeshArc { start, end: mesh.points.len() as u32, left: *left, right: *right });
            if points.len() > BLOCK {
                mesh.parts.extend(points.chunks(BLOCK).map(extent_of));
            }
            mesh.part_starts.push(mesh.parts.len() as u32);
        }
        mesh.boxes = Boxes::new(lines.iter().map(|line| extent_of(line)).collect());
        mesh.find_rings(&lines);
        mesh.rough = vec![0; mesh.arcs.len()];
        mesh.roughness = vec![Roughness::default(); usize::from(FINEST_ZOOM) + 1];
        mesh
    }

    /// Finds the rings of every face of which all are simple and lie in one outer ring, or all are outer rings.
    fn find_rings(&mut self, lines: &[&[LatticePoint]]) {
        let next = followers(lines);
        let mut rings: Vec<(u32, i32, Vec<u32>)> = Vec::new();
        let mut unsure = vec![false; self.faces as usize];
        for cycle in cycles(&next) {
            let half = cycle[0];
            let arc = &self.arcs[half as usize / 2];
            let Some(face) = (if half.is_multiple_of(2) { arc.left } else { arc.right }) else { continue };
            let points = points_of(lines, &cycle);
            let o = points[0];
            let area_2: i128 = points.windows(2).map(|w| crate::geom::orientation(o, w[0], w[1])).sum();
            // only nodes can come twice
            let mut nodes: Vec<LatticePoint> = cycle
                .iter()
                .map(|&half| {
                    let line = lines[half as usize / 2];
                    if half.is_multiple_of(2) { line[0] } else { line[line.len() - 1] }
                })
                .collect();
            nodes.sort_unstable();
            if nodes.windows(2).any(|w| w[0] == w[1]) {
                unsure[face.0 as usize] = true;
            }
            rings.push((face.0, -(area_2.signum() as i32), cycle));
        }
        rings.sort_unstable();
        self.ring_starts.push(0);
        self.face_starts.push(0);
        let mut rings = rings.into_iter().peekable();
        for face in 0..self.faces {
            let (first_ring, first_way) = (self.ring_starts.len() - 1, self.ways.len());
            let (mut outer, mut inner) = (0, 0);
            while let Some((_, sign, cycle)) = rings.next_if(|(of, ..)| *of == face) {
                if sign < 0 {
                    outer += 1;
                } else {
                    inner += 1;
                }
                self.ways.extend(cycle.iter().map(|&half| Way { arc: half / 2, forward: half.is_multiple_of(2) }));
                self.ring_starts.push(self.ways.len() as u32);
            }
            if unsure[face as usize] || outer == 0 || (outer > 1 && inner > 0) {
                self.ring_starts.truncate(first_ring + 1);
                self.ways.truncate(first_way);
            }
            self.face_starts.push(self.ring_starts.len() as u32 - 1);
        }
    }

    /// The mesh with what drawing it at these zooms needs. O(n) for each.
    #[must_use]
    pub fn prepared(mut self, zooms: RangeInclusive<u8>) -> Self {
        let ranges: Vec<Range<usize>> = self.arcs.iter().map(|arc| arc.start as usize..arc.end as usize).collect();
        let drawn = hot::Drawn { arcs: &ranges, points: &self.points, first_zoom: &self.first_zoom };
        let of = |(arcs, stops)| Roughness { arcs, stops };
        let mut found: Vec<Roughness> = (0..=FULL_ZOOM)
            .into_par_iter()
            .map(|zoom| if zooms.contains(&zoom) { of(drawn.rough(zoom, |_| true)) } else { Roughness::default() })
            .collect();
        let above = drawn.rough_above(FULL_ZOOM, |_| true).into_iter().zip(FULL_ZOOM + 1..);
        found.extend(above.map(|(rough, zoom)| if zooms.contains(&zoom) { of(rough) } else { Roughness::default() }));
        for (zoom, rough) in found.iter().enumerate() {
            for &arc in &rough.arcs {
                self.rough[arc as usize] |= 1 << zoom;
            }
        }
        self.roughness = found;
        self
    }

    /// Twice the area of all faces, in lattice units². Exact. O(points).
    pub fn area_2(&self) -> i128 {
        let around = |arc: &MeshArc, points: &[LatticePoint]| -> i128 {
            let sum = points.windows(2).map(|w| wedge(place(w[0]), place(w[1]))).sum::<i128>();
            sum * (i128::from(arc.left.is_some()) - i128::from(arc.right.is_some()))
        };
        self.arcs.iter().map(|arc| around(arc, &self.points[arc.start as usize..arc.end as usize])).sum()
    }

    /// The faces that have no area left when rounded to the units of a zoom that the mesh is prepared for, ascending. O(points
    /// of the faces with an arc that needs care).
    pub fn collapsed(&self, zoom: u8) -> Vec<FaceId> {
        let mut suspects: Vec<u32> = self.roughness[usize::from(zoom)]
            .arcs
            .iter()
            .flat_map(|&arc| [self.arcs[arc as usize].left, self.arcs[arc as usize].right])
            .flatten()
            .map(|face| face.0)
            .collect();
        suspects.sort_unstable();
        suspects.dedup();
        self.collapsed_among(zoom, &suspects).into_iter().map(FaceId).collect()
    }

    /// As [`Mesh::collapsed`], of these faces, which are in ascending order.
    pub(crate) fn collapsed_among(&self, zoom: u8, suspects: &[u32]) -> Vec<u32> {
        let mut areas = vec![0_i128; suspects.len()];
        if suspects.is_empty() {
            return Vec::new();
        }
        let mut drawn = Vec::new();
        for (number, arc) in self.arcs.iter().enumerate() {
            let place = |face: Option<FaceId>| face.and_then(|face| suspects.binary_search(&face.0).ok());
            let (left, right) = (place(arc.left), place(arc.right));
            if left.is_none() && right.is_none() {
                continue;
            }
            self.draw(number as u32, zoom, &mut drawn);
            let sum: i128 = drawn.windows(2).map(|w| wedge(w[0], w[1])).sum();
            if let Some(i) = left {
                areas[i] += sum;
            }
            if let Some(i) = right {
                areas[i] -= sum;
            }
        }
        suspects.iter().zip(areas).filter(|(_, area)| *area == 0).map(|(&face, _)| face).collect()
    }

    /// An arc as a zoom draws it: in whole units from the lattice's origin, led through the pixels it passes. O(points).
    pub fn draw(&self, arc: u32, zoom: u8, drawn: &mut Vec<(i64, i64)>) {
        let pixels = Pixels::new(zoom);
        let mut stops = self.stops(arc, zoom).iter().peekable();
        drawn.clear();
        let mut last: Option<(u32, (i64, i64))> = None;
        for (i, (&p, _)) in
            self.points(arc).iter().zip(self.first_zooms(arc)).enumerate().filter(|(_, (_, first))| **first <= zoom)
        {
            let here = place(p);
            if let Some((from, before)) = last.replace((i as u32, here)) {
                let start = drawn.len();
                while let Some(stop) = stops.next_if(|stop| stop.from == from) {
                    drawn.push((i64::from(stop.x), i64::from(stop.y)));
                }
                let (sx, sy) = ((here.0 - before.0).signum(), (here.1 - before.1).signum());
                drawn[start..].sort_unstable_by_key(|&(x, y)| sx * x + sy * y);
            }
            drawn.push((pixels.of(here.0), pixels.of(here.1)));
        }
        drawn.dedup();
    }

    /// How many faces there are.
    pub const fn faces(&self) -> u32 {
        self.faces
    }

    /// The arcs, in the order of a curve through the plane.
    pub fn arcs(&self) -> &[MeshArc] {
        &self.arcs
    }

    /// The points of an arc.
    pub fn points(&self, arc: u32) -> &[LatticePoint] {
        let arc = &self.arcs[arc as usize];
        &self.points[arc.start as usize..arc.end as usize]
    }

    /// For each point of an arc the first zoom that draws it.
    pub fn first_zooms(&self, arc: u32) -> &[u8] {
        let arc = &self.arcs[arc as usize];
        &self.first_zoom[arc.start as usize..arc.end as usize]
    }

    /// Whether an arc is drawn with care at a zoom: it shares pixels with others, or is led through theirs.
    pub fn is_rough(&self, arc: u32, zoom: u8) -> bool {
        self.rough[arc as usize] >> zoom & 1 == 1
    }

    /// The pixels an arc is led through at a zoom, by the place its edge starts from.
    pub fn stops(&self, arc: u32, zoom: u8) -> &[Stop] {
        let stops = &self.roughness[zoom as usize].stops;
        let first = stops.partition_point(|stop| stop.arc < arc);
        let count = stops[first..].iter().take_while(|stop| stop.arc == arc).count();
        &stops[first..first + count]
    }

    /// The rings of a face: the face on the left, outer rings first; all outer, or one outer with its holes. None where that
    /// is not known.
    pub fn rings(&self, face: FaceId) -> impl ExactSizeIterator<Item = &[Way]> {
        let run = self.face_starts[face.0 as usize] as usize..self.face_starts[face.0 as usize + 1] as usize;
        run.map(|ring| &self.ways[self.ring_starts[ring] as usize..self.ring_starts[ring + 1] as usize])
    }

    /// The boxes of parts of 64 points of an arc; none for a short one.
    pub fn parts(&self, arc: u32) -> &[Extent] {
        &self.parts[self.part_starts[arc as usize] as usize..self.part_starts[arc as usize + 1] as usize]
    }

    /// Points in a part.
    pub const PART: usize = BLOCK;

    /// The box of all arcs.
    pub fn extent(&self) -> Option<Extent> {
        self.boxes.extent()
    }

    /// Tells the arcs whose box meets the query, ascending.
    pub fn meeting(&self, query: &Extent, mut found: impl FnMut(u32, &Extent)) {
        self.boxes.meeting(query, &mut found);
    }

    /// Bytes it takes in memory, about.
    pub fn bytes(&self) -> usize {
        self.points.len() * 9
            + self.arcs.len() * (size_of::<MeshArc>() + 4 + 4 + 17)
            + self.ways.len() * size_of::<Way>()
            + self.parts.len() * 16
            + self.roughness.iter().map(|r| r.stops.len() * size_of::<Stop>() + r.arcs.len() * 4).sum::<usize>()
    }
}

fn place(p: LatticePoint) -> (i64, i64) {
    (p.x(), p.y())
}

/// Twice the signed area of the triangle of the origin and an edge.
fn wedge(a: (i64, i64), b: (i64, i64)) -> i128 {
    i128::from(a.0) * i128::from(b.1) - i128::from(a.1) * i128::from(b.0)
}

/// For each point of a line by itself the first zoom that draws it; a line that does not cross itself never comes to. O(n log n).
pub fn line_zooms(points: &[LatticePoint]) -> Vec<u8> {
    if points.len() < 2 {
        return vec![0; points.len()];
    }
    let near = Near::new(rank::marked([(0, points)]));
    let closed = points[0] == points[points.len() - 1];
    rank::rank(points, 0, if closed { 2 } else { 0 }, &near)
}

/// An edge from its smaller end, and what lies left and right of it.
type Labelled = (LatticePoint, LatticePoint, Option<FaceId>, Option<FaceId>);

fn labelled(a: LatticePoint, b: LatticePoint, left: Option<FaceId>, right: Option<FaceId>) -> Labelled {
    if a < b { (a, b, left, right) } else { (b, a, right, left) }
}

/// The borders between shapes: nodes are where more or fewer than two edges meet.
fn borders(shapes: &[&MultiPolygon]) -> Result<Vec<Border>, TopologyError> {
    let mut work = Linework::default();
    for (face, shape) in shapes.iter().enumerate() {
        work.shape(shape, face as u32);
    }
    let plane = plane(work, shapes.len() as u32)?;
    let owner = |cell: u32| {
        let cover = &plane.cover[cell as usize];
        cover.iter().filter(|&&(_, times)| times > 0).map(|&(face, _)| FaceId(face)).min()
    };
    let mut edges = Vec::new();
    for (chain, &(left, right)) in plane.chains.iter().zip(&plane.sides) {
        let (left, right) = (owner(left), owner(right));
        if left != right {
            edges.extend(chain.points.windows(2).map(|w| labelled(w[0], w[1], left, right)));
        }
    }
    Ok(chained(edges))
}

/// Edges that meet only at ends, put together to borders as long as they go.
fn chained(mut edges: Vec<Labelled>) -> Vec<Border> {
    edges.par_sort_unstable_by_key(|&(a, b, ..)| (a, b));
    let ends: Vec<(LatticePoint, LatticePoint)> = edges.iter().map(|&(a, b, ..)| (a, b)).collect();
    let border = |points: Vec<LatticePoint>| {
        let (a, b) = (points[0].min(points[1]), points[0].max(points[1]));
        let at = ends.binary_search(&(a, b)).expect("a chain is made of these edges");
        let (_, _, left, right) = edges[at];
        if a == points[0] { (points, left, right) } else { (points, right, left) }
    };
    strings(&ends).into_iter().map(border).collect()
}

fn extent_of(points: &[LatticePoint]) -> Extent {
    points
        .iter()
        .fold(Extent::EMPTY, |sum, p| sum.around(Extent { west: p.x_e7, south: p.y_e7, east: p.x_e7, north: p.y_e7 }))
}

/// Where the middle of a box lies along Morton's curve (1966).
fn curve(extent: Extent) -> u64 {
    let spread = |v: i64| {
        let mut v = (v + (1 << 31)) as u64 & 0xFFFF_FFFF;
        for (by, mask) in [
            (16, 0x0000_FFFF_0000_FFFF),
            (8, 0x00FF_00FF_00FF_00FF),
            (4, 0x0F0F_0F0F_0F0F_0F0F),
            (2, 0x3333_3333_3333_3333),
            (1, 0x5555_5555_5555_5555_u64),
        ] {
            v = (v | v << by) & mask;
        }
        v
    };
    let middle = |a: i32, b: i32| (i64::from(a) + i64::from(b)) >> 1;
    spread(middle(extent.west, extent.east)) | spread(middle(extent.south, extent.north)) << 1
}
