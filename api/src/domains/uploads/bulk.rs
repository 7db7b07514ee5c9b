//! What registering and reporting files share: the session that is held meanwhile, and the rules for what
//! is said of a file.

use async_graphql::MaybeUndefined;
use std::collections::HashSet;

use entity::uploads::file_upload::{self, FileUploadStatus};
use entity::uploads::sync_session::SyncSessionStatus;

use super::file_upload::FileUploadStatusFilter;
use super::{FileUpload, FileUploadFilter, SyncSession, SyncSessionFilter};
use crate::core::{
    BigInt, Faults, Id, IdFilter, Refusal, StringFilter, Tx, UserError, UserErrorCode,
};

/// Why a file is skipped that is a duplicate.
pub(super) const DUPLICATE: &str = "A file with this content was uploaded to the project before.";

/// The session, held until the end of the transaction: whoever else has to do with its files waits. A fault where it is not there,
/// or has ended.
pub(super) async fn hold_session(
    transaction: &mut Tx<'_>,
    faults: &mut Faults,
    id: Id,
) -> Result<Option<SyncSession>, Refusal> {
    let held = transaction.hold::<SyncSession>(id, None).await;
    let session = faults.there(held, &["sessionId"], "session")?;
    if let Some(fault) = session.as_ref().and_then(|it| ended(it, "sessionId")) {
        faults.add(fault);
    }
    Ok(session)
}

/// A fault where nothing can be done with the session any more.
pub(super) fn ended(session: &SyncSession, field: &str) -> Option<UserError> {
    let how = match session.status {
        SyncSessionStatus::Pending | SyncSessionStatus::InProgress => return None,
        SyncSessionStatus::Completed => "completed",
        SyncSessionStatus::Failed => "failed",
    };
    Some(UserError::new(
        UserErrorCode::State,
        &[field],
        format!("the session has ended as {how}: it takes no more files and reports"),
    ))
}

/// What holds for size and checksum of any file.
pub(super) fn check_content(
    faults: &mut Faults,
    index: &str,
    size: Option<&BigInt>,
    checksum: Option<&String>,
) {
    faults.check(
        size.is_none_or(|size| size.0 > 0),
        &["files", index, "fileSizeBytes"],
        "this must be greater than 0",
    );
    faults.check(
        checksum.is_none_or(|checksum| {
            (32..=64).contains(&checksum.len())
                && checksum.bytes().all(|digit| digit.is_ascii_hexdigit())
        }),
        &["files", index, "checksum"],
        "this has 32 to 64 hexadecimal digits",
    );
}

/// Which of the checksums a completed file of the project has.
pub(super) async fn uploaded_before(
    transaction: &Tx<'_>,
    project: Id,
    checksums: HashSet<&str>,
) -> Result<HashSet<String>, Refusal> {
    if checksums.is_empty() {
        return Ok(HashSet::new());
    }
    let filter = FileUploadFilter {
        checksum: Some(StringFilter {
            is_in: MaybeUndefined::Value(checksums.into_iter().map(str::to_owned).collect()),
            ..StringFilter::default()
        }),
        status: Some(FileUploadStatusFilter {
            eq: MaybeUndefined::Value(FileUploadStatus::Completed),
            ..FileUploadStatusFilter::default()
        }),
        session: Some(Box::new(SyncSessionFilter {
            project_id: Some(IdFilter::only(project)),
            ..SyncSessionFilter::default()
        })),
        ..FileUploadFilter::default()
    };
    let column = file_upload::Column::Checksum;
    Ok(transaction.texts::<FileUpload>(column, &filter).await?)
}
