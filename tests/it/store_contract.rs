//! What every store promises, checked against each backend.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use wangge::store::{Kept, NewPlan, Open, PlanLevel, PlanStatus, PlanTerms, Store, StoreError, Workspace, open};

use crate::postgis::Database;
use crate::store_samples::{SamplePlan, act, district, new_import, new_publication, new_report};

/// Where one store lies; opening twice gives two handles on the same store.
#[async_trait]
pub trait Place: Send + Sync {
    async fn open(&self) -> Arc<dyn Store>;
}

pub struct GeoPackageFile(pub tempfile::TempDir);

impl GeoPackageFile {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

#[async_trait]
impl Place for GeoPackageFile {
    async fn open(&self) -> Arc<dyn Store> {
        open(self.0.path().join("store.gpkg").to_str().unwrap(), Open::OrCreate).await.unwrap()
    }
}

pub struct PostgisDatabase(pub Database);

#[async_trait]
impl Place for PostgisDatabase {
    async fn open(&self) -> Arc<dyn Store> {
        open(&self.0.url, Open::OrCreate).await.unwrap()
    }
}

macro_rules! contract {
    ($($claim:ident,)+) => {
        mod geopackage {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $claim() {
                    super::$claim(&super::GeoPackageFile::new()).await;
                }
            )+
        }
        mod postgis {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $claim() {
                    let Some(database) = super::Database::new() else { return };
                    super::$claim(&super::PostgisDatabase(database)).await;
                }
            )+
        }
    };
}

contract! {
    a_dataset_comes_back_as_it_was_kept,
    the_same_content_is_kept_once,
    an_import_that_fails_in_the_middle_leaves_nothing,
    an_import_that_is_given_up_leaves_nothing,
    an_import_that_does_not_fit_together_is_refused,
    a_plan_comes_back_as_it_was_saved,
    a_plan_that_does_not_fit_its_dataset_is_refused,
    findings_belong_to_their_dataset_and_plan,
    a_publication_numbers_and_marks_its_plan,
    a_stale_base_is_refused,
    disjoint_scopes_publish_side_by_side,
    a_scope_above_or_below_makes_a_plan_stale,
    a_grid_that_continues_keeps_its_code,
    a_code_that_ended_is_never_given_again,
    a_code_in_force_in_another_scope_is_refused,
    of_two_publications_at_once_one_is_stale,
    a_report_comes_back_as_it_was_kept,
    the_same_key_and_body_replay_the_report,
    of_many_reports_with_one_key_at_once_one_is_created,
    reports_come_newest_first_or_after_one,
    what_is_not_there_is_named,
    workspace_settings_stay,
    everything_survives_reopening,
    two_handles_see_each_others_writes,
    many_writers_on_two_handles_lose_nothing,
}

pub(crate) use contract;

fn silent(_: u64, _: u64) {}

/// Imports a district of `side` × `side` atoms.
async fn with_district(store: &dyn Store, side: i32) -> i64 {
    let (dataset, boundaries) = district(side, "中山");
    store.import(&new_import(&dataset, &boundaries, &format!("{side}")), &silent, &act()).await.unwrap()
}

/// Saves and publishes; returns the sequence number.
async fn published(store: &dyn Store, plan: &SamplePlan, dataset: i64, base: i64) -> Result<i64, StoreError> {
    let plan = store.save_plan(&plan.on(dataset, base), &act()).await?;
    Ok(store.publish(&new_publication(plan), &act()).await?.seq)
}

