//! Who is calling: the organization whose rows there are, the user who acts, and what they may do.

use uuid::Uuid;

use super::Permissions;
use crate::database::DatabaseRole;

/// A caller whose token was verified. Nothing else about a caller is believed.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The tenant of everything the caller does.
    pub organization: Uuid,
    /// Who acts.
    pub user: Uuid,
    /// What the caller's roles allow.
    pub permissions: Permissions,
    /// As whom the database sees the caller: all of the organization, or the projects they are a member of.
    pub database_role: DatabaseRole,
}
