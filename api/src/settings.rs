//! Every setting of Fieldgraph, once: [`Options`] is the flag, the environment variable and the key of the file at the same
//! time. A flag wins over the environment, the environment over the file, the file over the default.

mod claims;
mod error;
mod limits;
mod options;
mod secret;
mod sessions;
mod tokens;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

pub use claims::{ClaimSettings, ClaimSettingsError, OptionalClaim, SubjectKind};
pub use error::SettingsError;
pub use limits::{LimitOptions, Limits};
pub use options::Options;
pub use secret::{Secret, without_password};
pub use sessions::{SessionOptions, SessionSettings};
use tokens::GivenKeys;
pub(crate) use tokens::{FURTHER_KEYS, PRIVATE_KEY, is_this_machine};
pub use tokens::{SHORTEST_SECRET, TokenAlgorithm, TokenKeys, TokenSettings, TokenSettingsError};

/// The file that is read when no other is named and it is there.
const DEFAULT_FILE: &str = "fieldgraph.toml";
/// A shorter key to the plans is refused.
const SHORTEST_EXPLAIN_KEY: usize = 16;
/// The driver and the migrator tell at "info" what only their developers want to know.
const DEFAULT_LOG: &str = "info,sqlx=warn,sea_orm_migration=warn";

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Folder of the private database, its key and its stored objects.
    pub data_dir: PathBuf,
    /// Which database.
    pub database: DatabaseSettings,
    /// Connections kept for each of the two roles of the database.
    pub database_connections: u32,
    /// Whether an empty database gets demo data, and GraphiQL tokens of the people in it.
    pub demo: bool,
    /// Whether the page to explore the graph with is served at `/`.
    pub graphiql: bool,
    /// How tokens are signed and verified.
    pub tokens: TokenSettings,
    /// Whether the schema may be asked about, with or without a token.
    pub introspection: bool,
    /// Origins whose pages may call the graph; `*` is all.
    pub cors_origins: Vec<String>,
    /// Proxies whose word is taken for where a request came from.
    pub trusted_proxies: Vec<IpNet>,
    /// How long sessions go on.
    pub sessions: SessionSettings,
    /// What one request may ask for.
    pub limits: Limits,
    /// Bytes of parsed documents that are kept.
    pub document_cache: u64,
    /// What a request must say to be answered with its statements and their plans; none where nobody may.
    pub explain_key: Option<Secret>,
    /// After which time the statements of a request are logged.
    pub slow: Option<Duration>,
    /// Filter of the log.
    pub log: String,
}

/// Which database is served.
#[derive(Clone, Debug)]
pub enum DatabaseSettings {
    /// A PostgreSQL that Fieldgraph starts and keeps in its data folder.
    Private {
        /// Where its programs are, if that is not to be looked for.
        programs: Option<PathBuf>,
        /// The account it runs as when run by root.
        account: Option<String>,
    },
    /// A PostgreSQL that somebody else runs.
    Given {
        /// As the gateway's role.
        gateway: Secret,
        /// As the owner of the tables, where that was given.
        owner: Option<Secret>,
    },
}

impl Options {
    /// Reads the file, if there is one, and fills in what no flag and no variable gave.
    pub fn resolve(self) -> Result<Settings, SettingsError> {
        let file = match &self.config {
            Some(path) => read_file(path)?,
            None if Path::new(DEFAULT_FILE).exists() => read_file(Path::new(DEFAULT_FILE))?,
            None => Self::default(),
        };
        self.over(file).complete()
    }

