-- knowledge: who may read a document, kept by the database; search in the language of each document; the log of questions is its
-- askers'.

-- In which language a text is to be understood: its words are found in their other forms, too. Immutable, so that what is found can
-- be kept with the text; no cast from text to regconfig is.
CREATE FUNCTION text_configuration(language text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE language
    WHEN 'danish' THEN 'pg_catalog.danish'::regconfig
    WHEN 'dutch' THEN 'pg_catalog.dutch'::regconfig
    WHEN 'english' THEN 'pg_catalog.english'::regconfig
    WHEN 'finnish' THEN 'pg_catalog.finnish'::regconfig
    WHEN 'french' THEN 'pg_catalog.french'::regconfig
    WHEN 'german' THEN 'pg_catalog.german'::regconfig
    WHEN 'hungarian' THEN 'pg_catalog.hungarian'::regconfig
    WHEN 'italian' THEN 'pg_catalog.italian'::regconfig
    WHEN 'norwegian' THEN 'pg_catalog.norwegian'::regconfig
    WHEN 'portuguese' THEN 'pg_catalog.portuguese'::regconfig
    WHEN 'romanian' THEN 'pg_catalog.romanian'::regconfig
    WHEN 'russian' THEN 'pg_catalog.russian'::regconfig
    WHEN 'spanish' THEN 'pg_catalog.spanish'::regconfig
    WHEN 'swedish' THEN 'pg_catalog.swedish'::regconfig
    WHEN 'turkish' THEN 'pg_catalog.turkish'::regconfig
    ELSE 'pg_catalog.simple'::regconfig
  END
$$;
COMMENT ON FUNCTION text_configuration(text) IS 'The rules by which full-text search reads a language; those of any language for one that is not known.';
GRANT EXECUTE ON FUNCTION text_configuration(text) TO org_admin, org_user;

-- A generated column cannot be changed, but made anew. Of a text of any length so much is indexed as surely fits into a tsvector.
ALTER TABLE document_chunks DROP CONSTRAINT document_chunks_document_fkey, DROP COLUMN search_vector;
ALTER TABLE documents DROP COLUMN search_vector;
ALTER TABLE documents
  ADD COLUMN language text NOT NULL DEFAULT 'english',
  ADD COLUMN is_restricted boolean NOT NULL DEFAULT false,
  ADD COLUMN search_vector tsvector NOT NULL GENERATED ALWAYS AS
    (setweight(to_tsvector(text_configuration(language), title), 'A') ||
     setweight(to_tsvector(text_configuration(language), left(coalesce(content, ''), 200000)), 'B')) STORED,
  ADD CONSTRAINT documents_language_known CHECK (language IN ('danish', 'dutch', 'english', 'finnish', 'french', 'german', 'hungarian',
    'italian', 'norwegian', 'portuguese', 'romanian', 'russian', 'simple', 'spanish', 'swedish', 'turkish')),
  ADD CONSTRAINT documents_language_key UNIQUE (organization_id, audience_id, language, id);
CREATE INDEX documents_search_index ON documents USING gin (search_vector);
COMMENT ON INDEX documents_search_index IS 'Full-text search over title and content, from outside of row-level security: the operator is not leakproof.';
CREATE INDEX documents_file_type_index ON documents (organization_id, file_type, created_at DESC, id DESC);
CREATE INDEX documents_language_index ON documents (organization_id, language, created_at DESC, id DESC);
CREATE INDEX documents_unsearchable_index ON documents (organization_id, created_at DESC, id DESC) WHERE NOT is_searchable;
CREATE INDEX documents_restricted_index ON documents (organization_id, created_at DESC, id DESC) WHERE is_restricted;
COMMENT ON INDEX documents_file_type_index IS 'Filter by the kind of file.';
COMMENT ON INDEX documents_language_index IS 'Filter by language.';
COMMENT ON INDEX documents_unsearchable_index IS 'What search does not find.';
COMMENT ON INDEX documents_restricted_index IS 'What is for some only.';
COMMENT ON TABLE documents IS 'A knowledge document: what is known of the file, its text, who may read it, and how far it is processed. Chunks are counted, not stored.';
COMMENT ON COLUMN documents.language IS 'In which language search understands it; simple for none in particular.';
COMMENT ON COLUMN documents.is_restricted IS 'Whether it is for its grantees, its uploader and admins alone; kept by the database.';
COMMENT ON COLUMN documents.search_vector IS 'Title (weight A) and the first 200,000 characters of the content (weight B) for full-text search; kept by the database.';

ALTER TABLE document_chunks
  ADD COLUMN language text NOT NULL DEFAULT 'english',
  ADD COLUMN search_vector tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector(text_configuration(language), text)) STORED,
  ADD CONSTRAINT document_chunks_document_fkey FOREIGN KEY (organization_id, audience_id, language, document_id)
    REFERENCES documents (organization_id, audience_id, language, id) ON UPDATE CASCADE ON DELETE CASCADE,
  ADD CONSTRAINT document_chunks_text_length CHECK (char_length(text) BETWEEN 1 AND 20000);
