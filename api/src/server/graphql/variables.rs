//! Variables: which a document names, whether a request gives them, which a merged operation still needs.

use std::collections::{BTreeSet, HashMap};

use async_graphql::parser::types::{
    Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

use crate::core::ErrorCode;
use crate::server::refusal::Refusal;

/// The variables that decide what is skipped, in the document's operations and fragments.
pub(super) fn conditions(document: &ExecutableDocument) -> Vec<Name> {
    let mut names = BTreeSet::new();
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set);
    let fragments = document
        .fragments
        .values()
        .map(|fragment| &fragment.node.selection_set);
    for set in operations.chain(fragments) {
        walk(&set.node, &mut |selection| {
            for directive in selection.directives() {
                if matches!(directive.node.name.node.as_str(), "skip" | "include") {
                    named_by_directive(directive, &mut names);
                }
            }
        });
    }
    names.into_iter().collect()
}

/// Refuses a request that leaves out what the operation needs.
pub(super) fn check_given(
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        let given = variables.get(name);
        let missing = match given {
            Some(value) => matches!(value, ConstValue::Null),
            None => definition.node.default_value.is_none(),
        };
        if missing && !definition.node.var_type.node.nullable {
            let what = if given.is_some() { "null" } else { "nothing" };
            return Err(Refusal::document(
                ErrorCode::ValidationFailed,
                &format!(
                    "Variable \"${name}\" of the type {} was given {what}.",
                    definition.node.var_type.node
                ),
                Some(definition.pos),
            ));
        }
    }
    Ok(())
}

/// The values of the variables that decide what is skipped.
pub(super) fn values(
    names: &[Name],
    operation: &OperationDefinition,
    variables: &Variables,
) -> Result<HashMap<Name, bool>, Refusal> {
    let mut values = HashMap::with_capacity(names.len());
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        if !names.contains(name) {
            continue;
        }
        let given = variables.get(name).or(definition
            .node
            .default_value
            .as_ref()
            .map(|value| &value.node));
        let Some(ConstValue::Boolean(value)) = given else {
            return Err(Refusal::document(
                ErrorCode::ValidationFailed,
                &format!("Variable \"${name}\" decides what is skipped and must be true or false."),
                Some(definition.pos),
            ));
        };
        values.insert(name.clone(), *value);
    }
    Ok(values)
}

/// Takes the definitions away that a merged operation has no use for any more: validation would object to them.
pub(super) fn kept(operation: &mut OperationDefinition) {
    let mut used = BTreeSet::new();
    for directive in &operation.directives {
        named_by_directive(directive, &mut used);
    }
    walk(&operation.selection_set.node, &mut |selection| {
        for directive in selection.directives() {
            named_by_directive(directive, &mut used);
        }
        if let Selection::Field(field) = selection {
            for (_, value) in &field.node.arguments {
                named_by(&value.node, &mut used);
            }
        }
    });
    operation
        .variable_definitions
        .retain(|definition| used.contains(&definition.node.name.node));
}

fn walk<'a>(set: &'a SelectionSet, visit: &mut impl FnMut(&'a Selection)) {
    for selection in &set.items {
        visit(&selection.node);
        match &selection.node {
            Selection::Field(field) => walk(&field.node.selection_set.node, visit),
            Selection::InlineFragment(fragment) => walk(&fragment.node.selection_set.node, visit),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn named_by_directive(directive: &Positioned<Directive>, names: &mut BTreeSet<Name>) {
    for (_, value) in &directive.node.arguments {
        named_by(&value.node, names);
    }
}

fn named_by(value: &Value, names: &mut BTreeSet<Name>) {
    match value {
        Value::Variable(name) => {
            names.insert(name.clone());
        }
        Value::List(values) => values.iter().for_each(|value| named_by(value, names)),
        Value::Object(fields) => fields.values().for_each(|value| named_by(value, names)),
        _ => {}
    }
}
