//! Sessions: each refresh uses up one token and makes the next of the same family.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `refresh_tokens`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_tokens")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose session.
    pub user_id: Uuid,
    /// Hash of the token; the token itself is never stored.
    #[sea_orm(unique, column_type = "Text")]
    #[serde(skip)]
    pub token_hash: String,
    /// The sign-in from which the token descends.
    pub family_id: Uuid,
    /// When the family began: it has an end, however often it is refreshed.
    pub signed_in_at: DateTimeUtc,
    /// After this it is worth nothing.
    pub expires_at: DateTimeUtc,
    /// When it was exchanged for the next; a second use is a theft.
    pub used_at: Option<DateTimeUtc>,
    /// SHA-256 of the network address that exchanged it: who comes again at once from there is hasty, from elsewhere a thief.
    #[sea_orm(column_type = "Text")]
    #[serde(skip)]
    pub used_from: Option<String>,
    /// When it was ended by sign-out, by a reuse in the family, by a new password, or with the account.
    pub revoked_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// Whose session.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, user_id)",
        to = "(organization_id, id)"
    )]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
