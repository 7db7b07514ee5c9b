//! One statement for each question, in which PostgreSQL writes the JSON.

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::inserts::Columns;
use crate::pool::{Lent, Pool};
use crate::question::{Fault, Question, Seen};
use crate::token::Caller;

/// What is prepared on each connection; the places are the constants below.
pub const STATEMENTS: &[&str] = &[
    "SELECT json_build_object('data', json_build_object('photos', coalesce(json_agg(json_build_object(
         'id', photo.id, 's3Key', photo.s3_key, 'width', photo.width, 'height', photo.height, 'createdAt', photo.created_at,
         'detections', detections.list, 'tags', tags.list) ORDER BY photo.created_at DESC, photo.id DESC), '[]')))::text
     FROM (SELECT id, s3_key, width, height, created_at FROM photos
           WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 20) AS photo,
     LATERAL (
       SELECT coalesce(json_agg(json_build_object('id', detection.id, 'detectionType', detection.detection_type, 'confidence', detection.confidence, 'tags', (
           SELECT coalesce(json_agg(json_build_object('id', tag.id, 'tag', tag.tag, 'source', tag.source) ORDER BY tag.created_at, tag.id), '[]')
           FROM tags tag WHERE tag.organization_id = $1 AND tag.detection_id = detection.id))
         ORDER BY detection.created_at, detection.id), '[]') AS list
       FROM detections detection WHERE detection.organization_id = $1 AND detection.photo_id = photo.id) AS detections,
     LATERAL (
       SELECT coalesce(json_agg(json_build_object('tag', tag.tag) ORDER BY tag.created_at, tag.id), '[]') AS list
       FROM tags tag WHERE tag.organization_id = $1 AND tag.photo_id = photo.id) AS tags",
    "SELECT json_build_object('data', json_build_object('photo', (
       SELECT json_build_object('id', photo.id, 's3Key', photo.s3_key, 'width', photo.width, 'height', photo.height, 'createdAt', photo.created_at,
         'project', json_build_object('id', project.id, 'name', project.name), 'user', json_build_object('id', person.id, 'email', person.email))
       FROM photos photo
       JOIN projects project ON project.organization_id = $1 AND project.id = photo.project_id
       JOIN users person ON person.organization_id = $1 AND person.id = photo.user_id
       WHERE photo.organization_id = $1 AND photo.id = $2 AND photo.deleted_at IS NULL)))::text",
    "SELECT json_build_object('data', json_build_object('photos', coalesce(json_agg(json_build_object(
         'id', id, 's3Key', s3_key, 'mimeType', mime_type, 'width', width, 'height', height, 'createdAt', created_at)), '[]')))::text
     FROM (SELECT id, s3_key, mime_type, width, height, created_at FROM photos
           WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 500) AS photo",
    "SELECT json_build_object('data', json_build_object('projects', coalesce(json_agg(json_build_object(
         'id', project.id, 'name', project.name, 'photos', photos.list) ORDER BY project.created_at DESC, project.id DESC), '[]')))::text
     FROM (SELECT id, name, created_at FROM projects
           WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 10) AS project,
     LATERAL (
       SELECT coalesce(json_agg(json_build_object('id', photo.id, 's3Key', photo.s3_key, 'createdAt', photo.created_at, 'detections', (
           SELECT coalesce(json_agg(json_build_object('id', id, 'detectionType', detection_type, 'confidence', confidence)), '[]')
           FROM (SELECT id, detection_type, confidence FROM detections
                 WHERE organization_id = $1 AND photo_id = photo.id ORDER BY created_at, id LIMIT 3) AS detection))), '[]') AS list
       FROM (SELECT id, s3_key, created_at FROM photos
             WHERE organization_id = $1 AND project_id = project.id AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 5) AS photo) AS photos",
    // The photos are read in it: where one is not the caller's, fewer rows are known than given, and none is written.
    "WITH given AS (
       SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[], $8::double precision[]) AS row (id, photo_id, kind, model, results, confidence)
     ), known AS MATERIALIZED (
       SELECT given.*, photo.project_id FROM given JOIN photos photo ON photo.organization_id = $1 AND photo.id = given.photo_id AND photo.deleted_at IS NULL
     ), whole AS (
       SELECT * FROM known WHERE (SELECT count(*) FROM known) = cardinality($3)
     ), detection AS (
       INSERT INTO detections (organization_id, id, project_id, photo_id, detection_type, model_version, results, confidence)
       SELECT $1, id, project_id, photo_id, kind, model, results, confidence FROM whole
     ), tag AS (
       INSERT INTO tags (organization_id, id, project_id, photo_id, detection_id, tag, source, confidence)
       SELECT $1, row.id, whole.project_id, whole.photo_id, whole.id, row.tag, 'ai', row.confidence
       FROM unnest($9::uuid[], $10::uuid[], $11::text[], $12::double precision[]) AS row (id, detection_id, tag, confidence)
       JOIN whole ON whole.id = row.detection_id ON CONFLICT DO NOTHING
     ), trail AS (
       INSERT INTO audit_logs (organization_id, actor_id, request_id, action, resource_type, id, resource_id, metadata)
       SELECT $1, $2, $13, 'detection.create', 'detection', row.id, resource, said
       FROM unnest($14::uuid[], $3::uuid[], $15::jsonb[]) AS row (id, resource, said) WHERE EXISTS (SELECT FROM whole)
     )
     SELECT count(*) FROM whole",
];

const PAGE: usize = 0;
const POINT: usize = 1;
const WIDE: usize = 2;
const NESTED: usize = 3;
const RECORD: usize = 4;

/// Answers a question.
pub async fn answer(pool: &Pool, caller: &Caller, question: Question) -> Result<Vec<u8>, Fault> {
    let connection = pool.lend().await;
    match question {
        Question::Page => written(&connection, PAGE, &[&caller.org]).await,
        Question::Point(id) => written(&connection, POINT, &[&caller.org, &id]).await,
        Question::Wide => written(&connection, WIDE, &[&caller.org]).await,
        Question::Nested => written(&connection, NESTED, &[&caller.org]).await,
        Question::Record(seen) => record(&connection, caller, &seen).await,
    }
}

/// What PostgreSQL wrote.
async fn written(
    connection: &Lent<'_>,
    statement: usize,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<u8>, Fault> {
    let statement = connection.statement(statement);
    let row = connection.client().query_one(statement, parameters).await?;
    Ok(row.get::<_, &str>(0).as_bytes().to_vec())
}

async fn record(connection: &Lent<'_>, caller: &Caller, seen: &[Seen]) -> Result<Vec<u8>, Fault> {
    // The statement finds the projects by itself.
    let columns = Columns::of(seen, |_| Some(Uuid::nil()))?;
    let request = Uuid::new_v4().to_string();
    let row = connection
        .client()
        .query_one(
            connection.statement(RECORD),
            &[
                &caller.org,
                &caller.sub,
                &columns.detections,
                &columns.photos,
                &columns.kinds,
                &columns.models,
                &columns.results,
                &columns.confidences,
                &columns.tags,
                &columns.tag_detections,
                &columns.labels,
                &columns.label_confidences,
                &request,
                &columns.trail,
                &columns.said,
            ],
        )
        .await?;
    if row.get::<_, i64>(0) == 0 {
        return Err(Fault::NoPhoto);
    }
    columns.answer(seen)
}
