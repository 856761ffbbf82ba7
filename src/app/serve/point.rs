//! A point as it was given, and where it lies.

use crate::crs::{Crs, CrsError, to_wgs84};
use crate::geom::datum::Datum;
use crate::geom::{CoordinateError, LatticePoint, LonLat};

/// A position in some CRS.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenPoint {
    /// Longitude in degrees, or easting; what stands first where the CRS ends in `/ne`.
    pub lon: f64,
    /// Latitude in degrees, or northing.
    pub lat: f64,
    /// What the two are in.
    pub crs: Crs,
}

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

impl GivenPoint {
    /// Brings the point to WGS 84 and snaps it to the lattice.
    ///
    /// # Errors
    /// When it is not finite, out of range (before or after conversion) or cannot be converted.
    pub fn snap(&self) -> Result<LatticePoint, PointError> {
        let (crs, lon, lat) = match &self.crs {
            Crs::NorthFirst(inner) => (&**inner, self.lat, self.lon),
            plain => (plain, self.lon, self.lat),
        };
        let given = LonLat { lon_deg: lon, lat_deg: lat };
        if !matches!(crs, Crs::Proj(_)) {
            // degrees: what is out of range or swapped is told in the sender's own numbers
            given.snap()?;
        } else if !(lon.is_finite() && lat.is_finite()) {
            return Err(CoordinateError::NotFinite { lon_deg: lon, lat_deg: lat }.into());
        }
        Ok(match crs {
            // the same lattice point, sooner
            Crs::Gcj02 => Datum::Gcj02.to_lattice(given)?,
            Crs::Bd09 => Datum::Bd09.to_lattice(given)?,
            other => to_wgs84(other, lon, lat)?.snap()?,
        })
    }
}
