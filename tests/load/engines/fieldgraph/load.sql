-- The data set's rows in Fieldgraph's tables: the same ids, the same moments. As a superuser, before whom no wall stands; the
-- tables belong to fieldgraph_owner, before whom they do.
BEGIN;
SET LOCAL search_path = fieldgraph;
GRANT USAGE ON SCHEMA fieldgraph TO org_admin, org_user, session_keeper;

-- Functions that run with rights or a path of their own look into the schema `public`, where a real installation is.
SELECT format('ALTER ROUTINE %s SET search_path = pg_catalog, fieldgraph, pg_temp', routine.oid::regprocedure)
FROM pg_proc routine
WHERE routine.pronamespace = 'fieldgraph'::regnamespace AND 'search_path=pg_catalog, public, pg_temp' = ANY (routine.proconfig) \gexec

-- Quotas are kept, and none shall be in the way.
INSERT INTO organizations (id, name, slug, max_users, max_projects, max_storage_gb, created_at, updated_at)
SELECT id, name, lower(replace(name, ' ', '-')), 1000000, 1000000, 1000000, created_at, created_at FROM public.organizations;

INSERT INTO users (id, organization_id, email, username, first_name, last_name, created_at, updated_at)
SELECT id, organization_id, email, email, first_name, last_name, created_at, created_at FROM public.users;

-- The data set's roles are all built in.
INSERT INTO user_roles (organization_id, user_id, role_id, created_at)
SELECT them.organization_id, them.id, roles.id, them.created_at FROM public.users them JOIN roles ON roles.name = them.role;

-- The comparison's tokens are project managers': members of projects, not the admin who sees all. They record what a model
-- saw, too, as an organization may decide that they do.
INSERT INTO role_permissions (role_id, permission_id)
SELECT roles.id, permissions.id FROM roles, permissions
WHERE roles.name = 'project_manager' AND permissions.name = 'detections:record';

INSERT INTO projects (id, organization_id, name, description, status, created_at, updated_at)
SELECT id, organization_id, name, description, status, created_at, created_at FROM public.projects;

-- Everybody is on every project of the organization: the wall is asked for each row, and hides none that the answer needs.
INSERT INTO project_members (organization_id, project_id, user_id)
SELECT projects.organization_id, projects.id, users.id FROM projects JOIN users USING (organization_id);

INSERT INTO photos (id, organization_id, project_id, user_id, s3_url, s3_key, file_size_bytes, mime_type, width, height, exif_data,
                    status, uploaded_at, created_at, updated_at)
SELECT id, organization_id, project_id, user_id, s3_url, s3_key, file_size_bytes, mime_type, width, height, exif_data,
       'stored', created_at, created_at, created_at FROM public.photos;

INSERT INTO detections (id, organization_id, project_id, photo_id, detection_type, model_version, results, confidence,
                        processing_time_ms, user_confirmed, created_at, updated_at)
SELECT seen.id, seen.organization_id, photos.project_id, seen.photo_id, seen.detection_type, seen.model_version, seen.results,
       seen.confidence, seen.processing_time_ms, seen.user_confirmed, seen.created_at, seen.created_at
FROM public.detections seen JOIN public.photos ON photos.id = seen.photo_id
WHERE seen.model_version IS DISTINCT FROM 'bench';

INSERT INTO tags (id, organization_id, project_id, photo_id, detection_id, tag, source, confidence, created_at, updated_at)
SELECT label.id, label.organization_id, photos.project_id, label.photo_id, label.detection_id, label.tag, label.source, label.confidence,
       label.created_at, label.created_at
FROM public.tags label JOIN public.photos ON photos.id = label.photo_id LEFT JOIN public.detections seen ON seen.id = label.detection_id
WHERE seen.model_version IS DISTINCT FROM 'bench';

-- The write workload sets the same two labels on the same photos again and again, on a new detection each time. A photo has a label
-- once by each source, so that the second time would write less than the first: here it may have it once by each detection.
ALTER TABLE tags DROP CONSTRAINT tags_photo_tag_source_key,
  ADD CONSTRAINT tags_photo_tag_source_key UNIQUE NULLS NOT DISTINCT (organization_id, photo_id, tag, source, detection_id);
COMMIT;
VACUUM (ANALYZE) fieldgraph.organizations, fieldgraph.users, fieldgraph.user_roles, fieldgraph.projects, fieldgraph.project_members,
  fieldgraph.photos, fieldgraph.detections, fieldgraph.tags;
