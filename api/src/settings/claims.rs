//! What a token has to say, and under which names: identity providers differ in that.

use thiserror::Error;

/// Claims whose names and meanings are fixed (RFC 7519), and our own.
const REGISTERED: [&str; 8] = ["sub", "iss", "aud", "exp", "nbf", "iat", "jti", "ver"];

/// The claims in which identity providers differ.
#[derive(Clone, Debug)]
pub struct ClaimSettings {
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
}

impl OptionalClaim {
    /// As it stands in a token.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nbf => "nbf",
            Self::Iss => "iss",
            Self::Aud => "aud",
        }
    }
}

/// What can be wrong with them.
#[derive(Debug, Error)]
pub enum ClaimSettingsError {
    /// A claim that every token needs, or one that is not looked at.
    #[error(
        "FIELDGRAPH_JWT_OPTIONAL_CLAIMS has {given:?}, but only nbf, iss and aud may be missing: write those of them that your identity provider leaves out, as nbf,aud"
    )]
    NotOptional {
        /// What was given.
        given: String,
    },
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
                [OptionalClaim::Nbf, OptionalClaim::Iss, OptionalClaim::Aud]
                    .into_iter()
                    .find(|claim| claim.name() == given)
                    .ok_or(ClaimSettingsError::NotOptional { given })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
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
