-- knowledge: documents, their chunks with embeddings, who may read them, and the log of questions.

CREATE TABLE documents (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid,
  audience_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(project_id, organization_id)) STORED,
  uploaded_by uuid,
  title text NOT NULL,
  file_name text NOT NULL,
  storage_key text NOT NULL,
  file_type text NOT NULL,
  file_size_bytes bigint,
  mission text,
  content text,
  metadata jsonb NOT NULL DEFAULT '{}',
  processing_status text NOT NULL DEFAULT 'pending',
  is_searchable boolean NOT NULL DEFAULT true,
  embedding_model text,
  uploaded_at timestamptz NOT NULL DEFAULT now(),
  search_vector tsvector NOT NULL GENERATED ALWAYS AS
    (setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', coalesce(content, '')), 'B')) STORED,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CONSTRAINT documents_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT documents_project_fkey FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE SET NULL (project_id),
  CONSTRAINT documents_uploaded_by_fkey FOREIGN KEY (organization_id, uploaded_by) REFERENCES users (organization_id, id) ON DELETE SET NULL (uploaded_by),
  CONSTRAINT documents_audience_key UNIQUE (organization_id, audience_id, id),
  CONSTRAINT documents_title_length CHECK (char_length(title) BETWEEN 1 AND 255),
  CONSTRAINT documents_file_name_length CHECK (char_length(file_name) BETWEEN 1 AND 255),
  CONSTRAINT documents_storage_key_length CHECK (char_length(storage_key) BETWEEN 1 AND 1024),
  CONSTRAINT documents_file_type_length CHECK (char_length(file_type) BETWEEN 1 AND 50),
  CONSTRAINT documents_mission_length CHECK (char_length(mission) BETWEEN 1 AND 255),
  CONSTRAINT documents_file_size_bytes_positive CHECK (file_size_bytes > 0),
  CONSTRAINT documents_metadata_object CHECK (jsonb_typeof(metadata) = 'object'),
  CONSTRAINT documents_processing_status_known CHECK (processing_status IN ('pending', 'processing', 'completed', 'failed'))
);
CREATE INDEX documents_newest_index ON documents (organization_id, created_at DESC, id DESC);
CREATE INDEX documents_mission_index ON documents (organization_id, mission, created_at DESC, id DESC);
CREATE INDEX documents_processing_status_index ON documents (organization_id, processing_status, created_at DESC, id DESC);
CREATE INDEX documents_project_index ON documents (organization_id, project_id, created_at DESC, id DESC) WHERE project_id IS NOT NULL;
CREATE INDEX documents_uploaded_by_index ON documents (organization_id, uploaded_by, created_at DESC, id DESC) WHERE uploaded_by IS NOT NULL;
CREATE INDEX documents_search_index ON documents USING gin (search_vector);
COMMENT ON INDEX documents_newest_index IS 'The list of documents in its default order.';
COMMENT ON INDEX documents_mission_index IS 'Filter by mission.';
COMMENT ON INDEX documents_processing_status_index IS 'What still waits for processing, and what failed.';
COMMENT ON INDEX documents_project_index IS 'The documents of a project, newest first; its foreign key.';
COMMENT ON INDEX documents_uploaded_by_index IS 'The documents of a user, newest first; its foreign key.';
COMMENT ON INDEX documents_search_index IS 'Full-text search over title and content, from outside of row-level security: the operator is not leakproof.';
COMMENT ON TABLE documents IS 'A knowledge document: what is known of the file, its text, and how far it is processed. Chunks are counted, not stored.';
COMMENT ON COLUMN documents.project_id IS 'Project it belongs to; null for the whole organization.';
COMMENT ON COLUMN documents.uploaded_by IS 'Who uploaded it.';
COMMENT ON COLUMN documents.title IS 'Title.';
COMMENT ON COLUMN documents.file_name IS 'Name as the user had it.';
COMMENT ON COLUMN documents.storage_key IS 'Key of the stored object.';
COMMENT ON COLUMN documents.file_type IS 'Kind of file: pdf, docx, txt.';
COMMENT ON COLUMN documents.file_size_bytes IS 'Size of the object; null until it is known.';
COMMENT ON COLUMN documents.mission IS 'The mission it is about.';
COMMENT ON COLUMN documents.content IS 'Its text as it was extracted.';
COMMENT ON COLUMN documents.metadata IS 'Whatever else is known of it.';
COMMENT ON COLUMN documents.processing_status IS 'pending, processing, completed or failed.';
COMMENT ON COLUMN documents.is_searchable IS 'Whether search finds it.';
COMMENT ON COLUMN documents.embedding_model IS 'The model that made the embeddings of its chunks.';
COMMENT ON COLUMN documents.uploaded_at IS 'When it was uploaded.';
COMMENT ON COLUMN documents.search_vector IS 'Title (weight A) and content (weight B) for full-text search; kept by the database.';
CALL make_tenant_table('documents', 'audience_id');
GRANT SELECT, INSERT, UPDATE ON documents TO org_admin, org_user;

