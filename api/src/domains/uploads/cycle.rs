//! Rounds of data collection on a project.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use entity::uploads::cycle::{self, CycleStatus};
use entity::uploads::sync_session;
use sea_orm::DerivePartialModel;
use serde::Deserialize;

use super::{CycleSummary, SyncSession, SyncSessionFilter};
use crate::core::{DateTimeFilter, Id, IdFilter, IntFilter, Json, StringFilter};
use crate::domains::tenancy::{Project, ProjectFilter, ProjectSyncSessions};
use crate::{equality_filter, filter, node, order, relation, relations, roots};

/// A round of data collection on a project: C1, C2, C3.
#[derive(Clone, Debug, Deserialize, DerivePartialModel, SimpleObject)]
#[graphql(complex)]
#[sea_orm(entity = "cycle::Entity")]
pub struct Cycle {
    /// Identity.
    pub id: Id,
    /// Identity of the project where data is collected.
    pub project_id: Id,
    /// Name, unique in the project, as C1.
    pub cycle_name: String,
    /// Number, unique in the project, from 1.
    pub cycle_number: i32,
    /// Where its files go in the bucket: the keys of their objects begin with this.
    pub s3_prefix: String,
    /// How far it is.
    pub status: CycleStatus,
    /// What is collected.
    pub description: Option<String>,
    /// Whatever else is known of it: a JSON object.
    pub metadata: Option<Json>,
    /// When its first session was started.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended, with all files or not; null again while an incomplete one is taken up anew.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When it last changed; send it back as `ifUnchangedSince`.
    pub updated_at: DateTime<Utc>,
}

node!(Cycle: cycle, CycleFilter, CycleOrder, needs UploadsRead);

equality_filter! {
    /// How far cycles are.
    CycleStatusFilter of CycleStatus
}

filter! {
    /// Which cycles.
    CycleFilter for Cycle of cycle {
        /// By identity.
        id: IdFilter => Id,
        /// By the project where data is collected.
        project_id: IdFilter => ProjectId,
        /// By name, which is unique in a project.
        cycle_name: StringFilter => CycleName,
        /// By number, which is unique in a project.
        cycle_number: IntFilter => CycleNumber,
        /// By how far they are.
        status: CycleStatusFilter => Status,
        /// By when they were planned.
        created_at: DateTimeFilter => CreatedAt,
    } one {
        /// By the project where data is collected.
        project: ProjectFilter => ProjectId,
    } many {
        /// By their uploads.
        sync_sessions: SyncSessionFilter => CycleSyncSessions, Id,
    }
}

order! {
    /// By what cycles are put in order.
    CycleOrder, CycleOrderField for Cycle of cycle, usually CreatedAt Desc {
        /// By when they were planned.
        CreatedAt = created_at: DateTime<Utc>,
        /// By number.
        CycleNumber = cycle_number: i32,
    }
}

relation!(/// The uploads of a cycle.
    CycleSyncSessions: SyncSession, sync_session by CycleId within ProjectSyncSessions by project_id);

relations! {
    Cycle one {
        /// The project where data is collected. Needs projects:read.
        project: Project by project_id,
        /// The sums of its sessions. Needs uploads:read.
        summary: CycleSummary by id,
    } many {
        /// Its uploads. Needs uploads:read.
        sync_sessions: SyncSession by CycleSyncSessions from id,
    }
}

roots! {
    /// Reads of cycles.
    CycleQueries: Cycle {
        one
        /// A cycle of a project that the caller may see. Needs uploads:read.
        cycle,
        many
        /// The cycles of the projects that the caller may see, the newest first. Needs uploads:read.
        cycles,
    }
}
