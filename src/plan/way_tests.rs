//! Ways out of small rows of atoms.

use super::{Attribute, Band, Counted, Ground, Made, Reason, WayOut};
use crate::atom::{Atom, AtomId, AtomKind, Dataset, Jurisdiction};
use crate::graph::Graph;

const BAND: Band = Band { lower: 300, upper: 500 };

/// Atoms in a row, 1 m of border between neighbours times their position.
fn row(sizes: &[u32], kind: AtomKind) -> (Dataset, Graph) {
    let atom = |(i, &households): (usize, &u32)| Atom {
        code: format!("a{i}"),
        households: Some(households),
        kind,
        ..Atom::default()
    };
    let atoms = sizes.iter().enumerate().map(atom).collect();
    let borders = (1..sizes.len() as u32).map(|i| (AtomId(i - 1), AtomId(i), 1000 * u64::from(i)));
    let dataset = Dataset { atoms, jurisdictions: Vec::<Jurisdiction>::new(), lines: Vec::new() };
    (dataset, Graph::new(sizes.len(), borders))
}

fn names(n: usize) -> Vec<(String, String)> {
    (0..n).map(|i| (format!("U{i}"), format!("unit {i}"))).collect()
}

fn below(total: u64) -> Reason {
    Reason::UnitBelow { unit: "U1".to_owned(), total, band: BAND, of: None }
}

#[test]
fn a_unit_too_small_is_merged_with_a_neighbour_whose_sum_divides() {
    let counted = Counted::one(Attribute::Households, BAND);
    let unit = [Some(0), Some(1), Some(2)];
    let names = names(3);
    let (dataset, graph) = row(&[350, 100, 420], AtomKind::Area);
    let ground = Ground::new(&dataset, &graph, (&unit, &names), counted);
    let ways = ground.ways_out(&below(100), &[AtomId(1)]);
    // 420 and 100 are 520, which no number of grids holds
    let words: Vec<String> = ways.iter().map(|way| way.to_english(counted, Made::Grids)).collect();
    assert_eq!(
        words,
        [
            "merge unit 1 (U1) with unit 0 (U0), 1 m of common border: together 450 households, which is one grid of 300 to 500",
            "accept the grid as it is"
        ]
    );
    assert_eq!(
        ways[0].to_chinese(counted, Made::Grids),
        "将unit 1 (U1)与unit 0 (U0)合并（共界 1 米）：合计 450 户，可分成 1 个网格"
    );
}

#[test]
fn of_two_neighbours_that_divide_the_longer_border_comes_first() {
    let counted = Counted::one(Attribute::Households, BAND);
    let unit = [Some(0), Some(1), Some(2)];
    let names = names(3);
    let (dataset, graph) = row(&[350, 100, 600], AtomKind::Area);
    let ground = Ground::new(&dataset, &graph, (&unit, &names), counted);
    let ways = ground.ways_out(&below(100), &[AtomId(1)]);
    let with: Vec<_> = ways
        .iter()
        .filter_map(|way| match way {
            WayOut::MergeUnits { with, total, grids, .. } => Some((with.as_str(), *total, *grids)),
            _ => None,
        })
        .collect();
    assert_eq!(with, [("U2", 700, 2), ("U0", 450, 1)]);
}

#[test]
fn a_neighbour_with_bands_of_its_own_takes_another_in_by_those() {
    let counted = Counted::one(Attribute::Households, BAND);
    let rural = Counted::one(Attribute::Households, Band { lower: 150, upper: 280 });
    let unit = [Some(0), Some(1), Some(2)];
    let names = names(3);
    // 420 and 100 are no grids of 300 to 500, and two of 150 to 280
    let (dataset, graph) = row(&[420, 100, 1], AtomKind::Area);
    let ground = Ground::new(&dataset, &graph, (&unit, &names), counted).with_bands(vec![(0, rural)]);
    let ways = ground.ways_out(&below(100), &[AtomId(1)]);
    assert_eq!(
        ways[0].to_english(ground.counted_of(&ways[0]), Made::Grids),
        "merge unit 1 (U1) with unit 0 (U0), 1 m of common border: together 520 households, which divides into 2 grids of 150 to 280"
    );
    assert_eq!(ways[1..], [WayOut::Waive]);
}

