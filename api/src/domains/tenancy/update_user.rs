//! Changes of people who are there already: what is known of them, their password, and whether they may still come in.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::tenancy::user;
use sea_orm::ActiveValue::{NotSet, Set};

use super::User;
use super::create_user::hashed;
use super::user::{check_name, check_person};
use crate::core::{
    Door, Faults, Id, Permission, Refusal, Result, Session, SessionKeeper, UserError, patch,
};
use crate::payload;

/// What shall be different about a user. A field that is left out stays as it is; null empties it.
#[derive(InputObject, Clone, Debug)]
pub struct UpdateUserInput {
    /// Which user.
    id: Id,
    /// Address, which no other account has, whatever its case. A new one is not verified.
    email: Option<String>,
    /// Name for signing in, which no other account has; 1 to 100 characters.
    username: Option<String>,
    /// Given name, 1 to 100 characters.
    first_name: MaybeUndefined<String>,
    /// Family name, 1 to 100 characters.
    last_name: MaybeUndefined<String>,
    /// The subject by which the identity provider knows them.
    auth_provider_id: MaybeUndefined<String>,
    /// A new password, 12 to 1,024 characters; null for who shall sign in with an identity provider alone.
    password: MaybeUndefined<String>,
    /// What `updatedAt` was when the user was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Who has left.
#[derive(InputObject, Clone, Debug)]
pub struct DeactivateUserInput {
    /// Which user.
    id: Id,
    /// What `updatedAt` was when the user was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Who is back.
#[derive(InputObject, Clone, Debug)]
pub struct ReactivateUserInput {
    /// Which user.
    id: Id,
    /// What `updatedAt` was when the user was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

payload! {
    /// What updateUser did.
    UpdateUserPayload {
        /// The user as they are now.
        user: User
    }
}
payload! {
    /// What deactivateUser did.
    DeactivateUserPayload {
        /// The user, who may not come in any more.
        user: User
    }
}
payload! {
    /// What reactivateUser did.
    ReactivateUserPayload {
        /// The user, who may come in again.
        user: User
    }
}

/// Changes of people.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserMutations;

/// Changes of people.
#[Object]
impl UserMutations {
    /// Changes what is known of a user, or their password. Needs users:write.
    async fn update_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: UpdateUserInput,
    ) -> Result<UpdateUserPayload> {
        let session = Session::of(context)?;
        let keeper = Door::of(context)?.keeper();
        session.settle(update(session, keeper, input).await).await
    }

    /// Shuts a user out: they may not sign in, and what they made stays. The last active admin cannot be shut out. One who is
    /// shut out already stays so. Needs users:write.
    async fn deactivate_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeactivateUserInput,
    ) -> Result<DeactivateUserPayload> {
        let session = Session::of(context)?;
        let DeactivateUserInput {
            id,
            if_unchanged_since,
        } = input;
        let done = set_active(session, id, if_unchanged_since, false).await;
        session.settle(done).await
    }

    /// Lets a user in again who was shut out, where the quota of active users has room for them. One who is in already stays
    /// so. Needs users:write.
    async fn reactivate_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: ReactivateUserInput,
    ) -> Result<ReactivateUserPayload> {
        let session = Session::of(context)?;
        let ReactivateUserInput {
            id,
            if_unchanged_since,
        } = input;
        let done = set_active(session, id, if_unchanged_since, true).await;
        session.settle(done).await
    }
}

async fn update(
    session: &Session,
    keeper: &dyn SessionKeeper,
    input: UpdateUserInput,
) -> Result<User, Refusal> {
    let UpdateUserInput {
        id,
        email,
        username,
        first_name,
        last_name,
        auth_provider_id,
        password,
        if_unchanged_since,
    } = input;
    session.require(Permission::UsersWrite)?;
    let mut faults = Faults::default();
    check_person(&mut faults, email.as_deref(), username.as_deref());
    check_name(
        &mut faults,
        "firstName",
        first_name.as_opt_deref().flatten(),
    );
    check_name(&mut faults, "lastName", last_name.as_opt_deref().flatten());
    if let MaybeUndefined::Value(subject) = &auth_provider_id {
        faults.length(&["authProviderId"], subject, 1, 255);
    }
    let takes_password = password.is_null();
    let hash = hashed(keeper, &mut faults, password.take()).await?;
    let mut transaction = session.begin(Permission::UsersWrite).await?;
    let user = session.one::<User>(id).await?;
    if user.is_none() {
        faults.add(UserError::not_found(&["id"], "user"));
    }
    faults.settle()?;
    let is_new_address = matches!((&email, &user), (Some(new), Some(user)) if *new != user.email);
    let changes = user::ActiveModel {
        email: email.map_or(NotSet, Set),
        is_email_verified: if is_new_address { Set(false) } else { NotSet },
        username: username.map_or(NotSet, Set),
        first_name: patch(first_name),
        last_name: patch(last_name),
        auth_provider_id: patch(auth_provider_id),
        ..Default::default()
    };
    let sets_password = hash.is_some() || takes_password;
    let changes_row = changes != user::ActiveModel::default();
    let mut done = None;
    if changes_row || !sets_password {
        let changed = transaction.update("update", id, changes, if_unchanged_since);
        done = Some(changed.await?);
    }
    if sets_password {
        let since = if_unchanged_since.filter(|_| !changes_row);
        let secret = ("password_hash", hash);
        let changed = transaction.set_secret("set_password", id, secret, since);
        done = Some(changed.await?);
    }
    transaction.commit().await?;
    done.ok_or_else(|| UserError::not_found(&["id"], "user").into())
}

async fn set_active(
    session: &Session,
    id: Id,
    if_unchanged_since: Option<DateTime<Utc>>,
    is_active: bool,
) -> Result<User, Refusal> {
    let mut transaction = session.begin(Permission::UsersWrite).await?;
    if if_unchanged_since.is_none()
        && let Some(user) = session.one::<User>(id).await?
        && user.is_active == is_active
    {
        // A client that got no answer asks again.
        transaction.commit().await?;
        return Ok(user.as_ref().clone());
    }
    let verb = if is_active {
        "reactivate"
    } else {
        "deactivate"
    };
    let changes = user::ActiveModel {
        is_active: Set(is_active),
        ..Default::default()
    };
    let user = transaction
        .update(verb, id, changes, if_unchanged_since)
        .await?;
    transaction.commit().await?;
    Ok(user)
}
