//! What every domain stands on: how rows are read and written for a caller, and what goes wrong. Names no domain.

mod actor;
mod error;
mod permission;
mod session;

pub use actor::Actor;
pub use error::{Error, ErrorCode};
pub use permission::{Permission, Permissions};
pub use session::{RequestInfo, Session};
