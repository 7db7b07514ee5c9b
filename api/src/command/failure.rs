//! Why a command failed: each layer's own error, and the few that only a command can have. One sentence each.

use std::io;
use std::path::PathBuf;

use sea_orm::DbErr;
use thiserror::Error;

use crate::auth::password::PasswordError;
use crate::auth::{NewKeyError, TokenError, VerifierError};
use crate::database::DatabaseError;
use crate::documentation::DocumentationError;
use crate::seed;
use crate::server::ServerError;
use crate::settings::SettingsError;

/// Why a command failed.
#[derive(Debug, Error)]
#[expect(
    missing_docs,
    reason = "the sentence on each variant is its documentation"
)]
pub enum Failure {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the database refused: {0}")]
    Refused(#[from] DbErr),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Seed(#[from] seed::Error),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Verifier(#[from] VerifierError),
    #[error(transparent)]
    NewKey(#[from] NewKeyError),
    #[error("cannot write the key to {}: {reason}; name a file that is not there yet", file.display())]
    KeyFile { file: PathBuf, reason: io::Error },
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Documentation(#[from] DocumentationError),
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    #[error(
        "there is no organization with the slug {slug}; `fieldgraph seed` makes the demo's, `fieldgraph user create-admin` a new one"
    )]
    NoOrganization { slug: String },
    #[error("organization {organization} has no user with the address {email}")]
    NoUser { organization: String, email: String },
    #[error("there is no role {role}; the roles are {known}")]
    NoRole { role: String, known: String },
    #[error("a user with the address {email} or that name exists already")]
    UserExists { email: String },
    #[error("the organization's {what} is refused: {rule}")]
    Invalid {
        what: &'static str,
        rule: &'static str,
    },
    #[error("that is not the slug of the organization: nothing was deleted")]
    NotTheSlug,
    #[error("every row is deleted, but objects are left in {}: {reason}; remove that folder", folder.display())]
    ObjectsLeft { folder: PathBuf, reason: io::Error },
    #[error("this deletes every row of the database; say so with --yes")]
    NotConfirmed,
    #[error("cannot start {}: {reason}; install the PostgreSQL client, or put it on the PATH", program.display())]
    Program { program: PathBuf, reason: io::Error },
}
