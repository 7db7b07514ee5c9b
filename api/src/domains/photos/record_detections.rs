//! Recording what a model saw: up to 1,000 detections with their labels at once, all of them or none, one statement a table.

use std::sync::LazyLock;

use async_graphql::{Context, InputObject, Object};
use entity::photos::detection::{self, DetectionType};
use entity::photos::tag::{self, TagSource};
use jsonschema::Validator;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::photos_of::photos_of;
use super::tag::check_label;
use super::{Detection, Photo, Tag};
use crate::core::{
    Error, Faults, Id, Json, Permission, Refusal, Result, Session, Under, UserError, UserErrorCode,
    check_size,
};
use crate::payload;

/// What `results` must look like; the document that users read is the one that is checked by.
const RESULTS_SCHEMA: &str = include_str!("../../../../docs/detection-results.schema.json");

/// Faults of one `results` beyond this many are not told.
const MOST_FAULTS: usize = 20;

/// Of what a fault says, more characters than this are not told.
const LONGEST_MESSAGE: usize = 200;

/// A label that came from a detection.
#[derive(InputObject, Clone, Debug)]
pub struct DetectedTagInput {
    /// The label, at most 100 characters.
    tag: String,
    /// How sure the model is, from 0 to 1.
    confidence: Option<f64>,
}

/// What a model saw in a photo.
#[derive(InputObject, Clone, Debug)]
pub struct RecordedDetectionInput {
    /// The photo it was seen in.
    photo_id: Id,
    /// What the model was looking for.
    detection_type: DetectionType,
    /// The model that saw it, at most 100 characters.
    model_version: Option<String>,
    /// What was seen: label, boxes, polygons, measurements, unit, as docs/detection-results.schema.json says.
    results: Json,
    /// How sure the model is, from 0 to 1.
    confidence: Option<f64>,
    /// How long the model took, in milliseconds.
    processing_time_ms: Option<i32>,
    /// The labels that came of it; a label that a model set on the photo before stays as it is.
    #[graphql(default)]
    tags: Vec<DetectedTagInput>,
}

/// What models saw.
#[derive(InputObject, Clone, Debug)]
pub struct RecordDetectionsInput {
    /// The detections, 1 to 1,000, with at most 1,000 labels together.
    detections: Vec<RecordedDetectionInput>,
}

payload! {
    /// What recordDetections did.
    RecordDetectionsPayload {
        /// The detections, in the order of the input.
        detections: Vec<Detection>
    }
}

/// Recording what a model saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordDetections;

/// Recording what a model saw.
#[Object]
impl RecordDetections {
    /// Records what models saw in photos, and the labels that came of it: all or nothing. The photos must be
    /// such as the caller may see (photos:read). Needs detections:record.
    async fn record_detections(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RecordDetectionsInput,
    ) -> Result<RecordDetectionsPayload> {
        let session = Session::of(context)?;
        session.settle(record(session, input).await).await
    }
}

