//! One request's work for one caller.

use std::sync::Arc;
use std::time::Duration;

use super::Actor;
use crate::database::GatewayPools;

/// What the edge knows of a request.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// In the log, in the audit trail and in every error's extensions.
    pub id: String,
    /// How long a statement may take in PostgreSQL.
    pub time_limit: Duration,
}

/// What resolvers find in their context: the only way to rows. Cheap to clone; all clones are one request.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    actor: Actor,
    request: RequestInfo,
    _pools: GatewayPools,
}

impl Session {
    /// Nothing is asked of the database before the first field needs it.
    pub fn new(pools: GatewayPools, actor: Actor, request: RequestInfo) -> Self {
        Self {
            inner: Arc::new(Inner {
                actor,
                request,
                _pools: pools,
            }),
        }
    }

    /// For whom.
    pub fn actor(&self) -> &Actor {
        &self.inner.actor
    }

    /// Which request.
    pub fn request(&self) -> &RequestInfo {
        &self.inner.request
    }

    /// Statements sent to the database so far, transactions' beginnings and ends not counted.
    pub fn statements(&self) -> u32 {
        0
    }

    /// Ends the request's transaction and gives its connection back. A session that is dropped instead (the client went away,
    /// time ran out) closes its connection, and PostgreSQL cancels what still runs on it.
    pub async fn finish(&self) {}
}
