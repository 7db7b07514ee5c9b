//! A kind of document that a workflow asks for.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `buckets`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "buckets")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The workflow that asks for it.
    pub workflow_id: Uuid,
    /// Name of the kind, as Technical file.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What belongs in it.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Whether an assessment needs a document in it to start.
    pub required: bool,
    /// Place in the workflow, from 0.
    pub position: i32,
    /// Since when it is shown, but takes no documents any more.
    pub retired_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The workflow that asks for it.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, workflow_id)",
        to = "(organization_id, id)"
    )]
    pub workflow: BelongsTo<super::workflow::Entity>,
    /// What was handed in for it.
    #[sea_orm(has_many)]
    pub documents: HasMany<super::assessment_document::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
