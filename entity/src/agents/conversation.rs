//! A person's talk with an agent. Messages are counted, not stored.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `conversations`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "conversations")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project the row hangs under; its members see it.
    pub project_id: Uuid,
    /// Who talks.
    pub user_id: Uuid,
    /// With which agent; it cannot be deleted while the conversation is there.
    pub agent_id: Uuid,
    /// Title; null until there is one.
    #[sea_orm(column_type = "Text")]
    pub title: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// When it was put in the bin; ordinary reads do not see it, a restore clears it.
    pub deleted_at: Option<DateTimeUtc>,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<crate::tenancy::organization::Entity>,
    /// What it is about.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, project_id)",
        to = "(organization_id, id)"
    )]
    pub project: BelongsTo<crate::tenancy::project::Entity>,
    /// Who talks.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, user_id)",
        to = "(organization_id, id)"
    )]
    pub user: BelongsTo<crate::tenancy::user::Entity>,
    /// With whom.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, agent_id)",
        to = "(organization_id, id)"
    )]
    pub agent: BelongsTo<super::agent_config::Entity>,
    /// What was said.
    #[sea_orm(has_many)]
    pub messages: HasMany<super::message::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
