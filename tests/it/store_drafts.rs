//! What every store promises of drafts.

use wangge::store::{
    DraftAdded, DraftMarked, DraftOpRecord, DraftStand, NewDraftOp, PlanRecord, PlanStatus, PlanTerms, Redrawn, Store,
    StoreError,
};

use crate::postgis::Database;
use crate::store_contract::{GeoPackageFile, Place, PostgisDatabase, contract};
use crate::store_samples::{SamplePlan, act, district, new_import, new_publication};

contract! {
    operations_come_back_as_they_were_kept_in_revisions_without_gaps,
    operations_are_all_added_or_none,
    of_many_who_add_at_one_revision_one_does,
    a_draft_that_was_published_takes_no_operations,
    a_redrawn_plan_is_published_as_it_is_now_or_not_at_all,
    a_log_of_no_plan_is_named,
    a_draft_is_put_away_and_taken_back_and_nothing_of_it_changes,
}

fn op(id: &str) -> NewDraftOp {
    let body = format!("{{\"id\":\"{id}\",\"kind\":\"rename\",\"name\":\"一'\\\"\"}}");
    NewDraftOp { id: id.to_owned(), kind: "rename", atoms: 3, body }
}

fn ops(ids: &[&str]) -> Vec<NewDraftOp> {
    ids.iter().map(|id| op(id)).collect()
}

async fn draft(store: &dyn Store, prefix: &str) -> i64 {
    let (dataset, boundaries) = district(4, "x");
    let dataset = store.import(&new_import(&dataset, &boundaries, "1"), &|_, _| {}, &act()).await.unwrap();
    store.save_plan(&SamplePlan::rows(4, prefix, None).on(dataset, 0), &act()).await.unwrap()
}

async fn operations_come_back_as_they_were_kept_in_revisions_without_gaps(place: &dyn Place) {
    let store = place.open().await;
    let (one, two) = (draft(&*store, "a").await, draft(&*store, "b").await);
    let many: Vec<String> = (0..150).map(|n| format!("m{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(store.add_draft_ops(one, 0, &ops(&["x"]), &act()).await.unwrap(), DraftAdded::Added(1));
    assert_eq!(store.add_draft_ops(two, 0, &ops(&["x", "y"]), &act()).await.unwrap(), DraftAdded::Added(2));
    assert_eq!(store.add_draft_ops(one, 1, &ops(&many), &act()).await.unwrap(), DraftAdded::Added(151));
    let store = place.open().await;
    assert_eq!(store.draft_stand(one).await.unwrap(), DraftStand { rev: 151, publication: None });
    let read = store.draft_ops(one, 0, 1_000).await.unwrap();
    let expected: Vec<DraftOpRecord> = std::iter::once("x")
        .chain(many)
        .zip(1..)
        .map(|(id, rev)| DraftOpRecord { rev, id: id.to_owned(), by: act().by, at_ms: act().at_ms, body: op(id).body })
        .collect();
    assert_eq!(read, expected);
    assert_eq!(store.draft_ops(one, 149, 1).await.unwrap(), expected[149..150]);
    assert_eq!(store.draft_ops(two, 2, 9).await.unwrap(), []);
    let entries = store.audit(0, 1_000).await.unwrap();
    let told: Vec<_> = entries.iter().filter(|entry| entry.action == "redraw").collect();
    assert_eq!(told.len(), 153, "one entry each");
    assert!(told.iter().all(|entry| entry.kind == "plan" && entry.by == act().by));
    let detail: serde_json::Value = serde_json::from_str(&told[0].detail).unwrap();
    assert_eq!(detail, serde_json::json!({"op": "x", "rev": 1, "kind": "rename", "atoms": 3}));
}

async fn operations_are_all_added_or_none(place: &dyn Place) {
    let store = place.open().await;
    let plan = draft(&*store, "").await;
    store.add_draft_ops(plan, 0, &ops(&["a"]), &act()).await.unwrap();
    let entries = store.audit(0, 100).await.unwrap().len();
    // an id that is in the log, and one that stands twice
    store.add_draft_ops(plan, 1, &ops(&["b", "a"]), &act()).await.unwrap_err();
    store.add_draft_ops(plan, 1, &ops(&["b", "b"]), &act()).await.unwrap_err();
    assert_eq!(store.add_draft_ops(plan, 0, &ops(&["b"]), &act()).await.unwrap(), DraftAdded::Behind(1));
    assert_eq!(store.add_draft_ops(plan, 7, &ops(&["b"]), &act()).await.unwrap(), DraftAdded::Behind(1));
    assert_eq!(store.draft_ops(plan, 0, 9).await.unwrap().len(), 1);
    assert_eq!(store.audit(0, 100).await.unwrap().len(), entries);
}

async fn of_many_who_add_at_one_revision_one_does(place: &dyn Place) {
    let handles = [place.open().await, place.open().await];
    let plan = draft(&*handles[0], "").await;
    for round in 0..3 {
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let store = handles[n % 2].clone();
                let fresh = vec![op(&format!("{round}-{n}"))];
                tokio::spawn(async move { store.add_draft_ops(plan, round, &fresh, &act()).await.unwrap() })
            })
            .collect();
        let mut added = 0;
        for task in tasks {
            match task.await.unwrap() {
                DraftAdded::Added(rev) => {
                    assert_eq!(rev, round + 1);
                    added += 1;
                }
                DraftAdded::Behind(rev) => assert_eq!(rev, round + 1),
                DraftAdded::Published(_) => panic!("nothing was published"),
            }
        }
        assert_eq!(added, 1);
    }
    let revs: Vec<i64> = handles[1].draft_ops(plan, 0, 9).await.unwrap().iter().map(|record| record.rev).collect();
    assert_eq!(revs, [1, 2, 3]);
}

