//! A document, and what leads from it.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::knowledge::document::{self, DocumentLanguage, ProcessingStatus};
use entity::knowledge::{document_chunk, document_permission};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{DocumentChunk, DocumentChunkFilter, DocumentPermission, DocumentPermissionFilter};
use crate::core::{BigInt, BooleanFilter, DateTimeFilter, Id, IdFilter, Json, StringFilter};
use crate::domains::tenancy::{Organization, Project, ProjectFilter, User, UserFilter};
use crate::{equality_filter, filter, node, order, relation, relations, roots};

/// A knowledge document. Its audience reads it: the members of its project, or everybody where it has none. Once anything of it is
/// granted to somebody, only its grantees, its uploader and admins do, as far as they are of its audience.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "document::Entity")]
pub struct Document {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    #[graphql(skip)]
    pub(super) audience_id: Id,
    /// Identity of the project it belongs to; null for the whole organization.
    pub project_id: Option<Id>,
    #[graphql(skip)]
    pub(super) uploaded_by: Option<Id>,
    /// What people call it.
    pub title: String,
    /// Name of the file, as whoever uploaded it had it.
    pub file_name: String,
    /// Key of the stored object.
    pub storage_key: String,
    /// Kind of file, as pdf, docx or txt.
    pub file_type: String,
    /// Size of the object in bytes; null until it is known.
    pub file_size_bytes: Option<BigInt>,
    /// The mission it is about.
    pub mission: Option<String>,
    /// Its text as it was extracted; null until it is.
    pub content: Option<String>,
    /// Whatever else is known of it.
    pub metadata: Json,
    /// How far it is processed.
    pub processing_status: ProcessingStatus,
    /// Whether search finds it and its chunks.
    pub is_searchable: bool,
    /// In which language search understands it.
    pub language: DocumentLanguage,
    /// Whether it is granted to some, and so for them, its uploader and admins alone. False again once the last grant is revoked.
    pub is_restricted: bool,
    /// The model that made the embeddings of its chunks.
    pub embedding_model: Option<String>,
    /// When it was uploaded.
    pub uploaded_at: DateTime<Utc>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Document: document, DocumentFilter, DocumentOrder, needs DocumentsRead);

equality_filter! {
    /// How far documents are processed.
    ProcessingStatusFilter of ProcessingStatus
}

equality_filter! {
    /// In which language documents are.
    DocumentLanguageFilter of DocumentLanguage
}

filter! {
    /// Which documents.
    DocumentFilter for Document of document {
        /// By identity.
        id: IdFilter => Id,
        /// By the project they belong to; `isNull` for those of the whole organization.
        project_id: IdFilter => ProjectId,
        /// By who uploaded them.
        uploaded_by_id: IdFilter => UploadedBy,
        /// By the mission they are about.
        mission: StringFilter => Mission,
        /// By the kind of file.
        file_type: StringFilter => FileType,
        /// By how far they are processed.
        processing_status: ProcessingStatusFilter => ProcessingStatus,
        /// By whether search finds them.
        is_searchable: BooleanFilter => IsSearchable,
        /// By whether they are for some only.
        is_restricted: BooleanFilter => IsRestricted,
        /// By the language they are in.
        language: DocumentLanguageFilter => Language,
        /// By when they were registered.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the project they belong to.
        project: ProjectFilter => ProjectId,
        /// By who uploaded them.
        uploaded_by: UserFilter => UploadedBy,
    } many {
        /// By their chunks.
        chunks: DocumentChunkFilter => DocumentChunks, Id,
        /// By what is granted of them.
        permissions: DocumentPermissionFilter => DocumentPermissions, Id,
    }
}

order! {
    /// By what documents are put in order.
    DocumentOrder, DocumentOrderField for Document of document, usually CreatedAt Desc {
        /// By when they were registered.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// The passages of a document.
    DocumentChunks: DocumentChunk, document_chunk by DocumentId);
relation!(/// What is granted of a document.
    DocumentPermissions: DocumentPermission, document_permission by DocumentId);

relations! {
    Document one {
        /// The organization that owns it. Needs organization:read.
        organization: Organization by organization_id,
    } maybe {
        /// The project it belongs to; null for the whole organization. Needs projects:read.
        project: Project by project_id,
        /// Who uploaded it, and so may read, change and delete it whatever is granted. Needs organization:read.
        uploaded_by: User by uploaded_by,
    } many {
        /// Its passages in their order; their number is its `totalCount`. Needs documents:read.
        chunks: DocumentChunk by DocumentChunks from id,
        /// What is granted of it, and to whom; nothing where its whole audience reads it. Needs documents:read.
        permissions: DocumentPermission by DocumentPermissions from id,
    }
}

impl Document {
    /// As it is once something of it is granted.
    pub(super) fn closed(self) -> Self {
        Self {
            is_restricted: true,
            ..self
        }
    }
}

roots! {
    /// Reads of documents.
    DocumentQueries: Document {
        one
        /// A document that the caller may read. Needs documents:read.
        document,
        many
        /// The documents that the caller may read, the newest first. Needs documents:read.
        documents,
    }
}
