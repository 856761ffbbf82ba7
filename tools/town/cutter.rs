//! The tools that cut faces: halving by streets or lot lines, slicing into rows, joining slivers.
//!
//! In: a face and a manner. Out: the faces it becomes. Streets that run on across a border keep their name.

use super::dice::Dice;
use super::mesh::Mesh;
use super::names::Names;
use super::plane::{Place, ring_area_m2, smooth};
use super::skeleton::{Class, Street};

/// How a face is halved again and again.
pub struct Manner {
    /// Class of the streets cut, if any.
    street: Option<Class>,
    /// How far from the middle a cut may lie, by the length of the face.
    jitter: f64,
    /// How far a cut may bow, by its own length.
    bend: f64,
    /// How far a cut may turn from square: the tangent.
    skew: f64,
    /// How near the end of a street beyond the border must be to be met.
    attract_m: f64,
}

/// Local streets.
pub const LOCAL: Manner = Manner { street: Some(Class::Local), jitter: 0.14, bend: 0.07, skew: 0.13, attract_m: 34.0 };
/// Old lanes.
pub const LANES: Manner = Manner { street: Some(Class::Lane), jitter: 0.16, bend: 0.07, skew: 0.16, attract_m: 16.0 };
/// Paths of the village.
pub const PATHS: Manner = Manner { street: Some(Class::Lane), jitter: 0.24, bend: 0.16, skew: 0.40, attract_m: 10.0 };
/// Lot lines without a street.
pub const LOT_LINES: Manner = Manner { street: None, jitter: 0.12, bend: 0.0, skew: 0.10, attract_m: 9.0 };
/// Lot lines of the village.
pub const CROOKED: Manner = Manner { street: None, jitter: 0.22, bend: 0.10, skew: 0.35, attract_m: 7.0 };
/// Lines between parts of a park.
pub const GREEN: Manner = Manner { street: None, jitter: 0.10, bend: 0.06, skew: 0.10, attract_m: 25.0 };

/// The smallest rectangle around a ring: its middle, long axis, length and width.
pub fn rectangle(ring: &[Place]) -> (Place, Place, f64, f64) {
    let mut best: Option<(f64, (Place, Place, f64, f64))> = None;
    for (i, a) in ring.iter().enumerate() {
        let side = ring[(i + 1) % ring.len()].minus(*a);
        if side.length_m() < 4.0 && best.is_some() {
            continue;
        }
        let (u, v) = (side.unit(), side.unit().left());
        let (u0, u1) = extent(ring, u);
        let (v0, v1) = extent(ring, v);
        let area = (u1 - u0) * (v1 - v0);
        if best.as_ref().is_none_or(|(least, _)| area < least - 1e-6) {
            let middle = u.times(f64::midpoint(u0, u1)).plus(v.times(f64::midpoint(v0, v1)));
            let found = if u1 - u0 >= v1 - v0 { (middle, u, u1 - u0, v1 - v0) } else { (middle, v, v1 - v0, u1 - u0) };
            best = Some((area, found));
        }
    }
    best.expect("a ring has a side").1
}