async fn a_dataset_comes_back_as_it_was_kept(place: &dyn Place) {
    let store = place.open().await;
    let (small, small_boundaries) = district(2, "一");
    let (large, large_boundaries) = district(20, "二");
    let told = AtomicU64::new(0);
    let progress = |done: u64, all: u64| {
        assert!(done > told.swap(done, Ordering::SeqCst) && done <= all && all == 400, "{done} of {all}");
    };
    let first = store.import(&new_import(&small, &small_boundaries, "1"), &silent, &act()).await.unwrap();
    let second = store.import(&new_import(&large, &large_boundaries, "2"), &progress, &act()).await.unwrap();
    assert_eq!(told.load(Ordering::SeqCst), 400);
    assert_eq!(store.dataset(first).await.unwrap(), small);
    assert_eq!(store.dataset(second).await.unwrap(), large);
    assert_eq!(store.boundaries(first).await.unwrap(), small_boundaries);
    assert_eq!(store.boundaries(second).await.unwrap(), large_boundaries);
    let records = store.datasets().await.unwrap();
    let given = new_import(&large, &large_boundaries, "2");
    assert_eq!(records.iter().map(|r| r.id).collect::<Vec<_>>(), [first, second]);
    let record = &records[1];
    assert_eq!((&record.source, &record.content_hash, &record.crs), (&given.source, &given.content_hash, &given.crs));
    assert_eq!((record.recorded_ms, &record.attributes), (given.recorded_ms, &given.attributes));
    assert_eq!((record.atoms, record.jurisdictions), (400, 3));
}

async fn the_same_content_is_kept_once(place: &dyn Place) {
    let store = place.open().await;
    let (dataset, boundaries) = district(3, "x");
    let first = store.import(&new_import(&dataset, &boundaries, "same"), &silent, &act()).await.unwrap();
    let (other, other_boundaries) = district(4, "y");
    let again = store.import(&new_import(&other, &other_boundaries, "same"), &silent, &act()).await.unwrap();
    assert_eq!((first, store.datasets().await.unwrap().len()), (again, 1));
    assert_eq!(store.dataset(first).await.unwrap(), dataset);
    assert_eq!(store.findings(first, None).await.unwrap().len(), 2);
}

async fn an_import_that_fails_in_the_middle_leaves_nothing(place: &dyn Place) {
    let store = place.open().await;
    let (mut dataset, boundaries) = district(20, "x");
    dataset.atoms[399].code = "A00001".into();
    let error = store.import(&new_import(&dataset, &boundaries, "1"), &silent, &act()).await.unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
    assert!(store.datasets().await.unwrap().is_empty());
    dataset.atoms[399].code = "A00399".into();
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &silent, &act()).await.unwrap();
    assert_eq!(store.dataset(id).await.unwrap(), dataset);
    assert_eq!(store.findings(id, None).await.unwrap().len(), 2);
}

async fn an_import_that_is_given_up_leaves_nothing(place: &dyn Place) {
    let store = place.open().await;
    let (dataset, boundaries) = district(40, "x");
    let import = new_import(&dataset, &boundaries, "1");
    let half_way = tokio::sync::Notify::new();
    let progress = |done: u64, all: u64| {
        if done * 2 > all {
            half_way.notify_one();
        }
    };
    let act = act();
    tokio::select! {
        biased;
        () = half_way.notified() => {}
        done = store.import(&import, &progress, &act) => panic!("it was to be given up: {done:?}"),
    }
    assert!(store.datasets().await.unwrap().is_empty());
    let id = store.import(&import, &silent, &act).await.unwrap();
    assert_eq!(store.dataset(id).await.unwrap(), dataset);
}

async fn an_import_that_does_not_fit_together_is_refused(place: &dyn Place) {
    let store = place.open().await;
    let (mut dataset, boundaries) = district(3, "x");
    let error = store.import(&new_import(&dataset, &boundaries[1..], "1"), &silent, &act()).await.unwrap_err();
    assert_eq!(error.to_string(), "import: 3 jurisdictions, but 2 boundaries");
    dataset.atoms[4].unit = wangge::atom::UnitId(3);
    let error = store.import(&new_import(&dataset, &boundaries, "1"), &silent, &act()).await.unwrap_err();
    assert_eq!(error.to_string(), "import: atom \"A00004\" names jurisdiction number 3, but there are 3");
}

