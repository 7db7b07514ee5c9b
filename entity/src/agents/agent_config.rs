//! An AI agent as it is configured: prompt, model, tools.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// The trade of an agent.
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
pub enum AgentType {
    /// Requests for proposals.
    Rfp,
    /// Tickets.
    Jira,
    /// Documents.
    Doc,
    /// People.
    Hr,
    /// Money.
    Finance,
}

/// A row of `agent_configs`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "agent_configs")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project it works for; null for the whole organization.
    pub project_id: Option<Uuid>,
    /// Name of the agent.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What it is good for.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Its trade.
    pub agent_type: AgentType,
    /// What the model is told before every conversation.
    #[sea_orm(column_type = "Text")]
    pub system_prompt: String,
    /// The model that speaks.
    #[sea_orm(column_type = "Text")]
    pub model_name: String,
    /// How free it speaks, 0 to 2.
    pub temperature: f64,
    /// Longest answer.
    pub max_tokens: i32,
    /// Names of the tools it may use.
    #[sea_orm(column_type = "JsonBinary")]
    pub tools: Json,
    /// Whatever else is known of it.
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
    /// Whether new conversations may be started with it.
    pub is_active: bool,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// When it was put in the bin; ordinary reads do not see it, a restore clears it.
    pub deleted_at: Option<DateTimeUtc>,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<crate::tenancy::organization::Entity>,
    /// The project it works for.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, project_id)",
        to = "(organization_id, id)"
    )]
    pub project: BelongsTo<Option<crate::tenancy::project::Entity>>,
    /// The talks held with it.
    #[sea_orm(has_many)]
    pub conversations: HasMany<super::conversation::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
