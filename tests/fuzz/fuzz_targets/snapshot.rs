//! Any bytes as a snapshot, and a sound one with any bytes changed and its checksums made good again: refused with a reason,
//! or opened, and then every question is answered without a panic; what is not changed at all answers as its index does.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wangge::geom::datum::Datum;
use wangge::geom::{LatticePoint, LonLat, MultiPolygon};
use wangge::locate::snapshot::{Contents, Grid, Node, OUTSIDE, Snapshot, to_bytes};
use wangge::locate::synthetic::{self, Points};
use wangge::locate::{CoverageIndex, Owner};
use twox_hash::XxHash3_64;

struct Sound {
    index: CoverageIndex,
    bytes: Vec<u8>,
    points: Vec<LatticePoint>,
}

/// A small coverage over several tiles, with an island of nobody's ground around it.
static SOUND: LazyLock<Sound> = LazyLock::new(|| {
    let faces: Vec<MultiPolygon> = synthetic::coverage(30, LonLat { lon_deg: 104.96, lat_deg: 30.0 }, 0.12, 9);
    let index = CoverageIndex::new(&faces.iter().collect::<Vec<_>>()).expect("made as a partition");
    let codes: Vec<String> = (0..faces.len()).map(|i| format!("C{i}")).collect();
    let nodes = [
        Node { level: 1, level_name: "区", code: "D", name: "江岸区", parent: None },
        Node { level: 2, level_name: "街", code: "D1", name: "", parent: Some(0) },
    ];
    let grid = |(i, code)| Grid {
        code,
        name: "网格",
        node: (i > 0).then_some(1),
        publication: 1,
        valid_from_ms: 0,
        valid_to_ms: None,
    };
    let grids: Vec<Grid> = codes.iter().map(String::as_str).enumerate().map(grid).collect();
    let bytes = to_bytes(&Contents { generation: "1", index: &index, grids: &grids, nodes: &nodes }).expect("fits");
    let points = Points::ALL.into_iter().flat_map(|kind| synthetic::points(&faces, kind, 40, 7)).collect();
    Sound { index, bytes, points }
});

/// Head and entry of the format, as snapshot/layout.rs describes them.
const HEAD_BYTES: usize = 32;
const ENTRY_BYTES: usize = 32;

fn number(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight"))).expect("64 bits")
}

/// Makes every checksum good again.
fn seal(bytes: &mut [u8], sections: usize) {
    for section in 0..sections {
        let entry = HEAD_BYTES + ENTRY_BYTES * section;
        let (offset, length) = (number(bytes, entry + 8), number(bytes, entry + 16));
        let Some(content) = offset.checked_add(length).and_then(|end| bytes.get(offset..end)) else { return };
        let blocks: Vec<u8> =
            content.chunks(1 << 20).flat_map(|block| XxHash3_64::oneshot(block).to_le_bytes()).collect();
        let sum = XxHash3_64::oneshot(&blocks);
        bytes[entry + 24..entry + 32].copy_from_slice(&sum.to_le_bytes());
    }
    let table = HEAD_BYTES..HEAD_BYTES + ENTRY_BYTES * sections;
    let head = [&bytes[..24], &bytes[table]].concat();
    let sum = XxHash3_64::oneshot(&head);
    bytes[24..32].copy_from_slice(&sum.to_le_bytes());
}

/// Asks everything that can be asked.
fn ask(bytes: &[u8], more: &[u8]) -> Option<Vec<Option<Owner>>> {
    let opened = Snapshot::from_bytes(bytes).ok()?;
    let own = more.chunks_exact(8).take(20).map(|bytes| {
        let x = i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        LatticePoint::new(x, i32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]))
    });
    let points: Vec<LatticePoint> = SOUND.points.iter().copied().chain(own).collect();
    let mut owners = vec![None; points.len()];
    opened.locate_batch(&points, &mut owners);
    for (i, (&point, &owner)) in points.iter().zip(&owners).enumerate() {
        assert_eq!(opened.locate(point), owner);
        if let Some(owner) = owner {
            let _ = (opened.grid(owner.face), opened.chain(owner.face).count());
        }
        if i % 16 == 0 {
            let _ = opened.edge_distance_m(point);
        }
    }
    let (lons, lats): (Vec<f64>, Vec<f64>) =
        points.iter().map(|point| point.to_lon_lat()).map(|point| (point.lon_deg, point.lat_deg)).unzip();
    let mut grids = vec![0; points.len()];
    let none = opened.locate_columns(Datum::Wgs84, &lons, &lats, &mut grids);
    for ((point, grid), owner) in points.iter().zip(grids).zip(&owners) {
        if none.is_none() {
            assert_eq!(grid, owner.map_or(OUTSIDE, |owner| owner.face as i32), "{point}");
        }
    }
    let _ = (opened.generation().len(), opened.len());
    Some(owners)
}

fuzz_target!(|data: &[u8]| {
    let _ = ask(data, data);
    let Some((&kind, changes)) = data.split_first() else { return };
    let mut bytes = SOUND.bytes.clone();
    // where: anywhere, or within the section that the kind names; what: four bytes of place and one of content each
    let section = usize::from(kind) % 7;
    let (from, length) = if section == 6 {
        (0, bytes.len())
    } else {
        let entry = HEAD_BYTES + ENTRY_BYTES * section;
        (number(&bytes, entry + 8), number(&bytes, entry + 16))
    };
    for change in changes.chunks_exact(4).take(64) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) | usize::from(change[2]) << 16;
        // the first bytes of a section, such as the directory of a tile, are as likely as all others
        let place = if kind & 128 == 0 { place % length } else { place % length.min(256) };
        bytes[from + place] = change[3];
    }
    let touched = bytes != SOUND.bytes;
    if touched {
        seal(&mut bytes, 6);
    }
    let answers = ask(&bytes, changes);
    if !touched {
        let known = SOUND.points.iter().map(|&point| SOUND.index.locate(point));
        assert!(answers.is_some_and(|answers| known.eq(answers[..SOUND.points.len()].iter().copied())));
    }
});
