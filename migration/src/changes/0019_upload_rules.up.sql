-- upload rules: in which order cycles, sessions and files go their ways, what they need for it, and the indexes for new questions.
-- Where a rule looks at other rows, it locks the row that those hang under first: a session for its files, a cycle for its
-- sessions, a project for its cycles. So no two writers can each miss what the other writes.

-- A file is registered once a session: a retry finds it there.
ALTER TABLE file_uploads ADD CONSTRAINT file_uploads_file_path_key UNIQUE (organization_id, session_id, file_path);
-- The duplicates of a project, and where a content is, by one index.
DROP INDEX file_uploads_duplicate_index;
CREATE INDEX file_uploads_checksum_index ON file_uploads (organization_id, checksum, status) WHERE checksum IS NOT NULL;
COMMENT ON INDEX file_uploads_checksum_index IS 'Where is this content? Was it uploaded before?';
CREATE INDEX cycles_cycle_number_index ON cycles (organization_id, cycle_number, id);
COMMENT ON INDEX cycles_cycle_number_index IS 'Cycles by number, across projects.';
CREATE INDEX cycles_cycle_name_index ON cycles (organization_id, cycle_name);
COMMENT ON INDEX cycles_cycle_name_index IS 'Cycles by name, across projects.';

-- A file: pending, uploading, and then completed, failed or skipped; a failed one may be tried again.
CREATE FUNCTION file_uploads_refuse_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a file that is % cannot become %', OLD.status, NEW.status
    USING ERRCODE = 'check_violation', CONSTRAINT = 'file_uploads_status_forward', TABLE = 'file_uploads';
END
$$;
COMMENT ON FUNCTION file_uploads_refuse_status() IS 'Lets the status of a file move forward only.';
CREATE TRIGGER check_status BEFORE UPDATE OF status ON file_uploads
  FOR EACH ROW WHEN (OLD.status <> NEW.status AND (
    OLD.status IN ('completed', 'skipped') OR NEW.status = 'pending'))
  EXECUTE FUNCTION file_uploads_refuse_status();

CREATE FUNCTION file_uploads_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was said of a file that is % stays as it is', OLD.status
    USING ERRCODE = 'check_violation', CONSTRAINT = 'file_uploads_done_kept', TABLE = 'file_uploads';
END
$$;
COMMENT ON FUNCTION file_uploads_refuse_change() IS 'Keeps what was said of a file that is completed or skipped.';
CREATE TRIGGER keep_done BEFORE UPDATE ON file_uploads
  FOR EACH ROW WHEN (OLD.status IN ('completed', 'skipped') AND OLD.status = NEW.status
    AND (OLD.session_id, OLD.file_path, OLD.s3_key, OLD.file_size_bytes, OLD.checksum, OLD.is_duplicate, OLD.uploaded_at)
      IS DISTINCT FROM (NEW.session_id, NEW.file_path, NEW.s3_key, NEW.file_size_bytes, NEW.checksum, NEW.is_duplicate, NEW.uploaded_at))
  EXECUTE FUNCTION file_uploads_refuse_change();

-- When a file arrived is the database's word, so that it is before the end of its session.
CREATE FUNCTION file_uploads_tell_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.uploaded_at := clock_timestamp();
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION file_uploads_tell_time() IS 'Says when a file was completed.';
CREATE TRIGGER tell_time BEFORE UPDATE ON file_uploads
  FOR EACH ROW WHEN (OLD.status <> 'completed' AND NEW.status = 'completed' AND NEW.uploaded_at IS NULL)
  EXECUTE FUNCTION file_uploads_tell_time();

-- The counters as before; now an ended session takes no files and no reports any more, and one that waits begins with the first
-- file that is under way. Both are said here because here the session is locked: of a registration and an end at the same moment,
-- the one sees the other.
CREATE OR REPLACE FUNCTION file_uploads_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  said text := 'organization_id, session_id, id, file_path, s3_key, file_size_bytes, checksum, status, error_message, is_duplicate';
  changes text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT 1 AS sign, * FROM new_files'
    WHEN 'DELETE' THEN 'SELECT -1 AS sign, * FROM old_files'
    ELSE 'SELECT 1 AS sign, * FROM new_files UNION ALL SELECT -1 AS sign, * FROM old_files'
  END;
  -- A file that moves to another project with its session says nothing new.
  news text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT * FROM new_files'
    ELSE format('SELECT %1$s FROM new_files EXCEPT SELECT %1$s FROM old_files', said)
  END;
  ended text;
