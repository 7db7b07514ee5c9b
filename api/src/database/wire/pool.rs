//! The connections that requests share: so many at most, each with one role for life, opened when first needed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::address::Address;
use super::connect::connect;
use super::connection::{Connection, Round, Statement};
use super::failure::WireFailure;
use super::rows::Rows;

/// Nobody waits longer for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections of one role.
pub struct Pool {
    address: Address,
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
    most: usize,
}

impl Pool {
    pub(in crate::database) fn new(address: Address, most: u32) -> Arc<Self> {
        let most = most as usize;
        Arc::new(Self {
            address,
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(most)),
            most,
        })
    }

    /// A place among those who may use a connection; the connection itself is taken with the first round.
    pub async fn hold(self: &Arc<Self>) -> Result<Hold, WireFailure> {
        let permit = timeout(PATIENCE, Arc::clone(&self.free).acquire_owned())
            .await
            .map_err(|_| WireFailure::Crowded)?
            .map_err(|_| WireFailure::Crowded)?;
        Ok(Hold {
            pool: Arc::clone(self),
            connection: None,
            _permit: permit,
        })
    }

    /// How many connections are at work and how many wait for work.
    pub fn count(&self) -> (usize, usize) {
        let busy = self.most.saturating_sub(self.free.available_permits());
        (busy, self.idle().len())
    }

    /// Lets the idle connections go; those at work go when they come back.
    pub(in crate::database) fn close(&self) {
        self.free.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's hold on one connection, and on the one transaction on it. Dropped in the middle of anything it closes the
/// connection, and PostgreSQL cancels what runs there.
pub struct Hold {
    pool: Arc<Pool>,
    connection: Option<Connection>,
    _permit: OwnedSemaphorePermit,
}

impl Hold {
    /// Sends statements together and waits for the rows of all.
    pub async fn round(
        &mut self,
        statements: &[Statement<'_>],
        round: Round,
    ) -> Result<Vec<Rows>, WireFailure> {
        if let Some(connection) = &mut self.connection {
            return connection.round(statements, round).await;
        }
        // One that lay idle may be dead without anybody having noticed. Nothing was read yet, and nothing can have been written to
        // last: what makes it last is never sent in a first round.
        loop {
            let waiting = self.pool.idle().pop();
            let is_new = waiting.is_none();
            let connection = match waiting {
                Some(connection) => connection,
                None => timeout(PATIENCE, connect(&self.pool.address))
                    .await
                    .map_err(|_| WireFailure::Crowded)??,
            };
            let connection = self.connection.insert(connection);
            match connection.round(statements, round).await {
                Err(failure) if !is_new && failure.is_of_connection() => self.connection = None,
                answered => return answered,
            }
        }
    }

    /// Ends the transaction, if rounds left one open.
    pub async fn end(&mut self) -> Result<(), WireFailure> {
        match &mut self.connection {
            Some(connection) => connection.end().await,
            None => Ok(()),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.is_clean()
            && !self.pool.free.is_closed()
        {
            self.pool.idle().push(connection);
        }
    }
}
