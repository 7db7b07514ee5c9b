//! What a token's roles allow, by the tables `roles`, `permissions` and `role_permissions`. A name means a role of the caller's
//! organization: built in, or its own. So there is a book for each organization, read anew every few seconds while it is used, and at
//! once when the database tells that something has changed.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;
use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};
use tokio::time::timeout;
use uuid::Uuid;

use super::Bearer;
use super::kept::{Kept, Patience, Source};
use crate::core::{Actor, Error, Permission, Permissions};
use crate::database::{DatabaseRole, GatewayPools};

/// A permission that was taken away is gone after ten seconds, even if nobody was told; while the database is away, after a minute
/// nobody may anything.
const PATIENCE: Patience = Patience {
    fresh: TimeDelta::seconds(10),
    usable: TimeDelta::minutes(1),
    pause: TimeDelta::seconds(1),
};
/// A few hundred rows; a database that needs longer is away.
const READING_TIME: Duration = Duration::from_secs(2);
/// Books of so many organizations are kept: a dozen names each, a few kilobytes. What is used least makes room.
const MOST_BOOKS: usize = 10_000;

/// Which role allows what, in which organization. One for the whole process.
pub struct PermissionBook {
    tables: Arc<Tables>,
    books: Cache<Uuid, Arc<Kept<Book>>>,
}

impl PermissionBook {
    /// Reads nothing yet.
    pub fn new(pools: GatewayPools) -> Self {
        Self {
            tables: Arc::new(Tables {
                pools,
                strangers: Mutex::default(),
            }),
            books: Cache::new(MOST_BOOKS),
        }
    }

    /// The caller that a token's bearer is. A role that the organization does not have allows nothing.
    pub async fn actor(&self, bearer: &Bearer, now: DateTime<Utc>) -> Result<Actor, Error> {
        let book = self.of(bearer.organization).get(now).await;
        let book = book.ok_or(Error::Unavailable)?;
        let permissions = bearer
            .roles
            .iter()
            .filter_map(|role| book.get(role))
            .fold(Permissions::default(), |all, of_role| all.and(*of_role));
        // No own role has such a permission: whose rows are all seen was decided by who made the built-in ones.
        let sees_all = permissions.iter().any(Permission::is_administrative);
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

    /// Has every book read anew before it is used again: some role's permissions have changed, or may have.
    pub fn forget(&self) {
        self.books.clear();
    }

    fn of(&self, organization: Uuid) -> Arc<Kept<Book>> {
        if let Some(book) = self.books.get(&organization) {
            return book;
        }
        let book = Arc::new(Kept::new(
            Book {
                organization,
                tables: Arc::clone(&self.tables),
            },
            PATIENCE,
        ));
        // Two who come at once shall wait for one reading.
        let made: Result<_, std::convert::Infallible> =
            self.books.get_or_insert_with(&organization, || Ok(book));
        match made {
            Ok(book) => book,
        }
    }
}

/// What the roles of one organization allow.
struct Book {
    organization: Uuid,
    tables: Arc<Tables>,
}

impl Source for Book {
    type Value = HashMap<String, Permissions>;

    async fn fetch(&self) -> Option<Self::Value> {
        match timeout(READING_TIME, self.tables.read(self.organization)).await {
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

/// The tables that the books are read from.
struct Tables {
    pools: GatewayPools,
    /// Permissions that this version does not know and that the log was told of.
    strangers: Mutex<BTreeSet<String>>,
}

impl Tables {
    /// The built-in roles and the organization's own. Row-level security says it too.
    async fn read(&self, organization: Uuid) -> Result<HashMap<String, Permissions>, DbErr> {
        let transaction = self.pools.of(DatabaseRole::Member).begin().await?;
        transaction
            .execute_unprepared(&format!("SET LOCAL app.organization_id = '{organization}'"))
            .await?;
        let rows = transaction
            .query_all_raw(Statement::from_sql_and_values(
                transaction.get_database_backend(),
                "SELECT roles.name AS role, permissions.name AS permission
                 FROM role_permissions
                 JOIN roles ON roles.id = role_permissions.role_id
                 JOIN permissions ON permissions.id = role_permissions.permission_id
                 WHERE roles.organization_id = $1 OR roles.organization_id IS NULL",
                [organization.into()],
            ))
            .await?;
        transaction.commit().await?;
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
