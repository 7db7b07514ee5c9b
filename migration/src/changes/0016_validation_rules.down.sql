DROP FUNCTION organization_usage(timestamptz, timestamptz, text);
DROP FUNCTION day_begins(timestamp, text);
DROP FUNCTION workflow_parts_in_use(uuid);
DROP TRIGGER check_status ON assessments;
CREATE OR REPLACE FUNCTION assessments_check_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.status, NEW.status) NOT IN (('pending', 'processing'), ('processing', 'completed'), ('processing', 'failed')) THEN
    RAISE EXCEPTION 'an assessment that is % cannot become %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'assessments_status_forward', TABLE = 'assessments';
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION assessments_check_status() IS 'Lets the status of an assessment move forward only.';
CREATE TRIGGER check_status BEFORE UPDATE OF status ON assessments
  FOR EACH ROW WHEN (OLD.status <> NEW.status AND NEW.status IN ('pending', 'processing', 'completed', 'failed'))
  EXECUTE FUNCTION assessments_check_status();
DROP FUNCTION assessments_keep_criteria() CASCADE;
DROP FUNCTION assessments_begin() CASCADE;
DROP INDEX assessment_results_pass_index;
CREATE INDEX assessment_results_pass_index ON assessment_results (organization_id, assessment_id, pass);
COMMENT ON INDEX assessment_results_pass_index IS 'Show the failed criteria of an assessment.';
DROP INDEX assessments_running_index;
ALTER TABLE assessments DROP COLUMN criterion_ids;
ALTER TABLE criteria DROP COLUMN retired_at;
ALTER TABLE buckets DROP COLUMN retired_at;
