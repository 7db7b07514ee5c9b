//! Documents and their passages, who may read them, search among them, and the log of what was asked.

mod create_document;
mod document;
mod document_access;
mod document_chunk;
mod document_permission;
mod log_query;
mod put_document_chunks;
mod query_log;
mod search;
mod update_document;

use async_graphql::MergedObject;

pub use document::{Document, DocumentFilter};
pub use document_chunk::{DocumentChunk, DocumentChunkFilter};
pub use document_permission::{DocumentPermission, DocumentPermissionFilter};
pub use query_log::{QueryLog, QueryLogFilter};

/// Reads of this domain.
#[derive(MergedObject, Default)]
pub struct KnowledgeQueries(
    document::DocumentQueries,
    query_log::QueryLogQueries,
    search::SearchQueries,
);

/// Changes in this domain.
#[derive(MergedObject, Default)]
pub struct KnowledgeMutations(
    create_document::CreateDocument,
    update_document::DocumentMutations,
    put_document_chunks::PutDocumentChunks,
    document_access::DocumentAccess,
    log_query::LogQuery,
);
