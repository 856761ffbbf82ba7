//! Towers into units (单元): a footprint cut across its long axis.
//!
//! 1. Units tile the footprint: neighbours share the cut point for point, and areas add up exactly to the footprint as
//!    snapped. A cut ends on an outline between lattice points, so the outline moves there by half a unit at most (6 mm).
//! 2. As many units as asked for, each of one piece and with area, or a refusal that says why ([`Uncut`]): the building
//!    then stays whole.
//! 3. In order along the axis, from the west, or from the south where it runs due north.
//!
//! The axis is the longer side of the smallest rectangle around the footprint, in metres (Freeman and Shapira 1975). Cuts
//! are at right angles to it, at equal shares of the area, not of the length, so that an L is cut fairly.
//!
//! Courtyards and U shapes: a cut there may leave a strip in several pieces. The largest keeps the unit; the others join
//! the unit they share the longest border with. Areas are then no longer equal.
//!
//! Footprints of several parts: units are dealt to the parts by area (largest remainder) and each part is cut for itself;
//! a part too small for a unit goes with the nearest one, which then is of several pieces.

use std::collections::BTreeMap;

use crate::geom::{LatticePoint, MultiPolygon, Polygon, Ring, metres_per_unit};
use crate::topology::{FaceId, Pieces, pieces};
use crate::weigh::largest_remainder;

/// No building has more stairs.
pub const MOST_UNITS: u32 = 100;
/// Lattice units across the largest footprint that is cut: a tenth of a degree, far beyond any building.
const LARGEST: i64 = 1_000_000;
/// Halvings of the footprint's length when looking for a cut: below a lattice unit for any footprint.
const HALVINGS: u32 = 48;

/// How to cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cut<'a> {
    /// Into so many units of equal area.
    Equal(u32),
    /// One unit for each entrance, cut halfway between neighbours along the axis.
    Entrances(&'a [LatticePoint]),
}

/// Why a footprint stays whole.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Uncut {
    /// One unit is the whole.
    #[error("{asked} units: from 2 to {MOST_UNITS} can be cut")]
    Count {
        /// As asked.
        asked: u32,
    },
    /// No footprint of a building.
    #[error("the footprint has no area, or is wider than a tenth of a degree")]
    Size,
    /// Two entrances at the same place along the axis.
    #[error("two entrances lie side by side across the long axis, near {at}: no cut across it parts them")]
    Entrances {
        /// One of them.
        at: LatticePoint,
    },
    /// Entrances of a building in several parts.
    #[error("the footprint has {parts} parts: give the number of units in place of entrances")]
    Parts {
        /// How many.
        parts: usize,
    },
    /// The lattice is too coarse, or the shape too wild, for so many parts.
    #[error("the footprint falls into {made} units, not {asked}")]
    Made {
        /// As asked.
        asked: u32,
        /// What came out.
        made: u32,
    },
    /// Snapping failed.
    #[error("{0}")]
    Topology(String),
}

/// Whether a building is to be split: it has units, and more households than a grid may.
pub fn wants_units(households: Option<u32>, upper: u32, units: u32) -> bool {
    units >= 2 && households.is_some_and(|households| households > upper)
}

/// The people of a building over its `units`, evenly, in whole numbers that add up; the first units get what is over.
pub fn people_of_units(people: u32, units: usize) -> Vec<u32> {
    let shares = largest_remainder(u64::from(people), &vec![1; units]).unwrap_or_default();
    shares.into_iter().map(|share| share as u32).collect()
}

/// Cuts a footprint into units. O(n log n) for n points.
///
/// # Errors
/// [`Uncut`]: why it stays whole.
pub fn split(footprint: &MultiPolygon, cut: Cut<'_>) -> Result<Vec<MultiPolygon>, Uncut> {
    let asked = match cut {
        Cut::Equal(units) => units,
        Cut::Entrances(entrances) => u32::try_from(entrances.len()).unwrap_or(u32::MAX),
    };
    if !(2..=MOST_UNITS).contains(&asked) {
        return Err(Uncut::Count { asked });
    }
    let plane = Plane::new(footprint).ok_or(Uncut::Size)?;
    let mut units = match cut {
        Cut::Equal(units) if footprint.0.len() > 1 => split_parts(footprint, units)?,
        Cut::Equal(units) => strips(footprint, &plane, &plane.equal_shares(footprint, units))?,
        Cut::Entrances(_) if footprint.0.len() > 1 => return Err(Uncut::Parts { parts: footprint.0.len() }),
        Cut::Entrances(entrances) => strips(footprint, &plane, &plane.between(entrances)?)?,
    };
    if units.len() as u32 != asked {
        return Err(Uncut::Made { asked, made: units.len() as u32 });
    }
    let position = |unit: &MultiPolygon| plane.middle(unit);
    units.sort_by(|a, b| position(a).total_cmp(&position(b)).then_with(|| first_point(a).cmp(&first_point(b))));
    Ok(units)
}

