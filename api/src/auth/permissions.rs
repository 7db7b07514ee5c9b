//! What a token's roles allow, by the tables `roles`, `permissions` and `role_permissions`: the same for every tenant, so one
//! book serves all callers and is read anew every few seconds.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use tokio::time::timeout;

use super::Bearer;
use super::kept::{Kept, Patience, Source};
use crate::core::{Actor, Error, Permission, Permissions};
use crate::database::{DatabaseRole, GatewayPools};

/// A permission that was taken away is gone after ten seconds; while the database is away, after a minute nobody may anything.
const PATIENCE: Patience = Patience {
    fresh: TimeDelta::seconds(10),
    usable: TimeDelta::minutes(1),
    pause: TimeDelta::seconds(1),
};
/// A few hundred rows; a database that needs longer is away.
const READING_TIME: Duration = Duration::from_secs(2);
/// The role that sees all of its organization, not only the projects it is a member of.
const SEES_ALL: &str = "admin";

/// Which role allows what. One for the whole process.
pub struct PermissionBook(Kept<Tables>);

impl PermissionBook {
    /// Reads nothing yet.
    pub fn new(pools: GatewayPools) -> Self {
        let tables = Tables {
            pools,
            strangers: Mutex::default(),
        };
        Self(Kept::new(tables, PATIENCE))
    }

    /// The tables changed: whoever asks next reads them anew.
    pub fn forget(&self) {
        self.0.forget();
    }

    /// The caller that a token's bearer is. A role that nobody knows allows nothing.
    pub async fn actor(&self, bearer: &Bearer, now: DateTime<Utc>) -> Result<Actor, Error> {
        let book = self.0.get(now).await.ok_or(Error::Unavailable)?;
        let permissions = bearer
            .roles
            .iter()
            .filter_map(|role| book.get(role))
            .fold(Permissions::default(), |all, of_role| all.and(*of_role));
        let sees_all = bearer.roles.iter().any(|role| role == SEES_ALL);
        Ok(Actor {
            organization: bearer.organization,
            user: bearer.user,
            permissions,
            database_role: if sees_all {
                DatabaseRole::Admin
            } else {
                DatabaseRole::Member
            },
        })
    }
}

/// The tables that the book is read from.
struct Tables {
    pools: GatewayPools,
    /// Permissions that this version does not know and that the log was told of.
    strangers: Mutex<BTreeSet<String>>,
}

impl Source for Tables {
    type Value = HashMap<String, Permissions>;

    async fn fetch(&self) -> Option<Self::Value> {
        match timeout(READING_TIME, self.read()).await {
            Ok(Ok(book)) => Some(book),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the permissions of roles could not be read");
                None
            }
            Err(_) => {
                tracing::warn!("the permissions of roles could not be read in time");
                None
            }
        }
    }
}

impl Tables {
    async fn read(&self) -> Result<HashMap<String, Permissions>, DbErr> {
        let connection = self.pools.of(DatabaseRole::Member);
        let rows = connection
            .query_all_raw(Statement::from_string(
                connection.get_database_backend(),
                "SELECT roles.name AS role, permissions.name AS permission
                 FROM role_permissions
                 JOIN roles ON roles.id = role_permissions.role_id
                 JOIN permissions ON permissions.id = role_permissions.permission_id",
            ))
            .await?;
        let mut book: HashMap<String, Permissions> = HashMap::new();
        for row in rows {
            let (role, name): (String, String) =
                (row.try_get("", "role")?, row.try_get("", "permission")?);
            if let Some(permission) = self.known(&name) {
                let of_role = book.entry(role).or_default();
                *of_role = of_role.and([permission].into_iter().collect());
            }
        }
        Ok(book)
    }

    fn known(&self, name: &str) -> Option<Permission> {
        let known = Permission::ALL
            .iter()
            .copied()
            .find(|permission| permission.name() == name);
        if known.is_none() {
            let mut strangers = self
                .strangers
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if strangers.insert(name.to_owned()) {
                tracing::warn!(
                    permission = name,
                    "unknown permission ignored; is the database of a newer version?"
                );
            }
        }
        known
    }
}
