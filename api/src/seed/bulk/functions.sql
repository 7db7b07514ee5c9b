-- What the bulk files call things, for one transaction. {organization} is the tenant.

-- Ids as version 7 makes them, so that they come in the order of time as the gateway's do: milliseconds, then the
-- kind of the row and its number instead of chance.
CREATE OR REPLACE FUNCTION pg_temp.load_id(kind text, number bigint, minute bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex(1767225600000 + minute * 60000), 12, '0') || '7' || kind || '8' || lpad(to_hex(number), 15, '0'))::uuid
$$;

-- What was there before the first photo: organizations, people, projects, workflows.
CREATE OR REPLACE FUNCTION pg_temp.load_id(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.load_id(kind, number, -1440)
$$;

CREATE OR REPLACE FUNCTION pg_temp.organization() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT '{organization}'::uuid $$;

-- The moment of a photo: one a minute from the first of January 2026.
CREATE OR REPLACE FUNCTION pg_temp.load_moment(minute bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT to_timestamp(1767225600 + minute * 60)
$$;

-- Forty words that differ from number to number, for the full-text indexes.
CREATE OR REPLACE FUNCTION pg_temp.load_text(number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg((ARRAY['roof', 'hail', 'shingle', 'gutter', 'siding', 'window', 'brick', 'crack', 'slope', 'survey', 'damage', 'measure', 'estimate', 'insurer', 'claim', 'storm',
    'ladder', 'safety', 'harness', 'inspection', 'moisture', 'flashing', 'chimney', 'vent', 'ridge', 'valley', 'underlayment', 'nail', 'warranty', 'granule', 'repair', 'replace',
    'contractor', 'adjuster', 'schedule', 'delivery', 'invoice', 'material', 'volume', 'debris', 'container', 'permit', 'neighbour', 'drone', 'camera', 'battery', 'weather', 'wind',
    'temperature', 'insulation', 'plaster', 'mortar', 'joint', 'lintel', 'parapet', 'drain', 'membrane', 'bitumen', 'seam', 'solar', 'attic', 'rafter', 'batten', 'slate'])
    [1 + (number * 31 + place * (7 + number % 11) + number / 64 * place) % 64], ' ')
  FROM generate_series(1, 40) AS place
$$;

-- 384 numbers of unit length that differ from number to number.
CREATE OR REPLACE FUNCTION pg_temp.load_embedding(number bigint) RETURNS real[] LANGUAGE sql IMMUTABLE AS $$
  SELECT (SELECT array_agg((part / length)::real) FROM unnest(parts) AS part)
  FROM (SELECT array_agg(part) AS parts, sqrt(sum(part * part)) AS length
        FROM (SELECT sin((place * (1 + number % 97))::double precision + number * 0.7071::double precision) AS part FROM generate_series(1, 384) AS place) AS waves) AS summed
$$;
