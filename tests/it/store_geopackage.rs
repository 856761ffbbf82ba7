//! The embedded store as a file: valid for a GIS, safe from other programs, and never mistaken for theirs.

use std::path::{Path, PathBuf};

use gdal::vector::{FieldValue, LayerAccess, sql::Dialect};
use gdal::{Dataset, DatasetOptions, DriverManager, GdalOpenFlags};
use wangge::geom::MultiPolygon;
use wangge::store::{Open, Store, StoreError, open};

use crate::store_samples::{
    CORNER, SamplePlan, act, block, district, finding, new_import, new_publication, new_report,
};

fn silent(_: u64, _: u64) {}

async fn store_at(path: &Path) -> std::sync::Arc<dyn Store> {
    open(path.to_str().unwrap(), Open::OrCreate).await.unwrap()
}

fn in_gis(path: &Path, flags: GdalOpenFlags) -> Dataset {
    let options = DatasetOptions { open_flags: GdalOpenFlags::GDAL_OF_VECTOR | flags, ..DatasetOptions::default() };
    Dataset::open_ex(path, options).unwrap()
}

/// One value as a GIS reads it through SQL.
fn value(dataset: &Dataset, sql: &str) -> String {
    let mut rows = dataset.execute_sql(sql, None, Dialect::DEFAULT).unwrap().unwrap();
    let feature = rows.features().next().expect("one row");
    let mut fields = feature.fields();
    match fields.next().unwrap().1 {
        Some(FieldValue::StringValue(text)) => text,
        Some(FieldValue::IntegerValue(n)) => n.to_string(),
        Some(FieldValue::Integer64Value(n)) => n.to_string(),
        Some(FieldValue::RealValue(n)) => n.to_string(),
        other => panic!("{sql}: {other:?}"),
    }
}

/// Name, number of features and west, south, east, north of each layer with a geometry.
fn layers(path: &Path) -> Vec<(String, u64, Option<[f64; 4]>)> {
    let dataset = in_gis(path, GdalOpenFlags::GDAL_OF_READONLY);
    let mut layers = Vec::new();
    for layer in dataset.layers() {
        if layer.defn().geom_fields().next().is_some() {
            let extent = layer.get_extent().ok().map(|e| [e.MinX, e.MinY, e.MaxX, e.MaxY]);
            layers.push((layer.name(), layer.feature_count(), extent));
        }
    }
    layers
}

fn degrees(shape: &MultiPolygon) -> [f64; 4] {
    shape.envelope().unwrap().to_degrees()
}

fn here() -> [f64; 4] {
    let [lon, lat] = [CORNER.0, CORNER.1].map(|e7| f64::from(e7) / 1e7);
    [lon, lat, lon, lat]
}

#[tokio::test]
async fn a_gis_sees_each_layer_with_its_count_and_extent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    let store = store_at(&path).await;
    let (dataset, boundaries) = district(6, "x");
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &silent, &act()).await.unwrap();
    let whole = degrees(&block(0, 0, 6, 6));
    let told = layers(&path);
    assert_eq!(told[0], ("atoms".to_owned(), 36, Some(whole)));
    assert_eq!(told[1], ("jurisdictions".to_owned(), 3, Some(whole)));
    assert_eq!((&*told[2].0, told[2].1), ("grids", 0));
    assert_eq!(told[3], ("findings".to_owned(), 2, Some(degrees(&block(0, 0, 1, 1)))));
    assert_eq!((&*told[4].0, told[4].1), ("reports", 0));

    let plan = SamplePlan::rows(6, "", Some("E"));
    store.save_plan(&plan.on(id, 0), &act()).await.unwrap();
    store.add_report(&new_report("r", None), &act()).await.unwrap();
    let told = layers(&path);
    assert_eq!(told[2], ("grids".to_owned(), 6, Some(degrees(&block(3, 0, 3, 6)))));
    assert_eq!(told[3].1, 3);
    assert_eq!(told[4], ("reports".to_owned(), 1, Some(here())));
    let gis = in_gis(&path, GdalOpenFlags::GDAL_OF_READONLY);
    assert_eq!(value(&gis, "SELECT grid FROM atoms WHERE code = 'A00003'"), "E-000");
    assert_eq!(value(&gis, "SELECT count(*) FROM atoms WHERE grid IS NULL"), "18");
    assert_eq!(
        value(&gis, "SELECT reason_zh FROM grids WHERE code = 'E-000'"),
        "E 总共只有 12，不足一个网格的下限 300：可与相邻辖区合并，或予以认可"
    );
    // an atom comes through GDAL at the same lattice points
    let mut layer = gis.layer_by_name("atoms").unwrap();
    for (feature, atom) in layer.features().zip(&dataset.atoms) {
        let geo = feature.geometry().unwrap().to_geo().unwrap();
        let geo_types::Geometry::MultiPolygon(shape) = geo else { panic!("{geo:?}") };
        assert_eq!(wangge::geom::from_geo(&shape).unwrap(), atom.shape);
    }
}

