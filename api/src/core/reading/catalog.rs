//! What can be compiled: the kinds of objects with their fields, put together once from what the domains say of them and from
//! the schema.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, TypeKind, TypeSystemDefinition};

use super::scalar::Scalar;
use super::source::{Lead, Lists, Root, RootTo, Table, To, table};
use crate::core::Node;

/// A kind of object, as `any_node!` lists it.
pub struct Kind {
    name: &'static str,
    table: Arc<dyn Table>,
    leads: Vec<Lead>,
    roots: Vec<Root>,
}

impl Kind {
    /// Of what the domain says.
    pub fn new<N: Node>(leads: Vec<Lead>, roots: Vec<Root>) -> Self {
        Self {
            name: N::NAME,
            table: table::<N>(),
            leads,
            roots,
        }
    }
}

/// Everything that can be compiled.
#[derive(Default)]
pub struct Catalog {
    pub(super) roots: HashMap<String, RootTo>,
    pub(super) kinds: HashMap<&'static str, Fields>,
}

/// The fields of a kind of object.
pub(super) type Fields = HashMap<String, Field>;

/// A field of an object.
pub(super) enum Field {
    /// A value of the row.
    Column {
        column: &'static str,
        scalar: Scalar,
    },
    /// The object that a column refers to.
    One {
        column: &'static str,
        table: Arc<dyn Table>,
    },
    /// A list of what hangs under the object.
    Many {
        key: &'static str,
        lists: Arc<dyn Lists>,
    },
}

impl Catalog {
    /// Of the kinds, in a schema. What the schema has and the kinds do not speak of cannot be compiled.
    pub fn new(sdl: &str, kinds: Vec<Kind>) -> Self {
        let types = Types::read(sdl);
        let mut catalog = Self::default();
        for kind in kinds {
            let mut fields = Fields::new();
            for (name, type_name) in types.plain_fields(kind.name) {
                if let Some(column) = kind.table.column(&snake_case(name))
                    && let Some(scalar) = types.scalar(type_name)
                {
                    fields.insert(name.clone(), Field::Column { column, scalar });
                }
            }
            for lead in kind.leads {
                let field = match lead.to {
                    To::One { table, column } => kind
                        .table
                        .column(column)
                        .map(|column| Field::One { column, table }),
                    To::Many { under, key } => kind
                        .table
                        .column(key)
                        .map(|key| Field::Many { key, lists: under }),
                };
                if let Some(field) = field {
                    fields.insert(camel_case(lead.field), field);
                }
            }
            for root in kind.roots {
                catalog.roots.insert(camel_case(root.field), root.to);
            }
            catalog.kinds.insert(kind.name, fields);
        }
        catalog
    }
}

/// What the schema says of fields and vocabularies.
#[derive(Default)]
struct Types {
    /// The fields of an object that have no arguments, with the name of their type.
    objects: HashMap<String, Vec<(String, String)>>,
    words: HashMap<String, Arc<HashMap<String, String>>>,
}

impl Types {
    fn read(sdl: &str) -> Self {
        let mut types = Self::default();
        // A schema that cannot be read back has nothing that can be compiled.
        let Ok(document) = parse_schema(sdl) else {
            return types;
        };
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node.to_string();
            match definition.node.kind {
                TypeKind::Object(object) => {
                    let plain = object
                        .fields
                        .into_iter()
                        .filter(|field| field.node.arguments.is_empty())
                        .filter_map(|field| match field.node.ty.node.base {
                            BaseType::Named(inner) => {
                                Some((field.node.name.node.to_string(), inner.to_string()))
                            }
                            BaseType::List(_) => None,
                        });
                    types.objects.insert(name, plain.collect());
                }
                TypeKind::Enum(vocabulary) => {
                    let words = vocabulary.values.into_iter().map(|value| {
                        let word = value.node.value.node.to_string();
                        // The column has the word in small letters, as its CHECK says.
                        (word.to_ascii_lowercase(), format!("\"{word}\""))
                    });
                    types.words.insert(name, Arc::new(words.collect()));
                }
                _ => {}
            }
        }
        types
    }

    fn plain_fields(&self, object: &str) -> impl Iterator<Item = (&String, &String)> {
        self.objects
            .get(object)
            .into_iter()
            .flatten()
            .map(|(name, inner)| (name, inner))
    }

    fn scalar(&self, name: &str) -> Option<Scalar> {
        Some(match name {
            "ID" => Scalar::Id,
            "String" => Scalar::Text,
            "Int" => Scalar::Int,
            "BigInt" => Scalar::BigInt,
            "Float" => Scalar::Float,
            "Boolean" => Scalar::Boolean,
            "DateTime" => Scalar::Time,
            "JSON" => Scalar::Json,
            other => Scalar::Word(Arc::clone(self.words.get(other)?)),
        })
    }
}

/// As columns and Rust call it: created_at.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// As the graph calls it: createdAt.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut is_first = false;
    for letter in name.chars() {
        if letter == '_' {
            is_first = true;
        } else if is_first {
            camel.push(letter.to_ascii_uppercase());
            is_first = false;
        } else {
            camel.push(letter);
        }
    }
    camel
}
