//! A rule that the documents of a workflow must meet.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::validation::{assessment_result, bucket, criterion};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, DerivePartialModel};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    AssessmentResult, AssessmentResultFilter, Bucket, BucketFilter, Workflow, WorkflowFilter,
};
use crate::core::{DateTimeFilter, Id, IdFilter, Relation, Row};
use crate::{filter, node, order, relation, relations};

/// A rule that the documents of a workflow must meet.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "criterion::Entity")]
pub struct Criterion {
    /// Identity.
    pub id: Id,
    /// Identity of the workflow whose rule it is.
    pub workflow_id: Id,
    /// The rule in short.
    pub name: String,
    /// The rule as the model and the reader are told it.
    pub description: Option<String>,
    /// Place in the workflow, from 0.
    pub position: i32,
    #[graphql(skip)]
    pub(super) applies_to_bucket_ids: Vec<Uuid>,
    /// Since when it is shown, but not asked any more.
    pub retired_at: Option<DateTime<Utc>>,
    /// When it was added to the workflow.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

node!(Criterion: criterion, CriterionFilter, CriterionOrder, needs WorkflowsRead);

filter! {
    /// Which criteria.
    CriterionFilter for Criterion of criterion {
        /// By identity.
        id: IdFilter => Id,
        /// By the workflow whose rules they are.
        workflow_id: IdFilter => WorkflowId,
        /// By since when they are not asked any more; `isNull` for those that are.
        retired_at: DateTimeFilter => RetiredAt,
    } one {
        /// By the workflow whose rules they are.
        workflow: WorkflowFilter => WorkflowId,
    } many {
        /// By how they fared.
        results: AssessmentResultFilter => CriterionResults, Id,
        /// By what they look at.
        buckets: BucketFilter => CriterionBuckets, Id,
    }
}

order! {
    /// By what criteria are put in order.
    CriterionOrder, CriterionOrderField for Criterion of criterion, usually Position Asc {
        /// By their place in the workflow.
        Position = position: i32,
    }
}

relation!(/// How a criterion fared.
    CriterionResults: AssessmentResult, assessment_result by CriterionId);

/// The buckets that a criterion looks at.
#[derive(Clone, Copy, Debug)]
pub struct CriterionBuckets;

impl Relation for CriterionBuckets {
    type Key = Id;
    type Child = Bucket;

    fn joins(child: &Row, parent: Expr) -> Condition {
        let criterion = child.related();
        let names = Condition::all()
            .add(criterion.column(criterion::Column::Id).eq(parent))
            .add(looks_at(&criterion, child));
        Condition::all().add(criterion.exists::<criterion::Entity>(names))
    }
}

/// That a criterion looks at a bucket of its workflow: it names it, or none.
pub(super) fn looks_at(criterion: &Row, bucket: &Row) -> Condition {
    let named = criterion.column(criterion::Column::AppliesToBucketIds);
    Condition::all()
        .add(
            criterion
                .column(criterion::Column::WorkflowId)
                .eq(bucket.column(bucket::Column::WorkflowId)),
        )
        .add(Expr::cust_with_exprs(
            "($1 = '{}' OR $2 = ANY ($1))",
            [named, bucket.column(bucket::Column::Id)],
        ))
}

relations! {
    Criterion one {
        /// The workflow whose rule it is. Needs workflows:read.
        workflow: Workflow by workflow_id,
    } many {
        /// How it fared, in assessments that the caller may see. Needs assessments:read.
        results: AssessmentResult by CriterionResults from id,
        /// The buckets it looks at: those it names, or all of the workflow's. Needs workflows:read.
        buckets: Bucket by CriterionBuckets from id,
    } and {
        /// Whether it names no buckets, and so looks at all of the workflow's.
        async fn applies_to_all_buckets(&self) -> bool {
            self.applies_to_bucket_ids.is_empty()
        }
    }
}