CREATE INDEX document_chunks_search_index ON document_chunks USING gin (search_vector);
COMMENT ON INDEX document_chunks_search_index IS 'Full-text search over the text of chunks, from outside of row-level security.';
COMMENT ON COLUMN document_chunks.language IS 'The document''s; kept by the database.';
COMMENT ON COLUMN document_chunks.search_vector IS 'The text for full-text search; kept by the database.';

-- What a document that was granted to somebody needs. The wall of the projects stands before that one, and it stays as it is.
CREATE FUNCTION caller_documents() RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  caller uuid := nullif(current_setting('app.user_id', true), '')::uuid;
BEGIN
  RETURN QUERY
    SELECT granted.document_id FROM document_permissions granted
    WHERE granted.organization_id = organization AND granted.user_id = caller
    UNION ALL
    SELECT granted.document_id FROM user_roles theirs
    JOIN document_permissions granted ON granted.role_id = theirs.role_id AND granted.organization_id = organization
    WHERE theirs.organization_id = organization AND theirs.user_id = caller;
END
$$;
COMMENT ON FUNCTION caller_documents() IS 'The documents of which anything is granted to the transaction''s user, or to a role that they have.';
GRANT EXECUTE ON FUNCTION caller_documents() TO org_user;

CREATE FUNCTION caller_was_granted(wanted text, document uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  caller uuid := nullif(current_setting('app.user_id', true), '')::uuid;
BEGIN
  RETURN EXISTS (
    SELECT FROM document_permissions granted
    WHERE granted.organization_id = organization AND granted.document_id = document AND granted.permission_type = wanted
      AND (granted.user_id = caller OR EXISTS (SELECT FROM user_roles theirs
        WHERE theirs.organization_id = organization AND theirs.user_id = caller AND theirs.role_id = granted.role_id)));
END
$$;
COMMENT ON FUNCTION caller_was_granted(text, uuid) IS 'Whether the transaction''s user, or a role that they have, was granted this of a document.';
GRANT EXECUTE ON FUNCTION caller_was_granted(text, uuid) TO org_user;

-- Asked of documents with grants alone, and of all of them by one look into one table: within CASE, as membership is.
CREATE POLICY grants ON documents AS RESTRICTIVE TO org_user USING (CASE
  WHEN is_restricted THEN coalesce(uploaded_by = (SELECT nullif(current_setting('app.user_id', true), '')::uuid), false)
    OR id IN (SELECT caller_documents())
  ELSE true
END);
-- What hangs under a document is seen by who sees that.
CREATE POLICY grants ON document_chunks AS RESTRICTIVE TO org_user USING (EXISTS (
  SELECT FROM documents
  WHERE documents.organization_id = document_chunks.organization_id AND documents.id = document_chunks.document_id));
CREATE POLICY grants ON document_permissions AS RESTRICTIVE TO org_user USING (EXISTS (
  SELECT FROM documents
  WHERE documents.organization_id = document_permissions.organization_id AND documents.id = document_permissions.document_id));

-- Who was granted to read is not granted to change. The owner's own work (what keeps is_restricted, a foreign key) goes on.
CREATE FUNCTION documents_keep_grants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wanted text := CASE WHEN NEW.deleted_at IS DISTINCT FROM OLD.deleted_at THEN 'delete' ELSE 'write' END;
BEGIN
  -- Apart: who may not call a routine may not even begin a condition with it.
  IF current_user <> 'org_user' THEN
    RETURN NEW;
  END IF;
  IF OLD.uploaded_by IS DISTINCT FROM nullif(current_setting('app.user_id', true), '')::uuid
     AND NOT caller_was_granted(wanted, OLD.id) THEN
    RAISE EXCEPTION 'the document is granted to some only, and you were not granted to % it', wanted
      USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_grants_kept', TABLE = 'documents';
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION documents_keep_grants() IS 'Refuses to change a document with grants, or to put it in the bin, without one for that.';
CREATE TRIGGER keep_grants BEFORE UPDATE ON documents
  FOR EACH ROW WHEN (OLD.is_restricted) EXECUTE FUNCTION documents_keep_grants();

-- Whoever grants locks the document first, so that of two who grant and revoke at once the later sees what the earlier did. Before:
-- whoever closes an open document had the right to.
CREATE FUNCTION document_permissions_keep_grants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  given document_permissions := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  document documents;
BEGIN
  IF current_user = 'org_user' THEN
    SELECT * INTO document FROM documents WHERE organization_id = given.organization_id AND id = given.document_id FOR NO KEY UPDATE;
    -- One that is not there to see is what the policy is for.
    IF document.is_restricted
       AND document.uploaded_by IS DISTINCT FROM nullif(current_setting('app.user_id', true), '')::uuid
       AND NOT caller_was_granted('write', given.document_id) THEN
      RAISE EXCEPTION 'the document is granted to some only: who may write it, its uploader and admins decide to whom'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'document_permissions_grants_kept', TABLE = 'document_permissions';
    END IF;
  END IF;
  RETURN given;
END
$$;
COMMENT ON FUNCTION document_permissions_keep_grants() IS 'Refuses to grant and to revoke what is granted already to others, without a grant to write.';
CREATE TRIGGER keep_grants BEFORE INSERT OR UPDATE OR DELETE ON document_permissions
  FOR EACH ROW EXECUTE FUNCTION document_permissions_keep_grants();

-- A grant closes its document in its own transaction: there is no moment between the two. With the last one it opens again, unless that
-- went because its grantee is gone: nobody decided then that the document is everybody's.
CREATE FUNCTION document_permissions_restrict() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text := current_setting('app.organization_id', true);
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM set_config('app.organization_id', OLD.organization_id::text, true);
    PERFORM FROM documents WHERE organization_id = OLD.organization_id AND id = OLD.document_id FOR NO KEY UPDATE;
    IF FOUND
       AND (OLD.user_id IS NULL OR EXISTS (SELECT FROM users WHERE organization_id = OLD.organization_id AND id = OLD.user_id))
       AND (OLD.role_id IS NULL OR EXISTS (SELECT FROM roles WHERE id = OLD.role_id)) THEN
      UPDATE documents SET is_restricted = false
      WHERE organization_id = OLD.organization_id AND id = OLD.document_id AND is_restricted AND NOT EXISTS (
        SELECT FROM document_permissions
        WHERE organization_id = OLD.organization_id AND document_id = OLD.document_id);
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM set_config('app.organization_id', NEW.organization_id::text, true);
    PERFORM FROM documents WHERE organization_id = NEW.organization_id AND id = NEW.document_id FOR NO KEY UPDATE;
    UPDATE documents SET is_restricted = true
    WHERE organization_id = NEW.organization_id AND id = NEW.document_id AND NOT is_restricted;
  END IF;
  PERFORM set_config('app.organization_id', coalesce(before, ''), true);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION document_permissions_restrict() IS 'Keeps documents.is_restricted: true from the first grant until the last one is revoked.';
CREATE TRIGGER restrict_given AFTER INSERT OR DELETE ON document_permissions
  FOR EACH ROW EXECUTE FUNCTION document_permissions_restrict();
CREATE TRIGGER restrict_changed AFTER UPDATE OF organization_id, document_id ON document_permissions
  FOR EACH ROW EXECUTE FUNCTION document_permissions_restrict();

-- Once a statement, however many chunks it writes.
CREATE FUNCTION document_chunks_keep_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user <> 'org_user' THEN
    RETURN NULL;
  END IF;
  IF EXISTS (
    SELECT FROM documents
    WHERE (organization_id, id) IN (SELECT organization_id, document_id FROM changed) AND is_restricted
      AND uploaded_by IS DISTINCT FROM nullif(current_setting('app.user_id', true), '')::uuid
      AND NOT caller_was_granted('write', id)) THEN
    RAISE EXCEPTION 'the document is granted to some only, and you were not granted to write it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'document_chunks_grants_kept', TABLE = 'document_chunks';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION document_chunks_keep_grants() IS 'Refuses to write or delete chunks of a document with grants without one for writing.';
CREATE TRIGGER keep_grants_of_new AFTER INSERT ON document_chunks REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION document_chunks_keep_grants();
CREATE TRIGGER keep_grants_of_changed AFTER UPDATE ON document_chunks REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION document_chunks_keep_grants();
CREATE TRIGGER keep_grants_of_old AFTER DELETE ON document_chunks REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION document_chunks_keep_grants();

CREATE FUNCTION documents_status_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the processing of a document goes from pending to processing, from there to completed or failed, and from those to processing again: not from % to %',
    OLD.processing_status, NEW.processing_status
    USING ERRCODE = 'check_violation', CONSTRAINT = 'documents_processing_status_forward', TABLE = 'documents';
END
$$;
COMMENT ON FUNCTION documents_status_forward() IS 'Refuses a step that the processing of a document does not have.';
CREATE TRIGGER status_forward BEFORE UPDATE OF processing_status ON documents FOR EACH ROW
  WHEN (NEW.processing_status <> OLD.processing_status AND NOT (
    OLD.processing_status <> 'processing' AND NEW.processing_status = 'processing'
    OR OLD.processing_status = 'processing' AND NEW.processing_status IN ('completed', 'failed')))
  EXECUTE FUNCTION documents_status_forward();

-- Whether a document is restricted is nobody's to write, nor who uploaded it afterwards.
REVOKE INSERT, UPDATE ON documents FROM org_admin, org_user;
GRANT INSERT (id, organization_id, project_id, uploaded_by, title, file_name, storage_key, file_type, file_size_bytes, mission, content, metadata,
    processing_status, is_searchable, embedding_model, language, uploaded_at, created_at),
  UPDATE (project_id, title, file_name, storage_key, file_type, file_size_bytes, mission, content, metadata, processing_status, is_searchable,
    embedding_model, language, uploaded_at, deleted_at)
  ON documents TO org_admin, org_user;
COMMENT ON TABLE document_permissions IS 'Who may do what with a document. Without any row its audience reads it; with rows its grantees, its uploader and admins. Whatever is granted, reading is.';

-- A question says much of who asks: of the log everybody sees their own part, admins all of it.
CREATE POLICY caller ON query_logs AS RESTRICTIVE TO org_user
  USING (coalesce(user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid), false));
