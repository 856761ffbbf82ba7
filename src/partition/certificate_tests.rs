//! Places where nothing else is possible, and what is said of them.

use super::lawful_tests::{BAND, grid_graph, solve};
use super::score::{below, stream};
use super::*;
use crate::plan::Attribute;

#[test]
fn an_easy_town_has_every_grid_in_the_band_for_every_seed() {
    let graph = grid_graph(24, 20);
    let mut rng = stream(9, &[]);
    let size: Vec<u32> = (0..480).map(|_| 20 + below(&mut rng, 60) as u32).collect();
    for seed in 0..4 {
        let solution = solve(&graph, &size, &[0; 480], BAND, Options { seed, ..Options::default() });
        assert_eq!(solution.outside, []);
    }
}

#[test]
fn a_tower_over_the_band_is_named_and_stands_alone() {
    let graph = grid_graph(10, 10);
    let mut size = vec![50; 100];
    size[44] = 700;
    let solution = solve(&graph, &size, &[0; 100], BAND, Options::default());
    let [outside] = solution.outside[..] else { panic!("{:?}", solution.outside) };
    assert_eq!(
        (outside.size, outside.certificate),
        (700, Certificate::AtomOver { atom: AtomId(44), total: 700, by: Which::Main })
    );
}

#[test]
fn a_pocket_behind_a_tower_says_so() {
    // 250 people behind a tower: their own grid is 50 short, the tower's would be 250 more over
    let graph = Graph::new(4, [(0, 1), (1, 2), (2, 3)].map(|(a, b)| (AtomId(a), AtomId(b), 1_000)));
    let solution = solve(&graph, &[250, 600, 200, 200], &[0; 4], BAND, Options::default());
    let kinds: Vec<_> = solution.outside.iter().map(|outside| (outside.size, outside.certificate)).collect();
    let tower = Certificate::AtomOver { atom: AtomId(1), total: 600, by: Which::Main };
    assert_eq!(kinds, [(250, Certificate::Pocket { unit: 0, total: 250 }), (600, tower)]);
}

#[test]
fn an_atom_with_no_lawful_group_around_it_is_named() {
    // 299 at the end of a street behind 490: 299 alone is short, both together are over; the rest divides well
    let graph = Graph::new(70, (1..70).map(|node| (AtomId(node - 1), AtomId(node), 1_000)));
    let mut size = vec![100; 70];
    (size[0], size[1]) = (299, 490);
    let solution = solve(&graph, &size, &[0; 70], BAND, Options::default());
    let [outside] = solution.outside[..] else { panic!("{:?}", solution.outside) };
    assert_eq!((outside.size, outside.certificate), (299, Certificate::Stranded { atom: AtomId(0), total: 299 }));
}

#[test]
fn a_dead_end_that_neither_is_a_grid_nor_fits_with_its_way_out_is_named() {
    // 100 and 100 behind 400: by themselves they are 100 short, with it they are 100 over; either of them would fit
    let street = (1..70).map(|node| (AtomId(node - 1), AtomId(node), 1_000));
    let graph = Graph::new(70, street.chain([(AtomId(0), AtomId(2), 1_000)]));
    let mut size = vec![100; 70];
    size[2] = 400;
    let solution = solve(&graph, &size, &[0; 70], BAND, Options::default());
    let [outside] = solution.outside[..] else { panic!("{:?}", solution.outside) };
    assert_eq!((outside.size, outside.certificate), (600, Certificate::DeadEnd { atom: AtomId(2), total: 200 }));
}

#[test]
fn units_and_parts_below_or_between_the_bounds_are_told_apart() {
    // unit 7: one part of 200; unit 8: one of 550; unit 9: an island of 100, one of 550 and an empty one
    let graph = Graph::new(6, [(AtomId(1), AtomId(2), 1_000)]);
    let size = [200, 250, 300, 100, 550, 0];
    let solution = solve(&graph, &size, &[7, 8, 8, 9, 9, 9], BAND, Options::default());
    let certificates: Vec<_> = solution.outside.iter().map(|outside| outside.certificate).collect();
    assert_eq!(
        certificates,
        [
            Certificate::UnitBelow { unit: 7, total: 200, by: Which::Main },
            Certificate::UnitGap { unit: 8, total: 550, by: Which::Main },
            Certificate::PartBelow { unit: 9, total: 100, by: Which::Main },
            Certificate::AtomOver { atom: AtomId(4), total: 550, by: Which::Main },
        ]
    );
    assert_eq!(solution.assignment.grid_count(), 5);
    let counts = Counts { main: (Attribute::Households, BAND), other: None };
    let reason = certificates[3].reason(counts, |_| "unit", |_| "tower 3");
    assert_eq!(reason, crate::plan::Reason::AtomOver { atom: "tower 3".into(), total: 550, band: BAND, of: None });
}

#[test]
fn fewest_outside_takes_one_bad_grid_where_least_violation_takes_two_small_ones() {
    // a star of three arms one short of the band, round a middle of 1: it can mend one of them
    let graph = Graph::new(4, [1, 2, 3].map(|arm| (AtomId(0), AtomId(arm), 1_000)));
    let size = [1, 299, 299, 299];
    let count = |infeasible| {
        let solution = solve(&graph, &size, &[0; 4], BAND, Options { infeasible, ..Options::default() });
        let violation: u64 = solution.outside.iter().map(|outside| BAND.violation(outside.size)).sum();
        (solution.outside.len(), violation)
    };
    assert_eq!(count(Infeasible::LeastViolation), (2, 2));
    assert_eq!(count(Infeasible::FewestOutside), (1, 398));
}

#[test]
fn an_uninhabited_unit_is_one_grid_and_not_outside() {
    let solution = solve(&grid_graph(5, 5), &[0; 25], &[0; 25], BAND, Options::default());
    assert_eq!((solution.assignment.grid_count(), solution.outside.len()), (1, 0));
}
