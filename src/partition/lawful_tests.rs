//! What every division keeps to, read off the answer alone, as laws on random and odd input.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use rand_pcg::Pcg64Mcg;

use super::score::{below, stream};
use super::*;

pub(super) const BAND: Band = Band::HOUSEHOLDS;

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

pub(super) fn solve(graph: &Graph, size: &[u32], unit: &[u32], band: Band, options: Options) -> Solution {
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
