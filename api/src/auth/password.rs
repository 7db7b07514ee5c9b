//! Passwords are stored as argon2id hashes and are never seen again. Those of imported users may be bcrypt until they sign in.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use thiserror::Error;

/// Fewer characters than this can be guessed.
pub const SHORTEST: usize = 12;
/// More than this only costs time to hash.
pub const LONGEST: usize = 1024;

/// What a hash costs: 19 MiB, two passes, one lane, the least that OWASP recommends for argon2id. More would be paid by whoever
/// signs in as much as by whoever guesses, and it is the memory that hurts the latter.
const COST: Params = match Params::new(19 * 1024, 2, 1, None) {
    Ok(cost) => cost,
    Err(_) => Params::DEFAULT,
};

/// The hash of nobody's password, of the cost above: what is checked where there is no hash, so that nobody is told by the time
/// it takes that there is none.
pub const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCAxNg$9DDdEVjH6xvA6wXxTrsZ3Wb8OBIFh7sStYwx1QmP3ck";

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

/// How a password was hashed, as its hash says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As passwords are hashed here.
    Current,
    /// argon2 of another kind or cost.
    Argon2,
    /// As other systems do it, for users who were imported.
    Bcrypt,
}

impl Kind {
    /// Of a stored hash.
    pub fn of(hash: &str) -> Self {
        if ["$2a$", "$2b$", "$2x$", "$2y$"]
            .iter()
            .any(|prefix| hash.starts_with(prefix))
        {
            return Self::Bcrypt;
        }
        let is_current = PasswordHash::new(hash).is_ok_and(|hash| {
            hash.algorithm == Algorithm::Argon2id.ident()
                && hash.version == Some(Version::V0x13.into())
                && Params::try_from(&hash).is_ok_and(|params| {
                    (params.m_cost(), params.t_cost(), params.p_cost())
                        == (COST.m_cost(), COST.t_cost(), COST.p_cost())
                })
        });
        if is_current {
            Self::Current
        } else {
            Self::Argon2
        }
    }

    /// As the log names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "argon2id",
            Self::Argon2 => "argon2 of another cost",
            Self::Bcrypt => "bcrypt",
        }
    }
}

/// Checks a new password and hashes it. Takes tens of milliseconds on purpose: call it where blocking is allowed.
pub fn hash_new(password: &str) -> Result<String, PasswordError> {
    check_new(password)?;
    hash(password)
}

/// Whether a new password may be one.
pub fn check_new(password: &str) -> Result<(), PasswordError> {
    match password.chars().count() {
        length if length < SHORTEST => Err(PasswordError::Short),
        length if length > LONGEST => Err(PasswordError::Long),
        _ => Ok(()),
    }
}

/// Hashes a password of somebody who has it already, however short it is. Takes as long.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, COST)
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| PasswordError::Hash)
}

/// Whether a password is the one of a hash. Takes as long as hashing it did.
pub fn matches(password: &str, hash: &str) -> bool {
    check(password, hash).0
}

/// The same, and as what kind of hash it was checked.
pub fn check(password: &str, hash: &str) -> (bool, Kind) {
    let kind = Kind::of(hash);
    let is_right = match kind {
        Kind::Bcrypt => bcrypt::verify(password, hash).unwrap_or(false),
        Kind::Current | Kind::Argon2 => PasswordHash::new(hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        }),
    };
    (is_right, kind)
}
