//! How much comes at once in fields that take many.

use super::user_error::{Refusal, UserError, UserErrorCode};

/// More do not come in one call.
pub const MOST_AT_ONCE: usize = 1000;

/// Refuses an empty list and one that is too long, before anything is done for it.
pub fn check_size<T>(items: &[T], field: &str) -> Result<(), Refusal> {
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
