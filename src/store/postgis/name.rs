//! The name of a store in a database: `postgres://user@host/database`.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::store::{StoreError, shown_name};

/// What a name may start with.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// What may follow the question mark; libpq has more, which would be ignored in silence.
const PARAMETERS: [&str; 15] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
];

/// A name that was understood.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// How to connect.
    pub options: PgConnectOptions,
    /// The name without its password: the only form that is ever shown.
    pub shown: String,
}

/// Whether a name is one of a database.
pub(in crate::store) fn is_ours(name: &str) -> bool {
    SCHEMES.iter().any(|scheme| name.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
}

impl Name {
    /// Understands a name. What it leaves out comes from PGHOST, PGUSER, PGPASSWORD and so on, as with psql.
    pub(super) fn parse(name: &str) -> Result<Self, StoreError> {
        let unusable = |reason: String| StoreError::Unusable { path: shown_name(name), reason };
        // an @ there is the end of a password that should have been encoded: nothing of it may be shown
        if let Some((_, parameters)) = name.split_once('?').filter(|(_, parameters)| !parameters.contains('@')) {
            for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
                let key = parameter.split('=').next().unwrap_or_default();
                let lawful = PARAMETERS.contains(&key) || key == "options" || key.starts_with("options[");
                if !lawful && key != "application_name" {
                    // a mistyped key may hold what should not be shown: only the key is
                    return Err(unusable(format!(
                        "the name of the store has a parameter {key:?}, which is not known; known are {}, options",
                        PARAMETERS.join(", ")
                    )));
                }
            }
        }
        let options = PgConnectOptions::from_str(name).map_err(|error| {
            unusable(format!(
                "the name of the store cannot be read ({error}): write postgres://USER:PASSWORD@HOST:PORT/DATABASE, and in \
                 the password %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %; better, leave the password \
                 to PGPASSWORD or ~/.pgpass"
            ))
        })?;
        let options =
            if options.get_application_name().is_none() { options.application_name("wangge") } else { options };
        Ok(Self { options, shown: shown_name(name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_databases_are_told_from_files() {
        assert!(is_ours("postgres://a/b") && is_ours("postgresql://a/b") && is_ours("Postgres://a/b"));
        assert!(!is_ours("city.gpkg") && !is_ours("postgres.gpkg") && !is_ours("postgres:/x") && !is_ours("街道.gpkg"));
    }

    #[test]
    fn a_password_is_never_shown_wherever_it_stands() {
        for name in [
            "postgres://anna:s3cret@db.example/city",
            "postgresql://anna:s3cret@db.example:5433/city?sslmode=require",
            "postgres://anna@db.example/city?password=s3cret",
            "postgres://anna:s3cret@%2Frun%2Fpostgresql/city",
        ] {
            let parsed = Name::parse(name).unwrap();
            assert!(!parsed.shown.contains("s3cret") && parsed.shown.contains("://anna@"), "{}", parsed.shown);
        }
        for name in [
            "postgres://anna:s3cret/x@db.example/city",
            "postgres://anna:x?s3cret@db.example/city",
            "postgres://anna:s3cret@db.example:port/city",
            "postgres://anna:s3cret@db.example/city?passwrd=s3cret",
            "postgres://anna:s3cret@db.example/city?sslmode=s3cre",
        ] {
            let error = Name::parse(name).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_parameter_that_would_be_ignored_is_refused() {
        let error = Name::parse("postgres://db/city?connect_timeout=3").unwrap_err().to_string();
        assert!(error.contains("connect_timeout"), "{error}");
    }
}
