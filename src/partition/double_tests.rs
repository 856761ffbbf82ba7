//! Two counts at once, against every division of small regions.

use super::arithmetic::least_violation;
use super::exact_tests::every_division;
use super::lawful_tests::random_graph;
use super::score::{Rule, below, stream};
use super::size::Size;
use super::*;
use crate::plan::Attribute;

const HOUSEHOLDS: Band = Band { lower: 30, upper: 50 };
const PERSONS: Band = Band { lower: 70, upper: 130 };
const BOTH: Bands = Bands { main: HOUSEHOLDS, other: Some(PERSONS) };

fn case(case: u64, nodes: usize) -> (Graph, Vec<u32>, Vec<u32>) {
    let mut rng = stream(case, &[77]);
    let graph = random_graph(nodes, nodes / 2, &mut rng);
    let households: Vec<u32> = (0..nodes).map(|_| below(&mut rng, 28) as u32).collect();
    let persons = households.iter().map(|&n| n * (15 + below(&mut rng, 20) as u32) / 10).collect();
    (graph, households, persons)
}

fn double<'a>(graph: &'a Graph, households: &'a [u32], persons: &'a [u32], unit: &'a [u32]) -> Problem<'a> {
    Problem { other: Some(persons), bands: BOTH, ..Problem::new(graph, households, unit, HOUSEHOLDS) }
}

#[test]
fn up_to_nine_atoms_keep_to_two_bands_as_well_as_any_division_can() {
    for number in 0..60 {
        let (graph, households, persons) = case(number, 3 + number as usize % 7);
        let unit = vec![0; households.len()];
        let solution = partition(&double(&graph, &households, &persons, &unit), &Options::default(), &()).unwrap();
        let rule = Rule::new(BOTH, Infeasible::LeastViolation);
        let size = |nodes: &[u32]| {
            nodes.iter().map(|&node| Size::new(households[node as usize].into(), persons[node as usize].into())).sum()
        };
        let mut best = u64::MAX;
        every_division(&graph, &mut |grid| {
            let of = |wanted| {
                let nodes = (0..grid.len() as u32).filter(|&node| grid[node as usize] == wanted);
                rule.violation(size(&nodes.collect::<Vec<_>>()))
            };
            best = best.min((0..=*grid.iter().max().expect("a first atom")).map(of).sum());
        });
        let found: u64 = solution
            .assignment
            .members()
            .iter()
            .map(|atoms| rule.violation(size(&atoms.iter().map(|atom| atom.0).collect::<Vec<_>>())))
            .sum();
        assert_eq!(found, best, "case {number}");
        let told: Vec<_> = solution.outside.iter().map(|outside| outside.grid).collect();
        assert_eq!(told.is_empty(), best == 0, "case {number}: {told:?}");
    }
}

#[test]
fn the_arithmetic_of_two_counts_equals_a_count_over_all_numbers_of_grids() {
    let rule = Rule::new(BOTH, Infeasible::LeastViolation);
    let beyond = |total: u64, grids: u64, band: Band| {
        (grids * u64::from(band.lower)).saturating_sub(total).max(total.saturating_sub(grids * u64::from(band.upper)))
    };
    for total in 1..400 {
        for other in (1..1_000).step_by(7) {
            let slow = (1..60)
                .map(|grids| {
                    beyond(total, grids, HOUSEHOLDS) * rule.weight.main
                        + beyond(other, grids, PERSONS) * rule.weight.other
                })
                .min();
            assert_eq!(
                Some(least_violation(Size::new(total, other), rule)),
                slow,
                "{total} households, {other} persons"
            );
        }
    }
}

#[test]
fn counts_that_ask_for_different_numbers_of_grids_are_named_as_a_clash() {
    // 120 households want 3 or 4 grids, 700 persons 6 at least
    let graph = Graph::new(20, (1..20).map(|i| (AtomId(i - 1), AtomId(i), 1_000)));
    let solution = partition(&double(&graph, &[6; 20], &[35; 20], &[9; 20]), &Options::default(), &()).unwrap();
    let clash = Certificate::UnitClash { unit: 9, total: 120, other: 700 };
    assert_eq!(solution.outside.iter().filter(|outside| outside.certificate == clash).count(), 1, "{solution:?}");
    let reason = clash.reason(
        Counts { main: (Attribute::Households, HOUSEHOLDS), other: Some((Attribute::Population, PERSONS)) },
        |_| "u9",
        |_| "",
    );
    assert!(reason.to_english().contains("no number of grids serves both"), "{reason:?}");
}

#[test]
fn an_atom_with_too_many_persons_is_named_by_them() {
    let graph = Graph::new(3, (1..3).map(|i| (AtomId(i - 1), AtomId(i), 1_000)));
    let solution =
        partition(&double(&graph, &[40, 40, 40], &[90, 500, 90], &[0; 3]), &Options::default(), &()).unwrap();
    let over = Certificate::AtomOver { atom: AtomId(1), total: 500, by: Which::Other };
    assert_eq!(solution.outside.iter().map(|outside| outside.certificate).collect::<Vec<_>>(), [over]);
}

#[test]
fn a_second_band_without_a_second_count_is_refused() {
    let graph = Graph::new(2, [(AtomId(0), AtomId(1), 1)]);
    let problem = Problem { bands: BOTH, ..Problem::new(&graph, &[1, 1], &[0, 0], HOUSEHOLDS) };
    let refused = partition(&problem, &Options::default(), &()).unwrap_err();
    assert_eq!(refused, PartitionError::Other { given: 0, atoms: 2 });
}

#[test]
fn units_keep_to_bands_of_their_own() {
    let graph = Graph::new(40, (1..40).map(|i| (AtomId(i - 1), AtomId(i), 1_000)));
    let unit: Vec<u32> = (0..40).map(|i| i / 20).collect();
    let rural = Band { lower: 10, upper: 20 };
    let problem = Problem { unit_bands: &[(1, rural.into())], ..Problem::new(&graph, &[5; 40], &unit, HOUSEHOLDS) };
    let solution = partition(&problem, &Options::default(), &()).unwrap();
    assert!(solution.outside.is_empty());
    for atoms in solution.assignment.members() {
        let band = if unit[atoms[0].0 as usize] == 1 { rural } else { HOUSEHOLDS };
        assert_eq!(band.violation(5 * atoms.len() as u64), 0, "{atoms:?}");
    }
}
