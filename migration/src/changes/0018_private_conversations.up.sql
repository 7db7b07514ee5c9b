-- Conversations are seen by who holds them, and by admins; what is said in one stands in one order, whoever says it at the same moment.

-- Whose it is goes along with what is said, so that the wall needs no join; the key keeps it true, as it keeps the project.
ALTER TABLE messages DROP CONSTRAINT messages_conversation_fkey;
ALTER TABLE conversations DROP CONSTRAINT conversations_project_key,
  ADD CONSTRAINT conversations_project_user_key UNIQUE (organization_id, project_id, user_id, id);
ALTER TABLE messages ADD COLUMN user_id uuid;

-- What was there before is no change of it: the time of the last change stays, or becomes that of the last message.
ALTER TABLE messages DISABLE TRIGGER touch_updated_at;
ALTER TABLE conversations DISABLE TRIGGER touch_updated_at;
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT id FROM organizations LOOP
    PERFORM set_config('app.organization_id', tenant::text, true);
    UPDATE messages SET user_id = conversations.user_id FROM conversations
    WHERE messages.organization_id = tenant AND conversations.organization_id = tenant AND conversations.id = conversation_id;
    UPDATE conversations SET updated_at = said.last
    FROM (SELECT conversation_id, max(created_at) AS last FROM messages WHERE organization_id = tenant GROUP BY 1) AS said
    WHERE conversations.organization_id = tenant AND conversations.id = said.conversation_id AND conversations.updated_at < said.last;
  END LOOP;
  PERFORM set_config('app.organization_id', '', true);
END
$$;
ALTER TABLE messages ENABLE TRIGGER touch_updated_at;
ALTER TABLE conversations ENABLE TRIGGER touch_updated_at;

ALTER TABLE messages ALTER COLUMN user_id SET NOT NULL,
  ADD CONSTRAINT messages_conversation_fkey FOREIGN KEY (organization_id, project_id, user_id, conversation_id)
    REFERENCES conversations (organization_id, project_id, user_id, id) ON UPDATE CASCADE ON DELETE CASCADE;
COMMENT ON COLUMN messages.user_id IS 'Whose conversation it is: nobody else sees the row, but for admins.';

-- No CASE as in the policy of membership: a member has few conversations among those of all, and the index of a user has just these.
CREATE POLICY caller ON conversations AS RESTRICTIVE TO org_user
  USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
CREATE POLICY caller ON messages AS RESTRICTIVE TO org_user
  USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));

CREATE INDEX agent_configs_type_index ON agent_configs (organization_id, agent_type, created_at DESC, id DESC);
CREATE INDEX agent_configs_active_index ON agent_configs (organization_id, created_at DESC, id DESC) WHERE is_active;
CREATE INDEX conversations_latest_index ON conversations (organization_id, updated_at DESC, id DESC);
CREATE INDEX conversations_user_latest_index ON conversations (organization_id, user_id, updated_at DESC, id DESC);
CREATE INDEX conversations_title_index ON conversations (organization_id, title, id);
CREATE INDEX messages_newest_index ON messages (organization_id, created_at DESC, id DESC);
CREATE INDEX messages_user_index ON messages (organization_id, user_id, created_at DESC, id DESC);
COMMENT ON INDEX agent_configs_type_index IS 'The agents of a trade, newest first.';
COMMENT ON INDEX agent_configs_active_index IS 'The agents that conversations may be started with, newest first.';
COMMENT ON INDEX conversations_latest_index IS 'The conversations by what was said last.';
COMMENT ON INDEX conversations_user_latest_index IS 'The conversations of a user by what was said last.';
COMMENT ON INDEX conversations_title_index IS 'The conversations by title, and titles that start with what was typed.';
COMMENT ON INDEX messages_newest_index IS 'What was said in a span of time, for its figures.';
COMMENT ON INDEX messages_user_index IS 'What was said in the conversations of a user, for its figures: all that a member sees.';

-- When something was said is the database's to say. Who writes waits for who writes to the same conversation, and comes after them:
-- what is read in order of created_at is never joined later by something that was said before.
REVOKE INSERT ON messages FROM org_admin, org_user;
GRANT INSERT (id, organization_id, project_id, user_id, conversation_id, role, content, tokens_used, finish_reason) ON messages TO org_admin, org_user;

CREATE FUNCTION messages_take_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  binned timestamptz;
  latest timestamptz;
BEGIN
  SELECT deleted_at INTO binned FROM conversations
  WHERE organization_id = NEW.organization_id AND id = NEW.conversation_id FOR NO KEY UPDATE;
  IF binned IS NOT NULL THEN
    PERFORM refuse_orphan('messages_conversation_fkey');
  END IF;
  SELECT max(created_at) INTO latest FROM messages
  WHERE organization_id = NEW.organization_id AND conversation_id = NEW.conversation_id;
  NEW.created_at := greatest(clock_timestamp(), latest + interval '1 microsecond');
  NEW.updated_at := NEW.created_at;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION messages_take_place() IS 'Gives a new message its place: later than all that was said in the conversation, which is locked until the end of the transaction.';
-- What is from before, as an import or the demo, has its time.
CREATE TRIGGER take_place BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.created_at >= now()) EXECUTE FUNCTION messages_take_place();

CREATE FUNCTION messages_touch_conversations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE conversations SET updated_at = said.latest
  FROM (SELECT organization_id, conversation_id, max(created_at) AS latest FROM new_rows GROUP BY 1, 2) AS said
  WHERE conversations.organization_id = said.organization_id AND conversations.id = said.conversation_id AND conversations.updated_at < said.latest;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION messages_touch_conversations() IS 'A conversation in which something was said has changed.';
CREATE TRIGGER touch_conversations AFTER INSERT ON messages REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION messages_touch_conversations();

-- Locked, so that an agent that is switched off at the same moment starts no more: who comes first is waited for.
CREATE FUNCTION conversations_keep_agent() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  agent agent_configs;
BEGIN
  SELECT * INTO agent FROM agent_configs WHERE organization_id = NEW.organization_id AND id = NEW.agent_id FOR SHARE;
  IF agent.deleted_at IS NOT NULL OR NOT agent.is_active THEN
    RAISE EXCEPTION 'the agent is not active: it starts no conversation'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'conversations_agent_kept', TABLE = 'conversations';
  END IF;
  IF agent.project_id <> NEW.project_id THEN
    RAISE EXCEPTION 'the agent works for another project'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'conversations_agent_kept', TABLE = 'conversations';
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION conversations_keep_agent() IS 'Refuses a new conversation with an agent that is inactive, in the bin, or of another project.';
CREATE TRIGGER keep_agent BEFORE INSERT ON conversations FOR EACH ROW WHEN (NEW.created_at >= now()) EXECUTE FUNCTION conversations_keep_agent();
