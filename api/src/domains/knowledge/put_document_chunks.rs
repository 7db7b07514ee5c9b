//! Writing the passages of a document: up to 1,000 at once, all of them or none. What is sent again replaces what is there, so
//! a retry never doubles anything.

use std::collections::HashMap;

use async_graphql::{Context, InputObject, Object};
use entity::knowledge::document::{self, ProcessingStatus};
use entity::knowledge::document_chunk::{self, Column};
use sea_orm::ActiveValue::{NotSet, Set};
use serde_json::json;

use super::{Document, DocumentChunk};
use crate::core::{
    Faults, Id, MOST_AT_ONCE, Permission, Refusal, Result, Session, Tx, UserError, UserErrorCode,
    embedding_of,
};
use crate::payload;

/// A longer passage is none.
const LONGEST_TEXT: usize = 20_000;

/// A passage of a document.
#[derive(InputObject, Clone, Debug)]
pub struct PutDocumentChunkInput {
    /// Place in the document, from 0. A chunk that is there is replaced.
    chunk_index: i32,
    /// What it says, 1 to 20,000 characters.
    text: String,
    /// Where it starts in the content, in characters, from 0.
    start_char: i32,
    /// Where it ends, exclusive.
    end_char: i32,
    /// Its meaning: exactly 384 numbers. Left out, the chunk has none, and search finds it by its words alone.
    embedding: Option<Vec<f64>>,
}

/// Passages of a document.
#[derive(InputObject, Clone, Debug)]
pub struct PutDocumentChunksInput {
    /// The document.
    document_id: Id,
    /// The chunks, at most 1,000; the others of the document stay as they are.
    chunks: Vec<PutDocumentChunkInput>,
    /// How many chunks the document has in all: those from this place on are removed, the end of an older and longer cut. Left out,
    /// none is.
    total: Option<i32>,
    /// The model that made the embeddings, 1 to 100 characters; it is noted on the document.
    embedding_model: Option<String>,
    /// How far the document's processing is with this, by the steps of `updateDocument`.
    processing_status: Option<ProcessingStatus>,
}

payload! {
    /// What putDocumentChunks did.
    PutDocumentChunksPayload {
        /// The chunks as they are now, in the order of the input.
        document_chunks: Vec<DocumentChunk>
    }
}

/// Writing the passages of a document.
#[derive(Clone, Copy, Debug, Default)]
pub struct PutDocumentChunks;

/// Writing the passages of a document.
#[Object]
impl PutDocumentChunks {
    /// Writes passages of a document that the caller may read (documents:read): all or nothing. Where anything of it is granted, that
    /// takes a grant to write, to the caller or a role of theirs, unless they uploaded it or are an admin. Needs chunks:record.
    async fn put_document_chunks(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: PutDocumentChunksInput,
    ) -> Result<PutDocumentChunksPayload> {
        let session = Session::of(context)?;
        session.settle(put(session, input).await).await
    }
}

