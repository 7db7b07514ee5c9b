//! Texts with anything in them, and with what no text holds.

use serde_json::{Value, json};

use super::{Bench, one};
use crate::graph::bench::each;

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
        let mut keys = each(&answer.data()["photos"], "s3Key");
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
