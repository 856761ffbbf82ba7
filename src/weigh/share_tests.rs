use super::*;
use crate::atom::Origin;
use crate::geom::{LatticePoint, MultiPolygon, Polygon, Ring};
use proptest::prelude::*;

/// About a metre, at the equator.
const M: i32 = 90;

fn square(x_m: i32, y_m: i32, side_m: i32) -> MultiPolygon {
    let corners = [(0, 0), (1, 0), (1, 1), (0, 1)];
    let ring = corners.map(|(dx, dy)| LatticePoint::new((x_m + dx * side_m) * M, (y_m + dy * side_m) * M));
    MultiPolygon(vec![Polygon { exterior: Ring::new(ring.to_vec()), holes: vec![] }])
}

fn home<'a>(code: &'a str, shape: &'a MultiPolygon, levels: u32) -> Place<'a> {
    Place {
        code,
        shape,
        floor_area_2: floor_area_2(shape, levels),
        residential: true,
        households: None,
        population: None,
    }
}

fn source<'a>(code: &'a str, shape: &'a MultiPolygon, households: u32) -> Source<'a> {
    Source { code, shape, households: Some(households), population: None }
}

fn households(weighed: &Weighed) -> Vec<Option<u32>> {
    weighed.places.iter().map(|given| given.households).collect()
}

fn kinds(weighed: &Weighed) -> Vec<(FindingKind, Measure)> {
    weighed.findings.iter().map(|finding| (finding.kind, finding.measure)).collect()
}

/// Findings on households alone: most cases say nothing of persons.
fn on_households(weighed: &Weighed) -> Vec<FindingKind> {
    kinds(weighed).into_iter().filter(|(_, measure)| *measure == Measure::Households).map(|(kind, _)| kind).collect()
}

#[test]
fn a_total_goes_by_floor_area_and_says_so() {
    let (low, high, shop) = (square(0, 0, 10), square(20, 0, 10), square(40, 0, 10));
    let all = square(-10, -10, 100);
    let places = [home("low", &low, 1), home("high", &high, 6), Place { residential: false, ..home("shop", &shop, 3) }];
    let settings = Settings { source_noun: "square", ..Settings::default() };
    let weighed = weigh(&places, &[source("123", &all, 70)], &settings);
    assert_eq!(households(&weighed), [Some(10), Some(60), Some(0)]);
    let by = |place: usize| weighed.places[place].households_origin.to_string();
    assert_eq!(by(1), "estimated: floor area within square 123");
    assert_eq!(by(2), "estimated: no share of square 123");
    assert_eq!(weighed.places[0].population, None);
    assert_eq!(kinds(&weighed), [(FindingKind::NoSource, Measure::Population)]);
    assert!(weighed.households.balances());
    assert_eq!((weighed.households.sources, weighed.households.shared), (70, 70));
}

#[test]
fn a_building_across_two_squares_takes_part_in_each_by_the_floor_within() {
    let (west, east) = (square(0, 0, 100), square(100, 0, 100));
    let (across, alone) = (square(95, 0, 20), square(150, 50, 20));
    let places = [home("across", &across, 1), home("alone", &alone, 1)];
    let weighed = weigh(&places, &[source("w", &west, 8), source("e", &east, 70)], &Settings::default());
    // a quarter of it lies in the west square, alone there; three quarters vie with one whole in the east
    assert_eq!(households(&weighed), [Some(8 + 30), Some(40)]);
    assert!(weighed.households.balances());
}

#[test]
fn counted_places_keep_their_number_and_the_rest_gets_what_is_left() {
    let (a, b, c, all) = (square(0, 0, 10), square(20, 0, 10), square(40, 0, 10), square(-10, -10, 100));
    let places = [Place { households: Some(25), ..home("a", &a, 9) }, home("b", &b, 1), home("c", &c, 1)];
    let weighed = weigh(&places, &[source("s", &all, 100)], &Settings::default());
    assert_eq!(households(&weighed), [Some(25), Some(38), Some(37)]);
    assert_eq!(weighed.places[0].households_origin, Origin::Counted);
    let weighed = weigh(&places, &[source("s", &all, 20)], &Settings::default());
    assert_eq!(households(&weighed), [Some(25), Some(0), Some(0)]);
    assert_eq!(on_households(&weighed), [FindingKind::CountedExceed]);
    assert_eq!(weighed.findings[0].amount, 5);
    assert_eq!(weighed.findings[0].codes, ["a"]);
    assert!(weighed.households.balances());
}

