//! What is asked: the name of one of the known operations, and its variables.

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// One of the operations.
pub enum Question {
    /// 20 newest photos with detections, their tags, and tags.
    Page,
    /// A photo with its project and user.
    Point(Uuid),
    /// 500 newest photos.
    Wide,
    /// 10 newest projects, 5 newest photos of each, 3 first detections of each of those.
    Nested,
    /// Records detections; a write of one and a thousand are the same.
    Record(Vec<Seen>),
}

/// A detection to be recorded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// The photo.
    pub photo_id: Uuid,
    /// `DAMAGE`, `MATERIAL` or `VOLUME`.
    pub detection_type: String,
    /// Name of the model.
    pub model_version: String,
    /// What was seen.
    pub results: Box<RawValue>,
    /// From 0 to 1.
    pub confidence: f64,
    /// The labels that came of it.
    #[serde(default)]
    pub tags: Vec<Label>,
}

/// A label.
#[derive(Deserialize)]
pub struct Label {
    /// Its text.
    pub tag: String,
    /// From 0 to 1.
    pub confidence: f64,
}

/// Why there is no answer.
pub enum Fault {
    /// It is none of the known questions.
    Question(String),
    /// A photo that is not the caller's.
    NoPhoto,
    /// PostgreSQL's fault.
    Database(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    operation_name: &'a str,
    #[serde(borrow)]
    variables: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ById {
    id: Uuid,
}

#[derive(Deserialize)]
struct Input {
    input: Detections,
}

#[derive(Deserialize)]
struct Detections {
    detections: Vec<Seen>,
}

impl Question {
    /// Reads a request's body.
    pub fn read(body: &[u8]) -> Result<Self, Fault> {
        let body: Body = serde_json::from_slice(body).map_err(unreadable)?;
        let variables = body.variables.map_or("null", RawValue::get);
        match body.operation_name {
            "Page" => Ok(Self::Page),
            "Point" => serde_json::from_str(variables)
                .map(|ById { id }| Self::Point(id))
                .map_err(unreadable),
            "Wide" => Ok(Self::Wide),
            "Nested" => Ok(Self::Nested),
            "Write" | "Record" => serde_json::from_str(variables)
                .map(|Input { input }| Self::Record(input.detections))
                .map_err(unreadable),
            other => Err(Fault::Question(format!("{other} is not known"))),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unreadable(error: serde_json::Error) -> Fault {
    Fault::Question(error.to_string())
}
