//! The rows that an operation may touch: the product of the page sizes on the way to each selection, added up. Known before
//! anything is asked of the database, and an upper bound of what can come out.

use async_graphql::parser::types::{Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Variables};
use async_graphql_value::Value;

use super::types::TypeMap;

/// Rows of a page that names no size.
const DEFAULT_PAGE: u64 = 20;

/// Costs a merged operation.
pub(super) fn cost(operation: &OperationDefinition, types: &TypeMap, variables: &Variables) -> u64 {
    let costing = Costing {
        operation,
        types,
        variables,
    };
    match types.root(operation.ty) {
        Some(root) => costing.of_set(root, &operation.selection_set.node, 1),
        None => 0,
    }
}

struct Costing<'a> {
    operation: &'a OperationDefinition,
    types: &'a TypeMap,
    variables: &'a Variables,
}

impl Costing<'_> {
    /// What is selected of each of so many parents.
    fn of_set(&self, parent: &Name, set: &SelectionSet, parents: u64) -> u64 {
        let mut all = 0_u64;
        // A parent is of one type only, so of the fragments that are for one type the dearest counts.
        let mut dearest = 0;
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    all = all.saturating_add(self.of_field(parent, &field.node, parents));
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment
                        .node
                        .type_condition
                        .as_ref()
                        .map_or(parent, |condition| &condition.node.on.node);
                    dearest =
                        dearest.max(self.of_set(on, &fragment.node.selection_set.node, parents));
                }
                // Merging left none.
                Selection::FragmentSpread(_) => {}
            }
        }
        all.saturating_add(dearest)
    }

    fn of_field(&self, parent: &Name, field: &Field, parents: u64) -> u64 {
        let Some(info) = self.types.field(parent, &field.name.node) else {
            return 0;
        };
        if self.types.get(&info.inner).is_none() {
            // A value of its parent's row.
            return 0;
        }
        let set = &field.selection_set.node;
        if ["Connection", "Edge", "Hit"]
            .iter()
            .any(|end| parent.ends_with(end))
        {
            // The connection has counted its rows, a search its hits; edges and nodes are those rows.
            return self.of_set(&info.inner, set, parents);
        }
        let each = if parent.starts_with("__") {
            self.of_schema(field, info.is_list())
        } else if info.inner.ends_with("Connection") {
            self.page(field)
        } else if info.is_list() {
            self.ids(field)
        } else {
            1
        };
        let rows = parents.saturating_mul(each);
        rows.saturating_add(self.of_set(&info.inner, set, rows))
    }

    /// The schema's own lists are as long as they are; below the types, as long as they are on average.
    fn of_schema(&self, field: &Field, is_list: bool) -> u64 {
        match field.name.node.as_str() {
            "types" => self.types.len() as u64,
            "fields" => self.types.mean_fields(),
            _ if is_list => 2,
            _ => 1,
        }
    }

    fn page(&self, field: &Field) -> u64 {
        ["first", "last"]
            .into_iter()
            .filter_map(|name| match self.argument(field, name)? {
                // A page below nothing is refused by who reads it.
                Value::Number(size) => Some(size.as_u64().unwrap_or(0)),
                _ => None,
            })
            .max()
            .unwrap_or(DEFAULT_PAGE)
    }

    /// A list without pages has a row for each id that was asked for, as many as were asked for, or is a short one.
    fn ids(&self, field: &Field) -> u64 {
        match self.argument(field, "ids") {
            Some(Value::List(ids)) => ids.len() as u64,
            _ => self.page(field),
        }
    }

    /// An argument with its variable put in; values inside of a list may still be variables, and count as well.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        match &field.get_argument(name)?.node {
            Value::Variable(variable) => {
                let given = self.variables.get(variable).cloned();
                let value = given.or_else(|| {
                    let definitions = &self.operation.variable_definitions;
                    let definition = definitions
                        .iter()
                        .find(|definition| definition.node.name.node == *variable)?;
                    definition.node.default_value().cloned()
                })?;
                Some(value.into_value())
            }
            value => Some(value.clone()),
        }
    }
}
