//! Tokens as no library writes them: any text as header and payload, any bytes as signature.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::Value;

use super::keys::Pair;

/// As it stands in a token.
pub fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// As it was before.
pub fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

/// Who signs, and how.
#[derive(Clone)]
pub struct Signatory {
    pub algorithm: Algorithm,
    pub key: EncodingKey,
}

impl Signatory {
    pub fn new(pair: &Pair) -> Self {
        Self {
            algorithm: pair.algorithm,
            key: pair.private.clone(),
        }
    }

    /// A signature over two parts, whatever is in them.
    pub fn token(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", encoded(header), encoded(payload));
        let signature = crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

/// The three parts of a token.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    pub header: &'a str,
    pub payload: &'a str,
    pub signature: &'a str,
}

impl<'a> Parts<'a> {
    pub fn of(token: &'a str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            panic!("{token} is no token");
        };
        Self {
            header,
            payload,
            signature,
        }
    }

    pub fn join(self) -> String {
        format!("{}.{}.{}", self.header, self.payload, self.signature)
    }
}

/// An object with a member of another value, or without it.
pub fn with(object: &Value, name: &str, value: impl Into<Option<Value>>) -> Value {
    let mut changed = object.clone();
    let members = changed.as_object_mut().unwrap();
    match value.into() {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    changed
}

/// An object's text with a member a second time, at its end: some readers take the first, some the last.
pub fn twice(object: &Value, name: &str, value: &Value) -> String {
    let text = object.to_string();
    format!("{},\"{name}\":{value}}}", &text[..text.len() - 1])
}