-- The embedding is a vector where pgvector is installed (or may be), an array of 384 numbers where not: search is exact then.
DO $$
BEGIN
  IF current_setting('fieldgraph.without_pgvector', true) IS DISTINCT FROM 'on'
     AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
    CREATE EXTENSION IF NOT EXISTS vector;
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'pgvector is available but % may not install it: embeddings become arrays', current_user;
END
$$;
CREATE TABLE document_chunks (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  audience_id uuid NOT NULL,
  document_id uuid NOT NULL,
  chunk_index integer NOT NULL,
  text text NOT NULL,
  start_char integer NOT NULL,
  end_char integer NOT NULL,
  search_vector tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', text)) STORED,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT document_chunks_document_fkey FOREIGN KEY (organization_id, audience_id, document_id)
    REFERENCES documents (organization_id, audience_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT document_chunks_chunk_index_key UNIQUE (organization_id, document_id, chunk_index),
  CONSTRAINT document_chunks_chunk_index_not_negative CHECK (chunk_index >= 0),
  CONSTRAINT document_chunks_start_char_not_negative CHECK (start_char >= 0),
  CONSTRAINT document_chunks_end_after_start CHECK (end_char > start_char)
);
DO $$
BEGIN
  IF current_setting('fieldgraph.without_pgvector', true) IS DISTINCT FROM 'on'
     AND EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN
    ALTER TABLE document_chunks ADD COLUMN embedding vector(384);
    -- hnsw came with pgvector 0.5; it needs no training, so it may be made on an empty table.
    IF EXISTS (SELECT FROM pg_am WHERE amname = 'hnsw') THEN
      CREATE INDEX document_chunks_embedding_index ON document_chunks USING hnsw (embedding vector_cosine_ops);
    ELSE
      CREATE INDEX document_chunks_embedding_index ON document_chunks USING ivfflat (embedding vector_cosine_ops);
    END IF;
    COMMENT ON INDEX document_chunks_embedding_index IS 'The nearest chunks to a question, by cosine distance.';
  ELSE
    ALTER TABLE document_chunks ADD COLUMN embedding real[],
      ADD CONSTRAINT document_chunks_embedding_dimensions CHECK (cardinality(embedding) = 384 AND array_ndims(embedding) = 1 AND array_position(embedding, NULL) IS NULL);
  END IF;
END
$$;
CREATE INDEX document_chunks_search_index ON document_chunks USING gin (search_vector);
COMMENT ON INDEX document_chunks_search_index IS 'Full-text search over the text of chunks, from outside of row-level security.';
COMMENT ON TABLE document_chunks IS 'A passage of a document with its embedding: what search finds and answers cite.';
COMMENT ON COLUMN document_chunks.document_id IS 'The document it is a passage of.';
COMMENT ON COLUMN document_chunks.chunk_index IS 'Place in the document, from 0.';
COMMENT ON COLUMN document_chunks.text IS 'The passage.';
COMMENT ON COLUMN document_chunks.start_char IS 'Where it starts in the content.';
COMMENT ON COLUMN document_chunks.end_char IS 'Where it ends, exclusive.';
COMMENT ON COLUMN document_chunks.search_vector IS 'The text for full-text search; kept by the database.';
COMMENT ON COLUMN document_chunks.embedding IS 'Its meaning in 384 numbers; null until computed.';
CALL make_tenant_table('document_chunks', 'audience_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON document_chunks TO org_admin, org_user;

CREATE TABLE document_permissions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  audience_id uuid NOT NULL,
  document_id uuid NOT NULL,
  user_id uuid,
  role text,
  permission_type text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT document_permissions_document_fkey FOREIGN KEY (organization_id, audience_id, document_id)
    REFERENCES documents (organization_id, audience_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT document_permissions_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT document_permissions_role_fkey FOREIGN KEY (role) REFERENCES roles (name) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT document_permissions_grantee_key UNIQUE NULLS NOT DISTINCT (organization_id, document_id, user_id, role, permission_type),
  CONSTRAINT document_permissions_one_grantee CHECK (num_nonnulls(user_id, role) = 1),
  CONSTRAINT document_permissions_permission_type_known CHECK (permission_type IN ('read', 'write', 'delete'))
);
CREATE INDEX document_permissions_user_index ON document_permissions (organization_id, user_id, document_id) WHERE user_id IS NOT NULL;
CREATE INDEX document_permissions_role_index ON document_permissions (role, organization_id, document_id) WHERE role IS NOT NULL;
COMMENT ON INDEX document_permissions_user_index IS 'What a user may read; its foreign key.';
COMMENT ON INDEX document_permissions_role_index IS 'What a role may read; its foreign key.';
COMMENT ON TABLE document_permissions IS 'Who may do what with a document. Without any row all of the organization reads it; with rows its grantees, its uploader and admins.';
COMMENT ON COLUMN document_permissions.document_id IS 'The document.';
COMMENT ON COLUMN document_permissions.user_id IS 'The user it is granted to, or null.';
COMMENT ON COLUMN document_permissions.role IS 'Name of the role it is granted to, or null; exactly one of the two.';
COMMENT ON COLUMN document_permissions.permission_type IS 'read, write or delete.';
CALL make_tenant_table('document_permissions', 'audience_id');
GRANT SELECT, INSERT, DELETE ON document_permissions TO org_admin, org_user;

CREATE TABLE query_logs (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  user_id uuid,
  query_text text NOT NULL,
  retrieved_documents jsonb NOT NULL DEFAULT '[]',
  answer text,
  confidence_score double precision,
  refusal_reason text,
  sources jsonb NOT NULL DEFAULT '[]',
  response_time_ms integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT query_logs_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT query_logs_query_text_length CHECK (char_length(query_text) >= 1),
  CONSTRAINT query_logs_retrieved_documents_array CHECK (jsonb_typeof(retrieved_documents) = 'array'),
  CONSTRAINT query_logs_sources_array CHECK (jsonb_typeof(sources) = 'array'),
  CONSTRAINT query_logs_confidence_score_range CHECK (confidence_score BETWEEN 0 AND 1),
  CONSTRAINT query_logs_response_time_ms_not_negative CHECK (response_time_ms >= 0)
);
CREATE INDEX query_logs_newest_index ON query_logs (organization_id, created_at DESC, id DESC);
CREATE INDEX query_logs_user_index ON query_logs (organization_id, user_id, created_at DESC, id DESC);
COMMENT ON INDEX query_logs_newest_index IS 'The log in its default order, and ranges of time.';
COMMENT ON INDEX query_logs_user_index IS 'What a user asked, newest first.';
COMMENT ON TABLE query_logs IS 'Every question asked of the documents, with what was found and answered, or why not. Append-only.';
COMMENT ON COLUMN query_logs.user_id IS 'Who asked; no foreign key, so that the row outlives them.';
COMMENT ON COLUMN query_logs.query_text IS 'The question.';
COMMENT ON COLUMN query_logs.retrieved_documents IS 'What search found for it, with scores.';
COMMENT ON COLUMN query_logs.answer IS 'The answer; null when it was refused.';
COMMENT ON COLUMN query_logs.confidence_score IS 'How sure the answer is, 0 to 1.';
COMMENT ON COLUMN query_logs.refusal_reason IS 'Why there is no answer.';
COMMENT ON COLUMN query_logs.sources IS 'The passages that the answer cites.';
COMMENT ON COLUMN query_logs.response_time_ms IS 'How long the answer took.';
CALL make_tenant_table('query_logs');
CALL keep_append_only('query_logs');
GRANT SELECT, INSERT ON query_logs TO org_admin, org_user;
