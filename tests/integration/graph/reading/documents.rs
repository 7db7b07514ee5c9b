//! Queries out of the schema: any fields, nested, by aliases and fragments, with any arguments, in ever new combinations.

use serde_json::{Map, Value};

use super::given::Given;
use super::random::Random;
use super::values::{Rows, Values};
use crate::graph::schema::{Field, Input, Schema};

/// Objects below each other.
const DEEPEST: usize = 5;
/// What is computed rather than read, or found by other means than an id: asked for less often, for a query with any of it is never
/// compiled as a whole.
const RARE: [&str; 15] = [
    "fullName",
    "label",
    "labels",
    "node",
    "nodes",
    "viewer",
    "s3Url",
    "photoStats",
    "detectionStats",
    "organization",
    "fileUrl",
    "members",
    "assessmentStats",
    "usage",
    "appliesToAllBuckets",
];

/// A document, and two requests that are made of it.
pub struct Question {
    pub document: String,
    pub variables: [Value; 2],
    pub lists: Vec<List>,
}

/// Where a list stands in the answer, and which it is: its cursors are good for the next question.
pub struct List {
    pub path: Vec<String>,
    pub connection: String,
    /// Filter and order.
    pub arguments: Vec<(String, Given)>,
}

/// A place in a list, told by an earlier answer.
pub struct Known {
    pub connection: String,
    pub arguments: Vec<(String, Given)>,
    pub cursor: String,
}

/// Makes documents.
pub struct Documents<'a> {
    values: Values<'a>,
    fragments: Vec<String>,
    lists: Vec<List>,
    pub known: Vec<Known>,
}

/// What was selected of an object so far: a field may come again, to be merged.
#[derive(Default)]
struct Scope {
    heads: Vec<Head>,
}

#[derive(Clone)]
struct Head {
    written: String,
    key: String,
    field: Field,
    arguments: Vec<(String, Given)>,
}

impl<'a> Documents<'a> {
    pub fn new(schema: &'a Schema, rows: &'a Rows, seed: u64) -> Self {
        Self {
            values: Values {
                schema,
                rows,
                random: Random::new(seed),
                variables: Vec::new(),
            },
            fragments: Vec::new(),
            lists: Vec::new(),
            known: Vec::new(),
        }
    }

    /// The next one.
    pub fn question(&mut self) -> Question {
        self.values.variables.clear();
        self.fragments.clear();
        let set = self.selection("Query", 0, &[]);
        let declared: Vec<_> = self
            .values
            .variables
            .iter()
            .map(|variable| variable.declared.as_str())
            .collect();
        let head = if declared.is_empty() {
            String::new()
        } else {
            format!("query({}) ", declared.join(", "))
        };
        let variables = [0, 1].map(|index| {
            let given = self.values.variables.iter().filter_map(|variable| {
                Some((variable.name.clone(), variable.values[index].clone()?))
            });
            Value::Object(given.collect::<Map<_, _>>())
        });
        Question {
            document: format!("{head}{set}\n{}", self.fragments.join("\n")),
            variables,
            lists: std::mem::take(&mut self.lists),
        }
    }

    fn selection(&mut self, of: &str, depth: usize, path: &[String]) -> String {
        let mut scope = Scope::default();
        let items = match of {
            "Query" => *self.values.random.one(&[1, 1, 1, 2, 3]),
            _ => 1 + self.values.random.below(4),
        };
        let mut set = self.items(of, depth, path, &mut scope, items, 2);
        if of.ends_with("Connection") && !self.values.random.once_in(5) && depth < DEEPEST {
            // Most lists are asked for to see rows.
            let rows = if self.values.random.once_in(3) {
                "edges"
            } else {
                "nodes"
            };
            set += &self.named(of, rows, depth, path);
        }
        format!("{{ {set} }}")
    }

    fn named(&mut self, of: &str, field: &str, depth: usize, path: &[String]) -> String {
        let found = self
            .values
            .schema
            .get(of)
            .fields
            .iter()
            .find(|found| found.name == field);
        let field = found.expect("rows of a list").clone();
        let head = Head {
            written: field.name.clone(),
            key: field.name.clone(),
            field,
            arguments: Vec::new(),
        };
        format!(" {}", self.finished(&head, depth, path))
    }

    fn items(
        &mut self,
        of: &str,
        depth: usize,
        path: &[String],
        scope: &mut Scope,
        number: usize,
        fragments: usize,
    ) -> String {
        let mut items = Vec::new();
        for _ in 0..number {
            let item = match self.values.random.below(12) {
                0 => self.typename(),
                1 | 2 if fragments > 0 => self.fragment(of, depth, path, scope, fragments - 1),
                3 if !scope.heads.is_empty() => {
                    let head = self.values.random.one(&scope.heads).clone();
                    self.finished(&head, depth, path)
                }
                _ => self.field(of, depth, path, scope),
            };
            items.push(item);
        }
        items.join(" ")
    }

