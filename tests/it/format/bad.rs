//! Bad input: one clear line each, never a panic.

use std::ops::ControlFlow;
use std::path::Path;

use gdal::vector::OGRFieldType;
use tempfile::tempdir;
use wangge::crs::Crs;
use wangge::format::{
    AtomSource, FormatError, GridSource, PointColumns, PointReader, Row, Source, read_atoms, read_grids, unwatched,
    write_layer,
};

use super::real::real;
use super::town::{Count, Parcel, Style, parcels, source, style, write};

/// The message of a refusal, which must be one line and hold the words.
fn refused(source: &AtomSource, words: &[&str]) {
    let message = read_atoms(source, &unwatched).expect_err("must be refused").to_string();
    eprintln!("{message}");
    assert!(!message.contains('\n'), "{message}");
    for word in words {
        assert!(message.contains(word), "{word:?} is missing in: {message}");
    }
}

fn made(folder: &Path, change: impl Fn(&mut Vec<Parcel>)) -> AtomSource {
    with_kind(folder, OGRFieldType::OFTReal, change)
}

fn with_kind(folder: &Path, kind: OGRFieldType::Type, change: impl Fn(&mut Vec<Parcel>)) -> AtomSource {
    let mut town = parcels();
    change(&mut town);
    let path = folder.join("town.gpkg");
    let _ = std::fs::remove_file(&path);
    source(&write(&path, &Style { kind, ..style("GPKG") }, &town))
}

#[test]
fn files_that_are_no_vector_files() {
    let folder = tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        source(&path)
    };
    refused(&source(&folder.path().join("nowhere.gpkg")), &["nowhere.gpkg", "No such file"]);
    refused(&file("empty.gpkg", b""), &["empty.gpkg", "empty"]);
    refused(&file("empty.geojson.zst", b""), &["empty"]);
    refused(&file("letter.txt", b"Dear Sir or Madam,\n"), &["letter.txt", "not a vector file"]);
    refused(&file("fake.gpkg", &[7; 4096]), &["fake.gpkg", "not a vector file"]);
    refused(&file("fake.fgb.zst", b"not zstd at all"), &["fake.fgb.zst", "not zstd"]);
    refused(&file("fake.zip", b"PK\x03\x04 and no more"), &["fake.zip"]);
    refused(&file("fake.geojson", b"{\"type\":\"FeatureCollection\",\"features\":[{]}"), &["fake.geojson"]);
    refused(&file("none.geojson", b"{\"type\":\"FeatureCollection\",\"features\":[]}"), &["none.geojson"]);
    refused(&source(folder.path()), &["not a vector file"]);
    if let Some(raster) = real("zw_harare_population_92m.tif") {
        refused(&source(&raster), &["not a vector file"]);
    }
}

#[test]
fn files_cut_in_half() {
    let folder = tempdir().unwrap();
    // a few thousand parcels, so that half a file is well formed at its start
    let many: Vec<Parcel> = (0..3000)
        .map(|i| {
            let mut parcel = parcels().swap_remove(0);
            parcel.id = format!("P-{i}");
            parcel
        })
        .collect();
    for (name, driver) in
        [("town.gpkg", "GPKG"), ("town.fgb", "FlatGeobuf"), ("town.geojson", "GeoJSON"), ("town.shp", "ESRI Shapefile")]
    {
        let style = if name.ends_with("shp") {
            Style { geometry: gdal::vector::OGRwkbGeometryType::wkbPolygon, ..style(driver) }
        } else {
            style(driver)
        };
        let whole = write(&folder.path().join(name), &style, &many);
        assert_eq!(read_atoms(&source(&whole), &unwatched).unwrap().1.features, 3000, "{name}");
        let bytes = std::fs::read(&whole).unwrap();
        for tenths in [1, 5, 9] {
            std::fs::write(&whole, &bytes[..bytes.len() * tenths / 10]).unwrap();
            refused(&source(&whole), &[name]);
        }
    }
    for name in ["tw_chiayicity_bsa.fgb.zst", "it_povo.gpkg.zst"] {
        let Some(path) = real(name) else { continue };
        let bytes = std::fs::read(path).unwrap();
        let half = folder.path().join(name);
        std::fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
        refused(&source(&half), &[name, "cut off"]);
    }
}

