//! From any CRS to WGS 84 degrees.

use std::cell::RefCell;

use super::zone::Zone;
use super::{Crs, CrsError, gdal_words};
use crate::geom::{LonLat, datum};

/// Transformers kept per thread by [`super::place`]. A city uses two or three systems; the bound keeps a caller who tries
/// every EPSG number from filling the memory.
const CACHED_PER_THREAD: usize = 16;
/// Letters of a definition shown in an error.
const SHOWN_CHARS: usize = 60;

/// The way from one CRS to WGS 84 longitude and latitude in degrees.
///
/// Neither `Send` nor `Sync`, as PROJ's objects are not: make one per thread, or call [`super::place`]. Making one costs
/// milliseconds (PROJ reads its database), converting a point about a microsecond.
pub struct Transformer {
    crs: Crs,
    order: Order,
    way: Way,
    zone: Option<Zone>,
    area_of_use: Option<AreaOfUse>,
}

/// Where a CRS is meant to be used, in degrees. One that crosses the antimeridian has its west east of its east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaOfUse {
    /// Westernmost longitude.
    pub west_deg: f64,
    /// Southernmost latitude.
    pub south_deg: f64,
    /// Easternmost longitude.
    pub east_deg: f64,
    /// Northernmost latitude.
    pub north_deg: f64,
}

impl AreaOfUse {
    /// Whether the area holds the point.
    pub fn contains(&self, point: LonLat) -> bool {
        let Self { west_deg, south_deg, east_deg, north_deg } = *self;
        let LonLat { lon_deg, lat_deg } = point;
        let in_lon = if west_deg <= east_deg {
            (west_deg..=east_deg).contains(&lon_deg)
        } else {
            lon_deg >= west_deg || lon_deg <= east_deg
        };
        in_lon && (south_deg..=north_deg).contains(&lat_deg)
    }
}

impl std::fmt::Display for AreaOfUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "lon {} to {}, lat {} to {}", self.west_deg, self.east_deg, self.south_deg, self.north_deg)
    }
}

/// What stands first.
#[derive(Clone, Copy)]
enum Order {
    East,
    North,
}

enum Way {
    Identity,
    Formula(fn(LonLat) -> LonLat),
    Proj(proj::Proj),
}

impl std::fmt::Debug for Transformer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transformer").field("crs", &self.crs).finish_non_exhaustive()
    }
}

impl Transformer {
    /// The way from `crs`.
    ///
    /// # Errors
    /// When PROJ does not know the CRS, when it has no place on the Earth, and for Beijing 1954 and Xian 1980.
    pub fn new(crs: &Crs) -> Result<Self, CrsError> {
        let (order, plain) = match crs {
            Crs::NorthFirst(inner) => (Order::North, &**inner),
            plain => (Order::East, plain),
        };
        let (way, area_of_use) = match plain {
            Crs::Wgs84 | Crs::Cgcs2000 => (Way::Identity, None),
            Crs::Gcj02 => (Way::Formula(datum::gcj02_to_wgs84), None),
            Crs::Bd09 => (Way::Formula(datum::bd09_to_wgs84), None),
            // the name allows one `/ne`; a value made otherwise is no CRS either
            Crs::NorthFirst(_) => return Err(CrsError::UnknownName { given: crs.to_string() }),
            Crs::Proj(definition) => {
                let (proj, area_of_use) = open(plain, definition)?;
                (Way::Proj(proj), area_of_use)
            }
        };
        let zone = match plain {
            Crs::Proj(definition) => {
                definition.strip_prefix("EPSG:").and_then(|number| number.parse().ok()).and_then(Zone::of_epsg)
            }
            _ => None,
        };
        Ok(Self { crs: crs.clone(), order, way, zone, area_of_use })
    }

    /// The CRS it converts from.
    pub fn crs(&self) -> &Crs {
        &self.crs
    }

    /// Where PROJ says the CRS is meant to be used; `None` where it does not say, and for those without a projection.
    /// Coordinates that come out elsewhere hint at a wrong CRS.
    pub fn area_of_use(&self) -> Option<AreaOfUse> {
        self.area_of_use
    }

