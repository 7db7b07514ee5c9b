//! Whether the bearer of a good token still is somebody: a token says what was true when it was signed. What the tables say is
//! kept for a few seconds, so that an ordinary request asks nothing, and forgotten as soon as the database tells of a change.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;
use sea_orm::sqlx::{self, AssertSqlSafe, Row};
use tokio::time::timeout;
use uuid::Uuid;

use super::Claims;
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

/// What is known of everybody who called lately. One for the whole process.
pub struct Standing {
    pools: GatewayPools,
    known: Cache<Person, Known>,
    /// How often something was forgotten: what was asked for before that may be what was forgotten.
    forgotten: AtomicU64,
    /// When the database was away last, in seconds of the epoch.
    away: AtomicI64,
}

#[derive(Clone, Copy)]
struct Known {
    /// What tokens must have that name a version; none of who is nobody, any more or at all.
    version: Option<i64>,
    since: DateTime<Utc>,
}

impl Known {
    fn is_within(&self, limit: TimeDelta, now: DateTime<Utc>) -> bool {
        (now - self.since).abs() < limit
    }

    fn allows(&self, claims: &Claims) -> bool {
        self.version
            .is_some_and(|version| claims.ver.is_none_or(|ver| ver == version))
    }
}

impl Standing {
    /// Knows nobody yet.
    pub fn new(pools: GatewayPools) -> Self {
        Self {
            pools,
            known: Cache::new(MOST_PEOPLE),
            forgotten: AtomicU64::new(0),
            away: AtomicI64::new(i64::MIN),
        }
    }

    /// Whether the user of verified claims is there, is active, is of an active organization, and had nothing happen since the
    /// token was signed that makes it worthless.
    pub async fn holds(&self, claims: &Claims, now: DateTime<Utc>) -> Result<bool, Error> {
        let person = (claims.org, claims.sub);
        let old = self.known.get(&person);
        if let Some(fresh) = old.filter(|known| known.is_within(FRESH, now)) {
            return Ok(fresh.allows(claims));
        }
        let known = match self.ask(person, now).await {
            Some(new) => new,
            None => old
                .filter(|known| known.is_within(USABLE, now))
                .ok_or(Error::Unavailable)?,
        };
        Ok(known.allows(claims))
    }

    /// Something happened to a user.
    pub fn forget(&self, organization: Uuid, user: Uuid) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.remove(&(organization, user));
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
    }

    async fn ask(&self, person: Person, now: DateTime<Utc>) -> Option<Known> {
        let second = now.timestamp();
        if second.abs_diff(self.away.load(Ordering::Relaxed)) < PAUSE_SECONDS.unsigned_abs() {
            return None;
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let version = match timeout(READING_TIME, self.read(person)).await {
            Ok(Ok(version)) => version,
            Ok(Err(error)) => {
                tracing::warn!(%error, "it could not be read whether a user is still there");
                self.away.store(second, Ordering::Relaxed);
                return None;
            }
            Err(_) => {
                tracing::warn!("it could not be read in time whether a user is still there");
                self.away.store(second, Ordering::Relaxed);
                return None;
            }
        };
        let known = Known {
            version,
            since: now,
        };
        self.known.insert(person, known);
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            // It may have been read before the change, and kept after it was told of.
            self.known.remove(&person);
        }
        Some(known)
    }

    /// As a member of the organization, in one message: its two statements are one transaction.
    async fn read(&self, (organization, user): Person) -> Result<Option<i64>, sqlx::Error> {
        let pool = self
            .pools
            .of(DatabaseRole::Member)
            .get_postgres_connection_pool();
        let sql = format!(
            "SET LOCAL app.organization_id = '{organization}';
             SELECT person.token_version::bigint FROM users person
             JOIN organizations organization ON organization.id = person.organization_id
             WHERE person.organization_id = '{organization}' AND person.id = '{user}'
               AND person.is_active AND person.deleted_at IS NULL
               AND organization.is_active AND organization.deleted_at IS NULL"
        );
        // Both are UUIDs: there is nothing else that could be in the text.
        sqlx::raw_sql(AssertSqlSafe(sql))
            .fetch_optional(pool)
            .await?
            .map(|row| row.try_get(0))
            .transpose()
    }
}
