//! What was uploaded to a project, in numbers.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::tenancy::project::ProjectStatus;
use entity::uploads::project_summary;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use crate::core::{DateTimeFilter, Id, IdFilter, StringFilter};
use crate::domains::tenancy::{Project, ProjectFilter, ProjectStatusFilter};
use crate::{filter, node, order, relations, roots};

/// A project with the number of its cycles and uploads, counted when it is read.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "project_summary::Entity")]
pub struct ProjectSummary {
    /// Identity of the project.
    #[graphql(name = "projectId")]
    #[sea_orm(from_col = "project_id")]
    pub id: Id,
    /// Name of the project.
    pub project_name: String,
    /// What is done there.
    pub description: Option<String>,
    /// How far the project is.
    pub status: ProjectStatus,
    /// S3 bucket of its uploads; set by the operator.
    pub bucket_name: Option<String>,
    /// Region of that bucket.
    pub aws_region: Option<String>,
    /// Name of the organization that owns it.
    pub organization_name: String,
    /// Short code of that organization.
    pub organization_slug: String,
    /// How many cycles it has.
    pub total_cycles: i64,
    /// How many uploads there were, in cycles or not.
    pub total_sessions: i64,
    /// When the project was begun.
    pub created_at: DateTime<Utc>,
    /// When the project last changed.
    pub updated_at: DateTime<Utc>,
}

node!(ProjectSummary: project_summary, ProjectSummaryFilter, ProjectSummaryOrder, needs UploadsRead);

filter! {
    /// Which summaries of projects.
    ProjectSummaryFilter for ProjectSummary of project_summary {
        /// By the identity of the project.
        project_id: IdFilter => ProjectId,
        /// By the name of the project.
        project_name: StringFilter => ProjectName,
        /// By how far the projects are.
        status: ProjectStatusFilter => Status,
        /// By when the projects were begun.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the project.
        project: ProjectFilter => ProjectId,
    }
}

order! {
    /// By what summaries of projects are put in order.
    ProjectSummaryOrder, ProjectSummaryOrderField for ProjectSummary of project_summary, usually CreatedAt Desc {
        /// By when the projects were begun.
        CreatedAt = created_at: DateTime<Utc>,
        /// By the name of the project.
        ProjectName = project_name: String,
    }
}

relations! {
    ProjectSummary one {
        /// The project. Needs projects:read.
        project: Project by id,
    }
}

roots! {
    /// Reads of summaries of projects.
    ProjectSummaryQueries: ProjectSummary {
        many
        /// The projects that the caller may see with the number of their cycles and uploads, the newest first.
        /// Needs uploads:read.
        project_summaries,
    }
}