CREATE INDEX query_logs_refused_index ON query_logs (organization_id, created_at DESC, id DESC) WHERE refusal_reason IS NOT NULL;
COMMENT ON INDEX query_logs_refused_index IS 'The questions without an answer, newest first.';
UPDATE permissions SET description = 'Read the log of questions and answers: one''s own part of it, admins all.' WHERE name = 'queries:read';
INSERT INTO role_permissions (role_id, permission_id)
SELECT roles.id, permissions.id FROM roles, permissions
WHERE roles.organization_id IS NULL AND roles.name = 'user' AND permissions.name = 'queries:read';

-- Search.

CREATE FUNCTION question_in_languages(question text) RETURNS TABLE (language text, asked tsquery)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 16 SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT known, websearch_to_tsquery(text_configuration(known), question)
  FROM unnest(ARRAY['danish', 'dutch', 'english', 'finnish', 'french', 'german', 'hungarian', 'italian', 'norwegian', 'portuguese',
    'romanian', 'russian', 'simple', 'spanish', 'swedish', 'turkish']) AS known
$$;
COMMENT ON FUNCTION question_in_languages(text) IS 'A question as full-text search reads it in each language.';
GRANT EXECUTE ON FUNCTION question_in_languages(text) TO org_admin, org_user;

-- Behind row-level security no index answers what a text contains: the operator could tell of rows that are not the caller's. So the
-- index is asked by somebody before whom the wall does not stand, who answers with nothing but identities and scores, of the
-- transaction's organization; what of those the caller may see is for the walls to say, in the statement that ranks them. That somebody can do
-- nothing else, and nobody can become them.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'search_keeper') THEN
    BEGIN
      CREATE ROLE search_keeper NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database of this cluster was migrated at the same moment
    END;
  END IF;
