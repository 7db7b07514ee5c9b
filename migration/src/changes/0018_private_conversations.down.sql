DROP TRIGGER keep_agent ON conversations;
DROP FUNCTION conversations_keep_agent();
DROP TRIGGER touch_conversations ON messages;
DROP FUNCTION messages_touch_conversations();
DROP TRIGGER take_place ON messages;
DROP FUNCTION messages_take_place();

REVOKE INSERT ON messages FROM org_admin, org_user;
GRANT INSERT ON messages TO org_admin, org_user;

DROP INDEX agent_configs_type_index, agent_configs_active_index, conversations_latest_index, conversations_user_latest_index,
  conversations_title_index, messages_newest_index, messages_user_index;
DROP POLICY caller ON messages;
DROP POLICY caller ON conversations;

ALTER TABLE messages DROP CONSTRAINT messages_conversation_fkey;
ALTER TABLE messages DROP COLUMN user_id;
ALTER TABLE conversations DROP CONSTRAINT conversations_project_user_key,
  ADD CONSTRAINT conversations_project_key UNIQUE (organization_id, project_id, id);
ALTER TABLE messages ADD CONSTRAINT messages_conversation_fkey FOREIGN KEY (organization_id, project_id, conversation_id)
  REFERENCES conversations (organization_id, project_id, id) ON UPDATE CASCADE ON DELETE CASCADE;
