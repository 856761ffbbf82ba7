//! CSV files of points.

use std::path::Path;

use tempfile::tempdir;
use wangge::crs::Crs;
use wangge::format::{NoPoint, PointColumns, PointReader, PointWriter};
use wangge::geom::LatticePoint;

use super::real::real;

fn copy(from: &Path, to: &Path, crs: &Crs) -> (usize, usize) {
    let mut reader = PointReader::open(from, &PointColumns::Detect, crs).unwrap();
    let mut writer = PointWriter::create(to, &reader, &["grid"]).unwrap();
    let (mut found, mut missing) = (0, 0);
    while let Some(row) = reader.next_row().unwrap() {
        match &row.point {
            Ok(_) => found += 1,
            Err(NoPoint::Missing) => missing += 1,
            Err(other) => panic!("line {}: {other}", row.line),
        }
        writer.write(&row, &[if row.point.is_ok() { "G" } else { "" }]).unwrap();
    }
    writer.finish().unwrap();
    (found, missing)
}

#[test]
fn a_thousand_reports_keep_their_order_and_23_lack_coordinates() {
    let Some(path) = real("nyc311_2024-04-15.csv") else { return };
    let folder = tempdir().unwrap();
    let out = folder.path().join("out.csv");
    assert_eq!(copy(&path, &out, &Crs::Wgs84), (977, 23));
    let (mut before, mut after) = (csv::Reader::from_path(&path).unwrap(), csv::Reader::from_path(&out).unwrap());
    let mut header = before.headers().unwrap().clone();
    header.push_field("grid");
    assert_eq!(*after.headers().unwrap(), header);
    let mut rows = 0;
    for (before, after) in before.records().zip(after.records()) {
        let (before, after) = (before.unwrap(), after.unwrap());
        assert!(before.iter().eq(after.iter().take(before.len())));
        rows += 1;
    }
    assert_eq!(rows, 1000);
}

#[test]
fn columns_are_found_by_their_usual_names() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("points.csv");
    let want = Ok(LatticePoint::new(1_164_040_000, 399_150_000));
    for text in [
        "id,lon,lat\n1,116.404,39.915\n",
        "Latitude,Longitude\n39.915,116.404\n",
        "\u{feff}lng,lat\r\n116.404,39.915\r\n",
        "地址;经度;纬度\n\"长安街,1号\n二层\"; 116.404 ;39.915\n",
        "X\tY\n116.404\t39.915\n",
    ] {
        std::fs::write(&path, text).unwrap();
        let mut reader = PointReader::open(&path, &PointColumns::Detect, &Crs::Wgs84).unwrap();
        assert_eq!(reader.next_row().unwrap().unwrap().point, want, "{text}");
        assert_eq!(reader.next_row().unwrap(), None);
    }
    // 经度,纬度 in GBK
    std::fs::write(&path, b"\xbe\xad\xb6\xc8,\xce\xb3\xb6\xc8\n116.404,39.915\n").unwrap();
    let mut reader = PointReader::open(&path, &PointColumns::Detect, &Crs::Wgs84).unwrap();
    assert_eq!(reader.next_row().unwrap().unwrap().point, want);
}

#[test]
fn a_row_without_a_point_says_why_and_the_next_one_is_read() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("points.csv");
    std::fs::write(&path, "lon,lat\n,\n12,\nabc,3\nNaN,3\n39.9,116.4\n500000,3\n1,2\n").unwrap();
    let mut reader = PointReader::open(&path, &PointColumns::Detect, &Crs::Wgs84).unwrap();
    let mut said = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        said.push(row.point.map_or_else(|problem| problem.to_string(), |point| point.to_string()));
    }
    for (said, word) in said.iter().zip(["no coord", "no coord", "\"abc\"", "finite", "swapped", "CRS right", "(1, 2)"])
    {
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(said.len(), 7);
}

#[test]
fn the_target_appears_only_when_it_is_finished() {
    let folder = tempdir().unwrap();
    let (from, to) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
    std::fs::write(&from, "lon,lat\n116.404,39.915\n").unwrap();
    std::fs::write(&to, "old").unwrap();
    let mut reader = PointReader::open(&from, &PointColumns::Detect, &Crs::Gcj02).unwrap();
    let mut writer = PointWriter::create(&to, &reader, &["grid"]).unwrap();
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!(row.point, Ok(LatticePoint::new(1_163_977_558, 399_135_962)));
    assert!(writer.write(&row, &[]).is_err());
    writer.write(&row, &["G-1"]).unwrap();
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "old");
    drop(writer);
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "old");
    copy(&from, &to, &Crs::Gcj02);
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "lon,lat,grid\n116.404,39.915,G\n");
    // in place
    copy(&from, &from, &Crs::Gcj02);
    let again = PointReader::open(&from, &PointColumns::Detect, &Crs::Wgs84).unwrap();
    assert!(PointWriter::create(&to, &again, &["grid"]).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}