    fn typename(&mut self) -> String {
        match self.values.random.below(3) {
            0 => "kind: __typename".to_owned(),
            _ => "__typename".to_owned(),
        }
    }

    /// Some of the fields in a fragment: of the object itself, or of the interface, in place or by a name.
    fn fragment(
        &mut self,
        of: &str,
        depth: usize,
        path: &[String],
        scope: &mut Scope,
        fragments: usize,
    ) -> String {
        let is_interface = self.values.schema.get(of).kind == "INTERFACE";
        if !is_interface && self.is_node(of) && self.values.random.once_in(4) {
            let skipped = self.directive();
            return format!("... on Node{skipped} {{ id __typename }}");
        }
        let number = 1 + self.values.random.below(3);
        let (on, inner) = if is_interface {
            let kinds: Vec<String> = self.values.rows.ids.keys().cloned().collect();
            let on = self.values.random.one(&kinds).clone();
            // Of two kinds a field of one name may have two types: each has its own key.
            let inner = self.prefixed(&on, depth, path, number);
            (on, inner)
        } else {
            (
                of.to_owned(),
                self.items(of, depth, path, scope, number, fragments),
            )
        };
        let skipped = self.directive();
        match self.values.random.below(3) {
            0 if !is_interface => format!("...{skipped} {{ {inner} }}"),
            1 => {
                let name = format!("F{}", self.fragments.len());
                self.fragments
                    .push(format!("fragment {name} on {on} {{ {inner} }}"));
                match self.values.random.below(4) {
                    0 => format!("...{name}{skipped} ...{name}"),
                    _ => format!("...{name}{skipped}"),
                }
            }
            _ => format!("... on {on}{skipped} {{ {inner} }}"),
        }
    }

    fn prefixed(&mut self, of: &str, depth: usize, path: &[String], number: usize) -> String {
        let mut items = Vec::new();
        for _ in 0..number {
            let field = self.any_field(of, depth);
            let mut head = self.head(of, field, depth, &Scope::default());
            head.key = format!("{of}_{}", head.key.replace(':', ""));
            let rest = head
                .written
                .split_once(": ")
                .map_or(&*head.written, |(alias, rest)| {
                    if alias
                        .bytes()
                        .all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
                    {
                        rest
                    } else {
                        &head.written
                    }
                });
            head.written = format!("{}: {rest}", head.key);
            items.push(self.finished(&head, depth, path));
        }
        items.join(" ")
    }

    fn is_node(&self, kind: &str) -> bool {
        self.values.rows.ids.contains_key(kind)
    }

    fn any_field(&mut self, of: &str, depth: usize) -> Field {
        let schema = self.values.schema;
        let fields: Vec<&Field> = schema
            .get(of)
            .fields
            .iter()
            .filter(|field| {
                let leads_on = schema.get(&field.result.name).kind != "SCALAR"
                    && schema.get(&field.result.name).kind != "ENUM";
                of == "Query" || depth < DEEPEST || !leads_on
            })
            .collect();
        // Objects, at the root by their id and below by reference, are few among lists and texts.
        let objects: Vec<&Field> = fields
            .iter()
            .copied()
            .filter(|field| self.is_node(&field.result.name))
            .collect();
        loop {
            let field = if !objects.is_empty() && self.values.random.once_in(4) {
                *self.values.random.one(&objects)
            } else {
                *self.values.random.one(&fields)
            };
            let is_rare = RARE.contains(&&*field.name) || field.description.contains("s3://");
            if !is_rare || fields.len() == 1 || self.values.random.once_in(10) {
                return field.clone();
            }
        }
    }

    fn field(&mut self, of: &str, depth: usize, path: &[String], scope: &mut Scope) -> String {
        let field = self.any_field(of, depth);
        let head = self.head(of, field, depth, scope);
        scope.heads.push(head.clone());
        self.finished(&head, depth, path)
    }

