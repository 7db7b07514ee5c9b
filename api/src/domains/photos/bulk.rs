//! What all bulk fields of this domain share: how much comes at once, and photos that must be there.

use std::collections::HashMap;
use std::sync::Arc;

use super::Photo;
use crate::core::{Faults, Id, Refusal, Session, UserError, UserErrorCode};

/// More do not come in one call.
const MOST_AT_ONCE: usize = 1000;

/// Refuses an empty list and one that is too long, before anything is done for it.
pub(super) fn check_size<T>(items: &[T], field: &str) -> Result<(), Refusal> {
    if (1..=MOST_AT_ONCE).contains(&items.len()) {
        return Ok(());
    }
    Err(UserError::new(
        UserErrorCode::Invalid,
        &[field],
        format!("this has 1 to {MOST_AT_ONCE} items, not {}", items.len()),
    )
    .into())
}

/// The photos that the items are about, in one statement; a fault for each item whose photo the caller does not see.
pub(super) async fn photos_of(
    session: &Session,
    faults: &mut Faults,
    field: &str,
    ids: impl Iterator<Item = Id> + Clone,
) -> Result<HashMap<Id, Arc<Photo>>, Refusal> {
    let photos = session.many::<Photo>(ids.clone()).await?;
    for (index, id) in ids.enumerate() {
        if !photos.contains_key(&id) {
            let index = index.to_string();
            faults.add(UserError::not_found(&[field, &index, "photoId"], "photo"));
        }
    }
    Ok(photos)
}
