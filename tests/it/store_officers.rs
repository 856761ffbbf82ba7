//! What every store promises of officers, their duties and the events of reports.

use std::sync::Arc;

use wangge::officer::{Changes, Duty, Ended, Kind, Officer, Role, Roster, Span};
use wangge::store::audit::Verifier;
use wangge::store::{Act, Stage, Standing, Store, StoreError};

use crate::postgis::Database;
use crate::store_contract::{GeoPackageFile, Place, PostgisDatabase, contract};
use crate::store_samples::{TIME_MS, act, new_report};

contract! {
    officers_and_duties_come_back_as_they_were_kept,
    a_duty_ends_and_stays_in_the_history,
    a_duty_that_has_ended_does_not_end_later,
    of_two_changes_made_on_the_same_state_one_is_refused,
    of_many_writers_at_once_none_is_lost_or_counted_twice,
    a_change_that_fails_in_the_middle_leaves_nothing,
    no_change_keeps_nothing,
    every_change_stands_in_the_log_without_personal_data,
    the_events_of_a_report_come_oldest_first,
    a_report_stands_where_its_newest_step_led,
    of_many_steps_at_once_none_is_lost_and_none_follows_a_closing,
}

fn officer(code: &str) -> Officer {
    Officer {
        name: format!("王{code}"),
        team: Some("东风班组".to_owned()),
        desk: Some("021-62710001".to_owned()),
        phone: Some(format!("139{code}")),
        principal: Some("p-1".to_owned()),
        ..Officer::new(code, Kind::Person)
    }
}

fn duty(officer: &str, grid: &str, role: Role, to_ms: Option<i64>) -> Duty {
    Duty { id: 0, officer: officer.into(), grid: grid.into(), role, span: Span { from_ms: TIME_MS, to_ms } }
}

/// One officer who is primary of one grid.
fn first() -> Changes {
    Changes {
        new_officers: vec![officer("W1")],
        begun: vec![duty("W1", "A-001", Role::Primary, None)],
        ..Changes::default()
    }
}

async fn kept(store: &dyn Store, changes: &Changes) -> Roster {
    let base = store.roster_revision().await.unwrap();
    let revision = store.keep_roster(base, changes, &act()).await.unwrap();
    let roster = store.roster().await.unwrap();
    assert_eq!((revision, roster.revision()), (base + 1, base + 1));
    roster
}

async fn officers_and_duties_come_back_as_they_were_kept(place: &dyn Place) {
    let store = place.open().await;
    let empty = store.roster().await.unwrap();
    assert_eq!((empty.revision(), empty.officers().len(), empty.duties().len()), (0, 0, 0));
    let team = Officer { name: "班组".to_owned(), ..Officer::new("T1", Kind::Team) };
    let changes = Changes {
        new_officers: vec![team.clone(), officer("W1")],
        begun: vec![
            duty("W1", "A-001", Role::Primary, None),
            duty("T1", "A-002", Role::Primary, Some(TIME_MS + 5)),
            duty("T1", "A-001", Role::Deputy, None),
        ],
        ..Changes::default()
    };
    kept(&*store, &changes).await;
    let moved = Officer { desk: None, kind: Kind::Team, phone: None, ..officer("W1") };
    let changed = Changes { changed_officers: vec![(officer("W1"), moved.clone())], ..Changes::default() };
    kept(&*store, &changed).await;
    // a second handle, as another process has one
    let roster = place.open().await.roster().await.unwrap();
    assert_eq!(roster.officers(), [team, moved]);
    let read: Vec<Duty> = roster.duties().iter().map(|kept| Duty { id: 0, ..kept.clone() }).collect();
    assert_eq!(read, changes.begun);
    let ids: Vec<i64> = roster.duties().iter().map(|duty| duty.id).collect();
    assert!(ids.is_sorted() && ids.iter().all(|id| *id > 0), "{ids:?}");
}

