//! Telling which files a session uploads: up to 1,000 at once, in one statement. What the project has already is skipped.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use entity::uploads::file_upload::{self, FileUploadStatus};
use sea_orm::ActiveValue::Set;

use super::bulk::{DUPLICATE, check_content, hold_session, uploaded_before};
use super::{Cycle, FileUpload, FileUploadFilter, SyncSession, object_key};
use crate::core::{
    BigInt, Error, Faults, Id, IdFilter, Permission, Refusal, Result, Session, StringFilter,
    UserError, UserErrorCode, check_size,
};
use crate::payload;

/// A file to upload.
#[derive(InputObject, Clone, Debug)]
pub struct RegisteredFileInput {
    /// Where it is on the uploader's machine, at most 1,024 characters and 2,048 bytes. A path that the session has already is
    /// answered as it is there.
    file_path: String,
    /// Key of the object it becomes, under the session's prefix and at most 1,024 bytes; prefix and path, where it is left out.
    s3_key: Option<String>,
    /// Size of the file in bytes; it can be told later.
    file_size_bytes: Option<BigInt>,
    /// MD5 or SHA-256 of the content in hexadecimal digits; without it no duplicate is noticed.
    checksum: Option<String>,
}

/// Files to upload.
#[derive(InputObject, Clone, Debug)]
pub struct RegisterFilesInput {
    /// The session that uploads them.
    session_id: Id,
    /// The files, 1 to 1,000.
    files: Vec<RegisteredFileInput>,
}

payload! {
    /// What registerFiles did.
    RegisterFilesPayload {
        /// The files, in the order of the input; those that are skipped need not be uploaded.
        files: Vec<FileUpload>
    }
}

/// Telling which files a session uploads.
#[derive(Clone, Copy, Debug, Default)]
pub struct RegisterFiles;

/// Telling which files a session uploads.
#[Object]
impl RegisterFiles {
    /// Tells which files a session uploads that the caller may see (uploads:read): all of them or none. Where a completed file of
    /// the project has the checksum already, the new one is skipped as a duplicate; files that are only under way are not held
    /// against each other. Needs uploads:write.
    async fn register_files(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RegisterFilesInput,
    ) -> Result<RegisterFilesPayload> {
        let session = Session::of(context)?;
        session.settle(register(session, input).await).await
    }
}

async fn register(
    session: &Session,
    input: RegisterFilesInput,
) -> Result<Vec<FileUpload>, Refusal> {
    let RegisterFilesInput { session_id, files } = input;
    let mut transaction = session.begin(Permission::UploadsWrite).await?;
    check_size(&files, "files")?;
    let mut faults = Faults::default();
    let upload = hold_session(&mut transaction, &mut faults, session_id).await?;
    let prefix = match &upload {
        Some(upload) => prefix_of(session, upload).await?,
        None => None,
    };
    let files = understood(&mut faults, prefix.as_deref(), files);
    faults.settle()?;
    let upload = upload.ok_or_else(|| Error::internal("a session that is held is not there"))?;
    let checksums = files.iter().filter_map(|file| file.checksum.as_deref());
    let before = uploaded_before(&transaction, upload.project_id, checksums.collect()).await?;
    let mut paths = Vec::with_capacity(files.len());
    let mut rows = Vec::with_capacity(files.len());
    for file in files {
        let RegisteredFileInput {
            file_path,
            s3_key,
            file_size_bytes,
            checksum,
        } = file;
        let is_duplicate = checksum.as_ref().is_some_and(|sum| before.contains(sum));
        paths.push(file_path.clone());
        rows.push(file_upload::ActiveModel {
            project_id: Set(upload.project_id.0),
            session_id: Set(upload.id.0),
            file_path: Set(file_path),
            s3_key: Set(s3_key.unwrap_or_default()),
            file_size_bytes: Set(file_size_bytes.map(|size| size.0)),
            checksum: Set(checksum),
            status: Set(if is_duplicate {
                FileUploadStatus::Skipped
            } else {
                FileUploadStatus::Pending
            }),
            error_message: Set(is_duplicate.then(|| DUPLICATE.to_owned())),
            is_duplicate: Set(is_duplicate),
            ..Default::default()
        });
    }
    let mut found = by_path(transaction.insert_missing::<FileUpload>(rows).await?);
    // A retry: what was registered before is answered as it is.
    let there = paths.iter().filter(|path| !found.contains_key(*path));
    let there: Vec<String> = there.cloned().collect();
    if !there.is_empty() {
        let filter = FileUploadFilter {
            session_id: Some(IdFilter::only(upload.id)),
            file_path: Some(StringFilter {
                is_in: MaybeUndefined::Value(there),
                ..StringFilter::default()
            }),
            ..FileUploadFilter::default()
        };
        found.extend(by_path(session.found::<FileUpload>(&filter).await?));
    }
    transaction.commit().await?;
    let files = paths.iter().map(|path| found.remove(path));
    let files = files.collect::<Option<_>>();
    Ok(files.ok_or_else(|| Error::internal("a file that was registered is not there"))?)
}

fn by_path(files: Vec<FileUpload>) -> HashMap<String, FileUpload> {
    let named = |file: FileUpload| (file.file_path.clone(), file);
    files.into_iter().map(named).collect()
}

/// Under which all keys of the session lie; none for a session of a command line that said nothing.
async fn prefix_of(session: &Session, upload: &SyncSession) -> Result<Option<String>> {
    if upload.s3_prefix.is_some() {
        return Ok(upload.s3_prefix.clone());
    }
    let cycle = session.maybe::<Cycle>(upload.cycle_id).await?;
    Ok(cycle.map(|cycle| cycle.s3_prefix.clone()))
}

/// The files with their keys, and digits in lower case; a fault for whatever is wrong with one.
fn understood(
    faults: &mut Faults,
    prefix: Option<&str>,
    mut files: Vec<RegisteredFileInput>,
) -> Vec<RegisteredFileInput> {
    let mut paths = HashSet::with_capacity(files.len());
    let mut keys = HashSet::with_capacity(files.len());
    for (index, file) in files.iter_mut().enumerate() {
        let index = index.to_string();
        let at = |field: &'static str| ["files", index.as_str(), field];
        let path = &file.file_path;
        faults.length(&at("filePath"), path, 1, 1024);
        faults.check(
            path.len() <= 2048 && !path.chars().any(char::is_control),
            &at("filePath"),
            "this has at most 2,048 bytes, and no control characters",
        );
        let key = file
            .s3_key
            .get_or_insert_with(|| object_key::of_path(prefix, path));
        object_key::check_key(faults, &at("s3Key"), key, prefix);
        check_content(
            faults,
            &index,
            file.file_size_bytes.as_ref(),
            file.checksum.as_ref(),
        );
        if let Some(checksum) = &mut file.checksum {
            checksum.make_ascii_lowercase();
        }
        for (field, is_new) in [
            ("filePath", paths.insert(path.clone())),
            ("s3Key", keys.insert(key.clone())),
        ] {
            if !is_new {
                faults.add(UserError::new(
                    UserErrorCode::AlreadyExists,
                    &at(field),
                    "another file of this list has the same",
                ));
            }
        }
    }
    files
}
