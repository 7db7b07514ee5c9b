//! The tenants: companies, notified bodies, customers. Deleting one deletes everything of it.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What an organization pays for.
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
pub enum SubscriptionTier {
    /// Tries it out; what a new organization is.
    Trial,
    /// The paid plan of most.
    Professional,
    /// The largest plan.
    Enterprise,
}

/// A row of `organizations`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name people know it by.
    #[sea_orm(unique, column_type = "Text")]
    pub name: String,
    /// Short code for command lines and addresses.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// What the organization does, in its own words.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Where to write to.
    #[sea_orm(column_type = "Text")]
    pub contact_email: Option<String>,
    /// Where to call.
    #[sea_orm(column_type = "Text")]
    pub phone: Option<String>,
    /// Its own site.
    #[sea_orm(column_type = "Text")]
    pub website: Option<String>,
    /// What it pays for.
    pub subscription_tier: SubscriptionTier,
    /// Whether its people may work; false blocks them without deleting anything.
    pub is_active: bool,
    /// Quota: active users.
    pub max_users: i32,
    /// Quota: projects not deleted.
    pub max_projects: i32,
    /// Quota: gigabytes of stored objects.
    pub max_storage_gb: i32,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// When it was put in the bin; ordinary reads do not see it, a restore clears it.
    pub deleted_at: Option<DateTimeUtc>,
    /// Its people.
    #[sea_orm(has_many)]
    pub users: HasMany<super::user::Entity>,
    /// Its sites and jobs.
    #[sea_orm(has_many)]
    pub projects: HasMany<super::project::Entity>,
    /// What it has used of its quotas.
    #[sea_orm(has_one)]
    pub quota_usage: HasOne<super::quota_usage::Entity>,
    /// What its people did.
    #[sea_orm(has_many)]
    pub audit_logs: HasMany<super::audit_log::Entity>,
    /// Every photo of its projects.
    #[sea_orm(has_many)]
    pub photos: HasMany<crate::photos::photo::Entity>,
    /// How it validates.
    #[sea_orm(has_many)]
    pub workflows: HasMany<crate::validation::workflow::Entity>,
    /// Every run of its workflows.
    #[sea_orm(has_many)]
    pub assessments: HasMany<crate::validation::assessment::Entity>,
    /// Every file handed in for an assessment.
    #[sea_orm(has_many)]
    pub assessment_documents: HasMany<crate::validation::assessment_document::Entity>,
    /// Every result of its assessments.
    #[sea_orm(has_many)]
    pub assessment_results: HasMany<crate::validation::assessment_result::Entity>,
    /// What it knows.
    #[sea_orm(has_many)]
    pub documents: HasMany<crate::knowledge::document::Entity>,
    /// What its people asked.
    #[sea_orm(has_many)]
    pub query_logs: HasMany<crate::knowledge::query_log::Entity>,
    /// Its agents.
    #[sea_orm(has_many)]
    pub agent_configs: HasMany<crate::agents::agent_config::Entity>,
    /// Every talk with its agents.
    #[sea_orm(has_many)]
    pub conversations: HasMany<crate::agents::conversation::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
