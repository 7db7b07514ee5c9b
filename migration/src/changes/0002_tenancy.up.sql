-- tenancy: organizations, their people, roles and projects, and the audit trail of everything.

CREATE TABLE organizations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  slug text NOT NULL,
  description text,
  contact_email text,
  phone text,
  website text,
  subscription_tier text NOT NULL DEFAULT 'trial',
  is_active boolean NOT NULL DEFAULT true,
  max_users integer NOT NULL DEFAULT 50,
  max_projects integer NOT NULL DEFAULT 10,
  max_storage_gb integer NOT NULL DEFAULT 100,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT organizations_name_key UNIQUE (name),
  CONSTRAINT organizations_slug_key UNIQUE (slug),
  CONSTRAINT organizations_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT organizations_slug_format CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(slug) <= 50),
  CONSTRAINT organizations_subscription_tier_known CHECK (subscription_tier IN ('trial', 'professional', 'enterprise')),
  CONSTRAINT organizations_max_users_positive CHECK (max_users > 0),
  CONSTRAINT organizations_max_projects_positive CHECK (max_projects > 0),
  CONSTRAINT organizations_max_storage_gb_positive CHECK (max_storage_gb > 0)
);
CREATE INDEX organizations_is_active_index ON organizations (is_active);
COMMENT ON INDEX organizations_is_active_index IS 'Operators list the active organizations.';
COMMENT ON TABLE organizations IS 'The tenants: companies, notified bodies, customers. Deleting one deletes everything of it.';
COMMENT ON COLUMN organizations.name IS 'Name people know it by.';
COMMENT ON COLUMN organizations.slug IS 'Short code for command lines and addresses.';
COMMENT ON COLUMN organizations.description IS 'What the organization does, in its own words.';
COMMENT ON COLUMN organizations.contact_email IS 'Where to write to.';
COMMENT ON COLUMN organizations.phone IS 'Where to call.';
COMMENT ON COLUMN organizations.website IS 'Its own site.';
COMMENT ON COLUMN organizations.subscription_tier IS 'What it pays for: trial, professional or enterprise.';
COMMENT ON COLUMN organizations.is_active IS 'Whether its people may work; false blocks them without deleting anything.';
COMMENT ON COLUMN organizations.max_users IS 'Quota: active users.';
COMMENT ON COLUMN organizations.max_projects IS 'Quota: projects not deleted.';
COMMENT ON COLUMN organizations.max_storage_gb IS 'Quota: gigabytes of stored objects.';
CALL make_tenant_table('organizations', tenant => 'id');
-- The owner keeps the register of organizations: it makes them, and finds one by its slug.
CREATE POLICY register ON organizations TO CURRENT_USER USING (true);
GRANT SELECT, UPDATE (name, description, contact_email, phone, website) ON organizations TO org_admin;
GRANT SELECT ON organizations TO org_user;

