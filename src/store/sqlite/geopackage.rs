//! Geometry as GeoPackage blobs: OGC 12-128r18 §2.1.3, a header with an envelope, then WKB.

use crate::geom::{Envelope, LatticePoint, MultiPolygon};
use crate::store::wkb::{self, SRID, Srid, WkbError};

/// Little-endian header; bits 1-3 say which envelope follows, bit 4 that the geometry is empty.
const LITTLE_ENDIAN: u8 = 0b0000_0001;
const ENVELOPE_XY: u8 = 0b0000_0010;
const EMPTY: u8 = 0b0001_0000;
/// Bytes before the envelope.
const HEADER_BYTES: usize = 8;

/// A shape as a multipolygon with its envelope.
pub fn shape_blob(shape: &MultiPolygon) -> Vec<u8> {
    let mut blob = Vec::new();
    enveloped(&mut blob, shape.envelope());
    wkb::put_shape(&mut blob, shape, Srid::Known);
    blob
}

/// A point; the standard leaves its envelope out.
pub fn point_blob(point: LatticePoint) -> Vec<u8> {
    let mut blob = Vec::with_capacity(29);
    header(&mut blob, 0);
    wkb::put_point(&mut blob, point, Srid::Known);
    blob
}

/// A line with its envelope.
pub fn line_blob(points: &[LatticePoint]) -> Vec<u8> {
    let mut blob = Vec::new();
    enveloped(&mut blob, Envelope::of(points.iter().copied()));
    wkb::put_line(&mut blob, points, Srid::Known);
    blob
}

/// Reads a polygon or multipolygon; `None` for a point.
pub fn read_shape(blob: &[u8]) -> Result<Option<MultiPolygon>, WkbError> {
    wkb::read(after_header(blob)?)
}

/// Reads a line.
pub fn read_line(blob: &[u8]) -> Result<Vec<LatticePoint>, WkbError> {
    wkb::read_line(after_header(blob)?)
}

fn after_header(blob: &[u8]) -> Result<&[u8], WkbError> {
    let Some([b'G', b'P', _version, flags]) = blob.first_chunk::<4>() else {
        return Err(WkbError::Form("no GP header".to_owned()));
    };
    // the header's srs_id is the same in the whole file
    let envelope_bytes = match (flags >> 1) & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        kind => return Err(WkbError::Form(format!("envelope kind {kind}"))),
    };
    blob.get(HEADER_BYTES + envelope_bytes..).ok_or(WkbError::Short(blob.len()))
}

/// A header with an envelope, or one that says that there is nothing.
fn enveloped(blob: &mut Vec<u8>, envelope: Option<Envelope>) {
    match envelope {
        Some(envelope) => {
            header(blob, ENVELOPE_XY);
            let [west, south, east, north] = envelope.to_degrees();
            for bound_deg in [west, east, south, north] {
                blob.extend(bound_deg.to_le_bytes());
            }
        }
        None => header(blob, EMPTY),
    }
}

fn header(blob: &mut Vec<u8>, flags: u8) {
    blob.extend([b'G', b'P', 0, flags | LITTLE_ENDIAN]);
    blob.extend(SRID.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::wkb::tests::{points, shape};

    proptest! {
        #[test]
        fn a_shape_comes_back_to_the_same_lattice_points(shape in shape()) {
            prop_assert_eq!(read_shape(&shape_blob(&shape)).unwrap(), Some(shape));
        }

        #[test]
        fn a_line_comes_back_to_the_same_lattice_points(line in points()) {
            prop_assert_eq!(read_line(&line_blob(&line)).unwrap(), line);
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
