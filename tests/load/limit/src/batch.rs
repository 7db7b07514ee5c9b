//! A few plain statements for each question, those that do not need each other's rows in one round trip.

use std::collections::HashMap;
use std::hash::Hash;

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::answer::{
    DetectedTag, Detection, Nested, NestedDetection, NestedPhoto, NestedProject, PagePhoto, Photos,
    Point, PointPhoto, Project, Tag, User, WidePhoto, json,
};
use crate::inserts;
use crate::pool::{Lent, Pool};
use crate::question::{Fault, Question};
use crate::token::Caller;

/// What is prepared on each connection; the places are the constants below.
pub const STATEMENTS: &[&str] = &[
    "SELECT id, s3_key, width, height, created_at FROM photos
     WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 20",
    "SELECT id, photo_id, detection_type, confidence FROM detections
     WHERE organization_id = $1 AND photo_id = ANY ($2) ORDER BY photo_id, created_at, id",
    "SELECT id, photo_id, detection_id, tag, source FROM tags
     WHERE organization_id = $1 AND photo_id = ANY ($2) ORDER BY photo_id, created_at, id",
    "SELECT photo.id, photo.s3_key, photo.width, photo.height, photo.created_at, project.id, project.name, person.id, person.email
     FROM photos photo
     JOIN projects project ON project.organization_id = $1 AND project.id = photo.project_id
     JOIN users person ON person.organization_id = $1 AND person.id = photo.user_id
     WHERE photo.organization_id = $1 AND photo.id = $2 AND photo.deleted_at IS NULL",
    "SELECT id, s3_key, mime_type, width, height, created_at FROM photos
     WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 500",
    "SELECT id, name FROM projects
     WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 10",
    "SELECT photo.id, photo.project_id, photo.s3_key, photo.created_at FROM unnest($2::uuid[]) AS project, LATERAL (
       SELECT id, project_id, s3_key, created_at FROM photos
       WHERE organization_id = $1 AND project_id = project AND deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 5) AS photo",
    "SELECT detection.id, detection.photo_id, detection.detection_type, detection.confidence FROM unnest($2::uuid[]) AS photo, LATERAL (
       SELECT id, photo_id, detection_type, confidence FROM detections
       WHERE organization_id = $1 AND photo_id = photo ORDER BY created_at, id LIMIT 3) AS detection",
    inserts::PROJECTS,
    inserts::DETECTIONS,
    inserts::TAGS,
    inserts::TRAIL,
];

const NEWEST: usize = 0;
const DETECTIONS: usize = 1;
const TAGS: usize = 2;
const POINT: usize = 3;
const WIDE: usize = 4;
const PROJECTS: usize = 5;
const PHOTOS_OF_PROJECTS: usize = 6;
const FIRST_DETECTIONS: usize = 7;
const INSERTS: usize = 8;

/// Answers a question.
pub async fn answer(pool: &Pool, caller: &Caller, question: Question) -> Result<Vec<u8>, Fault> {
    let connection = pool.lend().await;
    match question {
        Question::Page => page(&connection, caller.org).await,
        Question::Point(id) => point(&connection, caller.org, id).await,
        Question::Wide => wide(&connection, caller.org).await,
        Question::Nested => nested(&connection, caller.org).await,
        Question::Record(seen) => inserts::record(&connection, INSERTS, caller, &seen).await,
    }
}

