-- Northwind's documents in every state, who may read them, and what was asked of them.

INSERT INTO documents (id, organization_id, project_id, uploaded_by, title, file_name, storage_key, file_type, file_size_bytes, mission, content, metadata,
  processing_status, is_searchable, embedding_model, language, uploaded_at, created_at, updated_at)
SELECT pg_temp.demo_id('document/' || paper.storage_key), pg_temp.organization(), pg_temp.demo_id('project/' || paper.project), pg_temp.demo_id('user/' || paper.uploader), paper.title,
  split_part(paper.storage_key, '/', 2), paper.storage_key, split_part(paper.storage_key, '.', 2), coalesce(source.file_size_bytes, paper.size), paper.mission, source.content,
  paper.metadata::jsonb, paper.status, paper.status = 'completed', CASE WHEN source.key IS NOT NULL THEN 'fieldgraph-demo-words' END,
  CASE paper.metadata::jsonb ->> 'language' WHEN 'de' THEN 'german' ELSE 'english' END,
  paper.uploaded_at::timestamptz, paper.uploaded_at::timestamptz, paper.uploaded_at::timestamptz
FROM demo_input
CROSS JOIN (VALUES
  (NULL, 'engineer', 'Hail damage field guide', 'documents/hail-field-guide.md', NULL, 'storm-claims', '{"language": "en", "edition": 4}', 'completed', '2026-09-02 14:30Z'),
  (NULL, 'project_manager', 'Fall protection and ladder safety', 'documents/fall-protection.md', NULL, 'safety', '{"language": "en", "valid_until": "2027-12-31"}', 'completed', '2026-09-02 14:40Z'),
  ('maple-street', 'engineer', 'Asphalt shingle warranty terms', 'documents/shingle-warranty.md', NULL, 'storm-claims', '{"language": "en", "supplier": "Lakeshore Shingle"}', 'completed', '2026-09-18 13:15Z'),
  ('library-bid', 'project_manager', 'RFP 2026-118: roof of the Municipal Library', 'documents/library-rfp.md', NULL, 'bids', '{"language": "en", "due": "2026-12-11"}', 'completed', '2026-10-19 13:30Z'),
  ('harbor-view', 'project_manager', 'Harbor View: survey of the brickwork', 'documents/brickwork-survey.pdf', 1203344, 'storm-claims', '{"language": "en", "pages": 22}', 'pending', '2026-11-16 09:10Z'),
  (NULL, 'project_manager', 'Supplier price list, autumn 2026', 'documents/price-list-autumn.pdf', 418230, 'bids', '{"language": "en", "pages": 38}', 'processing', '2026-11-18 12:35Z'),
  (NULL, 'engineer', 'Gutter installation manual', 'documents/gutter-manual.pdf', 2204811, 'training', '{"language": "en", "pages": 64}', 'pending', '2026-11-18 13:02Z'),
  (NULL, 'admin', 'Crew handbook (scan)', 'documents/crew-handbook.pdf', 9120544, 'training', '{"language": "en", "error": "no text layer on any of 112 pages"}', 'failed', '2026-10-05 12:20Z')
) AS paper (project, uploader, title, storage_key, size, mission, metadata, status, uploaded_at)
LEFT JOIN jsonb_to_recordset(documents) AS source (key text, content text, file_size_bytes bigint) ON source.key = paper.storage_key
ON CONFLICT DO NOTHING;

-- The field guide and the safety sheet have no rows here: everyone reads them.
INSERT INTO document_permissions (id, organization_id, audience_id, document_id, user_id, role_id, permission_type, created_at, updated_at)
SELECT pg_temp.demo_id('grant/' || document.id || '/' || coalesce(given.person, given.role) || '/' || kind), pg_temp.organization(), document.audience_id, document.id,
  pg_temp.demo_id('user/' || given.person), (SELECT id FROM roles WHERE name = given.role), kind, document.uploaded_at, document.uploaded_at
FROM (VALUES
  ('documents/shingle-warranty.md', 'contractor', NULL, ARRAY['read']),
  ('documents/shingle-warranty.md', NULL, 'insurance_adjuster', ARRAY['read']),
  ('documents/shingle-warranty.md', NULL, 'engineer', ARRAY['read', 'write']),
  ('documents/library-rfp.md', 'sso', NULL, ARRAY['read', 'write', 'delete']),
  ('documents/library-rfp.md', NULL, 'project_manager', ARRAY['read', 'write', 'delete']),
  ('documents/library-rfp.md', NULL, 'engineer', ARRAY['read'])
) AS given (storage_key, person, role, kinds)
CROSS JOIN unnest(given.kinds) AS kind
JOIN documents document ON document.organization_id = pg_temp.organization() AND document.id = pg_temp.demo_id('document/' || given.storage_key)
ON CONFLICT DO NOTHING;

INSERT INTO query_logs (id, organization_id, user_id, query_text, retrieved_documents, answer, confidence_score, refusal_reason, sources, response_time_ms, created_at)
SELECT pg_temp.demo_id('query/' || asked.number), pg_temp.organization(), pg_temp.demo_id('user/' || asked.person), asked.question,
  CASE WHEN asked.paper IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('document_id', pg_temp.demo_id('document/' || asked.paper), 'score', asked.score)) END,
  asked.answer, CASE WHEN asked.answer IS NOT NULL THEN asked.score END, asked.refusal,
  CASE WHEN asked.answer IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('document_id', pg_temp.demo_id('document/' || asked.paper), 'chunk_index', asked.chunk)) END,
  asked.spent, asked.created_at::timestamptz
FROM (VALUES
  (1, 'engineer', 'How many hail hits make a slope damaged?', 'documents/hail-field-guide.md', 1, 0.91, 'Eight or more in a test square of three by three metres on one slope; fewer are written down and left to the adjuster.', NULL, 1840, '2026-09-17 15:11Z'),
  (2, 'engineer', 'Does the shingle warranty cover hail?', 'documents/shingle-warranty.md', 1, 0.94, 'No. Hail is a matter for the insurer of the building.', NULL, 1622, '2026-09-21 13:50Z'),
  (3, 'user', 'When do we have to stop because of wind?', 'documents/fall-protection.md', 2, 0.88, 'When gusts pass 40 kilometres an hour.', NULL, 1510, '2026-10-08 11:32Z'),
  (4, 'user', 'What does Rosa earn?', NULL, NULL, NULL, NULL, 'No document that you may read answers this.', 420, '2026-10-09 12:05Z'),
  (5, 'sso', 'Until when can we ask the city questions about the library roof?', 'documents/library-rfp.md', 1, 0.96, 'In writing until 27 November 2026.', NULL, 1733, '2026-11-02 14:50Z'),
  (6, 'user', 'Which slate did the bidder before us offer?', 'documents/library-rfp.md', NULL, 0.31, NULL, 'The documents found speak of something else.', 980, '2026-11-13 16:27Z')
) AS asked (number, person, question, paper, chunk, score, answer, refusal, spent, created_at)
ON CONFLICT DO NOTHING;
