//! What a model saw in a photo, and what a person said to it.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// What a model looks for in a photo.
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
pub enum DetectionType {
    /// Something broken.
    Damage,
    /// What something is made of.
    Material,
    /// How much of something there is.
    Volume,
}

/// A row of `detections`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "detections")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project the row hangs under; its members see it.
    pub project_id: Uuid,
    /// The photo it was seen in.
    pub photo_id: Uuid,
    /// What kind of thing was seen.
    pub detection_type: DetectionType,
    /// The model that saw it.
    #[sea_orm(column_type = "Text")]
    pub model_version: Option<String>,
    /// What was seen: label, boxes, polygons, measurements, unit; see docs/detection-results.schema.json.
    #[sea_orm(column_type = "JsonBinary")]
    pub results: Json,
    /// How sure the model is, 0 to 1.
    pub confidence: Option<f64>,
    /// How long the model took.
    pub processing_time_ms: Option<i32>,
    /// Whether a person confirmed it.
    pub user_confirmed: bool,
    /// Corrections and remarks of that person.
    #[sea_orm(column_type = "JsonBinary")]
    pub user_feedback: Option<Json>,
    /// Who confirmed or rejected it.
    pub confirmed_by: Option<Uuid>,
    /// When they did.
    pub confirmed_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The photo it was seen in.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, photo_id)",
        to = "(organization_id, id)"
    )]
    pub photo: BelongsTo<super::photo::Entity>,
    /// Who confirmed or rejected it.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, confirmed_by)",
        to = "(organization_id, id)"
    )]
    pub judge: BelongsTo<Option<crate::tenancy::user::Entity>>,
    /// The labels that came from it.
    #[sea_orm(has_many)]
    pub tags: HasMany<super::tag::Entity>,
    /// The events that led to it.
    #[sea_orm(has_many)]
    pub processing_events: HasMany<super::processing_event::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
