//! A tile's box in the mesh's units, and exact cuts of segments at it.

use crate::coverage::simplify::{Extent, Pixels};
use crate::geom::LatticePoint;

use super::super::mercator::{BUFFER, EXTENT, TileId, WORLD_BITS};

/// A position in tile units.
pub(in crate::tile) type Spot = (i32, i32);
/// A position in world units, the middle of the world square being 0.
pub(in crate::tile) type Place = (i64, i64);

pub(in crate::tile) const LOW: i32 = -(BUFFER as i32);
pub(in crate::tile) const HIGH: i32 = (EXTENT + BUFFER) as i32;

/// The least world unit of a mesh stands for half the world's side below nothing, so that an `i32` holds it.
pub(in crate::tile) const MIDDLE: i64 = 1 << (WORLD_BITS - 1);

/// Where a tile lies among the world's units.
#[derive(Debug, Clone, Copy)]
pub(in crate::tile) struct Frame {
    pub zoom: u8,
    pub pixels: Pixels,
    /// Units of the zoom from the world's middle to the tile's corner.
    corner: (i64, i64),
    /// The buffered box, closed.
    low: Place,
    high: Place,
}

/// A time along a segment: numerator over denominator, which is above 0.
#[derive(Debug, Clone, Copy)]
struct Time(i128, i128);

impl Time {
    const START: Self = Self(0, 1);
    const END: Self = Self(1, 1);

    fn cmp(self, other: Self) -> std::cmp::Ordering {
        (self.0 * other.1).cmp(&(other.0 * self.1))
    }
}

/// What lies of a segment in the box.
#[derive(Debug, Clone, Copy)]
pub(in crate::tile) struct Within {
    /// Where it starts: the pixel of its end, or where it comes in.
    pub from: Spot,
    /// Where it ends.
    pub to: Spot,
    /// Whether it comes in over the rim.
    pub enters: bool,
    /// Whether it goes out over the rim.
    pub leaves: bool,
}

impl Frame {
    pub fn new(tile: TileId) -> Self {
        let pixels = Pixels::new(tile.z());
        let middle = MIDDLE >> pixels.shift();
        let corner = (i64::from(tile.x()) * EXTENT - middle, i64::from(tile.y()) * EXTENT - middle);
        let world = |units: i64| units << pixels.shift();
        let low = (world(corner.0 - BUFFER), world(corner.1 - BUFFER));
        let high = (world(corner.0 + EXTENT + BUFFER), world(corner.1 + EXTENT + BUFFER));
        Self { zoom: tile.z(), pixels, corner, low, high }
    }

    /// The tile unit of a place, rounded.
    pub fn spot(&self, (x, y): Place) -> Spot {
        ((self.pixels.of(x) - self.corner.0) as i32, (self.pixels.of(y) - self.corner.1) as i32)
    }

    pub fn spot_of(&self, p: LatticePoint) -> Spot {
        self.spot(place(p))
    }

    /// A stop's pixel as a tile unit.
    pub fn spot_of_pixel(&self, (x, y): (i32, i32)) -> Spot {
        ((i64::from(x) - self.corner.0) as i32, (i64::from(y) - self.corner.1) as i32)
    }

    /// The box, as far as a mesh reaches; `shrink` units of the zoom smaller on each side.
    pub fn extent(&self, shrink: i64) -> Extent {
        let by = shrink << self.pixels.shift();
        let fit = |v: i64| v.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        Extent {
            west: fit(self.low.0 + by),
            south: fit(self.low.1 + by),
            east: fit(self.high.0 - by),
            north: fit(self.high.1 - by),
        }
    }

    pub const fn low(&self) -> Place {
        self.low
    }

    /// On which sides of the box a place lies; 0 within it.
    pub fn sides(&self, (x, y): Place) -> u8 {
        u8::from(x < self.low.0)
            | u8::from(x > self.high.0) << 1
            | u8::from(y < self.low.1) << 2
            | u8::from(y > self.high.1) << 3
    }

    /// Whether a segment meets the box, taken a unit larger on each side.
    pub fn comes_near(&self, a: Place, b: Place) -> bool {
        let unit = 1_i64 << self.pixels.shift();
        let (low, high) = ((self.low.0 - unit, self.low.1 - unit), (self.high.0 + unit, self.high.1 + unit));
        if a.0.max(b.0) < low.0 || a.0.min(b.0) > high.0 || a.1.max(b.1) < low.1 || a.1.min(b.1) > high.1 {
            return false;
        }
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let side =
            |x: i64, y: i64| (i128::from(dx) * i128::from(y - a.1) - i128::from(dy) * i128::from(x - a.0)).signum();
        let corners = [side(low.0, low.1), side(high.0, low.1), side(high.0, high.1), side(low.0, high.1)];
        !(corners.iter().all(|&side| side > 0) || corners.iter().all(|&side| side < 0))
    }

