-- Harbor Inspections: signed up for a trial yesterday. One admin, nothing else; it shows what an empty organization looks like.

INSERT INTO organizations (id, name, slug, description, contact_email, subscription_tier, max_users, max_projects, max_storage_gb, created_at, updated_at)
VALUES (pg_temp.organization(), 'Harbor Inspections', 'harbor', 'Home inspections around the bay.', 'hello@harbor.example', 'trial', 5, 3, 10, '2026-11-17 16:00Z', '2026-11-17 16:00Z')
ON CONFLICT DO NOTHING;

INSERT INTO users (id, organization_id, email, username, first_name, last_name, password_hash, is_email_verified, last_login_at, created_at, updated_at)
VALUES (pg_temp.demo_id('user/admin'), pg_temp.organization(), 'admin@harbor.example', 'harbor.admin', 'Carmen', 'Silva', pg_temp.password_hash(), false, '2026-11-17 16:02Z', '2026-11-17 16:00Z', '2026-11-17 16:00Z')
ON CONFLICT DO NOTHING;

INSERT INTO user_roles (organization_id, user_id, role_id, created_at, updated_at)
SELECT pg_temp.organization(), pg_temp.demo_id('user/admin'), role.id, '2026-11-17 16:00Z', '2026-11-17 16:00Z' FROM roles role WHERE role.name = 'admin'
ON CONFLICT DO NOTHING;
