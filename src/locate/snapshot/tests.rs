//! What comes back from bytes is what went in, and what is not whole does not come back at all.

use proptest::prelude::*;

use super::*;
use crate::geom::datum::Datum;
use crate::geom::{LonLat, MultiPolygon};
use crate::locate::synthetic::{self, Draw, Points};

fn faces() -> Vec<MultiPolygon> {
    synthetic::coverage(40, LonLat { lon_deg: 104.0, lat_deg: 30.0 }, 0.09, 5)
}

const NODES: [Node; 3] = [
    Node { level: 1, level_name: "district", code: "D", name: "江岸区", parent: None },
    Node { level: 2, level_name: "street", code: "D1", name: "", parent: Some(0) },
    Node { level: 3, level_name: "community", code: "D1a", name: "东门社区", parent: Some(1) },
];

fn made(faces: &[MultiPolygon]) -> Vec<u8> {
    let index = CoverageIndex::new(&faces.iter().collect::<Vec<_>>()).unwrap();
    let codes: Vec<String> = (0..faces.len()).map(|i| format!("D1a-{i:03}")).collect();
    let grids: Vec<Grid> = codes
        .iter()
        .enumerate()
        .map(|(i, code)| Grid {
            code,
            name: "网格",
            node: (i > 0).then_some(2),
            publication: 4,
            valid_from_ms: -5,
            valid_to_ms: (i == 1).then_some(9),
        })
        .collect();
    to_bytes(&Contents { generation: "4.第", index: &index, grids: &grids, nodes: &NODES }).unwrap()
}

#[test]
fn a_snapshot_answers_what_its_index_answers_wherever_its_bytes_lie() {
    let faces = faces();
    let index = CoverageIndex::new(&faces.iter().collect::<Vec<_>>()).unwrap();
    let bytes = made(&faces);
    assert_eq!(bytes, made(&faces));
    for shift in 0..4 {
        let moved = [vec![0; shift], bytes.clone()].concat();
        let opened = Snapshot::from_bytes(&moved[shift..]).unwrap();
        assert_eq!((opened.generation(), opened.len()), ("4.第", faces.len()));
        for kind in Points::ALL {
            let points = synthetic::points(&faces, kind, 500, 3);
            let mut answers = vec![None; points.len()];
            opened.locate_batch(&points, &mut answers);
            for (&p, &batch) in points.iter().zip(&answers) {
                let plain = index.locate(p);
                assert_eq!((opened.locate(p), batch), (plain, plain));
                assert_eq!(opened.edge_distance_m(p), index.edge_distance_m(p));
            }
        }
        let grid = opened.grid(1).unwrap();
        assert_eq!((grid.code, grid.name, grid.valid_from_ms, grid.valid_to_ms), ("D1a-001", "网格", -5, Some(9)));
        assert_eq!(opened.grid(2).unwrap().valid_to_ms, None);
        assert_eq!(opened.chain(1).collect::<Vec<_>>(), [NODES[2], NODES[1], NODES[0]]);
        assert_eq!((opened.chain(0).count(), opened.grid(faces.len() as u32)), (0, None));
    }
}

#[test]
fn columns_are_answered_as_their_rows_and_what_is_no_position_is_named() {
    let faces = faces();
    let opened = Snapshot::from_bytes(made(&faces)).unwrap();
    let mut given: Vec<LonLat> = Vec::new();
    for kind in Points::ALL {
        given.extend(synthetic::points(&faces, kind, 300, 3).into_iter().map(LatticePoint::to_lon_lat));
    }
    let nowhere = LonLat { lon_deg: 30.0, lat_deg: 104.0 };
    (given[700], given[1_300]) = (nowhere, LonLat { lon_deg: f64::NAN, lat_deg: 30.0 });
    let (lons, lats): (Vec<f64>, Vec<f64>) = given.iter().map(|point| (point.lon_deg, point.lat_deg)).unzip();
    for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
        let mut grids = vec![7; given.len()];
        let none = opened.locate_columns(datum, &lons, &lats, &mut grids).unwrap();
        assert_eq!((none.count, none.first, none.reason), (2, 700, nowhere.snap().unwrap_err()));
        for (&point, &grid) in given.iter().zip(&grids) {
            let owner = datum.to_lattice(point).map(|p| opened.locate(p).map_or(OUTSIDE, |owner| owner.face as i32));
            assert_eq!(grid, owner.unwrap_or(NO_POSITION), "{datum:?} {point:?}");
        }
    }
    assert_eq!(opened.locate_columns(Datum::Wgs84, &lons[..700], &lats[..700], &mut vec![0; 700]), None);
}

