//! Shapes and points as well-known binary: OGC 06-103r4 §8.2, and PostGIS's EWKB, which adds the SRID.
//!
//! Coordinates are lattice units divided by 1e7, so that snapping them gives the very same points. Rings keep their
//! direction and their first point.

use crate::geom::{LatticePoint, LonLat, MultiPolygon, Polygon, Ring};

/// WGS 84, longitude first: what every geometry of a store is in.
pub(super) const SRID: u32 = 4326;

/// WKB codes used here.
const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
const POLYGON: u32 = 3;
const MULTI_POLYGON: u32 = 6;
/// EWKB: four bytes with the SRID follow the code.
const WITH_SRID: u32 = 0x2000_0000;

/// Why bytes are not a geometry of ours.
#[derive(Debug, thiserror::Error)]
pub(super) enum WkbError {
    /// They end too early.
    #[error("a geometry ends after {0} bytes, in the middle")]
    Short(usize),
    /// They are something else.
    #[error("a geometry is not a point, line, polygon or multipolygon in longitude and latitude ({0})")]
    Form(String),
}

impl From<WkbError> for super::StoreError {
    fn from(error: WkbError) -> Self {
        Self::Database(error.to_string())
    }
}

/// Whether the SRID is written with a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Srid {
    /// WKB: whoever reads it knows.
    Known,
    /// EWKB.
    Written,
}

/// Appends a shape as a multipolygon.
pub(super) fn put_shape(bytes: &mut Vec<u8>, shape: &MultiPolygon, srid: Srid) {
    let rings = || shape.0.iter().flat_map(Polygon::rings);
    let points: usize = rings().map(|ring| ring.points().len() + 1).sum();
    bytes.reserve(13 + shape.0.len() * 9 + rings().count() * 4 + points * 16);
    first(bytes, MULTI_POLYGON, srid);
    count(bytes, shape.0.len());
    for polygon in &shape.0 {
        start(bytes, POLYGON);
        count(bytes, 1 + polygon.holes.len());
        for ring in polygon.rings() {
            let points = ring.points();
            count(bytes, if points.is_empty() { 0 } else { points.len() + 1 });
            for &point in points.iter().chain(points.first()) {
                position(bytes, point);
            }
        }
    }
}

/// Appends a point.
pub(super) fn put_point(bytes: &mut Vec<u8>, point: LatticePoint, srid: Srid) {
    first(bytes, POINT, srid);
    position(bytes, point);
}

/// Appends a line.
pub(super) fn put_line(bytes: &mut Vec<u8>, points: &[LatticePoint], srid: Srid) {
    bytes.reserve(13 + points.len() * 16);
    first(bytes, LINE_STRING, srid);
    count(bytes, points.len());
    for &point in points {
        position(bytes, point);
    }
}

/// Reads a line, as WKB or EWKB.
pub(super) fn read_line(bytes: &[u8]) -> Result<Vec<LatticePoint>, WkbError> {
    let mut cursor = Cursor { bytes, at: 0, little_endian: true };
    match cursor.start()? {
        LINE_STRING => cursor.points(),
        other => Err(WkbError::Form(format!("WKB type {other} where a line was expected"))),
    }
}

/// Reads a polygon or multipolygon, as WKB or EWKB; `None` for a point.
pub(super) fn read(bytes: &[u8]) -> Result<Option<MultiPolygon>, WkbError> {
    let mut cursor = Cursor { bytes, at: 0, little_endian: true };
    let polygons = match cursor.start()? {
        POINT => return Ok(None),
        POLYGON => vec![cursor.polygon()?],
        MULTI_POLYGON => {
            let n = cursor.count()?;
            let mut polygons = Vec::with_capacity(n);
            for _ in 0..n {
                match cursor.start()? {
                    POLYGON => polygons.push(cursor.polygon()?),
                    other => return Err(WkbError::Form(format!("WKB type {other} in a multipolygon"))),
                }
            }
            polygons
        }
        other => return Err(WkbError::Form(format!("WKB type {other}"))),
    };
    Ok(Some(MultiPolygon(polygons)))
}

fn first(bytes: &mut Vec<u8>, wkb_type: u32, srid: Srid) {
    match srid {
        Srid::Known => start(bytes, wkb_type),
        Srid::Written => {
            start(bytes, wkb_type | WITH_SRID);
            bytes.extend(SRID.to_le_bytes());
        }
    }
}

fn start(bytes: &mut Vec<u8>, wkb_type: u32) {
    bytes.push(1);
    bytes.extend(wkb_type.to_le_bytes());
}

fn count(bytes: &mut Vec<u8>, n: usize) {
    bytes.extend((n as u32).to_le_bytes());
}

