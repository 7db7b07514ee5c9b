//! New documents, of objects that are stored already.

use async_graphql::{Context, InputObject, Object};
use entity::knowledge::document::{self, DocumentLanguage};
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::Document;
use crate::core::{BigInt, Faults, Id, Json, Permission, Refusal, Result, Session, UserError};
use crate::domains::tenancy::Project;
use crate::payload;

/// More characters of content than this are no text that somebody reads.
const LONGEST_CONTENT: usize = 1_000_000;

/// What is known of a document.
#[derive(InputObject, Clone, Debug)]
pub struct CreateDocumentInput {
    /// The project it belongs to, whose members read it; everybody reads it where this is left out.
    project_id: Option<Id>,
    /// What people call it; 1 to 255 characters.
    title: String,
    /// Name of the file, 1 to 255 characters.
    file_name: String,
    /// Key of the stored object, 1 to 1,024 characters.
    storage_key: String,
    /// Kind of file, as pdf, docx or txt; 1 to 50 characters.
    file_type: String,
    /// Size of the object in bytes, if it is known; it counts towards the quota.
    file_size_bytes: Option<BigInt>,
    /// The mission it is about, 1 to 255 characters.
    mission: Option<String>,
    /// Its text, where it was extracted already; at most 1,000,000 characters.
    content: Option<String>,
    /// Whatever else is known of it: a JSON object.
    metadata: Option<Json>,
    /// Whether search finds it.
    #[graphql(default = true)]
    is_searchable: bool,
    /// In which language search understands it.
    #[graphql(default_with = "DocumentLanguage::English")]
    language: DocumentLanguage,
    /// The model that makes the embeddings of its chunks, 1 to 100 characters.
    embedding_model: Option<String>,
}

payload! {
    /// What createDocument did.
    CreateDocumentPayload {
        /// The new document, whose processing is pending.
        document: Document
    }
}

/// New documents.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreateDocument;

/// New documents.
#[Object]
impl CreateDocument {
    /// Registers a document that is stored, with the caller as its uploader, in a project that they may see (projects:read) or for the
    /// whole organization. The organization's quota of storage must have room for it. Needs documents:write.
    async fn create_document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CreateDocumentInput,
    ) -> Result<CreateDocumentPayload> {
        let session = Session::of(context)?;
        session.settle(create(session, input).await).await
    }
}

async fn create(session: &Session, input: CreateDocumentInput) -> Result<Document, Refusal> {
    let CreateDocumentInput {
        project_id,
        title,
        file_name,
        storage_key,
        file_type,
        file_size_bytes,
        mission,
        content,
        metadata,
        is_searchable,
        language,
        embedding_model,
    } = input;
    let mut transaction = session.begin(Permission::DocumentsWrite).await?;
    let mut faults = Faults::default();
    check_texts(
        &mut faults,
        &[
            ("title", Some(&title), 255),
            ("fileName", Some(&file_name), 255),
            ("storageKey", Some(&storage_key), 1024),
            ("fileType", Some(&file_type), 50),
            ("mission", mission.as_ref(), 255),
            ("embeddingModel", embedding_model.as_ref(), 100),
        ],
    );
    check_rest(
        &mut faults,
        content.as_ref(),
        metadata.as_ref(),
        file_size_bytes.as_ref(),
    );
    check_project(session, &mut faults, project_id).await?;
    faults.settle()?;
    let row = document::ActiveModel {
        project_id: Set(project_id.map(|id| id.0)),
        uploaded_by: Set(Some(session.actor().user)),
        title: Set(title),
        file_name: Set(file_name),
        storage_key: Set(storage_key),
        file_type: Set(file_type),
        file_size_bytes: Set(file_size_bytes.map(|size| size.0)),
        mission: Set(mission),
        content: Set(content),
        metadata: Set(metadata.map_or_else(|| json!({}), |metadata| metadata.0)),
        is_searchable: Set(is_searchable),
        language: Set(language),
        embedding_model: Set(embedding_model),
        ..Default::default()
    };
    let document = transaction.insert_one(row).await?;
    transaction.commit().await?;
    Ok(document)
}

/// How long texts are: each by its field, where it is given.
pub(super) fn check_texts(faults: &mut Faults, texts: &[(&str, Option<&String>, usize)]) {
    for (field, text, longest) in texts {
        if let Some(text) = text {
            faults.length(&[field], text, 1, *longest);
        }
    }
}

/// What holds for the content, the metadata and the size of any document.
pub(super) fn check_rest(
    faults: &mut Faults,
    content: Option<&String>,
    metadata: Option<&Json>,
    size: Option<&BigInt>,
) {
    if let Some(content) = content {
        faults.length(&["content"], content, 0, LONGEST_CONTENT);
    }
    faults.object(&["metadata"], metadata);
    faults.check(
        size.is_none_or(|size| size.0 > 0),
        &["fileSizeBytes"],
        "this must be greater than 0",
    );
}

/// A project must be one that the caller sees.
pub(super) async fn check_project(
    session: &Session,
    faults: &mut Faults,
    project: Option<Id>,
) -> Result<()> {
    if let Some(project) = project
        && session.one::<Project>(project).await?.is_none()
    {
        faults.add(UserError::not_found(&["projectId"], "project"));
    }
    Ok(())
}
