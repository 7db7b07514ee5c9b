//! Figures over messages: what conversations cost, by whom, with whom, and when.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use entity::agents::conversation;
use entity::agents::message::{self, MessageRole};
use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};

use super::{Agent, Conversation, Message, MessageFilter};
use crate::core::{
    Aggregation, Group, GroupBy, Id, JOINED, NumberStats, Result, Row, Session, TimeBucket,
};
use crate::domains::tenancy::{Project, User};

/// What messages are grouped by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageGroupBy {
    /// By the conversation.
    Conversation,
    /// By the agent of the conversation.
    Agent,
    /// By the project that the conversation is about.
    Project,
    /// By whose conversation it is.
    User,
    /// By who speaks.
    Role,
    /// By why the model stopped; what no model said is one group.
    FinishReason,
}

impl GroupBy for MessageGroupBy {
    type Of = Message;

    fn name(self) -> &'static str {
        match self {
            Self::Conversation => "by_conversation",
            Self::Agent => "by_agent",
            Self::Project => "by_project",
            Self::User => "by_user",
            Self::Role => "by_role",
            Self::FinishReason => "by_finish_reason",
        }
    }

    fn value(self, row: &Row) -> (Expr, Option<SelectStatement>) {
        let column = match self {
            Self::Conversation => message::Column::ConversationId,
            Self::Agent => return (Expr::col((JOINED, "agent_id")), Some(agent_of(row))),
            Self::Project => message::Column::ProjectId,
            Self::User => message::Column::UserId,
            Self::Role => message::Column::Role,
            Self::FinishReason => message::Column::FinishReason,
        };
        (row.column(column), None)
    }
}

/// The agent of the conversation in which a message was said.
fn agent_of(row: &Row) -> SelectStatement {
    let conversation = row.related();
    let here = conversation
        .column(conversation::Column::Id)
        .eq(row.column(message::Column::ConversationId));
    let mut agent = conversation.rows::<conversation::Entity>(Condition::all().add(here));
    agent.expr(conversation.column(conversation::Column::AgentId));
    agent
}

/// A group of messages, and its figures.
#[derive(Debug)]
pub struct MessageStats(Group);

/// A group of messages, and its figures.
#[Object]
impl MessageStats {
    /// How many messages.
    async fn count(&self) -> Result<i64> {
        self.0.count()
    }

    /// When the group's bucket of time begins; null where no bucket was asked for.
    async fn bucket_start(&self) -> Option<DateTime<Utc>> {
        self.0.bucket_start()
    }

    /// The conversation of all of the group; null where they are not grouped by it. Needs conversations:read.
    async fn conversation(&self, context: &Context<'_>) -> Result<Option<Arc<Conversation>>> {
        let id: Option<Id> = self.0.value(MessageGroupBy::Conversation);
        Session::of(context)?.maybe(id).await
    }

    /// The agent of all of the group; null where they are not grouped by it, and for one that the caller does not see or that
    /// lies in the bin. Needs agents:read.
    async fn agent(&self, context: &Context<'_>) -> Result<Option<Arc<Agent>>> {
        Session::of(context)?.maybe(self.of_agent()).await
    }

    /// Identity of the agent of all of the group, also of one in the bin; null where they are not grouped by it.
    async fn agent_id(&self) -> Option<Id> {
        self.of_agent()
    }

    /// The project of all of the group; null where they are not grouped by it. Needs projects:read.
    async fn project(&self, context: &Context<'_>) -> Result<Option<Arc<Project>>> {
        let id: Option<Id> = self.0.value(MessageGroupBy::Project);
        Session::of(context)?.maybe(id).await
    }

    /// Whose conversations all of the group are; null where they are not grouped by it. Needs organization:read.
    async fn user(&self, context: &Context<'_>) -> Result<Option<Arc<User>>> {
        let id: Option<Id> = self.0.value(MessageGroupBy::User);
        Session::of(context)?.maybe(id).await
    }

    /// Who speaks in all of the group; null where they are not grouped by it.
    async fn role(&self) -> Option<MessageRole> {
        self.0.value(MessageGroupBy::Role)
    }

    /// Why the model stopped in all of the group; null for what no model said, and where they are not grouped by it.
    async fn finish_reason(&self) -> Option<String> {
        self.0.value(MessageGroupBy::FinishReason)
    }

    /// Figures of what was counted of the cost, in tokens.
    async fn tokens_used(&self) -> NumberStats {
        self.0.numbers("tokensUsed")
    }
}

impl MessageStats {
    fn of_agent(&self) -> Option<Id> {
        self.0.value(MessageGroupBy::Agent)
    }
}

/// Figures over messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageStatsQueries;

/// Figures over messages.
#[Object]
impl MessageStatsQueries {
    /// Figures over what is said in the caller's own conversations (an admin has everybody's), in groups: the earliest bucket
    /// first, then the largest group. One group of all messages where nothing is grouped by. Needs conversations:read.
    async fn message_stats(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only messages for which this holds.")] filter: Option<MessageFilter>,
        #[graphql(desc = "By what messages are grouped.", default)] group_by: Vec<MessageGroupBy>,
        #[graphql(desc = "In buckets of the time at which something was said.")] bucket: Option<
            TimeBucket,
        >,
        #[graphql(desc = "So many groups at most, 1 to 1,000; 100 where it is left out.")]
        first: Option<i32>,
    ) -> Result<Vec<MessageStats>> {
        let asked = Aggregation {
            filter,
            group_by,
            bucket: bucket.map(|bucket| (message::Column::CreatedAt, bucket)),
            numbers: vec![("tokensUsed", message::Column::TokensUsed)],
            first,
        };
        let groups = Session::of(context)?
            .aggregate(asked, context.look_ahead())
            .await?;
        Ok(groups.into_iter().map(MessageStats).collect())
    }
}
