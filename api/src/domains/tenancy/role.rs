//! What a person is in the organization: built in, or the organization's own.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::knowledge::document_permission;
use entity::tenancy::{permission, role, role_permission, user, user_role};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::permission::{Permission, PermissionFilter};
use super::{Organization, User, UserFilter};
use crate::core::{DateTimeFilter, Id, IdFilter, ListFilter, StringFilter};
use crate::domains::knowledge::DocumentPermission;
use crate::{filter, node, order, relation, relations, roots};

/// What a person is in the organization, and so may do there.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "role::Entity")]
pub struct Role {
    /// Identity; that of a built-in role is the same for every organization.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Option<Id>,
    /// Name as it stands in a token.
    pub name: String,
    /// Who has this role.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Role: role, RoleFilter, RoleOrder, needs OrganizationRead);

filter! {
    /// Which roles.
    RoleFilter for Role of role {
        /// By identity.
        id: IdFilter => Id,
        /// By whose they are; `isNull` for those that are built in.
        organization_id: IdFilter => OrganizationId,
        /// By name.
        name: StringFilter => Name,
        /// By when they were made.
        created_at: DateTimeFilter => CreatedAt,
    } many {
        /// By what they allow.
        permissions: PermissionFilter => RolePermissions, Id,
        /// By who has them.
        users: UserFilter => RoleUsers, Id,
    }
}

order! {
    /// By what roles are put in order.
    RoleOrder, RoleOrderField for Role of role, usually Name Asc {
        /// By name.
        Name = name: String,
        /// By when they were made.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// What a role allows.
    RolePermissions: Permission, permission through role_permission(RoleId -> PermissionId) keyed Id);
relation!(/// Who has a role.
    RoleUsers: User, user through user_role(RoleId -> UserId) keyed Id);
relation!(/// What is granted to a role.
    RoleDocumentPermissions: DocumentPermission, document_permission by RoleId);

relations! {
    Role maybe {
        /// The organization whose own role it is; null for a built-in one. Needs organization:read.
        organization: Organization by organization_id,
    } many {
        /// What it allows. Needs organization:read.
        permissions: Permission by RolePermissions from id,
        /// Who has it, of the caller's organization. Needs organization:read.
        users: User by RoleUsers from id,
        /// What is granted to it of documents that the caller may read. Needs documents:read.
        document_permissions: DocumentPermission by RoleDocumentPermissions from id,
    } and {
        /// Whether every organization has it and none can change it.
        async fn is_built_in(&self) -> bool {
            self.built_in()
        }
    }
}

impl RoleFilter {
    /// Whatever a role is among the roles of.
    pub(super) fn some(role: Id) -> ListFilter<Self> {
        let this = Self {
            id: Some(IdFilter::only(role)),
            ..Self::default()
        };
        ListFilter {
            some: Some(this),
            none: None,
            every: None,
        }
    }
}

impl Role {
    pub(super) fn built_in(&self) -> bool {
        self.organization_id.is_none()
    }
}

roots! {
    /// Reads of roles.
    RoleQueries: Role {
        one
        /// A built-in role or one of the caller's organization. Needs organization:read.
        role,
        many
        /// The built-in roles and those of the caller's organization, from A to Z. Needs organization:read.
        roles,
    }
}
