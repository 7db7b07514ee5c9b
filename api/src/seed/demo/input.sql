-- What the other files of the demo stand on, for one transaction: its input, and ids that are made of names.
-- {organization} and {slug} are put in by the seed; both are its own.

CREATE TEMPORARY TABLE demo_input (password_hash text NOT NULL, photos jsonb NOT NULL, documents jsonb NOT NULL) ON COMMIT DROP;

CREATE OR REPLACE FUNCTION pg_temp.organization() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT '{organization}'::uuid $$;

CREATE OR REPLACE FUNCTION pg_temp.password_hash() RETURNS text LANGUAGE sql STABLE AS $$ SELECT password_hash FROM demo_input $$;

-- Version 8 of a UUID is free for such use: the same name in the same organization is the same row in every run.
CREATE OR REPLACE FUNCTION pg_temp.demo_id(name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT overlay(overlay(md5('fieldgraph-demo/{slug}/' || name) PLACING '8' FROM 13) PLACING 'a' FROM 17)::uuid
$$;
