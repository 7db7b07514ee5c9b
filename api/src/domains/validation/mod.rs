//! Workflows (buckets and criteria) and the assessments run by them.

mod assessment;
mod assessment_document;
mod assessment_result;
mod assessment_stats;
mod bucket;
mod create_workflow;
mod criterion;
mod end_assessment;
mod parts;
mod planner;
mod record_assessment_results;
mod start_assessment;
mod update_workflow;
mod usage;
mod workflow;

use async_graphql::MergedObject;

pub use assessment::{Assessment, AssessmentFilter};
pub use assessment_document::{AssessmentDocument, AssessmentDocumentFilter};
pub use assessment_result::{AssessmentResult, AssessmentResultFilter};
pub use bucket::{Bucket, BucketFilter};
pub use criterion::{Criterion, CriterionFilter};
pub use workflow::{Workflow, WorkflowFilter};

/// Reads of this domain.
#[derive(MergedObject, Default)]
pub struct ValidationQueries(
    workflow::WorkflowQueries,
    assessment::AssessmentQueries,
    assessment_stats::AssessmentStatsQueries,
    usage::UsageQueries,
);

/// Changes in this domain.
#[derive(MergedObject, Default)]
pub struct ValidationMutations(
    create_workflow::CreateWorkflow,
    update_workflow::WorkflowMutations,
    start_assessment::StartAssessment,
    record_assessment_results::RecordAssessmentResults,
    end_assessment::EndAssessment,
);
