//! Who is asking, and what they may do: passwords, sessions, keys, scopes.
//!
//! In: what a request brings to prove who sends it. Out: a [`Caller`], or why it is refused.
//!
//! 1. Without any account a service on this machine alone is open: everybody is [`Caller::Local`]. From the first account
//!    on nobody is; there is no way back but `--no-login`.
//! 2. A refused sign-in takes as long for a login nobody has as for a wrong password, and says the same words.
//! 3. Passwords are hashed a few at a time on threads of their own, so that many sign-ins at once do not stop the service.
//! 4. Nobody gives away more than they hold: an administrator of a subtree manages only principals inside it.
//! 5. Secrets are made by the system's random source, shown once, and kept as hashes.

mod administer;
mod caller;
mod login;
mod manage;
mod password;
mod reach;
mod token;

pub use administer::ActError;
pub use caller::{Caller, CallerKind, Signed};
pub(in crate::app) use login::Gate;
pub use login::{LoginError, SESSION_IDLE_MS, SESSION_LIFE_MS, SignedIn};
pub use manage::{MadeKey, ManageError, NewAccount, add_account, change_account, make_key};
pub use password::{PASSWORD_CHARS, Passwords};
pub use reach::Reach;
pub use token::{KEY_PREFIX, fingerprint, secret};

pub use crate::store::{ApiKey, Grant, Principal, PrincipalChange, PrincipalKind, Role, RoleError};
