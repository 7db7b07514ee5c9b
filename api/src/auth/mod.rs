//! Who the caller is: passwords and tokens.

pub mod password;
pub mod token;
