//! Addresses.

use serde_json::json;
use sqlx::{QueryBuilder, Row as _};

use super::{Backend, Db, Row, audit, db};
use crate::address::Parts;
use crate::geom::LatticePoint;
use crate::store::addresses::{AddressRecord, AddressSetRecord, NewAddresses};
use crate::store::audit::{Act, Change, digest};
use crate::store::{StoreError, fault};

/// Rows in one INSERT.
const ROWS: usize = 128;

pub async fn add(store: &Backend, new: &NewAddresses<'_>, act: &Act) -> Result<i64, StoreError> {
    let mut tx = store.write().await?;
    let newest = "SELECT id, content_hash FROM address_set WHERE source = $1 ORDER BY id DESC LIMIT 1";
    let newest: Option<(i64, String)> = sqlx::query_as(newest).bind(&new.source).fetch_optional(&mut *tx).await?;
    if let Some((id, hash)) = newest
        && hash == new.content_hash
    {
        return Ok(id);
    }
    let count = new.addresses.len();
    let insert =
        "INSERT INTO address_set (source, content_hash, recorded_ms, addresses) VALUES ($1, $2, $3, $4) RETURNING id";
    let id: i64 = sqlx::query_scalar(insert)
        .bind(&new.source)
        .bind(&new.content_hash)
        .bind(new.recorded_ms)
        .bind(count as i64)
        .fetch_one(&mut *tx)
        .await?;
    let mut next: i64 = sqlx::query_scalar("SELECT coalesce(max(fid), 0) + 1 FROM address").fetch_one(&mut *tx).await?;
    for chunk in new.addresses.chunks(ROWS) {
        let mut insert = QueryBuilder::<Db>::new(
            "INSERT INTO address (fid, address_set, text, area, street, number, compound, building, unit, x_e7, y_e7, geom) ",
        );
        insert.push_values(chunk, |mut row, address| {
            let parts = &address.parts;
            row.push_bind(next).push_bind(id).push_bind(&address.text);
            for part in [&parts.area, &parts.street, &parts.number, &parts.compound, &parts.building, &parts.unit] {
                row.push_bind(part);
            }
            row.push_bind(address.point.x_e7).push_bind(address.point.y_e7).push_bind(db::point(address.point));
            next += 1;
        });
        insert.build().execute(&mut *tx).await?;
    }
    fault::point("addresses:kept");
    db::addresses_changed(&mut tx, new.recorded_ms).await?;
    let object = json!({
        "source": new.source, "content": new.content_hash, "recorded_ms": new.recorded_ms, "addresses": count,
    });
    let object_id = id.to_string();
    let change = Change {
        action: "add",
        kind: "addresses",
        object: &object_id,
        before: None,
        after: Some(digest(&object)),
        detail: json!({ "source": new.source, "addresses": count }),
    };
    audit::append(&mut tx, act, change).await?;
    fault::point("addresses:before_commit");
    store.commit(tx).await?;
    Ok(id)
}

pub async fn records(store: &Backend) -> Result<Vec<AddressSetRecord>, StoreError> {
    let sql = "SELECT id, source, content_hash, recorded_ms, addresses FROM address_set ORDER BY id";
    sqlx::query(sql).fetch_all(&mut *store.read().await?).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<AddressSetRecord, StoreError> {
    Ok(AddressSetRecord {
        id: row.try_get("id")?,
        source: row.try_get("source")?,
        content_hash: row.try_get("content_hash")?,
        recorded_ms: row.try_get("recorded_ms")?,
        addresses: row.try_get::<i64, _>("addresses")? as u64,
    })
}

pub async fn read(store: &Backend, set: i64) -> Result<Vec<AddressRecord>, StoreError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT id FROM address_set WHERE id = $1")
        .bind(set)
        .fetch_optional(&mut *store.read().await?)
        .await?;
    found.ok_or_else(|| StoreError::NotFound { what: "set of addresses", id: set.to_string() })?;
    let sql = "SELECT text, area, street, number, compound, building, unit, x_e7, y_e7 FROM address \
               WHERE address_set = $1 ORDER BY fid";
    sqlx::query(sql).bind(set).fetch_all(&mut *store.read().await?).await?.iter().map(address).collect()
}

fn address(row: &Row) -> Result<AddressRecord, StoreError> {
    Ok(AddressRecord {
        text: row.try_get("text")?,
        parts: Parts {
            area: row.try_get("area")?,
            street: row.try_get("street")?,
            number: row.try_get("number")?,
            compound: row.try_get("compound")?,
            building: row.try_get("building")?,
            unit: row.try_get("unit")?,
        },
        point: LatticePoint::new(row.try_get("x_e7")?, row.try_get("y_e7")?),
    })
}