#[test]
fn layers_and_fields_that_are_not_there() {
    let folder = tempdir().unwrap();
    let town = made(folder.path(), |_| {});
    let with = |change: fn(&mut AtomSource)| {
        let mut source = town.clone();
        change(&mut source);
        source
    };
    refused(&with(|s| s.layer = Some("village".into())), &["no layer \"village\"", "\"town\" (", "6 features"]);
    refused(&with(|s| s.households = Some("people".into())), &["no field \"people\"", "\"code\", \"hh\", \"town\""]);
    refused(&with(|s| s.jurisdiction = vec!["street".into()]), &["no field \"street\""]);
    refused(&with(|s| s.households = None), &["--households", "--population"]);
    refused(&with(|s| s.jurisdiction_names = vec!["town".into(), "town".into()]), &["same order"]);
    if let Some(path) = real("it_povo.gpkg.zst") {
        let povo = AtomSource { path, households: Some("nothing".into()), ..AtomSource::default() };
        refused(&povo, &["no layer has the fields \"nothing\"", "\"sezioni_2021\" (Multi Polygon, 95 features)"]);
        refused(&AtomSource { layer: Some("osm_walk_edges".into()), ..povo }, &["holds no polygons"]);
    }
    let error =
        read_grids(&GridSource { path: town.path.clone(), code: "nr".into(), ..GridSource::default() }, &unwatched);
    assert!(error.unwrap_err().to_string().contains("no field \"nr\""));
}

#[test]
fn a_crs_that_is_missing_unknown_or_refused() {
    let folder = tempdir().unwrap();
    let csv = Style { layer_options: &["GEOMETRY=AS_WKT"], epsg: None, ..style("CSV") };
    let csv = source(&write(&folder.path().join("town.csv"), &csv, &parcels()));
    refused(&csv, &["--crs EPSG:"]);
    for driver in [("none.gpkg", "GPKG"), ("none.fgb", "FlatGeobuf")] {
        let none = Style { epsg: None, ..style(driver.1) };
        refused(&source(&write(&folder.path().join(driver.0), &none, &parcels())), &["does not say its CRS", "--crs"]);
    }
    refused(&AtomSource { crs: Some(Crs::from_epsg(999_999)), ..csv.clone() }, &["EPSG:999999", "not a CRS"]);
    let xian = Style { epsg: Some(4610), ..style("GPKG") };
    refused(&source(&write(&folder.path().join("xian.gpkg"), &xian, &parcels())), &["Xian 1980", "local parameters"]);
    // metres taken for degrees
    let mut far = parcels();
    far[3].wkt = "POLYGON ((527785 3396641,527885 3396641,527885 3396741,527785 3396641))".into();
    let far = source(&write(&folder.path().join("far.geojson"), &style("GeoJSON"), &far));
    refused(&far, &["feature 4 (\"P-3\")", "is the CRS right"]);
}

#[test]
fn counts_that_are_no_counts() {
    let folder = tempdir().unwrap();
    let counts = |kind, count: Count| with_kind(folder.path(), kind, move |town| town[1].households = count.clone());
    let (real, text) = (OGRFieldType::OFTReal, OGRFieldType::OFTString);
    for (kind, count, word) in [
        (real, Count::Real(-3.0), "-3, which is negative"),
        (real, Count::Real(12.5), "12.5, which is not whole"),
        (real, Count::Real(f64::INFINITY), "not a finite number"),
        (real, Count::Real(5e9), "over 4294967295"),
        (OGRFieldType::OFTInteger64, Count::Integer(5_000_000_000), "over 4294967295"),
        (text, Count::Text("about 300"), "\"about 300\", which is not a number"),
        (text, Count::Text("NaN"), "not a finite number"),
    ] {
        refused(&counts(kind, count), &["feature 2 (\"P-5\")", "\"hh\"", word]);
    }
    let several = made(folder.path(), |town| town.iter_mut().for_each(|parcel| parcel.households = Count::Real(0.5)));
    refused(&several, &["feature 1", "5 more features have problems"]);
    refused(&made(folder.path(), |town| town[0].households = Count::Null), &["1 of 6 features", "--null-households"]);
}

