//! Quotas hold however many ask at once, and say which it is and how much there may be.

use futures::future::join_all;
use serde_json::{Value, json};
use support::value;

use super::{Bench, MAPLE, done, id, mutate, project, refused};

const AT_ONCE: usize = 50;

/// Fifty at once of one mutation: how many were done, and what the others were told.
async fn fifty(
    bench: &Bench,
    tokens: &[&str],
    name: &str,
    shows: &str,
    input: impl Fn(usize) -> Value,
) -> (usize, Vec<Value>) {
    let inputs: Vec<Value> = (0..AT_ONCE).map(input).collect();
    let payloads = join_all(
        inputs
            .iter()
            .enumerate()
            .map(|(n, input)| mutate(bench, tokens[n % tokens.len()], name, shows, input)),
    )
    .await;
    let errors: Vec<Value> = payloads
        .into_iter()
        .map(|(payload, _)| payload["errors"].clone())
        .filter(|errors| *errors != json!([]))
        .collect();
    (AT_ONCE - errors.len(), errors)
}

fn exceeded(message: &str) -> Value {
    json!([{ "code": "QUOTA_EXCEEDED", "message": message, "path": ["input"] }])
}

async fn used(bench: &Bench, counter: &str) -> i64 {
    value(
        &bench.superuser,
        &format!(
            "SELECT {counter}::bigint FROM quota_usages JOIN organizations ON id = organization_id WHERE slug = 'northwind'"
        ),
    )
    .await
}

async fn allow(bench: &Bench, quota: &str, number: i64) {
    bench
        .arrange(&format!(
            "UPDATE organizations SET {quota} = {number} WHERE slug = 'northwind'"
        ))
        .await;
}

#[tokio::test]
async fn fifty_at_once_do_not_bring_in_more_users_than_there_may_be() {
    let bench = Bench::northwind().await;
    let before = used(&bench, "active_users").await;
    allow(&bench, "max_users", before + 7).await;
    let message = format!(
        "the organization may have {} active users: deactivate somebody first",
        before + 7
    );
    let (done_at_once, errors) = fifty(
        &bench,
        &[&bench.token],
        "createUser",
        "user { id }",
        |n| json!({ "email": format!("n{n}@northwind.example"), "username": format!("n{n}") }),
    )
    .await;
    assert_eq!(done_at_once, 7);
    assert!(
        errors.iter().all(|errors| *errors == exceeded(&message)),
        "{errors:?}"
    );
    assert_eq!(used(&bench, "active_users").await, before + 7);
    let there: i64 = value(
        &bench.superuser,
        "SELECT count(*) FROM users JOIN organizations ON organizations.id = organization_id WHERE slug = 'northwind' AND users.is_active AND users.deleted_at IS NULL",
    )
    .await;
    assert_eq!(there, before + 7);

    // Nobody comes back either, before somebody leaves; and who is there may stay when there may be fewer.
    let former = id(
        &bench,
        "SELECT id::text FROM users WHERE username = 'northwind.former'",
    )
    .await;
    let back = json!({ "id": former });
    let full = [("QUOTA_EXCEEDED".to_owned(), "input".to_owned())];
    let reactivated = refused(
        &bench,
        &bench.token,
        "reactivateUser",
        "user { id }",
        back.clone(),
    )
    .await;
    assert_eq!(reactivated, full);
    allow(&bench, "max_users", before).await;
    for n in 0..8 {
        let Some(leaving) = value::<Option<String>, _>(
            &bench.superuser,
            "SELECT min(id::text) FROM users WHERE username ~ '^n[0-9]+$' AND is_active",
        )
        .await
        else {
            assert_eq!(n, 7);
            break;
        };
        let refused = refused(
            &bench,
            &bench.token,
            "reactivateUser",
            "user { id }",
            back.clone(),
        )
        .await;
        assert_eq!(refused, full, "after {n}");
        done(
            &bench,
            "deactivateUser",
            "user { id }",
            json!({ "id": leaving }),
        )
        .await;
    }
    assert_eq!(used(&bench, "active_users").await, before);
    allow(&bench, "max_users", before + 1).await;
    done(&bench, "reactivateUser", "user { id }", back).await;
}

