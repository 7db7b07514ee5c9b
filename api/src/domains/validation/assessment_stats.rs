//! Figures over assessments.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use entity::validation::assessment::{self, AssessmentStatus};
use sea_orm::sea_query::{Expr, SelectStatement};

use super::{Assessment, AssessmentFilter, Workflow};
use crate::core::{Aggregation, Group, GroupBy, Id, NumberStats, Result, Row, Session, TimeBucket};
use crate::domains::tenancy::{Project, User};

/// What assessments are grouped by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssessmentGroupBy {
    /// By how far they are.
    Status,
    /// By the workflow that they run.
    Workflow,
    /// By the project they belong to; those of the whole organization are one group.
    Project,
    /// By who started them.
    User,
}

impl GroupBy for AssessmentGroupBy {
    type Of = Assessment;

    fn name(self) -> &'static str {
        match self {
            Self::Status => "by_status",
            Self::Workflow => "by_workflow",
            Self::Project => "by_project",
            Self::User => "by_user",
        }
    }

    fn value(self, row: &Row) -> (Expr, Option<SelectStatement>) {
        let column = match self {
            Self::Status => assessment::Column::Status,
            Self::Workflow => assessment::Column::WorkflowId,
            Self::Project => assessment::Column::ProjectId,
            Self::User => assessment::Column::CreatedBy,
        };
        (row.column(column), None)
    }
}

/// A group of assessments, and its figures.
#[derive(Debug)]
pub struct AssessmentStats(Group);

/// A group of assessments, and its figures.
#[Object]
impl AssessmentStats {
    /// How many assessments.
    async fn count(&self) -> Result<i64> {
        self.0.count()
    }

    /// When the group's bucket of time begins; null where no bucket was asked for.
    async fn bucket_start(&self) -> Option<DateTime<Utc>> {
        self.0.bucket_start()
    }

    /// How far all of the group are; null where they are not grouped by it.
    async fn status(&self) -> Option<AssessmentStatus> {
        self.0.value(AssessmentGroupBy::Status)
    }

    /// The workflow that all of the group run; null where they are not grouped by it. Needs workflows:read.
    async fn workflow(&self, context: &Context<'_>) -> Result<Option<Arc<Workflow>>> {
        let id: Option<Id> = self.0.value(AssessmentGroupBy::Workflow);
        Session::of(context)?.maybe(id).await
    }

    /// The project of all of the group; null where they are not grouped by it. Needs projects:read.
    async fn project(&self, context: &Context<'_>) -> Result<Option<Arc<Project>>> {
        let id: Option<Id> = self.0.value(AssessmentGroupBy::Project);
        Session::of(context)?.maybe(id).await
    }

    /// Who started all of the group; null where they are not grouped by it. Needs organization:read.
    async fn user(&self, context: &Context<'_>) -> Result<Option<Arc<User>>> {
        let id: Option<Id> = self.0.value(AssessmentGroupBy::User);
        Session::of(context)?.maybe(id).await
    }

    /// Figures of how long processing took, in milliseconds.
    async fn duration_ms(&self) -> NumberStats {
        self.0.numbers("durationMs")
    }

    /// Figures of what the models cost, in cents.
    async fn ai_cost_cents(&self) -> NumberStats {
        self.0.numbers("aiCostCents")
    }
}

/// Figures over assessments.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssessmentStatsQueries;

/// Figures over assessments.
#[Object]
impl AssessmentStatsQueries {
    /// Figures over the assessments that the caller may see, in groups: the earliest bucket first, then the largest group. One
    /// group of all assessments where nothing is grouped by. Needs assessments:read.
    async fn assessment_stats(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only assessments for which this holds.")] filter: Option<
            AssessmentFilter,
        >,
        #[graphql(desc = "By what assessments are grouped.", default)] group_by: Vec<
            AssessmentGroupBy,
        >,
        #[graphql(desc = "In buckets of the time at which assessments were started.")]
        bucket: Option<TimeBucket>,
        #[graphql(desc = "So many groups at most, 1 to 1,000; 100 where it is left out.")]
        first: Option<i32>,
    ) -> Result<Vec<AssessmentStats>> {
        let asked = Aggregation {
            filter,
            group_by,
            bucket: bucket.map(|bucket| (assessment::Column::CreatedAt, bucket)),
            numbers: vec![
                ("durationMs", assessment::Column::DurationMs),
                ("aiCostCents", assessment::Column::AiCostCents),
            ],
            first,
        };
        let groups = Session::of(context)?
            .aggregate(asked, context.look_ahead())
            .await?;
        Ok(groups.into_iter().map(AssessmentStats).collect())
    }
}
