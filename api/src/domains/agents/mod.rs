//! Configured AI agents, the conversations that people have with them, and what is said there.

mod agent_config;
mod append_messages;
mod conversation;
mod create_agent;
mod message;
mod message_stats;
mod start_conversation;
mod update_agent;
mod update_conversation;

use async_graphql::MergedObject;

pub use agent_config::{Agent, AgentFilter};
pub use conversation::{Conversation, ConversationFilter};
pub use message::{Message, MessageFilter};

/// Reads of this domain.
#[derive(MergedObject, Default)]
pub struct AgentsQueries(
    agent_config::AgentQueries,
    conversation::ConversationQueries,
    message_stats::MessageStatsQueries,
);

/// Changes in this domain.
#[derive(MergedObject, Default)]
pub struct AgentsMutations(
    create_agent::CreateAgent,
    update_agent::AgentMutations,
    start_conversation::StartConversation,
    append_messages::AppendMessages,
    update_conversation::ConversationMutations,
);
