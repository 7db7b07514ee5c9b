-- Alpine's agent and a conversation with it.

INSERT INTO agent_configs (id, organization_id, name, description, agent_type, system_prompt, model_name, temperature, max_tokens, tools, metadata, created_at, updated_at)
VALUES (pg_temp.demo_id('agent/reader'), pg_temp.organization(), 'Annex reader', 'Finds where a file answers a requirement.', 'doc',
  'You find the place in a technical file that answers a requirement of Regulation (EU) 2017/745. Quote it with its page. You do not judge whether it is enough.',
  'gemini-2.5-pro', 0, 4096, '["search_documents"]', '{"regulation": "2017/745"}', '2026-09-10 08:00Z', '2026-09-10 08:00Z')
ON CONFLICT DO NOTHING;

INSERT INTO conversations (id, organization_id, project_id, user_id, agent_id, title, created_at, updated_at)
VALUES (pg_temp.demo_id('conversation/silicone'), pg_temp.organization(), pg_temp.demo_id('project/ventilator'), pg_temp.demo_id('user/engineer'), pg_temp.demo_id('agent/reader'),
  'Silicone of revision D', '2026-10-12 09:35:00Z', '2026-10-12 09:35:11Z')
ON CONFLICT DO NOTHING;

INSERT INTO messages (id, organization_id, project_id, user_id, conversation_id, role, content, tokens_used, finish_reason, created_at, updated_at)
SELECT pg_temp.demo_id('message/silicone/' || said.position), pg_temp.organization(), pg_temp.demo_id('project/ventilator'), pg_temp.demo_id('user/engineer'), pg_temp.demo_id('conversation/silicone'), said.role, said.content, said.tokens, said.finish,
  timestamptz '2026-10-12 09:35Z' + said.seconds * interval '1 second', timestamptz '2026-10-12 09:35Z' + said.seconds * interval '1 second'
FROM (VALUES
  (1, 'system', 'The file at hand is MV-20, revision D.', NULL, NULL, 0),
  (2, 'user', 'Where is the change of the silicone described?', 11, NULL, 4),
  (3, 'assistant', 'In the summary of the biological evaluation: "The silicone of the expiratory valve was changed in revision D; the tests were repeated with it in August 2026."', 203, 'stop', 11)
) AS said (position, role, content, tokens, finish, seconds)
ON CONFLICT DO NOTHING;
