use super::*;
use crate::geom::{Perturbation, Polygon, Ring};
use proptest::prelude::*;

fn ring(points: &[(i32, i32)]) -> Ring {
    Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect())
}

fn face(points: &[(i32, i32)]) -> MultiPolygon {
    MultiPolygon(vec![Polygon { exterior: ring(points), holes: vec![] }])
}

fn square(x: i32, y: i32, side: i32) -> MultiPolygon {
    face(&[(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
}

/// Lattice units are about a centimetre here: nothing is settled silently.
const STRICT: Tolerance = Tolerance { width_m: 0.0, moved_m: 0.0, area_m2: 0.0 };

fn build_with(shapes: &[MultiPolygon], tolerance: Tolerance, overlaps: Overlaps) -> Result<Built, TopologyError> {
    let shapes: Vec<&MultiPolygon> = shapes.iter().collect();
    build(&shapes, &|face| format!("atom {}", face.0), tolerance, overlaps)
}

fn strict(shapes: &[MultiPolygon]) -> Built {
    build_with(shapes, STRICT, Overlaps::Refuse).unwrap()
}

/// The shape of each label, every label by itself.
fn dissolve(topology: &Topology, labels: &[Option<u32>], count: u32) -> Vec<MultiPolygon> {
    let shape = |own| {
        let inside = |face: Option<FaceId>| face.is_some_and(|face| labels[face.0 as usize] == Some(own));
        let border = topology.arcs.iter().filter(|arc| inside(arc.left) != inside(arc.right));
        rings_of(&border.map(|arc| (&arc.points[..], inside(arc.left))).collect::<Vec<_>>())
    };
    (0..count).map(shape).collect()
}

fn faces_of(built: &Built) -> Vec<MultiPolygon> {
    let own: Vec<Option<u32>> = (0..built.topology.faces).map(Some).collect();
    dissolve(&built.topology, &own, built.topology.faces)
}

#[test]
fn two_squares_share_one_arc_and_keep_their_shape() {
    let shapes = [square(0, 0, 10), square(10, 0, 10)];
    let built = strict(&shapes);
    assert_eq!(built.topology.arcs.len(), 3);
    assert_eq!(built.repairs, []);
    let shared = built.topology.arcs.iter().find(|arc| arc.left.is_some() && arc.right.is_some()).unwrap();
    assert_eq!(shared.points.len(), 2);
    assert_eq!(faces_of(&built), shapes);
    assert_eq!(built.topology.graph().borders().count(), 1);
}

#[test]
fn a_border_met_between_vertices_is_cut_there() {
    let shapes = [square(0, 0, 20), square(20, 0, 10), square(20, 10, 10)];
    let built = strict(&shapes);
    assert_eq!(built.topology.graph().borders().map(|(a, b, _)| (a, b)).collect::<Vec<_>>(), [(0, 1), (0, 2), (1, 2)]);
    let area: i128 = faces_of(&built).iter().map(MultiPolygon::area_2).sum();
    assert_eq!(area, 2 * (400 + 100 + 100));
}

#[test]
fn an_enclave_fills_the_hole_around_it() {
    let ring_shape = MultiPolygon(vec![Polygon {
        exterior: ring(&[(0, 0), (30, 0), (30, 30), (0, 30)]),
        holes: vec![ring(&[(10, 10), (20, 10), (20, 20), (10, 20)])],
    }]);
    let shapes = [ring_shape, square(10, 10, 10)];
    let built = strict(&shapes);
    assert_eq!(built.repairs, []);
    assert_eq!(faces_of(&built).iter().map(MultiPolygon::area_2).collect::<Vec<_>>(), [1600, 200]);
    assert_eq!(faces_of(&built)[0].0[0].holes.len(), 1);
}

#[test]
fn an_unfilled_hole_is_a_gap_left_open() {
    let ring_shape = MultiPolygon(vec![Polygon {
        exterior: ring(&[(0, 0), (30, 0), (30, 30), (0, 30)]),
        holes: vec![ring(&[(10, 10), (20, 10), (20, 20), (10, 20)])],
    }]);
    let built = strict(&[ring_shape]);
    assert_eq!(built.repairs.len(), 1);
    assert_eq!((built.repairs[0].kind, built.repairs[0].owner), (RepairKind::Gap, None));
    assert_eq!(built.repairs[0].shape.area_2(), 200);
}

#[test]
fn an_enclave_in_the_hole_of_an_enclave_is_found() {
    let frame = |x: i32, side: i32| {
        MultiPolygon(vec![Polygon {
            exterior: ring(&[(x, x), (x + side, x), (x + side, x + side), (x, x + side)]),
            holes: vec![ring(&[
                (x + 10, x + 10),
                (x + side - 10, x + 10),
                (x + side - 10, x + side - 10),
                (x + 10, x + side - 10),
            ])],
        }])
    };
    let built = strict(&[frame(0, 90), frame(20, 50), square(40, 40, 10)]);
    let gaps: Vec<i128> = built.repairs.iter().map(|repair| repair.shape.area_2()).collect();
    assert_eq!(built.repairs.len(), 2, "{gaps:?}");
    assert_eq!(
        faces_of(&built).iter().map(MultiPolygon::area_2).collect::<Vec<_>>(),
        [2 * (8100 - 4900), 2 * (2500 - 900), 200]
    );
}

#[test]
fn a_thin_gap_goes_to_the_neighbour_with_the_longest_border_and_a_thin_overlap_to_the_smaller_code() {
    let shapes = [
        square(0, 0, 1_000),
        face(&[(1_002, 0), (2_000, 0), (2_000, 1_000), (1_002, 1_000)]),
        face(&[(0, 1_000), (2_000, 1_000), (2_000, 2_000), (0, 2_000)]),
        face(&[(0, -1_000), (2_000, -1_000), (2_000, 3), (0, 3)]),
    ];
    let tolerance = Tolerance { width_m: 0.1, moved_m: 0.1, area_m2: 0.0 };
    let built = build_with(&shapes, tolerance, Overlaps::Refuse).unwrap();
    let kinds: Vec<_> = built.repairs.iter().map(|repair| (repair.kind, repair.owner.unwrap().0)).collect();
    assert!(
        kinds.contains(&(RepairKind::OverlapSettled, 0)) && kinds.contains(&(RepairKind::GapClosed, 0)),
        "{kinds:?}"
    );
    let area: i128 = faces_of(&built).iter().map(MultiPolygon::area_2).sum();
    assert_eq!(area, 2 * 2_000 * 3_000);
}

#[test]
fn a_wide_overlap_is_refused_with_parties_and_place() {
    let shapes = [square(0, 0, 1_000), square(500, 0, 1_000)];
    let error =
        build_with(&shapes, Tolerance { width_m: 0.1, moved_m: 0.1, area_m2: 0.0 }, Overlaps::Refuse).unwrap_err();
    assert!(error.to_string().contains("atom 0 and atom 1"), "{error}");
    let kept = build_with(&shapes, STRICT, Overlaps::SmallerCode).unwrap();
    assert_eq!(faces_of(&kept).iter().map(MultiPolygon::area_2).collect::<Vec<_>>(), [2_000_000, 1_000_000]);
}

#[test]
fn a_bow_tie_is_refused_at_its_crossing() {
    let bow_tie = face(&[(0, 0), (1_000, 1_000), (1_000, 0), (0, 1_000)]);
    let error = build_with(&[square(2_000, 0, 10), bow_tie], STRICT, Overlaps::Refuse).unwrap_err();
    assert_eq!(error, TopologyError::CrossesItself { code: "atom 1".into(), ring: 1, at: LatticePoint::new(500, 500) });
}

#[test]
fn a_shape_under_another_is_refused_by_name() {
    let error = build_with(&[square(0, 0, 100), square(0, 0, 100)], STRICT, Overlaps::SmallerCode).unwrap_err();
    assert_eq!(error, TopologyError::Covered { code: "atom 1".into() });
}

#[test]
fn parts_that_touch_in_a_point_stay_two_parts_with_simple_rings() {
    let shapes = [square(0, 0, 10), square(10, 10, 10), square(10, 0, 10), square(0, 10, 10)];
    let built = strict(&shapes);
    let joined = dissolve(&built.topology, &[Some(0), Some(0), Some(1), Some(1)], 2);
    assert_eq!(joined.iter().map(|shape| shape.0.len()).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn a_hole_that_touches_the_outer_ring_in_a_point_is_cut_off_it() {
    let shapes = [face(&[(0, 0), (20, 0), (20, 20), (0, 20)]), face(&[(0, 20), (20, 20), (20, 30), (0, 30)])];
    let inner = face(&[(10, 20), (5, 10), (15, 10)]);
    let outer = MultiPolygon(vec![Polygon {
        exterior: ring(&[(0, 0), (20, 0), (20, 20), (10, 20), (0, 20)]),
        holes: vec![inner.0[0].exterior.clone()],
    }]);
    let built = strict(&[outer, inner, shapes[1].clone()]);
    let faces = faces_of(&built);
    assert_eq!((faces[0].0.len(), faces[0].0[0].holes.len()), (1, 1));
    assert_eq!(faces[0].area_2(), 2 * (400 - 50));
}

#[test]
fn the_diagonals_of_one_lattice_square_settle() {
    let triangles = [[(136, 66), (119, 98), (161, 82)], [(0, 0), (187, 86), (27, 111)], [(96, 0), (0, 0), (121, 97)]];
    let shapes = triangles.map(|corners| face(&corners));
    assert!(build_with(&shapes, STRICT, Overlaps::SmallerCode).is_ok());
}

/// Random triangles: whatever they do to each other, the result is a partition.
fn triangles() -> impl Strategy<Value = Vec<MultiPolygon>> {
    let point = || (0..200_i32, 0..200_i32);
    prop::collection::vec((point(), point(), point()), 1..8)
        .prop_map(|all| all.into_iter().map(|(a, b, c)| face(&[a, b, c])).filter(|shape| shape.area_2() != 0).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn any_triangles_become_a_partition(shapes in triangles()) {
        let built = match build_with(&shapes, STRICT, Overlaps::SmallerCode) {
            Ok(built) => built,
            // half a unit of snapping may swallow a sliver triangle, or turn one over
            Err(TopologyError::Covered { .. } | TopologyError::CrossesItself { .. }) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        let faces = faces_of(&built);
        for x in (0..200).step_by(7) {
            for y in (0..200).step_by(7) {
                let p = LatticePoint::new(x, y);
                let owners: Vec<usize> = (0..faces.len()).filter(|&i| faces[i].contains(p, Perturbation::NORTH_EAST)).collect();
                prop_assert!(owners.len() <= 1, "{p:?} {owners:?}");
                // off every border by more than the snapping, covered means owned by one of those that cover it
                let covering: Vec<usize> = (0..shapes.len()).filter(|&i| shapes[i].contains(p, Perturbation::NORTH_EAST)).collect();
                let clear = shapes.iter().flat_map(|s| s.rings().flat_map(Ring::edges).collect::<Vec<_>>()).all(|(a, b)| {
                    let length = f64::from((b.x_e7 - a.x_e7).pow(2) + (b.y_e7 - a.y_e7).pow(2)).sqrt();
                    let near_line = crate::geom::orientation(a, b, p).unsigned_abs() as f64 / length <= 2.0;
                    !near_line
                });
                if clear {
                    prop_assert_eq!(owners.first().copied(), covering.first().copied());
                }
            }
        }
        let again = build_with(&faces, STRICT, Overlaps::Refuse);
        prop_assert!(again.is_ok(), "{:?}", again.err());
        let again = again.unwrap();
        prop_assert!(again.repairs.iter().all(|repair| repair.kind == RepairKind::Gap));
        prop_assert_eq!(&faces_of(&again), &faces);
    }
}
