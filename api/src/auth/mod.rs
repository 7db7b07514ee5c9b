//! Who the caller is and what they may do: passwords, sessions, tokens, and the permissions that a token's roles lead to.

mod claims;
mod hashing;
mod kept;
mod kept_secret;
mod key_set;
mod listener;
mod own_keys;
pub mod password;
mod permissions;
mod private_key;
mod public_key;
mod sessions;
mod standing;
mod throttle;
pub mod token;
mod verifier;
mod verifying_key;

pub use claims::{Claims, Subject};
pub use key_set::KeySetError;
pub use listener::listen;
pub use own_keys::OwnKeyError;
pub use permissions::PermissionBook;
pub use private_key::{NewKeyError, PrivateKeyError, new_private_key};
pub use public_key::PublicKeyError;
pub use sessions::{PASSWORDS, Sessions};
pub use standing::{Bearer, Standing};
pub use token::{Grant, Signer, TokenError};
pub use verifier::{LEEWAY_SECONDS, LONGEST_TOKEN, Rejected, Verifier, VerifierError};
