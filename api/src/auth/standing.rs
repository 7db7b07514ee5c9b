//! Who the bearer of a good token is, and whether they still are: a token says what was true when it was signed, and an identity
//! provider's may say no more than the name it has for somebody. What the tables say is kept for a few seconds, so that an ordinary request asks nothing, and forgotten as soon as the database tells of a change.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;
use sea_orm::sqlx::{self, AssertSqlSafe, Row};
use tokio::time::timeout;
use uuid::Uuid;

use super::{Claims, Subject};
use crate::core::Error;
use crate::database::{DatabaseRole, GatewayPools};

/// As long as this it is believed without a question, should the news of a change not come.
const FRESH: TimeDelta = TimeDelta::seconds(10);
/// As long as this, while the database is away.
const USABLE: TimeDelta = TimeDelta::minutes(1);
/// A database that needs longer for one row is away.
const READING_TIME: Duration = Duration::from_secs(2);
/// While it is away, it is asked no more often than this.
const PAUSE_SECONDS: i64 = 1;
/// Some megabytes; of more people at once some are asked for more often.
const MOST_PEOPLE: usize = 65_536;

/// The organization and the user.
type Person = (Uuid, Uuid);

/// Who is calling, after the tables were asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The tenant of everything they do.
    pub organization: Uuid,
    /// Their account.
    pub user: Uuid,
    /// Names of their roles: the token's, or those of the tables where the token need not say.
    pub roles: Vec<String>,
}

/// What is known of everybody who called lately. One for the whole process.
pub struct Standing {
    pools: GatewayPools,
    known: Cache<Person, Known>,
    /// Whom an identity provider means by a name, if anybody.
    subjects: Cache<String, Meant>,
    /// How often something was forgotten: what was asked for before that may be what was forgotten.
    forgotten: AtomicU64,
    /// When the database was away last, in seconds of the epoch.
    away: AtomicI64,
}

#[derive(Clone)]
struct Known {
    /// None for who is nobody, any more or at all.
    account: Option<Account>,
    since: DateTime<Utc>,
}

#[derive(Clone)]
struct Account {
    /// What tokens must have that name a version.
    version: i64,
    roles: Arc<[String]>,
}

#[derive(Clone, Copy)]
struct Meant {
    person: Option<Person>,
    since: DateTime<Utc>,
}

fn is_within(limit: TimeDelta, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (now - since).abs() < limit
}

impl Standing {
    /// Knows nobody yet.
    pub fn new(pools: GatewayPools) -> Self {
        Self {
            pools,
            known: Cache::new(MOST_PEOPLE),
            subjects: Cache::new(MOST_PEOPLE),
            forgotten: AtomicU64::new(0),
            away: AtomicI64::new(i64::MIN),
        }
    }

    /// Whose token it is that has these verified claims. Nobody's, where the user is not there, is inactive, is of an inactive or
    /// another organization, or had something happen since the token was signed that makes it worthless.
    pub async fn bearer(
        &self,
        claims: Claims,
        now: DateTime<Utc>,
    ) -> Result<Option<Bearer>, Error> {
        let person = match (claims.sub, claims.org) {
            (Subject::User(user), Some(organization)) => Some((organization, user)),
            (Subject::User(_), None) => None,
            (Subject::Provider(name), named) => self
                .meant(name, now)
                .await?
                .filter(|(own, _)| named.is_none_or(|named| named == *own)),
        };
        let Some(person) = person else {
            return Ok(None);
        };
        let Some(account) = self.account(person, now).await? else {
            return Ok(None);
        };
        if claims.ver.is_some_and(|ver| ver != account.version) {
            return Ok(None);
        }
        Ok(Some(Bearer {
            organization: person.0,
            user: person.1,
            roles: claims.roles.unwrap_or_else(|| account.roles.to_vec()),
        }))
    }

