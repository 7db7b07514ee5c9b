//! Figures over uploads: how many files and bytes, how long they took, and how fast they were.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use entity::uploads::sync_session::{self, SyncSessionStatus};
use sea_orm::sea_query::{Expr, SelectStatement};

use super::{Cycle, SyncSession, SyncSessionFilter};
use crate::core::{
    Aggregation, Computed, Group, GroupBy, Id, NumberStats, Result, Row, Session, TimeBucket,
};
use crate::domains::tenancy::{Project, User};

/// What uploads are grouped by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncGroupBy {
    /// By the project that the files belong to.
    Project,
    /// By the cycle they upload for; those outside of cycles are one group.
    Cycle,
    /// By who uploads; command-line uploads are one group.
    User,
    /// By how far they are.
    Status,
}

impl GroupBy for SyncGroupBy {
    type Of = SyncSession;

    fn name(self) -> &'static str {
        match self {
            Self::Project => "by_project",
            Self::Cycle => "by_cycle",
            Self::User => "by_user",
            Self::Status => "by_status",
        }
    }

    fn value(self, row: &Row) -> (Expr, Option<SelectStatement>) {
        let column = match self {
            Self::Project => sync_session::Column::ProjectId,
            Self::Cycle => sync_session::Column::CycleId,
            Self::User => sync_session::Column::UserId,
            Self::Status => sync_session::Column::Status,
        };
        (row.column(column), None)
    }
}

/// From the first file under way to the end; null for what has not ended.
fn seconds(row: &Row) -> Expr {
    let [began, ended] = [
        sync_session::Column::StartedAt,
        sync_session::Column::CompletedAt,
    ]
    .map(|column| row.column(column));
    Expr::cust_with_exprs("extract(epoch FROM $1 - $2)::float8", [ended, began])
}

/// Of what has ended, and what took any time at all.
fn per_second(row: &Row, column: sync_session::Column) -> Expr {
    Expr::cust_with_exprs("$1 / nullif($2, 0)", [row.column(column), seconds(row)])
}

/// What was done, and in which time.
fn speed(row: &Row, column: sync_session::Column) -> (Expr, Expr) {
    let done = Expr::cust_with_exprs(
        "CASE WHEN $1 IS NOT NULL THEN $2 END",
        [seconds(row), row.column(column)],
    );
    (done, seconds(row))
}

/// A group of uploads, and its figures.
#[derive(Debug)]
pub struct SyncStats(Group);

/// A group of uploads, and its figures.
#[Object]
impl SyncStats {
    /// How many uploads.
    async fn count(&self) -> Result<i64> {
        self.0.count()
    }

    /// When the group's bucket of time begins; null where no bucket was asked for.
    async fn bucket_start(&self) -> Option<DateTime<Utc>> {
        self.0.bucket_start()
    }

    /// The project of all uploads in the group; null where they are not grouped by it. Needs projects:read.
    async fn project(&self, context: &Context<'_>) -> Result<Option<Arc<Project>>> {
        let id: Option<Id> = self.0.value(SyncGroupBy::Project);
        Session::of(context)?.maybe(id).await
    }

    /// The cycle of all uploads in the group; null where they are not grouped by it. Needs uploads:read.
    async fn cycle(&self, context: &Context<'_>) -> Result<Option<Arc<Cycle>>> {
        let id: Option<Id> = self.0.value(SyncGroupBy::Cycle);
        Session::of(context)?.maybe(id).await
    }

    /// Who made all uploads in the group; null where they are not grouped by it. Needs organization:read.
    async fn user(&self, context: &Context<'_>) -> Result<Option<Arc<User>>> {
        let id: Option<Id> = self.0.value(SyncGroupBy::User);
        Session::of(context)?.maybe(id).await
    }

    /// The status of all uploads in the group; null where they are not grouped by it.
    async fn status(&self) -> Option<SyncSessionStatus> {
        self.0.value(SyncGroupBy::Status)
    }

    /// Figures of how many files they have.
    async fn total_files(&self) -> NumberStats {
        self.0.numbers("totalFiles")
    }

    /// Figures of how many files were completed.
    async fn files_uploaded(&self) -> NumberStats {
        self.0.numbers("filesUploaded")
    }

