//! A point as it was given, and where it lies.

use crate::crs::{Crs, place};
use crate::geom::LatticePoint;

pub use crate::crs::PointError;

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

impl GivenPoint {
    /// Brings the point to WGS 84 and snaps it to the lattice.
    ///
    /// # Errors
    /// When it is not finite, out of range (before or after conversion) or cannot be converted.
    pub fn snap(&self) -> Result<LatticePoint, PointError> {
        place(&self.crs, self.lon, self.lat)
    }
}
