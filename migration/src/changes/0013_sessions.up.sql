-- sessions: the role that may look at password hashes, what makes a token worthless before it expires, and how often somebody tried
-- to sign in.

-- Of the gateway's roles the only one that may select a hash, and find an account before it is known whose it is. Roles belong to the
-- cluster: it may be here already.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'session_keeper') THEN
    BEGIN
      CREATE ROLE session_keeper NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database of this cluster was migrated at the same moment
    END;
  END IF;
  IF NOT pg_has_role('fieldgraph_gateway', 'session_keeper', 'MEMBER') THEN
    BEGIN
      GRANT session_keeper TO fieldgraph_gateway;
    EXCEPTION WHEN unique_violation THEN
      NULL;
    END;
  END IF;
END
$$;

ALTER TABLE users ADD COLUMN token_version integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT users_token_version_not_negative CHECK (token_version >= 0);
COMMENT ON COLUMN users.token_version IS 'The `ver` that a token must have; raised when the tokens signed before are worth nothing any more. Kept by the database, it only goes up.';
COMMENT ON COLUMN users.password_hash IS 'argon2id (or a bcrypt hash of an imported user until the next sign-in); null for single sign-on. Of the gateway''s roles session_keeper alone may select it.';
GRANT SELECT (token_version) ON users TO org_admin, org_user;

-- An account is looked for in all organizations, by what somebody typed; it is written to in its own alone.
CREATE POLICY sign_in ON users FOR SELECT TO session_keeper USING (true);
GRANT SELECT (id, organization_id, email, username, auth_provider_id, password_hash, token_version, is_active, deleted_at),
  UPDATE (password_hash, last_login_at, token_version)
  ON users TO session_keeper;
GRANT SELECT (id, is_active, deleted_at) ON organizations TO session_keeper;
GRANT SELECT (organization_id, user_id, role_id) ON user_roles TO session_keeper;
GRANT SELECT (id, name) ON roles TO session_keeper;
GRANT INSERT (id, organization_id, actor_id, action, resource_type, resource_id, metadata, request_id) ON audit_logs TO session_keeper;

ALTER TABLE refresh_tokens ADD COLUMN signed_in_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN used_from text,
  ADD CONSTRAINT refresh_tokens_used_from_format CHECK (used_from ~ '^[0-9a-f]{64}$');
COMMENT ON COLUMN refresh_tokens.used_from IS 'SHA-256 of the network address that exchanged it: who comes again at once from there is hasty, from elsewhere a thief.';
COMMENT ON COLUMN refresh_tokens.signed_in_at IS 'When the family began: it has an end, however often it is refreshed.';
COMMENT ON COLUMN refresh_tokens.revoked_at IS 'When it was ended: by sign-out, by a reuse in the family, by a new password, or with the account.';
-- Nobody else has to do with sessions, no admin either: who could write one could be anybody of the organization.
REVOKE ALL ON refresh_tokens FROM org_admin;
CREATE POLICY sign_in ON refresh_tokens FOR SELECT TO session_keeper USING (true);
CREATE POLICY sweep ON refresh_tokens FOR DELETE TO session_keeper USING (expires_at <= now());
GRANT SELECT, DELETE,
  INSERT (id, organization_id, user_id, token_hash, family_id, signed_in_at, expires_at),
  UPDATE (used_at, used_from, revoked_at)
  ON refresh_tokens TO session_keeper;

-- A hash that is replaced by a better one of the same password ends nothing: who does that says so, for its transaction.
CREATE FUNCTION users_token_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.token_version := OLD.token_version + CASE
    WHEN NEW.token_version > OLD.token_version
      OR OLD.is_active AND NOT NEW.is_active
      OR OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
      OR NEW.password_hash IS DISTINCT FROM OLD.password_hash AND coalesce(current_setting('app.same_password', true), '') <> 'true'
    THEN 1 ELSE 0 END;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION users_token_version() IS 'Makes the tokens worthless of who is deactivated, put in the bin, or has another password.';
CREATE TRIGGER token_version BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION users_token_version();

-- As the owner, who has no tenant where a superuser writes; hence the policies for inside of triggers.
CREATE FUNCTION users_end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE refresh_tokens SET revoked_at = now()
  WHERE organization_id = NEW.organization_id AND user_id = NEW.id AND revoked_at IS NULL AND expires_at > now();
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION users_end_sessions() IS 'Ends the sessions of who is deactivated, put in the bin, or has another password.';
CREATE TRIGGER end_sessions AFTER UPDATE ON users FOR EACH ROW
  WHEN (OLD.is_active AND NOT NEW.is_active
    OR OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
    OR NEW.password_hash IS DISTINCT FROM OLD.password_hash AND coalesce(current_setting('app.same_password', true), '') <> 'true')
  EXECUTE FUNCTION users_end_sessions();