#[test]
fn an_atom_over_the_band_is_split_by_what_it_is_made_of() {
    let counted = Counted::one(Attribute::Households, BAND);
    let reason = Reason::AtomOver { atom: "a0".to_owned(), total: 1_100, band: BAND, of: None };
    for (kind, building) in [(AtomKind::Area, Some(false)), (AtomKind::Building, Some(true)), (AtomKind::Unit, None)] {
        let (dataset, graph) = row(&[1_100, 10], kind);
        let names = names(1);
        let ways =
            Ground::new(&dataset, &graph, (&[Some(0), Some(0)], &names), counted).ways_out(&reason, &[AtomId(0)]);
        let split = ways.iter().find_map(|way| match way {
            WayOut::SplitAtom { pieces, building, .. } => Some((*pieces, *building)),
            _ => None,
        });
        assert_eq!(split, building.map(|building| (3, building)));
        assert_eq!(ways.last(), Some(&WayOut::Waive));
    }
}

#[test]
fn what_locks_leave_is_mended_by_unlocking_what_touches_it() {
    let (dataset, graph) = row(&[400, 100, 400, 400], AtomKind::Area);
    let names = names(1);
    let counted = Counted::one(Attribute::Households, BAND);
    let unit = [Some(0); 4];
    let locks = [(AtomId(0), "G1"), (AtomId(2), "G2"), (AtomId(3), "G3")];
    let ground = Ground::new(&dataset, &graph, (&unit, &names), counted).with_locks(locks);
    let residue = Reason::Residue { unit: "U0".to_owned(), total: 100, band: BAND };
    let ways = ground.ways_out(&residue, &[AtomId(1)]);
    assert_eq!(ways[0], WayOut::Unlock { grids: vec!["G1".to_owned(), "G2".to_owned()] });
    assert_eq!(ways[0].to_english(counted, Made::Grids), "unlock G1 or G2");
    let locked = Reason::Locked { unit: "U0".to_owned(), total: 700, band: BAND };
    assert_eq!(ground.ways_out(&locked, &[AtomId(3)])[0], WayOut::Unlock { grids: vec!["G3".to_owned()] });
}

#[test]
fn in_a_plan_of_patrol_areas_communities_are_merged_with_no_other_word_and_never_split() {
    let counted = Counted::one(Attribute::Households, BAND);
    let unit = [Some(0), Some(1), Some(2)];
    let names = names(3);
    let (dataset, graph) = row(&[350, 100, 420], AtomKind::Area);
    let ground = Ground::new(&dataset, &graph, (&unit, &names), counted);
    let in_areas = |reason| Reason::InAreas { reason: Box::new(reason) };
    let ways = ground.ways_out(&in_areas(below(100)), &[AtomId(1)]);
    let words: Vec<String> = ways.iter().map(|way| way.to_english(counted, Made::Areas)).collect();
    assert_eq!(
        words,
        [
            "merge unit 1 (U1) with unit 0 (U0), 1 m of common border: together 450 households, which is one patrol area of 300 to 500",
            "accept the patrol area as it is"
        ]
    );
    assert!(ways[0].to_chinese(counted, Made::Areas).ends_with("可分成 1 个片区"));
    let over = in_areas(Reason::AtomOver { atom: "a2".to_owned(), total: 900, band: BAND, of: None });
    assert_eq!(ground.ways_out(&over, &[AtomId(2)]), [WayOut::Waive]);
    assert_eq!(over.kind(), "atom_over");
    assert_eq!(
        over.to_english(),
        "community a2 alone has 900, more than 500: a patrol area takes it whole; widen the bounds, or accept it"
    );
    assert_eq!(over.to_chinese(), "社区 a2 单独就有 900，超过上限 500：片区不拆分社区，可放宽上限，或予以认可");
    let text = serde_json::to_string(&over).unwrap();
    assert_eq!(serde_json::from_str::<Reason>(&text).unwrap(), over, "{text}");
}

#[test]
fn what_is_not_proven_has_no_way_out() {
    let (dataset, graph) = row(&[200, 10], AtomKind::Area);
    let names = names(1);
    let ground =
        Ground::new(&dataset, &graph, (&[Some(0), Some(0)], &names), Counted::one(Attribute::Households, BAND));
    let reason = Reason::NotProven { unit: "U0".to_owned(), total: 200, band: BAND };
    assert!(ground.ways_out(&reason, &[AtomId(0)]).is_empty());
}
