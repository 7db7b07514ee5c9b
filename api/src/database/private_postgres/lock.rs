//! The lock gateways on one folder take in turn while they look after the server.

use std::fs::{File, TryLockError};
use std::time::{Duration, Instant};

use super::Cluster;
use super::error::Error;
use super::folder::open_own_file;
use super::supervisor::Shared;

/// Longer than another gateway can take to create the data folder and start the server.
const LIMIT: Duration = Duration::from_secs(180);

const PAUSE: Duration = Duration::from_millis(20);

/// Held for as long as it lives; the system releases it when the process dies.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn acquire(cluster: &Cluster, shared: &Shared) -> Result<Self, Error> {
        let path = &cluster.layout.lock;
        let failed = |error| Error::folder("lock", path, &cluster.account.name, &error);
        let file = open_own_file(path, &cluster.account).map_err(failed)?;
        let begin = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if begin.elapsed() > LIMIT => {
                    return Err(Error::Locked {
                        lock: path.clone(),
                        seconds: LIMIT.as_secs(),
                    });
                }
                Err(TryLockError::WouldBlock) => shared.pause(PAUSE)?,
            }
        }
    }
}
