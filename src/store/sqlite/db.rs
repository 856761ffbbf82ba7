//! SQLite's own types and doings, by the names `sql/` calls them.

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::query_builder::Separated;

pub use super::SqliteStore as Backend;
pub use super::geopackage::{line_blob as line, point_blob as point, read_line, read_shape, shape_blob as shape};
pub use super::layers::{addresses as addresses_changed, loaded, refresh as layers_changed, widen as report_added};
use crate::store::StoreError;

/// The database.
pub type Db = Sqlite;
/// A row that was read.
pub type Row = sqlx::sqlite::SqliteRow;
/// A transaction of the writing connection.
pub type Write = sqlx::Transaction<'static, Sqlite>;

/// `reports.received` from the time in milliseconds, parameter 15.
pub const RECEIVED: &str = "strftime('%Y-%m-%dT%H:%M:%fZ', $15 / 1000.0, 'unixepoch')";

/// As [`RECEIVED`], for a time among values.
pub fn push_instant(values: &mut Separated<'_, Db, &'static str>, ms: i64) {
    values.push("strftime('%Y-%m-%dT%H:%M:%fZ', ");
    values.push_bind_unseparated(ms).push_unseparated(" / 1000.0, 'unixepoch')");
}

impl Backend {
    /// Begins a writing transaction, after the ones under way here and in other processes.
    pub async fn write(&self) -> Result<Write, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Makes a transaction durable.
    pub async fn commit(&self, tx: Write) -> Result<(), StoreError> {
        Ok(tx.commit().await?)
    }

    /// A transaction that sees this instant, whoever writes meanwhile.
    pub async fn instant(&self) -> Result<Write, StoreError> {
        let mut tx = self.readers.begin().await?;
        // the instant is that of the first read
        sqlx::query("SELECT one FROM wangge_store").fetch_one(&mut *tx).await?;
        Ok(tx)
    }

    /// A connection that only reads.
    pub async fn read(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.readers.acquire().await?)
    }
}
