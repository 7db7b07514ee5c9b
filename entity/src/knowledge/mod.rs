//! Documents, their chunks with embeddings, who may read them, and the log of questions.

pub mod document;
pub mod document_chunk;
pub mod document_permission;
pub mod query_log;
