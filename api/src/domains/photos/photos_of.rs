//! The photos that the items of bulk fields are about, which must be there.

use std::collections::HashMap;
use std::sync::Arc;

use super::Photo;
use crate::core::{Faults, Id, Refusal, Session, UserError};

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
