//! The tenant. A caller sees one: their own.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::agents::{agent_config, conversation};
use entity::knowledge::{document, query_log};
use entity::tenancy::organization::{self, SubscriptionTier};
use entity::tenancy::{audit_log, project, role, user};
use entity::validation::{assessment, workflow};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{AuditLog, OrganizationQuotas, Project, Role, User};
use crate::core::{DateTimeFilter, Id, IdFilter, Result, Session};
use crate::domains::agents::{Agent, Conversation};
use crate::domains::knowledge::{Document, QueryLog};
use crate::domains::validation::{Assessment, Workflow};
use crate::{filter, node, order, relation, relations};

/// A company, a notified body, a customer: the tenant that owns rows.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "organization::Entity")]
pub struct Organization {
    /// Identity, and the `org` claim of its people's tokens.
    pub id: Id,
    /// Name people know it by.
    pub name: String,
    /// Short code for command lines and addresses.
    pub slug: String,
    /// What it does, in its own words.
    pub description: Option<String>,
    /// Where to write to.
    pub contact_email: Option<String>,
    /// Where to call.
    pub phone: Option<String>,
    /// Its own site.
    pub website: Option<String>,
    /// What it pays for.
    pub subscription_tier: SubscriptionTier,
    /// Whether its people may work.
    pub is_active: bool,
    /// Quota of active users.
    pub max_users: i32,
    /// Quota of projects that are not deleted.
    pub max_projects: i32,
    /// Quota of gigabytes in storage.
    pub max_storage_gb: i32,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Organization: organization, OrganizationFilter, OrganizationOrder, needs OrganizationRead);

filter! {
    /// Which organizations.
    OrganizationFilter for Organization of organization {
        /// By identity.
        id: IdFilter => Id,
        /// By the moment of registration.
        created_at: DateTimeFilter => CreatedAt,
    }
}

order! {
    /// By what organizations are put in order.
    OrganizationOrder, OrganizationOrderField for Organization of organization, usually CreatedAt Desc {
        /// By the moment of registration.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// An organization's people. 
    OrganizationUsers: User, user by OrganizationId);
relation!(/// An organization's projects.
    OrganizationProjects: Project, project by OrganizationId);
relation!(/// An organization's own roles.
    OrganizationRoles: Role, role by OrganizationId);
relation!(/// What was done in an organization.
    OrganizationAuditLogs: AuditLog, audit_log by OrganizationId);
relation!(/// An organization's documents.
    OrganizationDocuments: Document, document by OrganizationId);
relation!(/// What was asked in an organization.
    OrganizationQueryLogs: QueryLog, query_log by OrganizationId);
relation!(/// How an organization validates documents.
    OrganizationWorkflows: Workflow, workflow by OrganizationId);
relation!(/// What an organization had validated.
    OrganizationAssessments: Assessment, assessment by OrganizationId);
relation!(/// An organization's agents.
    OrganizationAgents: Agent, agent_config by OrganizationId);
relation!(/// What an organization's people talk about with agents.
    OrganizationConversations: Conversation, conversation by OrganizationId);

relations! {
    Organization many {
        /// Its people. Needs organization:read.
        users: User by OrganizationUsers from id,
        /// Its projects. Needs projects:read.
        projects: Project by OrganizationProjects from id,
        /// Its own roles, without the built-in ones that every organization has. Needs organization:read.
        roles: Role by OrganizationRoles from id,
        /// What was done there. Needs audit:read.
        audit_logs: AuditLog by OrganizationAuditLogs from id,
        /// Its documents, as far as the caller may read them. Needs documents:read.
        documents: Document by OrganizationDocuments from id,
        /// What the caller asked, and what everybody asked for admins. Needs queries:read.
        query_logs: QueryLog by OrganizationQueryLogs from id,
        /// How it validates documents. Needs workflows:read.
        workflows: Workflow by OrganizationWorkflows from id,
        /// What it had validated, of projects that the caller may see and of none. Needs assessments:read.
        assessments: Assessment by OrganizationAssessments from id,
        /// Its agents, and those of the projects that the caller may see. Needs agents:read.
        agents: Agent by OrganizationAgents from id,
        /// The conversations held there that the caller may see. Needs conversations:read.
        conversations: Conversation by OrganizationConversations from id,
    } and {
        /// What it may have, and has. Needs organization:read.
        async fn quotas(&self, context: &Context<'_>) -> Result<Option<Arc<OrganizationQuotas>>> {
            Session::of(context)?.one(self.id).await
        }
    }
}

/// Reads of the organization.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrganizationQueries;

/// Reads of the organization.
#[Object]
impl OrganizationQueries {
    /// The caller's organization, in which all that they see lies. Needs organization:read.
    async fn organization(&self, context: &Context<'_>) -> Result<Option<Arc<Organization>>> {
        let session = Session::of(context)?;
        session.one(Id(session.actor().organization)).await
    }
}
