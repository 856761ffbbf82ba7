//! The plane the town is drawn on: places in metres, lattice points, and the exact predicates between them.
//!
//! Design is done in metres, in doubles, with the four operations and square roots alone, which every machine rounds alike;
//! what is written is on the lattice, and every proof is made there in whole numbers.

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
    (abc == 0 && between(a, b, c))
        || (abd == 0 && between(a, b, d))
        || (cda == 0 && between(c, d, a))
        || (cdb == 0 && between(c, d, b))
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
