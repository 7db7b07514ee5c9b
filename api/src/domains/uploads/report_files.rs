//! Telling how far files are: up to 1,000 at once, in one statement.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use entity::uploads::file_upload::{self, FileUploadStatus};
use sea_orm::ActiveValue::Set;

use super::FileUpload;
use super::bulk::{DUPLICATE, check_content, hold_session, uploaded_before};
use crate::core::{
    BigInt, Error, Faults, Id, Permission, Refusal, Result, Session, UserError, UserErrorCode,
    check_size,
};
use crate::payload;

/// How far a file is.
#[derive(InputObject, Clone, Debug)]
pub struct ReportedFileInput {
    /// Which file of the session.
    id: Id,
    /// How far it is; nothing is pending again. What is completed or skipped stays so, what failed may be tried again.
    status: FileUploadStatus,
    /// Size of the file in bytes, if it is known now; what was said before stays where it is left out.
    file_size_bytes: Option<BigInt>,
    /// MD5 or SHA-256 of the content in hexadecimal digits, if it is known now; what was said before stays where it is left out.
    checksum: Option<String>,
    /// Why it failed, or is skipped; 1 to 500 characters. Needed for what failed, refused for what is under way or completed.
    error_message: Option<String>,
}

/// How far files are.
#[derive(InputObject, Clone, Debug)]
pub struct ReportFilesInput {
    /// The session that uploads them.
    session_id: Id,
    /// The files, 1 to 1,000, each once.
    files: Vec<ReportedFileInput>,
}

payload! {
    /// What reportFiles did.
    ReportFilesPayload {
        /// The files as they are now, in the order of the input.
        files: Vec<FileUpload>
    }
}

/// Telling how far files are.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportFiles;

/// Telling how far files are.
#[Object]
impl ReportFiles {
    /// Tells how far files of a session are that the caller may see (uploads:read): all of them or none. The session's counters
    /// follow at once; the first file that is under way begins it. What is said again changes nothing. A file that was uploaded is
    /// completed, even if another of the same content was quicker: duplicates are noticed when they are registered. The
    /// organization's quota of storage must have room for what is completed. Needs uploads:write.
    async fn report_files(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: ReportFilesInput,
    ) -> Result<ReportFilesPayload> {
        let session = Session::of(context)?;
        session.settle(report(session, input).await).await
    }
}

async fn report(session: &Session, input: ReportFilesInput) -> Result<Vec<FileUpload>, Refusal> {
    let ReportFilesInput { session_id, files } = input;
    let mut transaction = session.begin(Permission::UploadsWrite).await?;
    check_size(&files, "files")?;
    let mut faults = Faults::default();
    let upload = hold_session(&mut transaction, &mut faults, session_id).await?;
    let mut now = match upload {
        Some(_) => {
            session
                .many::<FileUpload>(files.iter().map(|file| file.id))
                .await?
        }
        None => HashMap::new(),
    };
    now.retain(|_, file| file.session_id == session_id);
    let mut seen = HashSet::with_capacity(files.len());
    for (index, file) in files.iter().enumerate() {
        let index = index.to_string();
        check(&mut faults, &index, file);
        // Of a session that is not there, no file is.
        if upload.is_some() {
            check_way(&mut faults, &index, file, now.get(&file.id));
        }
        faults.check(
            seen.insert(file.id),
            &["files", &index, "id"],
            "this file is in the list twice",
        );
    }
    faults.settle()?;
    let upload = upload.ok_or_else(|| Error::internal("a session that is held is not there"))?;
    let changed = changed(&now, files.clone());
    let skipped = changed
        .iter()
        .filter(|(_, row)| row.status == FileUploadStatus::Skipped);
    let sums = skipped.filter_map(|(_, file)| file.checksum.as_deref());
    let before = uploaded_before(&transaction, upload.project_id, sums.collect()).await?;
    let rows = changed.into_iter().map(|(id, file)| {
        let is_skipped = file.status == FileUploadStatus::Skipped;
        let is_duplicate = is_skipped
            && file
                .checksum
                .as_ref()
                .is_some_and(|sum| before.contains(sum));
        let message = file.error_message;
        let row = file_upload::ActiveModel {
            status: Set(file.status),
            file_size_bytes: Set(file.file_size_bytes.map(|size| size.0)),
            checksum: Set(file.checksum),
            error_message: Set(message.or_else(|| is_duplicate.then(|| DUPLICATE.to_owned()))),
            is_duplicate: Set(is_duplicate),
            ..Default::default()
        };
        (id, row)
    });
    let written = transaction
        .update_all::<FileUpload>("report", rows.collect())
        .await?;
    transaction.commit().await?;
    now.extend(written.into_iter().map(|file| (file.id, Arc::new(file))));
    let files = files
        .iter()
        .map(|file| now.get(&file.id).map(|file| FileUpload::clone(file)));
    let files = files.collect::<Option<_>>();
    Ok(files.ok_or_else(|| Error::internal("a file that was reported is not there"))?)
}

