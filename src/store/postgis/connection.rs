//! Making a store in a database, and opening it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::found::{Found, Place, look, quoted};
use super::link::{CONNECT, Link};
use super::name::Name;
use super::{PostgisStore, watch};
use crate::store::{Open, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgis");

/// Pause between two tries to reach a server that is starting.
const PAUSE: Duration = Duration::from_secs(1);

/// Opens the store; a server that is not up yet is waited for.
pub(super) async fn open(name: &str, mode: Open, patience: Duration) -> Result<PostgisStore, StoreError> {
    let name = Name::parse(name)?;
    let mut connection = reach(&name, patience).await?;
    let (place, _) = look(&mut connection, &name).await?;
    let lock_key: i64 = sqlx::query_scalar("SELECT hashtextextended('wangge ' || $1, 0)")
        .bind(&place.schema)
        .fetch_one(&mut connection)
        .await?;
    // of several programs that make the same store at once one does it, the others look again after it
    sqlx::query("SELECT pg_advisory_lock($1)").bind(lock_key).execute(&mut connection).await?;
    let ready = match (look(&mut connection, &name).await?.1, mode) {
        (Found::Nothing, Open::Existing) => Err(StoreError::Missing { path: name.shown.clone() }),
        (Found::Nothing | Found::Store, _) => migrate(&mut connection, &name, &place).await,
    };
    // ends the session and with it the lock
    connection.close().await?;
    ready?;
    let link = Arc::new(Link::new(name, place, lock_key));
    let listening = tokio::spawn(watch::run(Arc::downgrade(&link)));
    Ok(PostgisStore { link, listening })
}

/// The first connection. A server that refuses because it is starting, or that is not there yet, is asked again.
async fn reach(name: &Name, patience: Duration) -> Result<PgConnection, StoreError> {
    let begun = Instant::now();
    loop {
        let reason = match tokio::time::timeout(CONNECT, name.options.connect()).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) if is_passing(&error) => error.to_string(),
            Ok(Err(error)) => return Err(cannot_open(name, &error)),
            Err(_) => format!("no answer in {} s", CONNECT.as_secs()),
        };
        if begun.elapsed() + PAUSE > patience {
            let reason = format!("{}: {reason}; is the server running, and the name right?", name.shown);
            return Err(StoreError::Unavailable { reason });
        }
        tracing::warn!(store = %name.shown, reason, "waiting for the database");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether it may work in a moment: the server is starting or stopping, full, or not there at all.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| matches!(&*code, "57P03" | "57P01" | "57P02" | "53300"))
        }
        _ => false,
    }
}

fn cannot_open(name: &Name, error: &sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    let user = name.options.get_username();
    let database = name.options.get_database().unwrap_or(user);
    let advice = match code.as_deref() {
        Some("3D000") => {
            format!(": make it with createdb -E UTF8 -O {user} {database}, then CREATE EXTENSION postgis in it")
        }
        Some("28P01" | "28000") => {
            ": give the password as PGPASSWORD or in ~/.pgpass, and look at pg_hba.conf of the server".to_owned()
        }
        Some("42501") => format!(": as its owner run GRANT CONNECT ON DATABASE {database} TO {user}"),
        _ => String::new(),
    };
    StoreError::Unusable { path: name.shown.clone(), reason: format!("cannot be opened: {error}{advice}") }
}

/// Applies what is missing; each migration is a transaction of its own.
async fn migrate(connection: &mut PgConnection, name: &Name, place: &Place) -> Result<(), StoreError> {
    let unusable = |reason: String| StoreError::Unusable { path: name.shown.clone(), reason };
    // tables go to the store's own schema, and functions keep this path
    let path = [&place.schema, &place.postgis_schema].map(|schema| quoted(schema)).join(", ");
    connection.execute(AssertSqlSafe(format!("SET search_path = {path}"))).await?;
    let known = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0);
    let made: bool =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(&mut *connection).await?;
    if made {
        let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut *connection)
            .await?;
        let newest = applied.last().copied().unwrap_or(0);
        if newest > known {
            return Err(unusable(format!(
                "this store was made by a newer Wangge (its schema is {newest}, this program knows {known}): upgrade the \
                 program"
            )));
        }
        if MIGRATIONS.iter().all(|m| applied.contains(&m.version)) {
            // a user without the right to change tables may open a store that is up to date
            return Ok(());
        }
    }
    // the lock is ours already; `Migrator::run` asks for an `Acquire` whose lifetime the compiler cannot follow
    match MIGRATIONS.run_direct(None, connection, false).await {
        Ok(()) => Ok(()),
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _))
            if error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("42501") =>
        {
            Err(unusable(format!(
                "its schema has to be brought up to date, which user {} may not do ({error}): open it once as the owner of \
                 its tables",
                name.options.get_username()
            )))
        }
        Err(error) => Err(unusable(format!("its schema could not be brought up to date: {error}"))),
    }
}
