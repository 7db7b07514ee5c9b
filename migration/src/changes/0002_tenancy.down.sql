DROP TABLE refresh_tokens, audit_logs, project_members, projects, user_roles, role_permissions, permissions, roles, users, organizations;
