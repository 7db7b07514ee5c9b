//! A document that was granted to some is for them: whoever else asks, by whatever way, gets the answer for what is not there.

use serde_json::{Value, json};
use support::value;

use super::{document, embedding, grant, northwind, person, project, role, somebody, told};
use crate::graph::bench::Bench;

/// A word of the document's title, mission, content, chunk.
const SECRET: &str = "heliotrope";

struct Hidden {
    document: String,
    chunk: String,
    permission: String,
}

async fn hidden(bench: &Bench, project: Option<&str>) -> Hidden {
    let document = document(bench, project, SECRET, "heliotrope grows on the north side").await;
    let adjusters = role(bench, "insurance_adjuster").await;
    grant(bench, &document, json!({ "roleId": adjusters }), &["READ"]).await;
    let of = |table: &str| format!("SELECT id::text FROM {table} WHERE document_id = '{document}'");
    Hidden {
        chunk: value(&bench.superuser, &of("document_chunks")).await,
        permission: value(&bench.superuser, &of("document_permissions")).await,
        document,
    }
}

/// Every way that may lead to the document, each by its name.
async fn ways(bench: &Bench, hidden: &Hidden) -> Vec<(&'static str, String)> {
    let (document, chunk, permission) = (&hidden.document, &hidden.chunk, &hidden.permission);
    let (engineer, adjusters) = (
        person(bench, "engineer").await,
        role(bench, "insurance_adjuster").await,
    );
    let maple = project(bench, "Maple Street Reroof").await;
    let harbor = project(bench, "Harbor View Apartments").await;
    let meaning = json!(embedding(&[(0, 1.0)]));
    let mine = format!("filter: {{ id: {{ eq: \"{document}\" }} }}");
    let inner = "{ totalCount nodes { id title } }";
    vec![
        (
            "document",
            format!("document(id: \"{document}\") {{ id title content }}"),
        ),
        ("node", format!("node(id: \"{document}\") {{ id }}")),
        (
            "nodes",
            format!(
                "nodes(ids: [\"{document}\", \"{chunk}\", \"{permission}\"]) {{ id __typename }}"
            ),
        ),
        ("list", format!("documents({mine}) {inner}")),
        (
            "filter by mission",
            format!("documents(filter: {{ mission: {{ contains: \"{SECRET}\" }} }}) {inner}"),
        ),
        (
            "filter by chunks",
            format!(
                "documents(filter: {{ chunks: {{ some: {{ id: {{ eq: \"{chunk}\" }} }} }} }}) {inner}"
            ),
        ),
        (
            "filter by grants",
            format!(
                "documents(filter: {{ permissions: {{ some: {{ id: {{ eq: \"{permission}\" }} }} }} }}) {inner}"
            ),
        ),
        (
            "of projects",
            format!(
                "projects(filter: {{ id: {{ in: [\"{maple}\", \"{harbor}\"] }} }}) {{ nodes {{ documents({mine}) {inner} }} }}"
            ),
        ),
        (
            "of the uploader",
            format!("user(id: \"{engineer}\") {{ documents({mine}) {inner} }}"),
        ),
        (
            "of the organization",
            format!("organization {{ documents({mine}) {inner} }}"),
        ),
        (
            "of the role",
            format!(
                "role(id: \"{adjusters}\") {{ documentPermissions(filter: {{ id: {{ eq: \"{permission}\" }} }}) {{ totalCount nodes {{ id document {{ title }} }} }} }}"
            ),
        ),
        (
            "uploaders",
            format!(
                "users(filter: {{ documents: {{ some: {{ id: {{ eq: \"{document}\" }} }} }} }}) {{ totalCount }}"
            ),
        ),
        (
            "projects by it",
            format!(
                "projects(filter: {{ documents: {{ some: {{ mission: {{ eq: \"{SECRET}\" }} }} }} }}) {{ totalCount }}"
            ),
        ),
        (
            "words",
            format!(
                "searchDocuments(query: \"{SECRET}\") {{ score highlight node {{ id title }} }}"
            ),
        ),
        (
            "meaning",
            format!(
                "searchDocuments(embedding: {meaning}, {mine}, first: 100) {{ score node {{ id }} }}"
            ),
        ),
        (
            "both",
            format!(
                "searchDocuments(query: \"{SECRET}\", embedding: {meaning}, {mine}) {{ score node {{ id }} }}"
            ),
        ),
        (
            "words of chunks",
            format!("searchChunks(query: \"{SECRET}\") {{ score highlight node {{ id text }} }}"),
        ),
        (
            "meaning of chunks",
            format!("searchChunks(embedding: {meaning}, {mine}) {{ score node {{ id text }} }}"),
        ),
    ]
}

