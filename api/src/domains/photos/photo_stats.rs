//! Figures over photos.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use entity::photos::photo::{self, PhotoStatus};
use sea_orm::sea_query::{Expr, SelectStatement};

use super::label::labels_of;
use super::{Label, Photo, PhotoFilter};
use crate::core::{
    Aggregation, ColumnValue, Group, GroupBy, Id, JOINED, NumberStats, Result, Row, Session,
    TimeBucket,
};
use crate::domains::tenancy::{Project, User};

/// What photos are grouped by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoGroupBy {
    /// By the project they were taken on.
    Project,
    /// By who uploaded them.
    User,
    /// By whether the object is known to be there.
    Status,
    /// By label: a photo with three labels is in three groups, one without is in none.
    Label,
}

impl GroupBy for PhotoGroupBy {
    type Of = Photo;

    fn name(self) -> &'static str {
        match self {
            Self::Project => "by_project",
            Self::User => "by_user",
            Self::Status => "by_status",
            Self::Label => "by_label",
        }
    }

    fn value(self, row: &Row) -> (Expr, Option<SelectStatement>) {
        match self {
            Self::Project => (row.column(photo::Column::ProjectId), None),
            Self::User => (row.column(photo::Column::UserId), None),
            Self::Status => (row.column(photo::Column::Status), None),
            Self::Label => {
                let labels =
                    labels_of(row, entity::photos::tag::Column::PhotoId, photo::Column::Id);
                (Expr::col((JOINED, "tag")), Some(labels))
            }
        }
    }
}

/// A group of photos, and its figures.
#[derive(Debug)]
pub struct PhotoStats(Group);

/// A group of photos, and its figures.
#[Object]
impl PhotoStats {
    /// How many photos.
    async fn count(&self) -> Result<i64> {
        self.0.count()
    }

    /// When the group's bucket of time begins; null where no bucket was asked for.
    async fn bucket_start(&self) -> Option<DateTime<Utc>> {
        self.0.bucket_start()
    }

    /// The project of all photos in the group; null where they are not grouped by it. Needs projects:read.
    async fn project(&self, context: &Context<'_>) -> Result<Option<Arc<Project>>> {
        let id: Option<Id> = self.0.value(PhotoGroupBy::Project);
        Session::of(context)?.maybe(id).await
    }

    /// Who uploaded all photos in the group; null where they are not grouped by it. Needs organization:read.
    async fn user(&self, context: &Context<'_>) -> Result<Option<Arc<User>>> {
        let id: Option<Id> = self.0.value(PhotoGroupBy::User);
        Session::of(context)?.maybe(id).await
    }

    /// The status of all photos in the group; null where they are not grouped by it.
    async fn status(&self) -> Option<PhotoStatus> {
        self.0.value(PhotoGroupBy::Status)
    }

    /// The label of all photos in the group; null where they are not grouped by it.
    async fn label(&self) -> Option<Label> {
        self.0.value(PhotoGroupBy::Label).map(Label::named)
    }

    /// Figures of the objects' sizes.
    async fn file_size_bytes(&self) -> NumberStats {
        self.0.numbers("fileSizeBytes")
    }
}

/// Figures over photos.
#[derive(Clone, Copy, Debug, Default)]
pub struct PhotoStatsQueries;

/// Figures over photos.
#[Object]
impl PhotoStatsQueries {
    /// Figures over the photos that the caller may see, in groups: the earliest bucket first, then the largest group. One group
    /// of all photos where nothing is grouped by. Needs photos:read.
    async fn photo_stats(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only photos for which this holds.")] filter: Option<PhotoFilter>,
        #[graphql(desc = "By what photos are grouped.", default)] group_by: Vec<PhotoGroupBy>,
        #[graphql(desc = "In buckets of the time at which photos were registered.")] bucket: Option<
            TimeBucket,
        >,
        #[graphql(desc = "So many groups at most, 1 to 1,000; 100 where it is left out.")]
        first: Option<i32>,
    ) -> Result<Vec<PhotoStats>> {
        let asked = Aggregation {
            filter,
            group_by,
            bucket: bucket.map(|bucket| (photo::Column::CreatedAt, bucket)),
            numbers: vec![("fileSizeBytes", photo::Column::FileSizeBytes)],
            first,
        };
        let groups = Session::of(context)?
            .aggregate(asked, context.look_ahead())
            .await?;
        Ok(groups.into_iter().map(PhotoStats).collect())
    }
}
