//! Bulk data for load tests: twenty organizations of photos and, in proportion, everything else. The database makes it from
//! series of numbers, so that nothing depends on chance or on the clock, and the same call twice changes nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use futures::{StreamExt, TryStreamExt, stream};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, Statement, TransactionTrait,
};
use uuid::Uuid;

use super::{Error, months};

/// The photos are spread over this many organizations.
const ORGANIZATIONS: u64 = 20;
/// Photos a transaction. Larger ones are no faster, and progress moves in steps of this size.
const CHUNK: u64 = 10_000;
/// Organizations that are filled at the same time, each on its own connection.
const CONNECTIONS: u32 = 2;

const FUNCTIONS: &str = include_str!("bulk/functions.sql");
const TENANCY: &str = include_str!("bulk/tenancy.sql");
const PHOTOS: &str = include_str!("bulk/photos.sql");
const REST: &str = include_str!("bulk/rest.sql");

/// First of January 2026, when the first photo is taken.
const BEGIN: u64 = 1_767_225_600_000;
const MINUTE: u64 = 60_000;
/// What was there before the first photo has ids of the day before.
const DAY: u64 = 1440 * MINUTE;

/// The tables that are filled.
const TABLES: &str = "organizations, users, user_roles, projects, project_members, audit_logs, refresh_tokens, photos, detections, tags,
    processing_events, workflows, buckets, criteria, assessments, assessment_documents, assessment_results, documents, document_chunks,
    document_permissions, query_logs, agent_configs, conversations, messages, cycles, sync_sessions, file_uploads";

/// What bulk data there is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bulk {
    /// Organizations, `load-01` and on.
    pub organizations: u64,
    /// Photos that were asked for; they are all there.
    pub photos: u64,
    /// Rows that this call wrote, over all tables; 0 when everything was there.
    pub rows_written: u64,
}

/// Fills the owner's database until it has that many bulk photos, and tells `progress` how many are done of how many. What
/// is there of an earlier call, also of one that was broken off, is kept and completed.
pub async fn bulk(
    owner_url: &str,
    photos: u64,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Bulk, Error> {
    let mut options = ConnectOptions::new(owner_url);
    options.max_connections(CONNECTIONS).sqlx_logging(false);
    let owner = Database::connect(options)
        .await
        .map_err(Error::database("connect to the database"))?;
    let filled = fill(&owner, photos, progress).await;
    owner
        .close()
        .await
        .map_err(Error::database("close the connection"))?;
    filled
}

async fn fill(
    owner: &DatabaseConnection,
    photos: u64,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Bulk, Error> {
    let first = "timestamp '2026-01-01'";
    let last = format!("{first} + {photos} * interval '1 minute'");
    months::make(owner, first, &last).await?;
    let done = &AtomicU64::new(0);
    progress(0, photos);
    let rows_written = stream::iter(0..ORGANIZATIONS)
        .map(|number| async move {
            Organization::new(number)
                .fill(owner, photos, &|some| {
                    progress(done.fetch_add(some, Ordering::Relaxed) + some, photos);
                })
                .await
        })
        .buffer_unordered(CONNECTIONS as usize)
        .try_fold(0, async |sum, rows| Ok(sum + rows))
        .await?;
    if rows_written > 0 {
        // Statistics for the planner; and the visibility map, which saves the first readers from writing.
        owner
            .execute_unprepared(&format!("VACUUM (ANALYZE) {TABLES}"))
            .await
            .map_err(Error::database("analyze the tables"))?;
    }
    Ok(Bulk {
        organizations: ORGANIZATIONS,
        photos,
        rows_written,
    })
}

/// One of the twenty.
struct Organization {
    /// Counted from 0.
    number: u64,
    id: Uuid,
    slug: String,
}

impl Organization {
    fn new(number: u64) -> Self {
        Self {
            number,
            id: id(1, number, BEGIN - DAY),
            slug: format!("load-{:02}", number + 1),
        }
    }

    /// Makes the organization and its share of the photos; answers the number of rows written.
    async fn fill(
        &self,
        owner: &DatabaseConnection,
        photos: u64,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<u64, Error> {
        let mut rows = self.make(owner).await?;
        // Photo i of this organization is photo i * 20 + number of all.
        let share = photos.saturating_sub(self.number).div_ceil(ORGANIZATIONS);
        let mut first = 0;
        while first < share {
            let end = (first + CHUNK).min(share);
            rows += self
                .chunk(owner, first, end - 1)
                .await
                .map_err(self.refused("fill"))?;
            progress(end - first);
            first = end;
        }
        Ok(rows)
    }

    async fn make(&self, owner: &DatabaseConnection) -> Result<u64, Error> {
        let taken = "SELECT 1 FROM organizations WHERE slug = $1 AND id <> $2";
        let names = [self.slug.as_str().into(), self.id.into()];
        let stranger = owner
            .query_one_raw(statement(taken, names))
            .await
            .map_err(self.refused("look for"))?;
        if stranger.is_some() {
            let slug = self.slug.clone();
            return Err(Error::OrganizationTaken { slug });
        }
        let made = async {
            let transaction = self.begin(owner).await?;
            let sql = TENANCY.replace("{number}", &self.number.to_string());
            let rows = transaction.execute_unprepared(&sql).await?.rows_affected();
            transaction.commit().await?;
            Ok(rows)
        };
        made.await.map_err(self.refused("make"))
    }

    /// Makes the photos from `first` to `last` and what belongs to them, unless they are there.
    async fn chunk(&self, owner: &DatabaseConnection, first: u64, last: u64) -> Result<u64, DbErr> {
        let transaction = self.begin(owner).await?;
        let number = last * ORGANIZATIONS + self.number;
        let photo = id(0x10, number, BEGIN + number * MINUTE);
        let there = "SELECT 1 FROM photos WHERE organization_id = $1 AND id = $2";
        let key = [self.id.into(), photo.into()];
        // A chunk is made in one transaction: with its last photo, all of it is there.
        if transaction
            .query_one_raw(statement(there, key))
            .await?
            .is_some()
        {
            transaction.rollback().await?;
            return Ok(0);
        }
        let mut rows = 0;
        for sql in [PHOTOS, REST] {
            let sql = sql
                .replace("{number}", &self.number.to_string())
                .replace("{first}", &first.to_string())
                .replace("{last}", &last.to_string());
            rows += transaction.execute_unprepared(&sql).await?.rows_affected();
        }
        transaction.commit().await?;
        Ok(rows)
    }

    /// A transaction of this organization. A crash may lose its commit, never a part of it: the next call makes it again.
    async fn begin(&self, owner: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
        let transaction = owner.begin().await?;
        let scope = format!(
            "SET LOCAL app.organization_id = '{}'; SET LOCAL TimeZone = 'UTC'; SET LOCAL synchronous_commit = off; SET LOCAL jit = off;",
            self.id
        );
        let functions = FUNCTIONS.replace("{organization}", &self.id.to_string());
        transaction
            .execute_unprepared(&format!("{scope} {functions}"))
            .await?;
        Ok(transaction)
    }

    fn refused(&self, task: &str) -> impl FnOnce(DbErr) -> Error {
        Error::database(format!("{task} the organization {}", self.slug))
    }
}

/// The id that `load_id` in `functions.sql` makes.
fn id(kind: u128, number: u64, milliseconds: u64) -> Uuid {
    let head = u128::from(milliseconds) << 80 | 0x7 << 76 | kind << 64;
    Uuid::from_u128(head | 0x8 << 60 | u128::from(number))
}

fn statement(sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
