//! Laws of operations, tried at random and by hand.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn drawn(name: &str) -> Drawn {
    Drawn { code: String::new(), name: name.to_owned(), locked: false }
}

fn grid(n: u32) -> DrawnGrid {
    DrawnGrid(format!("g{n}"))
}

/// Twelve atoms, the last out of scope: four in each of two grids, three in none.
fn start() -> Draft {
    let of_atom = (0..12).map(|atom| (atom < 8).then_some(atom / 4)).collect();
    Draft::new(vec![(grid(0), drawn("a")), (grid(1), drawn("b"))], of_atom, (0..12).map(|atom| atom < 11).collect())
}

fn blank(id: &str) -> Operation {
    Operation {
        id: OpId(id.to_owned()),
        kind: OpKind::Assign,
        moves: vec![],
        grids: vec![],
        locks: vec![],
        accepts: vec![],
        undoes: None,
        mark: None,
        redoes: None,
    }
}

fn moved(from: Option<u32>, to: Option<u32>, atoms: &[u32]) -> Move {
    Move { from: from.map(grid), to: to.map(grid), atoms: Runs::of(atoms.iter().copied()) }
}

fn change(id: u32, from: Option<&str>, to: Option<&str>) -> GridChange {
    GridChange { id: grid(id), from: from.map(drawn), to: to.map(drawn) }
}

#[track_caller]
fn refused(operation: &Operation) -> Unfit {
    let (before, mut draft) = (start(), start());
    let error = draft.apply(operation).unwrap_err();
    assert_eq!(draft, before, "nothing is half done");
    assert_eq!(draft.fits(operation), Err(error.clone()));
    error
}

#[test]
fn an_operation_reads_and_writes_the_json_of_the_wire() {
    let text = json!({
        "id": "o1", "kind": "split",
        "moves": [{"from": "g0", "to": "g9", "atoms": [1, 2]}, {"from": null, "to": "g1", "atoms": [8, 1, 1, 1]}],
        "grids": [{"id": "g9", "from": null, "to": {"code": "", "name": "新网格", "locked": false}}],
        "locks": [{"atoms": [0, 1], "locked": true}],
        "accepts": [{"problem": "over:g0", "from": null, "to": "建桥前暂列"}],
        "undoes": "o0"
    });
    let operation: Operation = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(serde_json::to_value(&operation).unwrap(), text);
    let mut draft = start();
    draft.apply(&operation).unwrap();
    let of: Vec<_> = (0..11).map(|atom| draft.grid_of(atom).map(|grid| grid.0.as_str())).collect();
    let [a, b, n] = [Some("g0"), Some("g1"), Some("g9")];
    assert_eq!(of, [a, n, n, a, b, b, b, b, b, None, b]);
    assert_eq!((draft.locked(), draft.accepted()["over:g0"].as_str()), (Runs(vec![0, 1]), "建桥前暂列"));
    let bare: Operation = serde_json::from_value(json!({"id": "o2", "kind": "erase"})).unwrap();
    assert_eq!(serde_json::to_value(&bare).unwrap(), json!({"id": "o2", "kind": "erase"}));
    assert!(serde_json::from_value::<Operation>(json!({"id": "o2", "kind": "dance"})).is_err());
}

#[test]
fn each_rule_is_named_with_what_breaks_it() {
    let moves = |moves: Vec<Move>| Operation { moves, ..blank("o") };
    let grids = |grids: Vec<GridChange>| Operation { grids, ..blank("o") };
    assert_eq!(
        refused(&moves(vec![moved(Some(0), None, &[1]), moved(Some(0), Some(1), &[1])])),
        Unfit::AtomTwice { atom: 1 }
    );
    let elsewhere = refused(&moves(vec![moved(Some(1), None, &[1])]));
    assert_eq!(elsewhere.to_string(), "atom 1 is in grid g0, not in grid g1");
    assert_eq!(refused(&moves(vec![moved(None, Some(1), &[11])])), Unfit::OutOfScope { atom: 11 });
    let lost = Unfit::NoTarget { atom: 1, grid: "g7".to_owned() };
    assert_eq!(refused(&moves(vec![moved(Some(0), Some(7), &[1])])), lost);
    let into_gone = Operation { grids: vec![change(1, Some("b"), None)], ..moves(vec![moved(Some(0), Some(1), &[1])]) };
    assert_eq!(refused(&into_gone), Unfit::NoTarget { atom: 1, grid: "g1".to_owned() });
    assert_eq!(refused(&grids(vec![change(0, None, Some("x"))])), Unfit::GridThere { grid: "g0".to_owned() });
    assert_eq!(refused(&grids(vec![change(5, Some("x"), Some("y"))])), Unfit::NoGrid { grid: "g5".to_owned() });
    let other = Unfit::GridOther { grid: "g0".to_owned(), field: "name" };
    assert_eq!(refused(&grids(vec![change(0, Some("b"), Some("y"))])), other);
    let holding = Operation { grids: vec![change(0, Some("a"), None)], ..moves(vec![moved(Some(0), None, &[0, 1])]) };
    assert_eq!(refused(&holding), Unfit::NotEmpty { grid: "g0".to_owned(), atoms: 4, leaving: 2 });
    let twice = vec![change(0, Some("a"), Some("x")), change(0, Some("a"), Some("y"))];
    assert_eq!(refused(&grids(twice)), Unfit::GridTwice { grid: "g0".to_owned() });
    assert_eq!(refused(&grids(vec![change(9, None, None)])), Unfit::GridTwice { grid: "g9".to_owned() });
    let unlock = LockChange { atoms: Runs::of([3]), locked: false };
    assert_eq!(refused(&Operation { locks: vec![unlock], ..blank("o") }), Unfit::SameLock { atom: 3 });
    let lock = LockChange { atoms: Runs::of([3]), locked: true };
    assert_eq!(refused(&Operation { locks: vec![lock.clone(), lock], ..blank("o") }), Unfit::SameLock { atom: 3 });
    let accept = AcceptChange { problem: "p".to_owned(), from: Some("x".to_owned()), to: None };
    assert_eq!(
        refused(&Operation { accepts: vec![accept], ..blank("o") }),
        Unfit::OtherReason { problem: "p".to_owned() }
    );
}

