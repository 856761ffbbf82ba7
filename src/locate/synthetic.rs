//! Coverages made up for tests and measurements: irregular faces whose neighbours share their borders point for point.
//!
//! Faces stand in a honeycomb, stretched so that some are about thirty times as large as others. Corners are moved about,
//! and each border between two corners is a crooked line of 5 to 13 edges that keeps inside a lens around the straight one,
//! so that no two cross. A face has 30 to 78 vertices, 54 on the mean: what a grid drawn along streets and lots has.
//! Same arguments, same coverage.

use std::f64::consts::{PI, TAU};

use rayon::prelude::*;

use crate::geom::{Envelope, LatticePoint, LonLat, MultiPolygon, Polygon, Ring};

/// Numbers that look random and follow from their seed: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// The numbers of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Evenly from 0 to below `n`, which must not be 0; for `n` far below 2^64.
    pub fn below(&mut self, n: u64) -> u64 {
        self.bits() % n
    }

    /// Evenly from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly from -1 to below 1.
    pub fn signed(&mut self) -> f64 {
        self.unit() * 2.0 - 1.0
    }
}

/// A draw of its own for each of some keys.
fn draw_for(keys: [i64; 4], seed: u64) -> Draw {
    let mix = |state: u64, key: i64| Draw::new(state ^ (key as u64).wrapping_mul(0xd6e8_feb8_6659_fd93)).bits();
    Draw::new(keys.into_iter().fold(seed, mix))
}

/// A corner of the honeycomb: half widths eastward, and sixths of a cell's height northward.
type Corner = (i64, i64);

/// The corners of a cell, counter-clockwise from the north-east.
fn corners(column: i64, row: i64) -> [Corner; 6] {
    let (x, y) = (2 * column + (row & 1), 3 * row);
    [(x + 1, y + 1), (x, y + 2), (x - 1, y + 1), (x - 1, y - 1), (x, y - 2), (x + 1, y - 1)]
}

struct Honeycomb {
    columns: i64,
    rows: i64,
    south_west: LonLat,
    side_deg: f64,
    seed: u64,
}

impl Honeycomb {
    /// Where a place of the flat honeycomb lies: stretched and squeezed, more here than there.
    fn place(&self, x: f64, y: f64) -> LatticePoint {
        let stretched =
            |u: f64, waves: f64| u + 0.35 * ((TAU * u).sin() / TAU + (TAU * waves * u).sin() / (TAU * waves));
        let height = (self.rows as f64 + 1.0) * 3.0_f64.sqrt() / 2.0;
        let lon_deg = self.south_west.lon_deg + self.side_deg * stretched(x / (self.columns as f64 + 1.0), 7.0);
        let lat_deg = self.south_west.lat_deg + self.side_deg * stretched(y / height, 5.0);
        LatticePoint::new((lon_deg * 1e7).round() as i32, (lat_deg * 1e7).round() as i32)
    }

    /// A corner, moved about.
    fn corner(&self, corner: Corner) -> (f64, f64) {
        let mut draw = draw_for([corner.0, corner.1, 0, 0], self.seed);
        let x = corner.0 as f64 / 2.0 + 0.6 + 0.11 * draw.signed();
        (x, corner.1 as f64 * 3.0_f64.sqrt() / 6.0 + 0.7 + 0.11 * draw.signed())
    }

    /// The border from one corner to another, without its last point.
    fn border(&self, from: Corner, to: Corner, out: &mut Vec<LatticePoint>) {
        let (first, last) = if from <= to { (from, to) } else { (to, from) };
        let ((ax, ay), (bx, by)) = (self.corner(first), self.corner(last));
        let (dx, dy) = (bx - ax, by - ay);
        let mut draw = draw_for([first.0, first.1, last.0, last.1], self.seed ^ 1);
        let edges = 5 + draw.below(9);
        let waves = [draw.signed() * 0.5, draw.signed() * 0.45, draw.signed() * 0.3];
        let start = out.len();
        out.push(self.place(ax, ay));
        for i in 1..edges {
            let along = (i as f64 + 0.35 * draw.signed()) / edges as f64;
            let wave: f64 =
                waves.iter().zip([PI, TAU, 3.0 * PI]).map(|(size, turns)| size * (turns * along).sin()).sum();
            // inside the lens: at most 0.38 of the way to the nearer end, to either side
            let aside = 0.38 * along.min(1.0 - along) * (wave + 0.35 * draw.signed()).clamp(-1.0, 1.0);
            out.push(self.place(ax + dx * along - dy * aside, ay + dy * along + dx * aside));
        }
        out.push(self.place(bx, by));
        if from > to {
            out[start..].reverse();
        }
        out.pop();
    }
}

/// How many faces stand in a row of a [`coverage`] of about `count`: face i has i + 1 to its east in the row, and i + this
/// many in the row to the north.
pub fn columns(count: usize) -> usize {
    // rows are closer together than columns
    ((count as f64 * 3.0_f64.sqrt() / 2.0).sqrt().round() as usize).max(1)
}

