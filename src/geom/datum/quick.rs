//! GCJ-02 and BD-09 onto the lattice without a sine: the same lattice points as the exact inverse gives, about ten times
//! sooner.
//!
//! The field of GCJ-02 is made of functions of longitude alone and of latitude alone, with a few products between them.
//! Each of these is kept as polynomials over short intervals (interpolated at Chebyshev nodes; Trefethen, Approximation Theory
//! and Approximation Practice, 2013), and with them the inverse is one step of fixed-point iteration and one of Newton's.
//! That is within about 1e-10 degree of the exact inverse, a thousandth of a lattice unit, and the bound is computed
//! with it. Where the result lies within its bound of the middle between two lattice points, or the bound does not hold (outside
//! the tables, and beside longitude 105°, where the field has a kink), the exact inverse decides. So the answers are always
//! the same, and for about one point of 300 the long way is taken.

use std::f64::consts::PI;
use std::sync::LazyLock;

use super::{
    BD_EAST_DEG, BD_NORTH_DEG, BD_SCALE, KRASOVSKY_ECCENTRICITY_2, KRASOVSKY_SEMI_MAJOR_M, bd09_to_wgs84,
    gcj02_to_wgs84,
};
use crate::geom::{CoordinateError, LatticePoint, LonLat, UNITS_PER_DEGREE};

/// Where the tables begin and end, in degrees. China with its seas lies within.
const WEST_DEG: f64 = 70.0;
const EAST_DEG: f64 = 140.0;
const SOUTH_DEG: f64 = 0.0;
const NORTH_DEG: f64 = 58.0;
/// Intervals in a degree of longitude: the shortest wave is a third of a degree long.
const COLUMNS_PER_DEGREE: f64 = 16.0;
/// Intervals in a degree of latitude: the shortest wave is two degrees long.
const ROWS_PER_DEGREE: f64 = 4.0;
/// The meridian at which the field has a kink, and how near to it the tables are not asked, in degrees.
const KINK_DEG: f64 = 105.0;
const BESIDE_KINK_DEG: f64 = 3e-3;
/// Half of what a polynomial is made for, in intervals: half an interval, and the step from the first guess, 0.008 degree.
const REACH: f64 = 0.64;

/// What the tables, rounding and the end of the exact iteration contribute to the error, in degrees.
const TABLE_ERROR_DEG: f64 = 1.2e-11;
/// Half the greatest second derivative of the field by longitude in metres, and a tenth more: of the waves of a third of a
/// degree it is `20 · 2/3 · (6π)²/2`, of one degree a ninth of that.
const HALF_BEND_M: f64 = 3_000.0;
/// The same for all that is left, in degrees.
const HALF_BEND_DEG: f64 = 0.01;
/// The longest step that Newton may take. Longer ones do not occur in China.
const MOST_STEP_DEG: f64 = 1e-4;
/// The greatest second derivative of BD-09's shift, in degrees: its waves are 0.12 degree long and 4e-4 degree high.
const BD_BEND_DEG: f64 = 1.5;
/// The longest step towards BD-09's inverse.
const BD_MOST_STEP_DEG: f64 = 1e-3;
/// How far BD-09 moves along the radius, in degrees, and along the circle, in radians.
const BD_RADIUS: f64 = 0.000_02;
const BD_TURN: f64 = 0.000_003;

/// A system of longitude and latitude that a map service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Datum {
    /// WGS 84, as GPS gives it; CGCS2000 counts as the same, they differ by centimetres.
    Wgs84,
    /// GCJ-02 (AMap, Tencent).
    Gcj02,
    /// BD-09 (Baidu).
    Bd09,
}

