//! What mutations write, what they say where they do not, and what the audit trail has of it.

use futures::future::join_all;
use sea_orm::TransactionTrait;
use serde_json::{Value, json};
use support::{Statements, column, execute, rows, value};

use super::bench::Bench;

/// One mutation with all of its errors; `shows` is what else is asked of the payload.
async fn mutate(
    bench: &Bench,
    token: &str,
    name: &str,
    shows: &str,
    input: &Value,
) -> (Value, String) {
    let kind = name[..1].to_uppercase() + &name[1..];
    let document = format!(
        "mutation($input: {kind}Input!) {{ it: {name}(input: $input) {{ {shows} errors {{ code path message }} }} }}"
    );
    let answer = bench
        .gateway
        .query(token, &document, json!({ "input": input }))
        .await;
    (
        answer.data()["it"].clone(),
        answer.header("x-request-id").to_owned(),
    )
}

/// The same, and nothing may be wrong.
async fn done(bench: &Bench, name: &str, shows: &str, input: Value) -> (Value, String) {
    let (payload, request) = mutate(bench, &bench.token, name, shows, &input).await;
    assert_eq!(payload["errors"], json!([]), "{name}");
    (payload, request)
}

/// Codes and paths of what is wrong; and nothing was changed.
async fn refused(
    bench: &Bench,
    token: &str,
    name: &str,
    shows: &str,
    input: Value,
) -> Vec<(String, String)> {
    let before = written(bench).await;
    let (payload, _) = mutate(bench, token, name, shows, &input).await;
    assert!(
        payload
            .as_object()
            .unwrap()
            .iter()
            .all(|(field, value)| field == "errors" || value.is_null()),
        "{payload}"
    );
    assert_eq!(written(bench).await, before, "{name} changed something");
    let mut errors: Vec<(String, String)> = payload["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let path: Vec<&str> = error["path"]
                .as_array()
                .unwrap()
                .iter()
                .map(|step| step.as_str().unwrap())
                .collect();
            (error["code"].as_str().unwrap().to_owned(), path.join("."))
        })
        .collect();
    errors.sort();
    errors
}

/// What the tables and the audit trail hold, in short.
async fn written(bench: &Bench) -> Vec<Option<String>> {
    let mut sums = Vec::new();
    for table in [
        "photos",
        "detections",
        "tags",
        "processing_events",
        "audit_logs",
    ] {
        sums.push(
            value(
                &bench.superuser,
                &format!(
                    "SELECT md5(string_agg(it::text, ' ' ORDER BY it::text)) FROM {table} AS it"
                ),
            )
            .await,
        );
    }
    sums
}

/// What the trail has of a request: action, resource and what changed, in the order of the actions.
async fn trail(bench: &Bench, request: &str) -> Vec<(String, String, Value)> {
    assert!(!request.is_empty());
    let sql = format!(
        "SELECT action, resource_id::text, metadata, actor_id = (SELECT id FROM users WHERE username = 'northwind.admin') AS by_admin,
         action LIKE resource_type || '.%' AS named, organization_id = (SELECT id FROM organizations WHERE slug = 'northwind') AS ours
         FROM audit_logs WHERE request_id = '{request}' ORDER BY action, resource_id"
    );
    let mut found = Vec::new();
    for row in rows(&bench.superuser, &sql).await {
        for fact in ["by_admin", "named", "ours"] {
            assert!(row.try_get::<bool>("", fact).unwrap(), "{fact}");
        }
        found.push((
            row.try_get("", "action").unwrap(),
            row.try_get("", "resource_id").unwrap(),
            row.try_get("", "metadata").unwrap(),
        ));
    }
    found
}

async fn id(bench: &Bench, sql: &str) -> String {
    value(&bench.superuser, sql).await
}

async fn project(bench: &Bench, name: &str) -> String {
    id(
        bench,
        &format!("SELECT id::text FROM projects WHERE name = '{name}'"),
    )
    .await
}

