//! Whether a token is to be believed. The algorithm and the keys are those of the settings; a token's header only says which
//! of the keys it was signed with.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use thiserror::Error;

use super::Claims;
use super::claims::Said;
use super::key_set::{KeySet, KeySetError};
use super::public_key::{self, PublicKeyError, algorithm_of};
use super::token::{TokenError, signing_secret};
use crate::settings::{Settings, TokenAlgorithm, TokenKeys, TokenSettings};

/// By how much two clocks may differ.
pub const LEEWAY_SECONDS: i64 = 10;
/// In bytes. Longer ones are refused unread.
pub const LONGEST_TOKEN: usize = 8 * 1024;

/// Why a token is not believed: for the log. The caller learns that it is not, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejected {
    /// Not worth reading.
    #[error("it has {0} bytes, more than {LONGEST_TOKEN}")]
    TooLong(usize),
    /// Not three parts of base64 and JSON, or an algorithm that nobody knows, `none` among them.
    #[error("it is no signed token that can be read")]
    Malformed,
    /// Known, but not the one that is set.
    #[error("it is signed by {0}, which is not the algorithm that is set")]
    Algorithm(String),
    /// Its header demands what is not done here.
    #[error("its header demands extensions (crit)")]
    Extensions,
    /// The key it names is not among the published ones, or it names none of several.
    #[error("the key {0:?} that it names is not among those published")]
    UnknownKey(Option<String>),
    /// The published keys cannot be had, so that nobody's token can be verified: no fault of the caller.
    #[error("the keys to verify it with cannot be fetched")]
    NoKeys,
    /// Somebody else signed it, or it was changed.
    #[error("its signature is wrong")]
    Signature,
    /// A claim is missing or of another kind.
    #[error("its claim {0} is missing or cannot be used")]
    Claim(String),
    /// `exp` is over.
    #[error("it has expired")]
    Expired,
    /// `nbf` is still to come.
    #[error("it is not valid yet")]
    NotYetValid,
    /// `iss` is another.
    #[error("it names another issuer")]
    Issuer,
    /// `aud` is another.
    #[error("it is meant for another audience")]
    Audience,
}

impl Rejected {
    /// Whether it is not the token that is at fault: answer 503 and not 401, or clients throw good tokens away.
    pub fn is_unavailable(&self) -> bool {
        *self == Self::NoKeys
    }

    /// Callers write ids as long as they like; the log needs the beginning.
    pub(super) fn unknown_key(id: Option<&str>) -> Self {
        Self::UnknownKey(id.map(|id| id.chars().take(64).collect()))
    }
}

/// Why no token can be verified with these settings.
#[derive(Debug, Error)]
pub enum VerifierError {
    /// No secret.
    #[error(transparent)]
    Secret(#[from] TokenError),
    /// The public key cannot be read.
    #[error("cannot read FIELDGRAPH_JWT_PUBLIC_KEY {}: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("FIELDGRAPH_JWT_PUBLIC_KEY {} cannot be used: {reason}", file.display())]
    PublicKey {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: PublicKeyError,
    },
    /// The published keys cannot be asked for.
    #[error(transparent)]
    KeySet(#[from] KeySetError),
}

/// Verifies tokens. One for the whole process: it keeps the published keys.
pub struct Verifier {
    settings: TokenSettings,
    algorithm: TokenAlgorithm,
    validation: Validation,
    keys: Keys,
}

enum Keys {
    Secret(Arc<DecodingKey>),
    File(Arc<DecodingKey>, PathBuf),
    Published(KeySet),
}

impl Verifier {
    /// Reads the secret or the key. A published set is fetched with the first token, so that the identity provider may be away.
    pub fn new(settings: &Settings) -> Result<Self, VerifierError> {
        let (algorithm, keys) = match &settings.tokens.keys {
            TokenKeys::Secret(_) => {
                let secret = signing_secret(settings)?;
                let key = DecodingKey::from_secret(secret.expose().as_bytes());
                (TokenAlgorithm::Hs256, Keys::Secret(Arc::new(key)))
            }
            TokenKeys::PublicKey { file, algorithm } => {
                let pem =
                    std::fs::read_to_string(file).map_err(|reason| VerifierError::Unreadable {
                        file: file.clone(),
                        reason,
                    })?;
                let (algorithm, key) =
                    public_key::from_pem(&pem, *algorithm).map_err(|reason| {
                        VerifierError::PublicKey {
                            file: file.clone(),
                            reason,
                        }
                    })?;
                (algorithm, Keys::File(Arc::new(key), file.clone()))
            }
            TokenKeys::Published { url, algorithm } => (
                *algorithm,
                Keys::Published(KeySet::new(url.clone(), *algorithm)?),
            ),
        };
        Ok(Self {
            settings: settings.tokens.clone(),
            algorithm,
            validation: signature_alone(algorithm),
            keys,
        })
    }

    /// The claims of a token that is to be believed at this moment.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Rejected> {
        if token.len() > LONGEST_TOKEN {
            return Err(Rejected::TooLong(token.len()));
        }
        let header = decode_header(token).map_err(|_| Rejected::Malformed)?;
        if header.alg != algorithm_of(self.algorithm) {
            return Err(Rejected::Algorithm(format!("{:?}", header.alg)));
        }
        if header.crit.is_some() {
            return Err(Rejected::Extensions);
        }
        let key = match &self.keys {
            Keys::Secret(key) | Keys::File(key, _) => Arc::clone(key),
            Keys::Published(keys) => keys.find(header.kid.as_deref(), now).await?,
        };
        decode::<Said>(token, &key, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => Rejected::Signature,
                _ => Rejected::Malformed,
            })?
            .claims
            .check(&self.settings, now)
    }

    /// What verifies tokens, in a sentence for the operator; published keys are asked for, to see whether they are there.
    pub async fn describe(&self) -> Result<String, VerifierError> {
        let algorithm = self.algorithm.name();
        Ok(match &self.keys {
            Keys::Secret(_) => format!("signed and verified by {algorithm}"),
            Keys::File(_, file) => {
                format!("verified by {algorithm} with the key in {}", file.display())
            }
            Keys::Published(keys) => {
                let count = keys.count().await?;
                format!(
                    "verified by {algorithm} with the keys at {}, at present {count}",
                    keys.place()
                )
            }
        })
    }
}

/// The library is asked for the signature only: it reads the clock itself, and takes a claim that it does not find for right.
fn signature_alone(algorithm: TokenAlgorithm) -> Validation {
    let mut validation = Validation::new(algorithm_of(algorithm));
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}