async fn a_duty_ends_and_stays_in_the_history(place: &dyn Place) {
    let store = place.open().await;
    let roster = kept(&*store, &first()).await;
    let ended = Ended { duty: roster.duties()[0].clone(), to_ms: TIME_MS + 10 };
    let changes = Changes {
        new_officers: vec![officer("W2")],
        ended: vec![ended],
        begun: vec![duty("W2", "A-001", Role::Primary, None)],
        ..Changes::default()
    };
    let roster = kept(&*store, &changes).await;
    assert_eq!(roster.history("A-001").count(), 2);
    assert_eq!(roster.at("A-001", TIME_MS + 9).primary.unwrap().code, "W1");
    // taken back: it ends where it began
    let taken_back = Ended { duty: roster.duties()[1].clone(), to_ms: TIME_MS };
    let roster = kept(&*store, &Changes { ended: vec![taken_back], ..Changes::default() }).await;
    assert_eq!(roster.history("A-001").count(), 2);
    assert!(roster.at("A-001", TIME_MS + 10).primary.is_none());
}

async fn a_duty_that_has_ended_does_not_end_later(place: &dyn Place) {
    let store = place.open().await;
    let roster = kept(&*store, &first()).await;
    let end = |to_ms| Changes { ended: vec![Ended { duty: roster.duties()[0].clone(), to_ms }], ..Changes::default() };
    kept(&*store, &end(TIME_MS + 10)).await;
    for later in [TIME_MS + 10, TIME_MS + 11] {
        let error = store.keep_roster(2, &end(later), &act()).await.unwrap_err();
        assert!(matches!(error, StoreError::Mismatch { what: "duty", .. }), "{error}");
    }
    let error = store.keep_roster(2, &end(TIME_MS - 1), &act()).await.unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "before it began: {error}");
    let roster = store.roster().await.unwrap();
    assert_eq!((roster.revision(), roster.duties()[0].span.to_ms), (2, Some(TIME_MS + 10)));
}

async fn of_two_changes_made_on_the_same_state_one_is_refused(place: &dyn Place) {
    let (store, other) = (place.open().await, place.open().await);
    let add = |code: &str| Changes { new_officers: vec![officer(code)], ..Changes::default() };
    let (one, two) = (add("W1"), add("W2"));
    let (a, b) = (act(), act());
    let (first, second) = tokio::join!(store.keep_roster(0, &one, &a), other.keep_roster(0, &two, &b));
    let refused = [first, second].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(matches!(&refused[..], [StoreError::Mismatch { what: "list of officers", .. }]), "{refused:?}");
    assert_eq!(store.roster().await.unwrap().officers().len(), 1);
}

