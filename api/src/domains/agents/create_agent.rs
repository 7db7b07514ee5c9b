//! New agents, and what holds for the figures and texts of any agent.

use std::collections::HashSet;

use async_graphql::{Context, InputObject, Object};
use entity::agents::agent_config::{self, AgentType};
use sea_orm::ActiveValue::{NotSet, Set};
use serde_json::json;

use super::Agent;
use crate::core::{Faults, Id, Json, Permission, Refusal, Result, Session, UserError};
use crate::domains::tenancy::Project;
use crate::payload;

/// An AI agent to set up.
#[derive(InputObject, Clone, Debug)]
pub struct CreateAgentInput {
    /// The project it works for; the whole organization, where it is left out.
    project_id: Option<Id>,
    /// Name that people know it by; 1 to 255 characters.
    name: String,
    /// What it is good for; at most 2,000 characters.
    description: Option<String>,
    /// Its trade.
    agent_type: AgentType,
    /// What the model is told before every conversation; 1 to 50,000 characters.
    system_prompt: String,
    /// The model that speaks; 1 to 100 characters. gemini-2.5-pro, where it is left out.
    model_name: Option<String>,
    /// How freely it speaks, from 0 to 2; 0.7, where it is left out.
    temperature: Option<f64>,
    /// Its longest answer in tokens, more than 0; 4096, where it is left out.
    max_tokens: Option<i32>,
    /// Names of the tools it may use: at most 100, each of 1 to 100 characters and each once.
    #[graphql(default)]
    tools: Vec<String>,
    /// Whatever else is known of it: a JSON object.
    metadata: Option<Json>,
    /// Whether conversations may be started with it.
    #[graphql(default = true)]
    is_active: bool,
}

payload! {
    /// What createAgent did.
    CreateAgentPayload {
        /// The new agent.
        agent: Agent
    }
}

/// New agents.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreateAgent;

/// New agents.
#[Object]
impl CreateAgent {
    /// Sets up an agent for the whole organization, or for a project that the caller may see (projects:read). Needs agents:write.
    async fn create_agent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CreateAgentInput,
    ) -> Result<CreateAgentPayload> {
        let session = Session::of(context)?;
        session.settle(create(session, input).await).await
    }
}

async fn create(session: &Session, input: CreateAgentInput) -> Result<Agent, Refusal> {
    let CreateAgentInput {
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
    } = input;
    let mut transaction = session.begin(Permission::AgentsWrite).await?;
    let mut faults = Faults::default();
    let given = Given {
        name: Some(&name),
        description: description.as_ref(),
        system_prompt: Some(&system_prompt),
        model_name: model_name.as_ref(),
        temperature,
        max_tokens,
        tools: Some(&tools),
        metadata: metadata.as_ref(),
    };
    given.check(&mut faults);
    check_project(session, &mut faults, project_id).await?;
    faults.settle()?;
    let agent = agent_config::ActiveModel {
        project_id: Set(project_id.map(|id| id.0)),
        name: Set(name),
        description: Set(description),
        agent_type: Set(agent_type),
        system_prompt: Set(system_prompt),
        model_name: model_name.map_or(NotSet, Set),
        temperature: temperature.map_or(NotSet, Set),
        max_tokens: max_tokens.map_or(NotSet, Set),
        tools: Set(json!(tools)),
        metadata: metadata.map_or(NotSet, |metadata| Set(metadata.0)),
        is_active: Set(is_active),
        ..Default::default()
    };
    let agent = transaction.insert_one(agent).await?;
    transaction.commit().await?;
    Ok(agent)
}

/// What an input says of an agent, where it says it.
pub(super) struct Given<'a> {
    pub(super) name: Option<&'a String>,
    pub(super) description: Option<&'a String>,
    pub(super) system_prompt: Option<&'a String>,
    pub(super) model_name: Option<&'a String>,
    pub(super) temperature: Option<f64>,
    pub(super) max_tokens: Option<i32>,
    pub(super) tools: Option<&'a Vec<String>>,
    pub(super) metadata: Option<&'a Json>,
}

impl Given<'_> {
    /// Notes every fault of it.
    pub(super) fn check(&self, faults: &mut Faults) {
        for (field, text, longest) in [
            ("name", self.name, 255),
            ("description", self.description, 2000),
            ("systemPrompt", self.system_prompt, 50_000),
            ("modelName", self.model_name, 100),
        ] {
            if let Some(text) = text {
                faults.length(&[field], text, 1, longest);
            }
        }
        faults.check(
            self.temperature
                .is_none_or(|temperature| (0.0..=2.0).contains(&temperature)),
            &["temperature"],
            "this is a number from 0 to 2",
        );
        faults.check(
            self.max_tokens.is_none_or(|most| most > 0),
            &["maxTokens"],
            "this must be greater than 0",
        );
        faults.object(&["metadata"], self.metadata);
        if let Some(tools) = self.tools {
            check_tools(faults, tools);
        }
    }
}

fn check_tools(faults: &mut Faults, tools: &[String]) {
    if tools.len() > 100 {
        faults.check(false, &["tools"], "these are at most 100 names");
        return;
    }
    let mut seen = HashSet::new();
    for (index, tool) in tools.iter().enumerate() {
        let index = index.to_string();
        let at = ["tools", index.as_str()];
        faults.length(&at, tool, 1, 100);
        faults.check(seen.insert(tool), &at, "this tool is named twice");
    }
}

/// The project must be one that the caller sees.
pub(super) async fn check_project(
    session: &Session,
    faults: &mut Faults,
    project: Option<Id>,
) -> Result<()> {
    if let Some(project) = project
        && session.one::<Project>(project).await?.is_none()
    {
        faults.add(UserError::not_found(&["projectId"], "project"));
    }
    Ok(())
}
