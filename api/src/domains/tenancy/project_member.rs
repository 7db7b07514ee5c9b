//! Who works on a project, and so sees it and what hangs under it.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use entity::tenancy::project_member;
use sea_orm::ActiveValue::Set;

use super::{Project, User};
use crate::core::{
    Faults, Id, MOST_AT_ONCE, Permission, Refusal, Result, Session, Tx, UserError, UserErrorCode,
};
use crate::payload;

/// Who shall work on a project.
#[derive(InputObject, Clone, Debug)]
pub struct AddProjectMemberInput {
    /// Which project.
    project_id: Id,
    /// Who, 1 to 1,000; who is a member already stays one.
    user_ids: Vec<Id>,
}

/// Who shall not work on a project any more.
#[derive(InputObject, Clone, Debug)]
pub struct RemoveProjectMemberInput {
    /// Which project.
    project_id: Id,
    /// Who, 1 to 1,000; who is no member is not missed.
    user_ids: Vec<Id>,
}

payload! {
    /// What addProjectMember did.
    AddProjectMemberPayload {
        /// The project with its members.
        project: Arc<Project>
    }
}
payload! {
    /// What removeProjectMember did.
    RemoveProjectMemberPayload {
        /// The project with its members.
        project: Arc<Project>
    }
}

/// Changes of who works where.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProjectMemberMutations;

/// Changes of who works where.
#[Object]
impl ProjectMemberMutations {
    /// Lets people (organization:read) work on a project that the caller may see (projects:read): from now on they see it, and
    /// what hangs under it. Needs projects:write.
    async fn add_project_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: AddProjectMemberInput,
    ) -> Result<AddProjectMemberPayload> {
        let session = Session::of(context)?;
        session.settle(add(session, input).await).await
    }

    /// Takes people (organization:read) off a project that the caller may see (projects:read). Its manager stays: name another
    /// first. Needs projects:write.
    async fn remove_project_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RemoveProjectMemberInput,
    ) -> Result<RemoveProjectMemberPayload> {
        let session = Session::of(context)?;
        session.settle(remove(session, input).await).await
    }
}

async fn add(session: &Session, input: AddProjectMemberInput) -> Result<Arc<Project>, Refusal> {
    let AddProjectMemberInput {
        project_id,
        user_ids,
    } = input;
    let mut transaction = session.begin(Permission::ProjectsWrite).await?;
    let mut faults = Faults::default();
    let project = project_and_people(session, &mut faults, project_id, &user_ids).await?;
    faults.settle()?;
    join(&mut transaction, project_id, user_ids).await?;
    transaction.commit().await?;
    Ok(project.ok_or_else(|| UserError::not_found(&["projectId"], "project"))?)
}

async fn remove(
    session: &Session,
    input: RemoveProjectMemberInput,
) -> Result<Arc<Project>, Refusal> {
    let RemoveProjectMemberInput {
        project_id,
        user_ids,
    } = input;
    let mut transaction = session.begin(Permission::ProjectsWrite).await?;
    let mut faults = Faults::default();
    let project = project_and_people(session, &mut faults, project_id, &user_ids).await?;
    let manager = project.as_ref().and_then(|project| project.manager_id);
    for (index, user) in user_ids.iter().enumerate() {
        if manager == Some(*user) {
            faults.add(UserError::new(
                UserErrorCode::State,
                &["userIds", &index.to_string()],
                "this is the manager of the project: name another one first",
            ));
        }
    }
    faults.settle()?;
    transaction
        .unlink::<Project, _>("remove_member", project_id, links(project_id, user_ids))
        .await?;
    transaction.commit().await?;
    Ok(project.ok_or_else(|| UserError::not_found(&["projectId"], "project"))?)
}

/// The project, and a fault for whatever the caller does not see.
async fn project_and_people(
    session: &Session,
    faults: &mut Faults,
    project: Id,
    people: &[Id],
) -> Result<Option<Arc<Project>>, Refusal> {
    faults.check(
        (1..=MOST_AT_ONCE).contains(&people.len()),
        &["userIds"],
        &format!("this has 1 to {MOST_AT_ONCE} items"),
    );
    if people.len() <= MOST_AT_ONCE {
        let found = session.many::<User>(people.iter().copied()).await?;
        for (index, user) in people.iter().enumerate() {
            if !found.contains_key(user) {
                faults.add(UserError::not_found(
                    &["userIds", &index.to_string()],
                    "user",
                ));
            }
        }
    }
    let project = session.one::<Project>(project).await?;
    if project.is_none() {
        faults.add(UserError::not_found(&["projectId"], "project"));
    }
    Ok(project)
}

/// Makes people members; who is one stays one.
pub(super) async fn join(
    transaction: &mut Tx<'_>,
    project: Id,
    people: impl IntoIterator<Item = Id>,
) -> Result<(), Refusal> {
    transaction
        .link::<Project, _>("add_member", project, links(project, people))
        .await?;
    Ok(())
}

fn links(project: Id, people: impl IntoIterator<Item = Id>) -> Vec<project_member::ActiveModel> {
    let people: BTreeSet<Id> = people.into_iter().collect();
    people
        .into_iter()
        .map(|user| project_member::ActiveModel {
            project_id: Set(project.0),
            user_id: Set(user.0),
            ..Default::default()
        })
        .collect()
}
