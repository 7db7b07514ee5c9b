//! A site, a customer's job: what photos, cycles and conversations hang under. Members are counted, not stored.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How far a project is.
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
pub enum ProjectStatus {
    /// Work goes on.
    Active,
    /// The work is done.
    Completed,
    /// Kept for reading only.
    Archived,
}

/// A row of `projects`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name, unique in the organization.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// What is done there.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// How far it is.
    pub status: ProjectStatus,
    /// Who answers for it.
    pub manager_id: Option<Uuid>,
    /// S3 bucket of its uploads.
    #[sea_orm(column_type = "Text")]
    pub bucket_name: Option<String>,
    /// Region of that bucket.
    #[sea_orm(column_type = "Text")]
    pub aws_region: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// When it was put in the bin; ordinary reads do not see it, a restore clears it.
    pub deleted_at: Option<DateTimeUtc>,
    /// The tenant.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<super::organization::Entity>,
    /// Who answers for it: the one user that `find_related` leads to; the others are `members`.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, manager_id)",
        to = "(organization_id, id)"
    )]
    pub manager: BelongsTo<Option<super::user::Entity>>,
    /// Who works on it.
    #[sea_orm(has_many)]
    pub members: HasMany<super::project_member::Entity>,
    /// What was taken there.
    #[sea_orm(has_many)]
    pub photos: HasMany<crate::photos::photo::Entity>,
    /// The runs that belong to it.
    #[sea_orm(has_many)]
    pub assessments: HasMany<crate::validation::assessment::Entity>,
    /// The knowledge that belongs to it.
    #[sea_orm(has_many)]
    pub documents: HasMany<crate::knowledge::document::Entity>,
    /// The agents that work for it.
    #[sea_orm(has_many)]
    pub agent_configs: HasMany<crate::agents::agent_config::Entity>,
    /// The talks held about it.
    #[sea_orm(has_many)]
    pub conversations: HasMany<crate::agents::conversation::Entity>,
    /// Its rounds of data collection.
    #[sea_orm(has_many)]
    pub cycles: HasMany<crate::uploads::cycle::Entity>,
    /// The uploads of its files, in cycles or not.
    #[sea_orm(has_many)]
    pub sync_sessions: HasMany<crate::uploads::sync_session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