    /// A field's key, name and arguments.
    fn head(&mut self, of: &str, field: Field, depth: usize, scope: &Scope) -> Head {
        let arguments = if field.result.name.ends_with("Connection") {
            self.page(&field, depth)
        } else {
            self.arguments(&field)
        };
        let mut written: Vec<_> = arguments
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.literal()))
            .collect();
        let told = written.join(", ");
        if self.values.random.once_in(3) {
            written.reverse();
        }
        let call = if written.is_empty() {
            field.name.clone()
        } else {
            format!("{}({})", field.name, written.join(", "))
        };
        // One alias always stands for the same field and the same arguments, wherever selections are merged.
        let is_taken = scope
            .heads
            .iter()
            .any(|head| head.key == field.name && head.written != call);
        let aliased = is_taken
            || self
                .values
                .random
                .once_in(if of == "Query" { 3 } else { 6 });
        let (key, written) = if aliased {
            let alias = format!("{}_{:x}", field.name, fingerprint(&told) & 0xFFFF);
            (alias.clone(), format!("{alias}: {call}"))
        } else {
            (field.name.clone(), call)
        };
        Head {
            written,
            key,
            field,
            arguments,
        }
    }

    /// The field with what is selected of it.
    fn finished(&mut self, head: &Head, depth: usize, path: &[String]) -> String {
        let result = head.field.result.name.clone();
        let kind = self.values.schema.get(&result).kind.as_str();
        let skipped = self.directive();
        if matches!(kind, "SCALAR" | "ENUM") {
            return format!("{}{skipped}", head.written);
        }
        let path = [path, std::slice::from_ref(&head.key)].concat();
        if result.ends_with("Connection") {
            let arguments = head
                .arguments
                .iter()
                .filter(|(name, _)| ["filter", "orderBy"].contains(&&**name))
                .filter_map(|(name, value)| Some((name.clone(), value.resolved()?)))
                .collect();
            self.lists.push(List {
                path: path.clone(),
                connection: result.clone(),
                arguments,
            });
        }
        let deeper = depth + usize::from(self.is_node(&result) || kind == "INTERFACE");
        let set = self.selection(&result, deeper, &path);
        format!("{}{skipped} {set}", head.written)
    }

    fn directive(&mut self) -> String {
        if !self.values.random.once_in(15) {
            return String::new();
        }
        let name = *self.values.random.one(&["include", "skip"]);
        let flag = Given::Plain(Value::Bool(
            (name == "include") != self.values.random.once_in(4),
        ));
        let flag = if self.values.random.once_in(2) {
            let other = Given::Plain(Value::Bool(self.values.random.once_in(2)));
            let input = Input {
                name: "if".to_owned(),
                shape: crate::graph::schema::Shape {
                    name: "Boolean".to_owned(),
                    list: false,
                },
                required: true,
            };
            self.values.variable(&input, flag, &other)
        } else {
            flag
        };
        format!(" @{name}(if: {})", flag.literal())
    }

    fn arguments(&mut self, field: &Field) -> Vec<(String, Given)> {
        let mut arguments = Vec::new();
        for input in &field.arguments {
            if input.required || self.values.random.once_in(3) {
                arguments.push((
                    input.name.clone(),
                    self.values.value(input, &field.result.name, 1),
                ));
            }
        }
        arguments
    }

    fn page(&mut self, field: &Field, depth: usize) -> Vec<(String, Given)> {
        let mut arguments = Vec::new();
        let named = |name: &str| field.arguments.iter().find(|input| input.name == name);
        let known: Vec<usize> = (0..self.known.len())
            .filter(|index| self.known[*index].connection == field.result.name)
            .collect();
        if !known.is_empty() && self.values.random.once_in(4) {
            let Known {
                arguments: same,
                cursor,
                ..
            } = &self.known[*self.values.random.one(&known)];
            let mut cursor = cursor.clone();
            arguments.extend(
                same.iter()
                    .filter(|(name, _)| named(name).is_some())
                    .cloned(),
            );
            if self.values.random.once_in(12) {
                let place = self.values.random.below(cursor.len());
                cursor.replace_range(place..=place, "A");
            }
            let side = *self.values.random.one(&["after", "after", "before"]);
            arguments.push((side.to_owned(), Given::text(cursor)));
        } else {
            for (name, times) in [("filter", 3), ("orderBy", 3)] {
                if let Some(input) = named(name)
                    && self.values.random.once_in(times)
                {
                    let kind = field.result.name.trim_end_matches("Connection");
                    arguments.push((name.to_owned(), self.values.value(input, kind, 2)));
                }
            }
            if self.values.random.once_in(60) {
                let text = self.values.string();
                arguments.push(("after".to_owned(), Given::text(text)));
            }
        }
        let side = *self.values.random.one(&["first", "first", "last", ""]);
        if let Some(input) = named(side) {
            let sizes: &[i32] = match (self.values.random.below(60), depth) {
                (0, _) => &[0, -1, 101, i32::MAX],
                (_, 0 | 1) => &[1, 2, 3, 5, 20, 100],
                _ => &[1, 2, 3, 4],
            };
            let size = |of: &mut Self| Given::Plain((*of.values.random.one(sizes)).into());
            let mut given = size(self);
            if self.values.random.once_in(4) {
                let second = size(self);
                given = self.values.variable(input, given, &second);
            }
            arguments.push((side.to_owned(), given));
        }
        // A variable for what is not one yet: cursors travel in variables.
        for (name, value) in &mut arguments {
            if ["after", "before"].contains(&name.as_str())
                && self.values.random.once_in(2)
                && let Some(input) = named(name)
            {
                *value = self.values.variable(input, value.clone(), &value.clone());
            }
        }
        arguments
    }
}

fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
