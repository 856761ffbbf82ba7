//! The PostGIS store as a database: its layers for other programs, what it refuses, and what it says when it cannot be used.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};
use wangge::store::{Open, PostgisStore, Store, StoreError, open};

use crate::postgis::Database;
use crate::store_samples::{SamplePlan, act, district, new_import, new_publication, new_report};

fn silent(_: u64, _: u64) {}

/// A store with an import, a publication, a draft and a report.
async fn filled(database: &Database) -> std::sync::Arc<dyn Store> {
    let store = open(&database.url, Open::OrCreate).await.unwrap();
    let (dataset, boundaries) = district(8, "中山");
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &silent, &act()).await.unwrap();
    let plan = store.save_plan(&SamplePlan::rows(8, "", None).on(id, 0), &act()).await.unwrap();
    store.publish(&new_publication(plan), &act()).await.unwrap();
    store.save_plan(&SamplePlan::rows(8, "draft", None).on(id, 1), &act()).await.unwrap();
    store.add_report(&new_report("r", Some("k")), &act()).await.unwrap();
    store
}

async fn number(connection: &mut PgConnection, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await.unwrap()
}

/// What the database says to a statement it refuses.
async fn refusal(connection: &mut PgConnection, sql: &str) -> String {
    match sqlx::query(AssertSqlSafe(sql.to_owned())).execute(connection).await {
        Ok(_) => panic!("{sql} went through"),
        Err(error) => error.to_string(),
    }
}

