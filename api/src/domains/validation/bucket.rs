//! A kind of document that a workflow asks for.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::validation::{assessment_document, bucket};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, DerivePartialModel};
use serde::Deserialize;

use super::criterion::looks_at;
use super::{AssessmentDocument, AssessmentDocumentFilter, Criterion, Workflow, WorkflowFilter};
use crate::core::{BooleanFilter, DateTimeFilter, Id, IdFilter, Relation, Row};
use crate::{filter, node, order, relation, relations};

/// A kind of document that a workflow asks for.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "bucket::Entity")]
pub struct Bucket {
    /// Identity.
    pub id: Id,
    /// Identity of the workflow that asks for it.
    pub workflow_id: Id,
    /// Name of the kind, as Technical file.
    pub name: String,
    /// What belongs in it.
    pub description: Option<String>,
    /// Whether an assessment needs a document in it to start.
    pub required: bool,
    /// Place in the workflow, from 0.
    pub position: i32,
    /// Since when it is shown, but takes no documents any more.
    pub retired_at: Option<DateTime<Utc>>,
    /// When it was added to the workflow.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

node!(Bucket: bucket, BucketFilter, BucketOrder, needs WorkflowsRead);

filter! {
    /// Which buckets.
    BucketFilter for Bucket of bucket {
        /// By identity.
        id: IdFilter => Id,
        /// By the workflow that asks for them.
        workflow_id: IdFilter => WorkflowId,
        /// By whether an assessment needs a document in them.
        required: BooleanFilter => Required,
        /// By since when they take no documents any more; `isNull` for those that do.
        retired_at: DateTimeFilter => RetiredAt,
    } one {
        /// By the workflow that asks for them.
        workflow: WorkflowFilter => WorkflowId,
    } many {
        /// By what was handed in for them.
        documents: AssessmentDocumentFilter => BucketDocuments, Id,
    }
}

order! {
    /// By what buckets are put in order.
    BucketOrder, BucketOrderField for Bucket of bucket, usually Position Asc {
        /// By their place in the workflow.
        Position = position: i32,
    }
}

relation!(/// What was handed in for a bucket.
    BucketDocuments: AssessmentDocument, assessment_document by BucketId);

/// The criteria that look at a bucket: those that name it, and those that name none.
#[derive(Clone, Copy, Debug)]
pub struct BucketCriteria;

impl Relation for BucketCriteria {
    type Key = Id;
    type Child = Criterion;

    fn joins(child: &Row, parent: Expr) -> Condition {
        let bucket = child.related();
        let named = Condition::all()
            .add(bucket.column(bucket::Column::Id).eq(parent))
            .add(looks_at(child, &bucket));
        Condition::all().add(bucket.exists::<bucket::Entity>(named))
    }
}

relations! {
    Bucket one {
        /// The workflow that asks for it. Needs workflows:read.
        workflow: Workflow by workflow_id,
    } many {
        /// What was handed in for it, in assessments that the caller may see. Needs assessments:read.
        documents: AssessmentDocument by BucketDocuments from id,
        /// The criteria that look at it: those that name it, and those that name none. Needs workflows:read.
        criteria: Criterion by BucketCriteria from id,
    }
}
