-- validation: workflows (buckets and criteria) and the assessments run by them.
-- A row whose project is optional carries audience_id: its project, or the organization itself. Its children carry it
-- too, kept true by composite foreign keys; a nullable project_id could not be (a key with a null is not checked).

CREATE TABLE workflows (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  created_by uuid,
  name text NOT NULL,
  description text,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CONSTRAINT workflows_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT workflows_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES users (organization_id, id) ON DELETE SET NULL (created_by),
  CONSTRAINT workflows_name_length CHECK (char_length(name) BETWEEN 1 AND 255)
);
CREATE INDEX workflows_newest_index ON workflows (organization_id, created_at DESC, id DESC);
CREATE INDEX workflows_active_index ON workflows (organization_id, created_at DESC, id DESC) WHERE is_active;
CREATE INDEX workflows_created_by_index ON workflows (organization_id, created_by, created_at DESC, id DESC) WHERE created_by IS NOT NULL;
COMMENT ON INDEX workflows_newest_index IS 'The list of workflows in its default order.';
COMMENT ON INDEX workflows_active_index IS 'The dashboard lists the active ones.';
COMMENT ON INDEX workflows_created_by_index IS 'The workflows that a user designed, newest first; its foreign key.';
COMMENT ON TABLE workflows IS 'How documents are validated: which kinds are handed in, which criteria they must meet.';
COMMENT ON COLUMN workflows.created_by IS 'Who designed it.';
COMMENT ON COLUMN workflows.name IS 'Name of the workflow.';
COMMENT ON COLUMN workflows.description IS 'What it validates.';
COMMENT ON COLUMN workflows.is_active IS 'Whether assessments may be started by it.';
CALL make_tenant_table('workflows');
GRANT SELECT, INSERT, UPDATE ON workflows TO org_admin, org_user;