fn first_point(shape: &MultiPolygon) -> Option<LatticePoint> {
    shape.rings().flat_map(|ring| ring.points().iter().copied()).min()
}

/// Each part for itself, by its share of the units.
fn split_parts(footprint: &MultiPolygon, units: u32) -> Result<Vec<MultiPolygon>, Uncut> {
    let parts: Vec<MultiPolygon> = footprint.0.iter().map(|part| MultiPolygon(vec![part.clone()])).collect();
    let areas: Vec<u128> = parts.iter().map(|part| part.area_2().unsigned_abs()).collect();
    let dealt = largest_remainder(u64::from(units), &areas).ok_or(Uncut::Size)?;
    let mut made: Vec<MultiPolygon> = Vec::new();
    for (part, &units) in parts.iter().zip(&dealt).filter(|(_, units)| **units > 0) {
        if units == 1 {
            made.push(part.clone());
        } else {
            let plane = Plane::new(part).ok_or(Uncut::Size)?;
            made.append(&mut strips(part, &plane, &plane.equal_shares(part, units as u32))?);
        }
    }
    let boxed = |shape: &MultiPolygon| shape.envelope().map(|envelope| envelope.centre());
    for part in parts.iter().zip(&dealt).filter(|(_, units)| **units == 0).map(|(part, _)| part) {
        let away = |unit: &MultiPolygon| match (boxed(part), boxed(unit)) {
            (Some(p), Some(q)) => crate::geom::distance_m(p, q),
            _ => f64::INFINITY,
        };
        let nearest = (0..made.len()).min_by(|&i, &j| away(&made[i]).total_cmp(&away(&made[j])));
        if let Some(nearest) = nearest {
            made[nearest].0.extend(part.0.iter().cloned());
        }
    }
    Ok(made)
}

/// The footprint in metres along its long axis and across it.
struct Plane {
    origin: LatticePoint,
    east_m: f64,
    north_m: f64,
    /// The unit vector of the axis: towards the east, or due north.
    along: (f64, f64),
    /// How far the footprint reaches along the axis, and across it.
    reach: (f64, f64),
    across: (f64, f64),
}

impl Plane {
    fn new(shape: &MultiPolygon) -> Option<Self> {
        let envelope = shape.envelope()?;
        let (width, height) = (envelope.max.x() - envelope.min.x(), envelope.max.y() - envelope.min.y());
        if shape.area_2() <= 0 || width > LARGEST || height > LARGEST {
            return None;
        }
        let (east_m, north_m) = metres_per_unit(envelope.centre().y_e7);
        let mut plane = Self {
            origin: envelope.centre(),
            east_m,
            north_m,
            along: (1.0, 0.0),
            reach: (0.0, 0.0),
            across: (0.0, 0.0),
        };
        let points: Vec<(f64, f64)> =
            shape.0.iter().flat_map(|part| part.exterior.points()).map(|&p| plane.metres(p)).collect();
        plane.along = long_axis(&points);
        let extent = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let (ux, uy) = plane.along;
        plane.reach = extent(&mut points.iter().map(|p| p.0 * ux + p.1 * uy));
        plane.across = extent(&mut points.iter().map(|p| p.1 * ux - p.0 * uy));
        Some(plane)
    }

    fn metres(&self, p: LatticePoint) -> (f64, f64) {
        let d = |a: i64, b: i64| (a - b) as f64;
        (d(p.x(), self.origin.x()) * self.east_m, d(p.y(), self.origin.y()) * self.north_m)
    }

    /// Along the axis.
    fn position(&self, p: LatticePoint) -> f64 {
        let (x, y) = self.metres(p);
        x * self.along.0 + y * self.along.1
    }

    /// The lattice point so far along the axis and across it.
    fn point(&self, along: f64, across: f64) -> LatticePoint {
        let (ux, uy) = self.along;
        let (x, y) = (along * ux - across * uy, along * uy + across * ux);
        let place = |metres: f64, per_unit: f64, from: i64| ((metres / per_unit).round() as i64 + from) as i32;
        LatticePoint::new(place(x, self.east_m, self.origin.x()), place(y, self.north_m, self.origin.y()))
    }

