//! The connections that requests share: so many at most, each with one role for life, opened when first needed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::address::Address;
use super::connect::connect;
use super::connection::{Connection, Round, Statement};
use super::explain::Explain;
use super::failure::WireFailure;
use super::rows::Rows;

/// Nobody waits longer for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// So long a connection that was left in the middle of a statement may take to be ready again, before it is closed.
const MOMENT: Duration = Duration::from_millis(200);

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
            permit: Some(permit),
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

    fn give_back(&self, connection: Connection) {
        if !self.free.is_closed() {
            self.idle().push(connection);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's hold on one connection, and on the one transaction on it. Dropped in the middle of a transaction, the transaction is
/// taken back; what runs for longer than a moment is cancelled by PostgreSQL, when the connection is closed under it.
pub struct Hold {
    pool: Arc<Pool>,
    connection: Option<Connection>,
    permit: Option<OwnedSemaphorePermit>,
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
                    .map_err(|_| WireFailure::Crowded)?
                    .map_err(|failure| WireFailure::Unconnected(failure.into()))?,
            };
            let connection = self.connection.insert(connection);
            match connection.round(statements, round).await {
                Err(failure) if !is_new && failure.is_of_connection() => self.connection = None,
                answered => return answered,
            }
        }
    }

    /// The plans of statements of the last round, which left its transaction open.
    pub async fn explain(
        &mut self,
        statements: &[Statement<'_>],
        how: Explain,
        round: Round,
    ) -> Result<Vec<Option<Box<RawValue>>>, WireFailure> {
        match &mut self.connection {
            Some(connection) => connection.explain(statements, how, round).await,
            None => Err(WireFailure::protocol("a connection was lost")),
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
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if connection.is_clean() {
            self.pool.give_back(connection);
        } else if connection.can_recover()
            && let Ok(runtime) = Handle::try_current()
        {
            // Whoever asked is gone. What is short is over in a moment; of what is not PostgreSQL sees that nobody listens.
            let (pool, permit) = (Arc::clone(&self.pool), self.permit.take());
            runtime.spawn(async move {
                if let Ok(Ok(())) = timeout(MOMENT, connection.recover()).await
                    && connection.is_clean()
                {
                    pool.give_back(connection);
                }
                drop(permit);
            });
        }
    }
}
