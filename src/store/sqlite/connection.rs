//! Making a store, opening it, and the settings of its connections.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::file::{Found, look};
use super::{SqliteStore, layers, network_file_system};
use crate::store::{Open, StoreError, fault};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Connections that read at the same time; more wait.
const READERS: u32 = 4;
/// How long a write waits for another process's transaction: longer than the largest import takes.
const BUSY: Duration = Duration::from_mins(2);
/// How long a write waits for those before it in this process.
const QUEUE: Duration = Duration::from_mins(5);

pub(super) async fn open(name: &str, mode: Open) -> Result<SqliteStore, StoreError> {
    let path = Path::new(name);
    network_file_system::refuse(path)?;
    if look(path).await? == Found::Nothing {
        match mode {
            Open::Existing => return Err(StoreError::Missing { path: name.to_owned() }),
            Open::OrCreate | Open::AnyState => create(path).await?,
        }
    }
    sweep(path);
    let unusable = |e: sqlx::Error| StoreError::Unusable { path: name.to_owned(), reason: cannot_open(&e) };
    let options = options(path).journal_mode(SqliteJournalMode::Wal);
    let mut first = options.connect().await.map_err(unusable)?;
    migrate(&mut first, name).await?;
    layers::drop_r_trees(&mut first).await?;
    first.close().await?;
    let writer = pool(1).connect_with(options.clone()).await.map_err(unusable)?;
    let readers = pool(READERS).connect_with(options.pragma("query_only", "ON")).await.map_err(unusable)?;
    Ok(SqliteStore { writer, readers })
}

fn cannot_open(error: &sqlx::Error) -> String {
    format!("cannot be opened as a store: {error}; its folder must be writable too")
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .disable_statement_logging()
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(QUEUE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // SQLite ends a transaction by itself when its commit fails (a full disk), and sqlx then counts one that is no
        // longer there: that connection is of no more use. The ping lets a rollback under way finish first.
        .before_acquire(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
}

/// Applies what is missing; each migration is a transaction of its own.
async fn migrate(connection: &mut SqliteConnection, name: &str) -> Result<(), StoreError> {
    let known = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0);
    let applied: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut *connection).await?;
    let applied = applied.unwrap_or(0);
    if applied > known {
        return Err(StoreError::Unusable {
            path: name.to_owned(),
            reason: format!(
                "this store was made by a newer Wangge (its schema is {applied}, this program knows {known}): upgrade \
                 the program"
            ),
        });
    }
    if apply(connection).await.is_err() {
        // another process may have applied the same migration meanwhile: then there is nothing left to do
        apply(connection).await.map_err(|e| StoreError::Database(format!("schema: {e}")))?;
    }
    Ok(())
}

/// `Migrator::run` asks for an `Acquire` whose lifetime the compiler cannot follow into a future that moves between
/// threads; sqlx offers `run_direct` for that.
async fn apply(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    MIGRATIONS.run_direct(None, connection, false).await
}

/// Makes an empty store under another name and gives it its own when it is whole. Somebody else's file that appears
/// meanwhile stays.
async fn create(path: &Path) -> Result<(), StoreError> {
    let unusable = |reason: String| StoreError::Unusable { path: path.display().to_string(), reason };
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Err(unusable("a store needs a file name".to_owned()));
    };
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(unusable(format!("there is no folder {}: make it first", folder.display())));
    }
    let new = tempfile::Builder::new()
        .prefix(&format!("{}{}.", prefix(name), std::process::id()))
        .tempdir_in(folder)
        .map_err(|e| unusable(format!("cannot be made: {e}")))?;
    let file = new.path().join("new.gpkg");
    let options = options(&file).create_if_missing(true).journal_mode(SqliteJournalMode::Delete);
    let mut connection = options.connect().await?;
    let schema = apply(&mut connection).await;
    connection.close().await?;
    schema.map_err(|e| StoreError::Database(format!("schema: {e}")))?;
    fault::point("create:schema");
    let made = fs::File::open(&file).and_then(|file| file.sync_all());
    made.map_err(|e| unusable(format!("cannot be made: {e}")))?;
    fault::point("create:before_rename");
    // never replaces a file: of two processes that make the same store at once, the first one's stays
    let named = tempfile::TempPath::try_from_path(&file).and_then(|file| Ok(file.persist_noclobber(path)?));
    match named {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(unusable(format!("cannot be made: {e}"))),
        Ok(()) | Err(_) => {}
    }
    fault::point("create:after_rename");
    drop(new);
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| unusable(format!("its folder cannot be synced: {e}")))
}

/// The folder a relative name without folders lies in is the current one.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn prefix(name: &str) -> String {
    format!(".{name}.new.")
}

/// Removes what processes that no longer run left half made.
fn sweep(path: &Path) {
    let Some(prefix) = path.file_name().and_then(|name| name.to_str()).map(prefix) else { return };
    let Ok(entries) = fs::read_dir(folder_of(path)) else { return };
    for entry in entries.flatten() {
        let entry_name = entry.file_name();
        let pid =
            entry_name.to_str().and_then(|name| name.strip_prefix(&prefix)?.split('.').next()?.parse::<u32>().ok());
        if let Some(pid) = pid
            && Path::new("/proc/self").exists()
            && !PathBuf::from(format!("/proc/{pid}")).exists()
        {
            // what cannot be removed takes up room but does no harm
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