async fn a_draft_that_was_published_takes_no_operations(place: &dyn Place) {
    let store = place.open().await;
    let plan = draft(&*store, "").await;
    store.publish(&new_publication(plan), &act()).await.unwrap();
    assert_eq!(store.add_draft_ops(plan, 0, &ops(&["a"]), &act()).await.unwrap(), DraftAdded::Published(1));
    assert_eq!(store.draft_stand(plan).await.unwrap(), DraftStand { rev: 0, publication: Some(1) });
}

/// A plan that is revision `rev` of `base`.
async fn redrawn(store: &dyn Store, prefix: &str, base: i64, rev: i64) -> Result<i64, StoreError> {
    let sample = SamplePlan::rows(4, prefix, None);
    let mut plan = sample.on(1, 0);
    plan.terms = PlanTerms { redrawn: Some(Redrawn { base, rev }), ..plan.terms };
    store.save_plan(&plan, &act()).await
}

async fn a_redrawn_plan_is_published_as_it_is_now_or_not_at_all(place: &dyn Place) {
    let store = place.open().await;
    let plan = draft(&*store, "").await;
    store.add_draft_ops(plan, 0, &ops(&["a", "b"]), &act()).await.unwrap();
    let older = |error: StoreError, rev: i64, newest: i64| {
        assert!(
            matches!(error, StoreError::Redrawn { plan: of, rev: r, newest: n } if (of, r, n) == (plan, rev, newest)),
            "{error}"
        );
    };
    // as it was made it is no more
    older(store.publish(&new_publication(plan), &act()).await.unwrap_err(), 0, 2);
    older(redrawn(&*store, "r", plan, 1).await.unwrap_err(), 1, 2);
    let first = redrawn(&*store, "r", plan, 2).await.unwrap();
    store.add_draft_ops(plan, 2, &ops(&["c"]), &act()).await.unwrap();
    older(store.publish(&new_publication(first), &act()).await.unwrap_err(), 2, 3);
    assert_eq!(store.publications().await.unwrap(), []);
    let second = redrawn(&*store, "s", plan, 3).await.unwrap();
    store.publish(&new_publication(second), &act()).await.unwrap();
    let plans = store.plans().await.unwrap();
    let of = |id: i64| plans.iter().find(|record| record.id == id).unwrap();
    assert_eq!(of(second).terms.redrawn, Some(Redrawn { base: plan, rev: 3 }));
    let stands = [plan, first, second].map(|id| (of(id).status, of(id).terms.redrawn.is_some()));
    let (draft, published) = (PlanStatus::Draft, PlanStatus::Published);
    assert_eq!(stands, [(published, false), (draft, true), (published, true)]);
    assert_eq!(store.add_draft_ops(plan, 3, &ops(&["d"]), &act()).await.unwrap(), DraftAdded::Published(1));
}

async fn a_log_of_no_plan_is_named(place: &dyn Place) {
    let store = place.open().await;
    for error in [
        store.draft_stand(9).await.unwrap_err(),
        store.add_draft_ops(9, 0, &ops(&["a"]), &act()).await.unwrap_err(),
        store.put_draft_away(9, true, &act()).await.unwrap_err(),
    ] {
        assert!(matches!(&error, StoreError::NotFound { what: "plan", id } if id == "9"), "{error}");
    }
    assert_eq!(store.draft_ops(9, 0, 9).await.unwrap(), []);
}

async fn a_draft_is_put_away_and_taken_back_and_nothing_of_it_changes(place: &dyn Place) {
    let store = place.open().await;
    let (plan, other) = (draft(&*store, "a").await, draft(&*store, "b").await);
    store.add_draft_ops(plan, 0, &ops(&["a"]), &act()).await.unwrap();
    let before = store.plans().await.unwrap();
    for (away, done) in [
        (false, DraftMarked::Same),
        (true, DraftMarked::Marked),
        (true, DraftMarked::Same),
        (false, DraftMarked::Marked),
        (true, DraftMarked::Marked),
    ] {
        assert_eq!(store.put_draft_away(plan, away, &act()).await.unwrap(), done, "{away}");
        let now = place.open().await.plans().await.unwrap();
        let status = if away { PlanStatus::PutAway } else { PlanStatus::Draft };
        assert_eq!(now, [PlanRecord { status, ..before[0].clone() }, before[1].clone()]);
    }
    let entries = store.audit(0, 100).await.unwrap();
    let told = entries.iter().filter(|entry| ["put_away", "take_back"].contains(&entry.action.as_str()));
    let told: Vec<_> = told.map(|entry| (entry.action.as_str(), entry.object.as_str())).collect();
    let id = plan.to_string();
    assert_eq!(told, [("put_away", id.as_str()), ("take_back", &id), ("put_away", &id)]);
    // what somebody still draws is not lost to who tidied up
    assert_eq!(store.add_draft_ops(plan, 1, &ops(&["b"]), &act()).await.unwrap(), DraftAdded::Added(2));
    let redrawn = redrawn(&*store, "r", plan, 2).await.unwrap();
    store.publish(&new_publication(redrawn), &act()).await.unwrap();
    assert_eq!(store.plans().await.unwrap()[0].status, PlanStatus::Published);
    assert_eq!(store.put_draft_away(plan, false, &act()).await.unwrap(), DraftMarked::Published(1));
    assert_eq!(store.plans().await.unwrap().iter().find(|plan| plan.id == other).unwrap().status, PlanStatus::Draft);
}
