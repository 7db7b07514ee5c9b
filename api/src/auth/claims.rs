//! What a token says of its bearer, and whether that may be believed here and now. The signature is not looked at here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Rejected;
use super::verifier::LEEWAY_SECONDS;
use crate::settings::TokenSettings;

/// What a verified token says of its bearer; nothing else about a caller is believed.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// The organization: the tenant of everything the bearer does.
    pub org: Uuid,
    /// Names of the user's roles.
    pub roles: Vec<String>,
    /// Who signed.
    pub iss: String,
    /// For whom; of several audiences, the one that is us.
    pub aud: String,
    /// When it was signed, in seconds of the epoch; not every identity provider says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// From when on it is valid.
    pub nbf: i64,
    /// Until when.
    pub exp: i64,
    /// Identity of the token itself, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// The claims as they came: anything may be missing and of any kind. A claim that stands twice is no JSON for serde.
#[derive(Deserialize)]
pub(super) struct Said {
    sub: Option<Value>,
    org: Option<Value>,
    roles: Option<Value>,
    iss: Option<Value>,
    aud: Option<Value>,
    iat: Option<Value>,
    nbf: Option<Value>,
    exp: Option<Value>,
    jti: Option<Value>,
}

impl Said {
    /// Believes what is complete, addressed to us and valid now.
    pub(super) fn check(
        self,
        settings: &TokenSettings,
        now: DateTime<Utc>,
    ) -> Result<Claims, Rejected> {
        let now = now.timestamp();
        let exp = required("exp", self.exp, seconds)?;
        let nbf = required("nbf", self.nbf, seconds)?;
        if now >= exp.saturating_add(LEEWAY_SECONDS) {
            return Err(Rejected::Expired);
        }
        if now.saturating_add(LEEWAY_SECONDS) < nbf {
            return Err(Rejected::NotYetValid);
        }
        let iss = required("iss", self.iss, string)?;
        if iss != settings.issuer {
            return Err(Rejected::Issuer);
        }
        if !required("aud", self.aud, one_or_more_strings)?.contains(&settings.audience) {
            return Err(Rejected::Audience);
        }
        Ok(Claims {
            sub: required("sub", self.sub, uuid)?,
            org: required("org", self.org, uuid)?,
            roles: required("roles", self.roles, strings)?,
            iss,
            aud: settings.audience.clone(),
            iat: optional("iat", self.iat, seconds)?,
            nbf,
            exp,
            jti: optional("jti", self.jti, string)?,
        })
    }
}

fn required<T>(
    name: &'static str,
    said: Option<Value>,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<T, Rejected> {
    optional(name, said, read)?.ok_or(Rejected::Claim(name))
}

fn optional<T>(
    name: &'static str,
    said: Option<Value>,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, Rejected> {
    said.map(|value| read(&value).ok_or(Rejected::Claim(name)))
        .transpose()
}

/// A `NumericDate` may have a fraction; the second it falls into is exact enough.
fn seconds(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(ToOwned::to_owned)
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(string).collect()
}

fn one_or_more_strings(value: &Value) -> Option<Vec<String>> {
    string(value)
        .map(|one| vec![one])
        .or_else(|| strings(value))
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}
