-- The chunks of the documents that have a text. The documents themselves are in the organization's own file.

INSERT INTO document_chunks (id, organization_id, audience_id, document_id, chunk_index, text, embedding, start_char, end_char, language, created_at, updated_at)
SELECT pg_temp.demo_id('chunk/' || source.key || '/' || chunk.position), document.organization_id, document.audience_id, document.id, chunk.position - 1,
  chunk.body ->> 'text', (chunk.body ->> 'embedding')::real[], (chunk.body ->> 'start_char')::integer, (chunk.body ->> 'end_char')::integer, document.language,
  document.uploaded_at + interval '1 minute', document.uploaded_at + interval '1 minute'
FROM demo_input
CROSS JOIN jsonb_to_recordset(documents) AS source (key text, chunks jsonb)
CROSS JOIN jsonb_array_elements(source.chunks) WITH ORDINALITY AS chunk (body, position)
JOIN documents document ON document.organization_id = pg_temp.organization() AND document.id = pg_temp.demo_id('document/' || source.key)
ON CONFLICT DO NOTHING;
