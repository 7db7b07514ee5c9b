//! What each organization has used of its quotas: one row each, kept by the database, always equal to what is there.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `quota_usages`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "quota_usages")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Users who are active and not in the bin.
    pub active_users: i32,
    /// Projects that are not in the bin, whatever their status.
    pub projects: i32,
    /// Size of the stored objects: photos, documents, documents of assessments, completed uploads. What lies in the bin is still stored.
    pub stored_bytes: i64,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
