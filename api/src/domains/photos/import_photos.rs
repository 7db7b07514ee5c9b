//! Registering photos whose objects are in the bucket already: up to 1,000 at once, all of them or none.

use std::collections::HashSet;

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::photos::photo::{self, PhotoStatus};
use sea_orm::ActiveValue::Set;

use super::Photo;
use super::photo::{check_exif, check_measures};
use crate::core::{
    BigInt, Faults, Id, Json, Permission, Refusal, Result, Session, UserError, UserErrorCode,
    check_size,
};
use crate::domains::tenancy::Project;
use crate::payload;

/// A photo whose object is in the bucket already.
#[derive(InputObject, Clone, Debug)]
pub struct ImportedPhotoInput {
    /// The project it was taken on.
    project_id: Id,
    /// Where the object is, at most 2,048 characters.
    s3_url: String,
    /// Key of the object, at most 1,024 characters, unique in the organization.
    s3_key: String,
    /// Size of the object in bytes.
    file_size_bytes: Option<BigInt>,
    /// Media type, as image/jpeg.
    mime_type: Option<String>,
    /// Pixels across.
    width: Option<i32>,
    /// Pixels down.
    height: Option<i32>,
    /// Camera metadata: a JSON object.
    exif_data: Option<Json>,
    /// When the object was stored; now, where it is left out.
    uploaded_at: Option<DateTime<Utc>>,
}

/// Photos whose objects are in the bucket already.
#[derive(InputObject, Clone, Debug)]
pub struct ImportPhotosInput {
    /// The photos, 1 to 1,000.
    photos: Vec<ImportedPhotoInput>,
}

payload! {
    /// What importPhotos did.
    ImportPhotosPayload {
        /// The photos, in the order of the input.
        photos: Vec<Photo>
    }
}

/// Registering photos.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportPhotos;

/// Registering photos.
#[Object]
impl ImportPhotos {
    /// Registers photos whose objects are in the bucket already, as uploaded by the caller, on projects that they may see
    /// (projects:read): all of them or none. Needs photos:write.
    async fn import_photos(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: ImportPhotosInput,
    ) -> Result<ImportPhotosPayload> {
        let session = Session::of(context)?;
        session.settle(import(session, input).await).await
    }
}

async fn import(session: &Session, input: ImportPhotosInput) -> Result<Vec<Photo>, Refusal> {
    let ImportPhotosInput { photos } = input;
    let mut transaction = session.begin(Permission::PhotosWrite).await?;
    check_size(&photos, "photos")?;
    let projects = session
        .many::<Project>(photos.iter().map(|photo| photo.project_id))
        .await?;
    let keys = photos.iter().map(|photo| photo.s3_key.clone()).collect();
    let taken = transaction
        .taken::<Photo>(photo::Column::S3Key, keys)
        .await?;
    let mut faults = Faults::default();
    let mut seen = HashSet::new();
    for (index, photo) in photos.iter().enumerate() {
        let index = index.to_string();
        let at = ["photos", index.as_str()];
        if !projects.contains_key(&photo.project_id) {
            faults.add(UserError::not_found(
                &[at[0], at[1], "projectId"],
                "project",
            ));
        }
        faults.check(
            (1..=2048).contains(&photo.s3_url.chars().count()),
            &[at[0], at[1], "s3Url"],
            "this has 1 to 2,048 characters",
        );
        faults.check(
            (1..=1024).contains(&photo.s3_key.chars().count()),
            &[at[0], at[1], "s3Key"],
            "this has 1 to 1,024 characters",
        );
        if taken.contains(&photo.s3_key) || !seen.insert(&photo.s3_key) {
            faults.add(UserError::new(
                UserErrorCode::AlreadyExists,
                &[at[0], at[1], "s3Key"],
                "another photo has this key already",
            ));
        }
        check_measures(
            &mut faults,
            &at,
            photo.width.as_ref(),
            photo.height.as_ref(),
            photo.file_size_bytes.as_ref(),
        );
        check_exif(&mut faults, &at, photo.exif_data.as_ref());
    }
    faults.settle()?;
    let now = Utc::now();
    let user = session.actor().user;
    let rows = photos
        .into_iter()
        .map(|photo| {
            let ImportedPhotoInput {
                project_id,
                s3_url,
                s3_key,
                file_size_bytes,
                mime_type,
                width,
                height,
                exif_data,
                uploaded_at,
            } = photo;
            photo::ActiveModel {
                project_id: Set(project_id.0),
                user_id: Set(user),
                s3_url: Set(s3_url),
                s3_key: Set(s3_key),
                file_size_bytes: Set(file_size_bytes.map(|size| size.0)),
                mime_type: Set(mime_type),
                width: Set(width),
                height: Set(height),
                exif_data: Set(exif_data.map(|exif| exif.0)),
                status: Set(PhotoStatus::Stored),
                uploaded_at: Set(Some(uploaded_at.unwrap_or(now))),
                ..Default::default()
            }
        })
        .collect();
    let photos = transaction.insert(rows).await?;
    transaction.commit().await?;
    Ok(photos)
}
