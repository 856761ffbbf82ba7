//! Every format, made here and read back; and what is written comes back as it was.

use std::collections::BTreeMap;

use gdal::vector::{OGRFieldType, OGRwkbGeometryType};
use tempfile::tempdir;
use wangge::crs::Crs;
use wangge::format::{
    AtomSource, DuplicateCodes, GridSource, NullHouseholds, Row, Source, Value, read_atoms, read_grids, unwatched,
    write_layer,
};

use super::real::real;
use super::town::{Count, Style, parcels, source, style, write};

#[test]
fn the_same_town_in_every_container_has_the_same_hash() {
    let folder = tempdir().unwrap();
    let mut hashes = BTreeMap::new();
    let polygon = OGRwkbGeometryType::wkbMultiPolygon;
    for (file, style) in [
        ("town.geojson", style("GeoJSON")),
        ("town.gpkg", style("GPKG")),
        ("real.gpkg", Style { kind: OGRFieldType::OFTReal, ..style("GPKG") }),
        ("text.gpkg", Style { kind: OGRFieldType::OFTString, ..style("GPKG") }),
        ("town.fgb", style("FlatGeobuf")),
        (
            "town.shp",
            Style {
                geometry: OGRwkbGeometryType::wkbPolygon,
                layer_options: &["ENCODING=UTF-8"],
                ..style("ESRI Shapefile")
            },
        ),
        ("town.csv", Style { layer_options: &["GEOMETRY=AS_WKT"], epsg: None, ..style("CSV") }),
        ("town.kml", Style { geometry: polygon, ..style("LIBKML") }),
    ] {
        let mut source = source(&write(&folder.path().join(file), &style, &parcels()));
        if file == "town.csv" {
            source.crs = Some(Crs::Wgs84);
        }
        let (dataset, report) = read_atoms(&source, &unwatched).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!((report.features, report.households), (6, 615), "{file}");
        assert_eq!(dataset.jurisdictions.len(), 2, "{file}");
        assert_eq!(report.warnings, Vec::<String>::new(), "{file}");
        hashes.insert(file, report.content_hash);
    }
    let distinct: std::collections::BTreeSet<&String> = hashes.values().collect();
    assert_eq!(distinct.len(), 1, "{hashes:#?}");
}

#[test]
fn a_zipped_shapefile_set_is_read() {
    let folder = tempdir().unwrap();
    let polygon = Style {
        geometry: OGRwkbGeometryType::wkbPolygon,
        layer_options: &["ENCODING=UTF-8"],
        ..style("ESRI Shapefile")
    };
    let packed = write(&folder.path().join("town.shz"), &polygon, &parcels());
    let zip = folder.path().join("town.zip");
    std::fs::rename(packed, &zip).unwrap();
    let (_, report) = read_atoms(&source(&zip), &unwatched).unwrap();
    assert_eq!(report.households, 615);
}

#[test]
fn projected_coordinates_come_to_the_same_place() {
    // EPSG:4546 of (111.29, 30.69) by PROJ: E 527785.4833 N 3396641.5034
    let folder = tempdir().unwrap();
    let mut town = parcels();
    town.truncate(1);
    town[0].wkt = "POLYGON Z ((527785.4833 3396641.5034 9,527885.4833 3396641.5034 9,527885.4833 3396741.5034 9,\
                   527785.4833 3396641.5034 9))"
        .into();
    let path = write(&folder.path().join("town.gpkg"), &Style { epsg: Some(4546), ..style("GPKG") }, &town);
    let (dataset, report) = read_atoms(&source(&path), &unwatched).unwrap();
    assert_eq!(report.crs, "EPSG:4546");
    let corner = dataset.atoms[0].shape.0[0].exterior.points()[0];
    assert_eq!((corner.x_e7, corner.y_e7), (1_112_900_000, 306_900_000));
    assert!((wangge::geom::area_m2(&dataset.atoms[0].shape) - 5_000.0).abs() < 2.0);
}

#[test]
fn a_given_crs_overrides_the_one_of_the_file_and_says_so() {
    let folder = tempdir().unwrap();
    let path = write(&folder.path().join("town.geojson"), &style("GeoJSON"), &parcels());
    let plain = source(&path);
    let told = AtomSource { crs: Some(Crs::Gcj02), ..plain.clone() };
    let (plain, _) = read_atoms(&plain, &unwatched).unwrap();
    let (moved, report) = read_atoms(&told, &unwatched).unwrap();
    assert!(report.warnings[0].contains("gcj02"), "{:?}", report.warnings);
    let corner = |dataset: &wangge::atom::Dataset| dataset.atoms[0].shape.0[0].exterior.points()[0];
    let metres = wangge::geom::distance_m(corner(&plain), corner(&moved));
    assert!((100.0..1000.0).contains(&metres), "{metres}");
}

