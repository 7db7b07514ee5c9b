//! Tokens of our own: what they say and the key that signs them. [`Verifier`](super::Verifier) reads them.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::{EncodingKey, Header};
use thiserror::Error;
use uuid::Uuid;

use super::claims::{Claims, Subject};
use super::kept_secret::kept_secret;
use super::own_keys::{OwnKeyError, SigningKey, signing_key};
use crate::settings::{
    DatabaseSettings, SHORTEST_SECRET, Secret, Settings, TokenKeys, TokenSettings,
};

/// Why there is no token.
#[derive(Debug, Error)]
pub enum TokenError {
    /// An identity provider signs, not we.
    #[error(
        "tokens are signed elsewhere, where the keys are that FIELDGRAPH_JWKS_URL or FIELDGRAPH_JWT_PUBLIC_KEY names; to sign them here unset it and set FIELDGRAPH_JWT_SECRET or FIELDGRAPH_JWT_PRIVATE_KEY"
    )]
    SignedElsewhere,
    /// Nothing to sign with.
    #[error(
        "no secret to sign tokens with: set FIELDGRAPH_JWT_SECRET to 32 bytes or more, or FIELDGRAPH_JWT_PRIVATE_KEY to a key, the same for every gateway, or name the public keys of an identity provider with FIELDGRAPH_JWKS_URL or FIELDGRAPH_JWT_PUBLIC_KEY"
    )]
    NoSecret,
    /// The secret of the private database cannot be kept.
    #[error("cannot keep the secret for tokens in {}: {reason}; make the folder writable or set FIELDGRAPH_JWT_SECRET", path.display())]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The kept secret was cut short.
    #[error("the secret for tokens in {} has fewer than {SHORTEST_SECRET} bytes; delete the file and another one is made", path.display())]
    ShortSecretFile {
        /// The file.
        path: PathBuf,
    },
    /// The key of ours cannot be used.
    #[error(transparent)]
    Key(#[from] OwnKeyError),
    /// The system has no randomness, which RSA needs: nothing else can go wrong with a key that was read.
    #[error("cannot sign the token")]
    Signing,
}

/// Signs tokens with the key of the settings. Two gateways with the same settings sign alike.
#[derive(Clone)]
pub struct Signer {
    settings: TokenSettings,
    header: Header,
    key: EncodingKey,
}

/// For whom a token is, and with what rights.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The tenant of all that its bearer does.
    pub organization: Uuid,
    /// Its bearer.
    pub user: Uuid,
    /// Names of the roles it claims.
    pub roles: Vec<String>,
    /// The user's `token_version`; a token is refused as soon as the user has another. Without it, it lives until it expires.
    pub version: Option<i32>,
}

impl Signer {
    /// Reads the key. [`TokenError::SignedElsewhere`] where the keys are an identity provider's: then nobody can sign in here.
    pub fn new(settings: &Settings) -> Result<Self, TokenError> {
        let (header, key) = match &settings.tokens.keys {
            TokenKeys::Secrets { signing, .. } => {
                let secret = secret_in_force(signing.as_ref(), settings)?;
                let key = EncodingKey::from_secret(secret.expose().as_bytes());
                (Header::default(), key)
            }
            TokenKeys::Own {
                signing, algorithm, ..
            } => {
                let SigningKey { header, key } = signing_key(signing, *algorithm)?;
                (header, key)
            }
            TokenKeys::PublicKey { .. } | TokenKeys::Published { .. } => {
                return Err(TokenError::SignedElsewhere);
            }
        };
        Ok(Self {
            settings: settings.tokens.clone(),
            header,
            key,
        })
    }

    /// A token that is valid from now on, for so long.
    pub fn sign(
        &self,
        grant: &Grant,
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Result<String, TokenError> {
        let claims = Claims {
            sub: Subject::User(grant.user),
            org: Some(grant.organization),
            roles: Some(grant.roles.clone()),
            iss: Some(self.settings.issuer.clone()),
            aud: Some(self.settings.audience.clone()),
            iat: Some(now.timestamp()),
            nbf: Some(now.timestamp()),
            exp: (now + lifetime).timestamp(),
            jti: Some(Uuid::new_v4().to_string()),
            ver: grant.version.map(i64::from),
        };
        jsonwebtoken::encode(
            &self.header,
            &claims.written(&self.settings.claims),
            &self.key,
        )
        .map_err(|_| TokenError::Signing)
    }
}

/// The secret in force: the one that was given or, with the private database, one made once and kept in the data folder.
pub(super) fn secret_in_force(
    given: Option<&Secret>,
    settings: &Settings,
) -> Result<Secret, TokenError> {
    match (given, &settings.database) {
        (Some(secret), _) => Ok(secret.clone()),
        (None, DatabaseSettings::Private { .. }) => kept_secret(&settings.data_dir),
        (None, DatabaseSettings::Given { .. }) => Err(TokenError::NoSecret),
    }
}
