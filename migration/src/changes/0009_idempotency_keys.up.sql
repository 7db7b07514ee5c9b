-- idempotency_keys: which mutations were carried out under a client's Idempotency-Key, and what was answered.

CREATE TABLE idempotency_keys (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  answer text,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT idempotency_keys_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT idempotency_keys_key_key UNIQUE (organization_id, user_id, key),
  CONSTRAINT idempotency_keys_key_length CHECK (char_length(key) BETWEEN 1 AND 255),
  CONSTRAINT idempotency_keys_request_hash_format CHECK (request_hash ~ '^[0-9a-f]{64}$'),
  CONSTRAINT idempotency_keys_answer_length CHECK (char_length(answer) BETWEEN 1 AND 1048576)
);
CREATE INDEX idempotency_keys_expires_at_index ON idempotency_keys (organization_id, user_id, expires_at);
COMMENT ON INDEX idempotency_keys_expires_at_index IS 'A user''s expired keys are swept when an answer of theirs is kept.';
COMMENT ON TABLE idempotency_keys IS 'Requests that were carried out under an Idempotency-Key: written in the transaction of their first change, so that a retry changes nothing again.';
COMMENT ON COLUMN idempotency_keys.user_id IS 'Whose key; nobody else sees it, no admin either.';
COMMENT ON COLUMN idempotency_keys.key IS 'As the client sent it.';
COMMENT ON COLUMN idempotency_keys.request_hash IS 'SHA-256 of document, operation name and variables: the key with another request is refused.';
COMMENT ON COLUMN idempotency_keys.answer IS 'Body of the answer, to the byte, which jsonb would not keep; null until it is kept, and for ever where it was lost or is too long.';
COMMENT ON COLUMN idempotency_keys.expires_at IS 'After this the key is as good as new.';
CALL make_tenant_table('idempotency_keys');
-- An answer holds whatever its user could read: that is nobody else's, whatever their role.
CREATE POLICY caller ON idempotency_keys AS RESTRICTIVE TO org_admin, org_user
  USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
GRANT SELECT, DELETE,
  INSERT (id, organization_id, user_id, key, request_hash, expires_at),
  UPDATE (request_hash, answer, expires_at)
  ON idempotency_keys TO org_admin, org_user;

-- For the keys of users who never come back. Tenant by tenant, because the wall stands before the owner too.
CREATE FUNCTION idempotency_keys_drop_expired() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  tenant uuid;
  before text := current_setting('app.organization_id', true);
  swept bigint;
  dropped bigint := 0;
BEGIN
  FOR tenant IN SELECT id FROM organizations LOOP
    PERFORM set_config('app.organization_id', tenant::text, true);
    DELETE FROM idempotency_keys WHERE organization_id = tenant AND expires_at <= now();
    GET DIAGNOSTICS swept = ROW_COUNT;
    dropped := dropped + swept;
  END LOOP;
  PERFORM set_config('app.organization_id', coalesce(before, ''), true);
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION idempotency_keys_drop_expired() IS 'Deletes expired keys over all organizations; answers how many there were.';