#[tokio::test]
async fn the_file_is_a_sound_geopackage_and_fresh_to_the_last_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    let store = store_at(&path).await;
    let (dataset, boundaries) = district(4, "x");
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &silent, &act()).await.unwrap();
    let plan = store.save_plan(&SamplePlan::rows(4, "", None).on(id, 0), &act()).await.unwrap();
    store.publish(&new_publication(plan), &act()).await.unwrap();
    store.close().await;
    assert!(!path.with_file_name("s.gpkg-wal").exists(), "the log is folded in");
    let gis = in_gis(&path, GdalOpenFlags::GDAL_OF_READONLY);
    let ask = |sql: &str| value(&gis, sql);
    assert_eq!(ask("PRAGMA application_id"), i32::from_be_bytes(*b"GPKG").to_string());
    assert_eq!(ask("PRAGMA user_version"), "10300");
    assert_eq!(ask("PRAGMA integrity_check"), "ok");
    assert_eq!(ask("SELECT count(*) FROM pragma_foreign_key_check"), "0");
    assert_eq!(ask("SELECT count(*) FROM gpkg_spatial_ref_sys WHERE srs_id IN (-1, 0, 4326)"), "3");
    let changed = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', last_change) FROM gpkg_contents WHERE table_name = 'grids'";
    assert_eq!(ask(changed), "2026-03-01T00:00:00.002Z");
    assert_eq!(ask("SELECT count(*) FROM sqlite_master WHERE name LIKE 'rtree%'"), "0");
    assert_eq!(ask("SELECT count(*) FROM gpkg_contents WHERE data_type = 'attributes'"), "7");
}

