//! Inputs that atoms are made from, and the lines along the borders of atoms.

use serde_json::json;
use sqlx::{QueryBuilder, Row as _};

use super::shown::bounds;
use super::{Backend, Db, Row, Write, audit, db};
use crate::atom::{Feature, Line};
use crate::geom::Envelope;
use crate::store::audit::{Act, Change, digest};
use crate::store::inputs::{InputRecord, NewInput};
use crate::store::{StoreError, fault};

/// Rows in one INSERT.
const ROWS: usize = 128;

pub async fn add(store: &Backend, input: &NewInput<'_>, act: &Act) -> Result<i64, StoreError> {
    let mut tx = store.write().await?;
    let newest = "SELECT id, content_hash FROM input WHERE kind = $1 AND source = $2 ORDER BY id DESC LIMIT 1";
    let newest: Option<(i64, String)> =
        sqlx::query_as(newest).bind(input.kind.name()).bind(&input.source).fetch_optional(&mut *tx).await?;
    if let Some((id, hash)) = newest
        && hash == input.content_hash
    {
        return Ok(id);
    }
    let next = |table: &'static str| match table {
        "feature" => "SELECT coalesce(max(fid), 0) + 1 FROM feature",
        _ => "SELECT coalesce(max(fid), 0) + 1 FROM street",
    };
    let first_feature: i64 = sqlx::query_scalar(next("feature")).fetch_one(&mut *tx).await?;
    let first_line: i64 = sqlx::query_scalar(next("street")).fetch_one(&mut *tx).await?;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO input (kind, source, content_hash, crs, recorded_ms, first_feature, features, first_line, lines) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
    )
    .bind(input.kind.name())
    .bind(&input.source)
    .bind(&input.content_hash)
    .bind(&input.crs)
    .bind(input.recorded_ms)
    .bind(first_feature)
    .bind(input.features.len() as i64)
    .bind(first_line)
    .bind(input.lines.len() as i64)
    .fetch_one(&mut *tx)
    .await?;
    insert_features(&mut tx, id, first_feature, input.features).await?;
    fault::point("input:features");
    insert_lines(&mut tx, (Some(id), None), first_line, input.lines).await?;
    db::layers_changed(&mut tx, input.recorded_ms).await?;
    let object = json!({
        "kind": input.kind, "source": input.source, "content": input.content_hash, "crs": input.crs,
        "recorded_ms": input.recorded_ms, "features": input.features.len(), "lines": input.lines.len(),
    });
    let object_id = id.to_string();
    let change = Change {
        action: "add",
        kind: "input",
        object: &object_id,
        before: None,
        after: Some(digest(&object)),
        detail: json!({ "kind": input.kind, "source": input.source }),
    };
    audit::append(&mut tx, act, change).await?;
    fault::point("input:before_commit");
    store.commit(tx).await?;
    Ok(id)
}

async fn insert_features(tx: &mut Write, input: i64, first: i64, features: &[Feature]) -> Result<(), StoreError> {
    let mut next = first;
    for chunk in features.chunks(ROWS) {
        let attributes = chunk.iter().map(|f| serde_json::to_string(&f.attributes)).collect::<Result<Vec<_>, _>>()?;
        let mut insert = QueryBuilder::<Db>::new(
            "INSERT INTO feature (fid, input, code, name, class, households, population, attributes, west_e7, south_e7, \
             east_e7, north_e7, geom) ",
        );
        insert.push_values(chunk.iter().zip(attributes), |mut row, (feature, attributes)| {
            let [west, south, east, north] = bounds(feature.shape.envelope());
            row.push_bind(next)
                .push_bind(input)
                .push_bind(&feature.code)
                .push_bind(&feature.name)
                .push_bind(&feature.class)
                .push_bind(feature.households.map(i64::from))
                .push_bind(feature.population.map(i64::from))
                .push_bind(attributes)
                .push_bind(west)
                .push_bind(south)
                .push_bind(east)
                .push_bind(north)
                .push_bind(db::shape(&feature.shape));
            next += 1;
        });
        insert.build().execute(&mut **tx).await?;
    }
    Ok(())
}

