//! Layers out: GeoPackage, GeoJSON, FlatGeobuf, shapefile and CSV.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use gdal::DriverManager;
use gdal::errors::GdalError;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Feature, Geometry, Layer, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};

use super::error::FormatError;
use super::outfile::OutFile;
use super::source::has_extension;
use crate::crs::gdal_words;
use crate::geom::{LatticePoint, LonLat, MultiPolygon, Ring, label_point, to_geo};

/// A value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
}

/// One feature of a layer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Where it lies; `None` for a row without a place.
    pub geometry: Option<MultiPolygon>,
    /// Its fields. Rows need not have the same ones; a field of a layer has the type that holds all its values.
    pub fields: Vec<(String, Value)>,
}

/// The formats written, by extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutFormat {
    /// GeoPackage, `.gpkg`.
    GeoPackage,
    /// GeoJSON (RFC 7946), `.geojson`.
    GeoJson,
    /// FlatGeobuf with a spatial index, `.fgb`.
    FlatGeobuf,
    /// A shapefile in a zip, `.shp.zip`: names of fields are cut to ten letters, texts to 254 bytes.
    Shapefile,
    /// CSV in UTF-8, `.csv`: `lon` and `lat` of a point inside, the fields, and the shape as `wkt`.
    Csv,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<u32> for Value {
    fn from(integer: u32) -> Self {
        Self::Integer(integer.into())
    }
}

impl From<f64> for Value {
    fn from(real: f64) -> Self {
        Self::Real(real)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl fmt::Display for Value {
    /// As a CSV cell: nothing for null.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Integer(integer) => integer.fmt(f),
            Self::Real(real) => real.fmt(f),
        }
    }
}

impl OutFormat {
    /// The format a file name asks for.
    ///
    /// # Errors
    /// Lists the extensions there are.
    pub fn of(path: &Path) -> Result<Self, FormatError> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "gpkg" => Ok(Self::GeoPackage),
            "geojson" => Ok(Self::GeoJson),
            "fgb" => Ok(Self::FlatGeobuf),
            "csv" => Ok(Self::Csv),
            "zip" if has_extension(&path.with_extension(""), "shp") => Ok(Self::Shapefile),
            _ => Err(FormatError::Mapping(format!(
                "{}: unknown extension: files are written as .gpkg, .geojson, .fgb, .shp.zip or .csv",
                path.display()
            ))),
        }
    }

    fn driver(self) -> Option<&'static str> {
        match self {
            Self::GeoPackage => Some("GPKG"),
            Self::GeoJson => Some("GeoJSON"),
            Self::FlatGeobuf => Some("FlatGeobuf"),
            Self::Shapefile => Some("ESRI Shapefile"),
            Self::Csv => None,
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::GeoPackage => "gpkg",
            Self::GeoJson => "geojson",
            Self::FlatGeobuf => "fgb",
            Self::Shapefile => "shp.zip",
            Self::Csv => "csv",
        }
    }
}

/// Writes one layer in WGS 84, in the format of the extension, replacing a file that stands there at once and whole.
/// FlatGeobuf orders features by place; the others keep the order of the rows.
///
/// # Errors
/// When the extension is unknown, a row for FlatGeobuf has no place, or the file cannot be written; what stood there
/// before then still stands.
pub fn write_layer(path: &Path, layer: &str, rows: &[Row]) -> Result<(), FormatError> {
    let format = OutFormat::of(path)?;
    let out = OutFile::new(path)?;
    // its spatial index cannot hold a row without a place
    if format == OutFormat::FlatGeobuf && rows.iter().any(|row| row.geometry.is_none()) {
        let reason = "FlatGeobuf holds no rows without a place: take .gpkg, .geojson or .csv";
        return Err(write_error(&out, reason));
    }
    let columns = columns(rows);
    match format.driver() {
        None => write_csv(&out, &columns, rows)?,
        Some(driver) => write_ogr(&out, driver, layer, &columns, rows)?,
    }
    out.finish()
}

/// The bytes of such a file.
///
/// # Errors
/// As [`write_layer`].
pub fn layer_bytes(format: OutFormat, layer: &str, rows: &[Row]) -> Result<Vec<u8>, FormatError> {
    let name = format!("{layer}.{}", format.extension());
    let io = |error| FormatError::Io { path: name.clone().into(), error };
    let folder = tempfile::TempDir::with_prefix("wangge-out-").map_err(io)?;
    let path = folder.path().join(&name);
    write_layer(&path, layer, rows)?;
    std::fs::read(&path).map_err(io)
}

