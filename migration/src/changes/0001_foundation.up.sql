-- What every table stands on: the database roles, the caller as the transaction knows it, and the one
-- procedure that turns a table into a tenant's table.

-- Roles belong to the cluster, not to this database: they may be here already.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN VALUES ('org_user', 'NOLOGIN'), ('org_admin', 'NOLOGIN'), ('fieldgraph_gateway', 'LOGIN NOINHERIT') LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.column1) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I %s', wanted.column1, wanted.column2);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this cluster was migrated at the same moment
      END;
    END IF;
  END LOOP;
  FOR wanted IN VALUES ('org_user'), ('org_admin') LOOP
    IF NOT pg_has_role('fieldgraph_gateway', wanted.column1, 'MEMBER') THEN
      BEGIN
        EXECUTE format('GRANT %I TO fieldgraph_gateway', wanted.column1);
      EXCEPTION WHEN unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
END
$$;

-- The one thing in this database that depends on the login role: while it stands, no other database's way down drops the role.
DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO fieldgraph_gateway', current_database()); END $$;

-- A gateway looks here whether it has the schema it was built for.
DO $$
BEGIN
  IF to_regclass('seaql_migrations') IS NOT NULL THEN
    GRANT SELECT ON seaql_migrations TO org_admin, org_user;
  END IF;
END
$$;

-- What the owner makes from here on is nobody's to call unless it is granted.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC;

-- The caller's circles: the projects they are a member of, and the organization itself, in whose circle stand
-- the rows without a project. Policies read it once per statement. In plpgsql because its plans are kept;
-- as definer because the policy of project_members asks this very function.
CREATE FUNCTION caller_audiences() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  organization uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  caller uuid := nullif(current_setting('app.user_id', true), '')::uuid;
BEGIN
  RETURN (SELECT array_append(array_agg(member.project_id), organization)
          FROM project_members member
          WHERE member.organization_id = organization AND member.user_id = caller);
END
$$;
GRANT EXECUTE ON FUNCTION caller_audiences() TO org_user;
COMMENT ON FUNCTION caller_audiences() IS 'The projects the transaction''s user is a member of, and the organization itself for rows without a project.';

-- updated_at is the database's word: always later than the one before, whatever the caller sends.
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION touch_updated_at() IS 'Keeps updated_at: strictly later than before at every update.';

-- For logs: rows are written once. Only the end of their whole organization takes them away.
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM organizations WHERE id = OLD.organization_id) THEN
    RETURN OLD; -- the organization is being deleted: its cascade may pass
  END IF;
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END
$$;
COMMENT ON FUNCTION refuse_change() IS 'Refuses UPDATE, DELETE and TRUNCATE of an append-only table, but for the cascade of a deleted organization.';

CREATE PROCEDURE keep_append_only(target regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION refuse_change()', target);
  EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', target);
END
$$;
COMMENT ON PROCEDURE keep_append_only(regclass) IS 'Makes a table append-only.';

-- Columns that mean the same everywhere are described once, here.
CREATE PROCEDURE keep_common_columns(target regclass) LANGUAGE plpgsql AS $$
DECLARE
  common record;
BEGIN
  FOR common IN
    SELECT attribute.attname, described.column2 AS description
    FROM (VALUES
      ('id', 'Identity of the row; version 7, made by the gateway.'),
      ('organization_id', 'The tenant that owns the row; first column of every key.'),
      ('project_id', 'Project the row hangs under; its members see it.'),
      ('audience_id', 'Whose members see the row: its project, or the organization when it has none. Kept by the database.'),
      ('created_at', 'When the row was written.'),
      ('updated_at', 'When the row last changed; kept by the database, strictly increasing.'),
      ('deleted_at', 'When it was put in the bin; ordinary reads do not see it, a restore clears it.')
    ) described
    JOIN pg_attribute attribute ON attribute.attrelid = target AND attribute.attname = described.column1
    WHERE col_description(target, attribute.attnum) IS NULL
  LOOP
    EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target, common.attname, common.description);
    IF common.attname = 'updated_at' THEN
      EXECUTE format('CREATE TRIGGER touch_updated_at BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION touch_updated_at()', target);
    END IF;
  END LOOP;
END
$$;
COMMENT ON PROCEDURE keep_common_columns(regclass) IS 'Describes the columns that every table shares and hands updated_at to the database.';

-- The wall around a tenant. `tenant` is the column with the organization; `audience`, if given, is an expression for
-- the circle whose members see the row: a restrictive policy that narrows what org_user may do. The settings are
-- read in a sub-select, so once per statement. Forced: the owner of the table stands before the same wall.
CREATE PROCEDURE make_tenant_table(target regclass, audience text DEFAULT NULL, tenant name DEFAULT 'organization_id') LANGUAGE plpgsql AS $$
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
COMMENT ON PROCEDURE make_tenant_table(regclass, text, name) IS 'Enables and forces row-level security with the policies of the tenant, and keeps the common columns.';
