//! Photos, what models saw in them, and the labels on them.

mod detection;
mod detection_stats;
mod import_photos;
mod label;
mod photo;
mod photo_stats;
mod photos_of;
mod processing_event;
mod record_detections;
mod tag;

use async_graphql::MergedObject;

pub use detection::{Detection, DetectionFilter};
pub use label::Label;
pub use photo::{Photo, PhotoFilter};
pub use processing_event::ProcessingEvent;
pub use tag::{Tag, TagFilter};

/// Reads of this domain.
#[derive(MergedObject, Default)]
pub struct PhotosQueries(
    photo::PhotoQueries,
    detection::DetectionQueries,
    processing_event::ProcessingEventQueries,
    label::LabelQueries,
    photo_stats::PhotoStatsQueries,
    detection_stats::DetectionStatsQueries,
);

/// Changes in this domain.
#[derive(MergedObject, Default)]
pub struct PhotosMutations(
    photo::PhotoMutations,
    import_photos::ImportPhotos,
    detection::DetectionMutations,
    record_detections::RecordDetections,
    tag::TagMutations,
    processing_event::ProcessingEventMutations,
);
