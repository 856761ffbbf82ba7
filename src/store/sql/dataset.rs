//! Imports: their atoms and jurisdictions.

use serde_json::json;
use sqlx::{QueryBuilder, Row as _};

use super::inputs::{insert_lines, lines_of};
use super::shown::{bounds, show_dataset};
use super::{Backend, Db, Row, Write, audit, db, finding};
use crate::atom::{Atom, Dataset, Jurisdiction, UnitId};
use crate::geom::{Envelope, MultiPolygon};
use crate::store::audit::{Act, Change, digest};
use crate::store::{DatasetRecord, NewImport, StoreError, fault};

/// Rows in one INSERT: enough to make a statement's fixed cost small, few enough that progress moves.
const ROWS: usize = 128;

pub async fn import(
    store: &Backend,
    import: &NewImport<'_>,
    progress: &(dyn Fn(u64, u64) + Sync),
    act: &Act,
) -> Result<i64, StoreError> {
    check(import)?;
    let dataset = import.dataset;
    let mut tx = store.write().await?;
    fault::point("import:begun");
    let kept: Option<i64> = sqlx::query_scalar("SELECT id FROM dataset WHERE content_hash = $1")
        .bind(&import.content_hash)
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(id) = kept {
        return Ok(id);
    }
    let first_atom: i64 = sqlx::query_scalar("SELECT coalesce(max(fid), 0) + 1 FROM atom").fetch_one(&mut *tx).await?;
    let first_jurisdiction: i64 =
        sqlx::query_scalar("SELECT coalesce(max(fid), 0) + 1 FROM jurisdiction").fetch_one(&mut *tx).await?;
    let [west, south, east, north] =
        bounds(dataset.atoms.iter().filter_map(|atom| atom.shape.envelope()).reduce(Envelope::union));
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO dataset (source, content_hash, crs, recorded_ms, attributes, first_atom, atoms, \
         first_jurisdiction, jurisdictions, west_e7, south_e7, east_e7, north_e7, mending) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id",
    )
    .bind(&import.source)
    .bind(&import.content_hash)
    .bind(&import.crs)
    .bind(import.recorded_ms)
    .bind(serde_json::to_string(&import.attributes)?)
    .bind(first_atom)
    .bind(dataset.atoms.len() as i64)
    .bind(first_jurisdiction)
    .bind(dataset.jurisdictions.len() as i64)
    .bind(west)
    .bind(south)
    .bind(east)
    .bind(north)
    .bind(&import.mending)
    .fetch_one(&mut *tx)
    .await?;
    insert_jurisdictions(&mut tx, id, first_jurisdiction, import).await?;
    fault::point("import:jurisdictions");
    insert_atoms(&mut tx, id, (first_atom, first_jurisdiction), &dataset.atoms, progress).await?;
    let first_line: i64 =
        sqlx::query_scalar("SELECT coalesce(max(fid), 0) + 1 FROM street").fetch_one(&mut *tx).await?;
    insert_lines(&mut tx, (None, Some(id)), first_line, &dataset.lines).await?;
    finding::insert(&mut tx, id, None, &import.findings).await?;
    fault::point("import:findings");
    let plans: Option<i64> = sqlx::query_scalar("SELECT id FROM plan LIMIT 1").fetch_optional(&mut *tx).await?;
    if plans.is_none() {
        show_dataset(&mut tx, id).await?;
    }
    db::layers_changed(&mut tx, import.recorded_ms).await?;
    let object = json!({
        "source": import.source, "content": import.content_hash, "crs": import.crs, "recorded_ms": import.recorded_ms,
        "attributes": import.attributes, "atoms": dataset.atoms.len(), "jurisdictions": dataset.jurisdictions.len(),
    });
    let object_id = id.to_string();
    let change = Change {
        action: "add",
        kind: "import",
        object: &object_id,
        before: None,
        after: Some(digest(&object)),
        detail: json!({ "source": import.source, "atoms": dataset.atoms.len() }),
    };
    audit::append(&mut tx, act, change).await?;
    fault::point("import:before_commit");
    store.commit(tx).await?;
    fault::point("import:after_commit");
    Ok(id)
}