async fn photo(bench: &Bench, like: &str) -> String {
    id(bench, &format!("SELECT id::text FROM photos WHERE s3_key LIKE '{like}' AND deleted_at IS NULL ORDER BY s3_key LIMIT 1")).await
}

const MAPLE: &str = "Maple Street Reroof";

#[tokio::test]
async fn a_photo_from_its_import_to_its_end() {
    let bench = Bench::northwind().await;
    let maple = project(&bench, MAPLE).await;
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
    let told: Vec<String> = trail(&bench, &request)
        .await
        .into_iter()
        .map(|row| row.0)
        .collect();
    assert_eq!(told, ["detection.create", "tag.create"]);
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
    // What only the schema of the database refuses is told by the name of the constraint.
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

#[tokio::test]
async fn two_of_one_key_at_the_same_moment() {
    let bench = Bench::northwind().await;
    let input = json!({ "photos": [{ "projectId": project(&bench, MAPLE).await, "s3Url": "s3://", "s3Key": "same" }] });
    // Both find the key free, and both wait to write it.
    let lock = bench.superuser.begin().await.unwrap();
    execute(&lock, "LOCK TABLE photos IN SHARE MODE", [])
        .await
        .unwrap();
    let both = join_all([0, 1].map(|_| {
        mutate(
            &bench,
            &bench.token,
            "importPhotos",
            "photos { id }",
            &input,
        )
    }));
    let (payloads, ()) = tokio::join!(both, async {
        bench.running(2, true).await;
        lock.commit().await.unwrap();
    });
    let errors: Vec<&Value> = payloads
        .iter()
        .map(|(payload, _)| &payload["errors"])
        .collect();
    assert_eq!(
        errors
            .iter()
            .filter(|errors| ***errors == json!([]))
            .count(),
        1,
        "{errors:?}"
    );
    let error = errors.iter().find(|errors| ***errors != json!([])).unwrap();
    assert_eq!(
        (
            &error[0]["code"],
            error[0]["path"].as_array().unwrap().last().unwrap()
        ),
        (&json!("ALREADY_EXISTS"), &json!("s3Key"))
    );
    for ((payload, request), expected) in payloads
        .iter()
        .map(|it| (it, usize::from(it.0["errors"] == json!([]))))
    {
        assert_eq!(trail(&bench, request).await.len(), expected, "{payload}");
    }
    assert_eq!(
        value::<i64, _>(
            &bench.superuser,
            "SELECT count(*) FROM photos WHERE s3_key = 'same'"
        )
        .await,
        1
    );
}

#[tokio::test]
async fn of_two_writers_who_saw_the_same_one_wins() {
    let bench = Bench::northwind().await;
    let photo = photo(&bench, "maple-street/%").await;
    let seen = async || {
        bench
            .data(
                "query($id: ID!) { photo(id: $id) { updatedAt } }",
                json!({ "id": photo }),
            )
            .await["photo"]["updatedAt"]
            .clone()
    };
    let since = seen().await;
    done(
        &bench,
        "updatePhoto",
        "photo { id }",
        json!({ "id": photo, "width": 100, "ifUnchangedSince": since }),
    )
    .await;
    let conflict = [("CONFLICT".to_owned(), "input.ifUnchangedSince".to_owned())];
    for mutation in ["updatePhoto", "deletePhoto"] {
        let mut input = json!({ "id": photo, "ifUnchangedSince": since });
        if mutation == "updatePhoto" {
            input["width"] = json!(5);
        }
        assert_eq!(
            refused(&bench, &bench.token, mutation, "photo { id }", input).await,
            conflict
        );
    }
    let nobody = json!({ "id": "018f0000-0000-7000-8000-000000000001", "width": 1, "ifUnchangedSince": since });
    assert_eq!(
        refused(&bench, &bench.token, "updatePhoto", "photo { id }", nobody).await,
        [("NOT_FOUND".to_owned(), "input.id".to_owned())]
    );

    for with_since in [true, false] {
        let since = seen().await;
        let lock = bench.superuser.begin().await.unwrap();
        execute(
            &lock,
            &format!("SELECT FROM photos WHERE id = '{photo}' FOR UPDATE"),
            [],
        )
        .await
        .unwrap();
        let inputs = [11, 12].map(|width| {
            if with_since {
                json!({ "id": photo, "width": width, "ifUnchangedSince": since })
            } else {
                json!({ "id": photo, "width": width })
            }
        });
        let both = join_all(inputs.iter().map(|input| {
            mutate(
                &bench,
                &bench.token,
                "updatePhoto",
                "photo { width }",
                input,
            )
        }));
        let (payloads, ()) = tokio::join!(both, async {
            bench.running(2, true).await;
            lock.commit().await.unwrap();
        });
        let won: Vec<&Value> = payloads
            .iter()
            .filter(|it| it.0["errors"] == json!([]))
            .map(|it| &it.0["photo"]["width"])
            .collect();
        assert_eq!(won.len(), if with_since { 1 } else { 2 }, "{payloads:?}");
        for (payload, request) in &payloads {
            if payload["errors"] == json!([]) {
                let told = trail(&bench, request).await;
                assert_eq!(told[0].2["after"]["width"], payload["photo"]["width"]);
            } else {
                assert_eq!(payload["errors"][0]["code"], "CONFLICT");
                assert_eq!(trail(&bench, request).await, []);
            }
        }
        let width: i32 = value(
            &bench.superuser,
            &format!("SELECT width FROM photos WHERE id = '{photo}'"),
        )
        .await;
        assert!(won.contains(&&json!(width)));
    }
}

#[tokio::test]
async fn a_photo_moves_with_all_that_hangs_on_it_and_only_where_its_mover_may_go() {
    let bench = Bench::northwind().await;
    let photo = id(&bench, "SELECT photo_id::text FROM tags JOIN photos ON photos.id = photo_id WHERE s3_key LIKE 'maple-street/%' AND detection_id IS NOT NULL LIMIT 1").await;
    let (maple, harbor, library) = (
        project(&bench, MAPLE).await,
        project(&bench, "Harbor View Apartments").await,
        project(&bench, "Municipal Library Bid").await,
    );
    // A member of Maple Street and of Harbor View.
    let member = bench
        .gateway
        .token("northwind", "contractor@northwind.example")
        .await;
    let moved = |to: &str| json!({ "id": photo, "projectId": to });
    assert_eq!(
        refused(
            &bench,
            &member,
            "updatePhoto",
            "photo { id }",
            moved(&library)
        )
        .await,
        [("NOT_FOUND".to_owned(), "input.projectId".to_owned())]
    );
    let (payload, _) = mutate(
        &bench,
        &member,
        "updatePhoto",
        "photo { project { id } detections { totalCount } }",
        &moved(&harbor),
    )
    .await;
    assert_eq!(
        (&payload["errors"], &payload["photo"]["project"]["id"]),
        (&json!([]), &json!(harbor))
    );
    for table in ["detections", "tags", "processing_events"] {
        let projects: Vec<String> = column(
            &bench.superuser,
            &format!("SELECT DISTINCT project_id::text FROM {table} WHERE photo_id = '{photo}'"),
        )
        .await;
        assert_eq!(projects, [harbor.clone()], "{table}");
    }
    // Who is a member of Maple Street alone does not see it any more, nor can they take it back.
    let user = bench
        .gateway
        .token("northwind", "viewer@northwind.example")
        .await;
    let seen = bench
        .gateway
        .query(
            &user,
            "query($id: ID!) { photo(id: $id) { id } }",
            json!({ "id": photo }),
        )
        .await;
    assert_eq!(*seen.data(), json!({ "photo": null }));
    // The admin may go anywhere.
    done(&bench, "updatePhoto", "photo { id }", moved(&library)).await;
    assert_eq!(
        refused(
            &bench,
            &member,
            "updatePhoto",
            "photo { id }",
            moved(&maple)
        )
        .await,
        [("NOT_FOUND".to_owned(), "input.id".to_owned())]
    );
}

#[tokio::test]
async fn a_thousand_detections_at_once() {
    let bench = Bench::northwind().await;
    let photos: Vec<String> = column(
        &bench.superuser,
        "SELECT id::text FROM photos WHERE s3_key LIKE 'maple-street/%' ORDER BY id LIMIT 10",
    )
    .await;
    let detection = |n: usize| json!({ "photoId": photos[n % 10], "detectionType": "DAMAGE", "results": { "label": format!("no. {n}") }, "tags": [{ "tag": format!("bulk {n}") }] });
    let mut all: Vec<Value> = (0..1000).map(detection).collect();
    let good = json!({ "detections": all });
    all[999]["results"] = json!({});
    let errors = refused(
        &bench,
        &bench.token,
        "recordDetections",
        "detections { id }",
        json!({ "detections": all }),
    )
    .await;
    assert_eq!(
        errors,
        [(
            "INVALID".to_owned(),
            "input.detections.999.results".to_owned()
        )]
    );
    let statements = Statements::watch();
    let (payload, request) = done(
        &bench,
        "recordDetections",
        "detections { photoId results }",
        good,
    )
    .await;
    let asked = statements.take();
    // Photos, detections, tags, trail.
    assert_eq!(asked.len(), 4, "{asked:#?}");
    let recorded = payload["detections"].as_array().unwrap();
    assert_eq!(recorded.len(), 1000);
    for (n, detection) in recorded.iter().enumerate() {
        assert_eq!(
            (&detection["photoId"], &detection["results"]["label"]),
            (&json!(photos[n % 10]), &json!(format!("no. {n}")))
        );
    }
    assert_eq!(trail(&bench, &request).await.len(), 2000);
}

#[tokio::test]
async fn each_mutation_of_a_document_stands_for_itself() {
    let bench = Bench::northwind().await;
    let photo = photo(&bench, "maple-street/%").await;
    let answer = bench
        .ask_with(
            "mutation($id: ID!, $nobody: ID!) {
               first: updatePhoto(input: { id: $id, width: 111 }) { photo { width height } errors { code } }
               second: updatePhoto(input: { id: $id, width: 0 }) { photo { width } errors { code } }
               third: updatePhoto(input: { id: $nobody, width: 3 }) { photo { width } errors { code } }
               fourth: updatePhoto(input: { id: $id, height: 222 }) { photo { width height } errors { code } }
             }",
            json!({ "id": photo, "nobody": "018f0000-0000-7000-8000-000000000001" }),
        )
        .await;
    let data = answer.data();
    assert_eq!(
        (
            &data["second"]["errors"][0]["code"],
            &data["third"]["errors"][0]["code"]
        ),
        (&json!("INVALID"), &json!("NOT_FOUND"))
    );
    assert_eq!(
        data["fourth"]["photo"],
        json!({ "width": 111, "height": 222 })
    );
    let told = trail(&bench, answer.header("x-request-id")).await;
    assert_eq!(told.len(), 2);
    // One that fails altogether: by an id that no statement could take, after one that was done.
    let answer = bench
        .ask_with(
            "mutation($id: ID!) { first: updatePhoto(input: { id: $id, width: 333 }) { photo { width } } second: updatePhoto(input: { id: $id, mimeType: \"\\u0000\" }) { photo { width } } }",
            json!({ "id": photo }),
        )
        .await;
    assert_eq!(answer.code(), "BAD_REQUEST");
    assert_eq!(
        value::<i32, _>(
            &bench.superuser,
            &format!("SELECT width FROM photos WHERE id = '{photo}'")
        )
        .await,
        333
    );
}
