//! A passage of a document: what search finds and answers cite.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::knowledge::document_chunk;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Document, DocumentFilter};
use crate::core::{Id, IdFilter, IntFilter, Result, Session};
use crate::{filter, node, order, relations};

/// A passage of a document. Who may read the document may read its passages, and nobody else.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "document_chunk::Entity")]
pub struct DocumentChunk {
    /// Identity; it stays when the chunk is written again.
    pub id: Id,
    /// Identity of the document it is a passage of.
    pub document_id: Id,
    /// Place in the document, from 0.
    pub chunk_index: i32,
    /// What it says.
    pub text: String,
    /// Where it starts in the content, in characters.
    pub start_char: i32,
    /// Where it ends in the content, exclusive.
    pub end_char: i32,
    /// When it was first written.
    pub created_at: DateTime<Utc>,
    /// When it was last written again.
    pub updated_at: DateTime<Utc>,
}

node!(DocumentChunk: document_chunk, DocumentChunkFilter, DocumentChunkOrder, needs DocumentsRead);

filter! {
    /// Which chunks.
    DocumentChunkFilter for DocumentChunk of document_chunk {
        /// By identity.
        id: IdFilter => Id,
        /// By the document they are passages of.
        document_id: IdFilter => DocumentId,
        /// By their place in the document.
        chunk_index: IntFilter => ChunkIndex,
    } one {
        /// By the document they are passages of.
        document: DocumentFilter => DocumentId,
    }
}

order! {
    /// By what chunks are put in order.
    DocumentChunkOrder, DocumentChunkOrderField for DocumentChunk of document_chunk, usually ChunkIndex Asc {
        /// By their place in the document.
        ChunkIndex = chunk_index: i32,
    }
}

relations! {
    DocumentChunk one {
        /// The document it is a passage of. Needs documents:read.
        document: Document by document_id,
    } and {
        /// Its meaning in 384 numbers, by the document's `embeddingModel`; null until it was computed. Read only where it is asked
        /// for. Needs documents:read.
        async fn embedding(&self, context: &Context<'_>) -> Result<Option<Vec<f64>>> {
            let found = Session::of(context)?.one::<ChunkEmbedding>(self.id).await?;
            Ok(found.and_then(|found| found.numbers()))
        }
    }
}

/// What a chunk means, in numbers: apart from it, because it is large and seldom asked for. All of a level are one statement, as
/// objects are.
#[derive(Clone, Debug, Deserialize, DerivePartialModel)]
#[sea_orm(entity = "document_chunk::Entity")]
pub struct ChunkEmbedding {
    id: Id,
    chunk_index: i32,
    embedding: Option<Vec<f32>>,
}

node!(ChunkEmbedding: document_chunk, ChunkEmbeddingFilter, ChunkEmbeddingOrder, needs DocumentsRead);

filter! {
    /// Which embeddings.
    ChunkEmbeddingFilter for ChunkEmbedding of document_chunk {
        /// By the chunk.
        id: IdFilter => Id,
    }
}

order! {
    /// By what embeddings are put in order.
    ChunkEmbeddingOrder, ChunkEmbeddingOrderField for ChunkEmbedding of document_chunk, usually ChunkIndex Asc {
        /// By the place of the chunk.
        ChunkIndex = chunk_index: i32,
    }
}

/// What a chunk means, in numbers.
#[Object]
impl ChunkEmbedding {
    /// The numbers.
    async fn embedding(&self) -> Option<Vec<f64>> {
        self.numbers()
    }
}

impl ChunkEmbedding {
    /// As they were sent: 0.1, and not what its nearest number of half the digits is in twice as many.
    fn numbers(&self) -> Option<Vec<f64>> {
        let shortest = |number: &f32| {
            number
                .to_string()
                .parse()
                .unwrap_or_else(|_| (*number).into())
        };
        let numbers = self.embedding.as_ref()?;
        Some(numbers.iter().map(shortest).collect())
    }
}