CREATE TABLE users (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  email text NOT NULL,
  username text NOT NULL,
  first_name text,
  last_name text,
  password_hash text,
  auth_provider_id text,
  is_active boolean NOT NULL DEFAULT true,
  is_email_verified boolean NOT NULL DEFAULT false,
  last_login_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CONSTRAINT users_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT users_username_key UNIQUE (username),
  CONSTRAINT users_auth_provider_id_key UNIQUE (auth_provider_id),
  CONSTRAINT users_email_format CHECK (email ~ '^[^@\s]+@[^@\s]+$' AND char_length(email) <= 255),
  CONSTRAINT users_username_length CHECK (char_length(username) BETWEEN 1 AND 100),
  CONSTRAINT users_first_name_length CHECK (char_length(first_name) BETWEEN 1 AND 100),
  CONSTRAINT users_last_name_length CHECK (char_length(last_name) BETWEEN 1 AND 100)
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_newest_index ON users (organization_id, created_at DESC, id DESC);
CREATE INDEX users_is_active_index ON users (organization_id, is_active, created_at DESC, id DESC);
COMMENT ON INDEX users_email_key IS 'One account an address, whatever its case; sign-in finds the account by it.';
COMMENT ON INDEX users_newest_index IS 'The list of users in its default order.';
COMMENT ON INDEX users_is_active_index IS 'The active users, newest first; the user quota counts them.';
COMMENT ON TABLE users IS 'People (and AI workers) with an account. Their full name is derived, their roles are in user_roles.';
COMMENT ON COLUMN users.email IS 'Address, unique whatever its case.';
COMMENT ON COLUMN users.username IS 'Name for signing in.';
COMMENT ON COLUMN users.first_name IS 'Given name.';
COMMENT ON COLUMN users.last_name IS 'Family name.';
COMMENT ON COLUMN users.password_hash IS 'argon2id (or a bcrypt hash of an imported user until the next sign-in); null for single sign-on. No role of the gateway may select it.';
COMMENT ON COLUMN users.auth_provider_id IS 'The subject by which an external identity provider knows the user.';
COMMENT ON COLUMN users.is_active IS 'False for who has left: may not sign in, keeps what they made.';
COMMENT ON COLUMN users.is_email_verified IS 'Whether the address was shown to be theirs.';
COMMENT ON COLUMN users.last_login_at IS 'When they last signed in.';
CALL make_tenant_table('users');
-- Every column but password_hash may be read: a gateway that is tricked has no hash to give.
GRANT SELECT (id, organization_id, email, username, first_name, last_name, auth_provider_id, is_active, is_email_verified,
  last_login_at, created_at, updated_at, deleted_at) ON users TO org_admin, org_user;
GRANT INSERT, UPDATE ON users TO org_admin;

CREATE TABLE roles (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  description text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT roles_name_key UNIQUE (name),
  CONSTRAINT roles_name_length CHECK (char_length(name) BETWEEN 1 AND 100)
);
COMMENT ON TABLE roles IS 'What a person is in an organization. The same for every tenant; a role leads to permissions.';
COMMENT ON COLUMN roles.name IS 'Name as it stands in a token.';
COMMENT ON COLUMN roles.description IS 'Who has this role.';
CALL keep_common_columns('roles');
GRANT SELECT ON roles TO org_admin, org_user;

CREATE TABLE permissions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL,
  description text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT permissions_name_key UNIQUE (name),
  CONSTRAINT permissions_name_format CHECK (name ~ '^[a-z]+:[a-z]+$' AND char_length(name) <= 100)
);
COMMENT ON TABLE permissions IS 'What a role may do: subject and verb.';
COMMENT ON COLUMN permissions.name IS 'subject:verb, as photos:write.';
COMMENT ON COLUMN permissions.description IS 'What it allows, in a sentence.';
CALL keep_common_columns('permissions');
GRANT SELECT ON permissions TO org_admin, org_user;

CREATE TABLE role_permissions (
  role_id uuid NOT NULL,
  permission_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (role_id, permission_id),
  CONSTRAINT role_permissions_role_fkey FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE,
  CONSTRAINT role_permissions_permission_fkey FOREIGN KEY (permission_id) REFERENCES permissions (id) ON DELETE CASCADE
);
CREATE INDEX role_permissions_permission_index ON role_permissions (permission_id);
COMMENT ON INDEX role_permissions_permission_index IS 'The roles that have a permission; its foreign key.';
COMMENT ON TABLE role_permissions IS 'Which role has which permission.';
COMMENT ON COLUMN role_permissions.role_id IS 'The role.';
COMMENT ON COLUMN role_permissions.permission_id IS 'The permission it has.';
CALL keep_common_columns('role_permissions');
GRANT SELECT ON role_permissions TO org_admin, org_user;