    fn complete(self) -> Result<Settings, SettingsError> {
        let mut further_secrets = self.jwt_further_secrets.unwrap_or_default();
        // An empty variable, as compose files leave them.
        further_secrets.retain(|secret| !secret.expose().is_empty());
        let keys = TokenKeys::choose(GivenKeys {
            algorithm: self.jwt_algorithm,
            secret: self.jwt_secret,
            further_secrets,
            private_key: self.jwt_private_key,
            further_keys: self.jwt_further_keys.unwrap_or_default(),
            public_key: self.jwt_public_key,
            jwks_url: self.jwks_url,
        })?;
        let database_connections = self.database_connections.unwrap_or(10);
        if !(1..=1000).contains(&database_connections) {
            return Err(SettingsError::Connections {
                given: database_connections,
            });
        }
        let database = match (self.database_url, self.migration_database_url) {
            (None, None) => DatabaseSettings::Private {
                programs: self.postgres_bin,
                account: self.postgres_user,
            },
            (None, Some(_)) => return Err(SettingsError::OwnerAlone),
            (Some(gateway), owner) => {
                check_database_url("DATABASE_URL", &gateway)?;
                if let Some(owner) = &owner {
                    check_database_url("MIGRATION_DATABASE_URL", owner)?;
                }
                DatabaseSettings::Given { gateway, owner }
            }
        };
        let demo = self
            .demo
            .unwrap_or(matches!(database, DatabaseSettings::Private { .. }));
        let mut cors_origins = self.cors_origins.unwrap_or_default();
        // An empty variable, as compose files leave them.
        cors_origins.retain(|origin| !origin.is_empty());
        cors_origins
            .iter()
            .try_for_each(|origin| check_origin(origin))?;
        Ok(Settings {
            listen: self
                .listen
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))),
            data_dir: self
                .data_dir
                .unwrap_or_else(|| PathBuf::from(".fieldgraph")),
            demo,
            graphiql: self.graphiql.unwrap_or(demo),
            database,
            database_connections,
            tokens: TokenSettings {
                issuer: self.jwt_issuer.unwrap_or_else(|| "fieldgraph".to_owned()),
                audience: self.jwt_audience.unwrap_or_else(|| "fieldgraph".to_owned()),
                claims: ClaimSettings::choose(
                    &keys,
                    self.jwt_subject,
                    self.jwt_organization_claim,
                    self.jwt_roles_claim,
                    self.jwt_optional_claims.unwrap_or_default(),
                )?,
                keys,
            },
            introspection: self.introspection.unwrap_or(demo),
            cors_origins,
            trusted_proxies: sessions::proxies(self.trusted_proxies.unwrap_or_default())?,
            sessions: self.sessions.complete()?,
            limits: self.limits.complete()?,
            document_cache: u64::from(self.document_cache.unwrap_or(64)) << 20,
            explain_key: self.explain_key.map(check_explain_key).transpose()?,
            slow: match self.slow.unwrap_or(1000) {
                0 => None,
                milliseconds => Some(Duration::from_millis(milliseconds.into())),
            },
            log: self.log.unwrap_or_else(|| DEFAULT_LOG.to_owned()),
        })
    }
}

fn read_file(path: &Path) -> Result<Options, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|reason| SettingsError::Unreadable {
        path: path.to_owned(),
        reason,
    })?;
    toml::from_str(&text).map_err(|error| SettingsError::Invalid {
        path: path.to_owned(),
        // The message alone: the whole error quotes the line, which may hold a secret.
        reason: match error.span() {
            Some(span) => format!(
                "line {}: {}",
                text[..span.start].lines().count().max(1),
                error.message()
            ),
            None => error.message().to_owned(),
        },
    })
}

fn check_database_url(name: &'static str, given: &Secret) -> Result<(), SettingsError> {
    Url::parse(given.expose())
        .ok()
        .filter(|url| matches!(url.scheme(), "postgres" | "postgresql"))
        .map(|_| ())
        .ok_or(SettingsError::DatabaseUrl { name })
}

fn check_explain_key(key: Secret) -> Result<Secret, SettingsError> {
    match key.expose().len() {
        SHORTEST_EXPLAIN_KEY.. => Ok(key),
        length => Err(SettingsError::ShortExplainKey { length }),
    }
}

/// A browser sends scheme, host and port, and nothing behind them.
fn check_origin(origin: &str) -> Result<(), SettingsError> {
    let is_one = origin == "*"
        || Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == origin);
    if is_one {
        Ok(())
    } else {
        Err(SettingsError::Origin {
            origin: origin.to_owned(),
        })
    }
}
