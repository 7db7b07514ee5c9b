//! New projects: whoever makes one is in it, and answers for it unless somebody else is named.

use async_graphql::{Context, InputObject, Object};
use entity::tenancy::project;
use sea_orm::ActiveValue::Set;

use super::project_member::join;
use super::{Project, User};
use crate::core::{Faults, Id, Permission, Refusal, Result, Session, UserError};
use crate::payload;

/// A site, a customer's job.
#[derive(InputObject, Clone, Debug)]
pub struct CreateProjectInput {
    /// Name, which no other project of the organization has, not even in the bin; 1 to 255 characters.
    name: String,
    /// What is done there; at most 2,000 characters.
    description: Option<String>,
    /// Who answers for it, and so is a member; the caller, where it is left out.
    manager_id: Option<Id>,
}

payload! {
    /// What createProject did.
    CreateProjectPayload {
        /// The new project.
        project: Project
    }
}

/// New projects.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreateProject;

/// New projects.
#[Object]
impl CreateProject {
    /// Begins a project, with the caller and its manager (organization:read) as its members. The organization's quota of
    /// projects must have room for it. Needs projects:write.
    async fn create_project(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CreateProjectInput,
    ) -> Result<CreateProjectPayload> {
        let session = Session::of(context)?;
        session.settle(create(session, input).await).await
    }
}

async fn create(session: &Session, input: CreateProjectInput) -> Result<Project, Refusal> {
    let CreateProjectInput {
        name,
        description,
        manager_id,
    } = input;
    let mut transaction = session.begin(Permission::ProjectsWrite).await?;
    let mut faults = Faults::default();
    faults.length(&["name"], &name, 1, 255);
    if let Some(description) = &description {
        faults.length(&["description"], description, 1, 2000);
    }
    if let Some(manager) = manager_id
        && session.one::<User>(manager).await?.is_none()
    {
        faults.add(UserError::not_found(&["managerId"], "user"));
    }
    faults.settle()?;
    let maker = Id(session.actor().user);
    let manager = manager_id.unwrap_or(maker);
    // Who is no admin sees a project as its manager or its member: its maker begins as the one, to become the other.
    let row = project::ActiveModel {
        name: Set(name),
        description: Set(description),
        manager_id: Set(Some(maker.0)),
        ..Default::default()
    };
    let mut project: Project = transaction.insert_one(row).await?;
    join(&mut transaction, project.id, [maker, manager]).await?;
    if manager != maker {
        let changes = project::ActiveModel {
            manager_id: Set(Some(manager.0)),
            ..Default::default()
        };
        project = transaction
            .update("update", project.id, changes, None)
            .await?;
    }
    transaction.commit().await?;
    Ok(project)
}
