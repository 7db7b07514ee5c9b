//! Hashing for the graph: off the event loop, and no more at a time than there are processors, because each takes one of them (and
//! 19 MiB) for tens of milliseconds.

use std::sync::Arc;
use std::thread::available_parallelism;

use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::password::{LONGEST, PasswordError, SHORTEST, hash_new};
use crate::core::{Error, PasswordHasher, Result};

/// Hashes new passwords, so many at a time.
#[derive(Debug)]
pub struct Hasher(Arc<Semaphore>);

impl Default for Hasher {
    fn default() -> Self {
        let seats = available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Semaphore::new(seats)))
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
        let seats = Arc::clone(&self.0);
        Box::pin(async move {
            let seat = seats.acquire_owned().await.map_err(Error::internal)?;
            spawn_blocking(move || {
                // Given back when the work is done, even if nobody waits for it any more.
                let _seat = seat;
                hash_new(&password).map_err(Error::internal)
            })
            .await
            .map_err(Error::internal)?
        })
    }
}