    /// The middle of a shape's reach along the axis.
    fn middle(&self, shape: &MultiPolygon) -> f64 {
        let positions = shape.rings().flat_map(Ring::points).map(|&p| self.position(p));
        let (low, high) = positions.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        f64::midpoint(low, high)
    }

    /// Area before `cut` along the axis, in m².
    fn before(&self, shape: &MultiPolygon, cut: f64) -> f64 {
        let (ux, uy) = self.along;
        let mut area = 0.0;
        for polygon in &shape.0 {
            for (i, ring) in polygon.rings().enumerate() {
                let turned = |p: LatticePoint| {
                    let (x, y) = self.metres(p);
                    (x * ux + y * uy, y * ux - x * uy)
                };
                let swept: f64 = ring
                    .edges()
                    .map(|(a, b)| {
                        // what lies between the edge, as far as it comes before the cut, and the axis
                        let (a, b) = (turned(a), turned(b));
                        let clip = |(s, t): (f64, f64), other: (f64, f64)| {
                            if s <= cut { (s, t) } else { (cut, t + (other.1 - t) * ((s - cut) / (s - other.0))) }
                        };
                        if a.0 >= cut && b.0 >= cut {
                            return 0.0;
                        }
                        let (a, b) = (clip(a, b), clip(b, a));
                        (a.0 - b.0) * f64::midpoint(a.1, b.1)
                    })
                    .sum();
                area += if i == 0 { swept.abs() } else { -swept.abs() };
            }
        }
        area
    }

