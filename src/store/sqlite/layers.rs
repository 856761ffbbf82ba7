//! What a GIS is told about the layers: which rows they show, their extents, when they changed.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use super::db::Write;
use crate::geom::LonLat;
use crate::store::{NewReport, StoreError};

/// Each layer and what its extent is taken from.
const EXTENTS: [(&str, &str); 6] = [
    ("atoms", "dataset WHERE id = (SELECT dataset FROM shown_dataset)"),
    ("jurisdictions", "jurisdiction WHERE dataset = (SELECT dataset FROM shown_dataset)"),
    ("streets", "shown_street JOIN street USING (fid)"),
    ("buildings", "shown_building JOIN feature USING (fid)"),
    ("grids", "shown_grid JOIN grid ON fid = shown_grid.grid"),
    (
        "findings",
        "finding WHERE dataset = (SELECT dataset FROM shown_dataset) AND (plan IS NULL OR plan IN (SELECT plan FROM shown_grid))",
    ),
];

/// Brings the extents of all polygon layers up to date.
pub async fn refresh(tx: &mut Write, changed_ms: i64) -> Result<(), StoreError> {
    for (layer, rows) in EXTENTS {
        let sql = format!(
            "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', ? / 1000.0, 'unixepoch'), \
             (min_x, min_y, max_x, max_y) = (SELECT min(west_e7) / 1e7, min(south_e7) / 1e7, max(east_e7) / 1e7, \
             max(north_e7) / 1e7 FROM {rows}) WHERE table_name = ?"
        );
        sqlx::query(AssertSqlSafe(sql)).bind(changed_ms).bind(layer).execute(&mut **tx).await?;
    }
    let attributes = "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', ? / 1000.0, 'unixepoch') \
                      WHERE table_name IN ('dataset', 'plan', 'publication', 'lineage', 'input', 'links')";
    sqlx::query(attributes).bind(changed_ms).execute(&mut **tx).await?;
    Ok(())
}

/// Brings the extent of the addresses up to date.
pub async fn addresses(tx: &mut Write, changed_ms: i64) -> Result<(), StoreError> {
    let addresses = "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', $1 / 1000.0, 'unixepoch'), \
                     (min_x, min_y, max_x, max_y) = (SELECT min(a.x_e7) / 1e7, min(a.y_e7) / 1e7, max(a.x_e7) / 1e7, \
                     max(a.y_e7) / 1e7 FROM newest_address_set n CROSS JOIN address a ON a.address_set = n.id) \
                     WHERE table_name = 'addresses'";
    sqlx::query(addresses).bind(changed_ms).execute(&mut **tx).await?;
    Ok(())
}

/// Tables were filled by another way than the calls of the store: brings all extents up to date.
pub async fn loaded(tx: &mut Write, changed_ms: i64) -> Result<(), StoreError> {
    refresh(tx, changed_ms).await?;
    addresses(tx, changed_ms).await?;
    let reports = "UPDATE gpkg_contents SET (min_x, min_y, max_x, max_y) = (SELECT min(x_e7) / 1e7, min(y_e7) / 1e7, \
                   max(x_e7) / 1e7, max(y_e7) / 1e7 FROM reports) WHERE table_name = 'reports'";
    sqlx::query(reports).execute(&mut **tx).await?;
    Ok(())
}

/// Takes a new report into the extent of its layer.
pub async fn widen(tx: &mut Write, report: &NewReport) -> Result<(), StoreError> {
    let LonLat { lon_deg, lat_deg } = report.point.to_lon_lat();
    sqlx::query(
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', $1 / 1000.0, 'unixepoch'), \
         min_x = CASE table_name WHEN 'reports' THEN min(coalesce(min_x, $2), $2) END, \
         min_y = CASE table_name WHEN 'reports' THEN min(coalesce(min_y, $3), $3) END, \
         max_x = CASE table_name WHEN 'reports' THEN max(coalesce(max_x, $2), $2) END, \
         max_y = CASE table_name WHEN 'reports' THEN max(coalesce(max_y, $3), $3) END \
         WHERE table_name IN ('reports', 'report_event')",
    )
    .bind(report.received_ms)
    .bind(lon_deg)
    .bind(lat_deg)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A GIS can build an R-tree on a layer; its triggers call functions that plain SQLite lacks and would stop every later
/// write. The tree is only an index: it goes, the rows stay.
pub async fn drop_r_trees(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let layers = "'reports', 'atom', 'grid', 'jurisdiction', 'finding', 'feature', 'street', 'address'";
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
