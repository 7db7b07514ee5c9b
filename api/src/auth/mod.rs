//! Who the caller is and what they may do: passwords, sessions, tokens, and the permissions that a token's roles lead to.

mod claims;
mod hashing;
mod kept;
mod kept_secret;
mod key_set;
mod listener;
pub mod password;
mod permissions;
mod public_key;
mod sessions;
mod standing;
mod throttle;
pub mod token;
mod verifier;

pub use claims::Claims;
pub use key_set::KeySetError;
pub use listener::listen;
pub use permissions::PermissionBook;
pub use public_key::PublicKeyError;
pub use sessions::{PASSWORDS, Sessions};
pub use standing::Standing;
pub use token::{Grant, Signer, TokenError};
pub use verifier::{LEEWAY_SECONDS, LONGEST_TOKEN, Rejected, Verifier, VerifierError};
