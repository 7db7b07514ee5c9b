//! Whether a token is believed.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};

use super::token::Claims;
use crate::settings::{Secret, TokenSettings};

/// A token that is not believed. Why is nobody's business.
#[derive(Clone, Copy, Debug)]
pub struct Rejected;

/// Verifies tokens that were signed with the secret.
pub struct Verifier {
    key: DecodingKey,
    validation: Validation,
}

impl Verifier {
    /// For tokens of this issuer and audience, signed with this secret.
    pub fn new(settings: &TokenSettings, secret: &Secret) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_exp = false;
        Self {
            key: DecodingKey::from_secret(secret.expose().as_bytes()),
            validation,
        }
    }

    /// What the token claims, if it is believed now.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Rejected> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation)
            .map_err(|_| Rejected)?
            .claims;
        if claims.exp > now.timestamp() {
            Ok(claims)
        } else {
            Err(Rejected)
        }
    }
}
