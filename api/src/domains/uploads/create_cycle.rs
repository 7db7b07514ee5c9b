//! New cycles: each with a name and a number of its own in its project.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};
use entity::uploads::cycle;
use sea_orm::ActiveValue::{NotSet, Set};

use super::{Cycle, CycleFilter, object_key};
use crate::core::{
    Error, Faults, Id, IdFilter, IntFilter, Json, Permission, Refusal, Result, Session,
    StringFilter, UserError, UserErrorCode,
};
use crate::domains::tenancy::Project;
use crate::payload;

/// A round of data collection.
#[derive(InputObject, Clone, Debug)]
pub struct CreateCycleInput {
    /// The project where data is collected.
    project_id: Id,
    /// Name, which no other cycle of the project has, as C1; 1 to 50 characters.
    cycle_name: String,
    /// Number, from 1, which no other cycle of the project has; the next one, where it is left out.
    cycle_number: Option<i32>,
    /// Where its files go in the bucket, at most 100 characters: names with / between them. Made of the names of project and cycle,
    /// as harbor-view/c1, where it is left out.
    s3_prefix: Option<String>,
    /// What is collected; at most 2,000 characters.
    description: Option<String>,
    /// Whatever else is known of it: a JSON object.
    metadata: Option<Json>,
}

payload! {
    /// What createCycle did.
    CreateCyclePayload {
        /// The new cycle.
        cycle: Cycle
    }
}

/// New cycles.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreateCycle;

/// New cycles.
#[Object]
impl CreateCycle {
    /// Plans a cycle of a project that the caller may see (projects:read). It begins with its first upload. Needs uploads:write.
    async fn create_cycle(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: CreateCycleInput,
    ) -> Result<CreateCyclePayload> {
        let session = Session::of(context)?;
        session.settle(create(session, input).await).await
    }
}

async fn create(session: &Session, input: CreateCycleInput) -> Result<Cycle, Refusal> {
    let CreateCycleInput {
        project_id,
        cycle_name,
        cycle_number,
        s3_prefix,
        description,
        metadata,
    } = input;
    let mut transaction = session.begin(Permission::UploadsWrite).await?;
    let mut faults = Faults::default();
    let project = session.one::<Project>(project_id).await?;
    if project.is_none() {
        faults.add(UserError::not_found(&["projectId"], "project"));
    }
    faults.length(&["cycleName"], &cycle_name, 1, 50);
    faults.check(
        cycle_number.is_none_or(|number| number > 0),
        &["cycleNumber"],
        "this must be greater than 0",
    );
    check_said(
        &mut faults,
        s3_prefix.as_ref(),
        description.as_ref(),
        metadata.as_ref(),
    );
    for other in alike(session, project_id, &cycle_name, cycle_number).await? {
        for (field, is_taken) in [
            ("cycleName", other.cycle_name == cycle_name),
            ("cycleNumber", Some(other.cycle_number) == cycle_number),
        ] {
            if is_taken {
                let message = "another cycle of the project has this already";
                let fault = UserError::new(UserErrorCode::AlreadyExists, &[field], message);
                faults.add(fault);
            }
        }
    }
    faults.settle()?;
    let project = project.ok_or_else(|| Error::internal("a project that was there is gone"))?;
    let prefix =
        s3_prefix.unwrap_or_else(|| object_key::of_names(&project.name, Some(&cycle_name)));
    let row = cycle::ActiveModel {
        project_id: Set(project_id.0),
        cycle_name: Set(cycle_name),
        // Where it is left out, the database says which is the next one.
        cycle_number: cycle_number.map_or(NotSet, Set),
        s3_prefix: Set(prefix),
        description: Set(description),
        metadata: Set(metadata.map(|metadata| metadata.0)),
        ..Default::default()
    };
    let cycle = transaction.insert_one(row).await?;
    transaction.commit().await?;
    Ok(cycle)
}

/// The cycles of the project that have the name, or the number.
async fn alike(
    session: &Session,
    project: Id,
    name: &str,
    number: Option<i32>,
) -> Result<Vec<Cycle>> {
    let named = CycleFilter {
        cycle_name: Some(StringFilter {
            eq: MaybeUndefined::Value(name.to_owned()),
            ..StringFilter::default()
        }),
        ..CycleFilter::default()
    };
    let numbered = number.map(|number| CycleFilter {
        cycle_number: Some(IntFilter {
            eq: MaybeUndefined::Value(number),
            ..IntFilter::default()
        }),
        ..CycleFilter::default()
    });
    let filter = CycleFilter {
        project_id: Some(IdFilter::only(project)),
        or: Some(std::iter::once(named).chain(numbered).collect()),
        ..CycleFilter::default()
    };
    session.found::<Cycle>(&filter).await
}

/// What holds for what is said of any cycle.
pub(super) fn check_said(
    faults: &mut Faults,
    prefix: Option<&String>,
    description: Option<&String>,
    metadata: Option<&Json>,
) {
    if let Some(prefix) = prefix {
        object_key::check_prefix(faults, &["s3Prefix"], prefix);
    }
    if let Some(description) = description {
        faults.length(&["description"], description, 1, 2000);
    }
    faults.object(&["metadata"], metadata);
}
