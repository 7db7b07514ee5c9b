//! The settings as they are given. [`Options`] is the flag, the environment variable and the key of the file at the same time.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use url::Url;

use super::{LimitOptions, Secret, SessionOptions, SubjectKind, TokenAlgorithm};

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

impl Options {
    /// These options, and those of `other` where these say nothing. Destructured whole: a new setting that is forgotten here
    /// does not compile.
    pub(super) fn over(self, other: Self) -> Self {
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
            graphiql,
            jwt_algorithm,
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
            graphiql: graphiql.or(other.graphiql),
            jwt_algorithm: jwt_algorithm.or(other.jwt_algorithm),
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
}