async fn record(
    session: &Session,
    input: RecordDetectionsInput,
) -> Result<Vec<Detection>, Refusal> {
    let RecordDetectionsInput { detections } = input;
    let mut transaction = session.begin(Permission::DetectionsRecord).await?;
    check_size(&detections, "detections")?;
    let labels: usize = detections
        .iter()
        .map(|detection| detection.tags.len())
        .sum();
    let mut faults = Faults::default();
    faults.check(
        labels <= 1000,
        &["detections"],
        "these have at most 1,000 tags together",
    );
    for (index, detection) in detections.iter().enumerate() {
        check(&mut faults, &index.to_string(), detection)?;
    }
    let photos: Vec<Id> = detections.iter().map(|one| one.photo_id).collect();
    if !faults.is_empty() {
        photos_of(session, &mut faults, "detections", photos.iter().copied()).await?;
    }
    faults.settle()?;

    let mut rows = Vec::with_capacity(detections.len());
    let mut tags = Vec::with_capacity(labels);
    for detection in detections {
        let RecordedDetectionInput {
            photo_id,
            detection_type,
            model_version,
            results,
            confidence,
            processing_time_ms,
            tags: labels,
        } = detection;
        let id = Id::new();
        let said = json!({ "tags": labels.iter().map(|label| &label.tag).collect::<Vec<_>>() });
        let row = detection::ActiveModel {
            id: Set(id.0),
            photo_id: Set(photo_id.0),
            detection_type: Set(detection_type),
            model_version: Set(model_version),
            results: Set(results.0),
            confidence: Set(confidence),
            processing_time_ms: Set(processing_time_ms),
            ..Default::default()
        };
        rows.push((row, said));
        tags.extend(labels.into_iter().map(|label| tag::ActiveModel {
            photo_id: Set(photo_id.0),
            detection_id: Set(Some(id.0)),
            tag: Set(label.tag),
            source: Set(TagSource::Ai),
            confidence: Set(label.confidence),
            ..Default::default()
        }));
    }
    let photo = Under::of::<Photo, _>(detection::Column::PhotoId, &[detection::Column::ProjectId]);
    let detections = transaction.add(rows, &photo)?;
    let photo = Under::of::<Photo, _>(tag::Column::PhotoId, &[tag::Column::ProjectId]);
    transaction.add_parts::<Tag>(&tags, &photo)?;
    match transaction.commit().await {
        Ok(written) => Ok(written.rows(detections)?),
        Err(refusal @ Refusal::User(_)) => {
            // Where it was for photos that are not there: which of them.
            let mut faults = Faults::default();
            photos_of(session, &mut faults, "detections", photos.into_iter()).await?;
            faults.settle()?;
            Err(refusal)
        }
        Err(refusal) => Err(refusal),
    }
}

fn check(faults: &mut Faults, index: &str, detection: &RecordedDetectionInput) -> Result<()> {
    let at = |field: &'static str| ["detections", index, field];
    faults.check(
        detection
            .confidence
            .is_none_or(|confidence| (0.0..=1.0).contains(&confidence)),
        &at("confidence"),
        "this is a number from 0 to 1",
    );
    faults.check(
        detection.processing_time_ms.is_none_or(|time| time > 0),
        &at("processingTimeMs"),
        "this must be greater than 0",
    );
    faults.check(
        detection
            .model_version
            .as_ref()
            .is_none_or(|version| (1..=100).contains(&version.chars().count())),
        &at("modelVersion"),
        "this has 1 to 100 characters",
    );
    for (position, label) in detection.tags.iter().enumerate() {
        let position = position.to_string();
        let at = |field: &'static str| ["detections", index, "tags", &position, field];
        check_label(faults, &at("tag"), &label.tag);
        faults.check(
            label
                .confidence
                .is_none_or(|confidence| (0.0..=1.0).contains(&confidence)),
            &at("confidence"),
            "this is a number from 0 to 1",
        );
    }
    for fault in results_schema()?
        .iter_errors(&detection.results.0)
        .take(MOST_FAULTS)
    {
        let place = fault.instance_path().to_string();
        let mut path: Vec<&str> = vec!["detections", index, "results"];
        path.extend(place.split('/').skip(1));
        // Masked and cut: what was sent is not sent back, nor are the names of fields of any length.
        let message: String = fault
            .masked()
            .to_string()
            .chars()
            .take(LONGEST_MESSAGE)
            .collect();
        faults.add(UserError::new(UserErrorCode::Invalid, &path, message));
    }
    Ok(())
}

fn results_schema() -> Result<&'static Validator> {
    static SCHEMA: LazyLock<Option<Validator>> = LazyLock::new(|| {
        let schema = serde_json::from_str(RESULTS_SCHEMA).ok()?;
        jsonschema::validator_for(&schema).ok()
    });
    SCHEMA
        .as_ref()
        .ok_or_else(|| Error::internal("docs/detection-results.schema.json is no JSON schema"))
}
