-- people: quotas that hold however many write at once, an admin who stays, and projects that are run by their managers.

-- What an organization has used of its quotas. Counted here and not again at each insert: a check is one row, and because that
-- row is changed by whoever brings something in, two who do so wait for each other and neither counts the other out.
CREATE TABLE quota_usages (
  organization_id uuid NOT NULL,
  active_users integer NOT NULL DEFAULT 0,
  projects integer NOT NULL DEFAULT 0,
  stored_bytes bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id),
  CONSTRAINT quota_usages_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT quota_usages_active_users_not_negative CHECK (active_users >= 0),
  CONSTRAINT quota_usages_projects_not_negative CHECK (projects >= 0),
  CONSTRAINT quota_usages_stored_bytes_not_negative CHECK (stored_bytes >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE quota_usages IS 'What each organization has used of its quotas: one row each, kept by the database, always equal to what is there.';
COMMENT ON COLUMN quota_usages.active_users IS 'Users who are active and not in the bin.';
COMMENT ON COLUMN quota_usages.projects IS 'Projects that are not in the bin, whatever their status.';
COMMENT ON COLUMN quota_usages.stored_bytes IS 'Size of the stored objects: photos, documents, documents of assessments, completed uploads. What lies in the bin is still stored.';
CALL make_tenant_table('quota_usages');
GRANT SELECT ON quota_usages TO org_admin, org_user;

DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT id FROM organizations LOOP
    PERFORM set_config('app.organization_id', tenant::text, true);
    INSERT INTO quota_usages (organization_id, active_users, projects, stored_bytes) VALUES (
      tenant,
      (SELECT count(*) FROM users WHERE is_active AND deleted_at IS NULL),
      (SELECT count(*) FROM projects WHERE deleted_at IS NULL),
      (SELECT coalesce(sum(size), 0) FROM (
        SELECT file_size_bytes FROM photos WHERE status = 'stored'
        UNION ALL SELECT file_size_bytes FROM documents
        UNION ALL SELECT file_size_bytes FROM assessment_documents
        UNION ALL SELECT file_size_bytes FROM file_uploads WHERE status = 'completed' AND NOT is_duplicate
      ) AS stored (size))
    );
  END LOOP;
  PERFORM set_config('app.organization_id', '', true);
END
$$;

-- The functions below run as the owner, before whom the wall stands too. Inside a trigger it does not: see sync_sessions.
CREATE POLICY counters ON quota_usages TO CURRENT_USER USING (pg_trigger_depth() > 0);

CREATE FUNCTION organizations_begin_usage() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO quota_usages (organization_id) VALUES (NEW.id);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION organizations_begin_usage() IS 'A new organization has used nothing yet.';
CREATE TRIGGER begin_usage AFTER INSERT ON organizations FOR EACH ROW EXECUTE FUNCTION organizations_begin_usage();

-- What is over a quota already (the operator lowered it) may stay and may become less: only more is refused.
CREATE FUNCTION change_usage(organization uuid, counter text, amount bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  used quota_usages;
  quota organizations;
BEGIN
  UPDATE quota_usages SET
    active_users = active_users + CASE counter WHEN 'active_users' THEN amount ELSE 0 END,
    projects = projects + CASE counter WHEN 'projects' THEN amount ELSE 0 END,
    stored_bytes = stored_bytes + CASE counter WHEN 'stored_bytes' THEN amount ELSE 0 END
  WHERE organization_id = organization
  RETURNING * INTO used;
  -- Not found: the organization is being deleted, and its usage is gone before this.
  IF NOT FOUND OR amount < 0 THEN
    RETURN;
  END IF;
  SELECT * INTO quota FROM organizations WHERE id = organization;
  IF counter = 'active_users' AND used.active_users > quota.max_users THEN
    RAISE EXCEPTION 'the organization may have % active users: deactivate somebody first', quota.max_users
      USING ERRCODE = 'check_violation', CONSTRAINT = 'quota_usages_active_users_quota', TABLE = 'quota_usages';
  ELSIF counter = 'projects' AND used.projects > quota.max_projects THEN
    RAISE EXCEPTION 'the organization may have % projects: delete one first', quota.max_projects
      USING ERRCODE = 'check_violation', CONSTRAINT = 'quota_usages_projects_quota', TABLE = 'quota_usages';
  ELSIF counter = 'stored_bytes' AND used.stored_bytes > quota.max_storage_gb * 1000000000::bigint THEN
    RAISE EXCEPTION 'the organization may store % GB, and has % GB left', quota.max_storage_gb,
      greatest(0, trunc((quota.max_storage_gb * 1000000000::bigint - used.stored_bytes + amount) / 1000000000.0, 3))
      USING ERRCODE = 'check_violation', CONSTRAINT = 'quota_usages_stored_bytes_quota', TABLE = 'quota_usages';
  END IF;
END
$$;
COMMENT ON FUNCTION change_usage(uuid, text, bigint) IS 'Counts what came or went, and refuses what is more than the quota.';

CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% cannot be truncated: delete the rows, so that quotas notice', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_no_truncate', TABLE = TG_TABLE_NAME;
END
$$;
COMMENT ON FUNCTION refuse_truncate() IS 'Refuses TRUNCATE of what is counted, which the counters would not notice.';

-- One update a statement, however many rows it wrote; none where nothing that counts has changed. A function for each table, so that
-- its plans are kept: most changes of a photo change nothing here, and shall cost next to nothing.
CREATE PROCEDURE keep_quota(target name, counter name, amount text) LANGUAGE plpgsql AS $procedure$
BEGIN
  EXECUTE format($template$
    CREATE FUNCTION %1$I() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    DECLARE
      change record;
    BEGIN
      -- In the order of their ids, so that two statements over the same organizations wait for each other instead of deadlocking.
      IF TG_OP = 'INSERT' THEN
        FOR change IN SELECT organization_id, sum(%3$s) AS amount FROM new_rows GROUP BY 1 HAVING sum(%3$s) <> 0 ORDER BY 1 LOOP
          PERFORM change_usage(change.organization_id, %2$L, change.amount::bigint);
        END LOOP;
      ELSIF TG_OP = 'DELETE' THEN
        FOR change IN SELECT organization_id, -sum(%3$s) AS amount FROM old_rows GROUP BY 1 HAVING sum(%3$s) <> 0 ORDER BY 1 LOOP
          PERFORM change_usage(change.organization_id, %2$L, change.amount::bigint);
        END LOOP;
      ELSE
        FOR change IN
          SELECT organization_id, sum(amount) AS amount
          FROM (SELECT organization_id, %3$s AS amount FROM new_rows UNION ALL SELECT organization_id, -(%3$s) FROM old_rows) amounts
          GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1
        LOOP
          PERFORM change_usage(change.organization_id, %2$L, change.amount::bigint);
        END LOOP;
      END IF;
      RETURN NULL;
    END
    $$ $template$, target || '_count_usage', counter, amount);
  EXECUTE format('COMMENT ON FUNCTION %I() IS %L', target || '_count_usage', 'Keeps ' || counter || ' of quota_usages equal to what the table says.');
  EXECUTE format('CREATE TRIGGER usage_inserted AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION %I()', target, target || '_count_usage');
  EXECUTE format('CREATE TRIGGER usage_updated AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION %I()', target, target || '_count_usage');
  EXECUTE format('CREATE TRIGGER usage_deleted AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION %I()', target, target || '_count_usage');
  EXECUTE format('CREATE TRIGGER usage_refuse_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()', target);
END
$procedure$;
COMMENT ON PROCEDURE keep_quota(name, name, text) IS 'Counts a table''s rows in a column of quota_usages; the expression says for how much a row counts.';
CALL keep_quota('users', 'active_users', '(is_active AND deleted_at IS NULL)::int');
CALL keep_quota('projects', 'projects', '(deleted_at IS NULL)::int');
CALL keep_quota('photos', 'stored_bytes', 'CASE status WHEN ''stored'' THEN file_size_bytes END');
CALL keep_quota('documents', 'stored_bytes', 'file_size_bytes');
CALL keep_quota('assessment_documents', 'stored_bytes', 'file_size_bytes');
CALL keep_quota('file_uploads', 'stored_bytes', 'CASE WHEN status = ''completed'' AND NOT is_duplicate THEN file_size_bytes END');

CREATE FUNCTION quota_usages_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() = 1 AND (TG_OP <> 'UPDATE' OR
     (NEW.active_users, NEW.projects, NEW.stored_bytes) IS DISTINCT FROM (OLD.active_users, OLD.projects, OLD.stored_bytes)) THEN
    RAISE EXCEPTION 'what is used of quotas is counted by the database'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'quota_usages_counters_kept', TABLE = 'quota_usages';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
COMMENT ON FUNCTION quota_usages_guard() IS 'Refuses usage that was written by hand.';
CREATE TRIGGER guard_counters BEFORE UPDATE OR DELETE ON quota_usages FOR EACH ROW EXECUTE FUNCTION quota_usages_guard();
-- After: what another tenant's is refused by the wall.
CREATE TRIGGER guard_inserted AFTER INSERT ON quota_usages FOR EACH ROW EXECUTE FUNCTION quota_usages_guard();
CREATE TRIGGER usage_refuse_truncate BEFORE TRUNCATE ON quota_usages FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();

-- security_invoker: the wall of the tables stands before who asks, not before who made the view.
CREATE VIEW organization_quotas WITH (security_invoker = true) AS
SELECT
  organization.id,
  used.active_users,
  organization.max_users,
  used.projects,
  organization.max_projects,
  used.stored_bytes,
  organization.max_storage_gb * 1000000000::bigint AS max_stored_bytes,
  organization.created_at
FROM organizations organization
JOIN quota_usages used ON used.organization_id = organization.id;
COMMENT ON VIEW organization_quotas IS 'What an organization has used of its quotas, and what it may. Row-level security holds through it.';
COMMENT ON COLUMN organization_quotas.id IS 'The tenant.';
COMMENT ON COLUMN organization_quotas.active_users IS 'Users who are active and not in the bin.';
COMMENT ON COLUMN organization_quotas.max_users IS 'How many of them there may be.';
COMMENT ON COLUMN organization_quotas.projects IS 'Projects that are not in the bin.';
COMMENT ON COLUMN organization_quotas.max_projects IS 'How many of them there may be.';
COMMENT ON COLUMN organization_quotas.stored_bytes IS 'Size of the stored objects.';
COMMENT ON COLUMN organization_quotas.max_stored_bytes IS 'How large they may be together.';
COMMENT ON COLUMN organization_quotas.created_at IS 'When the organization was registered.';
GRANT SELECT ON organization_quotas TO org_admin, org_user;

-- An organization keeps somebody who can let others in. Whoever takes an admin away holds the organization's row, so that two
-- who each take one of the last two wait for each other. The user's row comes first everywhere, so that they cannot deadlock.
CREATE FUNCTION require_another_admin(organization uuid, person uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM organizations WHERE id = organization FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN; -- the organization is being deleted: its cascade may pass
  END IF;
  IF NOT EXISTS (
    SELECT FROM users JOIN user_roles ON user_roles.organization_id = users.organization_id AND user_roles.user_id = users.id
    JOIN roles ON roles.id = user_roles.role_id
    WHERE users.organization_id = organization AND users.id <> person AND users.is_active AND users.deleted_at IS NULL AND roles.name = 'admin'
  ) THEN
    RAISE EXCEPTION 'this is the last active admin of the organization: make somebody else an admin first'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'organizations_last_admin_kept', TABLE = 'organizations';
  END IF;
END
$$;
COMMENT ON FUNCTION require_another_admin(uuid, uuid) IS 'Refuses where nobody but the person is an active admin of the organization.';

CREATE FUNCTION users_keep_an_admin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text := current_setting('app.organization_id', true);
BEGIN
  PERFORM set_config('app.organization_id', OLD.organization_id::text, true);
  IF EXISTS (SELECT FROM user_roles JOIN roles ON roles.id = user_roles.role_id
             WHERE user_roles.organization_id = OLD.organization_id AND user_roles.user_id = OLD.id AND roles.name = 'admin') THEN
    PERFORM require_another_admin(OLD.organization_id, OLD.id);
  END IF;
  PERFORM set_config('app.organization_id', coalesce(before, ''), true);
  RETURN OLD;
END
$$;
COMMENT ON FUNCTION users_keep_an_admin() IS 'Refuses to deactivate, delete or put into the bin the last active admin.';
CREATE TRIGGER keep_an_admin AFTER UPDATE OF is_active, deleted_at, organization_id, id ON users FOR EACH ROW
  WHEN (OLD.is_active AND OLD.deleted_at IS NULL AND
    NOT (NEW.is_active AND NEW.deleted_at IS NULL AND (NEW.organization_id, NEW.id) = (OLD.organization_id, OLD.id)))
  EXECUTE FUNCTION users_keep_an_admin();
-- Before, while their roles are still there.
CREATE TRIGGER keep_an_admin_of_deleted BEFORE DELETE ON users FOR EACH ROW WHEN (OLD.is_active AND OLD.deleted_at IS NULL)
  EXECUTE FUNCTION users_keep_an_admin();

CREATE FUNCTION user_roles_keep_an_admin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text := current_setting('app.organization_id', true);
BEGIN
  PERFORM set_config('app.organization_id', OLD.organization_id::text, true);
  IF EXISTS (SELECT FROM roles WHERE id = OLD.role_id AND name = 'admin') THEN
    -- One who is deleted was asked about before; one who is not active was no admin who counts.
    PERFORM FROM users WHERE organization_id = OLD.organization_id AND id = OLD.user_id AND is_active AND deleted_at IS NULL FOR NO KEY UPDATE;
    IF FOUND THEN
      PERFORM require_another_admin(OLD.organization_id, OLD.user_id);
    END IF;
  END IF;
  PERFORM set_config('app.organization_id', coalesce(before, ''), true);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION user_roles_keep_an_admin() IS 'Refuses to take the role from the last active admin.';
CREATE TRIGGER keep_an_admin AFTER DELETE ON user_roles FOR EACH ROW EXECUTE FUNCTION user_roles_keep_an_admin();
CREATE TRIGGER keep_an_admin_of_changed AFTER UPDATE ON user_roles FOR EACH ROW
  WHEN ((OLD.organization_id, OLD.user_id, OLD.role_id) IS DISTINCT FROM (NEW.organization_id, NEW.user_id, NEW.role_id))
  EXECUTE FUNCTION user_roles_keep_an_admin();

-- Members run projects, where a permission of the gateway's lets them: those they are in, and those they manage. A project that
-- was made this moment has no members yet, and its maker is its manager. caller_audiences() does not know of managers: all that
-- hangs under projects is asked of it, and stays as cheap as it was.
ALTER POLICY membership ON projects USING (CASE
  WHEN id = ANY ((SELECT caller_audiences())::uuid[]) THEN true
  ELSE coalesce(manager_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid), false)
END);
ALTER POLICY membership ON project_members USING (CASE
  WHEN project_id = ANY ((SELECT caller_audiences())::uuid[]) THEN true
  ELSE project_id = ANY (ARRAY(
    SELECT managed.id FROM projects managed
    WHERE managed.manager_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)))
END);
GRANT INSERT, UPDATE ON projects TO org_user;
GRANT INSERT, DELETE ON project_members TO org_user;
