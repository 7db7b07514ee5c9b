//! The operations that are measured, and what is sent with them.

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Value, json};

/// What stands for the photo's id in variables.
pub const PHOTO: &str = "$photo";
/// What stands for the id of the caller's organization.
pub const ORGANIZATION: &str = "$organization";
/// What stands for a number that is used once; as long as the number, so that nothing moves when it is put in.
pub const SERIAL: &str = "$serial";

/// Detections of one Record.
pub const RECORDED: usize = 1000;

/// An operation of `queries.graphql`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum Operation {
    /// The 20 newest photos with their detections, the detections' tags, and their tags.
    Page,
    /// A photo by its id with its project and user.
    Point,
    /// The 500 newest photos.
    Wide,
    /// The 10 newest projects, the 5 newest photos of each, the first 3 detections of each of those.
    Nested,
    /// One detection with two tags.
    Write,
    /// A thousand detections at once.
    Record,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Page,
        Self::Point,
        Self::Wide,
        Self::Nested,
        Self::Write,
        Self::Record,
    ];

    /// As it is called in `queries.graphql`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "Page",
            Self::Point => "Point",
            Self::Wide => "Wide",
            Self::Nested => "Nested",
            Self::Write => "Write",
            Self::Record => "Record",
        }
    }

    /// What it does, for people.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Page => {
                "20 newest photos, their detections, the detections' tags, the photos' tags"
            }
            Self::Point => "a photo by its id, with its project and user",
            Self::Wide => "500 newest photos, six fields",
            Self::Nested => "10 projects, 5 newest photos of each, 3 detections of each",
            Self::Write => "one detection with two tags, in one transaction, returned",
            Self::Record => "1,000 detections in one call, returned",
        }
    }

    /// Whether its answer depends on a photo.
    pub const fn names_a_photo(self) -> bool {
        matches!(self, Self::Point | Self::Write)
    }

    /// What is counted: requests, but rows of a request that writes a thousand.
    pub const fn pieces(self) -> f64 {
        match self {
            Self::Record => RECORDED as f64,
            _ => 1.0,
        }
    }

    /// Connections for the throughput, and for the latencies.
    pub const fn connections(self) -> (usize, usize) {
        match self {
            Self::Record => (8, 2),
            _ => (32, 8),
        }
    }

    /// Variables, where an engine needs no others.
    pub fn variables(self) -> Value {
        match self {
            Self::Page | Self::Wide | Self::Nested => json!({}),
            Self::Point => json!({ "id": PHOTO }),
            Self::Write => {
                let mut detection = detection(PHOTO);
                detection["tags"] = json!([
                    { "tag": format!("hail {SERIAL}"), "confidence": 0.5 },
                    { "tag": format!("roof {SERIAL}"), "confidence": 0.75 },
                ]);
                json!({ "input": { "detections": [detection] } })
            }
            Self::Record => json!({ "input": { "detections": [] } }),
        }
    }
}

/// A detection to be recorded.
pub fn detection(photo: &str) -> Value {
    json!({
        "photoId": photo,
        "detectionType": "DAMAGE",
        "modelVersion": "load",
        "results": { "label": "hail", "boxes": [[10, 20, 110, 220]] },
        "confidence": 0.875,
    })
}
