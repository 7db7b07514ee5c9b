-- Northwind Roofing: the company, a person of every role, its sites and who works on which.

INSERT INTO organizations (id, name, slug, description, contact_email, phone, website, subscription_tier, max_users, max_projects, max_storage_gb, created_at, updated_at)
VALUES (pg_temp.organization(), 'Northwind Roofing', 'northwind', 'Roofs and facades in Cuyahoga County since 1987. Storm damage surveys, repairs and full replacements.',
  'office@northwind.example', '+1 216 555 0142', 'https://northwind.example', 'professional', 50, 20, 250, '2026-09-01 13:00Z', '2026-09-01 13:00Z')
ON CONFLICT DO NOTHING;

INSERT INTO users (id, organization_id, email, username, first_name, last_name, password_hash, auth_provider_id, is_active, is_email_verified, last_login_at, created_at, updated_at)
SELECT pg_temp.demo_id('user/' || person.key), pg_temp.organization(), person.key || '@northwind.example', 'northwind.' || person.key, person.first_name, person.last_name,
  CASE WHEN person.auth_provider_id IS NULL THEN pg_temp.password_hash() END, person.auth_provider_id, person.is_active, true,
  person.last_login_at::timestamptz, person.created_at::timestamptz, person.created_at::timestamptz
FROM (VALUES
  ('admin', 'Dana', 'Whitfield', NULL, true, '2026-11-18 13:05Z', '2026-09-01 13:00Z'),
  ('contractor', 'Marcus', 'Bell', NULL, true, '2026-11-17 11:52Z', '2026-09-01 13:20Z'),
  ('contractor_2', 'Rosa', 'Delgado', NULL, true, '2026-11-12 12:14Z', '2026-09-01 13:21Z'),
  ('insurance_adjuster', 'Priya', 'Raman', NULL, true, '2026-11-16 15:40Z', '2026-09-02 14:00Z'),
  ('project_manager', 'Helen', 'Osei', NULL, true, '2026-11-18 12:31Z', '2026-09-01 13:24Z'),
  ('process_manager', 'Tomasz', 'Nowak', NULL, true, '2026-11-10 14:02Z', '2026-09-03 14:10Z'),
  ('project_handler', 'Grace', 'Lindqvist', NULL, true, '2026-11-17 16:26Z', '2026-09-03 14:12Z'),
  ('engineer', 'Samuel', 'Ortega', NULL, true, '2026-11-13 13:47Z', '2026-09-02 14:05Z'),
  ('viewer', 'Ingrid', 'Hale', NULL, true, '2026-11-09 18:20Z', '2026-09-07 15:00Z'),
  ('user', 'Leo', 'Fontaine', NULL, true, '2026-11-17 13:33Z', '2026-09-07 15:02Z'),
  ('worker', 'Detection', 'Worker', NULL, true, '2026-11-18 00:00Z', '2026-09-01 13:30Z'),
  ('former', 'Walter', 'Finch', NULL, false, '2026-09-25 20:11Z', '2026-09-01 13:22Z'),
  ('sso', 'Naomi', 'Adler', 'okta|00u8b2northwind', true, '2026-11-18 14:48Z', '2026-09-14 14:00Z')
) AS person (key, first_name, last_name, auth_provider_id, is_active, last_login_at, created_at)
ON CONFLICT DO NOTHING;

-- A role of its own: what a contractor does, and the reading that a survey needs.
INSERT INTO roles (id, organization_id, name, description, created_at, updated_at)
VALUES (pg_temp.demo_id('role/surveyor'), pg_temp.organization(), 'surveyor', 'Surveys roofs after storms: takes photos, judges what was detected, reads the field guides.', '2026-09-07 15:05Z', '2026-09-07 15:05Z')
ON CONFLICT DO NOTHING;

INSERT INTO role_permissions (role_id, permission_id, created_at, updated_at)
SELECT pg_temp.demo_id('role/surveyor'), permission.id, '2026-09-07 15:05Z', '2026-09-07 15:05Z' FROM permissions permission
WHERE permission.name IN ('organization:read', 'projects:read', 'photos:read', 'photos:write', 'detections:confirm', 'documents:read')
ON CONFLICT DO NOTHING;

