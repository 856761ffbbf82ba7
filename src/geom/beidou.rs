//! The BeiDou grid code of a place (北斗网格码): GB/T 39409-2020, the plane part.
//!
//! A code names a cell; each further level cuts its cell into smaller ones and adds characters, so that a code's beginning is the
//! cell around it. Cells are half-open: they hold their borders towards the equator and the meridian 0. South and west of
//! these the cells are mirrored. Coordinates are CGCS2000, here taken as WGS 84 (they differ by centimetres).

use super::LatticePoint;

/// Cells of the finest level in one degree: 1/2048 second of arc.
const FINEST_PER_DEGREE: i64 = 3600 * 2048;
/// Lattice units in one degree, as a whole number.
const UNITS_PER_DEGREE: i64 = 10_000_000;
/// The grid code is defined up to this latitude, in degrees; the poles have cells of their own, which are not made here.
const MOST_LAT_DEG: i64 = 88;

/// How fine a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BeidouLevel(u8);

impl BeidouLevel {
    /// Cells of 4 seconds, about 124 m at the equator: coarse enough to blur a place.
    pub const BLOCK: Self = Self(5);
    /// Cells of 1/32 second, about 1 m at the equator.
    pub const METRE: Self = Self(8);

    /// A level from 1 (6° by 4°) to 10 (1/2048 second, about 1.5 cm); `None` else.
    pub const fn new(level: u8) -> Option<Self> {
        if level >= 1 && level <= 10 { Some(Self(level)) } else { None }
    }
}

/// One step of the code: the cell's size in finest cells, east and north, and how its place in the cell above is written.
enum Step {
    /// One character each for column and row.
    Pair { east: i64, north: i64 },
    /// One character, two columns: 2 · row + column.
    Single { east: i64, north: i64 },
}

const SECOND: i64 = 2048;
const STEPS: [Step; 9] = [
    Step::Pair { east: 1800 * SECOND, north: 1800 * SECOND },
    Step::Single { east: 900 * SECOND, north: 600 * SECOND },
    Step::Pair { east: 60 * SECOND, north: 60 * SECOND },
    Step::Pair { east: 4 * SECOND, north: 4 * SECOND },
    Step::Single { east: 2 * SECOND, north: 2 * SECOND },
    Step::Pair { east: SECOND / 4, north: SECOND / 4 },
    Step::Pair { east: SECOND / 32, north: SECOND / 32 },
    Step::Pair { east: SECOND / 256, north: SECOND / 256 },
    Step::Pair { east: 1, north: 1 },
];

/// The code of the cell that holds a place; `None` within 2° of a pole. Exact: whole numbers throughout.
///
/// ```
/// use wangge::geom::{BeidouLevel, LonLat, beidou_code};
/// // the example of Annex B of the standard
/// let place = LonLat { lon_deg: 116.0 + 18.0 / 60.0 + 45.37 / 3600.0, lat_deg: 39.0 + 59.0 / 60.0 + 35.38 / 3600.0 };
/// assert_eq!(beidou_code(place.snap().unwrap(), BeidouLevel::METRE).unwrap(), "N50J47539B825534");
/// ```
pub fn beidou_code(place: LatticePoint, level: BeidouLevel) -> Option<String> {
    if place.y().abs() >= MOST_LAT_DEG * UNITS_PER_DEGREE {
        return None;
    }
    let finest = |units: i64| units.abs() * FINEST_PER_DEGREE / UNITS_PER_DEGREE;
    // 180° east is 180° west
    let x = if place.x() == 180 * UNITS_PER_DEGREE { -place.x() } else { place.x() };
    let (mut east, mut north) = (finest(x), finest(place.y()));
    let (zone, band) = (6 * FINEST_PER_DEGREE, 4 * FINEST_PER_DEGREE);
    let zones = (east / zone).min(29);
    let column = if x < 0 { 30 - zones } else { 31 + zones };
    let hemisphere = if place.y() < 0 { 'S' } else { 'N' };
    let mut code = format!("{hemisphere}{column:02}{}", char::from(b'A' + (north / band) as u8));
    (east, north) = (east - zones * zone, north % band);
    for step in &STEPS[..usize::from(level.0) - 1] {
        let (&Step::Pair { east: wide, north: high } | &Step::Single { east: wide, north: high }) = step;
        let (column, row) = (east / wide, north / high);
        match step {
            Step::Pair { .. } => code.extend([digit(column), digit(row)]),
            Step::Single { .. } => code.push(digit(2 * row + column)),
        }
        (east, north) = (east % wide, north % high);
    }
    Some(code)
}

fn digit(value: i64) -> char {
    char::from_digit(value as u32, 16).expect("a cell has at most 15 by 15 cells").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::LonLat;

    fn place(lat: (f64, f64, f64), lon: (f64, f64, f64)) -> LatticePoint {
        let degrees = |(d, m, s): (f64, f64, f64)| d + m / 60.0 + s / 3600.0;
        LonLat { lon_deg: degrees(lon), lat_deg: degrees(lat) }.snap().unwrap()
    }

    #[test]
    fn the_examples_of_the_standard_hold_at_every_level() {
        let annex_b = place((39.0, 59.0, 35.38), (116.0, 18.0, 45.37));
        let expected = [
            "N50J",
            "N50J47",
            "N50J475",
            "N50J47539",
            "N50J47539B8",
            "N50J47539B82",
            "N50J47539B8255",
            "N50J47539B825534",
        ];
        for (level, expected) in (1..).zip(expected) {
            assert_eq!(beidou_code(annex_b, BeidouLevel(level)).unwrap(), expected);
        }
        for (north, east, expected) in
            [(56.1444, 14.3184, "N50J475493E"), (59.7012, 5.9808, "N50J475491E"), (56.5260, 9.3540, "N50J475492E")]
        {
            let place = place((39.0, 59.0, north), (116.0, 19.0, east));
            assert_eq!(beidou_code(place, BeidouLevel::BLOCK).unwrap(), expected);
        }
    }

    #[test]
    fn west_and_south_are_mirrored_and_the_ends_of_the_earth_have_a_code() {
        let at =
            |lon_deg, lat_deg| beidou_code(LonLat { lon_deg, lat_deg }.snap().unwrap(), BeidouLevel::new(10).unwrap());
        let (east, west) = (at(2.5, 48.25).unwrap(), at(-2.5, 48.25).unwrap());
        assert_eq!((&east[..4], &west[..4], &east[4..]), ("N31M", "N30M", &west[4..]));
        assert_eq!(&at(2.5, -48.25).unwrap()[..4], "S31M");
        assert_eq!(at(180.0, 1.0), at(-180.0, 1.0));
        assert_eq!(&at(180.0, 1.0).unwrap()[..3], "N01");
        assert_eq!(at(10.0, 88.0), None);
        assert_eq!(at(10.0, -89.0), None);
        assert_eq!(at(10.0, 87.999).unwrap().len(), 20);
    }

    proptest::proptest! {
        #[test]
        fn a_code_begins_with_the_codes_of_the_cells_around(x in -1_800_000_000..=1_800_000_000_i32, y in -879_999_999..880_000_000_i32) {
            let place = LatticePoint::new(x, y);
            for level in 1..10 {
                let (outer, inner) = (beidou_code(place, BeidouLevel(level)).unwrap(), beidou_code(place, BeidouLevel(level + 1)).unwrap());
                proptest::prop_assert!(inner.starts_with(&outer), "{outer} {inner}");
            }
        }
    }
}
