//! A photo, and what leads from it.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::photos::photo::{self, PhotoStatus};
use entity::photos::{detection, processing_event, tag};
use sea_orm::{ActiveValue, DerivePartialModel};
use serde::Deserialize;

use super::{Detection, DetectionFilter, ProcessingEvent, Tag, TagFilter};
use crate::core::{
    BigInt, DateTimeFilter, Faults, Id, IdFilter, Json, JsonFilter, Permission, Refusal, Result,
    Session, StringFilter, UserError, patch,
};
use crate::domains::tenancy::{Organization, Project, ProjectFilter, User, UserFilter};
use crate::{filter, node, order, payload, relation, relations, roots};

/// A photo taken on a site. The image is an object in S3; this is what is known of it.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "photo::Entity")]
pub struct Photo {
    /// Identity.
    pub id: Id,
    #[graphql(skip)]
    organization_id: Id,
    /// Identity of the project it was taken on.
    pub project_id: Id,
    /// Identity of who uploaded it.
    pub user_id: Id,
    /// Where the object is.
    pub s3_url: String,
    /// Key of the object, unique in the organization.
    pub s3_key: String,
    /// Size of the object in bytes; null until it is known.
    pub file_size_bytes: Option<BigInt>,
    /// Media type, as image/jpeg.
    pub mime_type: Option<String>,
    /// Pixels across.
    pub width: Option<i32>,
    /// Pixels down.
    pub height: Option<i32>,
    /// Camera metadata, place and time as the camera wrote them.
    pub exif_data: Option<Json>,
    /// Whether the object is known to be there.
    pub status: PhotoStatus,
    /// When the object was stored.
    pub uploaded_at: Option<DateTime<Utc>>,
    /// When the photo was registered.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Photo: photo, PhotoFilter, PhotoOrder, needs PhotosRead);

filter! {
    /// Which photos.
    PhotoFilter for Photo of photo {
        /// By identity.
        id: IdFilter => Id,
        /// By the project they were taken on.
        project_id: IdFilter => ProjectId,
        /// By who uploaded them.
        user_id: IdFilter => UserId,
        /// By the key of the object.
        s3_key: StringFilter => S3Key,
        /// By camera metadata.
        exif_data: JsonFilter => ExifData,
        /// By when they were registered.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the project they were taken on.
        project: ProjectFilter => ProjectId,
        /// By who uploaded them.
        user: UserFilter => UserId,
    } many {
        /// By what models saw in them.
        detections: DetectionFilter => PhotoDetections, Id,
        /// By their labels.
        tags: TagFilter => PhotoTags, Id,
    }
}

order! {
    /// By what photos are put in order.
    PhotoOrder, PhotoOrderField for Photo of photo, usually CreatedAt Desc {
        /// By when they were registered.
        CreatedAt = created_at: DateTime<Utc>,
    }
}

relation!(/// What models saw in a photo.
    PhotoDetections: Detection, detection by PhotoId);
relation!(/// The labels on a photo.
    PhotoTags: Tag, tag by PhotoId);
relation!(/// A photo's way through the models.
    PhotoProcessingEvents: ProcessingEvent, processing_event by PhotoId);

relations! {
    Photo one {
        /// The organization that owns it. Needs organization:read.
        organization: Organization by organization_id,
        /// The project it was taken on. Needs projects:read.
        project: Project by project_id,
        /// Who uploaded it. Needs organization:read.
        user: User by user_id,
    } many {
        /// What models saw in it. Needs photos:read.
        detections: Detection by PhotoDetections from id,
        /// The labels on it, each with who set it. Needs photos:read.
        tags: Tag by PhotoTags from id,
        /// Its way through the models. Needs photos:read.
        processing_events: ProcessingEvent by PhotoProcessingEvents from id,
    }
}

roots! {
    /// Reads of photos.
    PhotoQueries: Photo {
        one
        /// A photo of a project that the caller may see. Needs photos:read.
        photo,
        many
        /// The photos of the projects that the caller may see, the newest first. Needs photos:read.
        photos,
    }
}

/// What shall be different about a photo. A field that is left out stays as it is; null empties it.
#[derive(InputObject, Clone, Debug)]
pub struct UpdatePhotoInput {
    /// Which photo.
    id: Id,
    /// The project to move it to; its detections, tags and events go along.
    project_id: Option<Id>,
    /// Size of the object in bytes.
    file_size_bytes: MaybeUndefined<BigInt>,
    /// Media type, as image/jpeg.
    mime_type: MaybeUndefined<String>,
    /// Pixels across.
    width: MaybeUndefined<i32>,
    /// Pixels down.
    height: MaybeUndefined<i32>,
    /// Camera metadata: a JSON object, which replaces the old one.
    exif_data: MaybeUndefined<Json>,
    /// What `updatedAt` was when the photo was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which photo to put into the bin.
#[derive(InputObject, Clone, Debug)]
pub struct DeletePhotoInput {
    /// Which photo.
    id: Id,
    /// What `updatedAt` was when the photo was read; if it has changed since, nothing is done.
    if_unchanged_since: Option<DateTime<Utc>>,
}

/// Which photo to take out of the bin.
#[derive(InputObject, Clone, Debug)]
pub struct RestorePhotoInput {
    /// Which photo.
    id: Id,
}

payload! {
    /// What updatePhoto did.
    UpdatePhotoPayload {
        /// The photo as it is now.
        photo: Photo
    }
}
payload! {
    /// What deletePhoto did.
    DeletePhotoPayload {
        /// The photo as it lies in the bin.
        photo: Photo
    }
}
payload! {
    /// What restorePhoto did.
    RestorePhotoPayload {
        /// The photo, back again.
        photo: Photo
    }
}

/// Changes of single photos.
#[derive(Clone, Copy, Debug, Default)]
pub struct PhotoMutations;

/// Changes of single photos.
#[Object]
impl PhotoMutations {
    /// Changes what is known of a photo, or moves it to another project that the caller may see (projects:read).
    /// Needs photos:write.
    async fn update_photo(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: UpdatePhotoInput,
    ) -> Result<UpdatePhotoPayload> {
        let session = Session::of(context)?;
        session.settle(update(session, input).await).await
    }

