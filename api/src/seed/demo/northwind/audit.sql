-- A handful of the audit trail: who made, changed and binned what.

INSERT INTO audit_logs (id, organization_id, actor_id, action, resource_type, resource_id, metadata, request_id, created_at)
SELECT pg_temp.demo_id('audit/' || done.number), pg_temp.organization(), pg_temp.demo_id('user/' || done.person), done.action, done.resource_type, pg_temp.demo_id(done.resource),
  done.metadata::jsonb, 'demo-' || lpad(done.number::text, 4, '0'), done.created_at::timestamptz
FROM (VALUES
  (1, 'admin', 'create', 'projects', 'project/maple-street', '{"name": "Maple Street Reroof"}', '2026-09-15 12:00Z'),
  (2, 'admin', 'create', 'users', 'user/sso', '{"email": "sso@northwind.example"}', '2026-09-14 14:00Z'),
  (3, 'process_manager', 'create', 'workflows', 'workflow/claim-file', '{"name": "Storm damage claim file"}', '2026-09-14 14:00Z'),
  (4, 'insurance_adjuster', 'update', 'detections', 'detection/maple-street/2026-09-16/IMG_2041.png/hail', '{"user_confirmed": [false, true]}', '2026-09-17 10:58Z'),
  (5, 'project_handler', 'create', 'assessments', 'assessment/claim-4471', '{"workflow": "Storm damage claim file"}', '2026-09-24 15:02Z'),
  (6, 'worker', 'update', 'assessments', 'assessment/claim-4471', '{"status": ["processing", "completed"]}', '2026-09-24 15:03:51Z'),
  (7, 'admin', 'delete', 'agent_configs', 'agent/haiku', '{"name": "Roof haiku"}', '2026-09-07 07:30Z'),
  (8, 'admin', 'update', 'users', 'user/former', '{"is_active": [true, false]}', '2026-09-28 12:00Z'),
  (9, 'project_manager', 'update', 'projects', 'project/school-gym', '{"status": ["active", "completed"]}', '2026-10-05 12:00Z'),
  (10, 'contractor_2', 'delete', 'photos', 'photo/harbor-view/2026-10-27/IMG_1475.png', '{"reason": "blurred"}', '2026-10-28 20:13Z')
) AS done (number, person, action, resource_type, resource, metadata, created_at)
ON CONFLICT DO NOTHING;