#[test]
fn what_is_foreign_cut_short_or_of_another_version_is_refused_with_the_reason() {
    let bytes = made(&faces());
    let refused = |bytes: &[u8]| Snapshot::from_bytes(bytes).map(|_| ()).unwrap_err();
    assert_eq!(refused(b""), SnapshotError::Foreign);
    assert_eq!(refused(b"PK\x03\x04 some other file altogether"), SnapshotError::Foreign);
    for keep in [8, 11, 20, 31, 40, 200, bytes.len() / 2, bytes.len() - 1] {
        assert!(matches!(refused(&bytes[..keep]), SnapshotError::Length { .. }), "{keep}");
    }
    assert!(matches!(refused(&[&bytes[..], b"\n"].concat()), SnapshotError::Length { .. }));
    let mut newer = bytes.clone();
    newer[8] = 2;
    assert_eq!(refused(&newer), SnapshotError::Version { found: 2 });
    let index = CoverageIndex::new(&[]).unwrap();
    let lost = [Grid { code: "a", name: "", node: None, publication: 1, valid_from_ms: 0, valid_to_ms: None }];
    let contents = Contents { generation: "", index: &index, grids: &lost, nodes: &[] };
    assert_eq!(to_bytes(&contents), Err(SnapshotError::Count { grids: 1, faces: 0 }));
    let empty = to_bytes(&Contents { grids: &[], ..contents }).unwrap();
    assert_eq!(Snapshot::from_bytes(&empty).unwrap().locate(LatticePoint::new(0, 0)), None);
    let knot = [Node { parent: Some(0), ..NODES[0] }];
    let knotted = to_bytes(&Contents { grids: &[], nodes: &knot, ..contents });
    assert_eq!(knotted, Err(SnapshotError::NoNode { code: "D".to_owned(), node: 0 }));
}

#[test]
fn one_changed_bit_anywhere_is_found() {
    let bytes = made(&faces());
    let head = 0..300;
    let all = head.chain((300..bytes.len()).step_by(97)).chain(bytes.len() - 50..bytes.len());
    for at in all {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        assert!(Snapshot::from_bytes(&damaged).is_err(), "byte {at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sealed_nonsense_is_refused_or_answered_without_a_panic(seed: u64, section in 0..6_usize, changes in 1..40_usize) {
        let bytes = made(&faces());
        let mut sections = layout::open(&bytes).unwrap().map(|section| bytes[section.range].to_vec());
        let mut draw = Draw::new(seed);
        for _ in 0..changes {
            let length = sections[section].len() as u64;
            // near the start lie the blocks of a tile, further on its records
            let at = if draw.below(2) == 0 { draw.below(length.min(2_000)) } else { draw.below(length) } as usize;
            sections[section][at] = draw.bits() as u8;
        }
        if let Ok(opened) = Snapshot::from_bytes(layout::seal(sections)) {
            for kind in Points::ALL {
                let points = synthetic::points(&faces(), kind, 200, seed);
                let mut answers = vec![None; points.len()];
                opened.locate_batch(&points, &mut answers);
                for &p in &points[..20] {
                    let _ = opened.edge_distance_m(p);
                    if let Some(owner) = opened.locate(p) {
                        let _ = (opened.grid(owner.face), opened.chain(owner.face).count());
                    }
                }
            }
        }
    }

    #[test]
    fn any_bytes_after_the_magic_are_refused(tail in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Snapshot::from_bytes([&layout::MAGIC[..], &layout::VERSION.to_le_bytes(), &tail].concat()).is_err());
    }
}
