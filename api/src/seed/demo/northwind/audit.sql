-- A handful of the audit trail: who made, changed and binned what.

INSERT INTO audit_logs (id, organization_id, actor_id, action, resource_type, resource_id, metadata, request_id, created_at)
SELECT pg_temp.demo_id('audit/' || done.number), pg_temp.organization(), pg_temp.demo_id('user/' || done.person), done.action, done.resource_type, pg_temp.demo_id(done.resource),
  done.metadata::jsonb, 'demo-' || lpad(done.number::text, 4, '0'), done.created_at::timestamptz
FROM (VALUES
  (1, 'admin', 'project.create', 'project', 'project/maple-street', '{"after": {"name": "Maple Street Reroof"}}', '2026-09-15 12:00Z'),
  (2, 'admin', 'user.create', 'user', 'user/sso', '{"after": {"email": "sso@northwind.example"}}', '2026-09-14 14:00Z'),
  (3, 'process_manager', 'workflow.create', 'workflow', 'workflow/claim-file', '{"after": {"name": "Storm damage claim file"}}', '2026-09-14 14:00Z'),
  (4, 'insurance_adjuster', 'detection.confirm', 'detection', 'detection/maple-street/2026-09-16/IMG_2041.png/hail', '{"before": {"user_confirmed": false}, "after": {"user_confirmed": true}}', '2026-09-17 10:58Z'),
  (5, 'project_handler', 'assessment.create', 'assessment', 'assessment/claim-4471', '{"after": {"workflow": "Storm damage claim file"}}', '2026-09-24 15:02Z'),
  (6, 'worker', 'assessment.update', 'assessment', 'assessment/claim-4471', '{"before": {"status": "processing"}, "after": {"status": "completed"}}', '2026-09-24 15:03:51Z'),
  (7, 'admin', 'agent_config.delete', 'agent_config', 'agent/haiku', '{"before": {"deleted_at": null}, "after": {"deleted_at": "2026-09-07T07:30:00Z"}}', '2026-09-07 07:30Z'),
  (8, 'admin', 'user.update', 'user', 'user/former', '{"before": {"is_active": true}, "after": {"is_active": false}}', '2026-09-28 12:00Z'),
  (9, 'project_manager', 'project.update', 'project', 'project/school-gym', '{"before": {"status": "active"}, "after": {"status": "completed"}}', '2026-10-05 12:00Z'),
  (10, 'contractor_2', 'photo.delete', 'photo', 'photo/harbor-view/2026-10-27/IMG_1475.png', '{"before": {"deleted_at": null}, "after": {"deleted_at": "2026-10-28T20:13:00Z"}}', '2026-10-28 20:13Z')
) AS done (number, person, action, resource_type, resource, metadata, created_at)
ON CONFLICT DO NOTHING;
