-- validation: what is shown and not asked for any more, what an assessment must answer, when one begins and ends, and what an
-- organization used in a month.

-- What has a history stays, so that the history can be read; who takes it away retires it.
ALTER TABLE buckets ADD COLUMN retired_at timestamptz;
ALTER TABLE criteria ADD COLUMN retired_at timestamptz;
COMMENT ON COLUMN buckets.retired_at IS 'Since when it is shown, but takes no documents any more.';
COMMENT ON COLUMN criteria.retired_at IS 'Since when it is shown, but not asked any more.';

-- A list, and no comparison of times: which transaction came first does not show in when its rows were written.
ALTER TABLE assessments ADD COLUMN criterion_ids uuid[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN assessments.criterion_ids IS 'The criteria that it must answer: those that were asked when it was started. Kept by the database.';
ALTER TABLE assessments DISABLE TRIGGER touch_updated_at;
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT id FROM organizations LOOP
    PERFORM set_config('app.organization_id', tenant::text, true);
    UPDATE assessments SET criterion_ids = ARRAY(
      SELECT criterion.id FROM criteria criterion
      WHERE criterion.organization_id = tenant AND criterion.workflow_id = assessments.workflow_id AND criterion.created_at <= assessments.created_at
      ORDER BY criterion.position, criterion.id)
    WHERE organization_id = tenant;
  END LOOP;
  PERFORM set_config('app.organization_id', '', true);
END
$$;
ALTER TABLE assessments ENABLE TRIGGER touch_updated_at;

CREATE INDEX assessments_running_index ON assessments (organization_id, workflow_id) WHERE status IN ('pending', 'processing');
COMMENT ON INDEX assessments_running_index IS 'The assessments of a workflow that have not ended: what they must answer stays.';
DROP INDEX assessment_results_pass_index;
CREATE INDEX assessment_results_pass_index ON assessment_results (organization_id, assessment_id, pass, created_at, id);
COMMENT ON INDEX assessment_results_pass_index IS 'The failed criteria of an assessment, in their order.';

-- Whoever changes a workflow waits for those who start by it, and they for them: so nobody starts by what is being changed.
CREATE FUNCTION assessments_begin() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  workflow workflows;
BEGIN
  SELECT * INTO workflow FROM workflows WHERE organization_id = NEW.organization_id AND id = NEW.workflow_id FOR SHARE;
  -- What has begun before it comes here is history.
  IF NEW.status = 'pending' AND NOT (workflow.is_active AND workflow.deleted_at IS NULL) THEN
    RAISE EXCEPTION 'the workflow is not active: no assessment is started by it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'assessments_active_workflow_kept', TABLE = 'assessments';
  END IF;
  NEW.criterion_ids := ARRAY(
    SELECT criterion.id FROM criteria criterion
    WHERE criterion.organization_id = NEW.organization_id AND criterion.workflow_id = NEW.workflow_id AND criterion.retired_at IS NULL
    ORDER BY criterion.position, criterion.id);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION assessments_begin() IS 'Starts assessments by active workflows only, and notes which criteria they must answer.';
CREATE TRIGGER begin_assessment BEFORE INSERT ON assessments FOR EACH ROW EXECUTE FUNCTION assessments_begin();

CREATE FUNCTION assessments_keep_criteria() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.criterion_ids := OLD.criterion_ids;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION assessments_keep_criteria() IS 'Keeps what an assessment must answer as it was when it was started, whatever the caller sends.';
CREATE TRIGGER keep_criteria BEFORE UPDATE OF criterion_ids ON assessments FOR EACH ROW EXECUTE FUNCTION assessments_keep_criteria();

-- Of two who end an assessment one is the second, also where both say the same.
CREATE OR REPLACE FUNCTION assessments_check_status() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  missing text[];
BEGIN
  IF (OLD.status, NEW.status) NOT IN (('pending', 'processing'), ('processing', 'completed'), ('processing', 'failed')) THEN
    RAISE EXCEPTION 'an assessment that is % cannot become %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'assessments_status_forward', TABLE = 'assessments';
  END IF;
  IF NEW.status = 'completed' THEN
    SELECT array_agg(format('"%s"', criterion.name) ORDER BY criterion.position, criterion.id) INTO missing
    FROM criteria criterion
    WHERE criterion.organization_id = NEW.organization_id AND criterion.id = ANY (OLD.criterion_ids) AND NOT EXISTS (
      SELECT FROM assessment_results result
      WHERE result.organization_id = NEW.organization_id AND result.assessment_id = NEW.id AND result.criterion_id = criterion.id);
    IF missing IS NOT NULL THEN
      RAISE EXCEPTION 'results are missing for % of % criteria: %', cardinality(missing), cardinality(OLD.criterion_ids),
        array_to_string(missing[:20], ', ') || CASE WHEN cardinality(missing) > 20 THEN ' …' ELSE '' END
        USING ERRCODE = 'check_violation', CONSTRAINT = 'assessments_results_kept', TABLE = 'assessments';
    END IF;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION assessments_check_status() IS 'Lets the status of an assessment move forward only, and to its end once, with all results there.';
DROP TRIGGER check_status ON assessments;
CREATE TRIGGER check_status BEFORE UPDATE OF status ON assessments
  FOR EACH ROW WHEN ((OLD.status <> NEW.status OR OLD.status IN ('completed', 'failed')) AND NEW.status IN ('pending', 'processing', 'completed', 'failed'))
  EXECUTE FUNCTION assessments_check_status();

-- As the owner, before whom the wall of the tenant stands, but not that of membership: who changes a workflow does not see the
-- assessments of projects that are none of theirs, and must not take away what those stand on.
CREATE FUNCTION workflow_parts_in_use(workflow uuid) RETURNS TABLE (id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
BEGIN
  RETURN QUERY
  SELECT bucket.id FROM buckets bucket
  WHERE bucket.organization_id = organization AND bucket.workflow_id = workflow AND EXISTS (
    SELECT FROM assessment_documents paper WHERE paper.organization_id = organization AND paper.bucket_id = bucket.id)
  UNION ALL
  SELECT criterion.id FROM criteria criterion
  WHERE criterion.organization_id = organization AND criterion.workflow_id = workflow AND (
    EXISTS (SELECT FROM assessment_results result WHERE result.organization_id = organization AND result.criterion_id = criterion.id)
    OR EXISTS (
      SELECT FROM assessments running
      WHERE running.organization_id = organization AND running.workflow_id = workflow AND running.status IN ('pending', 'processing')
        AND criterion.id = ANY (running.criterion_ids)));
END
$$;
COMMENT ON FUNCTION workflow_parts_in_use(uuid) IS 'The buckets of a workflow that have documents, its criteria that have results or that a running assessment must answer, over all projects.';
GRANT EXECUTE ON FUNCTION workflow_parts_in_use(uuid) TO org_admin, org_user;

-- Where clocks are put back over midnight, a day begins twice: the first time counts.
CREATE FUNCTION day_begins(day timestamp, time_zone text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT min(moment)
  FROM generate_series(day AT TIME ZONE time_zone - interval '3 hours', day AT TIME ZONE time_zone, interval '15 minutes') AS moment
  WHERE moment AT TIME ZONE time_zone >= day
$$;
COMMENT ON FUNCTION day_begins(timestamp, text) IS 'The first moment at which clocks of a time zone show a day.';

CREATE FUNCTION organization_usage(since timestamptz, until timestamptz, time_zone text)
RETURNS TABLE (month text, starts_at timestamptz, ends_at timestamptz, assessments bigint, completed_assessments bigint, failed_assessments bigint,
  ai_cost_cents bigint, stored_bytes_added bigint, stored_bytes bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  months timestamp[];
  bounds timestamptz[];
BEGIN
  -- The last one is that after the end.
  SELECT array_agg(local ORDER BY local), array_agg(day_begins(local, time_zone) ORDER BY local) INTO months, bounds
  FROM generate_series(date_trunc('month', since AT TIME ZONE time_zone),
    date_trunc('month', (until - interval '1 microsecond') AT TIME ZONE time_zone) + interval '1 month', interval '1 month') AS local;
  RETURN QUERY
  WITH run AS (
    SELECT width_bucket(assessment.created_at, bounds) AS place, count(*) AS started,
      count(*) FILTER (WHERE assessment.status = 'completed') AS completed, count(*) FILTER (WHERE assessment.status = 'failed') AS failed,
      sum(assessment.ai_cost_cents)::bigint AS cents
    FROM assessments assessment
    WHERE assessment.organization_id = organization AND assessment.created_at >= bounds[1] AND assessment.created_at < bounds[cardinality(bounds)]
    GROUP BY 1
  ), added AS (
    SELECT width_bucket(stored.moment, bounds) AS place, sum(stored.size)::bigint AS size
    FROM (
      SELECT uploaded_at, file_size_bytes FROM photos WHERE organization_id = organization AND status = 'stored'
      UNION ALL SELECT uploaded_at, file_size_bytes FROM documents WHERE organization_id = organization
      UNION ALL SELECT created_at, file_size_bytes FROM assessment_documents WHERE organization_id = organization
      UNION ALL SELECT coalesce(uploaded_at, created_at), file_size_bytes FROM file_uploads
        WHERE organization_id = organization AND status = 'completed' AND NOT is_duplicate
    ) AS stored (moment, size)
    WHERE stored.moment >= bounds[1]
    GROUP BY 1
  )
  SELECT to_char(months[place], 'YYYY-MM'), bounds[place], bounds[place + 1],
    coalesce(run.started, 0), coalesce(run.completed, 0), coalesce(run.failed, 0), coalesce(run.cents, 0), coalesce(added.size, 0),
    -- Back from what is there now: what came later is not looked at twice.
    used.stored_bytes - coalesce((SELECT sum(later.size)::bigint FROM added later WHERE later.place > places.place), 0)
  FROM generate_series(1, cardinality(bounds) - 1) AS places (place)
  LEFT JOIN run USING (place)
  LEFT JOIN added USING (place)
  JOIN quota_usages used ON used.organization_id = organization
  ORDER BY place;
END
$$;
COMMENT ON FUNCTION organization_usage(timestamptz, timestamptz, text) IS 'What the tenant used in each calendar month of a time zone that has a moment of the span, over all projects: assessments started, what they cost, bytes added and bytes held at its end.';
GRANT EXECUTE ON FUNCTION organization_usage(timestamptz, timestamptz, text) TO org_admin, org_user;
