//! One run of a workflow over documents.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::validation::assessment::{self, AssessmentStatus};
use entity::validation::{assessment_document, assessment_result, criterion};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, DerivePartialModel};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    AssessmentDocument, AssessmentDocumentFilter, AssessmentResult, AssessmentResultFilter,
    Criterion, Workflow, WorkflowFilter,
};
use crate::core::{DateTimeFilter, Id, IdFilter, Relation, Row};
use crate::domains::tenancy::{Organization, Project, ProjectFilter, User, UserFilter};
use crate::{equality_filter, filter, node, order, relation, relations, roots};

/// One run of a workflow over documents: its status, time and cost.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "assessment::Entity")]
pub struct Assessment {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    /// Identity of the workflow that it runs.
    pub workflow_id: Id,
    /// Identity of the project it belongs to; null where it is the whole organization's.
    pub project_id: Option<Id>,
    #[graphql(skip)]
    created_by: Option<Id>,
    #[graphql(skip)]
    pub(super) criterion_ids: Vec<Uuid>,
    /// How far it is.
    pub status: AssessmentStatus,
    /// When processing began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended, well or not.
    pub completed_at: Option<DateTime<Utc>>,
    /// How long processing took, in milliseconds.
    pub duration_ms: Option<i32>,
    /// What the models cost, in cents.
    pub ai_cost_cents: Option<i32>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// When it was started; it counts for the month of this moment.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Assessment: assessment, AssessmentFilter, AssessmentOrder, needs AssessmentsRead);

equality_filter! {
    /// How far assessments are.
    AssessmentStatusFilter of AssessmentStatus
}

filter! {
    /// Which assessments.
    AssessmentFilter for Assessment of assessment {
        /// By identity.
        id: IdFilter => Id,
        /// By the workflow that they run.
        workflow_id: IdFilter => WorkflowId,
        /// By the project they belong to; `isNull` for those of the whole organization.
        project_id: IdFilter => ProjectId,
        /// By who started them.
        created_by_id: IdFilter => CreatedBy,
        /// By how far they are.
        status: AssessmentStatusFilter => Status,
        /// By when they were started.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the workflow that they run.
        workflow: WorkflowFilter => WorkflowId,
        /// By the project they belong to.
        project: ProjectFilter => ProjectId,
        /// By who started them.
        created_by: UserFilter => CreatedBy,
    } many {
        /// By what was handed in.
        documents: AssessmentDocumentFilter => AssessmentDocuments, Id,
        /// By which criteria were met.
        results: AssessmentResultFilter => AssessmentResults, Id,
    }
}

order! {
    /// By what assessments are put in order.
    AssessmentOrder, AssessmentOrderField for Assessment of assessment, usually CreatedAt Desc {
        /// By when they were started.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// What was handed in for an assessment.
    AssessmentDocuments: AssessmentDocument, assessment_document by AssessmentId);
relation!(/// Which criteria an assessment found met.
    AssessmentResults: AssessmentResult, assessment_result by AssessmentId);

/// The criteria that an assessment must answer.
#[derive(Clone, Copy, Debug)]
pub struct AssessmentCriteria;

impl Relation for AssessmentCriteria {
    type Key = Id;
    type Child = Criterion;

    fn joins(child: &Row, parent: Expr) -> Condition {
        let assessment = child.related();
        let asks = Condition::all()
            .add(assessment.column(assessment::Column::Id).eq(parent))
            .add(
                assessment
                    .column(assessment::Column::WorkflowId)
                    .eq(child.column(criterion::Column::WorkflowId)),
            )
            .add(Expr::cust_with_exprs(
                "$1 = ANY ($2)",
                [
                    child.column(criterion::Column::Id),
                    assessment.column(assessment::Column::CriterionIds),
                ],
            ));
        Condition::all().add(assessment.exists::<assessment::Entity>(asks))
    }
}

relations! {
    Assessment one {
        /// The organization it belongs to. Needs organization:read.
        organization: Organization by organization_id,
        /// The workflow that it runs. Needs workflows:read.
        workflow: Workflow by workflow_id,
    } maybe {
        /// The project it belongs to; null where it is the whole organization's. Needs projects:read.
        project: Project by project_id,
        /// Who started it. Needs organization:read.
        created_by: User by created_by,
    } many {
        /// What was handed in. Needs assessments:read.
        documents: AssessmentDocument by AssessmentDocuments from id,
        /// Which criteria were met, with the evidence. Needs assessments:read.
        results: AssessmentResult by AssessmentResults from id,
        /// The criteria that it must answer to be completed: those that were not retired when it was started. Needs workflows:read.
        criteria: Criterion by AssessmentCriteria from id,
    }
}

roots! {
    /// Reads of assessments.
    AssessmentQueries: Assessment {
        one
        /// An assessment of a project that the caller may see, or of none. Needs assessments:read.
        assessment,
        many
        /// The assessments of projects that the caller may see and of none, the newest first. Needs assessments:read.
        assessments,
    }
}
