//! One utterance in a conversation.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Who speaks in a conversation.
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
pub enum MessageRole {
    /// The person.
    User,
    /// The agent.
    Assistant,
    /// The gateway, telling the agent.
    System,
}

/// A row of `messages`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project the row hangs under; its members see it.
    pub project_id: Uuid,
    /// Whose conversation it is: nobody else sees the row, but for admins.
    pub user_id: Uuid,
    /// The conversation it belongs to.
    pub conversation_id: Uuid,
    /// Who speaks.
    pub role: MessageRole,
    /// What is said.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// What it cost in tokens.
    pub tokens_used: Option<i32>,
    /// Why the model stopped, as stop or length.
    #[sea_orm(column_type = "Text")]
    pub finish_reason: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The conversation it belongs to.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, conversation_id)",
        to = "(organization_id, id)"
    )]
    pub conversation: BelongsTo<super::conversation::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