    /// Puts a photo into the bin: nobody sees it any more, `restorePhoto` brings it back. Needs photos:write.
    async fn delete_photo(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: DeletePhotoInput,
    ) -> Result<DeletePhotoPayload> {
        let session = Session::of(context)?;
        session.settle(delete(session, input).await).await
    }

    /// Takes a photo out of the bin. Needs photos:write.
    async fn restore_photo(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RestorePhotoInput,
    ) -> Result<RestorePhotoPayload> {
        let session = Session::of(context)?;
        session.settle(restore(session, input).await).await
    }
}

async fn update(session: &Session, input: UpdatePhotoInput) -> Result<Photo, Refusal> {
    let UpdatePhotoInput {
        id,
        project_id,
        file_size_bytes,
        mime_type,
        width,
        height,
        exif_data,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::PhotosWrite).await?;
    let mut faults = Faults::default();
    check_measures(
        &mut faults,
        &[],
        width.value(),
        height.value(),
        file_size_bytes.value(),
    );
    check_exif(&mut faults, &[], exif_data.value());
    if let Some(project) = project_id
        && session.one::<Project>(project).await?.is_none()
    {
        faults.add(UserError::not_found(&["projectId"], "project"));
    }
    faults.settle()?;
    let changes = photo::ActiveModel {
        project_id: project_id.map_or(ActiveValue::NotSet, |id| ActiveValue::Set(id.0)),
        file_size_bytes: patch(file_size_bytes),
        mime_type: patch(mime_type),
        width: patch(width),
        height: patch(height),
        exif_data: patch(exif_data),
        ..Default::default()
    };
    let photo = transaction
        .update("update", id, changes, if_unchanged_since)
        .await?;
    transaction.commit().await?;
    Ok(photo)
}

async fn delete(session: &Session, input: DeletePhotoInput) -> Result<Photo, Refusal> {
    let DeletePhotoInput {
        id,
        if_unchanged_since,
    } = input;
    let mut transaction = session.begin(Permission::PhotosWrite).await?;
    let photo = transaction.delete(id, if_unchanged_since).await?;
    transaction.commit().await?;
    Ok(photo)
}

async fn restore(session: &Session, input: RestorePhotoInput) -> Result<Photo, Refusal> {
    let RestorePhotoInput { id } = input;
    let mut transaction = session.begin(Permission::PhotosWrite).await?;
    let photo = transaction.restore(id).await?;
    transaction.commit().await?;
    Ok(photo)
}

/// What holds for the measures of any photo; `at` is where in the input they are.
pub(super) fn check_measures(
    faults: &mut Faults,
    at: &[&str],
    width: Option<&i32>,
    height: Option<&i32>,
    size: Option<&BigInt>,
) {
    let positive = "this must be greater than 0";
    faults.check(
        width.is_none_or(|width| *width > 0),
        &[at, &["width"]].concat(),
        positive,
    );
    faults.check(
        height.is_none_or(|height| *height > 0),
        &[at, &["height"]].concat(),
        positive,
    );
    faults.check(
        size.is_none_or(|size| size.0 > 0),
        &[at, &["fileSizeBytes"]].concat(),
        positive,
    );
}

/// Camera metadata is a JSON object.
pub(super) fn check_exif(faults: &mut Faults, at: &[&str], exif: Option<&Json>) {
    faults.object(&[at, &["exifData"]].concat(), exif);
}
