//! Figures over detections.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use entity::photos::detection::{self, DetectionType};
use sea_orm::sea_query::{Expr, SelectStatement};

use super::label::labels_of;
use super::{Detection, DetectionFilter, Label};
use crate::core::{
    Aggregation, ColumnValue, Group, GroupBy, Id, JOINED, NumberStats, Result, Row, Session,
    TimeBucket,
};
use crate::domains::tenancy::{Project, User};

/// What detections are grouped by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DetectionGroupBy {
    /// By what the model was looking for.
    DetectionType,
    /// By the model that saw them.
    ModelVersion,
    /// By whether a person confirmed them.
    UserConfirmed,
    /// By who confirmed or rejected them; those that wait for somebody are one group.
    ConfirmedBy,
    /// By the project of the photo they were seen in.
    Project,
    /// By the labels that came of them: a detection with three labels is in three groups, one without is in none.
    Label,
}

impl GroupBy for DetectionGroupBy {
    type Of = Detection;

    fn name(self) -> &'static str {
        match self {
            Self::DetectionType => "by_detection_type",
            Self::ModelVersion => "by_model_version",
            Self::UserConfirmed => "by_user_confirmed",
            Self::ConfirmedBy => "by_confirmed_by",
            Self::Project => "by_project",
            Self::Label => "by_label",
        }
    }

    fn value(self, row: &Row) -> (Expr, Option<SelectStatement>) {
        match self {
            Self::DetectionType => (row.column(detection::Column::DetectionType), None),
            Self::ModelVersion => (row.column(detection::Column::ModelVersion), None),
            Self::UserConfirmed => (row.column(detection::Column::UserConfirmed), None),
            Self::ConfirmedBy => (row.column(detection::Column::ConfirmedBy), None),
            Self::Project => (row.column(detection::Column::ProjectId), None),
            Self::Label => {
                let labels = labels_of(
                    row,
                    entity::photos::tag::Column::DetectionId,
                    detection::Column::Id,
                );
                (Expr::col((JOINED, "tag")), Some(labels))
            }
        }
    }
}

/// A group of detections, and its figures.
#[derive(Debug)]
pub struct DetectionStats(Group);

/// A group of detections, and its figures.
#[Object]
impl DetectionStats {
    /// How many detections.
    async fn count(&self) -> Result<i64> {
        self.0.count()
    }

    /// When the group's bucket of time begins; null where no bucket was asked for.
    async fn bucket_start(&self) -> Option<DateTime<Utc>> {
        self.0.bucket_start()
    }

    /// What the model was looking for in all of the group; null where they are not grouped by it.
    async fn detection_type(&self) -> Option<DetectionType> {
        self.0.value(DetectionGroupBy::DetectionType)
    }

    /// The model that saw all of the group; null where they are not grouped by it.
    async fn model_version(&self) -> Option<String> {
        self.0.value(DetectionGroupBy::ModelVersion)
    }

    /// Whether a person confirmed all of the group; null where they are not grouped by it.
    async fn user_confirmed(&self) -> Option<bool> {
        self.0.value(DetectionGroupBy::UserConfirmed)
    }

    /// Who confirmed or rejected all of the group; null where they are not grouped by it. Needs organization:read.
    async fn confirmed_by(&self, context: &Context<'_>) -> Result<Option<Arc<User>>> {
        let id: Option<Id> = self.0.value(DetectionGroupBy::ConfirmedBy);
        Session::of(context)?.maybe(id).await
    }

    /// The project of all of the group; null where they are not grouped by it. Needs projects:read.
    async fn project(&self, context: &Context<'_>) -> Result<Option<Arc<Project>>> {
        let id: Option<Id> = self.0.value(DetectionGroupBy::Project);
        Session::of(context)?.maybe(id).await
    }

    /// The label of all of the group; null where they are not grouped by it.
    async fn label(&self) -> Option<Label> {
        self.0.value(DetectionGroupBy::Label).map(Label::named)
    }

    /// Figures of how sure the models are.
    async fn confidence(&self) -> NumberStats {
        self.0.numbers("confidence")
    }

    /// Figures of how long the models took, in milliseconds.
    async fn processing_time_ms(&self) -> NumberStats {
        self.0.numbers("processingTimeMs")
    }
}

/// Figures over detections.
#[derive(Clone, Copy, Debug, Default)]
pub struct DetectionStatsQueries;

/// Figures over detections.
#[Object]
impl DetectionStatsQueries {
    /// Figures over the detections that the caller may see, in groups: the earliest bucket first, then the largest group. One
    /// group of all detections where nothing is grouped by. Needs photos:read.
    async fn detection_stats(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only detections for which this holds.")] filter: Option<DetectionFilter>,
        #[graphql(desc = "By what detections are grouped.", default)] group_by: Vec<
            DetectionGroupBy,
        >,
        #[graphql(desc = "In buckets of the time at which detections were recorded.")]
        bucket: Option<TimeBucket>,
        #[graphql(desc = "So many groups at most, 1 to 1,000; 100 where it is left out.")]
        first: Option<i32>,
    ) -> Result<Vec<DetectionStats>> {
        let asked = Aggregation {
            filter,
            group_by,
            bucket: bucket.map(|bucket| (detection::Column::CreatedAt, bucket)),
            numbers: vec![
                ("confidence", detection::Column::Confidence),
                ("processingTimeMs", detection::Column::ProcessingTimeMs),
            ],
            first,
        };
        let groups = Session::of(context)?
            .aggregate(asked, context.look_ahead())
            .await?;
        Ok(groups.into_iter().map(DetectionStats).collect())
    }
}
