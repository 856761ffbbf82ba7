//! The settings of the whole store.

use sqlx::Row;

use super::SqliteStore;
use crate::store::{StoreError, Workspace};

pub(super) async fn read(store: &SqliteStore) -> Result<Workspace, StoreError> {
    let sql = "SELECT name, language, time_zone, home_crs, code_scheme FROM workspace";
    let Some(row) = sqlx::query(sql).fetch_optional(&store.readers).await? else { return Ok(Workspace::default()) };
    Ok(Workspace {
        name: row.try_get("name")?,
        language: row.try_get("language")?,
        time_zone: row.try_get("time_zone")?,
        home_crs: row.try_get("home_crs")?,
        code_scheme: row.try_get("code_scheme")?,
    })
}

pub(super) async fn write(store: &SqliteStore, workspace: &Workspace) -> Result<(), StoreError> {
    let Workspace { name, language, time_zone, home_crs, code_scheme } = workspace;
    let mut tx = store.write().await?;
    sqlx::query(
        "INSERT INTO workspace VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (one) DO UPDATE SET name = excluded.name, \
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
    tx.commit().await?;
    Ok(())
}
