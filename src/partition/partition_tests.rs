//! The room's guarantees against every division of small graphs, and as laws on random input.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use rand_pcg::Pcg64Mcg;

use super::coarsen::Region;
use super::division::Division;
use super::score::{Rule, below, penalty_of, stream};
use super::solve::Task;
use super::watch::Share;
use super::*;
use crate::plan::Attribute;

const BAND: Band = Band::HOUSEHOLDS;

pub(super) fn grid_graph(width: u32, height: u32) -> Graph {
    let at = |x: u32, y: u32| AtomId(y * width + x);
    let across = (0..height).flat_map(move |y| (1..width).map(move |x| (at(x - 1, y), at(x, y), 1_000)));
    let down = (1..height).flat_map(move |y| (0..width).map(move |x| (at(x, y - 1), at(x, y), 1_000)));
    Graph::new((width * height) as usize, across.chain(down))
}

/// A connected random graph: a random tree and some more borders.
pub(super) fn random_graph(nodes: usize, more: usize, rng: &mut Pcg64Mcg) -> Graph {
    let mut borders = Vec::new();
    for node in 1..nodes {
        let other = below(rng, node);
        borders.push((AtomId(node as u32), AtomId(other as u32), 100 + below(rng, 900) as u64));
    }
    for _ in 0..more {
        let (a, b) = (below(rng, nodes), below(rng, nodes));
        borders.push((AtomId(a as u32), AtomId(b as u32), 100 + below(rng, 900) as u64));
    }
    Graph::new(nodes, borders)
}

fn solve(graph: &Graph, size: &[u32], unit: &[u32], band: Band, options: Options) -> Solution {
    let solution = partition(&Problem::new(graph, size, unit, band), &options, &()).unwrap();
    assert_lawful(graph, size, unit, band, &solution);
    solution
}

/// Guarantees 1 and 4, read off the answer alone.
fn assert_lawful(graph: &Graph, size: &[u32], unit: &[u32], band: Band, solution: &Solution) {
    let grids = solution.assignment.grids();
    assert_eq!(grids.len(), graph.len());
    assert!(grids.iter().all(Option::is_some), "every atom is in a grid");
    let members = solution.assignment.members();
    for grid in &members {
        assert!(grid.iter().all(|atom| unit[atom.0 as usize] == unit[grid[0].0 as usize]), "a grid crosses units");
    }
    let (_, pieces) = graph.components_by(|atom| grids[atom as usize]);
    assert_eq!(pieces as usize, members.len(), "every grid is contiguous");
    let sum = |grid: &[AtomId]| grid.iter().map(|atom| u64::from(size[atom.0 as usize])).sum::<u64>();
    let expected: Vec<_> = members
        .iter()
        .enumerate()
        .filter(|(_, grid)| matches!(band.status(sum(grid)), crate::plan::Status::Under | crate::plan::Status::Over))
        .map(|(number, grid)| (number as u32, sum(grid)))
        .collect();
    let told: Vec<_> = solution.outside.iter().map(|outside| (outside.grid.0, outside.size)).collect();
    assert_eq!(told, expected, "each inhabited grid outside the band has its certificate");
    let (component, _) = graph.components_by(|atom| unit[atom as usize]);
    let mut inhabited: BTreeMap<u32, bool> = BTreeMap::new();
    for (atom, &part) in component.iter().enumerate() {
        *inhabited.entry(part).or_default() |= size[atom] > 0;
    }
    for grid in &members {
        assert!(sum(grid) > 0 || !inhabited[&component[grid[0].0 as usize]], "an empty grid in inhabited land");
    }
    for outside in &solution.outside {
        assert_true(graph, size, unit, band, &members[outside.grid.0 as usize], outside);
    }
}

