-- Northwind's cycles of data collection in every status, the sessions that synced them, and their files: in the order in which
-- they came to be, for what has ended takes nothing more.

INSERT INTO cycles (id, organization_id, project_id, cycle_name, cycle_number, s3_prefix, status, description, metadata, started_at, created_at, updated_at)
SELECT pg_temp.demo_id('cycle/' || cycle.project || '/' || cycle.name), pg_temp.organization(), pg_temp.demo_id('project/' || cycle.project), cycle.name, cycle.number,
  cycle.project || '/' || lower(cycle.name), CASE WHEN cycle.started_at IS NULL THEN 'pending' ELSE 'in_progress' END, cycle.description, cycle.metadata::jsonb,
  cycle.started_at::timestamptz, cycle.created_at::timestamptz, coalesce(cycle.started_at, cycle.created_at)::timestamptz
FROM (VALUES
  ('harbor-view', 'C1', 1, 'Drone flight over all three blocks, before work.', '{"flights": 3, "pilot": "M. Bell"}', '2026-10-06 13:00Z', '2026-10-05 12:00Z'),
  ('harbor-view', 'C2', 2, 'Second flight; broken off because of gusts.', '{"flights": 1, "pilot": "M. Bell", "gusts_kmh": 46}', '2026-10-27 13:30Z', '2026-10-26 12:00Z'),
  ('harbor-view', 'C3', 3, 'Repeats what C2 missed.', '{"flights": 2, "pilot": "R. Delgado"}', '2026-11-17 14:00Z', '2026-11-13 12:00Z'),
  ('harbor-view', 'C4', 4, 'After repointing, when the scaffold is down.', NULL, NULL, '2026-11-13 12:05Z'),
  ('maple-street', 'C1', 1, 'Slopes of all six houses from the air.', '{"flights": 2, "pilot": "M. Bell"}', '2026-09-29 14:40Z', '2026-09-28 12:00Z')
) AS cycle (project, name, number, description, metadata, started_at, created_at)
ON CONFLICT DO NOTHING;

INSERT INTO sync_sessions (id, organization_id, project_id, cycle_id, user_id, s3_prefix, status, started_at, created_at, updated_at)
SELECT pg_temp.demo_id('session/' || session.key), pg_temp.organization(), pg_temp.demo_id('project/' || session.project), pg_temp.demo_id('cycle/' || session.project || '/' || session.cycle),
  pg_temp.demo_id('user/' || session.person), session.prefix, CASE WHEN session.started_at IS NULL THEN 'pending' ELSE 'in_progress' END, session.started_at::timestamptz,
  session.created_at::timestamptz, session.created_at::timestamptz
FROM (VALUES
  ('hv-c1-a', 'harbor-view', 'C1', 'contractor', 'harbor-view/c1', '2026-10-06 16:00Z', '2026-10-06 15:59Z'),
  ('hv-c1-b', 'harbor-view', 'C1', 'contractor', 'harbor-view/c1', '2026-10-06 17:20Z', '2026-10-06 17:20Z'),
  ('hv-c2-a', 'harbor-view', 'C2', 'contractor', 'harbor-view/c2', '2026-10-27 14:05Z', '2026-10-27 14:05Z'),
  ('hv-c3-a', 'harbor-view', 'C3', 'contractor_2', 'harbor-view/c3', '2026-11-18 13:10Z', '2026-11-18 13:10Z'),
  ('hv-c3-b', 'harbor-view', 'C3', 'contractor_2', 'harbor-view/c3', NULL, '2026-11-18 13:12Z'),
  ('ms-c1-a', 'maple-street', 'C1', 'contractor', 'maple-street/c1', '2026-09-29 15:20Z', '2026-09-29 15:20Z'),
  ('gym-handover', 'school-gym', NULL, NULL, 'school-gym/handover', '2026-10-02 15:00Z', '2026-10-02 15:00Z')
) AS session (key, project, cycle, person, prefix, started_at, created_at)
ON CONFLICT DO NOTHING;

-- The checksum is made of what stands for the content: two files with the same are the same file.
INSERT INTO file_uploads (id, organization_id, project_id, session_id, file_path, s3_key, file_size_bytes, checksum, status, error_message, uploaded_at, is_duplicate, created_at, updated_at)
SELECT pg_temp.demo_id('file/' || file.session || '/' || file.path), pg_temp.organization(), session.project_id, session.id, 'D:\DCIM\' || replace(file.path, '/', '\'),
  session.s3_prefix || '/' || file.path, file.size, CASE WHEN file.content IS NOT NULL THEN md5(file.content) END, file.status, file.error,
  CASE WHEN file.status = 'completed' THEN session.started_at + file.seconds * interval '1 second' END, file.is_duplicate,
  session.created_at + file.seconds * interval '100 milliseconds', session.created_at + file.seconds * interval '1 second'
