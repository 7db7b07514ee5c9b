//! What was uploaded in a cycle, in numbers.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::uploads::cycle::CycleStatus;
use entity::uploads::cycle_summary;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::cycle::CycleStatusFilter;
use super::{Cycle, CycleFilter};
use crate::core::{BigInt, DateTimeFilter, Id, IdFilter, IntFilter};
use crate::domains::tenancy::{Project, ProjectFilter};
use crate::{filter, node, order, relations, roots};

/// A cycle with the sums of its uploads, added up when it is read.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "cycle_summary::Entity")]
pub struct CycleSummary {
    /// Identity of the cycle.
    #[graphql(name = "cycleId")]
    #[sea_orm(from_col = "cycle_id")]
    pub id: Id,
    /// Name of the cycle.
    pub cycle_name: String,
    /// Number of the cycle.
    pub cycle_number: i32,
    /// How far the cycle is.
    pub status: CycleStatus,
    /// Identity of its project.
    pub project_id: Id,
    /// Name of that project.
    pub project_name: String,
    /// S3 bucket of that project; set by the operator.
    pub bucket_name: Option<String>,
    /// How many uploads there were.
    pub total_sessions: i64,
    /// Files of its uploads.
    pub total_files: i64,
    /// How many of them are completed.
    pub files_uploaded: i64,
    /// How many of them failed.
    pub files_failed: i64,
    /// How many of them were skipped.
    pub files_skipped: i64,
    /// Size of all of them in bytes, as far as it is known.
    pub total_size_bytes: BigInt,
    /// Size of the completed ones in bytes.
    pub uploaded_size_bytes: BigInt,
    /// When the cycle began.
    pub started_at: Option<DateTime<Utc>>,
    /// When the cycle ended, with all files or not.
    pub completed_at: Option<DateTime<Utc>>,
    /// When the cycle was planned.
    pub created_at: DateTime<Utc>,
}

node!(CycleSummary: cycle_summary, CycleSummaryFilter, CycleSummaryOrder, needs UploadsRead);

filter! {
    /// Which summaries of cycles.
    CycleSummaryFilter for CycleSummary of cycle_summary {
        /// By the identity of the cycle.
        cycle_id: IdFilter => CycleId,
        /// By the project.
        project_id: IdFilter => ProjectId,
        /// By number.
        cycle_number: IntFilter => CycleNumber,
        /// By how far the cycles are.
        status: CycleStatusFilter => Status,
        /// By when the cycles were planned.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the cycle.
        cycle: CycleFilter => CycleId,
        /// By the project.
        project: ProjectFilter => ProjectId,
    }
}

order! {
    /// By what summaries of cycles are put in order.
    CycleSummaryOrder, CycleSummaryOrderField for CycleSummary of cycle_summary, usually CreatedAt Desc {
        /// By when the cycles were planned.
        CreatedAt = created_at: DateTime<Utc>,
        /// By number.
        CycleNumber = cycle_number: i32,
    }
}

relations! {
    CycleSummary one {
        /// The cycle. Needs uploads:read.
        cycle: Cycle by id,
        /// The project where data is collected. Needs projects:read.
        project: Project by project_id,
    }
}

roots! {
    /// Reads of summaries of cycles.
    CycleSummaryQueries: CycleSummary {
        many
        /// The cycles of the projects that the caller may see with the sums of their uploads, the newest first.
        /// Needs uploads:read.
        cycle_summaries,
    }
}