#[test]
fn atoms_that_are_no_runs_are_refused() {
    for (runs, words) in [
        (vec![1], "1 numbers"),
        (vec![0, 0], "run 0 is (0, 0)"),
        (vec![0, 1, 0, 1], "run 1 is (0, 1)"),
        (vec![0, 13], "reaches to atom 12, of 12"),
        (vec![u32::MAX, u32::MAX, u32::MAX, u32::MAX], "reaches to atom"),
    ] {
        let moves = vec![Move { from: None, to: None, atoms: Runs(runs) }];
        let error = refused(&Operation { moves, ..blank("o") });
        assert!(matches!(error, Unfit::Runs { .. }) && error.to_string().contains(words), "{error}");
    }
    assert_eq!(Runs::of([0, 1, 4, 5, 9]).0, [0, 2, 2, 2, 3, 1]);
}

#[test]
fn texts_have_a_length() {
    let long = "字".repeat(201);
    for operation in [
        blank(""),
        blank("a b"),
        blank(&"x".repeat(65)),
        Operation { undoes: Some(OpId("é".to_owned())), ..blank("o") },
        Operation { grids: vec![change(9, None, Some(&long))], ..blank("o") },
        Operation { grids: vec![change(9, None, Some("a\0"))], ..blank("o") },
    ] {
        assert!(matches!(refused(&operation), Unfit::Text { .. }));
    }
}

#[test]
fn a_grid_that_was_taken_away_can_be_made_again_by_its_id() {
    let mut draft = start();
    let join = Operation {
        moves: vec![moved(Some(1), Some(0), &[4, 5, 6, 7])],
        grids: vec![change(1, Some("b"), None)],
        ..blank("join")
    };
    draft.apply(&join).unwrap();
    assert_eq!(draft.grids().count(), 1);
    assert_eq!(draft.positions()[7], Some(0));
    draft.apply(&join.inverse(OpId("back".to_owned()))).unwrap();
    assert_eq!(draft, start());
    // a locked atom moves all the same
    draft.apply(&Operation { locks: vec![LockChange { atoms: Runs::of([4]), locked: true }], ..blank("l") }).unwrap();
    draft.apply(&join).unwrap();
}

/// An operation of random parts; some fit.
fn any_operation() -> impl Strategy<Value = Operation> {
    let id = || prop::option::of((0_u32..4).prop_map(grid));
    let runs = || {
        prop_oneof![
            4 => prop::collection::btree_set(0_u32..12, 0..4).prop_map(Runs::of),
            1 => prop::collection::vec(0_u32..6, 0..5).prop_map(Runs),
        ]
    };
    let moves = (id(), id(), runs()).prop_map(|(from, to, atoms)| Move { from, to, atoms });
    let data = || prop::option::of(prop_oneof![Just("a"), Just("b"), Just("c")].prop_map(drawn));
    let grids = ((0_u32..4).prop_map(grid), data(), data()).prop_map(|(id, from, to)| GridChange { id, from, to });
    let locks = (runs(), any::<bool>()).prop_map(|(atoms, locked)| LockChange { atoms, locked });
    let text = || prop::option::of(prop_oneof![Just("x".to_owned()), Just("y".to_owned())]);
    let accepts = (text(), text(), text()).prop_map(|(problem, from, to)| AcceptChange {
        problem: problem.unwrap_or_else(|| "p".to_owned()),
        from,
        to,
    });
    let parts = (
        prop::collection::vec(moves, 0..3),
        prop::collection::vec(grids, 0..2),
        prop::collection::vec(locks, 0..2),
        prop::collection::vec(accepts, 0..2),
    );
    parts.prop_map(|(moves, grids, locks, accepts)| Operation { moves, grids, locks, accepts, ..blank("o") })
}