    /// What lies of a segment in the closed box; nothing when it only touches a corner from outside. Exact, and crossings
    /// rounded as vertices are. The rim is taken to lie a hair outside the box, so that what runs along it is within.
    pub fn cut(&self, a: Place, b: Place) -> Option<Within> {
        let (sides_a, sides_b) = (self.sides(a), self.sides(b));
        if sides_a & sides_b != 0 {
            return None;
        }
        if sides_a | sides_b == 0 {
            return Some(Within { from: self.spot(a), to: self.spot(b), enters: false, leaves: false });
        }
        let (mut enter, mut leave) = (Time::START, Time::END);
        for (start, run, low, high) in
            [(a.0, b.0 - a.0, self.low.0, self.high.0), (a.1, b.1 - a.1, self.low.1, self.high.1)]
        {
            if run == 0 {
                continue; // not out on this axis, or both ends were out on one side
            }
            let (near, far) = if run > 0 { (low, high) } else { (high, low) };
            let time = |at: i64| Time(i128::from(at - start) * i128::from(run.signum()), i128::from(run.abs()));
            let (near, far) = (time(near), time(far));
            if near.cmp(enter).is_gt() {
                enter = near;
            }
            if far.cmp(leave).is_lt() {
                leave = far;
            }
        }
        if enter.cmp(leave).is_gt() || (enter.cmp(leave).is_eq() && sides_a != 0 && sides_b != 0) {
            return None;
        }
        let from = if sides_a == 0 { self.spot(a) } else { self.at(a, b, enter) };
        let to = if sides_b == 0 { self.spot(b) } else { self.at(a, b, leave) };
        Some(Within { from, to, enters: sides_a != 0, leaves: sides_b != 0 })
    }

    /// The unit of a place along a segment.
    fn at(&self, a: Place, b: Place, Time(n, m): Time) -> Spot {
        let unit = |from: i64, to: i64, corner: i64| {
            let whole = i128::from(from + self.pixels.half()) * m + i128::from(to - from) * n;
            (whole.div_euclid(m << self.pixels.shift()) - i128::from(corner)) as i32
        };
        (unit(a.0, b.0, self.corner.0), unit(a.1, b.1, self.corner.1))
    }

    /// Whether the part of a segment that lies in the closed box passes through the pixel of a tile unit. Exact.
    pub fn passes(&self, a: Place, b: Place, spot: Spot) -> bool {
        let half = self.pixels.half();
        let (mut from, mut to) = ((Time::START, false), (Time::END, false)); // with whether the end is left out
        let axes = [
            (a.0, b.0 - a.0, self.low.0, self.high.0, i64::from(spot.0) + self.corner.0),
            (a.1, b.1 - a.1, self.low.1, self.high.1, i64::from(spot.1) + self.corner.1),
        ];
        for (start, run, low, high, pixel) in axes {
            let middle = self.pixels.middle(pixel);
            let low = low.max(middle - half);
            let (high, open) = if middle + half <= high { (middle + half, true) } else { (high, false) };
            if run == 0 {
                if start < low || start > high || (open && start == high) {
                    return false;
                }
                continue;
            }
            let time = |at: i64| Time(i128::from(at - start) * i128::from(run.signum()), i128::from(run.abs()));
            let (enter, leave) = if run > 0 {
                ((time(low), false), (time(high), open))
            } else {
                ((time(high), open), (time(low), false))
            };
            if enter.0.cmp(from.0).then(enter.1.cmp(&from.1)).is_gt() {
                from = enter;
            }
            if leave.0.cmp(to.0).then(to.1.cmp(&leave.1)).is_lt() {
                to = leave;
            }
        }
        let order = from.0.cmp(to.0);
        order.is_lt() || (order.is_eq() && !from.1 && !to.1)
    }
}

pub(in crate::tile) fn place(p: LatticePoint) -> Place {
    (i64::from(p.x_e7), i64::from(p.y_e7))
}

/// Whether a spot lies on the rim of the box.
pub(in crate::tile) fn on_rim((x, y): Spot) -> bool {
    x == LOW || x == HIGH || y == LOW || y == HIGH
}
