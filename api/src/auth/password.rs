//! Passwords are stored as argon2id hashes and are never seen again.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use thiserror::Error;

/// Fewer characters than this can be guessed.
pub const SHORTEST: usize = 12;
/// More than this only costs time to hash.
pub const LONGEST: usize = 1024;

/// Why a password cannot be used.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// Too short.
    #[error("the password needs {SHORTEST} characters or more")]
    Short,
    /// Too long.
    #[error("the password has more than {LONGEST} characters")]
    Long,
    /// The system gave no random salt.
    #[error("cannot hash the password: the system has no randomness to give")]
    Hash,
}

/// Checks a new password and hashes it. Takes tens of milliseconds on purpose: call it where blocking is allowed.
pub fn hash_new(password: &str) -> Result<String, PasswordError> {
    match password.chars().count() {
        length if length < SHORTEST => Err(PasswordError::Short),
        length if length > LONGEST => Err(PasswordError::Long),
        _ => Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|_| PasswordError::Hash),
    }
}

/// Whether a password is the one of a hash. Takes as long as hashing it.
pub fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}
