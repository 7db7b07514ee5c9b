//! How documents are validated.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::validation::{assessment, bucket, criterion, workflow};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Assessment, AssessmentFilter, Bucket, BucketFilter, Criterion, CriterionFilter};
use crate::core::{BooleanFilter, DateTimeFilter, Id, IdFilter};
use crate::domains::tenancy::{Organization, User, UserFilter};
use crate::{filter, node, order, relation, relations, roots};

/// How documents are validated: which kinds are handed in, which criteria they must meet.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "workflow::Entity")]
pub struct Workflow {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    #[graphql(skip)]
    created_by: Option<Id>,
    /// Name of the workflow.
    pub name: String,
    /// What it validates.
    pub description: Option<String>,
    /// Whether assessments may be started by it.
    pub is_active: bool,
    /// When it was designed.
    pub created_at: DateTime<Utc>,
    /// When it, one of its buckets or one of its criteria last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Workflow: workflow, WorkflowFilter, WorkflowOrder, needs WorkflowsRead);

filter! {
    /// Which workflows.
    WorkflowFilter for Workflow of workflow {
        /// By identity.
        id: IdFilter => Id,
        /// By whether assessments may be started by them.
        is_active: BooleanFilter => IsActive,
        /// By who designed them.
        created_by_id: IdFilter => CreatedBy,
        /// By when they were designed.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By who designed them.
        created_by: UserFilter => CreatedBy,
    } many {
        /// By what they ask for.
        buckets: BucketFilter => WorkflowBuckets, Id,
        /// By their rules.
        criteria: CriterionFilter => WorkflowCriteria, Id,
        /// By their runs.
        assessments: AssessmentFilter => WorkflowAssessments, Id,
    }
}

order! {
    /// By what workflows are put in order.
    WorkflowOrder, WorkflowOrderField for Workflow of workflow, usually CreatedAt Desc {
        /// By when they were designed.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// What a workflow asks for.
    WorkflowBuckets: Bucket, bucket by WorkflowId);
relation!(/// The rules of a workflow.
    WorkflowCriteria: Criterion, criterion by WorkflowId);
relation!(/// The runs of a workflow.
    WorkflowAssessments: Assessment, assessment by WorkflowId);

relations! {
    Workflow one {
        /// The organization it belongs to. Needs organization:read.
        organization: Organization by organization_id,
    } maybe {
        /// Who designed it. Needs organization:read.
        created_by: User by created_by,
    } many {
        /// The kinds of document it asks for, the retired ones too. Needs workflows:read.
        buckets: Bucket by WorkflowBuckets from id,
        /// The rules they must meet, the retired ones too. Needs workflows:read.
        criteria: Criterion by WorkflowCriteria from id,
        /// Its runs, of projects that the caller may see and of none. Needs assessments:read.
        assessments: Assessment by WorkflowAssessments from id,
    }
}

roots! {
    /// Reads of workflows.
    WorkflowQueries: Workflow {
        one
        /// A workflow of the caller's organization. Needs workflows:read.
        workflow,
        many
        /// The workflows of the caller's organization, the newest first. Needs workflows:read.
        workflows,
    }
}
