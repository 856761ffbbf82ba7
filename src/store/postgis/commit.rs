//! Making a write durable, and finding out whether it is when the connection is lost just then.
//!
//! Every writing transaction leaves a token that no other has (`kept_write`). Whoever sent COMMIT and heard nothing ends
//! the session that was to do it, waits until its transaction is over, and looks for the token: it is there or it is not.
//! The number of the transaction would not do: after a crash the server gives numbers again that nobody saw on its disk.

use std::time::{Duration, Instant};

use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::db::Write;
use super::lease::Lease;
use super::link::Link;
use crate::store::StoreError;

/// How long to wait for the answer to COMMIT.
const COMMITTING: Duration = Duration::from_secs(10);
/// How long to go on asking what became of a commit.
const ASKING: Duration = Duration::from_secs(25);
/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(250);
/// How long one question may take: a connection that falls silent again must not hold it up.
const ANSWER: Duration = Duration::from_secs(6);

/// Who is committing what.
struct Attempt {
    token: String,
    backend: i32,
    transaction: String,
}

/// Commits; `Ok` only when the write is durable, [`StoreError::Unavailable`] only when it is known not to be there.
pub(super) async fn commit(link: &Link, mut tx: Write) -> Result<(), StoreError> {
    let sql = "INSERT INTO kept_write (token) VALUES (gen_random_uuid()::TEXT) \
               RETURNING token, pg_backend_pid() AS backend, pg_current_xact_id()::xid::TEXT AS transaction";
    let row = sqlx::query(sql).fetch_one(&mut *tx).await?;
    let attempt = Attempt {
        token: row.try_get("token")?,
        backend: row.try_get("backend")?,
        transaction: row.try_get("transaction")?,
    };
    Link::committing();
    let lost = link.lost();
    let outcome = tokio::select! {
        done = tokio::time::timeout(COMMITTING, tx.commit()) => match done {
            Ok(done) => done.map_err(StoreError::from),
            Err(_) => Err(StoreError::Unavailable { reason: format!("no answer in {} s", COMMITTING.as_secs()) }),
        },
        () = lost => Err(StoreError::Unavailable { reason: "the connection was lost".to_owned() }),
    };
    match outcome {
        Err(StoreError::Unavailable { reason }) => find_out(link, &attempt, &reason).await,
        other => other,
    }
}

async fn find_out(link: &Link, attempt: &Attempt, why: &str) -> Result<(), StoreError> {
    let begun = Instant::now();
    let mut reason = why.to_owned();
    while begun.elapsed() < ASKING {
        match tokio::time::timeout(ANSWER, ask(link, attempt)).await {
            Ok(Ok(Some(true))) => return Ok(()),
            Ok(Ok(Some(false))) => {
                return Err(StoreError::Unavailable {
                    reason: format!("the connection was lost while committing, and nothing was kept ({why})"),
                });
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => reason = error.to_string(),
            Err(_) => "the database does not answer".clone_into(&mut reason),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(StoreError::Uncertain { reason })
}

/// Whether the write was kept; `None` while its transaction is not over.
async fn ask(link: &Link, attempt: &Attempt) -> Result<Option<bool>, StoreError> {
    let mut connection = Lease::new(link.readers().acquire().await?);
    if under_way(&mut connection, attempt).await? {
        return Ok(None);
    }
    let kept: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM kept_write WHERE token = $1)")
        .bind(&attempt.token)
        .fetch_one(&mut *connection)
        .await?;
    Ok(Some(kept))
}

/// Whether the session still has the transaction; it is told to end.
async fn under_way(connection: &mut PgConnection, attempt: &Attempt) -> Result<bool, StoreError> {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_xid::TEXT = $2";
    let sessions = sqlx::query(sql).bind(attempt.backend).bind(&attempt.transaction).fetch_all(connection).await?;
    Ok(!sessions.is_empty())
}
