//! A rule that the documents of a workflow must meet.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `criteria`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "criteria")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The workflow whose rule it is.
    pub workflow_id: Uuid,
    /// The rule in short.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The rule as the model and the reader are told it.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Place in the workflow, from 0.
    pub position: i32,
    /// Buckets of the same workflow that it looks at; empty for all.
    pub applies_to_bucket_ids: Vec<Uuid>,
    /// Since when it is shown, but not asked any more.
    pub retired_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The workflow whose rule it is.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, workflow_id)",
        to = "(organization_id, id)"
    )]
    pub workflow: BelongsTo<super::workflow::Entity>,
    /// How it fared over all assessments.
    #[sea_orm(has_many)]
    pub results: HasMany<super::assessment_result::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
