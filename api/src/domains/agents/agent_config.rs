//! AI agents as they are configured.

use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};
use entity::agents::agent_config::{self, AgentType};
use entity::agents::{conversation, message};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::message_stats::MessageGroupBy;
use super::{Conversation, ConversationFilter};
use crate::core::{
    BigInt, BooleanFilter, DateTimeFilter, Id, IdFilter, Json, Result, Session, StringFilter,
};
use crate::domains::tenancy::{Organization, Project, ProjectFilter};
use crate::{equality_filter, filter, node, order, relation, relations, roots};

/// An AI agent as it is configured: its prompt, its model, its tools.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "agent_config::Entity")]
pub struct Agent {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    /// Identity of the project it works for; null for one of the whole organization.
    pub project_id: Option<Id>,
    /// Name that people know it by.
    pub name: String,
    /// What it is good for.
    pub description: Option<String>,
    /// Its trade.
    pub agent_type: AgentType,
    /// What the model is told before every conversation.
    pub system_prompt: String,
    /// The model that speaks, as gemini-2.5-pro.
    pub model_name: String,
    /// How freely it speaks, from 0 to 2.
    pub temperature: f64,
    /// Its longest answer, in tokens.
    pub max_tokens: i32,
    #[graphql(skip)]
    tools: Json,
    /// Whatever else is known of it.
    pub metadata: Json,
    /// Whether new conversations may be started with it.
    pub is_active: bool,
    /// When it was set up.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Agent: agent_config, AgentFilter, AgentOrder, needs AgentsRead);

equality_filter! {
    /// The trades of agents.
    AgentTypeFilter of AgentType
}

filter! {
    /// Which agents.
    AgentFilter for Agent of agent_config {
        /// By identity.
        id: IdFilter => Id,
        /// By the project they work for.
        project_id: IdFilter => ProjectId,
        /// By name.
        name: StringFilter => Name,
        /// By trade.
        agent_type: AgentTypeFilter => AgentType,
        /// By whether new conversations may be started with them.
        is_active: BooleanFilter => IsActive,
        /// By when they were set up.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the project they work for.
        project: ProjectFilter => ProjectId,
    } many {
        /// By the conversations that the caller may see.
        conversations: ConversationFilter => AgentConversations, Id,
    }
}

order! {
    /// By what agents are put in order.
    AgentOrder, AgentOrderField for Agent of agent_config, usually CreatedAt Desc {
        /// By when they were set up.
        CreatedAt = created_at: DateTime<Utc>,
        /// By name.
        Name = name: String,
    }
}

relation!(/// The talks held with an agent.
    AgentConversations: Conversation, conversation by AgentId);

relations! {
    Agent one {
        /// The organization that set it up. Needs organization:read.
        organization: Organization by organization_id,
    } maybe {
        /// The project it works for; null for one of the whole organization. Needs projects:read.
        project: Project by project_id,
    } many {
        /// The conversations with it that the caller may see. Needs conversations:read.
        conversations: Conversation by AgentConversations from id,
    } and {
        /// Names of the tools it may use.
        async fn tools(&self) -> Vec<&str> {
            let names = self.tools.0.as_array().into_iter().flatten();
            names.filter_map(serde_json::Value::as_str).collect()
        }

        /// What the conversations with it cost, as far as the caller may see them, in tokens. Needs conversations:read.
        async fn tokens_used(&self, context: &Context<'_>) -> Result<BigInt> {
            let session = Session::of(context)?;
            session.sum(MessageGroupBy::Agent, self.id, message::Column::TokensUsed).await
        }
    }
}

roots! {
    /// Reads of agents.
    AgentQueries: Agent {
        one
        /// An agent of the organization, or of a project that the caller may see. Needs agents:read.
        agent,
        many
        /// The agents of the organization and of the projects that the caller may see, the newest first. Needs agents:read.
        agents,
    }
}
