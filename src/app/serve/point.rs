//! A point as it was given, and where it lies.

use crate::crs::{Crs, CrsError, to_wgs84};
use crate::geom::{CoordinateError, LatticePoint, LonLat};

/// A position in some CRS.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenPoint {
    /// Longitude in degrees, or easting.
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
        let given = LonLat { lon_deg: self.lon, lat_deg: self.lat };
        if !matches!(self.crs, Crs::Proj(_)) {
            // degrees: what is out of range or swapped is told in the sender's own numbers
            given.snap()?;
        } else if !(self.lon.is_finite() && self.lat.is_finite()) {
            return Err(CoordinateError::NotFinite { lon_deg: self.lon, lat_deg: self.lat }.into());
        }
        Ok(to_wgs84(&self.crs, self.lon, self.lat)?.snap()?)
    }
}
