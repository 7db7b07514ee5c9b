//! Documents: what is refused, how far their processing may go, the quota they count towards, and the bin.

use futures::future::join_all;
use serde_json::{Value, json};
use support::value;

use super::{document, done, faults, northwind, project, somebody, told};

#[tokio::test]
async fn all_that_is_wrong_with_a_document_is_told_at_once() {
    let bench = northwind().await;
    let long = "x".repeat(256);
    let input = json!({
        "projectId": "00000000-0000-4000-8000-000000000000", "title": "", "fileName": long, "storageKey": "", "fileType": "", "fileSizeBytes": 0,
        "mission": "", "metadata": [1], "embeddingModel": "",
    });
    let mut wrong = faults(&bench, &bench.token, "createDocument", input).await;
    wrong.sort();
    let told: Vec<String> = wrong
        .iter()
        .map(|(code, path)| format!("{code} {path}"))
        .collect();
    assert_eq!(
        told,
        [
            "INVALID input.embeddingModel",
            "INVALID input.fileName",
            "INVALID input.fileSizeBytes",
            "INVALID input.fileType",
            "INVALID input.metadata",
            "INVALID input.mission",
            "INVALID input.storageKey",
            "INVALID input.title",
            "NOT_FOUND input.projectId",
        ]
    );
    // Of a project that the engineer is not in.
    let maple = project(&bench, "Maple Street Reroof").await;
    let input = json!({ "projectId": maple, "title": "a", "fileName": "a", "storageKey": "a", "fileType": "txt" });
    assert_eq!(
        faults(&bench, &bench.token, "createDocument", input).await,
        [("NOT_FOUND".to_owned(), "input.projectId".to_owned())]
    );
}

#[tokio::test]
async fn processing_goes_its_steps_and_of_many_at_once_one_ends_it() {
    let bench = northwind().await;
    let id = document(&bench, None, "Steps", "steps").await;
    let step = async |status: &str| {
        told(
            &bench,
            &bench.token,
            "updateDocument",
            "document { processingStatus }",
            &json!({ "id": id, "processingStatus": status }),
        )
        .await
    };
    let forward = "the processing of a document goes from pending to processing, from there to completed or failed, and from those to processing again";
    for (status, said) in [
        ("COMPLETED", Some("pending to completed")),
        ("FAILED", Some("pending to failed")),
        ("PENDING", None),
        ("PROCESSING", None),
        ("PENDING", Some("processing to pending")),
        ("FAILED", None),
        ("COMPLETED", Some("failed to completed")),
        ("PROCESSING", None),
        ("COMPLETED", None),
        ("PENDING", Some("completed to pending")),
        ("PROCESSING", None),
    ] {
        let payload = step(status).await;
        match said {
            None => assert_eq!(
                payload,
                json!({ "document": { "processingStatus": status }, "errors": [] })
            ),
            Some(said) => assert_eq!(
                payload["errors"],
                json!([{ "code": "STATE", "path": ["input"], "message": format!("{forward}: not from {said}") }])
            ),
        }
    }
    let ends = ["COMPLETED", "FAILED"]
        .into_iter()
        .cycle()
        .take(16)
        .map(step);
    let ended: Vec<Value> = join_all(ends)
        .await
        .into_iter()
        .filter(|payload| payload["errors"] == json!([]))
        .collect();
    let now: String = value(
        &bench.superuser,
        &format!("SELECT upper(processing_status) FROM documents WHERE id = '{id}'"),
    )
    .await;
    // Whoever says once more what is so is not refused; whoever says the other thing is.
    assert!(
        !ended.is_empty()
            && ended
                .iter()
                .all(|payload| payload["document"]["processingStatus"] == now.as_str()),
        "{ended:?} {now}"
    );
}

#[tokio::test]
async fn what_is_stored_counts_towards_the_quota() {
    let bench = northwind().await;
    let used = "SELECT stored_bytes FROM quota_usages JOIN organizations ON id = organization_id WHERE slug = 'northwind'";
    let before: i64 = value(&bench.superuser, used).await;
    bench
        .arrange("UPDATE organizations SET max_storage_gb = 1 WHERE slug = 'northwind'")
        .await;
    let of = |size: i64| json!({ "title": "a", "fileName": "a", "storageKey": "a", "fileType": "txt", "fileSizeBytes": size });
    let left = 1_000_000_000 - before;
    assert_eq!(
        faults(&bench, &bench.token, "createDocument", of(left + 1)).await,
        [("QUOTA_EXCEEDED".to_owned(), "input".to_owned())]
    );
    let made = done(
        &bench,
        "createDocument",
        "document { id fileSizeBytes }",
        of(left),
    )
    .await;
    let id = &made["document"]["id"];
    assert_eq!(
        faults(
            &bench,
            &bench.token,
            "updateDocument",
            json!({ "id": id, "fileSizeBytes": left + 1 })
        )
        .await,
        [("QUOTA_EXCEEDED".to_owned(), "input".to_owned())]
    );
    done(
        &bench,
        "updateDocument",
        "document { id }",
        json!({ "id": id, "fileSizeBytes": null }),
    )
    .await;
    assert_eq!(value::<i64, _>(&bench.superuser, used).await, before);
}

#[tokio::test]
async fn what_lies_in_the_bin_is_not_read_and_not_found_and_comes_back_whole() {
    let bench = northwind().await;
    let id = document(&bench, None, "Binned", "a heliotrope").await;
    let viewer = somebody(&bench, "northwind", "viewer").await;
    let ask = format!(
        "{{ document(id: \"{id}\") {{ chunks {{ totalCount }} }} searchDocuments(query: \"heliotrope\") {{ node {{ id }} }}
            searchChunks(query: \"heliotrope\") {{ node {{ text }} }} documents(filter: {{ mission: {{ eq: \"Binned\" }} }}) {{ totalCount }} }}"
    );
    let seen = async || {
        bench
            .gateway
            .query(&viewer, &ask, json!({}))
            .await
            .data()
            .clone()
    };
    let before = seen().await;
    assert_eq!(
        before["searchChunks"],
        json!([{ "node": { "text": "a heliotrope" } }])
    );
    done(
        &bench,
        "deleteDocument",
        "document { id }",
        json!({ "id": id }),
    )
    .await;
    assert_eq!(
        seen().await,
        json!({ "document": null, "searchDocuments": [], "searchChunks": [], "documents": { "totalCount": 0 } })
    );
    done(
        &bench,
        "restoreDocument",
        "document { id }",
        json!({ "id": id }),
    )
    .await;
    assert_eq!(seen().await, before);
    done(
        &bench,
        "updateDocument",
        "document { id }",
        json!({ "id": id, "isSearchable": false }),
    )
    .await;
    let unsearchable = seen().await;
    assert_eq!(
        (
            &unsearchable["searchDocuments"],
            &unsearchable["searchChunks"]
        ),
        (&json!([]), &json!([]))
    );
    assert_eq!(unsearchable["document"], before["document"]);
}
