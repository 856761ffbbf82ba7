//! The searches against every division of small graphs.

use std::collections::{BTreeMap, HashSet};

use super::coarsen::Region;
use super::division::Division;
use super::lawful_tests::{BAND, random_graph, solve};
use super::score::{Rule, below, penalty_of, stream};
use super::size::Size;
use super::solve::Task;
use super::watch::Share;
use super::*;

/// (violation, outside, border) of an assignment, or the first two exchanged.
fn measure(graph: &Graph, size: &[u32], grid: &[u32], band: Band, infeasible: Infeasible) -> (u64, u64, u64) {
    let mut sum: BTreeMap<u32, u64> = BTreeMap::new();
    for (atom, &here) in grid.iter().enumerate() {
        *sum.entry(here).or_default() += u64::from(size[atom]);
    }
    let violations = sum.values().map(|&sum| if sum == 0 { band.lower.max(1).into() } else { band.violation(sum) });
    let (violation, outside) = violations.fold((0, 0), |(all, count), one| (all + one, count + u64::from(one > 0)));
    let cut = graph.borders().filter(|&(a, b, _)| grid[a as usize] != grid[b as usize]).map(|(_, _, mm)| mm).sum();
    match infeasible {
        Infeasible::LeastViolation => (violation, outside, cut),
        Infeasible::FewestOutside => (outside, violation, cut),
    }
}

/// The best of all divisions.
fn brute_force(graph: &Graph, size: &[u32], band: Band, infeasible: Infeasible) -> (u64, u64, u64) {
    let mut best = (u64::MAX, u64::MAX, u64::MAX);
    every_division(graph, &mut |grid| best = best.min(measure(graph, size, grid, band, infeasible)));
    best
}

/// Every division of a small graph into contiguous grids.
pub(super) fn every_division(graph: &Graph, see: &mut dyn FnMut(&[u32])) {
    let mut grid = vec![0u32; graph.len()];
    loop {
        let grids = grid.iter().collect::<HashSet<_>>().len() as u32;
        if graph.components_by(|atom| grid[atom as usize]).1 == grids {
            see(&grid);
        }
        let Some(at) = (1..grid.len()).rev().find(|&at| grid[at] <= *grid[..at].iter().max().expect("a first atom"))
        else {
            return;
        };
        grid[at] += 1;
        grid[at + 1..].fill(0);
    }
}

fn small_case(case: u64, infeasible: Infeasible) -> (Graph, Vec<u32>, Band, Infeasible) {
    let mut rng = stream(case, &[1]);
    let nodes = 1 + below(&mut rng, 9);
    let more = below(&mut rng, nodes + 1);
    let graph = random_graph(nodes, more, &mut rng);
    let most = [60, 200, 400, 700][below(&mut rng, 4)];
    let mut size: Vec<u32> = (0..nodes).map(|_| below(&mut rng, most) as u32).collect();
    for size in &mut size {
        if below(&mut rng, 5) == 0 {
            *size = 0;
        }
    }
    size[0] = size[0].max(1);
    (graph, size, BAND, infeasible)
}

#[test]
fn up_to_nine_atoms_equal_brute_force_over_all_divisions() {
    for case in 0..240 {
        let infeasible = if case % 2 == 0 { Infeasible::LeastViolation } else { Infeasible::FewestOutside };
        let (graph, size, band, infeasible) = small_case(case, infeasible);
        let options = Options { infeasible, ..Options::default() };
        let solution = solve(&graph, &size, &vec![0; size.len()], band, options);
        let grid: Vec<u32> = solution.assignment.grids().iter().map(|grid| grid.unwrap().0).collect();
        let found = measure(&graph, &size, &grid, band, infeasible);
        assert_eq!(found, brute_force(&graph, &size, band, infeasible), "case {case}: {size:?}");
    }
}

#[test]
fn the_lower_bound_is_never_above_brute_force() {
    for case in 0..240 {
        let infeasible = if case % 2 == 0 { Infeasible::LeastViolation } else { Infeasible::FewestOutside };
        let (graph, size, band, infeasible) = small_case(case, infeasible);
        let region =
            Region { graph: graph.clone(), size: size.iter().map(|&size| Size::new(size.into(), 0)).collect() };
        let rule = Rule::new(band.into(), infeasible);
        let bound = arithmetic::bound(&region, rule);
        let best = brute_force(&graph, &size, band, infeasible);
        let (violation, outside) =
            if infeasible == Infeasible::LeastViolation { (best.0, best.1) } else { (best.1, best.0) };
        assert!(bound.violation <= violation, "case {case}: {bound:?} {best:?}");
        assert!(solve::goal(&region, rule, &bound) <= rule.pack(violation, outside), "case {case}: {best:?}");
        assert!(bound.outside <= outside || violation > bound.violation, "case {case}: {bound:?} {best:?}");
    }
}

#[test]
fn the_covering_search_equals_the_search_over_all_subsets() {
    for case in 0..120 {
        let infeasible = if case % 2 == 0 { Infeasible::LeastViolation } else { Infeasible::FewestOutside };
        let mut rng = stream(case, &[2]);
        let nodes = 2 + below(&mut rng, exact::MOST_NODES - 1);
        let graph = random_graph(nodes, nodes, &mut rng);
        let most = [90, 300, 600][below(&mut rng, 3)];
        let size = (0..nodes).map(|_| Size::new(1 + below(&mut rng, most) as u64, 0)).collect();
        let region = Region { graph, size };
        let rule = Rule::new(BAND.into(), infeasible);
        let known = vec![0; nodes];
        let covered = cover::divide(&region, rule, &known, 10_000_000).expect("few nodes take few steps");
        let all = exact::divide(&region, rule);
        assert_eq!(
            Division::new(&region, covered).score(rule),
            Division::new(&region, all).score(rule),
            "case {case}: {region:?}"
        );
    }
}

/// How good the multilevel search is by itself, where the exact ones can judge it.
#[test]
fn the_multilevel_search_finds_the_least_violation_of_nearly_all_small_regions() {
    let mut equal = 0;
    let cases = 100;
    for case in 0..cases {
        let mut rng = stream(case, &[3]);
        let nodes = 8 + below(&mut rng, 5);
        let graph = random_graph(nodes, nodes, &mut rng);
        let size = (0..nodes).map(|_| Size::new(20 + below(&mut rng, 200) as u64, 0)).collect();
        let region = Region { graph, size };
        let rule = Rule::new(BAND.into(), Infeasible::LeastViolation);
        let bound = arithmetic::bound(&region, rule);
        let task = Task { seed: case, unit: 0, part: 0, moves: 200 };
        let goal = solve::goal(&region, rule, &bound);
        let found = solve::search(&region, rule, goal, task, 0..8, &Share::new(&Watch::new(&(), 0), 0)).unwrap();
        let best = exact::divide(&region, rule);
        let score = |grid: Vec<u32>| penalty_of(Division::new(&region, grid).score(rule));
        let (found, best) = (score(found), score(best));
        assert!(found >= best);
        equal += u64::from(found == best);
    }
    assert!(equal >= cases - 3, "only {equal} of {cases}");
}
