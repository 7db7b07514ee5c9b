//! Who may do what with a document. Without any row all of the organization reads it; with rows its grantees, its uploader and admins.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What is granted on a document.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PermissionType {
    /// To find and read it.
    Read,
    /// To change it.
    Write,
    /// To put it in the bin.
    Delete,
}

/// A row of `document_permissions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "document_permissions")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The document's audience: set it at insert, the database moves it along.
    pub audience_id: Uuid,
    /// The document.
    pub document_id: Uuid,
    /// The user it is granted to, or null.
    pub user_id: Option<Uuid>,
    /// The role it is granted to, or null; exactly one of the two.
    pub role_id: Option<Uuid>,
    /// What is granted.
    pub permission_type: PermissionType,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The document.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, document_id)",
        to = "(organization_id, id)"
    )]
    pub document: BelongsTo<super::document::Entity>,
    /// The user it is granted to.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, user_id)",
        to = "(organization_id, id)"
    )]
    pub user: BelongsTo<Option<crate::tenancy::user::Entity>>,
    /// The role it is granted to.
    #[sea_orm(belongs_to, from = "role_id", to = "id")]
    pub role: BelongsTo<Option<crate::tenancy::role::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