INSERT INTO user_roles (organization_id, user_id, role_id, created_at, updated_at)
SELECT pg_temp.organization(), pg_temp.demo_id('user/' || given.person), role.id, '2026-09-07 15:10Z', '2026-09-07 15:10Z'
FROM (VALUES
  ('admin', 'admin'), ('contractor', 'contractor'), ('contractor_2', 'contractor'), ('insurance_adjuster', 'insurance_adjuster'),
  ('project_manager', 'project_manager'), ('process_manager', 'process_manager'), ('project_handler', 'project_handler'),
  ('engineer', 'engineer'), ('viewer', 'viewer'), ('user', 'user'), ('worker', 'worker'), ('former', 'contractor'),
  ('sso', 'engineer'), ('sso', 'project_handler'), ('contractor_2', 'surveyor')
) AS given (person, role)
JOIN roles role ON role.name = given.role AND (role.organization_id IS NULL OR role.organization_id = pg_temp.organization())
ON CONFLICT DO NOTHING;

INSERT INTO projects (id, organization_id, name, description, status, manager_id, bucket_name, aws_region, created_at, updated_at)
SELECT pg_temp.demo_id('project/' || site.key), pg_temp.organization(), site.name, site.description, site.status, pg_temp.demo_id('user/' || site.manager),
  'northwind-' || site.key, 'us-east-2', site.created_at::timestamptz, site.created_at::timestamptz
FROM (VALUES
  ('maple-street', 'Maple Street Reroof', 'Hail of 14 September on a row of six houses: survey every slope, agree the scope with the insurer, replace.', 'active', 'project_manager', '2026-09-15 12:00Z'),
  ('harbor-view', 'Harbor View Apartments', 'Three blocks by the lake. Cracked brickwork on the north side, flat roofs from 1998, tenants stay in.', 'active', 'project_manager', '2026-09-21 12:30Z'),
  ('library-bid', 'Municipal Library Bid', 'Answer to RFP 2026-118: a slate roof of 2,400 square metres on a listed building.', 'active', 'sso', '2026-10-19 13:00Z'),
  ('school-gym', 'St. Anne School Gymnasium', 'Standing seam metal over the old deck. Handed over before the autumn break.', 'completed', 'project_manager', '2026-09-02 12:00Z'),
  ('cedar-barn', 'Cedar Hollow Barn', 'Survey only: the owner sold the land and the job was closed.', 'archived', 'contractor_2', '2026-09-04 12:00Z')
) AS site (key, name, description, status, manager, created_at)
ON CONFLICT DO NOTHING;

INSERT INTO project_members (organization_id, project_id, user_id, added_at, created_at, updated_at)
SELECT pg_temp.organization(), pg_temp.demo_id('project/' || team.project), pg_temp.demo_id('user/' || person), team.added_at::timestamptz, team.added_at::timestamptz, team.added_at::timestamptz
FROM (VALUES
  ('maple-street', '2026-09-15 12:05Z', ARRAY['project_manager', 'contractor', 'insurance_adjuster', 'project_handler', 'viewer', 'user', 'worker']),
  ('harbor-view', '2026-09-21 12:35Z', ARRAY['project_manager', 'contractor', 'contractor_2', 'insurance_adjuster', 'process_manager', 'engineer', 'worker']),
  ('library-bid', '2026-10-19 13:05Z', ARRAY['project_manager', 'project_handler', 'engineer', 'user', 'sso', 'worker']),
  ('school-gym', '2026-09-02 12:05Z', ARRAY['project_manager', 'contractor_2', 'former', 'engineer', 'worker']),
  ('cedar-barn', '2026-09-04 12:05Z', ARRAY['contractor_2', 'worker'])
) AS team (project, added_at, people)
CROSS JOIN unnest(team.people) AS person
ON CONFLICT DO NOTHING;
