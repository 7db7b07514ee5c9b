//! What a role may do: subject and verb.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `permissions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "permissions")]
pub struct Model {
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// subject:verb, as photos:write.
    #[sea_orm(unique, column_type = "Text")]
    pub name: String,
    /// What it allows, in a sentence.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Whether who has it could give themselves the rest: only built-in roles may have it.
    pub is_administrative: bool,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// Which roles have it.
    #[sea_orm(has_many, via = "role_permission")]
    pub roles: HasMany<super::role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
