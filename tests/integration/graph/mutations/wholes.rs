//! What goes together: a photo and its children, a thousand rows, the mutations of a document.

use serde_json::{Value, json};
use support::{Statements, column, value};

use super::{Bench, MAPLE, done, id, mutate, photo, project, refused, trail};

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
        assert_eq!(projects, [&*harbor], "{table}");
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
    // Detections, tags, trail; they travel together.
    assert_eq!(asked.len(), 3, "{asked:#?}");
    let recorded = payload["detections"].as_array().unwrap();
    assert_eq!(recorded.len(), 1000);
    for (n, detection) in recorded.iter().enumerate() {
        assert_eq!(
            (&detection["photoId"], &detection["results"]["label"]),
            (&json!(photos[n % 10]), &json!(format!("no. {n}")))
        );
    }
    assert_eq!(trail(&bench, &request).await.len(), 1000);
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
