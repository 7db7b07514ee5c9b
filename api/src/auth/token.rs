//! Tokens: what they claim, and the secret that signs them.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::{EncodingKey, Header};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::settings::{DatabaseSettings, Secret, Settings, TokenSettings};

/// The file in the data folder that holds the secret made for the private database.
const SECRET_FILE: &str = "jwt-secret";

/// What a token says of its bearer; nothing else about a caller is believed.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// The organization: the tenant of everything the bearer does.
    pub org: Uuid,
    /// Names of the user's roles.
    pub roles: Vec<String>,
    /// Who signed.
    pub iss: String,
    /// For whom.
    pub aud: String,
    /// Since when, in seconds of the epoch.
    pub iat: i64,
    /// Until when.
    pub exp: i64,
    /// Identity of the token itself.
    pub jti: Uuid,
}

/// Why there is no token.
#[derive(Debug, Error)]
pub enum TokenError {
    /// An identity provider signs, not we.
    #[error(
        "tokens come from the identity provider at FIELDGRAPH_JWKS_URL; to sign them here set FIELDGRAPH_JWT_SECRET"
    )]
    SignedElsewhere,
    /// Nothing to sign with.
    #[error(
        "no secret to sign tokens with: set FIELDGRAPH_JWT_SECRET to 32 bytes or more, the same for every gateway"
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
    /// Should not happen with HS256.
    #[error("cannot sign the token")]
    Signing,
}

/// The secret in force: the one that was given or, with the private database, one made once and kept in the data folder.
pub fn signing_secret(settings: &Settings) -> Result<Secret, TokenError> {
    match (&settings.tokens.secret, &settings.database) {
        (Some(secret), _) => Ok(secret.clone()),
        (None, _) if settings.tokens.jwks_url.is_some() => Err(TokenError::SignedElsewhere),
        (None, DatabaseSettings::Private { .. }) => kept_secret(&settings.data_dir),
        (None, DatabaseSettings::Given { .. }) => Err(TokenError::NoSecret),
    }
}

fn kept_secret(folder: &Path) -> Result<Secret, TokenError> {
    let path = folder.join(SECRET_FILE);
    let failed = |reason| TokenError::SecretFile {
        path: path.clone(),
        reason,
    };
    if !path.exists() {
        std::fs::create_dir_all(folder).map_err(failed)?;
        // Whole or not at all, and the first of two gateways wins: written beside, then linked.
        let draft = folder.join(format!("{SECRET_FILE}.{}", Uuid::new_v4().simple()));
        // Two random UUIDs hold 244 random bits.
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| file.write_all(secret.as_bytes()))
            .map_err(failed)?;
        let linked = std::fs::hard_link(&draft, &path);
        std::fs::remove_file(&draft).map_err(failed)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => {}
        }
    }
    std::fs::read_to_string(&path)
        .map(Secret::new)
        .map_err(failed)
}

/// Signs a token for a user of an organization.
pub fn sign(
    settings: &TokenSettings,
    secret: &Secret,
    (organization, user): (Uuid, Uuid),
    roles: Vec<String>,
    now: DateTime<Utc>,
    lifetime: Duration,
) -> Result<String, TokenError> {
    let claims = Claims {
        sub: user,
        org: organization,
        roles,
        iss: settings.issuer.clone(),
        aud: settings.audience.clone(),
        iat: now.timestamp(),
        exp: (now + lifetime).timestamp(),
        jti: Uuid::new_v4(),
    };
    jsonwebtoken::encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(secret.expose().as_bytes()),
    )
    .map_err(|_| TokenError::Signing)
}