    /// Converts (x, y) pairs in place: x is longitude or easting, y latitude or northing, whatever axis order the
    /// definition has, and the other way round where the name of the CRS ends in `/ne`; afterwards longitude and latitude
    /// in degrees. O(points).
    ///
    /// # Errors
    /// Names the first coordinate that cannot be converted; the slice then holds a mixture and must not be used.
    /// Coordinates that are not finite are not looked for here: [`LonLat::snap`] refuses them.
    pub fn convert(&self, points: &mut [(f64, f64)]) -> Result<(), CrsError> {
        if let Order::North = self.order {
            for (x, y) in &mut *points {
                std::mem::swap(x, y);
            }
        }
        if let Some(zone) = self.zone {
            for &(x, y) in &*points {
                zone.check(&self.crs, x, y)?;
            }
        }
        match &self.way {
            Way::Identity => Ok(()),
            Way::Formula(to_wgs84) => {
                for point in points {
                    let LonLat { lon_deg, lat_deg } = to_wgs84(LonLat { lon_deg: point.0, lat_deg: point.1 });
                    *point = (lon_deg, lat_deg);
                }
                Ok(())
            }
            Way::Proj(proj) => {
                if proj.convert_array(points).is_ok() {
                    return Ok(());
                }
                // on failure the array is untouched: find the culprit
                for point in points {
                    let (x, y) = *point;
                    *point = proj.convert((x, y)).map_err(|error| self.conversion_error(x, y, &error))?;
                }
                Ok(())
            }
        }
    }

    /// Converts one coordinate.
    ///
    /// # Errors
    /// When it cannot be converted or does not come out finite.
    pub fn convert_point(&self, x: f64, y: f64) -> Result<LonLat, CrsError> {
        let mut point = [(x, y)];
        self.convert(&mut point)?;
        let [(lon_deg, lat_deg)] = point;
        if lon_deg.is_finite() && lat_deg.is_finite() {
            Ok(LonLat { lon_deg, lat_deg })
        } else {
            let reason = "it does not come out as a finite number".to_owned();
            Err(CrsError::Conversion { crs: self.crs.to_string(), x, y, reason })
        }
    }

    fn conversion_error(&self, x: f64, y: f64, error: &proj::ProjError) -> CrsError {
        let reason = match error {
            proj::ProjError::Conversion(reason) | proj::ProjError::Projection(reason) => reason.clone(),
            other => other.to_string(),
        };
        CrsError::Conversion { crs: self.crs.to_string(), x, y, reason }
    }
}

/// What `ask` says with a transformer kept for this thread, so that request handlers may name any EPSG number.
///
/// # Errors
/// As [`Transformer::new`].
pub(super) fn with_cached<T>(crs: &Crs, ask: impl FnOnce(&Transformer) -> T) -> Result<T, CrsError> {
    thread_local! {
        static CACHE: RefCell<Vec<Transformer>> = const { RefCell::new(Vec::new()) };
    }
    CACHE.with_borrow_mut(|cache| {
        let found = cache.iter().position(|transformer| transformer.crs == *crs);
        let transformer = match found {
            Some(position) => cache.remove(position),
            None => Transformer::new(crs)?,
        };
        let said = ask(&transformer);
        // the most recently used one stands last
        if cache.len() >= CACHED_PER_THREAD {
            cache.remove(0);
        }
        cache.push(transformer);
        Ok(said)
    })
}

