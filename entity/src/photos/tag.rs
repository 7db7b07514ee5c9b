//! A label on a photo, by a model or by a person. Photos and labels are many-to-many through it.

use async_graphql::Enum;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Who set a tag.
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
pub enum TagSource {
    /// A model.
    Ai,
    /// A person; such a tag has neither confidence nor detection.
    User,
}

/// A row of `tags`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "tags")]
pub struct Model {
    /// The tenant that owns the row; first column of every key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// Identity of the row; version 7, made by the gateway.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Project the row hangs under; its members see it.
    pub project_id: Uuid,
    /// The photo that is labelled.
    pub photo_id: Uuid,
    /// The detection it came from, one of the same photo; null when a person set it.
    pub detection_id: Option<Uuid>,
    /// The label.
    #[sea_orm(column_type = "Text")]
    pub tag: String,
    /// Who set it.
    pub source: TagSource,
    /// How sure the model is, 0 to 1; null when a person set it.
    pub confidence: Option<f64>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When the row last changed; kept by the database, strictly increasing.
    pub updated_at: DateTimeUtc,
    /// The photo that is labelled.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, photo_id)",
        to = "(organization_id, id)"
    )]
    pub photo: BelongsTo<super::photo::Entity>,
    /// The detection it came from.
    #[sea_orm(
        belongs_to,
        from = "(organization_id, detection_id)",
        to = "(organization_id, id)"
    )]
    pub detection: BelongsTo<Option<super::detection::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
