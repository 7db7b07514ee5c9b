//! The end of an upload, well or not. What has ended takes no more files and no more reports.

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::uploads::sync_session::{self, SyncSessionStatus};
use sea_orm::ActiveValue::Set;

use super::SyncSession;
use super::bulk::ended;
use crate::core::{Faults, Id, Permission, Refusal, Result, Session, UserError, UserErrorCode};
use crate::payload;

/// Which upload is at its end.
#[derive(InputObject, Clone, Debug)]
pub struct CompleteSyncSessionInput {
    /// Which upload.
    id: Id,
    /// What `updatedAt` was when the upload was read; if it or its files have changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which upload is given up.
#[derive(InputObject, Clone, Debug)]
pub struct FailSyncSessionInput {
    /// Which upload.
    id: Id,
    /// Why, in 1 to 500 characters.
    error_message: String,
    /// What `updatedAt` was when the upload was read; if it or its files have changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

payload! {
    /// What completeSyncSession did.
    CompleteSyncSessionPayload {
        /// The upload as it ended.
        sync_session: SyncSession
    }
}
payload! {
    /// What failSyncSession did.
    FailSyncSessionPayload {
        /// The upload as it ended.
        sync_session: SyncSession
    }
}

/// The end of uploads.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndSyncSession;

/// The end of uploads.
#[Object]
impl EndSyncSession {
    /// Ends an upload of which no file is pending or uploading any more. Where files failed it ends as failed, and says how many.
    /// Needs uploads:write.
    async fn complete_sync_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CompleteSyncSessionInput,
    ) -> Result<CompleteSyncSessionPayload> {
        let session = Session::of(context)?;
        session.settle(complete(session, input).await).await
    }

    /// Gives an upload up, whatever its files are. They stay as they were last reported. Needs uploads:write.
    async fn fail_sync_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: FailSyncSessionInput,
    ) -> Result<FailSyncSessionPayload> {
        let session = Session::of(context)?;
        session.settle(fail(session, input).await).await
    }
}

async fn complete(
    session: &Session,
    input: CompleteSyncSessionInput,
) -> Result<SyncSession, Refusal> {
    let CompleteSyncSessionInput {
        id,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::UploadsWrite).await?;
    let upload: SyncSession = transaction.hold(id, if_unchanged_since).await?;
    if let Some(fault) = ended(&upload, "id") {
        return Err(fault.into());
    }
    let (all, failed) = (upload.total_files, upload.files_failed);
    let open = all - upload.files_uploaded - failed - upload.files_skipped;
    if open > 0 {
        let message = format!("{open} of {all} files are pending or uploading: report them first");
        return Err(UserError::new(UserErrorCode::State, &["id"], message).into());
    }
    let (verb, changes) = if failed > 0 {
        let changes = sync_session::ActiveModel {
            status: Set(SyncSessionStatus::Failed),
            error_message: Set(Some(format!("{failed} of {all} files failed."))),
            ..Default::default()
        };
        ("fail", changes)
    } else {
        let changes = sync_session::ActiveModel {
            status: Set(SyncSessionStatus::Completed),
            ..Default::default()
        };
        ("complete", changes)
    };
    let upload = transaction.update(verb, id, changes, None).await?;
    transaction.commit().await?;
    Ok(upload)
}

async fn fail(session: &Session, input: FailSyncSessionInput) -> Result<SyncSession, Refusal> {
    let FailSyncSessionInput {
        id,
        error_message,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::UploadsWrite).await?;
    let mut faults = Faults::default();
    faults.length(&["errorMessage"], &error_message, 1, 500);
    match transaction
        .hold::<SyncSession>(id, if_unchanged_since)
        .await
    {
        Ok(upload) => ended(&upload, "id")
            .into_iter()
            .for_each(|fault| faults.add(fault)),
        Err(Refusal::User(refused)) => refused.into_iter().for_each(|fault| faults.add(fault)),
        Err(refusal) => return Err(refusal),
    }
    faults.settle()?;
    let changes = sync_session::ActiveModel {
        status: Set(SyncSessionStatus::Failed),
        error_message: Set(Some(error_message)),
        ..Default::default()
    };
    let upload = transaction.update("fail", id, changes, None).await?;
    transaction.commit().await?;
    Ok(upload)
}
