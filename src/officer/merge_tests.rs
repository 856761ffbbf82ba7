//! Merging lists: cases drawn by hand, and random lists beside a model that asks about every instant alone.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::officer::{OfficerFinding, staffing};

/// Instants of the model; the last stands for all of time after it.
const END: i64 = 9;

fn line(row: u64, officer: &str, grid: &str, role: Role, from_ms: i64, to_ms: Option<i64>) -> Line {
    let duty = Some(NewDuty { grid: grid.to_owned(), role, span: Span { from_ms, to_ms } });
    Line {
        row,
        officer: officer.to_owned(),
        name: Some(format!("{officer} 王")),
        team: None,
        desk: Some("6271".to_owned()),
        phone: Some("13900000000".to_owned()),
        duty,
    }
}

fn merged(roster: &Roster, lines: &[Line], replace_from_ms: Option<i64>) -> Result<Changes, Vec<RowProblem>> {
    merge(roster, lines, replace_from_ms, &|ms| ms.to_string())
}

/// The roster after the changes, as a store keeps them.
fn apply(roster: &Roster, changes: &Changes) -> Roster {
    let mut officers: Vec<Officer> = roster.officers().to_vec();
    for (before, after) in &changes.changed_officers {
        *officers.iter_mut().find(|officer| **officer == *before).unwrap() = after.clone();
    }
    officers.extend(changes.new_officers.iter().cloned());
    let mut duties = roster.duties().to_vec();
    for ended in &changes.ended {
        let kept = duties.iter_mut().find(|duty| **duty == ended.duty).unwrap();
        assert!(ended.to_ms < kept.span.end_ms() && ended.to_ms >= kept.span.from_ms, "{ended:?}");
        kept.span.to_ms = Some(ended.to_ms);
    }
    for begun in &changes.begun {
        assert!(!begun.span.is_empty(), "{begun:?}");
        duties.push(Duty { id: duties.len() as i64 + 1, ..begun.clone() });
    }
    Roster::new(roster.revision() + 1, officers, duties)
}

fn after(lines: &[Line]) -> Roster {
    apply(&Roster::default(), &merged(&Roster::default(), lines, None).unwrap())
}

fn names(roster: &Roster, grid: &str, at_ms: i64) -> Vec<String> {
    let found = roster.at(grid, at_ms);
    found.primary.into_iter().chain(found.deputies).map(|officer| officer.code.clone()).collect()
}

#[test]
fn a_duty_holds_from_its_first_instant_until_just_before_its_end() {
    let roster = after(&[line(2, "a", "g", Role::Primary, 3, Some(5)), line(3, "b", "g", Role::Primary, 5, None)]);
    for (at_ms, who) in [(2, None), (3, Some("a")), (4, Some("a")), (5, Some("b")), (i64::MAX - 1, Some("b"))] {
        assert_eq!(roster.at("g", at_ms).primary.map(|officer| officer.code.as_str()), who, "{at_ms}");
    }
}

#[test]
fn an_end_in_the_list_ends_what_is_kept_and_the_next_begins() {
    let roster = after(&[line(2, "a", "g", Role::Primary, 0, None)]);
    let rows = [line(2, "a", "g", Role::Primary, 0, Some(6)), line(3, "b", "g", Role::Primary, 6, None)];
    let changes = merged(&roster, &rows, None).unwrap();
    assert_eq!((changes.ended.len(), changes.begun.len(), changes.ended[0].to_ms), (1, 1, 6));
    let roster = apply(&roster, &changes);
    assert_eq!((names(&roster, "g", 5), names(&roster, "g", 6)), (vec!["a".to_owned()], vec!["b".to_owned()]));
    assert!(merged(&roster, &rows, None).unwrap().is_empty());
}

#[test]
fn two_primaries_at_once_are_refused_with_both_names_and_what_to_do() {
    let roster = after(&[line(2, "a", "g", Role::Primary, 0, None)]);
    let problems = merged(&roster, &[line(7, "b", "g", Role::Primary, 4, None)], None).unwrap_err();
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!((problem.row, problem.column), (7, Column::Role));
    assert!(problem.problem.contains("a 王 (a) is its primary from 0"), "{}", problem.problem);
    assert!(problem.problem.contains("--replace-from"), "{}", problem.problem);
    let replaced = merged(&roster, &[line(7, "b", "g", Role::Primary, 4, None)], Some(4)).unwrap();
    assert_eq!((replaced.ended.len(), replaced.begun.len()), (1, 1));
    let early = merged(&roster, &[line(7, "b", "g", Role::Primary, 4, None)], Some(5));
    assert!(early.is_err(), "the old one ends a day too late");
}

