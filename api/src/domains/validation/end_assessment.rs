//! The end of assessments, well or not. That it comes once, and with all results there, the database keeps.

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::validation::assessment::{self, AssessmentStatus};
use sea_orm::ActiveValue::Set;

use super::Assessment;
use super::record_assessment_results::begin_processing;
use crate::core::{Faults, Id, Permission, Refusal, Result, Session};
use crate::payload;

/// Which assessment has all its results.
#[derive(InputObject, Clone, Debug)]
pub struct CompleteAssessmentInput {
    /// Which assessment.
    id: Id,
    /// How long processing took, in milliseconds; the time since it began where this is left out.
    duration_ms: Option<i32>,
    /// What the models cost, in cents.
    ai_cost_cents: i32,
    /// What `updatedAt` was when the assessment was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which assessment ends without its results.
#[derive(InputObject, Clone, Debug)]
pub struct FailAssessmentInput {
    /// Which assessment.
    id: Id,
    /// Why it failed; 1 to 2,000 characters.
    error_message: String,
    /// How long processing took, in milliseconds; the time since it began where this is left out.
    duration_ms: Option<i32>,
    /// What the models cost all the same, in cents.
    ai_cost_cents: Option<i32>,
    /// What `updatedAt` was when the assessment was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

payload! {
    /// What completeAssessment did.
    CompleteAssessmentPayload {
        /// The assessment as it is now.
        assessment: Assessment
    }
}
payload! {
    /// What failAssessment did.
    FailAssessmentPayload {
        /// The assessment as it is now.
        assessment: Assessment
    }
}

/// The end of assessments.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndAssessment;

/// The end of assessments.
#[Object]
impl EndAssessment {
    /// Ends an assessment for which every criterion that it must answer has a result. Needs assessments:record.
    async fn complete_assessment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CompleteAssessmentInput,
    ) -> Result<CompleteAssessmentPayload> {
        let CompleteAssessmentInput {
            id,
            duration_ms,
            ai_cost_cents,
            if_unchanged_since,
        } = input;
        let end = End {
            status: AssessmentStatus::Completed,
            duration_ms,
            ai_cost_cents: Some(ai_cost_cents),
            error_message: None,
        };
        let session = Session::of(context)?;
        let ended = end.write(session, id, if_unchanged_since).await;
        session.settle(ended).await
    }

    /// Ends an assessment that cannot be completed, whatever results it has. Needs assessments:record.
    async fn fail_assessment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: FailAssessmentInput,
    ) -> Result<FailAssessmentPayload> {
        let FailAssessmentInput {
            id,
            error_message,
            duration_ms,
            ai_cost_cents,
            if_unchanged_since,
        } = input;
        let end = End {
            status: AssessmentStatus::Failed,
            duration_ms,
            ai_cost_cents,
            error_message: Some(error_message),
        };
        let session = Session::of(context)?;
        let ended = end.write(session, id, if_unchanged_since).await;
        session.settle(ended).await
    }
}

/// How an assessment ends.
struct End {
    status: AssessmentStatus,
    duration_ms: Option<i32>,
    ai_cost_cents: Option<i32>,
    error_message: Option<String>,
}

impl End {
    async fn write(
        self,
        session: &Session,
        id: Id,
        since: Option<DateTime<Utc>>,
    ) -> Result<Assessment, Refusal> {
        let Self {
            status,
            duration_ms,
            ai_cost_cents,
            error_message,
        } = self;
        let mut transaction = session.begin(Permission::AssessmentsRecord).await?;
        let mut faults = Faults::default();
        for (field, number) in [("durationMs", duration_ms), ("aiCostCents", ai_cost_cents)] {
            faults.check(
                number.is_none_or(|number| number >= 0),
                &[field],
                "this must not be negative",
            );
        }
        if let Some(message) = &error_message {
            faults.length(&["errorMessage"], message, 1, 2000);
        }
        let assessment: Assessment = match transaction.hold(id, since).await {
            Ok(assessment) => assessment,
            Err(Refusal::User(errors)) => {
                errors.into_iter().for_each(|error| faults.add(error));
                return faults.refuse();
            }
            Err(refusal) => return Err(refusal),
        };
        faults.settle()?;
        begin_processing(&mut transaction, &assessment).await?;
        // Another gateway's clock may have been ahead of this one's.
        let began = assessment.started_at.unwrap_or_else(Utc::now);
        let ended = Utc::now().max(began);
        let took = i32::try_from((ended - began).num_milliseconds()).unwrap_or(i32::MAX);
        let changes = assessment::ActiveModel {
            status: Set(status),
            completed_at: Set(Some(ended)),
            duration_ms: Set(Some(duration_ms.unwrap_or(took))),
            ai_cost_cents: Set(ai_cost_cents),
            error_message: Set(error_message),
            ..Default::default()
        };
        let verb = if status == AssessmentStatus::Failed {
            "fail"
        } else {
            "complete"
        };
        let assessment = transaction.update(verb, id, changes, None).await?;
        transaction.commit().await?;
        Ok(assessment)
    }
}

impl Assessment {
    /// Whether nothing more is recorded.
    pub(super) fn has_ended(&self) -> bool {
        matches!(
            self.status,
            AssessmentStatus::Completed | AssessmentStatus::Failed
        )
    }
}