END
$$;
CREATE POLICY search ON documents FOR SELECT TO search_keeper USING (true);
CREATE POLICY search ON document_chunks FOR SELECT TO search_keeper USING (true);
GRANT SELECT (id, organization_id, language, search_vector) ON documents, document_chunks TO search_keeper;
GRANT EXECUTE ON FUNCTION text_configuration(text), question_in_languages(text) TO search_keeper;

CREATE FUNCTION matching_documents(question text) RETURNS TABLE (id uuid, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  in_any_language tsquery := (SELECT string_agg(DISTINCT '(' || asked::text || ')', ' | ') FROM question_in_languages(question) WHERE numnode(asked) > 0)::tsquery;
BEGIN
  -- The index answers for all languages at once; which of them a row is in is looked at afterwards. Long texts have more of all words:
  -- the score is held against the length, and is from 0 to 1.
  RETURN QUERY
    SELECT matching.id, ts_rank_cd(matching.search_vector, read.asked, 33)::float8
    FROM documents matching JOIN question_in_languages(question) read ON read.language = matching.language
    WHERE matching.organization_id = organization AND matching.search_vector @@ in_any_language AND matching.search_vector @@ read.asked;
END
$$;
COMMENT ON FUNCTION matching_documents(text) IS 'The documents of the transaction''s organization that have the words of a question, and how much of them, whoever may see them: for a statement that looks at those behind the walls.';
CREATE FUNCTION matching_chunks(question text) RETURNS TABLE (id uuid, score double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000 SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  in_any_language tsquery := (SELECT string_agg(DISTINCT '(' || asked::text || ')', ' | ') FROM question_in_languages(question) WHERE numnode(asked) > 0)::tsquery;
BEGIN
  -- The index answers for all languages at once; which of them a row is in is looked at afterwards. Long texts have more of all words:
  -- the score is held against the length, and is from 0 to 1.
  RETURN QUERY
    SELECT matching.id, ts_rank_cd(matching.search_vector, read.asked, 33)::float8
    FROM document_chunks matching JOIN question_in_languages(question) read ON read.language = matching.language
    WHERE matching.organization_id = organization AND matching.search_vector @@ in_any_language AND matching.search_vector @@ read.asked;
END
$$;
COMMENT ON FUNCTION matching_chunks(text) IS 'The same of chunks.';
GRANT EXECUTE ON FUNCTION matching_documents(text), matching_chunks(text) TO org_admin, org_user;

-- Who gives a routine away must be able to become who gets it, and that one to make one: for this moment.
DO $$
BEGIN
  EXECUTE format('GRANT search_keeper TO %I', current_user);
EXCEPTION WHEN unique_violation THEN
  NULL;
END
$$;
GRANT CREATE ON SCHEMA public TO search_keeper;
ALTER FUNCTION matching_documents(text) OWNER TO search_keeper;
ALTER FUNCTION matching_chunks(text) OWNER TO search_keeper;
REVOKE CREATE ON SCHEMA public FROM search_keeper;
DO $$ BEGIN EXECUTE format('REVOKE search_keeper FROM %I', current_user); END $$;

-- How far a text is from a question in meaning, from 0 to 2, by the cosine: as fast as embeddings are kept.
DO $$
BEGIN
  IF (SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'document_chunks'::regclass AND attname = 'embedding') = 'vector' THEN
    CREATE FUNCTION embedding_distance(embedding vector, question real[]) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT nullif($1 <=> $2::vector, ''NaN'')';
    COMMENT ON FUNCTION embedding_distance(vector, real[]) IS 'How far a text is from a question in meaning, by the cosine: from 0, the same, to 2.';
    GRANT EXECUTE ON FUNCTION embedding_distance(vector, real[]) TO org_admin, org_user;
  ELSE
    CREATE FUNCTION embedding_distance(embedding real[], question real[]) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
      'SELECT 1 - sum(a::float8 * b) / nullif(sqrt(sum(a::float8 * a)) * sqrt(sum(b::float8 * b)), 0) FROM unnest($1, $2) AS both_of (a, b)';
    COMMENT ON FUNCTION embedding_distance(real[], real[]) IS 'How far a text is from a question in meaning, by the cosine: from 0, the same, to 2.';
    GRANT EXECUTE ON FUNCTION embedding_distance(real[], real[]) TO org_admin, org_user;
  END IF;
END
$$;

-- Documents that were granted before this change are closed from now on.
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT id FROM organizations LOOP
    PERFORM set_config('app.organization_id', tenant::text, true);
    UPDATE documents SET is_restricted = true WHERE EXISTS (
      SELECT FROM document_permissions granted WHERE granted.organization_id = documents.organization_id AND granted.document_id = documents.id);
  END LOOP;
  PERFORM set_config('app.organization_id', '', true);
END
$$;
