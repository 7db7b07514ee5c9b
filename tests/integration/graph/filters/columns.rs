//! Ids, flags, closed vocabularies and times.

use serde_json::{Value, json};

use super::{Bench, DETECTIONS, EVENTS, PHOTOS, PROJECTS, USERS, compare, one};

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
        // A variable that was forgotten must not find every row.
        json!({ "userId": { "eq": null } }),
        json!({ "userId": { "notIn": null } }),
        json!({ "createdAt": { "gte": null } }),
        json!({ "createdAt": { "between": null } }),
        json!({ "s3Key": { "contains": null } }),
        json!({ "exifData": { "path": ["Make"], "eq": null } }),
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
