//! Signing in and out. Sessions are no rows that anybody reads: they are kept behind the door.

use std::fmt;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::core::{Door, Id, NewSession, Result, Session, settled};
use crate::payload;

/// What somebody who signed in has: a token to ask with, and one to get the next with.
#[derive(Clone, SimpleObject)]
#[graphql(name = "Session")]
pub struct SignedIn {
    /// Goes into the header `Authorization`, behind `Bearer`.
    access_token: String,
    /// Until when the access token is good; refresh a little before.
    expires_at: DateTime<Utc>,
    /// Good for one `refreshSession`, which gives another. Keep it as you would keep a password.
    refresh_token: String,
    /// Until when the refresh token is good, if it is not used before.
    refresh_expires_at: DateTime<Utc>,
    /// Who signed in: `viewer` has more of them.
    user_id: Id,
    /// The organization whose rows the session sees.
    organization_id: Id,
    /// Names of the roles that the access token claims.
    roles: Vec<String>,
}

impl fmt::Debug for SignedIn {
    /// Without the tokens: they are as good as a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SignedIn")
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl From<NewSession> for SignedIn {
    fn from(session: NewSession) -> Self {
        let NewSession {
            access_token,
            expires_at,
            refresh_token,
            refresh_expires_at,
            user,
            organization,
            roles,
        } = session;
        Self {
            access_token,
            expires_at,
            refresh_token,
            refresh_expires_at,
            user_id: Id(user),
            organization_id: Id(organization),
            roles,
        }
    }
}

/// Who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// The account's address, in any case, or its username.
    login: String,
    /// The account's password.
    password: String,
}

/// Which session goes on.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The newest refresh token of the session.
    refresh_token: String,
}

/// Which session ends.
#[derive(InputObject)]
pub struct SignOutInput {
    /// The newest refresh token of the session.
    refresh_token: String,
    /// Ends all sessions of the same user, on every device, and their access tokens at once.
    #[graphql(default)]
    everywhere: bool,
}

/// The caller's next password.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// As it is now.
    current_password: String,
    /// As it shall be: 12 characters or more, and not the current one.
    new_password: String,
}

payload! {
    /// Who signed in has a session.
    SignInPayload {
        /// The session; null where there are errors.
        session: SignedIn
    }
}

payload! {
    /// The session goes on with other tokens.
    RefreshSessionPayload {
        /// The session with its new tokens; null where there are errors.
        session: SignedIn
    }
}

payload! {
    /// The session is over.
    SignOutPayload {
        /// How many sessions ended; 0 for a token that was worth nothing any more.
        ended_sessions: u64
    }
}

payload! {
    /// The password is another, and all sessions with the old one are over.
    ChangePasswordPayload {
        /// A new session; null where there are errors.
        session: SignedIn
    }
}

/// Signing in and out.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionMutations;

/// Signing in and out.
#[Object]
impl SessionMutations {
    /// Begins a session with a password; it is asked without a token. Whatever is wrong with account or password, the answer is the same.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let SignInInput { login, password } = input;
        let door = Door::of(context)?;
        let session = door.keeper().sign_in(door.origin(), &login, password).await;
        settled(session.map(SignedIn::from))
    }

    /// Goes on with a session: gives an access token of the roles as they are now, and the next refresh token. It is asked
    /// without a token. A refresh token that was used before ends the session on all devices that have it.
    async fn refresh_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session goes on.")] input: RefreshSessionInput,
    ) -> Result<RefreshSessionPayload> {
        let RefreshSessionInput { refresh_token } = input;
        let door = Door::of(context)?;
        let session = door.keeper().refresh(door.origin(), &refresh_token).await;
        settled(session.map(SignedIn::from))
    }

    /// Ends a session, or all of its user; it is asked without a token.
    async fn sign_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which session ends.")] input: SignOutInput,
    ) -> Result<SignOutPayload> {
        let SignOutInput {
            refresh_token,
            everywhere,
        } = input;
        let door = Door::of(context)?;
        let ended = door
            .keeper()
            .sign_out(door.origin(), &refresh_token, everywhere)
            .await;
        settled(ended)
    }

    /// Gives the caller another password, ends all of their sessions, and begins a new one. Whoever is signed in may.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The passwords, old and new.")] input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let ChangePasswordInput {
            current_password,
            new_password,
        } = input;
        let actor = Session::of(context)?.actor();
        let door = Door::of(context)?;
        let session = door
            .keeper()
            .change_password(door.origin(), actor, current_password, new_password)
            .await;
        settled(session.map(SignedIn::from))
    }
}
