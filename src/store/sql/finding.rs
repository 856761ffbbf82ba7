//! What was found wrong, or mended, at a place.

use sqlx::{QueryBuilder, Row as _};

use super::shown::bounds;
use super::{Backend, Db, Row, Write, dataset, db, plan};
use crate::geom::{Envelope, LatticePoint};
use crate::store::{FindingRecord, NewFinding, StoreError};

/// Rows in one INSERT.
const ROWS: usize = 128;

pub async fn insert(
    tx: &mut Write,
    dataset: i64,
    plan: Option<i64>,
    findings: &[NewFinding],
) -> Result<(), StoreError> {
    for chunk in findings.chunks(ROWS) {
        let parties = chunk.iter().map(|f| serde_json::to_string(&f.parties)).collect::<Result<Vec<_>, _>>()?;
        let mut insert = QueryBuilder::<Db>::new(
            "INSERT INTO finding (dataset, plan, kind, x_e7, y_e7, area_m2, moved_m, parties, en, zh, west_e7, \
             south_e7, east_e7, north_e7, geom) ",
        );
        insert.push_values(chunk.iter().zip(&parties), |mut row, (finding, parties)| {
            let at = Envelope { min: finding.point, max: finding.point };
            let extent = finding.shape.as_ref().and_then(crate::geom::MultiPolygon::envelope);
            let [west, south, east, north] = bounds(extent.or(Some(at)));
            row.push_bind(dataset)
                .push_bind(plan)
                .push_bind(&finding.kind)
                .push_bind(finding.point.x_e7)
                .push_bind(finding.point.y_e7)
                .push_bind(finding.area_m2)
                .push_bind(finding.moved_m)
                .push_bind(parties)
                .push_bind(&finding.en)
                .push_bind(&finding.zh)
                .push_bind(west)
                .push_bind(south)
                .push_bind(east)
                .push_bind(north)
                .push_bind(finding.shape.as_ref().map_or_else(|| db::point(finding.point), db::shape));
        });
        insert.build().execute(&mut **tx).await?;
    }
    Ok(())
}

pub async fn records(store: &Backend, dataset: i64, plan: Option<i64>) -> Result<Vec<FindingRecord>, StoreError> {
    dataset::expect(store, dataset).await?;
    if let Some(plan) = plan {
        plan::expect(store, plan).await?;
    }
    let sql = "SELECT id, dataset, plan, kind, x_e7, y_e7, area_m2, moved_m, parties, en, zh, geom FROM finding \
               WHERE dataset = $1 AND (plan IS NULL OR plan = $2) ORDER BY id";
    sqlx::query(sql).bind(dataset).bind(plan).fetch_all(&mut *store.read().await?).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<FindingRecord, StoreError> {
    Ok(FindingRecord {
        id: row.try_get("id")?,
        dataset: row.try_get("dataset")?,
        plan: row.try_get("plan")?,
        finding: NewFinding {
            kind: row.try_get("kind")?,
            point: LatticePoint::new(row.try_get("x_e7")?, row.try_get("y_e7")?),
            shape: db::read_shape(row.try_get("geom")?)?,
            area_m2: row.try_get("area_m2")?,
            moved_m: row.try_get("moved_m")?,
            parties: serde_json::from_str(row.try_get("parties")?)?,
            en: row.try_get("en")?,
            zh: row.try_get("zh")?,
        },
    })
}
