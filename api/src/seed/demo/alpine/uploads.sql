-- Alpine's cycles: what the surveyor synced from the two buildings.

INSERT INTO cycles (id, organization_id, project_id, cycle_name, cycle_number, s3_prefix, status, description, metadata, started_at, created_at, updated_at)
SELECT pg_temp.demo_id('cycle/' || cycle.project || '/' || cycle.name), pg_temp.organization(), pg_temp.demo_id('project/' || cycle.project), cycle.name, cycle.number,
  cycle.project || '/' || lower(cycle.name), 'in_progress', cycle.description, '{"surveyor": "E. Moser"}', cycle.started_at::timestamptz, cycle.started_at::timestamptz, cycle.started_at::timestamptz
FROM (VALUES
  ('cleanroom', 'C1', 1, 'Envelope before the repair.', '2026-09-22 07:30Z'),
  ('cleanroom', 'C2', 2, 'Envelope after the repair.', '2026-11-16 08:00Z')
) AS cycle (project, name, number, description, started_at)
ON CONFLICT DO NOTHING;

INSERT INTO sync_sessions (id, organization_id, project_id, cycle_id, user_id, s3_prefix, status, started_at, created_at, updated_at)
SELECT pg_temp.demo_id('session/' || session.key), pg_temp.organization(), pg_temp.demo_id('project/cleanroom'), pg_temp.demo_id('cycle/cleanroom/' || session.cycle), pg_temp.demo_id('user/contractor'),
  'cleanroom/' || lower(session.cycle), 'in_progress', session.started_at::timestamptz, session.started_at::timestamptz, session.started_at::timestamptz
FROM (VALUES
  ('c1', 'C1', '2026-09-22 10:20Z'),
  ('c2', 'C2', '2026-11-16 10:05Z')
) AS session (key, cycle, started_at)
ON CONFLICT DO NOTHING;

INSERT INTO file_uploads (id, organization_id, project_id, session_id, file_path, s3_key, file_size_bytes, checksum, status, uploaded_at, created_at, updated_at)
SELECT pg_temp.demo_id('file/' || file.session || '/' || file.name), pg_temp.organization(), session.project_id, session.id, '/home/elena/survey/' || file.name,
  session.s3_prefix || '/' || file.name, file.size, md5('alpine-' || file.name), file.status, CASE WHEN file.status = 'completed' THEN session.started_at + interval '3 minutes' END,
  session.created_at, session.created_at + interval '3 minutes'
FROM (VALUES
  ('c1', 'IMG_0611.HEIC', 3355443, 'completed'), ('c1', 'IMG_0614.HEIC', 3460300, 'completed'), ('c1', 'thermal-north.tiff', 12582912, 'completed'),
  ('c2', 'DJI_0077.JPG', 8493465, 'completed'), ('c2', 'DJI_0080.JPG', 8441036, 'uploading')
) AS file (session, name, size, status)
JOIN sync_sessions session ON session.organization_id = pg_temp.organization() AND session.id = pg_temp.demo_id('session/' || file.session)
ON CONFLICT DO NOTHING;

UPDATE sync_sessions SET status = 'completed', completed_at = '2026-09-22 10:48Z'
WHERE organization_id = pg_temp.organization() AND id = pg_temp.demo_id('session/c1') AND status = 'in_progress';
UPDATE cycles SET status = 'completed', completed_at = '2026-09-22 11:00Z'
WHERE organization_id = pg_temp.organization() AND id = pg_temp.demo_id('cycle/cleanroom/C1') AND status = 'in_progress';