impl Datum {
    /// The datum of that name, in any case: `wgs84`, `cgcs2000`, `EPSG:4326`, `EPSG:4490`, `gcj02`, `bd09`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "wgs84" | "wgs-84" | "crs84" | "ogc:crs84" | "epsg:4326" | "cgcs2000" | "epsg:4490" => Self::Wgs84,
            "gcj02" | "gcj-02" => Self::Gcj02,
            "bd09" | "bd-09" | "bd09ll" => Self::Bd09,
            _ => return None,
        })
    }

    /// The lattice point of a position given in this datum: exactly that of its exact inverse ([`gcj02_to_wgs84`],
    /// [`bd09_to_wgs84`]), for every input. O(1); the first call computes the tables, in about two milliseconds.
    ///
    /// # Errors
    /// As [`LonLat::snap`], in the numbers given where those are out of range already.
    #[inline]
    pub fn to_lattice(self, point: LonLat) -> Result<LatticePoint, CoordinateError> {
        let guess = match self {
            Self::Wgs84 => return point.snap(),
            Self::Gcj02 => FIELD.gcj02_to_wgs84(point),
            Self::Bd09 => FIELD.bd09_to_wgs84(point),
        };
        guess.and_then(Guess::snap).map_or_else(|| self.to_lattice_exactly(point), Ok)
    }

    /// The same by the exact inverse alone.
    #[cold]
    fn to_lattice_exactly(self, point: LonLat) -> Result<LatticePoint, CoordinateError> {
        let exact = match self {
            Self::Wgs84 => point,
            Self::Gcj02 => gcj02_to_wgs84(point),
            Self::Bd09 => bd09_to_wgs84(point),
        };
        exact.snap().map_err(|error| point.snap().err().unwrap_or(error))
    }
}

/// A position within a known error.
#[derive(Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "the unit stands in each name")]
struct Guess {
    lon_deg: f64,
    lat_deg: f64,
    error_deg: f64,
}

impl Guess {
    /// Its lattice point, where the error leaves but one.
    #[inline]
    fn snap(self) -> Option<LatticePoint> {
        let (x, y) = (self.lon_deg * UNITS_PER_DEGREE, self.lat_deg * UNITS_PER_DEGREE);
        // both are positive: inside the tables
        let (column, row) = ((x + 0.5) as i32, (y + 0.5) as i32);
        let clear = 0.5 - self.error_deg * UNITS_PER_DEGREE;
        let settled = (x - f64::from(column)).abs() < clear && (y - f64::from(row)).abs() < clear;
        settled.then(|| LatticePoint::new(column, row))
    }
}

/// What of the field depends on longitude alone: metres north and east but for `√|x|` and the products, by powers.
type Column = [[f64; 2]; 8];

/// What depends on latitude alone, by powers.
struct Row {
    /// Metres north.
    north: [f64; 7],
    /// Degrees of latitude, and of longitude, in a metre.
    per_m: [[f64; 2]; 4],
}

struct Field {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

static FIELD: LazyLock<Field> = LazyLock::new(Field::new);

impl Field {
    fn new() -> Self {
        let wave = |degrees: f64, half_period: f64| (PI * degrees / half_period).sin();
        let of_lon = |lon_deg: f64| {
            let x = lon_deg - KINK_DEG;
            let ripple = 20.0 * (wave(x, 1.0 / 6.0) + wave(x, 0.5));
            let east =
                20.0 * wave(x, 1.0) + 40.0 * wave(x, 3.0) + 150.0 * wave(x, 12.0) + 300.0 * wave(x, 30.0) + ripple;
            [ripple * 2.0 / 3.0, 300.0 + x + 0.1 * x * x + east * 2.0 / 3.0]
        };
        let north_of = |lat_deg: f64| {
            let y = lat_deg - 35.0;
            let north = 20.0 * wave(y, 1.0) + 40.0 * wave(y, 3.0) + 160.0 * wave(y, 12.0) + 320.0 * wave(y, 30.0);
            -100.0 + 3.0 * y + 0.2 * y * y + north * 2.0 / 3.0
        };
        let per_m_of = |lat_deg: f64| {
            let (sin, cos) = lat_deg.to_radians().sin_cos();
            let magic = 1.0 - KRASOVSKY_ECCENTRICITY_2 * sin * sin;
            let meridian_m = KRASOVSKY_SEMI_MAJOR_M * (1.0 - KRASOVSKY_ECCENTRICITY_2) / (magic * magic.sqrt());
            let parallel_m = KRASOVSKY_SEMI_MAJOR_M / magic.sqrt() * cos;
            [1.0_f64.to_degrees() / meridian_m, 1.0_f64.to_degrees() / parallel_m]
        };
        let columns = (0..((EAST_DEG - WEST_DEG) * COLUMNS_PER_DEGREE) as u32)
            .map(|column| fit(|t| of_lon(WEST_DEG + (f64::from(column) + 0.5 + t) / COLUMNS_PER_DEGREE)))
            .collect();
        let rows = (0..((NORTH_DEG - SOUTH_DEG) * ROWS_PER_DEGREE) as u32)
            .map(|row| {
                let lat_deg = |t: f64| SOUTH_DEG + (f64::from(row) + 0.5 + t) / ROWS_PER_DEGREE;
                let north = fit(|t| [north_of(lat_deg(t))]).map(|[power]| power);
                Row { north, per_m: fit(|t| per_m_of(lat_deg(t))) }
            })
            .collect();
        Self { columns, rows }
    }

