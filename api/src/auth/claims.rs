//! What a token says of its bearer, and whether that may be believed here and now. The signature is not looked at here.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Rejected;
use super::verifier::LEEWAY_SECONDS;
use crate::settings::{ClaimSettings, OptionalClaim, SubjectKind, TokenSettings};

/// Whom a token is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A user of the organization that the token names.
    User(Uuid),
    /// Whoever an identity provider calls so.
    Provider(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(formatter),
            Self::Provider(name) => name.fmt(formatter),
        }
    }
}

/// What a verified token says of its bearer; nothing else about a caller is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub sub: Subject,
    /// The organization: the tenant of everything the bearer does. None where it need not be said: then it is the user's.
    pub org: Option<Uuid>,
    /// Names of the user's roles. None where they need not be said: then they are those of the tables.
    pub roles: Option<Vec<String>>,
    /// Who signed, where that need not be said.
    pub iss: Option<String>,
    /// For whom, where that need not be said; of several audiences, the one that is us.
    pub aud: Option<String>,
    /// When it was signed, in seconds of the epoch; not every identity provider says it.
    pub iat: Option<i64>,
    /// From when on it is valid, where that need not be said.
    pub nbf: Option<i64>,
    /// Until when.
    pub exp: i64,
    /// Identity of the token itself, where it has one.
    pub jti: Option<String>,
    /// The user's `token_version` when it was signed, where we signed it ourselves.
    pub ver: Option<i64>,
}

impl Claims {
    /// As they stand in a token, under the names of the settings.
    pub(super) fn written(self, names: &ClaimSettings) -> Map<String, Value> {
        let mut written = Map::new();
        for (name, value) in [
            ("sub", json!(self.sub.to_string())),
            (&names.organization, json!(self.org)),
            (&names.roles, json!(self.roles)),
            ("iss", json!(self.iss)),
            ("aud", json!(self.aud)),
            ("iat", json!(self.iat)),
            ("nbf", json!(self.nbf)),
            ("exp", json!(self.exp)),
            ("jti", json!(self.jti)),
            ("ver", json!(self.ver)),
        ] {
            if !value.is_null() {
                written.insert(name.to_owned(), value);
            }
        }
        written
    }
}

/// The claims as they came: anything may be missing and of any kind, but nothing stands twice.
pub(super) struct Said(HashMap<String, Value>);

impl Said {
    /// Believes what is complete, addressed to us and valid now.
    pub(super) fn check(
        self,
        settings: &TokenSettings,
        now: DateTime<Utc>,
    ) -> Result<Claims, Rejected> {
        let now = now.timestamp();
        let exp = self.required("exp", seconds)?;
        let nbf = self.unless_optional(OptionalClaim::Nbf, settings, seconds)?;
        if now >= exp.saturating_add(LEEWAY_SECONDS) {
            return Err(Rejected::Expired);
        }
        if nbf.is_some_and(|nbf| now.saturating_add(LEEWAY_SECONDS) < nbf) {
            return Err(Rejected::NotYetValid);
        }
        let iss = self.unless_optional(OptionalClaim::Iss, settings, string)?;
        if iss.as_ref().is_some_and(|iss| *iss != settings.issuer) {
            return Err(Rejected::Issuer);
        }
        let aud = self.unless_optional(OptionalClaim::Aud, settings, one_or_more_strings)?;
        if aud
            .as_ref()
            .is_some_and(|aud| !aud.contains(&settings.audience))
        {
            return Err(Rejected::Audience);
        }
        Ok(Claims {
            sub: match settings.claims.subject {
                SubjectKind::UserId => Subject::User(self.required("sub", uuid)?),
                SubjectKind::AuthProviderId => Subject::Provider(self.required("sub", string)?),
            },
            org: self.unless_optional(OptionalClaim::Org, settings, uuid)?,
            roles: self.unless_optional(OptionalClaim::Roles, settings, one_or_more_strings)?,
            iss,
            aud: aud.map(|_| settings.audience.clone()),
            iat: self.optional("iat", seconds)?,
            nbf,
            exp,
            jti: self.optional("jti", string)?,
            // Identity providers have a claim of this name too, with a version of their own in it.
            ver: if settings.keys.are_ours() {
                self.optional("ver", Value::as_i64)?
            } else {
                None
            },
        })
    }

    fn required<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, Rejected> {
        self.optional(name, read)?
            .ok_or_else(|| Rejected::Claim(name.to_owned()))
    }

    fn unless_optional<T>(
        &self,
        claim: OptionalClaim,
        settings: &TokenSettings,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Rejected> {
        let name = match claim {
            OptionalClaim::Org => &settings.claims.organization,
            OptionalClaim::Roles => &settings.claims.roles,
            OptionalClaim::Nbf | OptionalClaim::Iss | OptionalClaim::Aud => claim.name(),
        };
        if settings.claims.optional.contains(&claim) {
            self.optional(name, read)
        } else {
            self.required(name, read).map(Some)
        }
    }

    /// What may be missing may not be of another kind.
    fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Rejected> {
        self.0
            .get(name)
            .map(|value| read(value).ok_or_else(|| Rejected::Claim(name.to_owned())))
            .transpose()
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Once)
    }
}

/// Reads each claim once. Of one that stands twice, some readers take the first and some the last.
struct Once;

impl<'de> Visitor<'de> for Once {
    type Value = Said;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the claims of a token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<Said, A::Error> {
        let mut said = HashMap::new();
        while let Some((name, value)) = given.next_entry::<String, Value>()? {
            if said.insert(name, value).is_some() {
                return Err(A::Error::custom("a claim stands twice"));
            }
        }
        Ok(Said(said))
    }
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

fn one_or_more_strings(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(several) => several.iter().map(string).collect(),
        _ => None,
    }
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}
