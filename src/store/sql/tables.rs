//! Tables as they are, for copying and comparing.

use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::{Backend, Db, Row, Write, db};
use crate::geom::LatticePoint;
use crate::store::StoreError;
use crate::store::tables::{Copied, Kind, Table, TableRow, Value};

/// Parameters in one INSERT: SQLite's limit is 32,766, PostgreSQL's 65,535.
const PARAMETERS: usize = 30_000;

/// Rows after a key.
pub async fn page(
    tx: &mut Write,
    table: &Table,
    after: Option<&TableRow>,
    limit: u32,
) -> Result<Vec<TableRow>, StoreError> {
    let names = |n: usize| table.columns[..n].iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(", ");
    let key = names(table.key);
    let mut select = QueryBuilder::<Db>::new("SELECT ");
    select.push(names(table.columns.len())).push(" FROM ").push(table.name);
    if let Some(after) = after {
        select.push(" WHERE (").push(&key).push(") > (");
        let mut values = select.separated(", ");
        for value in &after[..table.key] {
            match value {
                Value::Int(n) => values.push_bind(*n),
                Value::Text(text) => values.push_bind(text.clone()),
                other => return Err(StoreError::Database(format!("{}: {other:?} is no key", table.name))),
            };
        }
        select.push(")");
    }
    select.push(" ORDER BY ").push(&key).push(" LIMIT ").push_bind(i64::from(limit));
    let rows = select.build().fetch_all(&mut **tx).await?;
    rows.iter().map(|row| values(table, row)).collect()
}

/// Some columns are named by words of SQL.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn values(table: &Table, row: &Row) -> Result<TableRow, StoreError> {
    table.columns.iter().enumerate().map(|(i, (_, kind))| value(*kind, row, i)).collect()
}

fn value(kind: Kind, row: &Row, i: usize) -> Result<Value, StoreError> {
    Ok(match kind {
        Kind::Int => row.try_get::<Option<i64>, _>(i)?.map_or(Value::Null, Value::Int),
        Kind::Lattice => row.try_get::<Option<i32>, _>(i)?.map_or(Value::Null, Value::Lattice),
        Kind::Real => row.try_get::<Option<f64>, _>(i)?.map_or(Value::Null, Value::Real),
        Kind::Text => row.try_get::<Option<String>, _>(i)?.map_or(Value::Null, Value::Text),
        Kind::Shape => match db::read_shape(row.try_get(i)?)? {
            Some(shape) => Value::Shape(shape),
            None => Value::Point(LatticePoint::new(row.try_get("x_e7")?, row.try_get("y_e7")?)),
        },
        Kind::Line => Value::Line(db::read_line(row.try_get(i)?)?),
    })
}

/// How many rows a table has.
pub async fn count(tx: &mut Write, table: &Table) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) FROM {}", table.name);
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut **tx).await?;
    Ok(count as u64)
}

/// Writes rows.
pub async fn load(store: &Backend, table: &Table, rows: &[TableRow]) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    insert(&mut tx, table, rows).await?;
    store.commit(tx).await
}

/// Replaces all rows of some tables.
pub async fn replace(store: &Backend, tables: &[(&Table, Vec<TableRow>)]) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    for (table, _) in tables.iter().rev() {
        let sql = format!("DELETE FROM {}", table.name);
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
    }
    for (table, rows) in tables {
        insert(&mut tx, table, rows).await?;
    }
    store.commit(tx).await
}

async fn insert(tx: &mut Write, table: &Table, rows: &[TableRow]) -> Result<(), StoreError> {
    let names = table.columns.iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(", ");
    // when a report came stands there a second time, for people who look at the layer
    let received =
        (table.name == "reports").then(|| table.columns.iter().position(|(name, _)| *name == "received_ms")).flatten();
    for chunk in rows.chunks(PARAMETERS / (table.columns.len() + 1)) {
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO ");
        insert.push(table.name).push(" (").push(&names);
        insert.push(if received.is_some() { ", received) " } else { ") " });
        insert.push_values(chunk, |mut out, row| {
            for ((_, kind), value) in table.columns.iter().zip(row) {
                match value {
                    Value::Null => match kind {
                        Kind::Int => out.push_bind(None::<i64>),
                        Kind::Lattice => out.push_bind(None::<i32>),
                        Kind::Real => out.push_bind(None::<f64>),
                        Kind::Text | Kind::Shape | Kind::Line => out.push_bind(None::<String>),
                    },
                    Value::Int(n) => out.push_bind(*n),
                    Value::Lattice(n) => out.push_bind(*n),
                    Value::Real(n) => out.push_bind(*n),
                    Value::Text(text) => out.push_bind(text.as_str()),
                    Value::Shape(shape) => out.push_bind(db::shape(shape)),
                    Value::Point(point) => out.push_bind(db::point(*point)),
                    Value::Line(points) => out.push_bind(db::line(points)),
                };
            }
            if let Some(Value::Int(ms)) = received.map(|i| &row[i]) {
                db::push_instant(&mut out, *ms);
            }
        });
        insert.build().execute(&mut **tx).await?;
    }
    Ok(())
}

/// What the store was copied from.
pub async fn copied(store: &Backend) -> Result<Option<Copied>, StoreError> {
    let sql = "SELECT kind, source, begun_ms, finished_ms, fingerprint FROM copied";
    let row = sqlx::query(sql).fetch_optional(&mut *store.read().await?).await?;
    let read = |row: Row| -> Result<Copied, StoreError> {
        let fingerprint: Option<String> = row.try_get("fingerprint")?;
        Ok(Copied {
            backup: row.try_get::<String, _>("kind")? == "backup",
            source: row.try_get("source")?,
            begun_ms: row.try_get("begun_ms")?,
            finished_ms: row.try_get("finished_ms")?,
            fingerprint: fingerprint.as_deref().map(serde_json::from_str).transpose()?,
        })
    };
    row.map(read).transpose()
}

/// Says what the store is copied from; makes what is derived when that is done.
pub async fn set_copied(store: &Backend, copied: &Copied) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    sqlx::query(
        "INSERT INTO copied (one, kind, source, begun_ms, finished_ms, fingerprint) VALUES (1, $1, $2, $3, $4, $5) \
         ON CONFLICT (one) DO UPDATE SET kind = excluded.kind, source = excluded.source, begun_ms = excluded.begun_ms, \
         finished_ms = excluded.finished_ms, fingerprint = excluded.fingerprint",
    )
    .bind(if copied.backup { "backup" } else { "copy" })
    .bind(&copied.source)
    .bind(copied.begun_ms)
    .bind(copied.finished_ms)
    .bind(copied.fingerprint.as_ref().map(serde_json::to_string).transpose()?)
    .execute(&mut *tx)
    .await?;
    if let Some(finished_ms) = copied.finished_ms {
        db::loaded(&mut tx, finished_ms).await?;
    }
    store.commit(tx).await
}

/// From now on the store is one of its own.
pub async fn adopt_copy(store: &Backend) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    sqlx::query("DELETE FROM copied").execute(&mut *tx).await?;
    store.commit(tx).await
}
