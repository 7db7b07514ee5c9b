//! Changes of agents that are there already: how they are configured, whether they are on, and the bin.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::agents::agent_config::{self, AgentType};
use sea_orm::ActiveValue::{NotSet, Set};
use serde_json::json;

use super::Agent;
use super::create_agent::{Given, check_project};
use crate::core::{Faults, Id, Json, Permission, Refusal, Result, Session, patch};
use crate::payload;

/// What shall be different about an agent. A field that is left out stays as it is; null empties it.
#[derive(InputObject, Clone, Debug)]
pub struct UpdateAgentInput {
    /// Which agent.
    id: Id,
    /// The project it works for; null makes it the whole organization's. Conversations that are there stay.
    project_id: MaybeUndefined<Id>,
    /// Name that people know it by; 1 to 255 characters.
    name: Option<String>,
    /// What it is good for; at most 2,000 characters.
    description: MaybeUndefined<String>,
    /// Its trade.
    agent_type: Option<AgentType>,
    /// What the model is told before every conversation; 1 to 50,000 characters.
    system_prompt: Option<String>,
    /// The model that speaks; 1 to 100 characters.
    model_name: Option<String>,
    /// How freely it speaks, from 0 to 2.
    temperature: Option<f64>,
    /// Its longest answer in tokens, more than 0.
    max_tokens: Option<i32>,
    /// Names of the tools it may use, in place of those before: at most 100, each of 1 to 100 characters and each once.
    tools: Option<Vec<String>>,
    /// Whatever else is known of it: a JSON object, in place of the one before.
    metadata: Option<Json>,
    /// Whether new conversations may be started with it; those that are there go on.
    is_active: Option<bool>,
    /// What `updatedAt` was when the agent was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which agent to put into the bin.
#[derive(InputObject, Clone, Debug)]
pub struct DeleteAgentInput {
    /// Which agent.
    id: Id,
    /// What `updatedAt` was when the agent was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which agent to take out of the bin.
#[derive(InputObject, Clone, Debug)]
pub struct RestoreAgentInput {
    /// Which agent.
    id: Id,
}

payload! {
    /// What updateAgent did.
    UpdateAgentPayload {
        /// The agent as it is now.
        agent: Agent
    }
}
payload! {
    /// What deleteAgent did.
    DeleteAgentPayload {
        /// The agent as it lies in the bin.
        agent: Agent
    }
}
payload! {
    /// What restoreAgent did.
    RestoreAgentPayload {
        /// The agent, back again.
        agent: Agent
    }
}

/// Changes of agents.
#[derive(Clone, Copy, Debug, Default)]
pub struct AgentMutations;

/// Changes of agents.
#[Object]
impl AgentMutations {
    /// Changes how an agent is configured, switches it on or off, or gives it to another project that the caller may see
    /// (projects:read). Needs agents:write.
    async fn update_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: UpdateAgentInput,
    ) -> Result<UpdateAgentPayload> {
        let session = Session::of(context)?;
        session.settle(update(session, input).await).await
    }

    /// Puts an agent into the bin: it starts no conversation any more, `restoreAgent` brings it back. The conversations held with
    /// it stay readable. Needs agents:write.
    async fn delete_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeleteAgentInput,
    ) -> Result<DeleteAgentPayload> {
        let session = Session::of(context)?;
        session.settle(delete(session, input).await).await
    }

    /// Takes an agent out of the bin. Needs agents:write.
    async fn restore_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RestoreAgentInput,
    ) -> Result<RestoreAgentPayload> {
        let session = Session::of(context)?;
        session.settle(restore(session, input).await).await
    }
}

async fn update(session: &Session, input: UpdateAgentInput) -> Result<Agent, Refusal> {
    let UpdateAgentInput {
        id,
        project_id,
        name,
        description,
        agent_type,
        system_prompt,
        model_name,
        temperature,
        max_tokens,
        tools,
        metadata,
        is_active,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::AgentsWrite).await?;
    let mut faults = Faults::default();
    let given = Given {
        name: name.as_ref(),
        description: description.value(),
        system_prompt: system_prompt.as_ref(),
        model_name: model_name.as_ref(),
        temperature,
        max_tokens,
        tools: tools.as_ref(),
        metadata: metadata.as_ref(),
    };
    given.check(&mut faults);
    check_project(session, &mut faults, project_id.value().copied()).await?;
    faults.settle()?;
    let changes = agent_config::ActiveModel {
        project_id: patch(project_id),
        name: name.map_or(NotSet, Set),
        description: patch(description),
        agent_type: agent_type.map_or(NotSet, Set),
        system_prompt: system_prompt.map_or(NotSet, Set),
        model_name: model_name.map_or(NotSet, Set),
        temperature: temperature.map_or(NotSet, Set),
        max_tokens: max_tokens.map_or(NotSet, Set),
        tools: tools.map_or(NotSet, |tools| Set(json!(tools))),
        metadata: metadata.map_or(NotSet, |metadata| Set(metadata.0)),
        is_active: is_active.map_or(NotSet, Set),
        ..Default::default()
    };
    let agent = transaction
        .update("update", id, changes, if_unchanged_since)
        .await?;
    transaction.commit().await?;
    Ok(agent)
}

async fn delete(session: &Session, input: DeleteAgentInput) -> Result<Agent, Refusal> {
    let DeleteAgentInput {
        id,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::AgentsWrite).await?;
    let agent = transaction.delete(id, if_unchanged_since).await?;
    transaction.commit().await?;
    Ok(agent)
}

async fn restore(session: &Session, input: RestoreAgentInput) -> Result<Agent, Refusal> {
    let RestoreAgentInput { id } = input;
    let mut transaction = session.begin(Permission::AgentsWrite).await?;
    let agent = transaction.restore(id).await?;
    transaction.commit().await?;
    Ok(agent)
}
