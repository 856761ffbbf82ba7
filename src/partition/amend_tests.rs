//! Minimal change: a standing plan under new counts.

use proptest::prelude::*;

use super::score::{below, stream};
use super::*;
use crate::plan::Attribute;

/// A town of `side`² atoms with borders about 100 m long, households 10 to 70 an atom.
pub(super) fn town(side: u32, seed: u64) -> (Graph, Vec<u32>) {
    let mut rng = stream(seed, &[9]);
    let at = |x: u32, y: u32| AtomId(y * side + x);
    let mut borders = Vec::new();
    for y in 0..side {
        for x in 0..side {
            if x > 0 {
                borders.push((at(x - 1, y), at(x, y), 60_000 + below(&mut rng, 80_000) as u64));
            }
            if y > 0 {
                borders.push((at(x, y - 1), at(x, y), 60_000 + below(&mut rng, 80_000) as u64));
            }
        }
    }
    let households = (0..side * side).map(|_| 10 + below(&mut rng, 61) as u32).collect();
    (Graph::new((side * side) as usize, borders), households)
}

/// Every atom times 0.85 to 1.2, and in 2 of 100 a new house.
fn drift(households: &[u32], seed: u64) -> Vec<u32> {
    let mut rng = stream(seed, &[8]);
    households
        .iter()
        .map(|&n| {
            let grown = n * (850 + below(&mut rng, 351) as u32) / 1000;
            if below(&mut rng, 50) == 0 { grown + 60 + below(&mut rng, 120) as u32 } else { grown }
        })
        .collect()
}

fn border_mm(graph: &Graph, plan: &Assignment) -> u64 {
    let cut = graph.borders().filter(|&(a, b, _)| plan.grid_of(AtomId(a)) != plan.grid_of(AtomId(b)));
    cut.map(|(_, _, mm)| mm).sum()
}

fn labels(plan: &Assignment) -> Vec<Option<u32>> {
    plan.grids().iter().map(|grid| grid.map(|grid| grid.0)).collect()
}

fn amended(graph: &Graph, households: &[u32], standing: &[Option<u32>], moved_mm: u64) -> Solution {
    let unit = vec![0; households.len()];
    let standing = Some(Standing { grid: standing, moved_mm });
    let problem = Problem { standing, ..Problem::new(graph, households, &unit, Band::HOUSEHOLDS) };
    partition(&problem, &Options::default(), &()).unwrap()
}

fn fresh(graph: &Graph, households: &[u32]) -> Solution {
    partition(&Problem::new(graph, households, &vec![0; households.len()], Band::HOUSEHOLDS), &Options::default(), &())
        .unwrap()
}

#[test]
fn a_plan_whose_counts_did_not_change_stays_as_it_is_when_moving_is_dear() {
    let (graph, households) = town(20, 1);
    let standing = fresh(&graph, &households).assignment;
    let after = amended(&graph, &households, &labels(&standing), 1 << 20);
    assert_eq!(after.assignment, standing);
    assert_eq!(after.kept.map(|kept| (kept.moved, kept.moved_at_least)), Some((0, 0)));
}

#[test]
fn after_a_year_every_grid_is_in_the_band_again_and_nearly_all_stay() {
    let (graph, households) = town(32, 2);
    let standing = labels(&fresh(&graph, &households).assignment);
    let now = drift(&households, 3);
    let after = amended(&graph, &now, &standing, 2_000);
    assert_eq!(after.outside, []);
    let kept = after.kept.unwrap();
    assert_eq!(kept.stayed + kept.moved, now.iter().map(|&n| u64::from(n)).sum::<u64>());
    assert!(kept.moved >= kept.moved_at_least);
    assert!(kept.stayed * 100 >= (kept.stayed + kept.moved) * 90, "{kept:?}");
    let anew = fresh(&graph, &now).assignment;
    assert!(border_mm(&graph, &after.assignment) * 100 <= border_mm(&graph, &anew) * 110);
}

