//! Atoms kept apart that take more grids than there are people for.

use proptest::prelude::*;

use super::*;
use crate::plan::{Attribute, Reason};

fn row(atoms: u32) -> Graph {
    Graph::new(atoms as usize, (1..atoms).map(|i| (AtomId(i - 1), AtomId(i), 1_000)))
}

/// All pairs of these.
fn group(atoms: &[u32]) -> Vec<(AtomId, AtomId)> {
    let pairs = atoms.iter().enumerate().flat_map(|(i, &a)| atoms[i + 1..].iter().map(move |&b| (a, b)));
    pairs.map(|(a, b)| (AtomId(a), AtomId(b))).collect()
}

fn solve(graph: &Graph, size: &[u32], apart: &[(AtomId, AtomId)], band: Band) -> Solution {
    let unit = vec![7; size.len()];
    let terms = Terms { apart, ..Terms::NONE };
    let problem = Problem { terms, ..Problem::new(graph, size, &unit, band) };
    partition(&problem, &Options::default(), &()).unwrap()
}

fn told(solution: &Solution) -> Vec<Certificate> {
    let told = solution.outside.iter().map(|outside| outside.certificate);
    told.filter(|certificate| matches!(certificate, Certificate::Apart { .. })).collect()
}

#[test]
fn as_many_grids_as_the_people_do_not_fill_are_certified_and_no_more() {
    // 900 households fill three grids of 300, and four areas are to be apart
    let solution = solve(&row(9), &[100; 9], &group(&[0, 3, 5, 8]), Band::HOUSEHOLDS);
    assert_eq!(told(&solution), [Certificate::Apart { unit: 7, total: 900, grids: 4, by: Which::Main }]);
    let grids: std::collections::BTreeSet<_> =
        [0, 3, 5, 8].map(|atom| solution.assignment.grid_of(AtomId(atom))).into_iter().collect();
    assert_eq!(grids.len(), 4);
    // three of them are no trouble
    assert_eq!(solve(&row(9), &[100; 9], &group(&[0, 4, 8]), Band::HOUSEHOLDS).outside, []);
    // areas where nobody lives may be grids of their own without being outside
    let mut size = [100; 11];
    (size[0], size[10]) = (0, 0);
    assert_eq!(told(&solve(&row(11), &size, &group(&[0, 1, 5, 10]), Band::HOUSEHOLDS)), []);
}

#[test]
fn the_reason_says_how_many_stay_apart_and_what_they_have() {
    let solution = solve(&row(6), &[100; 6], &group(&[0, 2, 5]), Band::HOUSEHOLDS);
    let certificate = told(&solution)[0];
    let counts = Counts { main: (Attribute::Households, Band::HOUSEHOLDS), other: None };
    let reason = certificate.reason(counts, |_| "C", |_| "");
    assert_eq!(reason.kind(), "apart");
    assert!(matches!(&reason, Reason::Apart { total: 600, grids: 3, .. }), "{reason:?}");
    assert!(reason.to_english().starts_with("3 areas of C that stay apart"), "{}", reason.to_english());
    assert!(reason.to_chinese().contains("3 个地块须分属不同网格"), "{}", reason.to_chinese());
}

/// The fewest inhabited grids below `lower` in any contiguous division that keeps the pairs apart.
fn fewest_below(graph: &Graph, size: &[u32], apart: &[(AtomId, AtomId)], lower: u32) -> usize {
    fn walk(
        label: &mut Vec<u32>,
        (graph, size, apart, lower): (&Graph, &[u32], &[(AtomId, AtomId)], u32),
        best: &mut usize,
    ) {
        if label.len() < size.len() {
            for grid in 0..=label.iter().max().map_or(0, |most| most + 1) {
                label.push(grid);
                walk(label, (graph, size, apart, lower), best);
                label.pop();
            }
            return;
        }
        let grids = label.iter().max().map_or(0, |most| most + 1);
        let (_, pieces) = graph.components_by(|atom| label[atom as usize]);
        if pieces != grids || apart.iter().any(|&(a, b)| label[a.0 as usize] == label[b.0 as usize]) {
            return;
        }
        let sum = |grid| size.iter().zip(label.iter()).filter(|&(_, &here)| here == grid).map(|(size, _)| size).sum();
        let below = (0..grids).map(sum).filter(|&sum: &u32| sum > 0 && sum < lower).count();
        *best = below.min(*best);
    }
    let mut best = usize::MAX;
    walk(&mut Vec::new(), (graph, size, apart, lower), &mut best);
    best
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_more_grids_are_certified_than_every_division_leaves_below(
        size in proptest::collection::vec(0..5_u32, 4..8),
        chords in proptest::collection::vec((0..8_u32, 0..8_u32), 0..5),
        marked in proptest::collection::btree_set(0..8_u32, 2..6),
    ) {
        let atoms = size.len() as u32;
        let size: Vec<u32> = size.iter().map(|n| n * 100).collect();
        let chords = chords.into_iter().filter(|&(a, b)| a < atoms && b < atoms && a != b);
        let borders = (1..atoms).map(|i| (i - 1, i)).chain(chords);
        let graph = Graph::new(atoms as usize, borders.map(|(a, b)| (AtomId(a), AtomId(b), 1_000)));
        let marked: Vec<u32> = marked.into_iter().filter(|&atom| atom < atoms).collect();
        let apart = group(&marked);
        let solution = solve(&graph, &size, &apart, Band { lower: 300, upper: 500 });
        for &(a, b) in &apart {
            prop_assert!(solution.assignment.grid_of(a) != solution.assignment.grid_of(b));
        }
        prop_assert!(told(&solution).len() <= fewest_below(&graph, &size, &apart, 300));
    }
}