BEGIN
  EXECUTE format('SELECT FROM sync_sessions WHERE (organization_id, id) IN (SELECT organization_id, session_id FROM (%s) change)
    ORDER BY organization_id, id FOR NO KEY UPDATE', changes);
  IF TG_OP <> 'DELETE' THEN
    EXECUTE format($ended$
      SELECT session.status FROM sync_sessions session
      WHERE session.status IN ('completed', 'failed')
        AND (session.organization_id, session.id) IN (SELECT organization_id, session_id FROM (%s) news) LIMIT 1
    $ended$, news) INTO ended;
    IF ended IS NOT NULL THEN
      RAISE EXCEPTION 'the session has ended as %: it takes no more files and reports', ended
        USING ERRCODE = 'check_violation', CONSTRAINT = 'file_uploads_session_kept', TABLE = 'file_uploads';
    END IF;
  END IF;
  EXECUTE format($count$
    UPDATE sync_sessions session SET
      total_files = session.total_files + delta.files,
      files_uploaded = session.files_uploaded + delta.uploaded,
      files_failed = session.files_failed + delta.failed,
      files_skipped = session.files_skipped + delta.skipped,
      total_size_bytes = session.total_size_bytes + delta.size,
      uploaded_size_bytes = session.uploaded_size_bytes + delta.uploaded_size,
      status = CASE WHEN delta.under_way AND session.status = 'pending' THEN 'in_progress' ELSE session.status END,
      started_at = CASE WHEN delta.under_way THEN coalesce(session.started_at, delta.began, clock_timestamp()) ELSE session.started_at END
    FROM (
      SELECT organization_id, session_id,
        sum(sign) AS files,
        coalesce(sum(sign) FILTER (WHERE status = 'completed'), 0) AS uploaded,
        coalesce(sum(sign) FILTER (WHERE status = 'failed'), 0) AS failed,
        coalesce(sum(sign) FILTER (WHERE status = 'skipped'), 0) AS skipped,
        coalesce(sum(sign * file_size_bytes), 0) AS size,
        coalesce(sum(sign * file_size_bytes) FILTER (WHERE status = 'completed'), 0) AS uploaded_size,
        coalesce(bool_or(sign > 0 AND status IN ('uploading', 'completed', 'failed')), false) AS under_way,
        min(uploaded_at) FILTER (WHERE sign > 0) AS began
      FROM (%s) change
      GROUP BY organization_id, session_id
    ) delta
    WHERE session.organization_id = delta.organization_id AND session.id = delta.session_id
      AND ((delta.files, delta.uploaded, delta.failed, delta.skipped, delta.size, delta.uploaded_size) <> (0, 0, 0, 0, 0, 0)
        OR delta.under_way AND (session.status = 'pending' OR session.started_at IS NULL))
  $count$, changes);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION file_uploads_count() IS 'Keeps the counters of sync_sessions equal to what their files say, and ended sessions as they are.';

-- A session: pending, in_progress, and then completed or failed; completed where each file arrived or was skipped.
CREATE FUNCTION sync_sessions_check_status() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  open integer := NEW.total_files - NEW.files_uploaded - NEW.files_failed - NEW.files_skipped;
BEGIN
  IF (OLD.status, NEW.status) NOT IN (('pending', 'in_progress'), ('pending', 'completed'), ('pending', 'failed'),
      ('in_progress', 'completed'), ('in_progress', 'failed')) THEN
    RAISE EXCEPTION 'a session that is % cannot become %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sync_sessions_status_forward', TABLE = 'sync_sessions';
  END IF;
  IF NEW.status = 'completed' AND open > 0 THEN
    RAISE EXCEPTION '% of % files are pending or uploading: report them first', open, NEW.total_files
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sync_sessions_open_files_kept', TABLE = 'sync_sessions';
  ELSIF NEW.status = 'completed' AND NEW.files_failed > 0 THEN
    RAISE EXCEPTION '% of % files failed: the session failed', NEW.files_failed, NEW.total_files
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sync_sessions_failed_files_kept', TABLE = 'sync_sessions';
  END IF;
  IF NEW.status IN ('completed', 'failed') THEN
    NEW.completed_at := coalesce(NEW.completed_at, greatest(clock_timestamp(), NEW.started_at));
    NEW.started_at := coalesce(NEW.started_at, NEW.completed_at);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION sync_sessions_check_status() IS 'Lets the status of a session move forward only, to its end when its files have come to theirs, and says when.';
CREATE TRIGGER status_forward BEFORE UPDATE OF status ON sync_sessions
  FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.status IN ('pending', 'in_progress', 'completed', 'failed'))
  EXECUTE FUNCTION sync_sessions_check_status();

-- A cycle that has ended has no session under way: it is taken up first, if it may be.
CREATE FUNCTION sync_sessions_check_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  current text;
BEGIN
  SELECT status INTO current FROM cycles WHERE organization_id = NEW.organization_id AND id = NEW.cycle_id FOR NO KEY UPDATE;
  IF current IN ('completed', 'incomplete') THEN
    RAISE EXCEPTION 'the cycle has ended as %', current
      USING ERRCODE = 'check_violation', CONSTRAINT = 'sync_sessions_cycle_kept', TABLE = 'sync_sessions';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION sync_sessions_check_cycle() IS 'Refuses a session under way in a cycle that has ended.';
CREATE TRIGGER check_cycle AFTER INSERT ON sync_sessions
  FOR EACH ROW WHEN (NEW.cycle_id IS NOT NULL AND NEW.status IN ('pending', 'in_progress'))
  EXECUTE FUNCTION sync_sessions_check_cycle();
