//! Cycles, uploads and files: which ways they go, what is refused, who may, and what many writers at once cannot break.

mod input;
mod privacy;
mod races;
mod ways;

use serde_json::{Value, json};

use super::{Bench, MAPLE, done, id, mutate, project, refused, trail};

/// A session on a project, in a cycle of the name or in none.
async fn start(bench: &Bench, project: &str, cycle: Option<&str>) -> String {
    let mut input = json!({ "projectId": project });
    if let Some(cycle) = cycle {
        input["cycleId"] = json!(cycle);
    }
    let (payload, _) = done(bench, "startSyncSession", "syncSession { id }", input).await;
    payload["syncSession"]["id"].as_str().unwrap().to_owned()
}

async fn cycle(bench: &Bench, project: &str, name: &str) -> String {
    let input = json!({ "projectId": project, "cycleName": name });
    let (payload, _) = done(bench, "createCycle", "cycle { id }", input).await;
    payload["cycle"]["id"].as_str().unwrap().to_owned()
}

/// Registers files of these paths, of 10 bytes each, and answers with their ids.
async fn register(bench: &Bench, session: &str, paths: &[&str]) -> Vec<String> {
    let files: Vec<Value> = paths
        .iter()
        .map(|path| json!({ "filePath": path, "fileSizeBytes": 10 }))
        .collect();
    let input = json!({ "sessionId": session, "files": files });
    let (payload, _) = done(bench, "registerFiles", "files { id }", input).await;
    let files = payload["files"].as_array().unwrap();
    files
        .iter()
        .map(|file| file["id"].as_str().unwrap().to_owned())
        .collect()
}

fn reports(session: &str, files: &[String], status: &str) -> Value {
    let report = |file| match status {
        "FAILED" => json!({ "id": file, "status": status, "errorMessage": "It broke." }),
        _ => json!({ "id": file, "status": status }),
    };
    json!({ "sessionId": session, "files": files.iter().map(report).collect::<Vec<_>>() })
}

async fn report(bench: &Bench, session: &str, files: &[String], status: &str) -> Value {
    let shows = "files { id status errorMessage uploadedAt isDuplicate updatedAt }";
    let (payload, _) = done(bench, "reportFiles", shows, reports(session, files, status)).await;
    payload["files"].clone()
}

async fn complete(bench: &Bench, session: &str) -> Value {
    let shows = "syncSession { status errorMessage startedAt completedAt }";
    let (payload, _) = done(
        bench,
        "completeSyncSession",
        shows,
        json!({ "id": session }),
    )
    .await;
    payload["syncSession"].clone()
}

fn is(code: &str, path: &str) -> (String, String) {
    (code.to_owned(), format!("input.{path}"))
}
