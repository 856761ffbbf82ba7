//! Writes the registers as a GeoPackage, the same bytes for the same rows.

use std::path::Path;

use gdal::DriverManager;
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Feature, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};

use super::lines::{BarrierRow, JurisdictionRow, StreetRow};
use super::plane::Lattice;
use super::register::{Registers, community_code, office_code};
use super::zones::{COMMUNITIES, DISTRICT, DISTRICT_CODE, OFFICES};

/// Time stamped into the file in place of the clock.
const STAMP: &str = "2026-01-01T00:00:00Z";

/// A value of a field.
pub enum Value {
    /// Text.
    Text(String),
    /// Whole number.
    Whole(i64),
}

fn text(value: &str) -> Value {
    Value::Text(value.to_string())
}

fn point_bytes(out: &mut Vec<u8>, at: Lattice) {
    // The nearest double to a decimal of seven places: reading it and rounding gives the same lattice point again.
    out.extend((at.lon as f64 / 1e7).to_le_bytes());
    out.extend((at.lat as f64 / 1e7).to_le_bytes());
}

fn head(kind: u32) -> Vec<u8> {
    let mut out = vec![1];
    out.extend(kind.to_le_bytes());
    out
}

fn point(at: Lattice) -> Vec<u8> {
    let mut out = head(1);
    point_bytes(&mut out, at);
    out
}

fn line(points: &[Lattice]) -> Vec<u8> {
    let mut out = head(2);
    out.extend((points.len() as u32).to_le_bytes());
    for &p in points {
        point_bytes(&mut out, p);
    }
    out
}

fn polygon(rings: &[&[Lattice]]) -> Vec<u8> {
    let mut out = head(3);
    out.extend((rings.len() as u32).to_le_bytes());
    for ring in rings {
        out.extend((ring.len() as u32 + 1).to_le_bytes());
        ring.iter().chain(ring.first()).for_each(|&p| point_bytes(&mut out, p));
    }
    out
}

fn multi(polygons: &[Vec<Vec<Lattice>>]) -> Vec<u8> {
    let mut out = head(6);
    out.extend((polygons.len() as u32).to_le_bytes());
    for rings in polygons {
        out.extend(polygon(&rings.iter().map(Vec::as_slice).collect::<Vec<_>>()));
    }
    out
}

/// One layer to be written.
struct Sheet<'a> {
    name: &'a str,
    shape: OGRwkbGeometryType::Type,
    /// Field names; those in `whole` are whole numbers, the others text.
    fields: &'a [&'a str],
    whole: &'a [&'a str],
    rows: Vec<(Option<Vec<u8>>, Vec<Value>)>,
}

/// Writes all layers to `path`, which is replaced once the file is whole.
pub fn write(
    path: &Path,
    registers: &Registers,
    jurisdictions: &[JurisdictionRow],
    streets: &[StreetRow],
    barriers: &[BarrierRow],
) -> Result<(), Box<dyn std::error::Error>> {
    gdal::config::set_config_option("OGR_CURRENT_DATE", STAMP)?;
    let draft = path.with_extension("part.gpkg");
    if draft.exists() {
        std::fs::remove_file(&draft)?;
    }
    let mut srs = SpatialRef::from_epsg(4490)?;
    srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    let mut file = DriverManager::get_driver_by_name("GPKG")?.create_vector_only(&draft)?;
    for sheet in sheets(registers, jurisdictions, streets, barriers) {
        let mut transaction = file.start_transaction()?;
        let spatial = sheet.shape != OGRwkbGeometryType::wkbNone;
        let description = format!("DESCRIPTION={}", sheet.name);
        let options: Vec<&str> = if spatial { vec!["GEOMETRY_NAME=geom", &description] } else { vec![&description] };
        let layer = transaction.create_layer(LayerOptions {
            name: sheet.name,
            srs: spatial.then_some(&srs),
            ty: sheet.shape,
            options: Some(&options),
        })?;
        let fields: Vec<(&str, OGRFieldType::Type)> = sheet
            .fields
            .iter()
            .map(|&f| (f, if sheet.whole.contains(&f) { OGRFieldType::OFTInteger } else { OGRFieldType::OFTString }))
            .collect();
        layer.create_defn_fields(&fields)?;
        for (shape, values) in &sheet.rows {
            let mut feature = Feature::new(layer.defn())?;
            if let Some(bytes) = shape {
                feature.set_geometry(Geometry::from_wkb(bytes)?)?;
            }
            for (i, value) in values.iter().enumerate() {
                match value {
                    Value::Text(value) => feature.set_field_string(i, value)?,
                    Value::Whole(value) => feature.set_field_integer(i, i32::try_from(*value)?)?,
                }
            }
            feature.create(&layer)?;
        }
        transaction.commit()?;
    }
    file.close()?;
    std::fs::rename(&draft, path)?;
    Ok(())
}

