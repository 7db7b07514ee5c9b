//! What can go wrong while starting data is made: each variant reads as one sentence.

use std::io;
use std::path::PathBuf;

use sea_orm::DbErr;

use crate::auth::password::PasswordError;

/// Why starting data could not be made. What was made before stays; the same call can be made again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not do what the seed asked for.
    #[error("cannot {task}: {source}")]
    Database {
        /// What was being done.
        task: String,
        /// What the database said.
        source: DbErr,
    },

    /// An organization that is not of this seed has a name that the seed needs.
    #[error(
        "the organization {slug} is already here and was not made by this seed: seed an empty database, or rename it"
    )]
    OrganizationTaken {
        /// The short code, which is taken or whose name is.
        slug: String,
    },

    /// The password could not be hashed.
    #[error("cannot hash the demo password: {0}")]
    Password(#[from] PasswordError),

    /// A picture could not be made.
    #[error("cannot make the picture {key}: {source}")]
    Picture {
        /// The picture's key in the storage.
        key: String,
        /// What the encoder said.
        source: png::EncodingError,
    },

    /// A file could not be written into the storage.
    #[error("cannot write {}: {source}", path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The work off the event loop did not come to an end.
    #[error("making the demo was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl Error {
    /// Names what was being done when the database refused.
    pub(super) fn database(task: impl Into<String>) -> impl FnOnce(DbErr) -> Self {
        let task = task.into();
        move |source| Self::Database { task, source }
    }
}
