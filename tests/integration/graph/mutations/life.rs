//! A photo from its import to its end, and what is said of it on the way.

use serde_json::{Value, json};

use super::{Bench, MAPLE, done, photo, project, refused, trail};

#[tokio::test]
async fn a_photo_from_its_import_to_its_end() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
    // Room for photos of as many bytes as a number can say.
    bench
        .arrange("UPDATE organizations SET max_storage_gb = 100000000 WHERE slug = 'northwind'")
        .await;
    let new = |key: &str| {
        json!({ "projectId": maple, "s3Url": format!("s3://b/{key}"), "s3Key": key, "width": 4, "fileSizeBytes": 9_007_199_254_740_991_i64,
        "exifData": { "Make": "Ä\"'", "list": [1, 2.5, null] }, "uploadedAt": "2026-11-01T10:00:00.123456Z" })
    };
    let shows = "photos { id s3Key width height fileSizeBytes exifData status uploadedAt createdAt updatedAt user { username } project { id } tags { totalCount } }";
    let (payload, request) = done(
        &bench,
        "importPhotos",
        shows,
        json!({ "photos": [new("new/2"), new("new/1")] }),
    )
    .await;
    let photos = payload["photos"].as_array().unwrap();
    assert_eq!(
        (&photos[0]["s3Key"], &photos[1]["s3Key"]),
        (&json!("new/2"), &json!("new/1"))
    );
    assert_eq!(photos[0]["exifData"], new("")["exifData"]);
    assert_eq!(photos[0]["status"], "STORED");
    assert_eq!(photos[0]["uploadedAt"], "2026-11-01T10:00:00.123456+00:00");
    assert_eq!(photos[0]["user"]["username"], "northwind.admin");
    let told = trail(&bench, &request).await;
    assert_eq!(
        told.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
        ["photo.create"; 2]
    );

    let photo = photos[0]["id"].as_str().unwrap().to_owned();
    let read = async || {
        bench.data("query($id: ID!) { photo(id: $id) { id width height exifData mimeType updatedAt } }", json!({ "id": photo })).await["photo"].clone()
    };
    let before = read().await;
    // What is left out stays, null empties, a value replaces.
    let (payload, request) = done(
        &bench,
        "updatePhoto",
        "photo { id width height exifData mimeType updatedAt }",
        json!({ "id": photo, "exifData": null, "height": 7 }),
    )
    .await;
    assert_eq!(payload["photo"], read().await);
    assert_eq!(
        (
            &payload["photo"]["width"],
            &payload["photo"]["height"],
            &payload["photo"]["exifData"]
        ),
        (&json!(4), &json!(7), &Value::Null)
    );
    assert_ne!(payload["photo"]["updatedAt"], before["updatedAt"]);
    assert_eq!(
        trail(&bench, &request).await,
        [(
            "photo.update".to_owned(),
            photo.clone(),
            json!({ "before": { "exif_data": before["exifData"], "height": null }, "after": { "exif_data": null, "height": 7 } })
        )]
    );

    let (payload, request) = done(
        &bench,
        "deletePhoto",
        "photo { id tags { totalCount } }",
        json!({ "id": photo }),
    )
    .await;
    assert_eq!(payload["photo"]["id"], *photo);
    assert_eq!(read().await, Value::Null);
    let told = trail(&bench, &request).await;
    assert_eq!(
        (
            told.len(),
            told[0].0.as_str(),
            &told[0].2["before"]["deleted_at"]
        ),
        (1, "photo.delete", &Value::Null)
    );
    for (mutation, input) in [
        ("deletePhoto", json!({ "id": photo })),
        ("updatePhoto", json!({ "id": photo, "width": 1 })),
        ("addTags", json!({ "photoId": photo, "tags": ["a"] })),
    ] {
        let field = if mutation == "addTags" {
            "input.photoId"
        } else {
            "input.id"
        };
        assert_eq!(
            refused(&bench, &bench.token, mutation, "photo { id }", input).await,
            [("NOT_FOUND".to_owned(), field.to_owned())]
        );
    }
    let (payload, request) = done(
        &bench,
        "restorePhoto",
        "photo { id height }",
        json!({ "id": photo }),
    )
    .await;
    assert_eq!(payload["photo"]["height"], 7);
    assert_eq!(read().await["height"], 7);
    assert_eq!(trail(&bench, &request).await[0].0, "photo.restore");
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "restorePhoto",
            "photo { id }",
            json!({ "id": photo })
        )
        .await,
        [("NOT_FOUND".to_owned(), "input.id".to_owned())]
    );
}