CREATE TABLE user_roles (
  organization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, user_id, role_id),
  CONSTRAINT user_roles_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT user_roles_role_fkey FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE
);
CREATE INDEX user_roles_role_index ON user_roles (role_id, organization_id, user_id);
COMMENT ON INDEX user_roles_role_index IS 'The users that have a role; its foreign key.';
COMMENT ON TABLE user_roles IS 'Which user has which role.';
COMMENT ON COLUMN user_roles.user_id IS 'The user.';
COMMENT ON COLUMN user_roles.role_id IS 'The role they have.';
CALL make_tenant_table('user_roles');
GRANT SELECT, INSERT, DELETE ON user_roles TO org_admin;
GRANT SELECT ON user_roles TO org_user;

CREATE TABLE projects (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  name text NOT NULL,
  description text,
  status text NOT NULL DEFAULT 'active',
  manager_id uuid,
  bucket_name text,
  aws_region text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CONSTRAINT projects_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT projects_manager_fkey FOREIGN KEY (organization_id, manager_id) REFERENCES users (organization_id, id) ON DELETE SET NULL (manager_id),
  CONSTRAINT projects_name_key UNIQUE (organization_id, name),
  CONSTRAINT projects_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
  CONSTRAINT projects_status_known CHECK (status IN ('active', 'completed', 'archived'))
);
CREATE INDEX projects_newest_index ON projects (organization_id, created_at DESC, id DESC);
CREATE INDEX projects_status_index ON projects (organization_id, status, created_at DESC, id DESC);
CREATE INDEX projects_manager_index ON projects (organization_id, manager_id, created_at DESC, id DESC) WHERE manager_id IS NOT NULL;
COMMENT ON INDEX projects_newest_index IS 'The list of projects in its default order.';
COMMENT ON INDEX projects_status_index IS 'The list filtered by status, in its order: the active projects.';
COMMENT ON INDEX projects_manager_index IS 'The projects that a user manages, newest first; its foreign key.';
COMMENT ON TABLE projects IS 'A site, a customer''s job: what photos, cycles and conversations hang under. Members are counted, not stored.';
COMMENT ON COLUMN projects.name IS 'Name, unique in the organization.';
COMMENT ON COLUMN projects.description IS 'What is done there.';
COMMENT ON COLUMN projects.status IS 'active, completed or archived.';
COMMENT ON COLUMN projects.manager_id IS 'Who answers for it.';
COMMENT ON COLUMN projects.bucket_name IS 'S3 bucket of its uploads.';
COMMENT ON COLUMN projects.aws_region IS 'Region of that bucket.';
CALL make_tenant_table('projects', 'id');
GRANT SELECT, INSERT, UPDATE ON projects TO org_admin;
GRANT SELECT ON projects TO org_user;

CREATE TABLE project_members (
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  user_id uuid NOT NULL,
  added_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, project_id, user_id),
  CONSTRAINT project_members_project_fkey FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT project_members_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX project_members_user_index ON project_members (organization_id, user_id, project_id);
COMMENT ON INDEX project_members_user_index IS 'The projects of a user, read by the membership policy once per statement; its foreign key.';
COMMENT ON TABLE project_members IS 'Who works on which project: a member sees the project and what hangs under it.';
COMMENT ON COLUMN project_members.user_id IS 'The member.';
COMMENT ON COLUMN project_members.added_at IS 'Since when.';
CALL make_tenant_table('project_members', 'project_id');
GRANT SELECT, INSERT, DELETE ON project_members TO org_admin;
GRANT SELECT ON project_members TO org_user;

