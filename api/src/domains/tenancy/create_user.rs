//! New people in the organization, each with the roles and the way to sign in that they shall have.

use std::collections::BTreeMap;

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use entity::tenancy::{user, user_role};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::role::RoleFilter;
use super::user::{check_name, check_person};
use super::{Role, User};
use crate::core::{
    Door, Faults, Id, Permission, Refusal, Result, Session, SessionKeeper, StringFilter, UserError,
    UserErrorCode,
};
use crate::payload;

/// The role of who is given none.
const USUAL_ROLE: &str = "contractor";
/// More roles than this are a mistake.
const MOST_ROLES: usize = 20;

/// Somebody new.
#[derive(InputObject, Clone, Debug)]
pub struct CreateUserInput {
    /// Address, which no other account has, whatever its case.
    email: String,
    /// Name for signing in, which no other account has; 1 to 100 characters.
    username: String,
    /// Given name, 1 to 100 characters.
    first_name: Option<String>,
    /// Family name, 1 to 100 characters.
    last_name: Option<String>,
    /// The names of their roles; `contractor`, where they are left out.
    roles: Option<Vec<String>>,
    /// A first password, 12 to 1,024 characters. Left out for who signs in with an identity provider alone.
    password: Option<String>,
    /// The subject by which the identity provider knows them.
    auth_provider_id: Option<String>,
}

payload! {
    /// What createUser did.
    CreateUserPayload {
        /// The new user.
        user: User
    }
}

/// New people.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreateUser;

/// New people.
#[Object]
impl CreateUser {
    /// Makes an account. The organization's quota of active users must have room for it. Needs users:write.
    async fn create_user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CreateUserInput,
    ) -> Result<CreateUserPayload> {
        let session = Session::of(context)?;
        let keeper = Door::of(context)?.keeper();
        session.settle(create(session, keeper, input).await).await
    }
}

async fn create(
    session: &Session,
    keeper: &dyn SessionKeeper,
    input: CreateUserInput,
) -> Result<User, Refusal> {
    let CreateUserInput {
        email,
        username,
        first_name,
        last_name,
        roles,
        password,
        auth_provider_id,
    } = input;
    session.require(Permission::UsersWrite)?;
    let mut faults = Faults::default();
    check_person(&mut faults, Some(&email), Some(&username));
    check_name(&mut faults, "firstName", first_name.as_deref());
    check_name(&mut faults, "lastName", last_name.as_deref());
    if let Some(subject) = &auth_provider_id {
        faults.length(&["authProviderId"], subject, 1, 255);
    }
    let hash = hashed(keeper, &mut faults, password).await?;
    let mut transaction = session.begin(Permission::UsersWrite).await?;
    for (column, field, text) in [
        (user::Column::Email, "email", &email),
        (user::Column::Username, "username", &username),
    ] {
        if !transaction
            .taken::<User>(column, vec![text.clone()])
            .await?
            .is_empty()
        {
            faults.add(UserError::new(
                UserErrorCode::AlreadyExists,
                &[field],
                "another one has this value already",
            ));
        }
    }
    let roles = roles.unwrap_or_else(|| vec![USUAL_ROLE.to_owned()]);
    let roles = roles_named(session, &mut faults, &roles).await?;
    faults.settle()?;
    let row = user::ActiveModel {
        email: Set(email),
        username: Set(username),
        first_name: Set(first_name),
        last_name: Set(last_name),
        auth_provider_id: Set(auth_provider_id),
        ..Default::default()
    };
    let user: User = transaction.insert_one(row).await?;
    if hash.is_some() {
        let secret = ("password_hash", hash);
        transaction
            .set_secret::<User>("set_password", user.id, secret, None)
            .await?;
    }
    for (name, role) in roles {
        let link = user_role::ActiveModel {
            user_id: Set(user.id.0),
            role_id: Set(role.0),
            ..Default::default()
        };
        transaction
            .link_told::<User, _>(
                "assign_role",
                user.id,
                vec![link],
                |_| json!({ "role": name }),
            )
            .await?;
    }
    transaction.commit().await?;
    Ok(user)
}

/// The hash of a new password; none where none is given, or where something is wrong anyway.
pub(super) async fn hashed(
    keeper: &dyn SessionKeeper,
    faults: &mut Faults,
    password: Option<String>,
) -> Result<Option<String>> {
    let Some(password) = password else {
        return Ok(None);
    };
    if let Some(fault) = keeper.password_fault(&password) {
        faults.check(false, &["password"], &fault);
    }
    if !faults.is_empty() {
        return Ok(None);
    }
    keeper.hash_password(password).await.map(Some)
}

async fn roles_named(
    session: &Session,
    faults: &mut Faults,
    names: &[String],
) -> Result<BTreeMap<String, Id>> {
    faults.check(
        (1..=MOST_ROLES).contains(&names.len()),
        &["roles"],
        &format!("this has 1 to {MOST_ROLES} items"),
    );
    if names.len() > MOST_ROLES {
        return Ok(BTreeMap::new());
    }
    let wanted = RoleFilter {
        name: Some(StringFilter {
            is_in: MaybeUndefined::Value(names.to_vec()),
            ..StringFilter::default()
        }),
        ..RoleFilter::default()
    };
    let found: BTreeMap<String, Id> = session
        .found::<Role>(&wanted)
        .await?
        .into_iter()
        .map(|role| (role.name, role.id))
        .collect();
    for (index, name) in names.iter().enumerate() {
        if !found.contains_key(name) {
            faults.add(UserError::not_found(&["roles", &index.to_string()], "role"));
        }
    }
    Ok(found)
}
