//! Who sends a request.

use crate::store::{Act, Grant, Principal, Role};

use super::reach::Reach;

/// Who sends a request.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody we know.
    Anonymous,
    /// Somebody at this machine, where there is no login: may do everything.
    Local,
    /// A principal.
    Signed(Signed),
}

/// A principal that has shown who it is.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Its id.
    pub id: String,
    /// What it signs in as.
    pub login: String,
    /// A name to show.
    pub name: String,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// How it has shown it.
    pub by: CallerKind,
}

/// How a principal has shown who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerKind {
    /// By the cookie of a session.
    Session {
        /// SHA-256 of its token.
        hash: String,
        /// What a request that changes something has to bring along.
        csrf: String,
    },
    /// By a key.
    Key {
        /// SHA-256 of its secret.
        hash: String,
    },
    /// By the word of a proxy we trust.
    Proxy,
}

impl Signed {
    pub(super) fn new(principal: Principal, by: CallerKind) -> Self {
        let Principal { id, login, name, grants, .. } = principal;
        Self { id, login, name, grants, by }
    }
}

impl Caller {
    /// Where the caller has any of these roles.
    pub fn reach(&self, roles: &[Role]) -> Reach {
        match self {
            Self::Anonymous => Reach::NOTHING,
            Self::Local => Reach::Everything,
            Self::Signed(signed) => Reach::of(&signed.grants, roles),
        }
    }

    /// Where the caller may see counts of households and persons: wherever it has any role but that of a reporter.
    pub fn insight(&self) -> Reach {
        let roles = Role::ALL.map(|role| if role == Role::Reporter { Role::Administrator } else { role });
        self.reach(&roles)
    }

    /// The id that stands in the audit log.
    pub fn id(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Local => "local",
            Self::Signed(signed) => &signed.id,
        }
    }

    /// Who acts, and when.
    pub fn act(&self, at_ms: i64, request: Option<String>) -> Act {
        Act { by: self.id().to_owned(), at_ms, request }
    }
}
