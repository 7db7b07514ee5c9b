//! Values for arguments: mostly such as find something, now and then such as must be refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::given::Given;
use super::hostile::TEXTS;
use super::random::Random;
use crate::graph::schema::{Input, Schema, Shape};

/// What rows hold, for filters that find some.
pub struct Rows {
    /// Ids by kind: the caller's, those of others, those in the bin.
    pub ids: BTreeMap<String, Vec<String>>,
    /// Moments of some rows.
    pub times: Vec<String>,
    /// Texts of some rows.
    pub texts: Vec<String>,
}

/// Makes values.
pub struct Values<'a> {
    pub schema: &'a Schema,
    pub rows: &'a Rows,
    pub random: Random,
    /// What the document declares, each with its values in the two requests that are made of it.
    pub variables: Vec<Variable>,
}

/// A variable of the document.
pub struct Variable {
    pub declared: String,
    pub name: String,
    pub values: [Option<Value>; 2],
}

impl Values<'_> {
    /// A value for an argument or a field of an input; `kind` is whose ids it takes.
    pub fn value(&mut self, input: &Input, kind: &str, depth: usize) -> Given {
        if self.random.once_in(6) {
            let first = self.constant(input, kind, depth);
            let second = match self.random.below(3) {
                0 => first.clone(),
                _ => self.constant(input, kind, depth),
            };
            return self.variable(input, first, &second);
        }
        if self.random.once_in(40) {
            return Given::null();
        }
        self.listed(&input.shape, kind, depth, false)
    }

    /// The same without variables in it.
    fn constant(&mut self, input: &Input, kind: &str, depth: usize) -> Given {
        self.listed(&input.shape, kind, depth, true)
    }

    /// Puts a variable in the place of a value.
    pub fn variable(&mut self, input: &Input, first: Given, second: &Given) -> Given {
        let name = format!("v{}", self.variables.len());
        let mut declared = if input.shape.list {
            format!("${name}: [{}!]", input.shape.name)
        } else {
            format!("${name}: {}", input.shape.name)
        };
        // What it stands for where the request gives nothing, and what the request gives.
        let mut default = None;
        let mut values = [Some(first.json()), Some(second.json())];
        match self.random.below(10) {
            0 => default = Some(second.clone()),
            1 | 2 => {
                default = Some(first.clone());
                values[0] = None;
            }
            3 if !input.required => values[0] = None,
            4 if !input.required => values[0] = Some(Value::Null),
            5 if !input.required => values[1] = None,
            _ => {}
        }
        if input.required && (default.is_none() || self.random.once_in(2)) {
            declared.push('!');
        }
        if let Some(default) = &default {
            declared += &format!(" = {}", default.literal());
        }
        let stands_for = match (&values[0], default) {
            (Some(Value::Null), _) => Some(Given::null()),
            (Some(_), _) => Some(first),
            (None, default) => default,
        };
        self.variables.push(Variable {
            declared,
            name: name.clone(),
            values,
        });
        Given::Variable(name, stands_for.map(Box::new))
    }

    fn listed(&mut self, shape: &Shape, kind: &str, depth: usize, constant: bool) -> Given {
        // One stands for a list of one.
        if !shape.list || self.random.once_in(8) {
            return self.single(&shape.name, kind, depth, constant);
        }
        let number = *self.random.one(&[1, 1, 1, 2, 2, 3, 0]);
        Given::List(
            (0..number)
                .map(|_| self.single(&shape.name, kind, depth, constant))
                .collect(),
        )
    }

    fn single(&mut self, name: &str, kind: &str, depth: usize, constant: bool) -> Given {
        let found = self.schema.get(name);
        match found.kind.as_str() {
            "INPUT_OBJECT" => self.object(name, kind, depth, constant),
            "ENUM" if self.random.once_in(80) => Given::Word("NO_SUCH_WORD".to_owned()),
            "ENUM" => Given::Word(self.random.one(&found.values).clone()),
            _ => self.scalar(name, kind),
        }
    }

    fn object(&mut self, name: &str, kind: &str, depth: usize, constant: bool) -> Given {
        let schema = self.schema;
        let inputs = &schema.get(name).inputs;
        let leads_on = |input: &Input| {
            let inner = &schema.get(&input.shape.name).inputs;
            inner
                .iter()
                .any(|input| ["and", "every"].contains(&&*input.name))
        };
        let kind = ["ListFilter", "Filter"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .filter(|kind| schema.0.contains_key(*kind))
            .unwrap_or(kind)
            .to_owned();
        let may: Vec<&Input> = inputs
            .iter()
            .filter(|input| !input.required && (depth > 0 || !leads_on(input)))
            .collect();
        let mut chosen: Vec<&Input> = inputs.iter().filter(|input| input.required).collect();
        if !may.is_empty() {
            for _ in 0..*self.random.one(&[1, 1, 1, 1, 2, 2, 3, 0]) {
                let at = self.random.below(may.len());
                chosen.push(may[at]);
            }
        }
        chosen.sort_by(|one, other| one.name.cmp(&other.name));
        chosen.dedup_by(|one, other| one.name == other.name);
        let mut fields = Vec::new();
        for input in chosen {
            let of = input
                .name
                .strip_suffix("Id")
                .map_or(kind.clone(), capitalized);
            let deeper = depth - usize::from(leads_on(input));
            let value = if constant {
                self.constant(input, &of, deeper)
            } else {
                self.value(input, &of, deeper)
            };
            fields.push((input.name.clone(), value));
        }
        if self.random.once_in(150) {
            fields.push(("noSuchField".to_owned(), Given::text("?")));
        }
        Given::Object(fields)
    }

    fn scalar(&mut self, name: &str, kind: &str) -> Given {
        Given::Plain(match name {
            "ID" => json!(self.id(kind)),
            "Boolean" => json!(self.random.once_in(2)),
            "Int" => self
                .random
                .one(&[
                    json!(0),
                    json!(1),
                    json!(-1),
                    json!(2),
                    json!(640),
                    json!(i32::MAX),
                    json!(i32::MIN),
                    json!(2_147_483_648_i64),
                ])
                .clone(),
            "BigInt" => self
                .random
                .one(&[
                    json!(0),
                    json!(9_007_199_254_740_991_i64),
                    json!(9_007_199_254_740_992_i64),
                ])
                .clone(),
            "Float" => self
                .random
                .one(&[json!(0), json!(0.5), json!(-0.0), json!(1e300)])
                .clone(),
            "DateTime" => json!(self.time()),
            "String" => json!(self.string()),
            "JSON" => self
                .random
                .one(&[
                    json!("Canon"),
                    json!(1.0),
                    json!(1),
                    json!(1e300),
                    json!({ "a": [1, null] }),
                    json!([]),
                    Value::Null,
                ])
                .clone(),
            other => panic!("no value for {other}: teach the generator"),
        })
    }

    pub fn id(&mut self, kind: &str) -> String {
        let rows = self.rows;
        // managerId, confirmedById: of users.
        let ids = rows.ids.get(kind).or_else(|| rows.ids.get("User"));
        let id = self.random.one(ids.expect("kinds with ids")).clone();
        match self.random.below(40) {
            0 => id.to_uppercase(),
            1 => id.replace('-', ""),
            2 => format!("{{{id}}}"),
            3 => format!("urn:uuid:{id}"),
            4 => "no id at all".to_owned(),
            5 => "ffffffff-ffff-4fff-bfff-ffffffffffff".to_owned(),
            _ => id,
        }
    }

    fn time(&mut self) -> String {
        const TIMES: [&str; 9] = [
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.123456789+02:00",
            "1969-12-31T23:59:59.999999Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999Z",
            "+262142-01-01T00:00:00Z",
            "-004713-01-01T00:00:00Z",
            "2026-01-01",
            "soon",
        ];
        if self.random.once_in(2) {
            return self.random.one(&self.rows.times).clone();
        }
        (*self.random.one(&TIMES)).to_owned()
    }

    pub fn string(&mut self) -> String {
        if self.random.once_in(60) {
            // PostgreSQL has no such text.
            return "a\0b".to_owned();
        }
        let text = if self.random.once_in(3) {
            (*self.random.one(&TEXTS)).to_owned()
        } else {
            self.random.one(&self.rows.texts).clone()
        };
        if self.random.once_in(2) {
            text.chars().take(2).collect()
        } else {
            text
        }
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
