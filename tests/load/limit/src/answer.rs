//! Answers as they are written, borrowed from the rows.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::question::Fault;

#[derive(Serialize)]
struct Data<T> {
    data: T,
}

/// A list of photos.
#[derive(Serialize)]
pub struct Photos<T> {
    /// They.
    pub photos: Vec<T>,
}

/// A photo of Page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PagePhoto<'a> {
    pub id: Uuid,
    pub s3_key: &'a str,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub detections: Vec<Detection<'a>>,
    pub tags: Vec<Tag<'a>>,
}

/// A detection with its tags.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detection<'a> {
    pub id: Uuid,
    pub detection_type: &'a str,
    pub confidence: Option<f64>,
    pub tags: Vec<DetectedTag<'a>>,
}

/// A tag of a detection.
#[derive(Clone, Copy, Serialize)]
pub struct DetectedTag<'a> {
    pub id: Uuid,
    pub tag: &'a str,
    pub source: &'a str,
}

/// A tag of a photo.
#[derive(Serialize)]
pub struct Tag<'a> {
    pub tag: &'a str,
}

/// The photo of Point, if it is there.
#[derive(Serialize)]
pub struct Point<'a> {
    pub photo: Option<PointPhoto<'a>>,
}

/// A photo with its project and user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PointPhoto<'a> {
    pub id: Uuid,
    pub s3_key: &'a str,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub project: Project<'a>,
    pub user: User<'a>,
}

/// A photo's project.
#[derive(Serialize)]
pub struct Project<'a> {
    pub id: Uuid,
    pub name: &'a str,
}

/// A photo's user.
#[derive(Serialize)]
pub struct User<'a> {
    pub id: Uuid,
    pub email: &'a str,
}

/// A photo of Wide.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WidePhoto<'a> {
    pub id: Uuid,
    pub s3_key: &'a str,
    pub mime_type: Option<&'a str>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub created_at: DateTime<Utc>,
}

/// The projects of Nested.
#[derive(Serialize)]
pub struct Nested<'a> {
    pub projects: Vec<NestedProject<'a>>,
}

/// A project with photos.
#[derive(Serialize)]
pub struct NestedProject<'a> {
    pub id: Uuid,
    pub name: &'a str,
    pub photos: Vec<NestedPhoto<'a>>,
}

/// A photo with detections.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NestedPhoto<'a> {
    pub id: Uuid,
    pub s3_key: &'a str,
    pub created_at: DateTime<Utc>,
    pub detections: Vec<NestedDetection<'a>>,
}

/// A detection of Nested.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NestedDetection<'a> {
    pub id: Uuid,
    pub detection_type: &'a str,
    pub confidence: Option<f64>,
}

/// What was recorded.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded<'a> {
    pub record_detections: Vec<RecordedDetection<'a>>,
}

/// A detection that was recorded; nobody asks for the tags where there are none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedDetection<'a> {
    pub id: Uuid,
    pub detection_type: &'a str,
    pub confidence: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<DetectedTag<'a>>,
}

/// The bytes of an answer.
pub fn json(data: impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(&Data { data }).map_err(|error| Fault::Question(error.to_string()))
}
