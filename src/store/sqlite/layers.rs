//! What a GIS is told about the layers: which rows they show, their extents, when they changed.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use super::Write;
use crate::geom::Envelope;
use crate::store::StoreError;

/// An envelope as the four columns west, south, east, north; all null when there is none.
pub(super) fn bounds(envelope: Option<Envelope>) -> [Option<i32>; 4] {
    match envelope {
        None => [None; 4],
        Some(Envelope { min, max }) => [min.x_e7, min.y_e7, max.x_e7, max.y_e7].map(Some),
    }
}

/// Each layer and what its extent is taken from.
const EXTENTS: [(&str, &str); 4] = [
    ("atoms", "dataset WHERE id = (SELECT dataset FROM shown_dataset)"),
    ("jurisdictions", "jurisdiction WHERE dataset = (SELECT dataset FROM shown_dataset)"),
    ("grids", "shown_grid JOIN grid ON fid = shown_grid.grid"),
    (
        "findings",
        "finding WHERE dataset = (SELECT dataset FROM shown_dataset) AND (plan IS NULL OR plan IN (SELECT plan FROM shown_grid))",
    ),
];

/// Brings the extents of all polygon layers up to date.
pub(super) async fn refresh(tx: &mut Write, changed_ms: i64) -> Result<(), StoreError> {
    for (layer, rows) in EXTENTS {
        let sql = format!(
            "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', ? / 1000.0, 'unixepoch'), \
             (min_x, min_y, max_x, max_y) = (SELECT min(west_e7) / 1e7, min(south_e7) / 1e7, max(east_e7) / 1e7, \
             max(north_e7) / 1e7 FROM {rows}) WHERE table_name = ?"
        );
        sqlx::query(AssertSqlSafe(sql)).bind(changed_ms).bind(layer).execute(&mut **tx).await?;
    }
    let attributes = "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', ? / 1000.0, 'unixepoch') \
                      WHERE table_name IN ('dataset', 'plan', 'publication', 'lineage')";
    sqlx::query(attributes).bind(changed_ms).execute(&mut **tx).await?;
    Ok(())
}

/// Layers show this dataset.
pub(super) async fn show_dataset(tx: &mut Write, dataset: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO shown_dataset VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET dataset = excluded.dataset";
    sqlx::query(sql).bind(dataset).execute(&mut **tx).await?;
    Ok(())
}

/// Layers show the grids of this plan; those of other plans outside its scope stay when `beside` says so.
pub(super) async fn show_plan(tx: &mut Write, plan: i64, beside: Beside) -> Result<(), StoreError> {
    let hide = match beside {
        Beside::Nothing => "DELETE FROM shown_grid",
        Beside::OtherScopes => {
            // a plan without scope replaces everything
            "WITH RECURSIVE target AS (SELECT dataset, scope FROM plan WHERE id = ?), \
             subtree (code) AS (SELECT scope FROM target UNION SELECT j.code FROM subtree, target \
                 JOIN jurisdiction j ON j.dataset = target.dataset AND j.parent = subtree.code) \
             DELETE FROM shown_grid WHERE (SELECT scope FROM target) IS NULL \
                 OR grid IN (SELECT g.fid FROM grid g WHERE g.jurisdiction IN (SELECT code FROM subtree))"
        }
    };
    let mut hide = sqlx::query(hide);
    if beside == Beside::OtherScopes {
        hide = hide.bind(plan);
    }
    hide.execute(&mut **tx).await?;
    let show = "INSERT INTO shown_grid (grid, plan) SELECT fid, plan FROM grid WHERE plan = ?";
    sqlx::query(show).bind(plan).execute(&mut **tx).await?;
    Ok(())
}

/// What is shown beside a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Only this plan.
    Nothing,
    /// What was published for places outside its scope.
    OtherScopes,
}

/// A GIS can build an R-tree on a layer; its triggers call functions that plain SQLite lacks and would stop every later
/// write. The tree is only an index: it goes, the rows stay.
pub(super) async fn drop_r_trees(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let layers = "'reports', 'atom', 'grid', 'jurisdiction', 'finding'";
    let sql = format!(
        "SELECT type, name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({layers}) AND name LIKE 'rtree\\_%' ESCAPE '\\' \
         UNION ALL SELECT type, name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%rtree%' \
         AND name IN (SELECT 'rtree_' || table_name || '_' || column_name FROM gpkg_geometry_columns WHERE table_name IN ({layers}))"
    );
    let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *connection).await?;
    if found.is_empty() {
        return Ok(());
    }
    let mut tx = sqlx::Connection::begin_with(connection, "BEGIN IMMEDIATE").await?;
    for row in found {
        let (kind, name): (String, String) = (row.try_get("type")?, row.try_get("name")?);
        let sql = format!("DROP {} IF EXISTS \"{}\"", kind.to_uppercase(), name.replace('"', "\"\""));
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
    }
    let registered: Option<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_master WHERE name = 'gpkg_extensions'")
            .fetch_optional(&mut *tx)
            .await?;
    if registered.is_some() {
        let sql = format!(
            "DELETE FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index' AND table_name IN ({layers})"
        );
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
