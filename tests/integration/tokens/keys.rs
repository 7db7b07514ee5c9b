//! Keys made for the tests, what can be signed with them, and the settings of a gateway that trusts them.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey, EncodePublicKey};
use fieldgraph::auth::{Grant, Signer, Verifier, VerifierError};
use fieldgraph::settings::{Options, Secret};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use p256::elliptic_curve::rand_core::OsRng;
use rsa::pkcs1::EncodeRsaPrivateKey;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub const SECRET: &str = "a secret of the tests, 32 bytes or more";
pub const ISSUER: &str = "https://identity.example";
pub const AUDIENCE: &str = "fieldgraph-test";
pub const USER: Uuid = Uuid::from_u128(1);
pub const ORGANIZATION: Uuid = Uuid::from_u128(2);

/// A moment long ago: nothing here may look at the clock.
pub fn then() -> DateTime<Utc> {
    DateTime::from_timestamp(1_000_000_000, 0).unwrap()
}

/// A key pair, or a secret, and what it is for.
pub struct Pair {
    pub algorithm: Algorithm,
    pub private: EncodingKey,
    /// What the verifying side has: PEM, or the secret itself.
    pub public: String,
    /// The whole key in PEM, or the secret itself.
    pem: String,
}

impl Pair {
    pub fn secret() -> Self {
        Self {
            algorithm: Algorithm::HS256,
            private: EncodingKey::from_secret(SECRET.as_bytes()),
            public: SECRET.to_owned(),
            pem: SECRET.to_owned(),
        }
    }

    /// Always the same one: making it takes a while.
    pub fn rsa() -> &'static Self {
        static PAIR: LazyLock<Pair> = LazyLock::new(|| Pair::rsa_of(2048));
        &PAIR
    }

    pub fn rsa_of(bits: usize) -> Self {
        let key = rsa::RsaPrivateKey::new(&mut OsRng, bits).unwrap();
        Self {
            algorithm: Algorithm::RS256,
            private: EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes()),
            public: key
                .to_public_key()
                .to_public_key_pem(LineEnding::LF)
                .unwrap(),
            pem: key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
        }
    }

    pub fn p256() -> Self {
        let key = p256::SecretKey::random(&mut OsRng);
        Self {
            algorithm: Algorithm::ES256,
            private: EncodingKey::from_ec_der(key.to_pkcs8_der().unwrap().as_bytes()),
            public: key.public_key().to_public_key_pem(LineEnding::LF).unwrap(),
            pem: key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
        }
    }

    pub fn ed25519() -> Self {
        let key = ed25519_dalek::SigningKey::generate(&mut OsRng);
        Self {
            algorithm: Algorithm::EdDSA,
            private: EncodingKey::from_ed_der(key.to_pkcs8_der().unwrap().as_bytes()),
            public: key
                .verifying_key()
                .to_public_key_pem(LineEnding::LF)
                .unwrap(),
            pem: key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
        }
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &impl Serialize) -> String {
        self.sign_as(&Header::new(self.algorithm), claims)
    }

    /// A token that names its key.
    pub fn sign_named(&self, id: &str, claims: &impl Serialize) -> String {
        let header = Header {
            kid: Some(id.to_owned()),
            ..Header::new(self.algorithm)
        };
        self.sign_as(&header, claims)
    }

    pub fn sign_as(&self, header: &Header, claims: &impl Serialize) -> String {
        encode(header, claims, &self.private).unwrap()
    }

    /// The public key as it is published.
    pub fn jwk(&self, id: &str) -> Value {
        let pem = self.public.as_bytes();
        let key = match self.algorithm {
            Algorithm::ES256 => DecodingKey::from_ec_pem(pem),
            Algorithm::EdDSA => DecodingKey::from_ed_pem(pem),
            _ => DecodingKey::from_rsa_pem(pem),
        };
        let jwk = Jwk::from_decoding_key(&key.unwrap(), Some(self.algorithm)).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(id);
        jwk["use"] = json!("sig");
        jwk
    }

    /// The private key, for who signs with it.
    pub fn private_pem(&self) -> &str {
        &self.pem
    }

    /// Settings that trust this key.
    pub fn options(&self) -> Options {
        if self.algorithm == Algorithm::HS256 {
            Options {
                jwt_secret: Some(Secret::new(&*self.public)),
                ..options()
            }
        } else {
            Options {
                jwt_public_key: Some(file(&self.public)),
                ..options()
            }
        }
    }
}

/// Whom the tests' gateways listen to, without a key.
pub fn options() -> Options {
    Options {
        jwt_issuer: Some(ISSUER.to_owned()),
        jwt_audience: Some(AUDIENCE.to_owned()),
        ..Options::default()
    }
}

pub fn verifier(options: Options) -> Verifier {
    try_verifier(options).unwrap_or_else(|error| panic!("{error}"))
}

pub fn try_verifier(options: Options) -> Result<Verifier, VerifierError> {
    Verifier::new(&options.resolve().unwrap())
}

/// A token that a gateway with these settings signs for an admin, valid for a minute from then on.
pub fn signed_by_us(options: Options, version: Option<i32>) -> String {
    let grant = Grant {
        organization: ORGANIZATION,
        user: USER,
        roles: vec!["admin".to_owned()],
        version,
    };
    Signer::new(&options.resolve().unwrap())
        .and_then(|signer| signer.sign(&grant, then(), Duration::from_secs(60)))
        .unwrap()
}

/// A file with this text.
pub fn file(text: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = std::env::temp_dir().join(format!("fieldgraph-tests-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("key-{}.pem", NEXT.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(&path, text).unwrap();
    path
}

/// All that a token needs, valid for two days from then on.
pub fn claims() -> Value {
    json!({
        "sub": USER,
        "org": ORGANIZATION,
        "roles": ["viewer", "engineer"],
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": then().timestamp(),
        "nbf": then().timestamp(),
        "exp": then().timestamp() + 2 * 24 * 60 * 60,
        "jti": "one of a kind",
    })
}

/// The same with one claim changed, or without it.
pub fn claims_with(name: &str, value: Option<Value>) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    claims
}
