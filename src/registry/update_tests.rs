use super::*;
use crate::atom::{Atom, AtomKind, Origin};
use proptest::prelude::*;
use serde_json::json;

fn atom(code: &str, compound: &str, number: &str) -> Atom {
    let attributes = [("compound", compound), ("number", number)].into_iter().filter(|(_, text)| !text.is_empty());
    Atom {
        code: code.into(),
        households: Some(10),
        attributes: attributes.map(|(name, text)| (name.to_owned(), json!(text))).collect(),
        ..Atom::default()
    }
}

fn unit(code: &str, building: &str, number: &str) -> Atom {
    let mut atom = Atom { kind: AtomKind::Unit, ..atom(code, "云锦花园", number) };
    atom.attributes.insert("building".into(), json!(building));
    atom
}

#[expect(clippy::unnecessary_wraps, reason = "the form of every optional column")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn at(compound: &str, number: &str, households: &str) -> Entry {
    Entry { compound: some(compound), number: some(number), households: some(households), ..Entry::default() }
}

fn by_id(id: &str, households: &str) -> Entry {
    Entry { id: some(id), households: some(households), ..Entry::default() }
}

fn households(update: &Update) -> Vec<(u32, Option<u32>)> {
    update.said.iter().map(|(&atom, change)| (atom, change.households)).collect()
}

fn reasons(update: &Update) -> Vec<(usize, &'static str)> {
    update.left.iter().map(|left| (left.entry, left.reason.name())).collect()
}

#[test]
fn a_code_is_found_exactly_or_by_width_and_case() {
    let atoms = [atom("B-01", "", ""), atom("b-02", "", "")];
    let update = update(
        &atoms,
        &[by_id("B-01", "3"), by_id(" Ｂ－０２", "4"), by_id("B-3", "5"), by_id("", "6")],
        Several::Leave,
    );
    assert_eq!(households(&update), [(0, Some(3)), (1, Some(4))]);
    assert_eq!(reasons(&update), [(2, "no_match"), (3, "no_key")]);
}

#[test]
fn compound_and_number_match_however_they_are_written() {
    let atoms = [
        atom("1", "云锦花园", "12号楼"),
        atom("2", "云锦花园", "2"),
        Atom { name: some("建设小区3号楼"), ..atom("3", "", "") },
    ];
    let entries = [
        at("云锦 花园", "十二幢", "300户"),
        at("云锦花园", "4", "1"),
        at("云锦花园", "２栋", "2"),
        at("建设小区", "三栋", "9"),
    ];
    let update = super::update(&atoms, &entries[..2], Several::Leave);
    assert_eq!(households(&update), [(0, Some(300))]);
    assert_eq!(update.left[0].candidates, ["1", "2"], "the buildings of the compound");
    let update = super::update(&atoms, &entries[2..], Several::Leave);
    assert_eq!(households(&update), [(1, Some(2)), (2, Some(9))]);
}

#[test]
fn rows_of_units_and_doors_add_up_to_their_building() {
    let atoms = [atom("1", "云锦花园", "1号楼")];
    let entries =
        [at("云锦花园", "1号楼1单元", "30"), at("云锦花园", "1号楼2单元", "31"), at("云锦花园", "1栋3单元301室", "1")];
    assert_eq!(households(&update(&atoms, &entries, Several::Leave)), [(0, Some(62))]);
    let with_whole = [entries.to_vec(), vec![at("云锦花园", "1幢", "62")]].concat();
    let update = update(&atoms, &with_whole, Several::Leave);
    assert_eq!((update.matched, update.left.len()), (0, 4));
    assert!(update.left.iter().all(|left| left.reason == LeftReason::WholeAndParts));
}

#[test]
fn the_same_place_twice_is_left_unless_it_is_to_be_added_up() {
    let atoms = [atom("1", "云锦花园", "1号楼")];
    let entries = [at("云锦花园", "1号楼", "30"), at("云锦花园", "一栋", "31")];
    let update_ = update(&atoms, &entries, Several::Leave);
    assert_eq!(reasons(&update_), [(0, "several_rows"), (1, "several_rows")]);
    assert_eq!(households(&update(&atoms, &entries, Several::Sum)), [(0, Some(61))]);
}

#[test]
fn a_building_whose_units_are_atoms_is_shared_over_them() {
    let atoms = [
        unit("B1-1", "B1", "1号楼"),
        unit("B1-2", "B1", "1号楼"),
        unit("B1-3", "B1", "1号楼"),
        atom("B2", "云锦花园", "2号楼"),
    ];
    for entry in [by_id("B1", "620"), at("云锦花园", "1栋", "620")] {
        let update = update(&atoms, &[entry], Several::Leave);
        assert_eq!(households(&update), [(0, Some(207)), (1, Some(207)), (2, Some(206))]);
    }
    let both = update(&atoms, &[by_id("B1", "620"), by_id("B1-2", "200")], Several::Leave);
    assert_eq!(reasons(&both), [(0, "whole_and_parts"), (1, "whole_and_parts")]);
}