CREATE TABLE audit_logs (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  actor_id uuid,
  action text NOT NULL,
  resource_type text NOT NULL,
  resource_id uuid,
  metadata jsonb NOT NULL DEFAULT '{}',
  request_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT audit_logs_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT audit_logs_action_length CHECK (char_length(action) BETWEEN 1 AND 100),
  CONSTRAINT audit_logs_resource_type_length CHECK (char_length(resource_type) BETWEEN 1 AND 100),
  CONSTRAINT audit_logs_metadata_object CHECK (jsonb_typeof(metadata) = 'object')
);
CREATE INDEX audit_logs_newest_index ON audit_logs (organization_id, created_at DESC, id DESC);
CREATE INDEX audit_logs_actor_index ON audit_logs (organization_id, actor_id, created_at DESC, id DESC);
CREATE INDEX audit_logs_resource_index ON audit_logs (organization_id, resource_type, resource_id, created_at DESC, id DESC);
CREATE INDEX audit_logs_action_index ON audit_logs (organization_id, action, created_at DESC, id DESC);
COMMENT ON INDEX audit_logs_newest_index IS 'The trail in its default order, and ranges of time.';
COMMENT ON INDEX audit_logs_actor_index IS 'What did this user do?';
COMMENT ON INDEX audit_logs_resource_index IS 'What happened to this thing?';
COMMENT ON INDEX audit_logs_action_index IS 'Who did this kind of thing?';
COMMENT ON TABLE audit_logs IS 'Who did what, when: written in the transaction of the change it tells of. Append-only; it outlives the user, not the organization.';
COMMENT ON COLUMN audit_logs.actor_id IS 'User who acted; no foreign key, so that the row outlives them. Null for the system itself.';
COMMENT ON COLUMN audit_logs.action IS 'What was done, as photo.update.';
COMMENT ON COLUMN audit_logs.resource_type IS 'Kind of thing it was done to.';
COMMENT ON COLUMN audit_logs.resource_id IS 'Which one.';
COMMENT ON COLUMN audit_logs.metadata IS 'Before and after of what changed, never a secret.';
COMMENT ON COLUMN audit_logs.request_id IS 'The request that did it, as in the log and in the client''s answer.';
CALL make_tenant_table('audit_logs');
CALL keep_append_only('audit_logs');
GRANT SELECT, INSERT ON audit_logs TO org_admin;
GRANT INSERT ON audit_logs TO org_user;

CREATE TABLE refresh_tokens (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  token_hash text NOT NULL,
  family_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT refresh_tokens_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT refresh_tokens_token_hash_key UNIQUE (token_hash),
  CONSTRAINT refresh_tokens_token_hash_length CHECK (char_length(token_hash) BETWEEN 32 AND 255)
);
CREATE INDEX refresh_tokens_user_index ON refresh_tokens (organization_id, user_id);
CREATE INDEX refresh_tokens_family_index ON refresh_tokens (organization_id, family_id);
CREATE INDEX refresh_tokens_expires_at_index ON refresh_tokens (expires_at);
COMMENT ON INDEX refresh_tokens_user_index IS 'The sessions of a user, to end them all; its foreign key.';
COMMENT ON INDEX refresh_tokens_family_index IS 'A token used twice ends its whole family.';
COMMENT ON INDEX refresh_tokens_expires_at_index IS 'Expired tokens are swept, over all organizations.';
COMMENT ON TABLE refresh_tokens IS 'Sessions: each refresh uses up one token and makes the next of the same family.';
COMMENT ON COLUMN refresh_tokens.user_id IS 'Whose session.';
COMMENT ON COLUMN refresh_tokens.token_hash IS 'Hash of the token; the token itself is never stored.';
COMMENT ON COLUMN refresh_tokens.family_id IS 'The sign-in from which the token descends.';
COMMENT ON COLUMN refresh_tokens.expires_at IS 'After this it is worth nothing.';
COMMENT ON COLUMN refresh_tokens.used_at IS 'When it was exchanged for the next; a second use is a theft.';
COMMENT ON COLUMN refresh_tokens.revoked_at IS 'When it was ended by sign-out, by a reuse in the family or by an admin.';
CALL make_tenant_table('refresh_tokens');
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_tokens TO org_admin;