#[tokio::test]
async fn layers_show_what_is_in_force_also_when_scopes_publish_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    let store = store_at(&path).await;
    let (dataset, boundaries) = district(6, "x");
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &silent, &act()).await.unwrap();
    let save = async |prefix: &str, scope: Option<&str>, base: i64| {
        store.save_plan(&SamplePlan::rows(6, prefix, scope).on(id, base), &act()).await.unwrap()
    };
    let codes = |like: &str| {
        let gis = in_gis(&path, GdalOpenFlags::GDAL_OF_READONLY);
        value(&gis, &format!("SELECT count(*) FROM grids WHERE code LIKE '{like}'"))
    };
    save("draft", None, 0).await;
    assert_eq!(codes("draft%"), "12");
    let west = save("a", Some("W"), 0).await;
    assert_eq!((&*codes("aW%"), &*codes("%")), ("6", "6"), "the newest draft");
    let east = save("b", Some("E"), 0).await;
    store.publish(&new_publication(west), &act()).await.unwrap();
    assert_eq!((&*codes("aW%"), &*codes("%")), ("6", "6"));
    store.publish(&new_publication(east), &act()).await.unwrap();
    assert_eq!((&*codes("aW%"), &*codes("bE%"), &*codes("%")), ("6", "6", "12"));
    let draft = save("c", Some("D"), 2).await;
    assert_eq!((&*codes("c%"), &*codes("%")), ("0", "12"), "a draft does not hide what is in force");
    store.publish(&new_publication(draft), &act()).await.unwrap();
    assert_eq!((&*codes("c%"), &*codes("%")), ("12", "12"));

    let (larger, larger_boundaries) = district(8, "y");
    let mut import = new_import(&larger, &larger_boundaries, "2");
    import.findings.push(finding("gap", Some(block(7, 7, 1, 1))));
    let id = store.import(&import, &silent, &act()).await.unwrap();
    assert_eq!(layers(&path)[0].1, 36, "an import does not hide what is in force");
    let plan = store.save_plan(&SamplePlan::rows(8, "n", None).on(id, 3), &act()).await.unwrap();
    store.publish(&new_publication(plan), &act()).await.unwrap();
    let whole = degrees(&block(0, 0, 8, 8));
    let told = layers(&path);
    assert_eq!(told[0], ("atoms".to_owned(), 64, Some(whole)));
    assert_eq!(told[1], ("jurisdictions".to_owned(), 3, Some(whole)));
    assert_eq!(told[2], ("grids".to_owned(), 16, Some(whole)));
    assert_eq!(told[3], ("findings".to_owned(), 4, Some(whole)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attribute_edited_in_a_gis_does_not_break_the_next_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    let store = store_at(&path).await;
    let (dataset, boundaries) = district(4, "x");
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &silent, &act()).await.unwrap();
    for n in 0..3 {
        store.add_report(&new_report(&format!("r{n}"), None), &act()).await.unwrap();
    }
    {
        let gis = in_gis(&path, GdalOpenFlags::GDAL_OF_UPDATE);
        let layer = gis.layer_by_name("reports").unwrap();
        let mut feature = layer.feature(2).unwrap();
        let text = layer.defn().field_index("text").unwrap();
        feature.set_field_string(text, "改过的").unwrap();
        layer.set_feature(feature).unwrap();
        gis.execute_sql("UPDATE atoms SET name = '新名' WHERE code = 'A00002'", None, Dialect::DEFAULT).unwrap();
        gis.execute_sql("UPDATE jurisdictions SET name = '新街' WHERE code = 'E'", None, Dialect::DEFAULT).unwrap();
    }
    assert_eq!(store.report("r1").await.unwrap().sent.text, "改过的");
    let read = store.dataset(id).await.unwrap();
    assert_eq!((read.atoms[2].name.as_deref(), &*read.jurisdictions[2].name), (Some("新名"), "新街"));
    store.add_report(&new_report("r3", None), &act()).await.unwrap();
    let plan = store.save_plan(&SamplePlan::rows(4, "", None).on(id, 0), &act()).await.unwrap();
    store.publish(&new_publication(plan), &act()).await.unwrap();

    // a spatial index made in a GIS while we run, then one made while we do not
    let index = |path: &Path| {
        let gis = in_gis(path, GdalOpenFlags::GDAL_OF_UPDATE);
        assert_eq!(value(&gis, "SELECT CreateSpatialIndex('reports', 'geom')"), "1");
    };
    index(&path);
    store.add_report(&new_report("r4", None), &act()).await.unwrap();
    store.close().await;
    index(&path);
    let store = store_at(&path).await;
    store.add_report(&new_report("r5", None), &act()).await.unwrap();
    assert_eq!(store.report_count().await.unwrap(), 6);
    let told = layers(&path);
    assert_eq!(told[4], ("reports".to_owned(), 6, Some(here())));
    store.close().await;
    let gis = in_gis(&path, GdalOpenFlags::GDAL_OF_READONLY);
    assert_eq!(value(&gis, "PRAGMA integrity_check"), "ok");
    assert_eq!(value(&gis, "SELECT count(*) FROM gpkg_extensions WHERE table_name = 'reports'"), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_stay_cannot_be_changed_from_outside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    let store = store_at(&path).await;
    let (dataset, boundaries) = district(4, "x");
    let id = store.import(&new_import(&dataset, &boundaries, "1"), &silent, &act()).await.unwrap();
    let plan = store.save_plan(&SamplePlan::rows(4, "", None).on(id, 0), &act()).await.unwrap();
    store.publish(&new_publication(plan), &act()).await.unwrap();
    store.add_report(&new_report("r", None), &act()).await.unwrap();
    store.close().await;
    let before = std::fs::read(&path).unwrap();
    let refused = [
        ("UPDATE grid SET code = 'x'", "a published grid is never changed"),
        ("UPDATE grid SET geom = (SELECT geom FROM atom LIMIT 1)", "a published grid is never changed"),
        ("DELETE FROM grid", "a published grid is never deleted"),
        ("INSERT OR REPLACE INTO grid SELECT * FROM grid", "a published plan takes no further grid"),
        ("UPDATE grids SET name = 'x'", "grids are not edited here"),
        ("DELETE FROM grids", "grids are not edited here"),
        ("UPDATE plan_atom SET grid = 2", "the atoms of a published grid are never changed"),
        ("DELETE FROM plan_atom", "the atoms of a published grid are never changed"),
        ("UPDATE plan SET scope = 'x'", "a published plan is never changed"),
        ("UPDATE publication SET effective_ms = 0", "a publication is never changed"),
        ("DELETE FROM publication", "a publication is never deleted"),
        ("INSERT OR REPLACE INTO publication SELECT * FROM publication", "a publication is never replaced"),
        ("UPDATE lineage SET share = 0", "lineage is never changed"),
        ("DELETE FROM lineage", "lineage is never deleted"),
        ("UPDATE report_event SET at_ms = 0", "the events of a report are only added to"),
        ("DELETE FROM report_event", "the events of a report are only added to"),
        ("INSERT OR REPLACE INTO reports SELECT * FROM reports", "a report is never replaced"),
        ("UPDATE reports SET grid = 'x'", "only category and text of a report may be edited"),
        ("DELETE FROM reports", "a report is never deleted"),
        ("UPDATE atoms SET households = 0", "only the name of an atom may be edited"),
        ("UPDATE atom SET geom = NULL", "only the name of an atom may be edited"),
        ("DELETE FROM atom", "an atom is never deleted"),
        ("UPDATE dataset SET crs = 'x'", "an import is kept as it came"),
    ];
    for (sql, words) in refused {
        let gis = in_gis(&path, GdalOpenFlags::GDAL_OF_UPDATE);
        let error = gis.execute_sql(sql, None, Dialect::DEFAULT).err().unwrap_or_else(|| panic!("{sql} went through"));
        assert!(error.to_string().contains(words), "{sql}: {error}");
    }
    let store = store_at(&path).await;
    store.close().await;
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// A GeoPackage and a SQLite database as GDAL writes them.
fn of_another_program(folder: &Path, driver: &str, name: &str) -> PathBuf {
    let path = folder.join(name);
    let driver = DriverManager::get_driver_by_name(driver).unwrap();
    let mut dataset = driver.create_vector_only(&path).unwrap();
    dataset.create_layer(gdal::vector::LayerOptions { name: "roads", ..Default::default() }).unwrap();
    dataset.close().unwrap();
    path
}

#[tokio::test]
async fn what_is_not_our_store_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let geopackage = of_another_program(folder.path(), "GPKG", "roads.gpkg");
    let store = folder.path().join("whole.gpkg");
    store_at(&store).await.close().await;
    let whole = std::fs::read(&store).unwrap();
    let cases = [
        (file("empty.gpkg", b""), "an empty file"),
        (file("notes.gpkg", "村委会 notes\n".as_bytes()), "a text file"),
        (file("noise.gpkg", &[0, 255, 1, 254]), "not a database"),
        (file("head.gpkg", &whole[..60]), "a database cut off within its header"),
        (of_another_program(folder.path(), "SQLite", "other.sqlite"), "a SQLite database of another program"),
        (geopackage, "a GeoPackage of another program (layers: roads)"),
        (file("half.gpkg", &whole[..whole.len() / 2]), "it is cut off"),
        (file("page.gpkg", &whole[..4096]), "it is cut off"),
        (file("scrambled.gpkg", &[&whole[..100], &vec![0xA5; whole.len() - 100]].concat()), "the file is damaged"),
    ];
    for (path, words) in cases {
        let before = std::fs::read(&path).unwrap();
        for mode in [Open::Existing, Open::OrCreate] {
            let error = open(path.to_str().unwrap(), mode).await.err().expect("refused");
            assert!(
                matches!(error, StoreError::Foreign { .. } | StoreError::Unusable { .. } | StoreError::Damaged { .. }),
                "{error}"
            );
            let message = error.to_string();
            assert!(message.contains(words) && message.contains(path.to_str().unwrap()), "{message}");
            assert!(!message.contains('\n'), "one line: {message}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before, "{words}");
        let name = path.file_name().unwrap().to_str().unwrap();
        for suffix in ["-wal", "-shm", "-journal"] {
            assert!(!folder.path().join(format!("{name}{suffix}")).exists(), "{name}{suffix}");
        }
    }
    let error = open(folder.path().to_str().unwrap(), Open::OrCreate).await.err().unwrap();
    assert!(matches!(&error, StoreError::Foreign { reason, .. } if reason == "a folder"), "{error}");
}

#[tokio::test]
async fn a_missing_store_is_made_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    let name = path.to_str().unwrap();
    let error = open(name, Open::Existing).await.err().unwrap();
    assert!(matches!(&error, StoreError::Missing { path } if path == name), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let error = open(folder.path().join("no/s.gpkg").to_str().unwrap(), Open::OrCreate).await.err().unwrap();
    assert!(error.to_string().contains("there is no folder"), "{error}");
    open(name, Open::OrCreate).await.unwrap().close().await;
    open(name, Open::Existing).await.unwrap().close().await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_made_by_many_at_once_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    let tasks: Vec<_> = (0..6)
        .map(|n| {
            let path = path.clone();
            tokio::spawn(async move {
                let store = store_at(&path).await;
                store.add_report(&new_report(&format!("r{n}"), None), &act()).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store_at(&path).await.report_count().await.unwrap(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_the_first_schema_is_brought_up_to_date_and_its_log_begins_with_what_was_there() {
    use sqlx::{Connection, SqliteConnection, migrate::Migrator};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    let mut old = SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
    let mut first: Migrator = sqlx::migrate!("migrations/sqlite");
    first.migrations = first.migrations[..1].to_vec().into();
    first.run_direct(None, &mut old, false).await.unwrap();
    for n in 0..3 {
        let report = "INSERT INTO reports (id, body_hash, category, text, resolution, chain, given_x, given_y, given_crs, x_e7, \
                      y_e7, received_ms, received, geom) VALUES ($1, '', 'a', '', 'outside', '[]', 1, 2, 'wgs84', \
                      10000000, 20000000, 5, '1970-01-01T00:00:00.005Z', x'4750000100000000010100000000000000000000000000000000000000')";
        sqlx::query(report).bind(format!("old{n}")).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();
    let store = open(path.to_str().unwrap(), Open::Existing).await.unwrap();
    assert_eq!(store.report_count().await.unwrap(), 3);
    store.add_report(&new_report("new", None), &act()).await.unwrap();
    let log = store.audit(0, 9).await.unwrap();
    assert_eq!(log[0].detail, r#"{"imports":0,"plans":0,"publications":0,"reports":3}"#);
    assert_eq!((log.len(), log[1].object.as_str()), (2, "new"));
    assert!(wangge::app::verify_audit(store.as_ref()).await.unwrap().is_whole());
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    store_at(&path).await.close().await;
    {
        let gis = in_gis(&path, GdalOpenFlags::GDAL_OF_UPDATE);
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                   VALUES (9999, 'later', 1, x'00', 0)";
        gis.execute_sql(sql, None, Dialect::DEFAULT).unwrap();
    }
    let before = std::fs::read(&path).unwrap();
    let error = open(path.to_str().unwrap(), Open::OrCreate).await.err().unwrap();
    assert!(error.to_string().contains("made by a newer Wangge (its schema is 9999"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_may_not_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.gpkg");
    store_at(&path).await.close().await;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    if std::fs::OpenOptions::new().append(true).open(&path).is_ok() {
        eprintln!("SKIPPED: this user (root) may write every file");
        return;
    }
    let error = open(path.to_str().unwrap(), Open::Existing).await.err().unwrap();
    assert!(error.to_string().contains("cannot be written"), "{error}");
}
