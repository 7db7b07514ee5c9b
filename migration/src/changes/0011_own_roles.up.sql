-- Roles of an organization's own, beside the built-in ones that are everybody's.

-- A grant on a document refers to its role by identity: a name says which role only within an organization.
ALTER TABLE document_permissions DROP CONSTRAINT document_permissions_role_fkey;
CREATE FUNCTION role_by_name(wanted text) RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT id FROM roles WHERE name = wanted $$;
ALTER TABLE document_permissions ALTER COLUMN role TYPE uuid USING role_by_name(role);
ALTER TABLE document_permissions RENAME COLUMN role TO role_id;
DROP FUNCTION role_by_name(text);
ALTER TABLE document_permissions
  ADD CONSTRAINT document_permissions_role_fkey FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE;
COMMENT ON COLUMN document_permissions.role_id IS 'The role it is granted to, or null; exactly one of the two.';

ALTER TABLE permissions ADD COLUMN is_administrative boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN permissions.is_administrative IS 'Whether who has it could give themselves the rest: only built-in roles may have it.';
UPDATE permissions SET is_administrative = true WHERE name IN ('organization:write', 'users:write', 'roles:write', 'audit:read');

-- Whose a role is. The key leads with the organization, so it serves the foreign key and the list from A to Z too.
ALTER TABLE roles ADD COLUMN organization_id uuid,
  ADD CONSTRAINT roles_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  DROP CONSTRAINT roles_name_key,
  ADD CONSTRAINT roles_name_key UNIQUE NULLS NOT DISTINCT (organization_id, name);
COMMENT ON TABLE roles IS 'What a person is in an organization: built in and the same for every tenant, or an organization''s own. A role leads to permissions.';
COMMENT ON COLUMN roles.organization_id IS 'The tenant whose own role it is; null for a built-in one, which everybody sees and nobody changes. Never changes.';
COMMENT ON COLUMN roles.name IS 'Name as it stands in a token; unique among the built-in roles and an organization''s own together.';
CALL make_tenant_table('roles');
CREATE POLICY built_in ON roles FOR SELECT USING (organization_id IS NULL);
-- The owner makes the built-in ones, and its triggers look at all.
CREATE POLICY register ON roles TO CURRENT_USER USING (true);
GRANT INSERT (id, organization_id, name, description), UPDATE (name, description), DELETE ON roles TO org_admin;

ALTER TABLE role_permissions ADD COLUMN organization_id uuid;
COMMENT ON COLUMN role_permissions.organization_id IS 'That of the role: null where it is built in. Kept by the database.';
CALL make_tenant_table('role_permissions');
CREATE POLICY built_in ON role_permissions FOR SELECT USING (organization_id IS NULL);
CREATE POLICY register ON role_permissions TO CURRENT_USER USING (true);
GRANT INSERT (organization_id, role_id, permission_id), DELETE ON role_permissions TO org_admin;

-- Whatever a token says, a name is one role. No key can say it of two organizations and all of them: who adds a built-in role waits for
-- those who are adding own ones, and those who come later wait for it.
CREATE FUNCTION roles_keep_identity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.organization_id IS DISTINCT FROM OLD.organization_id THEN
    RAISE EXCEPTION 'a role stays whose it is'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'roles_organization_id_fixed', TABLE = 'roles';
  END IF;
  IF NEW.organization_id IS NULL THEN
    LOCK TABLE roles IN SHARE ROW EXCLUSIVE MODE;
  END IF;
  IF EXISTS (SELECT FROM roles
             WHERE lower(name) = lower(NEW.name) AND (organization_id IS NULL) <> (NEW.organization_id IS NULL)) THEN
    RAISE EXCEPTION 'the name % is taken', NEW.name
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'roles_name_key', TABLE = 'roles';
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION roles_keep_identity() IS 'A role stays whose it is, and no own role has the name of a built-in one, in whatever case.';
CREATE TRIGGER keep_identity BEFORE INSERT OR UPDATE OF name, organization_id ON roles
  FOR EACH ROW EXECUTE FUNCTION roles_keep_identity();

-- Whose role has another name has the old one in their tokens: they are made to get new ones, as with another role.
CREATE FUNCTION roles_tell_users() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text := current_setting('app.organization_id', true);
BEGIN
  PERFORM set_config('app.organization_id', NEW.organization_id::text, true);
  UPDATE user_roles SET updated_at = now() WHERE role_id = NEW.id;
  PERFORM set_config('app.organization_id', coalesce(before, ''), true);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION roles_tell_users() IS 'Touches what joins an own role to its users where it gets another name.';
CREATE TRIGGER tell_users AFTER UPDATE OF name ON roles
  FOR EACH ROW WHEN (NEW.organization_id IS NOT NULL AND NEW.name <> OLD.name) EXECUTE FUNCTION roles_tell_users();

