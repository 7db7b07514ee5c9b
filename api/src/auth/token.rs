//! Tokens of our own: the secret that signs them, and the signing. [`Verifier`](super::Verifier) reads them.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::{EncodingKey, Header};
use thiserror::Error;
use uuid::Uuid;

use super::Claims;
use crate::settings::{
    DatabaseSettings, SHORTEST_SECRET, Secret, Settings, TokenKeys, TokenSettings,
};

/// The file in the data folder that holds the secret made for the private database.
const SECRET_FILE: &str = "jwt-secret";

/// Why there is no token.
#[derive(Debug, Error)]
pub enum TokenError {
    /// An identity provider signs, not we.
    #[error(
        "tokens are signed elsewhere, where the keys are that FIELDGRAPH_JWKS_URL or FIELDGRAPH_JWT_PUBLIC_KEY names; to sign them here unset it and set FIELDGRAPH_JWT_SECRET"
    )]
    SignedElsewhere,
    /// Nothing to sign with.
    #[error(
        "no secret to sign tokens with: set FIELDGRAPH_JWT_SECRET to 32 bytes or more, the same for every gateway, or name the public keys of an identity provider with FIELDGRAPH_JWKS_URL or FIELDGRAPH_JWT_PUBLIC_KEY"
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
    /// Should not happen with HS256.
    #[error("cannot sign the token")]
    Signing,
}

/// The secret in force: the one that was given or, with the private database, one made once and kept in the data folder.
pub fn signing_secret(settings: &Settings) -> Result<Secret, TokenError> {
    match (&settings.tokens.keys, &settings.database) {
        (TokenKeys::Secret(Some(secret)), _) => Ok(secret.clone()),
        (TokenKeys::Secret(None), DatabaseSettings::Private { .. }) => {
            kept_secret(&settings.data_dir)
        }
        (TokenKeys::Secret(None), DatabaseSettings::Given { .. }) => Err(TokenError::NoSecret),
        (TokenKeys::PublicKey { .. } | TokenKeys::Published { .. }, _) => {
            Err(TokenError::SignedElsewhere)
        }
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
    let secret = std::fs::read_to_string(&path).map_err(failed)?;
    if secret.len() < SHORTEST_SECRET {
        return Err(TokenError::ShortSecretFile { path });
    }
    Ok(Secret::new(secret))
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
        iss: Some(settings.issuer.clone()),
        aud: Some(settings.audience.clone()),
        iat: Some(now.timestamp()),
        nbf: Some(now.timestamp()),
        exp: (now + lifetime).timestamp(),
        jti: Some(Uuid::new_v4().to_string()),
    };
    jsonwebtoken::encode(
        &Header::default(),
        &claims.written(&settings.claims),
        &EncodingKey::from_secret(secret.expose().as_bytes()),
    )
    .map_err(|_| TokenError::Signing)
}