    /// The inverse of GCJ-02, where the tables tell it.
    #[inline]
    fn gcj02_to_wgs84(&self, given: LonLat) -> Option<Guess> {
        let across = (given.lon_deg - WEST_DEG) * COLUMNS_PER_DEGREE;
        let up = (given.lat_deg - SOUTH_DEG) * ROWS_PER_DEGREE;
        // what is negative or no number becomes 0, and is then too far from the middle of the interval
        let (column, row) = (across as u32, up as u32);
        let (columns, Row { north: rest, per_m }) = (self.columns.get(column as usize)?, self.rows.get(row as usize)?);
        let (s, t) = (across - f64::from(column) - 0.5, up - f64::from(row) - 0.5);
        let (x, y) = (given.lon_deg - KINK_DEG, given.lat_deg - 35.0);
        // the field at the given place is nearly that at the place wanted, and the first powers are nearly the field
        let [north, east] = value(&columns[..4], s);
        let [per_north_m, per_east_m] = value(&per_m[..2], t);
        let rest_m = rest[0] + t * (rest[1] + t * rest[2]);
        let (root, product) = (x.abs().sqrt(), 0.1 * x * y);
        let north_step = (north + rest_m + 2.0 * x + product + 0.2 * root) * per_north_m;
        let east_step = (east + 2.0 * y + product + 0.1 * root) * per_east_m;
        // there once more, with how it changes
        let (s, t) = (s - east_step * COLUMNS_PER_DEGREE, t - north_step * ROWS_PER_DEGREE);
        if !(s.abs() <= REACH && t.abs() <= REACH) {
            return None;
        }
        let (x, y) = (x - east_step, y - north_step);
        let ([north, east], [north_by_x, east_by_x]) = with_slope(columns, s, COLUMNS_PER_DEGREE);
        let [per_north_m, per_east_m] = value(per_m, t);
        // by latitude the field is so even that the first powers say how it changes
        let by_y = |power: usize| (per_m[1][power] + 2.0 * t * per_m[2][power]) * ROWS_PER_DEGREE;
        let [rest_m] = value(rest.as_chunks::<1>().0, t);
        let rest_by_y = (rest[1] + t * (2.0 * rest[2] + t * (3.0 * rest[3] + t * (4.0 * rest[4] + t * 5.0 * rest[5]))))
            * ROWS_PER_DEGREE;
        let (root, product) = (x.abs().sqrt(), 0.1 * x * y);
        let root_by_x = 0.5 * root / x;
        let north_m = north + rest_m + 2.0 * x + product + 0.2 * root;
        let east_m = east + 2.0 * y + product + 0.1 * root;
        // how far the place found so far lies from the given one, once shifted
        let off = (east_m * per_east_m - east_step, north_m * per_north_m - north_step);
        let slope = [
            [
                1.0 + (east_by_x + 0.1 * y + 0.1 * root_by_x) * per_east_m,
                (2.0 + 0.1 * x) * per_east_m + east_m * by_y(1),
            ],
            [
                (north_by_x + 2.0 + 0.1 * y + 0.2 * root_by_x) * per_north_m,
                1.0 + (rest_by_y + 0.1 * x) * per_north_m + north_m * by_y(0),
            ],
        ];
        let (east_step, north_step) = times(inverse(slope), off);
        let short = east_step.abs().max(north_step.abs()) < MOST_STEP_DEG;
        let (east_2, north_2) = (east_step * east_step, north_step * north_step);
        (short && x.abs() > BESIDE_KINK_DEG).then_some(Guess {
            lon_deg: KINK_DEG + (x - east_step),
            lat_deg: 35.0 + (y - north_step),
            error_deg: TABLE_ERROR_DEG + HALF_BEND_M * per_east_m * east_2 + HALF_BEND_DEG * (east_2 + north_2),
        })
    }

