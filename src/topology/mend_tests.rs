use proptest::prelude::*;

use super::*;
use crate::geom::{Perturbation, Polygon, Ring, segment_distance_m};

fn ring(points: &[(i32, i32)]) -> Ring {
    Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect())
}

fn face(points: &[(i32, i32)]) -> MultiPolygon {
    MultiPolygon(vec![Polygon { exterior: ring(points), holes: vec![] }])
}

/// West, south, east, north, in lattice units: at the equator a metre is about 90 of them.
fn block(w: i32, s: i32, e: i32, n: i32) -> MultiPolygon {
    face(&[(w, s), (e, s), (e, n), (w, n)])
}

fn mended(shapes: &[MultiPolygon], mending: Mending) -> Result<Mended, TopologyError> {
    mend(&shapes.iter().collect::<Vec<_>>(), &|face| format!("atom {:02}", face.0), mending)
}

fn up_to(width_m: f64) -> Mending {
    Mending { width_m: Some(width_m), most_share: 1.0, ..Mending::default() }
}

fn faces_of(built: &Built) -> Vec<MultiPolygon> {
    let shape = |own| {
        let inside = |face: Option<FaceId>| face == Some(FaceId(own));
        let border = built.topology.arcs.iter().filter(|arc| inside(arc.left) != inside(arc.right));
        rings_of(&border.map(|arc| (&arc.points[..], inside(arc.left))).collect::<Vec<_>>())
    };
    (0..built.topology.faces).map(shape).collect()
}

/// Faces are a coverage that is its own topology, and every unit of area is accounted for. Returns the faces.
fn holds(shapes: &[MultiPolygon], mended: &Mended) -> Vec<MultiPolygon> {
    let faces = faces_of(&mended.built);
    assert_eq!(faces.iter().map(MultiPolygon::area_2).sum::<i128>(), mended.ledger.faces_2);
    assert!(mended.ledger.is_exact(), "{:?}", mended.ledger);
    let change_2: i128 = mended.built.repairs.iter().map(|repair| repair.change_2).sum();
    assert_eq!(mended.ledger.shapes_2 + change_2, mended.ledger.faces_2);
    for repair in &mended.built.repairs {
        assert_eq!(repair.shape.area_2(), repair.area_2, "{repair:?}");
        assert_eq!(repair.owner.is_none(), repair.kind == RepairKind::Gap);
        assert!(repair.moved_m.is_finite(), "{repair:?}");
    }
    let refs: Vec<&MultiPolygon> = faces.iter().collect();
    let strict = Tolerance { width_m: 0.0, moved_m: 0.0, area_m2: 0.0 };
    let again = build(&refs, &|face| format!("{face:?}"), strict, Overlaps::Refuse).unwrap();
    assert!(again.repairs.iter().all(|repair| repair.kind == RepairKind::Gap));
    assert_eq!(again.topology, mended.built.topology, "from {shapes:?}");
    faces
}

fn kinds(mended: &Mended) -> Vec<(RepairKind, Option<u32>)> {
    mended.built.repairs.iter().map(|repair| (repair.kind, repair.owner.map(|face| face.0))).collect()
}

/// Four blocks of 100 m with streets of a metre between them, open to the outside at four ends.
fn four_blocks() -> [MultiPolygon; 4] {
    [
        block(0, 0, 9_000, 9_000),
        block(9_090, 0, 18_000, 9_000),
        block(0, 9_090, 9_000, 18_000),
        block(9_090, 9_090, 18_000, 18_000),
    ]
}

#[test]
fn a_cross_of_gaps_open_to_the_outside_is_split_among_its_neighbours() {
    let shapes = four_blocks();
    let mended = mended(&shapes, up_to(2.0)).unwrap();
    let faces = holds(&shapes, &mended);
    assert!(kinds(&mended).iter().all(|&(kind, _)| kind == RepairKind::GapSplit), "{:?}", kinds(&mended));
    assert_eq!(mended.ledger.faces_2, 2 * 18_000 * 18_000);
    assert!(faces.iter().all(|face| face.0.len() == 1));
    assert!(mended.built.topology.graph().borders().count() >= 4);
}

