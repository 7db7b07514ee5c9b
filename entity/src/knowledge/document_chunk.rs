//! A passage of a document with its embedding: what search finds and answers cite.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A row of `document_chunks`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "document_chunks")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The document's audience: set it at insert, the database moves it along.
    pub audience_id: Uuid,
    /// The document it is a passage of.
    pub document_id: Uuid,
    /// Place in the document, from 0.
    pub chunk_index: i32,
    /// The passage.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// Where it starts in the content.
    pub start_char: i32,
    /// Where it ends, exclusive.
    pub end_char: i32,
    // search_vector, generated for full-text search, is not here: queries name it themselves.
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// Its meaning in 384 numbers; null until computed.
    #[sea_orm(select_as = "real[]", save_as = "real[]")]
    pub embedding: Option<Vec<f32>>,
    /// The document's: set it at insert, the database moves it along.
    pub language: super::document::DocumentLanguage,
    /// The document it is a passage of.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, document_id)",
        to = "(organization_id, id)"
    )]
    pub document: BelongsTo<super::document::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