/// What is wrong with a report, whatever the file is.
fn check(faults: &mut Faults, index: &str, file: &ReportedFileInput) {
    let at = |field: &'static str| ["files", index, field];
    check_content(
        faults,
        index,
        file.file_size_bytes.as_ref(),
        file.checksum.as_ref(),
    );
    if let Some(message) = &file.error_message {
        faults.length(&at("errorMessage"), message, 1, 500);
    }
    match file.status {
        FileUploadStatus::Pending => faults.check(
            false,
            &at("status"),
            "a file is pending before the first report, and never again",
        ),
        FileUploadStatus::Failed => faults.check(
            file.error_message.is_some(),
            &at("errorMessage"),
            "say why it failed",
        ),
        FileUploadStatus::Uploading | FileUploadStatus::Completed => faults.check(
            file.error_message.is_none(),
            &at("errorMessage"),
            "this is for files that failed or are skipped",
        ),
        FileUploadStatus::Skipped => {}
    }
}

/// What is wrong with a report of a file as it is now.
fn check_way(
    faults: &mut Faults,
    index: &str,
    file: &ReportedFileInput,
    now: Option<&Arc<FileUpload>>,
) {
    let at = |field: &'static str| ["files", index, field];
    let Some(now) = now else {
        faults.add(UserError::not_found(&at("id"), "file in this session"));
        return;
    };
    let is_done = [FileUploadStatus::Completed, FileUploadStatus::Skipped].contains(&now.status);
    if is_done && (now.status != file.status || adds_to(now, file)) {
        faults.add(UserError::new(
            UserErrorCode::State,
            &at("status"),
            "a file that is completed or skipped stays as it is",
        ));
    }
}

/// Whether the report knows another size or content than the file has.
fn adds_to(now: &FileUpload, file: &ReportedFileInput) -> bool {
    let sum = file.checksum.as_ref().map(|sum| sum.to_ascii_lowercase());
    (file.file_size_bytes.is_some() && file.file_size_bytes != now.file_size_bytes)
        || (sum.is_some() && sum != now.checksum)
}

/// The files that a report changes, with all that is known of them then.
fn changed(
    now: &HashMap<Id, Arc<FileUpload>>,
    files: Vec<ReportedFileInput>,
) -> Vec<(Id, ReportedFileInput)> {
    let whole = |file: ReportedFileInput| {
        let now = now.get(&file.id)?;
        let is_done =
            [FileUploadStatus::Completed, FileUploadStatus::Skipped].contains(&now.status);
        let is_new = now.status != file.status
            || adds_to(now, &file)
            || file.error_message != now.error_message;
        if is_done || !is_new {
            return None;
        }
        let ReportedFileInput {
            id,
            status,
            file_size_bytes,
            checksum,
            error_message,
        } = file;
        let checksum = checksum.map(|sum| sum.to_ascii_lowercase());
        Some((
            id,
            ReportedFileInput {
                id,
                status,
                file_size_bytes: file_size_bytes.or(now.file_size_bytes),
                checksum: checksum.or_else(|| now.checksum.clone()),
                error_message,
            },
        ))
    };
    files.into_iter().filter_map(whole).collect()
}