fn position(bytes: &mut Vec<u8>, point: LatticePoint) {
    let LonLat { lon_deg, lat_deg } = point.to_lon_lat();
    bytes.extend(lon_deg.to_le_bytes());
    bytes.extend(lat_deg.to_le_bytes());
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    little_endian: bool,
}

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], WkbError> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>());
        self.at += N;
        bytes.copied().ok_or(WkbError::Short(self.bytes.len()))
    }

    fn number(&mut self) -> Result<u32, WkbError> {
        let bytes = self.take::<4>()?;
        Ok(if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// A count of things of at least four bytes each: never more than the bytes could hold.
    fn count(&mut self) -> Result<usize, WkbError> {
        let n = self.number()? as usize;
        if n > self.bytes.len() / 4 { Err(WkbError::Short(self.bytes.len())) } else { Ok(n) }
    }

    fn degrees(&mut self) -> Result<f64, WkbError> {
        let bytes = self.take::<8>()?;
        Ok(if self.little_endian { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    fn start(&mut self) -> Result<u32, WkbError> {
        let [order] = self.take::<1>()?;
        self.little_endian = order == 1;
        let code = self.number()?;
        if code & WITH_SRID == 0 {
            return Ok(code);
        }
        match self.number()? {
            SRID => Ok(code & !WITH_SRID),
            other => Err(WkbError::Form(format!("SRID {other}"))),
        }
    }

    fn polygon(&mut self) -> Result<Polygon, WkbError> {
        let rings = self.count()?;
        let mut rings = (0..rings).map(|_| self.ring()).collect::<Result<Vec<_>, _>>()?.into_iter();
        Ok(Polygon { exterior: rings.next().unwrap_or_default(), holes: rings.collect() })
    }

    fn ring(&mut self) -> Result<Ring, WkbError> {
        self.points().map(Ring::new)
    }

    fn points(&mut self) -> Result<Vec<LatticePoint>, WkbError> {
        let n = self.count()?;
        let mut points = Vec::with_capacity(n);
        for _ in 0..n {
            let at = LonLat { lon_deg: self.degrees()?, lat_deg: self.degrees()? };
            points.push(at.snap().map_err(|e| WkbError::Form(e.to_string()))?);
        }
        Ok(points)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub fn points() -> impl Strategy<Value = Vec<LatticePoint>> {
        let point = (-1_800_000_000..=1_800_000_000_i32, -900_000_000..=900_000_000_i32)
            .prop_map(|(x, y)| LatticePoint::new(x, y));
        proptest::collection::vec(point, 0..12)
    }

    fn ring() -> impl Strategy<Value = Ring> {
        points().prop_map(Ring::new)
    }

    pub fn shape() -> impl Strategy<Value = MultiPolygon> {
        let polygon =
            (ring(), proptest::collection::vec(ring(), 0..3)).prop_map(|(exterior, holes)| Polygon { exterior, holes });
        proptest::collection::vec(polygon, 0..4).prop_map(MultiPolygon)
    }

    fn bytes(shape: &MultiPolygon, srid: Srid) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_shape(&mut bytes, shape, srid);
        bytes
    }

    proptest! {
        #[test]
        fn a_shape_comes_back_to_the_same_lattice_points_with_and_without_srid(shape in shape()) {
            for srid in [Srid::Known, Srid::Written] {
                prop_assert_eq!(read(&bytes(&shape, srid)).unwrap(), Some(shape.clone()));
            }
        }

        #[test]
        fn a_line_comes_back_to_the_same_lattice_points_with_and_without_srid(line in points()) {
            for srid in [Srid::Known, Srid::Written] {
                let mut bytes = Vec::new();
                put_line(&mut bytes, &line, srid);
                prop_assert_eq!(read_line(&bytes).unwrap(), line.clone());
                prop_assert!(read(&bytes).is_err());
            }
        }

        #[test]
        fn bytes_that_are_no_geometry_are_refused_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..80), head in any::<bool>()) {
            if head && bytes.len() > 5 {
                bytes[..5].copy_from_slice(&[1, 6, 0, 0, 0]);
            }
            let _ = read(&bytes);
            let _ = read_line(&bytes);
        }

        #[test]
        fn a_shape_cut_off_anywhere_is_refused(shape in shape(), cut in 0.0..1.0) {
            let bytes = bytes(&shape, Srid::Written);
            let end = (bytes.len() as f64 * cut) as usize;
            prop_assert!(read(&bytes[..end]).is_err());
        }
    }

    #[test]
    fn another_srid_is_refused() {
        let mut bytes = bytes(&MultiPolygon::default(), Srid::Written);
        bytes[5..9].copy_from_slice(&4490_u32.to_le_bytes());
        assert!(read(&bytes).unwrap_err().to_string().contains("SRID 4490"));
    }
}