fn check(import: &NewImport<'_>) -> Result<(), StoreError> {
    let mismatch = |reason: String| Err(StoreError::Mismatch { what: "import", reason });
    let units = import.dataset.jurisdictions.len();
    if import.boundaries.len() != units {
        return mismatch(format!("{units} jurisdictions, but {} boundaries", import.boundaries.len()));
    }
    match import.dataset.atoms.iter().find(|atom| atom.unit.0 as usize >= units) {
        None => Ok(()),
        Some(atom) => {
            mismatch(format!("atom {:?} names jurisdiction number {}, but there are {units}", atom.code, atom.unit.0))
        }
    }
}

async fn insert_jurisdictions(
    tx: &mut Write,
    dataset: i64,
    first: i64,
    import: &NewImport<'_>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = (first..).zip(import.dataset.jurisdictions.iter().zip(import.boundaries)).collect();
    for rows in rows.chunks(ROWS) {
        let mut insert = QueryBuilder::<Db>::new(
            "INSERT INTO jurisdiction (fid, dataset, code, name, level, level_name, parent, kind, west_e7, south_e7, \
             east_e7, north_e7, geom) ",
        );
        insert.push_values(rows, |mut row, (fid, (jurisdiction, boundary))| {
            let [west, south, east, north] = bounds(boundary.envelope());
            row.push_bind(*fid)
                .push_bind(dataset)
                .push_bind(&jurisdiction.code)
                .push_bind(&jurisdiction.name)
                .push_bind(i64::from(jurisdiction.level))
                .push_bind(&jurisdiction.level_name)
                .push_bind(&jurisdiction.parent)
                .push_bind(&jurisdiction.kind)
                .push_bind(west)
                .push_bind(south)
                .push_bind(east)
                .push_bind(north)
                .push_bind(db::shape(boundary));
        });
        insert.build().execute(&mut **tx).await?;
    }
    Ok(())
}

async fn insert_atoms(
    tx: &mut Write,
    dataset: i64,
    (first_atom, first_jurisdiction): (i64, i64),
    atoms: &[Atom],
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(), StoreError> {
    let mut next = first_atom;
    for chunk in atoms.chunks(ROWS) {
        let mut insert = QueryBuilder::<Db>::new(
            "INSERT INTO atom (fid, dataset, code, name, households, population, jurisdiction, kind, households_origin, \
             population_origin, attributes, geom) ",
        );
        let attributes = chunk.iter().map(|atom| serde_json::to_string(&atom.attributes));
        let attributes = attributes.collect::<Result<Vec<_>, _>>()?;
        insert.push_values(chunk.iter().zip(attributes), |mut row, (atom, attributes)| {
            row.push_bind(next)
                .push_bind(dataset)
                .push_bind(&atom.code)
                .push_bind(&atom.name)
                .push_bind(atom.households.map(i64::from))
                .push_bind(atom.population.map(i64::from))
                .push_bind(first_jurisdiction + i64::from(atom.unit.0))
                .push_bind(atom.kind.name())
                .push_bind(atom.households_origin.to_string())
                .push_bind(atom.population_origin.to_string())
                .push_bind(attributes)
                .push_bind(db::shape(&atom.shape));
            next += 1;
        });
        insert.build().execute(&mut **tx).await?;
        fault::point("import:atoms");
        progress((next - first_atom) as u64, atoms.len() as u64);
    }
    Ok(())
}

pub async fn records(store: &Backend) -> Result<Vec<DatasetRecord>, StoreError> {
    let sql = "SELECT id, source, content_hash, crs, recorded_ms, attributes, atoms, jurisdictions, mending FROM dataset ORDER BY id";
    sqlx::query(sql).fetch_all(&mut *store.read().await?).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<DatasetRecord, StoreError> {
    Ok(DatasetRecord {
        id: row.try_get("id")?,
        source: row.try_get("source")?,
        content_hash: row.try_get("content_hash")?,
        crs: row.try_get("crs")?,
        recorded_ms: row.try_get("recorded_ms")?,
        attributes: serde_json::from_str(row.try_get("attributes")?)?,
        atoms: row.try_get::<i64, _>("atoms")? as u64,
        jurisdictions: row.try_get::<i64, _>("jurisdictions")? as u64,
        mending: row.try_get("mending")?,
    })
}

/// Refuses the id of a dataset that is not there.
pub async fn expect(store: &Backend, id: i64) -> Result<(), StoreError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT id FROM dataset WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut *store.read().await?)
        .await?;
    found.map(|_| ()).ok_or_else(|| StoreError::NotFound { what: "dataset", id: id.to_string() })
}