/// Writes lines of an input or of a dataset.
pub(super) async fn insert_lines(
    tx: &mut Write,
    (input, dataset): (Option<i64>, Option<i64>),
    first: i64,
    lines: &[Line],
) -> Result<(), StoreError> {
    let mut next = first;
    for chunk in lines.chunks(ROWS) {
        let mut insert = QueryBuilder::<Db>::new(
            "INSERT INTO street (fid, input, dataset, class, name, west_e7, south_e7, east_e7, north_e7, geom) ",
        );
        insert.push_values(chunk, |mut row, line| {
            let [west, south, east, north] = bounds(Envelope::of(line.points.iter().copied()));
            row.push_bind(next)
                .push_bind(input)
                .push_bind(dataset)
                .push_bind(line.class.name())
                .push_bind(&line.name)
                .push_bind(west)
                .push_bind(south)
                .push_bind(east)
                .push_bind(north)
                .push_bind(db::line(&line.points));
            next += 1;
        });
        insert.build().execute(&mut **tx).await?;
    }
    Ok(())
}

pub async fn records(store: &Backend) -> Result<Vec<InputRecord>, StoreError> {
    let sql = "SELECT id, kind, source, content_hash, crs, recorded_ms, features, lines FROM input ORDER BY id";
    sqlx::query(sql).fetch_all(&mut *store.read().await?).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<InputRecord, StoreError> {
    Ok(InputRecord {
        id: row.try_get("id")?,
        kind: row.try_get::<String, _>("kind")?.parse().map_err(StoreError::Database)?,
        source: row.try_get("source")?,
        content_hash: row.try_get("content_hash")?,
        crs: row.try_get("crs")?,
        recorded_ms: row.try_get("recorded_ms")?,
        features: row.try_get::<i64, _>("features")? as u64,
        lines: row.try_get::<i64, _>("lines")? as u64,
    })
}

async fn expect(store: &Backend, id: i64) -> Result<(), StoreError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT id FROM input WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut *store.read().await?)
        .await?;
    found.map(|_| ()).ok_or_else(|| StoreError::NotFound { what: "input", id: id.to_string() })
}

pub async fn features(store: &Backend, id: i64) -> Result<Vec<Feature>, StoreError> {
    expect(store, id).await?;
    let sql = "SELECT f.code, f.name, f.class, f.households, f.population, f.attributes, f.geom FROM input i JOIN feature f \
               ON f.fid BETWEEN i.first_feature AND i.first_feature + i.features - 1 WHERE i.id = $1 ORDER BY f.fid";
    sqlx::query(sql).bind(id).fetch_all(&mut *store.read().await?).await?.iter().map(feature).collect()
}

fn feature(row: &Row) -> Result<Feature, StoreError> {
    Ok(Feature {
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        class: row.try_get("class")?,
        households: row.try_get::<Option<i64>, _>("households")?.map(|n| n as u32),
        population: row.try_get::<Option<i64>, _>("population")?.map(|n| n as u32),
        attributes: serde_json::from_str(row.try_get("attributes")?)?,
        shape: db::read_shape(row.try_get("geom")?)?.unwrap_or_default(),
    })
}

pub async fn lines(store: &Backend, id: i64) -> Result<Vec<Line>, StoreError> {
    expect(store, id).await?;
    let sql = "SELECT s.class, s.name, s.geom FROM input i JOIN street s \
               ON s.fid BETWEEN i.first_line AND i.first_line + i.lines - 1 WHERE i.id = $1 ORDER BY s.fid";
    sqlx::query(sql).bind(id).fetch_all(&mut *store.read().await?).await?.iter().map(line).collect()
}

/// The lines of a dataset.
pub(super) async fn lines_of(store: &Backend, dataset: i64) -> Result<Vec<Line>, StoreError> {
    let sql = "SELECT class, name, geom FROM street WHERE dataset = $1 ORDER BY fid";
    sqlx::query(sql).bind(dataset).fetch_all(&mut *store.read().await?).await?.iter().map(line).collect()
}

fn line(row: &Row) -> Result<Line, StoreError> {
    Ok(Line {
        class: row.try_get::<String, _>("class")?.parse().map_err(StoreError::Database)?,
        name: row.try_get("name")?,
        points: db::read_line(row.try_get("geom")?)?,
    })
}
