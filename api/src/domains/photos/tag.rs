//! A label on a photo, and who set it.

use std::collections::HashSet;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::photos::tag::{self, TagSource};
use sea_orm::ActiveValue::Set;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Detection, DetectionFilter, Label, Photo, PhotoFilter};
use crate::core::{
    ColumnValue, Faults, Id, IdFilter, Permission, Refusal, Result, Session, StringFilter,
    UserError, check_size,
};
use crate::{filter, node, order, payload, relations};

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

/// Labels for a photo.
#[derive(InputObject, Clone, Debug)]
pub struct AddTagsInput {
    /// Which photo.
    photo_id: Id,
    /// The labels, each of at most 100 characters. One that a person set on the photo before stays as it is.
    tags: Vec<String>,
}

/// Tags to take off.
#[derive(InputObject, Clone, Debug)]
pub struct RemoveTagsInput {
    /// Which tags, whoever set them.
    ids: Vec<Id>,
}

payload! {
    /// What addTags did.
    AddTagsPayload {
        /// The photo with its labels.
        photo: std::sync::Arc<Photo>
    }
}
payload! {
    /// What removeTags did.
    RemoveTagsPayload {
        /// The tags that were taken off; one that was not there is not among them.
        removed_ids: Vec<Id>
    }
}

/// Labelling by people.
#[derive(Clone, Copy, Debug, Default)]
pub struct TagMutations;

/// Labelling by people.
#[Object]
impl TagMutations {
    /// Sets labels on a photo, as a person. The photo must be one that the caller may see (photos:read). Needs photos:write.
    async fn add_tags(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: AddTagsInput,
    ) -> Result<AddTagsPayload> {
        let session = Session::of(context)?;
        session.settle(add(session, input).await).await
    }

    /// Takes tags off their photos. Needs photos:write.
    async fn remove_tags(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RemoveTagsInput,
    ) -> Result<RemoveTagsPayload> {
        let session = Session::of(context)?;
        session.settle(remove(session, input).await).await
    }
}

async fn add(session: &Session, input: AddTagsInput) -> Result<std::sync::Arc<Photo>, Refusal> {
    let AddTagsInput { photo_id, tags } = input;
    let mut transaction = session.begin(Permission::PhotosWrite).await?;
    check_size(&tags, "tags")?;
    let mut faults = Faults::default();
    for (index, tag) in tags.iter().enumerate() {
        check_label(&mut faults, &["tags", &index.to_string()], tag);
    }
    let photo = session.one::<Photo>(photo_id).await?;
    if photo.is_none() {
        faults.add(UserError::not_found(&["photoId"], "photo"));
    }
    faults.settle()?;
    let photo = photo.ok_or_else(|| UserError::not_found(&["photoId"], "photo"))?;
    let mut seen = HashSet::new();
    let rows = tags
        .into_iter()
        .filter(|tag| seen.insert(tag.clone()))
        .map(|tag| tag::ActiveModel {
            project_id: Set(photo.project_id.0),
            photo_id: Set(photo_id.0),
            tag: Set(tag),
            source: Set(TagSource::User),
            ..Default::default()
        })
        .collect();
    transaction.insert_missing::<Tag>(rows).await?;
    transaction.commit().await?;
    Ok(photo)
}

async fn remove(session: &Session, input: RemoveTagsInput) -> Result<Vec<Id>, Refusal> {
    let RemoveTagsInput { ids } = input;
    let mut transaction = session.begin(Permission::PhotosWrite).await?;
    check_size(&ids, "ids")?;
    let removed = transaction.remove::<Tag>(&ids).await?;
    transaction.commit().await?;
    Ok(removed)
}

/// What holds for any label.
pub(super) fn check_label(faults: &mut Faults, at: &[&str], label: &str) {
    faults.check(
        (1..=100).contains(&label.chars().count()),
        at,
        "this has 1 to 100 characters",
    );
}
