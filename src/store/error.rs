//! Why the store could not do as asked.

use sqlx::error::DatabaseError;
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
    /// The database refused.
    #[error("store: {0}")]
    Database(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let of_sqlite = |error: &dyn DatabaseError| {
            error.try_downcast_ref::<SqliteError>().and_then(|error| error.code()?.parse::<i32>().ok())
        };
        let code = error.as_database_error().and_then(of_sqlite);
        // extended result codes carry the primary one in their low byte: https://www.sqlite.org/rescode.html
        let advice = match code.map(|code| code & 0xff) {
            Some(5 | 6) => ": another program has been writing to it for long; try again when it has finished",
            Some(8) => ": it cannot be written; check the permissions of the file and its folder",
            Some(11 | 26) => ": the file is damaged; put back a copy",
            Some(13) => ": the disk is full; make room and try again, nothing was changed",
            _ => "",
        };
        Self::Database(format!("{error}{advice}"))
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Database(format!("a JSON column does not hold what it should: {error}"))
    }
}
