//! What the tests stand on: one private PostgreSQL for the whole run, migrated once, and a fresh database for every test.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on shall panic, and say where"
)]

mod cluster;
mod database;
mod gateway;
mod program;
mod statements;

pub use cluster::{Cluster, chosen_programs};
pub use database::{Caller, TestDatabase};
pub use gateway::{Answer, Gateway};
pub use program::{Program, program, until};
pub use statements::{Asked, Statements};

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, TryGetable, Value};

/// The rows of a query.
pub async fn rows<C: ConnectionTrait>(connection: &C, sql: &str) -> Vec<QueryResult> {
    connection
        .query_all_raw(Statement::from_string(
            connection.get_database_backend(),
            sql,
        ))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// The first column of every row.
pub async fn column<T: TryGetable, C: ConnectionTrait>(connection: &C, sql: &str) -> Vec<T> {
    rows(connection, sql)
        .await
        .iter()
        .map(|row| {
            row.try_get_by_index(0)
                .unwrap_or_else(|error| panic!("{sql}: {error}"))
        })
        .collect()
}

/// The first column of the only row.
pub async fn value<T: TryGetable, C: ConnectionTrait>(connection: &C, sql: &str) -> T {
    let mut values = column(connection, sql).await;
    assert_eq!(values.len(), 1, "one row was expected of {sql}");
    values.pop().expect("one row")
}

/// The number of rows a statement changed.
pub async fn execute<C: ConnectionTrait>(
    connection: &C,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    connection
        .execute_raw(Statement::from_sql_and_values(
            connection.get_database_backend(),
            sql,
            values,
        ))
        .await
        .map(|done| done.rows_affected())
}

/// What PostgreSQL says of a refused statement: its SQLSTATE and the name of the constraint, if it was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The SQLSTATE, as 23505.
    pub code: String,
    /// The constraint, or the empty string.
    pub constraint: String,
}

/// Takes the refusal out of an error; panics when it is not one of the database.
pub fn refusal(error: &DbErr) -> Refusal {
    let (DbErr::Exec(runtime) | DbErr::Query(runtime)) = error else {
        panic!("not a refusal of the database: {error}");
    };
    let sea_orm::RuntimeErr::SqlxError(error) = runtime else {
        panic!("not a refusal of the database: {runtime}");
    };
    let error = error
        .as_database_error()
        .unwrap_or_else(|| panic!("not a refusal of the database: {error}"));
    Refusal {
        code: error.code().unwrap_or_default().into_owned(),
        constraint: error.constraint().unwrap_or_default().to_owned(),
    }
}
