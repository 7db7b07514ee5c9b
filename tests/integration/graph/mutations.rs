//! What mutations write, what they say where they do not, and what the audit trail has of it.

mod agents;
mod conversations;
mod faults;
mod life;
mod organization;
mod projects;
mod quotas;
mod races;
mod roles;
mod uploads;
mod users;
mod wholes;

use serde_json::{Value, json};
use support::{rows, value};

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
        "organizations",
        "users",
        "user_roles",
        "projects",
        "project_members",
        "quota_usages",
        "audit_logs",
        "agent_configs",
        "conversations",
        "messages",
        "cycles",
        "sync_sessions",
        "file_uploads",
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
