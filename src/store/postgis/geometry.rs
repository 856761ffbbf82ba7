//! Columns of PostGIS's type `geometry`, as EWKB.

use std::borrow::Cow;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef, Postgres};
use sqlx::{Decode, Encode, Type};

use crate::geom::{LatticePoint, MultiPolygon};
use crate::store::wkb::{self, Srid, WkbError};

/// A geometry on its way in or out.
#[derive(Debug, Clone)]
pub struct Geometry(Vec<u8>);

/// A shape as a multipolygon.
pub fn shape(shape: &MultiPolygon) -> Geometry {
    let mut bytes = Vec::new();
    wkb::put_shape(&mut bytes, shape, Srid::Written);
    Geometry(bytes)
}

/// A point.
pub fn point(point: LatticePoint) -> Geometry {
    let mut bytes = Vec::with_capacity(25);
    wkb::put_point(&mut bytes, point, Srid::Written);
    Geometry(bytes)
}

/// A line.
pub fn line(points: &[LatticePoint]) -> Geometry {
    let mut bytes = Vec::new();
    wkb::put_line(&mut bytes, points, Srid::Written);
    Geometry(bytes)
}

/// Reads a line.
#[expect(clippy::needless_pass_by_value, reason = "as it comes out of a row; the other backend's is borrowed")]
pub fn read_line(geometry: Geometry) -> Result<Vec<LatticePoint>, WkbError> {
    wkb::read_line(&geometry.0)
}

/// Reads a polygon or multipolygon; `None` for a point.
#[expect(clippy::needless_pass_by_value, reason = "as it comes out of a row; the other backend's is borrowed")]
pub fn read_shape(geometry: Geometry) -> Result<Option<MultiPolygon>, WkbError> {
    wkb::read(&geometry.0)
}

impl Type<Postgres> for Geometry {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("geometry")
    }
}

impl Encode<'_, Postgres> for Geometry {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }
}

impl<'r> Decode<'r, Postgres> for Geometry {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let bytes: Cow<'r, [u8]> = match value.format() {
            PgValueFormat::Binary => Cow::Borrowed(value.as_bytes()?),
            PgValueFormat::Text => return Err("a geometry came as text where binary was asked for".into()),
        };
        Ok(Self(bytes.into_owned()))
    }
}
