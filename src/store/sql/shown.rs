//! What the layers show: the grids in force, or of the newest plan before the first publication, and their dataset.

use super::Write;
use crate::geom::Envelope;
use crate::store::StoreError;

/// An envelope as the four columns west, south, east, north; all null when there is none.
pub fn bounds(envelope: Option<Envelope>) -> [Option<i32>; 4] {
    match envelope {
        None => [None; 4],
        Some(Envelope { min, max }) => [min.x_e7, min.y_e7, max.x_e7, max.y_e7].map(Some),
    }
}

/// Layers show this dataset.
pub async fn show_dataset(tx: &mut Write, dataset: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO shown_dataset VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET dataset = excluded.dataset";
    sqlx::query(sql).bind(dataset).execute(&mut **tx).await?;
    Ok(())
}

/// Layers show the grids of this plan; those of other plans outside its scope stay when `beside` says so.
pub async fn show_plan(tx: &mut Write, plan: i64, beside: Beside) -> Result<(), StoreError> {
    let hide = match beside {
        Beside::Nothing => "DELETE FROM shown_grid",
        Beside::OtherScopes => {
            // a plan without scope replaces everything
            "WITH RECURSIVE target AS (SELECT dataset, scope FROM plan WHERE id = $1), \
             subtree (code) AS (SELECT scope FROM target UNION SELECT j.code FROM subtree CROSS JOIN target \
                 JOIN jurisdiction j ON j.dataset = target.dataset AND j.parent = subtree.code) \
             DELETE FROM shown_grid WHERE (SELECT scope FROM target) IS NULL \
                 OR grid IN (SELECT g.fid FROM grid g WHERE g.jurisdiction IN (SELECT code FROM subtree))"
        }
    };
    let mut hide = sqlx::query(hide);
    if beside == Beside::OtherScopes {
        hide = hide.bind(plan);
    }
    hide.execute(&mut **tx).await?;
    let show = "INSERT INTO shown_grid (grid, plan) SELECT fid, plan FROM grid WHERE plan = $1";
    sqlx::query(show).bind(plan).execute(&mut **tx).await?;
    Ok(())
}

/// What is shown beside a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Only this plan.
    Nothing,
    /// What was published for places outside its scope.
    OtherScopes,
}
