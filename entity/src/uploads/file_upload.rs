//! One file of a session and how far it is.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How far a file is.
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
pub enum FileUploadStatus {
    /// Not begun.
    Pending,
    /// On its way.
    Uploading,
    /// The object is there.
    Completed,
    /// It did not arrive; `error_message` says why.
    Failed,
    /// Left out, as a duplicate for one.
    Skipped,
}

/// A row of `file_uploads`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "file_uploads")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project the row hangs under; its members see it.
    pub project_id: Uuid,
    /// The session that uploads it.
    pub session_id: Uuid,
    /// Where it was on the uploader's machine.
    #[sea_orm(column_type = "Text")]
    pub file_path: String,
    /// Key of the object it becomes.
    #[sea_orm(column_type = "Text")]
    pub s3_key: String,
    /// Size of the file.
    pub file_size_bytes: Option<i64>,
    /// MD5 or SHA-256 in lower-case hexadecimal digits.
    #[sea_orm(column_type = "Text")]
    pub checksum: Option<String>,
    /// How far it is.
    pub status: FileUploadStatus,
    /// Why it failed.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// When it was uploaded.
    pub uploaded_at: Option<DateTimeUtc>,
    /// Whether a completed file of the same project and checksum was there before; it is skipped then.
    pub is_duplicate: bool,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The session that uploads it.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, session_id)",
        to = "(organization_id, id)"
    )]
    pub session: BelongsTo<super::sync_session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
