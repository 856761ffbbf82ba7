//! The Gauss-Krüger zones of CGCS2000: whether an easting can be of the zone that was named.
//!
//! Each zone has two EPSG numbers. In one form eastings begin with the number of the zone (39 550 903.7), in the other they do not
//! (550 903.7). PROJ takes any easting in either, and puts one of the other form thousands of kilometres off.

use super::{Crs, CrsError};

/// Metres by which the number of a zone is put before its eastings.
const PREFIX_M: f64 = 1e6;

/// How wide the zones of a series are, and the EPSG numbers of its first zone in both forms (EPSG dataset 11).
#[derive(Debug)]
struct Series {
    degrees: u32,
    first_zone: u32,
    zones: u32,
    /// With the number of the zone before the easting.
    prefixed: u32,
    /// Without it.
    plain: u32,
}

const SERIES: [Series; 2] = [
    Series { degrees: 3, first_zone: 25, zones: 21, prefixed: 4513, plain: 4534 },
    Series { degrees: 6, first_zone: 13, zones: 11, prefixed: 4491, plain: 4502 },
];

/// A zone in one of its two forms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zone {
    series: &'static Series,
    number: u32,
    is_prefixed: bool,
}

impl Zone {
    /// The zone with this EPSG number.
    pub(super) fn of_epsg(epsg: u32) -> Option<Self> {
        SERIES.iter().find_map(|series| {
            let within = |first: u32| epsg.checked_sub(first).filter(|&offset| offset < series.zones);
            let (offset, is_prefixed) = match within(series.prefixed) {
                Some(offset) => (offset, true),
                None => (within(series.plain)?, false),
            };
            Some(Self { series, number: series.first_zone + offset, is_prefixed })
        })
    }

    /// Refuses an easting that says another zone, or the other form.
    pub(super) fn check(self, crs: &Crs, x: f64, y: f64) -> Result<(), CrsError> {
        let Self { series, number, is_prefixed } = self;
        let prefix = |metres: f64| (metres / PREFIX_M).floor() as i64;
        let own = i64::from(number);
        let fits = |metres: f64| if is_prefixed { prefix(metres) == own } else { metres.abs() < PREFIX_M };
        // what is no number, or none on the Earth, is for PROJ to refuse
        if fits(x) || !x.is_finite() || x.abs() >= 1e8 {
            return Ok(());
        }
        let crs = crs.to_string();
        let crs = crs.trim_end_matches("/ne");
        let zones = series.first_zone..series.first_zone + series.zones;
        let said = zones.into_iter().find(|&zone| prefix(x) == i64::from(zone));
        let hint = match said {
            Some(zone) => {
                let epsg = series.prefixed + zone - series.first_zone;
                format!("it begins with {zone}, the number of a zone: say EPSG:{epsg}")
            }
            None if fits(y) && prefix(x) != 0 => format!("{y} could be: where X is north and Y east, say {crs}/ne"),
            None if is_prefixed => format!(
                "its eastings begin with {number}; for eastings without the number of the zone say EPSG:{}",
                series.plain + number - series.first_zone
            ),
            None => "its eastings are below a million metres".to_owned(),
        };
        let name = format!("zone {number} of {}° of CGCS2000", series.degrees);
        Err(CrsError::Zone { crs: crs.to_owned(), name, easting: x, hint })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Transformer;
    use super::*;
    use crate::geom::LonLat;

    fn to(crs: &str, x: f64, y: f64) -> Result<LonLat, CrsError> {
        Transformer::new(&crs.parse().unwrap()).unwrap().convert_point(x, y)
    }

    #[test]
    fn each_zone_of_three_degrees_is_the_same_in_both_forms() {
        for number in 25..=45_u32 {
            let (prefixed, plain) = (format!("EPSG:{}", 4488 + number), format!("EPSG:{}", 4509 + number));
            let first = f64::from(number) * PREFIX_M;
            let middle = to(&prefixed, first + 500_000.0, 3.4e6).unwrap();
            assert!((middle.lon_deg - f64::from(3 * number)).abs() < 1e-9, "{prefixed}: {middle:?}");
            for (easting, northing) in [(500_000.0, 3.4e6), (361_234.5, 2.1e6), (640_000.25, 5.6e6)] {
                let one = to(&prefixed, first + easting, northing).unwrap();
                let two = to(&plain, easting, northing).unwrap();
                let off = (one.lon_deg - two.lon_deg).abs().max((one.lat_deg - two.lat_deg).abs());
                assert!(off < 1e-11, "{prefixed} {one:?}, {plain} {two:?}");
                assert_eq!(to(&format!("{plain}/ne"), northing, easting).unwrap(), two);
                assert_eq!(to(&format!("{prefixed}/NE"), northing, first + easting).unwrap(), one);
            }
        }
    }

    #[test]
    fn each_zone_of_six_degrees_is_the_same_in_both_forms() {
        for number in 13..=23_u32 {
            let one = to(&format!("EPSG:{}", 4478 + number), f64::from(number) * PREFIX_M + 600_000.0, 3.4e6).unwrap();
            let two = to(&format!("EPSG:{}", 4489 + number), 600_000.0, 3.4e6).unwrap();
            assert!((one.lon_deg - two.lon_deg).abs() < 1e-11 && (one.lat_deg - two.lat_deg).abs() < 1e-11);
            assert!((one.lon_deg - f64::from(6 * number - 3)).abs() < 2.0);
        }
    }

    #[test]
    fn an_easting_of_another_zone_or_form_is_refused_with_what_to_say_instead() {
        for (crs, x, y, hint) in [
            ("EPSG:4527", 40_550_903.7, 3.86e6, "say EPSG:4528"),
            ("EPSG:4527", 550_903.7, 3.86e6, "say EPSG:4548"),
            ("EPSG:4548", 39_550_903.7, 3.86e6, "say EPSG:4527"),
            ("EPSG:4548", 38_550_903.7, 3.86e6, "say EPSG:4526"),
            ("EPSG:4548", 3_859_757.5, 550_903.7, "say EPSG:4548/ne"),
            ("EPSG:4527", 3_859_757.5, 39_550_903.7, "say EPSG:4527/ne"),
            ("EPSG:4527", 3_859_757.5, 4.0, "EPSG:4548"),
            ("EPSG:4548", 3_859_757.5, 3_859_757.5, "below a million"),
            ("EPSG:4497", 18_550_903.7, 3.86e6, "say EPSG:4496"),
        ] {
            let error = to(crs, x, y).unwrap_err();
            assert!(matches!(error, CrsError::Zone { .. }), "{error}");
            let words = error.to_string();
            assert!(words.contains(hint) && words.contains(crs), "{words}");
        }
        // a batch is refused as its point is
        let transformer = Transformer::new(&Crs::from_epsg(4527)).unwrap();
        let mut points = [(39_500_000.0, 3.4e6), (500_000.0, 3.4e6)];
        assert!(matches!(transformer.convert(&mut points), Err(CrsError::Zone { .. })));
    }

    #[test]
    fn northing_first_is_said_in_the_name() {
        let vector = to("EPSG:4546/ne", 3_396_641.503_4, 527_785.483_3).unwrap();
        assert!((vector.lon_deg - 111.29).abs() < 1e-9 && (vector.lat_deg - 30.69).abs() < 1e-9, "{vector:?}");
        // latitude first, as EPSG:4490 has it
        assert_eq!(to("EPSG:4490/ne", 30.5, 114.25).unwrap(), LonLat { lon_deg: 114.25, lat_deg: 30.5 });
    }
}
