//! Values of arguments, as they are written in a document and as they are sent in variables.

use serde_json::{Map, Value, json};

/// A value, some of it perhaps by variables.
#[derive(Clone, Debug)]
pub enum Given {
    /// Of a vocabulary: without quotes in a document.
    Word(String),
    /// A number, a text, a flag, a null.
    Plain(Value),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
    /// With what it stands for in the first of the requests, if anything.
    Variable(String, Option<Box<Self>>),
}

impl Given {
    pub fn null() -> Self {
        Self::Plain(Value::Null)
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self::Plain(Value::String(text.into()))
    }

    /// As a document has it.
    pub fn literal(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Plain(value) => plain(value),
            Self::List(values) => {
                let values: Vec<_> = values.iter().map(Self::literal).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Object(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", value.literal()))
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            Self::Variable(name, _) => format!("${name}"),
        }
    }

    /// As variables have it; there are no others in it.
    pub fn json(&self) -> Value {
        match self {
            Self::Word(word) => json!(word),
            Self::Plain(value) => value.clone(),
            Self::List(values) => values.iter().map(Self::json).collect(),
            Self::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value.json()))
                    .collect::<Map<_, _>>(),
            ),
            Self::Variable(_, Some(value)) => value.json(),
            Self::Variable(_, None) => Value::Null,
        }
    }

    /// The same with nothing left open; none where it stands for nothing.
    pub fn resolved(&self) -> Option<Self> {
        Some(match self {
            Self::Word(_) | Self::Plain(_) => self.clone(),
            Self::List(values) => Self::List(values.iter().filter_map(Self::resolved).collect()),
            Self::Object(fields) => Self::Object(
                fields
                    .iter()
                    .filter_map(|(name, value)| Some((name.clone(), value.resolved()?)))
                    .collect(),
            ),
            Self::Variable(_, value) => value.as_ref()?.resolved()?,
        })
    }
}

/// Objects in free-form JSON have names without quotes in a document.
fn plain(value: &Value) -> String {
    match value {
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(plain).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", plain(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}
