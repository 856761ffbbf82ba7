//! People and programs that may do something here: principals, what they were granted, their sessions and keys.
//!
//! 1. A password is kept as its argon2id string, a session token and the secret of a key as their SHA-256 alone.
//! 2. A principal is never deleted, only disabled: history keeps naming it.
//! 3. There is always an administrator of the whole workspace who is not disabled, once there has been one.
//! 4. Every change, every login and every refused login stands in the audit log.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Act, StoreError};

/// What a principal may do, within the scope of the grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads grids, jurisdictions and coverage with their counts.
    Viewer,
    /// Sends reports for residents, as a hotline does.
    Reporter,
    /// Reads the reports of the grids in scope.
    Officer,
    /// As an officer, and reads coverage.
    GridLeader,
    /// Reads plans and coverage.
    Planner,
    /// Puts plans in force.
    Publisher,
    /// Reads everything, changes nothing.
    Auditor,
    /// Everything, principals and settings included.
    Administrator,
}

impl Role {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 8] = [
        Self::Viewer,
        Self::Reporter,
        Self::Officer,
        Self::GridLeader,
        Self::Planner,
        Self::Publisher,
        Self::Auditor,
        Self::Administrator,
    ];

    /// The word in the store, in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Reporter => "reporter",
            Self::Officer => "officer",
            Self::GridLeader => "grid_leader",
            Self::Planner => "planner",
            Self::Publisher => "publisher",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role: give viewer, reporter, officer, grid_leader, planner, publisher, auditor or administrator")]
pub struct RoleError(String);

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(word: &str) -> Result<Self, RoleError> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == word);
        found.ok_or_else(|| RoleError(word.chars().take(40).collect()))
    }
}

/// A role, and where it holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Grant {
    /// What may be done.
    pub role: Role,
    /// Code of the jurisdiction with all below it; `None` = the whole workspace.
    pub scope: Option<String>,
}

/// Who a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A person, who signs in.
    Person,
    /// A program, which comes with a key.
    Service,
}

impl PrincipalKind {
    /// The word in the store and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
        }
    }
}

/// A person or program with an account.
#[derive(Clone, PartialEq, Eq)]
pub struct Principal {
    /// Never given twice, never changed.
    pub id: String,
    /// What is typed at sign-in; lower case, unique.
    pub login: String,
    /// A name to show.
    pub name: String,
    /// Person or service.
    pub kind: PrincipalKind,
    /// May not come in any more.
    pub disabled: bool,
    /// argon2id in PHC form; `None` = cannot sign in by password.
    pub password_hash: Option<String>,
    /// By role, then scope.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created_ms: i64,
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("id", &self.id)
            .field("login", &self.login)
            .field("disabled", &self.disabled)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

/// What to change of a principal; what is `None` stays. A new password, or being disabled, ends all its sessions.
#[derive(Clone, Default)]
pub struct PrincipalChange {
    /// A name to show.
    pub name: Option<String>,
    /// Whether it may come in.
    pub disabled: Option<bool>,
    /// argon2id in PHC form.
    pub password_hash: Option<String>,
    /// All grants it has from now on.
    pub grants: Option<Vec<Grant>>,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of its token, in hex.
    pub hash: String,
    /// Whose it is.
    pub principal: String,
    /// When it began.
    pub created_ms: i64,
    /// When it ends, whatever happens.
    pub expires_ms: i64,
    /// When it was last used, to the minute.
    pub seen_ms: i64,
}

/// A key of a principal, for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id; not secret.
    pub id: String,
    /// Whose it is.
    pub principal: String,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the secret, in hex.
    pub hash: String,
    /// The last four characters of the secret, to tell keys apart.
    pub last4: String,
    /// When it was made.
    pub created_ms: i64,
    /// When it stops working; `None` = when it is revoked.
    pub expires_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_ms: Option<i64>,
}

/// Where people are kept.
#[async_trait]
pub trait People: Send + Sync {
    /// Whether there is any account.
    async fn has_principals(&self) -> Result<bool, StoreError>;
    /// All principals, by login.
    async fn principals(&self) -> Result<Vec<Principal>, StoreError>;
    /// One principal.
    async fn principal(&self, id: &str) -> Result<Principal, StoreError>;
    /// The principal with this login, if there is one.
    async fn principal_by_login(&self, login: &str) -> Result<Option<Principal>, StoreError>;
    /// Keeps a new principal; [`StoreError::LoginTaken`] when its login is another one's.
    async fn add_principal(&self, principal: &Principal, act: &Act) -> Result<(), StoreError>;
    /// Changes a principal and gives it back; [`StoreError::LastAdministrator`] when nobody would be left.
    async fn change_principal(&self, id: &str, change: &PrincipalChange, act: &Act) -> Result<Principal, StoreError>;

    /// Keeps a session that a login began, ends the one it `replaces`, and forgets those that have expired.
    async fn open_session(&self, session: &Session, replaces: Option<&str>, act: &Act) -> Result<(), StoreError>;
    /// The session with this hash and whose it is; also when it has expired or its principal is disabled.
    async fn session(&self, hash: &str) -> Result<Option<(Session, Principal)>, StoreError>;
    /// Notes that a session was used.
    async fn touch_session(&self, hash: &str, seen_ms: i64) -> Result<(), StoreError>;
    /// Ends a session; nothing happens when there is none.
    async fn end_session(&self, hash: &str, act: &Act) -> Result<(), StoreError>;
    /// Notes that somebody was refused at sign-in: the id of the principal, where there is one with that login.
    async fn login_refused(&self, principal: Option<&str>, act: &Act) -> Result<(), StoreError>;

    /// Keys of a principal, oldest first.
    async fn keys(&self, principal: &str) -> Result<Vec<ApiKey>, StoreError>;
    /// Keeps a new key.
    async fn add_key(&self, key: &ApiKey, act: &Act) -> Result<(), StoreError>;
    /// The key with this hash and whose it is; also when it has expired or was revoked.
    async fn key(&self, hash: &str) -> Result<Option<(ApiKey, Principal)>, StoreError>;
    /// Revokes a key of a principal; the first time counts.
    async fn revoke_key(&self, principal: &str, id: &str, act: &Act) -> Result<ApiKey, StoreError>;

    /// A jurisdiction and all above it, the lowest first, as an import says (the newest that knows it, when none is
    /// named); empty when none does.
    async fn upward(&self, jurisdiction: &str, dataset: Option<i64>) -> Result<Vec<String>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_the_word_it_is_written_as() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert!("root".parse::<Role>().unwrap_err().to_string().contains("administrator"));
    }
}
