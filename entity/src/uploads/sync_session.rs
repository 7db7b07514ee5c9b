//! One upload of files to S3. Its counters are kept by the database and always equal what its files say.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How far an upload is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SyncSessionStatus {
    /// Not begun.
    Pending,
    /// Files are on their way.
    InProgress,
    /// It ended well.
    Completed,
    /// It ended badly; `error_message` says why.
    Failed,
}

/// A row of `sync_sessions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "sync_sessions")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project the row hangs under; its members see it.
    pub project_id: Uuid,
    /// The cycle it uploads for, one of the same project; null for an upload outside of cycles.
    pub cycle_id: Option<Uuid>,
    /// Who uploads; null for a command-line upload.
    pub user_id: Option<Uuid>,
    /// Where its files go in the bucket.
    #[sea_orm(column_type = "Text")]
    pub s3_prefix: Option<String>,
    /// How far it is.
    pub status: SyncSessionStatus,
    /// How many files it has; counted by the database, never set.
    pub total_files: i32,
    /// How many of them are completed; counted by the database, never set.
    pub files_uploaded: i32,
    /// How many of them failed; counted by the database, never set.
    pub files_failed: i32,
    /// How many of them were skipped; counted by the database, never set.
    pub files_skipped: i32,
    /// Size of all its files; counted by the database, never set.
    pub total_size_bytes: i64,
    /// Size of the completed ones; counted by the database, never set.
    pub uploaded_size_bytes: i64,
    /// When the upload began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended, well or not.
    pub completed_at: Option<DateTimeUtc>,
    /// Why it failed.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// Where the files belong.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, project_id)",
        to = "(organization_id, id)"
    )]
    pub project: BelongsTo<crate::tenancy::project::Entity>,
    /// The cycle it uploads for.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, cycle_id)",
        to = "(organization_id, id)"
    )]
    pub cycle: BelongsTo<Option<super::cycle::Entity>>,
    /// Who uploads.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, user_id)",
        to = "(organization_id, id)"
    )]
    pub user: BelongsTo<Option<crate::tenancy::user::Entity>>,
    /// What it uploads.
    #[sea_orm(has_many)]
    pub files: HasMany<super::file_upload::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
