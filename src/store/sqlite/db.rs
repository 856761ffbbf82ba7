//! SQLite's own types and doings, by the names `sql/` calls them.

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;

pub use super::SqliteStore as Backend;
pub use super::geopackage::{point_blob as point, read_shape, shape_blob as shape};
pub use super::layers::{refresh as layers_changed, widen as report_added};
use crate::store::{PublicationRecord, StoreError};

/// The database.
pub type Db = Sqlite;
/// A row that was read.
pub type Row = sqlx::sqlite::SqliteRow;
/// A transaction of the writing connection.
pub type Write = sqlx::Transaction<'static, Sqlite>;

/// `reports.received` from the time in milliseconds, parameter 15.
pub const RECEIVED: &str = "strftime('%Y-%m-%dT%H:%M:%fZ', $15 / 1000.0, 'unixepoch')";

impl Backend {
    /// Begins a writing transaction, after the ones under way here and in other processes.
    pub async fn write(&self) -> Result<Write, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Makes a transaction durable.
    pub async fn commit(&self, tx: Write) -> Result<(), StoreError> {
        Ok(tx.commit().await?)
    }

    /// A connection that only reads.
    pub async fn read(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.readers.acquire().await?)
    }
}

/// Nobody else listens: other processes look for themselves.
#[expect(clippy::unused_async, reason = "the other backend tells the server")]
pub async fn published(_: &mut Write, _: &PublicationRecord) -> Result<(), StoreError> {
    Ok(())
}

/// As [`published`].
#[expect(clippy::unused_async, reason = "the other backend tells the server")]
pub async fn workspace_changed(_: &mut Write) -> Result<(), StoreError> {
    Ok(())
}
