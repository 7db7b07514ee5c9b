REVOKE INSERT, DELETE ON project_members FROM org_user;
REVOKE INSERT, UPDATE ON projects FROM org_user;
DO $$
BEGIN
  EXECUTE format('ALTER POLICY membership ON project_members USING (%s)', membership_policy('project_id'));
  EXECUTE format('ALTER POLICY membership ON projects USING (%s)', membership_policy('id'));
END
$$;
DROP VIEW organization_quotas;
DROP FUNCTION user_roles_keep_an_admin() CASCADE;
DROP FUNCTION users_keep_an_admin() CASCADE;
DROP FUNCTION require_another_admin(uuid, uuid);
DROP PROCEDURE keep_quota(name, name, text);
DROP FUNCTION users_count_usage() CASCADE;
DROP FUNCTION projects_count_usage() CASCADE;
DROP FUNCTION photos_count_usage() CASCADE;
DROP FUNCTION documents_count_usage() CASCADE;
DROP FUNCTION assessment_documents_count_usage() CASCADE;
DROP FUNCTION file_uploads_count_usage() CASCADE;
DROP FUNCTION change_usage(uuid, text, bigint);
DROP FUNCTION organizations_begin_usage() CASCADE;
DROP FUNCTION refuse_truncate() CASCADE;
DROP TABLE quota_usages;
DROP FUNCTION quota_usages_guard();