#[test]
fn a_primary_and_deputies_stand_side_by_side() {
    let roster = after(&[
        line(2, "a", "g", Role::Primary, 0, None),
        line(3, "c", "g", Role::Deputy, 0, None),
        line(4, "b", "g", Role::Deputy, 0, None),
    ]);
    assert_eq!(names(&roster, "g", 1), ["a", "b", "c"]);
    let problems = merged(&roster, &[line(2, "b", "g", Role::Primary, 0, None)], Some(0));
    assert!(problems.is_ok(), "all others end at once");
    assert!(merged(&roster, &[line(2, "a", "g", Role::Deputy, 0, None)], None).is_err());
}

#[test]
fn rows_that_repeat_or_overlap_are_named_by_number() {
    let rows = [
        line(2, "a", "g", Role::Primary, 0, None),
        line(5, "a", "g", Role::Primary, 0, None),
        line(6, "b", "h", Role::Primary, 0, Some(4)),
        line(9, "b", "h", Role::Deputy, 3, None),
    ];
    let problems = merged(&Roster::default(), &rows, None).unwrap_err();
    let told: Vec<(u64, bool)> = problems.iter().map(|p| (p.row, p.problem.contains("same as row 2"))).collect();
    assert_eq!(told, [(5, true), (9, false)]);
}

#[test]
fn a_duty_recorded_by_mistake_is_taken_back_and_stays_in_the_history() {
    let roster = after(&[line(2, "a", "g", Role::Primary, 3, None)]);
    let rows = [line(2, "a", "g", Role::Primary, 3, Some(3))];
    let roster = apply(&roster, &merged(&roster, &rows, None).unwrap());
    assert!(roster.at("g", 4).primary.is_none());
    assert_eq!(roster.history("g").count(), 1);
    assert!(merged(&roster, &rows, None).unwrap().is_empty(), "a second time changes nothing");
    let never = merged(&roster, &[line(2, "a", "g", Role::Primary, 4, Some(4))], None).unwrap_err();
    assert_eq!(never[0].column, Column::To);
}

#[test]
fn what_a_list_leaves_out_stays_as_it_is_kept() {
    let roster = after(&[line(2, "a", "g", Role::Primary, 0, None)]);
    let short = Line { name: None, desk: None, phone: None, ..line(2, "a", "g", Role::Primary, 0, None) };
    assert!(merged(&roster, std::slice::from_ref(&short), None).unwrap().is_empty());
    let moved = merged(&roster, &[Line { desk: Some("9999".into()), ..short }], None).unwrap();
    let [(before, now)] = &moved.changed_officers[..] else { panic!("{moved:?}") };
    assert_eq!((before.desk.as_deref(), now.desk.as_deref()), (Some("6271"), Some("9999")));
    assert_eq!(before.phone, now.phone);
}

#[test]
fn a_row_with_a_team_and_no_name_is_the_team() {
    let team = Line { name: None, team: Some("东风班组".into()), ..line(2, "t", "g", Role::Primary, 0, None) };
    let member = Line { team: Some("东风班组".into()), ..line(3, "a", "g", Role::Deputy, 0, None) };
    let roster = after(&[team, member]);
    let found = roster.at("g", 0);
    let primary = found.primary.unwrap();
    assert_eq!((primary.kind, primary.name.as_str()), (Kind::Team, "东风班组"));
    assert_eq!((found.deputies[0].kind, found.deputies[0].team.as_deref()), (Kind::Person, Some("东风班组")));
}

#[test]
fn an_officer_needs_one_name() {
    let nameless = Line { name: None, ..line(4, "x", "g", Role::Primary, 0, None) };
    let problems = merged(&Roster::default(), &[nameless], None).unwrap_err();
    assert_eq!((problems[0].row, problems[0].column), (4, Column::Name));
    let other = Line { name: Some("李四".into()), ..line(5, "a", "h", Role::Primary, 0, None) };
    let problems = merged(&Roster::default(), &[line(4, "a", "g", Role::Primary, 0, None), other], None).unwrap_err();
    assert_eq!((problems[0].row, problems[0].value.as_str()), (5, "李四"));
    let phone = Line { phone: Some("13811112222".into()), ..line(5, "a", "h", Role::Primary, 0, None) };
    let problems = merged(&Roster::default(), &[line(4, "a", "g", Role::Primary, 0, None), phone], None).unwrap_err();
    assert!(!format!("{problems:?}").contains("138"), "a private number is not repeated");
}

