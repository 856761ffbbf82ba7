//! A number of grids that was asked for.

use super::amend_tests::town;
use super::*;

#[test]
fn a_unit_gets_the_number_of_grids_asked_for_contiguous_and_balanced() {
    let (graph, households) = town(16, 3);
    let unit = vec![4; households.len()];
    let total: u32 = households.iter().sum();
    let free =
        partition(&Problem::new(&graph, &households, &unit, Band::HOUSEHOLDS), &Options::default(), &()).unwrap();
    let (fewest, most) = (total.div_ceil(500), total / 300);
    assert!(free.assignment.grid_count() as u32 >= fewest);
    for wanted in fewest..=most {
        let terms = Terms { grids: &[(4, wanted)], ..Terms::NONE };
        let problem = Problem { terms, ..Problem::new(&graph, &households, &unit, Band::HOUSEHOLDS) };
        let solution = partition(&problem, &Options::default(), &()).unwrap();
        assert_eq!(solution.assignment.grid_count() as u32, wanted);
        // the tightest numbers leave no room to balance in
        if wanted > fewest && wanted + 1 < most {
            assert_eq!(solution.outside, [], "{wanted} of {fewest}..={most}");
        }
        let (_, pieces) = graph.components_by(|atom| solution.assignment.grid_of(AtomId(atom)));
        assert_eq!(pieces, wanted);
    }
}

#[test]
fn a_number_the_total_cannot_fill_says_so() {
    let (graph, households) = town(8, 3);
    let unit = vec![4; households.len()];
    let total: u64 = households.iter().map(|&n| u64::from(n)).sum();
    let terms = Terms { grids: &[(4, 20)], ..Terms::NONE };
    let problem = Problem { terms, ..Problem::new(&graph, &households, &unit, Band::HOUSEHOLDS) };
    let solution = partition(&problem, &Options::default(), &()).unwrap();
    assert_eq!(solution.assignment.grid_count(), 20);
    assert!(!solution.outside.is_empty());
    for outside in &solution.outside {
        assert_eq!(outside.certificate, Certificate::Count { unit: 4, total, grids: 20 });
    }
}

#[test]
fn parts_get_one_grid_at_least_and_atoms_are_not_invented() {
    let graph = Graph::new(5, [(AtomId(0), AtomId(1), 5), (AtomId(2), AtomId(3), 5), (AtomId(3), AtomId(4), 5)]);
    for (wanted, grids) in [(1, 2), (2, 2), (3, 3), (9, 5)] {
        let terms = Terms { grids: &[(0, wanted)], ..Terms::NONE };
        let problem = Problem { terms, ..Problem::new(&graph, &[400; 5], &[0; 5], Band::HOUSEHOLDS) };
        let solution = partition(&problem, &Options::default(), &()).unwrap();
        assert_eq!(solution.assignment.grid_count(), grids, "{wanted} asked for");
    }
    let terms = Terms { grids: &[(0, 0)], ..Terms::NONE };
    let problem = Problem { terms, ..Problem::new(&graph, &[400; 5], &[0; 5], Band::HOUSEHOLDS) };
    let refused = partition(&problem, &Options::default(), &()).unwrap_err();
    assert_eq!(refused, PartitionError::Terms(TermsError::NoGrids { unit: 0 }));
}
