//! Changes of documents that are there already: what is said of them, how far they are processed, and the bin.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::knowledge::document::{self, DocumentLanguage, ProcessingStatus};
use sea_orm::ActiveValue::{NotSet, Set};

use super::Document;
use super::create_document::{check_project, check_rest, check_texts};
use crate::core::{BigInt, Faults, Id, Json, Permission, Refusal, Result, Session, patch};
use crate::payload;

/// What shall be different about a document. A field that is left out stays as it is; null empties it.
#[derive(InputObject, Clone, Debug)]
pub struct UpdateDocumentInput {
    /// Which document.
    id: Id,
    /// The project to move it to; null for the whole organization, which reads it from then on where nothing is granted.
    project_id: MaybeUndefined<Id>,
    /// What people call it; 1 to 255 characters.
    title: Option<String>,
    /// Name of the file, 1 to 255 characters.
    file_name: Option<String>,
    /// Key of the stored object, 1 to 1,024 characters.
    storage_key: Option<String>,
    /// Kind of file, 1 to 50 characters.
    file_type: Option<String>,
    /// Size of the object in bytes; it counts towards the quota.
    file_size_bytes: MaybeUndefined<BigInt>,
    /// The mission it is about, 1 to 255 characters.
    mission: MaybeUndefined<String>,
    /// Its text as it was extracted; at most 1,000,000 characters.
    content: MaybeUndefined<String>,
    /// Whatever else is known of it: a JSON object, which replaces the old one.
    metadata: Option<Json>,
    /// How far its processing is: from PENDING to PROCESSING, from there to COMPLETED or FAILED, and from those to PROCESSING again.
    processing_status: Option<ProcessingStatus>,
    /// Whether search finds it.
    is_searchable: Option<bool>,
    /// In which language search understands it and its chunks.
    language: Option<DocumentLanguage>,
    /// The model that made the embeddings of its chunks, 1 to 100 characters.
    embedding_model: MaybeUndefined<String>,
    /// What `updatedAt` was when the document was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which document to put into the bin.
#[derive(InputObject, Clone, Debug)]
pub struct DeleteDocumentInput {
    /// Which document.
    id: Id,
    /// What `updatedAt` was when the document was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which document to take out of the bin.
#[derive(InputObject, Clone, Debug)]
pub struct RestoreDocumentInput {
    /// Which document.
    id: Id,
}

payload! {
    /// What updateDocument did.
    UpdateDocumentPayload {
        /// The document as it is now.
        document: Document
    }
}
payload! {
    /// What deleteDocument did.
    DeleteDocumentPayload {
        /// The document as it lies in the bin.
        document: Document
    }
}
payload! {
    /// What restoreDocument did.
    RestoreDocumentPayload {
        /// The document, back again.
        document: Document
    }
}

/// Changes of documents.
#[derive(Clone, Copy, Debug, Default)]
pub struct DocumentMutations;

/// Changes of documents.
#[Object]
impl DocumentMutations {
    /// Changes what is known of a document, or moves it to another project that the caller may see (projects:read). Where anything of
    /// it is granted, that takes a grant to write, unless the caller uploaded it or is an admin. Needs documents:write.
    async fn update_document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: UpdateDocumentInput,
    ) -> Result<UpdateDocumentPayload> {
        let session = Session::of(context)?;
        session.settle(update(session, input).await).await
    }

    /// Puts a document into the bin: nobody reads or finds it or its chunks any more, `restoreDocument` brings it back. Where anything of
    /// it is granted, that takes a grant to delete, unless the caller uploaded it or is an admin. Needs documents:write.
    async fn delete_document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeleteDocumentInput,
    ) -> Result<DeleteDocumentPayload> {
        let session = Session::of(context)?;
        session.settle(delete(session, input).await).await
    }

    /// Takes a document out of the bin, with its chunks and all that is granted of it; who may delete it may. Needs documents:write.
    async fn restore_document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RestoreDocumentInput,
    ) -> Result<RestoreDocumentPayload> {
        let session = Session::of(context)?;
        session.settle(restore(session, input).await).await
    }
}

async fn update(session: &Session, input: UpdateDocumentInput) -> Result<Document, Refusal> {
    let UpdateDocumentInput {
        id,
        project_id,
        title,
        file_name,
        storage_key,
        file_type,
        file_size_bytes,
        mission,
        content,
        metadata,
        processing_status,
        is_searchable,
        language,
        embedding_model,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::DocumentsWrite).await?;
    let mut faults = Faults::default();
    check_texts(
        &mut faults,
        &[
            ("title", title.as_ref(), 255),
            ("fileName", file_name.as_ref(), 255),
            ("storageKey", storage_key.as_ref(), 1024),
            ("fileType", file_type.as_ref(), 50),
            ("mission", mission.value(), 255),
            ("embeddingModel", embedding_model.value(), 100),
        ],
    );
    check_rest(
        &mut faults,
        content.value(),
        metadata.as_ref(),
        file_size_bytes.value(),
    );
    check_project(session, &mut faults, project_id.value().copied()).await?;
    faults.settle()?;
    let changes = document::ActiveModel {
        project_id: patch(project_id),
        title: title.map_or(NotSet, Set),
        file_name: file_name.map_or(NotSet, Set),
        storage_key: storage_key.map_or(NotSet, Set),
        file_type: file_type.map_or(NotSet, Set),
        file_size_bytes: patch(file_size_bytes),
        mission: patch(mission),
        content: patch(content),
        metadata: metadata.map_or(NotSet, |metadata| Set(metadata.0)),
        processing_status: processing_status.map_or(NotSet, Set),
        is_searchable: is_searchable.map_or(NotSet, Set),
        language: language.map_or(NotSet, Set),
        embedding_model: patch(embedding_model),
        ..Default::default()
    };
    let document = transaction
        .update("update", id, changes, if_unchanged_since)
        .await?;
    transaction.commit().await?;
    Ok(document)
}

async fn delete(session: &Session, input: DeleteDocumentInput) -> Result<Document, Refusal> {
    let DeleteDocumentInput {
        id,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::DocumentsWrite).await?;
    let document = transaction.delete(id, if_unchanged_since).await?;
    transaction.commit().await?;
    Ok(document)
}

async fn restore(session: &Session, input: RestoreDocumentInput) -> Result<Document, Refusal> {
    let RestoreDocumentInput { id } = input;
    let mut transaction = session.begin(Permission::DocumentsWrite).await?;
    let document = transaction.restore(id).await?;
    transaction.commit().await?;
    Ok(document)
}
