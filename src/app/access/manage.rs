//! Making and changing accounts and keys.

use crate::store::{Act, ApiKey, Grant, Principal, PrincipalChange, PrincipalKind, Role, Store, StoreError};

use super::login::{LoginError, normal_login};
use super::password::Passwords;
use super::reach::Reach;
use super::token::{KEY_PREFIX, fingerprint, secret};

/// The longest name of a principal or key, in letters.
const NAME_CHARS: usize = 100;
/// Grants a principal has at most.
const GRANTS: usize = 100;

/// Why an account or key is not made or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManageError {
    /// A login that cannot be one.
    #[error("login {given:?} must have 1 to 64 of a-z, 0-9 and . _ @ -")]
    Login {
        /// As given, shortened.
        given: String,
    },
    /// A name that cannot be one.
    #[error(
        "the name has {chars} letters: it must have 1 to {NAME_CHARS}, not only spaces, without control characters"
    )]
    Name {
        /// How many.
        chars: usize,
    },
    /// Too many grants.
    #[error("{count} grants: {GRANTS} at most")]
    Grants {
        /// How many.
        count: usize,
    },
    /// A scope that is no jurisdiction.
    #[error("there is no jurisdiction {code:?}: a scope is the code of one that was imported, or none for everywhere")]
    Scope {
        /// As given, shortened.
        code: String,
    },
    /// More than whoever asks may give, or somebody they may not touch.
    #[error("{0}")]
    Beyond(String),
    /// The first account, without the power to make others.
    #[error("the first account must be an administrator of the whole workspace, or nobody could make the others")]
    First,
    /// A date in the past.
    #[error("the key would have expired before it was made")]
    Expired,
    /// The password.
    #[error(transparent)]
    Password(#[from] LoginError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An account to be made.
#[derive(Clone)]
pub struct NewAccount {
    /// What is typed at sign-in.
    pub login: String,
    /// A name to show.
    pub name: String,
    /// Person or service.
    pub kind: PrincipalKind,
    /// Without one it comes in by key or proxy only.
    pub password: Option<String>,
    /// What it may do.
    pub grants: Vec<Grant>,
}

/// A key that was made.
#[derive(Debug)]
pub struct MadeKey {
    /// As it is kept.
    pub key: ApiKey,
    /// What its holder sends; not kept, so it is shown now or never.
    pub secret: String,
}

/// Makes an account. `within` is how far whoever asks administers.
///
/// # Errors
/// When a part of it is not lawful, or goes beyond that.
pub async fn add_account(
    store: &dyn Store,
    passwords: &Passwords,
    within: &Reach,
    new: NewAccount,
    act: &Act,
) -> Result<Principal, ManageError> {
    let shown = || new.login.chars().take(40).collect();
    let login = normal_login(&new.login).ok_or_else(|| ManageError::Login { given: shown() })?;
    check_name(&new.name)?;
    check_grants(store, within, &new.grants).await?;
    if new.grants.is_empty() && !within.is_everything() {
        return Err(ManageError::Beyond("give at least one role inside your own scope".to_owned()));
    }
    let chief = Grant { role: Role::Administrator, scope: None };
    if !new.grants.contains(&chief) && !store.has_principals().await? {
        return Err(ManageError::First);
    }
    let password_hash = match new.password {
        Some(password) => {
            Passwords::check(&password, &login)?;
            Some(passwords.hash(password).await?)
        }
        None => None,
    };
    let mut grants = new.grants;
    grants.sort();
    grants.dedup();
    let principal = Principal {
        id: uuid::Uuid::now_v7().to_string(),
        login,
        name: new.name.trim().to_owned(),
        kind: new.kind,
        disabled: false,
        password_hash,
        grants,
        created_ms: act.at_ms,
    };
    store.add_principal(&principal, act).await?;
    Ok(principal)
}

/// Changes an account; `password` is a new one in clear.
///
/// # Errors
/// As [`add_account`]; and when nobody would be left who administers the whole workspace.
pub async fn change_account(
    store: &dyn Store,
    passwords: &Passwords,
    within: &Reach,
    id: &str,
    mut change: PrincipalChange,
    password: Option<String>,
    act: &Act,
) -> Result<Principal, ManageError> {
    let before = store.principal(id).await?;
    check_inside(store, within, &before).await?;
    if let Some(name) = &mut change.name {
        check_name(name)?;
        *name = name.trim().to_owned();
    }
    if let Some(grants) = &change.grants {
        check_grants(store, within, grants).await?;
        if grants.is_empty() && !within.is_everything() {
            return Err(ManageError::Beyond("leave at least one role, or disable the account".to_owned()));
        }
    }
    if let Some(password) = password {
        Passwords::check(&password, &before.login)?;
        change.password_hash = Some(passwords.hash(password).await?);
    }
    Ok(store.change_principal(id, &change, act).await?)
}

/// Makes a key of a principal.
///
/// # Errors
/// As [`change_account`].
pub async fn make_key(
    store: &dyn Store,
    within: &Reach,
    principal: &str,
    name: &str,
    expires_ms: Option<i64>,
    act: &Act,
) -> Result<MadeKey, ManageError> {
    check_inside(store, within, &store.principal(principal).await?).await?;
    check_name(name)?;
    if expires_ms.is_some_and(|ms| ms <= act.at_ms) {
        return Err(ManageError::Expired);
    }
    let secret = secret().map_err(|error| LoginError::Random(error.to_string()))?;
    let secret = format!("{KEY_PREFIX}{secret}");
    let key = ApiKey {
        id: uuid::Uuid::now_v7().to_string(),
        principal: principal.to_owned(),
        name: name.trim().to_owned(),
        hash: fingerprint(&secret),
        last4: secret[secret.len() - 4..].to_owned(),
        created_ms: act.at_ms,
        expires_ms,
        revoked_ms: None,
    };
    store.add_key(&key, act).await?;
    Ok(MadeKey { key, secret })
}

fn check_name(name: &str) -> Result<(), ManageError> {
    let chars = name.chars().count();
    let fine = !name.trim().is_empty() && chars <= NAME_CHARS && !name.chars().any(char::is_control);
    if fine { Ok(()) } else { Err(ManageError::Name { chars }) }
}

/// Grants name jurisdictions there are, and lie within `within`.
async fn check_grants(store: &dyn Store, within: &Reach, grants: &[Grant]) -> Result<(), ManageError> {
    if grants.len() > GRANTS {
        return Err(ManageError::Grants { count: grants.len() });
    }
    for grant in grants {
        let shown = |code: &str| code.chars().take(40).collect::<String>();
        match &grant.scope {
            None if within.is_everything() => {}
            None => return Err(ManageError::Beyond(format!("{} of the whole workspace is beyond you", grant.role))),
            Some(code) => {
                // a NUL cannot stand in PostgreSQL's text, and no code has one
                let above = if code.contains('\0') { Vec::new() } else { store.upward(code, None).await? };
                if above.is_empty() {
                    return Err(ManageError::Scope { code: shown(code) });
                }
                if !within.holds(above.iter().map(String::as_str)) {
                    return Err(ManageError::Beyond(format!("{} of {} is beyond you", grant.role, shown(code))));
                }
            }
        }
    }
    Ok(())
}

/// Whether somebody who administers `within` may see and change this principal: when all it has lies inside.
pub(super) async fn inside(store: &dyn Store, within: &Reach, principal: &Principal) -> Result<bool, StoreError> {
    if within.is_everything() {
        return Ok(true);
    }
    for grant in &principal.grants {
        let Some(code) = &grant.scope else { return Ok(false) };
        if !within.holds(store.upward(code, None).await?.iter().map(String::as_str)) {
            return Ok(false);
        }
    }
    Ok(!principal.grants.is_empty())
}

async fn check_inside(store: &dyn Store, within: &Reach, principal: &Principal) -> Result<(), ManageError> {
    if inside(store, within, principal).await? {
        return Ok(());
    }
    Err(ManageError::Beyond("this account holds roles outside your own scope, or none".to_owned()))
}

/// Roles by which principals are administered.
pub(super) const MANAGERS: [Role; 1] = [Role::Administrator];
