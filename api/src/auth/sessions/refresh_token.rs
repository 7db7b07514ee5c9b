//! Refresh tokens: 256 random bits, of which the database has only a hash. They are no passwords: nobody can guess among so many,
//! so a fast hash is as good as a slow one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::core::Error;

/// Characters of a token; what is much longer is none.
const LONGEST: usize = 64;

/// A new token.
pub(super) fn new() -> Result<String, Error> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(bits))
}

/// As it is stored; none for what cannot be a token.
pub(super) fn hash(token: &str) -> Option<String> {
    (1..=LONGEST)
        .contains(&token.len())
        .then(|| URL_SAFE_NO_PAD.encode(Sha256::digest(token)))
}
