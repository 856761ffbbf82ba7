use super::*;
use proptest::prelude::*;

/// About half a metre at 30° north: 48 units east.
const M: i32 = 96;
const BASE: (i32, i32) = (1_140_000_000, 300_000_000);

fn ring(points: &[(i32, i32)]) -> Ring {
    Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(BASE.0 + x * M, BASE.1 + y * M)).collect())
}

fn shape(points: &[(i32, i32)]) -> MultiPolygon {
    MultiPolygon(vec![Polygon { exterior: ring(points), holes: vec![] }])
}

fn rectangle(x: i32, y: i32, width: i32, height: i32) -> MultiPolygon {
    shape(&[(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
}

/// Units tile the footprint as snapped: put together they are one outline, whose area is the sum, within half a unit of
/// the footprint's.
fn tiles(footprint: &MultiPolygon, units: &[MultiPolygon]) {
    let sum: i128 = units.iter().map(MultiPolygon::area_2).sum();
    let together = pieces(&units.iter().collect::<Vec<_>>()).unwrap();
    assert!(together.of.iter().all(|of| of.len() == 1), "units overlap");
    assert_eq!(together.outline(|_| true).area_2(), sum);
    let around: i128 = footprint
        .rings()
        .flat_map(Ring::edges)
        .map(|(a, b)| i128::from((a.x_e7 - b.x_e7).abs() + (a.y_e7 - b.y_e7).abs()))
        .sum();
    assert!((sum - footprint.area_2()).abs() <= around, "{sum} against {}", footprint.area_2());
}

fn areas(units: &[MultiPolygon]) -> Vec<f64> {
    let whole: i128 = units.iter().map(MultiPolygon::area_2).sum();
    units.iter().map(|unit| unit.area_2() as f64 / whole as f64).collect()
}

#[test]
fn a_slab_is_cut_across_into_equal_units_from_the_west() {
    let slab = rectangle(0, 0, 60, 12);
    let units = split(&slab, Cut::Equal(3)).unwrap();
    tiles(&slab, &units);
    assert!(areas(&units).iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-3), "{:?}", areas(&units));
    let west: Vec<i32> = units.iter().map(|unit| unit.envelope().unwrap().min.x_e7).collect();
    assert!(west.is_sorted());
    assert_eq!(units[0].envelope().unwrap().max.x_e7, units[1].envelope().unwrap().min.x_e7);
    // a slab along a meridian is cut from the south
    let units = split(&rectangle(0, 0, 10, 60), Cut::Equal(2)).unwrap();
    assert!(units[0].envelope().unwrap().min.y_e7 < units[1].envelope().unwrap().min.y_e7);
}

#[test]
fn an_l_is_cut_by_area_not_by_length() {
    let l = shape(&[(0, 0), (60, 0), (60, 10), (20, 10), (20, 40), (0, 40)]);
    let units = split(&l, Cut::Equal(2)).unwrap();
    tiles(&l, &units);
    assert!(areas(&units).iter().all(|share| (share - 0.5).abs() < 1e-3), "{:?}", areas(&units));
    assert!(units.iter().all(|unit| unit.0.len() == 1));
}

#[test]
fn a_slanting_slab_is_cut_across_its_own_axis() {
    let slab = shape(&[(0, 0), (40, 30), (34, 38), (-6, 8)]);
    let units = split(&slab, Cut::Equal(4)).unwrap();
    tiles(&slab, &units);
    assert!(areas(&units).iter().all(|share| (share - 0.25).abs() < 1e-3));
    // cut lengthwise, a unit would be as long as the slab
    assert!(units.iter().all(|unit| {
        let e = unit.envelope().unwrap();
        e.max.x_e7 - e.min.x_e7 < 25 * M
    }));
}

#[test]
fn a_courtyard_and_a_u_become_units_of_one_piece_each() {
    let mut court = rectangle(0, 0, 60, 40);
    court.0[0].holes.push(ring(&[(10, 10), (50, 10), (50, 30), (10, 30)]));
    let u = shape(&[(0, 0), (60, 0), (60, 40), (50, 40), (50, 10), (10, 10), (10, 40), (0, 40)]);
    let side_u = shape(&[(0, 0), (60, 0), (60, 10), (10, 10), (10, 30), (60, 30), (60, 40), (0, 40)]);
    for footprint in [court, u, side_u] {
        for n in 2..6 {
            let units = split(&footprint, Cut::Equal(n)).unwrap();
            tiles(&footprint, &units);
            assert_eq!(units.len(), n as usize);
            assert!(units.iter().all(|unit| unit.0.len() == 1), "{n}");
        }
    }
}

#[test]
fn parts_get_units_by_their_area_and_a_shed_goes_with_the_nearest() {
    let mut parts = rectangle(0, 0, 40, 10);
    parts.0.extend(rectangle(60, 0, 40, 10).0);
    parts.0.extend(rectangle(105, 0, 3, 3).0);
    let units = split(&parts, Cut::Equal(4)).unwrap();
    tiles(&parts, &units);
    assert_eq!(units.iter().map(|unit| unit.0.len()).collect::<Vec<_>>(), [1, 1, 1, 2]);
}

#[test]
fn entrances_part_a_slab_halfway_between_them() {
    let slab = rectangle(0, 0, 60, 12);
    let door = |x: i32| LatticePoint::new(BASE.0 + x * M, BASE.1);
    let units = split(&slab, Cut::Entrances(&[door(50), door(10), door(20)])).unwrap();
    tiles(&slab, &units);
    let shares = areas(&units);
    for (share, wanted) in shares.iter().zip([15.0 / 60.0, 20.0 / 60.0, 25.0 / 60.0]) {
        assert!((share - wanted).abs() < 1e-3, "{shares:?}");
    }
    assert!(matches!(split(&slab, Cut::Entrances(&[door(50), door(50)])), Err(Uncut::Entrances { .. })));
    assert!(matches!(split(&slab, Cut::Entrances(&[door(200), door(210)])), Err(Uncut::Made { asked: 2, .. })));
}

#[test]
fn what_cannot_be_cut_stays_whole_and_says_why() {
    let slab = rectangle(0, 0, 60, 12);
    assert!(matches!(split(&slab, Cut::Equal(1)), Err(Uncut::Count { asked: 1 })));
    assert!(matches!(split(&slab, Cut::Equal(1000)), Err(Uncut::Count { .. })));
    assert!(matches!(split(&MultiPolygon::default(), Cut::Equal(2)), Err(Uncut::Size)));
    assert!(matches!(split(&rectangle(0, 0, 20_000, 12), Cut::Equal(2)), Err(Uncut::Size)));
    let dot = MultiPolygon(vec![Polygon {
        exterior: Ring::new(vec![LatticePoint::new(0, 0), LatticePoint::new(2, 0), LatticePoint::new(0, 1)]),
        holes: vec![],
    }]);
    assert!(matches!(split(&dot, Cut::Equal(7)), Err(Uncut::Made { asked: 7, .. })));
}

#[test]
fn only_towers_over_the_band_with_units_are_split_and_people_add_up() {
    assert!(wants_units(Some(620), 500, 2));
    assert!(!wants_units(Some(620), 500, 1) && !wants_units(Some(500), 500, 4) && !wants_units(None, 500, 4));
    assert_eq!(people_of_units(620, 3), [207, 207, 206]);
    assert_eq!(people_of_units(0, 2), [0, 0]);
}

proptest! {
    #[test]
    fn any_star_is_tiled_by_as_many_units_as_asked_or_refused(
        reach in prop::collection::vec(300..6000_i32, 3..16),
        n in 2..9_u32,
        stretch in 1..4_i32,
        latitude in -800_000_000..800_000_000_i32,
    ) {
        let corners = reach.len() as f64;
        let points = reach.iter().enumerate().map(|(i, &r)| {
            let angle = std::f64::consts::TAU * i as f64 / corners;
            let at = |v: f64, by: i32| (f64::from(r) * v).round() as i32 * by;
            LatticePoint::new(1_140_000_000 + at(angle.cos(), stretch), latitude + at(angle.sin(), 1))
        });
        let footprint = MultiPolygon(vec![Polygon { exterior: Ring::new(points.collect()), holes: vec![] }]);
        match split(&footprint, Cut::Equal(n)) {
            Ok(units) => {
                prop_assert_eq!(units.len(), n as usize);
                tiles(&footprint, &units);
                prop_assert!(units.iter().all(|unit| unit.area_2() > 0 && unit.0.len() == 1));
            }
            Err(error) => prop_assert!(matches!(error, Uncut::Made { .. }), "{}", error),
        }
    }
}
