DROP FUNCTION idempotency_keys_drop_expired();
DROP TABLE idempotency_keys;
