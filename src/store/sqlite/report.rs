//! Reports and what happened to them.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::geopackage::point_blob;
use super::{SqliteStore, Write, layers};
use crate::geom::{LatticePoint, LonLat};
use crate::store::{Kept, NewReport, ReportRecord, StoreError, fault};

/// Reads every column that [`record`] wants.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, key, body_hash, category, text, given_x, given_y, given_crs, x_e7, y_e7, grid, chain, \
             resolution, publication, received_ms FROM reports ",
            $rest
        )
    };
}

pub(super) async fn add(store: &SqliteStore, report: &NewReport) -> Result<Kept, StoreError> {
    match try_add(store, report).await {
        // somebody built an R-tree on the layer while we were running
        Err(StoreError::Database(message)) if message.contains("no such function: ST_") => {
            layers::drop_r_trees(&mut *store.writer.acquire().await?).await?;
            try_add(store, report).await
        }
        other => other,
    }
}

async fn try_add(store: &SqliteStore, report: &NewReport) -> Result<Kept, StoreError> {
    let mut tx = store.write().await?;
    fault::point("report:begun");
    if let Some(key) = &report.key {
        let row = sqlx::query(select!("WHERE key = ?")).bind(key).fetch_optional(&mut *tx).await?;
        if let Some(kept) = row.as_ref().map(record).transpose()? {
            return if kept.body_hash == report.body_hash {
                Ok(Kept::Replayed(kept))
            } else {
                Err(StoreError::KeyReused { key: key.clone(), id: kept.id })
            };
        }
    }
    sqlx::query(
        "INSERT INTO reports (id, key, body_hash, category, text, given_x, given_y, given_crs, x_e7, y_e7, grid, chain, \
         resolution, publication, received_ms, received, geom) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, \
         ?12, ?13, ?14, ?15, strftime('%Y-%m-%dT%H:%M:%fZ', ?15 / 1000.0, 'unixepoch'), ?16)",
    )
    .bind(&report.id)
    .bind(&report.key)
    .bind(&report.body_hash)
    .bind(&report.category)
    .bind(&report.text)
    .bind(report.given.0)
    .bind(report.given.1)
    .bind(&report.given.2)
    .bind(report.point.x_e7)
    .bind(report.point.y_e7)
    .bind(&report.grid)
    .bind(serde_json::to_string(&report.chain)?)
    .bind(&report.resolution)
    .bind(report.publication)
    .bind(report.received_ms)
    .bind(point_blob(report.point))
    .execute(&mut *tx)
    .await?;
    fault::point("report:kept");
    insert_event(&mut tx, report, "received", serde_json::json!({})).await?;
    fault::point("report:event");
    match &report.grid {
        Some(grid) => insert_event(&mut tx, report, "routed", serde_json::json!({ "grid": grid })).await?,
        None => insert_event(&mut tx, report, "outside", serde_json::json!({})).await?,
    }
    widen_extent(&mut tx, report).await?;
    fault::point("report:before_commit");
    tx.commit().await?;
    fault::point("report:after_commit");
    Ok(Kept::Created(report.clone()))
}

async fn insert_event(
    tx: &mut Write,
    report: &NewReport,
    kind: &str,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO report_event (report, kind, at_ms, detail) VALUES (?, ?, ?, ?)")
        .bind(&report.id)
        .bind(kind)
        .bind(report.received_ms)
        .bind(detail.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn widen_extent(tx: &mut Write, report: &NewReport) -> Result<(), StoreError> {
    let LonLat { lon_deg, lat_deg } = report.point.to_lon_lat();
    sqlx::query(
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', ?1 / 1000.0, 'unixepoch'), \
         min_x = CASE table_name WHEN 'reports' THEN min(coalesce(min_x, ?2), ?2) END, \
         min_y = CASE table_name WHEN 'reports' THEN min(coalesce(min_y, ?3), ?3) END, \
         max_x = CASE table_name WHEN 'reports' THEN max(coalesce(max_x, ?2), ?2) END, \
         max_y = CASE table_name WHEN 'reports' THEN max(coalesce(max_y, ?3), ?3) END \
         WHERE table_name IN ('reports', 'report_event')",
    )
    .bind(report.received_ms)
    .bind(lon_deg)
    .bind(lat_deg)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn read(store: &SqliteStore, id: &str) -> Result<ReportRecord, StoreError> {
    let row = sqlx::query(select!("WHERE id = ?")).bind(id).fetch_optional(&store.readers).await?;
    row.as_ref().map(record).transpose()?.ok_or_else(|| not_found(id))
}

pub(super) async fn records(
    store: &SqliteStore,
    limit: u32,
    after: Option<&str>,
) -> Result<Vec<ReportRecord>, StoreError> {
    let rows = match after {
        None => {
            let newest = sqlx::query(select!("ORDER BY fid DESC LIMIT ?"));
            newest.bind(i64::from(limit)).fetch_all(&store.readers).await?
        }
        Some(id) => {
            let fid: Option<i64> = sqlx::query_scalar("SELECT fid FROM reports WHERE id = ?")
                .bind(id)
                .fetch_optional(&store.readers)
                .await?;
            let later = sqlx::query(select!("WHERE fid > ? ORDER BY fid LIMIT ?"));
            let fid = fid.ok_or_else(|| not_found(id))?;
            later.bind(fid).bind(i64::from(limit)).fetch_all(&store.readers).await?
        }
    };
    rows.iter().map(record).collect()
}

pub(super) async fn count(store: &SqliteStore) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM reports").fetch_one(&store.readers).await?;
    Ok(count as u64)
}

fn not_found(id: &str) -> StoreError {
    StoreError::NotFound { what: "report", id: id.to_owned() }
}

fn record(row: &SqliteRow) -> Result<ReportRecord, StoreError> {
    Ok(NewReport {
        id: row.try_get("id")?,
        key: row.try_get("key")?,
        body_hash: row.try_get("body_hash")?,
        category: row.try_get("category")?,
        text: row.try_get("text")?,
        given: (row.try_get("given_x")?, row.try_get("given_y")?, row.try_get("given_crs")?),
        point: LatticePoint::new(row.try_get("x_e7")?, row.try_get("y_e7")?),
        grid: row.try_get("grid")?,
        chain: serde_json::from_str(row.try_get("chain")?)?,
        resolution: row.try_get("resolution")?,
        publication: row.try_get("publication")?,
        received_ms: row.try_get("received_ms")?,
    })
}
