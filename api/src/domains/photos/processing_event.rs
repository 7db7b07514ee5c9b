//! The time series of photo processing.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::photos::processing_event::{self, ProcessingStage};
use sea_orm::ActiveValue::Set;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::photos_of::photos_of;
use super::{Detection, Photo};
use crate::core::{
    DateTimeFilter, Error, Faults, Id, IdFilter, Json, Permission, Refusal, Result, Session,
    UserError, check_size,
};
use crate::{filter, node, order, payload, relations, roots};

/// One step of a photo on its way through the models.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "processing_event::Entity")]
pub struct ProcessingEvent {
    /// Identity.
    pub id: Id,
    /// Identity of the photo that was processed.
    pub photo_id: Id,
    /// Identity of the detection that came of it.
    pub detection_id: Option<Id>,
    /// Which step.
    pub stage: ProcessingStage,
    /// The model at work.
    pub model_version: Option<String>,
    /// How long the step took, in milliseconds.
    pub duration_ms: Option<i32>,
    /// What else the worker said: an error, a host, a batch.
    pub detail: Option<Json>,
    /// When it happened, by the worker's clock.
    pub occurred_at: DateTime<Utc>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

node!(ProcessingEvent: processing_event, ProcessingEventFilter, ProcessingEventOrder, needs PhotosRead);

filter! {
    /// Which steps.
    ProcessingEventFilter for ProcessingEvent of processing_event {
        /// By the photo that was processed.
        photo_id: IdFilter => PhotoId,
        /// By the detection that came of it.
        detection_id: IdFilter => DetectionId,
        /// By when they happened.
        occurred_at: DateTimeFilter => OccurredAt,
    }
}

order! {
    /// By what steps are put in order.
    ProcessingEventOrder, ProcessingEventOrderField for ProcessingEvent of processing_event, usually OccurredAt Asc {
        /// By when they happened.
        OccurredAt = occurred_at: DateTime<Utc>,
    }
}

relations! {
    ProcessingEvent one {
        /// The photo that was processed. Needs photos:read.
        photo: Photo by photo_id,
    } maybe {
        /// The detection that came of it. Needs photos:read.
        detection: Detection by detection_id,
    }
}

roots! {
    /// Reads of the time series.
    ProcessingEventQueries: ProcessingEvent {
        many
        /// What happened to photos on their way through the models, from the first step to the last. Needs photos:read.
        processing_timeline,
    }
}

/// A step of a photo on its way through a model.
#[derive(InputObject, Clone, Debug)]
pub struct RecordedProcessingEventInput {
    /// The photo that was processed.
    photo_id: Id,
    /// The detection that came of it, one of the same photo.
    detection_id: Option<Id>,
    /// Which step.
    stage: ProcessingStage,
    /// The model at work, at most 100 characters.
    model_version: Option<String>,
    /// How long the step took, in milliseconds.
    duration_ms: Option<i32>,
    /// What else there is to say: a JSON object.
    detail: Option<Json>,
    /// When it happened, by the worker's clock; now, where it is left out.
    occurred_at: Option<DateTime<Utc>>,
}

/// Steps of photos on their way through models.
#[derive(InputObject, Clone, Debug)]
pub struct RecordProcessingEventsInput {
    /// The steps, 1 to 1,000.
    events: Vec<RecordedProcessingEventInput>,
}

payload! {
    /// What recordProcessingEvents did.
    RecordProcessingEventsPayload {
        /// The steps, in the order of the input.
        events: Vec<ProcessingEvent>
    }
}

/// Recording the time series.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessingEventMutations;

/// Recording the time series.
#[Object]
impl ProcessingEventMutations {
    /// Records what happened to photos on their way through models: all or nothing. The photos must be
    /// such as the caller may see (photos:read). Needs detections:record.
    async fn record_processing_events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RecordProcessingEventsInput,
    ) -> Result<RecordProcessingEventsPayload> {
        let session = Session::of(context)?;
        session.settle(record(session, input).await).await
    }
}

async fn record(
    session: &Session,
    input: RecordProcessingEventsInput,
) -> Result<Vec<ProcessingEvent>, Refusal> {
    let RecordProcessingEventsInput { events } = input;
    let mut transaction = session.begin(Permission::DetectionsRecord).await?;
    check_size(&events, "events")?;
    let mut faults = Faults::default();
    let ids = events.iter().map(|event| event.photo_id);
    let photos = photos_of(session, &mut faults, "events", ids).await?;
    let detections = session
        .many::<Detection>(events.iter().filter_map(|event| event.detection_id))
        .await?;
    for (index, event) in events.iter().enumerate() {
        let index = index.to_string();
        let at = |field: &'static str| ["events", &index, field];
        if let Some(id) = event.detection_id
            && detections
                .get(&id)
                .is_none_or(|detection| detection.photo_id != event.photo_id)
        {
            faults.add(UserError::not_found(
                &at("detectionId"),
                "detection of this photo",
            ));
        }
        faults.check(
            event.duration_ms.is_none_or(|duration| duration >= 0),
            &at("durationMs"),
            "this must not be negative",
        );
        faults.check(
            event
                .model_version
                .as_ref()
                .is_none_or(|version| (1..=100).contains(&version.chars().count())),
            &at("modelVersion"),
            "this has 1 to 100 characters",
        );
        faults.object(&at("detail"), event.detail.as_ref());
    }
    faults.settle()?;
    let now = Utc::now();
    let rows = events
        .into_iter()
        .map(|event| {
            let RecordedProcessingEventInput {
                photo_id,
                detection_id,
                stage,
                model_version,
                duration_ms,
                detail,
                occurred_at,
            } = event;
            let project = photos
                .get(&photo_id)
                .map(|photo| photo.project_id)
                .ok_or_else(|| Error::internal("a photo that was there is gone"))?;
            Ok(processing_event::ActiveModel {
                project_id: Set(project.0),
                photo_id: Set(photo_id.0),
                detection_id: Set(detection_id.map(|id| id.0)),
                stage: Set(stage),
                model_version: Set(model_version),
                duration_ms: Set(duration_ms),
                detail: Set(detail.map(|detail| detail.0)),
                occurred_at: Set(occurred_at.unwrap_or(now)),
                ..Default::default()
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let events = transaction.insert(rows).await?;
    transaction.commit().await?;
    Ok(events)
}
