//! Uploads of files to S3, from their start to their end.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::uploads::file_upload;
use entity::uploads::sync_session::{self, SyncSessionStatus};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Cycle, CycleFilter, FileUpload, FileUploadFilter};
use crate::core::{BigInt, DateTimeFilter, Id, IdFilter};
use crate::domains::tenancy::{Project, ProjectFilter, User, UserFilter};
use crate::{equality_filter, filter, node, order, relation, relations, roots};

/// One upload of files to S3. Its counters always equal what its files say.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "sync_session::Entity")]
pub struct SyncSession {
    /// Identity.
    pub id: Id,
    /// Identity of the project that the files belong to.
    pub project_id: Id,
    /// Identity of the cycle it uploads for; null for an upload outside of cycles.
    pub cycle_id: Option<Id>,
    /// Identity of who uploads; null for a command-line upload.
    pub user_id: Option<Id>,
    /// Where its files go in the bucket: the keys of their objects begin with this.
    pub s3_prefix: Option<String>,
    /// How far it is.
    pub status: SyncSessionStatus,
    /// How many files it has.
    pub total_files: i32,
    /// How many of them are completed.
    pub files_uploaded: i32,
    /// How many of them failed.
    pub files_failed: i32,
    /// How many of them were skipped.
    pub files_skipped: i32,
    /// Size of all its files in bytes, as far as it is known.
    pub total_size_bytes: BigInt,
    /// Size of the completed ones in bytes.
    pub uploaded_size_bytes: BigInt,
    /// When the first of its files was under way.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended, well or not.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it, or one of its counters, last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(SyncSession: sync_session, SyncSessionFilter, SyncSessionOrder, needs UploadsRead);

equality_filter! {
    /// How far uploads are.
    SyncSessionStatusFilter of SyncSessionStatus
}

filter! {
    /// Which uploads.
    SyncSessionFilter for SyncSession of sync_session {
        /// By identity.
        id: IdFilter => Id,
        /// By the project that the files belong to.
        project_id: IdFilter => ProjectId,
        /// By the cycle they upload for.
        cycle_id: IdFilter => CycleId,
        /// By who uploads.
        user_id: IdFilter => UserId,
        /// By how far they are.
        status: SyncSessionStatusFilter => Status,
        /// By when they were registered.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the project that the files belong to.
        project: ProjectFilter => ProjectId,
        /// By the cycle they upload for.
        cycle: CycleFilter => CycleId,
        /// By who uploads.
        user: UserFilter => UserId,
    } many {
        /// By what they upload.
        files: FileUploadFilter => SyncSessionFiles, Id,
    }
}

order! {
    /// By what uploads are put in order.
    SyncSessionOrder, SyncSessionOrderField for SyncSession of sync_session, usually CreatedAt Desc {
        /// By when they were registered.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// What a session uploads.
    SyncSessionFiles: FileUpload, file_upload by SessionId);

relations! {
    SyncSession one {
        /// The project that the files belong to. Needs projects:read.
        project: Project by project_id,
    } maybe {
        /// The cycle it uploads for. Needs uploads:read.
        cycle: Cycle by cycle_id,
        /// Who uploads. Needs organization:read.
        user: User by user_id,
    } many {
        /// What it uploads. Needs uploads:read.
        files: FileUpload by SyncSessionFiles from id,
    }
}

roots! {
    /// Reads of uploads.
    SyncSessionQueries: SyncSession {
        one
        /// An upload to a project that the caller may see. Needs uploads:read.
        sync_session,
        many
        /// The uploads to the projects that the caller may see, the newest first. Needs uploads:read.
        sync_sessions,
    }
}
