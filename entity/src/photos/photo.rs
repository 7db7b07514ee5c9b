//! A photo taken on a site. The image is an object in S3, this row is what is known of it.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Whether the image of a photo is in the bucket.
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
pub enum PhotoStatus {
    /// The upload was allowed; the object is not known to be there.
    Pending,
    /// The object is there, since `uploaded_at`.
    Stored,
}

/// A row of `photos`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "photos")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project the row hangs under; its members see it.
    pub project_id: Uuid,
    /// Who uploaded it; cannot be deleted while the photo is there.
    pub user_id: Uuid,
    /// Where the object is.
    #[sea_orm(column_type = "Text")]
    pub s3_url: String,
    /// Key of the object, for reference and deletion; unique in the organization.
    #[sea_orm(column_type = "Text")]
    pub s3_key: String,
    /// Size of the object; null until it is known.
    pub file_size_bytes: Option<i64>,
    /// Media type, as image/jpeg.
    #[sea_orm(column_type = "Text")]
    pub mime_type: Option<String>,
    /// Pixels across.
    pub width: Option<i32>,
    /// Pixels down.
    pub height: Option<i32>,
    /// Camera metadata, place and time as the camera wrote them.
    #[sea_orm(column_type = "JsonBinary")]
    pub exif_data: Option<Json>,
    /// Whether the object is known to be there.
    pub status: PhotoStatus,
    /// When the object was stored.
    pub uploaded_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// When it was put in the bin; ordinary reads do not see it, a restore clears it.
    pub deleted_at: Option<DateTimeUtc>,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<crate::tenancy::organization::Entity>,
    /// Where it was taken.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, project_id)",
        to = "(organization_id, id)"
    )]
    pub project: BelongsTo<crate::tenancy::project::Entity>,
    /// Who uploaded it.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, user_id)",
        to = "(organization_id, id)"
    )]
    pub user: BelongsTo<crate::tenancy::user::Entity>,
    /// What models saw in it.
    #[sea_orm(has_many)]
    pub detections: HasMany<super::detection::Entity>,
    /// Its labels.
    #[sea_orm(has_many)]
    pub tags: HasMany<super::tag::Entity>,
    /// Its way through the models.
    #[sea_orm(has_many)]
    pub processing_events: HasMany<super::processing_event::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
