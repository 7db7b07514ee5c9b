//! Permissions that a client names, for a role of the organization's own.

use async_graphql::MaybeUndefined;
use entity::tenancy::role_permission;
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};

use super::permission::{Permission, PermissionFilter};
use super::role::RoleFilter;
use crate::core::{Faults, Id, Result, Session, StringFilter, UserError};

/// There are not that many.
const MOST_NAMES: usize = 100;

/// Permissions that were found by their names.
pub(super) struct Named(Vec<Permission>);

impl Named {
    /// Finds them; notes what an own role cannot have, and what is not there.
    pub(super) async fn find(
        session: &Session,
        faults: &mut Faults,
        field: &str,
        names: Vec<String>,
    ) -> Result<Self> {
        if names.len() > MOST_NAMES {
            let message = format!("this has at most {MOST_NAMES} entries");
            faults.check(false, &[field], &message);
            return Ok(Self(Vec::new()));
        }
        if names.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let wanted = PermissionFilter {
            name: Some(StringFilter {
                is_in: MaybeUndefined::Value(names.clone()),
                ..StringFilter::default()
            }),
            ..PermissionFilter::default()
        };
        let found: Vec<Permission> = session.found(&wanted).await?;
        for (index, name) in names.iter().enumerate() {
            let path = [field, &index.to_string()];
            match found.iter().find(|permission| permission.name == *name) {
                None => faults.add(UserError::not_found(&path, "permission")),
                Some(permission) => faults.check(
                    !permission.is_administrative,
                    &path,
                    "this is administrative: the role admin has it, and no role of an organization's own",
                ),
            }
        }
        Ok(Self(found))
    }

    /// Those that a role has.
    pub(super) async fn of(session: &Session, role: Id) -> Result<Self> {
        let of_role = PermissionFilter {
            roles: Some(Box::new(RoleFilter::some(role))),
            ..PermissionFilter::default()
        };
        Ok(Self(session.found(&of_role).await?))
    }

    /// As rows that join them to a role.
    pub(super) fn links(&self, role: Id) -> Vec<role_permission::ActiveModel> {
        self.0
            .iter()
            .map(|permission| role_permission::ActiveModel {
                role_id: Set(role.0),
                permission_id: Set(permission.id.0),
                ..Default::default()
            })
            .collect()
    }
}

/// What the audit trail has of such rows: the names, from A to Z.
pub(super) fn told(named: &Named) -> impl FnOnce(&[role_permission::Model]) -> Value {
    |links| {
        let mut names: Vec<&str> = named
            .0
            .iter()
            .filter(|permission| {
                links
                    .iter()
                    .any(|link| link.permission_id == permission.id.0)
            })
            .map(|permission| permission.name.as_str())
            .collect();
        names.sort_unstable();
        json!({ "permissions": names })
    }
}
