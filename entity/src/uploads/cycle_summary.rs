//! A cycle with the sums of its sessions. Row-level security holds through it.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use super::cycle::CycleStatus;

/// A row of the view `cycle_summaries`: to read, never to write.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "cycle_summaries")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// The cycle.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cycle_id: Uuid,
    /// Its name.
    #[sea_orm(column_type = "Text")]
    pub cycle_name: String,
    /// Its number.
    pub cycle_number: i32,
    /// How far the cycle is.
    pub status: CycleStatus,
    /// Its project.
    pub project_id: Uuid,
    /// Name of that project.
    #[sea_orm(column_type = "Text")]
    pub project_name: String,
    /// S3 bucket of that project.
    #[sea_orm(column_type = "Text")]
    pub bucket_name: Option<String>,
    /// How many sessions it has.
    pub total_sessions: i64,
    /// Files of its sessions.
    pub total_files: i64,
    /// Completed files of its sessions.
    pub files_uploaded: i64,
    /// Failed files of its sessions.
    pub files_failed: i64,
    /// Skipped files of its sessions.
    pub files_skipped: i64,
    /// Size of the files of its sessions.
    pub total_size_bytes: i64,
    /// Size of the completed ones.
    pub uploaded_size_bytes: i64,
    /// When it began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub completed_at: Option<DateTimeUtc>,
    /// When the cycle was planned.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