#[tokio::test]
async fn what_models_see_and_people_say() {
    let bench = Bench::northwind().await;
    let photo = photo(&bench, "maple-street/2026-11-17%").await;
    let saw = json!({ "photoId": photo, "detectionType": "DAMAGE", "results": { "label": "hail", "boxes": [[1, 2, 3, 4.5]] }, "confidence": 0.1, "processingTimeMs": 12, "modelVersion": "m",
        "tags": [{ "tag": "dent", "confidence": 0.3 }, { "tag": "dent" }] });
    let (payload, request) = done(&bench, "recordDetections", "detections { id confidence results userConfirmed tags { nodes { id tag source confidence } } }", json!({ "detections": [saw] })).await;
    let detection = payload["detections"][0].clone();
    assert_eq!(
        (
            &detection["confidence"],
            &detection["results"],
            &detection["userConfirmed"]
        ),
        (&json!(0.1), &saw["results"], &json!(false))
    );
    assert_eq!(detection["tags"]["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(detection["tags"]["nodes"][0]["source"], "AI");
    // Labels that came of a detection are told of with it.
    let told = trail(&bench, &request).await;
    assert_eq!((told.len(), told[0].0.as_str()), (1, "detection.create"));
    assert_eq!(told[0].2, json!({ "tags": ["dent", "dent"] }));
    let it = detection["id"].clone();

    for (mutation, confirmed, action) in [
        ("confirmDetection", true, "detection.confirm"),
        ("rejectDetection", false, "detection.reject"),
    ] {
        let (payload, request) = done(
            &bench,
            mutation,
            "detection { userConfirmed userFeedback confirmedAt confirmedBy { username } }",
            json!({ "id": it, "feedback": { "why": action } }),
        )
        .await;
        let said = &payload["detection"];
        assert_eq!(
            (
                &said["userConfirmed"],
                &said["userFeedback"]["why"],
                &said["confirmedBy"]["username"]
            ),
            (&json!(confirmed), &json!(action), &json!("northwind.admin"))
        );
        assert!(said["confirmedAt"].is_string());
        let told = trail(&bench, &request).await;
        assert_eq!(
            (
                told.len(),
                told[0].0.as_str(),
                &told[0].2["after"]["user_confirmed"]
            ),
            (1, action, &json!(confirmed))
        );
    }
    // Labels of people; one that is there already stays.
    let (payload, request) = done(
        &bench,
        "addTags",
        "photo { tags(first: 100) { nodes { id tag source detectionId } } }",
        json!({ "photoId": photo, "tags": ["dent", "wet", "wet"] }),
    )
    .await;
    let tags = payload["photo"]["tags"]["nodes"]
        .as_array()
        .unwrap()
        .clone();
    let mine: Vec<&Value> = tags
        .iter()
        .filter(|tag| {
            tag["source"] == "USER" && ["dent", "wet"].contains(&tag["tag"].as_str().unwrap())
        })
        .collect();
    assert_eq!(mine.len(), 2, "{tags:?}");
    assert_eq!(trail(&bench, &request).await.len(), 2);
    let (_, request) = done(
        &bench,
        "addTags",
        "photo { id }",
        json!({ "photoId": photo, "tags": ["dent", "wet"] }),
    )
    .await;
    assert_eq!(trail(&bench, &request).await.len(), 0);
    let ids: Vec<&Value> = mine.iter().map(|tag| &tag["id"]).collect();
    let (payload, request) = done(
        &bench,
        "removeTags",
        "removedIds",
        json!({ "ids": [ids[0], ids[1], ids[0], "018f0000-0000-7000-8000-000000000001"] }),
    )
    .await;
    assert_eq!(payload["removedIds"].as_array().unwrap().len(), 2);
    let told = trail(&bench, &request).await;
    assert_eq!((told.len(), told[0].0.as_str()), (2, "tag.delete"));
    assert!(told.iter().all(|row| row.2["before"]["tag"].is_string()));

    let events = json!([{ "photoId": photo, "stage": "COMPLETED", "detectionId": it, "durationMs": 5, "detail": { "host": "x" }, "occurredAt": "2026-11-01T00:00:00Z" }, { "photoId": photo, "stage": "QUEUED" }]);
    let (payload, request) = done(
        &bench,
        "recordProcessingEvents",
        "events { id stage occurredAt detection { id } }",
        json!({ "events": events }),
    )
    .await;
    assert_eq!(
        (
            &payload["events"][0]["stage"],
            &payload["events"][1]["stage"],
            &payload["events"][0]["detection"]["id"]
        ),
        (&json!("COMPLETED"), &json!("QUEUED"), &it)
    );
    assert_eq!(trail(&bench, &request).await.len(), 2);
    let found = bench.data("query($d: ID!) { processingTimeline(filter: { detectionId: { eq: $d } }) { nodes { stage } } }", json!({ "d": it })).await;
    assert_eq!(
        found["processingTimeline"]["nodes"],
        json!([{ "stage": "COMPLETED" }])
    );
}
