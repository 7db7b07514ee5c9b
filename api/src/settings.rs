//! Every setting of Fieldgraph, once: [`Options`] is the flag, the environment variable and the key of the file at the same
//! time. A flag wins over the environment, the environment over the file, the file over the default.

mod claims;
mod limits;
mod sessions;
mod tokens;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

pub use claims::{ClaimSettings, ClaimSettingsError, OptionalClaim, SubjectKind};
pub use limits::{LimitOptions, Limits};
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

/// The settings as they are given: by flag, by environment, by file.
///
/// `docs/configuration.md` is generated from this.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "Settings")]
pub struct Options {
    /// TOML file with any of these settings, as `listen = "0.0.0.0:8080"` [default: fieldgraph.toml, if it is there]
    #[arg(long, env = "FIELDGRAPH_CONFIG", value_name = "FILE", global = true)]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "FIELDGRAPH_LISTEN", value_name = "ADDRESS", global = true)]
    pub listen: Option<SocketAddr>,

    /// Folder of the private database, its key and its stored objects [default: .fieldgraph]
    #[arg(
        long,
        env = "FIELDGRAPH_DATA_DIR",
        value_name = "FOLDER",
        global = true
    )]
    pub data_dir: Option<PathBuf>,

    /// PostgreSQL to serve from, as a role that owns nothing [default: a private PostgreSQL in the data folder]
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        global = true,
        hide_env_values = true
    )]
    pub database_url: Option<Secret>,

    /// The same database as the owner of its tables: to migrate, seed and administer
    #[arg(
        long,
        env = "MIGRATION_DATABASE_URL",
        value_name = "URL",
        global = true,
        hide_env_values = true
    )]
    pub migration_database_url: Option<Secret>,

    /// Folder with the programs of PostgreSQL for the private database [default: looked for on the PATH and in the usual places]
    #[arg(
        long,
        env = "FIELDGRAPH_POSTGRES_BIN",
        value_name = "FOLDER",
        global = true
    )]
    pub postgres_bin: Option<PathBuf>,

    /// Account to run the private database as when run by root [default: the folder's owner, postgres or nobody]
    #[arg(
        long,
        env = "FIELDGRAPH_POSTGRES_USER",
        value_name = "NAME",
        global = true
    )]
    pub postgres_user: Option<String>,

    /// Connections kept to the database, for each of its two roles [default: 10]
    #[arg(
        long,
        env = "FIELDGRAPH_DATABASE_CONNECTIONS",
        value_name = "N",
        global = true
    )]
    pub database_connections: Option<u32>,

    /// Put demo data into an empty database at the start, and let GraphiQL ask as its people [default: true with the private database, else false]
    #[arg(
        long,
        env = "FIELDGRAPH_DEMO",
        value_name = "BOOL",
        global = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub demo: Option<bool>,

    /// The algorithm that tokens are signed and believed by: HS256, RS256, ES256 or EdDSA [default: HS256 with a secret, the only one that fits with a key]
    #[arg(
        long,
        env = "FIELDGRAPH_JWT_ALGORITHM",
        value_name = "NAME",
        global = true,
        value_enum,
        hide_possible_values = true
    )]
    pub jwt_algorithm: Option<TokenAlgorithm>,
    /// Serve GraphiQL, the page to explore the graph with, at `/` [default: true with the demo, else false]
    #[arg(
        long,
        env = "FIELDGRAPH_GRAPHIQL",
        value_name = "BOOL",
        global = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub graphiql: Option<bool>,

    /// Secret that signs and verifies tokens by HS256, 32 bytes or more [default: with the private database, one made for it]
    #[arg(
        long,
        env = "FIELDGRAPH_JWT_SECRET",
        value_name = "SECRET",
        global = true,
        hide_env_values = true
    )]
    pub jwt_secret: Option<Secret>,

    /// Further secrets of HS256 that are believed and do not sign, so that one can take the other's place; 32 bytes or more, without commas; may be repeated [default: none]
    #[arg(
        long = "jwt-further-secrets",
        env = "FIELDGRAPH_JWT_FURTHER_SECRETS",
        value_name = "SECRET",
        global = true,
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub jwt_further_secrets: Option<Vec<Secret>>,

    /// PEM file with the private key that signs tokens by RS256, ES256 or EdDSA, instead of a secret; `fieldgraph key new` writes one
    #[arg(
        long,
        env = "FIELDGRAPH_JWT_PRIVATE_KEY",
        value_name = "FILE",
        global = true
    )]
    pub jwt_private_key: Option<PathBuf>,

    /// PEM files with further keys, private or public, that are believed and published and do not sign, so that one can take the other's place; may be repeated [default: none]
    #[arg(
        long = "jwt-further-keys",
        env = "FIELDGRAPH_JWT_FURTHER_KEYS",
        value_name = "FILE",
        global = true,
        value_delimiter = ','
    )]
    pub jwt_further_keys: Option<Vec<PathBuf>>,

    /// Issuer (`iss`) that a token must name [default: fieldgraph]
    #[arg(
        long,
        env = "FIELDGRAPH_JWT_ISSUER",
        value_name = "NAME",
        global = true
    )]
    pub jwt_issuer: Option<String>,

    /// Audience (`aud`) that a token must name [default: fieldgraph]
    #[arg(
        long,
        env = "FIELDGRAPH_JWT_AUDIENCE",
        value_name = "NAME",
        global = true
    )]
    pub jwt_audience: Option<String>,

    /// What the subject (`sub`) of a token is: user_id, or auth_provider_id for the name that an identity provider has for the user [default: user_id]
    #[arg(
        long,
        env = "FIELDGRAPH_JWT_SUBJECT",
        value_name = "KIND",
        global = true,
        value_enum,
        hide_possible_values = true
    )]
    pub jwt_subject: Option<SubjectKind>,

    /// Claims that may be missing in a token, of nbf, iss, aud, org and roles, the last two by whatever name: then they are the account's; where one stands, it is checked; may be repeated [default: none]
    #[arg(
        long = "jwt-optional-claims",
        env = "FIELDGRAPH_JWT_OPTIONAL_CLAIMS",
        value_name = "CLAIM",
        global = true,
        value_delimiter = ','
    )]
    pub jwt_optional_claims: Option<Vec<String>>,

    /// Claim of a token that holds the UUID of the bearer's organization [default: org]
    #[arg(
        long,
        env = "FIELDGRAPH_JWT_ORGANIZATION_CLAIM",
        value_name = "NAME",
        global = true
    )]
    pub jwt_organization_claim: Option<String>,

    /// Claim of a token that holds the names of the bearer's roles: a list, or one string for one role [default: roles]
    #[arg(
        long,
        env = "FIELDGRAPH_JWT_ROLES_CLAIM",
        value_name = "NAME",
        global = true
    )]
    pub jwt_roles_claim: Option<String>,

    /// PEM file with the public key of whoever signs tokens, instead of a secret
    #[arg(
        long,
        env = "FIELDGRAPH_JWT_PUBLIC_KEY",
        value_name = "FILE",
        global = true
    )]
    pub jwt_public_key: Option<PathBuf>,

    /// Where an identity provider publishes its public keys (JWKS), instead of a secret; needs the algorithm too
    #[arg(long, env = "FIELDGRAPH_JWKS_URL", value_name = "URL", global = true)]
    pub jwks_url: Option<Url>,

    /// Answer questions about the schema itself, even without a token: for GraphiQL [default: as demo]
    #[arg(
        long,
        env = "FIELDGRAPH_INTROSPECTION",
        value_name = "BOOL",
        global = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub introspection: Option<bool>,

    /// Origins whose pages may call the graph from a browser, as https://app.example, or * for all; may be repeated [default: none]
    #[arg(
        long = "cors-origins",
        env = "FIELDGRAPH_CORS_ORIGINS",
        value_name = "ORIGIN",
        global = true,
        value_delimiter = ','
    )]
    pub cors_origins: Option<Vec<String>>,

    /// Proxies in front of the gateway, as 10.0.0.0/8 or 192.0.2.7, whose X-Forwarded-For is believed; may be repeated [default: none, a client is where its connection comes from]
    #[arg(
        long = "trusted-proxies",
        env = "FIELDGRAPH_TRUSTED_PROXIES",
        value_name = "NETWORK",
        global = true,
        value_delimiter = ','
    )]
    pub trusted_proxies: Option<Vec<String>>,

    /// How long sessions go on.
    #[command(flatten)]
    pub sessions: SessionOptions,

    /// What one request may ask for.
    #[command(flatten)]
    pub limits: LimitOptions,

    /// Megabytes of parsed documents that are kept [default: 64]
    #[arg(
        long,
        env = "FIELDGRAPH_DOCUMENT_CACHE",
        value_name = "MEGABYTES",
        global = true
    )]
    pub document_cache: Option<u32>,

    /// Key that lets its sender see statements and their plans, by the header Fieldgraph-Explain; 16 bytes or more [default: none, nobody sees them]
    #[arg(
        long,
        env = "FIELDGRAPH_EXPLAIN_KEY",
        value_name = "SECRET",
        global = true,
        hide_env_values = true
    )]
    pub explain_key: Option<Secret>,

    /// Milliseconds after which a request to the graph is slow, and its statements are logged; 0 for never [default: 1000]
    #[arg(
        long,
        env = "FIELDGRAPH_SLOW",
        value_name = "MILLISECONDS",
        global = true
    )]
    pub slow: Option<u32>,

    /// What to log: a level, or targets with levels as `info,fieldgraph=debug` [default: info, quieter for the libraries]
    #[arg(long, env = "FIELDGRAPH_LOG", value_name = "FILTER", global = true)]
    pub log: Option<String>,
}

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

    /// These options, and those of `other` where these say nothing. Destructured whole: a new setting that is forgotten here
    /// does not compile.
    fn over(self, other: Self) -> Self {
        let Self {
            config,
            listen,
            data_dir,
            database_url,
            migration_database_url,
            postgres_bin,
            postgres_user,
            database_connections,
            demo,
            jwt_algorithm,
            graphiql,
            jwt_secret,
            jwt_further_secrets,
            jwt_private_key,
            jwt_further_keys,
            jwt_public_key,
            jwt_issuer,
            jwt_audience,
            jwt_subject,
            jwt_optional_claims,
            jwt_organization_claim,
            jwt_roles_claim,
            jwks_url,
            introspection,
            cors_origins,
            trusted_proxies,
            sessions,
            limits,
            document_cache,
            explain_key,
            slow,
            log,
        } = self;
        // An empty variable, as compose files leave them, is one that is not set.
        let given = |secret: Option<Secret>| secret.filter(|secret| !secret.expose().is_empty());
        let named = |name: Option<String>| name.filter(|name| !name.is_empty());
        Self {
            config,
            listen: listen.or(other.listen),
            data_dir: data_dir.or(other.data_dir),
            database_url: given(database_url).or(given(other.database_url)),
            migration_database_url: given(migration_database_url)
                .or(given(other.migration_database_url)),
            postgres_bin: postgres_bin.or(other.postgres_bin),
            postgres_user: named(postgres_user).or(other.postgres_user),
            database_connections: database_connections.or(other.database_connections),
            demo: demo.or(other.demo),
            jwt_algorithm: jwt_algorithm.or(other.jwt_algorithm),
            graphiql: graphiql.or(other.graphiql),
            jwt_secret: given(jwt_secret).or(given(other.jwt_secret)),
            jwt_further_secrets: jwt_further_secrets.or(other.jwt_further_secrets),
            jwt_private_key: jwt_private_key.or(other.jwt_private_key),
            jwt_further_keys: jwt_further_keys.or(other.jwt_further_keys),
            jwt_public_key: jwt_public_key.or(other.jwt_public_key),
            jwt_issuer: named(jwt_issuer).or(other.jwt_issuer),
            jwt_audience: named(jwt_audience).or(other.jwt_audience),
            jwt_subject: jwt_subject.or(other.jwt_subject),
            jwt_optional_claims: jwt_optional_claims.or(other.jwt_optional_claims),
            jwt_organization_claim: named(jwt_organization_claim).or(other.jwt_organization_claim),
            jwt_roles_claim: named(jwt_roles_claim).or(other.jwt_roles_claim),
            jwks_url: jwks_url.or(other.jwks_url),
            introspection: introspection.or(other.introspection),
            cors_origins: cors_origins.or(other.cors_origins),
            trusted_proxies: trusted_proxies.or(other.trusted_proxies),
            sessions: sessions.over(other.sessions),
            limits: limits.over(other.limits),
            document_cache: document_cache.or(other.document_cache),
            explain_key: given(explain_key).or(given(other.explain_key)),
            slow: slow.or(other.slow),
            log: named(log).or(other.log),
        }
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

/// A value that is never printed: not by `Debug`, not in an error, not in a log.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for who really needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// A database URL without its password, for messages.
pub fn without_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            if url.password().is_some() {
                // Fails for URLs that cannot have a password, and those have none.
                let _ = url.set_password(Some("***"));
            }
            // A password may also stand among the parameters.
            url.set_query(None);
            url.into()
        }
        Err(_) => "a URL that cannot be read".to_owned(),
    }
}
