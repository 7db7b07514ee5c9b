//! What is wrong with an input is told all at once, with the place of each.

use serde_json::json;

use super::{Bench, MAPLE, id, mutate, photo, project, refused};

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let bench = Bench::northwind().await;
    let (maple, photo) = (
        project(&bench, MAPLE).await,
        photo(&bench, "maple-street/%").await,
    );
    let taken = id(
        &bench,
        "SELECT s3_key FROM photos WHERE deleted_at IS NOT NULL LIMIT 1",
    )
    .await;
    let nobody = "018f0000-0000-7000-8000-000000000001";
    let secret = "do not send this back";
    let errors = refused(
        &bench,
        &bench.token,
        "importPhotos",
        "photos { id }",
        json!({ "photos": [
            { "projectId": maple, "s3Url": "s3://", "s3Key": "good" },
            { "projectId": nobody, "s3Url": "", "s3Key": "x".repeat(1025), "width": 0, "height": -1, "fileSizeBytes": 0, "exifData": [] },
            { "projectId": maple, "s3Url": "s3://", "s3Key": "good" },
            { "projectId": maple, "s3Url": "s3://", "s3Key": taken },
        ] }),
    )
    .await;
    let is = |code: &str, path: &str| (code.to_owned(), format!("input.{path}"));
    assert_eq!(
        errors,
        [
            is("ALREADY_EXISTS", "photos.2.s3Key"),
            is("ALREADY_EXISTS", "photos.3.s3Key"),
            is("INVALID", "photos.1.exifData"),
            is("INVALID", "photos.1.fileSizeBytes"),
            is("INVALID", "photos.1.height"),
            is("INVALID", "photos.1.s3Key"),
            is("INVALID", "photos.1.s3Url"),
            is("INVALID", "photos.1.width"),
            is("NOT_FOUND", "photos.1.projectId"),
        ]
    );
    let good = json!({ "photoId": photo, "detectionType": "DAMAGE", "results": { "label": "x" } });
    let input = json!({ "detections": [good, {
        "photoId": nobody, "detectionType": "VOLUME", "confidence": 1.5, "processingTimeMs": 0, "modelVersion": "",
        "results": { "boxes": [[1, 2, 3], ["a", 0, 0, 0]], "measurements": [{ "name": 7 }], "unit": [secret], "x".repeat(10_000): 1 },
        "tags": [{ "tag": "" }, { "tag": "x".repeat(101), "confidence": -0.1 }] }] });
    let (payload, _) = mutate(
        &bench,
        &bench.token,
        "recordDetections",
        "detections { id }",
        &input,
    )
    .await;
    let said = payload["errors"].to_string();
    assert!(!said.contains(secret) && said.len() < 5_000, "{said}");
    let errors = refused(
        &bench,
        &bench.token,
        "recordDetections",
        "detections { id }",
        input,
    )
    .await;
    for (code, path) in [
        ("NOT_FOUND", "detections.1.photoId"),
        ("INVALID", "detections.1.confidence"),
        ("INVALID", "detections.1.processingTimeMs"),
        ("INVALID", "detections.1.modelVersion"),
        ("INVALID", "detections.1.results.boxes.0"),
        ("INVALID", "detections.1.results.boxes.1.0"),
        ("INVALID", "detections.1.results.measurements.0.name"),
        ("INVALID", "detections.1.results.measurements.0"),
        ("INVALID", "detections.1.results"),
        ("INVALID", "detections.1.tags.0.tag"),
        ("INVALID", "detections.1.tags.1.tag"),
        ("INVALID", "detections.1.tags.1.confidence"),
    ] {
        assert!(errors.contains(&is(code, path)), "{path}: {errors:?}");
    }
    assert!(
        errors
            .iter()
            .all(|(_, path)| path.starts_with("input.detections.1.")),
        "{errors:?}"
    );
    let other = id(
        &bench,
        &format!("SELECT id::text FROM detections WHERE photo_id <> '{photo}' LIMIT 1"),
    )
    .await;
    let errors = refused(
        &bench,
        &bench.token,
        "recordProcessingEvents",
        "events { id }",
        json!({ "events": [{ "photoId": photo, "stage": "QUEUED" }, { "photoId": photo, "stage": "FAILED", "detectionId": other, "durationMs": -1, "modelVersion": "x".repeat(101), "detail": "text" }] }),
    )
    .await;
    assert_eq!(
        errors,
        [
            is("INVALID", "events.1.detail"),
            is("INVALID", "events.1.durationMs"),
            is("INVALID", "events.1.modelVersion"),
            is("NOT_FOUND", "events.1.detectionId")
        ]
    );
    let errors = refused(&bench, &bench.token, "updatePhoto", "photo { id }", json!({ "id": photo, "projectId": nobody, "width": 0, "height": 0, "fileSizeBytes": -1, "exifData": 1 })).await;
    assert_eq!(
        errors,
        [
            is("INVALID", "exifData"),
            is("INVALID", "fileSizeBytes"),
            is("INVALID", "height"),
            is("INVALID", "width"),
            is("NOT_FOUND", "projectId")
        ]
    );
    let errors = refused(
        &bench,
        &bench.token,
        "updatePhoto",
        "photo { id }",
        json!({ "id": photo }),
    )
    .await;
    assert_eq!(errors, [("INVALID".to_owned(), "input".to_owned())]);
    let errors = refused(
        &bench,
        &bench.token,
        "addTags",
        "photo { id }",
        json!({ "photoId": nobody, "tags": ["", "x".repeat(101)] }),
    )
    .await;
    assert_eq!(
        errors,
        [
            is("INVALID", "tags.0"),
            is("INVALID", "tags.1"),
            is("NOT_FOUND", "photoId")
        ]
    );
    for (mutation, shows, field, item) in [
        (
            "importPhotos",
            "photos { id }",
            "photos",
            json!({ "projectId": maple, "s3Url": "s3://", "s3Key": "k" }),
        ),
        (
            "recordDetections",
            "detections { id }",
            "detections",
            good.clone(),
        ),
        ("addTags", "photo { id }", "tags", json!("t")),
        ("removeTags", "removedIds", "ids", json!(nobody)),
        (
            "recordProcessingEvents",
            "events { id }",
            "events",
            json!({ "photoId": photo, "stage": "QUEUED" }),
        ),
    ] {
        for items in [vec![], vec![item; 1001]] {
            let mut input = json!({ field: items });
            if mutation == "addTags" {
                input["photoId"] = json!(photo);
            }
            assert_eq!(
                refused(&bench, &bench.token, mutation, shows, input).await,
                [is("INVALID", field)],
                "{mutation}"
            );
        }
    }
}
