//! A mesh → the faces of one tile, in tile units, none overlapping another and no place left out.
//!
//! `frame` is the tile's box and exact cuts at it, `rim` who owns its rim, `trace` puts edges together to rings, `corner` finds
//! the face of a tile without borders. Here arcs are filtered, rounded and cut; a face whose arcs all lie within and need no care
//! is drawn from them as they are, and any other is traced.

mod corner;
mod frame;
mod rim;
mod trace;

use crate::coverage::simplify::{Mesh, Way};
use crate::geom::LatticePoint;

pub(super) use corner::owner;
pub(super) use frame::{Frame, MIDDLE, Place, Spot};
use frame::{HIGH, LOW};
use rim::Rim;
pub(super) use rim::{Label, NOBODY};
pub(super) use trace::{Rings, Tracer};

/// Which shape each face of a mesh is drawn as.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shown<'a> {
    /// Itself.
    Itself,
    /// Face i as `labels[i]`: the number of a face, or above those a number of something else.
    As(&'a [Label]),
    /// Face i as a part of shape `labels[i]`, or of none: labels are numbers of shapes alone, however many faces there are.
    PartOf(&'a [Label]),
}

impl Shown<'_> {
    pub(super) fn label(self, face: Option<crate::topology::FaceId>) -> Label {
        match (self, face) {
            (_, None) => NOBODY,
            (Self::Itself, Some(face)) => face.0,
            (Self::As(labels) | Self::PartOf(labels), Some(face)) => labels[face.0 as usize],
        }
    }
}

/// A run of an arc in the tile.
#[derive(Debug, Clone, Copy)]
struct Piece {
    arc: u32,
    start: u32,
    end: u32,
    left: Label,
    right: Label,
}

/// A border in the tile.
#[derive(Debug)]
pub(super) struct Line {
    pub run: Vec<Spot>,
    pub left: Label,
    pub right: Label,
    pub arc: u32,
}

/// A part of an edge in the tile, before it is led through hot pixels.
#[derive(Debug)]
struct Part {
    a: Place,
    b: Place,
    /// The place in the arc that the edge starts from.
    place: u32,
    within: frame::Within,
    /// Whether it goes on from the part before.
    continues: bool,
    arc: u32,
}

const ABSENT: u32 = u32::MAX;
/// Room asked for at first: tiles are cut by many threads at once, and lists that grow bit by bit have them wait for one another.
const SOME: usize = 256;

/// Numbers that were met.
#[derive(Debug, Default)]
struct Set(Vec<u64>);

impl Set {
    fn with_room(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn add(&mut self, i: u32) {
        self.0[i as usize / 64] |= 1 << (i % 64);
    }

    fn has(&self, i: u32) -> bool {
        self.0[i as usize / 64] >> (i % 64) & 1 == 1
    }

    fn each(&self) -> impl Iterator<Item = u32> {
        self.0.iter().enumerate().flat_map(|(word, &bits)| {
            let mut bits = bits;
            std::iter::from_fn(move || {
                (bits != 0).then(|| {
                    let bit = bits.trailing_zeros();
                    bits &= bits - 1;
                    word as u32 * 64 + bit
                })
            })
        })
    }
}

/// A tile's arcs, and who lies beside them.
#[derive(Debug)]
pub(super) struct Cut<'a> {
    mesh: &'a Mesh,
    shown: Shown<'a>,
    frame: Frame,
    spots: Vec<Spot>,
    pieces: Vec<Piece>,
    /// The first piece of each arc, from `first_arc` on.
    slots: Vec<u32>,
    first_arc: u32,
    rim: Rim,
    seen: Set,
    traced: Set,
}

/// What a tile has of one shape.
pub(super) enum Shape<'a> {
    /// Whole arcs: rings of ways, all within the tile.
    Whole(Vec<&'a [Way]>),
    /// Polygons.
    Traced(Vec<Rings>),
}

