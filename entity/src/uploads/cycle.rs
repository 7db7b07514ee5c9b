//! A round of data collection on a project: C1, C2, C3.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How far a cycle is.
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
pub enum CycleStatus {
    /// Not begun.
    Pending,
    /// Files are collected.
    InProgress,
    /// All was collected.
    Completed,
    /// It ended with files missing.
    Incomplete,
}

/// A row of `cycles`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "cycles")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project the row hangs under; its members see it.
    pub project_id: Uuid,
    /// Name, unique in the project, as C1.
    #[sea_orm(column_type = "Text")]
    pub cycle_name: String,
    /// Number, unique in the project, from 1; the cycles of a project in their order.
    pub cycle_number: i32,
    /// Where its files go in the bucket.
    #[sea_orm(column_type = "Text")]
    pub s3_prefix: String,
    /// How far it is.
    pub status: CycleStatus,
    /// What is collected.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Whatever else is known of it.
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    /// When it began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub completed_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// Where data is collected.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, project_id)",
        to = "(organization_id, id)"
    )]
    pub project: BelongsTo<crate::tenancy::project::Entity>,
    /// Its uploads.
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::sync_session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
