//! Shapes that cross themselves, and keep their loops.

use proptest::prelude::*;

use super::{Built, Crossings, FaceId, Mended, Mending, RepairKind, TopologyError, mend, rings_of};
use crate::geom::{LatticePoint, MultiPolygon, Perturbation, Polygon, Ring, orientation};

fn face(points: &[(i32, i32)]) -> MultiPolygon {
    let ring = Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect());
    MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }])
}

fn kept(shapes: &[MultiPolygon]) -> Result<Mended, TopologyError> {
    let mending = Mending { width_m: Some(0.0), area_m2: 0.0, most_share: 1e12, ..Mending::default() };
    let mending = Mending { crossings: Crossings::Keep, ..mending };
    mend(&shapes.iter().collect::<Vec<_>>(), &|face| format!("atom {}", face.0), mending)
}

fn faces_of(built: &Built) -> Vec<MultiPolygon> {
    let shape = |own| {
        let inside = |face: Option<FaceId>| face == Some(FaceId(own));
        let border = built.topology.arcs.iter().filter(|arc| inside(arc.left) != inside(arc.right));
        rings_of(&border.map(|arc| (&arc.points[..], inside(arc.left))).collect::<Vec<_>>())
    };
    (0..built.topology.faces).map(shape).collect()
}

/// A bow tie between two blocks, and the blocks.
fn bow_tie() -> [MultiPolygon; 3] {
    let west = face(&[(-1_000, 0), (0, 0), (0, 1_000), (-1_000, 1_000)]);
    let tie = face(&[(0, 0), (1_000, 1_000), (1_000, 0), (0, 1_000)]);
    let east = face(&[(1_000, 0), (2_000, 0), (2_000, 1_000), (1_000, 1_000)]);
    [west, tie, east]
}

#[test]
fn a_bow_tie_keeps_both_its_wings_with_a_finding() {
    let mended = kept(&bow_tie()).unwrap();
    let faces = faces_of(&mended.built);
    assert_eq!(faces.iter().map(MultiPolygon::area_2).collect::<Vec<_>>(), [2_000_000, 1_000_000, 2_000_000]);
    assert_eq!(faces[1].0.len(), 2, "two wings");
    let kinds: Vec<_> = mended.built.repairs.iter().map(|repair| (repair.kind, repair.owner)).collect();
    assert_eq!(kinds, [(RepairKind::FoldSettled, Some(FaceId(1)))]);
    assert!(mended.ledger.is_exact(), "{:?}", mended.ledger);
    let share = mended.repaired_m2 / mended.area_m2;
    assert!((share - 0.1).abs() < 1e-3, "a wing of ten halves of a block: {share}");
}

#[test]
fn parts_of_one_shape_that_lie_on_each_other_are_one() {
    let [one, two] = [face(&[(0, 0), (60, 0), (60, 60), (0, 60)]), face(&[(30, 30), (90, 30), (90, 90), (30, 90)])];
    let both = MultiPolygon([one.0, two.0].concat());
    let mended = kept(&[both]).unwrap();
    assert_eq!(faces_of(&mended.built)[0].area_2(), 2 * (2 * 3_600 - 900));
    assert!(mended.ledger.is_exact(), "{:?}", mended.ledger);
}

#[test]
fn a_loop_over_another_shape_is_refused_as_any_overlap() {
    let [west, tie, _] = bow_tie();
    let over = face(&[(600, 0), (1_000, 0), (1_000, 1_000), (600, 1_000)]);
    let error = kept(&[west, tie, over]).unwrap_err();
    assert!(matches!(error, TopologyError::Overlap { .. }), "{error}");
    assert!(error.to_string().contains("atom 1 and atom 2"), "{error}");
}

/// How often a ring winds around a point that is not on it.
fn winding(ring: &[(i32, i32)], p: LatticePoint) -> i32 {
    let at = |i: usize| LatticePoint::new(ring[i % ring.len()].0, ring[i % ring.len()].1);
    let turns = (0..ring.len()).map(|i| {
        let (a, b) = (at(i), at(i + 1));
        match (a.y_e7 <= p.y_e7, b.y_e7 <= p.y_e7) {
            (true, false) if orientation(a, b, p) > 0 => 1,
            (false, true) if orientation(a, b, p) < 0 => -1,
            _ => 0,
        }
    });
    turns.sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn any_ring_owns_what_it_winds_around(ring in prop::collection::vec((0..400_i32, 0..400_i32), 3..9)) {
        let shape = face(&ring);
        prop_assume!(!shape.is_flat());
        let mended = match kept(std::slice::from_ref(&shape)) {
            Ok(mended) => mended,
            // snapping may swallow all of a sliver
            Err(TopologyError::Covered { .. }) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        prop_assert!(mended.ledger.is_exact(), "{:?}", mended.ledger);
        let own = &faces_of(&mended.built)[0];
        for x in (0..400).step_by(13) {
            for y in (0..400).step_by(13) {
                let p = LatticePoint::new(x, y);
                let clear = shape.rings().flat_map(Ring::edges).all(|(a, b)| {
                    let length = f64::from((b.x_e7 - a.x_e7).pow(2) + (b.y_e7 - a.y_e7).pow(2)).sqrt();
                    orientation(a, b, p).unsigned_abs() as f64 / length > 2.0
                });
                if clear {
                    prop_assert_eq!(own.contains(p, Perturbation::NORTH_EAST), winding(&ring, p) != 0, "{:?}", p);
                }
            }
        }
    }
}
