//! Organizations, their people, roles and projects, and the audit trail of everything.

pub mod audit_log;
pub mod idempotency_key;
pub mod organization;
pub mod organization_quota;
pub mod permission;
pub mod project;
pub mod project_member;
pub mod quota_usage;
pub mod refresh_token;
pub mod role;
pub mod role_permission;
pub mod sign_in_attempt;
pub mod user;
pub mod user_role;
