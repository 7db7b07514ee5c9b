//! Signing in and out, as a domain sees it: what somebody brings to the door and what they get there. Who keeps the sessions
//! behind it is the edge's to say.

use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::Context;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use uuid::Uuid;

use super::error::{Error, Result};
use super::{Actor, Refusal};

/// Where a request comes from, for the trail and for counting attempts.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The client's network address, as far as it can be known.
    pub address: IpAddr,
    /// The request's id.
    pub request: String,
}

/// What somebody who signed in has. No `Debug`: it is as good as their password.
#[derive(Clone)]
pub struct NewSession {
    /// For the header `Authorization`.
    pub access_token: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// To get the next session with, once.
    pub refresh_token: String,
    /// Until when.
    pub refresh_expires_at: DateTime<Utc>,
    /// Who signed in.
    pub user: Uuid,
    /// Of which organization.
    pub organization: Uuid,
    /// Names of their roles.
    pub roles: Vec<String>,
}

/// Whoever knows passwords and keeps sessions.
pub trait SessionKeeper: Send + Sync {
    /// Why a new password cannot be used, in a sentence; none where it can.
    fn password_fault(&self, password: &str) -> Option<String>;

    /// The hash of a new password. Takes its time, and waits for its turn.
    fn hash_password(&self, password: String) -> BoxFuture<'_, Result<String>>;

    /// A new session for an address or username with its password.
    fn sign_in<'a>(
        &'a self,
        origin: &'a Origin,
        login: &'a str,
        password: String,
    ) -> BoxFuture<'a, Result<NewSession, Refusal>>;

    /// The next session for a refresh token, which is used up by it.
    fn refresh<'a>(
        &'a self,
        origin: &'a Origin,
        refresh_token: &'a str,
    ) -> BoxFuture<'a, Result<NewSession, Refusal>>;

    /// Ends the session of a refresh token, or all of its user; answers with how many ended.
    fn sign_out<'a>(
        &'a self,
        origin: &'a Origin,
        refresh_token: &'a str,
        everywhere: bool,
    ) -> BoxFuture<'a, Result<u64, Refusal>>;

    /// Gives the caller another password, ends all of their sessions and begins a new one.
    fn change_password<'a>(
        &'a self,
        origin: &'a Origin,
        actor: &'a Actor,
        current: String,
        new: String,
    ) -> BoxFuture<'a, Result<NewSession, Refusal>>;
}

/// What mutations find in their context, also where nobody is signed in.
#[derive(Clone)]
pub struct Door {
    keeper: Arc<dyn SessionKeeper>,
    origin: Origin,
}

impl Door {
    /// For one request.
    pub fn new(keeper: Arc<dyn SessionKeeper>, origin: Origin) -> Self {
        Self { keeper, origin }
    }

    /// The door of the request that a field is resolved for.
    pub fn of<'a>(context: &Context<'a>) -> Result<&'a Self> {
        context
            .data::<Self>()
            .map_err(|_| Error::internal("a mutation without a door"))
    }

    /// Who keeps the sessions.
    pub fn keeper(&self) -> &dyn SessionKeeper {
        &*self.keeper
    }

    /// Where the request comes from.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}
