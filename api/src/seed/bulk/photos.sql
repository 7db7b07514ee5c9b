-- Photos {first} to {last} of organization {number}, with detections, tags and processing events. Photo i of an organization
-- is photo 20 * i + {number} of all; everything about it follows from that number.

INSERT INTO photos (id, organization_id, project_id, user_id, s3_url, s3_key, file_size_bytes, mime_type, width, height, exif_data, status, uploaded_at, created_at, updated_at)
SELECT pg_temp.load_id('010', photo, photo), pg_temp.organization(), pg_temp.load_id('003', photo % 400), pg_temp.load_id('002', photo % 200),
  's3://fieldgraph-load/photos/' || photo || '.jpg', 'photos/' || photo || '.jpg', 1000000 + (photo * 7919) % 4000000, 'image/jpeg', 4032, 3024,
  jsonb_build_object('Make', 'Apple', 'Model', 'iPhone ' || 10 + photo % 6, 'GPSLatitude', 40 + (photo % 1000) / 1000.0, 'GPSLongitude', -74 - (photo % 777) / 777.0),
  'stored', pg_temp.load_moment(photo), pg_temp.load_moment(photo), pg_temp.load_moment(photo)
FROM (SELECT i * 20 + {number} AS photo FROM generate_series({first}::bigint, {last}::bigint) AS i) AS counted
ON CONFLICT DO NOTHING;

INSERT INTO detections (id, organization_id, project_id, photo_id, detection_type, model_version, results, confidence, processing_time_ms, user_confirmed, confirmed_by, confirmed_at, created_at, updated_at)
SELECT pg_temp.load_id('011', photo * 5 + k, photo), pg_temp.organization(), pg_temp.load_id('003', photo % 400), pg_temp.load_id('010', photo, photo),
  (ARRAY['damage', 'material', 'volume'])[1 + k % 3], 'model-' || 1 + photo % 4,
  jsonb_build_object('label', 'hail', 'boxes', jsonb_build_array(jsonb_build_array(10 + k, 20, 110 + k, 220))),
  ((photo * 31 + k * 17) % 1000) / 1000.0, 20 + (photo * 13 + k) % 400, (photo + k) % 4 = 0,
  CASE WHEN (photo + k) % 4 = 0 THEN pg_temp.load_id('002', {number} + 40) END, CASE WHEN (photo + k) % 4 = 0 THEN pg_temp.load_moment(photo + 600) END,
  pg_temp.load_moment(photo) + k * interval '1 second', pg_temp.load_moment(photo) + k * interval '1 second'
FROM (SELECT i * 20 + {number} AS photo FROM generate_series({first}::bigint, {last}::bigint) AS i) AS counted, LATERAL generate_series(1, 1 + photo % 5) AS k
ON CONFLICT DO NOTHING;

INSERT INTO tags (id, organization_id, project_id, photo_id, detection_id, tag, source, confidence, created_at, updated_at)
SELECT pg_temp.load_id('012', photo * 8 + k, photo), pg_temp.organization(), pg_temp.load_id('003', photo % 400), pg_temp.load_id('010', photo, photo),
  CASE WHEN k <= 2 THEN pg_temp.load_id('011', photo * 5 + 1, photo) END, (ARRAY['roof', 'hail', 'shingle', 'gutter', 'siding', 'window', 'brick', 'crack'])[1 + (photo + k) % 8],
  CASE WHEN k <= 2 THEN 'ai' ELSE 'user' END, CASE WHEN k <= 2 THEN ((photo * 7 + k * 3) % 100) / 100.0 END,
  pg_temp.load_moment(photo) + k * interval '1 second', pg_temp.load_moment(photo) + k * interval '1 second'
FROM (SELECT i * 20 + {number} AS photo FROM generate_series({first}::bigint, {last}::bigint) AS i) AS counted, LATERAL generate_series(1, 2 + photo % 5) AS k
ON CONFLICT DO NOTHING;

INSERT INTO processing_events (id, organization_id, project_id, photo_id, detection_id, stage, model_version, duration_ms, occurred_at, created_at, updated_at)
SELECT pg_temp.load_id('013', photo * 2 + k, photo), pg_temp.organization(), pg_temp.load_id('003', photo % 400), pg_temp.load_id('010', photo, photo),
  CASE WHEN k = 1 AND photo % 25 > 0 THEN pg_temp.load_id('011', photo * 5 + 1, photo) END,
  CASE WHEN k = 0 THEN 'started' WHEN photo % 25 = 0 THEN 'failed' ELSE 'completed' END, 'model-' || 1 + photo % 4, CASE WHEN k = 1 THEN (20 + (photo * 13) % 400)::integer END,
  pg_temp.load_moment(photo) + k * interval '1 second', pg_temp.load_moment(photo) + k * interval '1 second', pg_temp.load_moment(photo) + k * interval '1 second'
FROM (SELECT i * 20 + {number} AS photo FROM generate_series({first}::bigint, {last}::bigint) AS i) AS counted, generate_series(0, 1) AS k
ON CONFLICT DO NOTHING;
