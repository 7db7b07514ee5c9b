//! Organizations, their people and projects.

mod assign_role;
mod audit_log;
mod create_project;
mod create_user;
mod organization;
mod organization_quota;
mod own_role;
mod permission;
mod project;
mod project_member;
mod role;
mod role_permissions;
mod session;
mod update_organization;
mod update_project;
mod update_user;
mod user;
mod viewer;

use async_graphql::MergedObject;

pub use audit_log::AuditLog;
pub use organization::Organization;
pub use organization_quota::OrganizationQuotas;
pub use permission::Permission;
pub use project::{Project, ProjectFilter, ProjectStatusFilter, ProjectSyncSessions};
pub use role::{Role, RoleFilter};
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

/// Changes in this domain.
#[derive(MergedObject, Default)]
pub struct TenancyMutations(
    session::SessionMutations,
    update_organization::OrganizationMutations,
    create_user::CreateUser,
    update_user::UserMutations,
    create_project::CreateProject,
    update_project::ProjectMutations,
    project_member::ProjectMemberMutations,
    own_role::OwnRoleMutations,
    assign_role::AssignRoleMutations,
);
