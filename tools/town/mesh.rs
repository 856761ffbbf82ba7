//! The planar subdivision the town is drawn on.
//!
//! In: outlines, then lines to cut along. Out: faces that tile the outlines.
//! 1. Nodes lie on the integer lattice (1e-7 degree); a node on a border stands in the rings of both neighbours.
//! 2. Faces are counter-clockwise simple rings; their areas sum exactly to the outlines'.
//! 3. A cut that would cross a face's own border is refused, never bent.

use std::collections::HashMap;

/// A place in metres east and north of the town's origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Metres east of the origin.
    pub east_m: f64,
    /// Metres north of the origin.
    pub north_m: f64,
}

/// Shorthand for a [`Place`].
pub const fn place(east_m: f64, north_m: f64) -> Place {
    Place { east_m, north_m }
}

impl Place {
    /// Vector sum.
    pub fn plus(self, other: Place) -> Place {
        place(self.east_m + other.east_m, self.north_m + other.north_m)
    }
    /// Vector difference.
    pub fn minus(self, other: Place) -> Place {
        place(self.east_m - other.east_m, self.north_m - other.north_m)
    }
    /// Scaled vector.
    pub fn times(self, k: f64) -> Place {
        place(self.east_m * k, self.north_m * k)
    }
    /// Scalar product.
    pub fn dot(self, other: Place) -> f64 {
        self.east_m * other.east_m + self.north_m * other.north_m
    }
    /// Cross product: positive when `other` lies to the left.
    pub fn cross(self, other: Place) -> f64 {
        self.east_m * other.north_m - self.north_m * other.east_m
    }
    /// Length in metres.
    pub fn length_m(self) -> f64 {
        self.dot(self).sqrt()
    }
    /// The vector of length one in the same direction; east for the zero vector.
    pub fn unit(self) -> Place {
        let length_m = self.length_m();
        if length_m > 0.0 { self.times(1.0 / length_m) } else { place(1.0, 0.0) }
    }
    /// Turned a quarter to the left.
    pub fn left(self) -> Place {
        place(-self.north_m, self.east_m)
    }
    /// Distance in metres.
    pub fn to_m(self, other: Place) -> f64 {
        self.minus(other).length_m()
    }
}

/// Longitude of the origin, lattice units.
const ORIGIN_LON: i64 = 1_129_040_000;
/// Latitude of the origin, lattice units.
const ORIGIN_LAT: i64 = 305_710_000;
/// Metres in one lattice unit of longitude at the origin's latitude (CGCS2000 ellipsoid).
const LON_UNIT_M: f64 = 0.009_592_6;
/// Metres in one lattice unit of latitude there.
const LAT_UNIT_M: f64 = 0.011_086_0;

/// A lattice point: longitude and latitude in 1e-7 degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lattice {
    /// Longitude, 1e-7 degree.
    pub lon: i64,
    /// Latitude, 1e-7 degree.
    pub lat: i64,
}

impl Lattice {
    /// The lattice point nearest to a place.
    pub fn nearest(at: Place) -> Lattice {
        Lattice {
            lon: ORIGIN_LON + (at.east_m / LON_UNIT_M).round() as i64,
            lat: ORIGIN_LAT + (at.north_m / LAT_UNIT_M).round() as i64,
        }
    }
    /// The place of this lattice point.
    pub fn place(self) -> Place {
        place((self.lon - ORIGIN_LON) as f64 * LON_UNIT_M, (self.lat - ORIGIN_LAT) as f64 * LAT_UNIT_M)
    }
}

/// Twice the signed area of a ring in lattice units squared.
pub fn twice_area(ring: &[Lattice]) -> i128 {
    let mut sum = 0i128;
    for (i, a) in ring.iter().enumerate() {
        let b = ring[(i + 1) % ring.len()];
        sum += i128::from(a.lon) * i128::from(b.lat) - i128::from(b.lon) * i128::from(a.lat);
    }
    sum
}

/// Orientation of `c` seen along `a` to `b`: positive to the left.
pub fn turn(a: Lattice, b: Lattice, c: Lattice) -> i128 {
    i128::from(b.lon - a.lon) * i128::from(c.lat - a.lat) - i128::from(b.lat - a.lat) * i128::from(c.lon - a.lon)
}

