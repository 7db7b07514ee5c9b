DROP TRIGGER tell_of_permissions ON role_permissions;
DROP TRIGGER tell_of_permissions ON roles;
DROP FUNCTION tell_of_permissions();
DROP TRIGGER keep_refusals_few ON audit_logs;
DROP FUNCTION audit_logs_keep_refusals_few();
DROP TRIGGER refuse_foreign_role ON document_permissions;
DROP TRIGGER refuse_foreign_role ON user_roles;
DROP FUNCTION refuse_foreign_role();
DROP TRIGGER refuse_administrative ON permissions;
DROP FUNCTION permissions_refuse_administrative();
DROP TRIGGER touch_role_of_old ON role_permissions;
DROP TRIGGER touch_role_of_new ON role_permissions;
DROP FUNCTION role_permissions_touch_role();
DROP TRIGGER keep ON role_permissions;
DROP FUNCTION role_permissions_keep();
DROP TRIGGER tell_users ON roles;
DROP FUNCTION roles_tell_users();
DROP TRIGGER refuse_in_use ON roles;
DROP FUNCTION roles_refuse_in_use();
DROP TRIGGER keep_identity ON roles;
DROP FUNCTION roles_keep_identity();

-- There is no place for them any more.
DELETE FROM roles WHERE organization_id IS NOT NULL;

REVOKE INSERT (organization_id, role_id, permission_id), DELETE ON role_permissions FROM org_admin;
DROP POLICY register ON role_permissions;
DROP POLICY built_in ON role_permissions;
DROP POLICY organization ON role_permissions;
ALTER TABLE role_permissions NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY, DROP COLUMN organization_id;

REVOKE INSERT (id, organization_id, name, description), UPDATE (name, description), DELETE ON roles FROM org_admin;
DROP POLICY register ON roles;
DROP POLICY built_in ON roles;
DROP POLICY organization ON roles;
ALTER TABLE roles NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY,
  DROP CONSTRAINT roles_name_key,
  DROP CONSTRAINT roles_organization_fkey,
  DROP COLUMN organization_id,
  ADD CONSTRAINT roles_name_key UNIQUE (name);
COMMENT ON TABLE roles IS 'What a person is in an organization. The same for every tenant; a role leads to permissions.';
COMMENT ON COLUMN roles.name IS 'Name as it stands in a token.';

ALTER TABLE permissions DROP COLUMN is_administrative;

ALTER TABLE document_permissions DROP CONSTRAINT document_permissions_role_fkey;
CREATE FUNCTION role_name(wanted uuid) RETURNS text LANGUAGE sql STABLE AS $$ SELECT name FROM roles WHERE id = wanted $$;
ALTER TABLE document_permissions ALTER COLUMN role_id TYPE text USING role_name(role_id);
ALTER TABLE document_permissions RENAME COLUMN role_id TO role;
DROP FUNCTION role_name(uuid);
ALTER TABLE document_permissions
  ADD CONSTRAINT document_permissions_role_fkey FOREIGN KEY (role) REFERENCES roles (name) ON UPDATE CASCADE ON DELETE CASCADE;
COMMENT ON COLUMN document_permissions.role IS 'Name of the role it is granted to, or null; exactly one of the two.';
