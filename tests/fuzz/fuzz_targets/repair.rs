//! Any polygons become a coverage that is its own topology, with every unit of area accounted for, or are refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wangge::coverage::dissolve;
use wangge::geom::{LatticePoint, MultiPolygon, Polygon, Ring};
use wangge::topology::{Crossings, FaceId, Mending, Overlaps, RepairKind, Tolerance, TopologyError, build, mend};

/// Shapes from bytes. A shape is: how many points, on which scale, and two bytes for each; scales run from single units,
/// where everything is collinear or doubled, to the whole lattice.
fn shapes(mut bytes: &[u8]) -> Vec<MultiPolygon> {
    let mut shapes = Vec::new();
    while let [head, scale, rest @ ..] = bytes {
        let count = 3 + usize::from(head % 14);
        if rest.len() < 2 * count || shapes.len() == 24 {
            break;
        }
        let (points, after) = rest.split_at(2 * count);
        bytes = after;
        let step = [1, 2, 7, 90, 900, 4_001, 7_000_000][usize::from(scale % 7)];
        let ring = Ring::new(
            points
                .chunks(2)
                .map(|p| {
                    let place = |byte: u8, most: i32| ((i32::from(byte) - 128).saturating_mul(step)).clamp(-most, most);
                    LatticePoint::new(place(p[0], 1_800_000_000), place(p[1], 900_000_000))
                })
                .collect(),
        );
        let polygon = Polygon { exterior: ring, holes: vec![] };
        // a high bit joins the ring to the shape before: as a part, or as a hole
        match (head >> 6, shapes.last_mut()) {
            (2, Some(MultiPolygon(parts))) => parts.push(polygon),
            (3, Some(MultiPolygon(parts))) => parts[0].holes.push(polygon.exterior),
            _ => shapes.push(MultiPolygon(vec![polygon])),
        }
    }
    shapes
}

fuzz_target!(|data: &[u8]| {
    let [tolerance, data @ ..] = data else { return };
    let shapes = shapes(data);
    let shapes: Vec<&MultiPolygon> = shapes.iter().collect();
    let code = |face: FaceId| format!("atom {:02}", face.0);
    let width_m = [None, Some(0.0), Some(0.05), Some(1.0), Some(30.0), Some(1e6)][usize::from(tolerance % 6)];
    let overlaps = if tolerance & 128 == 0 { Overlaps::SmallerCode } else { Overlaps::Refuse };
    let crossings = if tolerance & 64 == 0 { Crossings::Keep } else { Crossings::Refuse };
    let mending = Mending { width_m, overlaps, crossings, most_share: 10.0, ..Mending::default() };
    let mended = match mend(&shapes, &code, mending) {
        Ok(mended) => mended,
        Err(TopologyError::Unsettled { at, rounds }) => panic!("unsettled near {at} after {rounds} rounds"),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let topology = &mended.built.topology;
    let own: Vec<Option<u32>> = (0..topology.faces).map(Some).collect();
    let faces = dissolve(topology, &own, own.len());
    assert!(mended.ledger.is_exact());
    assert_eq!(faces.iter().map(MultiPolygon::area_2).sum::<i128>(), mended.ledger.faces_2);
    for repair in &mended.built.repairs {
        assert_eq!(repair.shape.area_2(), repair.area_2);
    }
    let faces: Vec<&MultiPolygon> = faces.iter().collect();
    let strict = Tolerance { width_m: 0.0, moved_m: 0.0, area_m2: 0.0 };
    let again = build(&faces, &code, strict, Overlaps::Refuse).expect("a coverage builds as it is");
    assert!(again.repairs.iter().all(|repair| repair.kind == RepairKind::Gap));
    assert_eq!(&again.topology, topology);
});
