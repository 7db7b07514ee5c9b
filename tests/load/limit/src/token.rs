//! Who asks: an HS256 token, verified anew for every request.

use axum::http::HeaderValue;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use uuid::Uuid;

/// The caller, as the token says.
#[derive(Deserialize)]
pub struct Caller {
    /// The organization.
    pub org: Uuid,
    /// The user.
    pub sub: Uuid,
}

/// Verifies tokens.
pub struct Tokens {
    key: DecodingKey,
    rules: Validation,
}

impl Tokens {
    /// By a secret.
    pub fn new(secret: &str) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.validate_nbf = true;
        rules.set_issuer(&["fieldgraph"]);
        rules.set_audience(&["fieldgraph"]);
        Self {
            key: DecodingKey::from_secret(secret.as_bytes()),
            rules,
        }
    }

    /// Who the header names, if it may be believed.
    pub fn verify(&self, authorization: &HeaderValue) -> Option<Caller> {
        let token = authorization.to_str().ok()?.strip_prefix("Bearer ")?;
        decode(token, &self.key, &self.rules)
            .ok()
            .map(|token| token.claims)
    }
}
