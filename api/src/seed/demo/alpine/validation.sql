-- Alpine assesses technical files of medical devices: the workflow, a finished assessment and two that are not, one workflow of old.

INSERT INTO workflows (id, organization_id, created_by, name, description, is_active, created_at, updated_at)
VALUES
  (pg_temp.demo_id('workflow/technical-file'), pg_temp.organization(), pg_temp.demo_id('user/process_manager'), 'Medical device technical file',
   'Technical documentation under Annex II of Regulation (EU) 2017/745, first pass before the experts read it.', true, '2026-09-04 09:00Z', '2026-09-04 09:00Z'),
  (pg_temp.demo_id('workflow/directive'), pg_temp.organization(), pg_temp.demo_id('user/process_manager'), 'Technical file under Directive 93/42/EEC',
   'Kept for files of devices with a certificate of old; no new ones are opened.', false, '2026-09-04 08:40Z', '2026-09-04 08:40Z')
ON CONFLICT DO NOTHING;

INSERT INTO buckets (id, organization_id, workflow_id, name, description, required, position, created_at, updated_at)
SELECT pg_temp.demo_id('bucket/' || bucket.key), pg_temp.organization(), pg_temp.demo_id('workflow/' || bucket.workflow), bucket.name, bucket.description, bucket.required, bucket.position,
  '2026-09-04 09:00Z', '2026-09-04 09:00Z'
FROM (VALUES
  ('description', 'technical-file', 'Device description', 'Intended purpose, classification, Basic UDI-DI, variants.', true, 0),
  ('labelling', 'technical-file', 'Labels and instructions for use', 'In every language of sale.', true, 1),
  ('risk', 'technical-file', 'Risk management file', 'Plan, analysis, report according to ISO 14971.', true, 2),
  ('clinical', 'technical-file', 'Clinical evaluation', 'Plan, report, literature, plan for follow-up.', true, 3),
  ('biological', 'technical-file', 'Biological evaluation', 'Only for parts in contact with the patient or the breathing gas.', false, 4),
  ('file', 'directive', 'Technical file', NULL, true, 0)
) AS bucket (key, workflow, name, description, required, position)
ON CONFLICT DO NOTHING;

INSERT INTO criteria (id, organization_id, workflow_id, name, description, position, applies_to_bucket_ids, created_at, updated_at)
SELECT pg_temp.demo_id('criterion/' || criterion.key), pg_temp.organization(), pg_temp.demo_id('workflow/' || criterion.workflow), criterion.name, criterion.description, criterion.position,
  ARRAY(SELECT pg_temp.demo_id('bucket/' || bucket) FROM unnest(criterion.buckets) AS bucket), '2026-09-04 09:05Z', '2026-09-04 09:05Z'
FROM (VALUES
  ('purpose', 'technical-file', 'The intended purpose is the same in all documents', 'Word for word in the description, the instructions and the clinical evaluation.', 0, '{}'::text[]),
  ('class', 'technical-file', 'The risk class is justified', 'The rule of Annex VIII is named, and why it applies.', 1, ARRAY['description']),
  ('udi', 'technical-file', 'The Basic UDI-DI is stated', NULL, 2, ARRAY['description', 'labelling']),
  ('residual-risks', 'technical-file', 'Residual risks are disclosed to the user', 'Each accepted risk of the report is found in the instructions.', 3, ARRAY['risk', 'labelling']),
  ('literature', 'technical-file', 'The search for literature is reproducible', 'Databases, terms, dates, reasons for exclusion.', 4, ARRAY['clinical']),
  ('materials', 'technical-file', 'Materials tested are the materials sold', 'Revisions agree, or a justification is given.', 5, ARRAY['biological']),
  ('complete', 'directive', 'The file is complete', NULL, 0, '{}')
) AS criterion (key, workflow, name, description, position, buckets)
ON CONFLICT DO NOTHING;

INSERT INTO assessments (id, organization_id, workflow_id, project_id, created_by, status, started_at, completed_at, duration_ms, ai_cost_cents, error_message, created_at, updated_at)
SELECT pg_temp.demo_id('assessment/' || run.key), pg_temp.organization(), pg_temp.demo_id('workflow/technical-file'), pg_temp.demo_id('project/' || run.project), pg_temp.demo_id('user/project_handler'),
  run.status, run.started_at::timestamptz, run.completed_at::timestamptz, run.duration_ms, run.cents, run.error, run.created_at::timestamptz, coalesce(run.completed_at, run.started_at, run.created_at)::timestamptz
FROM (VALUES
  ('mv20-b', 'ventilator', 'processing', '2026-11-18 07:50:06Z', NULL, NULL, NULL, NULL, '2026-11-18 07:50Z'),
  ('mv20-a', 'ventilator', 'completed', '2026-10-06 08:15:03Z', '2026-10-06 08:21:44Z', 401000, 212, NULL, '2026-10-06 08:15Z'),
  ('infutrack', 'pump-plant', 'failed', '2026-09-16 10:00:02Z', '2026-09-16 10:00:40Z', 38000, 6, 'IT-CER-02.pdf is protected by a password', '2026-09-16 10:00Z')
) AS run (key, project, status, started_at, completed_at, duration_ms, cents, error, created_at)
ON CONFLICT DO NOTHING;

