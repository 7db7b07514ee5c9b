//! The one connection of a request, and the one transaction on it: read-only and one snapshot while the request reads, a
//! transaction of its own for each mutation. Taken when the first statement needs it, so that nothing waits for a second one.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::QueryResult;
use sea_orm::sea_query::{PostgresQueryBuilder, QueryStatementWriter, Values};
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, PgConnection, Postgres};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::{DatabaseRole, GatewayPools, StatementFailure};

/// A request's hold on the database, for one caller.
pub struct Lease {
    pools: GatewayPools,
    role: DatabaseRole,
    settings: String,
    held: Mutex<Held>,
    statements: AtomicU32,
}

#[derive(Default)]
struct Held {
    connection: Option<PoolConnection<Postgres>>,
    transaction: Transaction,
    /// A statement was sent and its answer not read to the end.
    busy: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Transaction {
    #[default]
    None,
    Reading,
    Writing,
}

impl Lease {
    /// For a user of an organization. Nothing is asked of the database yet.
    pub fn new(
        pools: GatewayPools,
        role: DatabaseRole,
        (organization, user): (Uuid, Uuid),
        time_limit: Duration,
    ) -> Self {
        Self {
            pools,
            role,
            // UUIDs and a number: nothing in here can be anything but what it is. A socket that was closed is noticed within a
            // second, also while a statement waits or computes.
            settings: format!(
                "SET LOCAL app.organization_id = '{organization}'; SET LOCAL app.user_id = '{user}'; SET LOCAL client_connection_check_interval = 1000; SET LOCAL statement_timeout = {}",
                time_limit.as_millis()
            ),
            held: Mutex::default(),
            statements: AtomicU32::new(0),
        }
    }

    /// How many statements were sent, the beginnings and ends of transactions not counted.
    pub fn statements(&self) -> u32 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The rows of a statement, in the request's snapshot, or in the transaction of the mutation under way.
    pub async fn rows<S: QueryStatementWriter + Sync>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, StatementFailure> {
        let (sql, values) = statement.build(PostgresQueryBuilder);
        self.rows_of(sql, values).await
    }

    /// The same for SQL that no builder can say.
    pub async fn rows_of(
        &self,
        sql: String,
        values: Values,
    ) -> Result<Vec<QueryResult>, StatementFailure> {
        let mut held = self.held.lock().await;
        if held.transaction == Transaction::None {
            self.begin(&mut held, Transaction::Reading).await?;
        }
        let answer = self.send(&mut held, sql, values).await;
        if answer.is_err() && held.transaction == Transaction::Reading {
            // PostgreSQL refuses everything more in this transaction: what is read next is read in a new one.
            end(&mut held, "ROLLBACK").await?;
        }
        answer
    }

    /// Begins the transaction of a mutation. What was read before it is forgotten with its snapshot.
    pub async fn begin_writing(&self) -> Result<(), StatementFailure> {
        let mut held = self.held.lock().await;
        if held.transaction != Transaction::None {
            // A transaction that still writes here was abandoned by its mutation.
            end(&mut held, "ROLLBACK").await?;
        }
        self.begin(&mut held, Transaction::Writing).await
    }

    /// Makes what the mutation wrote last.
    pub async fn commit(&self) -> Result<(), StatementFailure> {
        end(&mut *self.held.lock().await, "COMMIT").await
    }

    /// Takes back what the mutation wrote.
    pub async fn roll_back(&self) -> Result<(), StatementFailure> {
        let mut held = self.held.lock().await;
        match held.transaction {
            Transaction::None => Ok(()),
            _ => end(&mut held, "ROLLBACK").await,
        }
    }

    /// Ends what is open and gives the connection back.
    pub async fn finish(&self) {
        let mut held = self.held.lock().await;
        let ended = match held.transaction {
            Transaction::None => Ok(()),
            // Nothing was written; a commit is as good as any end.
            Transaction::Reading => end(&mut held, "COMMIT").await,
            Transaction::Writing => end(&mut held, "ROLLBACK").await,
        };
        if ended.is_ok() {
            held.connection = None;
        }
    }

    async fn begin(
        &self,
        held: &mut MutexGuard<'_, Held>,
        transaction: Transaction,
    ) -> Result<(), StatementFailure> {
        let mode = match transaction {
            Transaction::Reading => "ISOLATION LEVEL REPEATABLE READ READ ONLY",
            _ => "ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        if held.connection.is_none() {
            held.connection = Some(
                self.pools
                    .of(self.role)
                    .get_postgres_connection_pool()
                    .acquire()
                    .await
                    // Whatever a connection cannot be had for, it is not the statement's fault.
                    .map_err(StatementFailure::Away)?,
            );
        }
        held.transaction = transaction;
        let begun = simple(held, format!("BEGIN {mode}; {}", self.settings)).await;
        if begun.is_err() {
            held.transaction = Transaction::None;
            close(held);
        }
        begun
    }

    async fn send(
        &self,
        held: &mut MutexGuard<'_, Held>,
        sql: String,
        values: Values,
    ) -> Result<Vec<QueryResult>, StatementFailure> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        tracing::trace!(target: super::STATEMENTS, sql, "statement");
        held.busy = true;
        let query = sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values));
        let rows = connection(held)?.fetch_all(query).await;
        held.busy = false;
        Ok(rows?.into_iter().map(QueryResult::from).collect())
    }
}

fn connection(held: &mut Held) -> Result<&mut PgConnection, StatementFailure> {
    held.connection
        .as_deref_mut()
        .ok_or(StatementFailure::Away(sqlx::Error::PoolClosed))
}

/// One round trip, whatever the number of statements in it.
async fn simple(held: &mut Held, sql: String) -> Result<(), StatementFailure> {
    held.busy = true;
    let done = connection(held)?
        .execute(sqlx::raw_sql(AssertSqlSafe(sql)))
        .await;
    held.busy = false;
    done?;
    Ok(())
}

async fn end(held: &mut Held, how: &str) -> Result<(), StatementFailure> {
    held.transaction = Transaction::None;
    let ended = simple(held, how.to_owned()).await;
    if ended.is_err() {
        // Whatever state it is in, nobody else shall have it.
        close(held);
    }
    ended
}

/// Closes the socket under it. PostgreSQL cancels what runs and rolls back.
fn close(held: &mut Held) {
    if let Some(connection) = held.connection.take() {
        drop(connection.detach());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let held = self.held.get_mut();
        if held.busy || held.transaction != Transaction::None {
            close(held);
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Lease")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
