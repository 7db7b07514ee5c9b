//! Private keys in PEM that sign our tokens: made, and read. What a key may be is decided by its public part, in
//! [`public_key`](super::public_key).

use ed25519_dalek::SigningKey;
use jsonwebtoken::EncodingKey;
use p256::elliptic_curve::rand_core::OsRng;
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use thiserror::Error;

use super::PublicKeyError;
use crate::settings::{Secret, TokenAlgorithm};

/// As long as RS256 needs it and everybody reads it.
const NEW_RSA_BITS: usize = 2048;
const LABELS: [&str; 3] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/// Why a PEM file holds no key to sign with; the file's name is said by whoever read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PrivateKeyError {
    /// A public key, one under a passphrase, or no PEM at all.
    #[error(
        "it does not begin with -----BEGIN PRIVATE KEY----- (PKCS #8, without a passphrase); `fieldgraph key new` writes one"
    )]
    NotPrivate,
    /// A private key, but not for us.
    #[error(transparent)]
    Unfit(#[from] PublicKeyError),
}

/// Why no key could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NewKeyError {
    /// Secrets are no keys.
    #[error("HS256 has a secret and no key: make one with `openssl rand -base64 48`")]
    Secret,
    /// No randomness, or none that made a key.
    #[error("the key could not be made; try again")]
    Failed,
}

/// A key to sign with, and its public part in PEM.
pub(super) struct PrivateKey {
    pub(super) signing: EncodingKey,
    pub(super) public: String,
}

/// The key in a PEM file.
pub(super) fn from_pem(pem: &str) -> Result<PrivateKey, PrivateKeyError> {
    let pem = pem.trim_start();
    if !LABELS
        .iter()
        .any(|label| pem.starts_with(&format!("-----BEGIN {label}-----")))
    {
        return Err(PrivateKeyError::NotPrivate);
    }
    rsa(pem)
        .or_else(|| p256(pem))
        .or_else(|| ed25519(pem))
        .ok_or(PrivateKeyError::Unfit(PublicKeyError::Unfit))
}

/// A fresh key for an algorithm, in PEM.
pub fn new_private_key(algorithm: TokenAlgorithm) -> Result<Secret, NewKeyError> {
    let pem = match algorithm {
        TokenAlgorithm::Hs256 => return Err(NewKeyError::Secret),
        TokenAlgorithm::Rs256 => RsaPrivateKey::new(&mut OsRng, NEW_RSA_BITS)
            .map_err(|_| NewKeyError::Failed)?
            .to_pkcs8_pem(LineEnding::LF),
        TokenAlgorithm::Es256 => p256::SecretKey::random(&mut OsRng).to_pkcs8_pem(LineEnding::LF),
        TokenAlgorithm::EdDsa => SigningKey::generate(&mut OsRng).to_pkcs8_pem(LineEnding::LF),
    };
    pem.map(|pem| Secret::new(pem.as_str()))
        .map_err(|_| NewKeyError::Failed)
}

fn rsa(pem: &str) -> Option<PrivateKey> {
    let key = RsaPrivateKey::from_pkcs8_pem(pem)
        .ok()
        .or_else(|| RsaPrivateKey::from_pkcs1_pem(pem).ok())?;
    Some(PrivateKey {
        signing: EncodingKey::from_rsa_der(key.to_pkcs1_der().ok()?.as_bytes()),
        public: in_pem(&key.to_public_key())?,
    })
}

fn p256(pem: &str) -> Option<PrivateKey> {
    let key = p256::SecretKey::from_pkcs8_pem(pem)
        .ok()
        .or_else(|| p256::SecretKey::from_sec1_pem(pem).ok())?;
    Some(PrivateKey {
        signing: EncodingKey::from_ec_der(key.to_pkcs8_der().ok()?.as_bytes()),
        public: in_pem(&key.public_key())?,
    })
}

fn ed25519(pem: &str) -> Option<PrivateKey> {
    let key = SigningKey::from_pkcs8_pem(pem).ok()?;
    Some(PrivateKey {
        signing: EncodingKey::from_ed_der(key.to_pkcs8_der().ok()?.as_bytes()),
        public: in_pem(&key.verifying_key())?,
    })
}

fn in_pem(key: &impl EncodePublicKey) -> Option<String> {
    key.to_public_key_pem(LineEnding::LF).ok()
}
