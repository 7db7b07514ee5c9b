//! Connections with all statements prepared, lent to one request at a time.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::{Client, Error, NoTls, Statement};

/// A fixed number of connections.
pub struct Pool {
    free: Mutex<Vec<Connection>>,
    turns: Semaphore,
}

/// A connection to PostgreSQL.
pub struct Connection {
    /// To send statements with; they are pipelined when they are sent side by side.
    pub client: Client,
    prepared: Vec<Statement>,
}

/// A connection for as long as one request needs it.
pub struct Lent<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
    _turn: Option<SemaphorePermit<'a>>,
}

impl Pool {
    /// Opens all connections and prepares the statements on each.
    pub async fn connect(
        url: &str,
        connections: usize,
        statements: &[&str],
    ) -> Result<Self, Error> {
        let mut free = Vec::with_capacity(connections);
        for _ in 0..connections {
            let (client, driver) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(driver);
            let mut prepared = Vec::with_capacity(statements.len());
            for statement in statements {
                prepared.push(client.prepare(statement).await?);
            }
            free.push(Connection { client, prepared });
        }
        Ok(Self {
            free: Mutex::new(free),
            turns: Semaphore::new(connections),
        })
    }

    /// Waits for a connection.
    pub async fn lend(&self) -> Lent<'_> {
        // The semaphore is never closed.
        let turn = self.turns.acquire().await.ok();
        Lent {
            pool: self,
            connection: self
                .free
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop(),
            _turn: turn,
        }
    }
}

impl Lent<'_> {
    /// The connection.
    #[expect(
        clippy::expect_used,
        reason = "there are as many turns as connections, and it is given back in drop alone"
    )]
    pub fn client(&self) -> &Client {
        &self.connection.as_ref().expect("a connection").client
    }

    /// A prepared statement by its place in the list that the pool was given.
    #[expect(clippy::expect_used, reason = "as above")]
    pub fn statement(&self, place: usize) -> &Statement {
        &self.connection.as_ref().expect("a connection").prepared[place]
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let mut free = self
                .pool
                .free
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            free.push(connection);
        }
    }
}