INSERT INTO assessment_documents (id, organization_id, audience_id, assessment_id, bucket_id, file_name, storage_key, mime_type, file_size_bytes, created_at, updated_at)
SELECT pg_temp.demo_id('assessment-document/' || paper.assessment || '/' || paper.file_name), pg_temp.organization(), assessment.audience_id, assessment.id, pg_temp.demo_id('bucket/' || paper.bucket),
  paper.file_name, 'assessments/' || paper.assessment || '/' || paper.file_name, 'application/pdf', paper.size, assessment.created_at, assessment.created_at
FROM (VALUES
  ('mv20-a', 'description', 'MV20-DD-001-C.pdf', 2411724), ('mv20-a', 'labelling', 'MV20-IFU-004-C-en.pdf', 5872025), ('mv20-a', 'labelling', 'MV20-LBL-002-C.pdf', 311296),
  ('mv20-a', 'risk', 'MV20-RMF-010-C.pdf', 1887436), ('mv20-a', 'clinical', 'MV20-CER-003-C.pdf', 8178892), ('mv20-a', 'biological', 'MV20-BER-001-D.pdf', 943718),
  ('mv20-b', 'description', 'MV20-DD-001-D.pdf', 2436096), ('mv20-b', 'labelling', 'MV20-IFU-004-D-en.pdf', 5890301),
  ('mv20-b', 'risk', 'MV20-RMF-010-D.pdf', 1912602), ('mv20-b', 'clinical', 'MV20-CER-003-D.pdf', 8201334),
  ('infutrack', 'description', 'IT-TD-01.pdf', 1048576), ('infutrack', 'labelling', 'IT-IFU-01.pdf', 2097152), ('infutrack', 'risk', 'IT-RMF-01.pdf', 917504),
  ('infutrack', 'clinical', 'IT-CER-02.pdf', 3145728)
) AS paper (assessment, bucket, file_name, size)
JOIN assessments assessment ON assessment.organization_id = pg_temp.organization() AND assessment.id = pg_temp.demo_id('assessment/' || paper.assessment)
ON CONFLICT DO NOTHING;

INSERT INTO assessment_results (id, organization_id, audience_id, assessment_id, criterion_id, pass, confidence, evidence_page, evidence_section, evidence_text, reasoning, ai_response_raw, created_at, updated_at)
SELECT pg_temp.demo_id('result/' || answer.assessment || '/' || answer.criterion), pg_temp.organization(), assessment.audience_id, assessment.id, pg_temp.demo_id('criterion/' || answer.criterion),
  answer.pass, answer.confidence, answer.page, answer.section, answer.evidence, answer.reasoning,
  jsonb_build_object('pass', answer.pass, 'confidence', answer.confidence, 'evidence', jsonb_build_object('page', answer.page, 'section', answer.section, 'text_snippet', answer.evidence),
    'model', jsonb_build_object('name', 'conformity-reader-2', 'tokens_used', answer.tokens)),
  assessment.started_at + answer.seconds * interval '1 second', assessment.started_at + answer.seconds * interval '1 second'
FROM (VALUES
  ('mv20-a', 'purpose', false, 'high', 12, '1.2', 'for invasive ventilation of adults and children from 5 kg', 'The clinical evaluation speaks of adults only (page 4). Children are not covered by its data.', 6120, 74),
  ('mv20-a', 'class', true, 'high', 9, '1.1', 'Class IIb, rule 9: active therapeutic device intended to exchange energy in a potentially hazardous way', 'The rule is named and the reasoning is sound.', 3015, 121),
  ('mv20-a', 'udi', true, 'high', 3, '0.4', 'Basic UDI-DI: 9120081MV20K7', 'Stated in the description and printed on the label.', 1460, 150),
  ('mv20-a', 'residual-risks', true, 'medium', 61, '8.3', 'Risk R-27 (auto-triggering by water in the circuit) is accepted with a warning', 'Eleven of eleven accepted risks are in chapter 3 of the instructions; the wording of R-27 differs.', 7344, 233),
  ('mv20-a', 'literature', true, 'medium', 18, '4.2', 'PubMed and Embase, searched on 3 June 2026', 'Terms and dates are given. The number of excluded papers is not explained for Embase.', 5230, 310),
  ('mv20-a', 'materials', false, 'low', 7, '5', 'Leachables were determined with circuit revision C', 'The device is sold with revision D. No justification was found; it may be in an annex that was not handed in.', 4102, 392),
  ('mv20-b', 'class', true, 'high', 9, '1.1', 'Class IIb, rule 9', 'Unchanged against revision C.', 2998, 64)
) AS answer (assessment, criterion, pass, confidence, page, section, evidence, reasoning, tokens, seconds)
JOIN assessments assessment ON assessment.organization_id = pg_temp.organization() AND assessment.id = pg_temp.demo_id('assessment/' || answer.assessment)
ON CONFLICT DO NOTHING;
