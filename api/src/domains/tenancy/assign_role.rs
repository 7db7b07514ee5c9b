//! What people are in the organization: giving a role and taking it away.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use entity::tenancy::user_role;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{Role, User};
use crate::core::{Faults, Id, Permission, Refusal, Result, Session, UserError};
use crate::payload;

/// Who is to have which role.
#[derive(InputObject, Clone, Debug)]
pub struct AssignRoleInput {
    /// Who. They may have it already.
    user_id: Id,
    /// A built-in role or one of the organization's own.
    role_id: Id,
}

/// Who is to have which role no longer.
#[derive(InputObject, Clone, Debug)]
pub struct RemoveRoleInput {
    /// Who. They may be without it already.
    user_id: Id,
    /// The role. The organization keeps an active admin.
    role_id: Id,
}

payload! {
    /// What assignRole did.
    AssignRolePayload {
        /// The user with their roles.
        user: Arc<User>
    }
}
payload! {
    /// What removeRole did.
    RemoveRolePayload {
        /// The user with the roles that are left to them.
        user: Arc<User>
    }
}

/// Giving roles to people.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssignRoleMutations;

/// Giving roles to people.
#[Object]
impl AssignRoleMutations {
    /// Gives a user a role; their tokens have it from the next one on. Needs users:write.
    async fn assign_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: AssignRoleInput,
    ) -> Result<AssignRolePayload> {
        let session = Session::of(context)?;
        session.settle(assign(session, input).await).await
    }

    /// Takes a role away from a user. Needs users:write.
    async fn remove_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RemoveRoleInput,
    ) -> Result<RemoveRolePayload> {
        let session = Session::of(context)?;
        session.settle(remove(session, input).await).await
    }
}

async fn assign(session: &Session, input: AssignRoleInput) -> Result<Arc<User>, Refusal> {
    let AssignRoleInput { user_id, role_id } = input;
    let mut transaction = session.begin(Permission::UsersWrite).await?;
    let (user, role) = both(session, user_id, role_id).await?;
    transaction
        .link_told::<User, _>(
            "assign_role",
            user_id,
            vec![link(user_id, role_id)],
            |_| json!({ "role": role.name }),
        )
        .await?;
    transaction.commit().await?;
    Ok(user)
}

async fn remove(session: &Session, input: RemoveRoleInput) -> Result<Arc<User>, Refusal> {
    let RemoveRoleInput { user_id, role_id } = input;
    let mut transaction = session.begin(Permission::UsersWrite).await?;
    let (user, role) = both(session, user_id, role_id).await?;
    transaction
        .unlink_told::<User, _>(
            "remove_role",
            user_id,
            vec![link(user_id, role_id)],
            |_| json!({ "role": role.name }),
        )
        .await?;
    transaction.commit().await?;
    Ok(user)
}

async fn both(
    session: &Session,
    user_id: Id,
    role_id: Id,
) -> Result<(Arc<User>, Arc<Role>), Refusal> {
    let (user, role) = (
        session.one::<User>(user_id).await?,
        session.one::<Role>(role_id).await?,
    );
    match (user, role) {
        (Some(user), Some(role)) => Ok((user, role)),
        (user, role) => {
            let mut faults = Faults::default();
            if user.is_none() {
                faults.add(UserError::not_found(&["userId"], "user"));
            }
            if role.is_none() {
                faults.add(UserError::not_found(&["roleId"], "role"));
            }
            faults.refuse()
        }
    }
}

fn link(user: Id, role: Id) -> user_role::ActiveModel {
    user_role::ActiveModel {
        user_id: Set(user.0),
        role_id: Set(role.0),
        ..Default::default()
    }
}