#[test]
fn shapes_that_are_no_areas() {
    let folder = tempdir().unwrap();
    for (wkt, word) in [
        ("", "has no geometry"),
        ("POLYGON EMPTY", "empty geometry"),
        ("POINT (111 30)", "is a POINT, not a polygon"),
        ("LINESTRING (111 30,112 30)", "is a LINESTRING, not a polygon"),
        ("GEOMETRYCOLLECTION (POINT (111 30))", "POINT, not a polygon"),
        ("CURVEPOLYGON (CIRCULARSTRING (0 0,1 1,2 0,1 -1,0 0))", "curves"),
        ("POLYGON ((0 0,1 1,0 0))", "covers no area"),
        ("POLYGON ((0 0,0.00000001 0,0 0.00000001,0 0))", "covers no area"),
        ("NAN", "not a finite number"),
        ("INF", "not a finite number"),
        ("POLYGON ((0 0,181 0,1 1,0 0))", "out of range"),
        ("POLYGON ((0 0,30 111,1 1,0 0))", "swapped"),
    ] {
        let source = made(folder.path(), |town| town[4].wkt = wkt.into());
        refused(&source, &["feature 5 (\"P-2\")", word]);
    }
}

#[test]
fn codes_that_are_missing_or_stand_twice() {
    let folder = tempdir().unwrap();
    refused(&made(folder.path(), |town| town[1].id = String::new()), &["1 of 6", "\"code\"", "feature 2"]);
    let twice = made(folder.path(), |town| {
        for parcel in &mut town[..3] {
            parcel.id = "same".into();
        }
    });
    refused(&twice, &["\"same\" (3 times)", "--id"]);
    refused(&made(folder.path(), |town| town[5].town = ""), &["\"town\"", "feature 6"]);
}

#[test]
fn reading_stops_when_it_is_told_to() {
    let folder = tempdir().unwrap();
    let town = made(folder.path(), |_| {});
    let stop = |done: u64, _| if done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    assert!(matches!(read_atoms(&town, &stop), Err(FormatError::Cancelled { done: 6, total: 6 })));
}

#[test]
fn targets_that_cannot_be_written() {
    let folder = tempdir().unwrap();
    let refuse = |name: &str, word: &str| {
        let message = write_layer(&folder.path().join(name), "l", &[Row::default()]).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    };
    refuse("out.xyz", ".gpkg, .geojson, .fgb, .shp.zip or .csv");
    refuse("out", ".gpkg, .geojson, .fgb, .shp.zip or .csv");
    refuse("no/such/folder/out.gpkg", "No such file");
    std::fs::create_dir(folder.path().join("dir.gpkg")).unwrap();
    refuse("dir.gpkg", "directory");
}

#[test]
fn point_files_that_are_none() {
    let folder = tempdir().unwrap();
    let refuse = |text: &str, columns: &PointColumns, words: &[&str]| {
        let path = folder.path().join("points.csv");
        std::fs::write(&path, text).unwrap();
        let read = PointReader::open(&path, columns, &Crs::Wgs84).and_then(|mut reader| {
            while reader.next_chunk()?.is_some() {}
            Ok(())
        });
        let message = read.unwrap_err().to_string();
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    };
    refuse("", &PointColumns::Detect, &["empty"]);
    refuse("a,b\n1,2\n", &PointColumns::Detect, &["lon and lat", "\"a\", \"b\""]);
    let named = PointColumns::Named { x: "east".into(), y: "north".into() };
    refuse("lon,lat\n1,2\n", &named, &["no column \"east\"", "\"lon\", \"lat\""]);
}

#[test]
fn gdal_says_nothing_on_its_own() {
    // a child of this test binary reads a broken file; its standard error must be empty
    let Some(path) = std::env::var_os("WANGGE_TEST_BROKEN_FILE") else {
        let folder = tempdir().unwrap();
        let path = folder.path().join("broken.gpkg");
        let town = made(folder.path(), |_| {});
        let bytes = std::fs::read(town.path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["format::bad::gdal_says_nothing_on_its_own", "--exact", "--nocapture"])
            .env("WANGGE_TEST_BROKEN_FILE", &path)
            .output()
            .unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        return;
    };
    let broken = Path::new(&path);
    assert!(Source::open(broken).is_err() || read_atoms(&source(broken), &unwatched).is_err());
}
