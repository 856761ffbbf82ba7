//! Secrets that nobody can guess, and what is kept of them.

use sha2::{Digest, Sha256};

use crate::app::serve::hex;

/// What the secret of a key begins with, so that one that strayed into a log or a repository is found.
pub const KEY_PREFIX: &str = "wgk_";
/// Random bytes in a secret.
const BYTES: usize = 32;

/// A new secret: 64 hexadecimal digits from the system's random source.
///
/// # Errors
/// When the system has no random source.
pub fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// What is kept of a secret: SHA-256 in hex. A secret of 256 random bits needs no salt and no slow hash.
pub fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

/// What a request of a session has to bring along beside its cookie. Made from the token, so that it needs no place of its
/// own, and one-way, so that it does not give the token away.
pub(super) fn csrf(token: &str) -> String {
    fingerprint(&format!("csrf of {token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_their_fingerprints_do_not_show_them() {
        let (a, b) = (secret().unwrap(), secret().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.len(), 64);
        assert_ne!(fingerprint(&a), a);
        assert_ne!(csrf(&a), fingerprint(&a));
    }
}
