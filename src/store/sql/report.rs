//! Reports and what happened to them.

use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};

use super::{Backend, Row, Write, audit, db};
use crate::geom::LatticePoint;
use crate::store::audit::{Act, Change, digest};
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

pub async fn add(store: &Backend, report: &NewReport, act: &Act) -> Result<Kept, StoreError> {
    let mut tx = store.write().await?;
    fault::point("report:begun");
    if let Some(key) = &report.key {
        let row = sqlx::query(select!("WHERE key = $1")).bind(key).fetch_optional(&mut *tx).await?;
        if let Some(kept) = row.as_ref().map(record).transpose()? {
            return if kept.body_hash == report.body_hash {
                Ok(Kept::Replayed(kept))
            } else {
                Err(StoreError::KeyReused { key: key.clone(), id: kept.id })
            };
        }
    }
    let insert = format!(
        "INSERT INTO reports (id, key, body_hash, category, text, given_x, given_y, given_crs, x_e7, y_e7, grid, chain, \
         resolution, publication, received_ms, received, geom) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
         $12, $13, $14, $15, {received}, $16)",
        received = db::RECEIVED
    );
    sqlx::query(AssertSqlSafe(insert))
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
        .bind(db::point(report.point))
        .execute(&mut *tx)
        .await?;
    fault::point("report:kept");
    insert_event(&mut tx, report, "received", json!({})).await?;
    fault::point("report:event");
    match &report.grid {
        Some(grid) => insert_event(&mut tx, report, "routed", json!({ "grid": grid })).await?,
        None => insert_event(&mut tx, report, "outside", json!({})).await?,
    }
    db::report_added(&mut tx, report).await?;
    let object = json!({
        "body": report.body_hash, "grid": report.grid, "resolution": report.resolution, "point": [report.point.x_e7, report.point.y_e7],
        "publication": report.publication, "received_ms": report.received_ms,
    });
    let change = Change {
        action: "add",
        kind: "report",
        object: &report.id,
        before: None,
        after: Some(digest(&object)),
        detail: json!({ "grid": report.grid, "publication": report.publication }),
    };
    audit::append(&mut tx, act, change).await?;
    fault::point("report:before_commit");
    store.commit(tx).await?;
    fault::point("report:after_commit");
    Ok(Kept::Created(report.clone()))
}

async fn insert_event(
    tx: &mut Write,
    report: &NewReport,
    kind: &str,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO report_event (report, kind, at_ms, detail) VALUES ($1, $2, $3, $4)")
        .bind(&report.id)
        .bind(kind)
        .bind(report.received_ms)
        .bind(detail.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn read(store: &Backend, id: &str) -> Result<ReportRecord, StoreError> {
    let row = sqlx::query(select!("WHERE id = $1")).bind(id).fetch_optional(&mut *store.read().await?).await?;
    row.as_ref().map(record).transpose()?.ok_or_else(|| not_found(id))
}

pub async fn records(store: &Backend, limit: u32, after: Option<&str>) -> Result<Vec<ReportRecord>, StoreError> {
    let rows = match after {
        None => {
            let newest = sqlx::query(select!("ORDER BY fid DESC LIMIT $1"));
            newest.bind(i64::from(limit)).fetch_all(&mut *store.read().await?).await?
        }
        Some(id) => {
            let fid: Option<i64> = sqlx::query_scalar("SELECT fid FROM reports WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *store.read().await?)
                .await?;
            let later = sqlx::query(select!("WHERE fid > $1 ORDER BY fid LIMIT $2"));
            let fid = fid.ok_or_else(|| not_found(id))?;
            later.bind(fid).bind(i64::from(limit)).fetch_all(&mut *store.read().await?).await?
        }
    };
    rows.iter().map(record).collect()
}

pub async fn count(store: &Backend) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM reports").fetch_one(&mut *store.read().await?).await?;
    Ok(count as u64)
}

fn not_found(id: &str) -> StoreError {
    StoreError::NotFound { what: "report", id: id.to_owned() }
}

fn record(row: &Row) -> Result<ReportRecord, StoreError> {
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
