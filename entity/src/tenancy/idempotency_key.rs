//! Requests that were carried out under an Idempotency-Key, so that a retry changes nothing again.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `idempotency_keys`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose key; nobody else sees it, no admin either.
    pub user_id: Uuid,
    /// As the client sent it.
    #[sea_orm(column_type = "Text")]
    pub key: String,
    /// SHA-256 of document, operation name and variables: the key with another request is refused.
    #[sea_orm(column_type = "Text")]
    pub request_hash: String,
    /// Body of the answer, to the byte; null until it is kept, and for ever where it was lost or is too long.
    #[sea_orm(column_type = "Text")]
    pub answer: Option<String>,
    /// After this the key is as good as new.
    pub expires_at: DateTimeUtc,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// Whose key.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, user_id)",
        to = "(organization_id, id)"
    )]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
