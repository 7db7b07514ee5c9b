//! What can be wrong with the settings, and what to do about it.

use std::path::PathBuf;

use thiserror::Error;

use super::{ClaimSettingsError, SHORTEST_EXPLAIN_KEY, TokenSettingsError};

/// What can be wrong with the settings.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings file {}: {reason}; name one that exists with --config", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The file is not TOML, or names a setting that is none.
    #[error("the settings file {} is not valid: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// A database URL that is none.
    #[error(
        "{name} is not a PostgreSQL URL: write postgresql://role:password@host:5432/database (special characters percent-encoded)"
    )]
    DatabaseUrl {
        /// The variable.
        name: &'static str,
    },
    /// The owner without the gateway.
    #[error(
        "MIGRATION_DATABASE_URL is set but DATABASE_URL is not: set both, or neither for the private database"
    )]
    OwnerAlone,
    /// What verifies tokens is not clear, or not safe.
    #[error(transparent)]
    Tokens(#[from] TokenSettingsError),
    /// What a token has to say is not clear.
    #[error(transparent)]
    Claims(#[from] ClaimSettingsError),
    /// No connections.
    #[error("FIELDGRAPH_DATABASE_CONNECTIONS must be between 1 and 1000, not {given}")]
    Connections {
        /// What was asked for.
        given: u32,
    },
    /// A limit that refuses everything.
    #[error("{name} must be 1 or more")]
    NothingAllowed {
        /// The variable.
        name: &'static str,
    },
    /// A session that ends at once, or hardly ever.
    #[error("{name} must be between 1 and {largest} {unit}, not {given}")]
    Lifetime {
        /// The variable.
        name: &'static str,
        /// In which it is counted.
        unit: &'static str,
        /// The most.
        largest: u32,
        /// What was asked for.
        given: u32,
    },
    /// Neither a network nor an address.
    #[error(
        "FIELDGRAPH_TRUSTED_PROXIES has {given:?}, which is no network: write 10.0.0.0/8 for a network or 192.0.2.7 for one proxy"
    )]
    Proxy {
        /// What was given.
        given: String,
    },
    /// A key that can be guessed.
    #[error(
        "FIELDGRAPH_EXPLAIN_KEY has {length} bytes, it needs {SHORTEST_EXPLAIN_KEY} or more: make one with `openssl rand -base64 24`"
    )]
    ShortExplainKey {
        /// Its length.
        length: usize,
    },
    /// An origin that no browser sends.
    #[error(
        "FIELDGRAPH_CORS_ORIGINS has {origin:?}, which is no origin: write scheme and host, as https://app.example, without a path"
    )]
    Origin {
        /// What was given.
        origin: String,
    },
}