impl<'a> Cut<'a> {
    /// Filters, rounds and cuts the arcs of a tile. `labels` is more than any label. O(points of the arcs whose boxes meet the
    /// tile; of long arcs, those near it).
    pub fn new(mesh: &'a Mesh, shown: Shown<'a>, labels: usize, frame: Frame) -> Self {
        let mut hits = Vec::with_capacity(SOME);
        let (query, inner) = (frame.extent(0), frame.extent(1));
        mesh.meeting(&query, |arc, extent| hits.push((arc, inner.holds(extent))));
        let first_arc = hits.first().map_or(0, |hit| hit.0);
        let last_arc = hits.last().map_or(0, |hit| hit.0 + 1);
        let mut cut = Self {
            mesh,
            shown,
            frame,
            spots: Vec::with_capacity(SOME * 8),
            pieces: Vec::with_capacity(hits.len()),
            slots: vec![ABSENT; (last_arc - first_arc) as usize],
            first_arc,
            rim: Rim::default(),
            seen: Set::with_room(labels),
            traced: Set::with_room(labels),
        };
        let mut parts = Vec::with_capacity(SOME);
        for (arc, whole) in hits {
            let held = &mesh.arcs()[arc as usize];
            let (left, right) = (shown.label(held.left), shown.label(held.right));
            if left == right {
                continue;
            }
            if whole && !mesh.is_rough(arc, frame.zoom) {
                cut.whole(arc, left, right);
            } else {
                cut.parts(arc, &mut parts);
            }
        }
        cut.lead(&parts);
        cut
    }

    fn note(&mut self, left: Label, right: Label) {
        for label in [left, right] {
            if label != NOBODY {
                self.seen.add(label);
            }
        }
    }

    /// An arc within the tile that needs no care.
    fn whole(&mut self, arc: u32, left: Label, right: Label) {
        let start = self.spots.len() as u32;
        let (frame, zoom) = (self.frame, self.frame.zoom);
        let kept = self.mesh.points(arc).iter().zip(self.mesh.first_zooms(arc)).filter(|&(_, &first)| first <= zoom);
        self.spots.extend(kept.map(|(&p, _)| frame.spot_of(p)));
        self.slots[(arc - self.first_arc) as usize] = self.pieces.len() as u32;
        self.pieces.push(Piece { arc, start, end: self.spots.len() as u32, left, right });
        self.note(left, right);
    }

    /// The parts of an arc's drawn edges that lie in the box.
    fn parts(&mut self, arc: u32, parts: &mut Vec<Part>) {
        let held = &self.mesh.arcs()[arc as usize];
        let (left, right) = (self.shown.label(held.left), self.shown.label(held.right));
        let (mut last, mut continues): (Option<(u32, Place)>, bool) = (None, false);
        let (frame, mesh) = (self.frame, self.mesh);
        let rim = &mut self.rim;
        each_near(mesh, arc, &frame, |place, p| {
            let b = frame::place(p);
            if let Some((from, a)) = last.replace((place, b)) {
                match frame.cut(a, b) {
                    None => continues = false,
                    Some(within) => {
                        if within.enters {
                            rim.comes_in(within.from, left, right);
                        }
                        if within.leaves {
                            rim.goes_out(within.to, left, right);
                        }
                        let continues_now = continues && !within.enters;
                        parts.push(Part { a, b, place: from, within, continues: continues_now, arc });
                        continues = !within.leaves;
                    }
                }
            }
        });
    }

