//! The embedding of a chunk, apart from it: large, and seldom asked for. All of a level are one statement, as objects are.

use async_graphql::Object;
use entity::knowledge::document_chunk;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use crate::core::{Id, IdFilter};
use crate::{filter, node, order};

/// What a chunk means, in numbers.
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
    pub(super) fn numbers(&self) -> Option<Vec<f64>> {
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
