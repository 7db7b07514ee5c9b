-- agents: configured AI agents and the conversations that people have with them.

CREATE TABLE agent_configs (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid,
  name text NOT NULL,
  description text,
  agent_type text NOT NULL,
  system_prompt text NOT NULL,
  model_name text NOT NULL DEFAULT 'gemini-2.5-pro',
  temperature double precision NOT NULL DEFAULT 0.7,
  max_tokens integer NOT NULL DEFAULT 4096,
  tools jsonb NOT NULL DEFAULT '[]',
  metadata jsonb NOT NULL DEFAULT '{}',
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CONSTRAINT agent_configs_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT agent_configs_project_fkey FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE SET NULL (project_id),
  CONSTRAINT agent_configs_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT agent_configs_agent_type_known CHECK (agent_type IN ('rfp', 'jira', 'doc', 'hr', 'finance')),
  CONSTRAINT agent_configs_system_prompt_length CHECK (char_length(system_prompt) >= 1),
  CONSTRAINT agent_configs_model_name_length CHECK (char_length(model_name) BETWEEN 1 AND 100),
  CONSTRAINT agent_configs_temperature_range CHECK (temperature BETWEEN 0 AND 2),
  CONSTRAINT agent_configs_max_tokens_positive CHECK (max_tokens > 0),
  CONSTRAINT agent_configs_tools_names CHECK (jsonb_typeof(tools) = 'array' AND NOT jsonb_path_exists(tools, 'strict $[*] ? (@.type() != "string")', '{}', true)),
  CONSTRAINT agent_configs_metadata_object CHECK (jsonb_typeof(metadata) = 'object')
);
CREATE INDEX agent_configs_newest_index ON agent_configs (organization_id, created_at DESC, id DESC);
CREATE INDEX agent_configs_name_index ON agent_configs (organization_id, name, id);
CREATE INDEX agent_configs_project_index ON agent_configs (organization_id, project_id, created_at DESC, id DESC) WHERE project_id IS NOT NULL;
COMMENT ON INDEX agent_configs_newest_index IS 'The list of agents in its default order.';
COMMENT ON INDEX agent_configs_name_index IS 'The list by name, and names that start with what was typed.';
COMMENT ON INDEX agent_configs_project_index IS 'The agents of a project, newest first; its foreign key.';
COMMENT ON TABLE agent_configs IS 'An AI agent as it is configured: prompt, model, tools.';
COMMENT ON COLUMN agent_configs.project_id IS 'Project it works for; null for the whole organization.';
COMMENT ON COLUMN agent_configs.name IS 'Name of the agent.';
COMMENT ON COLUMN agent_configs.description IS 'What it is good for.';
COMMENT ON COLUMN agent_configs.agent_type IS 'rfp, jira, doc, hr or finance.';
COMMENT ON COLUMN agent_configs.system_prompt IS 'What the model is told before every conversation.';
COMMENT ON COLUMN agent_configs.model_name IS 'The model that speaks.';
COMMENT ON COLUMN agent_configs.temperature IS 'How free it speaks, 0 to 2.';
COMMENT ON COLUMN agent_configs.max_tokens IS 'Longest answer.';
COMMENT ON COLUMN agent_configs.tools IS 'Names of the tools it may use.';
COMMENT ON COLUMN agent_configs.metadata IS 'Whatever else is known of it.';
COMMENT ON COLUMN agent_configs.is_active IS 'Whether new conversations may be started with it.';
CALL make_tenant_table('agent_configs', 'coalesce(project_id, organization_id)');
GRANT SELECT, INSERT, UPDATE ON agent_configs TO org_admin, org_user;

CREATE TABLE conversations (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  user_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  title text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CONSTRAINT conversations_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT conversations_project_fkey FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT conversations_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT conversations_agent_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agent_configs (organization_id, id) ON DELETE RESTRICT,
  CONSTRAINT conversations_project_key UNIQUE (organization_id, project_id, id),
  CONSTRAINT conversations_title_length CHECK (char_length(title) BETWEEN 1 AND 255)
);
CREATE INDEX conversations_newest_index ON conversations (organization_id, created_at DESC, id DESC);
CREATE INDEX conversations_user_index ON conversations (organization_id, user_id, created_at DESC, id DESC);
CREATE INDEX conversations_project_newest_index ON conversations (organization_id, project_id, created_at DESC, id DESC);
CREATE INDEX conversations_agent_index ON conversations (organization_id, agent_id, created_at DESC, id DESC);
COMMENT ON INDEX conversations_newest_index IS 'The list of conversations in its default order.';
COMMENT ON INDEX conversations_user_index IS 'The conversations of a user, newest first; its foreign key.';
COMMENT ON INDEX conversations_project_newest_index IS 'The conversations of a project, newest first; its foreign key.';
COMMENT ON INDEX conversations_agent_index IS 'The conversations with an agent, newest first; its foreign key.';
COMMENT ON TABLE conversations IS 'A person''s talk with an agent. Messages are counted, not stored.';
COMMENT ON COLUMN conversations.user_id IS 'Who talks.';
COMMENT ON COLUMN conversations.agent_id IS 'With which agent; it cannot be deleted while the conversation is there.';
COMMENT ON COLUMN conversations.title IS 'Title; null until there is one.';
CALL make_tenant_table('conversations', 'project_id');
GRANT SELECT, INSERT, UPDATE ON conversations TO org_admin, org_user;

CREATE TABLE messages (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  conversation_id uuid NOT NULL,
  role text NOT NULL,
  content text NOT NULL,
  tokens_used integer,
  finish_reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT messages_conversation_fkey FOREIGN KEY (organization_id, project_id, conversation_id)
    REFERENCES conversations (organization_id, project_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT messages_role_known CHECK (role IN ('user', 'assistant', 'system')),
  CONSTRAINT messages_tokens_used_not_negative CHECK (tokens_used >= 0),
  CONSTRAINT messages_finish_reason_length CHECK (char_length(finish_reason) BETWEEN 1 AND 50)
);
CREATE INDEX messages_conversation_index ON messages (organization_id, conversation_id, created_at, id);
COMMENT ON INDEX messages_conversation_index IS 'The messages of a conversation in their order; its foreign key.';
COMMENT ON TABLE messages IS 'One utterance in a conversation.';
COMMENT ON COLUMN messages.conversation_id IS 'The conversation it belongs to.';
COMMENT ON COLUMN messages.role IS 'Who speaks: user, assistant or system.';
COMMENT ON COLUMN messages.content IS 'What is said.';
COMMENT ON COLUMN messages.tokens_used IS 'What it cost in tokens.';
COMMENT ON COLUMN messages.finish_reason IS 'Why the model stopped, as stop or length.';
CALL make_tenant_table('messages', 'project_id');
GRANT SELECT, INSERT ON messages TO org_admin, org_user;
