//! Every question asked of the documents, with what was found and answered, or why not. Append-only.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `query_logs`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "query_logs")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who asked; no foreign key, so that the row outlives them.
    pub user_id: Option<Uuid>,
    /// The question.
    #[sea_orm(column_type = "Text")]
    pub query_text: String,
    /// What search found for it, with scores.
    #[sea_orm(column_type = "JsonBinary")]
    pub retrieved_documents: Json,
    /// The answer; null when it was refused.
    #[sea_orm(column_type = "Text")]
    pub answer: Option<String>,
    /// How sure the answer is, 0 to 1.
    pub confidence_score: Option<f64>,
    /// Why there is no answer.
    #[sea_orm(column_type = "Text")]
    pub refusal_reason: Option<String>,
    /// The passages that the answer cites.
    #[sea_orm(column_type = "JsonBinary")]
    pub sources: Json,
    /// How long the answer took.
    pub response_time_ms: Option<i32>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<crate::tenancy::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
