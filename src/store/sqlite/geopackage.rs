//! Geometry as GeoPackage blobs: OGC 12-128r18 §2.1.3, a header with an envelope, then ISO WKB.
//!
//! Coordinates are lattice units divided by 1e7, so that snapping them gives the very same points. Rings keep their
//! direction and their first point.

use crate::geom::{LatticePoint, LonLat, MultiPolygon, Polygon, Ring};

/// WKB codes used here.
const POINT: u32 = 1;
const POLYGON: u32 = 3;
const MULTI_POLYGON: u32 = 6;
/// WGS 84, longitude first: what `gpkg_geometry_columns` says of every layer.
const SRS_ID: i32 = 4326;
/// Little-endian header; bits 1-3 say which envelope follows, bit 4 that the geometry is empty.
const LITTLE_ENDIAN: u8 = 0b0000_0001;
const ENVELOPE_XY: u8 = 0b0000_0010;
const EMPTY: u8 = 0b0001_0000;

/// Why a blob is not a geometry of ours.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// It ends too early.
    #[error("a geometry ends after {0} bytes, in the middle")]
    Short(usize),
    /// It is something else.
    #[error("a geometry is not a GeoPackage point, polygon or multipolygon in longitude and latitude ({0})")]
    Form(String),
}

/// A shape as a multipolygon with its envelope.
pub fn shape_blob(shape: &MultiPolygon) -> Vec<u8> {
    let rings = || shape.0.iter().flat_map(Polygon::rings);
    let points: usize = rings().map(|ring| ring.points().len() + 1).sum();
    let mut blob = Vec::with_capacity(49 + shape.0.len() * 9 + rings().count() * 4 + points * 16);
    match shape.envelope() {
        Some(envelope) => {
            header(&mut blob, ENVELOPE_XY);
            let [west, south, east, north] = envelope.to_degrees();
            for bound_deg in [west, east, south, north] {
                blob.extend(bound_deg.to_le_bytes());
            }
        }
        None => header(&mut blob, EMPTY),
    }
    start(&mut blob, MULTI_POLYGON);
    count(&mut blob, shape.0.len());
    for polygon in &shape.0 {
        start(&mut blob, POLYGON);
        count(&mut blob, 1 + polygon.holes.len());
        for ring in polygon.rings() {
            let points = ring.points();
            count(&mut blob, if points.is_empty() { 0 } else { points.len() + 1 });
            for &point in points.iter().chain(points.first()) {
                position(&mut blob, point);
            }
        }
    }
    blob
}

/// A point; the standard leaves its envelope out.
pub fn point_blob(point: LatticePoint) -> Vec<u8> {
    let mut blob = Vec::with_capacity(29);
    header(&mut blob, 0);
    start(&mut blob, POINT);
    position(&mut blob, point);
    blob
}

/// Reads a polygon or multipolygon; `None` for a point.
pub fn read_shape(blob: &[u8]) -> Result<Option<MultiPolygon>, BlobError> {
    let mut cursor = Cursor { blob, at: 0, little_endian: true };
    let [b'G', b'P', _version, flags] = cursor.take::<4>()? else {
        return Err(BlobError::Form("no GP header".to_owned()));
    };
    cursor.take::<4>()?; // srs_id: one CRS in the whole file
    let envelope_bytes = match (flags >> 1) & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        kind => return Err(BlobError::Form(format!("envelope kind {kind}"))),
    };
    cursor.at += envelope_bytes;
    let polygons = match cursor.start()? {
        POINT => return Ok(None),
        POLYGON => vec![cursor.polygon()?],
        MULTI_POLYGON => {
            let n = cursor.count()?;
            let mut polygons = Vec::with_capacity(n);
            for _ in 0..n {
                match cursor.start()? {
                    POLYGON => polygons.push(cursor.polygon()?),
                    other => return Err(BlobError::Form(format!("WKB type {other} in a multipolygon"))),
                }
            }
            polygons
        }
        other => return Err(BlobError::Form(format!("WKB type {other}"))),
    };
    Ok(Some(MultiPolygon(polygons)))
}