#[test]
fn people_without_a_home_go_to_other_houses_then_to_the_nearest_home() {
    let (shop, home_shape) = (square(0, 0, 10), square(150, 0, 10));
    let (with_shop, bare, far) = (square(-10, -10, 50), square(60, -10, 50), square(5000, 0, 50));
    let places = [Place { residential: false, ..home("shop", &shop, 1) }, home("home", &home_shape, 1)];
    let sources = [source("shops", &with_shop, 5), source("bare", &bare, 7), source("far", &far, 9)];
    let weighed = weigh(&places, &sources, &Settings::default());
    assert_eq!(households(&weighed), [Some(5), Some(7)]);
    assert_eq!(on_households(&weighed), [FindingKind::NoResidential, FindingKind::NoPlace, FindingKind::Unplaced]);
    assert_eq!(weighed.places[1].households_origin.to_string(), "estimated: nearest to source bare");
    assert_eq!((weighed.households.unplaced, weighed.households.shared), (9, 12));
    assert!(weighed.households.balances());
    assert!(weighed.findings.iter().all(|finding| !finding.en().is_empty() && !finding.zh().is_empty()));
}

#[test]
fn where_every_home_is_counted_the_rest_is_unplaced_and_shops_get_nobody() {
    let (a, shop, all) = (square(0, 0, 10), square(20, 0, 10), square(-10, -10, 100));
    let places =
        [Place { households: Some(80), ..home("a", &a, 1) }, Place { residential: false, ..home("shop", &shop, 1) }];
    let weighed = weigh(&places, &[source("s", &all, 100)], &Settings::default());
    assert_eq!(households(&weighed), [Some(80), Some(0)]);
    assert_eq!((weighed.households.unplaced, on_households(&weighed)), (20, vec![FindingKind::Unplaced]));
    assert!(weighed.households.balances());
}

#[test]
fn a_square_across_the_boundary_gives_only_the_share_of_its_ground_within() {
    let (a, all, town) = (square(0, 0, 10), square(0, 0, 100), square(-100, -100, 125));
    let settings = Settings { within: Some(&town), ..Settings::default() };
    let weighed = weigh(&[home("a", &a, 1)], &[source("s", &all, 160)], &settings);
    // 25 × 25 of 100 × 100 metres
    assert_eq!((households(&weighed), weighed.households.beyond), (vec![Some(10)], 150));
    assert_eq!(on_households(&weighed), [FindingKind::Beyond]);
    assert!(weighed.households.balances());
}

#[test]
fn without_a_source_nothing_is_known_unless_floor_area_is_to_tell() {
    let a = square(0, 0, 10);
    let places = [home("a", &a, 8)];
    let weighed = weigh(&places, &[], &Settings::default());
    assert_eq!(households(&weighed), [None]);
    assert_eq!(on_households(&weighed), [FindingKind::NoSource]);
    let weighed = weigh(&places, &[], &Settings { m2_per_household: Some(100.0), ..Settings::default() });
    // 10 m are 90 units of about 1.11 cm: 99.6 m² × 8 levels
    assert_eq!(households(&weighed), [Some(8)]);
    assert_eq!(weighed.places[0].households_origin.to_string(), "estimated: floor area, one household for 100 m²");
    assert_eq!((weighed.households.reckoned, weighed.households.places()), (8, 8));
}

#[test]
fn persons_may_follow_households() {
    let (a, b, all) = (square(0, 0, 10), square(20, 0, 10), square(-10, -10, 100));
    let places =
        [Place { households: Some(30), ..home("a", &a, 1) }, Place { households: Some(10), ..home("b", &b, 9) }];
    let sources = [Source { population: Some(100), households: None, ..source("s", &all, 0) }];
    let by = |persons_by_households| {
        let weighed = weigh(&places, &sources, &Settings { persons_by_households, ..Settings::default() });
        assert!(weighed.population.balances());
        weighed.places.iter().map(|given| given.population).collect::<Vec<_>>()
    };
    assert_eq!(by(true), [Some(75), Some(25)]);
    assert_eq!(by(false), [Some(10), Some(90)]);
}

