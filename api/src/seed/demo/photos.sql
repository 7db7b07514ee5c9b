-- The photos that the demo drew, what was detected in them, their labels and how their processing went.

INSERT INTO photos (id, organization_id, project_id, user_id, s3_url, s3_key, file_size_bytes, mime_type, width, height, exif_data, status, uploaded_at, created_at, updated_at, deleted_at)
SELECT pg_temp.demo_id('photo/' || photo.s3_key), pg_temp.organization(), pg_temp.demo_id('project/' || photo.project), pg_temp.demo_id('user/' || photo.uploader),
  photo.s3_url, photo.s3_key, photo.file_size_bytes, 'image/png', photo.width, photo.height, photo.exif_data,
  CASE WHEN photo.uploaded_at IS NULL THEN 'pending' ELSE 'stored' END, photo.uploaded_at, photo.created_at, coalesce(photo.deleted_at, photo.uploaded_at, photo.created_at), photo.deleted_at
FROM demo_input, jsonb_to_recordset(photos) AS photo (project text, uploader text, s3_url text, s3_key text, file_size_bytes bigint, width integer, height integer,
  exif_data jsonb, uploaded_at timestamptz, created_at timestamptz, deleted_at timestamptz)
ON CONFLICT DO NOTHING;

INSERT INTO detections (id, organization_id, project_id, photo_id, detection_type, model_version, results, confidence, processing_time_ms, user_confirmed, user_feedback, confirmed_by, confirmed_at, created_at, updated_at)
SELECT pg_temp.demo_id('detection/' || photo.s3_key || '/' || found.name), pg_temp.organization(), pg_temp.demo_id('project/' || photo.project), pg_temp.demo_id('photo/' || photo.s3_key),
  found.detection_type, found.model_version, found.results, found.confidence, found.processing_time_ms, found.confirmed_by IS NOT NULL, found.user_feedback,
  pg_temp.demo_id('user/' || found.confirmed_by), found.confirmed_at, found.created_at, coalesce(found.confirmed_at, found.created_at)
FROM demo_input, jsonb_to_recordset(photos) AS photo (project text, s3_key text, detections jsonb),
  jsonb_to_recordset(photo.detections) AS found (name text, detection_type text, model_version text, results jsonb, confidence double precision, processing_time_ms integer,
    user_feedback jsonb, confirmed_by text, confirmed_at timestamptz, created_at timestamptz)
ON CONFLICT DO NOTHING;

INSERT INTO tags (id, organization_id, project_id, photo_id, detection_id, tag, source, confidence, created_at, updated_at)
SELECT pg_temp.demo_id('tag/' || photo.s3_key || '/' || label.source || '/' || label.tag), pg_temp.organization(), pg_temp.demo_id('project/' || photo.project), pg_temp.demo_id('photo/' || photo.s3_key),
  pg_temp.demo_id('detection/' || photo.s3_key || '/' || label.detection), label.tag, label.source, label.confidence, label.created_at, label.created_at
FROM demo_input, jsonb_to_recordset(photos) AS photo (project text, s3_key text, tags jsonb),
  jsonb_to_recordset(photo.tags) AS label (detection text, tag text, source text, confidence double precision, created_at timestamptz)
ON CONFLICT DO NOTHING;

INSERT INTO processing_events (id, organization_id, project_id, photo_id, detection_id, stage, model_version, duration_ms, detail, occurred_at, created_at, updated_at)
SELECT pg_temp.demo_id('event/' || photo.s3_key || '/' || event.position), pg_temp.organization(), pg_temp.demo_id('project/' || photo.project), pg_temp.demo_id('photo/' || photo.s3_key),
  pg_temp.demo_id('detection/' || photo.s3_key || '/' || (event.body ->> 'detection')), event.body ->> 'stage', event.body ->> 'model_version', (event.body ->> 'duration_ms')::integer,
  nullif(event.body -> 'detail', 'null'), (event.body ->> 'occurred_at')::timestamptz, (event.body ->> 'occurred_at')::timestamptz, (event.body ->> 'occurred_at')::timestamptz
FROM demo_input, jsonb_to_recordset(photos) AS photo (project text, s3_key text, events jsonb),
  jsonb_array_elements(photo.events) WITH ORDINALITY AS event (body, position)
ON CONFLICT DO NOTHING;
