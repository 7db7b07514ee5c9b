//! What one request may ask for: each limit as it is given, and in force.

use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use super::SettingsError;

/// The limits as they are given; in the file they are the table `[limits]`.
#[derive(Args, Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitOptions {
    /// Bytes of a request's body, after which it is not read on [default: 1048576]
    #[arg(
        long = "limit-body",
        env = "FIELDGRAPH_LIMIT_BODY",
        value_name = "BYTES",
        global = true
    )]
    #[serde(rename = "body")]
    pub limit_body: Option<u32>,

    /// Tokens of a document, and fields of it once its fragments are expanded [default: 15000]
    #[arg(
        long = "limit-tokens",
        env = "FIELDGRAPH_LIMIT_TOKENS",
        value_name = "N",
        global = true
    )]
    #[serde(rename = "tokens")]
    pub limit_tokens: Option<u32>,

    /// Fields below each other in a document; introspection has its own, fixed limit [default: 15]
    #[arg(
        long = "limit-depth",
        env = "FIELDGRAPH_LIMIT_DEPTH",
        value_name = "N",
        global = true
    )]
    #[serde(rename = "depth")]
    pub limit_depth: Option<u32>,

    /// Aliases in an operation, its fragments expanded [default: 30]
    #[arg(
        long = "limit-aliases",
        env = "FIELDGRAPH_LIMIT_ALIASES",
        value_name = "N",
        global = true
    )]
    #[serde(rename = "aliases")]
    pub limit_aliases: Option<u32>,

    /// Fields at the root of an operation [default: 20]
    #[arg(
        long = "limit-root-fields",
        env = "FIELDGRAPH_LIMIT_ROOT_FIELDS",
        value_name = "N",
        global = true
    )]
    #[serde(rename = "root_fields")]
    pub limit_root_fields: Option<u32>,

    /// Directives in an operation, its fragments expanded [default: 50]
    #[arg(
        long = "limit-directives",
        env = "FIELDGRAPH_LIMIT_DIRECTIVES",
        value_name = "N",
        global = true
    )]
    #[serde(rename = "directives")]
    pub limit_directives: Option<u32>,

    /// Operations in one request [default: 10]
    #[arg(
        long = "limit-batch",
        env = "FIELDGRAPH_LIMIT_BATCH",
        value_name = "N",
        global = true
    )]
    #[serde(rename = "batch")]
    pub limit_batch: Option<u32>,

    /// Rows of one page of a list, in each place of a document where there is one [default: 100]
    #[arg(
        long = "limit-page",
        env = "FIELDGRAPH_LIMIT_PAGE",
        value_name = "ROWS",
        global = true
    )]
    #[serde(rename = "page")]
    pub limit_page: Option<u32>,

    /// Rows that an operation may touch by its page sizes: of 100 photos with 20 detections each, and 20 tags on each of those, 42100 [default: 100000]
    #[arg(
        long = "limit-cost",
        env = "FIELDGRAPH_LIMIT_COST",
        value_name = "ROWS",
        global = true
    )]
    #[serde(rename = "cost")]
    pub limit_cost: Option<u32>,

    /// Seconds a request may take before it is cancelled, in the database too [default: 10]
    #[arg(
        long = "limit-time",
        env = "FIELDGRAPH_LIMIT_TIME",
        value_name = "SECONDS",
        global = true
    )]
    #[serde(rename = "time")]
    pub limit_time: Option<u32>,

    /// Seconds a client may take to send a request's head, and as many again for its body [default: 30]
    #[arg(
        long = "limit-socket-time",
        env = "FIELDGRAPH_LIMIT_SOCKET_TIME",
        value_name = "SECONDS",
        global = true
    )]
    #[serde(rename = "socket_time")]
    pub limit_socket_time: Option<u32>,
}

/// The limits in force. None is zero.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Tokens of a document, and fields of it with its fragments expanded.
    pub tokens: u64,
    /// Fields below each other.
    pub depth: u64,
    /// Aliases in an operation.
    pub aliases: u64,
    /// Fields at an operation's root.
    pub root_fields: u64,
    /// Directives in an operation.
    pub directives: u64,
    /// Operations in one request.
    pub batch: usize,
    /// Rows of one page.
    pub page: u64,
    /// Rows that an operation may touch.
    pub cost: u64,
    /// How long a request may take.
    pub time: Duration,
    /// How long a client may take to send a head, or a body.
    pub socket_time: Duration,
}

impl LimitOptions {
    pub(super) fn over(self, other: Self) -> Self {
        Self {
            limit_body: self.limit_body.or(other.limit_body),
            limit_tokens: self.limit_tokens.or(other.limit_tokens),
            limit_depth: self.limit_depth.or(other.limit_depth),
            limit_aliases: self.limit_aliases.or(other.limit_aliases),
            limit_root_fields: self.limit_root_fields.or(other.limit_root_fields),
            limit_directives: self.limit_directives.or(other.limit_directives),
            limit_batch: self.limit_batch.or(other.limit_batch),
            limit_page: self.limit_page.or(other.limit_page),
            limit_cost: self.limit_cost.or(other.limit_cost),
            limit_time: self.limit_time.or(other.limit_time),
            limit_socket_time: self.limit_socket_time.or(other.limit_socket_time),
        }
    }

    pub(super) fn complete(self) -> Result<Limits, SettingsError> {
        let chosen = |name, given: Option<u32>, default| match given {
            Some(0) => Err(SettingsError::NothingAllowed { name }),
            Some(given) => Ok(given),
            None => Ok(default),
        };
        let seconds = |name, given, default| {
            chosen(name, given, default).map(|seconds| Duration::from_secs(seconds.into()))
        };
        Ok(Limits {
            body: chosen("FIELDGRAPH_LIMIT_BODY", self.limit_body, 1 << 20)? as usize,
            tokens: chosen("FIELDGRAPH_LIMIT_TOKENS", self.limit_tokens, 15_000)?.into(),
            depth: chosen("FIELDGRAPH_LIMIT_DEPTH", self.limit_depth, 15)?.into(),
            aliases: chosen("FIELDGRAPH_LIMIT_ALIASES", self.limit_aliases, 30)?.into(),
            root_fields: chosen("FIELDGRAPH_LIMIT_ROOT_FIELDS", self.limit_root_fields, 20)?.into(),
            directives: chosen("FIELDGRAPH_LIMIT_DIRECTIVES", self.limit_directives, 50)?.into(),
            batch: chosen("FIELDGRAPH_LIMIT_BATCH", self.limit_batch, 10)? as usize,
            page: chosen("FIELDGRAPH_LIMIT_PAGE", self.limit_page, 100)?.into(),
            cost: chosen("FIELDGRAPH_LIMIT_COST", self.limit_cost, 100_000)?.into(),
            time: seconds("FIELDGRAPH_LIMIT_TIME", self.limit_time, 10)?,
            socket_time: seconds("FIELDGRAPH_LIMIT_SOCKET_TIME", self.limit_socket_time, 30)?,
        })
    }
}
