//! Document 003: a team's knowledge base, from an empty database to the audit of what it was asked. Papers come in with their missions,
//! a worker cuts them into chunks with embeddings, some are granted to some, people ask, and every question is kept.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{Gateway, Statements, TestDatabase, program};

/// The gateway of the customer, and what it asks of the database.
struct Journey {
    gateway: Gateway,
    statements: Statements,
}

impl Journey {
    /// A query, and by how many statements it is answered.
    async fn ask(&self, token: &str, statements: usize, document: &str, variables: Value) -> Value {
        self.statements.take();
        let answer = self.gateway.query(token, document, variables).await;
        let asked = self.statements.take();
        let data = answer.data().clone();
        assert_eq!(asked.len(), statements, "{document}\n{asked:#?}");
        data
    }

    /// A mutation of which nothing is refused, and what it answers with.
    async fn tell(&self, token: &str, name: &str, shows: &str, input: Value) -> Value {
        let kind = name[..1].to_uppercase() + &name[1..];
        let document = format!(
            "mutation($input: {kind}Input!) {{ it: {name}(input: $input) {{ {shows} errors {{ code path message }} }} }}"
        );
        let answer = self
            .gateway
            .query(token, &document, json!({ "input": input }))
            .await;
        assert_eq!(answer.data()["it"]["errors"], json!([]), "{name}");
        answer.data()["it"].clone()
    }

    /// Somebody new, with a role; their identity and their token.
    async fn person(&self, admin: &str, name: &str, role: &str) -> (String, String) {
        let input = json!({ "email": format!("{name}@orbital.example"), "username": name, "roles": [role] });
        let made = self.tell(admin, "createUser", "user { id }", input).await;
        let id = made["user"]["id"].as_str().unwrap().to_owned();
        let token = self
            .gateway
            .token("orbital", &format!("{name}@orbital.example"))
            .await;
        (id, token)
    }

    /// A paper of somebody's, cut into chunks of a sentence each by the worker.
    async fn paper(
        &self,
        (author, worker): (&str, &str),
        mut about: Value,
        sentences: &[(&str, &[(usize, f64)])],
    ) -> String {
        let text: Vec<&str> = sentences.iter().map(|(sentence, _)| *sentence).collect();
        about["content"] = json!(text.join(" "));
        let made = self
            .tell(
                author,
                "createDocument",
                "document { id processingStatus }",
                about,
            )
            .await;
        assert_eq!(made["document"]["processingStatus"], "PENDING");
        let id = made["document"]["id"].as_str().unwrap().to_owned();
        let mut from = 0;
        let mut chunks = Vec::new();
        for (place, (sentence, near)) in sentences.iter().enumerate() {
            let end = from + sentence.chars().count();
            chunks.push(json!({ "chunkIndex": place, "text": sentence, "startChar": from, "endChar": end, "embedding": meaning(near) }));
            from = end + 1;
        }
        for (status, some) in [("PROCESSING", &chunks[..1]), ("COMPLETED", &chunks[1..])] {
            let input = json!({ "documentId": id, "chunks": some, "total": chunks.len(), "embeddingModel": "minilm-l6", "processingStatus": status });
            self.tell(worker, "putDocumentChunks", "documentChunks { id }", input)
                .await;
        }
        id
    }
}

/// As near to each of these directions as is said: what a model would make of a text.
fn meaning(parts: &[(usize, f64)]) -> Vec<f64> {
    let mut numbers = vec![0.0; 384];
    for (place, part) in parts {
        numbers[*place] = *part;
    }
    numbers
}

