//! Signing in and out, and telling who a cookie, a key or a proxy speaks for.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::serve::App;
use crate::store::{Principal, Session, StoreError};

use super::caller::{Caller, CallerKind, Signed};
use super::password::{PASSWORD_CHARS, Passwords};
use super::token::{csrf, fingerprint, secret};

/// A session that was not used for so long is over.
pub const SESSION_IDLE_MS: i64 = 2 * 3_600_000;
/// A session is over after so long, used or not: a working day.
pub const SESSION_LIFE_MS: i64 = 12 * 3_600_000;
/// That a session is used is noted this often.
const SEEN_STEP_MS: i64 = 60_000;

/// Why somebody may not come in, or not with this password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// One of: no such login, another password, disabled. Which one is nobody's business.
    #[error("login and password do not fit together, or the account is disabled")]
    Refused,
    /// Too many sign in at once.
    #[error("too many sign in at this moment: try again in a few seconds")]
    Busy,
    /// A password that is too easy or too long.
    #[error(
        "the password has {chars} letters: give {} to {}, and not the login",
        PASSWORD_CHARS.start(),
        PASSWORD_CHARS.end()
    )]
    Unfit {
        /// How many.
        chars: usize,
    },
    /// The system failed.
    #[error("no secret could be made: {0}")]
    Random(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A sign-in that went through.
#[derive(Debug)]
pub struct SignedIn {
    /// What the browser keeps; nobody else ever sees it.
    pub token: String,
    /// Who it is.
    pub signed: Signed,
}

/// Whether the door is open, and what checks passwords.
#[derive(Debug, Default)]
pub(in crate::app) struct Gate {
    /// There is an account.
    accounts: AtomicBool,
    /// Whoever runs the service said that nobody signs in.
    open: AtomicBool,
    passwords: Passwords,
}

impl Gate {
    /// Notes that there is an account. There is no way back: accounts are never deleted.
    pub fn note_accounts(&self, any: bool) {
        if any {
            self.accounts.store(true, Ordering::SeqCst);
        }
    }

    /// What checks passwords here.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Whether no account is known of yet.
    pub fn without_accounts(&self) -> bool {
        !self.accounts.load(Ordering::SeqCst)
    }
}

impl App {
    /// Whether callers have to show who they are.
    pub fn login_required(&self) -> bool {
        !self.gate().open.load(Ordering::SeqCst) && !self.gate().without_accounts()
    }

    /// Nobody signs in from now on, accounts or not. Only for a service that this machine alone can reach.
    pub fn leave_open(&self) {
        self.gate().open.store(true, Ordering::SeqCst);
    }

    /// Signs somebody in: a new session, and the one whose token is `replaces` is over.
    ///
    /// # Errors
    /// [`LoginError::Refused`] in the same time and words whatever the reason.
    pub async fn sign_in(
        &self,
        login: &str,
        password: String,
        replaces: Option<&str>,
        request: Option<String>,
    ) -> Result<SignedIn, LoginError> {
        let found = match normal_login(login) {
            Some(login) => self.store().principal_by_login(&login).await?,
            None => None,
        };
        let hash = found.as_ref().and_then(|principal| principal.password_hash.clone());
        let fits = self.gate().passwords().verify(password, hash).await?;
        let now_ms = self.clock().now_ms();
        let id = found.as_ref().map(|principal| principal.id.clone());
        let Some(principal) = found.filter(|principal| fits && !principal.disabled) else {
            self.store().login_refused(id.as_deref(), &Caller::Anonymous.act(now_ms, request)).await?;
            return Err(LoginError::Refused);
        };
        let token = secret().map_err(|error| LoginError::Random(error.to_string()))?;
        let session = Session {
            hash: fingerprint(&token),
            principal: principal.id.clone(),
            created_ms: now_ms,
            expires_ms: now_ms + SESSION_LIFE_MS,
            seen_ms: now_ms,
        };
        let signed = session_of(principal, &token);
        let act = Caller::Signed(signed.clone()).act(now_ms, request);
        let replaces = replaces.map(fingerprint);
        self.store().open_session(&session, replaces.as_deref(), &act).await?;
        Ok(SignedIn { token, signed })
    }

    /// Ends the session of a caller; nothing happens to one without.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(&self, signed: &Signed, request: Option<String>) -> Result<(), LoginError> {
        if let CallerKind::Session { hash, .. } = &signed.by {
            let act = Caller::Signed(signed.clone()).act(self.clock().now_ms(), request);
            self.store().end_session(hash, &act).await?;
        }
        Ok(())
    }

    /// Whose session this token is; `None` when it is over or never was.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_session(&self, token: &str) -> Result<Option<Signed>, StoreError> {
        let Some((session, principal)) = self.store().session(&fingerprint(token)).await? else { return Ok(None) };
        let now_ms = self.clock().now_ms();
        if !alive(&session, &principal, now_ms) {
            return Ok(None);
        }
        if now_ms - session.seen_ms >= SEEN_STEP_MS {
            self.store().touch_session(&session.hash, now_ms).await?;
        }
        Ok(Some(session_of(principal, token)))
    }

    /// Whose key this is; `None` when it is revoked, has expired, or never was.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_key(&self, given: &str) -> Result<Option<Signed>, StoreError> {
        let hash = fingerprint(given);
        let Some((key, principal)) = self.store().key(&hash).await? else { return Ok(None) };
        let over = key.revoked_ms.is_some() || key.expires_ms.is_some_and(|ms| ms <= self.clock().now_ms());
        Ok((!over && !principal.disabled).then(|| Signed::new(principal, CallerKind::Key { hash })))
    }

    /// The principal that a proxy we trust has let in under this login; `None` when there is none or it is disabled.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn by_proxy(&self, login: &str) -> Result<Option<Signed>, StoreError> {
        let Some(login) = normal_login(login) else { return Ok(None) };
        let found = self.store().principal_by_login(&login).await?;
        Ok(found.filter(|principal| !principal.disabled).map(|principal| Signed::new(principal, CallerKind::Proxy)))
    }

    /// The caller as it stands now, for what lasts longer than a request: `None` when it may not come in any more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn again(&self, caller: &Caller) -> Result<Option<Caller>, StoreError> {
        let signed = match caller {
            Caller::Anonymous => return Ok(None),
            Caller::Local => return Ok((!self.login_required()).then_some(Caller::Local)),
            Caller::Signed(signed) => signed,
        };
        let now_ms = self.clock().now_ms();
        let now = match &signed.by {
            CallerKind::Session { hash, .. } => self.store().session(hash).await?.and_then(|(session, principal)| {
                let by = signed.by.clone();
                alive(&session, &principal, now_ms).then(|| Signed::new(principal, by))
            }),
            CallerKind::Key { hash } => self.store().key(hash).await?.and_then(|(key, principal)| {
                let over = key.revoked_ms.is_some() || key.expires_ms.is_some_and(|ms| ms <= now_ms);
                (!over && !principal.disabled).then(|| Signed::new(principal, signed.by.clone()))
            }),
            CallerKind::Proxy => self.by_proxy(&signed.login).await?,
        };
        Ok(now.map(Caller::Signed))
    }
}

fn alive(session: &Session, principal: &Principal, now_ms: i64) -> bool {
    !principal.disabled && now_ms < session.expires_ms && now_ms - session.seen_ms < SESSION_IDLE_MS
}

fn session_of(principal: Principal, token: &str) -> Signed {
    Signed::new(principal, CallerKind::Session { hash: fingerprint(token), csrf: csrf(token) })
}

/// A login as it is kept: lower case, 1 to 64 of `a`–`z`, digits and `. _ @ -`; `None` when it cannot be one.
pub(super) fn normal_login(given: &str) -> Option<String> {
    let login = given.trim().to_ascii_lowercase();
    let lawful = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._@-".contains(&b);
    ((1..=64).contains(&login.len()) && login.bytes().all(lawful)).then_some(login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_read_in_lower_case_and_holds_no_odd_letters() {
        assert_eq!(normal_login(" Anna.Li@office-3 ").as_deref(), Some("anna.li@office-3"));
        for odd in ["", " ", "a b", "anna'--", "安娜", "a\0", &"a".repeat(65)] {
            assert_eq!(normal_login(odd), None, "{odd:?}");
        }
    }
}
