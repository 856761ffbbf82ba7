//! The engine against a referee that knows nothing of it, on neighbourhoods cut out of larger maps.

use rand_pcg::Pcg64Mcg;

use super::coarsen::Region;
use super::division::Division;
use super::frontier::{self, Found};
use super::lawful_tests::{grid_graph, random_graph};
use super::score::{Rule, Score, below, shuffle, stream};
use super::size::Size;
use super::*;
use referee::{Referee, without_empty_corners};

#[path = "../../tests/support/referee.rs"]
mod referee;

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

fn judge(graph: &Graph, size: &[u32]) -> Referee {
    Referee::new(size, &graph.borders().collect::<Vec<_>>(), (BAND.lower, BAND.upper))
}

/// What the engine makes of it: the border where nothing is outside, whether each grid outside is proven, and the violation.
fn engine(graph: &Graph, size: &[u32], seed: u64) -> (Option<u64>, bool, u64) {
    let unit = vec![0; size.len()];
    let solution =
        partition(&Problem::new(graph, size, &unit, BAND), &Options { seed, moves: 100, ..Options::default() }, &())
            .unwrap();
    let grid = solution.assignment.grids();
    let cut = graph.borders().filter(|&(a, b, _)| grid[a as usize] != grid[b as usize]).map(|(_, _, mm)| mm).sum();
    let proven = solution.outside.iter().all(|grid| !matches!(grid.certificate, Certificate::NotProven { .. }));
    let violation = solution.outside.iter().map(|grid| BAND.violation(grid.size)).sum();
    (solution.outside.is_empty().then_some(cut), proven, violation)
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
    let (mut judged, mut certified, mut least, mut gaps) = (0, 0, 0, Vec::new());
    for case in 0.. {
        assert!(case < 600, "only {judged} of {case} neighbourhoods were small enough for the referee");
        let nodes = 15 + below(&mut rng, 26);
        let (graph, size) = neighbourhood(if case % 3 == 0 { &tangled } else { &street }, nodes, &mut rng);
        let Ok(best) = judge(&graph, &size).least_border(MOST_SETS) else { continue };
        let (found, proven, violation) = engine(&graph, &size, case);
        judged += 1;
        match (best, found) {
            (Some(best), Some(found)) => {
                assert!(found >= best, "case {case}: a border of {found} is below the least of {best}");
                gaps.push((found - best) * 10_000 / best.max(1));
            }
            (Some(_), None) => assert!(!proven, "case {case}: proven impossible, but it is possible: {size:?}"),
            (None, Some(_)) => panic!("case {case}: the referee knows of no division, the engine found one"),
            (None, None) => {
                certified += u64::from(proven);
                // and no division is less outside than the one found
                let (size, borders) = without_empty_corners(&size, &graph.borders().collect::<Vec<_>>());
                let judge = Referee::new(&size, &borders, (BAND.lower, BAND.upper));
                if let Ok(less) = judge.violation_below(violation, MOST_SETS) {
                    assert_eq!(less, None, "case {case}: {violation} outside, and proven: {proven}");
                    least += 1;
                }
            }
        }
        if judged == 200 {
            break;
        }
    }
    gaps.sort_unstable();
    assert!(least > 20, "the least violation of {least}");
    assert!(gaps.len() > 60 && certified > 20, "{} divided, {certified} certified", gaps.len());
    assert!(gaps[gaps.len() / 2] <= 200, "median {} of 10,000 above the least border", gaps[gaps.len() / 2]);
}

#[test]
fn the_frontier_program_has_the_least_border_the_referee_knows_of() {
    let mut rng = stream(32, &[]);
    let street = grid_graph(20, 20);
    let rule = Rule::new(BAND.into(), Infeasible::LeastViolation);
    let (mut agreed, mut impossible) = (0, 0);
    for _ in 0..120 {
        let nodes = 10 + below(&mut rng, 11);
        let (graph, size) = neighbourhood(&street, nodes, &mut rng);
        let Ok(best) = judge(&graph, &size).least_border(MOST_SETS) else { continue };
        let region =
            Region { graph: graph.clone(), size: size.iter().map(|&size| Size::new(size.into(), 0)).collect() };
        let watch = watch::Watch::new(&(), 0);
        // the ceiling lets nothing outside pass
        match frontier::search(&region, rule, rule.pack(1, 0), 1 << 18, &watch).unwrap() {
            Found::Least(grid) => {
                assert_eq!(best.map(Score::from), Some(Division::new(&region, grid).score(rule)));
                agreed += 1;
            }
            Found::Nothing => {
                assert_eq!(best, None);
                impossible += 1;
            }
            Found::Better(_) | Found::Unknown => {}
        }
    }
    assert!(agreed > 40 && impossible > 10, "{agreed} and {impossible}");
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
