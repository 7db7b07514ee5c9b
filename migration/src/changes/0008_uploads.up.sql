-- uploads: cycles of data collection, the sessions that sync files to S3, and the files.

CREATE TABLE cycles (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  cycle_name text NOT NULL,
  cycle_number integer NOT NULL,
  s3_prefix text NOT NULL,
  status text NOT NULL DEFAULT 'pending',
  description text,
  metadata jsonb,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT cycles_project_fkey FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT cycles_project_key UNIQUE (organization_id, project_id, id),
  CONSTRAINT cycles_cycle_name_key UNIQUE (organization_id, project_id, cycle_name),
  CONSTRAINT cycles_cycle_number_key UNIQUE (organization_id, project_id, cycle_number),
  CONSTRAINT cycles_cycle_name_length CHECK (char_length(cycle_name) BETWEEN 1 AND 50),
  CONSTRAINT cycles_cycle_number_positive CHECK (cycle_number > 0),
  CONSTRAINT cycles_s3_prefix_length CHECK (char_length(s3_prefix) BETWEEN 1 AND 100),
  CONSTRAINT cycles_status_known CHECK (status IN ('pending', 'in_progress', 'completed', 'incomplete')),
  CONSTRAINT cycles_metadata_object CHECK (jsonb_typeof(metadata) = 'object'),
  CONSTRAINT cycles_completed_after_started CHECK (completed_at >= started_at)
);
CREATE INDEX cycles_newest_index ON cycles (organization_id, created_at DESC, id DESC);
CREATE INDEX cycles_status_index ON cycles (organization_id, status, created_at DESC, id DESC);
COMMENT ON INDEX cycles_newest_index IS 'The list of cycles in its default order.';
COMMENT ON INDEX cycles_status_index IS 'Filter by status: what is under way, what stayed incomplete.';
COMMENT ON TABLE cycles IS 'A round of data collection on a project: C1, C2, C3.';
COMMENT ON COLUMN cycles.cycle_name IS 'Name, unique in the project, as C1.';
COMMENT ON COLUMN cycles.cycle_number IS 'Number, unique in the project, from 1; the cycles of a project in their order.';
COMMENT ON COLUMN cycles.s3_prefix IS 'Where its files go in the bucket.';
COMMENT ON COLUMN cycles.status IS 'pending, in_progress, completed or incomplete.';
COMMENT ON COLUMN cycles.description IS 'What is collected.';
COMMENT ON COLUMN cycles.metadata IS 'Whatever else is known of it.';
COMMENT ON COLUMN cycles.started_at IS 'When it began.';
COMMENT ON COLUMN cycles.completed_at IS 'When it ended.';
CALL make_tenant_table('cycles', 'project_id');
GRANT SELECT, INSERT, UPDATE ON cycles TO org_admin, org_user;