async fn a_plan_comes_back_as_it_was_saved(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 8).await;
    let sample = SamplePlan::rows(8, "", None);
    let new = sample.on(dataset, 0);
    let id = store.save_plan(&new, &act()).await.unwrap();
    let mut by_code = sample.grids.clone();
    by_code.sort_by(|a, b| a.code.cmp(&b.code));
    assert_eq!(store.grids(id).await.unwrap(), by_code);
    let atoms = store.plan_atoms(id).await.unwrap();
    let expected: Vec<_> = (0..64)
        .map(|n| (format!("A{n:05}"), sample.assignment[n].map(|g| sample.grids[g as usize].code.clone())))
        .collect();
    assert_eq!(atoms, expected);
    let records = store.plans().await.unwrap();
    let record = &records[0];
    assert_eq!((record.id, record.dataset, record.base, &record.scope), (id, dataset, 0, &None));
    assert_eq!((&*record.origin, record.attribute, record.band), ("partition", new.attribute, new.band));
    assert_eq!((record.seed, record.recorded_ms, record.status), (u64::MAX - 1, new.recorded_ms, PlanStatus::Draft));
    assert_eq!((record.grids, record.in_band, record.uninhabited), (16, 4, 4));
    assert_eq!(record.terms, new.terms);
    // micro-grids of that plan
    let micro = SamplePlan::rows(8, "m", None);
    let terms = PlanTerms { level: PlanLevel::Micro, parent: Some(id), ..PlanTerms::default() };
    let micro = NewPlan { terms: terms.clone(), ..micro.on(dataset, 0) };
    store.save_plan(&micro, &act()).await.unwrap();
    let records = store.plans().await.unwrap();
    assert_eq!((&records[0], &records[1].terms), (record, &terms));
}

async fn a_plan_that_does_not_fit_its_dataset_is_refused(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 4).await;
    let sample = SamplePlan::rows(4, "", None);
    let mut plan = sample.on(dataset, 0);
    plan.assignment = &sample.assignment[1..];
    let error = store.save_plan(&plan, &act()).await.unwrap_err();
    assert_eq!(error.to_string(), "plan: its dataset has 16 atoms, but the assignment has 15 entries");
    let mut plan = sample.on(dataset, 0);
    plan.grids = &sample.grids[..3];
    let error = store.save_plan(&plan, &act()).await.unwrap_err();
    assert_eq!(error.to_string(), "plan: an atom is in grid number 3, but there are 3");
    let mut twice = SamplePlan::rows(4, "", None);
    twice.grids[1].code = "W-000".into();
    let error = store.save_plan(&twice.on(dataset, 0), &act()).await.unwrap_err();
    assert_eq!(error.to_string(), "plan: two grids have the code \"W-000\"");
    assert!(store.plans().await.unwrap().is_empty());
}

async fn findings_belong_to_their_dataset_and_plan(place: &dyn Place) {
    let store = place.open().await;
    let first = with_district(&*store, 4).await;
    let second = with_district(&*store, 5).await;
    let plan = store.save_plan(&SamplePlan::rows(4, "", None).on(first, 0), &act()).await.unwrap();
    let (dataset, boundaries) = district(4, "中山");
    let given = new_import(&dataset, &boundaries, "4").findings;
    let kept = store.findings(first, None).await.unwrap();
    assert_eq!(kept.iter().map(|f| f.finding.clone()).collect::<Vec<_>>(), given);
    let kinds = |found: Vec<wangge::store::FindingRecord>| -> Vec<_> {
        found.into_iter().map(|f| (f.dataset, f.plan, f.finding.kind)).collect()
    };
    let with_plan = kinds(store.findings(first, Some(plan)).await.unwrap());
    assert_eq!(with_plan.len(), 3);
    assert_eq!(with_plan[2], (first, Some(plan), "noncontiguous".to_owned()));
    assert_eq!(kinds(store.findings(second, Some(plan)).await.unwrap()).len(), 2);
}

async fn a_publication_numbers_and_marks_its_plan(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 4).await;
    let plan = store.save_plan(&SamplePlan::rows(4, "", None).on(dataset, 0), &act()).await.unwrap();
    let draft = store.save_plan(&SamplePlan::rows(4, "x", None).on(dataset, 0), &act()).await.unwrap();
    let new = new_publication(plan);
    let record = store.publish(&new, &act()).await.unwrap();
    assert_eq!((record.seq, record.plan, record.base, record.grids), (1, plan, 0, 8));
    assert_eq!((record.effective_ms, record.recorded_ms, &record.scope), (new.effective_ms, new.recorded_ms, &None));
    assert_eq!(store.publications().await.unwrap(), [record]);
    assert_eq!(store.lineage(1).await.unwrap(), new.lineage);
    let status = |id: i64, plans: &[wangge::store::PlanRecord]| plans.iter().find(|p| p.id == id).unwrap().status;
    let plans = store.plans().await.unwrap();
    assert_eq!((status(plan, &plans), status(draft, &plans)), (PlanStatus::Published, PlanStatus::Draft));
    let codes = store.used_codes().await.unwrap();
    assert_eq!((codes.len(), codes.is_sorted()), (16, true));
}

