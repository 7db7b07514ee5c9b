//! New conversations, with what is said first.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use entity::agents::conversation;
use sea_orm::ActiveValue::Set;

use super::append_messages::{AppendedMessageInput, check_messages, rows_of, under};
use super::{Agent, Conversation, Message};
use crate::core::{
    Error, Faults, Id, Permission, Refusal, Result, Session, UserError, UserErrorCode,
};
use crate::domains::tenancy::Project;
use crate::payload;

/// A conversation to start.
#[derive(InputObject, Clone, Debug)]
pub struct StartConversationInput {
    /// The agent: an active one, of the project or of the whole organization.
    agent_id: Id,
    /// The project that it is about.
    project_id: Id,
    /// What it is called; 1 to 255 characters.
    title: Option<String>,
    /// What is said first, at most 1,000 messages.
    #[graphql(default)]
    messages: Vec<AppendedMessageInput>,
}

payload! {
    /// What startConversation did.
    StartConversationPayload {
        /// The new conversation.
        conversation: Arc<Conversation>
    }
}

/// New conversations.
#[derive(Clone, Copy, Debug, Default)]
pub struct StartConversation;

/// New conversations.
#[Object]
impl StartConversation {
    /// Starts a conversation of the caller's own with an agent (agents:read) about a project that they may see (projects:read).
    /// Needs conversations:write.
    async fn start_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: StartConversationInput,
    ) -> Result<StartConversationPayload> {
        let session = Session::of(context)?;
        session.settle(start(session, input).await).await
    }
}

async fn start(
    session: &Session,
    input: StartConversationInput,
) -> Result<Arc<Conversation>, Refusal> {
    let StartConversationInput {
        agent_id,
        project_id,
        title,
        messages,
    } = input;
    let mut transaction = session.begin(Permission::ConversationsWrite).await?;
    let mut faults = Faults::default();
    if let Some(title) = &title {
        faults.length(&["title"], title, 1, 255);
    }
    check_messages(&mut faults, &messages, 0);
    let project = session.one::<Project>(project_id).await?;
    if project.is_none() {
        faults.add(UserError::not_found(&["projectId"], "project"));
    }
    // What the database holds to as well, whatever changes at this moment: told here with its path.
    match session.one::<Agent>(agent_id).await? {
        None => faults.add(UserError::not_found(&["agentId"], "agent")),
        Some(agent) if !agent.is_active => faults.add(UserError::new(
            UserErrorCode::State,
            &["agentId"],
            "the agent is not active: it starts no conversation",
        )),
        Some(agent) => faults.check(
            project.is_none() || agent.project_id.is_none_or(|own| own == project_id),
            &["agentId"],
            "the agent works for another project",
        ),
    }
    faults.settle()?;
    let row = conversation::ActiveModel {
        project_id: Set(project_id.0),
        user_id: Set(session.actor().user),
        agent_id: Set(agent_id.0),
        title: Set(title),
        ..Default::default()
    };
    let conversation: Conversation = transaction.insert_one(row).await?;
    transaction.add::<Message>(rows_of(conversation.id, messages), &under())?;
    transaction.commit().await?;
    // Anew: what was said first has changed it.
    let started = session.one(conversation.id).await?;
    Ok(started.ok_or_else(|| Error::internal("a new conversation is not to be seen"))?)
}