#[rustfmt::skip]
fn sheets<'a>(registers: &Registers, jurisdictions: &[JurisdictionRow], streets: &[StreetRow], barriers: &[BarrierRow]) -> Vec<Sheet<'a>> {
    let mut out = Vec::new();
    let code = |parcel: usize| text(&registers.parcels[parcel].code);
    out.push(Sheet {
        name: "parcels",
        shape: OGRwkbGeometryType::wkbPolygon,
        fields: &["code", "kind", "name", "address", "compound", "building", "units", "households", "population", "district", "district_name", "street_office", "street_office_name", "community", "community_name"],
        whole: &["units", "households", "population"],
        rows: registers.parcels.iter().map(|p| {
            let (office, community) = COMMUNITIES[p.community];
            (Some(polygon(&[&p.ring])), vec![
                text(&p.code), text(p.kind.word()), text(&p.name), text(&p.address), text(&p.compound), text(&p.building),
                Value::Whole(p.units), Value::Whole(p.households), Value::Whole(p.population),
                text(DISTRICT_CODE), text(DISTRICT), text(&office_code(office)), text(OFFICES[office]), text(&community_code(p.community)), text(community),
            ])
        }).collect(),
    });
    out.push(Sheet {
        name: "jurisdictions",
        shape: OGRwkbGeometryType::wkbMultiPolygon,
        fields: &["code", "name", "level", "parent"],
        whole: &["level"],
        rows: jurisdictions.iter().map(|j| (Some(multi(&j.polygons)), vec![text(&j.code), text(&j.name), Value::Whole(j.level), text(&j.parent)])).collect(),
    });
    out.push(Sheet {
        name: "streets",
        shape: OGRwkbGeometryType::wkbLineString,
        fields: &["name", "class", "structure"],
        whole: &[],
        rows: streets.iter().map(|s| (Some(line(&s.line)), vec![text(&s.name), text(s.class), text(s.structure)])).collect(),
    });
    out.push(Sheet {
        name: "barriers",
        shape: OGRwkbGeometryType::wkbLineString,
        fields: &["kind", "name"],
        whole: &[],
        rows: barriers.iter().map(|b| (Some(line(&b.line)), vec![text(b.kind), text(&b.name)])).collect(),
    });
    out.push(Sheet {
        name: "buildings",
        shape: OGRwkbGeometryType::wkbPolygon,
        fields: &["code", "parcel", "compound", "name", "levels", "units", "households", "use"],
        whole: &["levels", "units", "households"],
        rows: registers.buildings.iter().map(|b| (Some(polygon(&[&b.ring])), vec![
            text(&b.code), code(b.parcel), text(&b.compound), text(&b.name), Value::Whole(b.levels), Value::Whole(b.units), Value::Whole(b.households), text(b.use_word),
        ])).collect(),
    });
    out.push(Sheet {
        name: "addresses",
        shape: OGRwkbGeometryType::wkbPoint,
        fields: &["address", "parcel", "building", "unit"],
        whole: &["unit"],
        rows: registers.addresses.iter().map(|a| (Some(point(a.at)), vec![text(&a.text), code(a.parcel), text(&a.building), Value::Whole(a.unit)])).collect(),
    });
    out.push(Sheet {
        name: "officers",
        shape: OGRwkbGeometryType::wkbNone,
        fields: &["name", "role", "desk_phone", "community", "community_name"],
        whole: &[],
        rows: registers.officers.iter().map(|o| (None, vec![text(&o.name), text(o.role), text(&o.desk_phone), text(&community_code(o.community)), text(COMMUNITIES[o.community].1)])).collect(),
    });
    out
}
