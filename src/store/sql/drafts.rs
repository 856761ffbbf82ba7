//! Logs of drafts.

use serde_json::json;
use sqlx::{QueryBuilder, Row as _};

use super::{Backend, Db, Row, Write, audit, plan};
use crate::store::audit::{Act, Change, digest};
use crate::store::drafts::{DraftAdded, DraftMarked, DraftOpRecord, DraftStand, NewDraftOp};
use crate::store::{StoreError, fault};

/// Rows in one INSERT.
const ROWS: usize = 64;

/// The newest revision of plan `$1`, and the first publication of it or of what it was redrawn into.
const STAND: &str = "SELECT (SELECT coalesce(max(rev), 0) FROM draft_op WHERE plan = $1) AS rev, \
                     (SELECT min(seq) FROM publication WHERE plan = $1 \
                      OR plan IN (SELECT plan FROM redrawn WHERE base = $1)) AS publication";

pub async fn stand(store: &Backend, plan: i64) -> Result<DraftStand, StoreError> {
    plan::expect(store, plan).await?;
    let row = sqlx::query(STAND).bind(plan).fetch_one(&mut *store.read().await?).await?;
    read_stand(&row)
}

/// As [`stand`], in a transaction.
pub async fn stand_in(tx: &mut Write, plan: i64) -> Result<DraftStand, StoreError> {
    read_stand(&sqlx::query(STAND).bind(plan).fetch_one(&mut **tx).await?)
}

fn read_stand(row: &Row) -> Result<DraftStand, StoreError> {
    Ok(DraftStand { rev: row.try_get("rev")?, publication: row.try_get("publication")? })
}

pub async fn ops(store: &Backend, plan: i64, after: i64, limit: u32) -> Result<Vec<DraftOpRecord>, StoreError> {
    let sql = "SELECT rev, id, by_id, at_ms, body FROM draft_op WHERE plan = $1 AND rev > $2 ORDER BY rev LIMIT $3";
    let rows = sqlx::query(sql).bind(plan).bind(after).bind(i64::from(limit));
    rows.fetch_all(&mut *store.read().await?).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<DraftOpRecord, StoreError> {
    Ok(DraftOpRecord {
        rev: row.try_get("rev")?,
        id: row.try_get("id")?,
        by: row.try_get("by_id")?,
        at_ms: row.try_get("at_ms")?,
        body: row.try_get("body")?,
    })
}

pub async fn add(
    store: &Backend,
    plan: i64,
    base: i64,
    ops: &[NewDraftOp],
    act: &Act,
) -> Result<DraftAdded, StoreError> {
    let mut tx = store.write().await?;
    fault::point("draft:begun");
    let stand = expect_in(&mut tx, plan).await?;
    if let Some(publication) = stand.publication {
        return Ok(DraftAdded::Published(publication));
    }
    if stand.rev != base {
        return Ok(DraftAdded::Behind(stand.rev));
    }
    let numbered: Vec<(i64, &NewDraftOp)> = (base + 1..).zip(ops).collect();
    for chunk in numbered.chunks(ROWS) {
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO draft_op (plan, rev, id, by_id, at_ms, body) ");
        insert.push_values(chunk, |mut row, (rev, op)| {
            row.push_bind(plan)
                .push_bind(*rev)
                .push_bind(&op.id)
                .push_bind(&act.by)
                .push_bind(act.at_ms)
                .push_bind(&op.body);
        });
        insert.build().execute(&mut *tx).await?;
        fault::point("draft:ops");
    }
    let object_id = plan.to_string();
    for (rev, op) in &numbered {
        let change = Change {
            action: "redraw",
            kind: "plan",
            object: &object_id,
            before: None,
            after: Some(digest(&json!(op.body))),
            detail: json!({ "op": op.id, "rev": rev, "kind": op.kind, "atoms": op.atoms }),
        };
        audit::append(&mut tx, act, change).await?;
    }
    fault::point("draft:before_commit");
    store.commit(tx).await?;
    fault::point("draft:after_commit");
    Ok(DraftAdded::Added(base + ops.len() as i64))
}

/// As [`stand_in`], of a plan that there must be.
async fn expect_in(tx: &mut Write, plan: i64) -> Result<DraftStand, StoreError> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT id FROM plan WHERE id = $1").bind(plan).fetch_optional(&mut **tx).await?;
    found.ok_or_else(|| StoreError::NotFound { what: "plan", id: plan.to_string() })?;
    stand_in(tx, plan).await
}

pub async fn put_away(store: &Backend, plan: i64, away: bool, act: &Act) -> Result<DraftMarked, StoreError> {
    let mut tx = store.write().await?;
    if let Some(publication) = expect_in(&mut tx, plan).await?.publication {
        return Ok(DraftMarked::Published(publication));
    }
    let last = sqlx::query("SELECT n, away FROM put_away WHERE plan = $1 ORDER BY n DESC LIMIT 1").bind(plan);
    let (n, was): (i64, i64) = match last.fetch_optional(&mut *tx).await? {
        Some(row) => (row.try_get("n")?, row.try_get("away")?),
        None => (0, 0),
    };
    if (was == 1) == away {
        return Ok(DraftMarked::Same);
    }
    sqlx::query("INSERT INTO put_away (plan, n, away, by_id, at_ms) VALUES ($1, $2, $3, $4, $5)")
        .bind(plan)
        .bind(n + 1)
        .bind(i64::from(away))
        .bind(&act.by)
        .bind(act.at_ms)
        .execute(&mut *tx)
        .await?;
    fault::point("away:row");
    let object_id = plan.to_string();
    let change = Change {
        action: if away { "put_away" } else { "take_back" },
        kind: "plan",
        object: &object_id,
        before: None,
        after: None,
        detail: json!({}),
    };
    audit::append(&mut tx, act, change).await?;
    fault::point("away:before_commit");
    store.commit(tx).await?;
    fault::point("away:after_commit");
    Ok(DraftMarked::Marked)
}