/// A certificate against the input it speaks of.
fn assert_true(graph: &Graph, size: &[u32], unit: &[u32], band: Band, grid: &[AtomId], outside: &Outside) {
    let here = grid[0].0;
    let (component, _) = graph.components_by(|atom| unit[atom as usize]);
    let total_where = |keep: &dyn Fn(usize) -> bool| {
        (0..size.len()).filter(|&atom| keep(atom)).map(|atom| u64::from(size[atom])).sum::<u64>()
    };
    let part_total = total_where(&|atom| component[atom] == component[here as usize]);
    let unit_total = total_where(&|atom| unit[atom] == unit[here as usize]);
    match outside.certificate {
        Certificate::UnitBelow { total, .. } => assert!(total == unit_total && total < u64::from(band.lower)),
        Certificate::UnitGap { total, .. } => assert!(total == unit_total && !band.divides(total)),
        Certificate::PartBelow { total, .. } => {
            assert!(total == part_total && part_total < unit_total && total < u64::from(band.lower));
        }
        Certificate::PartGap { total, .. } => {
            assert!(total == part_total && part_total < unit_total && !band.divides(total));
        }
        Certificate::AtomOver { atom, total, .. } => {
            assert!(grid.contains(&atom) && u64::from(size[atom.0 as usize]) == total && total > u64::from(band.upper));
        }
        Certificate::Pocket { total, .. } => {
            let over = |atom: u32| size[atom as usize] > band.upper;
            let (pocket, _) = graph.components_by(|atom| (unit[atom as usize], over(atom)));
            assert_eq!(total, total_where(&|atom| pocket[atom] == pocket[here as usize]));
            assert!(!over(here) && !band.divides(total));
        }
        Certificate::DeadEnd { atom, total } => {
            let apart = |node: u32| (unit[node as usize], node == atom.0);
            let (part, _) = graph.components_by(apart);
            let mut parts: BTreeMap<u32, u64> = BTreeMap::new();
            for node in
                (0..size.len()).filter(|&node| component[node] == component[atom.0 as usize] && node != atom.0 as usize)
            {
                *parts.entry(part[node]).or_default() += u64::from(size[node]);
            }
            let give = |total: u64| (0..=total).find(|&given| band.divides(total - given)).expect("all can be given");
            // a part with an atom over the band has its own reason and may be left out of the sum
            let over = |wanted: u32| (0..size.len()).any(|node| part[node] == wanted && size[node] > band.upper);
            let hanging = || parts.iter().filter(|&(&part, &total)| give(total) > 0 && !over(part));
            assert_eq!(total, hanging().map(|(_, total)| total).sum::<u64>());
            let need = u64::from(size[atom.0 as usize]) + hanging().map(|(_, &total)| give(total)).sum::<u64>();
            assert!(need > u64::from(band.upper), "{need} fits with {atom:?}");
        }
        Certificate::Stranded { atom, total } => {
            assert!(grid.contains(&atom) && total == outside.size);
            let sets = if graph.len() <= 12 { 1u32 << graph.len() } else { 0 };
            for set in (0..sets).filter(|set| set >> atom.0 & 1 == 1) {
                let within = |node: u32| set >> node & 1 == 1 && unit[node as usize] == unit[here as usize];
                let (piece, _) = graph.components_by(within);
                let around = |node: usize| within(node as u32) && piece[node] == piece[atom.0 as usize];
                let sum = total_where(&around);
                assert!(sum == 0 || band.violation(sum) > 0, "{set:b} around {atom:?} is within the band");
            }
        }
        Certificate::Exhausted { total, .. } | Certificate::NotProven { total, .. } => assert_eq!(total, outside.size),
        other => panic!("one count without terms cannot give {other:?}"),
    }
}

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

#[test]
fn odd_input_is_answered_not_panicked_at() {
    let giant = u32::MAX;
    let star = Graph::new(200, (1..200).map(|leaf| (AtomId(0), AtomId(leaf), 1)));
    let long = Graph::new(200, (1..200).map(|node| (AtomId(node - 1), AtomId(node), u64::from(u32::MAX) << 20)));
    let alone = Graph::new(100, []);
    let bands = [(1, 1), (0, 1), (300, 500), (500, 500), (0, giant), (giant, giant), (1, 1_000_000)];
    for graph in [&Graph::new(0, []), &star, &long, &alone, &grid_graph(15, 15)] {
        let nodes = graph.len();
        let mixed = (0..nodes as u32).map(|node| [0, 1, 700, giant, 99, 250][node as usize % 6]).collect();
        for size in [vec![0; nodes], vec![1; nodes], vec![giant; nodes], vec![200; nodes], mixed] {
            for (lower, upper) in bands {
                for infeasible in [Infeasible::LeastViolation, Infeasible::FewestOutside] {
                    let options = Options { seed: 3, infeasible, moves: 5 };
                    solve(graph, &size, &vec![0; nodes], Band { lower, upper }, options);
                }
            }
        }
    }
}

#[test]
fn wrong_lengths_and_bands_are_refused() {
    let graph = grid_graph(2, 1);
    let problem = Problem::new(&graph, &[1], &[0, 0], BAND);
    let refused = partition(&problem, &Options::default(), &());
    assert_eq!(refused, Err(PartitionError::Lengths { graph: 2, sizes: 1, units: 2 }));
    let crossed = Problem { size: &[1, 1], bands: Band { lower: 5, upper: 4 }.into(), ..problem };
    let refused = partition(&crossed, &Options::default(), &());
    assert_eq!(refused, Err(PartitionError::Band(BandError::Crossed { lower: 5, upper: 4 })));
}

/// Cancels after so many questions; keeps the most atoms reported.
struct Stop(AtomicU64, AtomicU64);