#[test]
fn a_zone_far_from_the_data_is_warned_of() {
    let folder = tempdir().unwrap();
    let path = write(&folder.path().join("town.geojson"), &style("GeoJSON"), &parcels());
    // degrees taken for metres: squares of a millimetre near the equator
    let degrees = GridSource {
        path: path.clone(),
        code: "code".into(),
        crs: Some(Crs::from_epsg(4546)),
        ..GridSource::default()
    };
    assert!(read_grids(&degrees, &unwatched).unwrap_err().to_string().contains("covers no area"));
    let mut town = parcels();
    town.truncate(1);
    town[0].wkt = "POLYGON ((500 500,900 500,900 900,500 500))".into();
    let path = write(&folder.path().join("metres.gpkg"), &Style { epsg: Some(4546), ..style("GPKG") }, &town);
    let warnings = read_atoms(&source(&path), &unwatched).unwrap().1.warnings;
    assert!(warnings[0].contains("is the CRS right?"), "{warnings:?}");
}

#[test]
fn zst_of_several_frames_is_one_file() {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let folder = tempdir().unwrap();
    let path = write(&folder.path().join("town.geojson"), &style("GeoJSON"), &parcels());
    let bytes = std::fs::read(&path).unwrap();
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let packed = [first, second].map(|half| compress_to_vec(half, CompressionLevel::Fastest)).concat();
    let zst = folder.path().join("packed.geojson.zst");
    std::fs::write(&zst, packed).unwrap();
    let plain = read_atoms(&source(&path), &unwatched).unwrap().1;
    assert_eq!(read_atoms(&source(&zst), &unwatched).unwrap().1.content_hash, plain.content_hash);
}

#[test]
fn a_property_that_is_not_there_is_null_and_not_zero() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("town.geojson");
    let feature = |id: u32, hh: &str| {
        let w = f64::from(id) * 0.01;
        let e = w + 0.01;
        format!(
            r#"{{"type":"Feature","properties":{{"code":{id}{hh}}},"geometry":{{"type":"Polygon","coordinates":[[[{w},0],[{e},0],[{e},1],[{w},0]]]}}}}"#
        )
    };
    let features = [feature(1, r#","hh":0"#), feature(2, ""), feature(3, r#","hh":null"#), feature(4, r#","hh":7"#)];
    std::fs::write(&path, format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))).unwrap();
    let source = AtomSource { jurisdiction: vec![], null_households: NullHouseholds::Unknown, ..source(&path) };
    let (dataset, report) = read_atoms(&source, &unwatched).unwrap();
    let households: Vec<_> = dataset.atoms.iter().map(|atom| atom.households).collect();
    assert_eq!(households, [Some(0), None, None, Some(7)]);
    assert_eq!(report.nulls, 2);
    assert_eq!(dataset.jurisdictions[0].name, "town");
}

#[test]
fn feature_ids_are_codes_by_default_and_by_their_name() {
    let folder = tempdir().unwrap();
    let path = write(&folder.path().join("town.gpkg"), &style("GPKG"), &parcels());
    for id in [None, Some("fid".to_owned())] {
        let (dataset, _) = read_atoms(&AtomSource { id, ..source(&path) }, &unwatched).unwrap();
        let codes: Vec<&str> = dataset.atoms.iter().map(|atom| atom.code.as_str()).collect();
        assert_eq!(codes, ["1", "2", "3", "4", "5", "6"]);
    }
    let grids = GridSource { path, code: "FID".into(), ..GridSource::default() };
    assert_eq!(read_grids(&grids, &unwatched).unwrap().grids[5].code, "6");
}

#[test]
fn nulls_mean_what_was_said() {
    let folder = tempdir().unwrap();
    let mut town = parcels();
    town[2].households = Count::Null;
    let path = write(&folder.path().join("town.gpkg"), &style("GPKG"), &town);
    for (policy, want) in [(NullHouseholds::Uninhabited, Some(0)), (NullHouseholds::Unknown, None)] {
        let (dataset, report) =
            read_atoms(&AtomSource { null_households: policy, ..source(&path) }, &unwatched).unwrap();
        assert_eq!((dataset.atoms[2].households, report.nulls), (want, 1));
    }
}

#[test]
fn collections_of_polygons_are_areas_and_rings_of_two_points_are_left_out() {
    let folder = tempdir().unwrap();
    let mut town = parcels();
    town[0].wkt = "GEOMETRYCOLLECTION (POLYGON ((0 0,1 0,1 1,0 0)),POLYGON ((2 0,3 0,3 1,2 0),(2.5 0.1,2.6 0.1,2.5 0.1,2.6 0.1,2.5 0.1)))".into();
    let path = write(&folder.path().join("town.gpkg"), &style("GPKG"), &town);
    let (dataset, _) = read_atoms(&source(&path), &unwatched).unwrap();
    assert_eq!(dataset.atoms[0].shape.0.len(), 2);
    assert!(dataset.atoms[0].shape.0.iter().all(|polygon| polygon.holes.is_empty()));
}