async fn a_stale_base_is_refused(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 4).await;
    let first = SamplePlan::rows(4, "a", None);
    assert_eq!(published(&*store, &first, dataset, 0).await.unwrap(), 1);
    let error = published(&*store, &SamplePlan::rows(4, "b", None), dataset, 0).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleBase { base: 0, latest: 1 }), "{error}");
    let error = published(&*store, &SamplePlan::rows(4, "c", None), dataset, 7).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleBase { base: 7, latest: 1 }), "{error}");
    let error = store.publish(&new_publication(store.plans().await.unwrap()[0].id), &act()).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleBase { base: 0, latest: 1 }), "the same plan again: {error}");
    assert_eq!(published(&*store, &SamplePlan::rows(4, "d", None), dataset, 1).await.unwrap(), 2);
    assert_eq!(store.publications().await.unwrap().len(), 2);
}

async fn disjoint_scopes_publish_side_by_side(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 4).await;
    assert_eq!(published(&*store, &SamplePlan::rows(4, "", Some("W")), dataset, 0).await.unwrap(), 1);
    assert_eq!(published(&*store, &SamplePlan::rows(4, "", Some("E")), dataset, 0).await.unwrap(), 2);
    let error = published(&*store, &SamplePlan::rows(4, "x", Some("W")), dataset, 0).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleBase { base: 0, latest: 2 }), "{error}");
    assert_eq!(published(&*store, &SamplePlan::rows(4, "x", Some("W")), dataset, 1).await.unwrap(), 3);
}

async fn a_scope_above_or_below_makes_a_plan_stale(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 4).await;
    assert_eq!(published(&*store, &SamplePlan::rows(4, "a", Some("W")), dataset, 0).await.unwrap(), 1);
    for scope in [Some("D"), None] {
        let error = published(&*store, &SamplePlan::rows(4, "b", scope), dataset, 0).await.unwrap_err();
        assert!(matches!(error, StoreError::StaleBase { .. }), "{error}");
    }
    assert_eq!(published(&*store, &SamplePlan::rows(4, "c", Some("D")), dataset, 1).await.unwrap(), 2);
    let error = published(&*store, &SamplePlan::rows(4, "d", Some("E")), dataset, 1).await.unwrap_err();
    assert!(matches!(error, StoreError::StaleBase { base: 1, latest: 2 }), "{error}");
}

async fn a_grid_that_continues_keeps_its_code(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 4).await;
    let plan = SamplePlan::rows(4, "", None);
    assert_eq!(published(&*store, &plan, dataset, 0).await.unwrap(), 1);
    assert_eq!(published(&*store, &plan, dataset, 1).await.unwrap(), 2);
    assert_eq!(published(&*store, &SamplePlan::rows(4, "", Some("W")), dataset, 2).await.unwrap(), 3);
    assert_eq!(published(&*store, &plan, dataset, 3).await.unwrap(), 4);
}

async fn a_code_that_ended_is_never_given_again(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 4).await;
    let old = SamplePlan::rows(4, "", None);
    let mut without_one = SamplePlan::rows(4, "", None);
    without_one.grids[3].code = "new".into();
    assert_eq!(published(&*store, &old, dataset, 0).await.unwrap(), 1);
    assert_eq!(published(&*store, &without_one, dataset, 1).await.unwrap(), 2);
    let error = published(&*store, &old, dataset, 2).await.unwrap_err();
    assert!(matches!(&error, StoreError::CodeUsed { code } if *code == old.grids[3].code), "{error}");
    assert_eq!(store.publications().await.unwrap().len(), 2);
    assert_eq!(published(&*store, &without_one, dataset, 2).await.unwrap(), 3);
}