    /// Leads the parts through the hot pixels they pass, and makes pieces of them.
    fn lead(&mut self, parts: &[Part]) {
        let hot = self.rim.hot();
        let mut stops: Vec<Spot> = Vec::new();
        for part in parts {
            let held = &self.mesh.arcs()[part.arc as usize];
            let (left, right) = (self.shown.label(held.left), self.shown.label(held.right));
            let (from, to) = (part.within.from, part.within.to);
            if !part.continues {
                self.close_piece();
                let start = self.spots.len() as u32;
                self.pieces.push(Piece { arc: part.arc, start, end: start, left, right });
                self.note(left, right);
                for label in [left, right].into_iter().filter(|&label| label != NOBODY) {
                    self.traced.add(label);
                }
                self.spots.push(from);
                if frame::on_rim(from) {
                    self.rim.stop(from);
                }
            }
            stops.clear();
            if self.mesh.is_rough(part.arc, self.frame.zoom) {
                let of_arc = self.mesh.stops(part.arc, self.frame.zoom);
                let first = of_arc.partition_point(|stop| stop.from < part.place);
                let run = of_arc[first..].iter().take_while(|stop| stop.from == part.place);
                stops.extend(run.map(|stop| self.frame.spot_of_pixel((stop.x, stop.y))));
                let inside = |v: i32| (LOW..=HIGH).contains(&v);
                stops.retain(|&(x, y)| inside(x) && inside(y));
                if part.within.enters || part.within.leaves || stops.iter().any(|&spot| frame::on_rim(spot)) {
                    stops.retain(|&spot| self.frame.passes(part.a, part.b, spot));
                }
            }
            let (low, high) = ((from.0.min(to.0), from.1.min(to.1)), (from.0.max(to.0), from.1.max(to.1)));
            if low.0 == LOW || low.1 == LOW || high.0 == HIGH || high.1 == HIGH {
                rim::hot_near(&hot, low, high, |spot| {
                    if self.frame.passes(part.a, part.b, spot) {
                        stops.push(spot);
                    }
                });
            }
            // a segment runs one way along each axis, so this is the order in which it meets them
            let (sx, sy) = ((part.b.0 - part.a.0).signum() as i32, (part.b.1 - part.a.1).signum() as i32);
            stops.push(to);
            stops.sort_unstable_by_key(|&(x, y)| (sx * x + sy * y, x, y));
            for &spot in &stops {
                if self.spots.last() != Some(&spot) {
                    self.spots.push(spot);
                    if frame::on_rim(spot) {
                        self.rim.stop(spot);
                    }
                }
            }
        }
        self.close_piece();
    }

    fn close_piece(&mut self) {
        if let Some(piece) = self.pieces.last_mut().filter(|piece| piece.end == piece.start) {
            piece.end = self.spots.len() as u32;
        }
    }

    /// The spots of a piece.
    fn run(&self, piece: &Piece) -> &[Spot] {
        &self.spots[piece.start as usize..piece.end as usize]
    }

