//! Single files of uploads.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::uploads::file_upload::{self, FileUploadStatus};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{SyncSession, SyncSessionFilter};
use crate::core::{BigInt, DateTimeFilter, Id, IdFilter, StringFilter};
use crate::domains::tenancy::Project;
use crate::{equality_filter, filter, node, order, relation, relations, roots};

/// One file of an upload and how far it is.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "file_upload::Entity")]
pub struct FileUpload {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    pub(super) project_id: Id,
    /// Identity of the session that uploads it.
    pub session_id: Id,
    /// Where it was on the uploader's machine; unique in the session.
    pub file_path: String,
    /// Key of the object it becomes.
    pub s3_key: String,
    /// Size of the file in bytes; null until it is known.
    pub file_size_bytes: Option<BigInt>,
    /// MD5 or SHA-256 of the content, in lower-case hexadecimal digits.
    pub checksum: Option<String>,
    /// How far it is.
    pub status: FileUploadStatus,
    /// Why it failed, or was skipped.
    pub error_message: Option<String>,
    /// When its object was stored.
    pub uploaded_at: Option<DateTime<Utc>>,
    /// Whether it was skipped because a completed file of the same project has its checksum.
    pub is_duplicate: bool,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

node!(FileUpload: file_upload, FileUploadFilter, FileUploadOrder, needs UploadsRead);

equality_filter! {
    /// How far files are.
    FileUploadStatusFilter of FileUploadStatus
}

filter! {
    /// Which files.
    FileUploadFilter for FileUpload of file_upload {
        /// By identity.
        id: IdFilter => Id,
        /// By the session that uploads them.
        session_id: IdFilter => SessionId,
        /// By where they were on the uploader's machine, which is unique in a session.
        file_path: StringFilter => FilePath,
        /// By how far they are.
        status: FileUploadStatusFilter => Status,
        /// By the key of the object.
        s3_key: StringFilter => S3Key,
        /// By the checksum of the content.
        checksum: StringFilter => Checksum,
        /// By when they were registered.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the session that uploads them.
        session: SyncSessionFilter => SessionId,
    } many {
        /// By what was registered under the same key, in whichever session; they themselves are among it.
        attempts: FileUploadFilter => FileAttempts, S3Key,
    }
}

order! {
    /// By what files are put in order.
    FileUploadOrder, FileUploadOrderField for FileUpload of file_upload, usually CreatedAt Desc {
        /// By when they were registered.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// What was registered under the key of a file.
    FileAttempts: FileUpload, file_upload by S3Key keyed String);

relations! {
    FileUpload one {
        /// The session that uploads it. Needs uploads:read.
        session: SyncSession by session_id,
        /// The project it belongs to. Needs projects:read.
        project: Project by project_id,
    } many {
        /// What was registered under the same key, in whichever session, itself included: whether it arrived in the end.
        /// Needs uploads:read.
        attempts: FileUpload by FileAttempts from s3_key,
    }
}

roots! {
    /// Reads of files.
    FileUploadQueries: FileUpload {
        one
        /// A file of an upload that the caller may see. Needs uploads:read.
        file_upload,
        many
        /// The files of the uploads that the caller may see, the newest first. Needs uploads:read.
        file_uploads,
    }
}
