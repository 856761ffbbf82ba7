//! From WGS 84 degrees to any CRS.

use super::{Crs, CrsError, Transformer};
use crate::geom::{LonLat, datum};

/// The way from WGS 84 longitude and latitude to a CRS: x is longitude or easting, y latitude or northing, whatever axis
/// order the definition has. As a [`Transformer`], neither `Send` nor `Sync`.
pub struct Outward {
    crs: Crs,
    proj: Option<proj::Proj>,
}

impl std::fmt::Debug for Outward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outward").field("crs", &self.crs).finish_non_exhaustive()
    }
}

impl Outward {
    /// The way to `crs`.
    ///
    /// # Errors
    /// As [`Transformer::new`].
    pub fn new(crs: &Crs) -> Result<Self, CrsError> {
        // refuses what cannot be used, with the same words
        Transformer::new(crs)?;
        let plain = if let Crs::NorthFirst(inner) = crs { &**inner } else { crs };
        let proj = match plain {
            Crs::Proj(definition) => {
                let unknown = |reason: String| CrsError::UnknownDefinition {
                    crs: crs.to_string().chars().take(60).collect(),
                    reason,
                };
                Some(
                    proj::Proj::new_known_crs("EPSG:4326", definition, None)
                        .map_err(|error| unknown(error.to_string()))?,
                )
            }
            _ => None,
        };
        Ok(Self { crs: crs.clone(), proj })
    }

    /// Converts one point; the northing or latitude first where the name of the CRS ends in `/ne`.
    ///
    /// # Errors
    /// When it has no place in the CRS.
    pub fn convert_point(&self, point: LonLat) -> Result<(f64, f64), CrsError> {
        match &self.crs {
            Crs::NorthFirst(inner) => self.convert_east_first(inner, point).map(|(x, y)| (y, x)),
            plain => self.convert_east_first(plain, point),
        }
    }

    fn convert_east_first(&self, crs: &Crs, point: LonLat) -> Result<(f64, f64), CrsError> {
        let LonLat { lon_deg, lat_deg } = match crs {
            Crs::Gcj02 => datum::wgs84_to_gcj02(point),
            Crs::Bd09 => datum::wgs84_to_bd09(point),
            Crs::Wgs84 | Crs::Cgcs2000 | Crs::Proj(_) | Crs::NorthFirst(_) => point,
        };
        let Some(proj) = &self.proj else { return Ok((lon_deg, lat_deg)) };
        let failed =
            |reason: String| CrsError::Conversion { crs: self.crs.to_string(), x: lon_deg, y: lat_deg, reason };
        let (x, y) = proj.convert((lon_deg, lat_deg)).map_err(|error| failed(error.to_string()))?;
        if x.is_finite() && y.is_finite() {
            Ok((x, y))
        } else {
            Err(failed("it does not come out as a finite number".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_and_back_is_the_same_place() {
        let here = LonLat { lon_deg: 114.31, lat_deg: 30.59 };
        for crs in [
            "wgs84",
            "gcj02",
            "bd09",
            "cgcs2000",
            "EPSG:4547",
            "EPSG:3857",
            "EPSG:32650",
            "EPSG:4490",
            "EPSG:4547/ne",
            "EPSG:4526/ne",
            "gcj02/ne",
        ] {
            let crs: Crs = crs.parse().unwrap();
            let (x, y) = Outward::new(&crs).unwrap().convert_point(here).unwrap();
            let back = Transformer::new(&crs).unwrap().convert_point(x, y).unwrap();
            assert!(
                (back.lon_deg - here.lon_deg).abs() < 1e-9 && (back.lat_deg - here.lat_deg).abs() < 1e-9,
                "{crs}: {back:?}"
            );
        }
        assert!(Outward::new(&Crs::from_epsg(5773)).is_err());
    }
}