    /// The inverse of BD-09 and GCJ-02, where the tables tell it.
    #[inline]
    fn bd09_to_wgs84(&self, given: LonLat) -> Option<Guess> {
        let gcj02 = bd09_to_gcj02(given)?;
        let guess = self.gcj02_to_wgs84(LonLat { lon_deg: gcj02.lon_deg, lat_deg: gcj02.lat_deg })?;
        // an error before the field is hardly longer or shorter after it
        Some(Guess { error_deg: guess.error_deg + 1.1 * gcj02.error_deg, ..guess })
    }
}

/// The inverse of BD-09 by two steps of Newton's, with the slope of the first.
///
/// Moving by `r` along the radius and `θ` along the circle is done without the angle: `cos θ` and `sin θ` of the few
/// millionths that it turns by are `1 − θ²/2` and `θ`, to 1e-17.
#[inline]
fn bd09_to_gcj02(given: LonLat) -> Option<Guess> {
    let reach = |degrees: f64, most: f64| degrees > 1.0 && degrees < most;
    if !(reach(given.lon_deg, EAST_DEG) && reach(given.lat_deg, NORTH_DEG)) {
        return None;
    }
    let target = (given.lon_deg - BD_EAST_DEG, given.lat_deg - BD_NORTH_DEG);
    let (x, y) = target;
    let per_radius = 1.0 / (x * x + y * y).sqrt();
    let moved = |(x, y): (f64, f64), longer: f64, turn: f64| {
        let cos_turn = 1.0 - 0.5 * turn * turn;
        (longer * (x * cos_turn - y * turn) - target.0, longer * (y * cos_turn + x * turn) - target.1)
    };
    // the first step needs no more than 1e-5 of the wave, but how it changes
    let ((angle_x, sign_x), (angle_y, sign_y)) = (wave_of(x), wave_of(y));
    let [sin_x, cos_x] = value(&WAVE[..5], angle_x * angle_x);
    let [sin_y, cos_y] = value(&WAVE[..5], angle_y * angle_y);
    let (sin_x, cos_x, sin_y, cos_y) =
        (sin_x * angle_x * sign_x, cos_x * sign_x, sin_y * angle_y * sign_y, cos_y * sign_y);
    let (longer, turn) = (1.0 + BD_RADIUS * sin_y * per_radius, BD_TURN * cos_x);
    let turn_by_x = -BD_TURN * BD_SCALE * sin_x;
    let longer_by_y = BD_RADIUS * BD_SCALE * cos_y * per_radius;
    let slope = [[longer - y * turn_by_x, -turn + x * longer_by_y], [turn + x * turn_by_x, longer + y * longer_by_y]];
    let back = inverse(slope);
    let (east_step, north_step) = times(back, moved((x, y), longer, turn));
    let (x, y) = (x - east_step, y - north_step);
    let step_deg = east_step.abs().max(north_step.abs());
    // the second has the slope of the first: what it leaves is its length by how much the slope has changed
    let ((angle_x, sign_x), (angle_y, sign_y)) = (wave_of(x), wave_of(y));
    let (mut sin_y, mut cos_x) = (WAVE[7][0], WAVE[7][1]);
    for power in WAVE[..7].iter().rev() {
        (sin_y, cos_x) = (sin_y * (angle_y * angle_y) + power[0], cos_x * (angle_x * angle_x) + power[1]);
    }
    // the radius has hardly changed
    let per_radius = per_radius * (1.0 + (x * east_step + y * north_step) * per_radius * per_radius);
    let (longer, turn) = (1.0 + BD_RADIUS * sin_y * angle_y * sign_y * per_radius, BD_TURN * cos_x * sign_x);
    let (east_step, north_step) = times(back, moved((x, y), longer, turn));
    let last_deg = east_step.abs().max(north_step.abs());
    let error_deg = 1e-12 + BD_BEND_DEG * (step_deg + last_deg) * last_deg;
    (step_deg < BD_MOST_STEP_DEG).then_some(Guess { lon_deg: x - east_step, lat_deg: y - north_step, error_deg })
}

/// Sine, over its angle, and cosine by powers of the square of the angle (Taylor): within 1e-12 as far as a quarter turn.
const WAVE: [[f64; 2]; 9] = [
    [1.0, 1.0],
    [-1.0 / 6.0, -1.0 / 2.0],
    [1.0 / 120.0, 1.0 / 24.0],
    [-1.0 / 5_040.0, -1.0 / 720.0],
    [1.0 / 362_880.0, 1.0 / 40_320.0],
    [-1.0 / 39_916_800.0, -1.0 / 3_628_800.0],
    [1.0 / 6_227_020_800.0, 1.0 / 479_001_600.0],
    [-1.0 / 1_307_674_368_000.0, -1.0 / 87_178_291_200.0],
    [1.0 / 355_687_428_096_000.0, 1.0 / 20_922_789_888_000.0],
];

/// The angle of BD-09's wave, which is 0.12 degree long, for a positive place: from the nearest half turn, and the sign that
/// sine and cosine have there.
#[inline]
fn wave_of(degrees: f64) -> (f64, f64) {
    let half_turns = degrees * (BD_SCALE / PI);
    let whole = (half_turns + 0.5) as i32;
    ((half_turns - f64::from(whole)) * PI, f64::from(1 - 2 * (whole & 1)))
}

/// The inverse of a matrix.
#[inline]
fn inverse([[a, b], [c, d]]: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    let scale = 1.0 / (a * d - b * c);
    [[d * scale, -b * scale], [-c * scale, a * scale]]
}

#[inline]
fn times([[a, b], [c, d]]: [[f64; 2]; 2], (east, north): (f64, f64)) -> (f64, f64) {
    (a * east + b * north, c * east + d * north)
}

/// The polynomials through functions at Chebyshev nodes, by powers, lowest first.
fn fit<const FUNCTIONS: usize, const POWERS: usize>(
    of: impl Fn(f64) -> [f64; FUNCTIONS],
) -> [[f64; FUNCTIONS]; POWERS] {
    let nodes: [f64; POWERS] = std::array::from_fn(|i| REACH * (PI * (2 * i + 1) as f64 / (2 * POWERS) as f64).cos());
    let values = nodes.map(of);
    let mut powers = [[0.0; FUNCTIONS]; POWERS];
    for function in 0..FUNCTIONS {
        // Newton's divided differences
        let mut differences = values.map(|value| value[function]);
        for order in 1..POWERS {
            for i in (order..POWERS).rev() {
                differences[i] = (differences[i] - differences[i - 1]) / (nodes[i] - nodes[i - order]);
            }
        }
        // multiplied out, from the innermost bracket
        let mut expanded = [0.0; POWERS];
        for i in (0..POWERS).rev() {
            for power in (1..POWERS).rev() {
                expanded[power] = expanded[power - 1] - nodes[i] * expanded[power];
            }
            expanded[0] = differences[i] - nodes[i] * expanded[0];
        }
        for (power, value) in powers.iter_mut().zip(expanded) {
            power[function] = value;
        }
    }
    powers
}

/// Polynomials at a place (Horner's scheme).
#[inline]
fn value<const FUNCTIONS: usize>(powers: &[[f64; FUNCTIONS]], at: f64) -> [f64; FUNCTIONS] {
    let mut value = [0.0; FUNCTIONS];
    for power in powers.iter().rev() {
        for (value, power) in value.iter_mut().zip(power) {
            *value = *value * at + power;
        }
    }
    value
}

/// Polynomials at a place, and how they change with a degree.
#[inline]
fn with_slope<const FUNCTIONS: usize, const POWERS: usize>(
    powers: &[[f64; FUNCTIONS]; POWERS],
    at: f64,
    per_degree: f64,
) -> ([f64; FUNCTIONS], [f64; FUNCTIONS]) {
    let (mut value, mut slope) = (powers[POWERS - 1], [0.0; FUNCTIONS]);
    for power in powers[..POWERS - 1].iter().rev() {
        for ((value, slope), power) in value.iter_mut().zip(&mut slope).zip(power) {
            *slope = *slope * at + *value;
            *value = *value * at + power;
        }
    }
    (value, slope.map(|slope| slope * per_degree))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{wgs84_to_bd09, wgs84_to_gcj02};
    use super::*;

    const BOTH: [Datum; 2] = [Datum::Gcj02, Datum::Bd09];

    fn exactly(datum: Datum, point: LonLat) -> Result<LatticePoint, CoordinateError> {
        let exact = if datum == Datum::Gcj02 { gcj02_to_wgs84(point) } else { bd09_to_wgs84(point) };
        exact.snap()
    }

    /// Points spread evenly over a box: the additive recurrence of the plastic number (Roberts, 2018).
    fn spread(count: u32, [west, east, south, north]: [f64; 4]) -> impl Iterator<Item = LonLat> {
        let along = |i: u32, step: f64| (0.5 + f64::from(i) * step).fract();
        (0..count).map(move |i| LonLat {
            lon_deg: west + (east - west) * along(i, 0.754_877_666_246_692_7),
            lat_deg: south + (north - south) * along(i, 0.569_840_290_998_053_2),
        })
    }

    fn same_as_exactly(datum: Datum, point: LonLat) {
        let (quick, exact) = (datum.to_lattice(point), exactly(datum, point));
        assert_eq!(quick.ok(), exact.ok(), "{datum:?} {point:?}");
    }

    #[test]
    fn lattice_points_are_those_of_the_exact_inverse_everywhere() {
        for datum in BOTH {
            let boxes = [
                ([73.0, 136.0, 3.0, 54.0], 60_000),
                ([116.0, 117.0, 39.5, 40.5], 20_000),
                ([-180.0, 180.0, -90.0, 90.0], 20_000),
                // the kink, from far and near, and the ends of the tables
                ([104.9, 105.1, 20.0, 45.0], 10_000),
                ([104.99, 105.02, 30.0, 30.1], 10_000),
                ([69.9, 70.1, 10.0, 50.0], 2_000),
                ([139.9, 140.1, 10.0, 58.0], 2_000),
                ([70.0, 140.0, -0.05, 0.05], 2_000),
                ([70.0, 140.0, 57.9, 58.1], 2_000),
                ([0.9, 1.1, 0.9, 1.1], 1_000),
            ];
            for point in boxes.into_iter().flat_map(|(within, count)| spread(count, within)) {
                same_as_exactly(datum, point);
            }
        }
    }

    #[test]
    fn between_two_lattice_points_the_exact_inverse_decides() {
        for between in spread(3_000, [73.0, 136.0, 3.0, 54.0]) {
            let middle = |degrees: f64| ((degrees * UNITS_PER_DEGREE).floor() + 0.5) / UNITS_PER_DEGREE;
            let wanted = LonLat { lon_deg: middle(between.lon_deg), lat_deg: middle(between.lat_deg) };
            for off in [-3e-10, -1e-12, 0.0, 1e-12, 3e-10] {
                let place = LonLat { lon_deg: wanted.lon_deg + off, lat_deg: wanted.lat_deg - off };
                same_as_exactly(Datum::Gcj02, wgs84_to_gcj02(place));
                same_as_exactly(Datum::Bd09, wgs84_to_bd09(place));
            }
        }
    }

    #[test]
    fn at_the_borders_of_the_intervals_nothing_differs() {
        for point in spread(4_000, [73.0, 136.0, 3.0, 54.0]) {
            let border = |degrees: f64, per_degree: f64| (degrees * per_degree).round() / per_degree;
            let (lon_deg, lat_deg) =
                (border(point.lon_deg, COLUMNS_PER_DEGREE), border(point.lat_deg, ROWS_PER_DEGREE));
            for lon_deg in [lon_deg.next_down(), lon_deg, lon_deg.next_up()] {
                for lat_deg in [lat_deg.next_down(), lat_deg, lat_deg.next_up()] {
                    for datum in BOTH {
                        same_as_exactly(datum, LonLat { lon_deg, lat_deg });
                    }
                }
            }
        }
    }

    #[test]
    fn a_guess_is_well_within_the_error_it_states_and_nearly_always_enough() {
        const POINTS: u32 = 100_000;
        for (datum, enough) in [(Datum::Gcj02, 0.996), (Datum::Bd09, 0.995)] {
            let (mut settled, mut worst) = (0, 0.0_f64);
            for point in spread(POINTS, [73.0, 135.0, 18.0, 54.0]) {
                let (exact, guess) = if datum == Datum::Gcj02 {
                    (gcj02_to_wgs84(point), FIELD.gcj02_to_wgs84(point))
                } else {
                    (bd09_to_wgs84(point), FIELD.bd09_to_wgs84(point))
                };
                let Some(guess) = guess else { continue };
                let off = (guess.lon_deg - exact.lon_deg).abs().max((guess.lat_deg - exact.lat_deg).abs());
                worst = worst.max(off / guess.error_deg);
                settled += u32::from(guess.snap().is_some());
            }
            assert!(worst < 0.8, "{datum:?}: {worst} of the stated error");
            assert!(f64::from(settled) > enough * f64::from(POINTS), "{datum:?}: {settled} settled");
        }
    }

    #[test]
    fn what_is_no_position_is_refused_in_the_numbers_given() {
        for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
            for (lon_deg, lat_deg) in
                [(f64::NAN, 30.0), (116.0, f64::INFINITY), (39.9, 116.4), (1e300, 1e300), (500_000.0, 3.4e6)]
            {
                let point = LonLat { lon_deg, lat_deg };
                let error = datum.to_lattice(point).unwrap_err();
                assert_eq!(error.to_string(), point.snap().unwrap_err().to_string(), "{datum:?}");
            }
        }
    }

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!(Datum::named(" GCJ02 "), Some(Datum::Gcj02));
        assert_eq!(Datum::named("bd-09"), Some(Datum::Bd09));
        assert_eq!(Datum::named("EPSG:4490"), Some(Datum::Wgs84));
        assert_eq!(Datum::named("EPSG:4547"), None);
    }

    proptest! {
        #[test]
        fn any_numbers_at_all_give_what_the_exact_inverse_gives(lon_deg in prop::num::f64::ANY, lat_deg in prop::num::f64::ANY) {
            for datum in BOTH {
                same_as_exactly(datum, LonLat { lon_deg, lat_deg });
            }
        }

        #[test]
        fn any_place_of_the_tables_gives_what_the_exact_inverse_gives(lon_deg in 69.9..140.1_f64, lat_deg in -0.1..58.1_f64) {
            for datum in BOTH {
                same_as_exactly(datum, LonLat { lon_deg, lat_deg });
            }
        }
    }
}
