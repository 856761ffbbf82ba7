//! Databases for the tests of the PostGIS store, each with its own.
//!
//! `WANGGE_POSTGIS` names a database of a server in which databases may be made, as `tools/with-postgis` sets it. Without
//! it those tests say that they did not run.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

/// A database of its own with PostGIS in it, dropped with this value.
pub struct Database {
    server: String,
    pub name: String,
    /// As `--store` takes it.
    pub url: String,
}

/// The server to test on; says once that there is none.
pub fn server() -> Option<String> {
    static SAID: Once = Once::new();
    let url = std::env::var("WANGGE_POSTGIS").ok().filter(|url| !url.is_empty());
    if url.is_none() {
        SAID.call_once(|| {
            eprintln!(
                "SKIPPED: the tests of the PostGIS store did NOT run: WANGGE_POSTGIS is not set (tools/with-postgis cargo test)"
            );
        });
    }
    url
}

impl Database {
    /// A new one; `None` without a server.
    pub fn new() -> Option<Self> {
        let database = Self::bare("")?;
        database.run("CREATE EXTENSION IF NOT EXISTS postgis");
        Some(database)
    }

    /// A new one as `CREATE DATABASE` makes it with these options.
    pub fn bare(options: &str) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = server()?;
        let name = format!("wangge_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let (head, _) = server.rsplit_once('/').unwrap();
        let url = format!("{head}/{name}");
        let database = Self { server, name, url };
        on(&database.server, &format!("CREATE DATABASE {} {options}", database.name));
        Some(database)
    }

    /// Runs statements as the owner of everything.
    pub fn run(&self, sql: &str) {
        on(&self.url, sql);
    }

    /// A connection of the test's own.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// The name of the store for another user.
    pub fn url_of(&self, user: &str) -> String {
        let (_, rest) = self.url.split_once('@').unwrap();
        format!("postgres://{user}@{rest}")
    }

    /// As libpq, and with it GDAL, wants it.
    pub fn libpq(&self) -> String {
        let options: PgConnectOptions = self.url.parse().unwrap();
        let host = options.get_socket().map_or(options.get_host().to_owned(), |folder| folder.display().to_string());
        format!("PG:host='{host}' port={} user='{}' dbname='{}'", options.get_port(), options.get_username(), self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        on(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// Runs statements from a thread of their own, so that it works inside a runtime and out.
pub fn on(url: &str, sql: &str) {
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
                let mut connection = PgConnection::connect(url).await.unwrap();
                connection
                    .execute(AssertSqlSafe(sql.to_owned()))
                    .await
                    .unwrap_or_else(|error| panic!("{sql}: {error}"));
                connection.close().await.unwrap();
            });
        });
        ran.join().unwrap();
    });
}
