//! What an organization has used of its quotas, and what it may. Row-level security holds through it.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of the view `organization_quotas`: to read, never to write.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "organization_quotas")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Users who are active and not in the bin.
    pub active_users: i32,
    /// How many of them there may be.
    pub max_users: i32,
    /// Projects that are not in the bin.
    pub projects: i32,
    /// How many of them there may be.
    pub max_projects: i32,
    /// Size of the stored objects.
    pub stored_bytes: i64,
    /// How large they may be together.
    pub max_stored_bytes: i64,
    /// When the organization was registered.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
