//! What becomes of a new password: the edges know how, and a domain asks without knowing.

use std::fmt::Debug;
use std::sync::Arc;

use async_graphql::Context;
use futures::future::BoxFuture;

use super::error::{Error, Result};

/// Turns passwords into hashes, a few at a time.
pub trait PasswordHasher: Debug + Send + Sync {
    /// Why a password cannot be used, in a sentence; none where it can.
    fn fault(&self, password: &str) -> Option<String>;

    /// Its hash. Takes its time, and waits for its turn.
    fn hash(&self, password: String) -> BoxFuture<'static, Result<String>>;
}

impl dyn PasswordHasher {
    /// The one that the schema was given.
    pub fn of<'a>(context: &Context<'a>) -> Result<&'a Arc<Self>> {
        context
            .data::<Arc<Self>>()
            .map_err(|_| Error::internal("the schema was given no hasher of passwords"))
    }
}