struct Column<'a> {
    name: &'a str,
    kind: OGRFieldType::Type,
}

/// The fields in order of their first appearance, each with the narrowest type that holds all its values.
fn columns(rows: &[Row]) -> Vec<Column<'_>> {
    let mut columns: Vec<(&str, Option<OGRFieldType::Type>)> = Vec::new();
    let mut at: HashMap<&str, usize> = HashMap::new();
    for (name, value) in rows.iter().flat_map(|row| &row.fields) {
        let index = *at.entry(name).or_insert_with(|| {
            columns.push((name, None));
            columns.len() - 1
        });
        let kind = match value {
            Value::Null => continue,
            Value::Text(_) => OGRFieldType::OFTString,
            Value::Integer(_) => OGRFieldType::OFTInteger64,
            Value::Real(_) => OGRFieldType::OFTReal,
        };
        let have = &mut columns[index].1;
        *have = Some(match *have {
            None => kind,
            Some(have) if have == kind => kind,
            Some(OGRFieldType::OFTString) => OGRFieldType::OFTString,
            Some(_) if kind == OGRFieldType::OFTString => kind,
            Some(_) => OGRFieldType::OFTReal,
        });
    }
    let text = OGRFieldType::OFTString;
    columns.into_iter().map(|(name, kind)| Column { name, kind: kind.unwrap_or(text) }).collect()
}

fn write_ogr(
    out: &OutFile,
    driver: &str,
    layer: &str,
    columns: &[Column<'_>],
    rows: &[Row],
) -> Result<(), FormatError> {
    gdal_words::listen();
    let refuse = |error: &GdalError| write_error(out, &gdal_words::reason(error));
    let mut dataset = DriverManager::get_driver_by_name(driver)
        .and_then(|driver| driver.create_vector_only(out.path()))
        .map_err(|error| refuse(&error))?;
    let mut srs = SpatialRef::from_epsg(4326).map_err(|error| refuse(&error))?;
    srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    // a GeoPackage table has columns of its own, which must not be called like one of ours
    let free = |names: [&'static str; 2]| {
        names.into_iter().find(|name| columns.iter().all(|column| !column.name.eq_ignore_ascii_case(name)))
    };
    let fid = format!("FID={}", free(["fid", "ogc_fid"]).unwrap_or("feature_number"));
    let geom = format!("GEOMETRY_NAME={}", free(["geom", "geometry"]).unwrap_or("feature_shape"));
    let options: &[&str] = match driver {
        "GPKG" => &[&fid, &geom],
        "GeoJSON" => &["RFC7946=YES", "WRITE_NAME=NO", "COORDINATE_PRECISION=7"],
        "ESRI Shapefile" => &["ENCODING=UTF-8"],
        _ => &[],
    };
    let all_placeless = !rows.is_empty() && rows.iter().all(|row| row.geometry.is_none());
    let ty = if all_placeless { OGRwkbGeometryType::wkbNone } else { OGRwkbGeometryType::wkbMultiPolygon };
    let options = LayerOptions { name: layer, srs: Some(&srs), ty, options: Some(options) };
    {
        let created = dataset.create_layer(options).map_err(|error| refuse(&error))?;
        let fields: Vec<(&str, OGRFieldType::Type)> = columns.iter().map(|column| (column.name, column.kind)).collect();
        created.create_defn_fields(&fields).map_err(|error| refuse(&error))?;
        // renamed fields (a format's reserved words) would be found by position only
        if created.defn().fields().count() != columns.len() {
            return Err(write_error(out, "the format refused a field"));
        }
    }
    if driver == "GPKG" {
        let transaction = dataset.start_transaction().map_err(|error| refuse(&error))?;
        write_features(&mut transaction.layer(0).map_err(|error| refuse(&error))?, columns, rows)
            .map_err(|error| refuse(&error))?;
        transaction.commit().map_err(|error| refuse(&error))?;
    } else {
        write_features(&mut dataset.layer(0).map_err(|error| refuse(&error))?, columns, rows)
            .map_err(|error| refuse(&error))?;
    }
    dataset.close().map_err(|error| refuse(&error))?;
    // before GDAL 3.7 closing never fails, but it does complain
    gdal_words::failure().map_or(Ok(()), |reason| Err(write_error(out, &reason)))
}

fn write_features(layer: &mut Layer<'_>, columns: &[Column<'_>], rows: &[Row]) -> Result<(), GdalError> {
    let at: HashMap<&str, usize> = columns.iter().enumerate().map(|(index, column)| (column.name, index)).collect();
    for row in rows {
        let mut feature = Feature::new(layer.defn())?;
        let mut set = vec![false; columns.len()];
        for (name, value) in &row.fields {
            let index = at[name.as_str()];
            set[index] = !matches!(value, Value::Null);
            match (value, columns[index].kind) {
                (Value::Null, _) => {}
                (value, OGRFieldType::OFTString) => feature.set_field_string(index, &value.to_string())?,
                (Value::Integer(integer), OGRFieldType::OFTInteger64) => {
                    feature.set_field_integer64(index, *integer)?;
                }
                (Value::Integer(integer), _) => feature.set_field_double(index, *integer as f64)?,
                (Value::Real(real), _) => feature.set_field_double(index, *real)?,
                (Value::Text(text), _) => feature.set_field_string(index, text)?,
            }
        }
        for index in (0..columns.len()).filter(|&index| !set[index]) {
            feature.set_field_null(index)?;
        }
        if let Some(shape) = &row.geometry {
            feature.set_geometry(Geometry::from_wkb(&wkb(shape))?)?;
        }
        feature.create(layer)?;
    }
    Ok(())
}