CREATE TRIGGER check_other_cycle AFTER UPDATE OF cycle_id ON sync_sessions
  FOR EACH ROW WHEN (NEW.cycle_id IS DISTINCT FROM OLD.cycle_id AND NEW.cycle_id IS NOT NULL AND NEW.status IN ('pending', 'in_progress'))
  EXECUTE FUNCTION sync_sessions_check_cycle();

-- A cycle: pending, in_progress, and then completed, or incomplete and in_progress again.
CREATE FUNCTION cycles_check_status() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sessions record;
  missing bigint;
BEGIN
  IF (OLD.status, NEW.status) NOT IN (('pending', 'in_progress'), ('in_progress', 'completed'), ('in_progress', 'incomplete'),
      ('incomplete', 'in_progress')) THEN
    RAISE EXCEPTION 'a cycle that is % cannot become %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'cycles_status_forward', TABLE = 'cycles';
  END IF;
  IF NEW.status = 'in_progress' THEN
    NEW.started_at := coalesce(NEW.started_at, clock_timestamp());
    NEW.completed_at := NULL;
    RETURN NEW;
  END IF;
  SELECT count(*) FILTER (WHERE status IN ('pending', 'in_progress')) AS open,
    (array_agg(status ORDER BY created_at DESC, id DESC))[1] AS last
  INTO sessions FROM sync_sessions WHERE organization_id = NEW.organization_id AND cycle_id = NEW.id;
  IF sessions.open > 0 THEN
    RAISE EXCEPTION '% sessions are under way: end them first', sessions.open
      USING ERRCODE = 'check_violation', CONSTRAINT = 'cycles_open_sessions_kept', TABLE = 'cycles';
  END IF;
  IF NEW.status = 'completed' THEN
    SELECT count(*) INTO missing
    FROM sync_sessions session
    JOIN file_uploads file ON file.organization_id = session.organization_id AND file.session_id = session.id
    WHERE session.organization_id = NEW.organization_id AND session.cycle_id = NEW.id AND session.status = 'failed'
      AND file.status IN ('pending', 'uploading', 'failed')
      AND NOT EXISTS (
        SELECT FROM file_uploads arrived
        JOIN sync_sessions other ON other.organization_id = arrived.organization_id AND other.id = arrived.session_id
        WHERE arrived.organization_id = file.organization_id AND arrived.s3_key = file.s3_key
          AND arrived.status IN ('completed', 'skipped') AND other.cycle_id = NEW.id);
    IF sessions.last IS DISTINCT FROM 'completed' OR missing > 0 THEN
      RAISE EXCEPTION 'the cycle is incomplete: % files did not arrive', missing
        USING ERRCODE = 'check_violation', CONSTRAINT = 'cycles_missing_files_kept', TABLE = 'cycles';
    END IF;
  END IF;
  NEW.completed_at := coalesce(NEW.completed_at, greatest(clock_timestamp(), NEW.started_at));
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION cycles_check_status() IS 'Lets the status of a cycle move its way, to its end when its sessions have come to theirs, and says when.';
CREATE TRIGGER check_status BEFORE UPDATE OF status ON cycles
  FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.status IN ('pending', 'in_progress', 'completed', 'incomplete'))
  EXECUTE FUNCTION cycles_check_status();

CREATE FUNCTION cycles_refuse_prefix() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the cycle has begun: its files go where they went'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'cycles_s3_prefix_kept', TABLE = 'cycles';
END
$$;
COMMENT ON FUNCTION cycles_refuse_prefix() IS 'Keeps the prefix of a cycle once it has begun.';
CREATE TRIGGER keep_prefix BEFORE UPDATE OF s3_prefix ON cycles
  FOR EACH ROW WHEN (OLD.s3_prefix <> NEW.s3_prefix AND OLD.status <> 'pending')
  EXECUTE FUNCTION cycles_refuse_prefix();

-- Whoever makes a cycle holds the project meanwhile: the next number is the next one for them alone.
CREATE FUNCTION cycles_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM projects WHERE organization_id = NEW.organization_id AND id = NEW.project_id FOR NO KEY UPDATE;
  IF NEW.cycle_number IS NULL THEN
    SELECT coalesce(max(cycle_number), 0) + 1 INTO NEW.cycle_number
    FROM cycles WHERE organization_id = NEW.organization_id AND project_id = NEW.project_id;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION cycles_number() IS 'Gives a cycle the next number of its project where it has none.';
CREATE TRIGGER number BEFORE INSERT ON cycles FOR EACH ROW EXECUTE FUNCTION cycles_number();

-- For the list in the order in which cycles were planned.
CREATE OR REPLACE VIEW cycle_summaries WITH (security_invoker = true) AS
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
  cycle.completed_at,
  cycle.created_at
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
COMMENT ON COLUMN cycle_summaries.created_at IS 'When the cycle was planned.';
