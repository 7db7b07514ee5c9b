//! Changes of workflows that are there already. What assessments stand on stays to be read, however a workflow is changed.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use chrono::{DateTime, Utc};
use entity::validation::workflow;
use sea_orm::ActiveValue::{NotSet, Set};

use super::parts::{WorkflowBucketInput, WorkflowCriterionInput, check_texts};
use super::planner::Planner;
use super::{Bucket, BucketFilter, Criterion, CriterionFilter, Workflow};
use crate::core::{Faults, Id, IdFilter, Permission, Refusal, Result, Session, patch};
use crate::payload;

/// What shall be different about a workflow. A field that is left out stays as it is; null empties it.
#[derive(InputObject, Clone, Debug)]
pub struct UpdateWorkflowInput {
    /// Which workflow.
    id: Id,
    /// Name of the workflow; 1 to 255 characters.
    name: Option<String>,
    /// What it validates; at most 2,000 characters.
    description: MaybeUndefined<String>,
    /// Whether assessments may be started by it.
    is_active: Option<bool>,
    /// All buckets as they shall be, in their order; at most 1,000. One that is not in the list is retired where documents were
    /// handed in for it, and gone otherwise.
    buckets: Option<Vec<WorkflowBucketInput>>,
    /// All criteria as they shall be, in their order; at most 1,000. One that is not in the list is retired where it has results
    /// or an assessment that runs must answer it, and gone otherwise.
    criteria: Option<Vec<WorkflowCriterionInput>>,
    /// What `updatedAt` was when the workflow was read; if it, a bucket or a criterion has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which workflow to end.
#[derive(InputObject, Clone, Debug)]
pub struct DeactivateWorkflowInput {
    /// Which workflow.
    id: Id,
    /// What `updatedAt` was when the workflow was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

payload! {
    /// What updateWorkflow did.
    UpdateWorkflowPayload {
        /// The workflow as it is now.
        workflow: Workflow
    }
}
payload! {
    /// What deactivateWorkflow did.
    DeactivateWorkflowPayload {
        /// The workflow as it is now.
        workflow: Workflow
    }
}

/// Changes of workflows.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorkflowMutations;

/// Changes of workflows.
#[Object]
impl WorkflowMutations {
    /// Changes a workflow (workflows:read), its buckets and its criteria, all or nothing. Assessments that run go on with what they
    /// were started with. Needs workflows:write.
    async fn update_workflow(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: UpdateWorkflowInput,
    ) -> Result<UpdateWorkflowPayload> {
        let session = Session::of(context)?;
        session.settle(update(session, input).await).await
    }

    /// Has no assessments started by a workflow any more; those that run go on. Needs workflows:write.
    async fn deactivate_workflow(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeactivateWorkflowInput,
    ) -> Result<DeactivateWorkflowPayload> {
        let session = Session::of(context)?;
        session.settle(deactivate(session, input).await).await
    }
}

async fn update(session: &Session, input: UpdateWorkflowInput) -> Result<Workflow, Refusal> {
    let UpdateWorkflowInput {
        id,
        name,
        description,
        is_active,
        buckets,
        criteria,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::WorkflowsWrite).await?;
    let mut faults = Faults::default();
    let described = description.value().map(String::as_str);
    check_texts(&mut faults, &[], name.as_deref(), described);
    // Whoever starts an assessment by it, and whoever else changes it, waits from here on.
    let before: Workflow = match transaction.hold(id, if_unchanged_since).await {
        Ok(before) => before,
        Err(Refusal::User(errors)) => {
            errors.into_iter().for_each(|error| faults.add(error));
            return faults.refuse();
        }
        Err(refusal) => return Err(refusal),
    };
    let buckets_there: Vec<Bucket> = session.found(&BucketFilter::of(id)).await?;
    let criteria_there: Vec<Criterion> = session.found(&CriterionFilter::of(id)).await?;
    let planner = Planner {
        workflow: id,
        buckets: &buckets_there,
        criteria: &criteria_there,
        faults: &mut faults,
    };
    let plan = planner.plan(buckets, criteria);
    faults.settle()?;
    plan.write(session, &mut transaction, id, &criteria_there)
        .await?;
    let changes = workflow::ActiveModel {
        // Always something, so that `updatedAt` tells of changed parts too.
        name: Set(name.unwrap_or(before.name)),
        description: patch(description),
        is_active: is_active.map_or(NotSet, Set),
        ..Default::default()
    };
    let workflow = transaction.update("update", id, changes, None).await?;
    transaction.commit().await?;
    Ok(workflow)
}

async fn deactivate(
    session: &Session,
    input: DeactivateWorkflowInput,
) -> Result<Workflow, Refusal> {
    let DeactivateWorkflowInput {
        id,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::WorkflowsWrite).await?;
    let changes = workflow::ActiveModel {
        is_active: Set(false),
        ..Default::default()
    };
    let workflow = transaction
        .update("deactivate", id, changes, if_unchanged_since)
        .await?;
    transaction.commit().await?;
    Ok(workflow)
}

impl BucketFilter {
    /// Those of a workflow.
    pub(super) fn of(workflow: Id) -> Self {
        Self {
            workflow_id: Some(IdFilter::only(workflow)),
            ..Self::default()
        }
    }
}

impl CriterionFilter {
    /// Those of a workflow.
    fn of(workflow: Id) -> Self {
        Self {
            workflow_id: Some(IdFilter::only(workflow)),
            ..Self::default()
        }
    }
}
