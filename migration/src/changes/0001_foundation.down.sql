DROP PROCEDURE make_tenant_table(regclass, text, name);
DROP PROCEDURE keep_common_columns(regclass);
DROP PROCEDURE keep_append_only(regclass);
DROP FUNCTION refuse_change();
DROP FUNCTION touch_updated_at();
DROP FUNCTION caller_audiences();
DO $$
BEGIN
  IF to_regclass('seaql_migrations') IS NOT NULL THEN
    REVOKE ALL ON seaql_migrations FROM org_admin, org_user;
  END IF;
END
$$;
DO $$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM fieldgraph_gateway', current_database()); END $$;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON ROUTINES TO PUBLIC;

-- The roles go with the last database of the cluster that uses them, and stay where they may not be dropped.
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['fieldgraph_gateway', 'org_admin', 'org_user'] LOOP
    BEGIN
      EXECUTE format('DROP ROLE IF EXISTS %I', wanted);
    EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege OR object_in_use THEN
      NULL;
    END;
  END LOOP;
END
$$;
