//! Recording which criteria an assessment found met: up to 1,000 results at once, all of them or none.

use std::collections::HashSet;

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::Utc;
use entity::validation::assessment::{self, AssessmentStatus};
use entity::validation::assessment_result::{self, Confidence};
use sea_orm::ActiveValue::Set;

use super::{Assessment, AssessmentResult, AssessmentResultFilter, Criterion};
use crate::core::{
    Faults, Id, IdFilter, Json, MOST_AT_ONCE, Permission, Refusal, Result, Session, Tx, Under,
    UserError, UserErrorCode,
};
use crate::payload;

/// Whether a criterion was met.
#[derive(InputObject, Clone, Debug)]
pub struct RecordedResultInput {
    /// The rule: one that the assessment asks, and that has no result in it yet.
    criterion_id: Id,
    /// Whether it was met.
    pass: bool,
    /// How sure the model is.
    confidence: Confidence,
    /// Page of the evidence, from 1.
    evidence_page: Option<i32>,
    /// Section of the evidence, as 3.2.
    evidence_section: Option<String>,
    /// The passage itself.
    evidence_text: Option<String>,
    /// Why the model judges so.
    reasoning: Option<String>,
    /// The model's answer as it came, with its metadata.
    ai_response_raw: Option<Json>,
}

/// What models found.
#[derive(InputObject, Clone, Debug)]
pub struct RecordAssessmentResultsInput {
    /// The assessment; it must not have ended.
    assessment_id: Id,
    /// The results, 1 to 1,000, each for another criterion.
    results: Vec<RecordedResultInput>,
}

payload! {
    /// What recordAssessmentResults did.
    RecordAssessmentResultsPayload {
        /// The results, in the order of the input.
        results: Vec<AssessmentResult>
    }
}

/// Recording results.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordAssessmentResults;

/// Recording results.
#[Object]
impl RecordAssessmentResults {
    /// Records which criteria (workflows:read) an assessment (assessments:read) found met: all or nothing. With its first results an
    /// assessment begins to be processed. Needs assessments:record.
    async fn record_assessment_results(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RecordAssessmentResultsInput,
    ) -> Result<RecordAssessmentResultsPayload> {
        let session = Session::of(context)?;
        session.settle(record(session, input).await).await
    }
}

async fn record(
    session: &Session,
    input: RecordAssessmentResultsInput,
) -> Result<Vec<AssessmentResult>, Refusal> {
    let RecordAssessmentResultsInput {
        assessment_id,
        results,
    } = input;
    let mut transaction = session.begin(Permission::AssessmentsRecord).await?;
    let mut faults = Faults::default();
    faults.check(
        (1..=MOST_AT_ONCE).contains(&results.len()),
        &["results"],
        "this has 1 to 1,000 items",
    );
    faults.settle()?;
    let mut faults = Faults::default();
    // Who else records, completes or fails it waits from here on.
    let assessment = transaction.hold::<Assessment>(assessment_id, None).await;
    let assessment = faults.there(assessment, &["assessmentId"], "assessment")?;
    faults.check_state(
        assessment.as_ref().is_none_or(|one| !one.has_ended()),
        &["assessmentId"],
        "the assessment has ended: nothing more is recorded",
    );
    check(session, &mut faults, assessment.as_ref(), &results).await?;
    faults.settle()?;

    if let Some(assessment) = &assessment {
        begin_processing(&mut transaction, assessment).await?;
    }
    let rows = results
        .into_iter()
        .map(|result| (row_of(result, assessment_id), serde_json::json!({})))
        .collect();
    let under = Under::of::<Assessment, _>(
        assessment_result::Column::AssessmentId,
        &[assessment_result::Column::AudienceId],
    );
    let results = transaction.add::<AssessmentResult>(rows, &under)?;
    Ok(transaction.commit().await?.rows(results)?)
}

/// The models are at work: what has not begun begins.
pub(super) async fn begin_processing(
    transaction: &mut Tx<'_>,
    assessment: &Assessment,
) -> Result<(), Refusal> {
    if assessment.status == AssessmentStatus::Pending {
        let changes = assessment::ActiveModel {
            status: Set(AssessmentStatus::Processing),
            started_at: Set(Some(Utc::now())),
            ..Default::default()
        };
        transaction
            .update::<Assessment>("process", assessment.id, changes, None)
            .await?;
    }
    Ok(())
}

async fn check(
    session: &Session,
    faults: &mut Faults,
    assessment: Option<&Assessment>,
    results: &[RecordedResultInput],
) -> Result<(), Refusal> {
    let ids = || results.iter().map(|result| result.criterion_id);
    let criteria = session.many::<Criterion>(ids()).await?;
    let recorded: HashSet<Id> = match assessment {
        Some(assessment) => {
            let recorded = AssessmentResultFilter {
                assessment_id: Some(IdFilter::only(assessment.id)),
                criterion_id: Some(IdFilter {
                    is_in: MaybeUndefined::Value(ids().collect()),
                    ..IdFilter::default()
                }),
                ..AssessmentResultFilter::default()
            };
            let recorded: Vec<AssessmentResult> = session.found(&recorded).await?;
            recorded.iter().map(|result| result.criterion_id).collect()
        }
        None => HashSet::new(),
    };
    let mut seen = HashSet::new();
    for (index, result) in results.iter().enumerate() {
        let index = index.to_string();
        let at = |field: &'static str| ["results", index.as_str(), field];
        faults.check(
            result.evidence_page.is_none_or(|page| page > 0),
            &at("evidencePage"),
            "this must be greater than 0",
        );
        let id = result.criterion_id;
        let asked = assessment.map(|one| (one.workflow_id, one.criterion_ids.contains(&id.0)));
        match (criteria.get(&id), asked) {
            (Some(criterion), Some((workflow, is_asked))) if criterion.workflow_id == workflow => {
                faults.check_state(
                    is_asked,
                    &at("criterionId"),
                    "this assessment does not ask it: it was retired before or added after the start",
                );
            }
            (Some(_), None) => {}
            _ => faults.add(UserError::not_found(
                &at("criterionId"),
                "criterion in this workflow",
            )),
        }
        if recorded.contains(&id) || !seen.insert(id) {
            faults.add(UserError::new(
                UserErrorCode::AlreadyExists,
                &at("criterionId"),
                "this criterion has a result already",
            ));
        }
    }
    Ok(())
}

fn row_of(result: RecordedResultInput, assessment: Id) -> assessment_result::ActiveModel {
    let RecordedResultInput {
        criterion_id,
        pass,
        confidence,
        evidence_page,
        evidence_section,
        evidence_text,
        reasoning,
        ai_response_raw,
    } = result;
    assessment_result::ActiveModel {
        assessment_id: Set(assessment.0),
        criterion_id: Set(criterion_id.0),
        pass: Set(pass),
        confidence: Set(confidence),
        evidence_page: Set(evidence_page),
        evidence_section: Set(evidence_section),
        evidence_text: Set(evidence_text),
        reasoning: Set(reasoning),
        ai_response_raw: Set(ai_response_raw.map(|json| json.0)),
        ..Default::default()
    }
}
