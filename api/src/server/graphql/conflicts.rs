//! Whether fields with one response key can be merged: the specification's FieldsInSetCanMerge and SameResponseShape. The
//! engine's own rule does not look into fragments together with what stands beside them, nor below fields that stand twice.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, Selection, SelectionSet, Type,
};
use async_graphql::{Name, Positioned};

use super::types::TypeMap;
use crate::core::ErrorCode;
use crate::server::refusal::Refusal;

/// A field where it was found: the type that its selection set is on.
#[derive(Clone, Copy)]
struct Found<'a> {
    parent: &'a Name,
    field: &'a Positioned<Field>,
}

#[derive(Clone, Copy, PartialEq)]
enum Rule {
    /// The same field with the same arguments, and the same shape.
    Same,
    /// Fields of types that no one value has: only the shape of the answer must be the same.
    Shape,
}

/// Looks at every operation; the document is valid otherwise, and of a size that was allowed.
pub(super) fn check(document: &ExecutableDocument, types: &TypeMap) -> Result<(), Refusal> {
    let finder = Finder { document, types };
    for (_, operation) in document.operations.iter() {
        if let Some(root) = types.root(operation.node.ty) {
            let mut found = Vec::new();
            finder.collect(root, &operation.node.selection_set.node, &mut found);
            finder.check(&found, Rule::Same)?;
        }
    }
    Ok(())
}

struct Finder<'a> {
    document: &'a ExecutableDocument,
    types: &'a TypeMap,
}

impl<'a> Finder<'a> {
    fn collect(&self, parent: &'a Name, set: &'a SelectionSet, found: &mut Vec<Found<'a>>) {
        for selection in &set.items {
            let (condition, set) = match &selection.node {
                Selection::Field(field) => {
                    found.push(Found { parent, field });
                    continue;
                }
                Selection::InlineFragment(fragment) => (
                    fragment.node.type_condition.as_ref(),
                    &fragment.node.selection_set,
                ),
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get(&spread.node.fragment_name.node) {
                        Some(fragment) => (
                            Some(&fragment.node.type_condition),
                            &fragment.node.selection_set,
                        ),
                        None => continue,
                    }
                }
            };
            let parent = condition.map_or(parent, |condition| &condition.node.on.node);
            self.collect(parent, &set.node, found);
        }
    }

    fn check(&self, found: &[Found<'a>], rule: Rule) -> Result<(), Refusal> {
        let mut groups: IndexMap<&Name, Vec<Found<'a>>> = IndexMap::new();
        for one in found {
            groups
                .entry(&one.field.node.response_key().node)
                .or_default()
                .push(*one);
        }
        for group in groups.values() {
            self.check_group(group, rule)?;
        }
        Ok(())
    }

    fn check_group(&self, group: &[Found<'a>], rule: Rule) -> Result<(), Refusal> {
        for pair in group.windows(2) {
            if let [one, other] = pair
                && !self.same_shape(one, other)
            {
                return Err(conflict(one, other, "they return conflicting types"));
            }
        }
        if rule == Rule::Shape {
            return self.check(&self.below(group), Rule::Shape);
        }
        let is_object = |one: &Found<'_>| {
            self.types
                .get(one.parent)
                .is_some_and(|parent| parent.is_object())
        };
        if !group.iter().all(is_object) {
            same_fields(group)?;
            return self.check(&self.below(group), Rule::Same);
        }
        let mut by_type: IndexMap<&Name, Vec<Found<'a>>> = IndexMap::new();
        for one in group {
            by_type.entry(one.parent).or_default().push(*one);
        }
        for fields in by_type.values() {
            same_fields(fields)?;
            self.check(&self.below(fields), Rule::Same)?;
        }
        if by_type.len() > 1 {
            self.check(&self.below(group), Rule::Shape)?;
        }
        Ok(())
    }

    /// What all of them select, together.
    fn below(&self, group: &[Found<'a>]) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        for one in group {
            if let Some(info) = self.types.field(one.parent, &one.field.node.name.node) {
                self.collect(&info.inner, &one.field.node.selection_set.node, &mut found);
            }
        }
        found
    }

    fn same_shape(&self, one: &Found<'_>, other: &Found<'_>) -> bool {
        let type_of =
            |found: &Found<'_>| self.types.field(found.parent, &found.field.node.name.node);
        match (type_of(one), type_of(other)) {
            (Some(one), Some(other)) => self.same_type(&one.full, &other.full),
            _ => true,
        }
    }

    fn same_type(&self, one: &Type, other: &Type) -> bool {
        one.nullable == other.nullable
            && match (&one.base, &other.base) {
                (BaseType::List(one), BaseType::List(other)) => self.same_type(one, other),
                (BaseType::Named(one), BaseType::Named(other)) => {
                    one == other
                        || (self.types.get(one).is_some() && self.types.get(other).is_some())
                }
                _ => false,
            }
    }
}

fn same_fields(group: &[Found<'_>]) -> Result<(), Refusal> {
    let Some((first, others)) = group.split_first() else {
        return Ok(());
    };
    for other in others {
        let (one, two) = (&first.field.node, &other.field.node);
        if one.name.node != two.name.node {
            let reason = format!(
                "{} and {} are different fields",
                one.name.node, two.name.node
            );
            return Err(conflict(first, other, &reason));
        }
        let same = one.arguments.len() == two.arguments.len()
            && one.arguments.iter().all(|(name, value)| {
                two.get_argument(&name.node)
                    .is_some_and(|other| other.node == value.node)
            });
        if !same {
            return Err(conflict(first, other, "they have differing arguments"));
        }
    }
    Ok(())
}

fn conflict(one: &Found<'_>, other: &Found<'_>, reason: &str) -> Refusal {
    let key = &one.field.node.response_key().node;
    Refusal::document(
        ErrorCode::ValidationFailed,
        &format!(
            "Fields \"{key}\" conflict because {reason}. Use different aliases on the fields to fetch both."
        ),
        Some(other.field.pos),
    )
}
