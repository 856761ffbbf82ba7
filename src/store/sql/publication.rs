//! Publications: the grids in force, and what became of the grids before them.

use serde_json::json;
use sqlx::{QueryBuilder, Row as _};

use super::shown::{self, Beside};
use super::{Backend, Db, Row, Write, audit, db, plan};
use crate::store::audit::{Act, Change, digest};
use crate::store::{LineageRecord, NewPublication, PublicationRecord, Redrawn, StoreError, fault};

/// Rows in one INSERT.
const ROWS: usize = 256;

pub async fn publish(
    store: &Backend,
    publication: &NewPublication,
    act: &Act,
) -> Result<PublicationRecord, StoreError> {
    let mut tx = store.write().await?;
    fault::point("publish:begun");
    let row = sqlx::query("SELECT dataset, base, scope, grids FROM plan WHERE id = $1").bind(publication.plan);
    let Some(row) = row.fetch_optional(&mut *tx).await? else {
        return Err(StoreError::NotFound { what: "plan", id: publication.plan.to_string() });
    };
    let (dataset, base): (i64, i64) = (row.try_get("dataset")?, row.try_get("base")?);
    let latest: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM publication").fetch_one(&mut *tx).await?;
    refuse_stale(&mut tx, publication.plan, base, latest).await?;
    refuse_redrawn(&mut tx, publication.plan).await?;
    refuse_used_code(&mut tx, publication.plan).await?;
    let record = PublicationRecord {
        seq: latest + 1,
        plan: publication.plan,
        scope: row.try_get("scope")?,
        base,
        effective_ms: publication.effective_ms,
        recorded_ms: publication.recorded_ms,
        grids: row.try_get::<i64, _>("grids")? as u64,
    };
    sqlx::query(
        "INSERT INTO publication (seq, plan, scope, base, effective_ms, recorded_ms, grids) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(record.seq)
    .bind(record.plan)
    .bind(&record.scope)
    .bind(record.base)
    .bind(record.effective_ms)
    .bind(record.recorded_ms)
    .bind(record.grids as i64)
    .execute(&mut *tx)
    .await?;
    insert_lineage(&mut tx, record.seq, &publication.lineage).await?;
    fault::point("publish:written");
    // before the first publication the layers show a draft, which now makes room whatever its scope
    let beside = if latest == 0 { Beside::Nothing } else { Beside::OtherScopes };
    shown::show_plan(&mut tx, record.plan, beside).await?;
    shown::show_dataset(&mut tx, dataset).await?;
    db::layers_changed(&mut tx, record.recorded_ms).await?;
    fault::point("publish:shown");
    let lineage: Vec<_> = publication.lineage.iter().map(|link| json!([link.old, link.new, link.share])).collect();
    let object = json!({
        "plan": record.plan, "scope": record.scope, "base": record.base, "effective_ms": record.effective_ms,
        "recorded_ms": record.recorded_ms, "grids": record.grids, "lineage": lineage,
    });
    let seq = record.seq.to_string();
    let change = Change {
        action: "add",
        kind: "publication",
        object: &seq,
        before: None,
        after: Some(digest(&object)),
        detail: json!({ "plan": record.plan, "scope": record.scope, "effective_ms": record.effective_ms }),
    };
    audit::append(&mut tx, act, change).await?;
    fault::point("publish:before_commit");
    store.commit(tx).await?;
    fault::point("publish:after_commit");
    Ok(record)
}

/// A publication since the plan's base makes the plan stale, unless its scope and the plan's are disjoint: neither is
/// the other or above it. A scope the plan's dataset does not know counts as overlapping.
async fn refuse_stale(tx: &mut Write, plan: i64, base: i64, latest: i64) -> Result<(), StoreError> {
    let conflict: Option<i64> = sqlx::query_scalar(
        "WITH RECURSIVE target AS (SELECT id, dataset, base, scope FROM plan WHERE id = $1), \
         above (code) AS (SELECT scope FROM target UNION SELECT j.parent FROM above CROSS JOIN target JOIN jurisdiction j \
             ON j.dataset = target.dataset AND j.code = above.code WHERE j.parent IS NOT NULL), \
         below (code) AS (SELECT scope FROM target UNION SELECT j.code FROM below CROSS JOIN target JOIN jurisdiction j \
             ON j.dataset = target.dataset AND j.parent = below.code) \
         SELECT max(p.seq) FROM publication p, target WHERE p.seq > target.base AND ( \
             p.scope IS NULL OR target.scope IS NULL \
             OR p.scope IN (SELECT code FROM above) OR p.scope IN (SELECT code FROM below) \
             OR p.scope NOT IN (SELECT code FROM jurisdiction WHERE dataset = target.dataset))",
    )
    .bind(plan)
    .fetch_one(&mut **tx)
    .await?;
    match conflict {
        Some(_) => Err(StoreError::StaleBase { base, latest }),
        None if base > latest => Err(StoreError::StaleBase { base, latest }),
        None => Ok(()),
    }
}

/// A plan that was redrawn is published as it is now or not at all.
async fn refuse_redrawn(tx: &mut Write, id: i64) -> Result<(), StoreError> {
    let redrawn: Option<(i64, i64)> =
        sqlx::query_as("SELECT base, rev FROM redrawn WHERE plan = $1").bind(id).fetch_optional(&mut **tx).await?;
    if let Some((base, rev)) = redrawn {
        plan::refuse_older(tx, Redrawn { base, rev }).await?;
    }
    // as it was made it is revision 0 of its own draft
    plan::refuse_older(tx, Redrawn { base: id, rev: 0 }).await
}

/// A published code may stay with its grid: only while that grid is in force, and only where the plan replaces it.
async fn refuse_used_code(tx: &mut Write, plan: i64) -> Result<(), StoreError> {
    let used: Option<String> = sqlx::query_scalar(
        "WITH RECURSIVE target AS (SELECT dataset, scope FROM plan WHERE id = $1), \
         subtree (code) AS (SELECT scope FROM target UNION SELECT j.code FROM subtree CROSS JOIN target JOIN jurisdiction j \
             ON j.dataset = target.dataset AND j.parent = subtree.code) \
         SELECT n.code FROM grid n WHERE n.plan = $1 \
         AND EXISTS (SELECT 1 FROM grid o JOIN publication p ON p.plan = o.plan WHERE o.code = n.code) \
         AND NOT EXISTS (SELECT 1 FROM grid o JOIN shown_grid s ON s.grid = o.fid WHERE o.code = n.code \
             AND ((SELECT scope FROM target) IS NULL OR o.jurisdiction IN (SELECT code FROM subtree))) \
         ORDER BY n.code LIMIT 1",
    )
    .bind(plan)
    .fetch_optional(&mut **tx)
    .await?;
    used.map_or(Ok(()), |code| Err(StoreError::CodeUsed { code }))
}

async fn insert_lineage(tx: &mut Write, publication: i64, lineage: &[LineageRecord]) -> Result<(), StoreError> {
    for chunk in lineage.chunks(ROWS) {
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO lineage (publication, old, new, share) ");
        insert.push_values(chunk, |mut row, link| {
            row.push_bind(publication).push_bind(&link.old).push_bind(&link.new).push_bind(link.share);
        });
        insert.build().execute(&mut **tx).await?;
    }
    Ok(())
}

pub async fn records(store: &Backend) -> Result<Vec<PublicationRecord>, StoreError> {
    let sql = "SELECT seq, plan, scope, base, effective_ms, recorded_ms, grids FROM publication ORDER BY seq";
    sqlx::query(sql).fetch_all(&mut *store.read().await?).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<PublicationRecord, StoreError> {
    Ok(PublicationRecord {
        seq: row.try_get("seq")?,
        plan: row.try_get("plan")?,
        scope: row.try_get("scope")?,
        base: row.try_get("base")?,
        effective_ms: row.try_get("effective_ms")?,
        recorded_ms: row.try_get("recorded_ms")?,
        grids: row.try_get::<i64, _>("grids")? as u64,
    })
}

pub async fn used_codes(store: &Backend) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT DISTINCT code FROM grid ORDER BY code").fetch_all(&mut *store.read().await?).await?)
}

pub async fn lineage(store: &Backend, publication: i64) -> Result<Vec<LineageRecord>, StoreError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT seq FROM publication WHERE seq = $1")
        .bind(publication)
        .fetch_optional(&mut *store.read().await?)
        .await?;
    if found.is_none() {
        return Err(StoreError::NotFound { what: "publication", id: publication.to_string() });
    }
    let sql = "SELECT old, new, share FROM lineage WHERE publication = $1 ORDER BY id";
    let rows = sqlx::query(sql).bind(publication).fetch_all(&mut *store.read().await?).await?;
    let link = |row: &Row| -> Result<LineageRecord, StoreError> {
        Ok(LineageRecord { old: row.try_get("old")?, new: row.try_get("new")?, share: row.try_get("share")? })
    };
    rows.iter().map(link).collect()
}