    /// Figures of how many files failed.
    async fn files_failed(&self) -> NumberStats {
        self.0.numbers("filesFailed")
    }

    /// Figures of how many files were skipped.
    async fn files_skipped(&self) -> NumberStats {
        self.0.numbers("filesSkipped")
    }

    /// Figures of the size of all their files.
    async fn total_size_bytes(&self) -> NumberStats {
        self.0.numbers("totalSizeBytes")
    }

    /// Figures of the size of the completed ones.
    async fn uploaded_size_bytes(&self) -> NumberStats {
        self.0.numbers("uploadedSizeBytes")
    }

    /// Figures of how long they took, from the first file under way to the end; of those that have ended.
    async fn duration_seconds(&self) -> NumberStats {
        self.0.numbers("durationSeconds")
    }

    /// How fast they were together: completed bytes for each second that the uploads took; of those that have ended, null where
    /// none has, or where they took no time.
    async fn bytes_per_second(&self) -> Option<f64> {
        self.0.number("bytesPerSecond")
    }

    /// How fast they were together: completed files for each second that the uploads took; of those that have ended, null where
    /// none has, or where they took no time.
    async fn files_per_second(&self) -> Option<f64> {
        self.0.number("filesPerSecond")
    }

    /// Figures of how many bytes a second each was by itself; of those that have ended.
    async fn session_bytes_per_second(&self) -> NumberStats {
        self.0.numbers("sessionBytesPerSecond")
    }

    /// Figures of how many files a second each was by itself; of those that have ended.
    async fn session_files_per_second(&self) -> NumberStats {
        self.0.numbers("sessionFilesPerSecond")
    }
}

/// Figures over uploads.
#[derive(Clone, Copy, Debug, Default)]
pub struct SyncStatsQueries;

/// Figures over uploads.
#[Object]
impl SyncStatsQueries {
    /// Figures over the uploads that the caller may see, in groups: the earliest bucket first, then the largest group. One group
    /// of all uploads where nothing is grouped by. Needs uploads:read.
    async fn sync_stats(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only uploads for which this holds.")] filter: Option<SyncSessionFilter>,
        #[graphql(desc = "By what uploads are grouped.", default)] group_by: Vec<SyncGroupBy>,
        #[graphql(desc = "In buckets of the time at which uploads were registered.")]
        bucket: Option<TimeBucket>,
        #[graphql(desc = "So many groups at most, 1 to 1,000; 100 where it is left out.")]
        first: Option<i32>,
    ) -> Result<Vec<SyncStats>> {
        use sync_session::Column::{
            CreatedAt, FilesFailed, FilesSkipped, FilesUploaded, TotalFiles, TotalSizeBytes,
            UploadedSizeBytes,
        };
        let asked = Aggregation {
            filter,
            group_by,
            bucket: bucket.map(|bucket| (CreatedAt, bucket)),
            numbers: vec![
                ("totalFiles", Computed::Of(|row| row.column(TotalFiles))),
                (
                    "filesUploaded",
                    Computed::Of(|row| row.column(FilesUploaded)),
                ),
                ("filesFailed", Computed::Of(|row| row.column(FilesFailed))),
                ("filesSkipped", Computed::Of(|row| row.column(FilesSkipped))),
                (
                    "totalSizeBytes",
                    Computed::Of(|row| row.column(TotalSizeBytes)),
                ),
                (
                    "uploadedSizeBytes",
                    Computed::Of(|row| row.column(UploadedSizeBytes)),
                ),
                ("durationSeconds", Computed::Of(seconds)),
                (
                    "bytesPerSecond",
                    Computed::Ratio(|row| speed(row, UploadedSizeBytes)),
                ),
                (
                    "filesPerSecond",
                    Computed::Ratio(|row| speed(row, FilesUploaded)),
                ),
                (
                    "sessionBytesPerSecond",
                    Computed::Of(|row| per_second(row, UploadedSizeBytes)),
                ),
                (
                    "sessionFilesPerSecond",
                    Computed::Of(|row| per_second(row, FilesUploaded)),
                ),
            ],
            first,
        };
        let groups = Session::of(context)?
            .aggregate(asked, context.look_ahead())
            .await?;
        Ok(groups.into_iter().map(SyncStats).collect())
    }
}
