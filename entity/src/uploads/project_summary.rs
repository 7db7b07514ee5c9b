//! A project with the number of its cycles and sessions. Row-level security holds through it.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::tenancy::project::ProjectStatus;

/// A row of the view `project_summaries`: to read, never to write.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "project_summaries")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// The project.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: Uuid,
    /// Its name.
    #[sea_orm(column_type = "Text")]
    pub organization_name: String,
    /// Its short code.
    #[sea_orm(column_type = "Text")]
    pub organization_slug: String,
    /// Its name.
    #[sea_orm(column_type = "Text")]
    pub project_name: String,
    /// What is done there.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// How far the project is.
    pub status: ProjectStatus,
    /// S3 bucket of its uploads.
    #[sea_orm(column_type = "Text")]
    pub bucket_name: Option<String>,
    /// Region of that bucket.
    #[sea_orm(column_type = "Text")]
    pub aws_region: Option<String>,
    /// How many cycles it has.
    pub total_cycles: i64,
    /// How many sessions it has, in cycles or not.
    pub total_sessions: i64,
    /// When the project was made.
    pub created_at: DateTimeUtc,
    /// When the project last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
