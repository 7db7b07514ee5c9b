-- The other domains, in proportion to photos {first} to {last} of organization {number}: one row to every ten to hundred photos.
-- `turn` counts the rows of a kind, so that projects and people take turns; `at` is the minute of the photo.

INSERT INTO documents (id, organization_id, project_id, uploaded_by, title, file_name, storage_key, file_type, file_size_bytes, mission, content, processing_status, embedding_model, uploaded_at, created_at, updated_at)
SELECT pg_temp.load_id('030', at, at), pg_temp.organization(), CASE WHEN turn % 4 > 0 THEN pg_temp.load_id('003', {number} + 20 * (turn % 20)) END, pg_temp.load_id('002', {number} + 20 * (turn % 10)),
  'Survey report ' || at, 'report-' || at || '.txt', 'documents/report-' || at || '.txt', 'txt', 20000 + at % 50000, 'mission-' || turn % 12, pg_temp.load_text(at * 4) || '. ' || pg_temp.load_text(at * 4 + 1) || '.',
  (ARRAY['completed', 'completed', 'completed', 'completed', 'completed', 'pending', 'processing', 'failed'])[1 + turn % 8], 'load', pg_temp.load_moment(at), pg_temp.load_moment(at), pg_temp.load_moment(at)
FROM (SELECT i / 50 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 50 = 0) AS counted
ON CONFLICT DO NOTHING;

-- Every second chunk has an embedding.
INSERT INTO document_chunks (id, organization_id, audience_id, document_id, chunk_index, text, embedding, start_char, end_char, created_at, updated_at)
SELECT pg_temp.load_id('031', at * 4 + k, at), pg_temp.organization(), CASE WHEN turn % 4 > 0 THEN pg_temp.load_id('003', {number} + 20 * (turn % 20)) ELSE pg_temp.organization() END,
  pg_temp.load_id('030', at, at), k, pg_temp.load_text(at * 4 + k), CASE WHEN k % 2 = 0 THEN pg_temp.load_embedding(at * 4 + k) END, k * 300, k * 300 + 300, pg_temp.load_moment(at), pg_temp.load_moment(at)
FROM (SELECT i / 50 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 50 = 0) AS counted, generate_series(0, 3) AS k
ON CONFLICT DO NOTHING;

INSERT INTO document_permissions (id, organization_id, audience_id, document_id, user_id, role_id, permission_type, created_at, updated_at)
SELECT pg_temp.load_id('032', at * 2 + k, at), pg_temp.organization(), CASE WHEN turn % 4 > 0 THEN pg_temp.load_id('003', {number} + 20 * (turn % 20)) ELSE pg_temp.organization() END,
  pg_temp.load_id('030', at, at), CASE WHEN k = 0 THEN pg_temp.load_id('002', {number} + 20 * (turn % 10)) END, CASE WHEN k = 1 THEN (SELECT id FROM roles WHERE name = 'engineer') END,
  (ARRAY['read', 'write', 'delete'])[1 + turn / 2 % 3], pg_temp.load_moment(at), pg_temp.load_moment(at)
FROM (SELECT i / 50 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 100 = 0) AS counted, generate_series(0, 1) AS k
ON CONFLICT DO NOTHING;

INSERT INTO query_logs (id, organization_id, user_id, query_text, retrieved_documents, answer, confidence_score, refusal_reason, response_time_ms, created_at)
SELECT pg_temp.load_id('033', at, at), pg_temp.organization(), pg_temp.load_id('002', {number} + 20 * (turn % 10)), 'Question ' || at || ' about the roof?', '[]',
  CASE WHEN turn % 5 > 0 THEN 'Answer ' || at END, CASE WHEN turn % 5 > 0 THEN (at % 100) / 100.0 END, CASE WHEN turn % 5 = 0 THEN 'No document answers this.' END, 200 + at % 3000, pg_temp.load_moment(at)
FROM (SELECT i / 20 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 20 = 1) AS counted
ON CONFLICT DO NOTHING;

