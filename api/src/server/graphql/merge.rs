//! The fields of an operation, each once: the specification's CollectFields and MergeSelectionSets, done on the document. The
//! engine resolves a field that stands twice twice, mutations too, so it is only given documents that have been through here.
//! Fragments are gone afterwards, but where a type has several shapes, and so are `@skip` and `@include`.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_graphql::indexmap::{IndexMap, IndexSet};
use async_graphql::parser::types::{
    Directive, Field, FragmentDefinition, InlineFragment, Selection, SelectionSet, TypeCondition,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value;

use super::types::TypeMap;
use crate::server::refusal::Refusal;

/// Merges selections, for one set of values of the variables that `@skip` and `@include` name.
pub(super) struct Merger<'a> {
    pub(super) types: &'a TypeMap,
    pub(super) fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    pub(super) conditions: &'a HashMap<Name, bool>,
    /// How many fields may come out.
    pub(super) allowed: u64,
    /// How many did.
    pub(super) fields: u64,
}

/// A field, and the types of its parent for which it was selected: all, if none are named.
struct Selected<'a> {
    field: &'a Positioned<Field>,
    on: Option<BTreeSet<Name>>,
}

impl<'a> Merger<'a> {
    /// The selections on a parent that stand in several places, as one.
    pub(super) fn merge(
        &mut self,
        parent: &Name,
        sets: &[&'a Positioned<SelectionSet>],
    ) -> Result<Vec<Positioned<Selection>>, Refusal> {
        let mut selected = Vec::new();
        for set in sets {
            self.collect(parent, &set.node, None, &mut selected);
        }
        if selected.iter().all(|selected| selected.on.is_none()) {
            return self.group(parent, selected.iter().map(|selected| selected.field));
        }
        self.by_type(parent, &selected)
    }

    fn collect(
        &self,
        parent: &Name,
        set: &'a SelectionSet,
        on: Option<&BTreeSet<Name>>,
        selected: &mut Vec<Selected<'a>>,
    ) {
        for selection in &set.items {
            if self.is_skipped(selection.node.directives()) {
                continue;
            }
            let (condition, set) = match &selection.node {
                Selection::Field(field) => {
                    selected.push(Selected {
                        field,
                        on: on.cloned(),
                    });
                    continue;
                }
                Selection::InlineFragment(fragment) => (
                    fragment.node.type_condition.as_ref(),
                    &fragment.node.selection_set,
                ),
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) else {
                        continue;
                    };
                    (
                        Some(&fragment.node.type_condition),
                        &fragment.node.selection_set,
                    )
                }
            };
            match self.narrow(parent, on, condition) {
                Scope::Nothing => {}
                Scope::Same => self.collect(parent, &set.node, on, selected),
                Scope::Only(types) => self.collect(parent, &set.node, Some(&types), selected),
            }
        }
    }

    /// For which of the parent's types a fragment with this condition is.
    fn narrow(
        &self,
        parent: &Name,
        on: Option<&BTreeSet<Name>>,
        condition: Option<&Positioned<TypeCondition>>,
    ) -> Scope {
        let Some(condition) = condition.map(|condition| &condition.node.on.node) else {
            return Scope::Same;
        };
        let (Some(parent_type), Some(wanted)) = (self.types.get(parent), self.types.get(condition))
        else {
            return Scope::Nothing;
        };
        let before = on.unwrap_or(parent_type.possible());
        let after: BTreeSet<_> = before.intersection(wanted.possible()).cloned().collect();
        if condition == parent || after.len() == before.len() {
            Scope::Same
        } else if after.is_empty() {
            Scope::Nothing
        } else {
            Scope::Only(after)
        }
    }

    /// Selections on a parent of several shapes: what is selected of all stands first, then what is of one type alone.
    fn by_type(
        &mut self,
        parent: &Name,
        selected: &[Selected<'a>],
    ) -> Result<Vec<Positioned<Selection>>, Refusal> {
        let (common, typed): (Vec<_>, Vec<_>) =
            selected.iter().partition(|selected| selected.on.is_none());
        let mut keys: HashSet<&Name> = common.iter().map(|selected| key(selected)).collect();
        let mut types: IndexSet<&Name> = typed
            .iter()
            .flat_map(|selected| selected.on.iter().flatten())
            .collect();
        // An object selected for all and, with more fields, for one type: it can only stand with the types, and with each.
        let is_split = typed.iter().any(|selected| {
            keys.contains(key(selected)) && !selected.field.node.selection_set.node.items.is_empty()
        });
        let mut merged = Vec::new();
        if is_split {
            keys.clear();
            types.extend(
                self.types
                    .get(parent)
                    .into_iter()
                    .flat_map(|info| info.possible()),
            );
        } else {
            merged = self.group(parent, common.iter().map(|selected| selected.field))?;
        }
        for name in types {
            let fields = selected.iter().filter(|selected| {
                !keys.contains(key(selected))
                    && selected
                        .on
                        .as_ref()
                        .is_none_or(|types| types.contains(name))
            });
            let items = self.group(name, fields.map(|selected| selected.field))?;
            if let Some(position) = items.first().map(|item| item.pos) {
                merged.push(on_type(name, position, items));
            }
        }
        Ok(merged)
    }

    /// Fields on one type, each response key once, in the order in which they first stand.
    fn group(
        &mut self,
        parent: &Name,
        fields: impl Iterator<Item = &'a Positioned<Field>>,
    ) -> Result<Vec<Positioned<Selection>>, Refusal> {
        let mut groups: IndexMap<&Name, Vec<&'a Positioned<Field>>> = IndexMap::new();
        for field in fields {
            groups
                .entry(&field.node.response_key().node)
                .or_default()
                .push(field);
        }
        let mut merged = Vec::with_capacity(groups.len());
        for fields in groups.values() {
            self.fields += 1;
            if self.fields > self.allowed {
                return Err(Refusal::limit(
                    "fields",
                    self.allowed,
                    self.fields,
                    "too many fields once the document is merged for each type it may meet",
                ));
            }
            merged.extend(self.field(parent, fields)?);
        }
        Ok(merged)
    }

    /// One field out of those with the same response key, which validation has found to ask for the same.
    fn field(
        &mut self,
        parent: &Name,
        fields: &[&'a Positioned<Field>],
    ) -> Result<Option<Positioned<Selection>>, Refusal> {
        let Some(first) = fields.first() else {
            return Ok(None);
        };
        let mut field = Field {
            alias: first.node.alias.clone(),
            name: first.node.name.clone(),
            arguments: first.node.arguments.clone(),
            directives: unconditional(&first.node.directives),
            selection_set: Positioned::new(SelectionSet::default(), first.node.selection_set.pos),
        };
        let sets: Vec<_> = fields
            .iter()
            .map(|field| &field.node.selection_set)
            .collect();
        if !first.node.selection_set.node.items.is_empty()
            && let Some(info) = self.types.field(parent, &first.node.name.node)
        {
            let items = self.merge(&info.inner, &sets)?;
            field.selection_set.node.items = if items.is_empty() {
                vec![nothing(first.pos)]
            } else {
                items
            };
        }
        Ok(Some(Positioned::new(
            Selection::Field(Positioned::new(field, first.pos)),
            first.pos,
        )))
    }

    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let wanted = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => return false,
            };
            let value = match directive.node.get_argument("if").map(|value| &value.node) {
                Some(Value::Boolean(value)) => Some(*value),
                Some(Value::Variable(name)) => self.conditions.get(name).copied(),
                _ => None,
            };
            value.is_some_and(|value| value != wanted)
        })
    }
}

