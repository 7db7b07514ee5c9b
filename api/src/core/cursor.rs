//! Where a page begins: the order keys and the id of a row, and the name of the list's order and filter. Opaque to clients.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::{Error, Result};

/// Longer ones were not made here.
const LONGEST: usize = 4096;

/// A place in a list.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    /// What the row has in each column of the order.
    pub(super) keys: Vec<Value>,
    /// Which row.
    pub(super) id: Uuid,
}

impl Cursor {
    pub(super) fn new(keys: Vec<Value>, id: Uuid) -> Self {
        Self { keys, id }
    }

    /// A place in a list of texts, which have no id.
    pub(super) fn of_text(text: &str) -> Self {
        Self::new(vec![text.into()], Uuid::nil())
    }

    /// The text of such a place.
    pub(super) fn text(&self) -> Result<String> {
        self.keys
            .first()
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| Error::BadRequest("the cursor is damaged".to_owned()))
    }

    /// As clients get it, for the list of that name.
    pub(super) fn encode(&self, name: u64) -> String {
        URL_SAFE_NO_PAD.encode(json!([name, self.keys, self.id]).to_string())
    }

    /// Understands what a client sent back in `argument`.
    pub(super) fn decode(text: &str, name: u64, keys: usize, argument: &str) -> Result<Self> {
        let refused = |why: &str| Error::BadRequest(format!("{argument}: {why}"));
        let held: (u64, Vec<Value>, Uuid) = Some(text)
            .filter(|text| text.len() <= LONGEST)
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| refused("this is not a cursor"))?;
        let (made_for, held_keys, id) = held;
        if made_for != name || held_keys.len() != keys {
            return Err(refused(
                "this cursor was made for another list, order or filter",
            ));
        }
        Ok(Self {
            keys: held_keys,
            id,
        })
    }
}