-- An own role in use stays: its users would lose it without a word, and a document that was granted to it alone would be everybody's.
CREATE FUNCTION roles_refuse_in_use() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text := current_setting('app.organization_id', true);
  users_have_it boolean;
  documents_name_it boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM organizations WHERE id = OLD.organization_id) THEN
    RETURN OLD; -- the organization is being deleted: its cascade may pass
  END IF;
  -- The wall stands before the owner too.
  PERFORM set_config('app.organization_id', OLD.organization_id::text, true);
  users_have_it := EXISTS (SELECT FROM user_roles JOIN users ON (users.organization_id, users.id) = (user_roles.organization_id, user_id)
    WHERE role_id = OLD.id AND deleted_at IS NULL);
  documents_name_it := EXISTS (SELECT FROM document_permissions WHERE role_id = OLD.id);
  PERFORM set_config('app.organization_id', coalesce(before, ''), true);
  IF users_have_it THEN
    RAISE EXCEPTION 'users have the role %: take it away from them first', OLD.name
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'roles_users_in_use', TABLE = 'roles';
  END IF;
  IF documents_name_it THEN
    RAISE EXCEPTION 'documents are granted to the role %: revoke that first', OLD.name
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'roles_documents_in_use', TABLE = 'roles';
  END IF;
  RETURN OLD;
END
$$;
COMMENT ON FUNCTION roles_refuse_in_use() IS 'Refuses to delete an own role that users (but for those in the bin) have or that documents are granted to, but for the cascade of a deleted organization.';
CREATE TRIGGER refuse_in_use BEFORE DELETE ON roles
  FOR EACH ROW WHEN (OLD.organization_id IS NOT NULL) EXECUTE FUNCTION roles_refuse_in_use();

CREATE FUNCTION role_permissions_keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  administrative boolean;
BEGIN
  NEW.organization_id := (SELECT organization_id FROM roles WHERE id = NEW.role_id);
  IF NEW.organization_id IS NOT NULL THEN
    -- Locked, so that it does not become administrative meanwhile.
    SELECT is_administrative INTO administrative FROM permissions WHERE id = NEW.permission_id FOR SHARE;
    IF administrative THEN
      RAISE EXCEPTION 'an own role cannot have an administrative permission'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'role_permissions_permission_administrative', TABLE = 'role_permissions';
    END IF;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION role_permissions_keep() IS 'Writes the role''s organization into the row, and refuses an administrative permission to an own role.';
CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON role_permissions FOR EACH ROW EXECUTE FUNCTION role_permissions_keep();

-- Whoever last saw a role saw what it allows.
CREATE FUNCTION role_permissions_touch_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE roles SET updated_at = now() WHERE id IN (SELECT role_id FROM changed);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION role_permissions_touch_role() IS 'A role that gets or loses a permission has changed.';
CREATE TRIGGER touch_role_of_new AFTER INSERT ON role_permissions REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION role_permissions_touch_role();
CREATE TRIGGER touch_role_of_old AFTER DELETE ON role_permissions REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION role_permissions_touch_role();

CREATE FUNCTION permissions_refuse_administrative() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM role_permissions WHERE permission_id = NEW.id AND organization_id IS NOT NULL) THEN
    RAISE EXCEPTION 'own roles have the permission %', NEW.name
      USING ERRCODE = 'check_violation', CONSTRAINT = 'role_permissions_permission_administrative', TABLE = 'role_permissions';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION permissions_refuse_administrative() IS 'Refuses to make a permission administrative that own roles have.';
CREATE TRIGGER refuse_administrative AFTER UPDATE OF is_administrative ON permissions
  FOR EACH ROW WHEN (NEW.is_administrative) EXECUTE FUNCTION permissions_refuse_administrative();

-- A role stays whose it is, so it is enough to look when the reference is written.
CREATE FUNCTION refuse_foreign_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM roles WHERE id = NEW.role_id AND organization_id <> NEW.organization_id) THEN
    RAISE EXCEPTION 'there is no such role'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = TG_TABLE_NAME || '_role_fkey', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION refuse_foreign_role() IS 'Refuses a reference to another organization''s own role, as if there were none.';
CREATE TRIGGER refuse_foreign_role BEFORE INSERT OR UPDATE OF organization_id, role_id ON user_roles
  FOR EACH ROW EXECUTE FUNCTION refuse_foreign_role();
CREATE TRIGGER refuse_foreign_role BEFORE INSERT OR UPDATE OF organization_id, role_id ON document_permissions
  FOR EACH ROW WHEN (NEW.role_id IS NOT NULL) EXECUTE FUNCTION refuse_foreign_role();

-- Refusals are in the trail too. Nobody shall fill it with them: the same one again within a minute is in the log alone.
CREATE FUNCTION audit_logs_keep_refusals_few() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM audit_logs WHERE organization_id = NEW.organization_id AND actor_id = NEW.actor_id
             AND created_at > now() - interval '1 minute' AND action = NEW.action AND metadata = NEW.metadata) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION audit_logs_keep_refusals_few() IS 'Passes over a refusal that the trail has of the same user and field within the last minute.';
CREATE TRIGGER keep_refusals_few BEFORE INSERT ON audit_logs
  FOR EACH ROW WHEN (NEW.action = 'permission.refuse') EXECUTE FUNCTION audit_logs_keep_refusals_few();

CREATE FUNCTION tell_of_permissions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('fieldgraph_access', 'permissions');
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION tell_of_permissions() IS 'Tells every gateway, on commit, that what roles allow has changed.';
CREATE TRIGGER tell_of_permissions AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON roles
  FOR EACH STATEMENT EXECUTE FUNCTION tell_of_permissions();
CREATE TRIGGER tell_of_permissions AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON role_permissions
  FOR EACH STATEMENT EXECUTE FUNCTION tell_of_permissions();
