//! What is said in conversations.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::agents::message::{self, MessageRole};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Conversation, ConversationFilter};
use crate::core::{DateTimeFilter, Id, IdFilter};
use crate::{filter, node, order, relations};

/// One utterance in a conversation, written once.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "message::Entity")]
pub struct Message {
    /// Identity.
    pub id: Id,
    /// Identity of the conversation.
    pub conversation_id: Id,
    /// Identity of the person whose conversation it is, whoever speaks.
    pub user_id: Id,
    /// Who speaks.
    pub role: MessageRole,
    /// What is said.
    pub content: String,
    /// What it cost, in tokens; null where nobody counted.
    pub tokens_used: Option<i32>,
    /// Why the model stopped, as stop, length or tool_calls; null for what no model said.
    pub finish_reason: Option<String>,
    /// When it was said: always later than all that was said before in the conversation.
    pub created_at: DateTime<Utc>,
    /// When it was written.
    pub updated_at: DateTime<Utc>,
}

node!(Message: message, MessageFilter, MessageOrder, needs ConversationsRead);

filter! {
    /// Which messages.
    MessageFilter for Message of message {
        /// By identity.
        id: IdFilter => Id,
        /// By the conversation.
        conversation_id: IdFilter => ConversationId,
        /// By whose conversation it is.
        user_id: IdFilter => UserId,
        /// By when they were said.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the conversation, and so by its project and its agent.
        conversation: ConversationFilter => ConversationId,
    }
}

order! {
    /// By what messages are put in order.
    MessageOrder, MessageOrderField for Message of message, usually CreatedAt Asc {
        /// By when they were said: the order of the conversation.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relations! {
    Message one {
        /// The conversation in which it was said. Needs conversations:read.
        conversation: Conversation by conversation_id,
    }
}