CREATE POLICY standing ON refresh_tokens TO CURRENT_USER USING (pg_trigger_depth() > 0);

-- Whoever got or lost a role has the old ones in their tokens. In the order of the keys: two statements that touch the same people
-- wait for each other instead of deadlocking.
CREATE FUNCTION user_roles_token_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM users WHERE (organization_id, id) IN (SELECT organization_id, user_id FROM changed)
    ORDER BY organization_id, id FOR NO KEY UPDATE;
  UPDATE users SET token_version = token_version + 1
  WHERE (organization_id, id) IN (SELECT organization_id, user_id FROM changed);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION user_roles_token_version() IS 'Makes the tokens worthless of who got or lost a role: the next ones have the new roles.';
CREATE TRIGGER token_version_given AFTER INSERT ON user_roles REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION user_roles_token_version();
CREATE TRIGGER token_version_changed AFTER UPDATE ON user_roles REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION user_roles_token_version();
CREATE TRIGGER token_version_taken AFTER DELETE ON user_roles REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION user_roles_token_version();
CREATE POLICY standing ON users TO CURRENT_USER USING (pg_trigger_depth() > 0);

-- Every gateway listens, and forgets what it remembered of them.
CREATE FUNCTION users_tell_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('fieldgraph_access', format('user %s %s', OLD.organization_id, OLD.id));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION users_tell_standing() IS 'Tells the gateways that a user is not what they were.';
CREATE TRIGGER tell_standing AFTER UPDATE ON users FOR EACH ROW
  WHEN ((NEW.is_active, NEW.deleted_at, NEW.token_version, NEW.auth_provider_id)
    IS DISTINCT FROM (OLD.is_active, OLD.deleted_at, OLD.token_version, OLD.auth_provider_id))
  EXECUTE FUNCTION users_tell_standing();
CREATE TRIGGER tell_gone AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION users_tell_standing();

CREATE FUNCTION organizations_tell_standing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('fieldgraph_access', format('organization %s', OLD.id));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION organizations_tell_standing() IS 'Tells the gateways that an organization is not what it was.';
CREATE TRIGGER tell_standing AFTER UPDATE ON organizations FOR EACH ROW
  WHEN ((NEW.is_active, NEW.deleted_at) IS DISTINCT FROM (OLD.is_active, OLD.deleted_at))
  EXECUTE FUNCTION organizations_tell_standing();
CREATE TRIGGER tell_gone AFTER DELETE ON organizations FOR EACH ROW EXECUTE FUNCTION organizations_tell_standing();

-- No tenant: what is counted is not known to be anybody's. Nor is it said of whom; a hash of an address can be guessed, but not read.
CREATE TABLE sign_in_attempts (
  subject text PRIMARY KEY,
  attempts integer NOT NULL,
  blocked_until timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT sign_in_attempts_subject_format CHECK (subject ~ '^[0-9a-f]{64}$'),
  CONSTRAINT sign_in_attempts_attempts_not_negative CHECK (attempts >= 0)
);
CREATE INDEX sign_in_attempts_expires_at_index ON sign_in_attempts (expires_at);
COMMENT ON INDEX sign_in_attempts_expires_at_index IS 'What is long past is swept.';
COMMENT ON TABLE sign_in_attempts IS 'How often somebody tried to sign in and did not, counted for all gateways together; the count is there before the password is looked at.';
COMMENT ON COLUMN sign_in_attempts.subject IS 'SHA-256 of what is counted: an account, a network address, or both together.';
COMMENT ON COLUMN sign_in_attempts.attempts IS 'Attempts that did not succeed, and those under way.';
COMMENT ON COLUMN sign_in_attempts.blocked_until IS 'No attempt is made before this.';
COMMENT ON COLUMN sign_in_attempts.expires_at IS 'After this it is forgotten.';
CALL keep_common_columns('sign_in_attempts');
GRANT SELECT, DELETE,
  INSERT (subject, attempts, blocked_until, expires_at),
  UPDATE (attempts, blocked_until, expires_at)
  ON sign_in_attempts TO session_keeper;
