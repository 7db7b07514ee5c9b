//! An organization's own roles: making, changing and deleting them.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::tenancy::{role, role_permission, user_role};
use sea_orm::ActiveValue::{self, Set};
use serde_json::json;

use super::role::RoleFilter;
use super::role_permissions::{Named, told};
use super::{Role, User, UserFilter};
use crate::core::{
    Faults, Id, Permission, Refusal, Result, Session, UserError, UserErrorCode, patch,
};
use crate::payload;

/// A role of the organization's own.
#[derive(InputObject, Clone, Debug)]
pub struct CreateRoleInput {
    /// Name as it will stand in tokens, of at most 100 characters; not that of a built-in role.
    name: String,
    /// Who has this role.
    description: Option<String>,
    /// What it allows, by the names of permissions, as `photos:write`; those that are administrative are the role admin's alone.
    #[graphql(default)]
    permissions: Vec<String>,
}

/// What shall be different about a role. Two who add and remove at the same moment both have their way.
#[derive(InputObject, Clone, Debug)]
pub struct UpdateRoleInput {
    /// Which one of the organization's own.
    id: Id,
    /// Another name. Tokens that have the old one allow nothing by it.
    name: Option<String>,
    /// Who has this role.
    description: MaybeUndefined<String>,
    /// What it shall allow too, by the names of permissions; it may allow it already.
    #[graphql(default)]
    add_permissions: Vec<String>,
    /// What it shall allow no longer, by the names of permissions.
    #[graphql(default)]
    remove_permissions: Vec<String>,
    /// The role's `updatedAt` as last seen: refused if somebody changed it since.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// The role that shall be gone.
#[derive(InputObject, Clone, Debug)]
pub struct DeleteRoleInput {
    /// Which one of the organization's own.
    id: Id,
    /// Whether to take it away from the users who have it; without this it is refused while there are any.
    #[graphql(default)]
    take_from_users: bool,
    /// The role's `updatedAt` as last seen: refused if somebody changed it since.
    if_unchanged_since: Option<DateTime<Utc>>,
}

payload! {
    /// What createRole did.
    CreateRolePayload {
        /// The new role.
        role: Role
    }
}
payload! {
    /// What updateRole did.
    UpdateRolePayload {
        /// The role as it is now.
        role: Role
    }
}
payload! {
    /// What deleteRole did.
    DeleteRolePayload {
        /// The role as it was.
        role: Role
    }
}

/// An organization's own roles.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnRoleMutations;

/// An organization's own roles.
#[Object]
impl OwnRoleMutations {
    /// Makes a role of the organization's own. Needs roles:write.
    async fn create_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CreateRoleInput,
    ) -> Result<CreateRolePayload> {
        let session = Session::of(context)?;
        session.settle(create(session, input).await).await
    }

    /// Changes a role of the organization's own, for everybody who has it and within seconds. Needs roles:write.
    async fn update_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: UpdateRoleInput,
    ) -> Result<UpdateRolePayload> {
        let session = Session::of(context)?;
        session.settle(update(session, input).await).await
    }

    /// Deletes a role of the organization's own, unless it is in use. Needs roles:write.
    async fn delete_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeleteRoleInput,
    ) -> Result<DeleteRolePayload> {
        let session = Session::of(context)?;
        session.settle(delete(session, input).await).await
    }
}

async fn create(session: &Session, input: CreateRoleInput) -> Result<Role, Refusal> {
    let CreateRoleInput {
        name,
        description,
        permissions,
    } = input;
    let mut transaction = session.begin(Permission::RolesWrite).await?;
    let mut faults = Faults::default();
    check_name(&mut faults, &name);
    let permissions = Named::find(session, &mut faults, "permissions", permissions).await?;
    faults.settle()?;
    let row = role::ActiveModel {
        name: Set(name),
        description: Set(description),
        ..Default::default()
    };
    let role: Role = transaction.insert_one(row).await?;
    transaction
        .link_told::<Role, _>(
            "permit",
            role.id,
            permissions.links(role.id),
            told(&permissions),
        )
        .await?;
    transaction.commit().await?;
    Ok(role)
}