async fn of_many_writers_at_once_none_is_lost_or_counted_twice(place: &dyn Place) {
    let (store, other) = (place.open().await, place.open().await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..12 {
        let store = if n % 2 == 0 { Arc::clone(&store) } else { Arc::clone(&other) };
        tasks.spawn(async move {
            let changes = Changes { new_officers: vec![officer(&format!("W{n}"))], ..Changes::default() };
            loop {
                let base = store.roster_revision().await.unwrap();
                match store.keep_roster(base, &changes, &act()).await {
                    Ok(_) => return,
                    Err(StoreError::Mismatch { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }
    tasks.join_all().await;
    let roster = store.roster().await.unwrap();
    assert_eq!((roster.officers().len(), roster.revision()), (12, 12));
}

async fn a_change_that_fails_in_the_middle_leaves_nothing(place: &dyn Place) {
    let store = place.open().await;
    let mut changes = first();
    changes.begun.push(duty("nobody", "A-002", Role::Primary, None));
    let error = store.keep_roster(0, &changes, &act()).await.unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
    let roster = store.roster().await.unwrap();
    assert_eq!((roster.revision(), roster.officers().len(), roster.duties().len()), (0, 0, 0));
    assert!(store.audit(0, 10).await.unwrap().is_empty());
}

async fn no_change_keeps_nothing(place: &dyn Place) {
    let store = place.open().await;
    assert_eq!(store.keep_roster(0, &Changes::default(), &act()).await.unwrap(), 0);
    assert!(store.audit(0, 10).await.unwrap().is_empty());
}

async fn every_change_stands_in_the_log_without_personal_data(place: &dyn Place) {
    let store = place.open().await;
    let who = Act { by: "p-7".to_owned(), at_ms: TIME_MS + 20, request: Some("r-1".to_owned()) };
    store.keep_roster(0, &first(), &who).await.unwrap();
    let roster = store.roster().await.unwrap();
    let moved = Officer { phone: Some("13800000000".to_owned()), ..officer("W1") };
    let changes = Changes {
        changed_officers: vec![(officer("W1"), moved)],
        ended: vec![Ended { duty: roster.duties()[0].clone(), to_ms: TIME_MS }],
        ..Changes::default()
    };
    store.keep_roster(1, &changes, &who).await.unwrap();
    let log = store.audit(0, 100).await.unwrap();
    let mut verifier = Verifier::default();
    for entry in &log {
        verifier.take(entry).unwrap();
    }
    let told: Vec<(&str, &str, &str)> =
        log.iter().map(|entry| (&*entry.action, &*entry.kind, &*entry.object)).collect();
    let id = roster.duties()[0].id.to_string();
    assert_eq!(
        told[told.len() - 4..],
        [("add", "officer", "W1"), ("begin", "duty", &*id), ("set", "officer", "W1"), ("withdraw", "duty", &*id)]
    );
    assert!(log.iter().all(|entry| entry.by == "p-7" && entry.at_ms == TIME_MS + 20));
    let set = &log[log.len() - 2];
    assert_eq!(set.detail, r#"{"changed":["phone"]}"#);
    assert_eq!(set.before, set.after, "a number so short could be found from its hash");
    let withdrawn = log.last().unwrap();
    assert!(withdrawn.before.is_some() && withdrawn.before != withdrawn.after);
    for entry in &log {
        for personal in ["王", "139", "138", "62710001"] {
            assert!(!entry.detail.contains(personal), "{entry:?}");
        }
    }
}

async fn the_events_of_a_report_come_oldest_first(place: &dyn Place) {
    let store = place.open().await;
    for id in ["r1", "r2"] {
        store.add_report(&new_report(id, None), &act()).await.unwrap();
    }
    let events = store.report_events("r2").await.unwrap();
    let told: Vec<(&str, i64)> = events.iter().map(|event| (event.kind.as_str(), event.at_ms)).collect();
    assert_eq!(told, [("received", TIME_MS + 3), ("routed", TIME_MS + 3)]);
    assert_eq!(events[1].detail["grid"], "W-000");
    assert!(events[0].id < events[1].id);
    let missing = store.report_events("r3").await.unwrap_err();
    assert!(matches!(missing, StoreError::NotFound { what: "report", .. }), "{missing}");
}

async fn a_report_stands_where_its_newest_step_led(place: &dyn Place) {
    let store = place.open().await;
    for id in ["r1", "r2"] {
        store.add_report(&new_report(id, None), &act()).await.unwrap();
    }
    assert_eq!((store.last_report_step().await.unwrap(), store.report_steps(0, 9).await.unwrap()), (0, Vec::new()));
    let at = |ms| Act::new("p-7", TIME_MS + ms);
    let stands = |stage, ms, answer: Option<&str>| Standing {
        stage,
        since_ms: Some(TIME_MS + ms),
        answer: answer.map(str::to_owned),
    };
    let answered = store.step_report("r1", Stage::Answered, Some("马上修"), &at(10)).await.unwrap();
    assert_eq!(answered.standing, stands(Stage::Answered, 10, Some("马上修")));
    assert_eq!(answered.sent, new_report("r1", None), "what was sent stays as it was");
    let entries = store.audit(0, u32::MAX).await.unwrap().len();
    let again = store.step_report("r1", Stage::Answered, Some("马上修"), &at(11)).await.unwrap();
    assert_eq!(
        (again, store.audit(0, u32::MAX).await.unwrap().len()),
        (answered, entries),
        "nothing new, nothing written"
    );
    let closed = store.step_report("r1", Stage::Closed, None, &at(12)).await.unwrap();
    assert_eq!(closed.standing, stands(Stage::Closed, 12, Some("马上修")));
    let refused = store.step_report("r1", Stage::Answered, Some("再修"), &at(13)).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Closed { id } if id == "r1"), "{refused}");
    let missing = store.step_report("r3", Stage::Closed, None, &at(13)).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotFound { what: "report", .. }), "{missing}");
    store.step_report("r2", Stage::Closed, None, &at(14)).await.unwrap();
    let opened = store.step_report("r1", Stage::Open, None, &at(15)).await.unwrap();
    assert_eq!(opened.standing, stands(Stage::Open, 15, None));
    // a list and a second program say the same
    let other = place.open().await;
    let listed: Vec<_> = other.reports(9, None).await.unwrap().into_iter().map(|record| record.standing).collect();
    assert_eq!(listed, [stands(Stage::Closed, 14, None), stands(Stage::Open, 15, None)]);
    let steps = other.report_steps(0, 9).await.unwrap();
    assert_eq!(steps.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>(), ["r1", "r1", "r2", "r1"]);
    assert!(steps.is_sorted_by(|one, next| one.0 < next.0));
    assert_eq!(other.last_report_step().await.unwrap(), steps[3].0);
    assert_eq!(other.report_steps(steps[1].0, 1).await.unwrap(), steps[2..3]);
    let kinds: Vec<_> = store.report_events("r1").await.unwrap().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["received", "routed", "answered", "closed", "reopened"]);
    for entry in store.audit(0, u32::MAX).await.unwrap() {
        assert!(!entry.detail.contains('修'), "what was said is no business of the log: {entry:?}");
    }
}

async fn of_many_steps_at_once_none_is_lost_and_none_follows_a_closing(place: &dyn Place) {
    let handles = [place.open().await, place.open().await];
    handles[0].add_report(&new_report("r", None), &act()).await.unwrap();
    let tasks: Vec<_> = (0..24)
        .map(|n| {
            let store = handles[n % 2].clone();
            let (to, words) = if n == 12 { (Stage::Closed, None) } else { (Stage::Answered, Some(format!("{n}"))) };
            tokio::spawn(async move { store.step_report("r", to, words.as_deref(), &act()).await })
        })
        .collect();
    let mut taken = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => taken += 1,
            Err(StoreError::Closed { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let events = handles[1].report_events("r").await.unwrap();
    assert_eq!(events.len(), 2 + taken, "each that was acknowledged is there");
    assert_eq!(events.last().unwrap().kind, "closed");
}

/// What a GIS lists and may do in the file.
#[tokio::test]
async fn a_gis_sees_no_officer_and_cannot_rewrite_a_duty() {
    use gdal::vector::{LayerAccess, sql::Dialect};
    let place = GeoPackageFile::new();
    let store = place.open().await;
    kept(&*store, &first()).await;
    store.close().await;
    let path = place.0.path().join("store.gpkg");
    let options = gdal::DatasetOptions {
        open_flags: gdal::GdalOpenFlags::GDAL_OF_VECTOR | gdal::GdalOpenFlags::GDAL_OF_UPDATE,
        ..gdal::DatasetOptions::default()
    };
    let file = gdal::Dataset::open_ex(&path, options).unwrap();
    let listed: Vec<String> = file.layers().map(|layer| layer.name()).collect();
    assert!(listed.contains(&"grids".to_owned()), "{listed:?}");
    assert!(!listed.iter().any(|name| ["officer", "duty", "roster"].contains(&name.as_str())), "{listed:?}");
    for forbidden in [
        "UPDATE duty SET from_ms = from_ms + 1",
        "UPDATE duty SET officer = 'W2'",
        "DELETE FROM duty",
        "DELETE FROM officer",
        "UPDATE officer SET code = 'W2'",
    ] {
        assert!(file.execute_sql(forbidden, None, Dialect::DEFAULT).is_err(), "{forbidden}");
    }
    drop(file);
    let roster = place.open().await.roster().await.unwrap();
    assert_eq!((roster.officers(), roster.duties()[0].span.from_ms), (&[officer("W1")][..], TIME_MS));
}