    /// Tells every shape of the tile, by label.
    pub fn shapes(&mut self, mut found: impl FnMut(&Self, Label, Shape<'_>)) {
        let mut rim = std::mem::take(&mut self.rim);
        let mut edges: Vec<(Label, Spot, Spot)> = Vec::with_capacity(SOME);
        rim.edges(
            || corner::owner(self.mesh, self.shown, &self.frame),
            |from, to, label| edges.push((label, from, to)),
        );
        for &(label, ..) in &edges {
            self.seen.add(label);
            self.traced.add(label);
        }
        edges.sort_unstable_by_key(|edge| edge.0);
        let mut sides: Vec<(Label, u32)> = Vec::with_capacity(SOME);
        for (i, piece) in self.pieces.iter().enumerate() {
            for (label, backward) in [(piece.left, 0), (piece.right, 1)] {
                if label != NOBODY && self.is_traced(label) {
                    sides.push((label, 2 * i as u32 + backward));
                }
            }
        }
        sides.sort_unstable();
        let (mut tracer, mut next_edge, mut next_side) = (Tracer::default(), 0, 0);
        for label in self.seen.each() {
            if !self.is_traced(label) {
                let rings = self.mesh.rings(crate::topology::FaceId(label));
                // a face without care lies within: of several rings, some may lie in other tiles
                let rings = rings.filter(|ring| self.piece_of(ring[0].arc).is_some()).collect();
                found(self, label, Shape::Whole(rings));
                continue;
            }
            while let Some(&(_, from, to)) = edges.get(next_edge).filter(|edge| edge.0 == label) {
                tracer.edge(from, to);
                next_edge += 1;
            }
            while let Some(&(_, side)) = sides.get(next_side).filter(|side| side.0 == label) {
                let run = self.run(&self.pieces[side as usize / 2]);
                for w in run.windows(2) {
                    if side.is_multiple_of(2) { tracer.edge(w[0], w[1]) } else { tracer.edge(w[1], w[0]) }
                }
                next_side += 1;
            }
            let polygons = tracer.trace();
            if !polygons.is_empty() {
                found(self, label, Shape::Traced(polygons));
            }
        }
        rim.clear();
    }

    /// Whether a shape is put together edge by edge.
    fn is_traced(&self, label: Label) -> bool {
        self.traced.has(label)
            || matches!(self.shown, Shown::PartOf(_))
            || label >= self.mesh.faces()
            || self.mesh.rings(crate::topology::FaceId(label)).len() == 0
    }

    fn piece_of(&self, arc: u32) -> Option<&Piece> {
        let slot = arc.checked_sub(self.first_arc).and_then(|at| self.slots.get(at as usize));
        slot.and_then(|&slot| self.pieces.get(slot as usize))
    }

    /// The spots along a way whose arc lies whole in the tile, its last one left out.
    pub fn along(&self, way: Way) -> (&[Spot], bool) {
        let run = self.piece_of(way.arc).map_or(&[][..], |piece| self.run(piece));
        (run, way.forward)
    }

    /// The runs of arcs in the tile, two spots or more each, with the number of their arc: each from its smaller end, in the order
    /// of their spots, so that they do not hang on how arcs run elsewhere.
    pub fn lines(&self) -> Vec<Line> {
        let line = |piece: &Piece| {
            let mut run = self.run(piece).to_vec();
            let (ahead, back) = (run.iter(), run.iter().rev());
            let turned = back.lt(ahead);
            if turned {
                run.reverse();
            }
            let (left, right) = if turned { (piece.right, piece.left) } else { (piece.left, piece.right) };
            Line { run, left, right, arc: piece.arc }
        };
        let mut lines: Vec<Line> = self.pieces.iter().filter(|piece| piece.end - piece.start >= 2).map(line).collect();
        lines.sort_unstable_by(|a, b| (&a.run, a.left, a.right).cmp(&(&b.run, b.left, b.right)));
        lines
    }
}

/// Tells the drawn vertices of an arc with their places. Of parts that lie beyond the same side of the box only the first and
/// the last vertex: nothing between them reaches it.
fn each_near(mesh: &Mesh, arc: u32, frame: &Frame, mut found: impl FnMut(u32, LatticePoint)) {
    let (points, zooms) = (mesh.points(arc), mesh.first_zooms(arc));
    let parts = mesh.parts(arc);
    if parts.is_empty() {
        for (place, (&p, _)) in points.iter().zip(zooms).enumerate().filter(|(_, (_, first))| **first <= frame.zoom) {
            found(place as u32, p);
        }
        return;
    }
    // the sides of the box that all points of the run lie beyond, and the last drawn vertex of it
    let (mut beyond, mut held): (u8, Option<u32>) = (0, None);
    for (number, part) in parts.iter().enumerate() {
        let first = number * Mesh::PART;
        let run = first..(first + Mesh::PART).min(points.len());
        let mut drawn = run.filter(|&i| zooms[i] <= frame.zoom);
        let Some(first) = drawn.next() else { continue };
        let corners = [(part.west, part.south), (part.east, part.north)];
        let sides = corners.iter().fold(0xF, |all, &(x, y)| all & frame.sides((i64::from(x), i64::from(y))));
        if beyond & sides != 0 {
            beyond &= sides;
            held = Some(drawn.next_back().unwrap_or(first) as u32);
            continue;
        }
        if let Some(last) = held.take() {
            found(last, points[last as usize]);
        }
        beyond = sides;
        found(first as u32, points[first]);
        if sides == 0 {
            drawn.for_each(|i| found(i as u32, points[i]));
        } else {
            held = drawn.next_back().map(|i| i as u32);
        }
    }
    if let Some(last) = held {
        found(last, points[last as usize]);
    }
}