/// Opens the PROJ transformation, after a look at what the CRS is.
fn open(crs: &Crs, definition: &str) -> Result<(proj::Proj, Option<AreaOfUse>), CrsError> {
    let shown = || crs.to_string().chars().take(SHOWN_CHARS).collect::<String>();
    let unknown = |reason: String| CrsError::UnknownDefinition { crs: shown(), reason };
    // PROJ prints what it does not know on standard error, GDAL can be kept quiet: asked first, it spares the reader that
    if let Some(number) = definition.strip_prefix("EPSG:").and_then(|number| number.parse().ok()) {
        gdal_words::listen();
        if gdal::spatial_ref::SpatialRef::from_epsg(number).is_err() {
            gdal_words::forget();
            return Err(unknown("PROJ's database has no CRS with this number".to_owned()));
        }
    }
    let object = proj::Proj::new(definition).map_err(|error| unknown(creation_reason(&error)))?;
    let json = object.to_projjson(Some(false), None, None).map_err(|error| unknown(error.to_string()))?;
    let described: serde_json::Value = serde_json::from_str(&json).map_err(|error| unknown(error.to_string()))?;
    let kind = described["type"].as_str().unwrap_or("definition");
    if !matches!(
        kind,
        "GeographicCRS" | "GeodeticCRS" | "ProjectedCRS" | "DerivedGeographicCRS" | "BoundCRS" | "CompoundCRS"
    ) {
        return Err(CrsError::NotHorizontal { crs: shown(), kind: kind.to_owned() });
    }
    let squeezed: String = json.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    for (mark, datum) in [("beijing1954", "Beijing 1954"), ("xian1980", "Xian 1980"), ("newbeijing", "New Beijing")] {
        if squeezed.contains(mark) {
            return Err(CrsError::LocalParameters { crs: shown(), datum });
        }
    }
    let area = object.area_of_use().ok().and_then(|(area, _)| area).map(|area| AreaOfUse {
        west_deg: area.west,
        south_deg: area.south,
        east_deg: area.east,
        north_deg: area.north,
    });
    let proj = proj::Proj::new_known_crs(definition, "EPSG:4326", None);
    Ok((proj.map_err(|error| unknown(creation_reason(&error)))?, area))
}

