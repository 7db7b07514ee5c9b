//! Changes of cycles that are there already: what is said of them, and their end.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::uploads::cycle::{self, CycleStatus};
use entity::uploads::file_upload::FileUploadStatus;
use entity::uploads::sync_session::SyncSessionStatus;
use sea_orm::ActiveValue::{NotSet, Set};

use super::create_cycle::check_said;
use super::file_upload::FileUploadStatusFilter;
use super::sync_session::SyncSessionStatusFilter;
use super::{Cycle, FileUpload, FileUploadFilter, SyncSession, SyncSessionFilter};
use crate::core::{
    Faults, Id, IdFilter, Json, ListFilter, Permission, Refusal, Result, Session, Tx, UserError,
    UserErrorCode, patch,
};
use crate::payload;

/// What shall be different about a cycle. A field that is left out stays as it is; null empties it.
#[derive(InputObject, Clone, Debug)]
pub struct UpdateCycleInput {
    /// Which cycle.
    id: Id,
    /// Name, which no other cycle of the project has; 1 to 50 characters.
    cycle_name: Option<String>,
    /// Where its files go in the bucket, at most 100 characters: names with / between them. Only before its first upload.
    s3_prefix: Option<String>,
    /// What is collected; at most 2,000 characters.
    description: MaybeUndefined<String>,
    /// Whatever else is known of it: a JSON object, which replaces the old one.
    metadata: MaybeUndefined<Json>,
    /// What `updatedAt` was when the cycle was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which cycle is at its end.
#[derive(InputObject, Clone, Debug)]
pub struct CompleteCycleInput {
    /// Which cycle.
    id: Id,
    /// What `updatedAt` was when the cycle was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

payload! {
    /// What updateCycle did.
    UpdateCyclePayload {
        /// The cycle as it is now.
        cycle: Cycle
    }
}
payload! {
    /// What completeCycle did.
    CompleteCyclePayload {
        /// The cycle as it ended: completed or incomplete.
        cycle: Cycle
    }
}

/// Changes of cycles.
#[derive(Clone, Copy, Debug, Default)]
pub struct CycleMutations;

/// Changes of cycles.
#[Object]
impl CycleMutations {
    /// Changes what is said of a cycle; how far it is follows from its uploads. Needs uploads:write.
    async fn update_cycle(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: UpdateCycleInput,
    ) -> Result<UpdateCyclePayload> {
        let session = Session::of(context)?;
        session.settle(update(session, input).await).await
    }

