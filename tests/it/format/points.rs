//! CSV files of points.

use std::path::Path;

use tempfile::tempdir;
use wangge::crs::Crs;
use wangge::format::{Added, AddedColumns, NoPoint, PointColumns, PointReader, PointWriter};
use wangge::geom::LatticePoint;

use super::real::real;

fn copy(from: &Path, to: &Path, crs: &Crs) -> (usize, usize) {
    let mut reader = PointReader::open(from, &PointColumns::Detect, crs).unwrap();
    let mut writer = PointWriter::create(to, &reader, Added::Owners).unwrap();
    let (mut found, mut missing) = (0, 0);
    while let Some(chunk) = reader.next_chunk().unwrap() {
        let bad: Vec<usize> = chunk.bad.iter().map(|(row, _)| *row).collect();
        for (row, problem) in &chunk.bad {
            assert_eq!(*problem, NoPoint::Missing, "row {}", chunk.places[*row]);
        }
        missing += bad.len();
        found += chunk.len() - bad.len();
        let grid = (0..chunk.len()).map(|row| (!bad.contains(&row)).then_some("G")).collect();
        let (metres, words) = (vec![None; chunk.len()], vec![None; chunk.len()]);
        let added = AddedColumns { grid, edge_distance_m: metres, resolution: words, candidates: None };
        writer.write(&chunk, &added).unwrap();
    }
    writer.finish().unwrap();
    (found, missing)
}

/// All points of a file, or what is wrong with each row.
fn said(path: &Path, crs: &Crs) -> Vec<Result<LatticePoint, String>> {
    let mut reader = PointReader::open(path, &PointColumns::Detect, crs).unwrap();
    let mut all = Vec::new();
    while let Some(chunk) = reader.next_chunk().unwrap() {
        let from = all.len();
        all.extend(chunk.placed.points.iter().copied().map(Ok));
        for (row, problem) in &chunk.bad {
            all[from + row] = Err(problem.to_string());
        }
    }
    all
}

#[test]
fn a_thousand_reports_keep_their_order_and_23_lack_coordinates() {
    let Some(path) = real("nyc311_2024-04-15.csv") else { return };
    let folder = tempdir().unwrap();
    let out = folder.path().join("out.csv");
    assert_eq!(copy(&path, &out, &Crs::Wgs84), (977, 23));
    let (mut before, mut after) = (csv::Reader::from_path(&path).unwrap(), csv::Reader::from_path(&out).unwrap());
    let mut header = before.headers().unwrap().clone();
    for name in ["grid", "edge_distance_m", "resolution"] {
        header.push_field(name);
    }
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
        assert_eq!(said(&path, &Crs::Wgs84), std::slice::from_ref(&want), "{text}");
    }
    // 经度,纬度 in GBK
    std::fs::write(&path, b"\xbe\xad\xb6\xc8,\xce\xb3\xb6\xc8\n116.404,39.915\n").unwrap();
    assert_eq!(said(&path, &Crs::Wgs84), [want]);
}

#[test]
fn a_row_without_a_point_says_why_and_the_next_one_is_read() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("points.csv");
    std::fs::write(&path, "lon,lat\n,\n12,\nabc,3\nNaN,3\n39.9,116.4\n500000,3\n1,2,3\n7\n1,2\n").unwrap();
    let said: Vec<String> = said(&path, &Crs::Wgs84)
        .into_iter()
        .map(|row| row.map_or_else(|problem| problem, |point| point.to_string()))
        .collect();
    for (said, word) in said.iter().zip([
        "no coord",
        "no coord",
        "\"abc\"",
        "finite",
        "swapped",
        "CRS right",
        "3 cells",
        "1 cells",
        "(1, 2)",
    ]) {
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(said.len(), 9);
}

#[test]
fn the_target_appears_only_when_it_is_finished() {
    let folder = tempdir().unwrap();
    let (from, to) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
    std::fs::write(&from, "lon,lat\n116.404,39.915\n").unwrap();
    std::fs::write(&to, "old").unwrap();
    let mut reader = PointReader::open(&from, &PointColumns::Detect, &Crs::Gcj02).unwrap();
    let mut writer = PointWriter::create(&to, &reader, Added::Owners).unwrap();
    let chunk = reader.next_chunk().unwrap().unwrap();
    assert_eq!(chunk.placed.points, [LatticePoint::new(1_163_977_558, 399_135_962)]);
    writer.write(&chunk, &AddedColumns::default()).unwrap();
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "old");
    drop(writer);
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "old");
    copy(&from, &to, &Crs::Gcj02);
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "lon,lat,grid,edge_distance_m,resolution\n116.404,39.915,G,,\n");
    // in place
    copy(&from, &from, &Crs::Gcj02);
    let again = PointReader::open(&from, &PointColumns::Detect, &Crs::Wgs84).unwrap();
    assert!(PointWriter::create(&to, &again, Added::Owners).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn lines_and_columns_are_read_and_written_as_a_csv_is() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let lines = "{\"id\": 1, \"lon\": 116.404, \"lat\": 39.915}\n\n{\"id\": 2, \"lon\": null, \"lat\": 1}\n";
    std::fs::write(at("in.ndjson"), lines).unwrap();
    assert_eq!(copy(&at("in.ndjson"), &at("out.ndjson"), &Crs::Wgs84), (1, 1));
    assert_eq!(
        std::fs::read_to_string(at("out.ndjson")).unwrap(),
        "{\"id\": 1, \"lon\": 116.404, \"lat\": 39.915,\"grid\":\"G\",\"edge_distance_m\":null,\"resolution\":null}\n\
         {\"id\": 2, \"lon\": null, \"lat\": 1,\"grid\":null,\"edge_distance_m\":null,\"resolution\":null}\n"
    );
    // a file of the kind that comes in
    let reader = PointReader::open(&at("in.ndjson"), &PointColumns::Detect, &Crs::Wgs84).unwrap();
    let refused = PointWriter::create(&at("out.csv"), &reader, Added::Owners).err().unwrap();
    assert!(refused.to_string().contains("NDJSON"), "{refused}");
    for name in ["damaged.parquet", "damaged.arrow"] {
        std::fs::write(at(name), b"PAR1 nothing of the kind PAR1").unwrap();
        let refused = PointReader::open(&at(name), &PointColumns::Detect, &Crs::Wgs84).err().unwrap();
        assert!(refused.to_string().contains("can be read, or damaged"), "{refused}");
    }
}
