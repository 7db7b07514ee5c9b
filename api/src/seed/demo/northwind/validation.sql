-- Northwind checks claim files before they go to an insurer: the workflow, one assessment in each status, one workflow of old.

INSERT INTO workflows (id, organization_id, created_by, name, description, is_active, created_at, updated_at)
VALUES
  (pg_temp.demo_id('workflow/claim-file'), pg_temp.organization(), pg_temp.demo_id('user/process_manager'), 'Storm damage claim file',
   'Is the file complete and free of contradictions before the insurer reads it?', true, '2026-09-14 14:00Z', '2026-09-14 14:00Z'),
  (pg_temp.demo_id('workflow/onboarding'), pg_temp.organization(), pg_temp.demo_id('user/process_manager'), 'Subcontractor papers (old)',
   'Insurance and tax papers of subcontractors. Replaced by the portal of the trade association.', false, '2026-09-03 14:30Z', '2026-09-03 14:30Z')
ON CONFLICT DO NOTHING;

INSERT INTO buckets (id, organization_id, workflow_id, name, description, required, position, created_at, updated_at)
SELECT pg_temp.demo_id('bucket/' || bucket.key), pg_temp.organization(), pg_temp.demo_id('workflow/' || bucket.workflow), bucket.name, bucket.description, bucket.required, bucket.position,
  '2026-09-14 14:00Z', '2026-09-14 14:00Z'
FROM (VALUES
  ('claim-form', 'claim-file', 'Claim form', 'The form of the insurer, signed by the owner.', true, 0),
  ('photo-report', 'claim-file', 'Photo report', 'Elevations, slopes, test squares.', true, 1),
  ('estimate', 'claim-file', 'Cost estimate', 'Quantities and prices, a line for each slope.', true, 2),
  ('weather', 'claim-file', 'Weather report', 'Station or radar, for the day of the loss.', false, 3),
  ('insurance', 'onboarding', 'Certificate of insurance', NULL, true, 0)
) AS bucket (key, workflow, name, description, required, position)
ON CONFLICT DO NOTHING;

INSERT INTO criteria (id, organization_id, workflow_id, name, description, position, applies_to_bucket_ids, created_at, updated_at)
SELECT pg_temp.demo_id('criterion/' || criterion.key), pg_temp.organization(), pg_temp.demo_id('workflow/' || criterion.workflow), criterion.name, criterion.description, criterion.position,
  ARRAY(SELECT pg_temp.demo_id('bucket/' || bucket) FROM unnest(criterion.buckets) AS bucket), '2026-09-14 14:05Z', '2026-09-14 14:05Z'
FROM (VALUES
  ('date-of-loss', 'claim-file', 'The day of the loss is stated', 'One date, not a range, and the same on the form and in the weather report.', 0, ARRAY['claim-form', 'weather']),
  ('test-squares', 'claim-file', 'Every slope has a test square', 'Three by three metres, photographed from its middle and from the eaves.', 1, ARRAY['photo-report']),
  ('second-source', 'claim-file', 'The size of the hail has a second source', 'Dents in soft metal, or a weather report.', 2, ARRAY['photo-report', 'weather']),
  ('quantities', 'claim-file', 'Quantities match the photo report', 'Areas differ by five percent at most.', 3, ARRAY['estimate', 'photo-report']),
  ('names-agree', 'claim-file', 'Owner, address and policy number agree everywhere', NULL, 4, '{}'::text[]),
  ('still-valid', 'onboarding', 'The certificate is valid for the whole job', NULL, 0, '{}')
) AS criterion (key, workflow, name, description, position, buckets)
ON CONFLICT DO NOTHING;

INSERT INTO assessments (id, organization_id, workflow_id, project_id, created_by, status, started_at, completed_at, duration_ms, ai_cost_cents, error_message, created_at, updated_at)
SELECT pg_temp.demo_id('assessment/' || run.key), pg_temp.organization(), pg_temp.demo_id('workflow/claim-file'), pg_temp.demo_id('project/' || run.project), pg_temp.demo_id('user/project_handler'),
  run.status, run.started_at::timestamptz, run.completed_at::timestamptz, run.duration_ms, run.cents, run.error, run.created_at::timestamptz, coalesce(run.completed_at, run.started_at, run.created_at)::timestamptz
FROM (VALUES
  ('claim-4471', 'maple-street', 'completed', '2026-09-24 15:02:10Z', '2026-09-24 15:03:51.4Z', 101400, 37, NULL, '2026-09-24 15:02Z'),
  ('claim-4472', 'maple-street', 'processing', '2026-11-18 14:40:05Z', NULL, NULL, NULL, NULL, '2026-11-18 14:40Z'),
  ('claim-4480', 'maple-street', 'pending', NULL, NULL, NULL, NULL, NULL, '2026-11-18 14:44Z'),
  ('claim-4502', 'harbor-view', 'pending', NULL, NULL, NULL, NULL, NULL, '2026-11-19 09:12Z'),
  ('claim-4390', NULL, 'failed', '2026-10-01 13:10:04Z', '2026-10-01 13:10:31Z', 27000, 4, 'estimate-4390.pdf is protected by a password', '2026-10-01 13:10Z')
) AS run (key, project, status, started_at, completed_at, duration_ms, cents, error, created_at)
ON CONFLICT DO NOTHING;

