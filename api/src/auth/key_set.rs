//! The public keys that an identity provider publishes as a JSON Web Key Set: fetched, kept, and fetched anew when a token
//! names a key that is not among them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Header;
use jsonwebtoken::jwk::Jwk;
use reqwest::header::ACCEPT;
use reqwest::{Client, StatusCode, redirect};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use url::Url;

use super::Rejected;
use super::kept::{Kept, Patience, Source};
use super::public_key::{self, algorithm_of};
use super::verifying_key::VerifyingKey;
use crate::settings::{TokenAlgorithm, is_this_machine, without_password};

/// A key that was withdrawn is believed no longer than this; while the keys cannot be fetched, for a day, so that an outage
/// of the identity provider is none of ours. Tokens that name unknown keys cause no more than one question in five seconds.
const PATIENCE: Patience = Patience {
    fresh: TimeDelta::minutes(5),
    usable: TimeDelta::days(1),
    pause: TimeDelta::seconds(5),
};
/// The whole exchange; a request may be waiting for it.
const FETCHING_TIME: Duration = Duration::from_secs(3);
/// Sets with certificate chains have some tens of kilobytes.
const LARGEST_SET: usize = 256 * 1024;

/// Why the keys could not be had.
#[derive(Debug, Error)]
pub enum KeySetError {
    /// No answer, or none that is HTTP.
    #[error("the keys at {url} cannot be fetched: {reason}")]
    Unreachable {
        /// Where, without a password.
        url: String,
        /// What the client says, with its causes.
        reason: String,
    },
    /// An answer, but not the keys.
    #[error("{url} answers {status} instead of keys; redirects are not followed")]
    Status {
        /// Where, without a password.
        url: String,
        /// Its status.
        status: StatusCode,
    },
    /// More than any set of keys has.
    #[error("{url} answers with more than {LARGEST_SET} bytes, which is no set of keys")]
    TooLarge {
        /// Where, without a password.
        url: String,
    },
    /// Something else than a key set.
    #[error("{url} answers with something that is no JSON Web Key Set")]
    NotKeys {
        /// Where, without a password.
        url: String,
    },
    /// Keys, but all of them for something else.
    #[error("{url} publishes no key for {algorithm}; check FIELDGRAPH_JWT_ALGORITHM")]
    NoneFits {
        /// Where, without a password.
        url: String,
        /// The algorithm that is set.
        algorithm: &'static str,
    },
    /// No HTTP client, as without any root certificates.
    #[error(
        "no HTTP client for FIELDGRAPH_JWKS_URL: {0}; are the system's CA certificates installed?"
    )]
    Client(String),
}

/// The keys of the set that fit the algorithm, by their ids.
struct Keys(Vec<(Option<String>, Arc<VerifyingKey>)>);

impl Keys {
    /// The key of this id; of a token that names none, the only one there is.
    fn find(&self, id: Option<&str>) -> Option<Arc<VerifyingKey>> {
        let found = match (id, &self.0[..]) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(id), keys) => keys.iter().find(|(named, _)| named.as_deref() == Some(id)),
        };
        found.map(|(_, key)| Arc::clone(key))
    }
}

/// The keys as they are known now.
pub(super) struct KeySet(Kept<Publisher>);

impl KeySet {
    /// Fetches nothing yet.
    pub(super) fn new(url: Url, algorithm: TokenAlgorithm) -> Result<Self, KeySetError> {
        let publisher = Publisher {
            client: client(&url).map_err(|error| KeySetError::Client(with_causes(error)))?,
            url,
            algorithm,
        };
        Ok(Self(Kept::new(publisher, PATIENCE)))
    }

