//! What happened to a photo on its way through the models, and when: a time series, partitioned by month or a hypertable.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How far a photo is on its way through a model.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ProcessingStage {
    /// It waits for a worker.
    Queued,
    /// A worker took it.
    Started,
    /// The worker is done with it.
    Completed,
    /// The worker gave up; `detail` says why.
    Failed,
}

/// A row of `processing_events`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "processing_events")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project the row hangs under; its members see it.
    pub project_id: Uuid,
    /// The photo that was processed.
    pub photo_id: Uuid,
    /// The detection that came of it, if any.
    pub detection_id: Option<Uuid>,
    /// What happened.
    pub stage: ProcessingStage,
    /// The model at work.
    #[sea_orm(column_type = "Text")]
    pub model_version: Option<String>,
    /// How long the stage took.
    pub duration_ms: Option<i32>,
    /// What else the worker said: an error, a host, a batch.
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Option<Json>,
    /// When it happened, by the worker's clock; the time of the series.
    #[sea_orm(primary_key, auto_increment = false)]
    pub occurred_at: DateTimeUtc,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The photo that was processed.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, photo_id)",
        to = "(organization_id, id)"
    )]
    pub photo: BelongsTo<super::photo::Entity>,
    /// The detection that came of it.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, detection_id)",
        to = "(organization_id, id)"
    )]
    pub detection: BelongsTo<Option<super::detection::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
