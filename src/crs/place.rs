//! Coordinates as they were given → points on the lattice, one or a column at a time.

use super::transformer::with_cached;
use super::{Crs, CrsError};
use crate::geom::datum::Datum;
use crate::geom::{CoordinateError, LatticePoint, LonLat};

/// Why a point is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PointError {
    /// Not a CRS, or not convertible.
    #[error(transparent)]
    Crs(#[from] CrsError),
    /// Not on the Earth.
    #[error(transparent)]
    Coordinate(#[from] CoordinateError),
}

/// A column of points. Rows that are none have some point or other, and stand in `bad`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Placed {
    /// One point for each row.
    pub points: Vec<LatticePoint>,
    /// Rows without a point, ascending, with the reason.
    pub bad: Vec<(usize, PointError)>,
}

impl Placed {
    fn push(&mut self, point: Result<LatticePoint, PointError>) {
        match point {
            Ok(point) => self.points.push(point),
            Err(error) => {
                self.bad.push((self.points.len(), error));
                self.points.push(LatticePoint::new(0, 0));
            }
        }
    }
}

/// Brings a point to WGS 84 and snaps it to the lattice. `x` is longitude or easting, `y` latitude or northing;
/// the other way round where the name of the CRS ends in `/ne`.
///
/// # Errors
/// When it is not finite, out of range (before or after conversion) or cannot be converted.
pub fn place(crs: &Crs, x: f64, y: f64) -> Result<LatticePoint, PointError> {
    let (plain, given) = given(crs, x, y)?;
    Ok(match datum(plain) {
        Some(datum) => datum.to_lattice(given)?,
        None => with_cached(crs, |transformer| transformer.convert_point(x, y))??.snap()?,
    })
}

/// The datum of degrees that need no projection.
fn datum(plain: &Crs) -> Option<Datum> {
    match plain {
        Crs::Wgs84 | Crs::Cgcs2000 => Some(Datum::Wgs84),
        Crs::Gcj02 => Some(Datum::Gcj02),
        Crs::Bd09 => Some(Datum::Bd09),
        Crs::Proj(_) | Crs::NorthFirst(_) => None,
    }
}

/// As [`place`] for each of many points: the same points, sooner. O(n).
///
/// # Errors
/// When the CRS itself cannot be used.
pub fn place_all(crs: &Crs, given_points: &[(f64, f64)]) -> Result<Placed, CrsError> {
    let mut placed = Placed { points: Vec::with_capacity(given_points.len()), bad: Vec::new() };
    if datum(plain(crs).0).is_some() {
        for &(x, y) in given_points {
            placed.push(place(crs, x, y));
        }
        return Ok(placed);
    }
    with_cached(crs, |transformer| {
        let mut converted = given_points.to_vec();
        // one point out of reach spoils a column: then each is asked for itself
        let together = transformer.convert(&mut converted).is_ok();
        for (&(x, y), &(lon_deg, lat_deg)) in given_points.iter().zip(&converted) {
            let point = given(crs, x, y).and_then(|_| {
                let whole = together && lon_deg.is_finite() && lat_deg.is_finite();
                let found = if whole { LonLat { lon_deg, lat_deg } } else { transformer.convert_point(x, y)? };
                Ok(found.snap()?)
            });
            placed.push(point);
        }
    })?;
    Ok(placed)
}

/// What stands first in a CRS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    East,
    North,
}

fn plain(crs: &Crs) -> (&Crs, First) {
    match crs {
        Crs::NorthFirst(inner) => (inner, First::North),
        plain => (plain, First::East),
    }
}

/// The CRS without its order, and longitude or easting before latitude or northing. Degrees that are out of range or swapped are
/// told in the sender's own numbers.
fn given(crs: &Crs, x: f64, y: f64) -> Result<(&Crs, LonLat), PointError> {
    let (plain, first) = plain(crs);
    let (lon_deg, lat_deg) = if first == First::North { (y, x) } else { (x, y) };
    let given = LonLat { lon_deg, lat_deg };
    if !matches!(plain, Crs::Proj(_)) {
        given.snap()?;
    } else if !(x.is_finite() && y.is_finite()) {
        return Err(CoordinateError::NotFinite { lon_deg, lat_deg }.into());
    }
    Ok((plain, given))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_column_is_its_points(
            degrees in proptest::collection::vec((-200.0..200.0_f64, -100.0..100.0_f64), 0..60),
            metres in proptest::collection::vec((-1e7..1e8_f64, -2e7..2e7_f64), 0..20),
        ) {
            for (crs, points) in [("wgs84", &degrees), ("gcj02", &degrees), ("bd09", &degrees), ("EPSG:4547", &metres), ("wgs84/ne", &degrees), ("EPSG:4547/ne", &metres)] {
                let crs: Crs = crs.parse().unwrap();
                let mut points = points.clone();
                points.push((f64::NAN, 1.0));
                let placed = place_all(&crs, &points).unwrap();
                prop_assert_eq!(placed.points.len(), points.len());
                for (row, &(x, y)) in points.iter().enumerate() {
                    let bad = placed.bad.iter().any(|(bad, _)| *bad == row);
                    match place(&crs, x, y) {
                        Ok(point) => prop_assert!(!bad && placed.points[row] == point),
                        Err(_) => prop_assert!(bad),
                    }
                }
            }
        }
    }

    #[test]
    fn a_crs_nobody_knows_spoils_the_column_not_the_row() {
        assert!(place_all(&Crs::from_epsg(5_555_555), &[(1.0, 2.0)]).is_err());
    }
}
