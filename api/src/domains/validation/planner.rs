//! Holds the buckets and criteria that somebody wants against those that are there. All that is wrong is found before anything
//! is written.

use std::collections::{HashMap, HashSet};

use async_graphql::MaybeUndefined;
use entity::validation::{bucket, criterion};
use sea_orm::ActiveModelTrait;
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::parts::{
    Plan, Steps, WorkflowBucketInput, WorkflowCriterionInput, check_texts, differing,
};
use super::{Bucket, Criterion};
use crate::core::{Faults, Id, UserError, UserErrorCode};

/// More are not in a workflow.
const MOST_PARTS: usize = 1000;

/// What is there, and where it is noted what is wrong with what is wanted.
pub(super) struct Planner<'a> {
    pub(super) workflow: Id,
    pub(super) buckets: &'a [Bucket],
    pub(super) criteria: &'a [Criterion],
    pub(super) faults: &'a mut Faults,
}

impl Planner<'_> {
    /// A list that is left out stays as it is; what is not in a list that is given leaves.
    pub(super) fn plan(
        mut self,
        buckets: Option<Vec<WorkflowBucketInput>>,
        criteria: Option<Vec<WorkflowCriterionInput>>,
    ) -> Plan {
        let mut plan = Plan::default();
        let staying = match buckets {
            Some(wanted) => self.plan_buckets(wanted, &mut plan.buckets),
            None => self
                .buckets
                .iter()
                .filter(|bucket| bucket.retired_at.is_none())
                .map(|bucket| (bucket.name.clone(), bucket.id))
                .collect(),
        };
        match criteria {
            Some(wanted) => self.plan_criteria(wanted, &staying, &mut plan.criteria),
            None => {
                for criterion in self.criteria.iter().filter(|one| one.retired_at.is_none()) {
                    self.check_sight(&["buckets"], criterion, &staying);
                }
            }
        }
        plan
    }

    /// Answers with the buckets that there will be, by their names.
    fn plan_buckets(
        &mut self,
        wanted: Vec<WorkflowBucketInput>,
        steps: &mut Steps<bucket::ActiveModel>,
    ) -> HashMap<String, Id> {
        let mut staying = HashMap::new();
        let mut listed = HashSet::new();
        for (place, input) in self.within_bounds(wanted, "buckets") {
            let WorkflowBucketInput {
                id,
                name,
                description,
                required,
            } = input;
            let index = place.to_string();
            let at = ["buckets", &index];
            let before = id.and_then(|id| self.buckets.iter().find(|one| one.id == id));
            self.check_identity(&at, "bucket", id, before.is_some(), &mut listed);
            self.check_words(&at, id, name.as_deref(), &description);
            let id = id.unwrap_or_default();
            let name = name.or_else(|| before.map(|one| one.name.clone()));
            if let Some(name) = &name
                && staying.insert(name.clone(), id).is_some()
            {
                self.faults.add(UserError::new(
                    UserErrorCode::AlreadyExists,
                    &["buckets", &index, "name"],
                    "another bucket of the workflow has this name",
                ));
            }
            let required = required.or(before.map(|one| one.required)).unwrap_or(true);
            let row = bucket::ActiveModel {
                name: differing(before.map(|one| &one.name), name.unwrap_or_default()),
                description: differing(
                    before.map(|one| &one.description),
                    patched(description, before.map(|one| &one.description)),
                ),
                required: differing(before.map(|one| &one.required), required),
                position: differing(before.map(|one| &one.position), place),
                retired_at: differing(before.map(|one| &one.retired_at), None),
                ..Default::default()
            };
            match before {
                Some(_) if row.is_changed() => steps.changed.push((id, row)),
                Some(_) => {}
                None => steps.new.push(bucket::ActiveModel {
                    id: Set(id.0),
                    workflow_id: Set(self.workflow.0),
                    ..row
                }),
            }
        }
        steps.leaving = self
            .buckets
            .iter()
            .filter(|one| one.retired_at.is_none() && !listed.contains(&one.id))
            .map(|one| one.id)
            .collect();
        staying
    }

    fn plan_criteria(
        &mut self,
        wanted: Vec<WorkflowCriterionInput>,
        buckets: &HashMap<String, Id>,
        steps: &mut Steps<criterion::ActiveModel>,
    ) {
        let mut listed = HashSet::new();
        for (place, input) in self.within_bounds(wanted, "criteria") {
            let WorkflowCriterionInput {
                id,
                name,
                description,
                bucket_ids,
                bucket_names,
            } = input;
            let index = place.to_string();
            let at = ["criteria", &index];
            let before = id.and_then(|id| self.criteria.iter().find(|one| one.id == id));
            self.check_identity(&at, "criterion", id, before.is_some(), &mut listed);
            self.check_words(&at, id, name.as_deref(), &description);
            let looks_at = match (bucket_ids, bucket_names, before) {
                (None, None, Some(before)) => {
                    self.check_sight(&at, before, buckets);
                    before.applies_to_bucket_ids.clone()
                }
                (ids, names, _) => self.named(
                    &index,
                    &ids.unwrap_or_default(),
                    &names.unwrap_or_default(),
                    buckets,
                ),
            };
            let name = name.or_else(|| before.map(|one| one.name.clone()));
            let row = criterion::ActiveModel {
                name: differing(before.map(|one| &one.name), name.unwrap_or_default()),
                description: differing(
                    before.map(|one| &one.description),
                    patched(description, before.map(|one| &one.description)),
                ),
                position: differing(before.map(|one| &one.position), place),
                applies_to_bucket_ids: differing(
                    before.map(|one| &one.applies_to_bucket_ids),
                    looks_at,
                ),
                retired_at: differing(before.map(|one| &one.retired_at), None),
                ..Default::default()
            };
            match before {
                Some(before) if row.is_changed() => steps.changed.push((before.id, row)),
                Some(_) => {}
                None => steps.new.push(criterion::ActiveModel {
                    id: Set(Id::new().0),
                    workflow_id: Set(self.workflow.0),
                    ..row
                }),
            }
        }
        steps.leaving = self
            .criteria
            .iter()
            .filter(|one| one.retired_at.is_none() && !listed.contains(&one.id))
            .map(|one| one.id)
            .collect();
    }

    /// The parts with their places, as many as there may be.
    fn within_bounds<T>(
        &mut self,
        wanted: Vec<T>,
        field: &str,
    ) -> impl Iterator<Item = (i32, T)> + use<T> {
        self.faults.check(
            wanted.len() <= MOST_PARTS,
            &[field],
            "a workflow has at most 1,000 of these",
        );
        (0..).zip(wanted.into_iter().take(MOST_PARTS))
    }

    fn check_identity(
        &mut self,
        at: &[&str],
        what: &str,
        id: Option<Id>,
        is_there: bool,
        listed: &mut HashSet<Id>,
    ) {
        let Some(id) = id else {
            return;
        };
        let path = [at, &["id"]].concat();
        if !is_there {
            self.faults.add(UserError::not_found(&path, what));
        } else {
            self.faults
                .check(listed.insert(id), &path, "this is in the list before");
        }
    }

    fn check_words(
        &mut self,
        at: &[&str],
        id: Option<Id>,
        name: Option<&str>,
        description: &MaybeUndefined<String>,
    ) {
        self.faults.check(
            id.is_some() || name.is_some(),
            &[at, &["name"]].concat(),
            "what is new needs a name",
        );
        let description = description.value().map(String::as_str);
        check_texts(self.faults, at, name, description);
    }

    /// A criterion whose buckets are not given looks at what it did before, which must stay then.
    fn check_sight(&mut self, at: &[&str], criterion: &Criterion, staying: &HashMap<String, Id>) {
        let staying: HashSet<Uuid> = staying.values().map(|id| id.0).collect();
        for id in &criterion.applies_to_bucket_ids {
            if let Some(bucket) = self.buckets.iter().find(|one| one.id.0 == *id)
                && !staying.contains(id)
            {
                self.faults.add(UserError::new(
                    UserErrorCode::InUse,
                    at,
                    format!(
                        "the criterion \"{}\" looks at the bucket \"{}\", which is taken away: say what it looks at instead",
                        criterion.name, bucket.name
                    ),
                ));
            }
        }
    }

    /// The buckets that a criterion names, each once.
    fn named(
        &mut self,
        index: &str,
        ids: &[Id],
        names: &[String],
        staying: &HashMap<String, Id>,
    ) -> Vec<Uuid> {
        let mut found: Vec<Uuid> = Vec::with_capacity(ids.len() + names.len());
        let by_id = ids.iter().map(|id| staying.values().find(|one| *one == id));
        let by_name = names.iter().map(|name| staying.get(name));
        let with_paths = (0..)
            .zip(by_id)
            .map(|(place, bucket)| (("bucketIds", place), bucket))
            .chain(
                (0..)
                    .zip(by_name)
                    .map(|(place, bucket)| (("bucketNames", place), bucket)),
            );
        for ((field, place), bucket) in with_paths {
            let place: i32 = place;
            match bucket {
                Some(bucket) if !found.contains(&bucket.0) => found.push(bucket.0),
                Some(_) => {}
                None => self.faults.add(UserError::not_found(
                    &["criteria", index, field, &place.to_string()],
                    "bucket in this workflow",
                )),
            }
        }
        found
    }
}

/// What a text is after a change.
fn patched(change: MaybeUndefined<String>, before: Option<&Option<String>>) -> Option<String> {
    match change {
        MaybeUndefined::Undefined => before.cloned().flatten(),
        MaybeUndefined::Null => None,
        MaybeUndefined::Value(text) => Some(text),
    }
}