fn write_csv(out: &OutFile, columns: &[Column<'_>], rows: &[Row]) -> Result<(), FormatError> {
    let refuse = |error: csv::Error| write_error(out, &error.to_string());
    let mut writer = csv::Writer::from_path(out.path()).map_err(refuse)?;
    let header = ["lon", "lat"].into_iter().chain(columns.iter().map(|column| column.name)).chain(["wkt"]);
    writer.write_record(header).map_err(refuse)?;
    for row in rows {
        let label = row.geometry.as_ref().and_then(label_point).map(LatticePoint::to_lon_lat);
        let mut cells: Vec<String> = vec![
            label.map_or_else(String::new, |LonLat { lon_deg, .. }| lon_deg.to_string()),
            label.map_or_else(String::new, |LonLat { lat_deg, .. }| lat_deg.to_string()),
        ];
        for column in columns {
            let value = row.fields.iter().rev().find(|(name, _)| name == column.name);
            cells.push(value.map_or_else(String::new, |(_, value)| value.to_string()));
        }
        cells.push(row.geometry.as_ref().map_or_else(String::new, wkt));
        writer.write_record(&cells).map_err(refuse)?;
    }
    writer.flush().map_err(|error| write_error(out, &error.to_string()))
}

fn write_error(out: &OutFile, reason: &str) -> FormatError {
    let error = std::io::Error::other(format!("cannot be written: {reason}"));
    FormatError::Io { path: out.target().to_owned(), error }
}

/// ISO well-known binary, little-endian (OGC 06-103r4, 8.2).
fn wkb(shape: &MultiPolygon) -> Vec<u8> {
    const POLYGON: u32 = 3;
    const MULTI_POLYGON: u32 = 6;
    fn head(bytes: &mut Vec<u8>, kind: u32, count: usize) {
        bytes.push(1);
        bytes.extend(kind.to_le_bytes());
        bytes.extend((count as u32).to_le_bytes());
    }
    let shape = to_geo(shape);
    let mut bytes = Vec::new();
    head(&mut bytes, MULTI_POLYGON, shape.0.len());
    for polygon in &shape.0 {
        head(&mut bytes, POLYGON, polygon.interiors().len() + 1);
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            bytes.extend((ring.0.len() as u32).to_le_bytes());
            for coord in &ring.0 {
                bytes.extend(coord.x.to_le_bytes());
                bytes.extend(coord.y.to_le_bytes());
            }
        }
    }
    bytes
}

/// Well-known text, degrees to seven digits at most.
fn wkt(shape: &MultiPolygon) -> String {
    let ring = |ring: &Ring| {
        let points = ring.points();
        let closed = points.iter().chain(points.first());
        let coordinates: Vec<String> = closed
            .map(|point| {
                let LonLat { lon_deg, lat_deg } = point.to_lon_lat();
                format!("{lon_deg} {lat_deg}")
            })
            .collect();
        format!("({})", coordinates.join(","))
    };
    let polygons: Vec<String> = shape
        .0
        .iter()
        .map(|polygon| format!("({})", polygon.rings().map(ring).collect::<Vec<_>>().join(",")))
        .collect();
    if polygons.is_empty() { "MULTIPOLYGON EMPTY".to_owned() } else { format!("MULTIPOLYGON ({})", polygons.join(",")) }
}