/// Whether the closed segments meet in any point.
pub fn segments_meet(a: Lattice, b: Lattice, c: Lattice, d: Lattice) -> bool {
    let (abc, abd, cda, cdb) = (turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b));
    let between = |p: Lattice, q: Lattice, r: Lattice| {
        r.lon >= p.lon.min(q.lon) && r.lon <= p.lon.max(q.lon) && r.lat >= p.lat.min(q.lat) && r.lat <= p.lat.max(q.lat)
    };
    if abc.signum() * abd.signum() < 0 && cda.signum() * cdb.signum() < 0 {
        return true;
    }
    (abc == 0 && between(a, b, c)) || (abd == 0 && between(a, b, d)) || (cda == 0 && between(c, d, a)) || (cdb == 0 && between(c, d, b))
}

/// Whether a place lies inside a ring of places (even-odd rule).
pub fn encloses(ring: &[Place], at: Place) -> bool {
    let mut inside = false;
    for (i, a) in ring.iter().enumerate() {
        let b = ring[(i + 1) % ring.len()];
        if (a.north_m > at.north_m) != (b.north_m > at.north_m) {
            let east_m = a.east_m + (at.north_m - a.north_m) / (b.north_m - a.north_m) * (b.east_m - a.east_m);
            if at.east_m < east_m {
                inside = !inside;
            }
        }
    }
    inside
}

/// Distance in metres from a place to a segment.
pub fn to_segment_m(at: Place, a: Place, b: Place) -> f64 {
    let d = b.minus(a);
    let t = (at.minus(a).dot(d) / d.dot(d).max(1e-12)).clamp(0.0, 1.0);
    at.to_m(a.plus(d.times(t)))
}

/// The subdivision.
#[derive(Default)]
pub struct Mesh {
    /// Nodes by id.
    pub nodes: Vec<Lattice>,
    /// Open counter-clockwise rings of node ids, by face id.
    pub faces: Vec<Vec<u32>>,
    /// The street on an edge, by its ends in ascending order.
    streets: HashMap<(u32, u32), u16>,
    owner: HashMap<(u32, u32), u32>,
    by_place: HashMap<Lattice, u32>,
    neighbours: Vec<Vec<u32>>,
}

