DROP FUNCTION question_in_languages(text);
DO $$
BEGIN
  EXECUTE format('GRANT search_keeper TO %I', current_user);
EXCEPTION WHEN unique_violation THEN
  NULL;
END
$$;
DROP FUNCTION matching_chunks(text);
DROP FUNCTION matching_documents(text);
DO $$ BEGIN EXECUTE format('REVOKE search_keeper FROM %I', current_user); END $$;
DO $$
BEGIN
  IF (SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'document_chunks'::regclass AND attname = 'embedding') = 'vector' THEN
    DROP FUNCTION embedding_distance(vector, real[]);
  ELSE
    DROP FUNCTION embedding_distance(real[], real[]);
  END IF;
END
$$;
DROP POLICY search ON document_chunks;
DROP POLICY search ON documents;
REVOKE ALL ON documents, document_chunks FROM search_keeper;

DELETE FROM role_permissions
WHERE role_id = (SELECT id FROM roles WHERE organization_id IS NULL AND name = 'user')
  AND permission_id = (SELECT id FROM permissions WHERE name = 'queries:read');
UPDATE permissions SET description = 'Read the log of questions and answers.' WHERE name = 'queries:read';
DROP INDEX query_logs_refused_index;
DROP POLICY caller ON query_logs;

COMMENT ON TABLE document_permissions IS 'Who may do what with a document. Without any row all of the organization reads it; with rows its grantees, its uploader and admins.';
REVOKE INSERT, UPDATE ON documents FROM org_admin, org_user;
GRANT INSERT, UPDATE ON documents TO org_admin, org_user;
DROP TRIGGER status_forward ON documents;
DROP FUNCTION documents_status_forward();
DROP TRIGGER keep_grants_of_old ON document_chunks;
DROP TRIGGER keep_grants_of_changed ON document_chunks;
DROP TRIGGER keep_grants_of_new ON document_chunks;
DROP FUNCTION document_chunks_keep_grants();
DROP TRIGGER restrict_changed ON document_permissions;
DROP TRIGGER restrict_given ON document_permissions;
DROP FUNCTION document_permissions_restrict();
DROP TRIGGER keep_grants ON document_permissions;
DROP FUNCTION document_permissions_keep_grants();
DROP TRIGGER keep_grants ON documents;
DROP FUNCTION documents_keep_grants();
DROP POLICY grants ON document_permissions;
DROP POLICY grants ON document_chunks;
DROP POLICY grants ON documents;
DROP FUNCTION caller_was_granted(text, uuid);
DROP FUNCTION caller_documents();

-- The columns in the order that they had: what stood behind a search vector is made anew behind the new one, with what it held.
ALTER TABLE document_chunks DROP CONSTRAINT document_chunks_document_fkey, DROP CONSTRAINT document_chunks_text_length,
  DROP COLUMN search_vector, DROP COLUMN language;
ALTER TABLE document_chunks RENAME COLUMN created_at TO created_at_then;
ALTER TABLE document_chunks RENAME COLUMN updated_at TO updated_at_then;
ALTER TABLE document_chunks RENAME COLUMN embedding TO embedding_then;
ALTER TABLE document_chunks
  ADD COLUMN search_vector tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', text)) STORED,
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  DISABLE TRIGGER touch_updated_at;
DO $$
DECLARE
  kind text := (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'document_chunks'::regclass AND attname = 'embedding_then');
  method text := (SELECT amname FROM pg_class JOIN pg_am ON pg_am.oid = relam WHERE pg_class.oid = to_regclass('document_chunks_embedding_index'));
  tenant uuid;
BEGIN
  EXECUTE format('ALTER TABLE document_chunks ADD COLUMN embedding %s', kind);
  FOR tenant IN SELECT id FROM organizations LOOP
    PERFORM set_config('app.organization_id', tenant::text, true);
    UPDATE document_chunks SET created_at = created_at_then, updated_at = updated_at_then, embedding = embedding_then;
  END LOOP;
  PERFORM set_config('app.organization_id', '', true);
  ALTER TABLE document_chunks DROP COLUMN created_at_then, DROP COLUMN updated_at_then, DROP COLUMN embedding_then;
  IF method IS NULL THEN
    ALTER TABLE document_chunks
      ADD CONSTRAINT document_chunks_embedding_dimensions CHECK (cardinality(embedding) = 384 AND array_ndims(embedding) = 1 AND array_position(embedding, NULL) IS NULL);
  ELSE
    EXECUTE format('CREATE INDEX document_chunks_embedding_index ON document_chunks USING %I (embedding vector_cosine_ops)', method);
    COMMENT ON INDEX document_chunks_embedding_index IS 'The nearest chunks to a question, by cosine distance.';
  END IF;