FROM (VALUES
  ('hv-c1-a', '100MEDIA/DJI_0160.JPG', 8912896, 'hv-0160', 'completed', NULL, 140, false),
  ('hv-c1-a', '100MEDIA/DJI_0163.JPG', 9175040, 'hv-0163', 'completed', NULL, 290, false),
  ('hv-c1-a', '100MEDIA/DJI_0166.JPG', 8808038, 'hv-0166', 'completed', NULL, 445, false),
  ('hv-c1-a', '100MEDIA/DJI_0169.MP4', 734003200, 'hv-0169', 'completed', NULL, 3100, false),
  ('hv-c1-b', '100MEDIA/DJI_0166.JPG', 8808038, 'hv-0166', 'skipped', 'A file with this content was uploaded to the project before.', 4, true),
  ('hv-c1-b', '100MEDIA/DJI_0172.JPG', 9017753, 'hv-0172', 'completed', NULL, 610, false),
  ('hv-c1-b', '100MEDIA/DJI_0175.JPG', 8860467, 'hv-0175', 'completed', NULL, 1200, false),
  ('hv-c2-a', '101MEDIA/DJI_0201.JPG', 9227469, 'hv-0201', 'completed', NULL, 160, false),
  ('hv-c2-a', '101MEDIA/DJI_0204.MP4', 1288490189, NULL, 'failed', 'The connection was lost after 412 MB.', 240, false),
  ('hv-c2-a', '101MEDIA/DJI_0207.JPG', NULL, NULL, 'failed', 'The file is gone from the card.', 800, false),
  ('hv-c3-a', '102MEDIA/DJI_0231.JPG', 9122611, 'hv-0231', 'completed', NULL, 150, false),
  ('hv-c3-a', '102MEDIA/DJI_0234.JPG', 9070182, 'hv-0234', 'uploading', NULL, 160, false),
  ('hv-c3-a', '102MEDIA/DJI_0237.JPG', 8965324, 'hv-0237', 'pending', NULL, 170, false),
  ('hv-c3-a', '102MEDIA/THUMBS.DB', 20480, 'thumbs', 'skipped', 'The file type is not among those of the project.', 171, false),
  ('hv-c3-b', '103MEDIA/DJI_0260.MP4', 681574400, NULL, 'pending', NULL, 1, false),
  ('ms-c1-a', '098MEDIA/DJI_0118.JPG', 8703180, 'ms-0118', 'completed', NULL, 130, false),
  ('ms-c1-a', '098MEDIA/DJI_0121.JPG', 8755609, 'ms-0121', 'completed', NULL, 270, false),
  ('ms-c1-a', '098MEDIA/DJI_0124.JPG', 8912896, 'ms-0124', 'completed', NULL, 400, false),
  ('gym-handover', 'as-built.pdf', 4404019, 'gym-as-built', 'completed', NULL, 60, false),
  ('gym-handover', 'warranty.pdf', 220160, 'gym-warranty', 'completed', NULL, 75, false)
) AS file (session, path, size, content, status, error, seconds, is_duplicate)
JOIN sync_sessions session ON session.organization_id = pg_temp.organization() AND session.id = pg_temp.demo_id('session/' || file.session)
ON CONFLICT DO NOTHING;

UPDATE sync_sessions SET status = ended.status, completed_at = ended.completed_at::timestamptz, error_message = ended.error
FROM (VALUES
  ('hv-c1-a', 'completed', '2026-10-06 16:52Z', NULL),
  ('hv-c1-b', 'completed', '2026-10-06 17:41Z', NULL),
  ('hv-c2-a', 'failed', '2026-10-27 14:19Z', 'The connection was lost and did not come back for ten minutes.'),
  ('ms-c1-a', 'completed', '2026-09-29 15:58Z', NULL),
  ('gym-handover', 'completed', '2026-10-02 15:03Z', NULL)
) AS ended (key, status, completed_at, error)
WHERE sync_sessions.organization_id = pg_temp.organization() AND sync_sessions.id = pg_temp.demo_id('session/' || ended.key) AND sync_sessions.status = 'in_progress';

UPDATE cycles SET status = ended.status, completed_at = ended.completed_at::timestamptz
FROM (VALUES
  ('harbor-view', 'C1', 'completed', '2026-10-06 17:45Z'),
  ('harbor-view', 'C2', 'incomplete', '2026-10-27 14:20Z'),
  ('maple-street', 'C1', 'completed', '2026-09-29 16:10Z')
) AS ended (project, name, status, completed_at)
WHERE cycles.organization_id = pg_temp.organization() AND cycles.id = pg_temp.demo_id('cycle/' || ended.project || '/' || ended.name) AND cycles.status = 'in_progress';
