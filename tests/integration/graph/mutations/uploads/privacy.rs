//! Uploads of a project are for its members: neither a stranger nor a colleague finds them by any way, or changes anything.

use serde_json::{Value, json};

use super::*;

const HARBOR: &str = "harbor-view/c3";

/// Every way to what hangs under the project, with what is found there.
const WAYS: &str = "query($project: ID!, $cycle: ID!, $session: ID!, $file: ID!, $user: ID!) {
  cycle(id: $cycle) { id } syncSession(id: $session) { id } fileUpload(id: $file) { id }
  a: node(id: $cycle) { id } nodes(ids: [$session, $file]) { id }
  cycles(filter: { projectId: { eq: $project } }) { totalCount nodes { id } }
  syncSessions(filter: { projectId: { eq: $project } }) { totalCount nodes { id } }
  fileUploads(filter: { session: { projectId: { eq: $project } } }) { totalCount nodes { id } }
  byKey: fileUploads(filter: { s3Key: { startsWith: \"harbor-view/\" } }) { totalCount }
  through: syncSessions(filter: { files: { some: { id: { eq: $file } } } }) { totalCount }
  attempts: fileUploads(filter: { attempts: { some: { session: { projectId: { eq: $project } } } } }) { totalCount }
  projects(filter: { cycles: { some: { id: { eq: $cycle } } } }) { totalCount }
  users(filter: { syncSessions: { some: { projectId: { eq: $project } } } }) { totalCount }
  user(id: $user) { syncSessions(filter: { projectId: { eq: $project } }) { totalCount nodes { id } } }
  project(id: $project) { summary { totalCycles } cycles { totalCount } syncSessions { totalCount } }
  projectSummaries(filter: { projectId: { eq: $project } }) { totalCount nodes { totalSessions } }
  cycleSummaries(filter: { projectId: { eq: $project } }) { totalCount nodes { totalFiles } }
  syncStats(filter: { projectId: { eq: $project } }, groupBy: PROJECT) { count uploadedSizeBytes { sum } }
}";

async fn places(bench: &Bench) -> Value {
    let of = async |sql: &str| id(bench, sql).await;
    json!({
        "project": of(&format!("SELECT project_id::text FROM cycles WHERE s3_prefix = '{HARBOR}'")).await,
        "cycle": of(&format!("SELECT id::text FROM cycles WHERE s3_prefix = '{HARBOR}'")).await,
        "session": of(&format!("SELECT id::text FROM sync_sessions WHERE s3_prefix = '{HARBOR}' AND status = 'in_progress'")).await,
        "file": of(&format!("SELECT id::text FROM file_uploads WHERE s3_key LIKE '{HARBOR}%' AND status = 'uploading'")).await,
        "user": of("SELECT id::text FROM users WHERE username = 'northwind.contractor_2'").await,
    })
}

/// Whether anything is in an answer but nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Array(values) => values.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

#[tokio::test]
async fn neither_strangers_nor_colleagues_find_anything() {
    let bench = Bench::of("northwind", "contractor_2").await;
    let places = places(&bench).await;
    let found = bench.data(WAYS, places.clone()).await;
    for (way, value) in found.as_object().unwrap() {
        assert!(!is_empty(value), "{way} finds nothing for a member either");
    }
    let attackers = [
        ("northwind", "user@northwind.example"),
        ("alpine", "contractor@alpine.example"),
        ("alpine", "admin@alpine.example"),
    ];
    for (organization, person) in attackers {
        let token = bench.gateway.token(organization, person).await;
        let answer = bench.gateway.query(&token, WAYS, places.clone()).await;
        for (way, value) in answer.data().as_object().unwrap() {
            assert!(is_empty(value), "{person} by {way}: {value}");
        }
        for (mutation, shows, input, code) in [
            (
                "createCycle",
                "cycle { id }",
                json!({ "projectId": places["project"], "cycleName": "X" }),
                is("NOT_FOUND", "projectId"),
            ),
            (
                "updateCycle",
                "cycle { id }",
                json!({ "id": places["cycle"], "description": "x" }),
                is("NOT_FOUND", "id"),
            ),
            (
                "completeCycle",
                "cycle { id }",
                json!({ "id": places["cycle"] }),
                is("NOT_FOUND", "id"),
            ),
            (
                "registerFiles",
                "files { id }",
                json!({ "sessionId": places["session"], "files": [{ "filePath": "x" }] }),
                is("NOT_FOUND", "sessionId"),
            ),
            (
                "completeSyncSession",
                "syncSession { id }",
                json!({ "id": places["session"] }),
                is("NOT_FOUND", "id"),
            ),
            (
                "failSyncSession",
                "syncSession { id }",
                json!({ "id": places["session"], "errorMessage": "x" }),
                is("NOT_FOUND", "id"),
            ),
        ] {
            assert_eq!(
                refused(&bench, &token, mutation, shows, input).await,
                [code],
                "{person}"
            );
        }
        let both = [is("NOT_FOUND", "cycleId"), is("NOT_FOUND", "projectId")];
        let input = json!({ "projectId": places["project"], "cycleId": places["cycle"] });
        assert_eq!(
            refused(
                &bench,
                &token,
                "startSyncSession",
                "syncSession { id }",
                input
            )
            .await,
            both
        );
        let both = [is("NOT_FOUND", "files.0.id"), is("NOT_FOUND", "sessionId")];
        let input = json!({ "sessionId": places["session"], "files": [{ "id": places["file"], "status": "COMPLETED" }] });
        assert_eq!(
            refused(&bench, &token, "reportFiles", "files { id }", input).await,
            both
        );
    }
    // A content that another project has is nobody's duplicate here.
    let user = bench
        .gateway
        .token("northwind", "user@northwind.example")
        .await;
    let maple = project(&bench, MAPLE).await;
    let (payload, _) = mutate(
        &bench,
        &user,
        "startSyncSession",
        "syncSession { id }",
        &json!({ "projectId": maple }),
    )
    .await;
    let sum = id(&bench, "SELECT checksum FROM file_uploads WHERE s3_key LIKE 'harbor-view/%' AND status = 'completed' LIMIT 1").await;
    let input = json!({ "sessionId": payload["syncSession"]["id"], "files": [{ "filePath": "x", "checksum": sum }] });
    let (payload, _) = mutate(
        &bench,
        &user,
        "registerFiles",
        "files { status isDuplicate }",
        &input,
    )
    .await;
    assert_eq!(
        payload["files"],
        json!([{ "status": "PENDING", "isDuplicate": false }])
    );
}

#[tokio::test]
async fn what_lies_in_the_bin_is_in_no_figure() {
    let bench = Bench::northwind().await;
    let mut places = places(&bench).await;
    done(
        &bench,
        "deleteProject",
        "project { id }",
        json!({ "id": places["project"] }),
    )
    .await;
    let user = places["user"].take();
    places["user"] = user;
    let found = bench.data(WAYS, places.clone()).await;
    for (way, value) in found.as_object().unwrap() {
        assert!(is_empty(value), "{way}: {value}");
    }
    let input = json!({ "sessionId": places["session"], "files": [{ "filePath": "x" }] });
    assert_eq!(
        refused(&bench, &bench.token, "registerFiles", "files { id }", input).await,
        [is("NOT_FOUND", "sessionId")]
    );
}
