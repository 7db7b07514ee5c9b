-- Two organizations of the same shape. In each: `member` works on the project `shared` and not on `closed`, `colleague`
-- the other way round, `outsider` on neither. Every table has a row in each circle that it can have: a project of the
-- member, a project that is not theirs, and no project at all.
CREATE FUNCTION pg_temp.named(VARIADIC name text[]) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT md5(array_to_string(name, '/'))::uuid $$;

DO $$
DECLARE
  tenant text;
  place text;
  organization uuid;
  project uuid;
  person uuid;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['north', 'south'] LOOP
    organization := pg_temp.named(tenant);
    -- The functions behind counters and buckets stand before the wall too, whoever calls them.
    EXECUTE format('SET LOCAL app.organization_id = %L', organization);

    INSERT INTO organizations (id, name, slug) VALUES (organization, initcap(tenant), tenant);
    INSERT INTO users (id, organization_id, email, username, password_hash)
    SELECT pg_temp.named(tenant, name), organization, name || '@' || tenant || '.test', tenant || '.' || name, 'a hash that nobody may read'
    FROM unnest(ARRAY['member', 'colleague', 'outsider', 'admin']) AS name;
    person := pg_temp.named(tenant, 'member');
    INSERT INTO user_roles (organization_id, user_id, role_id)
    SELECT organization, users.id, roles.id FROM users JOIN roles ON roles.name = 'engineer' WHERE users.organization_id = organization;
    INSERT INTO roles (id, organization_id, name) VALUES (pg_temp.named(tenant, 'role'), organization, 'helper');
    INSERT INTO role_permissions (role_id, permission_id) SELECT pg_temp.named(tenant, 'role'), id FROM permissions WHERE name = 'photos:read';
    INSERT INTO audit_logs (organization_id, actor_id, action, resource_type) VALUES (organization, person, 'wrote', 'world');
    INSERT INTO refresh_tokens (organization_id, user_id, token_hash, family_id, expires_at)
    VALUES (organization, person, repeat(tenant, 8), gen_random_uuid(), now() + interval '1 day');
    INSERT INTO idempotency_keys (organization_id, user_id, key, request_hash, expires_at)
    SELECT organization, users.id, 'the same', repeat('a', 64), now() + interval '1 day' FROM users WHERE users.organization_id = organization;
    INSERT INTO query_logs (organization_id, user_id, query_text)
    SELECT organization, users.id, 'Who may see this?' FROM users WHERE users.organization_id = organization;
    INSERT INTO workflows (id, organization_id, created_by, name) VALUES (pg_temp.named(tenant, 'workflow'), organization, person, 'Workflow');
    INSERT INTO buckets (id, organization_id, workflow_id, name)
    VALUES (pg_temp.named(tenant, 'bucket'), organization, pg_temp.named(tenant, 'workflow'), 'Bucket');
    INSERT INTO criteria (id, organization_id, workflow_id, name)
    SELECT pg_temp.named(tenant, 'criterion', name), organization, pg_temp.named(tenant, 'workflow'), name
    FROM unnest(ARRAY['used', 'spare']) AS name;

    FOREACH place IN ARRAY ARRAY['shared', 'closed'] LOOP
      project := pg_temp.named(tenant, place);
      INSERT INTO projects (id, organization_id, name) VALUES (project, organization, initcap(place));
      INSERT INTO project_members (organization_id, project_id, user_id)
      VALUES (organization, project, CASE place WHEN 'shared' THEN person ELSE pg_temp.named(tenant, 'colleague') END);

      INSERT INTO photos (id, organization_id, project_id, user_id, s3_url, s3_key)
      VALUES (pg_temp.named(tenant, place, 'photo'), organization, project, person, 's3://photo', place);
      INSERT INTO detections (id, organization_id, project_id, photo_id, detection_type, results)
      VALUES (pg_temp.named(tenant, place, 'detection'), organization, project, pg_temp.named(tenant, place, 'photo'), 'damage', '{}');
      INSERT INTO tags (organization_id, project_id, photo_id, detection_id, tag)
      VALUES (organization, project, pg_temp.named(tenant, place, 'photo'), pg_temp.named(tenant, place, 'detection'), 'hail');
      INSERT INTO processing_events (organization_id, project_id, photo_id, detection_id, stage)
      VALUES (organization, project, pg_temp.named(tenant, place, 'photo'), pg_temp.named(tenant, place, 'detection'), 'completed');

      INSERT INTO cycles (id, organization_id, project_id, cycle_name, cycle_number, s3_prefix)
      VALUES (pg_temp.named(tenant, place, 'cycle'), organization, project, 'First', 1, 'first/');
      INSERT INTO sync_sessions (id, organization_id, project_id, cycle_id, user_id)
      VALUES (pg_temp.named(tenant, place, 'session'), organization, project, pg_temp.named(tenant, place, 'cycle'), person);
      INSERT INTO file_uploads (organization_id, project_id, session_id, file_path, s3_key, file_size_bytes)
      VALUES (organization, project, pg_temp.named(tenant, place, 'session'), '/site/a.las', 'first/a.las', 10);

      INSERT INTO agent_configs (id, organization_id, project_id, name, agent_type, system_prompt)
      VALUES (pg_temp.named(tenant, place, 'agent'), organization, project, 'Agent', 'doc', 'Answer.');
      -- Of the member, and of somebody else in the same project.
      INSERT INTO conversations (id, organization_id, project_id, user_id, agent_id)
      SELECT pg_temp.named(tenant, place, 'conversation', name), organization, project, pg_temp.named(tenant, name), pg_temp.named(tenant, place, 'agent')
      FROM unnest(ARRAY['member', 'colleague']) AS name;
      INSERT INTO messages (organization_id, project_id, user_id, conversation_id, role, content)
      SELECT organization, project, pg_temp.named(tenant, name), pg_temp.named(tenant, place, 'conversation', name), 'user', 'Hello.'
      FROM unnest(ARRAY['member', 'colleague']) AS name;
    END LOOP;

    FOREACH place IN ARRAY ARRAY['shared', 'closed', 'nowhere'] LOOP
      project := CASE WHEN place <> 'nowhere' THEN pg_temp.named(tenant, place) END;
      INSERT INTO agent_configs (organization_id, project_id, name, agent_type, system_prompt)
      VALUES (organization, project, 'Another agent', 'hr', 'Answer.');
      INSERT INTO assessments (id, organization_id, workflow_id, project_id, created_by)
      VALUES (pg_temp.named(tenant, place, 'assessment'), organization, pg_temp.named(tenant, 'workflow'), project, person);
      INSERT INTO assessment_documents (organization_id, audience_id, assessment_id, bucket_id, file_name, storage_key)
      VALUES (organization, coalesce(project, organization), pg_temp.named(tenant, place, 'assessment'), pg_temp.named(tenant, 'bucket'), 'a.pdf', 'a.pdf');
      INSERT INTO assessment_results (organization_id, audience_id, assessment_id, criterion_id, pass, confidence)
      VALUES (organization, coalesce(project, organization), pg_temp.named(tenant, place, 'assessment'), pg_temp.named(tenant, 'criterion', 'used'), true, 'high');
      INSERT INTO documents (id, organization_id, project_id, uploaded_by, title, file_name, storage_key, file_type)
      VALUES (pg_temp.named(tenant, place, 'document'), organization, project, person, 'Roofs', 'a.txt', 'a.txt', 'txt');
      INSERT INTO document_chunks (organization_id, audience_id, document_id, chunk_index, text, start_char, end_char)
      VALUES (organization, coalesce(project, organization), pg_temp.named(tenant, place, 'document'), 0, 'Roofs', 0, 5);
      INSERT INTO document_permissions (organization_id, audience_id, document_id, user_id, permission_type)
      VALUES (organization, coalesce(project, organization), pg_temp.named(tenant, place, 'document'), person, 'read');
    END LOOP;
  END LOOP;
  -- Open all the same: what closes a document is tested with its grants, the walls around projects here.
  UPDATE documents SET is_restricted = false;
END
$$;
