//! The planar subdivision the town is drawn on.
//!
//! In: outlines, then lines to cut along. Out: faces that tile the outlines.
//! 1. Nodes lie on the integer lattice (1e-7 degree); a node on a border stands in the rings of both neighbours.
//! 2. Faces are counter-clockwise simple rings; their areas sum exactly to the outlines'.
//! 3. A cut that would cross a face's own border is refused, never bent.

use std::collections::HashMap;

use super::plane::{Lattice, Place, encloses, place, ring_area_m2, segments_meet, to_segment_m, turn};

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
            let middle = if via.is_empty() { start.plus(end).times(0.5) } else { via[via.len() / 2] };
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
                    let other = if shares_start {
                        if p == a { to } else { from }
                    } else if p == b {
                        to
                    } else {
                        from
                    };
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
        self.edges(one)
            .filter(|&(a, b)| self.left_of(b, a) == Some(other))
            .map(|(a, b)| self.at(a).to_m(self.at(b)))
            .sum()
    }
}