INSERT INTO assessments (id, organization_id, workflow_id, project_id, created_by, status, started_at, completed_at, duration_ms, ai_cost_cents, error_message, created_at, updated_at)
SELECT pg_temp.load_id('023', at, at), pg_temp.organization(), pg_temp.load_id('020', {number} + 20 * (turn % 4)), CASE WHEN turn % 10 > 0 THEN pg_temp.load_id('003', {number} + 20 * (turn % 20)) END,
  pg_temp.load_id('002', {number} + 20 * (turn % 10)), status, CASE WHEN status <> 'pending' THEN pg_temp.load_moment(at) END, CASE WHEN status IN ('completed', 'failed') THEN pg_temp.load_moment(at + 1) END,
  CASE WHEN status IN ('completed', 'failed') THEN 60000 END, CASE WHEN status = 'completed' THEN at % 90 END, CASE WHEN status = 'failed' THEN 'The model did not answer.' END, pg_temp.load_moment(at), pg_temp.load_moment(at)
FROM (SELECT i / 50 AS turn, i * 20 + {number} AS at, (ARRAY['completed', 'completed', 'completed', 'completed', 'completed', 'pending', 'processing', 'failed'])[1 + i / 50 % 8] AS status
      FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 50 = 10) AS counted
ON CONFLICT DO NOTHING;

INSERT INTO assessment_documents (id, organization_id, audience_id, assessment_id, bucket_id, file_name, storage_key, mime_type, file_size_bytes, created_at, updated_at)
SELECT pg_temp.load_id('024', at * 2 + k, at), pg_temp.organization(), CASE WHEN turn % 10 > 0 THEN pg_temp.load_id('003', {number} + 20 * (turn % 20)) ELSE pg_temp.organization() END,
  pg_temp.load_id('023', at, at), pg_temp.load_id('021', ({number} + 20 * (turn % 4)) * 4 + k), 'paper-' || k || '.pdf', 'assessments/' || at || '/paper-' || k || '.pdf', 'application/pdf', 100000 + at % 900000,
  pg_temp.load_moment(at), pg_temp.load_moment(at)
FROM (SELECT i / 50 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 50 = 10) AS counted, generate_series(0, 1) AS k
ON CONFLICT DO NOTHING;

INSERT INTO assessment_results (id, organization_id, audience_id, assessment_id, criterion_id, pass, confidence, evidence_page, evidence_section, evidence_text, reasoning, ai_response_raw, created_at, updated_at)
SELECT pg_temp.load_id('025', at * 8 + k, at), pg_temp.organization(), CASE WHEN turn % 10 > 0 THEN pg_temp.load_id('003', {number} + 20 * (turn % 20)) ELSE pg_temp.organization() END,
  pg_temp.load_id('023', at, at), pg_temp.load_id('022', ({number} + 20 * (turn % 4)) * 8 + k), (turn + k) % 4 > 0, (ARRAY['high', 'high', 'medium', 'low'])[1 + (turn + k) % 4], 1 + turn % 40, '1.' || k,
  'Evidence ' || at, 'The evidence says so.', jsonb_build_object('pass', (turn + k) % 4 > 0, 'model', 'load'), pg_temp.load_moment(at) + k * interval '1 second', pg_temp.load_moment(at) + k * interval '1 second'
FROM (SELECT i / 50 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 50 = 10 AND i / 50 % 8 < 5) AS counted, generate_series(0, 4) AS k
ON CONFLICT DO NOTHING;

INSERT INTO conversations (id, organization_id, project_id, user_id, agent_id, title, created_at, updated_at)
SELECT pg_temp.load_id('041', at, at), pg_temp.organization(), pg_temp.load_id('003', {number} + 20 * (turn % 20)), pg_temp.load_id('002', {number} + 20 * (turn % 10)),
  pg_temp.load_id('040', {number} + 20 * (turn % 5)), 'Conversation ' || at, pg_temp.load_moment(at), pg_temp.load_moment(at) + interval '15 seconds'
FROM (SELECT i / 50 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 50 = 20) AS counted
ON CONFLICT DO NOTHING;

INSERT INTO messages (id, organization_id, project_id, user_id, conversation_id, role, content, tokens_used, finish_reason, created_at, updated_at)
SELECT pg_temp.load_id('042', at * 4 + k, at), pg_temp.organization(), pg_temp.load_id('003', {number} + 20 * (turn % 20)), pg_temp.load_id('002', {number} + 20 * (turn % 10)), pg_temp.load_id('041', at, at),
  CASE WHEN k = 0 AND turn % 5 = 0 THEN 'system' WHEN k % 2 = 0 THEN 'user' ELSE 'assistant' END, pg_temp.load_text(at * 4 + k), 40 + at % 400, CASE WHEN k % 2 = 1 THEN 'stop' END,
  pg_temp.load_moment(at) + k * interval '5 seconds', pg_temp.load_moment(at) + k * interval '5 seconds'
