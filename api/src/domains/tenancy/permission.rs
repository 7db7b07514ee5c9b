//! What a role may do: the same vocabulary for every organization.

use async_graphql::SimpleObject;
use entity::tenancy::{permission, role, role_permission};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::role::{Role, RoleFilter};
use crate::core::{BooleanFilter, Id, IdFilter, StringFilter};
use crate::{filter, node, order, relation, relations, roots};

/// One thing that a role may allow: subject and verb.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "permission::Entity")]
pub struct Permission {
    /// Identity, the same for every organization.
    pub id: Id,
    /// Name, as `photos:write`: what the schema's descriptions say is needed.
    pub name: String,
    /// What it allows, in a sentence.
    pub description: Option<String>,
    /// Whether who has it could give themselves the rest: only built-in roles may have it.
    pub is_administrative: bool,
}

node!(Permission: permission, PermissionFilter, PermissionOrder, needs OrganizationRead);

filter! {
    /// Which permissions.
    PermissionFilter for Permission of permission {
        /// By identity.
        id: IdFilter => Id,
        /// By name.
        name: StringFilter => Name,
        /// By whether an organization's own role may have them: not those that are administrative.
        is_administrative: BooleanFilter => IsAdministrative,
    } many {
        /// By the roles that have them.
        roles: RoleFilter => PermissionRoles, Id,
    }
}

order! {
    /// By what permissions are put in order.
    PermissionOrder, PermissionOrderField for Permission of permission, usually Name Asc {
        /// By name.
        Name = name: String,
    }
}

relation!(/// The roles that have a permission.
    PermissionRoles: Role, role through role_permission(PermissionId -> RoleId) keyed Id);

relations! {
    Permission many {
        /// The roles that have it, built-in ones and the organization's own. Needs organization:read.
        roles: Role by PermissionRoles from id,
    }
}

roots! {
    /// Reads of permissions.
    PermissionQueries: Permission {
        many
        /// All that a role may allow, from A to Z; the same for every organization. Needs organization:read.
        permissions,
    }
}
