//! Detections and their labels by `unnest`, with a line in the audit trail for each detection. One detection and a thousand are
//! written by the same statements: the projects of the photos first, then all else in one round trip.

use std::collections::HashMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use crate::answer::{self, DetectedTag, Recorded, RecordedDetection};
use crate::pool::Lent;
use crate::question::{Fault, Seen};
use crate::token::Caller;

/// The photos that are the caller's, with their projects.
pub const PROJECTS: &str = "SELECT id, project_id FROM photos WHERE organization_id = $1 AND id = ANY ($2) AND deleted_at IS NULL";

pub const DETECTIONS: &str = "INSERT INTO detections (organization_id, id, project_id, photo_id, detection_type, model_version, results, confidence)
  SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[], $8::double precision[])";

pub const TAGS: &str = "INSERT INTO tags (organization_id, source, id, project_id, photo_id, detection_id, tag, confidence)
  SELECT $1, 'ai', * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::double precision[]) ON CONFLICT DO NOTHING";

pub const TRAIL: &str = "INSERT INTO audit_logs (organization_id, actor_id, request_id, action, resource_type, id, resource_id, metadata)
  SELECT $1, $2, $3, 'detection.create', 'detection', id, resource, said FROM unnest($4::uuid[], $5::uuid[], $6::jsonb[]) AS row (id, resource, said)";

/// The rows to write, a column at a time.
#[derive(Default)]
pub struct Columns<'a> {
    pub detections: Vec<Uuid>,
    pub detection_projects: Vec<Uuid>,
    pub photos: Vec<Uuid>,
    pub kinds: Vec<String>,
    pub models: Vec<&'a str>,
    pub results: Vec<Json<&'a RawValue>>,
    pub confidences: Vec<f64>,
    pub tags: Vec<Uuid>,
    pub tag_projects: Vec<Uuid>,
    pub tag_photos: Vec<Uuid>,
    pub tag_detections: Vec<Uuid>,
    pub labels: Vec<&'a str>,
    pub label_confidences: Vec<f64>,
    pub trail: Vec<Uuid>,
    pub said: Vec<Json<Value>>,
}

impl<'a> Columns<'a> {
    /// Of what was seen; `project` says where a photo belongs.
    pub fn of(seen: &'a [Seen], project: impl Fn(&Uuid) -> Option<Uuid>) -> Result<Self, Fault> {
        let mut columns = Self::default();
        for one in seen {
            let project = project(&one.photo_id).ok_or(Fault::NoPhoto)?;
            let id = Uuid::now_v7();
            columns.trail.push(Uuid::now_v7());
            let labels: Vec<&str> = one.tags.iter().map(|label| &*label.tag).collect();
            columns.said.push(Json(json!({ "tags": labels })));
            columns.detections.push(id);
            columns.detection_projects.push(project);
            columns.photos.push(one.photo_id);
            columns.kinds.push(one.detection_type.to_lowercase());
            columns.models.push(&one.model_version);
            columns.results.push(Json(&one.results));
            columns.confidences.push(one.confidence);
            for label in &one.tags {
                columns.tags.push(Uuid::now_v7());
                columns.tag_projects.push(project);
                columns.tag_photos.push(one.photo_id);
                columns.tag_detections.push(id);
                columns.labels.push(&label.tag);
                columns.label_confidences.push(label.confidence);
            }
        }
        Ok(columns)
    }

    /// What the caller is answered.
    pub fn answer(&self, seen: &[Seen]) -> Result<Vec<u8>, Fault> {
        let mut tags = self.tags.iter();
        let recorded = seen.iter().zip(&self.detections).map(|(one, &id)| {
            let labels = one.tags.iter().zip(&mut tags);
            RecordedDetection {
                id,
                detection_type: &one.detection_type,
                confidence: one.confidence,
                tags: labels
                    .map(|(label, &id)| DetectedTag {
                        id,
                        tag: &label.tag,
                        source: "AI",
                    })
                    .collect(),
            }
        });
        answer::json(Recorded {
            record_detections: recorded.collect(),
        })
    }
}

/// Records what was seen, all or nothing. `first` is where the statements of this file stand.
pub async fn record(
    connection: &Lent<'_>,
    first: usize,
    caller: &Caller,
    seen: &[Seen],
) -> Result<Vec<u8>, Fault> {
    let client = connection.client();
    let photos: Vec<Uuid> = seen.iter().map(|one| one.photo_id).collect();
    let projects = client
        .query(connection.statement(first), &[&caller.org, &photos])
        .await?;
    let projects: HashMap<Uuid, Uuid> = projects
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let columns = Columns::of(seen, |photo| projects.get(photo).copied())?;
    let request = Uuid::new_v4().to_string();
    let detections: [&(dyn ToSql + Sync); 8] = [
        &caller.org,
        &columns.detections,
        &columns.detection_projects,
        &columns.photos,
        &columns.kinds,
        &columns.models,
        &columns.results,
        &columns.confidences,
    ];
    let tags: [&(dyn ToSql + Sync); 7] = [
        &caller.org,
        &columns.tags,
        &columns.tag_projects,
        &columns.tag_photos,
        &columns.tag_detections,
        &columns.labels,
        &columns.label_confidences,
    ];
    let trail: [&(dyn ToSql + Sync); 6] = [
        &caller.org,
        &caller.sub,
        &request,
        &columns.trail,
        &columns.detections,
        &columns.said,
    ];
    let write_tags = async {
        if columns.tags.is_empty() {
            return Ok(0);
        }
        client.execute(connection.statement(first + 2), &tags).await
    };
    let written = tokio::try_join!(
        // They are sent in the order in which they are polled first.
        biased;
        client.batch_execute("BEGIN"),
        client.execute(connection.statement(first + 1), &detections),
        write_tags,
        client.execute(connection.statement(first + 3), &trail),
        client.batch_execute("COMMIT"),
    );
    if let Err(error) = written {
        // It may have ended before the COMMIT was sent, and is the next request's connection.
        client.batch_execute("ROLLBACK").await?;
        return Err(error.into());
    }
    columns.answer(seen)
}
