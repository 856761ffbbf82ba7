//! What lies in the schema a connection works in, found out without changing it.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use super::name::Name;
use crate::store::StoreError;

/// `server_version_num` of PostgreSQL 14, the first whose functions are bound to their tables (`BEGIN ATOMIC`).
const OLDEST_SERVER: i32 = 140_000;
/// The first PostGIS with `ST_DumpSegments`.
const OLDEST_POSTGIS: (u32, u32) = (3, 2);

/// What lies in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing of anybody.
    Nothing,
    /// A store of ours.
    Store,
}

/// Where a store lies in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The schema.
    pub schema: String,
    /// The schema of the extension's types and functions.
    pub postgis_schema: String,
}

/// Looks at the server, the extension and the schema.
///
/// # Errors
/// A server or extension that is too old or missing; a schema that somebody else uses.
pub(super) async fn look(connection: &mut PgConnection, name: &Name) -> Result<(Place, Found), StoreError> {
    let unusable = |reason: String| StoreError::Unusable { path: name.shown.clone(), reason };
    let sql = "SELECT current_setting('server_version_num')::INTEGER AS number, current_setting('server_version') AS words, \
               current_setting('server_encoding') AS encoding, current_schema()::TEXT AS schema, \
               current_setting('search_path') AS path, \
               has_schema_privilege(coalesce(current_schema(), 'pg_catalog')::TEXT, 'CREATE') AS may_create";
    let server = sqlx::query(sql).fetch_one(&mut *connection).await?;
    let words: String = server.try_get("words")?;
    if server.try_get::<i32, _>("number")? < OLDEST_SERVER {
        return Err(unusable(format!(
            "the server is PostgreSQL {words}, and {} is the oldest that will do: upgrade the server",
            OLDEST_SERVER / 10_000
        )));
    }
    let encoding: String = server.try_get("encoding")?;
    if encoding != "UTF8" {
        return Err(unusable(format!(
            "the database is encoded in {encoding}, and names need UTF8: make another with CREATE DATABASE … ENCODING 'UTF8' \
             TEMPLATE template0"
        )));
    }
    let Some(schema) = server.try_get::<Option<String>, _>("schema")? else {
        let path: String = server.try_get("path")?;
        return Err(unusable(format!(
            "none of the schemas of the search path ({path}) is there: make one (CREATE SCHEMA …), or name another with \
             ?options[search_path]=SCHEMA,public"
        )));
    };
    let postgis_schema = extension(connection, name).await?;
    let found = contents(connection, name, &schema).await?;
    if found == Found::Nothing && !server.try_get::<bool, _>("may_create")? {
        return Err(unusable(format!(
            "there is no store in schema {schema}, and user {user} may not make one: as its owner run GRANT CREATE ON SCHEMA \
             {schema} TO {user}, or give the user a schema of its own (CREATE SCHEMA {user} AUTHORIZATION {user})",
            user = name.options.get_username()
        )));
    }
    Ok((Place { schema, postgis_schema }, found))
}

/// The schema of PostGIS.
async fn extension(connection: &mut PgConnection, name: &Name) -> Result<String, StoreError> {
    let unusable = |reason: String| StoreError::Unusable { path: name.shown.clone(), reason };
    let sql = "SELECT e.extversion, n.nspname::TEXT AS schema, has_schema_privilege(n.nspname::TEXT, 'USAGE') AS may_use \
               FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'";
    let Some(row) = sqlx::query(sql).fetch_optional(&mut *connection).await? else {
        return Err(unusable(
            "the database lacks the extension PostGIS: as a superuser run CREATE EXTENSION postgis in it (Debian: apt-get \
             install postgresql-NN-postgis-3 on the server first)"
                .to_owned(),
        ));
    };
    let version: String = row.try_get("extversion")?;
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST_POSTGIS {
        return Err(unusable(format!(
            "its PostGIS is {version}, and {}.{} is the oldest that will do: upgrade it on the server, then run ALTER \
             EXTENSION postgis UPDATE",
            OLDEST_POSTGIS.0, OLDEST_POSTGIS.1
        )));
    }
    let schema: String = row.try_get("schema")?;
    if !row.try_get::<bool, _>("may_use")? {
        return Err(unusable(format!(
            "PostGIS is in schema {schema}, which user {user} may not use: as its owner run GRANT USAGE ON SCHEMA {schema} TO \
             {user}",
            user = name.options.get_username()
        )));
    }
    Ok(schema)
}

/// What is in the schema beside what extensions brought.
async fn contents(connection: &mut PgConnection, name: &Name, schema: &str) -> Result<Found, StoreError> {
    let sql = "SELECT c.relname::TEXT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (SELECT FROM pg_depend d \
               WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1";
    let tables: Vec<String> = sqlx::query_scalar(sql).bind(schema).fetch_all(&mut *connection).await?;
    let has = |table: &str| tables.iter().any(|name| name == table);
    if has("wangge_store") && has("publication") && has("_sqlx_migrations") {
        let sql = format!("SELECT made_by FROM {}.wangge_store", quoted(schema));
        let made_by: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_optional(&mut *connection).await?;
        if made_by.as_deref() == Some("wangge") {
            return Ok(Found::Store);
        }
    }
    // left behind by a program that died before its first migration
    if tables == ["_sqlx_migrations"] {
        let sql = format!("SELECT count(*) FROM {}._sqlx_migrations", quoted(schema));
        let applied: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        if applied == 0 {
            return Ok(Found::Nothing);
        }
    }
    if tables.is_empty() {
        return Ok(Found::Nothing);
    }
    let some: Vec<&str> = tables.iter().take(4).map(String::as_str).collect();
    let more = if tables.len() > some.len() { ", …" } else { "" };
    Err(StoreError::Foreign {
        path: name.shown.clone(),
        reason: format!(
            "schema {schema} holds other tables ({}{more}); an empty database will do, or a schema of its own: CREATE SCHEMA \
             wangge, then add ?options[search_path]=wangge,public to the name",
            some.join(", ")
        ),
    })
}

/// A name as SQL wants it.
pub(super) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