/// Least and greatest coordinate of a ring along an axis.
pub fn extent(ring: &[Place], axis: Place) -> (f64, f64) {
    ring.iter()
        .map(|p| p.dot(axis))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

/// Area of the part of a ring to the left of a line.
fn area_left_m2(ring: &[Place], from: Place, along: Place) -> f64 {
    let side = |p: Place| along.cross(p.minus(from));
    let mut kept = Vec::new();
    for (i, &a) in ring.iter().enumerate() {
        let b = ring[(i + 1) % ring.len()];
        let (sa, sb) = (side(a), side(b));
        if sa >= 0.0 {
            kept.push(a);
        }
        if (sa > 0.0 && sb < 0.0) || (sa < 0.0 && sb > 0.0) {
            kept.push(a.plus(b.minus(a).times(sa / (sa - sb))));
        }
    }
    if kept.len() < 3 { 0.0 } else { ring_area_m2(&kept) }
}

/// The subdivision while it is being cut.
pub struct Cutter {
    /// The subdivision.
    pub mesh: Mesh,
    /// Streets by id.
    pub streets: Vec<Street>,
    /// Names given so far.
    pub names: Names,
    /// Chances of the superblock in hand.
    pub dice: Dice,
}

impl Cutter {
    /// Halves a face across its long axis until the pieces are near `target_m2`.
    pub fn halve(&mut self, face: u32, target_m2: f64, manner: &Manner, series: Option<&str>) -> Vec<u32> {
        let (mut open, mut done) = (vec![face], Vec::new());
        while let Some(face) = open.pop() {
            let ring = self.mesh.ring(face);
            let area_m2 = ring_area_m2(&ring);
            let ratio = rectangle(&ring);
            let long = ratio.2 > ratio.3 * 2.6 && area_m2 > target_m2 * 0.9;
            if area_m2 < target_m2 * 1.45 && !long {
                done.push(face);
                continue;
            }
            let mut scope = vec![face];
            for _ in 0..8 {
                if let Some(line) = self.line_across(face, &ring, area_m2, manner) {
                    let street = manner.street.map(|class| self.street_for(class, &line, series));
                    if self.mesh.cut(&line, &mut scope, 1.5, street) > 0 {
                        break;
                    }
                }
            }
            if scope.len() > 1 {
                open.extend(scope);
            } else {
                done.push(face);
            }
        }
        done.sort_unstable();
        done
    }

    fn line_across(&mut self, face: u32, ring: &[Place], area_m2: f64, manner: &Manner) -> Option<Vec<Place>> {
        let (middle, axis, length_m, _) = rectangle(ring);
        let along = axis.left().plus(axis.times(self.dice.between(-manner.skew, manner.skew))).unit();
        let base = middle.plus(axis.times(self.dice.between(-manner.jitter, manner.jitter) * length_m));
        let far = along.times(length_m * 2.0);
        let (mut p, mut q) = self.mesh.ends_in(face, &[base.minus(far), base.plus(far)])?;
        p = self.attracted(face, p, manner);
        q = self.attracted(face, q, manner);
        let across = q.minus(p);
        let left = area_left_m2(ring, p, across) / area_m2;
        if !(0.30..=0.70).contains(&left) {
            return None;
        }
        let unit = across.unit();
        let bow = unit.left().times(self.dice.between(-manner.bend, manner.bend) * across.length_m());
        let mut line = if manner.bend > 0.0 && across.length_m() > 40.0 {
            smooth(&[p, p.plus(across.times(0.5)).plus(bow), q], 24.0)
        } else {
            vec![p, q]
        };
        line[0] = line[0].minus(unit.times(0.4));
        let last = line.len() - 1;
        line[last] = line[last].plus(unit.times(0.4));
        Some(line)
    }

    /// The end of a street beyond the face's border near `at`, so that streets run on across it.
    fn attracted(&self, face: u32, at: Place, manner: &Manner) -> Place {
        let ring = &self.mesh.faces[face as usize];
        let mut best = (manner.attract_m, at);
        for &node in ring {
            let away_m = self.mesh.at(node).to_m(at);
            let joined = self.mesh.joined(node);
            let beyond = joined.iter().filter(|&&n| !ring.contains(&n));
            let fits = beyond.into_iter().any(|&n| manner.street.is_none() || self.mesh.street_on(node, n).is_some());
            if joined.len() == 3 && away_m < best.0 && fits {
                best = (away_m, self.mesh.at(node));
            }
        }
        best.1
    }

    /// A street of the class for a new line: the one it continues, or a new name.
    fn street_for(&mut self, class: Class, line: &[Place], series: Option<&str>) -> u16 {
        let ends = [(line[0], line[1]), (line[line.len() - 1], line[line.len() - 2])];
        for (id, street) in self.streets.iter().enumerate() {
            if street.class < Class::Local
                || street.class > class
                || (class == Class::Lane && street.class == Class::Local)
            {
                continue;
            }
            for other in &street.lines {
                let tips = [(other[0], other[1]), (other[other.len() - 1], other[other.len() - 2])];
                for (tip, before) in tips {
                    for (end, next) in ends {
                        if tip.to_m(end) < 6.0 && next.minus(end).unit().dot(tip.minus(before).unit()) > 0.75 {
                            self.streets[id].lines.push(line.to_vec());
                            return id as u16;
                        }
                    }
                }
            }
        }
        let name = self.names.street(class, series, &mut self.dice);
        self.streets.push(Street { name, class, lines: vec![line.to_vec()] });
        (self.streets.len() - 1) as u16
    }

    /// Metres to keep free along the side of a face that looks toward `outward`.
    fn side_setback_m(&self, face: u32, outward: Place) -> f64 {
        self.mesh
            .edges(face)
            .filter(|&(a, b)| self.mesh.at(b).minus(self.mesh.at(a)).unit().left().times(-1.0).dot(outward) > 0.75)
            .map(|(a, b)| self.street_setback_m(a, b) - 4.0)
            .fold(0.0, f64::max)
    }

    fn street_setback_m(&self, a: u32, b: u32) -> f64 {
        self.mesh.street_on(a, b).map_or(4.0, |street| self.streets[street as usize].class.setback_m())
    }

    /// Cuts a face by straight lines across `axis`, about `pitch_m` apart once street setbacks are taken off.
    pub fn slice(&mut self, face: u32, axis: Place, pitch_m: f64) -> Vec<u32> {
        let ring = self.mesh.ring(face);
        let (low, high) = extent(&ring, axis);
        let (first, last) = (low + self.side_setback_m(face, axis.times(-1.0)), high - self.side_setback_m(face, axis));
        let pieces = ((last - first) / pitch_m).round().max(1.0) as u32;
        let across = axis.left();
        let (left, right) = extent(&ring, across);
        let mut scope = vec![face];
        for k in 1..pieces {
            let at = axis.times(first + (last - first) * f64::from(k) / f64::from(pieces));
            let line = [at.plus(across.times(left - 20.0)), at.plus(across.times(right + 20.0))];
            self.mesh.cut(&line, &mut scope, 5.0, None);
        }
        scope
    }

    /// Rows of building lots, south-facing: `depth_m` from row to row, `along_m` from building to building.
    pub fn rows(&mut self, block: u32, depth_m: f64, along_m: f64) -> Vec<u32> {
        let (_, axis, _, _) = rectangle(&self.mesh.ring(block));
        let mut east = if axis.east_m.abs() >= axis.north_m.abs() { axis } else { axis.left() };
        if east.east_m < 0.0 {
            east = east.times(-1.0);
        }
        let mut lots = Vec::new();
        for row in self.slice(block, east.left(), depth_m) {
            lots.extend(self.slice(row, east, along_m));
        }
        self.join_slivers(lots, depth_m * along_m * 0.5)
    }

    /// Joins lots smaller than `least_m2` into the neighbour of the same block with which they share most border.
    pub fn join_slivers(&mut self, mut lots: Vec<u32>, least_m2: f64) -> Vec<u32> {
        loop {
            let mut small: Vec<(f64, u32)> =
                lots.iter().map(|&f| (self.mesh.area_m2(f), f)).filter(|&(area, _)| area < least_m2).collect();
            small.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut joined = None;
            'search: for &(_, face) in &small {
                let mut hosts: Vec<(f64, u32)> = lots
                    .iter()
                    .filter(|&&f| f != face)
                    .map(|&f| (self.mesh.shared_m(face, f), f))
                    .filter(|&(m, _)| m > 0.5)
                    .collect();
                hosts.sort_by(|a, b| b.0.total_cmp(&a.0));
                for (_, host) in hosts {
                    if self.mesh.merge(host, face) {
                        joined = Some(face);
                        break 'search;
                    }
                }
            }
            let Some(gone) = joined else { return lots };
            lots.retain(|&f| f != gone);
        }
    }
}