fn key(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

impl Mesh {
    fn node(&mut self, at: Lattice) -> u32 {
        if let Some(&id) = self.by_place.get(&at) {
            return id;
        }
        let id = self.nodes.len() as u32;
        self.nodes.push(at);
        self.neighbours.push(Vec::new());
        self.by_place.insert(at, id);
        id
    }

    fn link(&mut self, a: u32, b: u32) {
        for (p, q) in [(a, b), (b, a)] {
            if !self.neighbours[p as usize].contains(&q) {
                self.neighbours[p as usize].push(q);
            }
        }
    }

    /// Adds an outline (counter-clockwise) as a face of its own.
    pub fn outline(&mut self, ring: &[Place]) -> u32 {
        let ids: Vec<u32> = ring.iter().map(|&at| self.node(Lattice::nearest(at))).collect();
        self.add_face(ids)
    }

    fn add_face(&mut self, ring: Vec<u32>) -> u32 {
        let id = self.faces.len() as u32;
        for i in 0..ring.len() {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            self.owner.insert((a, b), id);
            self.link(a, b);
        }
        self.faces.push(ring);
        id
    }

    /// The place of a node.
    pub fn at(&self, node: u32) -> Place {
        self.nodes[node as usize].place()
    }

    /// The ring of a face as places.
    pub fn ring(&self, face: u32) -> Vec<Place> {
        self.faces[face as usize].iter().map(|&n| self.at(n)).collect()
    }

    /// The ring of a face on the lattice.
    pub fn lattice_ring(&self, face: u32) -> Vec<Lattice> {
        self.faces[face as usize].iter().map(|&n| self.nodes[n as usize]).collect()
    }

    /// Directed edges of a face.
    pub fn edges(&self, face: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let ring = &self.faces[face as usize];
        (0..ring.len()).map(move |i| (ring[i], ring[(i + 1) % ring.len()]))
    }

    /// The face to the left of a directed edge.
    pub fn left_of(&self, a: u32, b: u32) -> Option<u32> {
        self.owner.get(&(a, b)).copied()
    }

    /// The street that runs along an edge.
    pub fn street_on(&self, a: u32, b: u32) -> Option<u16> {
        self.streets.get(&key(a, b)).copied()
    }

    /// Nodes joined to a node by an edge.
    pub fn joined(&self, node: u32) -> &[u32] {
        &self.neighbours[node as usize]
    }

    /// Area of a face in square metres.
    pub fn area_m2(&self, face: u32) -> f64 {
        ring_area_m2(&self.ring(face))
    }

    /// A place well inside a face: the middle of its widest span on a few parallels.
    pub fn inner(&self, face: u32) -> Place {
        let ring = self.ring(face);
        let low = ring.iter().map(|p| p.north_m).fold(f64::INFINITY, f64::min);
        let high = ring.iter().map(|p| p.north_m).fold(f64::NEG_INFINITY, f64::max);
        let mut best = (0.0, ring[0]);
        for step in [8, 7, 9, 6, 10, 5, 11, 4, 12] {
            let north_m = low + (high - low) * f64::from(step) / 16.0 + 0.003;
            let mut spans: Vec<f64> = Vec::new();
            for (i, a) in ring.iter().enumerate() {
                let b = ring[(i + 1) % ring.len()];
                if (a.north_m > north_m) != (b.north_m > north_m) {
                    spans.push(a.east_m + (north_m - a.north_m) / (b.north_m - a.north_m) * (b.east_m - a.east_m));
                }
            }
            spans.sort_by(f64::total_cmp);
            for pair in spans.chunks_exact(2) {
                if pair[1] - pair[0] > best.0 * 1.25 {
                    best = (pair[1] - pair[0], place(f64::midpoint(pair[0], pair[1]), north_m));
                }
            }
        }
        best.1
    }

    /// Puts a node on the directed edge `a`→`b` (and its twin); returns the node.
    fn put_on_edge(&mut self, a: u32, b: u32, at: Place) -> u32 {
        let node = self.node(Lattice::nearest(at));
        if node == a || node == b {
            return node;
        }
        for (p, q) in [(a, b), (b, a)] {
            if let Some(face) = self.owner.remove(&(p, q)) {
                let ring = &mut self.faces[face as usize];
                let i = ring.iter().position(|&n| n == p).expect("an edge's owner has the edge in its ring");
                ring.insert(i + 1, node);
                self.owner.insert((p, node), face);
                self.owner.insert((node, q), face);
            }
        }
        if let Some(street) = self.streets.remove(&key(a, b)) {
            self.streets.insert(key(a, node), street);
            self.streets.insert(key(node, b), street);
        }
        self.neighbours[a as usize].retain(|&n| n != b);
        self.neighbours[b as usize].retain(|&n| n != a);
        self.link(a, node);
        self.link(node, b);
        node
    }

    /// Where a line crosses the borders of `scope`, by position along the line (vertex index + fraction).
    fn crossings(&self, line: &[Place], scope: &[u32]) -> Vec<(f64, Place)> {
        let mut hits: Vec<(f64, Place)> = Vec::new();
        for &face in scope {
            for (a, b) in self.edges(face) {
                let (p, q) = (self.at(a), self.at(b));
                let side = q.minus(p);
                for (i, w) in line.windows(2).enumerate() {
                    let step = w[1].minus(w[0]);
                    let across = step.cross(side);
                    if across.abs() < 1e-9 {
                        continue;
                    }
                    let t = p.minus(w[0]).cross(side) / across;
                    let s = p.minus(w[0]).cross(step) / across;
                    if (-1e-9..=1.0 + 1e-9).contains(&t) && (-1e-9..=1.0 + 1e-9).contains(&s) {
                        hits.push((i as f64 + t, w[0].plus(step.times(t))));
                    }
                }
            }
        }
        hits.sort_by(|a, b| a.0.total_cmp(&b.0));
        hits.dedup_by(|a, b| a.1.to_m(b.1) < 0.05);
        hits
    }

    /// First and last crossing of a line with the border of a face.
    pub fn ends_in(&self, face: u32, line: &[Place]) -> Option<(Place, Place)> {
        let hits = self.crossings(line, &[face]);
        (hits.len() >= 2).then(|| (hits[0].1, hits[hits.len() - 1].1))
    }

    /// Cuts the faces of `scope` along a line; new faces join `scope`. Crossings nearer than `snap_m` to a node take that node.
    /// Returns how many faces were added. Pieces of the line that end inside a face are dropped.
    pub fn cut(&mut self, line: &[Place], scope: &mut Vec<u32>, snap_m: f64, street: Option<u16>) -> usize {
        let mut stops: Vec<(f64, u32)> = Vec::new();
        for (position, at) in self.crossings(line, scope) {
            let mut best: Option<(f64, u32, u32)> = None;
            for &face in scope.iter() {
                for (a, b) in self.edges(face) {
                    let away_m = to_segment_m(at, self.at(a), self.at(b));
                    if best.is_none_or(|(m, _, _)| away_m < m) {
                        best = Some((away_m, a, b));
                    }
                }
            }
            let Some((_, a, b)) = best else { continue };
            let node = if self.at(a).to_m(at) < snap_m && self.at(a).to_m(at) <= self.at(b).to_m(at) {
                a
            } else if self.at(b).to_m(at) < snap_m {
                b
            } else {
                self.put_on_edge(a, b, at)
            };
            if stops.last().is_none_or(|&(_, last)| last != node) {
                stops.push((position, node));
            }
        }
        let mut added = 0;
        for w in stops.windows(2) {
            let ((from, a), (to, b)) = (w[0], w[1]);
            let (start, end) = (self.at(a), self.at(b));
            let via: Vec<Place> = (0..line.len())
                .filter(|&i| (i as f64) > from && (i as f64) < to)
                .map(|i| line[i])
                .filter(|p| p.to_m(start) > 2.0 && p.to_m(end) > 2.0)
                .collect();
            let middle = if via.is_empty() {
                start.plus(end).times(0.5)
            } else {
                via[via.len() / 2]
            };
            if via.is_empty() && self.neighbours[a as usize].contains(&b) {
                if let Some(street) = street {
                    self.streets.entry(key(a, b)).or_insert(street);
                }
                continue;
            }
            let face = scope.iter().copied().find(|&f| {
                let ring = &self.faces[f as usize];
                ring.contains(&a) && ring.contains(&b) && encloses(&self.ring(f), middle)
            });
            if let Some(new) = face.and_then(|face| self.split(face, a, b, &via, street)) {
                scope.push(new);
                added += 1;
            }
        }
        added
    }

    /// Splits one face along `a`, `via`, `b`; `None` when the path would touch the face's border in between.
    fn split(&mut self, face: u32, a: u32, b: u32, via: &[Place], street: Option<u16>) -> Option<u32> {
        let points: Vec<Lattice> = std::iter::once(self.nodes[a as usize])
            .chain(via.iter().map(|&p| Lattice::nearest(p)))
            .chain(std::iter::once(self.nodes[b as usize]))
            .collect();
        let last = points.len() - 2;
        for (i, w) in points.windows(2).enumerate() {
            for (p, q) in self.edges(face) {
                let shares_start = i == 0 && (p == a || q == a);
                let shares_end = i == last && (p == b || q == b);
                let (from, to) = (self.nodes[p as usize], self.nodes[q as usize]);
                if shares_start || shares_end {
                    // An edge that starts where the path does may only meet it there.
                    let other = if shares_start { if p == a { to } else { from } } else if p == b { to } else { from };
                    let near = if shares_start { (w[0], w[1]) } else { (w[1], w[0]) };
                    if turn(near.0, near.1, other) == 0 && segments_meet(near.0, near.1, other, other) {
                        return None;
                    }
                } else if segments_meet(w[0], w[1], from, to) {
                    return None;
                }
            }
        }
        let inner: Vec<u32> = points[1..points.len() - 1].iter().map(|&p| self.node(p)).collect();
        let ring = self.faces[face as usize].clone();
        let ia = ring.iter().position(|&n| n == a)?;
        let ib = ring.iter().position(|&n| n == b)?;
        let walk = |from: usize, to: usize| {
            let mut out = vec![ring[from]];
            let mut i = from;
            while i != to {
                i = (i + 1) % ring.len();
                out.push(ring[i]);
            }
            out
        };
        let mut first = walk(ia, ib);
        first.extend(inner.iter().rev());
        let mut second = walk(ib, ia);
        second.extend(inner.iter());
        let path: Vec<u32> = std::iter::once(a).chain(inner).chain(std::iter::once(b)).collect();
        if let Some(street) = street {
            for w in path.windows(2) {
                self.streets.insert(key(w[0], w[1]), street);
            }
        }
        for i in 0..first.len() {
            self.owner.insert((first[i], first[(i + 1) % first.len()]), face);
        }
        for w in path.windows(2) {
            self.link(w[0], w[1]);
        }
        self.faces[face as usize] = first;
        Some(self.add_face(second))
    }

    /// Joins `gone` into `kept` where they share one unbroken border; the emptied ring stays as an empty face.
    pub fn merge(&mut self, kept: u32, gone: u32) -> bool {
        let ring = self.faces[kept as usize].clone();
        let other = self.faces[gone as usize].clone();
        let n = ring.len();
        let shared: Vec<bool> = (0..n).map(|i| self.left_of(ring[(i + 1) % n], ring[i]) == Some(gone)).collect();
        let starts: Vec<usize> = (0..n).filter(|&i| shared[i] && !shared[(i + n - 1) % n]).collect();
        let [start] = starts[..] else { return false };
        let run = (0..n).take_while(|k| shared[(start + k) % n]).count();
        let (first, last) = (ring[start], ring[(start + run) % n]);
        // Interior nodes of the shared chain vanish; they must belong to nobody else.
        for k in 1..run {
            let node = ring[(start + k) % n];
            if self.neighbours[node as usize].len() != 2 {
                return false;
            }
        }
        let mut merged: Vec<u32> = Vec::new();
        for k in run..n {
            merged.push(ring[(start + k) % n]);
        }
        let from = other.iter().position(|&x| x == first).expect("the neighbour has the end of the shared border");
        let mut i = from;
        while other[i] != last {
            merged.push(other[i]);
            i = (i + 1) % other.len();
        }
        let mut seen = merged.clone();
        seen.sort_unstable();
        if seen.windows(2).any(|w| w[0] == w[1]) {
            return false;
        }
        for k in 0..run {
            let (a, b) = (ring[(start + k) % n], ring[(start + k + 1) % n]);
            self.owner.remove(&(a, b));
            self.owner.remove(&(b, a));
            self.streets.remove(&key(a, b));
            self.neighbours[a as usize].retain(|&x| x != b);
            self.neighbours[b as usize].retain(|&x| x != a);
        }
        for i in 0..merged.len() {
            self.owner.insert((merged[i], merged[(i + 1) % merged.len()]), kept);
        }
        self.faces[kept as usize] = merged;
        self.faces[gone as usize] = Vec::new();
        true
    }

    /// Length in metres of the border two faces share.
    pub fn shared_m(&self, one: u32, other: u32) -> f64 {
        self.edges(one).filter(|&(a, b)| self.left_of(b, a) == Some(other)).map(|(a, b)| self.at(a).to_m(self.at(b))).sum()
    }
}

/// Area of a ring of places in square metres, positive when counter-clockwise.
pub fn ring_area_m2(ring: &[Place]) -> f64 {
    let base = ring.first().copied().unwrap_or(place(0.0, 0.0));
    let mut sum = 0.0;
    for (i, a) in ring.iter().enumerate() {
        sum += a.minus(base).cross(ring[(i + 1) % ring.len()].minus(base));
    }
    sum / 2.0
}

/// A smooth line through control places (Catmull-Rom), a vertex about every `step_m` metres.
pub fn smooth(control: &[Place], step_m: f64) -> Vec<Place> {
    let n = control.len();
    let mut line = vec![control[0]];
    for i in 0..n - 1 {
        let (p1, p2) = (control[i], control[i + 1]);
        let p0 = if i > 0 { control[i - 1] } else { p1.times(2.0).minus(p2) };
        let p3 = if i + 2 < n { control[i + 2] } else { p2.times(2.0).minus(p1) };
        let pieces = (p1.to_m(p2) / step_m).ceil().max(1.0) as u32;
        for k in 1..=pieces {
            let t = f64::from(k) / f64::from(pieces);
            let (a, b) = (p2.minus(p0).times(0.5), p3.minus(p1).times(0.5));
            let (t2, t3) = (t * t, t * t * t);
            line.push(
                p1.times(2.0 * t3 - 3.0 * t2 + 1.0)
                    .plus(a.times(t3 - 2.0 * t2 + t))
                    .plus(p2.times(3.0 * t2 - 2.0 * t3))
                    .plus(b.times(t3 - t2)),
            );
        }
    }
    line
}

/// The line moved to its left by `away_m(i)` metres at vertex `i`.
pub fn beside(line: &[Place], away_m: impl Fn(usize) -> f64) -> Vec<Place> {
    (0..line.len())
        .map(|i| {
            let along = line[(i + 1).min(line.len() - 1)].minus(line[i.saturating_sub(1)]).unit();
            line[i].plus(along.left().times(away_m(i)))
        })
        .collect()
}
