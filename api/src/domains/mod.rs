//! What the graph is about, a folder a domain, a file an object. A domain knows the core and the public types of others.

pub mod agents;
pub mod knowledge;
pub mod photos;
pub mod tenancy;
pub mod uploads;
pub mod validation;

use async_graphql::{Context, MergedObject, Object};

use crate::any_node;
use crate::core::{Id, Result, Session};
use agents::{Agent, Conversation, Message};
use knowledge::{Document, DocumentChunk, DocumentPermission, QueryLog};
use photos::{Detection, Photo, ProcessingEvent, Tag};
use tenancy::{AuditLog, Organization, Permission, Project, Role, User};
use uploads::{Cycle, FileUpload, SyncSession};
use validation::{Assessment, AssessmentDocument, AssessmentResult, Bucket, Criterion, Workflow};

any_node! {
    /// Anything with an id.
    Node {
        Organization,
        User,
        Project,
        Role,
        Permission,
        AuditLog,
        Photo,
        Detection,
        Tag,
        ProcessingEvent,
        Agent,
        Conversation,
        Message,
        Cycle,
        SyncSession,
        FileUpload,
        Document,
        DocumentChunk,
        DocumentPermission,
        QueryLog,
        Workflow,
        Bucket,
        Criterion,
        Assessment,
        AssessmentDocument,
        AssessmentResult,
    }
}

/// Finding things by their id alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeQueries;

/// Finding things by their id alone.
#[Object]
impl NodeQueries {
    /// Whatever has this id; null where there is nothing that the caller may see.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id.")] id: Id,
    ) -> Result<Option<Node>> {
        Session::of(context)?.any(id).await
    }

    /// Whatever has these ids, in their order; null for each where there is nothing that the caller may see.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ids, at most 100.", validator(max_items = 100))] ids: Vec<Id>,
    ) -> Result<Vec<Option<Node>>> {
        let session = Session::of(context)?;
        futures::future::try_join_all(ids.into_iter().map(|id| session.any(id))).await
    }
}

/// Where every read begins.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQueries,
    tenancy::TenancyQueries,
    photos::PhotosQueries,
    agents::AgentsQueries,
    uploads::UploadsQueries,
    knowledge::KnowledgeQueries,
    validation::ValidationQueries,
);

/// Where every change begins.
#[derive(MergedObject, Default)]
pub struct Mutation(
    tenancy::TenancyMutations,
    photos::PhotosMutations,
    uploads::UploadsMutations,
    validation::ValidationMutations,
    knowledge::KnowledgeMutations,
    agents::AgentsMutations,
);