/// The ways by which somebody learns of it.
async fn leads(bench: &Bench, token: &str, hidden: &Hidden) -> Vec<&'static str> {
    let mut leads = Vec::new();
    for (name, field) in ways(bench, hidden).await {
        let answer = bench
            .gateway
            .query(token, &format!("{{ it: {field} }}"), json!({}))
            .await;
        let found = answer.data()["it"].to_string();
        let told = [&hidden.document, &hidden.chunk, &hidden.permission]
            .into_iter()
            .any(|id| found.contains(id.as_str()))
            || found.contains(SECRET);
        if told || counts(&answer.data()["it"]) {
            leads.push(name);
        }
    }
    leads
}

/// Whether anything is counted, or anybody scored.
fn counts(found: &Value) -> bool {
    match found {
        Value::Array(items) => items.iter().any(counts),
        Value::Object(fields) => {
            fields
                .get("totalCount")
                .is_some_and(|count| count.as_i64() != Some(0))
                || fields.contains_key("score")
                || fields.values().any(counts)
        }
        _ => false,
    }
}

/// What all mutations that take it say of it.
async fn refusals(bench: &Bench, token: &str, hidden: &Hidden) -> Vec<Value> {
    let document = &hidden.document;
    let engineer = person(bench, "engineer").await;
    let chunk = json!({ "chunkIndex": 0, "text": "mine", "startChar": 0, "endChar": 4 });
    let grantee = json!({ "userId": engineer });
    let mut told_of = Vec::new();
    for (name, input) in [
        ("updateDocument", json!({ "id": document, "title": "mine" })),
        ("deleteDocument", json!({ "id": document })),
        ("restoreDocument", json!({ "id": document })),
        (
            "putDocumentChunks",
            json!({ "documentId": document, "chunks": [chunk] }),
        ),
        (
            "grantDocumentAccess",
            json!({ "documentId": document, "grantee": grantee, "permissionTypes": ["READ"] }),
        ),
        (
            "revokeDocumentAccess",
            json!({ "documentId": document, "grantee": grantee }),
        ),
        (
            "logQuery",
            json!({ "queryText": "?", "retrievedDocuments": [{ "documentId": document }], "sources": [{ "documentId": document }] }),
        ),
    ] {
        let payload = told(bench, token, name, "__typename", &input).await;
        for error in payload["errors"].as_array().unwrap() {
            // A user of another organization is not there either.
            if error["path"] != json!(["input", "grantee", "userId"]) {
                told_of.push(json!([name, error["code"], error["message"]]));
            }
        }
    }
    told_of
}

fn not_there() -> Vec<Value> {
    let said = "there is no such document";
    vec![
        json!(["updateDocument", "NOT_FOUND", said]),
        json!(["deleteDocument", "NOT_FOUND", said]),
        json!([
            "restoreDocument",
            "NOT_FOUND",
            "there is no such document in the bin"
        ]),
        json!(["putDocumentChunks", "NOT_FOUND", said]),
        json!(["grantDocumentAccess", "NOT_FOUND", said]),
        json!(["revokeDocumentAccess", "NOT_FOUND", said]),
        json!(["logQuery", "NOT_FOUND", said]),
        json!(["logQuery", "NOT_FOUND", said]),
    ]
}

/// A token that may do everything with documents and sees as a member, whoever it is.
async fn hands_on(bench: &Bench, name: &str) -> String {
    let row = support::rows(
        &bench.superuser,
        &format!("SELECT organization_id, id FROM users WHERE username = 'northwind.{name}'"),
    )
    .await;
    let id = |index| row[0].try_get_by_index(index).unwrap();
    let roles = ["engineer", "worker", "project_manager"];
    bench.gateway.token_of(
        id(0),
        id(1),
        roles.iter().map(|role| (*role).to_owned()).collect(),
    )
}

