//! The real files: counts and totals as their makers give them.

use std::path::PathBuf;

use wangge::format::{
    AtomSource, FormatError, GridSource, ImportReport, NullHouseholds, Source, read_atoms, read_grids, unwatched,
};
use wangge::geom::area_m2;

pub use crate::real_data::real;

fn taiwan(path: PathBuf) -> AtomSource {
    AtomSource {
        path,
        id: Some("CODEBASE".into()),
        households: Some("H_CNT".into()),
        population: Some("P_CNT".into()),
        jurisdiction: vec!["CODE2".into(), "TOWN_ID".into(), "COUNTY_ID".into()],
        null_households: NullHouseholds::Uninhabited,
        ..AtomSource::default()
    }
}

fn read(source: &AtomSource) -> ImportReport {
    let started = std::time::Instant::now();
    let (dataset, report) = read_atoms(source, &unwatched).unwrap_or_else(|error| panic!("{error}"));
    eprintln!("{}: {} atoms in {} ms", source.path.display(), dataset.atoms.len(), started.elapsed().as_millis());
    dataset.check().unwrap();
    assert_eq!(dataset.atoms.len() as u64, report.features - report.left_out);
    report
}

fn totals(report: &ImportReport) -> (u64, u64, u64, u64) {
    (report.features, report.features - report.nulls, report.households, report.population)
}

#[test]
fn taiwan_has_its_published_totals() {
    for (name, want) in [
        ("tw_chiayicity_bsa.fgb.zst", (1_505, 1_391, 98_557, 267_852)),
        ("tw_taipei_bsa.fgb.zst", (11_490, 10_860, 1_048_986, 2_689_272)),
        ("tw_kinmen_bsa.fgb.zst", (767, 570, 39_521, 135_392)),
        ("tw_lienchiang_bsa.fgb.zst", (422, 94, 2_756, 12_691)),
    ] {
        let Some(path) = real(name) else { continue };
        let report = read(&taiwan(path));
        assert_eq!(totals(&report), want, "{name}");
        assert_eq!(report.crs, "wgs84");
        let levels: Vec<&str> = report.levels.iter().map(|level| level.name.as_str()).collect();
        assert_eq!(levels, ["COUNTY_ID", "TOWN_ID", "CODE2"], "{name}");
    }
}

#[test]
fn taipei_has_twelve_towns_and_nulls_are_refused_until_they_are_explained() {
    let Some(path) = real("tw_taipei_bsa.fgb.zst") else { return };
    let mut source = taiwan(path);
    let report = read(&source);
    assert_eq!(report.levels[1].jurisdictions, 12);
    source.null_households = NullHouseholds::Error;
    let error = read_atoms(&source, &unwatched).unwrap_err();
    assert!(matches!(error, FormatError::NullHouseholds { nulls: 630, features: 11_490, .. }), "{error}");
    assert!(error.to_string().contains("--null-households"), "{error}");
    source.null_households = NullHouseholds::Unknown;
    let (dataset, _) = read_atoms(&source, &unwatched).unwrap();
    assert_eq!(dataset.atoms.iter().filter(|atom| atom.households.is_none()).count(), 630);
}

#[test]
fn the_large_set_has_its_published_totals() {
    let Some(path) = real("tw_large_bsa_dev.fgb.zst") else { return };
    let report = read(&taiwan(path));
    assert_eq!(totals(&report), (117_847, 102_302, 5_605_337, 15_821_126));
    let levels: Vec<usize> = report.levels.iter().map(|level| level.jurisdictions).collect();
    assert_eq!(levels, [17, 285, 6_280]);
}

#[test]
fn osaka_is_read_from_jgd2000() {
    let Some(path) = real("jp_osaka_22wards_chome_2015.fgb.zst") else { return };
    let mut source = AtomSource {
        path,
        id: Some("KEY_CODE".into()),
        households: Some("SETAI".into()),
        population: Some("JINKO".into()),
        name: Some("MOJI".into()),
        ..AtomSource::default()
    };
    let error = read_atoms(&source, &unwatched).unwrap_err();
    assert!(error.to_string().contains("\"27111012002\" (2 times)"), "{error}");
    source.id = None;
    let report = read(&source);
    assert_eq!(totals(&report), (1_579, 1_579, 1_206_749, 2_401_483));
    assert_eq!(report.crs, "EPSG:4612");
}