#[test]
fn locked_grids_stay_and_what_they_leave_is_divided() {
    let (graph, households) = town(14, 4);
    let standing = fresh(&graph, &households).assignment;
    let keep = standing.grid_of(AtomId(40)).unwrap();
    let locked: Vec<Option<u32>> = standing.grids().iter().map(|&grid| (grid == Some(keep)).then_some(7)).collect();
    let unit = vec![0; households.len()];
    let terms = Terms { locked: Some(&locked), ..Terms::NONE };
    let problem = Problem { terms, ..Problem::new(&graph, &households, &unit, Band::HOUSEHOLDS) };
    for seed in 0..4 {
        let solution = partition(&problem, &Options { seed, ..Options::default() }, &()).unwrap();
        let here = solution.assignment.grid_of(AtomId(40));
        for (grid, lock) in solution.assignment.grids().iter().zip(&locked) {
            assert_eq!(*grid == here, lock.is_some());
        }
    }
}

#[test]
fn a_residue_that_locks_leave_is_said_to_be_one() {
    let graph = Graph::new(9, (1..9).map(|i| (AtomId(i - 1), AtomId(i), 1_000)));
    let locked = [Some(1), Some(1), Some(1), Some(1), None, Some(2), Some(2), Some(2), Some(2)];
    let terms = Terms { locked: Some(&locked), ..Terms::NONE };
    let problem = Problem { terms, ..Problem::new(&graph, &[100; 9], &[3; 9], Band::HOUSEHOLDS) };
    let solution = partition(&problem, &Options::default(), &()).unwrap();
    let told: Vec<_> = solution.outside.iter().map(|outside| outside.certificate).collect();
    assert_eq!(told, [Certificate::Residue { unit: 3, total: 100 }]);
    let counts = Counts { main: (Attribute::Households, Band::HOUSEHOLDS), other: None };
    assert!(told[0].reason(counts, |_| "u", |_| "").to_chinese().contains("锁定"));
}

#[test]
fn atoms_that_stay_together_are_never_divided() {
    let (graph, households) = town(12, 5);
    let unit = vec![0; households.len()];
    let together = [vec![AtomId(0), AtomId(1), AtomId(2), AtomId(14)], vec![AtomId(2), AtomId(3)]];
    let terms = Terms { together: &together, ..Terms::NONE };
    let problem = Problem { terms, ..Problem::new(&graph, &households, &unit, Band::HOUSEHOLDS) };
    for seed in 0..6 {
        let plan = partition(&problem, &Options { seed, ..Options::default() }, &()).unwrap().assignment;
        for atom in [1, 2, 3, 14] {
            assert_eq!(plan.grid_of(AtomId(atom)), plan.grid_of(AtomId(0)), "atom {atom}");
        }
        let (_, pieces) = graph.components_by(|atom| plan.grid_of(AtomId(atom)));
        assert_eq!(pieces as usize, plan.grid_count());
    }
}

#[test]
fn pairs_that_stay_apart_are_never_in_one_grid() {
    let (graph, households) = town(14, 6);
    let unit = vec![0; households.len()];
    let free = fresh(&graph, &households);
    // neighbours that share a grid when nobody asks
    let mut apart = Vec::new();
    for (a, b, _) in graph.borders().step_by(9) {
        if free.assignment.grid_of(AtomId(a)) == free.assignment.grid_of(AtomId(b)) {
            apart.push((AtomId(a), AtomId(b)));
        }
    }
    assert!(apart.len() > 10);
    let terms = Terms { apart: &apart, ..Terms::NONE };
    let problem = Problem { terms, ..Problem::new(&graph, &households, &unit, Band::HOUSEHOLDS) };
    for seed in 0..3 {
        let solution = partition(&problem, &Options { seed, ..Options::default() }, &()).unwrap();
        let plan = &solution.assignment;
        for &(a, b) in &apart {
            assert_ne!(plan.grid_of(a), plan.grid_of(b), "{a:?} and {b:?}");
        }
        let (_, pieces) = graph.components_by(|atom| plan.grid_of(AtomId(atom)));
        assert_eq!(pieces as usize, plan.grid_count());
        assert!(solution.outside.len() <= 2, "{:?}", solution.outside);
    }
}