#[test]
fn two_buildings_of_one_name_are_for_a_person_who_may_name_the_code() {
    let atoms = [atom("1", "云锦花园", "1号楼"), atom("2", "云锦花园", "1幢")];
    let update_ = update(&atoms, &[at("云锦花园", "1", "30")], Several::Leave);
    assert_eq!(update_.left[0].candidates, ["1", "2"]);
    assert!(update_.left[0].reason.is_ambiguous());
    let filled = |codes: &[&str]| Entry {
        codes: codes.iter().map(|&c| c.to_owned()).collect(),
        ..at("云锦花园", "1", "30")
    };
    assert_eq!(households(&update(&atoms, &[filled(&["2"])], Several::Leave)), [(1, Some(30))]);
    assert_eq!(households(&update(&atoms, &[filled(&["1", "2"])], Several::Leave)), [(0, Some(15)), (1, Some(15))]);
    assert_eq!(reasons(&update(&atoms, &[filled(&["9"])], Several::Leave)), [(0, "unknown_code")]);
}

#[test]
fn an_address_finds_its_building_and_a_wrong_number_is_told() {
    let mut one = atom("1", "", "");
    one.attributes.insert("address".into(), json!("澄江大道400号云锦花园1号楼"));
    let by = |address: &str, households: &str| Entry {
        address: some(address),
        households: some(households),
        ..Entry::default()
    };
    let atoms = [one];
    assert_eq!(households(&update(&atoms, &[by("澄江大道４００號云锦花园一栋", "5")], Several::Leave)), [(0, Some(5))]);
    assert_eq!(
        households(&update(&atoms, &[by("澄江大道400号云锦花园1栋2单元", "5")], Several::Leave)),
        [(0, Some(5))]
    );
    let update_ = update(&atoms, &[by("澄江大道400号云锦花园1栋", "五十")], Several::Leave);
    assert!(matches!(&update_.left[0].reason, LeftReason::BadNumber(what) if what.contains("五十")));
}

#[test]
fn a_blank_changes_nothing_and_what_is_counted_is_no_longer_estimated() {
    let mut atoms =
        [Atom { households_origin: Origin::Estimated("floor area".into()), ..atom("1", "", "") }, atom("2", "", "")];
    let entries =
        [Entry { name: some("新名"), ..by_id("2", " ") }, Entry { population: some("25"), ..by_id("1", "10") }];
    let update = update(&atoms, &entries, Several::Leave);
    assert_eq!(update.apply(&mut atoms), 2);
    assert_eq!(
        (atoms[0].households, &atoms[0].households_origin, atoms[0].population),
        (Some(10), &Origin::Counted, Some(25))
    );
    assert_eq!((atoms[1].households, atoms[1].name.as_deref()), (Some(10), Some("新名")));
    assert_eq!(update.apply(&mut atoms), 0, "a second time it changes nothing");
}

proptest! {
    #[test]
    fn every_row_is_used_or_left_and_numbers_used_are_numbers_said(
        rows in prop::collection::vec(("[一二三1-5]{1,2}(号楼|栋|幢)?([1-3]单元)?", "[0-9]{0,3}|x", prop::bool::weighted(0.1)), 0..24),
        sum: bool,
    ) {
        let atoms: Vec<Atom> = (1..6).map(|n| atom(&format!("c{n}"), "园", &format!("{n}号楼"))).chain((1..4).map(|n| unit(&format!("u{n}"), "U", "9"))).collect();
        let entries: Vec<Entry> = rows.iter().map(|(number, households, filled)| Entry {
            codes: if *filled { vec!["U".to_owned()] } else { vec![] }, ..at("园", number, households)
        }).collect();
        let update = update(&atoms, &entries, if sum { Several::Sum } else { Several::Leave });
        prop_assert_eq!(update.matched + update.left.len(), entries.len());
        let left: std::collections::BTreeSet<usize> = update.left.iter().map(|left| left.entry).collect();
        prop_assert_eq!(left.len(), update.left.len());
        let said: u64 = entries.iter().enumerate().filter(|(i, _)| !left.contains(i)).filter_map(|(_, e)| count(e.households.as_deref()?).ok()?).map(u64::from).sum();
        let given: u64 = update.said.values().filter_map(|change| change.households).map(u64::from).sum();
        prop_assert_eq!(said, given);
    }
}
