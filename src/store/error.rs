//! Why the store could not do as asked.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// Why the store could not do as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is not a store of ours.
    #[error("{path}: {reason}: this is not a Wangge store; choose another --store, or a new name to create one")]
    Foreign {
        /// The file.
        path: String,
        /// What was found in it.
        reason: String,
    },
    /// The file cannot be used here.
    #[error("{path}: {reason}")]
    Unusable {
        /// The file.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// There is no such store, and the command does not make one.
    #[error("{path}: there is no store here; make one with `wangge import FILE --store {path}`")]
    Missing {
        /// The file.
        path: String,
    },
    /// The file is a store of ours, or was, but not as it was written.
    #[error("{path}: this store is damaged: {reason}; put back a complete copy (wangge restore)")]
    Damaged {
        /// The file.
        path: String,
        /// What was found.
        reason: String,
    },
    /// A backup, which is kept as it is.
    #[error(
        "{path}: this is a backup, which is kept as it is: make a store of it with `wangge restore --from {path} --to STORE`"
    )]
    Sealed {
        /// The file.
        path: String,
    },
    /// A copy that was not finished.
    #[error(
        "{path}: copying {source_name} into this store was not finished: run the same `wangge copy` again, which goes on where it stopped"
    )]
    HalfCopied {
        /// The store.
        path: String,
        /// Where it is copied from.
        source_name: String,
    },
    /// Somebody published in between.
    #[error(
        "the plan was made on publication {base}, but publication {latest} has come since: partition or adopt again, then publish"
    )]
    StaleBase {
        /// What the plan was made on; 0 = before any publication.
        base: i64,
        /// What is latest now.
        latest: i64,
    },
    /// A draft that was redrawn further in between.
    #[error(
        "plan {plan} was redrawn up to revision {newest}, and what was to be published is revision {rev} of it: look at it and publish again"
    )]
    Redrawn {
        /// The draft.
        plan: i64,
        /// What was to be published.
        rev: i64,
        /// The newest revision.
        newest: i64,
    },
    /// A code that once named another grid.
    #[error("grid code {code:?} was already given to another grid; codes are never reused")]
    CodeUsed {
        /// The code.
        code: String,
    },
    /// A key that was used for another report.
    #[error("Idempotency-Key {key:?} was already used for another report ({id}): send a new key for a new report")]
    KeyReused {
        /// The key.
        key: String,
        /// The report it belongs to.
        id: String,
    },
    /// A report that is closed, and was to say more.
    #[error("report {id} is closed: take it up again before it is answered anew")]
    Closed {
        /// Its id.
        id: String,
    },
    /// A login that is another principal's.
    #[error("the login {login:?} is taken: choose another")]
    LoginTaken {
        /// The login.
        login: String,
    },
    /// Nobody would be left who administers the whole workspace.
    #[error("{login:?} is the last administrator of the whole workspace: make another one first")]
    LastAdministrator {
        /// Whose power would go.
        login: String,
    },
    /// No such row.
    #[error("no {what} {id:?} in this store")]
    NotFound {
        /// What was asked for.
        what: &'static str,
        /// Which one.
        id: String,
    },
    /// What is to be kept does not fit together.
    #[error("{what}: {reason}")]
    Mismatch {
        /// What was to be kept.
        what: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// The database cannot be asked just now. Nothing was changed; the same may be tried again.
    #[error("the store is not available: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
    },
    /// There is no room for more. Nothing was changed.
    #[error("the disk under the store is full: make room and try again, nothing was changed ({reason})")]
    Full {
        /// What the database said.
        reason: String,
    },
    /// The database was lost while it made a write durable and did not come back in time.
    #[error(
        "the connection to the store was lost while something was being kept, and whether it was is not known: {reason}"
    )]
    Uncertain {
        /// What was heard last.
        reason: String,
    },
    /// The database refused.
    #[error("store: {0}")]
    Database(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::BeginFailed => {
                return Self::Unavailable { reason: error.to_string() };
            }
            sqlx::Error::PoolClosed => return Self::Database("the store was closed".to_owned()),
            _ => {}
        }
        let database = error.as_database_error();
        if let Some(code) = database.and_then(|e| Some(e.try_downcast_ref::<PgDatabaseError>()?.code().to_owned())) {
            return of_postgres(&code, &error);
        }
        let of_sqlite = |error: &dyn DatabaseError| {
            error.try_downcast_ref::<SqliteError>().and_then(|error| error.code()?.parse::<i32>().ok())
        };
        // extended result codes carry the primary one in their low byte: https://www.sqlite.org/rescode.html
        let code = database.and_then(of_sqlite).map(|code| code & 0xff);
        let advice = match code {
            Some(5 | 6) => {
                let reason = "another program has been writing to the file for long; try again when it has finished";
                return Self::Unavailable { reason: reason.to_owned() };
            }
            Some(13) => return Self::Full { reason: error.to_string() },
            Some(8) => ": it cannot be written; check the permissions of the file and its folder",
            Some(11 | 26) => ": the file is damaged; put back a copy",
            _ => "",
        };
        Self::Database(format!("{error}{advice}"))
    }
}

/// By SQLSTATE: <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
fn of_postgres(code: &str, error: &sqlx::Error) -> StoreError {
    let passing = match code {
        "55P03" => Some("another program has been writing for long; try again when it has finished"),
        "25006" => Some("the server takes no writes, it may be a standby"),
        "53300" | "53400" => Some("raise max_connections on the server, or run fewer programs"),
        "40001" | "40P01" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => Some(""),
        _ if code.starts_with("08") => Some(""),
        _ => None,
    };
    if let Some(advice) = passing {
        let colon = if advice.is_empty() { "" } else { ": " };
        return StoreError::Unavailable { reason: format!("{error}{colon}{advice}") };
    }
    if code == "53100" {
        return StoreError::Full { reason: error.to_string() };
    }
    let advice = match code {
        "42501" => ": the user of the database lacks a right; let the owner of the tables grant it",
        "42P01" | "42703" | "42883" => ": its schema is not as this program made it; put back a copy",
        "58030" | "XX001" | "XX002" => ": the database is damaged; put back a copy",
        _ => "",
    };
    StoreError::Database(format!("{error}{advice}"))
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Database(format!("a JSON column does not hold what it should: {error}"))
    }
}
