//! A store copied, backed up, restored, and looked through for tampering: nothing is lost, nothing comes out otherwise,
//! and what was changed behind the program is found and placed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use wangge::app::{self, AppError, Step, Watch};
use wangge::atom::{Link, LinkKind};
use wangge::store::tables::TABLES;
use wangge::store::{NewAddresses, NewDraftOp, NewLinks, Open, Redrawn, Store, StoreError, open};

use crate::cli::Desk;
use crate::store_samples::{SamplePlan, TIME_MS, act, district, new_import, new_officer, new_publication, new_report};

/// A store with something in every table a file office has.
async fn filled(path: &Path) -> Arc<dyn Store> {
    let store = open(path.to_str().unwrap(), Open::OrCreate).await.unwrap();
    let (dataset, boundaries) = district(24, "中山");
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &|_, _| {}, &act()).await.unwrap();
    let link = |kind, name: Option<&str>| Link {
        from: "a".to_owned(),
        to: "b".to_owned(),
        kind,
        name: name.map(str::to_owned),
    };
    let links = [link(LinkKind::Ferry, Some("二号渡")), link(LinkKind::Bridge, None)];
    let links = NewLinks {
        source: "bridges.csv".to_owned(),
        content_hash: "1".to_owned(),
        recorded_ms: TIME_MS,
        links: &links,
    };
    store.add_links(&links, &act()).await.unwrap();
    let addresses = crate::store_addresses::some();
    let addresses = NewAddresses {
        source: "a.csv".to_owned(),
        content_hash: "1".to_owned(),
        recorded_ms: TIME_MS,
        addresses: &addresses,
    };
    store.add_addresses(&addresses, &act()).await.unwrap();
    let mut base = 0;
    for (prefix, scope) in [("", None), ("w", Some("W")), ("e", Some("E"))] {
        let plan = store.save_plan(&SamplePlan::rows(24, prefix, scope).on(id, base), &act()).await.unwrap();
        base = store.publish(&new_publication(plan), &act()).await.unwrap().seq;
    }
    let draft = store.save_plan(&SamplePlan::rows(24, "draft", None).on(id, base), &act()).await.unwrap();
    let op = |n: i64| NewDraftOp { id: format!("o{n}"), kind: "assign", atoms: 1, body: format!("{{\"n\":{n}}}") };
    store.add_draft_ops(draft, 0, &(0..5).map(op).collect::<Vec<_>>(), &act()).await.unwrap();
    for away in [true, false, true] {
        store.put_draft_away(draft, away, &act()).await.unwrap();
    }
    let redrawn = SamplePlan::rows(24, "redrawn", None);
    let mut redrawn = redrawn.on(id, base);
    redrawn.terms.redrawn = Some(Redrawn { base: draft, rev: 5 });
    store.save_plan(&redrawn, &act()).await.unwrap();
    for (base, code) in [(0, "W1"), (1, "W2")] {
        store.keep_roster(base, &new_officer(code), &act()).await.unwrap();
    }
    for n in 0..40 {
        let mut report = new_report(&format!("r{n:02}"), (n % 3 == 0).then(|| format!("k{n}")).as_deref());
        report.publication = (n % 2 == 0).then_some(1);
        store.add_report(&report, &act()).await.unwrap();
    }
    let workspace = wangge::store::Workspace { name: "中山区".to_owned(), ..Default::default() };
    store.set_workspace(&workspace, &act()).await.unwrap();
    store
}

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}

async fn hash(path: &Path) -> String {
    let store = open(name(path), Open::Existing).await.unwrap();
    let fingerprint = app::fingerprint_of(store.as_ref(), &()).await.unwrap();
    store.close().await;
    fingerprint.total()
}

/// Says stop after so many rows.
struct StopAfter(u64, AtomicU64);

impl Watch for StopAfter {
    fn at(&self, _: Step, done: u64, _: u64) {
        self.1.store(done, Ordering::SeqCst);
    }

