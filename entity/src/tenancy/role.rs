//! What a person is in an organization: built in and the same for every tenant, or an organization's own. A role leads to permissions.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// The roles that every organization has from the first migration on; the name of a variant is that of its row.
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
pub enum BuiltInRole {
    /// Runs the organization: people, roles, settings, and sees all of it.
    Admin,
    /// Works on sites and takes the photos; what a new user is.
    Contractor,
    /// Reads the evidence and confirms or rejects what was detected.
    InsuranceAdjuster,
    /// Answers for projects and their members.
    ProjectManager,
    /// Designs validation workflows.
    ProcessManager,
    /// Runs assessments and reads their results.
    ProjectHandler,
    /// Reads and writes knowledge documents.
    Engineer,
    /// Reads, and changes nothing.
    Viewer,
    /// Uploads files and talks to agents.
    User,
    /// An AI worker: records detections, assessment results and document chunks.
    Worker,
}

/// A row of `roles`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The tenant whose own role it is; null for a built-in one, which everybody sees and nobody changes. Never changes.
    pub organization_id: Option<Uuid>,
    /// Name as it stands in a token; unique among the built-in roles and an organization's own together.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Who has this role.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The tenant whose own role it is.
    #[sea_orm(belongs_to, from = "organization_id", to = "id")]
    pub organization: BelongsTo<Option<super::organization::Entity>>,
    /// What it may do.
    #[sea_orm(has_many, via = "role_permission")]
    pub permissions: HasMany<super::permission::Entity>,
    /// Who has it.
    #[sea_orm(has_many, via = "user_role")]
    pub users: HasMany<super::user::Entity>,
    /// What was granted to it.
    #[sea_orm(has_many)]
    pub document_permissions: HasMany<crate::knowledge::document_permission::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
