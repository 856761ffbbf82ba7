//! Reports and what happened to them.

use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};

use super::{Backend, Row, Write, audit, db};
use crate::geom::LatticePoint;
use crate::store::audit::{Act, Change, digest};
use crate::store::{Kept, NewReport, ReportRecord, Stage, Standing, Stepped, StoreError, fault};

/// Reads every column that [`record`] wants.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, key, body_hash, category, text, given_x, given_y, given_crs, x_e7, y_e7, grid, chain, \
             resolution, publication, received_ms, s.kind AS step, s.at_ms AS step_ms, s.detail AS step_detail FROM reports r \
             LEFT JOIN report_event s ON s.id = (SELECT max(e.id) FROM report_event e WHERE e.report = r.id \
             AND e.kind IN ('answered', 'closed', 'reopened')) ",
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
            return if kept.sent.body_hash == report.body_hash {
                Ok(Kept::Replayed(kept))
            } else {
                Err(StoreError::KeyReused { key: key.clone(), id: kept.sent.id })
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
    let first = (report.id.as_str(), report.received_ms);
    insert_event(&mut tx, first, "received", json!({})).await?;
    fault::point("report:event");
    match &report.grid {
        Some(grid) => insert_event(&mut tx, first, "routed", json!({ "grid": grid })).await?,
        None => insert_event(&mut tx, first, "outside", json!({})).await?,
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
    Ok(Kept::Created(report.clone().into()))
}

async fn insert_event(
    tx: &mut Write,
    (report, at_ms): (&str, i64),
    kind: &str,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO report_event (report, kind, at_ms, detail) VALUES ($1, $2, $3, $4)")
        .bind(report)
        .bind(kind)
        .bind(at_ms)
        .bind(detail.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub async fn step(
    store: &Backend,
    id: &str,
    to: Stage,
    answer: Option<&str>,
    act: &Act,
) -> Result<ReportRecord, StoreError> {
    let mut tx = store.write().await?;
    let row = sqlx::query(select!("WHERE r.id = $1")).bind(id).fetch_optional(&mut *tx).await?;
    let mut kept = row.as_ref().map(record).transpose()?.ok_or_else(|| not_found(id))?;
    let standing = match kept.standing.step(to, answer, act.at_ms) {
        Stepped::Same => return Ok(kept),
        Stepped::Closed => return Err(StoreError::Closed { id: id.to_owned() }),
        Stepped::To(standing) => standing,
    };
    insert_event(&mut tx, (id, act.at_ms), to.event(), standing.detail()).await?;
    fault::point("step:event");
    let hash = |standing: &Standing| digest(&json!([standing.stage.as_str(), standing.since_ms, standing.answer]));
    let change = Change {
        action: to.event(),
        kind: "report",
        object: id,
        before: Some(hash(&kept.standing)),
        after: Some(hash(&standing)),
        detail: json!({ "from": kept.standing.stage.as_str(), "to": to.as_str() }),
    };
    audit::append(&mut tx, act, change).await?;
    fault::point("step:before_commit");
    store.commit(tx).await?;
    fault::point("step:after_commit");
    kept.standing = standing;
    Ok(kept)
}

pub async fn steps(store: &Backend, after: i64, limit: u32) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = "SELECT id, report FROM report_event WHERE id > $1 AND kind IN ('answered', 'closed', 'reopened') \
               ORDER BY id LIMIT $2";
    let rows = sqlx::query(sql).bind(after).bind(i64::from(limit)).fetch_all(&mut *store.read().await?).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("report")?))).collect()
}

pub async fn last_step(store: &Backend) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(id), 0) FROM report_event WHERE kind IN ('answered', 'closed', 'reopened')";
    Ok(sqlx::query_scalar(sql).fetch_one(&mut *store.read().await?).await?)
}

pub async fn read(store: &Backend, id: &str) -> Result<ReportRecord, StoreError> {
    let row = sqlx::query(select!("WHERE r.id = $1")).bind(id).fetch_optional(&mut *store.read().await?).await?;
    row.as_ref().map(record).transpose()?.ok_or_else(|| not_found(id))
}

pub async fn records(store: &Backend, limit: u32, after: Option<&str>) -> Result<Vec<ReportRecord>, StoreError> {
    let rows = match after {
        None => {
            let newest = sqlx::query(select!("ORDER BY r.fid DESC LIMIT $1"));
            newest.bind(i64::from(limit)).fetch_all(&mut *store.read().await?).await?
        }
        Some(id) => {
            let fid: Option<i64> = sqlx::query_scalar("SELECT fid FROM reports WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *store.read().await?)
                .await?;
            let later = sqlx::query(select!("WHERE r.fid > $1 ORDER BY r.fid LIMIT $2"));
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
    Ok(ReportRecord { sent: sent(row)?, standing: standing(row)? })
}

fn standing(row: &Row) -> Result<Standing, StoreError> {
    let Some(kind) = row.try_get::<Option<String>, _>("step")? else { return Ok(Standing::default()) };
    let stage = Stage::of_event(&kind)
        .ok_or_else(|| StoreError::Database(format!("report_event.kind {kind:?} leads to no stage of a report")))?;
    Ok(Standing::of_event(stage, row.try_get("step_ms")?, &serde_json::from_str(row.try_get("step_detail")?)?))
}

fn sent(row: &Row) -> Result<NewReport, StoreError> {
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
