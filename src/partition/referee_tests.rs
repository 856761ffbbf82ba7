//! The engine against a referee that knows nothing of it: every set of atoms that could be a grid, and the best choice
//! of such sets, on neighbourhoods cut out of larger maps.

use std::collections::HashMap;

use rand_pcg::Pcg64Mcg;

use super::partition_tests::{grid_graph, random_graph};
use super::score::{below, shuffle, stream};
use super::*;

const BAND: Band = Band::HOUSEHOLDS;
/// Sets the referee looks at before it says nothing.
const MOST_SETS: usize = 60_000;

/// A connected neighbourhood of `nodes` atoms of a map, with sizes that make two to five grids.
fn neighbourhood(map: &Graph, nodes: usize, rng: &mut Pcg64Mcg) -> (Graph, Vec<u32>) {
    let mut chosen = vec![below(rng, map.len()) as u32];
    while chosen.len() < nodes {
        let mut beside: Vec<u32> =
            chosen.iter().flat_map(|&node| map.neighbours(node).map(|(other, _)| other)).collect();
        beside.sort_unstable();
        beside.dedup();
        beside.retain(|node| !chosen.contains(node));
        let Some(pick) = (!beside.is_empty()).then(|| below(rng, beside.len())) else { break };
        chosen.push(beside[pick]);
    }
    let graph = map.induced(&chosen);
    let grids = 2 + below(rng, 3);
    let mean = (400 * grids / chosen.len()).max(2);
    let lumpy = below(rng, 2) == 0;
    let size = (0..chosen.len()).map(|_| match below(rng, 12) {
        0 => 0,
        1 if lumpy => (150 + below(rng, 140)) as u32,
        _ => (mean / 2 + below(rng, mean)) as u32,
    });
    (graph, size.collect())
}

/// The least border of a division with nothing outside; `Ok(None)` when there is none, `Err` when it would take too long.
fn referee(graph: &Graph, size: &[u32]) -> Result<Option<u64>, ()> {
    let nodes = size.len();
    let beside: Vec<u64> =
        (0..nodes as u32).map(|node| graph.neighbours(node).fold(0, |set, (other, _)| set | 1 << other)).collect();
    let mut sets: Vec<Vec<(u64, u64)>> = vec![Vec::new(); nodes];
    let mut seen = 0;
    // every contiguous set is met once, at its lowest atom: extension sets that never go below it (Wernicke 2006)
    for low in 0..nodes {
        let above = u64::MAX << low << 1;
        let mut stack = vec![(1u64 << low, beside[low] & above, beside[low] | 1 << low, u64::from(size[low]))];
        while let Some((set, extension, near, total)) = stack.pop() {
            seen += 1;
            if seen > MOST_SETS {
                return Err(());
            }
            if total > u64::from(BAND.upper) {
                continue;
            }
            if BAND.violation(total) == 0 {
                let members = (0..nodes).filter(|&node| set >> node & 1 == 1);
                let rim = members.flat_map(|node| graph.neighbours(node as u32));
                let rim = rim.filter(|&(other, _)| set >> other & 1 == 0).map(|(_, mm)| mm).sum();
                sets[low].push((set, rim));
            }
            let mut rest = extension;
            while rest != 0 {
                let next = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let fresh = beside[next] & above & !near;
                stack.push((set | 1 << next, rest | fresh, near | beside[next], total + u64::from(size[next])));
            }
        }
    }
    let mut memo = HashMap::new();
    Ok(cover(u64::MAX >> (64 - nodes), &sets, &mut memo).map(|twice| twice / 2))
}

fn cover(left: u64, sets: &[Vec<(u64, u64)>], memo: &mut HashMap<u64, Option<u64>>) -> Option<u64> {
    if left == 0 {
        return Some(0);
    }
    if let Some(&known) = memo.get(&left) {
        return known;
    }
    let fitting = sets[left.trailing_zeros() as usize].iter().filter(|(set, _)| set & !left == 0);
    let best = fitting.filter_map(|&(set, rim)| Some(rim + cover(left & !set, sets, memo)?)).min();
    memo.insert(left, best);
    best
}

/// What the engine makes of it: border and whether nothing is outside, and whether each grid outside is proven.
fn engine(graph: &Graph, size: &[u32], seed: u64) -> (Option<u64>, bool) {
    let unit = vec![0; size.len()];
    let solution =
        partition(&Problem::new(graph, size, &unit, BAND), &Options { seed, moves: 100, ..Options::default() }, &())
            .unwrap();
    let grid = solution.assignment.grids();
    let cut = graph.borders().filter(|&(a, b, _)| grid[a as usize] != grid[b as usize]).map(|(_, _, mm)| mm).sum();
    let proven = solution.outside.iter().all(|grid| !matches!(grid.certificate, Certificate::NotProven { .. }));
    (solution.outside.is_empty().then_some(cut), proven)
}

