//! Documents: who may read one, by whatever way; what is written of them; search. A file a subject.

mod access;
mod chunks;
mod grants;
mod logs;
mod search;
mod writing;

use serde_json::{Value, json};
use support::value;

use crate::graph::bench::Bench;

/// Northwind, asked by its engineer.
async fn northwind() -> Bench {
    Bench::of("northwind", "engineer").await
}

/// The token of somebody else.
async fn somebody(bench: &Bench, organization: &str, person: &str) -> String {
    bench
        .gateway
        .token(organization, &format!("{person}@{organization}.example"))
        .await
}

/// The identity of a person, a role or a project of Northwind.
async fn person(bench: &Bench, name: &str) -> String {
    let sql = format!("SELECT id::text FROM users WHERE username = 'northwind.{name}'");
    value(&bench.superuser, &sql).await
}

async fn role(bench: &Bench, name: &str) -> String {
    let sql = format!("SELECT id::text FROM roles WHERE name = '{name}'");
    value(&bench.superuser, &sql).await
}

async fn project(bench: &Bench, name: &str) -> String {
    let sql = format!("SELECT id::text FROM projects WHERE name = '{name}'");
    value(&bench.superuser, &sql).await
}

/// What a mutation answered, faults and all; `shows` is what is asked of its payload.
async fn told(bench: &Bench, token: &str, name: &str, shows: &str, input: &Value) -> Value {
    let kind = name[..1].to_uppercase() + &name[1..];
    let document = format!(
        "mutation($input: {kind}Input!) {{ it: {name}(input: $input) {{ {shows} errors {{ code path message }} }} }}"
    );
    let answer = bench
        .gateway
        .query(token, &document, json!({ "input": input }))
        .await;
    answer.data()["it"].clone()
}

/// The same by the bench's own caller, and nothing may be wrong.
async fn done(bench: &Bench, name: &str, shows: &str, input: Value) -> Value {
    let payload = told(bench, &bench.token, name, shows, &input).await;
    assert_eq!(payload["errors"], json!([]), "{name}");
    payload
}

/// Codes and paths of what is wrong.
async fn faults(bench: &Bench, token: &str, name: &str, input: Value) -> Vec<(String, String)> {
    let payload = told(bench, token, name, "__typename", &input).await;
    payload["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            let path: Vec<&str> = error["path"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            (error["code"].as_str().unwrap().to_owned(), path.join("."))
        })
        .collect()
}

/// A new document of the engineer's, with a text and one chunk; its identity.
async fn document(bench: &Bench, project: Option<&str>, title: &str, text: &str) -> String {
    let input = json!({
        "projectId": project, "title": title, "fileName": "a.txt", "storageKey": format!("documents/{title}"), "fileType": "txt",
        "mission": title, "content": text,
    });
    let made = done(bench, "createDocument", "document { id }", input).await;
    let id = made["document"]["id"].as_str().unwrap().to_owned();
    let worker = bench
        .gateway
        .token("northwind", "admin@northwind.example")
        .await;
    let chunk = json!({ "chunkIndex": 0, "text": text, "startChar": 0, "endChar": 10, "embedding": embedding(&[(0, 1.0)]) });
    let input = json!({ "documentId": id, "chunks": [chunk] });
    let put = told(bench, &worker, "putDocumentChunks", "__typename", &input).await;
    assert_eq!(put["errors"], json!([]));
    id
}

/// 384 numbers, of which these are not 0.
fn embedding(numbers: &[(usize, f64)]) -> Vec<f64> {
    let mut all = vec![0.0; 384];
    for (place, number) in numbers {
        all[*place] = *number;
    }
    all
}

/// Grants to a user or a role by name.
async fn grant(bench: &Bench, document: &str, grantee: Value, types: &[&str]) -> Value {
    let input = json!({ "documentId": document, "grantee": grantee, "permissionTypes": types });
    done(
        bench,
        "grantDocumentAccess",
        "document { id isRestricted }",
        input,
    )
    .await
}
