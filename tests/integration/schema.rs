//! `schema.graphql` at the root is what the gateway serves, and everything in it is described.

use std::process::Command;

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeDefinition, TypeKind, TypeSystemDefinition};

const COMMITTED: &str = include_str!("../../schema.graphql");

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let printed = Command::new(support::program())
        .arg("schema")
        .output()
        .unwrap();
    assert!(printed.status.success());
    assert!(
        String::from_utf8(printed.stdout).unwrap() == COMMITTED,
        "schema.graphql is out of date: cargo run -q -- schema > schema.graphql"
    );
}

/// A description that only says the name again says nothing.
fn assert_said(place: &str, name: &str, description: Option<&Positioned<String>>) {
    let description = description.unwrap_or_else(|| panic!("{place} has no description"));
    let description = description.node.as_str();
    let bare = |text: &str| {
        text.chars()
            .filter(|letter| letter.is_alphanumeric())
            .collect::<String>()
            .to_lowercase()
    };
    assert!(bare(description).len() > 4, "{place}: {description}");
    assert_ne!(
        bare(description),
        bare(name),
        "{place} is described by its name"
    );
    assert!(
        description.trim_end().ends_with('.'),
        "{place}: the description is not a sentence"
    );
}

#[test]
fn every_type_field_argument_and_value_is_described() {
    let schema = parse_schema(COMMITTED).unwrap();
    let mut described = 0;
    for definition in &schema.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let TypeDefinition {
            description,
            name,
            kind,
            ..
        } = &definition.node;
        let name = name.node.as_str();
        if ["Query", "Mutation"].contains(&name) {
            // The roots need no words; their fields do.
        } else {
            assert_said(name, name, description.as_ref());
        }
        let fields = match kind {
            TypeKind::Object(object) => &object.fields,
            TypeKind::Interface(interface) => &interface.fields,
            TypeKind::Enum(values) => {
                for value in &values.values {
                    let value_name = value.node.value.node.as_str();
                    let place = format!("{name}.{value_name}");
                    assert_said(&place, value_name, value.node.description.as_ref());
                    described += 1;
                }
                continue;
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    let field_name = field.node.name.node.as_str();
                    let place = format!("{name}.{field_name}");
                    assert_said(&place, field_name, field.node.description.as_ref());
                    described += 1;
                }
                continue;
            }
            TypeKind::Scalar | TypeKind::Union(_) => continue,
        };
        for field in fields {
            let field_name = field.node.name.node.as_str();
            let place = format!("{name}.{field_name}");
            assert_said(&place, field_name, field.node.description.as_ref());
            described += 1;
            for argument in &field.node.arguments {
                let argument_name = argument.node.name.node.as_str();
                let place = format!("{place}({argument_name}:)");
                assert_said(&place, argument_name, argument.node.description.as_ref());
                described += 1;
            }
        }
    }
    assert!(described > 500, "{described} descriptions");
}
