//! Which rows a filter finds, against what the superuser finds by plain SQL.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::column;

use super::bench::Bench;

/// A list of the graph: its field, its filter, its table.
struct List(&'static str, &'static str, &'static str);

const PHOTOS: List = List("photos", "PhotoFilter", "photos");
const DETECTIONS: List = List("detections", "DetectionFilter", "detections");
const PROJECTS: List = List("projects", "ProjectFilter", "projects");
const USERS: List = List("users", "UserFilter", "users");
const EVENTS: List = List(
    "processingTimeline",
    "ProcessingEventFilter",
    "processing_events",
);

/// All that a filter finds, page by page.
async fn found(bench: &Bench, list: &List, filter: &Value) -> BTreeSet<String> {
    let document = format!(
        "query($f: {}, $after: String) {{ it: {}(filter: $f, first: 100, after: $after) {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}",
        list.1, list.0
    );
    let (mut ids, mut after) = (BTreeSet::new(), Value::Null);
    loop {
        let answer = bench
            .ask_with(&document, json!({ "f": filter, "after": after }))
            .await;
        assert!(answer.body["errors"].is_null(), "{filter}: {}", answer.text);
        let page = &answer.data()["it"];
        for node in page["nodes"].as_array().unwrap() {
            assert!(
                ids.insert(node["id"].as_str().unwrap().to_owned()),
                "{filter}: twice"
            );
        }
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], ids.len(), "{filter}");
            return ids;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// What is northwind's and fits a condition in SQL. Partitions have no bin.
async fn expected(bench: &Bench, list: &List, condition: &str) -> BTreeSet<String> {
    let bin = if list.2 == "processing_events" || list.2 == "detections" {
        ""
    } else {
        "AND it.deleted_at IS NULL"
    };
    let hidden = match list.2 {
        // What hangs under a photo in the bin is judged by its own row.
        "detections" | "processing_events" => "",
        _ => bin,
    };
    let sql = format!(
        "SELECT it.id::text FROM {} AS it WHERE it.organization_id = (SELECT id FROM organizations WHERE slug = 'northwind') {hidden} AND ({condition})",
        list.2
    );
    column::<String, _>(&bench.superuser, &sql)
        .await
        .into_iter()
        .collect()
}

/// Each filter finds what its condition finds; and, unless it is said, neither nothing nor everything.
async fn compare(bench: &Bench, list: &List, cases: &[(Value, &str)]) {
    for (filter, condition) in cases {
        let expected = expected(bench, list, condition).await;
        assert_eq!(
            found(bench, list, filter).await,
            expected,
            "{}: {filter}, {condition}",
            list.0
        );
    }
}

async fn one(bench: &Bench, sql: &str) -> String {
    support::value(&bench.superuser, sql).await
}

#[tokio::test]
async fn ids_flags_and_closed_vocabularies() {
    let bench = Bench::northwind().await;
    let user = one(
        &bench,
        "SELECT id::text FROM users WHERE username = 'northwind.contractor'",
    )
    .await;
    let other = one(
        &bench,
        "SELECT id::text FROM users WHERE username = 'northwind.contractor_2'",
    )
    .await;
    let judge = one(
        &bench,
        "SELECT id::text FROM users WHERE username = 'northwind.insurance_adjuster'",
    )
    .await;
    let is = |id: &str| format!("it.user_id = '{id}'");
    compare(
        &bench,
        &PHOTOS,
        &[
            (json!({ "userId": { "eq": user } }), &is(&user)),
            (
                json!({ "userId": { "eq": user.to_uppercase() } }),
                &is(&user),
            ),
            (
                json!({ "userId": { "ne": user } }),
                &format!("NOT ({})", is(&user)),
            ),
            (
                json!({ "userId": { "in": [user, other, user] } }),
                &format!("{} OR {}", is(&user), is(&other)),
            ),
            (json!({ "userId": { "in": [] } }), "false"),
            (
                json!({ "userId": { "notIn": [user] } }),
                &format!("NOT ({})", is(&user)),
            ),
            (json!({ "userId": { "notIn": [] } }), "true"),
            (json!({ "userId": { "isNull": true } }), "false"),
            (json!({ "userId": { "isNull": false } }), "true"),
            (json!({ "userId": { "eq": user, "ne": user } }), "false"),
            (json!({ "userId": {} }), "true"),
            (json!({}), "true"),
            (Value::Null, "true"),
        ],
    )
    .await;
    // Where there may be no value: `ne` and `notIn` are about values, `not` is about the rest.
    let judged = format!("it.confirmed_by = '{judge}'");
    compare(
        &bench,
        &DETECTIONS,
        &[
            (
                json!({ "confirmedById": { "isNull": true } }),
                "it.confirmed_by IS NULL",
            ),
            (
                json!({ "confirmedById": { "isNull": false } }),
                "it.confirmed_by IS NOT NULL",
            ),
            (json!({ "confirmedById": { "eq": judge } }), &judged),
            (
                json!({ "confirmedById": { "ne": judge } }),
                &format!("NOT ({judged})"),
            ),
            (
                json!({ "confirmedById": { "ne": user } }),
                "it.confirmed_by IS NOT NULL",
            ),
            (
                json!({ "confirmedById": { "notIn": [user] } }),
                "it.confirmed_by IS NOT NULL",
            ),
            (
                json!({ "not": { "confirmedById": { "eq": judge } } }),
                &format!("({judged}) IS NOT TRUE"),
            ),
            (
                json!({ "not": { "confirmedById": { "ne": user } } }),
                "it.confirmed_by IS NULL",
            ),
            (
                json!({ "userConfirmed": { "eq": true } }),
                "it.user_confirmed",
            ),
            (
                json!({ "userConfirmed": { "ne": true } }),
                "NOT it.user_confirmed",
            ),
            (json!({ "userConfirmed": { "in": [true, false] } }), "true"),
            (
                json!({ "userConfirmed": { "notIn": [false] } }),
                "it.user_confirmed",
            ),
            (
                json!({ "detectionType": { "eq": "DAMAGE" } }),
                "it.detection_type = 'damage'",
            ),
            (
                json!({ "detectionType": { "ne": "DAMAGE" } }),
                "it.detection_type <> 'damage'",
            ),
            (
                json!({ "detectionType": { "in": ["VOLUME", "MATERIAL"] } }),
                "it.detection_type IN ('volume', 'material')",
            ),
            (
                json!({ "detectionType": { "notIn": ["VOLUME"] } }),
                "it.detection_type <> 'volume'",
            ),
            (json!({ "detectionType": { "isNull": true } }), "false"),
        ],
    )
    .await;
    compare(
        &bench,
        &PROJECTS,
        &[
            (
                json!({ "status": { "eq": "ACTIVE" } }),
                "it.status = 'active'",
            ),
            (
                json!({ "status": { "notIn": ["ACTIVE", "ARCHIVED"] } }),
                "it.status = 'completed'",
            ),
            (
                json!({ "managerId": { "isNull": true } }),
                "it.manager_id IS NULL",
            ),
        ],
    )
    .await;
    compare(
        &bench,
        &USERS,
        &[
            (json!({ "isActive": { "eq": false } }), "NOT it.is_active"),
            (
                json!({ "username": { "startsWith": "northwind.contractor" } }),
                "it.username LIKE 'northwind.contractor%'",
            ),
        ],
    )
    .await;
    // A value that is no id, no time, no member of a vocabulary does not come as far as the database.
    for filter in [
        json!({ "userId": { "eq": "1" } }),
        json!({ "userId": { "eq": 1 } }),
        json!({ "userId": { "in": [null] } }),
        json!({ "createdAt": { "eq": "yesterday" } }),
        json!({ "nobody": { "eq": 1 } }),
        json!({ "detections": { "some": { "detectionType": { "eq": "NOISE" } } } }),
    ] {
        let answer = bench
            .ask_with(
                "query($f: PhotoFilter) { photos(filter: $f) { nodes { id } } }",
                json!({ "f": filter }),
            )
            .await;
        assert!(
            ["VALIDATION_FAILED", "BAD_REQUEST"].contains(&answer.code()),
            "{filter}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn times() {
    let bench = Bench::northwind().await;
    let moment = one(&bench, "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM photos WHERE s3_key LIKE 'harbor-view/%' ORDER BY created_at LIMIT 1").await;
    let local = one(&bench, "SELECT to_char(created_at AT TIME ZONE 'UTC' + interval '5 hours 30 minutes', 'YYYY-MM-DD\"T\"HH24:MI:SS.US+05:30') FROM photos WHERE s3_key LIKE 'harbor-view/%' ORDER BY created_at LIMIT 1").await;
    let than = |operator: &str| format!("it.created_at {operator} '{moment}'");
    let (first, last) = ("2026-09-10T00:00:00Z", "2026-10-01T00:00:00Z");
    compare(
        &bench,
        &PHOTOS,
        &[
            (json!({ "createdAt": { "eq": moment } }), &than("=")),
            (json!({ "createdAt": { "eq": local } }), &than("=")),
            (json!({ "createdAt": { "ne": moment } }), &than("<>")),
            (json!({ "createdAt": { "lt": moment } }), &than("<")),
            (json!({ "createdAt": { "lte": moment } }), &than("<=")),
            (json!({ "createdAt": { "gt": moment } }), &than(">")),
            (json!({ "createdAt": { "gte": moment } }), &than(">=")),
            (
                json!({ "createdAt": { "in": [moment, first] } }),
                &than("="),
            ),
            (json!({ "createdAt": { "notIn": [moment] } }), &than("<>")),
            (
                json!({ "createdAt": { "between": { "from": first, "to": last } } }),
                &format!("it.created_at BETWEEN '{first}' AND '{last}'"),
            ),
            (
                json!({ "createdAt": { "between": { "from": moment, "to": moment } } }),
                &than("="),
            ),
            (
                json!({ "createdAt": { "between": { "from": last, "to": first } } }),
                "false",
            ),
            (
                json!({ "createdAt": { "gte": first, "lt": last } }),
                &format!("it.created_at >= '{first}' AND it.created_at < '{last}'"),
            ),
            (
                json!({ "createdAt": { "gt": "9999-12-31T23:59:59Z" } }),
                "false",
            ),
            (json!({ "createdAt": { "isNull": false } }), "true"),
        ],
    )
    .await;
    compare(
        &bench,
        &EVENTS,
        &[(
            json!({ "occurredAt": { "between": { "from": first, "to": last } } }),
            &format!("it.occurred_at BETWEEN '{first}' AND '{last}'"),
        )],
    )
    .await;
    for moment in [
        "-262143-01-01T00:00:00Z",
        "-9999-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "+262142-12-31T23:59:59Z",
    ] {
        let answer = bench
            .ask_with(
                "query($f: PhotoFilter) { photos(filter: $f) { totalCount } }",
                json!({ "f": { "createdAt": { "gt": moment } } }),
            )
            .await;
        assert!(
            answer.body["errors"].is_null() || answer.code() != "INTERNAL",
            "{moment}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn texts_with_anything_in_them() {
    let bench = Bench::northwind().await;
    let keys = [
        "q/a'b\"c",
        "q/back\\slash",
        "q/100%",
        "q/100x",
        "q/under_score",
        "q/underXscore",
        "q/ÄÖÜ",
        "q/äöü",
        "q/😀",
        "q/😀😀",
        "q/Case",
        "q/case",
        "q/tab\there",
        "q/$1",
        "q/{}",
        "q/ \u{7f}",
        "q/\u{10ffff}",
        "q/\u{d7ff}x",
        "q/\u{e000}x",
        "Q/upper",
        "q",
    ];
    for key in keys {
        support::execute(
            &bench.superuser,
            "INSERT INTO photos (organization_id, project_id, user_id, s3_url, s3_key)
             SELECT organization_id, id, manager_id, 's3://', $1 FROM projects WHERE name = 'Maple Street Reroof'",
            [key.into()],
        )
        .await
        .unwrap();
    }
    let keys_of = async |filter: Value| -> Vec<String> {
        let answer = bench
            .ask_with(
                "query($f: PhotoFilter) { photos(filter: $f, first: 100) { nodes { s3Key } } }",
                json!({ "f": filter }),
            )
            .await;
        let mut keys = super::bench::each(&answer.data()["photos"], "s3Key");
        keys.sort();
        keys
    };
    let ours = |holds: &dyn Fn(&str) -> bool| {
        let mut found: Vec<String> = keys
            .iter()
            .filter(|key| holds(key))
            .map(|key| (*key).to_owned())
            .collect();
        found.sort();
        found
    };
    let within = |part: Value| json!({ "and": [{ "s3Key": part }, { "or": [{ "s3Key": { "startsWith": "q" } }, { "s3Key": { "startsWith": "Q/" } }] }] });
    for key in keys {
        assert_eq!(keys_of(json!({ "s3Key": { "eq": key } })).await, [key]);
        assert_eq!(
            keys_of(json!({ "s3Key": { "in": [key, "nobody's"] } })).await,
            [key]
        );
        assert_eq!(
            keys_of(within(json!({ "ne": key }))).await,
            ours(&|other| other != key)
        );
        assert_eq!(
            keys_of(within(json!({ "notIn": [key] }))).await,
            ours(&|other| other != key)
        );
        // Upper and lower case are told apart at the beginning, and are the same within.
        assert_eq!(
            keys_of(within(json!({ "startsWith": key }))).await,
            ours(&|other| other.starts_with(key)),
            "{key:?}"
        );
        let lower = |text: &str| text.to_lowercase();
        assert_eq!(
            keys_of(within(json!({ "contains": key }))).await,
            ours(&|other| lower(other).contains(&lower(key))),
            "{key:?}"
        );
    }
    for part in ["%", "_", "\\", "'", "\"", "", "😀", "ö", "Ö", "$1"] {
        assert_eq!(
            keys_of(within(json!({ "contains": part }))).await,
            ours(&|other| other.to_lowercase().contains(&part.to_lowercase())),
            "{part:?}"
        );
    }
    for part in ["q/%", "q/_", "", "Q", "q/😀", "q/Ä"] {
        assert_eq!(
            keys_of(within(json!({ "startsWith": part }))).await,
            ours(&|other| other.starts_with(part)),
            "{part:?}"
        );
    }
    let long = "x".repeat(200_000);
    for operator in ["eq", "startsWith", "contains", "ne"] {
        let found = keys_of(within(json!({ operator: long }))).await;
        assert_eq!(found.len(), if operator == "ne" { keys.len() } else { 0 });
    }
}

/// PostgreSQL keeps no NUL. That is the sender's to know, wherever it stands, and no fault of ours.
#[tokio::test]
async fn a_character_that_no_text_holds_is_refused() {
    let bench = Bench::northwind().await;
    let photo = one(
        &bench,
        "SELECT id::text FROM photos WHERE s3_key LIKE 'maple-street/2026-09-16%' LIMIT 1",
    )
    .await;
    let project = one(
        &bench,
        "SELECT id::text FROM projects WHERE name = 'Maple Street Reroof'",
    )
    .await;
    for (document, variables) in [
        (
            "query($f: PhotoFilter) { photos(filter: $f) { totalCount } }",
            json!({ "f": { "s3Key": { "eq": "a\u{0}b" } } }),
        ),
        (
            "query($f: PhotoFilter) { photos(filter: $f) { totalCount } }",
            json!({ "f": { "s3Key": { "startsWith": "\u{0}" } } }),
        ),
        (
            "query($f: PhotoFilter) { photos(filter: $f) { totalCount } }",
            json!({ "f": { "s3Key": { "contains": "\u{0}" } } }),
        ),
        (
            "query($f: PhotoFilter) { photos(filter: $f) { totalCount } }",
            json!({ "f": { "exifData": { "path": ["a\u{0}"], "eq": 1 } } }),
        ),
        (
            "query($f: PhotoFilter) { photos(filter: $f) { totalCount } }",
            json!({ "f": { "exifData": { "path": ["Make"], "eq": "\u{0}" } } }),
        ),
        (
            "query($f: PhotoFilter) { photos(filter: $f) { totalCount } }",
            json!({ "f": { "exifData": { "path": ["Make"], "eq": { "\u{0}": 1 } } } }),
        ),
        (
            "query($n: String!) { label(name: $n) { name } }",
            json!({ "n": "\u{0}" }),
        ),
        ("{ label(name: \"a\\u0000\") { name } }", json!({})),
        (
            "mutation($i: AddTagsInput!) { addTags(input: $i) { errors { code } } }",
            json!({ "i": { "photoId": photo, "tags": ["\u{0}"] } }),
        ),
        (
            "mutation($i: UpdatePhotoInput!) { updatePhoto(input: $i) { errors { code } } }",
            json!({ "i": { "id": photo, "mimeType": "\u{0}" } }),
        ),
        (
            "mutation($i: UpdatePhotoInput!) { updatePhoto(input: $i) { errors { code } } }",
            json!({ "i": { "id": photo, "exifData": { "\u{0}": "\u{0}" } } }),
        ),
        (
            "mutation($i: ImportPhotosInput!) { importPhotos(input: $i) { errors { code } } }",
            json!({ "i": { "photos": [{ "projectId": project, "s3Url": "s3://", "s3Key": "a\u{0}" }] } }),
        ),
        // And moments that no calendar of PostgreSQL has.
        (
            "mutation($i: ImportPhotosInput!) { importPhotos(input: $i) { errors { code } } }",
            json!({ "i": { "photos": [{ "projectId": project, "s3Url": "s3://", "s3Key": "a", "uploadedAt": "-262143-01-01T00:00:00Z" }] } }),
        ),
        (
            "mutation($i: ImportPhotosInput!) { importPhotos(input: $i) { errors { code } } }",
            json!({ "i": { "photos": [{ "projectId": project, "s3Url": "s3://", "s3Key": "b", "uploadedAt": "0000-01-01T00:00:00Z" }] } }),
        ),
    ] {
        let answer = bench.ask_with(document, variables.clone()).await;
        if answer.body["errors"].is_null() {
            let payload = answer.data().as_object().unwrap().values().next().unwrap();
            assert_ne!(payload["errors"], json!([]), "{variables}: {}", answer.text);
        } else {
            assert!(
                ["BAD_REQUEST", "VALIDATION_FAILED"].contains(&answer.code()),
                "{variables}: {}",
                answer.text
            );
        }
    }
}

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

#[tokio::test]
async fn so_deep_and_so_long_and_no_further() {
    let bench = Bench::northwind().await;
    let document = "query($f: PhotoFilter) { photos(filter: $f) { totalCount } }";
    let nested = |depth: u32| {
        (0..depth).fold(json!({}), |inner, level| {
            if (depth - level) % 2 == 1 {
                json!({ "project": inner })
            } else {
                json!({ "photos": { "some": inner } })
            }
        })
    };
    for depth in 1..=4 {
        let answer = bench
            .ask_with(document, json!({ "f": nested(depth) }))
            .await;
        assert!(answer.data()["photos"]["totalCount"].as_i64().unwrap() > 0);
    }
    for wrong in [
        nested(5),
        json!({ "not": { "or": [{}, { "and": [nested(5)] }] } }),
    ] {
        let answer = bench.ask_with(document, json!({ "f": wrong })).await;
        assert_eq!(
            (answer.code(), answer.message()),
            ("BAD_REQUEST", "a filter follows at most 4 relations")
        );
    }
    let id = "018f0000-0000-7000-8000-000000000001";
    for operator in ["in", "notIn"] {
        for (filter, many) in [
            (json!({ "id": { operator: vec![id; 1000] } }), false),
            (json!({ "id": { operator: vec![id; 1001] } }), true),
            (json!({ "s3Key": { operator: vec!["a"; 1000] } }), false),
            (json!({ "s3Key": { operator: vec!["a"; 1001] } }), true),
            (
                json!({ "createdAt": { operator: vec!["2026-11-01T00:00:00Z"; 1001] } }),
                true,
            ),
            (
                json!({ "detections": { "some": { "detectionType": { operator: vec!["DAMAGE"; 1001] } } } }),
                true,
            ),
            (
                json!({ "not": { "detections": { "none": { "userConfirmed": { operator: vec![true; 1001] } } } } }),
                true,
            ),
        ] {
            let answer = bench.ask_with(document, json!({ "f": filter })).await;
            if many {
                assert_eq!(
                    (answer.code(), answer.message()),
                    (
                        "BAD_REQUEST",
                        "a list in a filter holds at most 1000 values, this one has 1001"
                    )
                );
            } else {
                answer.data();
            }
        }
    }
    let answer = bench
        .ask_with(
            document,
            json!({ "f": { "exifData": { "path": ["a"], "in": vec![1; 1001] } } }),
        )
        .await;
    assert_eq!(answer.code(), "BAD_REQUEST");
    for path in [json!([]), json!(vec!["a"; 17])] {
        let answer = bench
            .ask_with(
                document,
                json!({ "f": { "exifData": { "path": path, "eq": 1 } } }),
            )
            .await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
    }
    // Wide and deep without relations: as many conditions as there may be are answered, more are refused before any SQL is made.
    let wide = |number: usize| json!({ "or": vec![json!({ "s3Key": { "eq": "a" } }); number] });
    let deep = |number: usize| {
        (0..number).fold(
            json!({ "s3Key": { "ne": "a" } }),
            |inner, _| json!({ "not": inner }),
        )
    };
    let both = json!({ "and": vec![json!({ "or": vec![json!({ "not": { "s3Key": { "eq": "a" } } }); 12] }); 13] });
    for filter in [wide(249), deep(60), both] {
        bench
            .ask_with(document, json!({ "f": filter }))
            .await
            .data();
    }
    for filter in [
        wide(250),
        wide(20_000),
        json!({ "detections": { "none": { "or": vec![json!({}); 100_000] } } }),
    ] {
        let answer = bench.ask_with(document, json!({ "f": filter })).await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
        assert!(
            answer
                .message()
                .starts_with("a filter has at most 500 objects in it"),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn values_within_json() {
    let bench = Bench::northwind().await;
    let samples = [
        r#"{"a": 1, "s": "Apple", "list": [10, {"deep": "x"}, null], "n": null, "o": {"k": {"l": true}}}"#,
        r#"{"a": 2, "s": "apple pie", "list": [20], "o": {"k": {"l": false}}}"#,
        r#"{"a": "1", "s": 5, "list": {"0": 10}, "o": {"k": []}}"#,
        r#"{"a": 1.0, "s": "Ap%le_\\'\"", "we.ird key{}": 1, "0": "zero"}"#,
        r#"{"a": -3e2, "s": "", "big": 12345678901234567890, "t": true}"#,
        r"{}",
    ];
    for (n, sample) in samples.iter().enumerate() {
        support::execute(
            &bench.superuser,
            "INSERT INTO photos (organization_id, project_id, user_id, s3_url, s3_key, exif_data)
             SELECT organization_id, id, manager_id, 's3://', 'json/' || $1::int, $2::jsonb FROM projects WHERE name = 'Maple Street Reroof'",
            [i32::try_from(n).unwrap().into(), serde_json::from_str::<Value>(sample).unwrap().into()],
        )
        .await
        .unwrap();
    }
    for (condition, expected) in [
        (json!({ "path": ["a"], "eq": 1 }), vec![0, 3]),
        (json!({ "path": ["a"], "eq": 1.0 }), vec![0, 3]),
        (json!({ "path": ["a"], "eq": "1" }), vec![2]),
        (json!({ "path": ["a"], "ne": 1 }), vec![1, 2, 4]),
        (json!({ "path": ["a"], "in": [2, "1"] }), vec![1, 2]),
        (json!({ "path": ["a"], "in": [] }), vec![]),
        (json!({ "path": ["a"], "gt": 1 }), vec![1]),
        (json!({ "path": ["a"], "gte": 1 }), vec![0, 1, 3]),
        (json!({ "path": ["a"], "lt": 1 }), vec![4]),
        (json!({ "path": ["a"], "lte": 1 }), vec![0, 3, 4]),
        (json!({ "path": ["a"], "gt": "0" }), vec![2]),
        (json!({ "path": ["s"], "startsWith": "Ap" }), vec![0, 3]),
        (json!({ "path": ["s"], "startsWith": "Ap%" }), vec![3]),
        (json!({ "path": ["s"], "startsWith": "" }), vec![0, 1, 3, 4]),
        (json!({ "path": ["s"], "contains": "PPLE" }), vec![0, 1]),
        (json!({ "path": ["s"], "contains": "_\\'\"" }), vec![3]),
        (json!({ "path": ["s"], "contains": "5" }), vec![]),
        (json!({ "path": ["list", "0"], "eq": 10 }), vec![0, 2]),
        (json!({ "path": ["list", "1", "deep"], "eq": "x" }), vec![0]),
        (json!({ "path": ["list", "-1"], "eq": 20 }), vec![1]),
        (json!({ "path": ["list", "7"], "isNull": false }), vec![]),
        (json!({ "path": ["list"], "eq": [20] }), vec![1]),
        (json!({ "path": ["list"], "eq": { "0": 10 } }), vec![2]),
        (
            json!({ "path": ["n"], "isNull": true }),
            vec![0, 1, 2, 3, 4, 5],
        ),
        (
            json!({ "path": ["list", "2"], "isNull": true }),
            vec![0, 1, 2, 3, 4, 5],
        ),
        (json!({ "path": ["a"], "isNull": true }), vec![5]),
        (
            json!({ "path": ["a"], "isNull": false }),
            vec![0, 1, 2, 3, 4],
        ),
        (json!({ "path": ["o", "k", "l"], "eq": true }), vec![0]),
        (json!({ "path": ["o", "k", "l"], "ne": true }), vec![1]),
        (json!({ "path": ["o", "k"], "eq": {"l": true} }), vec![0]),
        (json!({ "path": ["o", "k"], "eq": [] }), vec![2]),
        (json!({ "path": ["we.ird key{}"], "eq": 1 }), vec![3]),
        (json!({ "path": ["0"], "eq": "zero" }), vec![3]),
        (json!({ "path": ["t"], "eq": true, "ne": false }), vec![4]),
        (
            json!({ "path": ["'; DROP TABLE photos; --"], "isNull": false }),
            vec![],
        ),
        (json!({ "path": ["{a,b}"], "isNull": false }), vec![]),
        (json!({ "path": [""], "isNull": false }), vec![]),
        (json!({ "path": ["a"] }), vec![0, 1, 2, 3, 4, 5]),
    ] {
        let filter = json!({ "s3Key": { "startsWith": "json/" }, "exifData": condition });
        let answer = bench
            .ask_with(
                "query($f: PhotoFilter) { photos(filter: $f, first: 100) { nodes { s3Key } } }",
                json!({ "f": filter }),
            )
            .await;
        let mut keys = super::bench::each(&answer.data()["photos"], "s3Key");
        keys.sort();
        let expected: Vec<String> = expected.iter().map(|n| format!("json/{n}")).collect();
        assert_eq!(keys, expected, "{condition}");
    }
}
