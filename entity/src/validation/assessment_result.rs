//! Whether a criterion was met, with the evidence and the reasoning.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How sure the model is of a result.
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
pub enum Confidence {
    /// No doubt.
    High,
    /// Some doubt.
    Medium,
    /// A person should look.
    Low,
}

/// A row of `assessment_results`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "assessment_results")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The assessment's audience: set it at insert, the database moves it along.
    pub audience_id: Uuid,
    /// The run it is a result of.
    pub assessment_id: Uuid,
    /// The rule; cannot be deleted while the result is there.
    pub criterion_id: Uuid,
    /// Whether the rule was met.
    pub pass: bool,
    /// How sure the model is.
    pub confidence: Confidence,
    /// Page of the evidence, from 1.
    pub evidence_page: Option<i32>,
    /// Section of the evidence, as 3.2.
    #[sea_orm(column_type = "Text")]
    pub evidence_section: Option<String>,
    /// The passage itself.
    #[sea_orm(column_type = "Text")]
    pub evidence_text: Option<String>,
    /// Why the model judges so.
    #[sea_orm(column_type = "Text")]
    pub reasoning: Option<String>,
    /// The model's answer as it came, with its metadata.
    #[sea_orm(column_type = "JsonBinary")]
    pub ai_response_raw: Option<Json>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<crate::tenancy::organization::Entity>,
    /// The run it is a result of.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, assessment_id)",
        to = "(organization_id, id)"
    )]
    pub assessment: BelongsTo<super::assessment::Entity>,
    /// The rule.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, criterion_id)",
        to = "(organization_id, id)"
    )]
    pub criterion: BelongsTo<super::criterion::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