#[test]
fn seventy_eight_officers_for_eighty_grids_leave_exactly_two_without() {
    let code = |n: u64| format!("370405004-{n:03}");
    let rows: Vec<Line> = (1..=80)
        .filter(|n| ![17, 53].contains(n))
        .map(|n| line(n, &format!("W{n:03}"), &code(n), Role::Primary, 0, None))
        .collect();
    let roster = after(&rows);
    let grids: Vec<String> = (1..=80).map(code).collect();
    let found = staffing(&roster, grids.iter().map(|grid| (grid.as_str(), 300)), 1);
    let without = [17, 53].map(|n| OfficerFinding::NoOfficer { grid: code(n) });
    assert_eq!(found.findings, without);
    assert_eq!((found.grids, found.without_officer, found.primaries, found.officers), (80, 2, 78, 78));
    assert_eq!((found.households_mean, found.households_max), (Some(300.0), Some((300, "W001".to_owned()))));
}

#[test]
fn a_person_with_two_grids_and_a_duty_without_grid_are_findings() {
    let team = Line { name: None, team: Some("班组".into()), ..line(5, "t", "i", Role::Primary, 0, None) };
    let team_too = Line { name: None, team: Some("班组".into()), ..line(6, "t", "j", Role::Primary, 0, None) };
    let roster = after(&[
        line(2, "a", "g", Role::Primary, 0, None),
        line(3, "a", "h", Role::Primary, 0, None),
        line(4, "a", "gone", Role::Deputy, 0, Some(5)),
        team,
        team_too,
    ]);
    let grids = [("g", 100), ("h", 250), ("i", 10), ("j", 10)];
    let found = staffing(&roster, grids, 4);
    let kinds: Vec<_> = found.findings.iter().map(OfficerFinding::kind).collect();
    assert_eq!(kinds, ["two_primaries", "duty_without_grid"], "a team may own several grids");
    assert_eq!(found.findings[0].grids(), ["g", "h"]);
    assert_eq!(found.findings[1].to_chinese(), "a 王（a）副岗的网格 gone 已不在生效网格中：请结束该值守");
    assert_eq!(found.households_max, Some((350, "a".to_owned())));
    assert_eq!(found.households_mean, Some(185.0));
    assert_eq!(staffing(&roster, grids, 5).findings.len(), 1, "the duty has ended");
}

/// Who is on duty where, asked for every instant.
type Model = BTreeSet<(String, String, Role, i64)>;

fn model(duties: &[Duty]) -> Model {
    let mut model = Model::new();
    for duty in duties {
        for at in (0..=END).filter(|at| duty.span.holds(*at)) {
            model.insert((duty.officer.clone(), duty.grid.clone(), duty.role, at));
        }
    }
    model
}

/// The list merged instant by instant.
fn slow_merge(roster: &Roster, lines: &[Line], replace_from: Option<i64>) -> Model {
    let listed = |duty: &Duty, at: i64| {
        lines.iter().any(|line| {
            let said = line.duty.as_ref().unwrap();
            (&line.officer, &said.grid, said.role) == (&duty.officer, &duty.grid, duty.role) && said.span.holds(at)
        })
    };
    let mut model = Model::new();
    for duty in roster.duties() {
        let mut cut = false;
        let mut left_out = false;
        for at in (0..=END).filter(|at| duty.span.holds(*at)) {
            // the list says until when, and that was after this duty began
            cut |= at > duty.span.from_ms && listed(duty, at - 1) && !listed(duty, at);
            left_out |= replace_from.is_some_and(|from| at >= from) && !listed(duty, at);
            if !cut && !left_out {
                model.insert((duty.officer.clone(), duty.grid.clone(), duty.role, at));
            }
        }
    }
    for line in lines {
        let said = line.duty.as_ref().unwrap();
        for at in (0..=END).filter(|at| said.span.holds(*at)) {
            model.insert((line.officer.clone(), said.grid.clone(), said.role, at));
        }
    }
    model
}

fn is_lawful(model: &Model) -> bool {
    model.iter().all(|(officer, grid, role, at)| {
        model.iter().all(|(o, g, r, t)| {
            let meets = g == grid && t == at;
            let two_primaries = meets && *role == Role::Primary && *r == Role::Primary && o != officer;
            let both_roles = meets && o == officer && r != role;
            !two_primaries && !both_roles
        })
    })
}