CREATE TABLE buckets (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  name text NOT NULL,
  description text,
  required boolean NOT NULL DEFAULT true,
  position integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT buckets_workflow_fkey FOREIGN KEY (organization_id, workflow_id) REFERENCES workflows (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT buckets_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT buckets_position_not_negative CHECK (position >= 0)
);
CREATE INDEX buckets_workflow_index ON buckets (organization_id, workflow_id, position, id);
COMMENT ON INDEX buckets_workflow_index IS 'The buckets of a workflow in their order; its foreign key.';
COMMENT ON TABLE buckets IS 'A kind of document that a workflow asks for.';
COMMENT ON COLUMN buckets.workflow_id IS 'The workflow that asks for it.';
COMMENT ON COLUMN buckets.name IS 'Name of the kind, as Technical file.';
COMMENT ON COLUMN buckets.description IS 'What belongs in it.';
COMMENT ON COLUMN buckets.required IS 'Whether an assessment needs a document in it to start.';
COMMENT ON COLUMN buckets.position IS 'Place in the workflow, from 0.';
CALL make_tenant_table('buckets');
GRANT SELECT, INSERT, UPDATE, DELETE ON buckets TO org_admin, org_user;

CREATE TABLE criteria (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  name text NOT NULL,
  description text,
  position integer NOT NULL DEFAULT 0,
  applies_to_bucket_ids uuid[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT criteria_workflow_fkey FOREIGN KEY (organization_id, workflow_id) REFERENCES workflows (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT criteria_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT criteria_position_not_negative CHECK (position >= 0)
);
CREATE INDEX criteria_workflow_index ON criteria (organization_id, workflow_id, position, id);
COMMENT ON INDEX criteria_workflow_index IS 'The criteria of a workflow in their order; its foreign key.';
COMMENT ON TABLE criteria IS 'A rule that the documents of a workflow must meet.';
COMMENT ON COLUMN criteria.workflow_id IS 'The workflow whose rule it is.';
COMMENT ON COLUMN criteria.name IS 'The rule in short.';
COMMENT ON COLUMN criteria.description IS 'The rule as the model and the reader are told it.';
COMMENT ON COLUMN criteria.position IS 'Place in the workflow, from 0.';
COMMENT ON COLUMN criteria.applies_to_bucket_ids IS 'Buckets of the same workflow that it looks at; empty for all.';
CALL make_tenant_table('criteria');
GRANT SELECT, INSERT, UPDATE, DELETE ON criteria TO org_admin, org_user;

-- An array has no foreign keys: these two triggers keep it as one would. The buckets are locked as a key would lock them.
-- They run as whoever writes: who may write a criterion sees the buckets of its organization.
CREATE FUNCTION criteria_check_buckets() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wanted uuid;
BEGIN
  FOREACH wanted IN ARRAY coalesce(NEW.applies_to_bucket_ids, '{}') LOOP
    PERFORM FROM buckets WHERE organization_id = NEW.organization_id AND id = wanted AND workflow_id = NEW.workflow_id FOR KEY SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'criterion names bucket % which is none of its workflow', coalesce(wanted::text, 'null')
        USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'criteria_applies_to_bucket_ids_fkey', TABLE = 'criteria';
    END IF;
  END LOOP;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION criteria_check_buckets() IS 'Refuses a criterion that names a bucket of another workflow.';
CREATE TRIGGER check_buckets BEFORE INSERT OR UPDATE OF applies_to_bucket_ids, workflow_id, organization_id ON criteria
  FOR EACH ROW EXECUTE FUNCTION criteria_check_buckets();

CREATE FUNCTION buckets_check_criteria() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- When the whole workflow goes, its criteria go with it.
  IF EXISTS (SELECT FROM criteria JOIN workflows ON workflows.organization_id = criteria.organization_id AND workflows.id = criteria.workflow_id
             WHERE criteria.organization_id = OLD.organization_id AND criteria.workflow_id = OLD.workflow_id
               AND OLD.id = ANY (criteria.applies_to_bucket_ids)) THEN
    RAISE EXCEPTION 'bucket % is named by a criterion', OLD.id
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'criteria_applies_to_bucket_ids_fkey', TABLE = 'criteria';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION buckets_check_criteria() IS 'Refuses to take a bucket away that a criterion names: an emptied list would mean all buckets.';
CREATE TRIGGER check_criteria AFTER DELETE ON buckets
  FOR EACH ROW EXECUTE FUNCTION buckets_check_criteria();
CREATE TRIGGER check_criteria_of_moved AFTER UPDATE OF id, workflow_id, organization_id ON buckets
  FOR EACH ROW WHEN ((OLD.organization_id, OLD.workflow_id, OLD.id) IS DISTINCT FROM (NEW.organization_id, NEW.workflow_id, NEW.id))
  EXECUTE FUNCTION buckets_check_criteria();

CREATE TABLE assessments (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  project_id uuid,
  audience_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(project_id, organization_id)) STORED,
  created_by uuid,
  status text NOT NULL DEFAULT 'pending',
  started_at timestamptz,
  completed_at timestamptz,
  duration_ms integer,
  ai_cost_cents integer,
  error_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT assessments_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT assessments_workflow_fkey FOREIGN KEY (organization_id, workflow_id) REFERENCES workflows (organization_id, id) ON DELETE RESTRICT,
  CONSTRAINT assessments_project_fkey FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE SET NULL (project_id),
  CONSTRAINT assessments_created_by_fkey FOREIGN KEY (organization_id, created_by) REFERENCES users (organization_id, id) ON DELETE SET NULL (created_by),
  CONSTRAINT assessments_audience_key UNIQUE (organization_id, audience_id, id),
  CONSTRAINT assessments_status_known CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
  CONSTRAINT assessments_duration_ms_not_negative CHECK (duration_ms >= 0),
  CONSTRAINT assessments_ai_cost_cents_not_negative CHECK (ai_cost_cents >= 0),
  CONSTRAINT assessments_completed_after_started CHECK (completed_at >= started_at)
);
CREATE INDEX assessments_newest_index ON assessments (organization_id, created_at DESC, id DESC);
CREATE INDEX assessments_status_index ON assessments (organization_id, status, created_at DESC, id DESC);
CREATE INDEX assessments_workflow_index ON assessments (organization_id, workflow_id, created_at DESC, id DESC);
CREATE INDEX assessments_created_by_index ON assessments (organization_id, created_by, created_at DESC, id DESC);
CREATE INDEX assessments_project_index ON assessments (organization_id, project_id, created_at DESC, id DESC) WHERE project_id IS NOT NULL;
COMMENT ON INDEX assessments_newest_index IS 'The list of assessments in its default order; the months of a bill.';
COMMENT ON INDEX assessments_status_index IS 'Filter and count by status: billing, and what is still running.';
COMMENT ON INDEX assessments_workflow_index IS 'The assessments of a workflow, newest first; its foreign key.';
COMMENT ON INDEX assessments_created_by_index IS 'The dashboard: recent assessments of a user; its foreign key.';
COMMENT ON INDEX assessments_project_index IS 'The assessments of a project, newest first; its foreign key.';
COMMENT ON TABLE assessments IS 'One run of a workflow over documents: its status, time and cost.';
COMMENT ON COLUMN assessments.workflow_id IS 'The workflow; cannot be deleted while the run is there.';
COMMENT ON COLUMN assessments.project_id IS 'Project it belongs to; null for the whole organization.';
COMMENT ON COLUMN assessments.created_by IS 'Who started it.';
COMMENT ON COLUMN assessments.status IS 'pending, then processing, then completed or failed; never back.';
COMMENT ON COLUMN assessments.started_at IS 'When processing began.';
COMMENT ON COLUMN assessments.completed_at IS 'When it ended, well or not.';
COMMENT ON COLUMN assessments.duration_ms IS 'How long processing took.';
COMMENT ON COLUMN assessments.ai_cost_cents IS 'What the models cost, in cents.';
COMMENT ON COLUMN assessments.error_message IS 'Why it failed.';
CALL make_tenant_table('assessments', 'audience_id');
GRANT SELECT, INSERT, UPDATE ON assessments TO org_admin, org_user;

CREATE FUNCTION assessments_check_status() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TABLE assessment_documents (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  audience_id uuid NOT NULL,
  assessment_id uuid NOT NULL,
  bucket_id uuid NOT NULL,
  file_name text NOT NULL,
  storage_key text NOT NULL,
  mime_type text,
  file_size_bytes bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT assessment_documents_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT assessment_documents_assessment_fkey FOREIGN KEY (organization_id, audience_id, assessment_id)
    REFERENCES assessments (organization_id, audience_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT assessment_documents_bucket_fkey FOREIGN KEY (organization_id, bucket_id) REFERENCES buckets (organization_id, id) ON DELETE RESTRICT,
  CONSTRAINT assessment_documents_file_name_length CHECK (char_length(file_name) BETWEEN 1 AND 255),
  CONSTRAINT assessment_documents_storage_key_length CHECK (char_length(storage_key) BETWEEN 1 AND 1024),
  CONSTRAINT assessment_documents_file_size_bytes_positive CHECK (file_size_bytes > 0)
);
CREATE INDEX assessment_documents_assessment_index ON assessment_documents (organization_id, assessment_id, created_at, id);
CREATE INDEX assessment_documents_bucket_index ON assessment_documents (organization_id, bucket_id, created_at, id);
COMMENT ON INDEX assessment_documents_assessment_index IS 'The documents of an assessment in their order; its foreign key.';
COMMENT ON INDEX assessment_documents_bucket_index IS 'The documents handed in for a bucket, in their order; its foreign key.';
COMMENT ON TABLE assessment_documents IS 'A file handed in for an assessment, in one of the workflow''s buckets.';
COMMENT ON COLUMN assessment_documents.assessment_id IS 'The assessment it was handed in for.';
COMMENT ON COLUMN assessment_documents.bucket_id IS 'The kind of document it is; the bucket cannot be deleted while it is there.';
COMMENT ON COLUMN assessment_documents.file_name IS 'Name as the user had it.';
COMMENT ON COLUMN assessment_documents.storage_key IS 'Key of the stored object.';
COMMENT ON COLUMN assessment_documents.mime_type IS 'Media type, as application/pdf.';
COMMENT ON COLUMN assessment_documents.file_size_bytes IS 'Size of the object.';
CALL make_tenant_table('assessment_documents', 'audience_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON assessment_documents TO org_admin, org_user;

CREATE TABLE assessment_results (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  audience_id uuid NOT NULL,
  assessment_id uuid NOT NULL,
  criterion_id uuid NOT NULL,
  pass boolean NOT NULL,
  confidence text NOT NULL,
  evidence_page integer,
  evidence_section text,
  evidence_text text,
  reasoning text,
  ai_response_raw jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT assessment_results_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT assessment_results_assessment_fkey FOREIGN KEY (organization_id, audience_id, assessment_id)
    REFERENCES assessments (organization_id, audience_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT assessment_results_criterion_fkey FOREIGN KEY (organization_id, criterion_id) REFERENCES criteria (organization_id, id) ON DELETE RESTRICT,
  CONSTRAINT assessment_results_criterion_key UNIQUE (organization_id, assessment_id, criterion_id),
  CONSTRAINT assessment_results_confidence_known CHECK (confidence IN ('high', 'medium', 'low')),
  CONSTRAINT assessment_results_evidence_page_positive CHECK (evidence_page > 0)
);
CREATE INDEX assessment_results_assessment_index ON assessment_results (organization_id, assessment_id, created_at, id);
CREATE INDEX assessment_results_pass_index ON assessment_results (organization_id, assessment_id, pass);
CREATE INDEX assessment_results_criterion_index ON assessment_results (organization_id, criterion_id, created_at DESC, id DESC);
COMMENT ON INDEX assessment_results_assessment_index IS 'The results of an assessment in their order; its foreign key.';
COMMENT ON INDEX assessment_results_pass_index IS 'Show the failed criteria of an assessment.';
COMMENT ON INDEX assessment_results_criterion_index IS 'How did this criterion fare, newest first; its foreign key.';
COMMENT ON TABLE assessment_results IS 'Whether a criterion was met, with the evidence and the reasoning.';
COMMENT ON COLUMN assessment_results.assessment_id IS 'The run it is a result of.';
COMMENT ON COLUMN assessment_results.criterion_id IS 'The rule; cannot be deleted while the result is there.';
COMMENT ON COLUMN assessment_results.pass IS 'Whether the rule was met.';
COMMENT ON COLUMN assessment_results.confidence IS 'high, medium or low.';
COMMENT ON COLUMN assessment_results.evidence_page IS 'Page of the evidence, from 1.';
COMMENT ON COLUMN assessment_results.evidence_section IS 'Section of the evidence, as 3.2.';
COMMENT ON COLUMN assessment_results.evidence_text IS 'The passage itself.';
COMMENT ON COLUMN assessment_results.reasoning IS 'Why the model judges so.';
COMMENT ON COLUMN assessment_results.ai_response_raw IS 'The model''s answer as it came, with its metadata.';
CALL make_tenant_table('assessment_results', 'audience_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON assessment_results TO org_admin, org_user;
