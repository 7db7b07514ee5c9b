//! The secret that signs tokens beside the private database: made once and kept in the data folder, so that tokens outlive a
//! restart.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use uuid::Uuid;

use super::token::TokenError;
use crate::settings::{SHORTEST_SECRET, Secret};

/// Its file in the data folder.
const SECRET_FILE: &str = "jwt-secret";

/// The secret, made when it is missing.
pub(super) fn kept_secret(folder: &Path) -> Result<Secret, TokenError> {
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