enum Scope {
    Nothing,
    Same,
    Only(BTreeSet<Name>),
}

fn key<'a>(selected: &Selected<'a>) -> &'a Name {
    &selected.field.node.response_key().node
}

fn on_type(name: &Name, at: Pos, items: Vec<Positioned<Selection>>) -> Positioned<Selection> {
    let condition = TypeCondition {
        on: Positioned::new(name.clone(), at),
    };
    let fragment = InlineFragment {
        type_condition: Some(Positioned::new(condition, at)),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet { items }, at),
    };
    Positioned::new(Selection::InlineFragment(Positioned::new(fragment, at)), at)
}

/// An object of which every field was skipped is an empty one, and there is only this way to write it.
fn nothing(at: Pos) -> Positioned<Selection> {
    let skip = Directive {
        name: Positioned::new(Name::new("skip"), at),
        arguments: vec![(
            Positioned::new(Name::new("if"), at),
            Positioned::new(Value::Boolean(true), at),
        )],
    };
    let field = Field {
        alias: None,
        name: Positioned::new(Name::new("__typename"), at),
        arguments: Vec::new(),
        directives: vec![Positioned::new(skip, at)],
        selection_set: Positioned::new(SelectionSet::default(), at),
    };
    Positioned::new(Selection::Field(Positioned::new(field, at)), at)
}

fn unconditional(directives: &[Positioned<Directive>]) -> Vec<Positioned<Directive>> {
    directives
        .iter()
        .filter(|directive| !matches!(directive.node.name.node.as_str(), "skip" | "include"))
        .cloned()
        .collect()
}
