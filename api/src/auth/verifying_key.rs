//! A key and the one algorithm that it is believed for: whoever has the key cannot use it for another (RFC 8725, 3.1).

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, Header, Validation, decode};

use super::Rejected;
use super::claims::Said;
use super::public_key::algorithm_of;
use crate::settings::TokenAlgorithm;

/// Verifies what was signed by its other half, or by the same secret.
pub(super) struct VerifyingKey {
    algorithm: TokenAlgorithm,
    key: DecodingKey,
    validation: Validation,
}

impl VerifyingKey {
    pub(super) fn new(algorithm: TokenAlgorithm, key: DecodingKey) -> Self {
        Self {
            algorithm,
            key,
            validation: signature_alone(algorithm),
        }
    }

    pub(super) const fn algorithm(&self) -> TokenAlgorithm {
        self.algorithm
    }

    /// What a token says that this key signed.
    pub(super) fn read(&self, header: &Header, token: &str) -> Result<Said, Rejected> {
        if header.alg != algorithm_of(self.algorithm) {
            return Err(Rejected::algorithm(header));
        }
        decode(token, &self.key, &self.validation)
            .map(|read| read.claims)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => Rejected::Signature,
                _ => Rejected::Malformed,
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