fn creation_reason(error: &proj::ProjCreateError) -> String {
    match error {
        proj::ProjCreateError::ProjError(reason) => reason.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(crs: &str, x: f64, y: f64) -> LonLat {
        Transformer::new(&crs.parse().unwrap()).unwrap().convert_point(x, y).unwrap()
    }

    fn close(got: LonLat, lon_deg: f64, lat_deg: f64, tolerance_deg: f64) {
        assert!(
            (got.lon_deg - lon_deg).abs() < tolerance_deg && (got.lat_deg - lat_deg).abs() < tolerance_deg,
            "{got:?}"
        );
    }

    #[test]
    fn zones_of_cgcs2000_give_the_published_vectors() {
        close(to("EPSG:4548", 550_903.729_4, 3_859_757.459_2), 117.5567, 34.8650, 1e-9);
        close(to("EPSG:4527", 39_550_903.729_4, 3_859_757.459_2), 117.5567, 34.8650, 1e-9);
        close(to("EPSG:4546", 527_785.483_3, 3_396_641.503_4), 111.29, 30.69, 1e-9);
        // EPSG:4547, central meridian 114
        close(to("EPSG:4547", 500_000.0, 0.0), 114.0, 0.0, 1e-12);
    }

    #[test]
    fn degrees_of_wgs84_and_cgcs2000_pass_through_bit_for_bit() {
        for crs in ["wgs84", "cgcs2000", "EPSG:4326", "EPSG:4490", "OGC:CRS84"] {
            assert_eq!(to(crs, 116.404_123_456_789, 39.9), LonLat { lon_deg: 116.404_123_456_789, lat_deg: 39.9 });
        }
    }

    #[test]
    fn longitude_stands_first_whatever_the_axis_order_of_the_definition() {
        close(to("EPSG:4612", 135.5, 34.7), 135.5, 34.7, 1e-6);
        close(to("EPSG:4269", -74.0, 41.1), -74.0, 41.1, 1e-4);
        // EPSG guidance note 7-2: Lambert-93 false origin is 3 E, 46.5 N
        close(to("EPSG:2154", 700_000.0, 6_600_000.0), 3.0, 46.5, 1e-9);
        close(to("EPSG:32632", 500_000.0, 0.0), 9.0, 0.0, 1e-9);
        close(to("EPSG:25832", 500_000.0, 0.0), 9.0, 0.0, 1e-9);
        // New York Long Island, US survey feet: false origin 300 km east at 74 W, 40 10' N
        close(to("EPSG:2263", 984_250.0, 0.0), -74.0, 40.166_666_666_7, 1e-4);
    }

    #[test]
    fn gcj02_is_undone_exactly() {
        close(to("gcj02", 116.404, 39.915), 116.397_755_754_57, 39.913_596_235_61, 1e-11);
        let there = datum::wgs84_to_bd09(LonLat { lon_deg: 116.404, lat_deg: 39.915 });
        close(to("bd09", there.lon_deg, there.lat_deg), 116.404, 39.915, 1e-9);
    }

    #[test]
    fn a_number_nobody_gave_out_is_refused() {
        for crs in ["EPSG:1", "EPSG:5555555", "EPSG:4294967295"] {
            let error = Transformer::new(&crs.parse().unwrap()).unwrap_err();
            assert!(matches!(error, CrsError::UnknownDefinition { .. }), "{error}");
            assert!(error.to_string().contains(crs), "{error}");
        }
        // EPSG:5773 is a height, EPSG:7030 an ellipsoid
        assert!(matches!(Transformer::new(&Crs::from_epsg(5773)), Err(CrsError::NotHorizontal { .. })));
        assert!(Transformer::new(&Crs::from_epsg(7030)).is_err());
    }

    #[test]
    fn datums_with_local_parameters_are_refused_by_number_and_by_definition() {
        for number in [4214, 2437, 21_418, 4610, 2383, 2331, 4555] {
            let error = Transformer::new(&Crs::from_epsg(number)).unwrap_err();
            assert!(matches!(error, CrsError::LocalParameters { .. }), "EPSG:{number}: {error}");
        }
        let wkt = r#"GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
        assert!(matches!(Transformer::new(&Crs::from_wkt(wkt)), Err(CrsError::LocalParameters { .. })));
    }

    #[test]
    fn a_definition_in_wkt_is_as_good_as_a_number() {
        let wkt = proj::Proj::new("EPSG:4548").unwrap().as_wkt(None, None).unwrap();
        let point =
            Transformer::new(&Crs::from_wkt(wkt)).unwrap().convert_point(550_903.729_4, 3_859_757.459_2).unwrap();
        close(point, 117.5567, 34.8650, 1e-9);
        assert!(Transformer::new(&Crs::from_wkt("PROJCS[\"half")).is_err());
        assert!(Transformer::new(&Crs::from_wkt("nonsense\0")).is_err());
    }

    #[test]
    fn a_zone_knows_where_it_is_meant_for() {
        let area = Transformer::new(&Crs::from_epsg(4547)).unwrap().area_of_use().unwrap();
        assert!(area.contains(LonLat { lon_deg: 114.3, lat_deg: 30.6 }), "{area}");
        assert!(!area.contains(LonLat { lon_deg: 109.5, lat_deg: 0.0 }), "{area}");
        assert_eq!(Transformer::new(&Crs::Wgs84).unwrap().area_of_use(), None);
    }

    #[test]
    fn a_batch_is_its_points() {
        let transformer = Transformer::new(&Crs::from_epsg(4547)).unwrap();
        let points: Vec<(f64, f64)> = (0..100).map(|i| (450_000.0 + f64::from(i) * 997.0, 3.4e6)).collect();
        let mut batch = points.clone();
        transformer.convert(&mut batch).unwrap();
        for (&(x, y), &(lon_deg, lat_deg)) in points.iter().zip(&batch) {
            assert_eq!(transformer.convert_point(x, y).unwrap(), LonLat { lon_deg, lat_deg });
        }
    }

    #[test]
    fn an_impossible_coordinate_is_an_error_that_names_it() {
        let transformer = Transformer::new(&Crs::from_epsg(4547)).unwrap();
        for (x, y) in [(f64::NAN, 0.0), (f64::INFINITY, 0.0), (1e300, 1e300)] {
            let error = transformer.convert_point(x, y).unwrap_err();
            assert!(matches!(error, CrsError::Conversion { .. }), "{error}");
        }
    }

    #[test]
    fn the_cache_answers_rightly_past_its_bound() {
        // 18 zones through 16 places; the false origin of zone n lies on its central meridian, 3 degrees from the next
        for zone in (0..18).chain([17, 0, 1]) {
            let crs = Crs::from_epsg(4534 + zone);
            let point = with_cached(&crs, |transformer| transformer.convert_point(500_000.0, 3e6)).unwrap().unwrap();
            assert!((point.lon_deg - f64::from(75 + 3 * zone)).abs() < 1e-9, "{point:?}");
        }
        assert!(with_cached(&Crs::from_epsg(5_555_555), |_| ()).is_err());
    }
}
