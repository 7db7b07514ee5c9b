//! Search among documents and among their passages.

use async_graphql::{Context, MaybeUndefined, Object};
use sea_orm::Condition;

use super::{Document, DocumentChunk, DocumentFilter};
use crate::core::{
    BooleanFilter, Embeddings, Filter, Hit, Result, Row, Search, Searchable, Session, belongs_to,
};
use entity::knowledge::document_chunk;

impl Searchable for Document {
    type Criteria = Option<DocumentFilter>;

    const MATCHES: &str = "matching_documents";
    const TEXTS: &[&str] = &["content", "title"];
    const EMBEDDINGS: Embeddings = Embeddings::Of("document_chunks", "document_id");

    fn findable(row: &Row, filter: Option<DocumentFilter>) -> Result<Condition> {
        searchable(filter).condition(row)
    }
}

impl Searchable for DocumentChunk {
    type Criteria = Option<DocumentFilter>;

    const MATCHES: &str = "matching_chunks";
    const TEXTS: &[&str] = &["text"];
    const EMBEDDINGS: Embeddings = Embeddings::Own;

    fn findable(row: &Row, filter: Option<DocumentFilter>) -> Result<Condition> {
        let document = row.column(document_chunk::Column::DocumentId);
        belongs_to(&searchable(filter), row, document)
    }
}

/// Among documents that search may find at all. How far one is processed does not matter: what there is of it is found.
fn searchable(filter: Option<DocumentFilter>) -> DocumentFilter {
    DocumentFilter {
        is_searchable: Some(BooleanFilter {
            eq: MaybeUndefined::Value(true),
            ..BooleanFilter::default()
        }),
        and: filter.map(|filter| vec![filter]),
        ..DocumentFilter::default()
    }
}

/// Search in the knowledge of the organization.
#[derive(Clone, Copy, Debug, Default)]
pub struct SearchQueries;

/// Search in the knowledge of the organization.
#[Object]
impl SearchQueries {
    /// The documents that answer a question best, of those that the caller may read: by the words of title and content, by the
    /// nearest of their chunks in meaning, or by both together. Exactly so many come wherever so many can be found. Needs documents:read.
    async fn search_documents(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The words, at most 500 characters: all of them, \"a phrase\", or, -not. Read in the language of each document, in which other forms of a word are found too."
        )]
        query: Option<String>,
        #[graphql(
            desc = "The meaning: 384 numbers, made by the model that made the embeddings of the chunks."
        )]
        embedding: Option<Vec<f64>>,
        #[graphql(
            desc = "Only documents for which this holds; what it leaves out takes nobody's place."
        )]
        filter: Option<DocumentFilter>,
        #[graphql(
            desc = "So many: at most 100, unless the gateway is set up otherwise; 20 where it is left out."
        )]
        first: Option<i32>,
    ) -> Result<Vec<Hit<Document>>> {
        let search = Search {
            query,
            embedding,
            criteria: filter,
            first,
        };
        Session::of(context)?
            .search(search, context.look_ahead())
            .await
    }

    /// The passages that answer a question best, of documents that the caller may read: by their words, by their meaning, or by both
    /// together. Exactly so many come wherever so many can be found. Needs documents:read.
    async fn search_chunks(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The words, at most 500 characters: all of them, \"a phrase\", or, -not. Read in the language of each document, in which other forms of a word are found too."
        )]
        query: Option<String>,
        #[graphql(
            desc = "The meaning: 384 numbers, made by the model that made the embeddings of the chunks."
        )]
        embedding: Option<Vec<f64>>,
        #[graphql(
            desc = "Only in documents for which this holds; what it leaves out takes nobody's place."
        )]
        filter: Option<DocumentFilter>,
        #[graphql(
            desc = "So many: at most 100, unless the gateway is set up otherwise; 20 where it is left out."
        )]
        first: Option<i32>,
    ) -> Result<Vec<Hit<DocumentChunk>>> {
        let search = Search {
            query,
            embedding,
            criteria: filter,
            first,
        };
        Session::of(context)?
            .search(search, context.look_ahead())
            .await
    }
}
