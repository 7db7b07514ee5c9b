//! What verifies tokens: one secret, one public key or a published set of them, and the one algorithm that is believed.
//! Settings that contradict each other are refused here, at the start.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Deserialize;
use thiserror::Error;
use url::{Host, Url};

use super::{ClaimSettings, Secret};

/// HS256 is as strong as its secret; a shorter one is refused.
pub const SHORTEST_SECRET: usize = 32;

/// How a token is signed. One of these is in force, whatever a token says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
pub enum TokenAlgorithm {
    /// HMAC with SHA-256: the secret that signs is the one that verifies
    #[value(name = "HS256")]
    #[serde(rename = "HS256")]
    Hs256,
    /// RSA (PKCS #1 v1.5) with SHA-256
    #[value(name = "RS256")]
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256
    #[value(name = "ES256")]
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519
    #[value(name = "EdDSA")]
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl TokenAlgorithm {
    /// As it stands in a token's header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// How tokens are signed and verified.
#[derive(Clone, Debug)]
pub struct TokenSettings {
    /// By which keys.
    pub keys: TokenKeys,
    /// The issuer that a token must name.
    pub issuer: String,
    /// The audience that a token must name.
    pub audience: String,
    /// What it says otherwise, and where.
    pub claims: ClaimSettings,
}

/// Where the keys come from that verify tokens.
#[derive(Clone, Debug)]
pub enum TokenKeys {
    /// HS256 by this secret; with the private database one is made when it is missing.
    Secret(Option<Secret>),
    /// One public key.
    PublicKey {
        /// The PEM file it is in.
        file: PathBuf,
        /// The algorithm, where it was given; otherwise the kind of the key says it.
        algorithm: Option<TokenAlgorithm>,
    },
    /// The public keys that an identity provider publishes, changing over time.
    Published {
        /// Where the JSON Web Key Set is.
        url: Url,
        /// The algorithm; keys for another one are passed over.
        algorithm: TokenAlgorithm,
    },
}

/// What can be wrong with them.
#[derive(Debug, Error)]
pub enum TokenSettingsError {
    /// A secret that can be guessed.
    #[error(
        "FIELDGRAPH_JWT_SECRET has {length} bytes, it needs {SHORTEST_SECRET} or more: make one with `openssl rand -base64 48`"
    )]
    ShortSecret {
        /// Its length.
        length: usize,
    },
    /// Two sources of keys, of which one would be ignored.
    #[error("{one} and {other} are both set, but one of them verifies tokens: unset the other")]
    TwoSources {
        /// A variable.
        one: &'static str,
        /// The one that contradicts it.
        other: &'static str,
    },
    /// An algorithm of public keys, and none given.
    #[error(
        "FIELDGRAPH_JWT_ALGORITHM is {given}, which needs public keys: set FIELDGRAPH_JWT_PUBLIC_KEY or FIELDGRAPH_JWKS_URL (and no FIELDGRAPH_JWT_SECRET), or make it HS256"
    )]
    NeedsPublicKeys {
        /// What was given.
        given: &'static str,
    },
    /// Whoever knows a public key could sign with it.
    #[error(
        "FIELDGRAPH_JWT_ALGORITHM is HS256, which needs a secret, but {source_of_keys} is set: make it RS256, ES256 or EdDSA, whichever the identity provider signs with"
    )]
    NeedsSecret {
        /// The variable that names public keys.
        source_of_keys: &'static str,
    },
    /// The set may hold keys of several kinds, so it cannot say which algorithm is meant.
    #[error(
        "FIELDGRAPH_JWKS_URL needs FIELDGRAPH_JWT_ALGORITHM beside it: RS256, ES256 or EdDSA, whichever the identity provider signs with"
    )]
    NoAlgorithm,
    /// Keys that somebody on the way could replace.
    #[error(
        "FIELDGRAPH_JWKS_URL must begin with https://; http:// is for this machine alone (localhost, 127.0.0.1, [::1])"
    )]
    InsecureUrl,
}

impl TokenKeys {
    /// Whether whoever has them can sign, so that tokens are ours and not an identity provider's.
    pub const fn are_ours(&self) -> bool {
        match self {
            Self::Secret(_) => true,
            Self::PublicKey { .. } | Self::Published { .. } => false,
        }
    }

    /// Takes what was given, if it fits together.
    pub(super) fn choose(
        algorithm: Option<TokenAlgorithm>,
        secret: Option<Secret>,
        public_key: Option<PathBuf>,
        jwks_url: Option<Url>,
    ) -> Result<Self, TokenSettingsError> {
        const SECRET: &str = "FIELDGRAPH_JWT_SECRET";
        const PUBLIC_KEY: &str = "FIELDGRAPH_JWT_PUBLIC_KEY";
        const JWKS_URL: &str = "FIELDGRAPH_JWKS_URL";
        let two = |one, other| Err(TokenSettingsError::TwoSources { one, other });
        match (secret, public_key, jwks_url) {
            (Some(_), Some(_), _) => two(SECRET, PUBLIC_KEY),
            (Some(_), _, Some(_)) => two(SECRET, JWKS_URL),
            (_, Some(_), Some(_)) => two(PUBLIC_KEY, JWKS_URL),
            (None, Some(file), None) => {
                refuse_secret_algorithm(algorithm, PUBLIC_KEY)?;
                Ok(Self::PublicKey { file, algorithm })
            }
            (None, None, Some(url)) => {
                refuse_secret_algorithm(algorithm, JWKS_URL)?;
                if !cannot_be_replaced_on_the_way(&url) {
                    return Err(TokenSettingsError::InsecureUrl);
                }
                let algorithm = algorithm.ok_or(TokenSettingsError::NoAlgorithm)?;
                Ok(Self::Published { url, algorithm })
            }
            (secret, None, None) => match (algorithm, secret) {
                (Some(other), _) if other != TokenAlgorithm::Hs256 => {
                    Err(TokenSettingsError::NeedsPublicKeys {
                        given: other.name(),
                    })
                }
                (_, Some(secret)) if secret.expose().len() < SHORTEST_SECRET => {
                    Err(TokenSettingsError::ShortSecret {
                        length: secret.expose().len(),
                    })
                }
                (_, secret) => Ok(Self::Secret(secret)),
            },
        }
    }
}

fn refuse_secret_algorithm(
    algorithm: Option<TokenAlgorithm>,
    source_of_keys: &'static str,
) -> Result<(), TokenSettingsError> {
    match algorithm {
        Some(TokenAlgorithm::Hs256) => Err(TokenSettingsError::NeedsSecret { source_of_keys }),
        _ => Ok(()),
    }
}

fn cannot_be_replaced_on_the_way(url: &Url) -> bool {
    url.scheme() == "https" || url.scheme() == "http" && is_this_machine(url)
}

/// Whether a URL names a host of this machine.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
