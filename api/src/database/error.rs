//! What can go wrong between Fieldgraph and its database, each in a sentence with the remedy. For operators: nothing here
//! ever reaches a client of the graph.

use sea_orm::DbErr;
use thiserror::Error;

use super::private_postgres;
use crate::settings::without_password;

/// Why the database cannot be used.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The private PostgreSQL did not come up.
    #[error(transparent)]
    Private(#[from] private_postgres::Error),
    /// Nothing answers, or it does not let us in.
    #[error(
        "cannot connect to the database at {url}: {reason}; check that it runs and that the URL is right"
    )]
    Unreachable {
        /// Where, without the password.
        url: String,
        /// What the driver says.
        reason: String,
    },
    /// Only the gateway's role is known.
    #[error(
        "this needs the owner of the tables: set MIGRATION_DATABASE_URL to the database as that role"
    )]
    OwnerNotGiven,
    /// The role or the database of the private cluster could not be made.
    #[error("cannot prepare the private database: {0}")]
    Bootstrap(DbErr),
    /// A statement failed.
    #[error("the database refused: {0}")]
    Refused(#[from] DbErr),
    /// The process is ending.
    #[error("interrupted while the private PostgreSQL was starting")]
    Interrupted,
}

impl DatabaseError {
    pub(super) fn unreachable(url: &str, reason: &DbErr) -> Self {
        Self::Unreachable {
            url: without_password(url),
            reason: reason.to_string(),
        }
    }
}
