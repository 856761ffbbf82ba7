//! The frontier program against the search over all subsets.

use proptest::prelude::*;

use super::bare::Bare;
use super::coarsen::Region;
use super::division::Division;
use super::frontier::{self, Found};
use super::lawful_tests::random_graph;
use super::score::{Rule, Score, below, penalty_of, stream};
use super::size::Size;
use super::watch::Watch;
use super::{Band, Bands, Infeasible, exact};

static NOBODY: Watch<'static> = Watch::new(&(), 0);

fn case(seed: u64, infeasible: Infeasible) -> (Region, Rule) {
    let mut rng = stream(seed, &[80]);
    let nodes = 2 + below(&mut rng, exact::MOST_NODES - 1);
    let more = below(&mut rng, 2 * nodes);
    let graph = random_graph(nodes, more, &mut rng);
    let most = [60, 200, 400, 700][below(&mut rng, 4)];
    let empty = below(&mut rng, 4);
    let double = below(&mut rng, 3) == 0;
    let size = (0..nodes).map(|node| {
        if node > 0 && below(&mut rng, 8) < empty {
            return Size::ZERO;
        }
        let main = 1 + below(&mut rng, most) as u64;
        Size::new(main, if double { main * (15 + below(&mut rng, 20) as u64) / 10 } else { 0 })
    });
    let region = Region { graph, size: size.collect() };
    let bands = Bands { main: Band::HOUSEHOLDS, other: double.then_some(Band::POPULATION) };
    (region, Rule::new(bands, infeasible))
}

fn score(region: &Region, rule: Rule, grid: &[u32]) -> Score {
    let grids = region.graph.components_by(|node| grid[node as usize]).1;
    let mut numbers = grid.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(grids as usize, numbers.len(), "every grid is contiguous");
    Division::new(region, grid.to_vec()).score(rule)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_program_finds_the_least_score_of_all_divisions(seed in any::<u64>(), fewest in any::<bool>()) {
        let infeasible = if fewest { Infeasible::FewestOutside } else { Infeasible::LeastViolation };
        let (region, rule) = case(seed, infeasible);
        let best = score(&region, rule, &exact::divide(&region, rule));
        let at = |ceiling| frontier::search(&region, rule, ceiling, usize::MAX, &NOBODY).unwrap();
        let Found::Least(found) = at(Score::MAX) else { panic!("nothing below the most there can be") };
        prop_assert_eq!(score(&region, rule, &found), best);
        let Found::Least(found) = at(best + 1) else { panic!("nothing below one more than the least") };
        prop_assert_eq!(score(&region, rule, &found), best);
        prop_assert_eq!(at(best), Found::Nothing);
    }

    #[test]
    fn a_program_of_few_states_never_rules_out_what_there_is(seed in any::<u64>(), width in 1..40usize, fewest in any::<bool>()) {
        let infeasible = if fewest { Infeasible::FewestOutside } else { Infeasible::LeastViolation };
        let (region, rule) = case(seed, infeasible);
        let best = score(&region, rule, &exact::divide(&region, rule));
        match frontier::search(&region, rule, best + 1, width, &NOBODY).unwrap() {
            Found::Nothing => prop_assert!(false, "there is one"),
            Found::Least(found) | Found::Better(found) => prop_assert_eq!(score(&region, rule, &found), best),
            Found::Unknown => {}
        }
    }

    /// Ground where nobody lives is left out and comes back.
    #[test]
    fn a_bare_region_has_the_least_penalty_of_the_whole(seed in any::<u64>(), fewest in any::<bool>()) {
        let infeasible = if fewest { Infeasible::FewestOutside } else { Infeasible::LeastViolation };
        let (region, rule) = case(seed, infeasible);
        let best = penalty_of(score(&region, rule, &exact::divide(&region, rule)));
        let bare = Bare::new(&region);
        let Found::Least(found) = frontier::search(&bare.region, rule, Score::MAX, usize::MAX, &NOBODY).unwrap() else {
            panic!("nothing below the most there can be")
        };
        prop_assert_eq!(penalty_of(score(&region, rule, &bare.whole(&found))), best);
    }
}
