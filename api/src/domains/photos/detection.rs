//! What a model saw in a photo, and what a person said to it.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::photos::detection::{self, DetectionType};
use entity::photos::{processing_event, tag};
use sea_orm::ActiveValue::Set;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::photo::{PhotoProcessingEvents, PhotoTags};
use super::{Photo, PhotoFilter, ProcessingEvent, Tag, TagFilter};
use crate::core::{
    BooleanFilter, DateTimeFilter, Faults, Id, IdFilter, Json, Permission, Refusal, Result, Session,
};
use crate::domains::tenancy::{Project, User, UserFilter};
use crate::{equality_filter, filter, node, order, payload, relation, relations, roots};

/// What a model saw in a photo, and what a person said to it.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "detection::Entity")]
pub struct Detection {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    project_id: Id,
    /// Identity of the photo it was seen in.
    pub photo_id: Id,
    /// What the model was looking for.
    pub detection_type: DetectionType,
    /// The model that saw it.
    pub model_version: Option<String>,
    /// What was seen: label, boxes, polygons, measurements, unit.
    pub results: Json,
    /// How sure the model is, from 0 to 1.
    pub confidence: Option<f64>,
    /// How long the model took, in milliseconds.
    pub processing_time_ms: Option<i32>,
    /// Whether a person confirmed it. With `confirmedAt` set it is false where a person rejected it.
    pub user_confirmed: bool,
    /// Corrections and remarks of that person.
    pub user_feedback: Option<Json>,
    #[graphql(skip)]
    confirmed_by: Option<Id>,
    /// When a person confirmed or rejected it; null while it waits for one.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Detection: detection, DetectionFilter, DetectionOrder, needs PhotosRead);

equality_filter! {
    /// What models were looking for.
    DetectionTypeFilter of DetectionType
}

filter! {
    /// Which detections.
    DetectionFilter for Detection of detection {
        /// By identity.
        id: IdFilter => Id,
        /// By the photo they were seen in.
        photo_id: IdFilter => PhotoId,
        /// By what the model was looking for.
        detection_type: DetectionTypeFilter => DetectionType,
        /// By whether a person confirmed them.
        user_confirmed: BooleanFilter => UserConfirmed,
        /// By who confirmed or rejected them.
        confirmed_by_id: IdFilter => ConfirmedBy,
        /// By when they were recorded.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the photo they were seen in.
        photo: PhotoFilter => PhotoId,
        /// By who confirmed or rejected them.
        confirmed_by: UserFilter => ConfirmedBy,
    } many {
        /// By the labels that came from them.
        tags: TagFilter => DetectionTags, Id,
    }
}

order! {
    /// By what detections are put in order.
    DetectionOrder, DetectionOrderField for Detection of detection, usually CreatedAt Desc {
        /// By when they were recorded.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// The labels that came from a detection.
    DetectionTags: Tag, tag by DetectionId within PhotoTags by photo_id);
relation!(/// A detection's part of its photo's way through the models.
    DetectionProcessingEvents: ProcessingEvent, processing_event by DetectionId within PhotoProcessingEvents by photo_id);

relations! {
    Detection one {
        /// The photo it was seen in. Needs photos:read.
        photo: Photo by photo_id,
        /// The project of that photo. Needs projects:read.
        project: Project by project_id,
    } maybe {
        /// Who confirmed or rejected it. Needs organization:read.
        confirmed_by: User by confirmed_by,
    } many {
        /// The labels that came from it. Needs photos:read.
        tags: Tag by DetectionTags from id,
        /// The steps of the model that ended in it. Needs photos:read.
        processing_events: ProcessingEvent by DetectionProcessingEvents from id,
    }
}

roots! {
    /// Reads of detections.
    DetectionQueries: Detection {
        one
        /// A detection in a photo that the caller may see. Needs photos:read.
        detection,
        many
        /// The detections in photos that the caller may see, the newest first. Needs photos:read.
        detections,
    }
}

/// What a person says to a detection.
#[derive(InputObject, Clone, Debug)]
pub struct ConfirmDetectionInput {
    /// Which detection.
    id: Id,
    /// Corrections and remarks: a JSON object, which replaces the old one.
    feedback: Option<Json>,
    /// What `updatedAt` was when the detection was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Why a detection is wrong.
#[derive(InputObject, Clone, Debug)]
pub struct RejectDetectionInput {
    /// Which detection.
    id: Id,
    /// Corrections and remarks: a JSON object, which replaces the old one.
    feedback: Option<Json>,
    /// What `updatedAt` was when the detection was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

payload! {
    /// What confirmDetection did.
    ConfirmDetectionPayload {
        /// The detection as it is now.
        detection: Detection
    }
}
payload! {
    /// What rejectDetection did.
    RejectDetectionPayload {
        /// The detection as it is now.
        detection: Detection
    }
}

/// What people say to detections.
#[derive(Clone, Copy, Debug, Default)]
pub struct DetectionMutations;

/// What people say to detections.
#[Object]
impl DetectionMutations {
    /// Says that a model saw right. Who said so last counts. Needs detections:confirm.
    async fn confirm_detection(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: ConfirmDetectionInput,
    ) -> Result<ConfirmDetectionPayload> {
        let ConfirmDetectionInput {
            id,
            feedback,
            if_unchanged_since,
        } = input;
        let session = Session::of(context)?;
        let judged = judge(session, id, true, feedback, if_unchanged_since).await;
        session.settle(judged).await
    }

    /// Says that a model saw wrong; the detection stays, as rejected. Who said so last counts. Needs detections:confirm.
    async fn reject_detection(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RejectDetectionInput,
    ) -> Result<RejectDetectionPayload> {
        let RejectDetectionInput {
            id,
            feedback,
            if_unchanged_since,
        } = input;
        let session = Session::of(context)?;
        let judged = judge(session, id, false, feedback, if_unchanged_since).await;
        session.settle(judged).await
    }
}

async fn judge(
    session: &Session,
    id: Id,
    right: bool,
    feedback: Option<Json>,
    since: Option<DateTime<Utc>>,
) -> Result<Detection, Refusal> {
    let mut transaction = session.begin(Permission::DetectionsConfirm).await?;
    let mut faults = Faults::default();
    faults.object(&["feedback"], feedback.as_ref());
    faults.settle()?;
    let changes = detection::ActiveModel {
        user_confirmed: Set(right),
        user_feedback: Set(feedback.map(|feedback| feedback.0)),
        confirmed_by: Set(Some(session.actor().user)),
        confirmed_at: Set(Some(Utc::now())),
        ..Default::default()
    };
    let verb = if right { "confirm" } else { "reject" };
    let detection = transaction.update(verb, id, changes, since).await?;
    transaction.commit().await?;
    Ok(detection)
}
