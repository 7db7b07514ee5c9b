-- What a member sees, at the price of what an admin sees. `column = ANY (circles)` is a condition that an index serves, and the planner,
-- who cannot know how many circles there are, takes it for a choice of few rows: it gathered all of a member's rows and sorted them
-- instead of reading the newest in order. Within CASE it is a condition that rows are held against, which half of them are taken to
-- pass.
CREATE FUNCTION membership_policy(audience text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT format('CASE WHEN %s = ANY ((SELECT caller_audiences())::uuid[]) THEN true ELSE false END', audience)
$$;
COMMENT ON FUNCTION membership_policy(text) IS 'The policy that narrows org_user to the rows whose audience is one of the caller''s, for make_tenant_table.';

DO $$
DECLARE
  policy record;
BEGIN
  FOR policy IN
    SELECT polrelid::regclass AS target, (regexp_match(pg_get_expr(polqual, polrelid), '^\((.*) = ANY \('))[1] AS audience
    FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
    WHERE polname = 'membership' AND relnamespace = current_schema()::regnamespace
  LOOP
    EXECUTE format('ALTER POLICY membership ON %s USING (%s)', policy.target, membership_policy(policy.audience));
  END LOOP;
END
$$;

CREATE OR REPLACE PROCEDURE make_tenant_table(target regclass, audience text DEFAULT NULL, tenant name DEFAULT 'organization_id') LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format($policy$CREATE POLICY organization ON %s
    USING (%I = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))$policy$, target, tenant);
  IF audience IS NOT NULL THEN
    EXECUTE format('CREATE POLICY membership ON %s AS RESTRICTIVE TO org_user USING (%s)', target, membership_policy(audience));
  END IF;
  CALL keep_common_columns(target);
END
$$;