    fn cancelled(&self) -> bool {
        self.1.load(Ordering::SeqCst) >= self.0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_the_schema_is_copied_or_named_as_derived() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    open(name(&path), Open::OrCreate).await.unwrap().close().await;
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let there: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'gpkg\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let own = ["wangge_store", "_sqlx_migrations", "copied", "roster", "session"];
    let there: BTreeSet<&str> = there.iter().map(String::as_str).filter(|name| !own.contains(name)).collect();
    assert_eq!(there, TABLES.iter().map(|table| table.name).collect());
    for table in TABLES {
        let sql = format!("SELECT name FROM pragma_table_info('{}') WHERE name <> 'received'", table.name);
        let columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        let listed: BTreeSet<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        assert_eq!(columns.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed, "{}", table.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_holds_the_same_and_goes_on_as_a_store_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("a.gpkg"), folder.path().join("b.gpkg"));
    let store = filled(&from).await;
    let done = app::copy(name(&from), name(&to), TIME_MS, &()).await.unwrap();
    assert_eq!((done.resumed, &done.fingerprint.total()), (0, &hash(&from).await));
    assert_eq!(hash(&to).await, hash(&from).await);
    let copied = open(name(&to), Open::Existing).await.unwrap();
    assert_eq!(copied.publications().await.unwrap(), store.publications().await.unwrap());
    assert_eq!(copied.grids(2).await.unwrap(), store.grids(2).await.unwrap());
    assert!(app::verify_audit(copied.as_ref()).await.unwrap().is_whole());
    // ids go on where the other one's ended
    assert_eq!(copied.roster().await.unwrap().duties(), store.roster().await.unwrap().duties());
    copied.keep_roster(0, &new_officer("W3"), &act()).await.unwrap();
    assert_eq!(copied.roster().await.unwrap().duties().last().unwrap().id, 6);
    copied.add_report(&new_report("later", None), &act()).await.unwrap();
    let plan = copied.save_plan(&SamplePlan::rows(24, "z", None).on(1, 3), &act()).await.unwrap();
    assert_eq!(plan, 6);
    assert_eq!(copied.publish(&new_publication(plan), &act()).await.unwrap().seq, 4);
    assert!(app::verify_audit(copied.as_ref()).await.unwrap().is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_cut_short_is_no_store_and_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("a.gpkg"), folder.path().join("b.gpkg"));
    filled(&from).await.close().await;
    for rows in [1, 700, 1_900, 2_600] {
        let stop = StopAfter(rows, AtomicU64::new(0));
        let error = app::copy(name(&from), name(&to), TIME_MS, &stop).await.unwrap_err();
        assert!(matches!(error, AppError::CopyCancelled), "{error}");
        let error = open(name(&to), Open::Existing).await.err().unwrap();
        assert!(matches!(error, StoreError::HalfCopied { .. }), "{error}");
    }
    let error = app::copy(name(&to), name(&folder.path().join("c.gpkg")), TIME_MS, &()).await.unwrap_err();
    assert!(error.to_string().contains("was not finished"), "{error}");
    let done = app::copy(name(&from), name(&to), TIME_MS, &()).await.unwrap();
    assert!(done.resumed >= 1_900 && done.resumed < done.rows, "{} of {}", done.resumed, done.rows);
    assert_eq!(hash(&to).await, hash(&from).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_taken_up_again_takes_what_was_added_and_refuses_what_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("a.gpkg"), folder.path().join("b.gpkg"));
    let store = filled(&from).await;
    let half = |rows| StopAfter(rows, AtomicU64::new(0));
    app::copy(name(&from), name(&to), TIME_MS, &half(2_000)).await.unwrap_err();
    store.add_report(&new_report("since", None), &act()).await.unwrap();
    app::copy(name(&from), name(&to), TIME_MS, &()).await.unwrap();
    assert_eq!(hash(&to).await, hash(&from).await);
    let other = folder.path().join("c.gpkg");
    app::copy(name(&from), name(&other), TIME_MS, &half(2_000)).await.unwrap_err();
    let mut gis = SqliteConnection::connect(&format!("sqlite://{}", from.display())).await.unwrap();
    sqlx::query("UPDATE atom SET name = 'x' WHERE fid = 3").execute(&mut gis).await.unwrap();
    let error = app::copy(name(&from), name(&other), TIME_MS, &()).await.unwrap_err();
    assert!(matches!(error, AppError::CopyDiffers { table: "atom" }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_with_contents_is_never_copied_into() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("a.gpkg"), folder.path().join("b.gpkg"));
    filled(&from).await.close().await;
    open(name(&to), Open::OrCreate).await.unwrap().add_report(&new_report("r", None), &act()).await.unwrap();
    let before = hash(&to).await;
    let error = app::copy(name(&from), name(&to), TIME_MS, &()).await.unwrap_err();
    assert!(error.to_string().contains("copy into a new or an empty store"), "{error}");
    assert_eq!(hash(&to).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_one_instant_of_a_store_that_is_being_written() {
    let folder = tempfile::tempdir().unwrap();
    let (from, file) = (folder.path().join("a.gpkg"), folder.path().join("backup.gpkg"));
    let store = filled(&from).await;
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for n in 0..400 {
                store.add_report(&new_report(&format!("w{n:03}"), None), &act()).await.unwrap();
            }
        }
    });
    let done = app::backup(name(&from), &file, TIME_MS + 5, &()).await.unwrap();
    writing.await.unwrap();
    let verified = app::verify_backup(&file, &()).await.unwrap();
    assert_eq!((verified.made_ms, verified.fingerprint.total()), (TIME_MS + 5, done.fingerprint.total()));
    let error = open(name(&file), Open::Existing).await.err().unwrap();
    assert!(matches!(error, StoreError::Sealed { .. }), "{error}");
    let error = app::backup(name(&from), &file, TIME_MS, &()).await.unwrap_err();
    assert!(matches!(error, AppError::FileExists { .. }), "{error}");
    let restored = folder.path().join("restored.gpkg");
    app::restore(&file, name(&restored), TIME_MS, &()).await.unwrap();
    assert_eq!(hash(&restored).await, done.fingerprint.total());
    let store = open(name(&restored), Open::Existing).await.unwrap();
    assert!(app::verify_audit(store.as_ref()).await.unwrap().is_whole());
    app::check(store.as_ref(), Some(1)).await.unwrap();
    // each report there has all its events: the instant fell between two writes, never into one
    let count = store.report_count().await.unwrap();
    assert!((40..=440).contains(&count), "{count}");
    assert_eq!(
        std::fs::read_dir(folder.path())
            .unwrap()
            .flatten()
            .filter(|e| e.file_name().to_string_lossy().contains("partial"))
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_told_from_a_whole_one_and_from_a_foreign_file() {
    let folder = tempfile::tempdir().unwrap();
    let (from, file) = (folder.path().join("a.gpkg"), folder.path().join("backup.gpkg"));
    filled(&from).await.close().await;
    let made = app::backup(name(&from), &file, TIME_MS, &()).await.unwrap().fingerprint.total();
    let whole = std::fs::read(&file).unwrap();
    let broken = folder.path().join("broken.gpkg");
    let mut damaged = 0;
    let mut state = 7_u64;
    for n in 0..60 {
        let mut bytes = whole.clone();
        // the header first, then anywhere
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = if n < 4 { n * 24 } else { (state >> 33) as usize % bytes.len() };
        bytes[at] ^= 0x5a;
        std::fs::write(&broken, &bytes).unwrap();
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(PathBuf::from(format!("{}{suffix}", broken.display())));
        }
        match app::verify_backup(&broken, &()).await {
            // a byte that no row, index or schema makes use of
            Ok(verified) => assert_eq!(verified.fingerprint.total(), made),
            Err(AppError::Store(StoreError::Damaged { .. })) => damaged += 1,
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
    // most bytes of a store this small lie on pages that nothing fills yet
    assert!(damaged > 8, "{damaged} of 60");
    std::fs::write(&broken, &whole[..whole.len() * 2 / 3]).unwrap();
    let error = app::verify_backup(&broken, &()).await.unwrap_err();
    assert!(error.to_string().contains("cut off"), "{error}");
    std::fs::write(&broken, "name,households\n").unwrap();
    let error = app::verify_backup(&broken, &()).await.unwrap_err();
    assert!(matches!(error, AppError::Store(StoreError::Foreign { .. })), "{error}");
    let error = app::verify_backup(&from, &()).await.unwrap_err();
    assert!(matches!(error, AppError::NotABackup { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_byte_in_any_column_of_the_audit_log_is_found_at_its_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    let store = filled(&path).await;
    let entries = store.audit(0, 1_000).await.unwrap();
    assert!(app::verify_audit(store.as_ref()).await.unwrap().is_whole());
    let mut tamperer = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    for refused in ["UPDATE audit SET by_id = 'x'", "DELETE FROM audit", "REPLACE INTO audit SELECT * FROM audit"] {
        let error = sqlx::query(refused).execute(&mut tamperer).await.unwrap_err();
        assert!(error.to_string().contains("the audit log is only added to"), "{refused}: {error}");
    }
    for trigger in ["audit_is_final", "audit_stays", "audit_is_not_replaced"] {
        sqlx::query(AssertSqlSafe(format!("DROP TRIGGER {trigger}"))).execute(&mut tamperer).await.unwrap();
    }
    let text = ["by_id", "request", "action", "kind", "object", "after_hash", "detail", "previous", "hash"];
    for (n, column) in text.iter().enumerate() {
        for seq in [1, 2 + n as i64 * 5, entries.len() as i64] {
            // one byte of the column, at a place that differs from case to case
            let change = format!(
                "UPDATE audit SET {column} = substr({column}, 1, length({column}) / 2) || '#' || \
                 substr({column}, length({column}) / 2 + 2) WHERE seq = {seq} AND {column} IS NOT NULL"
            );
            let changed = sqlx::query(AssertSqlSafe(change)).execute(&mut tamperer).await.unwrap().rows_affected();
            let verdict = app::verify_audit(store.as_ref()).await.unwrap();
            assert_eq!(verdict.broken.map(|fault| fault.seq), (changed == 1).then_some(seq), "{column} of {seq}");
            put_back(&mut tamperer, &entries[seq as usize - 1]).await;
        }
    }
    sqlx::query("UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 7").execute(&mut tamperer).await.unwrap();
    assert_eq!(app::verify_audit(store.as_ref()).await.unwrap().broken.unwrap().seq, 7);
    put_back(&mut tamperer, &entries[6]).await;
    // the end cut off: the chain that remains is whole, but it no longer tells of everything there is
    let cut = "DELETE FROM audit WHERE seq > (SELECT max(seq) - 2 FROM audit)";
    sqlx::query(cut).execute(&mut tamperer).await.unwrap();
    let verdict = app::verify_audit(store.as_ref()).await.unwrap();
    assert_eq!(verdict.broken, None);
    assert_eq!(verdict.unaccounted.iter().map(|u| (u.kind, u.there, u.told)).collect::<Vec<_>>(), [("report", 40, 39)]);
}

async fn put_back(connection: &mut SqliteConnection, entry: &wangge::store::AuditEntry) {
    let sql = "UPDATE audit SET at_ms = $2, by_id = $3, request = $4, action = $5, kind = $6, object = $7, \
               after_hash = $8, detail = $9, previous = $10, hash = $11 WHERE seq = $1";
    let done = sqlx::query(sql)
        .bind(entry.seq)
        .bind(entry.at_ms)
        .bind(&entry.by)
        .bind(&entry.request)
        .bind(&entry.action)
        .bind(&entry.kind)
        .bind(&entry.object)
        .bind(&entry.after)
        .bind(&entry.detail)
        .bind(&entry.previous)
        .bind(&entry.hash);
    done.execute(connection).await.unwrap();
}

/// Copies `s.gpkg` of this desk to PostGIS and back; every copy has the same hash and passes the same look-over.
fn there_and_back(desk: &Desk, store: &str) {
    let Some(database) = crate::postgis::Database::new() else { return };
    let there = desk.json(&["copy", "--from", store, "--to", &database.url, "--json"]);
    let back = desk.json(&["copy", "--from", &database.url, "--to", "back.gpkg", "--json"]);
    assert_eq!(there, back);
    let checked = |store: &str| desk.json(&["check", "--store", store, "--json"]);
    assert_eq!(checked(&database.url), checked(store));
    assert_eq!(checked("back.gpkg"), checked(store));
    let head = |store: &str| desk.json(&["audit", "verify", "--store", store, "--json"]);
    assert_eq!(head("back.gpkg"), head(store));
    // a backup of the database is a file like any other
    let backup = desk.json(&["backup", "--store", &database.url, "--to", "b.gpkg", "--json"]);
    assert_eq!(backup["sha256"], there["sha256"]);
    desk.json(&["restore", "--from", "b.gpkg", "--to", "restored.gpkg", "--json"]);
    assert_eq!(checked("restored.gpkg"), checked(store));
    // and the database goes on as a store of its own
    desk.ok(&["partition", "--store", &database.url, "--seed", "2"]);
    desk.ok(&["publish", "--store", &database.url]);
    desk.ok(&["audit", "verify", "--store", &database.url]);
    eprintln!("{}: {} rows, SHA-256 {} three times", store, there["rows"], there["sha256"]);
}

#[test]
fn the_town_goes_to_postgis_and_back_with_equal_hashes() {
    let desk = Desk::new();
    crate::cli::make_town(&desk);
    there_and_back(&desk, "town.gpkg");
}

#[test]
fn chiayi_and_taipei_go_to_postgis_and_back_with_equal_hashes() {
    let cities = [("tw_chiayicity_bsa.fgb.zst", "CODE2"), ("tw_taipei_bsa.fgb.zst", "TOWN_ID")];
    for (file, unit) in cities {
        let Some(path) = crate::real_data::real(file) else { continue };
        let desk = Desk::new();
        let import = ["import", path.to_str().unwrap(), "--store", "s.gpkg", "--null-households", "uninhabited"];
        let fields = ["--id", "CODEBASE", "--households", "H_CNT", "--population", "P_CNT", "--jurisdiction", unit];
        desk.ok(&[&import[..], &fields[..]].concat());
        desk.ok(&["partition", "--store", "s.gpkg"]);
        desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-01-01"]);
        there_and_back(&desk, "s.gpkg");
    }
}

#[test]
fn a_copy_killed_at_any_moment_is_finished_by_running_it_again() {
    let desk = Desk::new();
    crate::cli::make_town(&desk);
    let database = crate::postgis::Database::new();
    let whole = desk.json(&["copy", "--from", "town.gpkg", "--to", "whole.gpkg", "--json"])["sha256"].clone();
    for to in [Some("copy.gpkg"), database.as_ref().map(|database| database.url.as_str())].into_iter().flatten() {
        for n in 1..=8 {
            let mut child = std::process::Command::new(crate::cli::program())
                .args(["copy", "--from", "town.gpkg", "--to", to])
                .current_dir(desk.folder.path())
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(std::time::Duration::from_millis(n * 25));
            child.kill().unwrap();
            // a run that came to its end leaves a store of its own, which is not copied into again
            if child.wait().unwrap().success() {
                break;
            }
        }
        let served = desk.run(&["check", "--store", to]);
        if !served.status.success() {
            assert_eq!(desk.json(&["copy", "--from", "town.gpkg", "--to", to, "--json"])["sha256"], whole, "{to}");
        }
        let check = |store: &str| desk.json(&["check", "--store", store, "--json"]);
        assert_eq!(check(to), check("town.gpkg"));
        assert_eq!(desk.json(&["audit", "verify", "--store", to, "--json"])["broken"], serde_json::Value::Null);
    }
}

#[test]
fn the_program_backs_up_restores_copies_and_verifies() {
    let desk = Desk::new();
    desk.squares(&[120; 12], 4);
    desk.ok(&["partition", "--store", "s.gpkg"]);
    desk.ok(&["publish", "--store", "s.gpkg", "--effective", "2026-01-01"]);
    let backup = desk.json(&["backup", "--store", "s.gpkg", "--to", "b.gpkg", "--json"]);
    let verified = desk.json(&["restore", "--from", "b.gpkg", "--verify", "--json"]);
    assert_eq!(verified["sha256"], backup["sha256"]);
    assert_eq!(desk.json(&["restore", "--from", "b.gpkg", "--to", "r.gpkg", "--json"])["sha256"], backup["sha256"]);
    assert_eq!(desk.json(&["copy", "--from", "r.gpkg", "--to", "c.gpkg", "--json"])["sha256"], backup["sha256"]);
    assert_eq!(
        desk.json(&["check", "--store", "c.gpkg", "--json"]),
        desk.json(&["check", "--store", "s.gpkg", "--json"])
    );
    let verdict = desk.json(&["audit", "verify", "--store", "c.gpkg", "--json"]);
    assert_eq!(
        (&verdict["broken"], verdict["unaccounted"].as_array().map(Vec::len)),
        (&serde_json::Value::Null, Some(0))
    );
    let log = desk.json(&["audit", "log", "--store", "c.gpkg", "--json"]);
    let told: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|e| format!("{} {}", e["action"].as_str().unwrap(), e["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(told, ["begin audit", "add import", "set workspace", "add plan", "add publication"]);
    assert!(log[1]["by"].as_str().unwrap().starts_with("cli:"), "{log}");
    let line = desk.refused(&["serve", "--store", "b.gpkg", "--bind", "127.0.0.1:0"]);
    assert!(line.contains("this is a backup"), "{line}");
    let line = desk.refused(&["restore", "--from", "b.gpkg", "--to", "c.gpkg"]);
    assert!(line.contains("copy into a new or an empty store"), "{line}");
}
