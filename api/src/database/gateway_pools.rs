//! The gateway's connections: for each of the two roles of callers behind its login those that requests share, and a few for the
//! gateway's own needs. A connection keeps its role for life, because PostgreSQL forgets the plans of a session that changes it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sea_orm::{DatabaseConnection, DbErr, SqlxPostgresConnector};

use super::DatabaseError;
use super::wire::{Address, Pool};

/// Sign-ins wait for the processor, not for the database.
const MOST_OF_KEEPER: u32 = 4;

/// What the gateway wants to know for itself, it knows by then or not at all.
const OWN_STATEMENT: &str = "5s";

/// Who a connection of the gateway works as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseRole {
    /// Sees all of the transaction's organization.
    Admin,
    /// Sees what the transaction's user is a member of.
    Member,
    /// Looks at password hashes and keeps sessions. Nobody calls as this one.
    Keeper,
}

impl DatabaseRole {
    /// The name of the role in PostgreSQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "org_admin",
            Self::Member => "org_user",
            Self::Keeper => "session_keeper",
        }
    }
}

/// The pools of one login role, which itself has no rights at all.
#[derive(Clone)]
pub struct GatewayPools {
    admin: DatabaseConnection,
    member: DatabaseConnection,
    keeper: DatabaseConnection,
    login: PgConnectOptions,
    admin_requests: Arc<Pool>,
    member_requests: Arc<Pool>,
}

impl GatewayPools {
    /// Makes the pools; connections are opened when they are first needed, so the database may be away.
    pub fn new(gateway_url: &str, connections: u32) -> Result<Self, DatabaseError> {
        let unusable = |error: sea_orm::sqlx::Error| {
            DatabaseError::unreachable(gateway_url, &DbErr::Custom(error.to_string()))
        };
        let login = PgConnectOptions::from_str(gateway_url)
            .map_err(unusable)?
            .application_name("fieldgraph");
        let pool = |role: DatabaseRole, connections: u32| {
            SqlxPostgresConnector::from_sqlx_postgres_pool(
                PgPoolOptions::new()
                    .max_connections(connections)
                    .acquire_timeout(Duration::from_secs(5))
                    .connect_lazy_with(login.clone().options([
                        ("role", role.name()),
                        // A statement whose client is gone is cancelled within a second.
                        ("client_connection_check_interval", "1s"),
                        // Requests set their own.
                        ("statement_timeout", OWN_STATEMENT),
                    ])),
            )
        };
        let requests = |role: DatabaseRole| -> Result<_, DatabaseError> {
            let address = Address::read(gateway_url, role).map_err(unusable)?;
            Ok(Pool::new(address, connections))
        };
        Ok(Self {
            admin: pool(DatabaseRole::Admin, connections),
            member: pool(DatabaseRole::Member, connections),
            keeper: pool(DatabaseRole::Keeper, connections.min(MOST_OF_KEEPER)),
            login: login.clone(),
            admin_requests: requests(DatabaseRole::Admin)?,
            member_requests: requests(DatabaseRole::Member)?,
        })
    }

    /// Connections of a role for what the gateway itself wants to know.
    pub fn of(&self, role: DatabaseRole) -> &DatabaseConnection {
        match role {
            DatabaseRole::Admin => &self.admin,
            DatabaseRole::Member => &self.member,
            DatabaseRole::Keeper => &self.keeper,
        }
    }

    /// The connections of a role for what requests do.
    pub const fn requests(&self, role: DatabaseRole) -> &Arc<Pool> {
        match role {
            DatabaseRole::Admin => &self.admin_requests,
            // Who called as the keeper after all would see what a member sees.
            DatabaseRole::Member | DatabaseRole::Keeper => &self.member_requests,
        }
    }

    /// A connection of its own to hear what PostgreSQL tells all gateways, as the login role, which has no rights at all.
    pub(crate) async fn listener(&self) -> Result<PgListener, sea_orm::sqlx::Error> {
        let one = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(self.login.clone());
        PgListener::connect_with(&one).await
    }

    /// Gives every connection back.
    pub async fn close(self) {
        self.admin_requests.close();
        self.member_requests.close();
        // A connection that cannot say goodbye is gone all the same.
        let _ = self.admin.close().await;
        let _ = self.member.close().await;
        let _ = self.keeper.close().await;
    }
}

impl fmt::Debug for GatewayPools {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GatewayPools")
            .finish_non_exhaustive()
    }
}
