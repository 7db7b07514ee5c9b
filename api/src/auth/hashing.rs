//! Where passwords are hashed: beside the requests, and never so many at once that nothing is left for those.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::core::Error;

/// Who waits behind so many others had better come back.
const MOST_WAITING: usize = 64;
/// And nobody waits longer than this.
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// When to come back, in seconds.
const COME_BACK: u64 = 2;

/// Half of the processors, and those who wait for them.
pub(super) struct Hashing {
    working: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Hashing {
    pub(super) fn new() -> Self {
        let processors = available_parallelism().map_or(1, NonZero::get);
        Self {
            working: Arc::new(Semaphore::new((processors / 2).max(1))),
            waiting: Semaphore::new(MOST_WAITING),
        }
    }

    /// Does work that takes a processor for a while.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let busy = || Error::RateLimited(COME_BACK);
        let place = self.waiting.try_acquire().map_err(|_| busy())?;
        let permit = timeout(LONGEST_WAIT, Arc::clone(&self.working).acquire_owned())
            .await
            .map_err(|_| busy())?
            .map_err(Error::internal)?;
        drop(place);
        spawn_blocking(move || {
            let done = work();
            // Not before: who went away meanwhile does not make room for another.
            drop(permit);
            done
        })
        .await
        .map_err(Error::internal)
    }
}
