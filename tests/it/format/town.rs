//! A town of 3 x 2 square parcels, written by GDAL in whatever format.

use std::path::{Path, PathBuf};

use gdal::DriverManager;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Feature, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use wangge::format::AtomSource;

/// Households of a parcel, as the test wants them kept.
#[derive(Clone)]
pub enum Count {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'static str),
}

/// One parcel.
#[derive(Clone)]
pub struct Parcel {
    pub id: String,
    pub wkt: String,
    pub households: Count,
    pub town: &'static str,
}

/// Six parcels of 0.001 degree side; the middle of the south has a hole, the last is in two parts.
pub fn parcels() -> Vec<Parcel> {
    let mut parcels = Vec::new();
    for i in 0..6_u32 {
        let (west, south) = (111.29 + f64::from(i % 3) * 0.001, 30.69 + f64::from(i / 3) * 0.001);
        let ring = |w: f64, s: f64, side: f64| {
            let (e, n) = (w + side, s + side);
            format!("({w:.7} {s:.7},{e:.7} {s:.7},{e:.7} {n:.7},{w:.7} {n:.7},{w:.7} {s:.7})")
        };
        let wkt = match i {
            1 => format!("POLYGON ({},{})", ring(west, south, 0.001), ring(west + 0.0004, south + 0.0004, 0.0002)),
            5 => format!("MULTIPOLYGON (({}),({}))", ring(west, south, 0.001), ring(west + 0.005, south, 0.0005)),
            _ => format!("POLYGON ({})", ring(west, south, 0.001)),
        };
        let town = if i < 3 { "南苑" } else { "东城" };
        parcels.push(Parcel { id: format!("P-{}", 6 - i), wkt, households: Count::Integer(100 + i64::from(i)), town });
    }
    parcels
}

/// How to write them.
pub struct Style {
    pub driver: &'static str,
    pub kind: OGRFieldType::Type,
    pub geometry: OGRwkbGeometryType::Type,
    pub epsg: Option<u32>,
    pub layer_options: &'static [&'static str],
}

pub const fn style(driver: &'static str) -> Style {
    Style {
        driver,
        kind: OGRFieldType::OFTInteger,
        geometry: OGRwkbGeometryType::wkbUnknown,
        epsg: Some(4326),
        layer_options: &[],
    }
}

pub fn write(path: &Path, style: &Style, parcels: &[Parcel]) -> PathBuf {
    let driver = DriverManager::get_driver_by_name(style.driver).unwrap();
    let mut dataset = driver.create_vector_only(path).unwrap();
    let srs = style.epsg.map(|number| {
        let mut srs = SpatialRef::from_epsg(number).unwrap();
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        srs
    });
    let options =
        LayerOptions { name: "town", srs: srs.as_ref(), ty: style.geometry, options: Some(style.layer_options) };
    let layer = dataset.create_layer(options).unwrap();
    let text = OGRFieldType::OFTString;
    layer.create_defn_fields(&[("code", text), ("hh", style.kind), ("town", text)]).unwrap();
    let at = |name: &str| layer.defn().field_index(name).unwrap();
    let (code, hh, town) = (at("code"), at("hh"), at("town"));
    for parcel in parcels {
        let mut feature = Feature::new(layer.defn()).unwrap();
        feature.set_field_string(code, &parcel.id).unwrap();
        feature.set_field_string(town, parcel.town).unwrap();
        match parcel.households {
            Count::Null => feature.set_field_null(hh).unwrap(),
            Count::Integer(count) => feature.set_field_integer64(hh, count).unwrap(),
            Count::Real(count) => feature.set_field_double(hh, count).unwrap(),
            Count::Text(count) => feature.set_field_string(hh, count).unwrap(),
        }
        if !parcel.wkt.is_empty() {
            feature.set_geometry(geometry(&parcel.wkt)).unwrap();
        }
        feature.create(&layer).unwrap();
    }
    dataset.close().unwrap();
    path.to_owned()
}

/// From WKT, or, where WKT has no word for them, a triangle with the coordinate named.
fn geometry(wkt: &str) -> Geometry {
    let bad = match wkt {
        "NAN" => f64::NAN,
        "INF" => f64::INFINITY,
        _ => return Geometry::from_wkt(wkt).unwrap(),
    };
    let mut ring = Geometry::empty(OGRwkbGeometryType::wkbLinearRing).unwrap();
    for point in [(0.0, 0.0), (bad, 0.0), (1.0, 1.0), (0.0, 0.0)] {
        ring.add_point_2d(point);
    }
    let mut polygon = Geometry::empty(OGRwkbGeometryType::wkbPolygon).unwrap();
    polygon.add_geometry(ring).unwrap();
    polygon
}

pub fn source(path: &Path) -> AtomSource {
    AtomSource {
        path: path.to_owned(),
        id: Some("code".into()),
        households: Some("hh".into()),
        jurisdiction: vec!["town".into()],
        ..AtomSource::default()
    }
}
