//! The database this process works on: the private PostgreSQL or one that is given, and who connects to it as whom.
//!
//! The owner of the tables migrates, seeds and administers; the gateway serves, as a role that owns nothing.

mod bootstrap;
mod error;
mod failure;
mod gateway_pools;
mod journal;
mod lease;
pub mod private_postgres;
mod text;
pub mod wire;

use std::path::{Path, PathBuf};

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

pub use bootstrap::{GATEWAY_ROLE, OWNER_ROLE, create_database};
pub use error::DatabaseError;
pub use failure::{StatementFailure, Violation};
pub use gateway_pools::{DatabaseRole, GatewayPools};
pub use journal::{Journal, Repeated, Sent};
pub use lease::{Lease, Plans};
use private_postgres::{Options, PrivatePostgres};
pub use text::text;

use crate::settings::{DatabaseSettings, Settings};

/// Under this name the log has each statement, but for the beginnings and ends of transactions.
pub const STATEMENTS: &str = "fieldgraph::statements";

/// The name of the database in the private cluster.
const PRIVATE_DATABASE: &str = "fieldgraph";
/// Two gateways with their pools, a migrator and a few `psql` fit into it.
const PRIVATE_MAX_CONNECTIONS: u32 = 100;

/// The database in use, and the private PostgreSQL for as long as it is ours to keep.
#[derive(Debug)]
pub struct Databases {
    gateway_url: String,
    owner_url: Option<String>,
    private: Option<PrivatePostgres>,
    data_dir: PathBuf,
}

impl Databases {
    /// Starts the private PostgreSQL, or takes the URLs that were given (and does not connect yet).
    pub async fn open(settings: &Settings) -> Result<Self, DatabaseError> {
        match &settings.database {
            DatabaseSettings::Given { gateway, owner } => Ok(Self {
                gateway_url: gateway.expose().to_owned(),
                owner_url: owner.as_ref().map(|owner| owner.expose().to_owned()),
                private: None,
                data_dir: settings.data_dir.clone(),
            }),
            DatabaseSettings::Private { programs, account } => {
                let options = Options {
                    folder: settings.data_dir.clone(),
                    durable: true,
                    programs: programs.clone(),
                    account: account.clone(),
                    max_connections: PRIVATE_MAX_CONNECTIONS,
                };
                let private = tokio::task::spawn_blocking(move || PrivatePostgres::start(&options))
                    .await
                    .map_err(|_| DatabaseError::Interrupted)??;
                create_database(&private, PRIVATE_DATABASE).await?;
                Ok(Self {
                    gateway_url: private.url(GATEWAY_ROLE, PRIVATE_DATABASE),
                    owner_url: Some(private.url(OWNER_ROLE, PRIVATE_DATABASE)),
                    data_dir: settings.data_dir.clone(),
                    private: Some(private),
                })
            }
        }
    }

    /// The URL of the gateway's role.
    pub fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    /// The URL of the owner of the tables, or the sentence that says how to give it.
    pub fn owner_url(&self) -> Result<&str, DatabaseError> {
        self.owner_url
            .as_deref()
            .ok_or(DatabaseError::OwnerNotGiven)
    }

    /// The private PostgreSQL, if it is that.
    pub fn private(&self) -> Option<&PrivatePostgres> {
        self.private.as_ref()
    }

    /// Where stored objects are, as long as there is no S3.
    pub fn storage(&self) -> PathBuf {
        self.data_dir.join("storage")
    }

    /// The folder of this installation.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Connects as the owner of the tables.
    pub async fn connect_owner(&self) -> Result<DatabaseConnection, DatabaseError> {
        connect(self.owner_url()?, 4).await
    }

    /// Ends the private PostgreSQL, unless another gateway runs it.
    pub async fn close(self) {
        if let Some(private) = self.private {
            // Blocking, and bounded by the manager's own patience. A panic there leaves the database to the kernel,
            // which ends it with this process.
            let _ = tokio::task::spawn_blocking(move || private.stop()).await;
        }
    }
}

/// Connects for an operator's command, as whoever the URL names.
pub async fn connect(url: &str, connections: u32) -> Result<DatabaseConnection, DatabaseError> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).sqlx_logging(false);
    Database::connect(options)
        .await
        .map_err(|reason| DatabaseError::unreachable(url, &reason))
}
