//! Two who write the same at the same moment.

use futures::future::join_all;
use sea_orm::TransactionTrait;
use serde_json::{Value, json};
use support::{execute, value};

use super::{Bench, MAPLE, done, mutate, photo, project, refused, trail};

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
