-- An organization to load: ten people, one of each role, twenty projects, and what the rest refers to.
-- {number} counts the organizations from 0.

INSERT INTO organizations (id, name, slug, description, subscription_tier, max_users, max_projects, max_storage_gb, created_at, updated_at)
VALUES (pg_temp.organization(), 'Load ' || lpad(({number} + 1)::text, 2, '0'), 'load-' || lpad(({number} + 1)::text, 2, '0'), 'Made by the bulk seed.', 'enterprise', 1000, 1000, 1000000,
  pg_temp.load_moment(-1440), pg_temp.load_moment(-1440))
ON CONFLICT DO NOTHING;

INSERT INTO users (id, organization_id, email, username, first_name, last_name, is_email_verified, created_at, updated_at)
SELECT pg_temp.load_id('002', {number} + 20 * person), organization.id, 'user-' || person + 1 || '@' || organization.slug || '.example', organization.slug || '.user-' || person + 1,
  'First' || person + 1, 'Last' || {number} + 1, true, organization.created_at, organization.created_at
FROM organizations organization, generate_series(0, 9) AS person
WHERE organization.id = pg_temp.organization()
ON CONFLICT DO NOTHING;

INSERT INTO user_roles (organization_id, user_id, role_id, created_at, updated_at)
SELECT pg_temp.organization(), pg_temp.load_id('002', {number} + 20 * person), role.id, pg_temp.load_moment(-1440), pg_temp.load_moment(-1440)
FROM generate_series(0, 9) AS person
JOIN roles role ON role.name = (ARRAY['admin', 'contractor', 'insurance_adjuster', 'project_manager', 'process_manager', 'project_handler', 'engineer', 'viewer', 'user', 'worker'])[person + 1]
ON CONFLICT DO NOTHING;

INSERT INTO projects (id, organization_id, name, description, status, manager_id, bucket_name, aws_region, created_at, updated_at)
SELECT pg_temp.load_id('003', {number} + 20 * project), pg_temp.organization(), 'Project ' || project + 1, 'Roof and siding survey number ' || {number} + 20 * project,
  (ARRAY['active', 'active', 'active', 'completed', 'archived'])[1 + project % 5], pg_temp.load_id('002', {number} + 60), 'load-' || {number} + 1, 'eu-central-1',
  pg_temp.load_moment(-1440 + project), pg_temp.load_moment(-1440 + project)
FROM generate_series(0, 19) AS project
ON CONFLICT DO NOTHING;

-- Everyone is in every second project, and so in those to which they upload.
INSERT INTO project_members (organization_id, project_id, user_id, added_at, created_at, updated_at)
SELECT pg_temp.organization(), pg_temp.load_id('003', {number} + 20 * project), pg_temp.load_id('002', {number} + 20 * person), pg_temp.load_moment(-1000), pg_temp.load_moment(-1000), pg_temp.load_moment(-1000)
FROM generate_series(0, 19) AS project, generate_series(0, 9) AS person
WHERE (project + person) % 2 = 0
ON CONFLICT DO NOTHING;

INSERT INTO refresh_tokens (id, organization_id, user_id, token_hash, family_id, expires_at, revoked_at, created_at, updated_at)
SELECT pg_temp.load_id('004', {number} + 20 * person), pg_temp.organization(), pg_temp.load_id('002', {number} + 20 * person), md5('load-token-' || {number} + 20 * person), pg_temp.load_id('005', {number} + 20 * person),
  pg_temp.load_moment(0), pg_temp.load_moment(-1), pg_temp.load_moment(-1440), pg_temp.load_moment(-1440)
FROM generate_series(0, 9) AS person
ON CONFLICT DO NOTHING;

INSERT INTO workflows (id, organization_id, created_by, name, description, is_active, created_at, updated_at)
SELECT pg_temp.load_id('020', {number} + 20 * workflow), pg_temp.organization(), pg_temp.load_id('002', {number} + 80), 'Workflow ' || workflow + 1, 'Checks a file.', workflow < 3,
  pg_temp.load_moment(-900 + workflow), pg_temp.load_moment(-900 + workflow)
FROM generate_series(0, 3) AS workflow
ON CONFLICT DO NOTHING;

INSERT INTO buckets (id, organization_id, workflow_id, name, required, position, created_at, updated_at)
SELECT pg_temp.load_id('021', ({number} + 20 * workflow) * 4 + bucket), pg_temp.organization(), pg_temp.load_id('020', {number} + 20 * workflow), 'Bucket ' || bucket + 1, bucket < 2, bucket,
  pg_temp.load_moment(-900), pg_temp.load_moment(-900)
FROM generate_series(0, 3) AS workflow, generate_series(0, 2) AS bucket
ON CONFLICT DO NOTHING;

INSERT INTO criteria (id, organization_id, workflow_id, name, position, applies_to_bucket_ids, created_at, updated_at)
SELECT pg_temp.load_id('022', ({number} + 20 * workflow) * 8 + criterion), pg_temp.organization(), pg_temp.load_id('020', {number} + 20 * workflow), 'Criterion ' || criterion + 1, criterion,
  CASE WHEN criterion < 3 THEN ARRAY[pg_temp.load_id('021', ({number} + 20 * workflow) * 4 + criterion)] ELSE '{}' END, pg_temp.load_moment(-900), pg_temp.load_moment(-900)
FROM generate_series(0, 3) AS workflow, generate_series(0, 4) AS criterion
ON CONFLICT DO NOTHING;

INSERT INTO agent_configs (id, organization_id, name, agent_type, system_prompt, tools, created_at, updated_at)
SELECT pg_temp.load_id('040', {number} + 20 * agent), pg_temp.organization(), 'Agent ' || agent + 1, (ARRAY['rfp', 'jira', 'doc', 'hr', 'finance'])[agent + 1], 'Answer briefly.', '["search_documents"]',
  pg_temp.load_moment(-800 + agent), pg_temp.load_moment(-800 + agent)
FROM generate_series(0, 4) AS agent
ON CONFLICT DO NOTHING;

INSERT INTO cycles (id, organization_id, project_id, cycle_name, cycle_number, s3_prefix, status, started_at, completed_at, created_at, updated_at)
SELECT pg_temp.load_id('050', ({number} + 20 * project) * 16 + cycle), pg_temp.organization(), pg_temp.load_id('003', {number} + 20 * project), 'C' || cycle, cycle, 'project-' || project + 1 || '/c' || cycle,
  (ARRAY['completed', 'completed', 'completed', 'incomplete', 'in_progress', 'pending'])[1 + cycle % 6], pg_temp.load_moment(cycle * 1000), CASE WHEN cycle % 6 < 4 THEN pg_temp.load_moment(cycle * 1000 + 600) END,
  pg_temp.load_moment(cycle * 1000), pg_temp.load_moment(cycle * 1000)
FROM generate_series(0, 19) AS project, generate_series(1, 12) AS cycle
ON CONFLICT DO NOTHING;
