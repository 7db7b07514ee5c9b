DROP VIEW cycle_summaries;
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

DROP TRIGGER number ON cycles;
DROP FUNCTION cycles_number();
DROP TRIGGER keep_prefix ON cycles;
DROP FUNCTION cycles_refuse_prefix();
DROP TRIGGER check_status ON cycles;
DROP FUNCTION cycles_check_status();
DROP TRIGGER check_cycle ON sync_sessions;
DROP TRIGGER check_other_cycle ON sync_sessions;
DROP FUNCTION sync_sessions_check_cycle();
DROP TRIGGER status_forward ON sync_sessions;
DROP FUNCTION sync_sessions_check_status();
CREATE OR REPLACE FUNCTION file_uploads_count() RETURNS trigger
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
COMMENT ON FUNCTION file_uploads_count() IS 'Keeps the counters of sync_sessions equal to what their files say.';
DROP TRIGGER tell_time ON file_uploads;
DROP FUNCTION file_uploads_tell_time();
DROP TRIGGER keep_done ON file_uploads;
DROP FUNCTION file_uploads_refuse_change();
DROP TRIGGER check_status ON file_uploads;
DROP FUNCTION file_uploads_refuse_status();
DROP INDEX cycles_cycle_name_index, cycles_cycle_number_index, file_uploads_checksum_index;
ALTER TABLE file_uploads DROP CONSTRAINT file_uploads_file_path_key;
CREATE INDEX file_uploads_duplicate_index ON file_uploads (organization_id, project_id, checksum) WHERE status = 'completed';
COMMENT ON INDEX file_uploads_duplicate_index IS 'Was this file uploaded to the project before?';