#[test]
fn povo_is_read_from_utm_out_of_several_layers() {
    let Some(path) = real("it_povo.gpkg.zst") else { return };
    let source = AtomSource {
        path: path.clone(),
        households: Some("FAM21".into()),
        population: Some("POP21".into()),
        ..AtomSource::default()
    };
    let report = read(&source);
    assert_eq!((report.layer.as_str(), report.crs.as_str()), ("sezioni_2021", "EPSG:32632"));
    // four slivers of less than a square centimetre, empty of people
    assert_eq!((report.features, report.left_out), (95, 4));
    assert!(report.warnings[0].contains("0 households and 0 persons"), "{:?}", report.warnings);
    assert_eq!(totals(&report), (95, 95, 3_494, 8_294));
    let (dataset, _) = read_atoms(&source, &unwatched).unwrap();
    let envelope = dataset.atoms[0].shape.envelope().unwrap().to_degrees();
    assert!((11.0..11.3).contains(&envelope[0]) && (46.0..46.2).contains(&envelope[1]), "{envelope:?}");
    for layer in Source::open(&path).unwrap().layers() {
        eprintln!("{layer}");
    }
}

#[test]
fn rockland_has_persons_only() {
    let Some(path) = real("us_rockland_blocks_2010_poponly.fgb.zst") else { return };
    let fields = Source::open(&path).unwrap().layers()[0].fields.clone();
    eprintln!("{fields:?}");
    let population = fields.iter().find(|field| field.to_lowercase().contains("pop")).unwrap().clone();
    let source = AtomSource { path, population: Some(population), ..AtomSource::default() };
    let report = read(&source);
    assert_eq!((report.features, report.households, report.population), (4_764, 0, 311_687));
    assert_eq!(report.crs, "EPSG:4269");
    let (dataset, _) = read_atoms(&source, &unwatched).unwrap();
    assert!(dataset.atoms.iter().all(|atom| atom.households.is_none()));
}

#[test]
fn olemps_buildings_are_read_from_lambert_93_and_estimates_are_refused() {
    let Some(path) = real("fr_olemps_raw.gpkg.zst") else { return };
    let mut source = AtomSource {
        path: path.clone(),
        id: Some("ID".into()),
        households: Some("NB_LOGTS".into()),
        null_households: NullHouseholds::Unknown,
        ..AtomSource::default()
    };
    // of all the layers only the buildings have the field; they have heights
    let report = read(&source);
    assert_eq!((report.layer.as_str(), report.crs.as_str()), ("BATIMENT_v3", "EPSG:2154"));
    assert_eq!((report.features, report.nulls, report.households), (2_273, 939, 1_429));
    let (dataset, _) = read_atoms(&source, &unwatched).unwrap();
    let [west, south, east, north] = dataset.atoms[0].shape.envelope().unwrap().to_degrees();
    assert!(west > 2.4 && east < 2.7 && south > 44.2 && north < 44.5);

    source.layer = Some("insee_carreaux_200m_2015".into());
    source.id = None;
    source.households = Some("men".into());
    let error = read_atoms(&source, &unwatched).unwrap_err().to_string();
    assert!(error.contains("which is not whole") && error.contains("226 more features have problems"), "{error}");

    // 200 m squares, but for the scale of the projection
    let squares = GridSource { path, layer: source.layer, code: "fid".into(), ..GridSource::default() };
    let squares = read_grids(&squares, &unwatched).unwrap().grids;
    assert_eq!(squares.len(), 457);
    for square in &squares {
        assert!((area_m2(&square.shape) / 40_000.0 - 1.0).abs() < 0.01, "{}", square.code);
    }
}

#[test]
fn snezhinsk_has_no_counts_but_its_polygons_are_read() {
    let Some(path) = real("ru_snezhinsk_osm.gpkg.zst") else { return };
    for (layer, features) in [("buildings", 6_471), ("landuse", 890), ("water", 15)] {
        let source = GridSource {
            path: path.clone(),
            layer: Some(layer.into()),
            code: "fid".into(),
            name: Some("name".into()),
            ..GridSource::default()
        };
        let read = read_grids(&source, &unwatched).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((read.features, read.grids.len(), read.crs.as_str()), (features, features as usize, "wgs84"));
    }
}
