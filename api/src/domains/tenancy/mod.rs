//! Organizations, their people and projects.

mod assign_role;
mod audit_log;
mod organization;
mod own_role;
mod permission;
mod project;
mod role;
mod role_permissions;
mod user;
mod viewer;

use async_graphql::MergedObject;

pub use audit_log::AuditLog;
pub use organization::Organization;
pub use permission::Permission;
pub use project::{Project, ProjectFilter};
pub use role::Role;
pub use user::{User, UserFilter};

/// Reads of this domain.
#[derive(MergedObject, Default)]
pub struct TenancyQueries(
    viewer::ViewerQueries,
    organization::OrganizationQueries,
    user::UserQueries,
    project::ProjectQueries,
    role::RoleQueries,
    permission::PermissionQueries,
    audit_log::AuditLogQueries,
);

/// Changes of this domain.
#[derive(MergedObject, Default)]
pub struct TenancyMutations(
    own_role::OwnRoleMutations,
    assign_role::AssignRoleMutations,
);
