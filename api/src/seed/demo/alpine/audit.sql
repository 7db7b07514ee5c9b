-- A handful of the audit trail: who made, changed and binned what.

INSERT INTO audit_logs (id, organization_id, actor_id, action, resource_type, resource_id, metadata, request_id, created_at)
SELECT pg_temp.demo_id('audit/' || done.number), pg_temp.organization(), pg_temp.demo_id('user/' || done.person), done.action, done.resource_type, pg_temp.demo_id(done.resource),
  done.metadata::jsonb, 'demo-' || lpad(done.number::text, 4, '0'), done.created_at::timestamptz
FROM (VALUES
  (1, 'admin', 'project.create', 'project', 'project/ventilator', '{"after": {"name": "MV-20 Ventilator Technical File"}}', '2026-09-08 07:00Z'),
  (2, 'process_manager', 'workflow.create', 'workflow', 'workflow/technical-file', '{"after": {"name": "Medical device technical file"}}', '2026-09-04 09:00Z'),
  (3, 'project_handler', 'assessment.create', 'assessment', 'assessment/mv20-a', '{"after": {"workflow": "Medical device technical file"}}', '2026-10-06 08:15Z'),
  (4, 'worker', 'assessment.update', 'assessment', 'assessment/mv20-a', '{"before": {"status": "processing"}, "after": {"status": "completed"}}', '2026-10-06 08:21:44Z')
) AS done (number, person, action, resource_type, resource, metadata, created_at)
ON CONFLICT DO NOTHING;
