//! The audit log.

use sqlx::Row as _;

use super::{Backend, Row, Write};
use crate::store::StoreError;
use crate::store::audit::{Act, AuditEntry, AuditedRows, Change};

/// Adds an entry to the chain, in the transaction of the change it tells of.
pub async fn append(tx: &mut Write, act: &Act, change: Change<'_>) -> Result<(), StoreError> {
    let last = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
    let last = sqlx::query(last).fetch_optional(&mut **tx).await?;
    let mut last = last.map(|row| Ok::<_, StoreError>((row.try_get("seq")?, row.try_get("hash")?))).transpose()?;
    if last.is_none() {
        let start = "SELECT imports, plans, publications, reports FROM audit_start";
        let start = rows(&sqlx::query(start).fetch_one(&mut **tx).await?)?;
        let begun = Change {
            action: "begin",
            kind: "audit",
            object: "log",
            before: None,
            after: None,
            detail: start.to_json(),
        };
        let entry = AuditEntry::following(None, act, begun);
        insert(tx, &entry).await?;
        last = Some((entry.seq, entry.hash));
    }
    insert(tx, &AuditEntry::following(last, act, change)).await
}

async fn insert(tx: &mut Write, entry: &AuditEntry) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (seq, at_ms, by_id, request, action, kind, object, before_hash, after_hash, detail, previous, \
         hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(entry.seq)
    .bind(entry.at_ms)
    .bind(&entry.by)
    .bind(&entry.request)
    .bind(&entry.action)
    .bind(&entry.kind)
    .bind(&entry.object)
    .bind(&entry.before)
    .bind(&entry.after)
    .bind(&entry.detail)
    .bind(&entry.previous)
    .bind(&entry.hash)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub async fn entries(store: &Backend, after: i64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
    let sql = "SELECT seq, at_ms, by_id, request, action, kind, object, before_hash, after_hash, detail, previous, hash \
               FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2";
    let rows = sqlx::query(sql).bind(after).bind(i64::from(limit)).fetch_all(&mut *store.read().await?).await?;
    rows.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        seq: row.try_get("seq")?,
        at_ms: row.try_get("at_ms")?,
        by: row.try_get("by_id")?,
        request: row.try_get("request")?,
        action: row.try_get("action")?,
        kind: row.try_get("kind")?,
        object: row.try_get("object")?,
        before: row.try_get("before_hash")?,
        after: row.try_get("after_hash")?,
        detail: row.try_get("detail")?,
        previous: row.try_get("previous")?,
        hash: row.try_get("hash")?,
    })
}

pub async fn audited(store: &Backend) -> Result<(AuditedRows, AuditedRows), StoreError> {
    let mut connection = store.read().await?;
    let start = "SELECT imports, plans, publications, reports FROM audit_start";
    let start = sqlx::query(start).fetch_one(&mut *connection).await?;
    let now = "SELECT (SELECT count(*) FROM dataset) AS imports, (SELECT count(*) FROM plan) AS plans, \
               (SELECT count(*) FROM publication) AS publications, (SELECT count(*) FROM reports) AS reports";
    let now = sqlx::query(now).fetch_one(&mut *connection).await?;
    Ok((rows(&start)?, rows(&now)?))
}

fn rows(row: &Row) -> Result<AuditedRows, StoreError> {
    Ok(AuditedRows {
        imports: row.try_get("imports")?,
        plans: row.try_get("plans")?,
        publications: row.try_get("publications")?,
        reports: row.try_get("reports")?,
    })
}
