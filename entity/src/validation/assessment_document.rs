//! A file handed in for an assessment, in one of the workflow's buckets.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `assessment_documents`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "assessment_documents")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The assessment's audience: set it at insert, the database moves it along.
    pub audience_id: Uuid,
    /// The assessment it was handed in for.
    pub assessment_id: Uuid,
    /// The kind of document it is; the bucket cannot be deleted while it is there.
    pub bucket_id: Uuid,
    /// Name as the user had it.
    #[sea_orm(column_type = "Text")]
    pub file_name: String,
    /// Key of the stored object.
    #[sea_orm(column_type = "Text")]
    pub storage_key: String,
    /// Media type, as application/pdf.
    #[sea_orm(column_type = "Text")]
    pub mime_type: Option<String>,
    /// Size of the object.
    pub file_size_bytes: Option<i64>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<crate::tenancy::organization::Entity>,
    /// The run it was handed in for.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, assessment_id)",
        to = "(organization_id, id)"
    )]
    pub assessment: BelongsTo<super::assessment::Entity>,
    /// The kind of document it is.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, bucket_id)",
        to = "(organization_id, id)"
    )]
    pub bucket: BelongsTo<super::bucket::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
