DROP TABLE sign_in_attempts;

DROP TRIGGER tell_gone ON organizations;
DROP TRIGGER tell_standing ON organizations;
DROP FUNCTION organizations_tell_standing();
DROP TRIGGER tell_gone ON users;
DROP TRIGGER tell_standing ON users;
DROP FUNCTION users_tell_standing();

DROP POLICY standing ON users;
DROP TRIGGER token_version_taken ON user_roles;
DROP TRIGGER token_version_changed ON user_roles;
DROP TRIGGER token_version_given ON user_roles;
DROP FUNCTION user_roles_token_version();
DROP POLICY standing ON refresh_tokens;
DROP TRIGGER end_sessions ON users;
DROP FUNCTION users_end_sessions();
DROP TRIGGER token_version ON users;
DROP FUNCTION users_token_version();

DROP POLICY sweep ON refresh_tokens;
DROP POLICY sign_in ON refresh_tokens;
REVOKE ALL ON refresh_tokens FROM session_keeper;
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_tokens TO org_admin;
COMMENT ON COLUMN refresh_tokens.revoked_at IS 'When it was ended by sign-out, by a reuse in the family or by an admin.';
ALTER TABLE refresh_tokens DROP COLUMN used_from, DROP COLUMN signed_in_at;

REVOKE ALL ON audit_logs, roles, user_roles, organizations, users FROM session_keeper;
DROP POLICY sign_in ON users;
ALTER TABLE users DROP COLUMN token_version;
COMMENT ON COLUMN users.password_hash IS 'argon2id (or a bcrypt hash of an imported user until the next sign-in); null for single sign-on. No role of the gateway may select it.';

-- The role goes with the last database of the cluster that uses it, and stays where it may not be dropped.
DO $$
BEGIN
  DROP ROLE IF EXISTS session_keeper;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege OR object_in_use THEN
  NULL;
END
$$;
