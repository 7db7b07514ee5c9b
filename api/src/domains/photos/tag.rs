//! A label on a photo, and who set it.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::photos::tag::{self, TagSource};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Detection, DetectionFilter, Label, Photo, PhotoFilter};
use crate::core::{ColumnValue, Id, IdFilter, StringFilter};
use crate::{filter, node, order, relations};

/// A label on a photo, set by a model or by a person.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "tag::Entity")]
pub struct Tag {
    /// Identity.
    pub id: Id,
    /// Identity of the photo that is labelled.
    pub photo_id: Id,
    /// Identity of the detection that it came from; null where a person set it.
    pub detection_id: Option<Id>,
    /// The label.
    pub tag: String,
    /// Who set it.
    pub source: TagSource,
    /// How sure the model is, from 0 to 1; null where a person set it.
    pub confidence: Option<f64>,
    /// When it was set.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

node!(Tag: tag, TagFilter, TagOrder, needs PhotosRead);

filter! {
    /// Which tags.
    TagFilter for Tag of tag {
        /// By identity.
        id: IdFilter => Id,
        /// By the photo that is labelled.
        photo_id: IdFilter => PhotoId,
        /// By the detection they came from.
        detection_id: IdFilter => DetectionId,
        /// By the label.
        tag: StringFilter => Tag,
    } one {
        /// By the photo that is labelled.
        photo: PhotoFilter => PhotoId,
        /// By the detection they came from.
        detection: DetectionFilter => DetectionId,
    }
}

order! {
    /// By what tags are put in order.
    TagOrder, TagOrderField for Tag of tag, usually CreatedAt Asc {
        /// By when they were set.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relations! {
    Tag one {
        /// The photo that is labelled. Needs photos:read.
        photo: Photo by photo_id,
    } maybe {
        /// The detection it came from. Needs photos:read.
        detection: Detection by detection_id,
    } and {
        /// The label with all its photos.
        async fn label(&self) -> Label {
            Label::named(self.tag.clone())
        }
    }
}