#[test]
fn a_gap_wider_than_the_tolerance_stays_open_though_narrow_ones_lead_to_it() {
    // a square of 50 m where the four streets meet
    let cut = |points: &[(i32, i32)]| face(points);
    let shapes = [
        cut(&[(0, 0), (9_000, 0), (9_000, 6_500), (6_500, 6_500), (6_500, 9_000), (0, 9_000)]),
        cut(&[(9_090, 0), (18_000, 0), (18_000, 9_000), (11_500, 9_000), (11_500, 6_500), (9_090, 6_500)]),
        cut(&[(0, 9_090), (6_500, 9_090), (6_500, 11_500), (9_000, 11_500), (9_000, 18_000), (0, 18_000)]),
        cut(&[(9_090, 18_000), (9_090, 11_500), (11_500, 11_500), (11_500, 9_090), (18_000, 9_090), (18_000, 18_000)]),
    ];
    let mended = mended(&shapes, up_to(2.0)).unwrap();
    holds(&shapes, &mended);
    let open: Vec<&Repair> = mended.built.repairs.iter().filter(|repair| repair.kind == RepairKind::Gap).collect();
    assert_eq!(open.iter().map(|repair| repair.area_2).collect::<Vec<_>>(), [2 * 5_000 * 5_000]);
    assert_eq!(mended.ledger.faces_2, 2 * (18_000 * 18_000 - 5_000 * 5_000));
}

#[test]
fn clean_shapes_come_through_as_from_build_whatever_the_tolerance_from_data() {
    let shapes = [block(0, 0, 900, 900), block(900, 0, 1_800, 900), block(0, 900, 1_800, 1_800)];
    let refs: Vec<&MultiPolygon> = shapes.iter().collect();
    let plain = build(&refs, &|face| format!("{face:?}"), Tolerance::default(), Overlaps::Refuse).unwrap();
    let mended = mended(&shapes, Mending::default()).unwrap();
    assert_eq!(mended.built, plain);
    assert_eq!((mended.tolerance, mended.overlap_tolerance), (Tolerance::default(), Tolerance::default()));
    assert_eq!(mended.widths, Widths::default());
}

#[test]
fn the_tolerance_rises_with_overlaps_as_long_as_the_gaps_and_no_further() {
    let mut widths = Widths::default();
    for (width_m, gaps_m, overlaps_m) in
        [(0.3, 900.0, 1000.0), (0.8, 700.0, 800.0), (1.5, 500.0, 400.0), (4.0, 500.0, 100.0)]
    {
        widths.gaps.add(width_m, 1, width_m * gaps_m);
        widths.overlaps.add(width_m, 1, width_m * overlaps_m);
    }
    assert_eq!(widths.tolerances_m(100), (2.0, 5.0), "gaps as far as overlaps match them, overlaps to the widest");
    widths.overlaps.add(30.0, 1, 900.0);
    assert_eq!(widths.tolerances_m(100), (2.0, 5.0), "never more than 10 m");
}

#[test]
fn gaps_alone_are_closed_up_to_the_valley_when_most_shapes_have_one() {
    let mut widths = Widths::default();
    widths.gaps.add(1.5, 300, 3_000.0);
    widths.gaps.add(15.0, 40, 30_000.0);
    assert_eq!(widths.tolerances_m(200), (2.0, LEAST_M));
    assert_eq!(widths.tolerances_m(1_000), (LEAST_M, LEAST_M), "a few alleys are no sign");
    assert_eq!(Widths::default().tolerances_m(0), (LEAST_M, LEAST_M));
}

#[test]
fn repairs_beyond_the_stated_share_are_refused_with_the_largest() {
    let error = mended(&four_blocks(), Mending { most_share: 0.005, ..up_to(2.0) }).unwrap_err();
    let TopologyError::TooMuch { percent, most_percent, .. } = &error else { panic!("{error}") };
    assert!((1.0..1.2).contains(percent) && (most_percent - 0.5).abs() < 1e-9, "{error}");
    assert!(error.to_string().contains("atom 00 and atom 01"), "{error}");
}

