//! Population rasters: the real one of Harare, and small ones made here.

use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use wangge::crs::{Crs, Transformer};
use wangge::format::{FormatError, RasterSource, read_population, unwatched};
use wangge::geom::{LonLat, MultiPolygon, Polygon, Ring};
use wangge::weigh::people_of_cells;

use crate::real_data::real;

fn cell(corners: &[(f64, f64)]) -> MultiPolygon {
    let points = corners.iter().map(|&(lon_deg, lat_deg)| LonLat { lon_deg, lat_deg }.snap().unwrap()).collect();
    MultiPolygon(vec![Polygon { exterior: Ring::new(points), holes: vec![] }])
}

/// Slanting cells that tile a parallelogram from `(west, south)`.
fn cells(west: f64, south: f64, side: f64, across: usize, up: usize) -> Vec<MultiPolygon> {
    let at = |i: usize, j: usize| {
        let (i, j) = (i as f64, j as f64);
        (west + side * (i + 0.31 * j), south + side * (j - 0.17 * i))
    };
    let ij = (0..up).flat_map(|j| (0..across).map(move |i| (i, j)));
    ij.map(|(i, j)| cell(&[at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)])).collect()
}

/// Area of a convex polygon within a pixel, by clipping.
fn clipped(ring: &[(f64, f64)], column: f64, row: f64) -> f64 {
    type Side<'a> = &'a dyn Fn((f64, f64)) -> f64;
    let sides: [Side<'_>; 4] = [&|p| p.0 - column, &|p| column + 1.0 - p.0, &|p| p.1 - row, &|p| row + 1.0 - p.1];
    let mut points = ring.to_vec();
    for side in sides {
        let mut kept = Vec::new();
        for (i, &p) in points.iter().enumerate() {
            let q = points[(i + 1) % points.len()];
            let (dp, dq) = (side(p), side(q));
            if dp >= 0.0 {
                kept.push(p);
            }
            if (dp < 0.0) != (dq < 0.0) {
                let t = dp / (dp - dq);
                kept.push((p.0 + (q.0 - p.0) * t, p.1 + (q.1 - p.1) * t));
            }
        }
        points = kept;
    }
    let n = points.len();
    let double: f64 = (0..n)
        .map(|i| {
            let (p, q) = (points[i], points[(i + 1) % n]);
            (p.0 - column) * (q.1 - row) - (q.0 - column) * (p.1 - row)
        })
        .sum();
    double.abs() / 2.0
}

#[test]
fn everybody_of_harare_is_inside_or_outside_and_two_hundred_cells_agree_with_clipping() {
    let Some(path) = real("zw_harare_population_92m.tif") else { return };
    let source = RasterSource { path: path.clone(), ..RasterSource::default() };
    // 200 cells of some 10 pixels over the town, a few beyond its south and west rim
    let all = cells(30.86, -17.99, 0.0113, 20, 10);
    let shapes: Vec<&MultiPolygon> = all.iter().collect();
    let read = read_population(&source, &shapes, &unwatched).unwrap();
    let zoned = &read.zoned;
    assert!((zoned.total - 2_599_530.0).abs() < 1.0, "{}", zoned.total);
    assert!((zoned.inside + zoned.outside - zoned.total).abs() < 1e-6, "{} {}", zoned.inside, zoned.outside);
    assert!(zoned.twice < 1e-6 && zoned.inside > 1e5 && zoned.outside > 1e5, "{zoned:?}");
    assert_eq!((read.columns, read.rows, read.crs.as_str()), (512, 512, "wgs84"));

    let file = gdal::Dataset::open(&path).unwrap();
    let band = file.rasterband(1).unwrap();
    let pixels = band.read_as::<f64>((0, 0), (512, 512), (512, 512), None).unwrap();
    let [x0, dx, _, y0, _, dy] = file.geo_transform().unwrap();
    let mut worst = 0.0_f64;
    for (shape, &fast) in all.iter().zip(&zoned.people) {
        let ring: Vec<(f64, f64)> = shape.0[0]
            .exterior
            .points()
            .iter()
            .map(|p| p.to_lon_lat())
            .map(|p| ((p.lon_deg - x0) / dx, (p.lat_deg - y0) / dy))
            .collect();
        let mut slow = 0.0;
        for (i, &people) in pixels.data().iter().enumerate() {
            let (column, row) = ((i % 512) as f64, (i / 512) as f64);
            let near = ring.iter().any(|p| (p.0 - column).abs() < 40.0 && (p.1 - row).abs() < 40.0);
            if near && people >= 0.0 {
                slow += people * clipped(&ring, column, row);
            }
        }
        worst = worst.max((slow - fast).abs());
    }
    assert!(worst < 1e-6, "{worst}");
    let whole: u64 = people_of_cells(zoned, "harare").iter().map(|(n, _)| u64::from(*n)).sum();
    assert_eq!(whole, zoned.inside.round() as u64);
}

/// A raster of 20 × 30 pixels of 50 m.
fn made(path: &std::path::Path, epsg: u32, origin: (f64, f64), bands: usize) {
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut file = driver.create_with_band_type::<f32, _>(path, 20, 30, bands).unwrap();
    file.set_spatial_ref(&SpatialRef::from_epsg(epsg).unwrap()).unwrap();
    file.set_geo_transform(&[origin.0, 50.0, 0.0, origin.1, 0.0, -50.0]).unwrap();
    let people: Vec<f32> = (0..600).map(|i| if i % 97 == 0 { -9999.0 } else { (i % 13) as f32 * 0.5 }).collect();
    let mut band = file.rasterband(1).unwrap();
    band.set_no_data_value(Some(-9999.0)).unwrap();
    band.write((0, 0), (20, 30), &mut Buffer::new((20, 30), people)).unwrap();
}

#[test]
fn a_raster_in_metres_is_summed_in_its_own_plane() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.tif");
    // Wuhan, CGCS2000 zone 38
    let origin = (530_000.0, 3_386_000.0);
    made(&path, 4547, origin, 2);
    let to_degrees = Transformer::new(&Crs::from_epsg(4547)).unwrap();
    let corner = |column: f64, row: f64| {
        let p = to_degrees.convert_point(origin.0 + column * 50.0, origin.1 - row * 50.0).unwrap();
        (p.lon_deg, p.lat_deg)
    };
    // half of the raster along a slant, the other half, and a cell without data in it
    let west = cell(&[corner(-3.0, -3.0), corner(7.5, -3.0), corner(12.5, 33.0), corner(-3.0, 33.0)]);
    let east = cell(&[corner(7.5, -3.0), corner(25.0, -3.0), corner(25.0, 33.0), corner(12.5, 33.0)]);
    let source = RasterSource { path: path.clone(), ..RasterSource::default() };
    let read = read_population(&source, &[&west, &east], &unwatched).unwrap();
    let zoned = &read.zoned;
    assert_eq!((zoned.nodata_pixels, read.warnings.len()), (7, 1));
    assert!((zoned.on_raster_px.iter().sum::<f64>() - 600.0).abs() < 1e-2, "{:?}", zoned.on_raster_px);
    assert!((zoned.nodata_px.iter().sum::<f64>() - 7.0).abs() < 1e-3, "{:?}", zoned.nodata_px);
    assert!((zoned.inside + zoned.outside - zoned.twice - zoned.total).abs() < 1e-9);
    // corners are rounded to a centimetre: a fifth of a per mille of a pixel along the rim
    assert!(zoned.outside.abs() < 0.1, "{}", zoned.outside);
    // without the word of the file, the value that means no data is refused
    let read = read_population(&RasterSource { nodata: Some(-1.0), ..source.clone() }, &[&west], &unwatched);
    let error = read.unwrap_err().to_string();
    assert!(error.contains("column 0, row 0") && error.contains("-9999"), "{error}");
}

#[test]
fn what_is_no_raster_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.tif");
    let source = RasterSource { path: path.clone(), ..RasterSource::default() };
    assert!(matches!(read_population(&source, &[], &unwatched), Err(FormatError::Io { .. })));
    std::fs::write(&path, "no raster").unwrap();
    assert!(read_population(&source, &[], &unwatched).unwrap_err().to_string().contains("not a raster"));
    made(&path, 4547, (530_000.0, 3_386_000.0), 1);
    assert!(
        read_population(&RasterSource { band: Some(3), ..source.clone() }, &[], &unwatched)
            .unwrap_err()
            .to_string()
            .contains("band 3")
    );
    let nowhere = read_population(&source, &[], &unwatched).unwrap();
    assert!((nowhere.zoned.outside - nowhere.zoned.total).abs() < 1e-9 && nowhere.zoned.people.is_empty());
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(read_population(&source, &[], &unwatched).is_err());
}