FROM (SELECT i / 50 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 50 = 20) AS counted, generate_series(0, 3) AS k
ON CONFLICT DO NOTHING;

-- As they lived: sessions begin, take their files, and end. All are of cycles that are under way, so that later ones may follow.
INSERT INTO sync_sessions (id, organization_id, project_id, cycle_id, user_id, s3_prefix, status, started_at, created_at, updated_at)
SELECT pg_temp.load_id('051', at, at), pg_temp.organization(), pg_temp.load_id('003', {number} + 20 * (turn % 20)), CASE WHEN turn % 7 > 0 THEN pg_temp.load_id('050', ({number} + 20 * (turn % 20)) * 16 + 4 + turn / 20 % 2 * 6) END,
  pg_temp.load_id('002', {number} + 20 * (turn % 10)), 'sessions/' || at, CASE WHEN turn % 7 = 5 THEN 'pending' ELSE 'in_progress' END, CASE WHEN turn % 7 <> 5 THEN pg_temp.load_moment(at) END,
  pg_temp.load_moment(at), pg_temp.load_moment(at)
FROM (SELECT i / 100 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 100 = 30) AS counted
ON CONFLICT DO NOTHING;

INSERT INTO file_uploads (id, organization_id, project_id, session_id, file_path, s3_key, file_size_bytes, checksum, status, uploaded_at, is_duplicate, created_at, updated_at)
SELECT pg_temp.load_id('052', at * 8 + k, at), pg_temp.organization(), pg_temp.load_id('003', {number} + 20 * (turn % 20)), pg_temp.load_id('051', at, at), 'DCIM/' || at || '/' || k || '.jpg',
  'sessions/' || at || '/' || k || '.jpg', 1000000 + at % 4000000, md5('load-file-' || at || '-' || k), status, CASE WHEN status = 'completed' THEN pg_temp.load_moment(at + k) END, status = 'skipped',
  pg_temp.load_moment(at) + k * interval '1 second', pg_temp.load_moment(at) + k * interval '1 second'
FROM (SELECT i / 100 AS turn, i * 20 + {number} AS at, k, CASE i / 100 % 7
        WHEN 4 THEN (ARRAY['completed', 'completed', 'uploading', 'pending', 'failed'])[1 + k]
        WHEN 5 THEN 'pending'
        WHEN 6 THEN (ARRAY['completed', 'failed'])[1 + k % 2]
        ELSE (ARRAY['completed', 'completed', 'completed', 'completed', 'completed', 'skipped'])[1 + (i / 100 + k) % 6] END AS status
      FROM generate_series({first}::bigint, {last}::bigint) AS i, generate_series(0, 4) AS k WHERE i % 100 = 30) AS counted
ON CONFLICT DO NOTHING;

UPDATE sync_sessions SET completed_at = pg_temp.load_moment(at + 9),
  status = CASE WHEN turn % 7 = 6 THEN 'failed' ELSE 'completed' END, error_message = CASE WHEN turn % 7 = 6 THEN 'The connection was lost.' END
FROM (SELECT i / 100 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 100 = 30) AS counted
WHERE organization_id = pg_temp.organization() AND id = pg_temp.load_id('051', at, at) AND turn % 7 NOT IN (4, 5);

INSERT INTO audit_logs (id, organization_id, actor_id, action, resource_type, resource_id, metadata, request_id, created_at)
SELECT pg_temp.load_id('006', at, at), pg_temp.organization(), pg_temp.load_id('002', {number} + 20 * (turn % 10)), (ARRAY['create', 'update', 'update', 'delete'])[1 + turn % 4], 'photos',
  pg_temp.load_id('010', at, at), '{"source": "bulk"}', 'load-' || at, pg_temp.load_moment(at)
FROM (SELECT i / 10 AS turn, i * 20 + {number} AS at FROM generate_series({first}::bigint, {last}::bigint) AS i WHERE i % 10 = 2) AS counted
ON CONFLICT DO NOTHING;
