-- Alpine Conformity: a notified body, its people, and the files and plants it looks at.

INSERT INTO organizations (id, name, slug, description, contact_email, phone, website, subscription_tier, max_users, max_projects, max_storage_gb, created_at, updated_at)
VALUES (pg_temp.organization(), 'Alpine Conformity', 'alpine', 'Conformity assessment of medical devices and of the buildings they are made in.',
  'kanzlei@alpine.example', '+43 512 555 017', 'https://alpine.example', 'enterprise', 200, 50, 500, '2026-09-03 07:00Z', '2026-09-03 07:00Z')
ON CONFLICT DO NOTHING;

INSERT INTO users (id, organization_id, email, username, first_name, last_name, password_hash, is_active, is_email_verified, last_login_at, created_at, updated_at)
SELECT pg_temp.demo_id('user/' || person.key), pg_temp.organization(), person.key || '@alpine.example', 'alpine.' || person.key, person.first_name, person.last_name,
  pg_temp.password_hash(), true, true, person.last_login_at::timestamptz, '2026-09-03 07:10Z', '2026-09-03 07:10Z'
FROM (VALUES
  ('admin', 'Lukas', 'Brunner', '2026-11-18 07:02Z'),
  ('contractor', 'Elena', 'Moser', '2026-11-11 06:45Z'),
  ('process_manager', 'Anna', 'Steiner', '2026-11-17 08:30Z'),
  ('project_handler', 'Jonas', 'Huber', '2026-11-18 07:41Z'),
  ('engineer', 'Mira', 'Kofler', '2026-11-16 09:12Z'),
  ('viewer', 'Peter', 'Egger', '2026-11-05 13:20Z'),
  ('worker', 'Assessment', 'Worker', '2026-11-18 00:00Z')
) AS person (key, first_name, last_name, last_login_at)
ON CONFLICT DO NOTHING;

-- A role of its own: who looks over others' shoulders.
INSERT INTO roles (id, organization_id, name, description, created_at, updated_at)
VALUES (pg_temp.demo_id('role/second_reader'), pg_temp.organization(), 'second_reader', 'Reads a finished assessment once more before the certificate is signed.', '2026-09-03 07:12Z', '2026-09-03 07:12Z')
ON CONFLICT DO NOTHING;

INSERT INTO role_permissions (role_id, permission_id, created_at, updated_at)
SELECT pg_temp.demo_id('role/second_reader'), permission.id, '2026-09-03 07:12Z', '2026-09-03 07:12Z' FROM permissions permission
WHERE permission.name IN ('organization:read', 'projects:read', 'workflows:read', 'assessments:read', 'documents:read')
ON CONFLICT DO NOTHING;

INSERT INTO user_roles (organization_id, user_id, role_id, created_at, updated_at)
SELECT pg_temp.organization(), pg_temp.demo_id('user/' || role.name), role.id, '2026-09-03 07:15Z', '2026-09-03 07:15Z'
FROM roles role
WHERE role.name IN ('admin', 'contractor', 'process_manager', 'project_handler', 'engineer', 'viewer', 'worker')
UNION ALL
VALUES (pg_temp.organization(), pg_temp.demo_id('user/viewer'), pg_temp.demo_id('role/second_reader'), '2026-09-03 07:15Z'::timestamptz, '2026-09-03 07:15Z'::timestamptz)
ON CONFLICT DO NOTHING;

INSERT INTO projects (id, organization_id, name, description, status, manager_id, bucket_name, aws_region, created_at, updated_at)
SELECT pg_temp.demo_id('project/' || file.key), pg_temp.organization(), file.name, file.description, file.status, pg_temp.demo_id('user/' || file.manager),
  'alpine-' || file.key, 'eu-central-1', file.created_at::timestamptz, file.created_at::timestamptz
FROM (VALUES
  ('ventilator', 'MV-20 Ventilator Technical File', 'Class IIb under Regulation (EU) 2017/745. First submission, target certificate in spring.', 'active', 'project_handler', '2026-09-08 07:00Z'),
  ('cleanroom', 'Innsbruck Cleanroom Survey', 'Envelope of an ISO 7 cleanroom: roof, north wall, plant room.', 'active', 'engineer', '2026-09-14 07:00Z'),
  ('pump-plant', 'InfuTrack Pump Plant Audit', 'Yearly surveillance audit of the plant in Bregenz.', 'completed', 'project_handler', '2026-09-07 07:00Z')
) AS file (key, name, description, status, manager, created_at)
ON CONFLICT DO NOTHING;

INSERT INTO project_members (organization_id, project_id, user_id, added_at, created_at, updated_at)
SELECT pg_temp.organization(), pg_temp.demo_id('project/' || team.project), pg_temp.demo_id('user/' || person), team.added_at::timestamptz, team.added_at::timestamptz, team.added_at::timestamptz
FROM (VALUES
  ('ventilator', '2026-09-08 07:05Z', ARRAY['process_manager', 'project_handler', 'engineer', 'viewer', 'worker']),
  ('cleanroom', '2026-09-14 07:05Z', ARRAY['contractor', 'engineer', 'worker']),
  ('pump-plant', '2026-09-07 07:05Z', ARRAY['contractor', 'project_handler', 'worker'])
) AS team (project, added_at, people)
CROSS JOIN unnest(team.people) AS person
ON CONFLICT DO NOTHING;
