//! Who the caller is: passwords and tokens.

pub mod password;
pub mod permissions;
pub mod token;
pub mod verifier;
