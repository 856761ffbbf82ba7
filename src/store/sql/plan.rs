//! Plans: their grids and the grid of each atom.

use std::collections::HashSet;

use serde_json::json;
use sqlx::{QueryBuilder, Row as _};

use super::shown::{self, Beside, bounds};
use super::{Backend, Db, Row, Write, audit, db, drafts, finding};
use crate::geom::LatticePoint;
use crate::plan::{Attribute, Band, OwnBand, Status};
use crate::store::audit::{Act, Change, digest};
use crate::store::{
    GridRecord, NestedIn, NewPlan, PlanLevel, PlanRecord, PlanStatus, PlanTerms, Redrawn, StoreError, fault,
};

/// Grids in one INSERT.
const GRID_ROWS: usize = 64;
/// Atoms in one INSERT.
const ATOM_ROWS: usize = 512;

pub async fn save(store: &Backend, plan: &NewPlan<'_>, act: &Act) -> Result<i64, StoreError> {
    let mut tx = store.write().await?;
    fault::point("plan:begun");
    let row = sqlx::query("SELECT first_atom, atoms FROM dataset WHERE id = $1").bind(plan.dataset);
    let Some(row) = row.fetch_optional(&mut *tx).await? else {
        return Err(StoreError::NotFound { what: "dataset", id: plan.dataset.to_string() });
    };
    let (first_atom, atoms): (i64, i64) = (row.try_get("first_atom")?, row.try_get("atoms")?);
    check(plan, atoms as usize)?;
    let first_grid: i64 = sqlx::query_scalar("SELECT coalesce(max(fid), 0) + 1 FROM grid").fetch_one(&mut *tx).await?;
    let with_status = |status: Status| plan.grids.iter().filter(|grid| grid.status == status).count() as i64;
    let own_bands =
        (!plan.terms.own_bands.is_empty()).then(|| serde_json::to_string(&plan.terms.own_bands)).transpose()?;
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO plan (dataset, base, scope, origin, attribute, lower, upper, seed, recorded_ms, first_grid, \
         grids, in_band, uninhabited, unknown, level, parent, nested_in, other_lower, other_upper, exclusive_lower, exclusive_upper, own_bands, figures) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) RETURNING id",
    )
    .bind(plan.dataset)
    .bind(plan.base)
    .bind(&plan.scope)
    .bind(&plan.origin)
    .bind(attribute_word(plan.attribute))
    .bind(i64::from(plan.band.lower))
    .bind(i64::from(plan.band.upper))
    .bind(plan.seed as i64)
    .bind(plan.recorded_ms)
    .bind(first_grid)
    .bind(plan.grids.len() as i64)
    .bind(with_status(Status::InBand))
    .bind(with_status(Status::Uninhabited))
    .bind(with_status(Status::Unknown))
    .bind(plan.terms.level.as_str())
    .bind(plan.terms.parent)
    .bind(plan.terms.nested_in.to_word())
    .bind(plan.terms.other_band.map(|band| i64::from(band.lower)))
    .bind(plan.terms.other_band.map(|band| i64::from(band.upper)))
    .bind(plan.terms.exclusive_band.map(|band| i64::from(band.lower)))
    .bind(plan.terms.exclusive_band.map(|band| i64::from(band.upper)))
    .bind(own_bands)
    .bind(plan.terms.figures.as_ref().map(serde_json::Value::to_string))
    .fetch_one(&mut *tx)
    .await?;
    if let Some(redrawn) = plan.terms.redrawn {
        insert_redrawn(&mut tx, id, redrawn).await?;
    }
    insert_grids(&mut tx, id, first_grid, plan.grids).await?;
    insert_atoms(&mut tx, id, (first_atom, first_grid), plan.assignment).await?;
    finding::insert(&mut tx, plan.dataset, Some(id), &plan.findings).await?;
    let published: Option<i64> = sqlx::query_scalar("SELECT max(seq) FROM publication").fetch_one(&mut *tx).await?;
    // micro-grids and areas lie on top of the grids that layers show
    if published.is_none() && plan.terms.level == PlanLevel::Grid {
        shown::show_plan(&mut tx, id, Beside::Nothing).await?;
        shown::show_dataset(&mut tx, plan.dataset).await?;
    }
    db::layers_changed(&mut tx, plan.recorded_ms).await?;
    let grids: Vec<_> = plan.grids.iter().map(|grid| json!([grid.code, grid.households])).collect();
    let object = json!({
        "dataset": plan.dataset, "base": plan.base, "scope": plan.scope, "origin": plan.origin,
        "band": [plan.band.lower, plan.band.upper], "seed": plan.seed, "recorded_ms": plan.recorded_ms,
        "grids": grids, "assignment": plan.assignment,
        "level": plan.terms.level.as_str(), "parent": plan.terms.parent, "nested_in": plan.terms.nested_in.to_word(),
        "other_band": plan.terms.other_band.map(|band| [band.lower, band.upper]),
        "exclusive_band": plan.terms.exclusive_band.map(|band| [band.lower, band.upper]),
        "own_bands": plan.terms.own_bands,
        "redrawn": plan.terms.redrawn.map(|redrawn| [redrawn.base, redrawn.rev]),
    });
    let object_id = id.to_string();
    let change = Change {
        action: "add",
        kind: "plan",
        object: &object_id,
        before: None,
        after: Some(digest(&object)),
        detail: match plan.terms.redrawn {
            None => json!({ "origin": plan.origin, "scope": plan.scope, "grids": plan.grids.len() }),
            Some(Redrawn { base, rev }) => json!({
                "origin": plan.origin, "scope": plan.scope, "grids": plan.grids.len(), "base": base, "rev": rev,
            }),
        },
    };
    audit::append(&mut tx, act, change).await?;
    fault::point("plan:before_commit");
    store.commit(tx).await?;
    fault::point("plan:after_commit");
    Ok(id)
}

