-- The time series of photo processing: a TimescaleDB hypertable where that extension is installed in this database,
-- partitions by month where not. The same queries run on both.

CREATE FUNCTION pg_temp.partitioning() RETURNS text LANGUAGE sql AS
$$ SELECT CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN '' ELSE 'PARTITION BY RANGE (occurred_at)' END $$;

DO $$
BEGIN
  EXECUTE format($table$
    CREATE TABLE processing_events (
      id uuid NOT NULL DEFAULT gen_random_uuid(),
      organization_id uuid NOT NULL,
      project_id uuid NOT NULL,
      photo_id uuid NOT NULL,
      detection_id uuid,
      stage text NOT NULL,
      model_version text,
      duration_ms integer,
      detail jsonb,
      occurred_at timestamptz NOT NULL DEFAULT now(),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (organization_id, id, occurred_at),
      CONSTRAINT processing_events_photo_fkey FOREIGN KEY (organization_id, project_id, photo_id)
        REFERENCES photos (organization_id, project_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
      CONSTRAINT processing_events_detection_fkey FOREIGN KEY (organization_id, photo_id, detection_id)
        REFERENCES detections (organization_id, photo_id, id) ON DELETE SET NULL (detection_id),
      CONSTRAINT processing_events_stage_known CHECK (stage IN ('queued', 'started', 'completed', 'failed')),
      CONSTRAINT processing_events_model_version_length CHECK (char_length(model_version) BETWEEN 1 AND 100),
      CONSTRAINT processing_events_duration_ms_not_negative CHECK (duration_ms >= 0),
      CONSTRAINT processing_events_detail_object CHECK (jsonb_typeof(detail) = 'object')
    ) %s $table$, pg_temp.partitioning());
END
$$;
DROP FUNCTION pg_temp.partitioning();

CREATE INDEX processing_events_newest_index ON processing_events (organization_id, occurred_at DESC, id DESC);
CREATE INDEX processing_events_photo_index ON processing_events (organization_id, photo_id, occurred_at, id);
CREATE INDEX processing_events_detection_index ON processing_events (organization_id, detection_id, occurred_at, id) WHERE detection_id IS NOT NULL;
COMMENT ON INDEX processing_events_newest_index IS 'The timeline of an organization: ranges and buckets of time.';
COMMENT ON INDEX processing_events_photo_index IS 'The timeline of a photo, in order; its foreign key.';
COMMENT ON INDEX processing_events_detection_index IS 'The events of a detection, in order; its foreign key.';
COMMENT ON TABLE processing_events IS 'What happened to a photo on its way through the models, and when: a time series, partitioned by month or a hypertable.';
COMMENT ON COLUMN processing_events.photo_id IS 'The photo that was processed.';
COMMENT ON COLUMN processing_events.detection_id IS 'The detection that came of it, if any.';
COMMENT ON COLUMN processing_events.stage IS 'queued, started, completed or failed.';
COMMENT ON COLUMN processing_events.model_version IS 'The model at work.';
COMMENT ON COLUMN processing_events.duration_ms IS 'How long the stage took.';
COMMENT ON COLUMN processing_events.detail IS 'What else the worker said: an error, a host, a batch.';
COMMENT ON COLUMN processing_events.occurred_at IS 'When it happened, by the worker''s clock; the time of the series.';
CALL make_tenant_table('processing_events', 'project_id');
GRANT SELECT, INSERT ON processing_events TO org_admin, org_user;

-- Nobody has rights on a partition itself; the wall stands there all the same.
CREATE PROCEDURE processing_events_protect_partition(partition regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition);
END
$$;
COMMENT ON PROCEDURE processing_events_protect_partition(regclass) IS 'Row-level security without a policy: a partition can be read through its table alone.';

-- Makes the partitions of the months from one day to another; rows that had to wait in the default partition move in.
CREATE FUNCTION processing_events_create_partitions(first_day date, last_day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  month timestamp;
  lower_bound timestamptz;
  upper_bound timestamptz;
  partition text;
  made integer := 0;
BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = 'processing_events'::regclass) <> 'p' THEN
    RETURN 0; -- a hypertable makes its own chunks
  END IF;
  -- Two that make the same month would collide; the second waits and finds it made.
  PERFORM pg_advisory_xact_lock('processing_events'::regclass::oid::bigint);
  FOR month IN SELECT generate_series(date_trunc('month', first_day::timestamp), last_day::timestamp, interval '1 month') LOOP
    partition := 'processing_events_' || to_char(month, 'YYYY_MM');
    CONTINUE WHEN to_regclass(partition) IS NOT NULL;
    lower_bound := month AT TIME ZONE 'UTC';
    upper_bound := (month + interval '1 month') AT TIME ZONE 'UTC';
    EXECUTE format('CREATE TABLE %I (LIKE processing_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    ALTER TABLE processing_events_default NO FORCE ROW LEVEL SECURITY;
    EXECUTE format('WITH moved AS (DELETE FROM processing_events_default WHERE occurred_at >= %L AND occurred_at < %L RETURNING *)
      INSERT INTO %I SELECT * FROM moved', lower_bound, upper_bound, partition);
    ALTER TABLE processing_events_default FORCE ROW LEVEL SECURITY;
    EXECUTE format('ALTER TABLE processing_events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, lower_bound, upper_bound);
    CALL processing_events_protect_partition(partition::regclass);
    made := made + 1;
  END LOOP;
  RETURN made;
END
$$;
COMMENT ON FUNCTION processing_events_create_partitions(date, date) IS 'Makes the monthly partitions between two days; answers how many were made.';

-- Retention: whole months that ended before the moment given are dropped, over all organizations.
CREATE FUNCTION processing_events_drop_before(moment timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  partition record;
  dropped integer := 0;
BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = 'processing_events'::regclass) <> 'p' THEN
    EXECUTE 'SELECT count(*) FROM drop_chunks(''processing_events'', $1)' INTO dropped USING moment;
    RETURN dropped;
  END IF;
  FOR partition IN
    SELECT child.oid::regclass AS name
    FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent = 'processing_events'::regclass AND child.relname ~ '^processing_events_\d{4}_\d{2}$'
      AND (to_date(right(child.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= moment
  LOOP
    EXECUTE format('DROP TABLE %s', partition.name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION processing_events_drop_before(timestamptz) IS 'Drops the partitions (or chunks) that ended before the moment; answers how many.';

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
    EXECUTE 'SELECT create_hypertable(''processing_events'', ''occurred_at'', chunk_time_interval => interval ''1 month'', create_default_indexes => false)';
    -- A chunk read directly would go round row-level security.
    EXECUTE 'REVOKE ALL ON SCHEMA _timescaledb_internal FROM PUBLIC, org_user, org_admin, fieldgraph_gateway';
  ELSE
    -- What no month takes is kept all the same, until its month is made.
    EXECUTE 'CREATE TABLE processing_events_default PARTITION OF processing_events DEFAULT';
    CALL processing_events_protect_partition('processing_events_default');
    PERFORM processing_events_create_partitions((now() AT TIME ZONE 'UTC' - interval '1 month')::date, (now() AT TIME ZONE 'UTC' + interval '3 months')::date);
  END IF;
END
$$;