    /// Ends a cycle that is in progress and has no upload under way. It is completed if its last upload is, and every file
    /// arrived or was skipped, at once or under the same key in a later upload of the cycle; otherwise it is incomplete, and a
    /// new upload takes it up again. Needs uploads:write.
    async fn complete_cycle(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CompleteCycleInput,
    ) -> Result<CompleteCyclePayload> {
        let session = Session::of(context)?;
        session.settle(complete(session, input).await).await
    }
}

async fn update(session: &Session, input: UpdateCycleInput) -> Result<Cycle, Refusal> {
    let UpdateCycleInput {
        id,
        cycle_name,
        s3_prefix,
        description,
        metadata,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::UploadsWrite).await?;
    let mut faults = Faults::default();
    if let Some(name) = &cycle_name {
        faults.length(&["cycleName"], name, 1, 50);
    }
    check_said(
        &mut faults,
        s3_prefix.as_ref(),
        description.value(),
        metadata.value(),
    );
    match session.one::<Cycle>(id).await? {
        Some(cycle)
            if cycle.status != CycleStatus::Pending
                && s3_prefix
                    .as_ref()
                    .is_some_and(|prefix| *prefix != cycle.s3_prefix) =>
        {
            let message = "the cycle has begun: its files go where they went";
            faults.add(UserError::new(UserErrorCode::State, &["s3Prefix"], message));
        }
        Some(_) => {}
        None => faults.add(UserError::not_found(&["id"], "cycle")),
    }
    faults.settle()?;
    let changes = cycle::ActiveModel {
        cycle_name: cycle_name.map_or(NotSet, Set),
        s3_prefix: s3_prefix.map_or(NotSet, Set),
        description: patch(description),
        metadata: patch(metadata),
        ..Default::default()
    };
    let cycle = transaction
        .update("update", id, changes, if_unchanged_since)
        .await?;
    transaction.commit().await?;
    Ok(cycle)
}

async fn complete(session: &Session, input: CompleteCycleInput) -> Result<Cycle, Refusal> {
    let CompleteCycleInput {
        id,
        if_unchanged_since,
    } = input;
    let state = |message: String| UserError::new(UserErrorCode::State, &["id"], message);
    let mut transaction = session.begin(Permission::UploadsWrite).await?;
    let cycle: Cycle = transaction.hold(id, if_unchanged_since).await?;
    let refused = match cycle.status {
        CycleStatus::InProgress => None,
        CycleStatus::Pending => Some("nothing was uploaded for the cycle yet"),
        CycleStatus::Completed => Some("the cycle is completed already"),
        CycleStatus::Incomplete => {
            Some("the cycle ended as incomplete: upload what is missing first")
        }
    };
    if let Some(refused) = refused {
        return Err(state(refused.to_owned()).into());
    }
    let of_cycle = SyncSessionFilter {
        cycle_id: Some(IdFilter::only(id)),
        ..SyncSessionFilter::default()
    };
    let mut uploads = session.found::<SyncSession>(&of_cycle).await?;
    uploads.sort_by_key(|upload| (upload.created_at, upload.id));
    let under_way = [SyncSessionStatus::Pending, SyncSessionStatus::InProgress];
    let open = uploads
        .iter()
        .filter(|upload| under_way.contains(&upload.status));
    match open.count() {
        0 => {}
        1 => return Err(state("1 upload is under way: end it first".to_owned()).into()),
        open => return Err(state(format!("{open} uploads are under way: end them first")).into()),
    }
    let last = uploads.last().map(|upload| upload.status);
    let is_whole =
        last == Some(SyncSessionStatus::Completed) && missing(&transaction, of_cycle).await? == 0;
    let changes = cycle::ActiveModel {
        status: Set(if is_whole {
            CycleStatus::Completed
        } else {
            CycleStatus::Incomplete
        }),
        ..Default::default()
    };
    let cycle = transaction.update("complete", id, changes, None).await?;
    transaction.commit().await?;
    Ok(cycle)
}

/// How many files of failed uploads have not arrived in any other of the cycle.
async fn missing(transaction: &Tx<'_>, of_cycle: SyncSessionFilter) -> Result<i64> {
    let one_of = |statuses: &[FileUploadStatus]| {
        Some(FileUploadStatusFilter {
            is_in: MaybeUndefined::Value(statuses.to_vec()),
            ..FileUploadStatusFilter::default()
        })
    };
    let arrived = FileUploadFilter {
        status: one_of(&[FileUploadStatus::Completed, FileUploadStatus::Skipped]),
        session: Some(Box::new(of_cycle.clone())),
        ..FileUploadFilter::default()
    };
    let failed = SyncSessionFilter {
        status: Some(SyncSessionStatusFilter {
            eq: MaybeUndefined::Value(SyncSessionStatus::Failed),
            ..SyncSessionStatusFilter::default()
        }),
        ..of_cycle
    };
    let filter = FileUploadFilter {
        status: one_of(&[
            FileUploadStatus::Pending,
            FileUploadStatus::Uploading,
            FileUploadStatus::Failed,
        ]),
        session: Some(Box::new(failed)),
        attempts: Some(Box::new(ListFilter {
            some: None,
            none: Some(arrived),
            every: None,
        })),
        ..FileUploadFilter::default()
    };
    transaction.count::<FileUpload>(&filter).await
}