    async fn account(&self, person: Person, now: DateTime<Utc>) -> Result<Option<Account>, Error> {
        let old = self.known.get(&person);
        if let Some(fresh) = old
            .as_ref()
            .filter(|known| is_within(FRESH, known.since, now))
        {
            return Ok(fresh.account.clone());
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let Some(account) = self.ask(self.read(person), now).await else {
            return old
                .filter(|known| is_within(USABLE, known.since, now))
                .map(|known| known.account)
                .ok_or(Error::Unavailable);
        };
        let known = Known {
            account: account.clone(),
            since: now,
        };
        self.known.insert(person, known);
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            // It may have been read before the change, and kept after it was told of.
            self.known.remove(&person);
        }
        Ok(account)
    }

    async fn meant(&self, name: String, now: DateTime<Utc>) -> Result<Option<Person>, Error> {
        let old = self.subjects.get(&name);
        if let Some(fresh) = old.filter(|meant| is_within(FRESH, meant.since, now)) {
            return Ok(fresh.person);
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let Some(person) = self.ask(self.find(&name), now).await else {
            return old
                .filter(|meant| is_within(USABLE, meant.since, now))
                .map(|meant| meant.person)
                .ok_or(Error::Unavailable);
        };
        self.subjects
            .insert(name.clone(), Meant { person, since: now });
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            self.subjects.remove(&name);
        }
        Ok(person)
    }

    /// Something happened to a user.
    pub fn forget(&self, organization: Uuid, user: Uuid) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.remove(&(organization, user));
        // Who was unknown may be this one now.
        self.subjects
            .retain(|_, meant| meant.person.is_some_and(|of| of != (organization, user)));
    }

    /// Something happened to an organization, and so to all of its people.
    pub fn forget_organization(&self, organization: Uuid) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.retain(|(of, _), _| *of != organization);
    }

    /// Anything may have happened to anybody.
    pub fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.clear();
        self.subjects.clear();
    }

    /// What is read, unless the database is away.
    async fn ask<T>(
        &self,
        read: impl Future<Output = Result<T, sqlx::Error>>,
        now: DateTime<Utc>,
    ) -> Option<T> {
        let second = now.timestamp();
        if second.abs_diff(self.away.load(Ordering::Relaxed)) < PAUSE_SECONDS.unsigned_abs() {
            return None;
        }
        match timeout(READING_TIME, read).await {
            Ok(Ok(read)) => return Some(read),
            Ok(Err(error)) => {
                tracing::warn!(%error, "it could not be read whether a user is still there");
            }
            Err(_) => {
                tracing::warn!("it could not be read in time whether a user is still there");
            }
        }
        self.away.store(second, Ordering::Relaxed);
        None
    }

    /// As a member of the organization, in one message: its two statements are one transaction.
    async fn read(&self, (organization, user): Person) -> Result<Option<Account>, sqlx::Error> {
        let pool = self
            .pools
            .of(DatabaseRole::Member)
            .get_postgres_connection_pool();
        let sql = format!(
            "SET LOCAL app.organization_id = '{organization}';
             SELECT person.token_version::bigint,
               ARRAY(SELECT role.name FROM user_roles given JOIN roles role ON role.id = given.role_id
                     WHERE given.organization_id = '{organization}' AND given.user_id = '{user}' ORDER BY role.name)
             FROM users person
             JOIN organizations organization ON organization.id = person.organization_id
             WHERE person.organization_id = '{organization}' AND person.id = '{user}'
               AND person.is_active AND person.deleted_at IS NULL
               AND organization.is_active AND organization.deleted_at IS NULL"
        );
        // Both are UUIDs: there is nothing else that could be in the text.
        sqlx::raw_sql(AssertSqlSafe(sql))
            .fetch_optional(pool)
            .await?
            .map(|row| {
                Ok(Account {
                    version: row.try_get(0)?,
                    roles: row.try_get::<Vec<String>, _>(1)?.into(),
                })
            })
            .transpose()
    }

    /// As the keeper, who may look for an account in all organizations.
    async fn find(&self, name: &str) -> Result<Option<Person>, sqlx::Error> {
        let pool = self
            .pools
            .of(DatabaseRole::Keeper)
            .get_postgres_connection_pool();
        sqlx::query("SELECT organization_id, id FROM users WHERE auth_provider_id = $1")
            .bind(name)
            .fetch_optional(pool)
            .await?
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .transpose()
    }
}
