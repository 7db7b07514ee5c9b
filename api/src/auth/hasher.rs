//! New passwords of the graph, hashed where all are.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::hashing::Hashing;
use super::password::{LONGEST, PasswordError, SHORTEST, hash_new};
use crate::core::{Error, PasswordHasher, Result};

/// Hashes the passwords that people give each other.
#[derive(Clone)]
pub struct Hasher(Arc<Hashing>);

impl Default for Hasher {
    fn default() -> Self {
        Self(Arc::new(Hashing::new()))
    }
}

impl PasswordHasher for Hasher {
    fn fault(&self, password: &str) -> Option<String> {
        match password.chars().count() {
            length if length < SHORTEST => Some(PasswordError::Short.to_string()),
            length if length > LONGEST => Some(PasswordError::Long.to_string()),
            _ => None,
        }
    }

    fn hash(&self, password: String) -> BoxFuture<'static, Result<String>> {
        let hashing = Arc::clone(&self.0);
        Box::pin(async move {
            hashing
                .run(move || hash_new(&password).map_err(Error::internal))
                .await?
        })
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hasher").finish_non_exhaustive()
    }
}