#[test]
fn terms_that_contradict_are_refused_by_name() {
    let graph = Graph::new(4, [(AtomId(0), AtomId(1), 5), (AtomId(1), AtomId(2), 5), (AtomId(2), AtomId(3), 5)]);
    let refused = |terms: Terms<'_>, unit: &[u32]| {
        let problem = Problem { terms, ..Problem::new(&graph, &[9; 4], unit, Band::HOUSEHOLDS) };
        match partition(&problem, &Options::default(), &()) {
            Err(PartitionError::Terms(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let locks = |locked| Terms { locked: Some(locked), ..Terms::NONE };
    let pair = |a, b| vec![vec![AtomId(a), AtomId(b)]];
    assert_eq!(refused(locks(&[None; 3]), &[0; 4]), TermsError::Locks { given: 3, atoms: 4 });
    let across = refused(locks(&[Some(5), Some(5), None, None]), &[0, 1, 1, 1]);
    assert_eq!(across, TermsError::LockAcross { grid: 5, units: (0, 1) });
    let group = |together: &[Vec<AtomId>], unit: &[u32]| refused(Terms { together, ..Terms::NONE }, unit);
    assert_eq!(group(&pair(0, 2), &[0; 4]), TermsError::TogetherApart { atoms: (AtomId(0), AtomId(2)) });
    assert_eq!(group(&pair(0, 1), &[0, 1, 1, 1]), TermsError::TogetherAcross { atoms: (AtomId(0), AtomId(1)) });
    assert!(matches!(group(&pair(0, 9), &[0; 4]), TermsError::NoAtom { group: 0, .. }));
    let parted = Terms { together: &pair(0, 1), apart: &[(AtomId(1), AtomId(0))], ..Terms::NONE };
    assert_eq!(refused(parted, &[0; 4]), TermsError::ApartTogether { atoms: (AtomId(1), AtomId(0)) });
    let twice = Terms { apart: &[(AtomId(1), AtomId(1))], ..Terms::NONE };
    assert!(matches!(refused(twice, &[0; 4]), TermsError::NoPair { pair: 0, .. }));
    let both = Terms { locked: Some(&[Some(1), None, None, None]), together: &pair(0, 1), ..Terms::NONE };
    assert_eq!(refused(both, &[0; 4]), TermsError::TogetherLocked { atoms: (AtomId(0), AtomId(1)) });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Never worse than the plan it started from, by violation and then by border and people moved.
    #[test]
    fn a_plan_is_never_worse_than_the_one_it_started_from(seed in any::<u64>(), moved_mm in 0..20_000u64) {
        let (graph, households) = town(9, seed);
        let standing = fresh(&graph, &households).assignment;
        let now = drift(&households, seed ^ 5);
        let violation = |plan: &Assignment| -> u64 {
            let sum = |atoms: &Vec<AtomId>| atoms.iter().map(|atom| u64::from(now[atom.0 as usize])).sum();
            plan.members().iter().map(|atoms| Band::HOUSEHOLDS.violation(sum(atoms))).sum()
        };
        let after = amended(&graph, &now, &labels(&standing), moved_mm);
        let (old, new) = (violation(&standing), violation(&after.assignment));
        prop_assert!(new <= old);
        if new == old {
            let price = |kept: Option<Kept>| kept.map_or(0, |kept| kept.moved) * moved_mm;
            let cost = border_mm(&graph, &after.assignment) + price(after.kept);
            prop_assert!(cost <= border_mm(&graph, &standing), "{cost}");
        }
        let (_, pieces) = graph.components_by(|atom| after.assignment.grid_of(AtomId(atom)));
        prop_assert_eq!(pieces as usize, after.assignment.grid_count());
    }
}