END
$$;
ALTER TABLE document_chunks ENABLE TRIGGER touch_updated_at;
CREATE INDEX document_chunks_search_index ON document_chunks USING gin (search_vector);
COMMENT ON INDEX document_chunks_search_index IS 'Full-text search over the text of chunks, from outside of row-level security.';
COMMENT ON COLUMN document_chunks.search_vector IS 'The text for full-text search; kept by the database.';
COMMENT ON COLUMN document_chunks.embedding IS 'Its meaning in 384 numbers; null until computed.';
COMMENT ON COLUMN document_chunks.created_at IS 'When the row was written.';
COMMENT ON COLUMN document_chunks.updated_at IS 'When the row last changed; kept by the database, strictly increasing.';

DROP INDEX documents_file_type_index, documents_unsearchable_index;
ALTER TABLE documents DROP COLUMN search_vector, DROP CONSTRAINT documents_language_key, DROP CONSTRAINT documents_language_known,
  DROP COLUMN is_restricted, DROP COLUMN language;
DROP FUNCTION text_configuration(text);
ALTER TABLE documents RENAME COLUMN created_at TO created_at_then;
ALTER TABLE documents RENAME COLUMN updated_at TO updated_at_then;
ALTER TABLE documents RENAME COLUMN deleted_at TO deleted_at_then;
ALTER TABLE documents
  ADD COLUMN search_vector tsvector NOT NULL GENERATED ALWAYS AS
    (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', coalesce(content, '')), 'B')) STORED,
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN deleted_at timestamptz,
  DISABLE TRIGGER touch_updated_at;
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT id FROM organizations LOOP
    PERFORM set_config('app.organization_id', tenant::text, true);
    UPDATE documents SET created_at = created_at_then, updated_at = updated_at_then, deleted_at = deleted_at_then;
  END LOOP;
  PERFORM set_config('app.organization_id', '', true);
END
$$;
ALTER TABLE documents DROP COLUMN created_at_then, DROP COLUMN updated_at_then, DROP COLUMN deleted_at_then;
ALTER TABLE documents ENABLE TRIGGER touch_updated_at;
CREATE INDEX documents_newest_index ON documents (organization_id, created_at DESC, id DESC);
CREATE INDEX documents_mission_index ON documents (organization_id, mission, created_at DESC, id DESC);
CREATE INDEX documents_processing_status_index ON documents (organization_id, processing_status, created_at DESC, id DESC);
CREATE INDEX documents_project_index ON documents (organization_id, project_id, created_at DESC, id DESC) WHERE project_id IS NOT NULL;
CREATE INDEX documents_uploaded_by_index ON documents (organization_id, uploaded_by, created_at DESC, id DESC) WHERE uploaded_by IS NOT NULL;
CREATE INDEX documents_bin_index ON documents (organization_id, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX documents_search_index ON documents USING gin (search_vector);
COMMENT ON INDEX documents_newest_index IS 'The list of documents in its default order.';
COMMENT ON INDEX documents_mission_index IS 'Filter by mission.';
COMMENT ON INDEX documents_processing_status_index IS 'What still waits for processing, and what failed.';
COMMENT ON INDEX documents_project_index IS 'The documents of a project, newest first; its foreign key.';
COMMENT ON INDEX documents_uploaded_by_index IS 'The documents of a user, newest first; its foreign key.';
COMMENT ON INDEX documents_bin_index IS 'The documents in the bin: what hangs under one is not shown.';
COMMENT ON INDEX documents_search_index IS 'Full-text search over title and content, from outside of row-level security: the operator is not leakproof.';
COMMENT ON TABLE documents IS 'A knowledge document: what is known of the file, its text, and how far it is processed. Chunks are counted, not stored.';
COMMENT ON COLUMN documents.search_vector IS 'Title (weight A) and content (weight B) for full-text search; kept by the database.';
COMMENT ON COLUMN documents.created_at IS 'When the row was written.';
COMMENT ON COLUMN documents.updated_at IS 'When the row last changed; kept by the database, strictly increasing.';
COMMENT ON COLUMN documents.deleted_at IS 'When it was put in the bin; ordinary reads do not see it, a restore clears it.';
ALTER TABLE document_chunks ADD CONSTRAINT document_chunks_document_fkey FOREIGN KEY (organization_id, audience_id, document_id)
  REFERENCES documents (organization_id, audience_id, id) ON UPDATE CASCADE ON DELETE CASCADE;

-- The role goes with the last database of the cluster that uses it, and stays where it may not be dropped.
DO $$
BEGIN
  DROP ROLE IF EXISTS search_keeper;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege OR object_in_use THEN
  NULL;
END
$$;
