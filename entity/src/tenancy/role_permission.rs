//! Which role has which permission.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `role_permissions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "role_permissions")]
pub struct Model {
    /// The role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role_id: Uuid,
    /// The permission it has.
    #[sea_orm(primary_key, auto_increment = false)]
    pub permission_id: Uuid,
    /// That of the role: null where it is built in. Kept by the database.
    pub organization_id: Option<Uuid>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The role.
    #[sea_orm(belongs_to, from = "role_id", to = "id")]
    pub role: BelongsTo<super::role::Entity>,
    /// The permission it has.
    #[sea_orm(belongs_to, from = "permission_id", to = "id")]
    pub permission: BelongsTo<super::permission::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