#[tokio::test]
async fn its_uploader_its_grantees_and_admins_reach_it_by_every_way() {
    let bench = northwind().await;
    let hidden = hidden(&bench, None).await;
    let all = ways(&bench, &hidden).await.len();
    for name in ["engineer", "admin", "insurance_adjuster"] {
        let token = somebody(&bench, "northwind", name).await;
        // Of no project, so there is none that leads to it.
        assert_eq!(
            leads(&bench, &token, &hidden).await.len(),
            all - 2,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_member_without_a_grant_learns_nothing_of_it() {
    let bench = northwind().await;
    let hidden = hidden(&bench, None).await;
    for name in ["viewer", "user", "project_manager", "worker"] {
        let token = somebody(&bench, "northwind", name).await;
        let found = leads(&bench, &token, &hidden).await;
        assert_eq!(found, Vec::<&str>::new(), "{name}");
    }
    // Whatever the token says: it is the roles in the database that are granted to.
    let token = hands_on(&bench, "viewer").await;
    assert_eq!(leads(&bench, &token, &hidden).await, Vec::<&str>::new());
    assert_eq!(refusals(&bench, &token, &hidden).await, not_there());
}

#[tokio::test]
async fn a_stranger_of_another_organization_learns_nothing_of_it() {
    let bench = northwind().await;
    let hidden = hidden(&bench, None).await;
    let stranger = somebody(&bench, "alpine", "admin").await;
    for (name, field) in ways(&bench, &hidden).await {
        let answer = bench
            .gateway
            .query(&stranger, &format!("{{ it: {field} }}"), json!({}))
            .await;
        let found = &answer.data()["it"];
        let told = found.to_string();
        assert!(
            !counts(found) && !told.contains(SECRET) && !told.contains(&hidden.document),
            "{name}: {told}"
        );
    }
    assert_eq!(refusals(&bench, &stranger, &hidden).await, not_there());
}

#[tokio::test]
async fn a_grant_does_not_lead_around_the_wall_of_a_project() {
    let bench = northwind().await;
    let harbor = project(&bench, "Harbor View Apartments").await;
    let hidden = hidden(&bench, Some(&harbor)).await;
    // Granted by name, and no member of Harbor View.
    let viewer = person(&bench, "viewer").await;
    grant(
        &bench,
        &hidden.document,
        json!({ "userId": viewer }),
        &["READ"],
    )
    .await;
    let token = hands_on(&bench, "viewer").await;
    assert_eq!(leads(&bench, &token, &hidden).await, Vec::<&str>::new());
    assert_eq!(refusals(&bench, &token, &hidden).await, not_there());
    // A member of it without a grant.
    let member = hands_on(&bench, "contractor_2").await;
    assert_eq!(leads(&bench, &member, &hidden).await, Vec::<&str>::new());
    // A member of it with one.
    let adjuster = somebody(&bench, "northwind", "insurance_adjuster").await;
    assert_eq!(
        leads(&bench, &adjuster, &hidden).await.len(),
        ways(&bench, &hidden).await.len()
    );
}

#[tokio::test]
async fn who_lost_the_role_a_moment_ago_lost_the_document() {
    let bench = northwind().await;
    let hidden = hidden(&bench, None).await;
    let token = hands_on(&bench, "insurance_adjuster").await;
    let before = leads(&bench, &token, &hidden).await.len();
    assert!(before > 10, "{before}");
    bench
        .arrange("DELETE FROM user_roles USING users WHERE user_id = users.id AND username = 'northwind.insurance_adjuster'")
        .await;
    assert_eq!(leads(&bench, &token, &hidden).await, Vec::<&str>::new());
    assert_eq!(refusals(&bench, &token, &hidden).await, not_there());
}

#[tokio::test]
async fn who_may_read_it_may_not_change_it_for_that() {
    let bench = northwind().await;
    let hidden = hidden(&bench, None).await;
    let token = hands_on(&bench, "insurance_adjuster").await;
    let refused: Vec<Value> = refusals(&bench, &token, &hidden)
        .await
        .into_iter()
        .map(|refused| json!([refused[0], refused[1]]))
        .collect();
    assert_eq!(
        refused,
        [
            json!(["updateDocument", "STATE"]),
            json!(["deleteDocument", "STATE"]),
            json!(["restoreDocument", "NOT_FOUND"]),
            json!(["putDocumentChunks", "STATE"]),
            json!(["grantDocumentAccess", "STATE"]),
        ]
    );
    let adjuster = person(&bench, "insurance_adjuster").await;
    let (id, mine) = (&hidden.document, json!({ "userId": adjuster }));
    let nothing_granted = json!([]);
    let errors = async |name: &str, input: Value| {
        told(&bench, &token, name, "__typename", &input).await["errors"].clone()
    };
    // To write is not to delete, and the other way round.
    grant(&bench, id, mine.clone(), &["WRITE"]).await;
    assert_eq!(
        errors("updateDocument", json!({ "id": id, "mission": "theirs" })).await,
        nothing_granted
    );
    let chunk = json!({ "chunkIndex": 1, "text": "theirs", "startChar": 0, "endChar": 6 });
    assert_eq!(
        errors(
            "putDocumentChunks",
            json!({ "documentId": id, "chunks": [chunk] })
        )
        .await,
        nothing_granted
    );
    assert_eq!(
        errors("deleteDocument", json!({ "id": id })).await[0]["code"],
        "STATE"
    );
    grant(&bench, id, mine, &["DELETE"]).await;
    assert_eq!(
        errors("deleteDocument", json!({ "id": id })).await,
        nothing_granted
    );
    assert_eq!(
        errors("restoreDocument", json!({ "id": id })).await,
        nothing_granted
    );
}
