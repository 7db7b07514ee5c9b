//! Inputs for mutations that are made from the schema alone: whatever can be given is given, and all of it is in order.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schema::{Field, Input, Schema};
use super::tenancy::table_of;

/// What can be given to a mutation.
pub struct Inputs<'a> {
    schema: &'a Schema,
    mutation: &'a Field,
    /// Rows that the caller may use, by their tables.
    own: &'a BTreeMap<String, Vec<String>>,
}

impl<'a> Inputs<'a> {
    pub fn new(
        schema: &'a Schema,
        mutation: &'a Field,
        own: &'a BTreeMap<String, Vec<String>>,
    ) -> Self {
        let [argument] = mutation.arguments.as_slice() else {
            panic!("{} has not one argument", mutation.name);
        };
        assert_eq!(argument.name, "input", "{}", mutation.name);
        Self {
            schema,
            mutation,
            own,
        }
    }

    fn input(&self) -> &str {
        &self.mutation.arguments[0].shape.name
    }

    /// The mutation as `it`, with all that its payload says of itself.
    pub fn document(&self) -> String {
        let payload = self.schema.get(&self.mutation.result.name);
        let fields: String = payload
            .fields
            .iter()
            .map(
                |field| match self.schema.get(&field.result.name).kind.as_str() {
                    _ if field.name == "errors" => " errors { code path message }".to_owned(),
                    "OBJECT" => format!(" {} {{ __typename }}", field.name),
                    _ => format!(" {}", field.name),
                },
            )
            .collect();
        format!(
            "mutation($input: {}!) {{ it: {}(input: $input) {{{fields} }} }}",
            self.input(),
            self.mutation.name
        )
    }

    /// The ways to all fields that take ids.
    pub fn ids(&self) -> Vec<Vec<String>> {
        self.ids_of(self.input())
    }

    fn ids_of(&self, input: &str) -> Vec<Vec<String>> {
        let mut ways = Vec::new();
        for field in &self.schema.get(input).inputs {
            if field.shape.name == "ID" {
                ways.push(vec![field.name.clone()]);
            } else if self.schema.get(&field.shape.name).kind == "INPUT_OBJECT" {
                let inner = self.ids_of(&field.shape.name);
                ways.extend(
                    inner
                        .into_iter()
                        .map(|way| [vec![field.name.clone()], way].concat()),
                );
            }
        }
        ways
    }

    /// The path by which an error names what is at the end of a way: the first of each list on it.
    pub fn place(&self, way: &[String]) -> Vec<String> {
        let (mut place, mut input) = (vec!["input".to_owned()], self.input());
        for step in way {
            let field = self
                .schema
                .get(input)
                .inputs
                .iter()
                .find(|field| field.name == *step)
                .unwrap();
            place.push(step.clone());
            if field.shape.list {
                place.push("0".to_owned());
            }
            input = &field.shape.name;
        }
        place
    }

    /// An input that is in order, but for the id at the end of a way. Ids that need not be given are not, unless it is that one.
    pub fn build(&self, replaced: Option<(&[String], &str)>) -> Value {
        self.object(self.input(), replaced)
    }

    fn object(&self, input: &str, replaced: Option<(&[String], &str)>) -> Value {
        let mut object = Map::new();
        for field in &self.schema.get(input).inputs {
            let further = replaced
                .and_then(|(way, id)| (way.first() == Some(&field.name)).then(|| (&way[1..], id)));
            // Exactly one of them must be given.
            let first_of_one =
                input == "DocumentGranteeInput" && replaced.is_none() && object.is_empty();
            let optional_id =
                !field.required && field.shape.name == "ID" && further.is_none() && !first_of_one;
            // What was answered was not refused.
            let either = field.name == "refusalReason";
            if optional_id || either || field.name == "ifUnchangedSince" {
                continue;
            }
            let value = self.value(field, further);
            let value = if field.name == "embedding" {
                json!(vec![1.0; 384])
            } else if field.shape.list {
                json!([value])
            } else {
                value
            };
            object.insert(field.name.clone(), value);
        }
        Value::Object(object)
    }

    fn value(&self, field: &Input, replaced: Option<(&[String], &str)>) -> Value {
        let found = self.schema.get(&field.shape.name);
        match (found.kind.as_str(), field.shape.name.as_str()) {
            ("INPUT_OBJECT", name) => self.object(name, replaced),
            // Nothing can be reported as pending; what failed comes with a message.
            ("ENUM", "FileUploadStatus") => json!("FAILED"),
            ("ENUM", _) => json!(found.values[0]),
            (_, "ID") => match replaced {
                Some((_, id)) => json!(id),
                None => json!(self.own_of(&field.name)),
            },
            (_, "JSON") if field.name == "results" => json!({ "label": "hail" }),
            (_, "JSON") => json!({}),
            (_, "String") if ["email", "contactEmail"].contains(&&*field.name) => {
                json!("made@by.the-driver")
            }
            (_, "String") if field.name == "checksum" => json!("a".repeat(64)),
            (_, "Int") if field.name == "endChar" => json!(2),
            (_, "Int") if field.name == "chunkIndex" => json!(0),
            (_, "String") if field.name == "website" => json!("https://made.by/the-driver"),
            (_, "String") if field.name == "roles" => json!("viewer"),
            (_, "String") if field.name == "removePermissions" => json!("photos:write"),
            (_, "String") if field.name.to_lowercase().ends_with("permissions") => {
                json!("photos:read")
            }
            (_, "String") => json!("made/by.the-driver"),
            (_, "Int" | "BigInt" | "Float") => json!(1),
            (_, "Boolean") => json!(true),
            (_, "DateTime") => json!("2026-11-01T12:00:00Z"),
            _ => panic!(
                "the driver knows no value for {} of {}: teach it",
                field.name, self.mutation.name
            ),
        }
    }

    /// One of the caller's rows for a field: photoId is one of photos, and id is what the mutation is about.
    fn own_of(&self, field: &str) -> &str {
        let field = field.strip_suffix('s').unwrap_or(field);
        let table = match field.strip_suffix("Id") {
            Some(object) => table_of(object),
            None => self.subject(),
        };
        match self.own.get(&table).and_then(|ids| ids.first()) {
            Some(id) => id,
            None => panic!(
                "the driver knows no row for {field} of {}: no {table}",
                self.mutation.name
            ),
        }
    }

    fn subject(&self) -> String {
        let payload = self.schema.get(&self.mutation.result.name);
        let object = payload
            .fields
            .iter()
            .find(|field| self.schema.is_node(&field.result.name));
        match object {
            Some(field) => table_of(&field.result.name),
            // removeTags → tags
            None => self
                .mutation
                .name
                .trim_start_matches(char::is_lowercase)
                .to_lowercase(),
        }
    }
}
