//! Private keys of our own: the one that signs, and those that are believed and published beside it, so that each can take
//! the other's place without a token becoming worthless. A key's id is its thumbprint (RFC 7638), the same in every gateway.

use std::path::{Path, PathBuf};

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{EncodingKey, Header};
use thiserror::Error;

use super::private_key::{self, PrivateKeyError};
use super::public_key::{self, PublicKeyError, algorithm_of};
use super::verifying_key::VerifyingKey;
use crate::settings::{FURTHER_KEYS, PRIVATE_KEY, TokenAlgorithm};

/// Why one of our keys cannot be used.
#[derive(Debug, Error)]
pub enum OwnKeyError {
    /// The file cannot be read.
    #[error("cannot read {variable} {}: {reason}", file.display())]
    Unreadable {
        /// The variable that names it.
        variable: &'static str,
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{variable} {} cannot be used: {reason}", file.display())]
    Unfit {
        /// The variable that names it.
        variable: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: PrivateKeyError,
    },
}

/// The key that signs, and what stands in the header of what it signed.
pub(super) struct SigningKey {
    pub(super) header: Header,
    pub(super) key: EncodingKey,
}

/// The keys that are believed.
pub(super) struct OwnKeys {
    signing: Believed,
    further: Vec<Believed>,
}

struct Believed {
    id: String,
    key: VerifyingKey,
    published: Jwk,
}

/// The key that signs, alone.
pub(super) fn signing_key(
    file: &Path,
    wanted: Option<TokenAlgorithm>,
) -> Result<SigningKey, OwnKeyError> {
    read(PRIVATE_KEY, file, |pem| {
        let private = private_key::from_pem(pem)?;
        let believed = Believed::new(&private.public, wanted)?;
        Ok(SigningKey {
            header: Header {
                kid: Some(believed.id),
                ..Header::new(algorithm_of(believed.key.algorithm()))
            },
            key: private.signing,
        })
    })
}

impl OwnKeys {
    /// Reads all of them. One that is named twice, as in the midst of a rotation, is there once.
    pub(super) fn new(
        signing: &Path,
        further: &[PathBuf],
        wanted: Option<TokenAlgorithm>,
    ) -> Result<Self, OwnKeyError> {
        let mut keys = Self {
            signing: read(PRIVATE_KEY, signing, |pem| {
                let private = private_key::from_pem(pem)?;
                Ok(Believed::new(&private.public, wanted)?)
            })?,
            further: Vec::new(),
        };
        for file in further {
            let key = read(FURTHER_KEYS, file, either_half)?;
            if keys.all().all(|known| known.id != key.id) {
                keys.further.push(key);
            }
        }
        Ok(keys)
    }

    fn all(&self) -> impl Iterator<Item = &Believed> {
        std::iter::once(&self.signing).chain(&self.further)
    }

    /// The key of this id; of a token that names none, the only one there is.
    pub(super) fn find(&self, id: Option<&str>) -> Option<&VerifyingKey> {
        let found = match id {
            Some(id) => self.all().find(|key| key.id == id),
            None => Some(&self.signing).filter(|_| self.further.is_empty()),
        };
        found.map(|believed| &believed.key)
    }

    /// Their public parts, for those who verify our tokens.
    pub(super) fn published(&self) -> JwkSet {
        JwkSet {
            keys: self.all().map(|key| key.published.clone()).collect(),
        }
    }

    /// Which one signs, by which algorithm, and how many there are beside it, for the operator.
    pub(super) fn describe(&self) -> String {
        let further = match self.further.len() {
            0 => "none".to_owned(),
            count => count.to_string(),
        };
        format!(
            "signed and verified by {} with the key {}, {further} more believed",
            self.signing.key.algorithm().name(),
            self.signing.id,
        )
    }
}

impl Believed {
    /// From the public half, in PEM.
    fn new(pem: &str, wanted: Option<TokenAlgorithm>) -> Result<Self, PublicKeyError> {
        let (algorithm, key) = public_key::from_pem(pem, wanted)?;
        let mut published = Jwk::from_decoding_key(&key, Some(algorithm_of(algorithm)))
            .map_err(|_| PublicKeyError::Unfit)?;
        let id = published
            .thumbprint(ThumbprintHash::SHA256)
            .map_err(|_| PublicKeyError::Unfit)?;
        published.common.key_id = Some(id.clone());
        published.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            id,
            key: VerifyingKey::new(algorithm, key),
            published,
        })
    }
}

/// Of a key that no longer signs, the public half is enough.
fn either_half(pem: &str) -> Result<Believed, PrivateKeyError> {
    let public = match private_key::from_pem(pem) {
        Ok(private) => private.public,
        Err(PrivateKeyError::NotPrivate) => pem.to_owned(),
        Err(error) => return Err(error),
    };
    Ok(Believed::new(&public, None)?)
}

fn read<T>(
    variable: &'static str,
    file: &Path,
    understand: impl FnOnce(&str) -> Result<T, PrivateKeyError>,
) -> Result<T, OwnKeyError> {
    let pem = std::fs::read_to_string(file).map_err(|reason| OwnKeyError::Unreadable {
        variable,
        file: file.to_owned(),
        reason,
    })?;
    understand(&pem).map_err(|reason| OwnKeyError::Unfit {
        variable,
        file: file.to_owned(),
        reason,
    })
}
