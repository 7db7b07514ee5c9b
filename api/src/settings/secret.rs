//! Values that are never printed.

use std::fmt;

use serde::Deserialize;
use url::Url;

/// A value that is never printed: not by `Debug`, not in an error, not in a log.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for who really needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// A database URL without its password, for messages.
pub fn without_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            if url.password().is_some() {
                // Fails for URLs that cannot have a password, and those have none.
                let _ = url.set_password(Some("***"));
            }
            // A password may also stand among the parameters.
            url.set_query(None);
            url.into()
        }
        Err(_) => "a URL that cannot be read".to_owned(),
    }
}
