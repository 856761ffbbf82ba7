//! The settings of the whole store.

use serde_json::json;
use sqlx::Row as _;

use super::{Backend, audit};
use crate::store::audit::{Act, Change, digest};
use crate::store::{StoreError, Workspace};

pub async fn read(store: &Backend) -> Result<Workspace, StoreError> {
    let sql = "SELECT name, language, time_zone, home_crs, code_scheme FROM workspace";
    let Some(row) = sqlx::query(sql).fetch_optional(&mut *store.read().await?).await? else {
        return Ok(Workspace::default());
    };
    Ok(Workspace {
        name: row.try_get("name")?,
        language: row.try_get("language")?,
        time_zone: row.try_get("time_zone")?,
        home_crs: row.try_get("home_crs")?,
        code_scheme: row.try_get("code_scheme")?,
    })
}

pub async fn write(store: &Backend, workspace: &Workspace, act: &Act) -> Result<(), StoreError> {
    let before = object(&read(store).await?);
    let Workspace { name, language, time_zone, home_crs, code_scheme } = workspace;
    let mut tx = store.write().await?;
    sqlx::query(
        "INSERT INTO workspace VALUES (1, $1, $2, $3, $4, $5) ON CONFLICT (one) DO UPDATE SET name = excluded.name, \
         language = excluded.language, time_zone = excluded.time_zone, home_crs = excluded.home_crs, \
         code_scheme = excluded.code_scheme",
    )
    .bind(name)
    .bind(language)
    .bind(time_zone)
    .bind(home_crs)
    .bind(code_scheme)
    .execute(&mut *tx)
    .await?;
    let change = Change {
        action: "set",
        kind: "workspace",
        object: "workspace",
        before: Some(digest(&before)),
        after: Some(digest(&object(workspace))),
        detail: object(workspace),
    };
    audit::append(&mut tx, act, change).await?;
    store.commit(tx).await?;
    Ok(())
}

fn object(workspace: &Workspace) -> serde_json::Value {
    json!({
        "name": workspace.name, "language": workspace.language, "time_zone": workspace.time_zone,
        "home_crs": workspace.home_crs, "code_scheme": workspace.code_scheme,
    })
}
