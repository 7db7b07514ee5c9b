//! Answers made alike: a connection is a list, a moment is a number, the name of a kind is in small letters.

use chrono::DateTime;
use serde_json::{Map, Value, json};

/// An answer, or a part of it, in the form in which engines are compared.
pub fn plain(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(mut fields) => {
            if let Some(Value::Array(nodes)) = fields.remove("nodes") {
                return nodes.into_iter().map(plain).collect();
            }
            if let Some(Value::Array(edges)) = fields.remove("edges") {
                return edges
                    .into_iter()
                    .map(|mut edge| plain(edge["node"].take()))
                    .collect();
            }
            let fields = fields.into_iter().map(|(name, value)| {
                let value = match (name.as_str(), value) {
                    ("createdAt", Value::String(text)) => moment(&text),
                    ("detectionType" | "source", Value::String(text)) => json!(text.to_lowercase()),
                    (_, value) => plain(value),
                };
                (name, value)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Value::Number(number) => json!(number.as_f64()),
        other => other,
    }
}

/// The rows of an answer: what is at the path under `data`, or the first field.
pub fn rows(body: &[u8], path: Option<&str>) -> Option<Value> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    if body.get("errors").is_some() {
        return None;
    }
    let mut data = body["data"].take();
    let found = match path {
        Some(path) => path.split('.').try_fold(&mut data, below),
        None => data
            .as_object_mut()
            .and_then(|fields| fields.values_mut().next()),
    };
    found.map(|value| plain(value.take()))
}

/// What is under a name, or at a place of a list.
fn below<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    match value {
        Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
        other => other.get_mut(name),
    }
}

fn moment(text: &str) -> Value {
    match DateTime::parse_from_rfc3339(text) {
        Ok(moment) => json!(moment.timestamp_micros()),
        Err(_) => json!(text),
    }
}