/// Makes the organization and its first admin, as an operator does.
fn found_the_organization(database: &TestDatabase) {
    let mut child = Command::new(program())
        .args([
            "user",
            "create-admin",
            "--organization",
            "orbital",
            "--organization-name",
            "Orbital Systems",
            "--email",
            "ada@orbital.example",
        ])
        .env("DATABASE_URL", database.gateway_url())
        .env("MIGRATION_DATABASE_URL", database.owner_url())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let password = b"a password of the journey\na password of the journey\n";
    let _ = child.stdin.take().unwrap().write_all(password);
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn the_life_of_a_knowledge_base() {
    let database = TestDatabase::migrated().await;
    found_the_organization(&database);
    let statements = Statements::watch();
    let gateway = Gateway::start(&database).await;
    let admin = gateway.token("orbital", "ada@orbital.example").await;
    let journey = Journey {
        gateway,
        statements,
    };

    // People of document 003's three roles, and what computes the embeddings.
    let (engineer_id, engineer) = journey.person(&admin, "grace", "engineer").await;
    let (viewer_id, viewer) = journey.person(&admin, "vera", "viewer").await;
    let (_, user) = journey.person(&admin, "ulla", "user").await;
    let (worker_id, worker) = journey.person(&admin, "embedder", "worker").await;
    let made = journey
        .tell(
            &admin,
            "createProject",
            "project { id }",
            json!({ "name": "Ares lander", "managerId": engineer_id }),
        )
        .await;
    let lander = made["project"]["id"].as_str().unwrap().to_owned();
    let joined = json!({ "projectId": lander, "userIds": [worker_id] });
    journey
        .tell(&admin, "addProjectMember", "__typename", joined)
        .await;

    // Papers: two for everybody, one of the project.
    let by = (engineer.as_str(), worker.as_str());
    let paper = |title: &str, mission: &str, project: Value| {
        json!({ "title": title, "fileName": format!("{title}.pdf"), "storageKey": format!("papers/{title}.pdf"), "fileType": "pdf",
            "fileSizeBytes": 1000, "mission": mission, "projectId": project, "metadata": { "edition": 1 } })
    };
    let handbook = journey
        .paper(
            by,
            paper("Propulsion handbook", "ares-1", Value::Null),
            &[
                ("The engines burn methane.", &[(0, 1.0)]),
                (
                    "A valve that is stuck is opened by hand.",
                    &[(1, 1.0), (0, 0.2)],
                ),
                ("Test every valve before launch.", &[(1, 0.8), (2, 0.6)]),
            ],
        )
        .await;
    let menu = journey
        .paper(
            by,
            paper("Crew menu", "ares-2", Value::Null),
            &[
                ("Soup on Monday.", &[(9, 1.0)]),
                ("Valve-shaped pasta on Tuesday.", &[(9, 0.8), (1, 0.6)]),
            ],
        )
        .await;
    let budget = journey
        .paper(
            by,
            paper("Budget", "ares-1", json!(lander)),
            &[("A valve costs 4,000.", &[(1, 1.0), (5, 1.0)])],
        )
        .await;

    // What is there, by mission, with its number of chunks: a statement for each level.
    let shelf = "query($m: String!) { documents(filter: { mission: { eq: $m } }, orderBy: [{ field: CREATED_AT, direction: ASC }]) {
        totalCount nodes { title processingStatus embeddingModel uploadedBy { username } chunks { totalCount } } } }";
    let seen = journey
        .ask(&engineer, 4, shelf, json!({ "m": "ares-1" }))
        .await;
    let of = |title: &str, chunks: i32| json!({ "title": title, "processingStatus": "COMPLETED", "embeddingModel": "minilm-l6", "uploadedBy": { "username": "grace" }, "chunks": { "totalCount": chunks } });
    assert_eq!(
        seen["documents"],
        json!({ "totalCount": 2, "nodes": [of("Propulsion handbook", 3), of("Budget", 1)] })
    );
    // Who is not in the project does not know of its paper.
    let seen = journey
        .ask(&viewer, 4, shelf, json!({ "m": "ares-1" }))
        .await;
    assert_eq!(
        seen["documents"],
        json!({ "totalCount": 1, "nodes": [of("Propulsion handbook", 3)] })
    );

    // The menu is for the viewer and whoever has the role user, and for nobody else but its author and admins.
    let role = journey
        .ask(
            &admin,
            1,
            "{ roles(filter: { name: { eq: \"user\" } }) { nodes { id } } }",
            json!({}),
        )
        .await;
    for grantee in [
        json!({ "userId": viewer_id }),
        json!({ "roleId": role["roles"]["nodes"][0]["id"] }),
    ] {
        let input = json!({ "documentId": menu, "grantee": grantee, "permissionTypes": ["READ"] });
        let granted = journey
            .tell(
                &engineer,
                "grantDocumentAccess",
                "document { isRestricted }",
                input,
            )
            .await;
        assert_eq!(granted["document"]["isRestricted"], true);
    }
    let whole = "query($id: ID!) { document(id: $id) { title permissions { nodes { permissionType user { username } role { name } } } chunks { nodes { chunkIndex startChar endChar } } } }";
    let seen = journey.ask(&user, 5, whole, json!({ "id": menu })).await;
    assert_eq!(
        seen["document"]["permissions"]["nodes"],
        json!([{ "permissionType": "READ", "user": { "username": "vera" }, "role": null }, { "permissionType": "READ", "user": null, "role": { "name": "user" } }])
    );
    assert_eq!(
        seen["document"]["chunks"]["nodes"],
        json!([{ "chunkIndex": 0, "startChar": 0, "endChar": 15 }, { "chunkIndex": 1, "startChar": 16, "endChar": 46 }])
    );
    assert_eq!(
        journey.ask(&worker, 1, whole, json!({ "id": menu })).await["document"],
        Value::Null
    );

    // A question, by its words and by its meaning, of each of them: one statement each.
    let find = "query($q: String, $e: [Float!]) { searchChunks(query: $q, embedding: $e, first: 3) { score textRank meaningRank highlight node { documentId chunkIndex } } }";
    let question = json!({ "q": "valves", "e": meaning(&[(1, 1.0)]) });
    let places = |found: &Value| -> Vec<(String, i64)> {
        let hits = found["searchChunks"].as_array().unwrap();
        hits.iter()
            .map(|hit| {
                (
                    hit["node"]["documentId"].as_str().unwrap().to_owned(),
                    hit["node"]["chunkIndex"].as_i64().unwrap(),
                )
            })
            .collect()
    };
    let found = journey.ask(&engineer, 1, find, question.clone()).await;
    // By hand: meaning 0.98, 0.8, 0.71 and 0.6; the four with the word are ranked by how short they are.
    assert_eq!(
        found["searchChunks"][0]["node"]["documentId"],
        json!(handbook)
    );
    assert!(places(&found).contains(&(budget.clone(), 0)), "{found}");
    for hit in found["searchChunks"].as_array().unwrap() {
        let place = |name: &str| 1.0 / (60.0 + hit[name].as_f64().unwrap());
        assert!(
            (hit["score"].as_f64().unwrap() - place("textRank") - place("meaningRank")).abs()
                < 1e-12
        );
        assert!(
            hit["highlight"]
                .as_str()
                .unwrap()
                .to_lowercase()
                .contains("⟦valve"),
            "{hit}"
        );
    }
    // The viewer is not in the project: of three that are nearest one is not hers, and another comes in its place.
    let found = journey.ask(&viewer, 1, find, question.clone()).await;
    let mut seen = places(&found);
    seen.sort();
    let mut hers = vec![
        (handbook.clone(), 1),
        (handbook.clone(), 2),
        (menu.clone(), 1),
    ];
    hers.sort();
    assert_eq!(seen, hers);

    // What was asked is kept, with where the answer came from, or why there was none.
    let asked = json!({ "queryText": "How is a stuck valve opened?", "retrievedDocuments": [{ "documentId": handbook, "score": 0.98 }],
        "answer": "By hand.", "confidenceScore": 0.9, "sources": [{ "documentId": handbook, "chunkIndex": 1 }], "responseTimeMs": 800 });
    journey
        .tell(&engineer, "logQuery", "queryLog { id }", asked)
        .await;
    let refused = json!({ "queryText": "What does a valve cost?", "refusalReason": "No document that you may read says so.", "responseTimeMs": 200 });
    journey
        .tell(&user, "logQuery", "queryLog { id }", refused)
        .await;
    let log = "query($f: QueryLogFilter) { queryLogs(filter: $f) { totalCount nodes { queryText answer confidenceScore refusalReason sources responseTimeMs user { username } } } }";
    let seen = journey
        .ask(
            &admin,
            3,
            log,
            json!({ "f": { "refusalReason": { "isNull": false } } }),
        )
        .await;
    assert_eq!(
        seen["queryLogs"],
        json!({ "totalCount": 1, "nodes": [{ "queryText": "What does a valve cost?", "answer": null, "confidenceScore": null,
            "refusalReason": "No document that you may read says so.", "sources": [], "responseTimeMs": 200, "user": { "username": "ulla" } }] })
    );
    let since = json!({ "f": { "createdAt": { "gte": "2020-01-01T00:00:00Z" }, "userId": { "eq": engineer_id } } });
    let seen = journey.ask(&admin, 3, log, since.clone()).await;
    assert_eq!(seen["queryLogs"]["totalCount"], 1);
    assert_eq!(
        seen["queryLogs"]["nodes"][0]["sources"],
        json!([{ "document_id": handbook, "chunk_index": 1 }])
    );
    assert_eq!(
        journey.ask(&user, 2, log, since).await["queryLogs"]["totalCount"],
        0
    );

    // A new edition is cut anew and shorter; the menu is everybody's again; the budget goes into the bin.
    let again = json!({ "documentId": handbook, "total": 1, "processingStatus": "PROCESSING",
        "chunks": [{ "chunkIndex": 0, "text": "The engines burn hydrogen.", "startChar": 0, "endChar": 26, "embedding": meaning(&[(0, 1.0)]) }] });
    journey
        .tell(&worker, "putDocumentChunks", "documentChunks { id }", again)
        .await;
    for grantee in [
        json!({ "userId": viewer_id }),
        json!({ "roleId": role["roles"]["nodes"][0]["id"] }),
    ] {
        let input = json!({ "documentId": menu, "grantee": grantee });
        journey
            .tell(
                &engineer,
                "revokeDocumentAccess",
                "document { isRestricted }",
                input,
            )
            .await;
    }
    journey
        .tell(
            &engineer,
            "deleteDocument",
            "document { id }",
            json!({ "id": budget }),
        )
        .await;
    let found = journey
        .ask(&worker, 1, find, json!({ "q": "valve OR hydrogen" }))
        .await;
    let mut seen = places(&found);
    seen.sort();
    let mut left = vec![(handbook.clone(), 0), (menu.clone(), 1)];
    left.sort();
    assert_eq!(seen, left);

    // What was done, and what it takes: three papers are stored still.
    let trail = "{ auditLogs(filter: { action: { startsWith: \"document.\" } }, first: 100) { totalCount } organization { quotas { storage { used } } documents { totalCount } queryLogs { totalCount } } }";
    let seen = journey.ask(&admin, 8, trail, json!({})).await;
    assert_eq!(
        seen["organization"],
        json!({ "quotas": { "storage": { "used": 3000 } }, "documents": { "totalCount": 2 }, "queryLogs": { "totalCount": 2 } })
    );
    // 3 made; 7 puts, each with what they changed of the document; 2 granted, 2 revoked, 1 in the bin.
    assert_eq!(seen["auditLogs"]["totalCount"], 3 + 7 * 2 + 2 + 2 + 1);
}
