-- Northwind's agents, one of each type and one in the bin, and what people talked about with them.

INSERT INTO agent_configs (id, organization_id, project_id, name, description, agent_type, system_prompt, model_name, temperature, max_tokens, tools, metadata, is_active, created_at, updated_at, deleted_at)
SELECT pg_temp.demo_id('agent/' || agent.key), pg_temp.organization(), pg_temp.demo_id('project/' || agent.project), agent.name, agent.description, agent.kind, agent.prompt,
  'gemini-2.5-pro', agent.temperature, agent.tokens, agent.tools::jsonb, agent.metadata::jsonb, agent.is_active, agent.created_at::timestamptz, agent.created_at::timestamptz, agent.deleted_at::timestamptz
FROM (VALUES
  ('bids', 'library-bid', 'Bid writer', 'Drafts the answers to tenders from our references.', 'rfp',
   'You draft answers to requests for proposals for a roofing company. Quote the clause you answer. Never promise a date that is not in the plan.', 0.4, 8192, '["search_documents", "list_references"]', '{"language": "en"}', true, '2026-10-20 13:00Z', NULL),
  ('tickets', NULL, 'Defect tickets', 'Turns site notes into tickets.', 'jira',
   'You turn notes from a building site into tickets: title, place, what to do, who. Ask when the place is missing.', 0.2, 2048, '["create_ticket", "find_ticket"]', '{"board": "NW"}', true, '2026-09-08 13:00Z', NULL),
  ('guide', NULL, 'Field guide', 'Answers questions from the knowledge base, with its sources.', 'doc',
   'You answer from the documents you are given and from nothing else. Name the document. When they do not say it, say so.', 0.1, 4096, '["search_documents"]', '{}', true, '2026-09-08 13:05Z', NULL),
  ('people', NULL, 'People desk', 'Holidays, sick leave, working hours.', 'hr',
   'You answer questions about working hours and leave. You never speak of other people''s data.', 0.3, 2048, '["search_documents"]', '{"contact": "office@northwind.example"}', true, '2026-09-08 13:10Z', NULL),
  ('numbers', NULL, 'Job costing', 'Compares estimates with what was spent. Off until the new price list is read.', 'finance',
   'You compare the estimate of a job with its invoices and name the three largest differences.', 0, 4096, '["read_ledger", "search_documents"]', '{"currency": "USD"}', false, '2026-09-22 13:00Z', NULL),
  ('haiku', NULL, 'Roof haiku', 'An experiment of the summer party.', 'doc',
   'You answer every question with a haiku about roofs.', 1.6, 256, '[]', '{}', false, '2026-09-05 19:00Z', '2026-09-07 07:30Z')
) AS agent (key, project, name, description, kind, prompt, temperature, tokens, tools, metadata, is_active, created_at, deleted_at)
ON CONFLICT DO NOTHING;

INSERT INTO conversations (id, organization_id, project_id, user_id, agent_id, title, created_at, updated_at)
SELECT pg_temp.demo_id('conversation/' || talk.key), pg_temp.organization(), pg_temp.demo_id('project/' || talk.project), pg_temp.demo_id('user/' || talk.person), pg_temp.demo_id('agent/' || talk.agent),
  talk.title, talk.created_at::timestamptz, talk.created_at::timestamptz + talk.seconds * interval '1 second'
FROM (VALUES
  ('hail-count', 'maple-street', 'user', 'guide', 'What to photograph on the north slope', '2026-09-29 12:40Z', 101),
  ('noise', 'library-bid', 'sso', 'bids', 'Working while the reading room is open', '2026-11-03 15:10Z', 171),
  ('parapet', 'harbor-view', 'engineer', 'tickets', NULL, '2026-10-07 16:05Z', 12)
) AS talk (key, project, person, agent, title, created_at, seconds)
ON CONFLICT DO NOTHING;

INSERT INTO messages (id, organization_id, project_id, user_id, conversation_id, role, content, tokens_used, finish_reason, created_at, updated_at)
SELECT pg_temp.demo_id('message/' || said.talk || '/' || said.position), pg_temp.organization(), conversation.project_id, conversation.user_id, conversation.id, said.role, said.content, said.tokens, said.finish,
  conversation.created_at + said.seconds * interval '1 second', conversation.created_at + said.seconds * interval '1 second'
FROM (VALUES
  ('hail-count', 1, 'system', 'The user is on site at Maple Street Reroof.', NULL, NULL, 0),
  ('hail-count', 2, 'user', 'North slope of no. 14 has two marks only. Do I still chalk a square?', 24, NULL, 3),
  ('hail-count', 3, 'assistant', 'Yes. Every slope gets a test square of three by three metres, and below eight hits you write the number down and leave the judgement to the adjuster (Hail damage field guide).', 212, 'stop', 8),
  ('hail-count', 4, 'user', 'They look grey to me.', 8, NULL, 95),
  ('hail-count', 5, 'assistant', 'Then they may be older than the storm: a fresh hit is dark and soft under the thumb. Take a close picture of both and say so in a note (Hail damage field guide).', 187, 'stop', 101),
  ('noise', 1, 'user', 'Draft the paragraph on noise. We can do the cutting in our yard.', 19, NULL, 0),
  ('noise', 2, 'assistant', 'Slates are cut to size in our yard in Lakewood and delivered sorted by course. On the roof itself we fix by hand between nine and five, so that the limit of 70 decibels of RFP 2026-118 is kept without interrupting the work.', 341, 'stop', 14),
  ('noise', 3, 'user', 'Good. Add the plan for the whole summer, week by week.', 15, NULL, 120),
  ('noise', 4, 'assistant', 'Weeks 15 to 17: scaffold and protection of the cornice. Weeks 18 to 24: north wing, in strips of four metres, so that no strip is open overnight. Weeks 25 to', 8192, 'length', 171),
  ('parapet', 1, 'system', 'New tickets go to board NW.', NULL, NULL, 0),
  ('parapet', 2, 'user', 'Block B, north: parapet has three open joints, about a metre each. Needs repointing before frost.', 27, NULL, 5),
  ('parapet', 3, 'assistant', 'Created NW-318 "Repoint parapet, block B north, 3 joints of 1 m", due 6 November, for Rosa Delgado. Shall I attach the pictures of 6 October?', 164, 'tool_calls', 12)
) AS said (talk, position, role, content, tokens, finish, seconds)
JOIN conversations conversation ON conversation.organization_id = pg_temp.organization() AND conversation.id = pg_temp.demo_id('conversation/' || said.talk)
ON CONFLICT DO NOTHING;