async fn cannot_open(url: &str, mode: Open) -> String {
    match open(url, mode).await {
        Ok(_) => panic!("{url} was opened"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_layers_are_registered_with_type_srid_and_unique_ids() {
    let Some(database) = Database::new() else { return };
    let _store = filled(&database).await;
    let mut connection = database.connect().await;
    let expected = [
        ("atoms", "MULTIPOLYGON", 64),
        ("findings", "GEOMETRY", 3),
        ("grids", "MULTIPOLYGON", 16),
        ("jurisdictions", "MULTIPOLYGON", 3),
        ("reports", "POINT", 1),
    ];
    for (layer, kind, rows) in expected {
        let sql =
            "SELECT type::TEXT, srid FROM geometry_columns WHERE f_table_name = $1 AND f_geometry_column = 'geom'";
        let row = sqlx::query(sql).bind(layer).fetch_one(&mut connection).await.unwrap();
        assert_eq!((row.get::<String, _>(0), row.get::<i32, _>(1)), (kind.to_owned(), 4326), "{layer}");
        let distinct = number(&mut connection, &format!("SELECT count(DISTINCT fid) FROM {layer}")).await;
        let all = number(&mut connection, &format!("SELECT count(*) FROM {layer}")).await;
        let valid = number(&mut connection, &format!("SELECT count(*) FROM {layer} WHERE ST_IsValid(geom)")).await;
        assert_eq!((distinct, all, valid), (rows, rows, rows), "{layer}");
    }
    let of_grids = number(&mut connection, "SELECT count(*) FROM atoms WHERE \"grid\" IS NOT NULL").await;
    assert_eq!(of_grids, 63, "all but the one that the plan leaves out");
}

#[tokio::test(flavor = "multi_thread")]
async fn gdal_reads_every_layer_and_a_map_server_makes_tiles_of_them() {
    let Some(database) = Database::new() else { return };
    let _store = filled(&database).await;
    for (layer, features) in [("atoms", 64), ("jurisdictions", 3), ("grids", 16), ("findings", 3), ("reports", 1)] {
        let told =
            std::process::Command::new("ogrinfo").args(["-so", "-ro", &database.libpq(), layer]).output().unwrap();
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(told.contains(&format!("Feature Count: {features}")), "{layer}: {told}");
        assert!(told.contains("WGS 84"), "{layer}: {told}");
    }
    let mut connection = database.connect().await;
    // as Martin asks: an integer id, a tile envelope, the layer's geometry in Web Mercator
    let sql = "SELECT octet_length(ST_AsMVT(tile, 'grids', 4096, 'geom', 'fid'))::BIGINT FROM (SELECT fid, code, status, \
               ST_AsMVTGeom(ST_Transform(ST_CurveToLine(geom), 3857), ST_TileEnvelope(14, 13721, 7016), 4096, 64, TRUE) AS geom \
               FROM grids WHERE geom && ST_Transform(ST_Expand(ST_TileEnvelope(14, 13721, 7016), 20000), 4326)) tile";
    assert!(number(&mut connection, sql).await > 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gis_edits_names_and_texts_and_nothing_else() {
    let Some(database) = Database::new() else { return };
    let store = filled(&database).await;
    let mut connection = database.connect().await;
    for sql in [
        "UPDATE atoms SET name = 'new' WHERE code = 'A00001'",
        "UPDATE jurisdictions SET name = 'new' WHERE code = 'W'",
        "UPDATE reports SET category = 'other', text = 'clearer'",
    ] {
        let done = sqlx::query(sql).execute(&mut connection).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{sql}");
    }
    assert_eq!(store.dataset(1).await.unwrap().atoms[1].name.as_deref(), Some("new"));
    assert_eq!(store.report("r").await.unwrap().sent.text, "clearer");
    for (sql, words) in [
        ("UPDATE publication SET effective_ms = 1", "a publication is never changed"),
        ("DELETE FROM publication", "a publication is never deleted"),
        ("TRUNCATE publication CASCADE", "never"),
        (
            "INSERT INTO publication SELECT seq, plan, scope, base, 1, 1, 1 FROM publication",
            "a publication is never replaced",
        ),
        ("UPDATE grid SET name = 'x' WHERE plan = 1", "a published grid is never changed"),
        (
            "UPDATE grid SET plan = 1, code = 'x' WHERE fid = (SELECT max(fid) FROM grid)",
            "a published grid is never changed",
        ),
        ("DELETE FROM plan_atom WHERE plan = 1", "the atoms of a published grid are never changed"),
        ("INSERT INTO plan_atom SELECT 1, 1, 1", "the atoms of a published grid are never changed"),
        ("UPDATE plan_atom SET \"grid\" = 1", "the atoms of a published grid are never changed"),
        ("UPDATE plan SET upper = 1 WHERE id = 1", "a published plan is never changed"),
        ("DELETE FROM plan WHERE id = 1", "a published plan is never deleted"),
        ("UPDATE lineage SET share = 1", "lineage is never changed"),
        ("DELETE FROM lineage", "lineage is never deleted"),
        ("DELETE FROM reports", "a report is never deleted"),
        ("UPDATE reports SET x_e7 = 1", "only category and text of a report may be edited"),
        ("UPDATE reports SET geom = ST_SetSRID(ST_MakePoint(1, 2), 4326)", "only category and text of a report"),
        ("UPDATE report_event SET kind = 'x'", "the events of a report are only added to"),
        ("DELETE FROM report_event", "the events of a report are only added to"),
        ("UPDATE atom SET households = 1", "only the name of an atom may be edited"),
        ("UPDATE atoms SET geom = ST_Multi(ST_Expand(geom, 1))", "only the name of an atom may be edited"),
        ("DELETE FROM atom", "an atom is never deleted"),
        ("UPDATE jurisdictions SET level = 3", "only the name of a jurisdiction may be edited"),
        ("UPDATE dataset SET crs = 'x'", "an import is kept as it came"),
        ("DELETE FROM dataset", "an import is never deleted"),
        ("UPDATE grids SET name = 'x'", "grids are not edited here"),
        ("DELETE FROM grids", "grids are not edited here"),
        ("UPDATE audit SET by_id = 'x'", "the audit log is only added to"),
        ("DELETE FROM audit", "the audit log is only added to"),
        ("TRUNCATE audit", "the audit log is only added to"),
        ("UPDATE audit_start SET plans = 9", "the audit log is only added to"),
    ] {
        let said = refusal(&mut connection, sql).await;
        assert!(said.contains(words), "{sql}: {said}");
    }
    assert!(store.storage_faults().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_used_is_refused_with_what_to_do() {
    let Some(database) = Database::bare("") else { return };
    let expect = |said: String, words: &[&str]| {
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
    };
    database.run("DROP EXTENSION IF EXISTS postgis CASCADE");
    expect(
        cannot_open(&database.url, Open::OrCreate).await,
        &["lacks the extension PostGIS", "CREATE EXTENSION postgis"],
    );
    database.run("CREATE EXTENSION postgis");
    expect(cannot_open(&database.url, Open::Existing).await, &["there is no store here", "wangge import"]);

    let latin = Database::bare("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0").unwrap();
    expect(cannot_open(&latin.url, Open::OrCreate).await, &["LATIN1", "UTF8"]);

    let missing = database.url.replace(&database.name, "no_such_database");
    expect(cannot_open(&missing, Open::OrCreate).await, &["no_such_database", "createdb"]);

    let nowhere = "postgres://anna:s3cret@%2Fno%2Fsuch%2Ffolder/city";
    let error = open(nowhere, Open::Existing).await.err().unwrap();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");

    let role = format!("{}_reader", database.name);
    database.run(&format!("CREATE ROLE {role} LOGIN"));
    let by_role = database.url_of(&role);
    expect(cannot_open(&by_role, Open::OrCreate).await, &["may not make one", "GRANT CREATE ON SCHEMA public"]);
    database.run(&format!("DROP ROLE {role}"));

    database.run("CREATE TABLE customers (id INT); CREATE TABLE grid (id INT)");
    expect(cannot_open(&database.url, Open::OrCreate).await, &["customers, grid", "not a Wangge store"]);
    let mut connection = database.connect().await;
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'";
    assert_eq!(number(&mut connection, tables).await, 2, "it stays as it is");

    // beside them, a schema of its own
    database.run("CREATE SCHEMA wangge");
    let own = format!("{}?options[search_path]=wangge,public", database.url);
    open(&own, Open::OrCreate).await.unwrap().close().await;
    assert_eq!(number(&mut connection, "SELECT count(*) FROM wangge.wangge_store").await, 1);
    assert_eq!(number(&mut connection, tables).await, 2);
    // whatever the search path of another session is, the functions work
    let answer = sqlx::query("SELECT * FROM wangge.wangge_locate(1, 2)").fetch_optional(&mut connection).await.unwrap();
    assert!(answer.is_none());

    database.run("UPDATE wangge._sqlx_migrations SET version = 9999 WHERE version = 10");
    expect(cannot_open(&own, Open::Existing).await, &["newer Wangge", "9999", "upgrade the program"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_make_a_store_at_once_all_open_the_same() {
    let Some(database) = Database::new() else { return };
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let url = database.url.clone();
            tokio::spawn(async move { open(&url, Open::OrCreate).await.map(|_| ()) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let mut connection = database.connect().await;
    assert_eq!(number(&mut connection, "SELECT count(*) FROM wangge_store").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_only_read_and_add_opens_a_store_that_is_up_to_date() {
    let Some(database) = Database::new() else { return };
    let store = filled(&database).await;
    let role = format!("{}_clerk", database.name);
    database.run(&format!("CREATE ROLE {role} LOGIN"));
    database.run(&format!(
        "GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}; \
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    ));
    let clerk = open(&database.url_of(&role), Open::Existing).await.unwrap();
    clerk.add_report(&new_report("by a clerk", None), &act()).await.unwrap();
    assert_eq!(store.report_count().await.unwrap(), 2);
    clerk.close().await;
    database.run(&format!("REVOKE INSERT ON reports FROM {role}"));
    let clerk = open(&database.url_of(&role), Open::Existing).await.unwrap();
    let error = clerk.add_report(&new_report("again", None), &act()).await.unwrap_err();
    assert!(error.to_string().contains("let the owner of the tables grant it"), "{error}");
    clerk.close().await;
    database.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_keep_ids_and_new_rows_go_on_after_them() {
    let Some(database) = Database::new() else { return };
    let store = filled(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.gpkg");
    let file = file.to_str().unwrap();
    let there = wangge::app::copy(&database.url, file, 1, &()).await.unwrap();
    let Some(other) = Database::new() else { return };
    let back = wangge::app::copy(file, &other.url, 1, &()).await.unwrap();
    assert_eq!(there.fingerprint, back.fingerprint);
    let second = open(&other.url, Open::Existing).await.unwrap();
    let mut connection = other.connect().await;
    assert!(number(&mut connection, "SELECT count(*) FROM edge").await > 60, "the owner rule works on a copy");
    let plan = second.save_plan(&SamplePlan::rows(8, "later", None).on(1, 1), &act()).await.unwrap();
    assert_eq!(plan, 3);
    second.add_report(&new_report("later", None), &act()).await.unwrap();
    assert_eq!(second.reports(1, None).await.unwrap()[0].sent.id, "later");
    second.close().await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_is_told_at_once_of_what_another_program_wrote() {
    let Some(database) = Database::new() else { return };
    let patience = std::time::Duration::from_secs(1);
    let one = PostgisStore::open(&database.url, Open::OrCreate, patience).await.unwrap();
    let two = PostgisStore::open(&database.url, Open::Existing, patience).await.unwrap();
    // it tells once that it listens now
    tokio::time::timeout(std::time::Duration::from_secs(5), two.changed()).await.unwrap();
    for n in 0..3 {
        let begun = std::time::Instant::now();
        one.add_report(&new_report(&n.to_string(), None), &act()).await.unwrap();
        tokio::time::timeout(std::time::Duration::from_secs(5), two.changed()).await.unwrap();
        assert!(begun.elapsed() < std::time::Duration::from_millis(900), "{:?}", begun.elapsed());
        assert_eq!(two.report_count().await.unwrap(), n + 1);
    }
}
