//! Who did what, when: written in the transaction of the change it tells of. Append-only; it outlives the user, not the organization.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `audit_logs`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "audit_logs")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// User who acted; no foreign key, so that the row outlives them. Null for the system itself.
    pub actor_id: Option<Uuid>,
    /// What was done, as photo.update.
    #[sea_orm(column_type = "Text")]
    pub action: String,
    /// Kind of thing it was done to.
    #[sea_orm(column_type = "Text")]
    pub resource_type: String,
    /// Which one.
    pub resource_id: Option<Uuid>,
    /// Before and after of what changed, never a secret.
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
    /// The request that did it, as in the log and in the client's answer.
    #[sea_orm(column_type = "Text")]
    pub request_id: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