    /// Where to cut for equal areas.
    fn equal_shares(&self, shape: &MultiPolygon, units: u32) -> Vec<f64> {
        let whole = self.before(shape, self.reach.1 + 1.0);
        let cut = |k: u32| {
            let wanted = whole * f64::from(k) / f64::from(units);
            let (mut low, mut high) = self.reach;
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(low, high);
                if self.before(shape, middle) < wanted {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            f64::midpoint(low, high)
        };
        (1..units).map(cut).collect()
    }

    /// Halfway between entrances.
    fn between(&self, entrances: &[LatticePoint]) -> Result<Vec<f64>, Uncut> {
        let mut places: Vec<(f64, LatticePoint)> = entrances.iter().map(|&p| (self.position(p), p)).collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let cut = |w: &[(f64, LatticePoint)]| {
            // half a metre: doors nearer than that along the axis face each other
            if w[1].0 - w[0].0 < 0.5 { Err(Uncut::Entrances { at: w[1].1 }) } else { Ok(f64::midpoint(w[0].0, w[1].0)) }
        };
        places.windows(2).map(cut).collect()
    }
}

/// The direction of the longer side of the smallest rectangle around points. It lies along a side of their hull.
fn long_axis(points: &[(f64, f64)]) -> (f64, f64) {
    let hull = hull(points);
    let mut best: Option<(f64, (f64, f64))> = None;
    for (i, &a) in hull.iter().enumerate() {
        let b = hull[(i + 1) % hull.len()];
        let length = (b.0 - a.0).hypot(b.1 - a.1);
        if length <= 0.0 {
            continue;
        }
        let (ux, uy) = ((b.0 - a.0) / length, (b.1 - a.1) / length);
        let (mut along, mut across) = ((f64::INFINITY, f64::NEG_INFINITY), (f64::INFINITY, f64::NEG_INFINITY));
        for p in &hull {
            let (s, t) = (p.0 * ux + p.1 * uy, p.1 * ux - p.0 * uy);
            along = (along.0.min(s), along.1.max(s));
            across = (across.0.min(t), across.1.max(t));
        }
        let (long, wide) = (along.1 - along.0, across.1 - across.0);
        let axis = if long >= wide { (ux, uy) } else { (-uy, ux) };
        // a millionth: sides of one rectangle differ by rounding, the first of them stands
        if best.is_none_or(|(area, _)| long * wide < area * (1.0 - 1e-6)) {
            best = Some((long * wide, axis));
        }
    }
    let (x, y) = best.map_or((1.0, 0.0), |(_, axis)| axis);
    // from the west; due north from the south. 1e-9: due north but for rounding
    if x < -1e-9 || (x.abs() <= 1e-9 && y < 0.0) { (-x, -y) } else { (x, y) }
}

/// The convex hull, counter-clockwise (Andrew's monotone chain, 1979).
fn hull(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut points = points.to_vec();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup();
    let half = |points: &mut dyn Iterator<Item = (f64, f64)>| {
        let mut chain: Vec<(f64, f64)> = Vec::new();
        for p in points {
            while let [.., a, b] = chain[..] {
                if (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0) > 0.0 {
                    break;
                }
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut lower = half(&mut points.iter().copied());
    lower.append(&mut half(&mut points.iter().rev().copied()));
    lower
}

/// Cuts one part at the given places along its axis.
fn strips(part: &MultiPolygon, plane: &Plane, cuts: &[f64]) -> Result<Vec<MultiPolygon>, Uncut> {
    // rectangles side by side along the axis, whose corners are shared; ample at the ends and sides
    let margin = (plane.reach.1 - plane.reach.0) + (plane.across.1 - plane.across.0) + 1.0;
    let mut stops = vec![plane.reach.0 - margin];
    stops.extend_from_slice(cuts);
    stops.push(plane.reach.1 + margin);
    let (low, high) = (plane.across.0 - margin, plane.across.1 + margin);
    let corners: Vec<[LatticePoint; 2]> =
        stops.iter().map(|&stop| [plane.point(stop, low), plane.point(stop, high)]).collect();
    let rectangle = |w: &[[LatticePoint; 2]]| {
        let ring = Ring::new(vec![w[0][0], w[1][0], w[1][1], w[0][1]]);
        MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }])
    };
    let rectangles: Vec<MultiPolygon> = corners.windows(2).map(rectangle).collect();
    let mut shapes: Vec<&MultiPolygon> = vec![part];
    shapes.extend(&rectangles);
    let pieces = pieces(&shapes).map_err(|error| Uncut::Topology(error.to_string()))?;
    let unit = units_of_pieces(&pieces, rectangles.len());
    let made = (0..rectangles.len() as u32).map(|k| pieces.outline(|face| unit[face.0 as usize] == Some(k)));
    let made: Vec<MultiPolygon> = made.filter(|unit| unit.area_2() > 0).collect();
    if made.len() == rectangles.len() {
        Ok(made)
    } else {
        Err(Uncut::Made { asked: rectangles.len() as u32, made: made.len() as u32 })
    }
}

/// Which unit each piece goes to: its strip's, when it is the largest there, else that of the neighbour with the longest
/// shared border. Pieces outside the footprint go to none.
fn units_of_pieces(pieces: &Pieces, strips: usize) -> Vec<Option<u32>> {
    let mut unit: Vec<Option<u32>> = vec![None; pieces.of.len()];
    // a piece of the footprint lies in it (shape 0) and in one strip
    let strip = |face: usize| match pieces.of[face][..] {
        [0, strip] => Some(strip - 1),
        _ => None,
    };
    let mut largest: Vec<Option<(i128, usize)>> = vec![None; strips];
    for face in 0..pieces.of.len() {
        if let Some(strip) = strip(face) {
            let area_2 = pieces.outline(|one| one == FaceId(face as u32)).area_2();
            let best = &mut largest[strip as usize];
            if best.is_none_or(|(area, _)| area_2 > area) {
                *best = Some((area_2, face));
            }
        }
    }
    for (k, (_, face)) in largest.iter().enumerate().filter_map(|(k, best)| Some((k, (*best)?))) {
        unit[face] = Some(k as u32);
    }
    let graph = pieces.topology.graph();
    let open = |unit: &[Option<u32>]| (0..unit.len()).filter(|&f| unit[f].is_none() && strip(f).is_some()).collect();
    let mut left: Vec<usize> = open(&unit);
    while !left.is_empty() {
        let mut next = unit.clone();
        for &face in &left {
            let mut shared: BTreeMap<u32, u64> = BTreeMap::new();
            for (neighbour, mm) in graph.neighbours(face as u32) {
                if let Some(k) = unit[neighbour as usize] {
                    *shared.entry(k).or_default() += mm;
                }
            }
            next[face] = shared.into_iter().max_by_key(|&(k, mm)| (mm, std::cmp::Reverse(k))).map(|(k, _)| k);
        }
        unit = next;
        let still: Vec<usize> = open(&unit);
        if still.len() == left.len() {
            // a piece that touches the others in a point only: it goes with its own strip
            for &face in &still {
                unit[face] = strip(face);
            }
            break;
        }
        left = still;
    }
    unit
}

#[cfg(test)]
#[path = "units_tests.rs"]
mod tests;
