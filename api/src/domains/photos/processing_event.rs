//! The time series of photo processing.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::photos::processing_event::{self, ProcessingStage};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Detection, Photo};
use crate::core::{DateTimeFilter, Id, IdFilter, Json};
use crate::{filter, node, order, relations, roots};

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
