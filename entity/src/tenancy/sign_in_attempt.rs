//! How often somebody tried to sign in and did not; of no tenant, because what is counted is not known to be anybody's.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `sign_in_attempts`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_attempts")]
pub struct Model {
    /// SHA-256 of what is counted: an account, a network address, or both together.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub subject: String,
    /// Attempts that did not succeed, and those under way.
    pub attempts: i32,
    /// No attempt is made before this.
    pub blocked_until: DateTimeUtc,
    /// After this it is forgotten.
    pub expires_at: DateTimeUtc,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
