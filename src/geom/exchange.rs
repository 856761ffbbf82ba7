//! To and from the exchange types of `geo-types`, and what is borrowed from `geo`.

use geo::InteriorPoint;

use super::{CoordinateError, LatticePoint, LonLat, MultiPolygon, Polygon, Ring};

/// As `geo_types`, in degrees, rings closed, outer rings counter-clockwise and holes clockwise (RFC 7946).
pub fn to_geo(shape: &MultiPolygon) -> geo_types::MultiPolygon<f64> {
    let line = |ring: &Ring, counter_clockwise: bool| -> geo_types::LineString<f64> {
        let coord = |p: &LatticePoint| {
            let LonLat { lon_deg, lat_deg } = p.to_lon_lat();
            geo_types::Coord { x: lon_deg, y: lat_deg }
        };
        let mut coords: Vec<_> = ring.points().iter().map(coord).collect();
        if (ring.area_2() > 0) != counter_clockwise {
            coords.reverse();
        }
        let mut line = geo_types::LineString::new(coords);
        line.close();
        line
    };
    let polygon = |polygon: &Polygon| {
        geo_types::Polygon::new(
            line(&polygon.exterior, true),
            polygon.holes.iter().map(|hole| line(hole, false)).collect(),
        )
    };
    geo_types::MultiPolygon::new(shape.0.iter().map(polygon).collect())
}

/// Snaps a shape in degrees to the lattice. Rings that collapse to fewer than three points are left out.
///
/// # Errors
/// When a coordinate is not finite or out of range.
pub fn from_geo(shape: &geo_types::MultiPolygon<f64>) -> Result<MultiPolygon, CoordinateError> {
    let ring = |line: &geo_types::LineString<f64>| -> Result<Option<Ring>, CoordinateError> {
        let points = line.coords().map(|c| LonLat { lon_deg: c.x, lat_deg: c.y }.snap()).collect::<Result<_, _>>()?;
        let ring = Ring::new(points);
        Ok((ring.points().len() >= 3).then_some(ring))
    };
    let mut polygons = Vec::with_capacity(shape.0.len());
    for polygon in &shape.0 {
        let Some(exterior) = ring(polygon.exterior())? else { continue };
        let holes = polygon.interiors().iter().filter_map(|hole| ring(hole).transpose()).collect::<Result<_, _>>()?;
        polygons.push(Polygon { exterior, holes });
    }
    Ok(MultiPolygon(polygons))
}

/// A point inside the largest part of the shape, fit for a label, snapped to the lattice; `None` for an empty shape.
pub fn label_point(shape: &MultiPolygon) -> Option<LatticePoint> {
    let largest = shape.0.iter().max_by_key(|polygon| polygon.exterior.area_2().abs())?;
    let point = to_geo(&MultiPolygon(vec![largest.clone()])).interior_point();
    point
        .and_then(|p| LonLat { lon_deg: p.x(), lat_deg: p.y() }.snap().ok())
        .or_else(|| largest.exterior.points().first().copied())
}
