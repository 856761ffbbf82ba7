//! The lattice: one unit is 1e-7 degree of longitude or latitude.

use serde::{Deserialize, Serialize};

/// Lattice units in one degree. 1e-7 degree is at most 1.11 cm on the ground, below the accuracy of any
/// cadastre, and a whole circle of longitude still fits an `i32` (1.8e9 < 2^31).
pub const UNITS_PER_DEGREE: f64 = 1e7;

/// A position in degrees on WGS 84, as it comes in or goes out. CGCS2000 counts as the same (they differ by
/// centimetres).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LonLat {
    /// Longitude in degrees, east positive, -180 to 180.
    pub lon_deg: f64,
    /// Latitude in degrees, north positive, -90 to 90.
    pub lat_deg: f64,
}

/// A point of the lattice: longitude and latitude in units of 1e-7 degree (WGS 84). Ordered by x, then y.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct LatticePoint {
    /// Longitude in 1e-7 degree.
    pub x_e7: i32,
    /// Latitude in 1e-7 degree.
    pub y_e7: i32,
}

/// Why a position cannot stand on the lattice.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CoordinateError {
    /// NaN or infinite.
    #[error("coordinate ({lon_deg}, {lat_deg}) is not a finite number")]
    NotFinite {
        /// Longitude as given.
        lon_deg: f64,
        /// Latitude as given.
        lat_deg: f64,
    },
    /// Outside the range of longitude or latitude, but lawful when swapped.
    #[error("lon {lon_deg}, lat {lat_deg} is out of range (lat is -90 to 90): they look swapped, give longitude first")]
    LooksSwapped {
        /// Longitude as given.
        lon_deg: f64,
        /// Latitude as given.
        lat_deg: f64,
    },
    /// Outside the range of longitude or latitude.
    #[error("lon {lon_deg}, lat {lat_deg} is out of range (lon is -180 to 180, lat is -90 to 90): is the CRS right?")]
    OutOfRange {
        /// Longitude as given.
        lon_deg: f64,
        /// Latitude as given.
        lat_deg: f64,
    },
}

impl LonLat {
    /// The nearest lattice point; halves go away from zero.
    ///
    /// # Errors
    /// When a coordinate is not finite or outside -180…180 / -90…90.
    pub fn snap(self) -> Result<LatticePoint, CoordinateError> {
        let Self { lon_deg, lat_deg } = self;
        if !(lon_deg.is_finite() && lat_deg.is_finite()) {
            return Err(CoordinateError::NotFinite { lon_deg, lat_deg });
        }
        if lon_deg.abs() > 180.0 || lat_deg.abs() > 90.0 {
            return Err(if lat_deg.abs() <= 180.0 && lon_deg.abs() <= 90.0 {
                CoordinateError::LooksSwapped { lon_deg, lat_deg }
            } else {
                CoordinateError::OutOfRange { lon_deg, lat_deg }
            });
        }
        Ok(LatticePoint {
            x_e7: (lon_deg * UNITS_PER_DEGREE).round() as i32,
            y_e7: (lat_deg * UNITS_PER_DEGREE).round() as i32,
        })
    }
}

impl LatticePoint {
    /// The point with these coordinates in 1e-7 degree.
    pub const fn new(x_e7: i32, y_e7: i32) -> Self {
        Self { x_e7, y_e7 }
    }

    /// In degrees. Snapping the result gives this point again.
    pub fn to_lon_lat(self) -> LonLat {
        LonLat { lon_deg: f64::from(self.x_e7) / UNITS_PER_DEGREE, lat_deg: f64::from(self.y_e7) / UNITS_PER_DEGREE }
    }

    /// Longitude as `i64`, for sums that would overflow.
    pub(crate) const fn x(self) -> i64 {
        self.x_e7 as i64
    }

    /// Latitude as `i64`.
    pub(crate) const fn y(self) -> i64 {
        self.y_e7 as i64
    }
}

impl std::fmt::Display for LatticePoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let LonLat { lon_deg, lat_deg } = self.to_lon_lat();
        write!(f, "({lon_deg}, {lat_deg})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_lattice_point_survives_the_way_through_degrees(x in -1_800_000_000..=1_800_000_000_i32, y in -900_000_000..=900_000_000_i32) {
            let point = LatticePoint::new(x, y);
            proptest::prop_assert_eq!(point.to_lon_lat().snap(), Ok(point));
        }
    }

    #[test]
    fn swapped_and_impossible_coordinates_are_told_apart() {
        let snap = |lon_deg, lat_deg| LonLat { lon_deg, lat_deg }.snap();
        assert!(matches!(snap(25.0, 121.5), Err(CoordinateError::LooksSwapped { .. })));
        assert!(matches!(snap(300_000.0, 2_770_000.0), Err(CoordinateError::OutOfRange { .. })));
        assert!(matches!(snap(f64::NAN, 0.0), Err(CoordinateError::NotFinite { .. })));
        assert_eq!(snap(121.5, 25.0), Ok(LatticePoint::new(1_215_000_000, 250_000_000)));
    }
}