INSERT INTO assessment_documents (id, organization_id, audience_id, assessment_id, bucket_id, file_name, storage_key, mime_type, file_size_bytes, created_at, updated_at)
SELECT pg_temp.demo_id('assessment-document/' || paper.assessment || '/' || paper.file_name), pg_temp.organization(), assessment.audience_id, assessment.id, pg_temp.demo_id('bucket/' || paper.bucket),
  paper.file_name, 'assessments/' || paper.assessment || '/' || paper.file_name, 'application/pdf', paper.size, assessment.created_at, assessment.created_at
FROM (VALUES
  ('claim-4471', 'claim-form', 'claim-form-4471.pdf', 184320), ('claim-4471', 'photo-report', 'photo-report-4471.pdf', 7340032),
  ('claim-4471', 'estimate', 'estimate-4471.pdf', 96256), ('claim-4471', 'weather', 'radar-2026-09-14.pdf', 512000),
  ('claim-4472', 'claim-form', 'claim-form-4472.pdf', 182016), ('claim-4472', 'photo-report', 'photo-report-4472.pdf', 6815744), ('claim-4472', 'estimate', 'estimate-4472.pdf', 90112),
  ('claim-4480', 'claim-form', 'claim-form-4480.pdf', 186880), ('claim-4480', 'photo-report', 'photo-report-4480.pdf', 5242880), ('claim-4480', 'estimate', 'estimate-4480.pdf', 88064),
  ('claim-4502', 'claim-form', 'claim-form-4502.pdf', 188416), ('claim-4502', 'photo-report', 'photo-report-4502.pdf', 4718592), ('claim-4502', 'estimate', 'estimate-4502.pdf', 84992),
  ('claim-4390', 'claim-form', 'claim-form-4390.pdf', 179200), ('claim-4390', 'photo-report', 'photo-report-4390.pdf', 3932160), ('claim-4390', 'estimate', 'estimate-4390.pdf', 81920)
) AS paper (assessment, bucket, file_name, size)
JOIN assessments assessment ON assessment.organization_id = pg_temp.organization() AND assessment.id = pg_temp.demo_id('assessment/' || paper.assessment)
ON CONFLICT DO NOTHING;

INSERT INTO assessment_results (id, organization_id, audience_id, assessment_id, criterion_id, pass, confidence, evidence_page, evidence_section, evidence_text, reasoning, ai_response_raw, created_at, updated_at)
SELECT pg_temp.demo_id('result/' || answer.assessment || '/' || answer.criterion), pg_temp.organization(), assessment.audience_id, assessment.id, pg_temp.demo_id('criterion/' || answer.criterion),
  answer.pass, answer.confidence, answer.page, answer.section, answer.evidence, answer.reasoning,
  jsonb_build_object('pass', answer.pass, 'confidence', answer.confidence, 'evidence', jsonb_build_object('page', answer.page, 'section', answer.section, 'text_snippet', answer.evidence),
    'model', jsonb_build_object('name', 'claims-reader-3', 'tokens_used', answer.tokens)),
  assessment.started_at + answer.seconds * interval '1 second', assessment.started_at + answer.seconds * interval '1 second'
FROM (VALUES
  ('claim-4471', 'date-of-loss', true, 'high', 1, 'Loss', 'Date of loss: September 14, 2026, about 6 pm', 'The form and the radar report name the same day.', 1204, 18),
  ('claim-4471', 'test-squares', true, 'high', 6, 'Test squares', 'South: 14 hits. West: 11 hits. North: 1 hit. East: 3 hits.', 'Four slopes, four squares, two pictures each.', 2310, 41),
  ('claim-4471', 'second-source', true, 'medium', 3, 'Radar', 'Maximum estimated hail size 1.25 in between 17:50 and 18:10', 'Radar estimates agree with the dents in the gutter on page 9 of the photo report.', 1876, 60),
  ('claim-4471', 'quantities', false, 'high', 2, 'Line 4', 'Replace architectural shingles, west slope: 26.4 squares', 'The photo report gives 24.1 squares for the west slope. The difference is 9.5 percent.', 2044, 82),
  ('claim-4471', 'names-agree', false, 'low', 1, 'Policy holder', 'A. Marchetti', 'The estimate says "Anna Marquetti". It may be the same person; the policy number agrees.', 1530, 99),
  ('claim-4472', 'date-of-loss', true, 'high', 1, 'Loss', 'Date of loss: 09/14/2026', 'The form names one day. There is no weather report to compare it with.', 1188, 21)
) AS answer (assessment, criterion, pass, confidence, page, section, evidence, reasoning, tokens, seconds)
JOIN assessments assessment ON assessment.organization_id = pg_temp.organization() AND assessment.id = pg_temp.demo_id('assessment/' || answer.assessment)
ON CONFLICT DO NOTHING;