async fn put(
    session: &Session,
    input: PutDocumentChunksInput,
) -> Result<Vec<DocumentChunk>, Refusal> {
    let PutDocumentChunksInput {
        document_id,
        chunks,
        total,
        embedding_model,
        processing_status,
    } = input;
    let mut transaction = session.begin(Permission::ChunksRecord).await?;
    session.require(Permission::DocumentsRead)?;
    if chunks.len() > MOST_AT_ONCE {
        let message = format!(
            "this has at most {MOST_AT_ONCE} items, not {}",
            chunks.len()
        );
        return Err(UserError::new(UserErrorCode::Invalid, &["chunks"], message).into());
    }
    let mut faults = Faults::default();
    faults.check(
        total.is_none_or(|total| total >= 0),
        &["total"],
        "this must not be negative",
    );
    if let Some(model) = &embedding_model {
        faults.length(&["embeddingModel"], model, 1, 100);
    }
    let embeddings = check(&mut faults, &chunks, total);
    let document = held(&mut transaction, &mut faults, document_id).await?;
    let (Some(document), true) = (document, faults.is_empty()) else {
        return faults.refuse();
    };

    if embedding_model.is_some() || processing_status.is_some() {
        let changes = document::ActiveModel {
            embedding_model: embedding_model.map_or(NotSet, |model| Set(Some(model))),
            processing_status: processing_status.map_or(NotSet, Set),
            ..Default::default()
        };
        transaction
            .update::<Document>("update", document_id, changes, None)
            .await?;
    }
    let places: Vec<i32> = chunks.iter().map(|chunk| chunk.chunk_index).collect();
    let rows = chunks
        .into_iter()
        .zip(embeddings)
        .map(|(chunk, embedding)| {
            let PutDocumentChunkInput {
                chunk_index,
                text,
                start_char,
                end_char,
                embedding: _,
            } = chunk;
            document_chunk::ActiveModel {
                audience_id: Set(document.audience_id.0),
                language: Set(document.language),
                document_id: Set(document_id.0),
                chunk_index: Set(chunk_index),
                text: Set(text),
                start_char: Set(start_char),
                end_char: Set(end_char),
                embedding: Set(embedding),
                ..Default::default()
            }
        });
    let written: Vec<DocumentChunk> = transaction
        .put(rows.collect(), &[Column::DocumentId, Column::ChunkIndex])
        .await?;
    let removed = match total {
        Some(total) => {
            transaction
                .remove_from::<DocumentChunk>(
                    (Column::DocumentId, document_id),
                    (Column::ChunkIndex, total),
                )
                .await?
        }
        None => 0,
    };
    let said = json!({
        "written": written.len(), "removed": removed,
        "first": places.iter().min(), "last": places.iter().max(),
    });
    transaction.note::<Document>("put_chunks", document_id, &said);
    transaction.commit().await?;
    let mut by_place: HashMap<i32, DocumentChunk> = written
        .into_iter()
        .map(|chunk| (chunk.chunk_index, chunk))
        .collect();
    Ok(places
        .iter()
        .filter_map(|place| by_place.remove(place))
        .collect())
}

/// Keeps others from changing the document, and so from writing its chunks at the same time.
pub(super) async fn held(
    transaction: &mut Tx<'_>,
    faults: &mut Faults,
    document: Id,
) -> Result<Option<Document>, Refusal> {
    let held = transaction.hold::<Document>(document, None).await;
    faults.there(held, &["documentId"], "document")
}

/// Looks at every chunk; the embeddings as they are kept, where nothing is wrong with them.
fn check(
    faults: &mut Faults,
    chunks: &[PutDocumentChunkInput],
    total: Option<i32>,
) -> Vec<Option<Vec<f32>>> {
    let mut seen = HashMap::with_capacity(chunks.len());
    let mut embeddings = Vec::with_capacity(chunks.len());
    for (index, chunk) in chunks.iter().enumerate() {
        let position = index.to_string();
        let at = |field: &'static str| ["chunks", &position, field];
        let place = chunk.chunk_index;
        faults.check(place >= 0, &at("chunkIndex"), "this must not be negative");
        faults.check(
            total.is_none_or(|total| place < total.max(0)),
            &at("chunkIndex"),
            "this is beyond the last of `total` chunks",
        );
        if let Some(earlier) = seen.insert(place, index) {
            let message = format!("chunk {earlier} of this call has the same place");
            faults.check(false, &at("chunkIndex"), &message);
        }
        faults.length(&at("text"), &chunk.text, 1, LONGEST_TEXT);
        faults.check(
            chunk.start_char >= 0,
            &at("startChar"),
            "this must not be negative",
        );
        faults.check(
            chunk.end_char > chunk.start_char,
            &at("endChar"),
            "this must be greater than startChar",
        );
        embeddings.push(match chunk.embedding.as_deref().map(embedding_of) {
            Some(Ok(embedding)) => Some(embedding),
            Some(Err(fault)) => {
                faults.check(false, &at("embedding"), &fault);
                None
            }
            None => None,
        });
    }
    embeddings
}
