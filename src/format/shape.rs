//! A geometry of a file becomes a shape on the lattice.

use gdal::vector::{Geometry, OGRwkbGeometryType, geometry_type_flatten};

use crate::crs::{CrsError, Transformer};
use crate::geom::{CoordinateError, LatticePoint, LonLat, MultiPolygon, Polygon, Ring, label_point};

/// Why a geometry is no area.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShapeError {
    #[error("has no geometry")]
    Null,
    #[error("has an empty geometry ({0})")]
    Empty(String),
    #[error("is a {0}, not a polygon")]
    NotPolygon(String),
    #[error("is a {0}, not a line")]
    NotLine(String),
    #[error("is a {0} with curves: turn them to lines first (ogr2ogr -nlt CONVERT_TO_LINEAR)")]
    Curve(String),
    #[error("covers no area: all its rings collapse to fewer than three points")]
    Collapsed,
    #[error("has a bad coordinate: {0}")]
    Coordinate(#[from] CoordinateError),
    #[error("has a bad coordinate: {0}")]
    Crs(#[from] CrsError),
}

/// Reads shapes, keeping its buffers from one feature to the next.
pub(super) struct ShapeReader {
    transformer: Transformer,
    xyz: Vec<(f64, f64, f64)>,
    xy: Vec<(f64, f64)>,
    // per ring of `xy`: where it ends, and whether it starts a polygon
    rings: Vec<(usize, Role)>,
    // shapes read, and those that begin within the area of use of the CRS
    shapes: u64,
    shapes_in_area: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Exterior,
    Hole,
}

impl ShapeReader {
    pub(super) fn new(transformer: Transformer) -> Self {
        Self { transformer, xyz: Vec::new(), xy: Vec::new(), rings: Vec::new(), shapes: 0, shapes_in_area: 0 }
    }

    /// Reprojects and snaps. Heights are dropped, rings with fewer than three distinct points are left out.
    pub(super) fn read(&mut self, geometry: Option<&Geometry>) -> Result<MultiPolygon, ShapeError> {
        self.load(geometry, Self::collect)?;
        self.build()
    }

    /// Reprojects and snaps lines, and outlines of polygons as closed lines. Points that repeat are left out.
    pub(super) fn read_lines(&mut self, geometry: Option<&Geometry>) -> Result<Vec<Vec<LatticePoint>>, ShapeError> {
        self.load(geometry, Self::collect_lines)?;
        let mut lines = Vec::new();
        let mut start = 0;
        for &(end, _) in &self.rings {
            let points = self.xy[start..end].iter().map(|&(lon_deg, lat_deg)| LonLat { lon_deg, lat_deg }.snap());
            let mut points = points.collect::<Result<Vec<_>, _>>()?;
            points.dedup();
            start = end;
            if points.len() > 1 {
                lines.push(points);
            }
        }
        if lines.is_empty() { Err(ShapeError::Collapsed) } else { Ok(lines) }
    }

    /// Reprojects and snaps a point, the first of several, or a point inside an area.
    pub(super) fn read_place(&mut self, geometry: Option<&Geometry>) -> Result<LatticePoint, ShapeError> {
        let points = [OGRwkbGeometryType::wkbPoint, OGRwkbGeometryType::wkbMultiPoint];
        // wkbNone cannot be flattened, and null geometries answer "unknown"
        let is_point = geometry.is_some_and(|geometry| {
            let own = geometry.geometry_type();
            own != OGRwkbGeometryType::wkbUnknown && points.contains(&geometry_type_flatten(own))
        });
        if is_point {
            self.load(geometry, Self::collect_points)?;
            let &(lon_deg, lat_deg) = self.xy.first().ok_or_else(|| ShapeError::Empty("POINT".to_owned()))?;
            return Ok(LonLat { lon_deg, lat_deg }.snap()?);
        }
        label_point(&self.read(geometry)?).ok_or(ShapeError::Collapsed)
    }

    fn collect_points(&mut self, geometry: &Geometry) -> Result<(), ShapeError> {
        if geometry_type_flatten(geometry.geometry_type()) == OGRwkbGeometryType::wkbMultiPoint {
            return (0..geometry.geometry_count())
                .try_for_each(|index| self.collect_points(&geometry.get_geometry(index)));
        }
        if geometry.is_empty() {
            return Ok(());
        }
        self.xyz.clear();
        geometry.get_points(&mut self.xyz);
        self.xy.extend(self.xyz.iter().map(|&(x, y, _)| (x, y)));
        self.rings.push((self.xy.len(), Role::Exterior));
        Ok(())
    }

    /// Takes the vertices of a geometry and brings them to longitude and latitude.
    fn load(
        &mut self,
        geometry: Option<&Geometry>,
        collect: fn(&mut Self, &Geometry) -> Result<(), ShapeError>,
    ) -> Result<(), ShapeError> {
        self.xy.clear();
        self.rings.clear();
        // a null geometry answers "unknown" as its type
        let geometry = geometry.ok_or(ShapeError::Null)?;
        if geometry.geometry_type() == OGRwkbGeometryType::wkbUnknown {
            crate::crs::gdal_words::forget();
            return Err(ShapeError::Null);
        }
        collect(self, geometry)?;
        if self.rings.is_empty() {
            return Err(ShapeError::Empty(geometry.geometry_name()));
        }
        // before PROJ, which passes some of them on
        for &(lon_deg, lat_deg) in &self.xy {
            if !(lon_deg.is_finite() && lat_deg.is_finite()) {
                return Err(CoordinateError::NotFinite { lon_deg, lat_deg }.into());
            }
        }
        self.transformer.convert(&mut self.xy)?;
        if let (Some(area), Some(&(lon_deg, lat_deg))) = (self.transformer.area_of_use(), self.xy.first()) {
            self.shapes += 1;
            self.shapes_in_area += u64::from(area.contains(LonLat { lon_deg, lat_deg }));
        }
        Ok(())
    }

    /// A warning when not one shape lies where the CRS is meant for, as when degrees are taken for metres.
    pub(super) fn misplaced(&self) -> Option<String> {
        let area = self.transformer.area_of_use()?;
        (self.shapes > 0 && self.shapes_in_area == 0).then(|| {
            let crs = self.transformer.crs();
            format!("not one shape lies where {crs} is meant for ({area}): is the CRS right?")
        })
    }

    fn collect(&mut self, geometry: &Geometry) -> Result<(), ShapeError> {
        match geometry_type_flatten(geometry.geometry_type()) {
            OGRwkbGeometryType::wkbPolygon | OGRwkbGeometryType::wkbTriangle => {
                for index in 0..geometry.geometry_count() {
                    self.xyz.clear();
                    geometry.get_geometry(index).get_points(&mut self.xyz);
                    self.xy.extend(self.xyz.iter().map(|&(x, y, _)| (x, y)));
                    self.rings.push((self.xy.len(), if index == 0 { Role::Exterior } else { Role::Hole }));
                }
                Ok(())
            }
            OGRwkbGeometryType::wkbMultiPolygon
            | OGRwkbGeometryType::wkbGeometryCollection
            | OGRwkbGeometryType::wkbTIN
            | OGRwkbGeometryType::wkbPolyhedralSurface => {
                (0..geometry.geometry_count()).try_for_each(|index| self.collect(&geometry.get_geometry(index)))
            }
            OGRwkbGeometryType::wkbCurvePolygon | OGRwkbGeometryType::wkbMultiSurface => {
                Err(ShapeError::Curve(geometry.geometry_name()))
            }
            _ => Err(ShapeError::NotPolygon(geometry.geometry_name())),
        }
    }

    fn collect_lines(&mut self, geometry: &Geometry) -> Result<(), ShapeError> {
        match geometry_type_flatten(geometry.geometry_type()) {
            OGRwkbGeometryType::wkbLineString => {
                self.xyz.clear();
                geometry.get_points(&mut self.xyz);
                self.xy.extend(self.xyz.iter().map(|&(x, y, _)| (x, y)));
                self.rings.push((self.xy.len(), Role::Exterior));
                Ok(())
            }
            OGRwkbGeometryType::wkbMultiLineString | OGRwkbGeometryType::wkbGeometryCollection => {
                (0..geometry.geometry_count()).try_for_each(|index| self.collect_lines(&geometry.get_geometry(index)))
            }
            OGRwkbGeometryType::wkbPoint | OGRwkbGeometryType::wkbMultiPoint => {
                Err(ShapeError::NotLine(geometry.geometry_name()))
            }
            OGRwkbGeometryType::wkbCompoundCurve
            | OGRwkbGeometryType::wkbCircularString
            | OGRwkbGeometryType::wkbMultiCurve => Err(ShapeError::Curve(geometry.geometry_name())),
            _ => self.collect(geometry),
        }
    }

    fn build(&self) -> Result<MultiPolygon, ShapeError> {
        let mut polygons: Vec<Polygon> = Vec::new();
        let mut start = 0;
        // whether the exterior of the polygon at hand was kept
        let mut kept = false;
        for &(end, role) in &self.rings {
            // collecting results would leave room for as many points again
            let mut points: Vec<LatticePoint> = Vec::with_capacity(end - start);
            for &(lon_deg, lat_deg) in &self.xy[start..end] {
                points.push(LonLat { lon_deg, lat_deg }.snap()?);
            }
            start = end;
            let ring = Ring::new(points);
            let enough = has_three_distinct_points(&ring);
            match role {
                Role::Exterior => {
                    kept = enough;
                    if enough {
                        polygons.push(Polygon { exterior: ring, holes: Vec::new() });
                    }
                }
                Role::Hole => {
                    if let Some(polygon) = polygons.last_mut().filter(|_| kept && enough) {
                        polygon.holes.push(ring);
                    }
                }
            }
        }
        // nearly all shapes are one polygon: no room for four
        polygons.shrink_to_fit();
        let shape = MultiPolygon(polygons);
        if shape.is_flat() { Err(ShapeError::Collapsed) } else { Ok(shape) }
    }
}

fn has_three_distinct_points(ring: &Ring) -> bool {
    let points = ring.points();
    let Some(&first) = points.first() else { return false };
    let Some(&second) = points.iter().find(|&&point| point != first) else { return false };
    points.iter().any(|&point| point != first && point != second)
}
