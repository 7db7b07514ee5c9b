//! What people talk about with agents: each conversation is its user's own, and the admins'.

use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};
use entity::agents::{conversation, message};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::message_stats::MessageGroupBy;
use super::{Agent, AgentFilter, Message, MessageFilter};
use crate::core::{BigInt, DateTimeFilter, Id, IdFilter, Result, Session, StringFilter};
use crate::domains::tenancy::{Organization, Project, ProjectFilter, User, UserFilter};
use crate::{filter, node, order, relation, relations, roots};

/// A person's talk with an agent. Nobody but that person sees it, and admins.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "conversation::Entity")]
pub struct Conversation {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    /// Identity of the project it is about.
    pub project_id: Id,
    /// Identity of the person who talks.
    pub user_id: Id,
    /// Identity of the agent, also of one that lies in the bin by now.
    pub agent_id: Id,
    /// What it is called; null until it has a title.
    pub title: Option<String>,
    /// When it was started.
    pub created_at: DateTime<Utc>,
    /// When it last changed: it was renamed, or something was said. Send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Conversation: conversation, ConversationFilter, ConversationOrder, needs ConversationsRead);

filter! {
    /// Which conversations.
    ConversationFilter for Conversation of conversation {
        /// By identity.
        id: IdFilter => Id,
        /// By the project they are about.
        project_id: IdFilter => ProjectId,
        /// By who talks.
        user_id: IdFilter => UserId,
        /// By the agent.
        agent_id: IdFilter => AgentId,
        /// By what they are called.
        title: StringFilter => Title,
        /// By when they were started.
        created_at: DateTimeFilter => CreatedAt,
        /// By when they were renamed or something was said, the last time.
        updated_at: DateTimeFilter => UpdatedAt,
    } one {
        /// By the project they are about.
        project: ProjectFilter => ProjectId,
        /// By who talks.
        user: UserFilter => UserId,
        /// By the agent.
        agent: AgentFilter => AgentId,
    } many {
        /// By what is said there.
        messages: MessageFilter => ConversationMessages, Id,
    }
}

order! {
    /// By what conversations are put in order.
    ConversationOrder, ConversationOrderField for Conversation of conversation, usually CreatedAt Desc {
        /// By when they were started.
        CreatedAt = created_at: DateTime<Utc>,
        /// By when they were renamed or something was said, the last time.
        UpdatedAt = updated_at: DateTime<Utc>,
    }
}

relation!(/// What is said in a conversation.
    ConversationMessages: Message, message by ConversationId);

relations! {
    Conversation one {
        /// The organization in which it is held. Needs organization:read.
        organization: Organization by organization_id,
        /// The project it is about. Needs projects:read.
        project: Project by project_id,
        /// Who talks. Needs organization:read.
        user: User by user_id,
        /// With whom; null while the agent lies in the bin, or works for a project that the caller does not see. Needs agents:read.
        agent: Agent by agent_id,
    } many {
        /// What is said, in its order: what comes after a cursor is complete, however many write at the same moment. Needs conversations:read.
        messages: Message by ConversationMessages from id,
    } and {
        /// What it cost so far, in tokens. Needs conversations:read.
        async fn tokens_used(&self, context: &Context<'_>) -> Result<BigInt> {
            let session = Session::of(context)?;
            session.sum(MessageGroupBy::Conversation, self.id, message::Column::TokensUsed).await
        }
    }
}

roots! {
    /// Reads of conversations.
    ConversationQueries: Conversation {
        one
        /// A conversation of the caller's own; an admin sees everybody's. Needs conversations:read.
        conversation,
        many
        /// The caller's own conversations, the newest first; an admin sees everybody's. Needs conversations:read.
        conversations,
    }
}
