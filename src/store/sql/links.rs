//! Declared links between atoms.

use serde_json::json;
use sqlx::{QueryBuilder, Row as _};

use super::{Backend, Db, Row, audit, db};
use crate::atom::Link;
use crate::store::audit::{Act, Change, digest};
use crate::store::links::{LinkSetRecord, NewLinks};
use crate::store::{StoreError, fault};

/// Rows in one INSERT.
const ROWS: usize = 128;

pub async fn add(store: &Backend, links: &NewLinks<'_>, act: &Act) -> Result<i64, StoreError> {
    let mut tx = store.write().await?;
    let newest = "SELECT id, content_hash FROM link_set WHERE source = $1 ORDER BY id DESC LIMIT 1";
    let newest: Option<(i64, String)> = sqlx::query_as(newest).bind(&links.source).fetch_optional(&mut *tx).await?;
    if let Some((id, hash)) = newest
        && hash == links.content_hash
    {
        return Ok(id);
    }
    let insert = "INSERT INTO link_set (source, content_hash, recorded_ms, links) VALUES ($1, $2, $3, $4) RETURNING id";
    let id: i64 = sqlx::query_scalar(insert)
        .bind(&links.source)
        .bind(&links.content_hash)
        .bind(links.recorded_ms)
        .bind(links.links.len() as i64)
        .fetch_one(&mut *tx)
        .await?;
    let mut next: i64 = sqlx::query_scalar("SELECT coalesce(max(fid), 0) + 1 FROM link").fetch_one(&mut *tx).await?;
    for chunk in links.links.chunks(ROWS) {
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO link (fid, link_set, from_atom, to_atom, kind, name) ");
        insert.push_values(chunk, |mut row, link| {
            row.push_bind(next)
                .push_bind(id)
                .push_bind(&link.from)
                .push_bind(&link.to)
                .push_bind(link.kind.name())
                .push_bind(&link.name);
            next += 1;
        });
        insert.build().execute(&mut *tx).await?;
    }
    fault::point("links:kept");
    db::layers_changed(&mut tx, links.recorded_ms).await?;
    let object = json!({
        "source": links.source, "content": links.content_hash, "recorded_ms": links.recorded_ms,
        "links": links.links.len(),
    });
    let object_id = id.to_string();
    let change = Change {
        action: "add",
        kind: "links",
        object: &object_id,
        before: None,
        after: Some(digest(&object)),
        detail: json!({ "source": links.source, "links": links.links.len() }),
    };
    audit::append(&mut tx, act, change).await?;
    fault::point("links:before_commit");
    store.commit(tx).await?;
    Ok(id)
}

pub async fn records(store: &Backend) -> Result<Vec<LinkSetRecord>, StoreError> {
    let sql = "SELECT id, source, content_hash, recorded_ms, links FROM link_set ORDER BY id";
    sqlx::query(sql).fetch_all(&mut *store.read().await?).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<LinkSetRecord, StoreError> {
    Ok(LinkSetRecord {
        id: row.try_get("id")?,
        source: row.try_get("source")?,
        content_hash: row.try_get("content_hash")?,
        recorded_ms: row.try_get("recorded_ms")?,
        links: row.try_get::<i64, _>("links")? as u64,
    })
}

pub async fn read(store: &Backend, set: i64) -> Result<Vec<Link>, StoreError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT id FROM link_set WHERE id = $1")
        .bind(set)
        .fetch_optional(&mut *store.read().await?)
        .await?;
    found.ok_or_else(|| StoreError::NotFound { what: "set of links", id: set.to_string() })?;
    let sql = "SELECT from_atom, to_atom, kind, name FROM link WHERE link_set = $1 ORDER BY fid";
    sqlx::query(sql).bind(set).fetch_all(&mut *store.read().await?).await?.iter().map(link).collect()
}

fn link(row: &Row) -> Result<Link, StoreError> {
    Ok(Link {
        from: row.try_get("from_atom")?,
        to: row.try_get("to_atom")?,
        kind: row.try_get::<String, _>("kind")?.parse().map_err(StoreError::Database)?,
        name: row.try_get("name")?,
    })
}
