CREATE OR REPLACE PROCEDURE make_tenant_table(target regclass, audience text DEFAULT NULL, tenant name DEFAULT 'organization_id') LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format($policy$CREATE POLICY organization ON %s
    USING (%I = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))$policy$, target, tenant);
  IF audience IS NOT NULL THEN
    EXECUTE format('CREATE POLICY membership ON %s AS RESTRICTIVE TO org_user
      USING (%s = ANY ((SELECT caller_audiences())::uuid[]))', target, audience);
  END IF;
  CALL keep_common_columns(target);
END
$$;

DO $$
DECLARE
  policy record;
BEGIN
  FOR policy IN
    SELECT polrelid::regclass AS target,
           (regexp_match(pg_get_expr(polqual, polrelid), 'WHEN \((.*) = ANY \('))[1] AS audience
    FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
    WHERE polname = 'membership' AND relnamespace = current_schema()::regnamespace
  LOOP
    EXECUTE format('ALTER POLICY membership ON %s USING (%s = ANY ((SELECT caller_audiences())::uuid[]))', policy.target, policy.audience);
  END LOOP;
END
$$;

DROP FUNCTION membership_policy(text);