#[tokio::test]
async fn fifty_at_once_do_not_begin_more_projects_than_there_may_be() {
    let bench = Bench::northwind().await;
    let before = used(&bench, "projects").await;
    allow(&bench, "max_projects", before + 5).await;
    let manager = bench
        .gateway
        .token("northwind", "project_manager@northwind.example")
        .await;
    let (done_at_once, errors) = fifty(
        &bench,
        &[&bench.token, &manager],
        "createProject",
        "project { id }",
        |n| json!({ "name": format!("Project no. {n}") }),
    )
    .await;
    assert_eq!(done_at_once, 5);
    let message = format!(
        "the organization may have {} projects: delete one first",
        before + 5
    );
    assert!(
        errors.iter().all(|errors| *errors == exceeded(&message)),
        "{errors:?}"
    );
    let maple = project(&bench, MAPLE).await;
    let shows = "project { id }";
    // One goes, one comes, and the first does not come back.
    done(&bench, "deleteProject", shows, json!({ "id": maple })).await;
    done(
        &bench,
        "createProject",
        shows,
        json!({ "name": "In its place" }),
    )
    .await;
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "restoreProject",
            shows,
            json!({ "id": maple })
        )
        .await,
        [("QUOTA_EXCEEDED".to_owned(), "input".to_owned())]
    );
    assert_eq!(used(&bench, "projects").await, before + 5);
}

#[tokio::test]
async fn fifty_at_once_do_not_store_more_than_there_may_be() {
    let bench = Bench::northwind().await;
    allow(&bench, "max_storage_gb", 10).await;
    let before = used(&bench, "stored_bytes").await;
    let maple = project(&bench, MAPLE).await;
    let contractor = bench
        .gateway
        .token("northwind", "contractor@northwind.example")
        .await;
    let photo = |key: String, size: i64| json!({ "photos": [{ "projectId": maple, "s3Url": "s3://b/k", "s3Key": key, "fileSizeBytes": size }] });
    let room = usize::try_from((10_000_000_000 - before) / 1_000_000_000).unwrap();
    assert!(room > 1);
    let (done_at_once, errors) = fifty(
        &bench,
        &[&bench.token, &contractor],
        "importPhotos",
        "photos { id }",
        |n| photo(format!("large/{n}"), 1_000_000_000),
    )
    .await;
    assert_eq!(done_at_once, room);
    for errors in &errors {
        let message = errors[0]["message"].as_str().unwrap();
        assert!(
            errors[0]["code"] == "QUOTA_EXCEEDED"
                && message.starts_with("the organization may store 10 GB, and has "),
            "{errors}"
        );
    }
    // To the byte.
    let left = 10_000_000_000 - used(&bench, "stored_bytes").await;
    let too_much = photo("one byte more".to_owned(), left + 1);
    assert_eq!(
        refused(
            &bench,
            &bench.token,
            "importPhotos",
            "photos { id }",
            too_much
        )
        .await,
        [("QUOTA_EXCEEDED".to_owned(), "input".to_owned())]
    );
    done(
        &bench,
        "importPhotos",
        "photos { id }",
        photo("just so".to_owned(), left),
    )
    .await;
    let full = id(
        &bench,
        "SELECT id::text FROM photos WHERE s3_key = 'just so'",
    )
    .await;
    let grown = json!({ "id": full, "fileSizeBytes": left + 1 });
    assert_eq!(
        refused(&bench, &bench.token, "updatePhoto", "photo { id }", grown).await,
        [("QUOTA_EXCEEDED".to_owned(), "input".to_owned())]
    );
    // Smaller may always be, and other things of it may change.
    let shrunk = json!({ "id": full, "fileSizeBytes": 1, "width": 7 });
    done(&bench, "updatePhoto", "photo { id }", shrunk).await;
}
