//! Sites and jobs: what photos hang under.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::agents::{agent_config, conversation};
use entity::knowledge::document;
use entity::photos::photo;
use entity::tenancy::project::{self, ProjectStatus};
use entity::tenancy::{project_member, user};
use entity::uploads::{cycle, sync_session};
use entity::validation::assessment;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Organization, User, UserFilter};
use crate::core::{DateTimeFilter, Id, IdFilter, StringFilter};
use crate::domains::agents::{Agent, AgentFilter, Conversation, ConversationFilter};
use crate::domains::knowledge::{Document, DocumentFilter};
use crate::domains::photos::{Photo, PhotoFilter};
use crate::domains::uploads::{Cycle, CycleFilter, ProjectSummary, SyncSession, SyncSessionFilter};
use crate::domains::validation::Assessment;
use crate::{equality_filter, filter, node, order, relation, relations, roots};

/// A site, a customer's job: what photos, cycles and conversations hang under.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "project::Entity")]
pub struct Project {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    /// Name, unique in the organization.
    pub name: String,
    /// What is done there.
    pub description: Option<String>,
    /// How far it is.
    pub status: ProjectStatus,
    /// Identity of who answers for it.
    pub manager_id: Option<Id>,
    /// S3 bucket of its uploads.
    pub bucket_name: Option<String>,
    /// Region of that bucket.
    pub aws_region: Option<String>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Project: project, ProjectFilter, ProjectOrder, needs ProjectsRead);

equality_filter! {
    /// How far projects are.
    ProjectStatusFilter of ProjectStatus
}

filter! {
    /// Which projects.
    ProjectFilter for Project of project {
        /// By identity.
        id: IdFilter => Id,
        /// By name.
        name: StringFilter => Name,
        /// By how far they are.
        status: ProjectStatusFilter => Status,
        /// By who answers for them.
        manager_id: IdFilter => ManagerId,
        /// By when they were begun.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By who answers for them.
        manager: UserFilter => ManagerId,
    } many {
        /// By what was taken there.
        photos: PhotoFilter => ProjectPhotos, Id,
        /// By who works there.
        members: UserFilter => ProjectMembers, Id,
        /// By the agents that work for them.
        agents: AgentFilter => ProjectAgents, Id,
        /// By the conversations about them that the caller may see.
        conversations: ConversationFilter => ProjectConversations, Id,
        /// By the rounds of data collection there.
        cycles: CycleFilter => ProjectCycles, Id,
        /// By the uploads to it.
        sync_sessions: SyncSessionFilter => ProjectSyncSessions, Id,
        /// By the documents that belong to it.
        documents: DocumentFilter => ProjectDocuments, Id,
    }
}

order! {
    /// By what projects are put in order.
    ProjectOrder, ProjectOrderField for Project of project, usually CreatedAt Desc {
        /// By when they were begun.
        CreatedAt = created_at: DateTime<Utc>,
        /// By name.
        Name = name: String,
    }
}

relation!(/// What was taken on a project.
    ProjectPhotos: Photo, photo by ProjectId);
relation!(/// Who works on a project.
    ProjectMembers: User, user through project_member(ProjectId -> UserId) keyed Id);
relation!(/// The agents that work for a project.
    ProjectAgents: Agent, agent_config by ProjectId);
relation!(/// The talks about a project.
    ProjectConversations: Conversation, conversation by ProjectId);
relation!(/// The rounds of data collection on a project.
    ProjectCycles: Cycle, cycle by ProjectId);
relation!(/// The uploads to a project.
    ProjectSyncSessions: SyncSession, sync_session by ProjectId);
relation!(/// What was written of a project.
    ProjectDocuments: Document, document by ProjectId);
relation!(/// What was validated for a project.
    ProjectAssessments: Assessment, assessment by ProjectId);

relations! {
    Project one {
        /// The organization it belongs to. Needs organization:read.
        organization: Organization by organization_id,
        /// How many cycles and uploads it has. Needs uploads:read.
        summary: ProjectSummary by id,
    } maybe {
        /// Who answers for it. Needs organization:read.
        manager: User by manager_id,
    } many {
        /// The photos taken there. Needs photos:read.
        photos: Photo by ProjectPhotos from id,
        /// Who works there, and so sees it. Needs organization:read.
        members: User by ProjectMembers from id,
        /// The agents that work for it alone. Needs agents:read.
        agents: Agent by ProjectAgents from id,
        /// The conversations about it that the caller may see. Needs conversations:read.
        conversations: Conversation by ProjectConversations from id,
        /// The rounds of data collection there. Needs uploads:read.
        cycles: Cycle by ProjectCycles from id,
        /// The uploads to it, in cycles or not. Needs uploads:read.
        sync_sessions: SyncSession by ProjectSyncSessions from id,
        /// Its documents, as far as the caller may read them. Needs documents:read.
        documents: Document by ProjectDocuments from id,
        /// What was validated for it. Needs assessments:read.
        assessments: Assessment by ProjectAssessments from id,
    }
}

roots! {
    /// Reads of projects.
    ProjectQueries: Project {
        one
        /// A project that the caller may see. Needs projects:read.
        project,
        many
        /// The projects that the caller may see, the newest first. Needs projects:read.
        projects,
    }
}
