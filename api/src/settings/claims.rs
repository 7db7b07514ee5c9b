//! What a token has to say, and under which names: identity providers differ in that.

use clap::ValueEnum;
use serde::Deserialize;
use thiserror::Error;

use super::TokenKeys;

/// Claims whose names and meanings are fixed (RFC 7519), and our own.
const REGISTERED: [&str; 8] = ["sub", "iss", "aud", "exp", "nbf", "iat", "jti", "ver"];

/// What the subject of a token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum SubjectKind {
    /// The UUID of the user
    #[default]
    UserId,
    /// The name that an identity provider has for the user, as the account has it too
    AuthProviderId,
}

/// The claims in which identity providers differ.
#[derive(Clone, Debug)]
pub struct ClaimSettings {
    /// What `sub` is.
    pub subject: SubjectKind,
    /// Holds the bearer's organization.
    pub organization: String,
    /// Holds the bearer's roles.
    pub roles: String,
    /// May be missing.
    pub optional: Vec<OptionalClaim>,
}

/// A claim that some identity providers leave out. `exp` is none of them: a token that is good for ever cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionalClaim {
    /// From when on the token is valid.
    Nbf,
    /// Who signed it.
    Iss,
    /// For whom.
    Aud,
    /// The bearer's organization, by whatever name: then it is the account's.
    Org,
    /// The bearer's roles, by whatever name: then they are those that the account has in the tables.
    Roles,
}

impl OptionalClaim {
    const ALL: [Self; 5] = [Self::Nbf, Self::Iss, Self::Aud, Self::Org, Self::Roles];

    /// As it stands in the settings, and in a token that follows our names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nbf => "nbf",
            Self::Iss => "iss",
            Self::Aud => "aud",
            Self::Org => "org",
            Self::Roles => "roles",
        }
    }
}

/// What can be wrong with them.
#[derive(Debug, Error)]
pub enum ClaimSettingsError {
    /// A claim that every token needs, or one that is not looked at.
    #[error(
        "FIELDGRAPH_JWT_OPTIONAL_CLAIMS has {given:?}, but only nbf, iss, aud, org and roles may be missing: write those of them that your identity provider leaves out, as nbf,aud"
    )]
    NotOptional {
        /// What was given.
        given: String,
    },
    /// Nothing else would say whose organization it is.
    #[error(
        "FIELDGRAPH_JWT_OPTIONAL_CLAIMS has org, but a user's id is one of their organization: set FIELDGRAPH_JWT_SUBJECT to auth_provider_id, or leave org out"
    )]
    NoOrganization,
    /// Subjects of a provider, and none there.
    #[error(
        "FIELDGRAPH_JWT_SUBJECT is auth_provider_id, which is for tokens of an identity provider: set FIELDGRAPH_JWKS_URL or FIELDGRAPH_JWT_PUBLIC_KEY too, or make it user_id"
    )]
    NoProvider,
    /// A name that means something else.
    #[error(
        "{variable} is {given}, a claim with a meaning of its own: name the one that your identity provider writes for this purpose"
    )]
    Registered {
        /// The variable.
        variable: &'static str,
        /// What was given.
        given: String,
    },
    /// One claim for two purposes.
    #[error(
        "FIELDGRAPH_JWT_ORGANIZATION_CLAIM and FIELDGRAPH_JWT_ROLES_CLAIM are both {given}: name two claims"
    )]
    Same {
        /// What was given.
        given: String,
    },
}

impl ClaimSettings {
    /// Takes what was given, if a token can say all of it.
    pub(super) fn choose(
        keys: &TokenKeys,
        subject: Option<SubjectKind>,
        organization: Option<String>,
        roles: Option<String>,
        optional: Vec<String>,
    ) -> Result<Self, ClaimSettingsError> {
        let organization = named("FIELDGRAPH_JWT_ORGANIZATION_CLAIM", organization, "org")?;
        let roles = named("FIELDGRAPH_JWT_ROLES_CLAIM", roles, "roles")?;
        if organization == roles {
            return Err(ClaimSettingsError::Same { given: roles });
        }
        let optional = optional
            .into_iter()
            // An empty variable, as compose files leave them.
            .filter(|name| !name.is_empty())
            .map(|given| {
                OptionalClaim::ALL
                    .into_iter()
                    .find(|claim| claim.name() == given)
                    .ok_or(ClaimSettingsError::NotOptional { given })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let subject = subject.unwrap_or_default();
        match subject {
            SubjectKind::AuthProviderId if keys.are_ours() => {
                return Err(ClaimSettingsError::NoProvider);
            }
            SubjectKind::UserId if optional.contains(&OptionalClaim::Org) => {
                return Err(ClaimSettingsError::NoOrganization);
            }
            SubjectKind::UserId | SubjectKind::AuthProviderId => {}
        }
        Ok(Self {
            subject,
            organization,
            roles,
            optional,
        })
    }
}

fn named(
    variable: &'static str,
    given: Option<String>,
    usual: &str,
) -> Result<String, ClaimSettingsError> {
    match given {
        Some(given) if REGISTERED.contains(&given.as_str()) => {
            Err(ClaimSettingsError::Registered { variable, given })
        }
        Some(given) => Ok(given),
        None => Ok(usual.to_owned()),
    }
}