#[test]
fn sources_that_overlap_are_named() {
    let (a, one, two) = (square(0, 0, 10), square(-10, -10, 50), square(-20, -20, 50));
    let weighed = weigh(&[home("a", &a, 1)], &[source("1", &one, 3), source("2", &two, 4)], &Settings::default());
    assert_eq!(households(&weighed), [Some(7)]);
    assert_eq!(on_households(&weighed), [FindingKind::SourcesOverlap]);
    assert!(weighed.households.balances());
}

proptest! {
    #[test]
    fn everybody_is_accounted_for(
        homes in prop::collection::vec((-200..200_i32, -200..200_i32, 1..60_i32, 1..20_u32, any::<bool>(), prop::option::weighted(0.3, 0..200_u32)), 0..30),
        squares in prop::collection::vec((-200..200_i32, -200..200_i32, 1..150_i32, prop::option::weighted(0.9, 0..500_u32)), 0..12),
        within: bool,
        persons_by_households: bool,
        per in prop::option::of(20.0..200.0_f64),
    ) {
        let shapes: Vec<MultiPolygon> = homes.iter().map(|h| square(h.0, h.1, h.2)).collect();
        let codes: Vec<String> = (0..homes.len()).map(|i| format!("h{i}")).collect();
        let places: Vec<Place<'_>> = homes.iter().zip(&shapes).zip(&codes).map(|((h, shape), code)| Place {
            residential: h.4, households: h.5, population: h.5.map(|n| n * 3), ..home(code, shape, h.3)
        }).collect();
        let areas: Vec<MultiPolygon> = squares.iter().map(|s| square(s.0, s.1, s.2)).collect();
        let names: Vec<String> = (0..squares.len()).map(|i| format!("s{i}")).collect();
        let sources: Vec<Source<'_>> = squares.iter().zip(&areas).zip(&names).map(|((s, shape), code)| Source {
            code, shape, households: s.3, population: s.3.map(|n| n * 2)
        }).collect();
        let town = square(-100, -100, 200);
        let settings = Settings { within: within.then_some(&town), persons_by_households, m2_per_household: per, ..Settings::default() };
        let weighed = weigh(&places, &sources, &settings);
        prop_assert!(weighed.households.balances(), "{:?}", weighed.households);
        prop_assert!(weighed.population.balances(), "{:?}", weighed.population);
        let sum = |number: fn(&Given) -> Option<u32>| weighed.places.iter().filter_map(number).map(u64::from).sum::<u64>();
        prop_assert_eq!(sum(|given| given.households), weighed.households.places());
        prop_assert_eq!(sum(|given| given.population), weighed.population.places());
        let unplaced = |measure| weighed.findings.iter().filter(|f| f.kind == FindingKind::Unplaced && f.measure == measure).map(|f| f.amount).sum::<u64>();
        prop_assert_eq!(unplaced(Measure::Households), weighed.households.unplaced);
        for (place, given) in places.iter().zip(&weighed.places) {
            if place.households.is_some() {
                prop_assert_eq!((given.households, &given.households_origin), (place.households, &Origin::Counted));
            }
        }
    }
}

#[test]
#[ignore = "for the clock: cargo test --no-default-features --lib city -- --ignored --nocapture"]
fn two_hundred_thousand_places_take_part_in_ten_thousand_squares() {
    let shapes: Vec<MultiPolygon> = (0..200_000).map(|i| square(i % 500 * 20 + i % 7, i / 500 * 20, 12)).collect();
    let codes: Vec<String> = (0..shapes.len()).map(|i| i.to_string()).collect();
    let places: Vec<Place<'_>> =
        shapes.iter().zip(&codes).enumerate().map(|(i, (shape, code))| home(code, shape, 1 + i as u32 % 20)).collect();
    let areas: Vec<MultiPolygon> = (0..10_000).map(|i| square(i % 100 * 100, i / 100 * 80, 100)).collect();
    let sources: Vec<Source<'_>> =
        areas.iter().zip(&codes).enumerate().map(|(i, (shape, code))| source(code, shape, i as u32 % 300)).collect();
    let weighed = weigh(&places, &sources, &Settings::default());
    assert!(weighed.households.balances());
    assert_eq!(weighed.households.sources, weighed.households.shared);
}