/// Notes which revision of which draft a plan is; only the newest can become one.
async fn insert_redrawn(tx: &mut Write, plan: i64, redrawn: Redrawn) -> Result<(), StoreError> {
    refuse_older(tx, redrawn).await?;
    sqlx::query("INSERT INTO redrawn (plan, base, rev) VALUES ($1, $2, $3)")
        .bind(plan)
        .bind(redrawn.base)
        .bind(redrawn.rev)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Refuses a revision that is not the newest.
pub async fn refuse_older(tx: &mut Write, redrawn: Redrawn) -> Result<(), StoreError> {
    let newest = drafts::stand_in(tx, redrawn.base).await?.rev;
    if newest == redrawn.rev {
        return Ok(());
    }
    Err(StoreError::Redrawn { plan: redrawn.base, rev: redrawn.rev, newest })
}

fn check(plan: &NewPlan<'_>, atoms: usize) -> Result<(), StoreError> {
    let mismatch = |reason: String| Err(StoreError::Mismatch { what: "plan", reason });
    if plan.assignment.len() != atoms {
        return mismatch(format!(
            "its dataset has {atoms} atoms, but the assignment has {} entries",
            plan.assignment.len()
        ));
    }
    if let Some(grid) = plan.assignment.iter().flatten().find(|grid| **grid as usize >= plan.grids.len()) {
        return mismatch(format!("an atom is in grid number {grid}, but there are {}", plan.grids.len()));
    }
    let mut codes = HashSet::with_capacity(plan.grids.len());
    match plan.grids.iter().find(|grid| !codes.insert(grid.code.as_str())) {
        None => Ok(()),
        Some(grid) => mismatch(format!("two grids have the code {:?}", grid.code)),
    }
}

async fn insert_grids(tx: &mut Write, plan: i64, first: i64, grids: &[GridRecord]) -> Result<(), StoreError> {
    let mut next = first;
    for chunk in grids.chunks(GRID_ROWS) {
        let reasons = chunk
            .iter()
            .map(|g| g.reason.as_ref().map(serde_json::to_string).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        let mut insert = QueryBuilder::<Db>::new(
            "INSERT INTO grid (fid, plan, code, name, jurisdiction, households, population, status, reason, reason_en, \
             reason_zh, atoms, parts, area_m2, lower, upper, other_lower, other_upper, label_x_e7, label_y_e7, west_e7, south_e7, east_e7, north_e7, geom) ",
        );
        insert.push_values(chunk.iter().zip(&reasons), |mut row, (grid, reason)| {
            let [west, south, east, north] = bounds(grid.shape.envelope());
            row.push_bind(next)
                .push_bind(plan)
                .push_bind(&grid.code)
                .push_bind(&grid.name)
                .push_bind(&grid.jurisdiction)
                .push_bind(grid.households as i64)
                .push_bind(grid.population.map(|n| n as i64))
                .push_bind(grid.status.as_str())
                .push_bind(reason)
                .push_bind(grid.reason.as_ref().map(crate::plan::Reason::to_english))
                .push_bind(grid.reason.as_ref().map(crate::plan::Reason::to_chinese))
                .push_bind(i64::from(grid.atoms))
                .push_bind(i64::from(grid.parts))
                .push_bind(grid.area_m2)
                .push_bind(grid.own.band.map(|band| i64::from(band.lower)))
                .push_bind(grid.own.band.map(|band| i64::from(band.upper)))
                .push_bind(grid.own.other.map(|band| i64::from(band.lower)))
                .push_bind(grid.own.other.map(|band| i64::from(band.upper)))
                .push_bind(grid.label.x_e7)
                .push_bind(grid.label.y_e7)
                .push_bind(west)
                .push_bind(south)
                .push_bind(east)
                .push_bind(north)
                .push_bind(db::shape(&grid.shape));
            next += 1;
        });
        insert.build().execute(&mut **tx).await?;
        fault::point("plan:grids");
    }
    Ok(())
}

async fn insert_atoms(
    tx: &mut Write,
    plan: i64,
    (first_atom, first_grid): (i64, i64),
    assignment: &[Option<u32>],
) -> Result<(), StoreError> {
    let assigned =
        (first_atom..).zip(assignment).filter_map(|(atom, grid)| Some((atom, first_grid + i64::from((*grid)?))));
    let assigned: Vec<(i64, i64)> = assigned.collect();
    for chunk in assigned.chunks(ATOM_ROWS) {
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO plan_atom (plan, atom, grid) ");
        insert.push_values(chunk, |mut row, &(atom, grid)| {
            row.push_bind(plan).push_bind(atom).push_bind(grid);
        });
        insert.build().execute(&mut **tx).await?;
        fault::point("plan:atoms");
    }
    Ok(())
}

pub async fn records(store: &Backend) -> Result<Vec<PlanRecord>, StoreError> {
    let sql = "SELECT p.id, p.dataset, p.base, p.scope, p.origin, p.attribute, p.lower, p.upper, p.seed, \
               p.recorded_ms, p.grids, p.in_band, p.uninhabited, p.unknown, p.level, p.parent, p.nested_in, \
               p.other_lower, p.other_upper, p.exclusive_lower, p.exclusive_upper, p.own_bands, p.figures, \
               EXISTS (SELECT 1 FROM publication WHERE plan = p.id OR plan IN (SELECT plan FROM redrawn WHERE base = p.id)) AS published, \
               coalesce((SELECT away FROM put_away WHERE plan = p.id ORDER BY n DESC LIMIT 1), 0) AS away, \
               r.base AS redrawn_base, r.rev AS redrawn_rev FROM plan p LEFT JOIN redrawn r ON r.plan = p.id ORDER BY p.id";
    sqlx::query(sql).fetch_all(&mut *store.read().await?).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<PlanRecord, StoreError> {
    let (published, away): (bool, i64) = (row.try_get("published")?, row.try_get("away")?);
    let status = match (published, away) {
        (true, _) => PlanStatus::Published,
        (false, 1) => PlanStatus::PutAway,
        (false, _) => PlanStatus::Draft,
    };
    Ok(PlanRecord {
        id: row.try_get("id")?,
        dataset: row.try_get("dataset")?,
        base: row.try_get("base")?,
        scope: row.try_get("scope")?,
        origin: row.try_get("origin")?,
        attribute: word(row.try_get("attribute")?)?,
        band: Band { lower: row.try_get::<i64, _>("lower")? as u32, upper: row.try_get::<i64, _>("upper")? as u32 },
        seed: row.try_get::<i64, _>("seed")? as u64,
        recorded_ms: row.try_get("recorded_ms")?,
        status,
        grids: row.try_get::<i64, _>("grids")? as u64,
        in_band: row.try_get::<i64, _>("in_band")? as u64,
        uninhabited: row.try_get::<i64, _>("uninhabited")? as u64,
        unknown: row.try_get::<i64, _>("unknown")? as u64,
        terms: terms(row)?,
    })
}

/// The band in two columns; `None` where they say nothing.
fn band(row: &Row, lower: &str, upper: &str) -> Result<Option<Band>, StoreError> {
    let ends: (Option<i64>, Option<i64>) = (row.try_get(lower)?, row.try_get(upper)?);
    Ok(match ends {
        (Some(lower), Some(upper)) => Some(Band { lower: lower as u32, upper: upper as u32 }),
        _ => None,
    })
}

fn terms(row: &Row) -> Result<PlanTerms, StoreError> {
    let level: &str = row.try_get("level")?;
    let figures: Option<&str> = row.try_get("figures")?;
    let own_bands: Option<&str> = row.try_get("own_bands")?;
    let (base, rev): (Option<i64>, Option<i64>) = (row.try_get("redrawn_base")?, row.try_get("redrawn_rev")?);
    Ok(PlanTerms {
        level: PlanLevel::from_word(level),
        parent: row.try_get("parent")?,
        nested_in: NestedIn::from_word(row.try_get("nested_in")?),
        other_band: band(row, "other_lower", "other_upper")?,
        exclusive_band: band(row, "exclusive_lower", "exclusive_upper")?,
        own_bands: own_bands.map(serde_json::from_str).transpose()?.unwrap_or_default(),
        figures: figures.map(serde_json::from_str).transpose()?,
        redrawn: base.zip(rev).map(|(base, rev)| Redrawn { base, rev }),
    })
}

/// Refuses the id of a plan that is not there.
pub async fn expect(store: &Backend, id: i64) -> Result<(), StoreError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT id FROM plan WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut *store.read().await?)
        .await?;
    found.map(|_| ()).ok_or_else(|| StoreError::NotFound { what: "plan", id: id.to_string() })
}

pub async fn grids(store: &Backend, plan: i64) -> Result<Vec<GridRecord>, StoreError> {
    expect(store, plan).await?;
    let sql = "SELECT code, name, jurisdiction, households, population, status, reason, atoms, parts, area_m2, \
               lower, upper, other_lower, other_upper, label_x_e7, label_y_e7, geom FROM grid WHERE plan = $1 ORDER BY code";
    sqlx::query(sql).bind(plan).fetch_all(&mut *store.read().await?).await?.iter().map(grid).collect()
}

fn grid(row: &Row) -> Result<GridRecord, StoreError> {
    let reason: Option<&str> = row.try_get("reason")?;
    Ok(GridRecord {
        code: row.try_get("code")?,
        name: row.try_get("name")?,
        jurisdiction: row.try_get("jurisdiction")?,
        shape: db::read_shape(row.try_get("geom")?)?.unwrap_or_default(),
        label: LatticePoint::new(row.try_get("label_x_e7")?, row.try_get("label_y_e7")?),
        households: row.try_get::<i64, _>("households")? as u64,
        population: row.try_get::<Option<i64>, _>("population")?.map(|n| n as u64),
        own: OwnBand { band: band(row, "lower", "upper")?, other: band(row, "other_lower", "other_upper")? },
        status: word(row.try_get("status")?)?,
        reason: reason.map(serde_json::from_str).transpose()?,
        atoms: row.try_get::<i64, _>("atoms")? as u32,
        parts: row.try_get::<i64, _>("parts")? as u32,
        area_m2: row.try_get("area_m2")?,
    })
}

pub async fn atoms(store: &Backend, plan: i64) -> Result<Vec<(String, Option<String>)>, StoreError> {
    expect(store, plan).await?;
    let sql = "SELECT a.code AS atom, g.code AS grid FROM plan p JOIN dataset d ON d.id = p.dataset \
               JOIN atom a ON a.fid BETWEEN d.first_atom AND d.first_atom + d.atoms - 1 \
               LEFT JOIN plan_atom pa ON pa.plan = p.id AND pa.atom = a.fid \
               LEFT JOIN grid g ON g.fid = pa.grid WHERE p.id = $1 ORDER BY a.fid";
    let rows = sqlx::query(sql).bind(plan).fetch_all(&mut *store.read().await?).await?;
    rows.iter().map(|row| Ok((row.try_get("atom")?, row.try_get("grid")?))).collect()
}

fn attribute_word(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Households => "households",
        Attribute::Population => "population",
    }
}

/// The value whose serialised form is this word.
fn word<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, StoreError> {
    Ok(serde_json::from_value(serde_json::Value::String(word.to_owned()))?)
}
