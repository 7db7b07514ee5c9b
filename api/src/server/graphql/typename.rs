//! The engine's validation passes `__typename` by and does not see the directives on it: it takes a variable that only they name
//! for one that is not used. So for validation, and for it alone, they are put where it looks.

use async_graphql::Positioned;
use async_graphql::parser::types::{ExecutableDocument, InlineFragment, Selection, SelectionSet};

/// Writes `__typename @include(if: $a)` as `... @include(if: $a) { __typename }`, wherever it stands.
pub(super) fn wrap_conditions(document: &mut ExecutableDocument) {
    use async_graphql::parser::types::DocumentOperations::{Multiple, Single};
    for fragment in document.fragments.values_mut() {
        wrap(&mut fragment.node.selection_set.node);
    }
    match &mut document.operations {
        Single(operation) => wrap(&mut operation.node.selection_set.node),
        Multiple(operations) => {
            for operation in operations.values_mut() {
                wrap(&mut operation.node.selection_set.node);
            }
        }
    }
}

fn wrap(set: &mut SelectionSet) {
    for item in &mut set.items {
        match &mut item.node {
            Selection::Field(field)
                if field.node.name.node == "__typename" && !field.node.directives.is_empty() =>
            {
                let directives = std::mem::take(&mut field.node.directives);
                let field = Positioned::new(Selection::Field(field.clone()), item.pos);
                let fragment = InlineFragment {
                    type_condition: None,
                    directives,
                    selection_set: Positioned::new(SelectionSet { items: vec![field] }, item.pos),
                };
                item.node = Selection::InlineFragment(Positioned::new(fragment, item.pos));
            }
            Selection::Field(field) => wrap(&mut field.node.selection_set.node),
            Selection::InlineFragment(fragment) => wrap(&mut fragment.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
}
