//! A connection lent by a pool, given back in a state in which the next one can use it, or not at all.
//!
//! A pool asks a connection that comes back whether it is well, and waits for the answer. A connection that hangs would
//! keep its place for as long as the kernel takes to give it up. Here the answer has five seconds.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{Connection, Executor};

/// How long a connection may take to come back.
const FAREWELL: Duration = Duration::from_secs(5);

/// A connection of a pool.
#[derive(Debug)]
pub struct Lease {
    connection: Option<PoolConnection<Postgres>>,
    /// Whether a transaction has to be rolled back before somebody else may use it.
    in_transaction: bool,
}

impl Lease {
    pub(super) fn new(connection: PoolConnection<Postgres>) -> Self {
        Self { connection: Some(connection), in_transaction: false }
    }

    /// Begins a transaction, which is rolled back unless it is committed.
    pub(super) async fn begin(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        self.in_transaction = true;
        self.execute(statement).await.map(|_| ())
    }

    /// Commits the transaction.
    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.execute("COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }
}

impl Deref for Lease {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect("it is there until it is dropped")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("it is there until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            // the program ends: the socket is closed, and the server rolls back
            drop(connection.detach());
            return;
        };
        let in_transaction = self.in_transaction;
        runtime.spawn(async move {
            let well = async {
                if in_transaction { connection.execute("ROLLBACK").await.map(|_| ()) } else { connection.ping().await }
            };
            if !matches!(tokio::time::timeout(FAREWELL, well).await, Ok(Ok(()))) {
                drop(connection.detach());
            }
        });
    }
}
