//! All, any, not; what hangs under a row and what it refers to.

use serde_json::json;

use super::{Bench, DETECTIONS, PHOTOS, USERS, compare};

#[tokio::test]
async fn all_any_and_not() {
    let bench = Bench::northwind().await;
    let (maple, dji) = (
        "it.s3_key LIKE 'maple-street/%'",
        "it.exif_data ->> 'Make' = 'DJI'",
    );
    let (m, d) = (
        json!({ "s3Key": { "startsWith": "maple-street/" } }),
        json!({ "exifData": { "path": ["Make"], "eq": "DJI" } }),
    );
    compare(
        &bench,
        &PHOTOS,
        &[
            (json!({ "and": [m, d] }), &format!("{maple} AND {dji}")),
            (json!({ "or": [m, d] }), &format!("{maple} OR {dji}")),
            (json!({ "not": m }), &format!("NOT {maple}")),
            (json!({ "not": { "not": m } }), maple),
            (json!({ "and": [] }), "true"),
            (json!({ "or": [] }), "false"),
            (json!({ "not": { "or": [] } }), "true"),
            (json!({ "not": {} }), "false"),
            (json!({ "or": [{}] }), "true"),
            (json!({ "or": [{ "or": [] }, m] }), maple),
            (json!({ "and": [{ "or": [m, d] }, { "not": { "and": [m, d] } }] }), &format!("({maple} OR {dji}) AND NOT ({maple} AND {dji})")),
            (json!({ "s3Key": { "startsWith": "maple-street/" }, "or": [d], "not": { "tags": { "some": {} } } }), &format!("{maple} AND {dji} AND NOT EXISTS (SELECT FROM tags WHERE photo_id = it.id)")),
            // What is not found is all the rest, also where there is no value to compare.
            (json!({ "not": { "exifData": { "path": ["Nothing"], "eq": 1 } } }), "true"),
        ],
    )
    .await;
}

#[tokio::test]
async fn relations() {
    let bench = Bench::northwind().await;
    let damage = "EXISTS (SELECT FROM detections d WHERE d.photo_id = it.id AND d.detection_type = 'damage')";
    let d = json!({ "detectionType": { "eq": "DAMAGE" } });
    compare(
        &bench,
        &PHOTOS,
        &[
            (json!({ "detections": { "some": d } }), damage),
            (json!({ "detections": { "none": d } }), &format!("NOT {damage}")),
            (json!({ "detections": { "every": d } }), "NOT EXISTS (SELECT FROM detections d WHERE d.photo_id = it.id AND d.detection_type <> 'damage')"),
            (json!({ "detections": { "some": {} } }), "EXISTS (SELECT FROM detections d WHERE d.photo_id = it.id)"),
            (json!({ "detections": { "none": {} } }), "NOT EXISTS (SELECT FROM detections d WHERE d.photo_id = it.id)"),
            (json!({ "detections": { "every": {} } }), "true"),
            (json!({ "detections": {} }), "true"),
            // Both at once speak of different detections, one filter of one.
            (json!({ "detections": { "some": d, "none": { "userConfirmed": { "eq": true } } } }), &format!("{damage} AND NOT EXISTS (SELECT FROM detections d WHERE d.photo_id = it.id AND d.user_confirmed)")),
            (json!({ "detections": { "some": { "detectionType": { "eq": "DAMAGE" }, "userConfirmed": { "eq": true } } } }), "EXISTS (SELECT FROM detections d WHERE d.photo_id = it.id AND d.detection_type = 'damage' AND d.user_confirmed)"),
            // For whom nobody is known it is not true that everybody is this one.
            (
                json!({ "detections": { "every": { "confirmedBy": { "username": { "eq": "northwind.insurance_adjuster" } } } } }),
                "NOT EXISTS (SELECT FROM detections d LEFT JOIN users u ON u.id = d.confirmed_by WHERE d.photo_id = it.id AND u.username IS DISTINCT FROM 'northwind.insurance_adjuster')",
            ),
            (
                json!({ "detections": { "every": { "confirmedById": { "ne": "018f0000-0000-7000-8000-000000000001" } } } }),
                "NOT EXISTS (SELECT FROM detections d WHERE d.photo_id = it.id AND d.confirmed_by IS NULL)",
            ),
            (json!({ "project": { "name": { "contains": "HARBOR" } } }), "it.project_id = (SELECT id FROM projects WHERE name = 'Harbor View Apartments')"),
            (json!({ "user": { "isActive": { "eq": false } } }), "it.user_id = (SELECT id FROM users WHERE username = 'northwind.former')"),
            (json!({ "project": { "members": { "some": { "username": { "eq": "northwind.viewer" } } } } }), "it.project_id IN (SELECT project_id FROM project_members JOIN users ON users.id = user_id WHERE username = 'northwind.viewer')"),
            (json!({ "project": { "members": { "none": { "username": { "eq": "northwind.viewer" } } } } }), "it.project_id NOT IN (SELECT project_id FROM project_members JOIN users ON users.id = user_id WHERE username = 'northwind.viewer')"),
            // Three relations, and back to a row of the same table: another one.
            (
                json!({ "project": { "photos": { "some": { "tags": { "some": { "tag": { "eq": "slate" } } } } } } }),
                "it.project_id IN (SELECT project_id FROM tags WHERE tag = 'slate')",
            ),
            (
                json!({ "not": { "project": { "photos": { "some": { "tags": { "some": { "tag": { "eq": "slate" } } } } } } } }),
                "it.project_id NOT IN (SELECT project_id FROM tags WHERE tag = 'slate')",
            ),
            (json!({ "tags": { "some": { "detection": { "detectionType": { "eq": "VOLUME" } } } } }), "EXISTS (SELECT FROM tags t JOIN detections d ON d.id = t.detection_id WHERE t.photo_id = it.id AND d.detection_type = 'volume')"),
        ],
    )
    .await;
    compare(
        &bench,
        &DETECTIONS,
        &[
            (json!({ "photo": { "s3Key": { "startsWith": "harbor" } } }), "it.photo_id IN (SELECT id FROM photos WHERE s3_key LIKE 'harbor%' AND deleted_at IS NULL)"),
            (json!({ "confirmedBy": {} }), "it.confirmed_by IS NOT NULL"),
            (json!({ "not": { "confirmedBy": {} } }), "it.confirmed_by IS NULL"),
            // What is in the bin is not there.
            (json!({ "not": { "photo": {} } }), "it.photo_id IN (SELECT id FROM photos WHERE deleted_at IS NOT NULL)"),
        ],
    )
    .await;
    compare(
        &bench,
        &USERS,
        &[
            (json!({ "projects": { "none": {} } }), "NOT EXISTS (SELECT FROM project_members m WHERE m.user_id = it.id)"),
            (json!({ "photos": { "some": { "tags": { "some": { "tag": { "eq": "hail" } } } } } }), "it.id IN (SELECT user_id FROM photos JOIN tags ON tags.photo_id = photos.id WHERE tag = 'hail' AND photos.deleted_at IS NULL)"),
        ],
    )
    .await;
}
