//! Whether a token is to be believed. The algorithm and the keys are those of the settings; a token's header only says which
//! of the keys it was signed with.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Header, decode_header};
use thiserror::Error;

use super::Claims;
use super::claims::Said;
use super::key_set::{KeySet, KeySetError};
use super::own_keys::{OwnKeyError, OwnKeys};
use super::public_key::{self, PublicKeyError};
use super::token::{TokenError, secret_in_force};
use super::verifying_key::VerifyingKey;
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
    /// Signed by who may sign, but for another purpose: a logout, a proof, an event.
    #[error("it is of another kind (typ) than a token that says who is calling")]
    Kind,
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

    /// Of a token's own choice, not of the settings'.
    pub(super) fn algorithm(header: &Header) -> Self {
        Self::Algorithm(format!("{:?}", header.alg))
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
    /// A key of ours cannot be used.
    #[error(transparent)]
    OwnKey(#[from] OwnKeyError),
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
    keys: Keys,
}

enum Keys {
    /// The first one signs.
    Secrets(Vec<VerifyingKey>),
    Own(Box<OwnKeys>),
    File(Box<VerifyingKey>, PathBuf),
    Published(KeySet),
}

impl Verifier {
    /// Reads the secrets or the keys. A published set is fetched with the first token, so that the identity provider may be away.
    pub fn new(settings: &Settings) -> Result<Self, VerifierError> {
        let keys = match &settings.tokens.keys {
            TokenKeys::Secrets { signing, further } => {
                let signing = secret_in_force(signing.as_ref(), settings)?;
                let keys = std::iter::once(&signing).chain(further).map(|secret| {
                    let key = DecodingKey::from_secret(secret.expose().as_bytes());
                    VerifyingKey::new(TokenAlgorithm::Hs256, key)
                });
                Keys::Secrets(keys.collect())
            }
            TokenKeys::Own {
                signing,
                further,
                algorithm,
            } => Keys::Own(Box::new(OwnKeys::new(signing, further, *algorithm)?)),
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
                let key = Box::new(VerifyingKey::new(algorithm, key));
                Keys::File(key, file.clone())
            }
            TokenKeys::Published { url, algorithm } => {
                Keys::Published(KeySet::new(url.clone(), *algorithm)?)
            }
        };
        Ok(Self {
            settings: settings.tokens.clone(),
            keys,
        })
    }

    /// The claims of a token that is to be believed at this moment.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Rejected> {
        if token.len() > LONGEST_TOKEN {
            return Err(Rejected::TooLong(token.len()));
        }
        let header = decode_header(token).map_err(|_| Rejected::Malformed)?;
        if header.crit.is_some() {
            return Err(Rejected::Extensions);
        }
        if !header.typ.as_deref().is_none_or(says_who_is_calling) {
            return Err(Rejected::Kind);
        }
        let id = header.kid.as_deref();
        let said = match &self.keys {
            Keys::Secrets(keys) => read_by_any(keys, &header, token)?,
            Keys::Own(keys) => keys
                .find(id)
                .ok_or_else(|| Rejected::unknown_key(id))?
                .read(&header, token)?,
            Keys::File(key, _) => key.read(&header, token)?,
            Keys::Published(keys) => keys.find(&header, now).await?.read(&header, token)?,
        };
        said.check(&self.settings, now)
    }

    /// The public keys by which others may verify the tokens that we sign; none where we sign by a secret, or not at all.
    pub fn published_keys(&self) -> Option<JwkSet> {
        match &self.keys {
            Keys::Own(keys) => Some(keys.published()),
            Keys::Secrets(_) | Keys::File(..) | Keys::Published(_) => None,
        }
    }

    /// What verifies tokens, in a sentence for the operator; published keys are asked for, to see whether they are there.
    pub async fn describe(&self) -> Result<String, VerifierError> {
        Ok(match &self.keys {
            Keys::Secrets(keys) => match keys.len() {
                1 => "signed and verified by HS256".to_owned(),
                count => format!("signed by HS256, verified by any of {count} secrets"),
            },
            Keys::Own(keys) => keys.describe(),
            Keys::File(key, file) => format!(
                "verified by {} with the key in {}",
                key.algorithm().name(),
                file.display()
            ),
            Keys::Published(keys) => format!(
                "verified by {} with the keys at {}, at present {}",
                keys.algorithm().name(),
                keys.place(),
                keys.count().await?
            ),
        })
    }
}

/// A secret has no id that could be told without helping those who guess at it, so each is tried; there are one or two.
fn read_by_any(keys: &[VerifyingKey], header: &Header, token: &str) -> Result<Said, Rejected> {
    keys.iter()
        .map(|key| key.read(header, token))
        .find(|read| !matches!(read, Err(Rejected::Signature)))
        .unwrap_or(Err(Rejected::Signature))
}

/// Access tokens are of the kind `at+jwt` (RFC 9068), or do not say more than that they are tokens. What else the same key
/// signs, as the notice of a sign-out, may have the same claims and says so here.
fn says_who_is_calling(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    matches!(
        kind.strip_prefix("application/").unwrap_or(&kind),
        "jwt" | "at+jwt"
    )
}
