//! Changes of projects that are there already: what is said of them, how far they are, who answers for them, and the bin.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::tenancy::project::{self, ProjectStatus};
use sea_orm::ActiveValue::{NotSet, Set};

use super::project_member::join;
use super::{Project, User};
use crate::core::{Faults, Id, Permission, Refusal, Result, Session, UserError, patch};
use crate::payload;

/// What shall be different about a project. A field that is left out stays as it is; null empties it.
#[derive(InputObject, Clone, Debug)]
pub struct UpdateProjectInput {
    /// Which project.
    id: Id,
    /// Name, which no other project of the organization has, not even in the bin; 1 to 255 characters.
    name: Option<String>,
    /// What is done there; at most 2,000 characters.
    description: MaybeUndefined<String>,
    /// How far it is.
    status: Option<ProjectStatus>,
    /// Who answers for it; they become a member, and who did before stays one.
    manager_id: MaybeUndefined<Id>,
    /// What `updatedAt` was when the project was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which project to put into the bin.
#[derive(InputObject, Clone, Debug)]
pub struct DeleteProjectInput {
    /// Which project.
    id: Id,
    /// What `updatedAt` was when the project was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which project to take out of the bin.
#[derive(InputObject, Clone, Debug)]
pub struct RestoreProjectInput {
    /// Which project.
    id: Id,
}

payload! {
    /// What updateProject did.
    UpdateProjectPayload {
        /// The project as it is now.
        project: Project
    }
}
payload! {
    /// What deleteProject did.
    DeleteProjectPayload {
        /// The project as it lies in the bin.
        project: Project
    }
}
payload! {
    /// What restoreProject did.
    RestoreProjectPayload {
        /// The project, back again.
        project: Project
    }
}

/// Changes of projects.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProjectMutations;

/// Changes of projects.
#[Object]
impl ProjectMutations {
    /// Changes a project that the caller may see, or hands it to another manager (organization:read). Needs projects:write.
    async fn update_project(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: UpdateProjectInput,
    ) -> Result<UpdateProjectPayload> {
        let session = Session::of(context)?;
        session.settle(update(session, input).await).await
    }

    /// Puts a project into the bin: nobody sees it any more, `restoreProject` brings it back. What hangs under it stays where it
    /// is, and so do its stored objects. Needs projects:write.
    async fn delete_project(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeleteProjectInput,
    ) -> Result<DeleteProjectPayload> {
        let session = Session::of(context)?;
        session.settle(delete(session, input).await).await
    }

    /// Takes a project out of the bin, where the quota of projects has room for it. Needs projects:write.
    async fn restore_project(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RestoreProjectInput,
    ) -> Result<RestoreProjectPayload> {
        let session = Session::of(context)?;
        session.settle(restore(session, input).await).await
    }
}

async fn update(session: &Session, input: UpdateProjectInput) -> Result<Project, Refusal> {
    let UpdateProjectInput {
        id,
        name,
        description,
        status,
        manager_id,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::ProjectsWrite).await?;
    let mut faults = Faults::default();
    if let Some(name) = &name {
        faults.length(&["name"], name, 1, 255);
    }
    if let MaybeUndefined::Value(description) = &description {
        faults.length(&["description"], description, 1, 2000);
    }
    let manager = manager_id.value().copied();
    if let Some(manager) = manager
        && session.one::<User>(manager).await?.is_none()
    {
        faults.add(UserError::not_found(&["managerId"], "user"));
    }
    let project = session.one::<Project>(id).await?;
    if project.is_none() {
        faults.add(UserError::not_found(&["id"], "project"));
    }
    faults.settle()?;
    if !manager_id.is_undefined() {
        // Who hands a project over sees it by their membership from now on: before, so that they see what they changed.
        let before = project.and_then(|project| project.manager_id);
        join(&mut transaction, id, before.into_iter().chain(manager)).await?;
    }
    let changes = project::ActiveModel {
        name: name.map_or(NotSet, Set),
        description: patch(description),
        status: status.map_or(NotSet, Set),
        manager_id: patch(manager_id),
        ..Default::default()
    };
    let project = transaction
        .update("update", id, changes, if_unchanged_since)
        .await?;
    transaction.commit().await?;
    Ok(project)
}

async fn delete(session: &Session, input: DeleteProjectInput) -> Result<Project, Refusal> {
    let DeleteProjectInput {
        id,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::ProjectsWrite).await?;
    let project = transaction.delete(id, if_unchanged_since).await?;
    transaction.commit().await?;
    Ok(project)
}

async fn restore(session: &Session, input: RestoreProjectInput) -> Result<Project, Refusal> {
    let RestoreProjectInput { id } = input;
    let mut transaction = session.begin(Permission::ProjectsWrite).await?;
    let project = transaction.restore(id).await?;
    transaction.commit().await?;
    Ok(project)
}