fn rows_overlap(lines: &[Line]) -> bool {
    lines.iter().enumerate().any(|(i, a)| {
        let said = a.duty.as_ref().unwrap();
        lines[..i].iter().any(|b| {
            let other = b.duty.as_ref().unwrap();
            (&a.officer, &said.grid) == (&b.officer, &other.grid) && said.span.meets(other.span)
        })
    })
}

fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    let one = (0_usize..3, 0_usize..2, any::<bool>(), 0..END - 1, 1..END, any::<bool>());
    proptest::collection::vec(one, 0..5).prop_map(|rows| {
        rows.into_iter()
            .enumerate()
            .map(|(i, (officer, grid, primary, from, length, open))| {
                let role = if primary { Role::Primary } else { Role::Deputy };
                // an end beyond the model's instants could not be told from none
                let to = (!open && from + length < END).then_some(from + length);
                line(i as u64 + 2, ["a", "b", "c"][officer], ["g", "h"][grid], role, from, to)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn lists_merge_as_if_every_instant_were_asked(
        lists in proptest::collection::vec((any_lines(), proptest::option::of(0..END)), 1..5)
    ) {
        let mut roster = Roster::default();
        for (lines, replace_from) in lists {
            let slow = slow_merge(&roster, &lines, replace_from);
            match merged(&roster, &lines, replace_from) {
                Ok(changes) => {
                    prop_assert!(is_lawful(&slow) && !rows_overlap(&lines));
                    let history = roster.duties().len();
                    roster = apply(&roster, &changes);
                    prop_assert_eq!(model(roster.duties()), slow);
                    prop_assert_eq!(roster.duties().len(), history + changes.begun.len());
                    let again = merged(&roster, &lines, replace_from);
                    prop_assert_eq!(again, Ok(Changes::default()));
                }
                Err(problems) => {
                    prop_assert!(!is_lawful(&slow) || rows_overlap(&lines), "{:?}", problems);
                    prop_assert!(problems.iter().all(|problem| problem.row >= 2));
                }
            }
        }
    }

    #[test]
    fn figures_and_findings_are_what_a_look_at_each_grid_alone_finds(lines in any_lines(), at in 0..=END) {
        let Ok(changes) = merged(&Roster::default(), &lines, None) else { return Ok(()) };
        let roster = apply(&Roster::default(), &changes);
        // grid i has nobody ever, h is in force or not
        let grids: Vec<(&str, u64)> = if at % 2 == 0 { vec![("g", 7), ("h", 11), ("i", 1)] } else { vec![("g", 7), ("i", 1)] };
        let found = staffing(&roster, grids.iter().copied(), at);
        let holds = |officer: &str, grid: &str, role: Role| {
            roster.duties().iter().any(|d| d.officer == officer && d.grid == grid && d.role == role && d.span.holds(at))
        };
        let (mut findings, mut loads) = (Vec::new(), Vec::new());
        for (grid, _) in &grids {
            if !["a", "b", "c"].iter().any(|officer| holds(officer, grid, Role::Primary)) {
                findings.push(OfficerFinding::NoOfficer { grid: (*grid).to_owned() });
            }
        }
        for officer in ["a", "b", "c"] {
            let own: Vec<&(&str, u64)> = grids.iter().filter(|(grid, _)| holds(officer, grid, Role::Primary)).collect();
            loads.extend((!own.is_empty()).then(|| own.iter().map(|(_, households)| households).sum::<u64>()));
            if own.len() > 1 {
                findings.push(OfficerFinding::TwoPrimaries {
                    officer: officer.to_owned(),
                    name: format!("{officer} 王"),
                    grids: own.iter().map(|(grid, _)| (*grid).to_owned()).collect(),
                });
            }
        }
        for officer in ["a", "b", "c"] {
            for role in [Role::Primary, Role::Deputy] {
                if at % 2 == 1 && holds(officer, "h", role) {
                    let (officer, name, grid) = (officer.to_owned(), format!("{officer} 王"), "h".to_owned());
                    findings.push(OfficerFinding::DutyWithoutGrid { officer, name, grid, role });
                }
            }
        }
        prop_assert_eq!(&found.findings, &findings);
        prop_assert_eq!(found.primaries, loads.len() as u64);
        prop_assert_eq!(found.households_max.map(|(most, _)| most), loads.iter().copied().max());
        let mean = (!loads.is_empty()).then(|| loads.iter().sum::<u64>() as f64 / loads.len() as f64);
        prop_assert_eq!(found.households_mean, mean);
    }
}
