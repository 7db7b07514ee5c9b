-- Alpine's documents, who may read them, and what was asked of them.

INSERT INTO documents (id, organization_id, project_id, uploaded_by, title, file_name, storage_key, file_type, file_size_bytes, mission, content, metadata,
  processing_status, is_searchable, embedding_model, language, uploaded_at, created_at, updated_at)
SELECT pg_temp.demo_id('document/' || paper.storage_key), pg_temp.organization(), pg_temp.demo_id('project/' || paper.project), pg_temp.demo_id('user/' || paper.uploader), paper.title,
  split_part(paper.storage_key, '/', 2), paper.storage_key, split_part(paper.storage_key, '.', 2), coalesce(source.file_size_bytes, paper.size), paper.mission, source.content,
  paper.metadata::jsonb, paper.status, paper.status = 'completed', CASE WHEN source.key IS NOT NULL THEN 'fieldgraph-demo-words' END,
  CASE paper.metadata::jsonb ->> 'language' WHEN 'de' THEN 'german' ELSE 'english' END,
  paper.uploaded_at::timestamptz, paper.uploaded_at::timestamptz, paper.uploaded_at::timestamptz
FROM demo_input
CROSS JOIN (VALUES
  (NULL, 'process_manager', 'Technical documentation under Annex II: checklist', 'documents/annex-ii-checklist.md', NULL, 'conformity', '{"language": "en", "regulation": "2017/745"}', 'completed', '2026-09-04 08:00Z'),
  ('ventilator', 'engineer', 'MV-20: summary of the biological evaluation', 'documents/mv20-biological-evaluation.md', NULL, 'conformity', '{"language": "en", "revision": "D"}', 'completed', '2026-09-30 09:20Z'),
  ('ventilator', 'project_handler', 'MV-20: clinical evaluation report (draft)', 'documents/mv20-clinical-evaluation.pdf', 3481920, 'conformity', '{"language": "en", "pages": 142}', 'pending', '2026-11-18 07:45Z'),
  (NULL, 'process_manager', 'Prüfplan für Beatmungsgeräte', 'documents/pruefplan-beatmung.md', NULL, 'conformity', '{"language": "de", "revision": 2}', 'completed', '2026-10-06 07:30Z')
) AS paper (project, uploader, title, storage_key, size, mission, metadata, status, uploaded_at)
LEFT JOIN jsonb_to_recordset(documents) AS source (key text, content text, file_size_bytes bigint) ON source.key = paper.storage_key
ON CONFLICT DO NOTHING;

INSERT INTO document_permissions (id, organization_id, audience_id, document_id, user_id, role_id, permission_type, created_at, updated_at)
SELECT pg_temp.demo_id('grant/' || document.id || '/' || coalesce(given.person, given.role)), pg_temp.organization(), document.audience_id, document.id,
  pg_temp.demo_id('user/' || given.person), (SELECT id FROM roles WHERE name = given.role), 'read', document.uploaded_at, document.uploaded_at
FROM (VALUES
  ('documents/mv20-biological-evaluation.md', NULL, 'project_handler'),
  ('documents/mv20-biological-evaluation.md', 'process_manager', NULL)
) AS given (storage_key, person, role)
JOIN documents document ON document.organization_id = pg_temp.organization() AND document.id = pg_temp.demo_id('document/' || given.storage_key)
ON CONFLICT DO NOTHING;

INSERT INTO query_logs (id, organization_id, user_id, query_text, retrieved_documents, answer, confidence_score, refusal_reason, sources, response_time_ms, created_at)
VALUES
  (pg_temp.demo_id('query/1'), pg_temp.organization(), pg_temp.demo_id('user/engineer'), 'Which tests of the MV-20 were made with the old silicone only?',
   jsonb_build_array(jsonb_build_object('document_id', pg_temp.demo_id('document/documents/mv20-biological-evaluation.md'), 'score', 0.93)),
   'The leachables of the condensate under ISO 18562-4 were tested with revision C only.', 0.93, NULL,
   jsonb_build_array(jsonb_build_object('document_id', pg_temp.demo_id('document/documents/mv20-biological-evaluation.md'), 'chunk_index', 3)), 2105, '2026-10-12 09:40Z'),
  (pg_temp.demo_id('query/2'), pg_temp.organization(), pg_temp.demo_id('user/engineer'), 'Will the MV-20 get its certificate?', '[]',
   NULL, NULL, 'That is for the certification decision, not for a document.', '[]', 390, '2026-11-10 10:15Z')
ON CONFLICT DO NOTHING;
