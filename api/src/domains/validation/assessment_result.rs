//! Whether a criterion was met, with the evidence.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::validation::assessment_result::{self, Confidence};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Assessment, AssessmentFilter, Criterion, CriterionFilter};
use crate::core::{BooleanFilter, DateTimeFilter, Id, IdFilter, Json};
use crate::{equality_filter, filter, node, order, relations};

/// Whether a criterion was met, with the evidence and the reasoning.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "assessment_result::Entity")]
pub struct AssessmentResult {
    /// Identity.
    pub id: Id,
    /// Identity of the assessment it is a result of.
    pub assessment_id: Id,
    /// Identity of the rule.
    pub criterion_id: Id,
    /// Whether the rule was met.
    pub pass: bool,
    /// How sure the model is.
    pub confidence: Confidence,
    /// Page of the evidence, from 1.
    pub evidence_page: Option<i32>,
    /// Section of the evidence, as 3.2.
    pub evidence_section: Option<String>,
    /// The passage itself.
    pub evidence_text: Option<String>,
    /// Why the model judges so.
    pub reasoning: Option<String>,
    /// The model's answer as it came, with its metadata.
    pub ai_response_raw: Option<Json>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

node!(AssessmentResult: assessment_result, AssessmentResultFilter, AssessmentResultOrder, needs AssessmentsRead);

equality_filter! {
    /// How sure the model is.
    ConfidenceFilter of Confidence
}

filter! {
    /// Which results of assessments.
    AssessmentResultFilter for AssessmentResult of assessment_result {
        /// By identity.
        id: IdFilter => Id,
        /// By the assessment they are results of.
        assessment_id: IdFilter => AssessmentId,
        /// By the rule.
        criterion_id: IdFilter => CriterionId,
        /// By whether the rule was met.
        pass: BooleanFilter => Pass,
        /// By how sure the model is.
        confidence: ConfidenceFilter => Confidence,
        /// By when they were recorded.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the assessment they are results of.
        assessment: AssessmentFilter => AssessmentId,
        /// By the rule.
        criterion: CriterionFilter => CriterionId,
    }
}

order! {
    /// By what results of assessments are put in order.
    AssessmentResultOrder, AssessmentResultOrderField for AssessmentResult of assessment_result, usually CreatedAt Asc {
        /// By when they were recorded.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relations! {
    AssessmentResult one {
        /// The assessment it is a result of. Needs assessments:read.
        assessment: Assessment by assessment_id,
        /// The rule. Needs workflows:read.
        criterion: Criterion by criterion_id,
    }
}
