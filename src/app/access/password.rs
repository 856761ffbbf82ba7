//! Passwords: argon2id, a few at a time.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::login::LoginError;

/// How many letters a password has: long enough not to be guessed (NIST SP 800-63B-4 §3.1.1), short enough to hash.
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 12..=256;
/// Memory in KiB, passes and lanes: the first choice of OWASP's Password Storage Cheat Sheet for argon2id.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// Bytes of salt (RFC 9106 §3.1).
const SALT_BYTES: usize = 16;
/// Passwords hashed at the same time: each takes one core and 19 MiB for some 20 ms.
const AT_ONCE: usize = 2;
/// How long a sign-in waits for those before it.
const QUEUE: Duration = Duration::from_secs(5);

/// Hashes and checks passwords without stopping anybody else.
#[derive(Debug, Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// A hash of no password, so that a login nobody has costs the same time.
static NOBODY: LazyLock<String> = LazyLock::new(|| make("", &[0; SALT_BYTES]).unwrap_or_default());

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).expect("constants within the bounds of RFC 9106");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn make(password: &str, salt: &[u8]) -> Option<String> {
    let made: Option<PasswordHash> = argon2().hash_password_with_salt(password.as_bytes(), salt).ok();
    made.map(|hash| hash.to_string())
}

impl Passwords {
    /// Says why a password cannot be one.
    ///
    /// # Errors
    /// When it is too short or too long, or the login itself.
    pub fn check(password: &str, login: &str) -> Result<(), LoginError> {
        let chars = password.chars().count();
        if !PASSWORD_CHARS.contains(&chars) || password.eq_ignore_ascii_case(login) {
            return Err(LoginError::Unfit { chars });
        }
        Ok(())
    }

    /// argon2id in PHC form.
    ///
    /// # Errors
    /// When the system has no random source.
    pub async fn hash(&self, password: String) -> Result<String, LoginError> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|error| LoginError::Random(error.to_string()))?;
        let _place = self.places.acquire().await;
        let made = tokio::task::spawn_blocking(move || make(&password, &salt)).await;
        made.ok().flatten().ok_or_else(|| LoginError::Random("argon2id failed".to_owned()))
    }

    /// Whether this is the password; without a hash the answer is no, after the same time.
    ///
    /// # Errors
    /// When too many are being checked already.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, LoginError> {
        let place = tokio::time::timeout(QUEUE, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(LoginError::Busy) };
        let checked = tokio::task::spawn_blocking(move || {
            // held to the end, even when the request is given up
            let _place = place;
            let against = hash.as_deref().unwrap_or(&NOBODY);
            let fits = PasswordHash::new(against)
                .is_ok_and(|against| argon2().verify_password(password.as_bytes(), &against).is_ok());
            fits && hash.is_some()
        });
        Ok(checked.await.unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash("a long enough one".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash("a long enough one".to_owned()).await.unwrap(), "salted");
        assert!(passwords.verify("a long enough one".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("a long enough two".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.verify(String::new(), None).await.unwrap());
        assert!(!passwords.verify("x".to_owned(), Some("not a hash".to_owned())).await.unwrap());
    }

    #[test]
    fn a_password_is_long_and_not_the_login() {
        assert!(Passwords::check("short", "anna").is_err());
        assert!(Passwords::check("anna.anna.anna", "anna.anna.anna").is_err());
        assert!(Passwords::check(&"x".repeat(257), "anna").is_err());
        Passwords::check("正确的马电池订书钉够长了", "anna").unwrap();
    }
}