#[test]
fn what_is_written_comes_back() {
    let folder = tempdir().unwrap();
    let made = write(&folder.path().join("made.gpkg"), &style("GPKG"), &parcels());
    let (dataset, report) = read_atoms(&source(&made), &unwatched).unwrap();
    let rows: Vec<Row> = dataset
        .atoms
        .iter()
        .map(|atom| Row {
            geometry: Some(atom.shape.clone()),
            fields: vec![
                ("code".into(), atom.code.as_str().into()),
                ("hh".into(), atom.households.into()),
                ("town".into(), dataset.jurisdictions[atom.unit.0 as usize].code.as_str().into()),
                ("share".into(), Value::Real(0.25)),
                ("note".into(), Value::Null),
                ("fid".into(), Value::Text("own".into())),
                ("mixed".into(), if atom.code == "P-1" { Value::Real(1.5) } else { Value::Integer(2) }),
            ],
        })
        .collect();
    for name in ["out.gpkg", "out.geojson", "out.fgb", "out.csv"] {
        let path = folder.path().join(name);
        // what stood there is replaced
        std::fs::write(&path, "something else").unwrap();
        write_layer(&path, "grids", &rows).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut source = source(&path);
        if name == "out.csv" {
            source.crs = Some(Crs::Wgs84);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("lon,lat,code,hh,town,share,note,fid,mixed,wkt\n111.2"), "{text}");
        }
        let (_, back) = read_atoms(&source, &unwatched).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(back.content_hash, report.content_hash, "{name}");
        let layer = &Source::open(&path).unwrap().layers()[0];
        if name != "out.csv" {
            assert_eq!(layer.fields, ["code", "hh", "town", "share", "note", "fid", "mixed"], "{name}");
        }
        if name == "out.gpkg" {
            assert_eq!(layer.name, "grids");
        }
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 5, "temporary files stay behind: {left:?}");
}

#[test]
fn rows_without_a_place_and_no_rows_at_all_can_be_written() {
    let folder = tempdir().unwrap();
    let row = |code: &str| Row { geometry: None, fields: vec![("code".into(), code.into())] };
    for name in ["out.gpkg", "out.geojson", "out.fgb", "out.csv"] {
        let path = folder.path().join(name);
        let written = write_layer(&path, "findings", &[row("a"), row("b")]);
        if name == "out.fgb" {
            assert!(written.unwrap_err().to_string().contains("take .gpkg, .geojson or .csv"));
            assert!(!path.exists());
        } else {
            written.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(Source::open(&path).unwrap().layers()[0].features, 2, "{name}");
        }
        write_layer(&path, "findings", &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(path.metadata().unwrap().len() > 0, "{name}");
    }
}

#[test]
fn taxi_zones_are_adopted_by_object_id_and_refused_by_location_id() {
    let Some(path) = real("nyc_taxi_zones.fgb.zst") else { return };
    let by = |code: &str| GridSource {
        path: path.clone(),
        code: code.into(),
        name: Some("zone".into()),
        ..GridSource::default()
    };
    let layer = read_grids(&by("OBJECTID"), &unwatched).unwrap();
    assert_eq!((layer.grids.len(), layer.crs.as_str()), (263, "EPSG:2263"));
    let newark = layer.grids.iter().find(|grid| grid.code == "1").unwrap();
    assert_eq!(newark.name.as_deref(), Some("Newark Airport"));
    let [west, south, east, north] = newark.shape.envelope().unwrap().to_degrees();
    assert!(west > -74.2 && east < -74.1 && south > 40.66 && north < 40.72);

    let error = read_grids(&by("LocationID"), &unwatched).unwrap_err().to_string();
    assert!(error.contains("\"56\" (2 times), \"103\" (3 times)"), "{error}");
    let merged = GridSource { duplicates: DuplicateCodes::Merge, ..by("locationid") };
    let merged = read_grids(&merged, &unwatched).unwrap();
    assert_eq!(merged.grids.len(), 260);
    assert!(merged.warnings[0].contains("103 (3 features)"), "{:?}", merged.warnings);
}

#[test]
fn merged_grids_add_up_and_stay_under_one_parent() {
    let folder = tempdir().unwrap();
    let mut town = parcels();
    town[1].id = "P-6".into();
    let path = write(&folder.path().join("grids.gpkg"), &style("GPKG"), &town);
    let mut source = GridSource {
        path,
        code: "code".into(),
        parent: Some("town".into()),
        households: Some("hh".into()),
        duplicates: DuplicateCodes::Merge,
        ..GridSource::default()
    };
    let layer = read_grids(&source, &unwatched).unwrap();
    assert_eq!((layer.grids.len(), layer.grids[0].households), (5, Some(201)));
    assert_eq!(layer.grids[0].shape.0.len(), 2);
    town[4].id = "P-6".into();
    source.path = write(&folder.path().join("split.gpkg"), &style("GPKG"), &town);
    let error = read_grids(&source, &unwatched).unwrap_err().to_string();
    assert!(error.contains("南苑") && error.contains("东城"), "{error}");
}