impl Progress for Stop {
    fn report(&self, done_atoms: u64, _: u64) {
        self.1.fetch_max(done_atoms, Ordering::Relaxed);
    }
    fn cancelled(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) == 0
    }
}

#[test]
fn a_cancelled_run_stops_and_a_whole_one_reports_every_atom() {
    let graph = grid_graph(20, 20);
    let problem = Problem::new(&graph, &[50; 400], &[0; 400], BAND);
    for asked in [0, 1, 5] {
        let stop = Stop(AtomicU64::new(asked), AtomicU64::new(0));
        assert_eq!(partition(&problem, &Options::default(), &stop), Err(PartitionError::Cancelled));
    }
    let go = Stop(AtomicU64::new(u64::MAX), AtomicU64::new(0));
    partition(&problem, &Options::default(), &go).unwrap();
    assert_eq!(go.1.into_inner(), 400);
}

#[test]
fn the_same_seed_gives_the_same_grids_at_one_thread_and_two() {
    let graph = grid_graph(60, 60);
    let mut rng = stream(4, &[]);
    let size: Vec<u32> = (0..3_600).map(|_| below(&mut rng, 300) as u32).collect();
    let unit: Vec<u32> = (0..3_600).map(|atom| atom % 60 / 20).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = Options { moves: 10, ..Options::default() };
        pool.install(|| solve(&graph, &size, &unit, BAND, options))
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(2));
}

#[test]
fn a_part_of_many_territories_is_the_same_at_one_thread_and_two() {
    let graph = grid_graph(90, 80);
    let mut rng = stream(6, &[]);
    let size: Vec<u32> = (0..7_200).map(|_| below(&mut rng, 60) as u32).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = Options { moves: 10, ..Options::default() };
        pool.install(|| solve(&graph, &size, &vec![0; 7_200], BAND, options))
    };
    let one = run(1);
    assert_eq!(one.outside, []);
    assert_eq!(one, run(2));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_input_is_divided_lawfully_and_the_same_again(
        seed in any::<u64>(),
        nodes in 1usize..90,
        more in 0usize..120,
        units in 1u32..5,
        most in prop::sample::select(vec![3usize, 80, 400, 1_200]),
        cut in 0u32..4,
        fewest in any::<bool>(),
    ) {
        let mut rng = stream(seed, &[5]);
        let whole = random_graph(nodes, more, &mut rng);
        // some borders taken out, so that units fall into parts
        let graph = Graph::new(
            nodes,
            whole.borders().filter(|_| below(&mut rng, 10) >= cut as usize).map(|(a, b, mm)| (AtomId(a), AtomId(b), mm)),
        );
        let size: Vec<u32> =
            (0..nodes).map(|_| if below(&mut rng, 4) == 0 { 0 } else { below(&mut rng, most) as u32 }).collect();
        let unit: Vec<u32> = (0..nodes).map(|_| below(&mut rng, units as usize) as u32 * 7).collect();
        let infeasible = if fewest { Infeasible::FewestOutside } else { Infeasible::LeastViolation };
        let options = Options { seed, infeasible, moves: 20 };
        let first = solve(&graph, &size, &unit, BAND, options);
        prop_assert_eq!(&first, &solve(&graph, &size, &unit, BAND, options));
    }

    #[test]
    fn renaming_the_atoms_keeps_the_least_violation_of_small_units(seed in any::<u64>()) {
        let mut rng = stream(seed, &[6]);
        let nodes = 20;
        let graph = random_graph(nodes, 10, &mut rng);
        let size: Vec<u32> = (0..nodes).map(|_| below(&mut rng, 300) as u32).collect();
        let unit: Vec<u32> = (0..nodes as u32).map(|atom| atom / 10).collect();
        let mut renamed: Vec<u32> = (0..nodes as u32).collect();
        score::shuffle(&mut renamed, &mut rng);
        let shuffled = Graph::new(
            nodes,
            graph.borders().map(|(a, b, mm)| (AtomId(renamed[a as usize]), AtomId(renamed[b as usize]), mm)),
        );
        let (mut shuffled_size, mut shuffled_unit) = (vec![0; nodes], vec![0; nodes]);
        for atom in 0..nodes {
            shuffled_size[renamed[atom] as usize] = size[atom];
            shuffled_unit[renamed[atom] as usize] = unit[atom];
        }
        let violation = |solution: &Solution| {
            (solution.outside.len(), solution.outside.iter().map(|outside| BAND.violation(outside.size)).sum::<u64>())
        };
        let first = solve(&graph, &size, &unit, BAND, Options::default());
        let second = solve(&shuffled, &shuffled_size, &shuffled_unit, BAND, Options::default());
        prop_assert_eq!(violation(&first), violation(&second));
    }
}