CREATE TABLE sync_sessions (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  cycle_id uuid,
  user_id uuid,
  s3_prefix text,
  status text NOT NULL DEFAULT 'pending',
  total_files integer NOT NULL DEFAULT 0,
  files_uploaded integer NOT NULL DEFAULT 0,
  files_failed integer NOT NULL DEFAULT 0,
  files_skipped integer NOT NULL DEFAULT 0,
  total_size_bytes bigint NOT NULL DEFAULT 0,
  uploaded_size_bytes bigint NOT NULL DEFAULT 0,
  started_at timestamptz,
  completed_at timestamptz,
  error_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT sync_sessions_project_fkey FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT sync_sessions_cycle_fkey FOREIGN KEY (organization_id, project_id, cycle_id)
    REFERENCES cycles (organization_id, project_id, id) ON UPDATE CASCADE ON DELETE SET NULL (cycle_id),
  CONSTRAINT sync_sessions_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE SET NULL (user_id),
  CONSTRAINT sync_sessions_project_key UNIQUE (organization_id, project_id, id),
  CONSTRAINT sync_sessions_s3_prefix_length CHECK (char_length(s3_prefix) BETWEEN 1 AND 100),
  CONSTRAINT sync_sessions_status_known CHECK (status IN ('pending', 'in_progress', 'completed', 'failed')),
  CONSTRAINT sync_sessions_total_files_not_negative CHECK (total_files >= 0),
  CONSTRAINT sync_sessions_files_uploaded_not_negative CHECK (files_uploaded >= 0),
  CONSTRAINT sync_sessions_files_failed_not_negative CHECK (files_failed >= 0),
  CONSTRAINT sync_sessions_files_skipped_not_negative CHECK (files_skipped >= 0),
  CONSTRAINT sync_sessions_total_size_bytes_not_negative CHECK (total_size_bytes >= 0),
  CONSTRAINT sync_sessions_uploaded_size_bytes_not_negative CHECK (uploaded_size_bytes >= 0),
  CONSTRAINT sync_sessions_error_message_length CHECK (char_length(error_message) BETWEEN 1 AND 500),
  CONSTRAINT sync_sessions_completed_after_started CHECK (completed_at >= started_at)
);
CREATE INDEX sync_sessions_newest_index ON sync_sessions (organization_id, created_at DESC, id DESC);
CREATE INDEX sync_sessions_project_newest_index ON sync_sessions (organization_id, project_id, created_at DESC, id DESC);
CREATE INDEX sync_sessions_cycle_index ON sync_sessions (organization_id, cycle_id, created_at DESC, id DESC);
CREATE INDEX sync_sessions_user_index ON sync_sessions (organization_id, user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX sync_sessions_status_index ON sync_sessions (organization_id, status, created_at DESC, id DESC);
COMMENT ON INDEX sync_sessions_newest_index IS 'The list of sessions in its default order, and ranges of time.';
COMMENT ON INDEX sync_sessions_project_newest_index IS 'The sessions of a project, newest first; its foreign key.';
COMMENT ON INDEX sync_sessions_cycle_index IS 'The sessions of a cycle, newest first, and its sums; its foreign key.';
COMMENT ON INDEX sync_sessions_user_index IS 'The sessions of a user, newest first; its foreign key.';
COMMENT ON INDEX sync_sessions_status_index IS 'Filter by status: what is uploading now, what failed.';
COMMENT ON TABLE sync_sessions IS 'One upload of files to S3. Its counters are kept by the database and always equal what its files say.';
COMMENT ON COLUMN sync_sessions.cycle_id IS 'The cycle it uploads for, one of the same project; null for an upload outside of cycles.';
COMMENT ON COLUMN sync_sessions.user_id IS 'Who uploads; null for a command-line upload.';
COMMENT ON COLUMN sync_sessions.s3_prefix IS 'Where its files go in the bucket.';
COMMENT ON COLUMN sync_sessions.status IS 'pending, in_progress, completed or failed.';
COMMENT ON COLUMN sync_sessions.total_files IS 'How many files it has.';
COMMENT ON COLUMN sync_sessions.files_uploaded IS 'How many of them are completed.';
COMMENT ON COLUMN sync_sessions.files_failed IS 'How many of them failed.';
COMMENT ON COLUMN sync_sessions.files_skipped IS 'How many of them were skipped.';
COMMENT ON COLUMN sync_sessions.total_size_bytes IS 'Size of all its files.';
COMMENT ON COLUMN sync_sessions.uploaded_size_bytes IS 'Size of the completed ones.';
COMMENT ON COLUMN sync_sessions.started_at IS 'When the upload began.';
COMMENT ON COLUMN sync_sessions.completed_at IS 'When it ended, well or not.';
COMMENT ON COLUMN sync_sessions.error_message IS 'Why it failed.';
CALL make_tenant_table('sync_sessions', 'project_id');
-- The counters are not among the columns that the gateway may write.
GRANT SELECT,
  INSERT (id, organization_id, project_id, cycle_id, user_id, s3_prefix, status, started_at, completed_at, error_message, created_at),
  UPDATE (project_id, cycle_id, user_id, s3_prefix, status, started_at, completed_at, error_message)
  ON sync_sessions TO org_admin, org_user;

CREATE TABLE file_uploads (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  session_id uuid NOT NULL,
  file_path text NOT NULL,
  s3_key text NOT NULL,
  file_size_bytes bigint,
  checksum text,
  status text NOT NULL DEFAULT 'pending',
  error_message text,
  uploaded_at timestamptz,
  is_duplicate boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT file_uploads_session_fkey FOREIGN KEY (organization_id, project_id, session_id)
    REFERENCES sync_sessions (organization_id, project_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT file_uploads_file_path_length CHECK (char_length(file_path) BETWEEN 1 AND 1024),
  CONSTRAINT file_uploads_s3_key_length CHECK (char_length(s3_key) BETWEEN 1 AND 1024),
  CONSTRAINT file_uploads_file_size_bytes_positive CHECK (file_size_bytes > 0),
  CONSTRAINT file_uploads_checksum_format CHECK (checksum ~ '^[0-9a-f]{32,64}$'),
  CONSTRAINT file_uploads_status_known CHECK (status IN ('pending', 'uploading', 'completed', 'failed', 'skipped')),
  CONSTRAINT file_uploads_error_message_length CHECK (char_length(error_message) BETWEEN 1 AND 500),
  CONSTRAINT file_uploads_duplicate_is_skipped CHECK (NOT is_duplicate OR status = 'skipped')
);
CREATE INDEX file_uploads_session_index ON file_uploads (organization_id, session_id, created_at, id);
CREATE INDEX file_uploads_newest_index ON file_uploads (organization_id, created_at DESC, id DESC);
CREATE INDEX file_uploads_status_index ON file_uploads (organization_id, status, created_at DESC, id DESC);
CREATE INDEX file_uploads_s3_key_index ON file_uploads (organization_id, s3_key);
CREATE INDEX file_uploads_duplicate_index ON file_uploads (organization_id, project_id, checksum) WHERE status = 'completed';
COMMENT ON INDEX file_uploads_session_index IS 'The files of a session in their order; its foreign key.';
COMMENT ON INDEX file_uploads_newest_index IS 'The list of files in its default order, and ranges of time.';
COMMENT ON INDEX file_uploads_status_index IS 'Filter by status: what failed, newest first.';
COMMENT ON INDEX file_uploads_s3_key_index IS 'Which upload made this object?';
COMMENT ON INDEX file_uploads_duplicate_index IS 'Was this file uploaded to the project before?';
COMMENT ON TABLE file_uploads IS 'One file of a session and how far it is.';
COMMENT ON COLUMN file_uploads.session_id IS 'The session that uploads it.';
COMMENT ON COLUMN file_uploads.file_path IS 'Where it was on the uploader''s machine.';
COMMENT ON COLUMN file_uploads.s3_key IS 'Key of the object it becomes.';
COMMENT ON COLUMN file_uploads.file_size_bytes IS 'Size of the file.';
COMMENT ON COLUMN file_uploads.checksum IS 'MD5 or SHA-256 in lower-case hexadecimal digits.';
COMMENT ON COLUMN file_uploads.status IS 'pending, uploading, completed, failed or skipped.';
COMMENT ON COLUMN file_uploads.error_message IS 'Why it failed.';
COMMENT ON COLUMN file_uploads.uploaded_at IS 'When it was uploaded.';
COMMENT ON COLUMN file_uploads.is_duplicate IS 'Whether a completed file of the same project and checksum was there before; it is skipped then.';
CALL make_tenant_table('file_uploads', 'project_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON file_uploads TO org_admin, org_user;

-- Counters move by what a statement changed, however many files that were. The sessions are locked first and in the order
-- of their ids: two statements that touch the same ones wait for each other instead of deadlocking.
CREATE FUNCTION file_uploads_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  changes text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT 1 AS sign, * FROM new_files'
    WHEN 'DELETE' THEN 'SELECT -1 AS sign, * FROM old_files'
    ELSE 'SELECT 1 AS sign, * FROM new_files UNION ALL SELECT -1 AS sign, * FROM old_files'
  END;
BEGIN
  EXECUTE format('SELECT FROM sync_sessions WHERE (organization_id, id) IN (SELECT organization_id, session_id FROM (%s) change)
    ORDER BY organization_id, id FOR NO KEY UPDATE', changes);
  EXECUTE format($count$
    UPDATE sync_sessions session SET
      total_files = session.total_files + delta.files,
      files_uploaded = session.files_uploaded + delta.uploaded,
      files_failed = session.files_failed + delta.failed,
      files_skipped = session.files_skipped + delta.skipped,
      total_size_bytes = session.total_size_bytes + delta.size,
      uploaded_size_bytes = session.uploaded_size_bytes + delta.uploaded_size
    FROM (
      SELECT organization_id, session_id,
        sum(sign) AS files,
        coalesce(sum(sign) FILTER (WHERE status = 'completed'), 0) AS uploaded,
        coalesce(sum(sign) FILTER (WHERE status = 'failed'), 0) AS failed,
        coalesce(sum(sign) FILTER (WHERE status = 'skipped'), 0) AS skipped,
        coalesce(sum(sign * file_size_bytes), 0) AS size,
        coalesce(sum(sign * file_size_bytes) FILTER (WHERE status = 'completed'), 0) AS uploaded_size
      FROM (%s) change
      GROUP BY organization_id, session_id
    ) delta
    WHERE session.organization_id = delta.organization_id AND session.id = delta.session_id
      AND (delta.files, delta.uploaded, delta.failed, delta.skipped, delta.size, delta.uploaded_size) <> (0, 0, 0, 0, 0, 0)
  $count$, changes);
  RETURN NULL;
END
$$;
-- The function runs as the owner, before whom the wall stands too. Inside a trigger it does not, so that the counters are right
-- whoever changed the files, a superuser without a tenant included.
CREATE POLICY counters ON sync_sessions TO CURRENT_USER USING (pg_trigger_depth() > 0);
COMMENT ON FUNCTION file_uploads_count() IS 'Keeps the counters of sync_sessions equal to what their files say.';
CREATE TRIGGER count_inserted AFTER INSERT ON file_uploads REFERENCING NEW TABLE AS new_files
  FOR EACH STATEMENT EXECUTE FUNCTION file_uploads_count();
CREATE TRIGGER count_updated AFTER UPDATE ON file_uploads REFERENCING OLD TABLE AS old_files NEW TABLE AS new_files
  FOR EACH STATEMENT EXECUTE FUNCTION file_uploads_count();
CREATE TRIGGER count_deleted AFTER DELETE ON file_uploads REFERENCING OLD TABLE AS old_files
  FOR EACH STATEMENT EXECUTE FUNCTION file_uploads_count();
-- A TRUNCATE of the files alone would leave the counters behind.
CREATE FUNCTION file_uploads_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'file_uploads cannot be truncated: delete the sessions' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'file_uploads_no_truncate', TABLE = 'file_uploads';
END
$$;
COMMENT ON FUNCTION file_uploads_refuse_truncate() IS 'Refuses TRUNCATE of files, which the counters would not notice.';
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON file_uploads FOR EACH STATEMENT EXECUTE FUNCTION file_uploads_refuse_truncate();

-- Nobody else writes the counters, whatever their rights: a write that comes from no trigger must leave them alone.
CREATE FUNCTION sync_sessions_guard_counters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() = 1 AND
     (NEW.total_files, NEW.files_uploaded, NEW.files_failed, NEW.files_skipped, NEW.total_size_bytes, NEW.uploaded_size_bytes) IS DISTINCT FROM
     (CASE WHEN TG_OP = 'INSERT' THEN ROW(0, 0, 0, 0, 0::bigint, 0::bigint)
      ELSE ROW(OLD.total_files, OLD.files_uploaded, OLD.files_failed, OLD.files_skipped, OLD.total_size_bytes, OLD.uploaded_size_bytes) END) THEN
    RAISE EXCEPTION 'the counters of a sync session are kept by the database'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sync_sessions_counters_kept', TABLE = 'sync_sessions';
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION sync_sessions_guard_counters() IS 'Refuses counters that were written by hand.';
CREATE TRIGGER guard_counters BEFORE INSERT OR UPDATE ON sync_sessions FOR EACH ROW EXECUTE FUNCTION sync_sessions_guard_counters();

-- The two summaries. Sums come from sub-selects, since a join of sessions and cycles would count each session once a cycle.
-- security_invoker: the walls of the tables stand before who asks, not before who made the view.
CREATE VIEW project_summaries WITH (security_invoker = true) AS
SELECT
  project.organization_id,
  organization.name AS organization_name,
  organization.slug AS organization_slug,
  project.id AS project_id,
  project.name AS project_name,
  project.description,
  project.status,
  project.bucket_name,
  project.aws_region,
  (SELECT count(*) FROM cycles cycle
   WHERE cycle.organization_id = project.organization_id AND cycle.project_id = project.id) AS total_cycles,
  (SELECT count(*) FROM sync_sessions session
   WHERE session.organization_id = project.organization_id AND session.project_id = project.id) AS total_sessions,
  project.created_at,
  project.updated_at
FROM projects project
JOIN organizations organization ON organization.id = project.organization_id
WHERE project.deleted_at IS NULL;
COMMENT ON VIEW project_summaries IS 'A project with the number of its cycles and sessions. Row-level security holds through it.';
COMMENT ON COLUMN project_summaries.organization_id IS 'The tenant.';
COMMENT ON COLUMN project_summaries.organization_name IS 'Its name.';
COMMENT ON COLUMN project_summaries.organization_slug IS 'Its short code.';
COMMENT ON COLUMN project_summaries.project_id IS 'The project.';
COMMENT ON COLUMN project_summaries.project_name IS 'Its name.';
COMMENT ON COLUMN project_summaries.description IS 'What is done there.';
COMMENT ON COLUMN project_summaries.status IS 'active, completed or archived.';
COMMENT ON COLUMN project_summaries.bucket_name IS 'S3 bucket of its uploads.';
COMMENT ON COLUMN project_summaries.aws_region IS 'Region of that bucket.';
COMMENT ON COLUMN project_summaries.total_cycles IS 'How many cycles it has.';
COMMENT ON COLUMN project_summaries.total_sessions IS 'How many sessions it has, in cycles or not.';
COMMENT ON COLUMN project_summaries.created_at IS 'When the project was made.';
COMMENT ON COLUMN project_summaries.updated_at IS 'When the project last changed.';
GRANT SELECT ON project_summaries TO org_admin, org_user;

CREATE VIEW cycle_summaries WITH (security_invoker = true) AS
SELECT
  cycle.organization_id,
  cycle.id AS cycle_id,
  cycle.cycle_name,
  cycle.cycle_number,
  cycle.status,
  cycle.project_id,
  project.name AS project_name,
  project.bucket_name,
  uploaded.total_sessions,
  uploaded.total_files,
  uploaded.files_uploaded,
  uploaded.files_failed,
  uploaded.files_skipped,
  uploaded.total_size_bytes,
  uploaded.uploaded_size_bytes,
  cycle.started_at,
  cycle.completed_at
FROM cycles cycle
JOIN projects project ON project.organization_id = cycle.organization_id AND project.id = cycle.project_id
CROSS JOIN LATERAL (
  SELECT
    count(*) AS total_sessions,
    coalesce(sum(session.total_files), 0)::bigint AS total_files,
    coalesce(sum(session.files_uploaded), 0)::bigint AS files_uploaded,
    coalesce(sum(session.files_failed), 0)::bigint AS files_failed,
    coalesce(sum(session.files_skipped), 0)::bigint AS files_skipped,
    coalesce(sum(session.total_size_bytes), 0)::bigint AS total_size_bytes,
    coalesce(sum(session.uploaded_size_bytes), 0)::bigint AS uploaded_size_bytes
  FROM sync_sessions session
  WHERE session.organization_id = cycle.organization_id AND session.cycle_id = cycle.id
) uploaded
WHERE project.deleted_at IS NULL;
COMMENT ON VIEW cycle_summaries IS 'A cycle with the sums of its sessions. Row-level security holds through it.';
COMMENT ON COLUMN cycle_summaries.organization_id IS 'The tenant.';
COMMENT ON COLUMN cycle_summaries.cycle_id IS 'The cycle.';
COMMENT ON COLUMN cycle_summaries.cycle_name IS 'Its name.';
COMMENT ON COLUMN cycle_summaries.cycle_number IS 'Its number.';
COMMENT ON COLUMN cycle_summaries.status IS 'pending, in_progress, completed or incomplete.';
COMMENT ON COLUMN cycle_summaries.project_id IS 'Its project.';
COMMENT ON COLUMN cycle_summaries.project_name IS 'Name of that project.';
COMMENT ON COLUMN cycle_summaries.bucket_name IS 'S3 bucket of that project.';
COMMENT ON COLUMN cycle_summaries.total_sessions IS 'How many sessions it has.';
COMMENT ON COLUMN cycle_summaries.total_files IS 'Files of its sessions.';
COMMENT ON COLUMN cycle_summaries.files_uploaded IS 'Completed files of its sessions.';
COMMENT ON COLUMN cycle_summaries.files_failed IS 'Failed files of its sessions.';
COMMENT ON COLUMN cycle_summaries.files_skipped IS 'Skipped files of its sessions.';
COMMENT ON COLUMN cycle_summaries.total_size_bytes IS 'Size of the files of its sessions.';
COMMENT ON COLUMN cycle_summaries.uploaded_size_bytes IS 'Size of the completed ones.';
COMMENT ON COLUMN cycle_summaries.started_at IS 'When it began.';
COMMENT ON COLUMN cycle_summaries.completed_at IS 'When it ended.';
GRANT SELECT ON cycle_summaries TO org_admin, org_user;