pub async fn read(store: &Backend, id: i64) -> Result<Dataset, StoreError> {
    expect(store, id).await?;
    let sql = "SELECT j.code, j.name, j.level, j.level_name, j.parent, j.kind FROM dataset d JOIN jurisdiction j \
               ON j.fid BETWEEN d.first_jurisdiction AND d.first_jurisdiction + d.jurisdictions - 1 \
               WHERE d.id = $1 ORDER BY j.fid";
    let rows = sqlx::query(sql).bind(id).fetch_all(&mut *store.read().await?).await?;
    let jurisdictions = rows.iter().map(jurisdiction).collect::<Result<_, _>>()?;
    let sql = "SELECT a.code, a.name, a.households, a.population, a.jurisdiction - d.first_jurisdiction AS unit, a.kind, \
               a.households_origin, a.population_origin, a.attributes, a.geom \
               FROM dataset d JOIN atom a ON a.fid BETWEEN d.first_atom AND d.first_atom + d.atoms - 1 \
               WHERE d.id = $1 ORDER BY a.fid";
    let rows = sqlx::query(sql).bind(id).fetch_all(&mut *store.read().await?).await?;
    let atoms = rows.iter().map(atom).collect::<Result<_, _>>()?;
    Ok(Dataset { atoms, jurisdictions, lines: lines_of(store, id).await? })
}

fn jurisdiction(row: &Row) -> Result<Jurisdiction, StoreError> {
    Ok(Jurisdiction {
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        level: row.try_get::<i64, _>("level")? as u8,
        level_name: row.try_get("level_name")?,
        parent: row.try_get("parent")?,
        kind: row.try_get("kind")?,
    })
}

fn atom(row: &Row) -> Result<Atom, StoreError> {
    Ok(Atom {
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        shape: db::read_shape(row.try_get("geom")?)?.unwrap_or_default(),
        households: row.try_get::<Option<i64>, _>("households")?.map(|n| n as u32),
        population: row.try_get::<Option<i64>, _>("population")?.map(|n| n as u32),
        unit: UnitId(row.try_get::<i64, _>("unit")? as u32),
        kind: row.try_get::<String, _>("kind")?.parse().map_err(StoreError::Database)?,
        households_origin: row.try_get::<String, _>("households_origin")?.parse().map_err(StoreError::Database)?,
        population_origin: row.try_get::<String, _>("population_origin")?.parse().map_err(StoreError::Database)?,
        attributes: serde_json::from_str(row.try_get("attributes")?)?,
    })
}

pub async fn boundaries(store: &Backend, id: i64) -> Result<Vec<MultiPolygon>, StoreError> {
    expect(store, id).await?;
    let sql = "SELECT j.geom FROM dataset d JOIN jurisdiction j \
               ON j.fid BETWEEN d.first_jurisdiction AND d.first_jurisdiction + d.jurisdictions - 1 \
               WHERE d.id = $1 ORDER BY j.fid";
    let rows = sqlx::query(sql).bind(id).fetch_all(&mut *store.read().await?).await?;
    rows.iter().map(|row| Ok(db::read_shape(row.try_get("geom")?)?.unwrap_or_default())).collect()
}
