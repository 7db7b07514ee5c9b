//! People (and AI workers) with an account. Their full name is derived, their roles are in user_roles.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `users`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Address, unique whatever its case.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// Name for signing in.
    #[sea_orm(unique, column_type = "Text")]
    pub username: String,
    /// Given name.
    #[sea_orm(column_type = "Text")]
    pub first_name: Option<String>,
    /// Family name.
    #[sea_orm(column_type = "Text")]
    pub last_name: Option<String>,
    // password_hash is not here: no role that reads for requests may select it, and every select names all of these.
    /// The subject by which an external identity provider knows the user.
    #[sea_orm(unique, column_type = "Text")]
    pub auth_provider_id: Option<String>,
    /// False for who has left: may not sign in, keeps what they made.
    pub is_active: bool,
    /// Whether the address was shown to be theirs.
    pub is_email_verified: bool,
    /// When they last signed in.
    pub last_login_at: Option<DateTimeUtc>,
    /// The `ver` that a token must have; raised when the tokens signed before are worth nothing any more. Kept by the database,
    /// it only goes up.
    pub token_version: i32,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// When it was put in the bin; ordinary reads do not see it, a restore clears it.
    pub deleted_at: Option<DateTimeUtc>,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<super::organization::Entity>,
    /// What they are.
    #[sea_orm(has_many, via = "user_role")]
    pub roles: HasMany<super::role::Entity>,
    /// The projects they work on.
    #[sea_orm(has_many)]
    pub memberships: HasMany<super::project_member::Entity>,
    /// The projects they answer for.
    #[sea_orm(has_many)]
    pub managed_projects: HasMany<super::project::Entity>,
    /// Their sessions.
    #[sea_orm(has_many)]
    pub refresh_tokens: HasMany<super::refresh_token::Entity>,
    /// Their requests that a retry must not carry out again.
    #[sea_orm(has_many)]
    pub idempotency_keys: HasMany<super::idempotency_key::Entity>,
    /// What they uploaded.
    #[sea_orm(has_many)]
    pub photos: HasMany<crate::photos::photo::Entity>,
    /// What they confirmed or rejected.
    #[sea_orm(has_many)]
    pub judged_detections: HasMany<crate::photos::detection::Entity>,
    /// What they designed.
    #[sea_orm(has_many)]
    pub workflows: HasMany<crate::validation::workflow::Entity>,
    /// What they started.
    #[sea_orm(has_many)]
    pub assessments: HasMany<crate::validation::assessment::Entity>,
    /// What they uploaded to the knowledge base.
    #[sea_orm(has_many)]
    pub documents: HasMany<crate::knowledge::document::Entity>,
    /// What was granted to them by name.
    #[sea_orm(has_many)]
    pub document_permissions: HasMany<crate::knowledge::document_permission::Entity>,
    /// Their talks with agents.
    #[sea_orm(has_many)]
    pub conversations: HasMany<crate::agents::conversation::Entity>,
    /// Their uploads of files.
    #[sea_orm(has_many)]
    pub sync_sessions: HasMany<crate::uploads::sync_session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
