//! `wangge principal`

use std::io::{BufRead, IsTerminal};
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{Failure, Outcome, act, print_json, say};
use crate::app::access::{self, Grant, NewAccount, Passwords, Principal, PrincipalChange, PrincipalKind, Reach, Role};
use crate::app::serve::Calendar;
use crate::store::{Open, Store, StoreError, open};

/// Make and change accounts: who may sign in, and what they may do
///
/// From the first account on, everything that is not public needs a sign-in. Passwords are read from standard input, or asked
/// for on a terminal; never from the command line.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wangge principal add anna --role administrator --store city.gpkg\n  \
                  wangge principal grant bo --role officer@310101001 --store city.gpkg\n  \
                  wangge principal key add dispatch --name 12345 --store city.gpkg")]
pub(super) struct PrincipalCommand {
    /// The store
    #[arg(long, env = "WANGGE_STORE", global = true)]
    store: Option<String>,
    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make an account; the first one is an administrator of the whole workspace
    Add {
        /// What is typed at sign-in: 1 to 64 of a-z, 0-9 and . _ @ -
        login: String,
        /// A name to show; the login by default
        #[arg(long)]
        name: Option<String>,
        /// ROLE or ROLE@JURISDICTION; may stand several times
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<GrantWord>,
        /// Person or service
        #[arg(long, value_enum, default_value_t = Kind::Person)]
        kind: Kind,
        /// Do not ask for a password: it comes in by key, or through a proxy
        #[arg(long)]
        no_password: bool,
    },
    /// List accounts
    List,
    /// Give roles
    Grant {
        /// The account
        login: String,
        /// ROLE or ROLE@JURISDICTION; may stand several times
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<GrantWord>,
    },
    /// Take roles away
    Revoke {
        /// The account
        login: String,
        /// ROLE or ROLE@JURISDICTION; may stand several times
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<GrantWord>,
    },
    /// Let an account come in no more, and end its sessions
    Disable {
        /// The account
        login: String,
    },
    /// Let an account come in again
    Enable {
        /// The account
        login: String,
    },
    /// Set a new password, and end the sessions
    Password {
        /// The account
        login: String,
    },
    /// Keys for programs
    Key {
        #[command(subcommand)]
        what: KeyWhat,
    },
}

#[derive(Debug, Subcommand)]
enum KeyWhat {
    /// Make a key; it is shown once
    Add {
        /// The account
        login: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// A date or instant from which on it does not work any more
        #[arg(long, value_name = "DATE")]
        expires: Option<String>,
    },
    /// List the keys of an account
    List {
        /// The account
        login: String,
    },
    /// Revoke a key
    Revoke {
        /// The account
        login: String,
        /// Id of the key
        id: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Signs in
    Person,
    /// A program
    Service,
}

/// A grant as it is typed: `officer` or `officer@310101001`.
#[derive(Debug, Clone)]
struct GrantWord(Grant);

impl FromStr for GrantWord {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let (role, scope) = match word.split_once('@') {
            Some((_, "")) => return Err(format!("{word:?}: after @ stands the code of a jurisdiction")),
            Some((role, scope)) => (role, Some(scope.to_owned())),
            None => (word, None),
        };
        let role: Role = role.replace('-', "_").parse().map_err(|error: access::RoleError| error.to_string())?;
        Ok(Self(Grant { role, scope }))
    }
}

impl From<access::ManageError> for Failure {
    fn from(error: access::ManageError) -> Self {
        Self::Plain(error.to_string())
    }
}

impl PrincipalCommand {
    pub(super) async fn run(self) -> Outcome {
        let no_store = || Failure::Plain("say which store with --store, or WANGGE_STORE".to_owned());
        let store = open(&self.store.ok_or_else(no_store)?, Open::Existing).await?;
        let done = self.what.run(store.as_ref(), self.json).await;
        store.close().await;
        done
    }
}