#[test]
fn a_name_for_a_revision_always_fits_and_changes_nothing() {
    let text = r#"{"id":"o1","kind":"mark","mark":{"name":"as agreed","rev":3}}"#;
    let operation: Operation = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&operation).unwrap(), text);
    let mut draft = start();
    let held = |draft: &Draft| (draft.positions(), draft.locked(), draft.accepted().clone());
    let before = held(&draft);
    draft.apply(&operation).unwrap();
    assert_eq!(held(&draft), before);
    let back = operation.inverse(OpId("o2".to_owned()));
    assert_eq!((&back.mark, back.undoes.as_ref()), (&operation.mark, Some(&operation.id)));
    draft.apply(&back).unwrap();
    let long = Operation { mark: Some(Mark { name: "x".repeat(1_000), rev: 0 }), ..operation };
    assert!(draft.fits(&long).is_err());
}

/// An operation that is likely to fit a draft: what it supposes is read from the draft.
fn likely(draft: &Draft, atoms: &[u32], to: u32, kind: u32) -> Operation {
    let mut operation = blank("o");
    let to = grid(to);
    let there = draft.grids().find(|(id, _)| **id == to).map(|(_, drawn)| drawn.clone());
    match kind {
        0 => operation.locks.push(LockChange {
            atoms: Runs::of(
                atoms.iter().copied().filter(|&atom| !draft.locked().atoms(draft.len()).unwrap().contains(&atom)),
            ),
            locked: true,
        }),
        1 => operation.accepts.push(AcceptChange {
            problem: to.0.clone(),
            from: draft.accepted().get(&to.0).cloned(),
            to: draft.accepted().get(&to.0).is_none().then(|| "why".to_owned()),
        }),
        2 if there.is_some() => {
            let all = (0..draft.len()).filter(|&atom| draft.grid_of(atom) == Some(&to));
            operation.moves.push(Move { from: Some(to.clone()), to: None, atoms: Runs::of(all) });
            operation.grids.push(GridChange { id: to, from: there, to: None });
        }
        _ => {
            for &atom in atoms {
                let from = draft.grid_of(atom).cloned();
                operation.moves.push(Move { from, to: Some(to.clone()), atoms: Runs::of([atom]) });
            }
            if there.is_none() {
                operation.grids.push(GridChange { id: to, from: None, to: Some(drawn("n")) });
            }
        }
    }
    operation
}

proptest! {
    #[test]
    fn nothing_is_half_done_and_nothing_panics(operations in prop::collection::vec(any_operation(), 1..12)) {
        let mut draft = start();
        for operation in operations {
            let before = draft.clone();
            if draft.apply(&operation).is_err() {
                prop_assert_eq!(&draft, &before);
            } else {
                draft.clone().apply(&operation.inverse(OpId("u".to_owned()))).expect("what was done can be undone");
            }
        }
    }

    #[test]
    fn an_operation_and_its_inverse_are_nothing_and_replay_gives_every_revision_again(
        steps in prop::collection::vec((prop::collection::btree_set(0_u32..11, 1..5), 0_u32..5, 0_u32..8), 1..30)
    ) {
        let mut draft = start();
        let (mut log, mut revisions) = (Vec::new(), vec![draft.clone()]);
        for (atoms, to, kind) in steps {
            let atoms: Vec<u32> = atoms.into_iter().collect();
            let operation = likely(&draft, &atoms, to, kind);
            let before = draft.clone();
            draft.apply(&operation).unwrap();
            let mut back = draft.clone();
            back.apply(&operation.inverse(OpId("u".to_owned()))).unwrap();
            prop_assert_eq!(&back, &before);
            // by a recount: every atom of a grid is counted in it
            for (id, _) in draft.grids() {
                let atoms = (0..draft.len()).filter(|&atom| draft.grid_of(atom) == Some(id)).count();
                let removal = GridChange { id: id.clone(), from: draft.grids().find(|(own, _)| *own == id).map(|(_, d)| d.clone()), to: None };
                let fits = draft.fits(&Operation { grids: vec![removal], ..blank("r") });
                prop_assert_eq!(fits.is_ok(), atoms == 0);
            }
            log.push(operation);
            revisions.push(draft.clone());
        }
        for (from, to) in [(0, log.len()), (log.len() / 2, log.len()), (0, log.len() / 3)] {
            let mut replayed = revisions[from].clone();
            for operation in &log[from..to] {
                let kept: Operation = serde_json::from_str(&serde_json::to_string(operation).unwrap()).unwrap();
                replayed.apply(&kept).unwrap();
            }
            prop_assert_eq!(&replayed, &revisions[to]);
        }
    }
}