async fn a_code_in_force_in_another_scope_is_refused(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 4).await;
    assert_eq!(published(&*store, &SamplePlan::rows(4, "", Some("W")), dataset, 0).await.unwrap(), 1);
    let mut east = SamplePlan::rows(4, "", Some("E"));
    east.grids[2].code = "W-001".into();
    let error = published(&*store, &east, dataset, 1).await.unwrap_err();
    assert!(matches!(&error, StoreError::CodeUsed { code } if code == "W-001"), "{error}");
}

async fn of_two_publications_at_once_one_is_stale(place: &dyn Place) {
    let (one, two) = (place.open().await, place.open().await);
    let dataset = with_district(&*one, 4).await;
    let a = one.save_plan(&SamplePlan::rows(4, "a", None).on(dataset, 0), &act()).await.unwrap();
    let b = one.save_plan(&SamplePlan::rows(4, "b", None).on(dataset, 0), &act()).await.unwrap();
    let (new_a, new_b) = (new_publication(a), new_publication(b));
    let act = act();
    let (a, b) = tokio::join!(one.publish(&new_a, &act), two.publish(&new_b, &act));
    assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1);
    assert!(matches!(a.and(b), Err(StoreError::StaleBase { base: 0, latest: 1 })));
}

async fn a_report_comes_back_as_it_was_kept(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 4).await;
    published(&*store, &SamplePlan::rows(4, "", None), dataset, 0).await.unwrap();
    let mut inside = new_report("r1", Some("k"));
    inside.publication = Some(1);
    let mut outside = new_report("r2", None);
    (outside.grid, outside.resolution) = (None, "outside".to_owned());
    outside.given = (-0.0, f64::MIN_POSITIVE, "EPSG:4547".to_owned());
    for report in [inside, outside] {
        assert_eq!(store.add_report(&report, &act()).await.unwrap(), Kept::Created(report.clone().into()));
        assert_eq!(store.report(&report.id).await.unwrap(), report.into());
    }
    assert_eq!(store.report_count().await.unwrap(), 2);
}

async fn the_same_key_and_body_replay_the_report(place: &dyn Place) {
    let store = place.open().await;
    let first = new_report("r1", Some("k"));
    store.add_report(&first, &act()).await.unwrap();
    let mut again = new_report("r2", Some("k"));
    again.received_ms += 1_000;
    assert_eq!(store.add_report(&again, &act()).await.unwrap(), Kept::Replayed(first.into()));
    again.body_hash = "another".into();
    let error = store.add_report(&again, &act()).await.unwrap_err();
    assert!(matches!(&error, StoreError::KeyReused { key, id } if key == "k" && id == "r1"), "{error}");
    assert_eq!(store.report_count().await.unwrap(), 1);
    for id in ["r3", "r4"] {
        store.add_report(&new_report(id, None), &act()).await.unwrap();
    }
    assert_eq!(store.report_count().await.unwrap(), 3, "reports without a key are never replays");
}

async fn of_many_reports_with_one_key_at_once_one_is_created(place: &dyn Place) {
    let handles = [place.open().await, place.open().await];
    let tasks: Vec<_> = (0..24)
        .map(|n| {
            let store = handles[n % 2].clone();
            tokio::spawn(
                async move { store.add_report(&new_report(&format!("r{n}"), Some("one")), &act()).await.unwrap() },
            )
        })
        .collect();
    let mut created = Vec::new();
    let mut replayed = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Kept::Created(report) => created.push(report),
            Kept::Replayed(report) => replayed.push(report),
        }
    }
    assert_eq!((created.len(), replayed.len()), (1, 23));
    assert!(replayed.iter().all(|report| *report == created[0]));
}

async fn reports_come_newest_first_or_after_one(place: &dyn Place) {
    let store = place.open().await;
    for id in ["d", "b", "c", "a"] {
        store.add_report(&new_report(id, None), &act()).await.unwrap();
    }
    let ids = |reports: Vec<wangge::store::ReportRecord>| reports.into_iter().map(|r| r.sent.id).collect::<String>();
    assert_eq!(ids(store.reports(10, None).await.unwrap()), "acbd");
    assert_eq!(ids(store.reports(2, None).await.unwrap()), "ac");
    assert_eq!(ids(store.reports(10, Some("d")).await.unwrap()), "bca");
    assert_eq!(ids(store.reports(2, Some("d")).await.unwrap()), "bc");
    assert_eq!(ids(store.reports(2, Some("a")).await.unwrap()), "");
}

