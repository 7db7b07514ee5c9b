//! Documents and their passages, who may read them, search among them, and the log of what was asked.

mod chunk_embedding;
mod document;
mod document_chunk;
mod document_permission;
mod query_log;

use async_graphql::MergedObject;

pub use document::{Document, DocumentFilter};
pub use document_chunk::{DocumentChunk, DocumentChunkFilter};
pub use document_permission::{DocumentPermission, DocumentPermissionFilter};
pub use query_log::{QueryLog, QueryLogFilter};

/// Reads of this domain.
#[derive(MergedObject, Default)]
pub struct KnowledgeQueries(document::DocumentQueries, query_log::QueryLogQueries);
