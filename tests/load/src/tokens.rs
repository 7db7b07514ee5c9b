//! Tokens for the engines: an admin of each organization.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use crate::Failure;
use crate::truth::Organization;

/// What all engines verify tokens by.
pub const SECRET: &str = "the secret of the benchmark, 32 bytes or more";

/// A token of an organization's admin, valid for half a day from `now`. Some engines look for one role, some for several.
pub fn token(
    organization: &Organization,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<String, Failure> {
    let claims = json!({
        "sub": organization.admin,
        "org": organization.id,
        "role": "admin",
        "roles": ["admin"],
        "iss": "fieldgraph",
        "aud": "fieldgraph",
        "iat": now.timestamp(),
        "nbf": now.timestamp(),
        "exp": (now + TimeDelta::hours(12)).timestamp(),
    });
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::default(), &claims, &key)
        .map_err(|error| Failure::engine("token", error.to_string()))
}