#[test]
fn on_200_neighbourhoods_certificates_are_true_and_borders_within_two_percent_of_the_best() {
    let mut rng = stream(31, &[]);
    let street = {
        // a plan of streets: squares of uneven length
        let even = grid_graph(20, 20);
        let long = even.borders().map(|(a, b, _)| (AtomId(a), AtomId(b), 40_000 + below(&mut rng, 80_000) as u64));
        Graph::new(400, long.collect::<Vec<_>>())
    };
    let tangled = random_graph(400, 350, &mut rng);
    let (mut judged, mut certified, mut gaps) = (0, 0, Vec::new());
    for case in 0.. {
        assert!(case < 600, "only {judged} of {case} neighbourhoods were small enough for the referee");
        let nodes = 15 + below(&mut rng, 26);
        let (graph, size) = neighbourhood(if case % 3 == 0 { &tangled } else { &street }, nodes, &mut rng);
        let Ok(best) = referee(&graph, &size) else { continue };
        let (found, proven) = engine(&graph, &size, case);
        judged += 1;
        match (best, found) {
            (Some(best), Some(found)) => {
                assert!(found >= best, "case {case}: a border of {found} is below the least of {best}");
                gaps.push((found - best) * 10_000 / best.max(1));
            }
            (Some(_), None) => assert!(!proven, "case {case}: proven impossible, but it is possible: {size:?}"),
            (None, Some(_)) => panic!("case {case}: the referee knows of no division, the engine found one"),
            (None, None) => certified += u64::from(proven),
        }
        if judged == 200 {
            break;
        }
    }
    gaps.sort_unstable();
    assert!(gaps.len() > 60 && certified > 20, "{} divided, {certified} certified", gaps.len());
    assert!(gaps[gaps.len() / 2] <= 200, "median {} of 10,000 above the least border", gaps[gaps.len() / 2]);
}

/// A town whose units the exact searches finish: any way of telling it has one answer.
fn town(seed: u64) -> (Graph, Vec<u32>, Vec<u32>) {
    let mut rng = stream(seed, &[12]);
    let graph = random_graph(44, 30, &mut rng);
    let size = (0..44).map(|_| 20 + below(&mut rng, 180) as u32).collect();
    (graph, size, (0..44).map(|atom| atom / 11).collect())
}

fn measured(graph: &Graph, size: &[u32], unit: &[u32], band: Band) -> (usize, u64, u64) {
    let solution = partition(&Problem::new(graph, size, unit, band), &Options::default(), &()).unwrap();
    let grid = solution.assignment.grids();
    let inner = |a: u32, b: u32| grid[a as usize] != grid[b as usize] && unit[a as usize] == unit[b as usize];
    let cut = graph.borders().filter(|&(a, b, _)| inner(a, b)).map(|(_, _, mm)| mm).sum();
    (solution.outside.len(), solution.outside.iter().map(|grid| band.violation(grid.size)).sum(), cut)
}

#[test]
fn names_and_order_of_atoms_change_nothing_where_every_division_is_weighed() {
    for seed in 0..20 {
        let (graph, size, unit) = town(seed);
        let mut rng = stream(seed, &[13]);
        let mut name: Vec<u32> = (0..44).collect();
        shuffle(&mut name, &mut rng);
        let mut borders: Vec<_> =
            graph.borders().map(|(a, b, mm)| (AtomId(name[a as usize]), AtomId(name[b as usize]), mm)).collect();
        shuffle(&mut borders, &mut rng);
        let renamed = Graph::new(44, borders);
        let (mut new_size, mut new_unit) = (vec![0; 44], vec![0; 44]);
        for atom in 0..44 {
            new_size[name[atom] as usize] = size[atom];
            // other numbers for the units as well
            new_unit[name[atom] as usize] = 90 - unit[atom] * 7;
        }
        assert_eq!(measured(&graph, &size, &unit, BAND), measured(&renamed, &new_size, &new_unit, BAND), "{seed}");
    }
}

#[test]
fn all_weights_or_all_sizes_times_a_number_change_nothing_but_the_measures() {
    for seed in 0..12 {
        let (graph, size, unit) = town(seed);
        let (outside, violation, cut) = measured(&graph, &size, &unit, BAND);
        let longer = graph.borders().map(|(a, b, mm)| (AtomId(a), AtomId(b), mm * 7)).collect::<Vec<_>>();
        let longer = Graph::new(44, longer);
        assert_eq!(measured(&longer, &size, &unit, BAND), (outside, violation, cut * 7), "{seed}");
        let larger: Vec<u32> = size.iter().map(|size| size * 3).collect();
        let band = Band { lower: BAND.lower * 3, upper: BAND.upper * 3 };
        assert_eq!(measured(&graph, &larger, &unit, band), (outside, violation * 3, cut), "{seed}");
    }
}
