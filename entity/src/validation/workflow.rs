//! How documents are validated: which kinds are handed in, which criteria they must meet.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `workflows`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "workflows")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who designed it.
    pub created_by: Option<Uuid>,
    /// Name of the workflow.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What it validates.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Whether assessments may be started by it.
    pub is_active: bool,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// When it was put in the bin; ordinary reads do not see it, a restore clears it.
    pub deleted_at: Option<DateTimeUtc>,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<crate::tenancy::organization::Entity>,
    /// Who designed it.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, created_by)",
        to = "(organization_id, id)"
    )]
    pub creator: BelongsTo<Option<crate::tenancy::user::Entity>>,
    /// The kinds of document it asks for.
    #[sea_orm(has_many)]
    pub buckets: HasMany<super::bucket::Entity>,
    /// The rules they must meet.
    #[sea_orm(has_many)]
    pub criteria: HasMany<super::criterion::Entity>,
    /// Its runs.
    #[sea_orm(has_many)]
    pub assessments: HasMany<super::assessment::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
