//! New workflows, with all that they ask for.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use entity::validation::workflow;
use sea_orm::ActiveValue::Set;

use super::Workflow;
use super::parts::{WorkflowBucketInput, WorkflowCriterionInput, check_texts};
use super::planner::Planner;
use crate::core::{Faults, Id, Permission, Refusal, Result, Session};
use crate::payload;

/// A kind of document that a new workflow asks for.
#[derive(InputObject, Clone, Debug)]
pub struct NewBucketInput {
    /// Name of the kind, which no other bucket of the workflow has; 1 to 255 characters.
    name: String,
    /// What belongs in it; at most 2,000 characters.
    description: Option<String>,
    /// Whether an assessment needs a document in it to start.
    #[graphql(default = true)]
    required: bool,
}

/// A rule of a new workflow.
#[derive(InputObject, Clone, Debug)]
pub struct NewCriterionInput {
    /// The rule in short; 1 to 255 characters.
    name: String,
    /// The rule as the model and the reader are told it; at most 2,000 characters.
    description: Option<String>,
    /// The buckets it looks at, by the names that they are given here; all, where it names none.
    #[graphql(default)]
    bucket_names: Vec<String>,
}

/// How documents shall be validated.
#[derive(InputObject, Clone, Debug)]
pub struct CreateWorkflowInput {
    /// Name of the workflow; 1 to 255 characters.
    name: String,
    /// What it validates; at most 2,000 characters.
    description: Option<String>,
    /// The kinds of document it asks for, in their order; at most 1,000.
    #[graphql(default)]
    buckets: Vec<NewBucketInput>,
    /// The rules they must meet, in their order; at most 1,000.
    #[graphql(default)]
    criteria: Vec<NewCriterionInput>,
}

payload! {
    /// What createWorkflow did.
    CreateWorkflowPayload {
        /// The new workflow.
        workflow: Workflow
    }
}

/// New workflows.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreateWorkflow;

/// New workflows.
#[Object]
impl CreateWorkflow {
    /// Designs a workflow with its buckets and criteria, all or nothing; it is active at once. Needs workflows:write.
    async fn create_workflow(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CreateWorkflowInput,
    ) -> Result<CreateWorkflowPayload> {
        let session = Session::of(context)?;
        session.settle(create(session, input).await).await
    }
}

async fn create(session: &Session, input: CreateWorkflowInput) -> Result<Workflow, Refusal> {
    let CreateWorkflowInput {
        name,
        description,
        buckets,
        criteria,
    } = input;
    let mut transaction = session.begin(Permission::WorkflowsWrite).await?;
    let mut faults = Faults::default();
    check_texts(&mut faults, &[], Some(&name), description.as_deref());
    let id = Id::new();
    let planner = Planner {
        workflow: id,
        buckets: &[],
        criteria: &[],
        faults: &mut faults,
    };
    let plan = planner.plan(
        Some(buckets.into_iter().map(Into::into).collect()),
        Some(criteria.into_iter().map(Into::into).collect()),
    );
    faults.settle()?;
    let row = workflow::ActiveModel {
        id: Set(id.0),
        created_by: Set(Some(session.actor().user)),
        name: Set(name),
        description: Set(description),
        ..Default::default()
    };
    let workflow = transaction.insert_one::<Workflow>(row).await?;
    plan.write(session, &mut transaction, id, &[]).await?;
    transaction.commit().await?;
    Ok(workflow)
}

impl From<NewBucketInput> for WorkflowBucketInput {
    fn from(input: NewBucketInput) -> Self {
        let NewBucketInput {
            name,
            description,
            required,
        } = input;
        Self {
            id: None,
            name: Some(name),
            description: description.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value),
            required: Some(required),
        }
    }
}

impl From<NewCriterionInput> for WorkflowCriterionInput {
    fn from(input: NewCriterionInput) -> Self {
        let NewCriterionInput {
            name,
            description,
            bucket_names,
        } = input;
        Self {
            id: None,
            name: Some(name),
            description: description.map_or(MaybeUndefined::Undefined, MaybeUndefined::Value),
            bucket_ids: None,
            bucket_names: Some(bucket_names),
        }
    }
}
