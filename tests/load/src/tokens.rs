//! Tokens for the engines: an admin of each organization.

use std::time::Duration;

use chrono::{DateTime, Utc};
use fieldgraph::auth::token::sign;
use fieldgraph::settings::{Secret, TokenKeys, TokenSettings};

use crate::Failure;
use crate::truth::Organization;

/// What all engines verify tokens by.
pub const SECRET: &str = "the secret of the benchmark, 32 bytes or more";

/// A token of an organization's admin, valid for half a day from `now`.
pub fn token(
    organization: &Organization,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<String, Failure> {
    let settings = TokenSettings {
        keys: TokenKeys::Secret(None),
        issuer: "fieldgraph".to_owned(),
        audience: "fieldgraph".to_owned(),
    };
    sign(
        &settings,
        &Secret::new(secret),
        (organization.id, organization.admin),
        vec!["admin".to_owned()],
        now,
        Duration::from_secs(12 * 3600),
    )
    .map_err(|error| Failure::engine("token", error.to_string()))
}
