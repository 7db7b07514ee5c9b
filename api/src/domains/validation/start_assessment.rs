//! Starting assessments: documents are handed in, one at least for each bucket that requires one.

use async_graphql::{Context, InputObject, Object};
use entity::validation::{assessment, assessment_document};
use sea_orm::ActiveValue::Set;

use super::{Assessment, AssessmentDocument, Bucket, BucketFilter, Workflow};
use crate::core::{
    BigInt, Faults, Id, Permission, Refusal, Result, Session, Under, UserError, UserErrorCode,
};
use crate::domains::tenancy::Project;
use crate::payload;

/// More are not handed in at once.
const MOST_DOCUMENTS: usize = 1000;

/// A file that is handed in.
#[derive(InputObject, Clone, Debug)]
pub struct HandedInDocumentInput {
    /// The bucket of the workflow: the kind of document it is.
    bucket_id: Id,
    /// Name as the user had it; 1 to 255 characters.
    file_name: String,
    /// Key of the stored object; 1 to 1,024 characters.
    storage_key: String,
    /// Media type, as application/pdf; at most 255 characters.
    mime_type: Option<String>,
    /// Size of the object in bytes; it counts for the quota of storage.
    file_size_bytes: BigInt,
}

/// What shall be validated.
#[derive(InputObject, Clone, Debug)]
pub struct StartAssessmentInput {
    /// The workflow to run; it must be active.
    workflow_id: Id,
    /// The project it belongs to, whose members see it; where it is left out, the whole organization does.
    project_id: Option<Id>,
    /// What is handed in, at most 1,000: for each required bucket one document at least.
    #[graphql(default)]
    documents: Vec<HandedInDocumentInput>,
}

payload! {
    /// What startAssessment did.
    StartAssessmentPayload {
        /// The new assessment; it is pending.
        assessment: Assessment
    }
}

/// Starting assessments.
#[derive(Clone, Copy, Debug, Default)]
pub struct StartAssessment;

/// Starting assessments.
#[Object]
impl StartAssessment {
    /// Starts an assessment by an active workflow (workflows:read), of a project (projects:read) or of none, with its documents
    /// (assessments:read), all or nothing. It must answer the criteria that are not retired at this moment. Needs assessments:write.
    async fn start_assessment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: StartAssessmentInput,
    ) -> Result<StartAssessmentPayload> {
        let session = Session::of(context)?;
        session.settle(start(session, input).await).await
    }
}

async fn start(session: &Session, input: StartAssessmentInput) -> Result<Assessment, Refusal> {
    let StartAssessmentInput {
        workflow_id,
        project_id,
        documents,
    } = input;
    let mut transaction = session.begin(Permission::AssessmentsWrite).await?;
    let mut faults = Faults::default();
    faults.check(
        documents.len() <= MOST_DOCUMENTS,
        &["documents"],
        "at most 1,000 documents are handed in",
    );
    faults.settle()?;
    let mut faults = Faults::default();
    // From here on nobody changes the workflow, until the assessment stands.
    let workflow = transaction.share::<Workflow>(workflow_id).await;
    let workflow = faults.there(workflow, &["workflowId"], "workflow")?;
    faults.check_state(
        workflow.as_ref().is_none_or(|workflow| workflow.is_active),
        &["workflowId"],
        "the workflow is not active: no assessment is started by it",
    );
    if let Some(project) = project_id
        && session.one::<Project>(project).await?.is_none()
    {
        faults.add(UserError::not_found(&["projectId"], "project"));
    }
    let buckets: Option<Vec<Bucket>> = match workflow {
        Some(_) => Some(session.found(&BucketFilter::of(workflow_id)).await?),
        None => None,
    };
    for (index, document) in documents.iter().enumerate() {
        check(&mut faults, &index.to_string(), document);
    }
    if let Some(buckets) = &buckets {
        check_buckets(&mut faults, &documents, buckets);
    }
    faults.settle()?;

    let row = assessment::ActiveModel {
        workflow_id: Set(workflow_id.0),
        project_id: Set(project_id.map(|id| id.0)),
        created_by: Set(Some(session.actor().user)),
        ..Default::default()
    };
    let assessment = transaction.insert_one::<Assessment>(row).await?;
    let rows = documents
        .into_iter()
        .map(|document| (row_of(document, assessment.id), serde_json::json!({})))
        .collect();
    let under = Under::of::<Assessment, _>(
        assessment_document::Column::AssessmentId,
        &[assessment_document::Column::AudienceId],
    );
    transaction.add::<AssessmentDocument>(rows, &under)?;
    transaction.commit().await?;
    Ok(assessment)
}

fn check(faults: &mut Faults, index: &str, document: &HandedInDocumentInput) {
    let at = |field: &'static str| ["documents", index, field];
    faults.length(&at("fileName"), &document.file_name, 1, 255);
    faults.length(&at("storageKey"), &document.storage_key, 1, 1024);
    if let Some(mime_type) = &document.mime_type {
        faults.length(&at("mimeType"), mime_type, 1, 255);
    }
    faults.check(
        document.file_size_bytes.0 > 0,
        &at("fileSizeBytes"),
        "this must be greater than 0",
    );
}

/// What is missing is said once it is known for what each document is, and as one fault, so that it reads as a sentence.
fn check_buckets(faults: &mut Faults, documents: &[HandedInDocumentInput], buckets: &[Bucket]) {
    let mut all_known = true;
    for (index, document) in documents.iter().enumerate() {
        let path = ["documents", &index.to_string(), "bucketId"];
        match buckets.iter().find(|one| one.id == document.bucket_id) {
            None => {
                all_known = false;
                faults.add(UserError::not_found(&path, "bucket in this workflow"));
            }
            Some(bucket) => faults.check_state(
                bucket.retired_at.is_none(),
                &path,
                "this bucket is retired: it takes no documents any more",
            ),
        }
    }
    let mut missing: Vec<&Bucket> = buckets
        .iter()
        .filter(|bucket| bucket.required && bucket.retired_at.is_none())
        .filter(|bucket| documents.iter().all(|one| one.bucket_id != bucket.id))
        .collect();
    if !all_known || missing.is_empty() {
        return;
    }
    missing.sort_by_key(|bucket| (bucket.position, bucket.id));
    let names: Vec<String> = missing
        .iter()
        .map(|bucket| format!("\"{}\"", bucket.name))
        .collect();
    faults.add(UserError::new(
        UserErrorCode::Invalid,
        &["documents"],
        format!("no document for what is required: {}", names.join(", ")),
    ));
}

fn row_of(document: HandedInDocumentInput, assessment: Id) -> assessment_document::ActiveModel {
    let HandedInDocumentInput {
        bucket_id,
        file_name,
        storage_key,
        mime_type,
        file_size_bytes,
    } = document;
    assessment_document::ActiveModel {
        assessment_id: Set(assessment.0),
        bucket_id: Set(bucket_id.0),
        file_name: Set(file_name),
        storage_key: Set(storage_key),
        mime_type: Set(mime_type),
        file_size_bytes: Set(Some(file_size_bytes.0)),
        ..Default::default()
    }
}
