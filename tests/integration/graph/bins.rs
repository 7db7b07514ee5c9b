//! What lies in the bin hides what hangs under it, wherever one looks, and gives it back when it is restored.

use serde_json::{Value, json};
use support::value;

use super::bench::Bench;

/// Every way to what hangs under the project: how much is seen on each.
async fn seen(bench: &Bench, ids: &Value) -> Value {
    let answer = bench
        .ask_with(
            "query($photo: ID!, $detection: ID!, $tag: ID!, $uploader: ID!) {
               photos(first: 0, filter: { id: { eq: $photo } }) { totalCount }
               listed: photos(filter: { id: { eq: $photo } }) { nodes { id detections { totalCount nodes { id tags { nodes { id } } } } tags { totalCount } } }
               photo(id: $photo) { id }
               detections(filter: { id: { eq: $detection } }) { totalCount nodes { id photo { id } } }
               detection(id: $detection) { id tags { nodes { id } } }
               nodes(ids: [$photo, $detection, $tag]) { __typename id }
               user(id: $uploader) { photos(filter: { id: { eq: $photo } }) { totalCount nodes { id } } }
               label(name: \"in the bin\") { photos { totalCount nodes { id } } }
               photoStats(filter: { id: { eq: $photo } }) { count }
               detectionStats(filter: { id: { eq: $detection } }) { count }
               processingTimeline(filter: { photoId: { eq: $photo } }) { nodes { id } }
             }",
            ids.clone(),
        )
        .await;
    answer.data().clone()
}

async fn change(bench: &Bench, mutation: &str, input: Value) -> Value {
    let name = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
    let answer = bench
        .ask_with(
            &format!("mutation($input: {name}Input!) {{ it: {mutation}(input: $input) {{ errors {{ code path }} }} }}"),
            json!({ "input": input }),
        )
        .await;
    answer.data()["it"]["errors"].clone()
}

/// A photo of a project with all that may hang under it.
async fn arranged(bench: &Bench) -> (Value, String) {
    let photo: String = value(
        &bench.superuser,
        "SELECT id::text FROM photos WHERE s3_key LIKE 'maple-street/%' AND deleted_at IS NULL ORDER BY s3_key LIMIT 1",
    )
    .await;
    let recorded = bench
        .ask_with(
            "mutation($input: RecordDetectionsInput!) { recordDetections(input: $input) { detections { id photo { project { id } user { id } } tags { nodes { id } } } errors { code } } }",
            json!({ "input": { "detections": [{ "photoId": photo, "detectionType": "DAMAGE", "results": { "label": "hail" }, "tags": [{ "tag": "in the bin" }] }] } }),
        )
        .await;
    let detection = recorded.data()["recordDetections"]["detections"][0].clone();
    assert_eq!(
        change(
            bench,
            "recordProcessingEvents",
            json!({ "events": [{ "photoId": photo, "stage": "QUEUED" }] })
        )
        .await,
        json!([])
    );
    let ids = json!({
        "photo": photo,
        "detection": detection["id"],
        "tag": detection["tags"]["nodes"][0]["id"],
        "uploader": detection["photo"]["user"]["id"],
    });
    let project = detection["photo"]["project"]["id"].as_str().unwrap();
    (ids, project.to_owned())
}

fn nothing() -> Value {
    json!({
        "photos": { "totalCount": 0 },
        "listed": { "nodes": [] },
        "photo": null,
        "detections": { "totalCount": 0, "nodes": [] },
        "detection": null,
        "nodes": [null, null, null],
        "user": { "photos": { "totalCount": 0, "nodes": [] } },
        "label": null,
        "photoStats": [{ "count": 0 }],
        "detectionStats": [{ "count": 0 }],
        "processingTimeline": { "nodes": [] },
    })
}

async fn refuses_changes(bench: &Bench, ids: &Value) {
    let not_found = |path: &[&str]| json!([{ "code": "NOT_FOUND", "path": path }]);
    for (mutation, input, path) in [
        (
            "updatePhoto",
            json!({ "id": ids["photo"], "width": 7 }),
            vec!["input", "id"],
        ),
        (
            "confirmDetection",
            json!({ "id": ids["detection"] }),
            vec!["input", "id"],
        ),
        (
            "addTags",
            json!({ "photoId": ids["photo"], "tags": ["x"] }),
            vec!["input", "photoId"],
        ),
        (
            "recordDetections",
            json!({ "detections": [{ "photoId": ids["photo"], "detectionType": "DAMAGE", "results": { "label": "x" } }] }),
            vec!["input", "detections", "0", "photoId"],
        ),
    ] {
        assert_eq!(
            change(bench, mutation, input).await,
            not_found(&path),
            "{mutation}"
        );
    }
    // What is not there is not missed.
    assert_eq!(
        change(bench, "removeTags", json!({ "ids": [ids["tag"]] })).await,
        json!([])
    );
}

#[tokio::test]
async fn a_project_in_the_bin_hides_its_photos_and_all_that_is_theirs() {
    let bench = Bench::northwind().await;
    let (ids, project) = arranged(&bench).await;
    let before = seen(&bench, &ids).await;
    assert_ne!(before, nothing());
    assert_eq!(
        change(&bench, "deleteProject", json!({ "id": project })).await,
        json!([])
    );
    assert_eq!(seen(&bench, &ids).await, nothing());
    refuses_changes(&bench, &ids).await;
    assert_eq!(
        change(&bench, "restoreProject", json!({ "id": project })).await,
        json!([])
    );
    assert_eq!(seen(&bench, &ids).await, before);
}

#[tokio::test]
async fn a_photo_in_the_bin_hides_its_detections_labels_and_events() {
    let bench = Bench::northwind().await;
    let (ids, _) = arranged(&bench).await;
    let before = seen(&bench, &ids).await;
    assert_eq!(
        change(&bench, "deletePhoto", json!({ "id": ids["photo"] })).await,
        json!([])
    );
    assert_eq!(seen(&bench, &ids).await, nothing());
    refuses_changes(&bench, &ids).await;
    // And the project over it keeps the photo in its bin.
    assert_eq!(
        change(&bench, "restorePhoto", json!({ "id": ids["photo"] })).await,
        json!([])
    );
    assert_eq!(seen(&bench, &ids).await, before);
}