    /// The key that a token names. Nothing is fetched for one of another algorithm.
    pub(super) async fn find(
        &self,
        header: &Header,
        now: DateTime<Utc>,
    ) -> Result<Arc<VerifyingKey>, Rejected> {
        if header.alg != algorithm_of(self.algorithm()) {
            return Err(Rejected::algorithm(header));
        }
        let id = header.kid.as_deref();
        let keys = self.0.get(now).await.ok_or(Rejected::NoKeys)?;
        if let Some(key) = keys.find(id) {
            return Ok(key);
        }
        self.0
            .newer_than(&keys, now)
            .await
            .and_then(|keys| keys.find(id))
            .ok_or_else(|| Rejected::unknown_key(id))
    }

    /// How many keys there are to verify with: one or more, asked now and not kept.
    pub(super) async fn count(&self) -> Result<usize, KeySetError> {
        let publisher = self.0.source();
        match publisher.keys().await?.0.len() {
            0 => Err(publisher.none_fits()),
            count => Ok(count),
        }
    }

    /// The one algorithm that they are for.
    pub(super) fn algorithm(&self) -> TokenAlgorithm {
        self.0.source().algorithm
    }

    /// Where they are published, for people.
    pub(super) fn place(&self) -> String {
        self.0.source().place()
    }
}

/// Who publishes them.
struct Publisher {
    client: Client,
    url: Url,
    algorithm: TokenAlgorithm,
}

impl Source for Publisher {
    type Value = Keys;

    async fn fetch(&self) -> Option<Keys> {
        match self.keys().await {
            Ok(keys) => {
                if keys.0.is_empty() {
                    tracing::warn!(error = %self.none_fits(), "no token can be verified");
                }
                Some(keys)
            }
            Err(error) => {
                tracing::warn!(%error, "the keys that verify tokens could not be fetched");
                None
            }
        }
    }
}

impl Publisher {
    async fn keys(&self) -> Result<Keys, KeySetError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(&self.body().await?)
            .map_err(|_| KeySetError::NotKeys { url: self.place() })?;
        // A key of a kind that nobody knows here is for somebody else.
        let fitting = set.keys.into_iter().filter_map(|key| {
            let jwk: Jwk = serde_json::from_value(key).ok()?;
            let key = public_key::from_jwk(&jwk, self.algorithm)?;
            let key = VerifyingKey::new(self.algorithm, key);
            Some((jwk.common.key_id, Arc::new(key)))
        });
        Ok(Keys(fitting.collect()))
    }

    async fn body(&self) -> Result<Vec<u8>, KeySetError> {
        let unreachable = |error| KeySetError::Unreachable {
            url: self.place(),
            reason: with_causes(error),
        };
        let mut response = self
            .client
            .get(self.url.clone())
            .header(ACCEPT, "application/jwk-set+json, application/json")
            .send()
            .await
            .map_err(unreachable)?;
        if response.status() != StatusCode::OK {
            return Err(KeySetError::Status {
                url: self.place(),
                status: response.status(),
            });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > LARGEST_SET {
                return Err(KeySetError::TooLarge { url: self.place() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn none_fits(&self) -> KeySetError {
        KeySetError::NoneFits {
            url: self.place(),
            algorithm: self.algorithm.name(),
        }
    }

    fn place(&self) -> String {
        without_password(self.url.as_str())
    }
}

fn client(url: &Url) -> reqwest::Result<Client> {
    // The client takes its cryptography from the process. Whoever was first chose ring too: there is nothing else.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .user_agent(concat!("fieldgraph/", env!("CARGO_PKG_VERSION")))
        .timeout(FETCHING_TIME)
        .redirect(redirect::Policy::none());
    if url.scheme() == "http" && is_this_machine(url) {
        // Nothing on the way: no proxy, and no certificates that a small system may not have.
        client.no_proxy().tls_certs_only([]).build()
    } else {
        client.https_only(true).build()
    }
}

/// The client's errors say what they were about; why is in their causes.
fn with_causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut sentence = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        sentence.push_str(": ");
        sentence.push_str(&error.to_string());
        cause = error.source();
    }
    sentence
}