#[test]
fn a_shape_that_would_lose_most_of_itself_is_refused_by_name_unless_overlaps_are_allowed() {
    let shapes = [block(0, 0, 9_000, 9_000), block(8_900, 0, 9_050, 9_000)];
    let error = mended(&shapes, up_to(2.0)).unwrap_err();
    assert!(
        matches!(&error, TopologyError::LosesMost { code, percent } if code == "atom 01" && *percent > 60.0),
        "{error}"
    );
    let allowed = Mending { overlaps: Overlaps::SmallerCode, ..up_to(2.0) };
    holds(&shapes, &mended(&shapes, allowed).unwrap());
}

/// Rows and columns of blocks whose corners were each moved alone: gaps, overlaps and folds of all widths.
fn shaken() -> impl Strategy<Value = (Vec<MultiPolygon>, i32)> {
    let one = prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 8);
    (2..4_i32, 2..4_i32, 1..400_i32).prop_flat_map(move |(columns, rows, most)| {
        let count = (columns * rows) as usize;
        prop::collection::vec(one.clone(), count).prop_map(move |moves| {
            let shape = |(i, moves): (usize, Vec<(f64, f64)>)| {
                let (x, y) = (i as i32 % columns * 9_000, i as i32 / columns * 9_000);
                let corners = [
                    (0, 0),
                    (4_500, 0),
                    (9_000, 0),
                    (9_000, 4_500),
                    (9_000, 9_000),
                    (4_500, 9_000),
                    (0, 9_000),
                    (0, 4_500),
                ];
                let moved = corners.iter().zip(moves).map(|(&(dx, dy), (mx, my))| {
                    (x + dx + (mx * f64::from(most)) as i32, y + dy + (my * f64::from(most)) as i32)
                });
                face(&moved.collect::<Vec<_>>())
            };
            (moves.into_iter().enumerate().map(shape).collect(), most)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn shaken_blocks_become_a_coverage_with_every_unit_accounted_for((shapes, most) in shaken(), width_m in 0.1..12.0_f64) {
        let rule = Mending { overlaps: Overlaps::SmallerCode, ..up_to(width_m) };
        let mended = mended(&shapes, rule).unwrap();
        let faces = holds(&shapes, &mended);
        for (face, shape) in faces.iter().zip(&shapes) {
            let borders: Vec<_> = shape.rings().flat_map(Ring::edges).collect();
            // what a face gained lies near its old border; half a unit of snapping is a hundredth of a metre
            for &p in face.rings().flat_map(Ring::points) {
                if shape.contains(p, Perturbation::NORTH_EAST) {
                    continue;
                }
                let far_m = borders.iter().map(|&edge| segment_distance_m(p, edge)).fold(f64::INFINITY, f64::min);
                prop_assert!(far_m <= width_m.max(1.5) + 0.02, "{p} lies {far_m} m off, tolerance {width_m}");
            }
        }
        // as wide as the shaking ever leaves it: nothing stays open inside when the tolerance is far above
        if f64::from(most) * 2.9 / 89.0 < width_m / 2.0 {
            let open: f64 = mended.built.repairs.iter().filter(|r| r.kind == RepairKind::Gap).map(|r| r.area_m2).sum();
            prop_assert!(open == 0.0, "{open} m² open, shaken by {most}");
        }
    }

    #[test]
    fn the_order_of_threads_changes_nothing((shapes, _) in shaken()) {
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let rule = Mending { overlaps: Overlaps::SmallerCode, ..up_to(3.0) };
        prop_assert_eq!(alone.install(|| mended(&shapes, rule)), mended(&shapes, rule));
    }
}

#[test]
fn a_piece_between_pieces_that_were_given_away_goes_to_one_of_those_who_got_them() {
    // four blocks whose corners were moved apart by up to 1.7 m: in the middle 1 m² stays that borders nobody's old ground
    let shapes = [
        face(&[(0, 0), (4_500, 0), (9_000, 0), (9_000, 4_500), (8_880, 9_000), (4_500, 9_000), (0, 9_000), (0, 4_500)]),
        block(9_000, 0, 18_000, 9_000),
        face(&[(0, 9_000), (4_500, 9_000), (8_963, 9_051), (9_000, 13_500), (9_000, 18_000), (0, 18_000)]),
        face(&[(9_142, 9_080), (13_500, 9_000), (18_000, 9_000), (18_000, 18_000), (9_000, 18_000), (9_000, 13_500)]),
    ];
    let mended = mended(&shapes, Mending { overlaps: Overlaps::SmallerCode, ..up_to(10.8) }).unwrap();
    holds(&shapes, &mended);
    assert!(kinds(&mended).iter().all(|(kind, _)| *kind != RepairKind::Gap), "{:?}", kinds(&mended));
}

/// A square of 200 m, one that reaches `deep` units over its east side between y 4,500 and 13,500, in that order of codes.
fn tongue(deep: i32) -> [MultiPolygon; 2] {
    let notched = face(&[
        (18_000, 0),
        (36_000, 0),
        (36_000, 18_000),
        (18_000, 18_000),
        (18_000, 13_500),
        (18_000 - deep, 13_500),
        (18_000 - deep, 4_500),
        (18_000, 4_500),
    ]);
    [block(0, 0, 18_000, 18_000), notched]
}

#[test]
fn an_overlap_deeper_than_the_tolerance_is_parted_along_its_middle_so_that_borders_move_by_half_and_their_corners_by_half_the_diagonal()
 {
    // 15 m deep, 10 m allowed
    let shapes = tongue(1_350);
    let mended = mended(&shapes, up_to(10.0)).unwrap();
    let faces = holds(&shapes, &mended);
    assert_eq!(kinds(&mended), [(RepairKind::OverlapHalved, Some(0)), (RepairKind::OverlapHalved, Some(1))]);
    let halves: Vec<f64> = mended.built.repairs.iter().map(|repair| repair.area_m2).collect();
    assert!(halves[0] < 1.3 * halves[1] && halves[1] < 1.3 * halves[0], "{halves:?}");
    // 7.5 m, and at the two corners of the tongue the root of two as far
    assert!((10.5..=10.9).contains(&mended.moves.largest_m) && mended.moves.over == 2, "{:?}", mended.moves);
    assert!(faces.iter().all(|face| face.0.len() == 1), "each stays in one piece");
}

#[test]
fn an_overlap_deeper_than_twice_the_tolerance_is_refused_with_its_depth() {
    let error = mended(&tongue(2_000), up_to(10.0)).unwrap_err();
    assert!(matches!(error, TopologyError::Overlap { count: 1, .. }), "{error}");
    assert!(error.to_string().contains("22.3 m deep"), "{error}");
}

#[test]
fn a_spike_over_a_smaller_code_stays_where_losing_it_would_move_a_border_too_far() {
    // 1 m wide at its foot, 30 m long: whoever keeps it, the other's vertices lie at its foot
    let spiked = face(&[
        (18_000, 0),
        (36_000, 0),
        (36_000, 18_000),
        (18_000, 18_000),
        (18_000, 9_090),
        (15_300, 9_045),
        (18_000, 9_000),
    ]);
    let shapes = [block(0, 0, 18_000, 18_000), spiked];
    let mended = mended(&shapes, up_to(10.0)).unwrap();
    holds(&shapes, &mended);
    assert_eq!(kinds(&mended), [(RepairKind::OverlapSettled, Some(1))]);
    assert!(mended.moves.largest_m < 1.0, "{:?}", mended.moves);
}

/// A ring that crosses itself in slivers so thin that their corners round onto their other side (found by fuzzing).
#[test]
fn a_ring_that_crosses_itself_in_slivers_has_every_unit_accounted_for() {
    let shape = face(&[
        (-256, -256),
        (-240, -206),
        (-208, -130),
        (-236, -256),
        (-254, 254),
        (-208, -248),
        (254, 70),
        (-250, -256),
        (254, 82),
        (-254, 252),
        (190, 60),
        (22, 32),
    ]);
    for width_m in [0.0, 0.05, 1.0] {
        let shapes = [shape.clone()];
        let mending = Mending { overlaps: Overlaps::SmallerCode, most_share: 10.0, ..up_to(width_m) };
        let mended = mended(&shapes, mending).unwrap();
        holds(&shapes, &mended);
    }
}