async fn update(session: &Session, input: UpdateRoleInput) -> Result<Role, Refusal> {
    let UpdateRoleInput {
        id,
        name,
        description,
        add_permissions,
        remove_permissions,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::RolesWrite).await?;
    let mut faults = Faults::default();
    if let Some(name) = &name {
        check_name(&mut faults, name);
    }
    let changes = [
        name.is_some(),
        !description.is_undefined(),
        !add_permissions.is_empty(),
        !remove_permissions.is_empty(),
    ];
    faults.check(
        changes.contains(&true),
        &[],
        "nothing to change: name at least one field",
    );
    for (index, permission) in remove_permissions.iter().enumerate() {
        faults.check(
            !add_permissions.contains(permission),
            &["removePermissions", &index.to_string()],
            "this is to be added too: decide which",
        );
    }
    let added = Named::find(session, &mut faults, "addPermissions", add_permissions).await?;
    let removed = Named::find(
        session,
        &mut faults,
        "removePermissions",
        remove_permissions,
    )
    .await?;
    own(session, &mut faults, id).await?;
    faults.settle()?;
    let mut role: Role = transaction.hold(id, if_unchanged_since).await?;
    if name.is_some() || !description.is_undefined() {
        let row = role::ActiveModel {
            name: name.map_or(ActiveValue::NotSet, Set),
            description: patch(description),
            ..Default::default()
        };
        role = transaction.update("update", id, row, None).await?;
    }
    transaction
        .link_told::<Role, _>("permit", id, added.links(id), told(&added))
        .await?;
    transaction
        .unlink_told::<Role, role_permission::ActiveModel>(
            "forbid",
            id,
            removed.links(id),
            told(&removed),
        )
        .await?;
    if changes[2] || changes[3] {
        // What it allows is of its moment too.
        role = transaction.hold(id, None).await?;
    }
    transaction.commit().await?;
    Ok(role)
}

async fn delete(session: &Session, input: DeleteRoleInput) -> Result<Role, Refusal> {
    let DeleteRoleInput {
        id,
        take_from_users,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::RolesWrite).await?;
    let mut faults = Faults::default();
    own(session, &mut faults, id).await?;
    faults.settle()?;
    let role: Role = transaction.hold(id, if_unchanged_since).await?;
    if take_from_users {
        let links = users(session, id)
            .await?
            .into_iter()
            .map(|user| user_role::ActiveModel {
                user_id: Set(user.id.0),
                role_id: Set(id.0),
                ..Default::default()
            })
            .collect();
        transaction
            .unlink_told::<Role, user_role::ActiveModel>("take", id, links, |parted| {
                let users: Vec<_> = parted.iter().map(|link| link.user_id).collect();
                json!({ "users": users })
            })
            .await?;
    }
    let permissions = Named::of(session, id).await?;
    transaction
        .unlink_told::<Role, role_permission::ActiveModel>(
            "forbid",
            id,
            permissions.links(id),
            told(&permissions),
        )
        .await?;
    transaction.remove::<Role>(&[id]).await?;
    transaction.commit().await?;
    Ok(role)
}

/// Who has it.
async fn users(session: &Session, role: Id) -> Result<Vec<User>> {
    session
        .found(&UserFilter {
            roles: Some(Box::new(RoleFilter::some(role))),
            ..UserFilter::default()
        })
        .await
}

/// Whether it is the organization's own: built-in roles are everybody's, and nobody changes them for all.
async fn own(session: &Session, faults: &mut Faults, id: Id) -> Result<()> {
    match session.one::<Role>(id).await? {
        None => faults.add(UserError::not_found(&["id"], "role")),
        Some(role) if role.built_in() => faults.add(UserError::new(
            UserErrorCode::State,
            &["id"],
            format!(
                "{} is built in, the same for every organization: make a role of your own instead",
                role.name
            ),
        )),
        Some(_) => {}
    }
    Ok(())
}

fn check_name(faults: &mut Faults, name: &str) {
    faults.check(
        (1..=100).contains(&name.chars().count()) && name.trim() == name,
        &["name"],
        "this has 1 to 100 characters, without a space at either end",
    );
}