async fn rows(
    connection: &Lent<'_>,
    statement: usize,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Fault> {
    let statement = connection.statement(statement);
    Ok(connection.client().query(statement, parameters).await?)
}

/// Children by their parent, in their order.
fn by_parent<K: Eq + Hash, T>(children: impl Iterator<Item = (K, T)>) -> HashMap<K, Vec<T>> {
    let mut found: HashMap<K, Vec<T>> = HashMap::new();
    for (parent, child) in children {
        found.entry(parent).or_default().push(child);
    }
    found
}

fn ids(rows: &[Row]) -> Vec<Uuid> {
    rows.iter().map(|row| row.get(0)).collect()
}

async fn page(connection: &Lent<'_>, organization: Uuid) -> Result<Vec<u8>, Fault> {
    let photos = rows(connection, NEWEST, &[&organization]).await?;
    let of = ids(&photos);
    let parameters: [&(dyn ToSql + Sync); 2] = [&organization, &of];
    let (detections, tags) = tokio::try_join!(
        rows(connection, DETECTIONS, &parameters),
        rows(connection, TAGS, &parameters)
    )?;
    // A tag of a detection is a tag of its photo, too: one statement serves both lists.
    let mut tags_of_detections = by_parent(tags.iter().filter_map(|row| {
        let tag = DetectedTag {
            id: row.get(0),
            tag: row.get(3),
            source: row.get(4),
        };
        Some((row.get::<_, Option<Uuid>>(2)?, tag))
    }));
    let mut tags_of_photos = by_parent(
        tags.iter()
            .map(|row| (row.get::<_, Uuid>(1), Tag { tag: row.get(3) })),
    );
    let mut detections_of_photos = by_parent(detections.iter().map(|row| {
        let id = row.get(0);
        let detection = Detection {
            id,
            detection_type: row.get(2),
            confidence: row.get(3),
            tags: tags_of_detections.remove(&id).unwrap_or_default(),
        };
        (row.get::<_, Uuid>(1), detection)
    }));
    let photos = photos.iter().map(|row| {
        let id = row.get(0);
        PagePhoto {
            id,
            s3_key: row.get(1),
            width: row.get(2),
            height: row.get(3),
            created_at: row.get(4),
            detections: detections_of_photos.remove(&id).unwrap_or_default(),
            tags: tags_of_photos.remove(&id).unwrap_or_default(),
        }
    });
    json(Photos {
        photos: photos.collect(),
    })
}

async fn point(connection: &Lent<'_>, organization: Uuid, id: Uuid) -> Result<Vec<u8>, Fault> {
    let rows = rows(connection, POINT, &[&organization, &id]).await?;
    json(Point {
        photo: rows.first().map(|row| PointPhoto {
            id: row.get(0),
            s3_key: row.get(1),
            width: row.get(2),
            height: row.get(3),
            created_at: row.get(4),
            project: Project {
                id: row.get(5),
                name: row.get(6),
            },
            user: User {
                id: row.get(7),
                email: row.get(8),
            },
        }),
    })
}

async fn wide(connection: &Lent<'_>, organization: Uuid) -> Result<Vec<u8>, Fault> {
    let rows = rows(connection, WIDE, &[&organization]).await?;
    let photos = rows.iter().map(|row| WidePhoto {
        id: row.get(0),
        s3_key: row.get(1),
        mime_type: row.get(2),
        width: row.get(3),
        height: row.get(4),
        created_at: row.get(5),
    });
    json(Photos {
        photos: photos.collect(),
    })
}

async fn nested(connection: &Lent<'_>, organization: Uuid) -> Result<Vec<u8>, Fault> {
    let projects = rows(connection, PROJECTS, &[&organization]).await?;
    let of = ids(&projects);
    let photos = rows(connection, PHOTOS_OF_PROJECTS, &[&organization, &of]).await?;
    let of = ids(&photos);
    let detections = rows(connection, FIRST_DETECTIONS, &[&organization, &of]).await?;
    let mut detections_of_photos = by_parent(detections.iter().map(|row| {
        let detection = NestedDetection {
            id: row.get(0),
            detection_type: row.get(2),
            confidence: row.get(3),
        };
        (row.get::<_, Uuid>(1), detection)
    }));
    let mut photos_of_projects = by_parent(photos.iter().map(|row| {
        let id = row.get(0);
        let photo = NestedPhoto {
            id,
            s3_key: row.get(2),
            created_at: row.get(3),
            detections: detections_of_photos.remove(&id).unwrap_or_default(),
        };
        (row.get::<_, Uuid>(1), photo)
    }));
    let projects = projects.iter().map(|row| {
        let id = row.get(0);
        NestedProject {
            id,
            name: row.get(1),
            photos: photos_of_projects.remove(&id).unwrap_or_default(),
        }
    });
    json(Nested {
        projects: projects.collect(),
    })
}