-- Built in: the same for every organization, here and not in a seed, because production needs them too.
INSERT INTO roles (name, description) VALUES
  ('admin', 'Runs the organization: people, roles, settings, and sees all of it.'),
  ('contractor', 'Works on sites and takes the photos; what a new user is.'),
  ('insurance_adjuster', 'Reads the evidence and confirms or rejects what was detected.'),
  ('project_manager', 'Answers for projects and their members.'),
  ('process_manager', 'Designs validation workflows.'),
  ('project_handler', 'Runs assessments and reads their results.'),
  ('engineer', 'Reads and writes knowledge documents.'),
  ('viewer', 'Reads, and changes nothing.'),
  ('user', 'Uploads files and talks to agents.'),
  ('worker', 'An AI worker: records detections, assessment results and document chunks.');

INSERT INTO permissions (name, description) VALUES
  ('organization:read', 'See the organization, its users, roles and quotas.'),
  ('organization:write', 'Change the organization''s settings.'),
  ('users:write', 'Create, change, deactivate users and give them roles.'),
  ('roles:write', 'Change which role has which permission.'),
  ('projects:read', 'See projects and their members.'),
  ('projects:write', 'Create and change projects and their members.'),
  ('audit:read', 'Read the audit trail.'),
  ('photos:read', 'See photos, their detections, tags and processing.'),
  ('photos:write', 'Upload, change, delete and tag photos.'),
  ('detections:record', 'Record what a model detected and how it was processed.'),
  ('detections:confirm', 'Confirm or reject a detection.'),
  ('workflows:read', 'See validation workflows.'),
  ('workflows:write', 'Design validation workflows.'),
  ('assessments:read', 'See assessments, their documents and results.'),
  ('assessments:write', 'Start assessments and hand in their documents.'),
  ('assessments:record', 'Record assessment results, complete and fail assessments.'),
  ('usage:read', 'See assessments, cost and storage per month.'),
  ('documents:read', 'Read and search knowledge documents.'),
  ('documents:write', 'Write knowledge documents and grant access to them.'),
  ('chunks:record', 'Write document chunks and embeddings.'),
  ('queries:read', 'Read the log of questions and answers.'),
  ('queries:record', 'Log a question and its answer.'),
  ('agents:read', 'See agents.'),
  ('agents:write', 'Configure agents.'),
  ('conversations:read', 'Read conversations with agents.'),
  ('conversations:write', 'Hold conversations with agents.'),
  ('uploads:read', 'See cycles, sync sessions and files.'),
  ('uploads:write', 'Run cycles and sync sessions.');

INSERT INTO role_permissions (role_id, permission_id)
SELECT role.id, permission.id
FROM (VALUES
  ('admin', '.*'),
  ('contractor', '(organization|projects|photos|uploads):read|photos:write|detections:confirm|uploads:write'),
  ('insurance_adjuster', '(organization|projects|photos|documents):read|detections:confirm'),
  ('project_manager', '(organization|projects|photos|workflows|assessments|usage|documents|agents|conversations|uploads):read|(projects|photos|documents|agents|conversations|uploads):write|detections:confirm'),
  ('process_manager', '(organization|projects|workflows|assessments|usage|documents):read|(workflows|assessments|documents):write'),
  ('project_handler', '(organization|projects|workflows|assessments|documents):read|assessments:write'),
  ('engineer', '(organization|projects|photos|documents|queries|agents|conversations):read|(documents|agents|conversations):write|queries:record'),
  ('viewer', '(organization|projects|photos|workflows|assessments|documents|agents|uploads):read'),
  ('user', '(organization|projects|photos|documents|agents|conversations|uploads):read|(conversations|uploads):write|queries:record'),
  ('worker', '(organization|projects|photos|workflows|assessments|documents|agents|uploads):read|(detections|assessments|chunks|queries):record')
) AS granted (role, pattern)
JOIN roles role ON role.name = granted.role
JOIN permissions permission ON permission.name ~ ('^(' || granted.pattern || ')$');
