//! The buckets and criteria of a workflow as somebody wants them, and what must be written for it.

use std::collections::HashSet;

use async_graphql::{InputObject, MaybeUndefined};
use chrono::Utc;
use entity::validation::{bucket, criterion};
use sea_orm::ActiveValue::{self, NotSet, Set};
use sea_orm::FromQueryResult;

use super::{Bucket, Criterion};
use crate::core::{Changes, Faults, Id, Node, Refusal, Session, Tx};

/// A bucket as it shall be: one that is there, by its `id`, or a new one.
#[derive(InputObject, Clone, Debug, Default)]
pub struct WorkflowBucketInput {
    /// Which bucket of the workflow; a new one where it is left out. A retired one takes documents again.
    pub(super) id: Option<Id>,
    /// Name of the kind, which no other bucket of the workflow has; 1 to 255 characters. A new bucket needs one.
    pub(super) name: Option<String>,
    /// What belongs in it; at most 2,000 characters.
    pub(super) description: MaybeUndefined<String>,
    /// Whether an assessment needs a document in it to start; for a new bucket it does where this is left out.
    pub(super) required: Option<bool>,
}

/// A criterion as it shall be: one that is there, by its `id`, or a new one. It looks at the buckets that are named, by identity or
/// by name; at all where the lists are empty; at what it did before where both are left out.
#[derive(InputObject, Clone, Debug, Default)]
pub struct WorkflowCriterionInput {
    /// Which criterion of the workflow; a new one where it is left out. A retired one is asked again.
    pub(super) id: Option<Id>,
    /// The rule in short; 1 to 255 characters. A new criterion needs one.
    pub(super) name: Option<String>,
    /// The rule as the model and the reader are told it; at most 2,000 characters.
    pub(super) description: MaybeUndefined<String>,
    /// The buckets it looks at, by identity.
    pub(super) bucket_ids: Option<Vec<Id>>,
    /// The buckets it looks at, by the names that they have after this change, new ones too.
    pub(super) bucket_names: Option<Vec<String>>,
}

/// What must be written so that the parts are as they shall be.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) buckets: Steps<bucket::ActiveModel>,
    pub(super) criteria: Steps<criterion::ActiveModel>,
}

/// The same for one kind of parts.
#[derive(Debug)]
pub(super) struct Steps<M> {
    pub(super) new: Vec<M>,
    pub(super) changed: Vec<(Id, M)>,
    pub(super) leaving: Vec<Id>,
}

impl<M> Default for Steps<M> {
    fn default() -> Self {
        Self {
            new: Vec::new(),
            changed: Vec::new(),
            leaving: Vec::new(),
        }
    }
}

/// What shall be, unless it is so already.
pub(super) fn differing<T: PartialEq + Into<sea_orm::Value>>(
    before: Option<&T>,
    wanted: T,
) -> ActiveValue<T> {
    if before == Some(&wanted) {
        NotSet
    } else {
        Set(wanted)
    }
}

/// What holds for the name and the description of a workflow and of its parts.
pub(super) fn check_texts(
    faults: &mut Faults,
    at: &[&str],
    name: Option<&str>,
    description: Option<&str>,
) {
    let within = |field: &'static str| [at, &[field]].concat();
    if let Some(name) = name {
        faults.length(&within("name"), name, 1, 255);
    }
    if let Some(description) = description {
        faults.length(&within("description"), description, 1, 2000);
    }
}

/// A part of a workflow that cannot be taken away.
#[derive(FromQueryResult)]
struct InUse {
    id: Id,
}

impl Plan {
    /// Writes it. Of what leaves, that is retired on which assessments stand, whoever may see them; the rest is gone for good.
    pub(super) async fn write(
        self,
        session: &Session,
        transaction: &mut Tx<'_>,
        workflow: Id,
        criteria_there: &[Criterion],
    ) -> Result<(), Refusal> {
        let Self { buckets, criteria } = self;
        let mut in_use = HashSet::new();
        if !(buckets.leaving.is_empty() && criteria.leaving.is_empty()) {
            let rows: Vec<InUse> = session
                .call("workflow_parts_in_use", vec![workflow.0.into()])
                .await?;
            in_use.extend(rows.into_iter().map(|row| row.id));
        }
        // A criterion that stays to be read tells what it looked at.
        for one in criteria_there {
            let stays = one.retired_at.is_some() || in_use.contains(&one.id);
            let asked = one.retired_at.is_none() && !criteria.leaving.contains(&one.id);
            if stays && !asked {
                in_use.extend(one.applies_to_bucket_ids.iter().map(|id| Id(*id)));
            }
        }
        let (retired, gone): (Vec<_>, Vec<_>) =
            buckets.leaving.iter().partition(|id| in_use.contains(id));
        let retire = bucket::ActiveModel {
            retired_at: Set(Some(Utc::now())),
            ..Default::default()
        };
        transaction.insert::<Bucket>(buckets.new).await?;
        change::<Bucket>(transaction, "update", buckets.changed).await?;
        let retired = retired.into_iter().map(|id| (id, retire.clone())).collect();
        change::<Bucket>(transaction, "retire", retired).await?;
        write_criteria(transaction, criteria, &in_use).await?;
        // Last: while a criterion names it, a bucket cannot go.
        if !gone.is_empty() {
            transaction.remove::<Bucket>(&gone).await?;
        }
        Ok(())
    }
}

async fn write_criteria(
    transaction: &mut Tx<'_>,
    steps: Steps<criterion::ActiveModel>,
    in_use: &HashSet<Id>,
) -> Result<(), Refusal> {
    let (retired, gone): (Vec<_>, Vec<_>) =
        steps.leaving.iter().partition(|id| in_use.contains(id));
    let retire = criterion::ActiveModel {
        retired_at: Set(Some(Utc::now())),
        ..Default::default()
    };
    transaction.insert::<Criterion>(steps.new).await?;
    change::<Criterion>(transaction, "update", steps.changed).await?;
    let retired = retired.into_iter().map(|id| (id, retire.clone())).collect();
    change::<Criterion>(transaction, "retire", retired).await?;
    if !gone.is_empty() {
        transaction.remove::<Criterion>(&gone).await?;
    }
    Ok(())
}

async fn change<N: Node>(
    transaction: &mut Tx<'_>,
    verb: &str,
    rows: Vec<(Id, Changes<N>)>,
) -> Result<(), Refusal>
where
    Changes<N>: sea_orm::ActiveModelTrait<Entity = N::Entity>,
{
    for (id, row) in rows {
        transaction.update::<N>(verb, id, row, None).await?;
    }
    Ok(())
}
