//! A photo, and what leads from it.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::photos::photo::{self, PhotoStatus};
use entity::photos::{detection, processing_event, tag};
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{Detection, DetectionFilter, ProcessingEvent, Tag, TagFilter};
use crate::core::{BigInt, DateTimeFilter, Id, IdFilter, Json, JsonFilter, StringFilter};
use crate::domains::tenancy::{Organization, Project, ProjectFilter, User, UserFilter};
use crate::{filter, node, order, relation, relations, roots};

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
