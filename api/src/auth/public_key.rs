//! Public keys that verify tokens: read from PEM or from a JSON Web Key, and believed only for the one algorithm they fit.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, crypto};
use thiserror::Error;

use crate::settings::TokenAlgorithm;

/// In bytes. Shorter RSA keys are not allowed for RS256 (RFC 7518), longer ones are not read by the library.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

/// Why a PEM file holds no key for us; the file's name is said by whoever read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PublicKeyError {
    /// A certificate, a private key, or no PEM at all.
    #[error(
        "it does not begin with -----BEGIN PUBLIC KEY-----; `openssl pkey -in private.pem -pubout` writes it so"
    )]
    NotPublic,
    /// No algorithm for it here.
    #[error(
        "its key is none for RS256 (RSA of 2048 to 4096 bits), ES256 (P-256) or EdDSA (Ed25519)"
    )]
    Unfit,
    /// Another algorithm than was set.
    #[error("its key is for {0}; set FIELDGRAPH_JWT_ALGORITHM to that, or leave it out")]
    Other(&'static str),
}

/// The name the library has for it.
pub(super) const fn algorithm_of(algorithm: TokenAlgorithm) -> Algorithm {
    match algorithm {
        TokenAlgorithm::Hs256 => Algorithm::HS256,
        TokenAlgorithm::Rs256 => Algorithm::RS256,
        TokenAlgorithm::Es256 => Algorithm::ES256,
        TokenAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

/// The key in a PEM file and its algorithm: the one that was set, or the only one that a key of its kind is for.
pub(super) fn from_pem(
    pem: &str,
    wanted: Option<TokenAlgorithm>,
) -> Result<(TokenAlgorithm, DecodingKey), PublicKeyError> {
    // The library reads private keys and certificates too, and would take what it finds first in them.
    let pem = pem.trim_start();
    if !["PUBLIC KEY", "RSA PUBLIC KEY"]
        .iter()
        .any(|label| pem.starts_with(&format!("-----BEGIN {label}-----")))
    {
        return Err(PublicKeyError::NotPublic);
    }
    let key = DecodingKey::from_ec_pem(pem.as_bytes())
        .or_else(|_| DecodingKey::from_ed_pem(pem.as_bytes()))
        .or_else(|_| DecodingKey::from_rsa_pem(pem.as_bytes()))
        .map_err(|_| PublicKeyError::Unfit)?;
    let jwk = Jwk::from_decoding_key(&key, None).map_err(|_| PublicKeyError::Unfit)?;
    let algorithm = natural_algorithm(&jwk).ok_or(PublicKeyError::Unfit)?;
    if wanted.is_some_and(|wanted| wanted != algorithm) {
        return Err(PublicKeyError::Other(algorithm.name()));
    }
    let key = from_jwk(&jwk, algorithm).ok_or(PublicKeyError::Unfit)?;
    Ok((algorithm, key))
}

/// The key, if it is one to verify tokens of this algorithm with.
pub(super) fn from_jwk(jwk: &Jwk, algorithm: TokenAlgorithm) -> Option<DecodingKey> {
    let common = &jwk.common;
    let meant = common
        .public_key_use
        .as_ref()
        .is_none_or(|meant| *meant == PublicKeyUse::Signature)
        && common
            .key_operations
            .as_ref()
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify))
        && common
            .key_algorithm
            .is_none_or(|named| named == algorithm_of(algorithm).into());
    if !meant || natural_algorithm(jwk) != Some(algorithm) {
        return None;
    }
    let key = DecodingKey::from_jwk(jwk).ok()?;
    is_sound(&key, algorithm).then_some(key)
}

/// What a key of this kind and curve is for. A symmetric key is for nothing: a published secret is none.
fn natural_algorithm(jwk: &Jwk) -> Option<TokenAlgorithm> {
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Some(TokenAlgorithm::Rs256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Some(TokenAlgorithm::Es256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Some(TokenAlgorithm::EdDsa)
        }
        _ => None,
    }
}

/// Whether the key can work at all, so that it does not fail, or panic, with the first token.
fn is_sound(key: &DecodingKey, algorithm: TokenAlgorithm) -> bool {
    let measured = match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, .. } => {
            let zeros = n.iter().take_while(|byte| **byte == 0).count();
            RSA_MODULUS.contains(&(n.len() - zeros))
        }
        // The library takes the first 32 bytes of an Ed25519 key without asking whether there are as many.
        DecodingKeyKind::SecretOrDer(bytes) => {
            algorithm != TokenAlgorithm::EdDsa || bytes.len() == 32
        }
    };
    // A point that is not on the curve is an error, a signature that does not fit is none.
    measured && crypto::verify("", b"", key, algorithm_of(algorithm)).is_ok()
}
