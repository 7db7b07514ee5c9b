//! What a statement of the gateway may fail with, told apart by what a caller can do about it.

use sea_orm::sqlx;

/// Why a statement has no answer.
#[derive(Debug)]
pub enum StatementFailure {
    /// The database is away, or all connections are taken for longer than one waits.
    Away(sqlx::Error),
    /// It ran into its time limit.
    TimedOut,
    /// A value of the request that no column can hold: a NUL in a text, a number beyond its type, a time before all calendars.
    BadValue(sqlx::Error),
    /// A rule of the schema was violated: the name of the constraint, which is part of our contract.
    Refused {
        /// As `photos_s3_key_key`.
        constraint: String,
        /// The five characters of the SQL standard.
        state: String,
    },
    /// A fault of ours.
    Failed(sqlx::Error),
}

impl From<sqlx::Error> for StatementFailure {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(reason) => {
                let state = reason.code().unwrap_or_default();
                match (state.as_ref(), reason.constraint()) {
                    // query_canceled
                    ("57014", _) => Self::TimedOut,
                    // Of class 22 those that a value can bring about: out of range, no such moment, no such character.
                    ("22003" | "22007" | "22008" | "22009" | "22021" | "22023" | "22P05", _) => {
                        Self::BadValue(error)
                    }
                    // Class 57: the operator intervened. Class 53: out of connections, memory, disk. Class 08: the connection.
                    (state, _)
                        if ["57", "53", "08"]
                            .iter()
                            .any(|class| state.starts_with(class)) =>
                    {
                        Self::Away(error)
                    }
                    // Class 23: integrity; deadlock and serialization failures are not rules.
                    (state, Some(constraint)) if state.starts_with("23") => Self::Refused {
                        constraint: constraint.to_owned(),
                        state: state.to_owned(),
                    },
                    _ => Self::Failed(error),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed => Self::Away(error),
            _ => Self::Failed(error),
        }
    }
}