/// About `count` faces over a square of `side_deg` degrees with this south-west corner.
pub fn coverage(count: usize, south_west: LonLat, side_deg: f64, seed: u64) -> Vec<MultiPolygon> {
    let columns = columns(count) as i64;
    let rows = ((count as f64 / columns as f64).round() as i64).max(1);
    let comb = Honeycomb { columns, rows, south_west, side_deg, seed };
    (0..columns * rows)
        .into_par_iter()
        .map(|cell| {
            let corners = corners(cell % columns, cell / columns);
            let mut points = Vec::with_capacity(80);
            for (i, &corner) in corners.iter().enumerate() {
                comb.border(corner, corners[(i + 1) % 6], &mut points);
            }
            MultiPolygon(vec![Polygon { exterior: Ring::new(points), holes: Vec::new() }])
        })
        .collect()
}

/// What points to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Points {
    /// Anywhere in the box of a face drawn at random: what comes from where people live.
    ByFace,
    /// Anywhere in the box of the whole coverage.
    Anywhere,
    /// On a vertex.
    OnVertex,
    /// On the lattice point nearest to some place of an edge.
    OnEdge,
    /// Next to a vertex: one lattice unit off in one or both coordinates.
    OneOff,
    /// Outside the box of the coverage.
    Outside,
}

impl Points {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::ByFace, Self::Anywhere, Self::OnVertex, Self::OnEdge, Self::OneOff, Self::Outside];
}

/// Points about some faces, drawn by a seed; none when no face has a point. O(count + the points of the faces drawn).
pub fn points(faces: &[MultiPolygon], kind: Points, count: usize, seed: u64) -> Vec<LatticePoint> {
    let Some(all) = faces.iter().filter_map(MultiPolygon::envelope).reduce(Envelope::union) else { return Vec::new() };
    let mut draw = Draw::new(seed);
    let within = |around: Envelope, draw: &mut Draw| {
        let between = |low: i32, high: i32, draw: &mut Draw| {
            (i64::from(low) + draw.below((i64::from(high) - i64::from(low) + 1) as u64) as i64) as i32
        };
        let x_e7 = between(around.min.x_e7, around.max.x_e7, draw);
        LatticePoint::new(x_e7, between(around.min.y_e7, around.max.y_e7, draw))
    };
    let mut points = Vec::with_capacity(count);
    while points.len() < count {
        let face = &faces[draw.below(faces.len() as u64) as usize];
        let Some(around) = face.envelope() else { continue };
        let rings: Vec<&Ring> = face.rings().filter(|ring| !ring.points().is_empty()).collect();
        let ring = rings[draw.below(rings.len() as u64) as usize].points();
        let at = draw.below(ring.len() as u64) as usize;
        let (a, b) = (ring[at], ring[(at + 1) % ring.len()]);
        points.push(match kind {
            Points::ByFace => within(around, &mut draw),
            Points::Anywhere => within(all, &mut draw),
            Points::OnVertex => a,
            Points::OnEdge => {
                let t = draw.unit();
                let between = |a: i32, b: i32| (f64::from(a) + (f64::from(b) - f64::from(a)) * t).round() as i32;
                LatticePoint::new(between(a.x_e7, b.x_e7), between(a.y_e7, b.y_e7))
            }
            Points::OneOff => {
                let step = 1 + draw.below(8) as i32;
                let step = if step < 5 { step - 1 } else { step };
                let off = |n: i32, step: i32| n.saturating_add(step - 1);
                LatticePoint::new(off(a.x_e7, step % 3), off(a.y_e7, step / 3))
            }
            Points::Outside => {
                let (dx, dy) = (1 + draw.below(5_000_000) as i32, 1 + draw.below(5_000_000) as i32);
                let inside = within(all, &mut draw);
                match draw.below(4) {
                    0 => LatticePoint::new(all.max.x_e7.saturating_add(dx), inside.y_e7),
                    1 => LatticePoint::new(all.min.x_e7.saturating_sub(dx), inside.y_e7),
                    2 => LatticePoint::new(inside.x_e7, all.max.y_e7.saturating_add(dy)),
                    _ => LatticePoint::new(inside.x_e7, all.min.y_e7.saturating_sub(dy)),
                }
            }
        });
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faces_have_the_vertices_promised_and_the_same_seed_gives_the_same_coverage() {
        let south_west = LonLat { lon_deg: 104.0, lat_deg: 30.0 };
        let faces = coverage(400, south_west, 0.1, 1);
        let counts: Vec<usize> = faces.iter().map(|face| face.rings().map(|ring| ring.points().len()).sum()).collect();
        let mean = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
        assert!(counts.iter().all(|count| (30..=78).contains(count)), "{counts:?}");
        assert!((50.0..58.0).contains(&mean), "{mean}");
        assert_eq!(faces, coverage(400, south_west, 0.1, 1));
        assert_ne!(faces, coverage(400, south_west, 0.1, 2));
    }
}
