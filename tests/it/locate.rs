//! Real areas, proven to be a partition, and every answer of their index compared with the R-tree's.

use rayon::prelude::*;
use wangge::coverage::dissolve;
use wangge::format::{AtomSource, read_atoms, unwatched};
use wangge::geom::MultiPolygon;
use wangge::locate::synthetic::{Points, points};
use wangge::locate::{CoverageIndex, RtreeIndex};
use wangge::topology::{FaceId, Mending, mend};

use crate::real_data::real;

/// Points of each kind.
const POINTS: usize = 20_000;

/// The areas of a file, mended as an import mends them; `None` when it is not there.
fn mended(name: &str, id: Option<&str>, households: &str) -> Option<Vec<MultiPolygon>> {
    let source = AtomSource {
        path: real(name)?,
        id: id.map(str::to_owned),
        households: Some(households.to_owned()),
        null_households: wangge::format::NullHouseholds::Uninhabited,
        ..AtomSource::default()
    };
    let (read, _) = read_atoms(&source, &unwatched).unwrap();
    let shapes: Vec<&MultiPolygon> = read.atoms.iter().map(|atom| &atom.shape).collect();
    let code = |face: FaceId| read.atoms[face.0 as usize].code.clone();
    let topology = mend(&shapes, &code, Mending::default()).unwrap().built.topology;
    let labels: Vec<Option<u32>> = (0..topology.faces).map(Some).collect();
    Some(dissolve(&topology, &labels, labels.len()))
}

fn the_index_agrees(faces: &[MultiPolygon]) {
    the_index_agrees_on(faces, POINTS);
}

fn the_index_agrees_on(faces: &[MultiPolygon], count: usize) {
    let index = CoverageIndex::new(&faces.iter().collect::<Vec<_>>()).unwrap_or_else(|error| panic!("{error}"));
    let rtree = RtreeIndex::new(faces);
    for kind in Points::ALL {
        let asked = points(faces, kind, count, 20_261_122);
        let mut answers = vec![None; asked.len()];
        index.locate_batch(&asked, &mut answers);
        let wrong = asked.par_iter().zip(&answers).find_first(|&(&p, &batch)| {
            let plain = rtree.locate(p);
            index.locate(p) != plain || batch != plain
        });
        assert_eq!(wrong, None, "{kind:?}");
    }
}

#[test]
fn taipei_is_a_partition_and_answered_as_the_r_tree_answers_it() {
    let Some(faces) = mended("tw_taipei_bsa.fgb.zst", Some("CODEBASE"), "H_CNT") else { return };
    assert_eq!(faces.len(), 11_490);
    the_index_agrees(&faces);
}

#[test]
fn islands_are_a_partition_and_answered_as_the_r_tree_answers_them() {
    for name in ["tw_kinmen_bsa.fgb.zst", "tw_lienchiang_bsa.fgb.zst"] {
        let Some(faces) = mended(name, Some("CODEBASE"), "H_CNT") else { return };
        the_index_agrees(&faces);
    }
}

#[test]
fn seventeen_counties_are_a_partition_once_mended() {
    let Some(faces) = mended("tw_large_bsa_dev.fgb.zst", Some("CODEBASE"), "H_CNT") else { return };
    assert_eq!(faces.len(), 117_847);
    the_index_agrees(&faces);
}

#[test]
fn osaka_drawn_area_by_area_is_a_partition_once_mended() {
    let Some(faces) = mended("jp_osaka_22wards_chome_2015.fgb.zst", None, "SETAI") else { return };
    the_index_agrees(&faces);
}

/// Run with `cargo test --release --test it -- --ignored real_areas_many_times`; takes minutes.
#[test]
#[ignore = "minutes of processor time"]
fn real_areas_many_times_over_are_answered_as_the_r_tree_answers_them() {
    let files = [
        ("tw_taipei_bsa.fgb.zst", Some("CODEBASE"), "H_CNT"),
        ("tw_large_bsa_dev.fgb.zst", Some("CODEBASE"), "H_CNT"),
        ("jp_osaka_22wards_chome_2015.fgb.zst", None, "SETAI"),
    ];
    for (name, id, households) in files {
        let Some(faces) = mended(name, id, households) else { return };
        the_index_agrees_on(&faces, 2_000_000);
    }
}
