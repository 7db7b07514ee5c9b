//! What the roles of a token allow.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::token::Claims;
use crate::core::{Actor, Error, Permission};
use crate::{database::DatabaseRole, database::GatewayPools};

/// Looks up the permissions of roles.
pub struct PermissionBook {
    connection: DatabaseConnection,
}

impl PermissionBook {
    /// Reads from the gateway's database.
    pub fn new(pools: &GatewayPools) -> Self {
        Self {
            connection: pools.of(DatabaseRole::Member).clone(),
        }
    }

    /// Who the bearer of a token is to the graph.
    pub async fn actor(&self, claims: &Claims) -> Result<Actor, Error> {
        let rows = self
            .connection
            .query_all_raw(Statement::from_sql_and_values(
                self.connection.get_database_backend(),
                "SELECT DISTINCT permissions.name FROM role_permissions
                 JOIN roles ON roles.id = role_id JOIN permissions ON permissions.id = permission_id
                 WHERE roles.name = ANY($1)",
                [claims.roles.clone().into()],
            ))
            .await
            .map_err(|_| Error::Unavailable)?;
        let names = rows
            .iter()
            .map(|row| row.try_get::<String>("", "name"))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Actor {
            organization: claims.org,
            user: claims.sub,
            permissions: Permission::ALL
                .iter()
                .copied()
                .filter(|permission| names.iter().any(|name| name == permission.name()))
                .collect(),
            database_role: if claims.roles.iter().any(|role| role == "admin") {
                DatabaseRole::Admin
            } else {
                DatabaseRole::Member
            },
        })
    }
}