impl What {
    async fn run(self, store: &dyn Store, json: bool) -> Outcome {
        let passwords = Passwords::default();
        let everywhere = Reach::Everything;
        let change = async |login: &str, change: PrincipalChange, password: Option<String>| {
            let id = account(store, login).await?.id;
            let changed = access::change_account(store, &passwords, &everywhere, &id, change, password, &act()).await?;
            show(&changed, json)
        };
        match self {
            Self::Add { login, name, roles, kind, no_password } => {
                let kind = if kind == Kind::Person { PrincipalKind::Person } else { PrincipalKind::Service };
                let grants: Vec<Grant> = roles.into_iter().map(|word| word.0).collect();
                // what can be refused is refused before anybody types a password
                let first = !grants.contains(&Grant { role: Role::Administrator, scope: None });
                if first && !store.has_principals().await? {
                    return Err(access::ManageError::First.into());
                }
                let password =
                    if no_password || kind == PrincipalKind::Service { None } else { Some(password(&login)?) };
                let name = name.unwrap_or_else(|| login.clone());
                let new = NewAccount { login, name, kind, password, grants };
                let made = access::add_account(store, &passwords, &everywhere, new, &act()).await?;
                show(&made, json)
            }
            Self::List => {
                let principals = store.principals().await?;
                if json {
                    return print_json(&principals.iter().map(describe).collect::<Vec<_>>());
                }
                principals.iter().for_each(line);
                Ok(())
            }
            Self::Grant { login, roles } => {
                let mut grants = account(store, &login).await?.grants;
                grants.extend(roles.into_iter().map(|word| word.0));
                change(&login, PrincipalChange { grants: Some(grants), ..PrincipalChange::default() }, None).await
            }
            Self::Revoke { login, roles } => {
                let mut grants = account(store, &login).await?.grants;
                for GrantWord(grant) in roles {
                    let Some(position) = grants.iter().position(|held| *held == grant) else {
                        let held = grants.iter().map(word).collect::<Vec<_>>().join(", ");
                        return Err(Failure::Plain(format!("{login} has no role {}; it has {held}", word(&grant))));
                    };
                    grants.remove(position);
                }
                change(&login, PrincipalChange { grants: Some(grants), ..PrincipalChange::default() }, None).await
            }
            Self::Disable { login } => {
                change(&login, PrincipalChange { disabled: Some(true), ..PrincipalChange::default() }, None).await
            }
            Self::Enable { login } => {
                change(&login, PrincipalChange { disabled: Some(false), ..PrincipalChange::default() }, None).await
            }
            Self::Password { login } => {
                account(store, &login).await?;
                let password = password(&login)?;
                change(&login, PrincipalChange::default(), Some(password)).await
            }
            Self::Key { what } => what.run(store, json).await,
        }
    }
}

impl KeyWhat {
    async fn run(self, store: &dyn Store, json: bool) -> Outcome {
        match self {
            Self::Add { login, name, expires } => {
                let id = account(store, &login).await?.id;
                let calendar = Calendar::new(&store.workspace().await?.time_zone)?;
                let expires_ms = expires.map(|date| calendar.parse_ms(&date)).transpose()?;
                let made = access::make_key(store, &Reach::Everything, &id, &name, expires_ms, &act()).await?;
                if json {
                    return print_json(&json!({ "id": made.key.id, "name": made.key.name, "secret": made.secret }));
                }
                eprintln!("wangge: note: this is the only time the key is shown");
                say(&made.secret);
            }
            Self::List { login } => {
                let keys = store.keys(&account(store, &login).await?.id).await?;
                let state = |key: &access::ApiKey| if key.revoked_ms.is_some() { "revoked" } else { "in use" };
                if json {
                    let keys: Vec<Value> = keys
                        .iter()
                        .map(|key| json!({ "id": key.id, "name": key.name, "last4": key.last4, "state": state(key) }))
                        .collect();
                    return print_json(&keys);
                }
                for key in keys {
                    say(&format!("{}  …{}  {}  {}", key.id, key.last4, state(&key), key.name));
                }
            }
            Self::Revoke { login, id } => {
                let principal = account(store, &login).await?.id;
                let key = store.revoke_key(&principal, &id, &act()).await?;
                say(&format!("key …{} of {login} is revoked", key.last4));
            }
        }
        Ok(())
    }
}

async fn account(store: &dyn Store, login: &str) -> Result<Principal, StoreError> {
    let found = store.principal_by_login(&login.trim().to_ascii_lowercase()).await?;
    found.ok_or_else(|| StoreError::NotFound { what: "account", id: login.to_owned() })
}

/// Asks twice on a terminal; otherwise the first line of standard input.
fn password(login: &str) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::Plain(format!("the password cannot be read: {error}"));
    let stdin = std::io::stdin();
    let given = if stdin.is_terminal() {
        let terminal = console::Term::stderr();
        let ask = |prompt: &str| {
            terminal.write_str(prompt)?;
            terminal.read_secure_line()
        };
        let first = ask(&format!("password for {login}: ")).map_err(failed)?;
        if ask("again: ").map_err(failed)? != first {
            return Err(Failure::Plain("the two passwords differ; nothing was changed".to_owned()));
        }
        first
    } else {
        let mut line = String::new();
        stdin.lock().read_line(&mut line).map_err(failed)?;
        line.trim_end_matches(['\n', '\r']).to_owned()
    };
    Passwords::check(&given, login).map_err(|error| Failure::Plain(error.to_string()))?;
    Ok(given)
}

fn word(grant: &Grant) -> String {
    match &grant.scope {
        Some(scope) => format!("{}@{scope}", grant.role),
        None => grant.role.to_string(),
    }
}

fn describe(principal: &Principal) -> Value {
    json!({
        "id": principal.id, "login": principal.login, "name": principal.name, "kind": principal.kind.as_str(),
        "disabled": principal.disabled, "has_password": principal.password_hash.is_some(),
        "roles": principal.grants.iter().map(word).collect::<Vec<_>>(),
    })
}

fn line(principal: &Principal) {
    let roles = principal.grants.iter().map(word).collect::<Vec<_>>().join(", ");
    let disabled = if principal.disabled { " (disabled)" } else { "" };
    say(&format!("{}{disabled}  {}  {roles}", principal.login, principal.name));
}

fn show(principal: &Principal, json: bool) -> Outcome {
    if json {
        return print_json(&describe(principal));
    }
    line(principal);
    Ok(())
}
