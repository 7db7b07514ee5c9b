//! The schema as clients see it, by introspection: so that a field that is added tomorrow is tested by itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::bench::Bench;

/// A type of the graph.
#[derive(Clone, Debug, Default)]
pub struct Type {
    pub kind: String,
    pub fields: Vec<Field>,
    /// The fields of an input.
    pub inputs: Vec<Input>,
    pub values: Vec<String>,
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub description: String,
    pub arguments: Vec<Input>,
    pub result: Shape,
}

impl Field {
    /// What the description ends in: "Needs photos:read."
    pub fn needs(&self) -> Option<String> {
        let description = self.description.replace('\n', " ");
        let (_, needed) = description.rsplit_once("Needs ")?;
        Some(needed.strip_suffix('.').unwrap_or(needed).to_owned())
    }
}

/// An argument, or a field of an input.
#[derive(Clone, Debug)]
pub struct Input {
    pub name: String,
    pub shape: Shape,
    pub required: bool,
}

/// What is left of a type without its wrappings.
#[derive(Clone, Debug)]
pub struct Shape {
    pub name: String,
    pub list: bool,
}

/// All types, by their names.
pub struct Schema(pub BTreeMap<String, Type>);

const ASK: &str = "{ __schema { types { kind name
    fields { name description args { ...I } type { ...T } } inputFields { ...I } enumValues { name } } } }
    fragment I on __InputValue { name defaultValue type { ...T } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

impl Schema {
    pub async fn of(bench: &Bench) -> Self {
        let data = bench.data(ASK, json!({})).await;
        let types = list(&data["__schema"]["types"]).map(|found| {
            let fields = list(&found["fields"]).map(|field| Field {
                name: text(&field["name"]),
                description: text(&field["description"]),
                arguments: list(&field["args"]).map(input).collect(),
                result: shape(&field["type"]),
            });
            let made = Type {
                kind: text(&found["kind"]),
                fields: fields.collect(),
                inputs: list(&found["inputFields"]).map(input).collect(),
                values: list(&found["enumValues"])
                    .map(|value| text(&value["name"]))
                    .collect(),
            };
            (text(&found["name"]), made)
        });
        Self(types.collect())
    }

    pub fn get(&self, name: &str) -> &Type {
        &self.0[name]
    }

    /// Whether it is a row of a table: an object with a list of its own kind, or with an identity.
    pub fn is_node(&self, name: &str) -> bool {
        let found = self.get(name);
        found.kind == "OBJECT"
            && !name.starts_with("__")
            && !["Query", "Mutation", "PageInfo", "UserError"].contains(&name)
            && !["Connection", "Edge", "Hit", "Payload"]
                .iter()
                .any(|end| name.ends_with(end))
    }

    /// The object that a field leads to: at once, or as a list.
    pub fn leads_to<'a>(&'a self, field: &'a Field) -> Option<&'a str> {
        let name = field.result.name.as_str();
        let name = name.strip_suffix("Connection").unwrap_or(name);
        (self.0.contains_key(name) && self.is_node(name)).then_some(name)
    }

    /// As somebody sees it who may do this much: without the fields that need more, and the filters that look at what needs more.
    pub fn narrowed(&self, may: &BTreeSet<String>) -> Self {
        let allowed = |field: &Field| {
            let needed = field.needs();
            needed.is_none_or(|needed| may.contains(needed.as_str()))
        };
        let hidden: BTreeSet<&str> = self
            .0
            .values()
            .flat_map(|found| &found.fields)
            .filter(|field| field.result.name.ends_with("Connection") && !allowed(field))
            .filter_map(|field| self.leads_to(field))
            .collect();
        let mut narrowed = self.0.clone();
        for found in narrowed.values_mut() {
            found.fields.retain(allowed);
            found.inputs.retain(|input| {
                let of = input.shape.name.trim_end_matches("Filter");
                !hidden.contains(of.trim_end_matches("List"))
            });
        }
        Self(narrowed)
    }

    /// Everything that an object says of itself, and of what it leads to down to a depth.
    pub fn selection(&self, name: &str, depth: u32) -> String {
        let mut selected = String::from("__typename");
        for field in &self.get(name).fields {
            let kind = self.get(&field.result.name).kind.as_str();
            if matches!(kind, "SCALAR" | "ENUM") {
                selected += &format!(" {}", field.name);
            } else if depth > 0
                && let Some(next) = self.leads_to(field)
            {
                let inner = self.selection(next, depth - 1);
                selected += &if field.result.name.ends_with("Connection") {
                    format!(
                        " {}(first: 4) {{ totalCount nodes {{ {inner} }} }}",
                        field.name
                    )
                } else {
                    format!(" {} {{ {inner} }}", field.name)
                };
            }
        }
        selected
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn input(value: &Value) -> Input {
    Input {
        name: text(&value["name"]),
        shape: shape(&value["type"]),
        required: value["type"]["kind"] == "NON_NULL" && value["defaultValue"].is_null(),
    }
}

fn shape(value: &Value) -> Shape {
    let list = value["kind"] == "LIST";
    if value["ofType"].is_null() {
        return Shape {
            name: text(&value["name"]),
            list,
        };
    }
    let inner = shape(&value["ofType"]);
    Shape {
        list: list || inner.list,
        ..inner
    }
}
