//! What signs and verifies tokens: secrets or private keys of our own, or the public keys of an identity provider. Settings
//! that contradict each other are refused here, at the start.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Deserialize;
use thiserror::Error;
use url::{Host, Url};

use super::{ClaimSettings, Secret};

/// HS256 is as strong as its secret; a shorter one is refused.
pub const SHORTEST_SECRET: usize = 32;

const SECRET: &str = "FIELDGRAPH_JWT_SECRET";
const FURTHER_SECRETS: &str = "FIELDGRAPH_JWT_FURTHER_SECRETS";
/// The setting that names the key that signs.
pub(crate) const PRIVATE_KEY: &str = "FIELDGRAPH_JWT_PRIVATE_KEY";
/// The setting that names the keys that are believed beside it.
pub(crate) const FURTHER_KEYS: &str = "FIELDGRAPH_JWT_FURTHER_KEYS";
const PUBLIC_KEY: &str = "FIELDGRAPH_JWT_PUBLIC_KEY";
const JWKS_URL: &str = "FIELDGRAPH_JWKS_URL";

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

/// Where the keys come from that sign and verify tokens.
#[derive(Clone, Debug)]
pub enum TokenKeys {
    /// HS256.
    Secrets {
        /// Signs, and is believed; with the private database one is made when it is missing.
        signing: Option<Secret>,
        /// Are believed too: the next one, or the last one while its tokens are valid.
        further: Vec<Secret>,
    },
    /// Private keys of our own, whose public parts we publish.
    Own {
        /// The PEM file of the one that signs.
        signing: PathBuf,
        /// PEM files of those that are believed and published too: the next one, or the last one while its tokens are valid.
        further: Vec<PathBuf>,
        /// The algorithm, where it was given; otherwise the kind of the key says it.
        algorithm: Option<TokenAlgorithm>,
    },
    /// The one public key of an identity provider.
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

/// The settings that [`TokenKeys`] are chosen from, as they were given.
pub(super) struct GivenKeys {
    pub algorithm: Option<TokenAlgorithm>,
    pub secret: Option<Secret>,
    pub further_secrets: Vec<Secret>,
    pub private_key: Option<PathBuf>,
    pub further_keys: Vec<PathBuf>,
    pub public_key: Option<PathBuf>,
    pub jwks_url: Option<Url>,
}

/// What can be wrong with them.
#[derive(Debug, Error)]
pub enum TokenSettingsError {
    /// A secret that can be guessed.
    #[error(
        "{variable} has {length} bytes, it needs {SHORTEST_SECRET} or more: make one with `openssl rand -base64 48`"
    )]
    ShortSecret {
        /// The variable.
        variable: &'static str,
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
    /// Keys that are believed, and none that signs.
    #[error(
        "FIELDGRAPH_JWT_FURTHER_KEYS is set and FIELDGRAPH_JWT_PRIVATE_KEY is not, but one key must sign: name it there"
    )]
    NothingSigns,
    /// An algorithm of key pairs, and none given.
    #[error(
        "FIELDGRAPH_JWT_ALGORITHM is {given}, which needs keys: set FIELDGRAPH_JWT_PRIVATE_KEY to sign here, or FIELDGRAPH_JWT_PUBLIC_KEY or FIELDGRAPH_JWKS_URL where an identity provider signs (and no FIELDGRAPH_JWT_SECRET), or make it HS256"
    )]
    NeedsKeys {
        /// What was given.
        given: &'static str,
    },
    /// Whoever knows a public key could sign with it.
    #[error(
        "FIELDGRAPH_JWT_ALGORITHM is HS256, which needs a secret, but {source_of_keys} is set: make it RS256, ES256 or EdDSA, whichever the key is for"
    )]
    NeedsSecret {
        /// The variable that names keys.
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
            Self::Secrets { .. } | Self::Own { .. } => true,
            Self::PublicKey { .. } | Self::Published { .. } => false,
        }
    }

    /// Takes what was given, if it fits together.
    pub(super) fn choose(given: GivenKeys) -> Result<Self, TokenSettingsError> {
        let GivenKeys {
            algorithm,
            secret,
            further_secrets,
            private_key,
            further_keys,
            public_key,
            jwks_url,
        } = given;
        let sources = [
            (SECRET, secret.is_some()),
            (PRIVATE_KEY, private_key.is_some()),
            (PUBLIC_KEY, public_key.is_some()),
            (JWKS_URL, jwks_url.is_some()),
            (
                FURTHER_SECRETS,
                secret.is_none() && !further_secrets.is_empty(),
            ),
            (
                FURTHER_KEYS,
                private_key.is_none() && !further_keys.is_empty(),
            ),
        ];
        let mut given = sources.iter().filter(|(_, given)| *given);
        if let (Some((one, _)), Some((other, _))) = (given.next(), given.next()) {
            return Err(TokenSettingsError::TwoSources { one, other });
        }
        if let Some(signing) = private_key {
            refuse_secret_algorithm(algorithm, PRIVATE_KEY)?;
            Ok(Self::Own {
                signing,
                further: further_keys,
                algorithm,
            })
        } else if !further_keys.is_empty() {
            Err(TokenSettingsError::NothingSigns)
        } else if let Some(file) = public_key {
            refuse_secret_algorithm(algorithm, PUBLIC_KEY)?;
            Ok(Self::PublicKey { file, algorithm })
        } else if let Some(url) = jwks_url {
            refuse_secret_algorithm(algorithm, JWKS_URL)?;
            if !cannot_be_replaced_on_the_way(&url) {
                return Err(TokenSettingsError::InsecureUrl);
            }
            let algorithm = algorithm.ok_or(TokenSettingsError::NoAlgorithm)?;
            Ok(Self::Published { url, algorithm })
        } else {
            if let Some(other) = algorithm.filter(|given| *given != TokenAlgorithm::Hs256) {
                let given = other.name();
                return Err(TokenSettingsError::NeedsKeys { given });
            }
            secret
                .iter()
                .try_for_each(|secret| check_secret(SECRET, secret))?;
            further_secrets
                .iter()
                .try_for_each(|secret| check_secret(FURTHER_SECRETS, secret))?;
            Ok(Self::Secrets {
                signing: secret,
                further: further_secrets,
            })
        }
    }
}

fn check_secret(variable: &'static str, secret: &Secret) -> Result<(), TokenSettingsError> {
    match secret.expose().len() {
        SHORTEST_SECRET.. => Ok(()),
        length => Err(TokenSettingsError::ShortSecret { variable, length }),
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
