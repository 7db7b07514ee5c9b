//! New uploads, in a cycle or not.

use async_graphql::{Context, InputObject, Object};
use entity::uploads::cycle::{self, CycleStatus};
use entity::uploads::sync_session;
use sea_orm::ActiveValue::Set;

use super::{Cycle, SyncSession, object_key};
use crate::core::{Faults, Id, Permission, Refusal, Result, Session, UserError, UserErrorCode};
use crate::domains::tenancy::Project;
use crate::payload;

/// An upload.
#[derive(InputObject, Clone, Debug)]
pub struct StartSyncSessionInput {
    /// The project that the files belong to.
    project_id: Id,
    /// The cycle of that project that it uploads for, if any.
    cycle_id: Option<Id>,
    /// Where its files go in the bucket, at most 100 characters: under the cycle's prefix, where there is a cycle. Where it is left
    /// out, the cycle's prefix, or one that is made of the project's name.
    s3_prefix: Option<String>,
}

payload! {
    /// What startSyncSession did.
    StartSyncSessionPayload {
        /// The new upload.
        sync_session: SyncSession
    }
}

/// New uploads.
#[derive(Clone, Copy, Debug, Default)]
pub struct StartSyncSession;

/// New uploads.
#[Object]
impl StartSyncSession {
    /// Starts an upload by the caller to a project that they may see (projects:read). It is pending until its first file is under
    /// way. A cycle begins with its first upload; an incomplete one is taken up again, a completed one takes no more. Needs
    /// uploads:write.
    async fn start_sync_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: StartSyncSessionInput,
    ) -> Result<StartSyncSessionPayload> {
        let session = Session::of(context)?;
        session.settle(start(session, input).await).await
    }
}

async fn start(session: &Session, input: StartSyncSessionInput) -> Result<SyncSession, Refusal> {
    let StartSyncSessionInput {
        project_id,
        cycle_id,
        s3_prefix,
    } = input;
    let mut transaction = session.begin(Permission::UploadsWrite).await?;
    let mut faults = Faults::default();
    if let Some(prefix) = &s3_prefix {
        object_key::check_prefix(&mut faults, &["s3Prefix"], prefix);
    }
    let project = session.one::<Project>(project_id).await?;
    if project.is_none() {
        faults.add(UserError::not_found(&["projectId"], "project"));
    }
    let cycle = match cycle_id {
        // Held: of a session that starts and a cycle that ends at the same moment, the one sees the other.
        Some(id) => match transaction.hold::<Cycle>(id, None).await {
            Ok(cycle) if cycle.project_id == project_id => Some(cycle),
            Ok(_) | Err(Refusal::User(_)) => {
                faults.add(UserError::not_found(&["cycleId"], "cycle of this project"));
                None
            }
            Err(refusal) => return Err(refusal),
        },
        None => None,
    };
    if let Some(cycle) = &cycle {
        if cycle.status == CycleStatus::Completed {
            let message = "the cycle is completed: it takes no more uploads";
            faults.add(UserError::new(UserErrorCode::State, &["cycleId"], message));
        }
        if let Some(prefix) = &s3_prefix {
            let message = format!("this begins with {}, as all of the cycle", cycle.s3_prefix);
            let lies_under = object_key::lies_under(prefix, &cycle.s3_prefix);
            faults.check(lies_under, &["s3Prefix"], &message);
        }
    }
    faults.settle()?;
    let otherwise = || match (&cycle, &project) {
        (Some(cycle), _) => Some(cycle.s3_prefix.clone()),
        (None, project) => project
            .as_ref()
            .map(|project| object_key::of_names(&project.name, None)),
    };
    if let Some(cycle) = &cycle
        && cycle.status != CycleStatus::InProgress
    {
        let changes = cycle::ActiveModel {
            status: Set(CycleStatus::InProgress),
            ..Default::default()
        };
        transaction
            .update::<Cycle>("start", cycle.id, changes, None)
            .await?;
    }
    let row = sync_session::ActiveModel {
        project_id: Set(project_id.0),
        cycle_id: Set(cycle_id.map(|id| id.0)),
        user_id: Set(Some(session.actor().user)),
        s3_prefix: Set(s3_prefix.or_else(otherwise)),
        ..Default::default()
    };
    let started = transaction.insert_one(row).await?;
    transaction.commit().await?;
    Ok(started)
}