fn header(blob: &mut Vec<u8>, flags: u8) {
    blob.extend([b'G', b'P', 0, flags | LITTLE_ENDIAN]);
    blob.extend(SRS_ID.to_le_bytes());
}

fn start(blob: &mut Vec<u8>, wkb_type: u32) {
    blob.push(1);
    blob.extend(wkb_type.to_le_bytes());
}

fn count(blob: &mut Vec<u8>, n: usize) {
    blob.extend((n as u32).to_le_bytes());
}

fn position(blob: &mut Vec<u8>, point: LatticePoint) {
    let LonLat { lon_deg, lat_deg } = point.to_lon_lat();
    blob.extend(lon_deg.to_le_bytes());
    blob.extend(lat_deg.to_le_bytes());
}

struct Cursor<'a> {
    blob: &'a [u8],
    at: usize,
    little_endian: bool,
}

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], BlobError> {
        let bytes = self.blob.get(self.at..).and_then(|rest| rest.first_chunk::<N>());
        self.at += N;
        bytes.copied().ok_or(BlobError::Short(self.blob.len()))
    }

    fn number(&mut self) -> Result<u32, BlobError> {
        let bytes = self.take::<4>()?;
        Ok(if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// A count of things of at least four bytes each: never more than the blob could hold.
    fn count(&mut self) -> Result<usize, BlobError> {
        let n = self.number()? as usize;
        if n > self.blob.len() / 4 { Err(BlobError::Short(self.blob.len())) } else { Ok(n) }
    }

    fn degrees(&mut self) -> Result<f64, BlobError> {
        let bytes = self.take::<8>()?;
        Ok(if self.little_endian { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    }

    fn start(&mut self) -> Result<u32, BlobError> {
        let [order] = self.take::<1>()?;
        self.little_endian = order == 1;
        self.number()
    }

    fn polygon(&mut self) -> Result<Polygon, BlobError> {
        let rings = self.count()?;
        let mut rings = (0..rings).map(|_| self.ring()).collect::<Result<Vec<_>, _>>()?.into_iter();
        Ok(Polygon { exterior: rings.next().unwrap_or_default(), holes: rings.collect() })
    }

    fn ring(&mut self) -> Result<Ring, BlobError> {
        let n = self.count()?;
        let mut points = Vec::with_capacity(n);
        for _ in 0..n {
            let at = LonLat { lon_deg: self.degrees()?, lat_deg: self.degrees()? };
            points.push(at.snap().map_err(|e| BlobError::Form(e.to_string()))?);
        }
        Ok(Ring::new(points))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring() -> impl Strategy<Value = Ring> {
        let point = (-1_800_000_000..=1_800_000_000_i32, -900_000_000..=900_000_000_i32)
            .prop_map(|(x, y)| LatticePoint::new(x, y));
        proptest::collection::vec(point, 0..12).prop_map(Ring::new)
    }

    fn shape() -> impl Strategy<Value = MultiPolygon> {
        let polygon =
            (ring(), proptest::collection::vec(ring(), 0..3)).prop_map(|(exterior, holes)| Polygon { exterior, holes });
        proptest::collection::vec(polygon, 0..4).prop_map(MultiPolygon)
    }

    proptest! {
        #[test]
        fn a_shape_comes_back_to_the_same_lattice_points(shape in shape()) {
            prop_assert_eq!(read_shape(&shape_blob(&shape)).unwrap(), Some(shape));
        }

        #[test]
        fn bytes_that_are_no_geometry_are_refused_without_panic(mut blob in proptest::collection::vec(any::<u8>(), 0..80), head in any::<bool>()) {
            if head && blob.len() > 3 {
                blob[..4].copy_from_slice(&[b'G', b'P', 0, 1]);
            }
            let _ = read_shape(&blob);
        }

        #[test]
        fn a_shape_cut_off_anywhere_is_refused(shape in shape(), cut in 0.0..1.0) {
            let blob = shape_blob(&shape);
            let end = (blob.len() as f64 * cut) as usize;
            prop_assert!(read_shape(&blob[..end]).is_err());
        }
    }

    #[test]
    fn a_point_is_told_from_a_shape() {
        assert_eq!(read_shape(&point_blob(LatticePoint::new(1, 2))).unwrap(), None);
    }
}