async fn what_is_not_there_is_named(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 2).await;
    let said = [
        store.dataset(9).await.unwrap_err(),
        store.boundaries(9).await.unwrap_err(),
        store.grids(9).await.unwrap_err(),
        store.plan_atoms(9).await.unwrap_err(),
        store.findings(9, None).await.unwrap_err(),
        store.findings(dataset, Some(9)).await.unwrap_err(),
        store.publish(&new_publication(9), &act()).await.unwrap_err(),
        store.lineage(9).await.unwrap_err(),
        store.report("9").await.unwrap_err(),
        store.reports(1, Some("9")).await.unwrap_err(),
        store.save_plan(&SamplePlan::rows(2, "", None).on(9, 0), &act()).await.unwrap_err(),
    ];
    for error in said {
        assert!(matches!(&error, StoreError::NotFound { id, .. } if id == "9"), "{error}");
    }
}

async fn workspace_settings_stay(place: &dyn Place) {
    let store = place.open().await;
    assert_eq!(store.workspace().await.unwrap(), Workspace::default());
    let mut workspace = Workspace { name: "东区".to_owned(), language: "en".to_owned(), ..Workspace::default() };
    for scheme in ["db11-15", "nbs12+3"] {
        workspace.code_scheme = scheme.into();
        store.set_workspace(&workspace, &act()).await.unwrap();
        assert_eq!(store.workspace().await.unwrap(), workspace);
    }
}

async fn everything_survives_reopening(place: &dyn Place) {
    let store = place.open().await;
    let dataset = with_district(&*store, 6).await;
    published(&*store, &SamplePlan::rows(6, "", None), dataset, 0).await.unwrap();
    store.add_report(&new_report("r", None), &act()).await.unwrap();
    let before = (store.dataset(dataset).await.unwrap(), store.plans().await.unwrap(), store.grids(1).await.unwrap());
    store.close().await;
    assert!(store.ping().await.is_err(), "a closed store is not ready");
    for _ in 0..2 {
        let store = place.open().await;
        store.ping().await.unwrap();
        let after =
            (store.dataset(dataset).await.unwrap(), store.plans().await.unwrap(), store.grids(1).await.unwrap());
        assert_eq!(after, before);
        assert_eq!(store.publications().await.unwrap().len(), 1);
        assert_eq!(store.report("r").await.unwrap(), new_report("r", None).into());
    }
}

async fn two_handles_see_each_others_writes(place: &dyn Place) {
    let (one, two) = (place.open().await, place.open().await);
    let dataset = with_district(&*one, 4).await;
    let plan = two.save_plan(&SamplePlan::rows(4, "", None).on(dataset, 0), &act()).await.unwrap();
    one.publish(&new_publication(plan), &act()).await.unwrap();
    two.add_report(&new_report("r", Some("k")), &act()).await.unwrap();
    assert!(matches!(one.add_report(&new_report("s", Some("k")), &act()).await.unwrap(), Kept::Replayed(_)));
    assert_eq!(two.publications().await.unwrap(), one.publications().await.unwrap());
}

async fn many_writers_on_two_handles_lose_nothing(place: &dyn Place) {
    let handles = [place.open().await, place.open().await];
    let tasks: Vec<_> = (0..8)
        .map(|writer| {
            let store = handles[writer % 2].clone();
            tokio::spawn(async move {
                if writer < 2 {
                    let (dataset, boundaries) = district(12, "x");
                    let import = new_import(&dataset, &boundaries, &format!("w{writer}"));
                    store.import(&import, &silent, &act()).await.unwrap();
                }
                for n in 0..5 {
                    store.add_report(&new_report(&format!("{writer}-{n}"), None), &act()).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(handles[0].report_count().await.unwrap(), 40);
    assert_eq!(handles[1].datasets().await.unwrap().len(), 2);
}
